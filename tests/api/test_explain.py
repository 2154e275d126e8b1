"""`explain` over GraphQL says what `lineage explain` says: one pure question behind both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage import explain as reader
from lineage.api.documents import documents
from lineage.api.execution import Request, Service
from lineage.choosing import choices
from lineage.cli import run
from lineage.coverage import Reason
from lineage.graph import Certainty, Relation, State
from lineage.index import open_index
from lineage.ports import Index, NodeFilter
from tests.memory import Estate, MemoryIndex

TEXT = next(one.text for one in documents() if one.name == "ExplainReference")
CASES = json.loads((Path(__file__).parents[1] / "data" / "references.json").read_text(encoding="utf-8"))["cases"]
W = (
    "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/"
    "workspaces/mlw-credit-dev"
)


def asked(index: Index, reference: str, workspace: str | None = None) -> dict[str, Any]:
    response = Service(index).answer(Request(TEXT, {"reference": reference, "workspace": workspace}))
    assert "errors" not in response.body, response.body["errors"]
    told: dict[str, Any] = response.body["data"]["explain"]
    return told


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explain") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


def spoken(path: Path, reference: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    run(["explain", reference, "--index", str(path), "--workspace", W, "--json"])
    answer: dict[str, Any] = msgspec.json.decode(capsys.readouterr().out)
    return answer


def test_it_says_what_the_command_says(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of everything that the sample holds and of every form of reference: readings, reasons, choices, gaps."""
    index = open_index(sample)
    with index.view() as view:
        texts = [node.text for node in view.list_nodes(NodeFilter(), limit=500)][::10]
    texts += [case["text"] for case in CASES][::8]
    texts += ["credit-scoring:5", "credit-scoring:99", "churn:1", "early-warning", "applications@latest", "", "\x00"]
    for text in texts:
        told, said = asked(index, text, W), spoken(sample, text, capsys)
        assert (told["reference"], told["form"], told["canonical"]) == (
            said["reference"],
            said["form"],
            said["canonical"],
        )
        assert {part["name"]: part["value"] for part in told["parts"]} == {
            name: value for name, value in said["parts"].items() if value
        }
        assert told["problem"] == said["error"]
        assert told["spellings"] == said["spellings"]
        assert (told["node"] and told["node"]["reference"]) == (said["node"] and said["node"]["text"])
        assert told["reason"] == said["reason"]
        assert told["gap"] == said["gap"]
        assert [
            (one["node"]["reference"], one["node"]["isChosen"], one["node"]["at"] or "")
            for one in told["choices"]["edges"]
        ] == [(one["text"], one["chosen"], one["at"]) for one in said["choices"]]
        assert told["links"]["totalCount"] == len(said["edges"])
        assert [one["value"] for one in told["looseEnds"]] == [one["value"] for one in said["looseEnds"]][:20]
    assert len(texts) > 50


def test_the_last_writer_is_the_likeliest_and_both_are_told_with_their_times() -> None:
    estate = Estate()
    place = estate.place("lake", "models")
    for rank, (name, ended) in enumerate((("late", "2026-10-27T08:00:00Z"), ("early", "2026-10-20T08:00:00Z"))):
        output = estate.output(estate.job(name, endTime=ended), "model")
        estate.link(place, output, Relation.WAS_GENERATED_BY, certainty=Certainty.AMBIGUOUS, rank=rank)

    told = asked(MemoryIndex(estate.view()), place.text)  # type: ignore[arg-type]

    assert told["gap"] == "AMBIGUOUS_WRITERS"
    assert told["remedy"] == "let each job write to a place of its own, and register from the job's output"
    assert [(one["node"]["at"], one["node"]["isChosen"], one["node"]["rank"]) for one in told["choices"]["edges"]] == [
        ("2026-10-27T08:00:00Z", True, 0),
        ("2026-10-20T08:00:00Z", False, 1),
    ]
    assert told["choices"]["edges"][0]["node"]["reason"] == (
        "one of 2 that may have made it, the likeliest first: a field that the service set says so"
    )


@pytest.mark.parametrize(
    ("state", "gap"),
    [(State.DELETED, "JOB_DELETED"), (State.FORBIDDEN, "JOB_FORBIDDEN"), (State.UNRESOLVED, "JOB_UNREAD")],
)
def test_a_job_that_was_not_read_is_the_gap(state: State, gap: str) -> None:
    estate = Estate()
    job = estate.job("gone", state=state)
    model = estate.model("m", "1", source=estate.output(job, "model", state=state))
    index = MemoryIndex(estate.view())

    assert asked(index, model.text)["gap"] == gap  # type: ignore[arg-type]
    assert asked(index, job.text)["gap"] == gap  # type: ignore[arg-type]


def test_what_several_things_answer_to_is_told_with_each() -> None:
    """The same name in two workspaces: neither is chosen."""
    estate = Estate()
    estate.model("m", "1", createdAt="2026-01-01T00:00:00Z")
    from lineage import ids

    other = ids.workspace("s1", "g1", "w2")
    estate.covered(other)
    estate.model("m", "1", scope=other, createdAt="2026-02-01T00:00:00Z")
    view = estate.view()

    told = choices(view, reader.explain("m:1", None, view))

    assert sorted((one.at, one.chosen, one.reason) for one in told.choices) == [
        ("2026-01-01T00:00:00Z", False, "it goes by this name"),
        ("2026-02-01T00:00:00Z", False, "it goes by this name"),
    ]


def test_what_nothing_answers_to_is_told_with_names_like_it() -> None:
    estate = Estate()
    estate.model("credit", "1")
    view = estate.view()

    told = choices(view, reader.explain("credits:1", None, view))

    assert [one.reason for one in told.choices] == ["its name is like it"]
    assert told.gap is None


def test_a_place_without_a_writer_says_so() -> None:
    estate = Estate()
    place = estate.place("lake", "raw")
    upload = estate.place("workspaceblobstore", "LocalUpload/0123456789abcdef0123456789abcdef/x")
    view = estate.view()

    assert choices(view, reader.explain(place.text, None, view)).gap is Reason.NO_WRITER
    assert choices(view, reader.explain(upload.text, None, view)).gap is Reason.LOCAL_UPLOAD
