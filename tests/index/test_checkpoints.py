"""What an interrupted crawl read is not asked again, and ends in the digest of a crawl that nothing disturbed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lineage.errors import ShrinkRefused
from lineage.index import SqliteIndex, open_index
from lineage.index.schema import VERSION
from lineage.index.sqlite import Quiet
from lineage.ports import Held
from lineage.records import Fact, Gap, GapReason, Kept, Listing, Record, RecordKind
from tests.index.conftest import NOON, publish
from tests.index.test_kill import leftovers
from tests.index.toy import WS, ToyRules, job, store

JOBS = f"{WS}/jobs"
ALL = Listing(JOBS, WS, complete=True, listed=3, mark="as of noon")
STORE = store("lake", "https://acct.blob.core.windows.net/c")
NOTHING = {"stage": 0, "stage_gap": 0, "stage_listing": 0, "bodies without a record": 0}


class Stop(Exception):
    """The crawl is interrupted here."""


def listed(name: str, **body: Any) -> Record:
    return job(name, listing=JOBS, **body)


def interrupted(index: SqliteIndex, facts: Iterable[Fact], now: str = NOON, root: str = WS) -> None:
    def said(held: Held) -> Iterator[Fact]:
        yield from facts
        raise Stop

    with pytest.raises(Stop):
        index.publish(root, said, Quiet(), started=now, clock=lambda: now)


def asked(index: SqliteIndex, facts: Iterable[Fact], look: Callable[[Held], Any], now: str = NOON, **more: Any) -> Any:
    """What `look` finds in what is held when `facts` are published."""
    found = []

    def said(held: Held) -> Iterator[Fact]:
        found.append(look(held))
        yield from facts

    index.publish(WS, said, Quiet(), started=now, clock=lambda: now, **more)
    return found[0]


def test_what_an_interrupted_crawl_read_is_there_for_the_next(index: SqliteIndex) -> None:
    """A record by its listing, and a gap that would be one again; nothing of what it did not come to."""
    lost = Gap(f"{WS}/jobs/b", RecordKind.JOB, WS, GapReason.FORBIDDEN, "403")
    interrupted(index, [listed("a", made=["o"]), lost])

    def look(held: Held) -> list[Record | Gap | None]:
        return [held.fresh(f"{WS}/jobs/{name}", RecordKind.JOB) for name in "abc"]

    assert asked(index, [listed("a"), ALL], look) == [listed("a", made=["o"]), lost, None]


@pytest.mark.parametrize("reason", [GapReason.THROTTLED, GapReason.UNREACHABLE, GapReason.UNAUTHORISED])
def test_what_may_work_a_minute_later_is_asked_again(index: SqliteIndex, reason: GapReason) -> None:
    interrupted(index, [Gap(f"{WS}/jobs/b", RecordKind.JOB, WS, reason, "later")])

    assert asked(index, [ALL], lambda held: held.fresh(f"{WS}/jobs/b", RecordKind.JOB)) is None


def test_a_crawl_that_goes_on_ends_as_if_nothing_had_been(make: Callable[..., SqliteIndex]) -> None:
    """What is gone meanwhile, and a body that has changed since, leave no trace."""
    facts = [STORE, listed("a", writes=["lake/x"]), listed("b", reads=["lake/x"]), ALL]
    undisturbed = publish(make("undisturbed"), facts)
    index = make("resumed")
    interrupted(index, [STORE, listed("gone", made=["o"]), listed("a", writes=["lake/old"])])
    interrupted(
        index, [listed("b", reads=["lake/x"]), Gap(f"{WS}/jobs/c", RecordKind.JOB, WS, GapReason.FORBIDDEN, "")]
    )

    again = publish(index, facts)

    assert (again.digest, again.counts) == (undisturbed.digest, undisturbed.counts)
    assert leftovers(index.path) == NOTHING
    assert index.verify().difference == ""


@pytest.mark.parametrize(
    ("hours", "rules", "resume", "found"),
    [
        *((0, 1, True, True), (5.9, 1, True, True), (6.1, 1, True, False)),
        *((-1, 1, True, False), (0, 2, True, False), (0, 1, False, False)),
    ],
)
def test_a_checkpoint_is_believed_for_a_while(
    index: SqliteIndex, hours: float, rules: int, resume: bool, found: bool
) -> None:
    """Not when it is old, in the future, of other rules, or when it is told to begin anew."""
    interrupted(index, [listed("a")])
    later = (datetime(2026, 3, 31, 12, tzinfo=UTC) + timedelta(hours=hours)).isoformat()
    other = open_index(index.path, rules=ToyRules(rules))
    fresh = asked(other, [ALL], lambda held: held.fresh(f"{WS}/jobs/a", RecordKind.JOB), now=later, resume=resume)

    assert (fresh is not None) is found
    assert leftovers(index.path) == NOTHING


def test_every_root_has_a_checkpoint_of_its_own(index: SqliteIndex) -> None:
    """The crawl of another workspace between two halves of one takes nothing from it, not even a body they share."""
    shared = Record("azureml://registries/r/environments/e/versions/1", RecordKind.OTHER, "azureml://registries/r", {})
    interrupted(index, [listed("a"), shared])
    other = "azureml://subscriptions/s/resourceGroups/g/workspaces/other"
    interrupted(index, [shared], root=other)
    publish(index, [Listing(f"{other}/jobs", other, complete=True, listed=0)], root=other)

    fresh = asked(index, [listed("a"), shared, ALL], lambda held: held.fresh(shared.subject, RecordKind.OTHER))

    assert fresh == shared
    assert index.verify().difference == ""


def test_a_refused_shrink_leaves_no_checkpoint(index: SqliteIndex) -> None:
    """Whoever looks for the reason, and grants what was missing, has everything asked again."""
    publish(index, [listed("a"), listed("b"), listed("c"), ALL])
    with pytest.raises(ShrinkRefused):
        publish(index, [Gap(f"{WS}/jobs/a", RecordKind.JOB, WS, GapReason.FORBIDDEN, "403"), ALL])

    assert leftovers(index.path) == NOTHING


def test_what_is_kept_stays_as_it_is(index: SqliteIndex) -> None:
    """It counts as seen: neither gone, nor lost to the shrink guard, nor a new version of itself."""
    first = publish(index, [STORE, *(listed(name, writes=["lake/x"]) for name in "abc"), ALL])

    second = publish(
        index, [Kept(STORE.subject, STORE.kind), *(Kept(f"{JOBS}/{name}", RecordKind.JOB) for name in "abc"), ALL]
    )

    assert (second.digest, second.counts) == (first.digest, first.counts)
    connection = sqlite3.connect(index.path)
    assert connection.execute("SELECT DISTINCT valid_from FROM record").fetchall() == [(1,)]
    connection.close()


def test_what_was_never_held_cannot_be_kept(index: SqliteIndex) -> None:
    """Nor what only another root holds."""
    other = "azureml://subscriptions/s/resourceGroups/g/workspaces/other"
    publish(index, [listed("a")], root=other)
    generation = publish(
        index, [Kept(f"{JOBS}/a", RecordKind.JOB), Kept(f"{JOBS}/z", RecordKind.JOB), listed("b"), ALL]
    )

    assert generation.counts["records"] == 2
    connection = sqlite3.connect(index.path)
    assert connection.execute("SELECT count(*) FROM record").fetchone() == (2,)
    connection.close()


def test_what_is_held_is_what_the_newest_generation_says_of_this_root(index: SqliteIndex) -> None:
    """With the listing it was met in, and with the mark under which that was made."""
    by_name = job("named")
    publish(index, [listed("a", made=["old"]), listed("gone"), by_name, ALL])
    publish(index, [listed("a", made=["new"]), by_name, ALL])
    other = "azureml://subscriptions/s/resourceGroups/g/workspaces/other"
    publish(index, [job("elsewhere")], root=other)

    def look(held: Held) -> tuple[Any, ...]:
        names = ("a", "gone", "named", "elsewhere")
        records = [held.record(f"{JOBS}/{name}", RecordKind.JOB) for name in names]
        listings = [held.listing(text) for text in (JOBS, f"{WS}/models")]
        return records, held.record(f"{JOBS}/a", RecordKind.RUN), held.listed(JOBS), listings

    records, run, in_list, listings = asked(index, [listed("a"), by_name, ALL], look)

    assert records == [listed("a", made=["new"]), None, by_name, None]
    assert run is None
    assert in_list == [listed("a", made=["new"])]
    assert listings == [ALL, None]


def test_an_index_of_the_version_before_is_brought_up(index: SqliteIndex) -> None:
    """Its generations stay, and what a killed crawl left in it goes."""
    first = publish(index, [listed("a"), ALL])
    connection = sqlite3.connect(index.path)
    connection.executescript(
        "DROP TABLE listed; DROP TABLE checkpoint; DROP TABLE stage; DROP TABLE stage_gap; DROP TABLE stage_listing;"
        "DROP INDEX record_listing;"
        "CREATE TABLE stage (bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL,"
        " hash BLOB NOT NULL, listing INTEGER NOT NULL, scope INTEGER NOT NULL,"
        " PRIMARY KEY (bucket, subject, kind, hash)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE stage_gap (bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL,"
        " packed BLOB NOT NULL, PRIMARY KEY (bucket, subject, kind)) STRICT, WITHOUT ROWID;"
        "CREATE TABLE stage_listing (listing INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;"
        "INSERT INTO body VALUES (0, 7, 9, x'00', x'00'); INSERT INTO stage VALUES (0, 7, 9, x'00', 0, 0);"
        "PRAGMA user_version = 1"
    )
    connection.close()

    old = open_index(index.path, rules=ToyRules())
    assert old.generations() == [first]
    second = publish(old, [listed("a"), ALL])

    assert second.digest == first.digest
    assert leftovers(index.path) == NOTHING
    connection = sqlite3.connect(index.path)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()
