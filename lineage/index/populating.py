"""What the index holds of each listing, and what it could not read: the rows behind a control total."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Final

from lineage.graph import State
from lineage.index.codes import STATES
from lineage.index.rows import unpack_gap
from lineage.ports import Holding, Unread
from lineage.records import GapReason

_ARCHIVED: Final = STATES.of[State.ARCHIVED]
_VALID: Final = "r.valid_from <= ?1 AND r.valid_to > ?1"
_NODE: Final = (
    "LEFT JOIN node n ON n.bucket = r.bucket AND n.key = r.subject AND n.valid_from <= ?1 AND n.valid_to > ?1"
)
# A thing may have two records (a job and its run), and two crawls may have met it in one listing: it counts once.
_LISTED: Final = (
    f"SELECT l.text, count(*), sum(coalesce(n.state, -1) = {_ARCHIVED})"  # noqa: S608 - constants of this package
    f" FROM (SELECT DISTINCT r.listing, r.bucket, r.subject FROM record r WHERE {_VALID} AND r.listing <> 0) r"
    f" JOIN name l ON l.bucket = r.listing >> 57 AND l.key = r.listing {_NODE} GROUP BY r.listing"
)
_NAMED: Final = (
    f"SELECT n.text, n.state = {_ARCHIVED}"  # noqa: S608
    f" FROM (SELECT r.bucket, r.subject, max(r.listing <> 0) AS met FROM record r WHERE {_VALID}"
    f" GROUP BY r.bucket, r.subject) r {_NODE} WHERE r.met = 0 AND n.text IS NOT NULL"
)
_UNREAD: Final = (
    "SELECT g.packed FROM gap g WHERE g.valid_from <= ?1 AND g.valid_to > ?1"  # noqa: S608
    f" AND NOT EXISTS (SELECT 1 FROM record r WHERE r.bucket = g.bucket AND r.subject = g.subject AND {_VALID})"
)


def holdings(connection: sqlite3.Connection, number: int) -> Iterator[Holding]:
    """See `ports.View.holdings`."""
    for text, things, archived in connection.execute(_LISTED, (number,)):
        yield Holding(text, True, things, archived)
    things_of: Counter[str] = Counter()
    archived_of: Counter[str] = Counter()
    for text, archived in connection.execute(_NAMED, (number,)):
        collection = text.rpartition("/")[0]
        things_of[collection] += 1
        archived_of[collection] += archived
    for collection, things in things_of.items():
        yield Holding(collection, False, things, archived_of[collection])


def unread(connection: sqlite3.Connection, number: int, listings: set[str]) -> Iterator[Unread]:
    """See `ports.View.unread`. `listings`: texts of the listings that were made, which are no things."""
    reasons: dict[str, GapReason] = {}
    for (packed,) in connection.execute(_UNREAD, (number,)):
        gap = unpack_gap(packed)
        if gap.subject not in listings:
            reasons[gap.subject] = min(gap.reason, reasons.get(gap.subject, gap.reason))
    counts = Counter((subject.rpartition("/")[0], reason) for subject, reason in reasons.items())
    for (collection, reason), things in counts.items():
        yield Unread(collection, reason, things)
