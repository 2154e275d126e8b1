"""Whatever cannot be read is not gone: each list, and each thing by its name, refused in every way that it can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage import indexing
from lineage.index import SqliteIndex, open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from tests.bench.bench_cost import TeemingSource
from tests.teeming import Size, Teeming

SIZE = Size(containers=12, versions=3, jobs=60, pipelines=10, tables=4, environments=2, codes=5)
LISTS = ("datastores", "models", "models/versions", "jobs", "data", "data/versions", "environments", "children")
NAMED = ("codes/versions", "batches of runs")


@pytest.fixture
def workspace() -> Teeming:
    return Teeming(SIZE)


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return open_index(tmp_path / "index.db", create=True)


def crawl(workspace: Teeming, index: SqliteIndex, *, full: bool) -> Generation:
    return indexing.crawl(TeemingSource(workspace), index, Quiet(), full=full)


@pytest.mark.parametrize("full", [False, True], ids=["incremental", "full"])
@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
@pytest.mark.parametrize("what", [*LISTS, *NAMED])
def test_what_is_refused_is_kept(workspace: Teeming, index: SqliteIndex, what: str, status: int, full: bool) -> None:
    """With all that stands behind it, and a gap where it was asked for; when it can be read again, all is as before."""
    before = crawl(workspace, index, full=False)
    workspace.forget()
    # What is not told in a batch is asked for alone.
    workspace.refused = {what: status} | ({"run": status} if what == "batches of runs" else {})
    during = crawl(workspace, index, full=full)
    asked = workspace.forget()
    workspace.refused = {}
    after = crawl(workspace, index, full=False)

    assert during.counts["records"] == before.counts["records"]
    assert during.counts["edges"] == before.counts["edges"]
    # Of a job that is there, run history may say nothing any more; what it said stays.
    silent = (what, status) == ("batches of runs", 404)
    assert silent or (during.counts["gaps"] > 0) is (what in asked)
    assert (after.digest, after.counts) == (before.digest, before.counts)
    with index.view(during.number) as view:
        complete = all(scope.complete for scope in view.coverage())
    assert complete is not (what in LISTS and what in asked)


def test_a_refused_thing_is_asked_for_again(workspace: Teeming, index: SqliteIndex) -> None:
    """Though it is held, and never changes: whoever was granted a permission wants to see it used."""
    crawl(workspace, index, full=False)
    workspace.refused = {"codes/versions": 403}
    crawl(workspace, index, full=True)
    workspace.forget()
    again = crawl(workspace, index, full=False)

    assert workspace.forget()["codes/versions"] == SIZE.codes
    assert again.counts["gaps"] == SIZE.codes
