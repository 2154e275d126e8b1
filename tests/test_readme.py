"""The README shows what this program prints, and its tables are the code's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lineage import errors
from lineage.cli import COMMANDS, run
from lineage.graph import Certainty, Derivation, Relation
from lineage.sources.azureml.service import CALLS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
assert BLOCKS, "a README without examples would pass the tests below"


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    below = README.split(f"\n{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table[0].splitlines()[2:]]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("readme") / "index.db"
    assert run(["crawl", "sample", "--index", str(index)]) == 0
    return index


def examples() -> list[tuple[str, list[str]]]:
    found = []
    for block in BLOCKS:
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.rstrip("\n").split("\n") if output.strip() else []))
    return found


@pytest.mark.parametrize(("command", "shown"), examples(), ids=[command for command, _ in examples()])
def test_an_example_prints_what_it_shows(
    command: str, shown: list[str], sample: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of only `…` stands for lines left out; every other line must be printed, in this order."""
    monkeypatch.setenv("LINEAGE_INDEX", str(sample))
    capsys.readouterr()

    run(shlex.split(command)[1:])

    said = capsys.readouterr()
    printed = [line.rstrip() for line in (said.out + said.err).splitlines()]
    at = 0
    skipping = False
    for line in shown:
        if line.strip() == "…":
            skipping = True
            continue
        if skipping:
            assert line in printed[at:], f"not printed after line {at}: {line}"
            at += printed[at:].index(line)
        assert printed[at] == line
        at, skipping = at + 1, False


def test_the_table_of_permissions_is_the_one_the_crawler_uses() -> None:
    """An administrator grants by this table."""
    told = {(row[1].strip("`"), row[2].strip("`")) for row in rows("## What it reads, and the permissions for it")}

    assert told == {(f"{call.method} {call.path}".strip(), call.permission) for call in CALLS.values()}


def test_every_command_is_in_the_table_of_commands() -> None:
    told = set(re.findall(r"`lineage ([a-z-]+)", "\n".join(row[0] for row in rows("### Commands"))))

    assert told == set(COMMANDS)


def _leaves(base: type[errors.LineageError]) -> set[int]:
    return {base.exit_code}.union(*(_leaves(sub) for sub in base.__subclasses__()))


def test_every_exit_code_of_an_error_is_in_the_table_of_exit_codes() -> None:
    told = {int(row[0].strip("`")) for row in rows("### Exit codes")}

    assert _leaves(errors.LineageError) | {0} <= told


def test_every_relation_and_every_word_of_evidence_is_explained() -> None:
    for word in (*Relation, *Derivation, *Certainty):
        assert f"`{word.value}`" in README, word


def test_every_make_target_that_it_names_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"^    make ([a-z]+)", README, re.MULTILINE)) <= made
    assert {"run", "test"} <= made
