"""`lineage query`: documented operations, against an index here and at a service."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.api.documents import documents
from lineage.cli.query import printable
from lineage.cli.variables import MAX_BYTES
from tests.cli.conftest import Said

Say = Callable[..., Said]
CREDIT = ("--var", "ref=credit:3")


def test_an_operation_runs_on_the_index_without_a_service(say: Say) -> None:
    """`data` of the answer in one line, by the variables that were given and the operation's own for the rest."""
    said = say("query", "ModelOrigin", *CREDIT, "--var", "first=2")

    assert (said.code, said.err) == (0, "")
    assert said.out.count("\n") == 1
    told = said.json["upstream"]
    assert (len(told["edges"]), told["totalCount"]) == (2, 5)
    assert told["generation"]["number"] == 2


@pytest.mark.parametrize(
    "given",
    [
        ("--variables", '{"ref": {"model": "credit:3"}, "first": 1}'),
        ("--variables", '{"ref": {"model": "credit:3"}, "first": 7}', "--var", "first=1"),
        (*CREDIT, "--var", "first=1"),
        ("--var", 'ref={"model": "credit:3"}', "--var", "$first=1"),
    ],
)
def test_variables_are_given_together_or_one_by_one(say: Say, given: tuple[str, ...]) -> None:
    """One given by itself wins; a reference may be written in any spelling."""
    said = say("query", "ModelOrigin", *given)

    assert len(said.json["upstream"]["edges"]) == 1


def test_variables_are_read_from_a_file_and_from_standard_input(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`@file` and `-`, as curl does."""
    content = b'{"ref": {"model": "credit:3"}, "first": 1}'
    file = tmp_path / "wanted.json"
    file.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    answers = [say("query", "ModelOrigin", "--variables", where).json for where in (f"@{file}", "-")]

    assert [len(one["upstream"]["edges"]) for one in answers] == [1, 1]


def test_an_input_and_a_filter_are_json_and_a_list_may_be_repeated(say: Say) -> None:
    """Whatever is no number and no text is read as JSON."""
    said = say("query", "ModelList", "--var", 'filter={"stage": "Production"}')

    assert [edge["node"]["version"] for edge in said.json["models"]["edges"]] == ["3"]


def test_an_earlier_generation_is_asked_by_number_and_by_day(say: Say) -> None:
    """`--as-of` reaches the operation's `asOf`."""
    for when in ("1", "2026-03-31", "2026-03-31T12:00:00Z"):
        assert say("query", "IndexGeneration", "--as-of", when).json["status"]["generation"]["number"] == 1
    assert say("query", "IndexGeneration").json["status"]["generation"]["number"] == 2


def test_the_list_tells_names_questions_variables_and_defaults(say: Say) -> None:
    """For people in lines, for programs as JSON; nothing of an index is needed."""
    people, programs = say("query", "--list", "--index", "/nowhere"), say("query", "--list", "--json").json

    assert [one["name"] for one in programs] == [one.name for one in documents()]
    for one in documents():
        assert f"{one.name}  {one.question}\n" in people.out
    assert "  first: Int! = 50\n  after: String\n" in people.out
    (models,) = [one for one in programs if one["name"] == "ModelList"]
    assert {"name": "first", "type": "Int!", "default": 50} in models["variables"]


def test_the_manifest_holds_every_operation_by_its_hash(say: Say) -> None:
    """What a service that trusts nothing else, and a client that sends hashes, need."""
    told = say("query", "--manifest").json

    assert told == {hashlib.sha256(one.text.encode()).hexdigest(): one.text for one in documents()}
    assert len(told) == len(documents())


def test_the_text_of_an_operation_is_the_file(say: Say) -> None:
    """To read, to copy, to send."""
    assert say("query", "ModelOrigin", "--text").out == next(d.text for d in documents() if d.name == "ModelOrigin")


def test_a_terminal_gets_lines_and_nothing_that_it_would_act_on(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a job holds an escape; it is shown as JSON writes it, and what is printed is still JSON."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    say("query", "ModelList", "--var", 'filter={"stage": "Production"}')
    monkeypatch.undo()

    text = shown.getvalue()
    assert text.count("\n") > 20
    assert "\x1b" not in text
    assert "\\u001b[31mred" in text
    assert json.loads(text)["models"]["edges"][0]["producer"]["displayName"] == "train \x1b[31mred\x1b[0m"


@pytest.mark.parametrize("char", ["\u202e", "\x9b", "\u200b", "\ufeff", "\U000e0041", "\U0001f600", "é"])
def test_what_turns_text_around_is_shown_as_json_writes_it(char: str) -> None:
    """JSON itself escapes the oldest control characters alone; what is printed stays the same JSON."""
    line = json.dumps({"name": f"a{char}b"}, ensure_ascii=False)

    shown = printable(line)

    assert shown.isprintable()
    assert json.loads(shown) == json.loads(line)
    assert (shown == line) is char.isprintable()


@pytest.mark.parametrize(
    ("arguments", "code", "expected", "said", "remedy"),
    [
        (("ModelOrign",), 2, "invalid_option", "no documented operation 'ModelOrign'", "did you mean ModelOrigin"),
        ((), 2, "invalid_option", "say which operation", "--list"),
        (("ModelList", "--list"), 2, "invalid_option", "several things", "one of"),
        (("ModelList", "--var", "frist=1"), 2, "invalid_option", "no variable 'frist'", "did you mean first?"),
        (("ModelList", "--var", "first"), 2, "invalid_option", "says no value", "NAME=VALUE"),
        (("ModelList", "--var", "=1"), 2, "invalid_option", "says no value", "NAME=VALUE"),
        (("ModelList", "--var", "first=x"), 2, "invalid_option", "that is no Int", "whole number"),
        (("ModelList", "--var", "filter={x"), 2, "invalid_option", "not JSON", "brackets"),
        (("ModelList", "--var", "first=0"), 2, "invalid_option", "`first` is 0", "at most 10,000"),
        (("ModelList", "--variables", "{"), 2, "invalid_option", "--variables is not JSON", "one JSON object"),
        (("ModelList", "--variables", "[1]"), 2, "invalid_option", "no JSON object", "by name"),
        (("ModelList", "--variables", "@/nowhere"), 2, "invalid_option", "cannot read '/nowhere'", "name a file"),
        (("ModelList", "--variables", '{"first": "x"}'), 2, "variables_invalid", "$first", "type"),
        (("ModelList", "--var", 'filter={"no": 1}'), 2, "variables_invalid", "no", "type"),
        (("ModelOrigin", "--var", "ref=nobody:1"), 3, "unknown_reference", "nobody:1", "crawl"),
        (("ModelList", "--as-of", "9"), 3, "unknown_reference", "9", "generation"),
        (("ModelList", "--index", "/nowhere/i.db"), 4, "index_missing", "/nowhere/i.db", "crawl"),
    ],
)
def test_what_cannot_be_asked_is_told(
    say: Say, arguments: tuple[str, ...], code: int, expected: str, said: str, remedy: str
) -> None:
    """One sentence, what to do, the exit code; nothing on standard output."""
    told = say("query", *arguments, "--json")
    error = json.loads(told.err)["error"]

    assert (told.code, told.out, error["code"]) == (code, "", expected)
    assert said in error["message"]
    assert remedy in error["remedy"]


def test_a_file_that_never_ends_is_not_read(say: Say) -> None:
    """No more than a question's variables need."""
    told = say("query", "ModelList", "--variables", "@/dev/zero")

    assert told.code == 2
    assert f"{MAX_BYTES:,}" in told.err


def test_names_from_the_command_line_are_not_acted_on(say: Say) -> None:
    """Control characters of an argument are shown."""
    told = say("query", "Model\x1b[31m")

    assert told.code == 2
    assert "\x1b" not in told.err
