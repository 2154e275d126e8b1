"""`lineage relink` and `lineage verify-index` as a user runs them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from lineage import ids
from lineage.cli import run
from lineage.index import open_index
from lineage.records import Listing, Record, RecordKind
from tests.index.conftest import publish

ROOT = ids.workspace("s", "g", "w")
MODEL = f"{ROOT.text}/models/credit/versions/3"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index published by the rules in use."""
    index = open_index(tmp_path / "index.db", create=True)
    model = Record(
        MODEL,
        RecordKind.MODEL_VERSION,
        ROOT.text,
        {"id": "/m", "name": "3", "properties": {"jobName": "train", "modelUri": "azureml://jobs/train/outputs/model"}},
        f"{ROOT.text}/models/credit/versions",
    )
    job = Record(
        f"{ROOT.text}/jobs/train", RecordKind.JOB, ROOT.text, {"name": "train", "properties": {"jobType": "Command"}}
    )
    listing = Listing(f"{ROOT.text}/models/credit/versions", ROOT.text, True, 1)
    publish(index, [model, job, listing], root=ROOT.text)
    index.close()
    return index.path


def test_relink_publishes_a_generation(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["relink", "--index", str(path)]) == 0
    out = capsys.readouterr().out
    assert "generation 2 is published under rules" in out
    assert "it says the same as the one before" in out
    assert [g.root for g in open_index(path).generations()] == [ROOT.text, ""]


def test_relink_verify_changes_nothing_and_says_equal(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    assert run(["relink", "--verify", "--json", "--index", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["equal"] is True
    assert told["published"] == told["rebuilt"] == open_index(path).digest
    assert path.read_bytes() == before


def test_verify_index_says_sound(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify-index", "--index", str(path)]) == 0
    assert capsys.readouterr().out.startswith("the index is what was published: 1 generation, digest ")
    assert run(["verify-index", "--json", "--index", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sound"], told["difference"], told["generation"]) == (True, "", 1)


def test_a_forged_index_is_told_with_exit_code_4(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By both commands, each in its own way."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE generation SET digest = ?", ("0" * 64,))
    connection.commit()
    connection.close()

    assert run(["verify-index", "--index", str(path)]) == 4
    out = capsys.readouterr().out
    assert out.startswith("the index is not what was published: generation 1 was published with digest 000")
    assert "restore it from a backup" in out
    assert run(["relink", "--verify", "--index", str(path)]) == 4
    assert "run `lineage relink`" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["relink", "verify-index"])
def test_without_an_index_both_say_how_to_make_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--index", str(tmp_path / "none.db")]) == 4
    err = capsys.readouterr().err
    assert "there is no index at" in err
    assert "lineage crawl" in err


@pytest.mark.parametrize("arguments", [["relink"], ["relink", "--verify"]])
def test_relink_of_an_index_without_a_generation_says_so(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = open_index(tmp_path / "new.db", create=True).path
    assert run([*arguments, "--index", str(path)]) == 3
    assert "nothing has been published" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["relink", "verify-index"])
def test_help_shows_examples_and_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples:" in out
    assert "Exit codes:" in out
