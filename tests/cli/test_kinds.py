"""`lineage jobs` and its like: the pure question printed, and the same things as the service's lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.api.execution import Request, Service
from lineage.cli import run
from lineage.cli.kinds import LISTS
from lineage.index import open_index


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


def asked(sample: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run([*arguments, "--index", str(sample)]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize(("options", "order"), [([], ""), (["--order", "created", "--desc"], "CREATED_AT")])
def test_the_service_lists_the_same_things(
    sample: Path, capsys: pytest.CaptureFixture[str], name: str, options: list[str], order: str
) -> None:
    """Page by page here, in one page there."""
    here: list[str] = []
    after = ""
    while True:
        more = ["--after", after] if after else []
        told = json.loads(asked(sample, capsys, name, "--json", "--limit", "7", *options, *more))
        here += [thing["text"] for thing in told["things"]]
        after = told["after"]
        if not after:
            break
    by = f", orderBy: {{ field: {order}, direction: DESC }}" if order else ""
    body = (
        Service(open_index(sample))
        .answer(Request(f"{{ {name}(first: 1000{by}) {{ totalCount edges {{ node {{ reference }} }} }} }}"))
        .body
    )
    there = body["data"][name]

    assert here == [edge["node"]["reference"] for edge in there["edges"]]
    assert there["totalCount"] == len(here)


def test_a_line_tells_what_a_person_looks_for(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (head, line, *_) = asked(sample, capsys, "jobs", "--type", "sweep").splitlines()

    assert head.split() == ["JOB", "IN", "TYPE", "STATUS", "EXPERIMENT", "STARTED", "BY", "STATE"]
    assert line.split("  ")[0] == "patient_lime_k4v7c2x9bd"
    assert "2026-10-19 08:03" in line
    out = asked(sample, capsys, "endpoints", "--type", "online")
    assert "blue 100 %, green 0 %, green 10 % mirrored" in out
    assert asked(sample, capsys, "data", "--tag", "nobody=1").splitlines()[0] == "nothing passes"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--experiment", "CREDIT-risk", "--status", "completed", "--type", "automl"], ["jolly_ocean_t5g9b3n7mk"]),
        (["--name", "calm_pepper_q1w8z5n3rt", "--state", "live"], ["calm_pepper_q1w8z5n3rt"]),
        (["--by", "nobody"], []),
        (["lime_k4v7c2x9bd_1"], ["patient_lime_k4v7c2x9bd_1"]),
    ],
)
def test_options_narrow(sample: Path, capsys: pytest.CaptureFixture[str], options: list[str], found: list[str]) -> None:
    told = json.loads(asked(sample, capsys, "jobs", "--json", *options))
    assert [thing["name"] for thing in told["things"]] == found


def test_models_take_the_same_options(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(asked(sample, capsys, "models", "--json", "--provenance", "ambiguous", "--order", "name"))
    assert {row["provenance"] for row in told["models"]} == {"AMBIGUOUS"}
    newest = json.loads(asked(sample, capsys, "models", "--json", "--order", "created", "--desc"))["models"]
    dated = [row["createdAt"] for row in newest if row["createdAt"]]
    assert dated == sorted(dated, reverse=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["jobs", "--from", "soon"],
        ["data", "--order", "started"],
        ["workspaces", "--tag", "x"],
        ["jobs", "--limit", "0"],
    ],
)
def test_an_option_that_means_nothing_is_refused(
    sample: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run([*arguments, "--index", str(sample)]) == 2
    assert capsys.readouterr().err
