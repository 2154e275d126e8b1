"""What a crawl costs, counted by the emulator: lists are read again, and beyond that only what has changed."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.counted import count
from tests.emulator.crowded import Busy


def test_only_the_first_crawl_reads_everything(tmp_path: Path) -> None:
    """A tenth of a real workspace in containers: 4 pages of models, 6 of jobs, of which 6 are pipelines of 3 steps."""
    first, second, third, full = count(Busy(containers=200, versions=3, jobs=300), tmp_path)

    assert first.lists == 2 + 4 + 6 + 7
    assert first.beyond_lists() == {
        "models.versions": 200,
        "data.versions": 20,
        "environments.versions": 10,
        "components.versions": 1,
        "codes.version": 40,
        "data.version": 15,  # implicit assets: no list shows them
        "batchrundata": 1 + 6,  # fifty jobs to see whether batches are taken; the other 250 with the steps
        "run.children": 6,
    }
    assert second.beyond_lists() == {}
    assert (second.lists, second.digest) == (first.lists, first.digest)
    assert third.lists == first.lists + 1  # the 301st job is on a page of its own
    # Of the three new jobs one is a pipeline, whose steps are a batch of their own.
    assert third.beyond_lists() == {"models.versions": 2, "batchrundata": 2, "run.children": 1}
    assert (first.total, second.total, third.total) == (318, 19, 25)
    assert full.digest == third.digest
    assert full.total == 320
