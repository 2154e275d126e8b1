"""`lineage impact … -o DIR`: what breaks, as files; checked against the command's own answer."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from lineage import cli
from lineage.cli.packs import Directory

SUBSCRIPTION = "5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981"
FILES = [
    "custody.json",
    "evidence/answers.jsonl",
    "impact.json",
    "impact.md",
    "impact.schema.json",
    "impact.svg",
    "index.html",
    "manifest.json",
    "tables/affected.csv",
    "tables/deployments.csv",
    "tables/work.csv",
]


@pytest.fixture(scope="module")
def pack(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("impact") / "report"
    assert cli.run(["impact", "applications:3", "--index", str(index), "-o", str(target)]) == 0
    return target


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture(scope="module")
def told(pack: Path) -> Any:
    return msgspec.json.decode((pack / "impact.json").read_bytes())


def test_the_files_are_these(pack: Path) -> None:
    assert sorted(Directory(pack).paths()) == FILES


def test_it_tells_what_the_command_tells(
    index: Path, pack: Path, told: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same things, counts, levels and owners."""
    assert cli.run(["impact", "applications:3", "--index", str(index), "--json"]) == 0
    said = msgspec.json.decode(capsys.readouterr().out)

    rows = table(pack / "tables/affected.csv")
    shown = {one["text"] for one in said["nodes"] if one["depth"] > 0}
    assert {row["reference"] for row in rows} <= shown
    assert len(rows) == sum(said["counts"].values()) == sum(one["count"] for one in told["counts"])
    assert [(one["level"], sum(one["counts"].values())) for one in told["levels"]] == [
        (one["level"], sum(one["counts"].values())) for one in said["levels"] if one["level"] > 0
    ]
    owners = {one["name"]: sum(one["counts"].values()) for one in told["owners"] if one["name"]}
    assert owners == {one["name"]: sum(one["counts"].values()) for one in said["owners"] if one["name"]}


def test_each_thing_tells_the_way_to_it(pack: Path) -> None:
    rows = table(pack / "tables/affected.csv")

    assert all(row["reached by way of"].startswith("applications:3 → ") for row in rows)
    assert all(row["reached by way of"].count(" → ") == int(row["steps"]) for row in rows)
    assert all(row["read from"] for row in rows)


def test_deployments_come_with_their_live_traffic(pack: Path) -> None:
    rows = table(pack / "tables/deployments.csv")

    assert [(row["deployment"].rsplit("/", 1)[1], row["live percent"]) for row in rows] == [
        ("blue", "100"),
        ("green", "0"),
    ]


def test_the_work_is_in_order(pack: Path) -> None:
    levels = [int(row["level"]) for row in table(pack / "tables/work.csv")]

    assert levels == sorted(levels)
    assert levels[0] == 1


def test_the_json_fits_its_published_schema(pack: Path, told: Any) -> None:
    schema = msgspec.json.decode((pack / "impact.schema.json").read_bytes())

    assert list(Draft202012Validator(schema).iter_errors(told)) == []
    assert list(Draft202012Validator(schema).iter_errors({**told, "levels": 3})) != []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--environment", "credit-train"],
        ["--prefix", "azureml://datastores/lake/paths/raw/*"],
        ["applications:3", "--stop-at", "ModelVersion", "--relation", "used", "--relation", "wasGeneratedBy"],
        ["credit-scoring:5", "--since", "1"],
    ],
)
def test_any_way_to_name_it_makes_a_report_that_is_verified(arguments: list[str], index: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    workspace = f"azureml://subscriptions/{SUBSCRIPTION}/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev"
    assert cli.run(["impact", *arguments, "--workspace", workspace, "--index", str(index), "-o", str(target)]) == 0
    assert cli.run(["verify", str(target)]) == 0


def test_what_is_new_since_a_generation_is_marked(index: Path, tmp_path: Path) -> None:
    """The first generation knew the development workspace alone: what serves in the other one is new."""
    target = tmp_path / "report"
    assert cli.run(["impact", "applications:3", "--since", "1", "--index", str(index), "-o", str(target)]) == 0

    new = {row["kind"] for row in table(target / "tables/affected.csv") if row["new"] == "true"}
    assert "DEPLOYMENT" in new
    old = [row for row in table(target / "tables/affected.csv") if row["new"] == "false"]
    assert len(old) > 20


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nobody:1", "-o", "{}"], 3, "nobody"),
        (["applications:3", "--since", "1"], 2, "--since, --previous and --replace are of a report"),
        (["-o", "{}"], 2, "Missing argument"),
    ],
)
def test_what_cannot_be_reported_is_said(
    arguments: list[str], code: int, said: str, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report"
    assert cli.run(["impact", *(one.format(target) for one in arguments), "--index", str(index)]) == code
    assert said in capsys.readouterr().err
    assert not target.exists()
