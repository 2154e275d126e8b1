"""Listing all jobs or getting those that are wanted: which is done when, what each costs, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineage import impact, indexing, lookup
from lineage.index import SqliteIndex, open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from lineage.records import GapReason, Listing
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.planning import Planner
from tests.bench.bench_cost import LISTS, TeemingSource
from tests.sources.silent import Silent
from tests.teeming import ADDRESSES, ROOT, Size, Teeming

FEW = Size(containers=30, versions=4, jobs=20_000)
"""120 versions of models that name the jobs 1 to 119 (as 30 · 4 = 120 numbers, of which 120 itself) of 400 pages of
jobs. The first page, which is always read, shows 0 to 49.
"""


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return open_index(tmp_path / "index.db", create=True)


class Heard(Quiet):
    """A Reporter that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def crawl(
    workspace: Teeming, index: SqliteIndex, jobs: str = "auto", **options: bool
) -> tuple[Generation, dict[str, int], list[str]]:
    """A generation, what it cost, and what was told on the way."""
    heard = Heard()
    generation = indexing.crawl(TeemingSource(workspace, jobs), index, heard, **options)  # type: ignore[arg-type]
    return generation, workspace.forget(), heard.notes


def complete(index: SqliteIndex) -> bool:
    with index.view() as view:
        (own,) = [scope for scope in view.coverage() if scope.scope == ROOT.text]
        return own.complete


def reasons(index: SqliteIndex) -> list[tuple[str, GapReason]]:
    with index.view() as view:
        return [(gap.subject.removeprefix(f"{ROOT.text}/"), gap.reason) for gap in view.gaps()]


def test_few_of_many_jobs_are_got_by_name(index: SqliteIndex) -> None:
    """One page, which tells how many there are, and a request for each of the 71 that models name beyond it."""
    _, cost, notes = crawl(Teeming(FEW), index)

    assert cost["jobs"] == 1
    assert cost["job"] == 71  # 50 to 120
    assert cost["batches of runs"] == 1 + 1 + 2 + 1  # of the first page, its pipeline's steps, those got, their steps
    assert cost["children"] == 3  # of 0, 50 and 100
    (note,) = notes
    assert note.startswith("jobs were got by name instead of 399 more pages of their list: those that nothing names")
    assert note.endswith("to know every job, crawl once with --jobs list, or --full")


def test_what_getting_does_not_see_is_said(index: SqliteIndex) -> None:
    """By the coverage, by the ledger with its remedy, and by whoever is asked what uses a thing."""
    crawl(Teeming(FEW), index)

    assert not complete(index)
    assert reasons(index) == [("jobs", GapReason.NOT_LISTED)]
    with index.view() as view:
        (gap,) = view.gaps()
        struck = impact.impact(view, [lookup.find(view, f"{ROOT.text}/data/table-1/versions/1")])
    assert "--jobs list" in gap.remedy
    assert not struck.header.is_complete
    assert "was not read to its end" in struck.header.truncations[0].detail


def test_the_same_workspace_listed(tmp_path: Path, index: SqliteIndex) -> None:
    """400 pages, and twice as many jobs in batches of fifty; then nothing is missing."""
    size = Size(containers=30, versions=4, jobs=2_000)
    _, cost, notes = crawl(Teeming(size), index, "list")

    assert (cost["jobs"], cost.get("job"), notes) == (40, None, [])
    assert cost["batches of runs"] == 40 + 4  # of the jobs, and of the 60 steps that each twenty pages have
    assert complete(index)
    assert reasons(index) == []


def test_none_is_listed_when_they_are_to_be_got(index: SqliteIndex) -> None:
    """Not even the first page: 120 jobs are named, whatever there is beside them."""
    _, cost, notes = crawl(Teeming(FEW), index, "get")

    assert cost.get("jobs") is None
    assert cost["job"] == 120
    assert cost["batches of runs"] == 1 + 2  # the first alone, to see whether batches are taken; then 70 and 6 steps
    assert not complete(index)
    assert notes[0].startswith("jobs were got by name: those that nothing names are not known")


def test_a_list_that_is_read_without_a_wait_is_read_whatever_it_costs() -> None:
    """250 pages of jobs of which a single one is named: all are read, for the sake of those that nobody names."""
    workspace = Teeming(Size(containers=1, versions=1, jobs=12_550, pipelines=20_000))
    (said,) = [
        fact
        for fact in Crawl(workspace, ROOT, ADDRESSES).facts(Silent())
        if isinstance(fact, Listing) and fact.text == f"{ROOT.text}/jobs"
    ]
    cost = workspace.forget()

    assert (cost["jobs"], cost.get("job")) == (251, None)  # the first page, which told of 250 more
    assert (said.complete, said.listed) == (True, 12_550)


@pytest.mark.parametrize(("containers", "lists"), [(9, False), (10, True)])
def test_the_cheaper_way_is_taken(index: SqliteIndex, containers: int, lists: bool) -> None:
    """1,000 jobs on 20 pages with 19 left and 19 batches of runs to ask for, where 37 and their run may be got."""
    workspace = Teeming(Size(containers=containers, versions=9, jobs=1_000, pipelines=2_000))
    # Versions name the jobs 1 to 9 · containers; the first page shows 49 of them.
    named = 9 * containers - 49
    for _ in Crawl(workspace, ROOT, ADDRESSES, planner=Planner(at_once=5)).facts(Silent()):
        pass
    cost = workspace.forget()

    assert Planner().jobs(950, named, 950).listing == 19 + 19
    assert cost["jobs"] == (20 if lists else 1)
    assert cost.get("job", 0) == (0 if lists else named)
    assert named == (41 if lists else 32)


def test_a_crawl_that_gets_keeps_what_a_list_has_shown(index: SqliteIndex) -> None:
    """Absence says nothing where nothing was listed; a job that has ended is not got again."""
    workspace = Teeming(Size(containers=30, versions=4, jobs=300))
    first, _, _ = crawl(workspace, index, "list")
    workspace.add_version(3)  # names job 17, which is held
    workspace.start(2)  # which nobody names
    workspace.delete(200)  # which nobody names either
    second, cost, _ = crawl(workspace, index, "get")

    assert cost.pop("models/versions") == 1
    assert cost == {name: 1 for name in LISTS if name != "jobs"}
    assert second.counts["records"] == first.counts["records"] + 1
    with index.view() as view:
        assert len(view.records(f"{ROOT.text}/jobs/job-299")) == 2
        assert view.records(f"{ROOT.text}/jobs/job-300") == []
        assert len(view.records(f"{ROOT.text}/jobs/job-200")) == 2
    third, _, notes = crawl(workspace, index, "list")
    assert notes == []
    assert complete(index)
    with index.view() as view:
        assert len(view.records(f"{ROOT.text}/jobs/job-300")) == 2
        assert view.records(f"{ROOT.text}/jobs/job-200") == []
        assert view.gaps() == []
    assert third.digest == crawl(workspace, open_index(index.path.with_name("scratch.db"), create=True))[0].digest


def test_an_unchanged_workspace_of_many_jobs_costs_one_page_of_them(index: SqliteIndex) -> None:
    """The second crawl asks for no job: all that are named are held, and have ended."""
    workspace = Teeming(FEW)
    first, _, _ = crawl(workspace, index)
    second, cost, _ = crawl(workspace, index)

    assert sum(cost.values()) == 10 + 1
    assert cost["jobs"] == 1
    assert second.digest == first.digest


def naming(body: dict[str, Any], field: str, job: str) -> dict[str, Any]:
    """The body, which names that job alone."""
    body["properties"].pop("modelUri", None)
    body["properties"][field] = job
    return body


def test_when_ever_more_are_named_the_list_is_read_after_all(index: SqliteIndex) -> None:
    """Each job names the one before it: getting is given up when it has cost as much as the list."""

    class Chain(Teeming):
        """The model names job 500 of 600, and every job the one before."""

        def _model(self, model: int, version: int) -> dict[str, Any]:
            return naming(super()._model(model, version), "jobName", "job-500")

        def _job(self, number: int) -> dict[str, Any]:
            return naming(super()._job(number), "sourceJobId", f"job-{max(number - 1, 0)}")

    workspace = Chain(Size(containers=1, versions=1, jobs=600, pipelines=10_000))
    for _ in Crawl(workspace, ROOT, ADDRESSES, planner=Planner(at_once=2)).facts(Silent()):
        pass
    cost = workspace.forget()

    # Left are 11 pages and the runs of their jobs in 11 batches; 21 jobs and their runs in a batch would be as dear.
    assert (cost["jobs"], cost["job"]) == (12, 20)
