"""What the index holds of each listing, and what it lacks, counted in SQL."""

from __future__ import annotations

from lineage.index import SqliteIndex
from lineage.ports import Holding, Unread
from lineage.records import Gap, GapReason, Kept, Listing, Record, RecordKind
from tests.index.conftest import publish
from tests.index.toy import WS, job


def test_each_thing_counts_once_where_it_was_met(index: SqliteIndex) -> None:
    """A job has two records and counts once; what no listing showed counts where it lies."""
    run = Record(f"{WS}/jobs/a", RecordKind.RUN, WS, {}, f"{WS}/jobs")
    publish(index, [job("a", listing=f"{WS}/jobs"), run, job("b"), Listing(f"{WS}/jobs", WS, complete=True, listed=1)])

    with index.view() as view:
        assert sorted(view.holdings()) == [
            Holding(f"{WS}/jobs", False, 1, 0),
            Holding(f"{WS}/jobs", True, 1, 0),
        ]


def test_what_is_held_from_earlier_is_not_unread(index: SqliteIndex) -> None:
    """The gap of a job that is held, and that of a listing, are not things that are missing."""
    kept = Kept(f"{WS}/jobs/b", RecordKind.JOB)
    publish(index, [*(job(name, listing=f"{WS}/jobs") for name in "ab"), Listing(f"{WS}/jobs", WS, True, 2)])
    lost = [
        Gap(subject, RecordKind.JOB, WS, GapReason.FORBIDDEN, "HTTP 403")
        for subject in (f"{WS}/jobs/a", f"{WS}/jobs/never", f"{WS}/jobs")
    ]
    publish(index, [kept, *lost, Listing(f"{WS}/jobs", WS, complete=False, listed=0)])

    with index.view() as view:
        assert list(view.unread()) == [Unread(f"{WS}/jobs", GapReason.FORBIDDEN, 1)]
    with index.view(1) as view:
        assert list(view.unread()) == []
