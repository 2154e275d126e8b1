"""The README shows what this program prints, and its tables are the code's."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lineage import errors, frameworks
from lineage.cli import COMMANDS, run
from lineage.cli import lineage as command_line
from lineage.cli.check import REFUSED
from lineage.cli.crawl import PARTLY
from lineage.findings import RULES
from lineage.graph import Certainty, Derivation, Relation
from lineage.reports.exports import FORMATS
from lineage.settings import file as settings
from lineage.settings import policies
from lineage.sources.azureml.service import CALLS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
FILES = {
    text.split("\n", 1)[0].removeprefix("# ").split(":")[0]: text
    for text in re.findall(r"```toml\n(# [a-z]+\.toml.*?)```", README, re.DOTALL)
}
"""The files that it shows, by the name in their first line."""
_PROGRESS = re.compile(r"[a-z ]+: [\d,]+(?: of [\d,]+)?(?: \([\d,]+/s\))?")
_STATUS = "; echo $?"
assert BLOCKS, "a README without examples would pass the tests below"


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    below = README.split(f"\n{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None, heading
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in table[0].splitlines()[2:]]


def words(cell: str) -> list[str]:
    """What stands as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("readme") / "index.db"
    assert run(["crawl", "sample", "--index", str(index)]) == 0
    return index


def examples(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a block, each with the lines shown below it."""
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        found.append((command, output.rstrip("\n").split("\n") if output.strip() else []))
    return found


def printed_as(shown: str, printed: str) -> bool:
    """Whether a line is the one that is shown, in which `…` stands for what is left out."""
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), printed) is not None


def compare(shown: list[str], printed: list[str]) -> None:
    """A line of only `…` stands for lines left out; every other line is printed, in this order, and nothing else is."""
    at = 0
    skipping = False
    for line in shown:
        if line.strip() == "…":
            skipping = True
            continue
        if skipping:
            here = [n for n in range(at, len(printed)) if printed_as(line, printed[n])]
            assert here, f"not printed after line {at}: {line}"
            at = here[0]
        assert at < len(printed), f"not printed: {line}"
        assert printed_as(line, printed[at]), f"shown {line!r}, printed {printed[at]!r}"
        at, skipping = at + 1, False
    assert skipping or printed[at:] == []


@pytest.mark.parametrize("block", BLOCKS, ids=[examples(block)[0][0] for block in BLOCKS])
def test_examples_print_what_they_show(
    block: str, sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of a block run one after the other in one folder, in which the files that the README shows stand.

    Lines of progress, which a terminal draws as bars, are not compared. `; echo $?` shows the exit code; without it a
    command ends with 0.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LINEAGE_INDEX", str(shutil.copy(sample, tmp_path / "index.db")))
    monkeypatch.setattr(sys, "stderr", sys.stdout)  # in the order in which a reader sees it
    (tmp_path / "policy.toml").write_text(FILES["policy.toml"], encoding="utf-8")
    for command, shown in examples(block):
        capsys.readouterr()
        if not command.startswith("lineage "):
            subprocess.run(["sh", "-c", command], check=True, cwd=tmp_path)
            assert shown == []
            continue

        code = run(shlex.split(command.removesuffix(_STATUS))[1:])

        printed = [line.rstrip() for line in capsys.readouterr().out.splitlines() if not _PROGRESS.fullmatch(line)]
        if command.endswith(_STATUS):
            printed.append(str(code))
        else:
            assert code == 0, command
        compare(shown, [line for line in printed if line or shown])


def test_the_table_of_permissions_is_the_one_the_crawler_uses() -> None:
    """An administrator grants by this table."""
    told = {(row[1].strip("`"), row[2].strip("`")) for row in rows("## What it reads, and the permissions for it")}

    assert told == {(f"{call.method} {call.path}".strip(), call.permission) for call in CALLS.values()}


def test_every_command_is_in_the_table_of_commands_once() -> None:
    told = [word for row in rows("## Commands") for word in re.findall(r"`lineage ([a-z-]+(?: [a-z]+)?)", row[0])]

    assert {word.split(" ")[0] for word in told} == set(COMMANDS)
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    "command",
    [command for block in BLOCKS for command, _ in examples(block)]
    + [line.strip().split("#")[0] for line in README.splitlines() if line.startswith("    lineage ")],
)
def test_every_option_that_it_shows_exists(command: str) -> None:
    """Commands that need Azure cannot be run here; their options can be looked up."""
    said = [word for word in shlex.split(command.removesuffix(_STATUS)) if word]
    if said[0] != "lineage":
        return
    found: click.Command = command_line
    context = click.Context(command_line)
    rest = said[1:]
    while rest and isinstance(found, click.Group):
        within = found.get_command(context, rest.pop(0))
        assert within is not None, command
        found = within
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}

    assert {word for word in rest if re.fullmatch(r"--?[a-z][a-z-]*", word)} <= known


def _leaves(base: type[errors.LineageError]) -> set[int]:
    return {base.exit_code}.union(*(_leaves(sub) for sub in base.__subclasses__()))


def test_the_table_of_exit_codes_is_the_code_s() -> None:
    told = {int(row[0].strip("`")) for row in rows("## Exit codes")}

    assert told == _leaves(errors.LineageError) | {0, REFUSED, PARTLY}


def test_the_help_tells_the_same_exit_codes() -> None:
    """Who has the program at hand and not this page."""
    epilog = (command_line.epilog or "").split("With --json")[0]
    told = {int(code) for code in re.findall(r"(?<![\w.])(\d+)(?=  |\s[a-z]|\))", epilog)} | {
        int(code) for code in re.findall(r"\((\d+) by", epilog)
    }

    assert told == {int(row[0].strip("`")) for row in rows("## Exit codes")}


def test_every_relation_and_every_word_of_evidence_is_explained() -> None:
    told = {word for row in rows("### Relations") for word in words(row[0])}

    assert told == {relation.value for relation in Relation}
    for word in (*Derivation, *Certainty):
        assert f"`{word.value}`" in README, word


def test_the_table_of_findings_is_that_of_the_rules() -> None:
    told = {(words(row[0])[0], row[1], row[2]) for row in rows("### Findings")}

    assert told == {(rule.code.value, rule.severity.value, rule.title) for rule in RULES.values()}


def test_the_table_of_formats_is_that_of_the_exports() -> None:
    told = {(words(row[0])[0], row[1], "[export]" in row[2]) for row in rows("### Exports")}

    assert told == {(name, format_.about, format_.extra) for name, format_ in FORMATS.items()}


def test_every_rule_book_that_is_mapped_is_named() -> None:
    names = {path.stem for path in Path(frameworks.__file__).parent.glob("*.toml")} - {"fields"}

    assert names
    assert {name for name in names if f"`{name}`" in README} == names


def test_the_lineage_toml_that_it_shows_is_read(tmp_path: Path) -> None:
    (tmp_path / "lineage.toml").write_text(FILES["lineage.toml"], encoding="utf-8")

    assert len(settings.read(tmp_path / "lineage.toml").sources) == 1


def test_the_policy_that_it_shows_is_read(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(FILES["policy.toml"], encoding="utf-8")

    assert policies.read(tmp_path / "policy.toml").waivers


def test_every_make_target_that_it_names_exists() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(re.findall(r"^    make ([a-z]+)", README, re.MULTILINE)) <= made
    assert {"run", "test"} <= made


def test_every_file_that_it_names_exists() -> None:
    named = set(re.findall(r"`((?:graphql|lineage|tests)/[\w./-]*)`", README))

    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
