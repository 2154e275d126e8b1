"""The questions in `graphql/README.md` are answered as it says, by the sample estate."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from lineage.api.documents import documents
from lineage.cli import run

README = (Path(__file__).parents[2] / "graphql" / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("\n## Ten questions\n")[2].partition("\n## ")[0]
EXAMPLES = re.findall(
    r"\n### (\d+)\. (.+?)\n(?:.*?)```console\n\$ (lineage query .+?)\n```\n+```json\n(.*?)```", SECTION, re.DOTALL
)
MORE = "…"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ten") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return str(path)


def shows(shown: Any, real: Any) -> bool:
    """Whether an answer is the one that is shown: `…` stands for what was left out of a text or a list; of an object
    any member may be left out."""
    if isinstance(shown, dict):
        return isinstance(real, dict) and all(name in real and shows(told, real[name]) for name, told in shown.items())
    if isinstance(shown, list):
        return isinstance(real, list) and _in_order(shown, real)
    if isinstance(shown, str) and MORE in shown:
        return isinstance(real, str) and fnmatchcase(real, re.sub(r"([\[*?])", r"[\1]", shown).replace(MORE, "*"))
    return type(shown) is type(real) and bool(shown == real)


def _in_order(shown: Sequence[Any], real: Sequence[Any]) -> bool:
    if not shown:
        return not real
    if shown[0] == MORE:
        return any(_in_order(shown[1:], real[at:]) for at in range(len(real) + 1))
    return bool(real) and shows(shown[0], real[0]) and _in_order(shown[1:], real[1:])


def test_there_are_ten_questions() -> None:
    """Each asked by an operation of its own."""
    assert [int(number) for number, *_ in EXAMPLES] == list(range(1, 11))
    names = [shlex.split(command)[2] for _, _, command, _ in EXAMPLES]
    assert len(set(names)) == 10
    questions = {one.name: one.question for one in documents()}
    assert [question for _, question, _, _ in EXAMPLES] == [questions[name] for name in names]


@pytest.mark.parametrize(
    ("command", "shown"), [one[2:] for one in EXAMPLES], ids=[shlex.split(one[2])[2] for one in EXAMPLES]
)
def test_a_question_is_answered_as_it_is_shown(
    command: str, shown: str, sample: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run as it stands there."""
    capsys.readouterr()
    assert run([*shlex.split(command)[1:], "--index", sample]) == 0
    told = json.loads(capsys.readouterr().out)

    assert shows(json.loads(shown), told), json.dumps(told, indent=1)[:4000]


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": None}, {}, False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        ([1, "…"], [1, 2], True),
        (["…", 2], [1, 2], True),
        (["…", 3], [1, 2], False),
        ([], [1], False),
        ("a…c", "abc", True),
        ("a…c", "abd", False),
        ("[x]…", "[x] y", True),
        ("a", "ab", False),
        (True, 1, False),
        (1, "1", False),
    ],
)
def test_an_answer_that_is_not_the_shown_one_is_told_apart(shown: Any, real: Any, same: bool) -> None:
    """What is left out is said to be."""
    assert shows(shown, real) is same
