"""What a crawl costs, counted: lists are read again, and beyond that only what has changed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lineage import indexing
from lineage.index import SqliteIndex, open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from lineage.records import RecordKind
from tests.bench.bench_cost import LISTS, TeemingSource, measure
from tests.teeming import ROOT, Size, Teeming

SIZE = Size(containers=200, versions=3, jobs=300)
"""A tenth of a real workspace: 4 pages of models, 6 of jobs, of which 6 are pipelines of 3 steps."""


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return open_index(tmp_path / "index.db", create=True)


def crawl(workspace: Teeming, index: SqliteIndex, **options: bool) -> tuple[Generation, dict[str, int]]:
    """A generation and what it cost."""
    generation = indexing.crawl(TeemingSource(workspace), index, Quiet(), **options)
    return generation, workspace.forget()


def beyond_lists(requests: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in requests.items() if name not in LISTS}


def scratch(workspace: Teeming, folder: Path) -> str:
    """The digest of the workspace crawled into a new index."""
    return crawl(workspace, open_index(folder / "scratch.db", create=True))[0].digest


def test_only_the_first_crawl_reads_everything(tmp_path: Path) -> None:
    """The second reads the lists, and nothing else; the third also what has changed; --full reads all again."""
    first, second, third, full = measure(SIZE, tmp_path)

    assert first.lists == 1 + 1 + 1 + 4 + 6 + 1 + 1 + 4
    assert beyond_lists(first.requests) == {
        "models/versions": 200,
        "data/versions": 20,
        "environments/versions": 10,
        "codes/versions": 40,
        "batches of runs": 6 + 1,  # of the jobs, and of the 18 steps of pipelines
        "children": 6,
    }
    assert second.requests == {name: number for name, number in first.requests.items() if name in LISTS}
    assert third.lists == first.lists + 1  # the 301st job is on a page of its own
    # Of the three new jobs one is a pipeline of three steps.
    assert beyond_lists(third.requests) == {"models/versions": 2, "batches of runs": 2, "children": 1}
    assert (second.generation.digest, second.generation.counts) == (first.generation.digest, first.generation.counts)
    assert full.generation.digest == third.generation.digest
    assert beyond_lists(full.requests)["models/versions"] == 200


def test_what_was_running_is_read_until_it_has_ended(index: SqliteIndex, tmp_path: Path) -> None:
    """A pipeline that runs has its steps asked for each time; then once more, and never again."""
    workspace = Teeming(SIZE)
    crawl(workspace, index)
    assert list(workspace.start(2)) == [300, 301]  # the first is a pipeline

    costs = [beyond_lists(crawl(workspace, index)[1]) for _ in range(2)]
    workspace.finish()
    costs.append(beyond_lists(crawl(workspace, index)[1]))
    generation, after = crawl(workspace, index)

    assert [cost["children"] for cost in costs] == [1, 1, 1]
    assert [cost["batches of runs"] for cost in costs] == [2, 2, 2]  # the two jobs, and the steps
    assert beyond_lists(after) == {}
    assert generation.digest == scratch(workspace, tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_changes_ends_as_a_crawl_from_nothing(index: SqliteIndex, tmp_path: Path, seed: int) -> None:
    """The law of incremental crawls, over versions, jobs that start and end, and crawls in between."""
    chance = random.Random(seed)
    workspace = Teeming(Size(containers=20, versions=2, jobs=40, pipelines=7))
    for step in range(8):
        for _ in range(chance.randrange(4)):
            match chance.randrange(3):
                case 0:
                    workspace.add_version(chance.randrange(20))
                case 1:
                    workspace.start(chance.randrange(1, 4))
                case 2:
                    workspace.finish()
        generation, _ = crawl(workspace, index)
        folder = tmp_path / str(step)
        folder.mkdir()
        assert generation.digest == scratch(workspace, folder), step
    assert index.verify().difference == ""


def test_a_job_that_is_gone_keeps_its_lineage(index: SqliteIndex) -> None:
    """It is not in the list any more and a model names it: asked for, not found, and what is known of it stays."""
    workspace = Teeming(SIZE)
    before, _ = crawl(workspace, index)
    workspace.delete(150)  # a pipeline, of which models are
    after, cost = crawl(workspace, index)

    assert beyond_lists(cost) == {"missing": 1, "run": 1}
    with index.view() as view:
        (gap,) = view.gaps(f"{ROOT.text}/jobs/job-150")
        kinds = {record.kind for record in view.records(f"{ROOT.text}/jobs/job-150")}
        step = view.records(f"{ROOT.text}/jobs/job-150-step-1")
    assert gap.reason == "NOT_FOUND"
    assert "last seen 20" in gap.detail
    assert kinds == {RecordKind.JOB, RecordKind.RUN}
    assert len(step) == 1
    assert after.counts["records"] == before.counts["records"]
    assert after.counts["edges"] == before.counts["edges"]

    again, _ = crawl(workspace, index)
    full, _ = crawl(workspace, index, full=True)
    assert again.digest == full.digest == after.digest


def test_a_job_that_nobody_names_and_no_list_shows_is_gone(index: SqliteIndex) -> None:
    """Absence counts in a list that was read to its end."""
    workspace = Teeming(Size(containers=1, versions=1, jobs=60, pipelines=1000))
    before, _ = crawl(workspace, index)
    workspace.delete(41)
    after, _ = crawl(workspace, index)

    assert after.counts["records"] == before.counts["records"] - 2
    with index.view() as view:
        assert view.records(f"{ROOT.text}/jobs/job-41") == []
