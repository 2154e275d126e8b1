"""Facts on their way in: written in committed batches, seen by nobody until they are published.

Bodies are written once, where they stay; the stage holds only which body each record has in this crawl.
A killed crawl leaves stage rows and bodies that no record names. `clear` removes both.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from lineage.errors import IndexFailure
from lineage.index.codes import RECORD_KINDS
from lineage.index.rows import content_hash
from lineage.ports import Reporter
from lineage.records import Fact, Gap, Listing, Record

BATCH: Final = 2_000
_encode: Final = msgspec.json.Encoder().encode


def collision(one: str, other: str) -> IndexFailure:
    """The error for two names with one key. 63 bits make it unlikely, not impossible."""
    return IndexFailure(
        f"two different names have the same key, so this crawl cannot be published: {one!r} and {other!r}",
        "rename one of the two in the workspace, and report both names to this project",
    )


class Stage:
    """Takes facts and writes them to the stage tables in batches, each a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection, key: Callable[[str], int]) -> None:
        self._connection = connection
        self._key = key
        self._names: dict[int, str] = {}
        self._subjects: dict[int, str] = {}
        self._new_names: list[tuple[int, int, str]] = []
        self._bodies: list[tuple[int, int, int, bytes, bytes]] = []
        self._records: list[tuple[int, int, int, bytes, int, int]] = []
        self._gaps: list[tuple[int, int, int, bytes]] = []
        self._listings: dict[int, Listing] = {}

    def take(self, facts: Iterable[Fact], report: Reporter) -> None:
        """Stage every fact; whatever `facts` raises goes through, with nothing published."""
        count = 0
        for count, fact in enumerate(facts, 1):
            if isinstance(fact, Record):
                self._record(fact)
            elif isinstance(fact, Gap):
                self._gap(fact)
            else:
                self._listing(fact)
            if count % BATCH == 0:
                self._flush()
                report.progress("stage", count)
        self._flush(last=True)
        self._choose()
        report.progress("stage", count, count)

    def name(self, text: str) -> int:
        """The key of a name, which is written with the next batch."""
        key = self._key(text)
        known = self._names.get(key)
        if known is None:
            self._names[key] = text
            self._new_names.append((key >> 57, key, text))
        elif known != text:
            raise collision(known, text)
        return key

    def _record(self, record: Record) -> None:
        subject = self._key(record.subject)
        if self._subjects.setdefault(subject, record.subject) != record.subject:
            raise collision(self._subjects[subject], record.subject)
        bucket, kind, digest = subject >> 57, RECORD_KINDS.of[record.kind], content_hash(record)
        listing = self.name(record.listing) if record.listing else 0
        stored = _encode([record.subject, record.scope, record.seen, record.body])
        self._bodies.append((bucket, subject, kind, digest, stored))
        self._records.append((bucket, subject, kind, digest, listing, self.name(record.scope)))

    def _gap(self, gap: Gap) -> None:
        subject = self._key(gap.subject)
        self._gaps.append((subject >> 57, subject, RECORD_KINDS.of[gap.kind], _encode(gap)))

    def _listing(self, listing: Listing) -> None:
        key = self.name(listing.text)
        before = self._listings.get(key)
        if before is not None:
            # Listed twice in one crawl: complete only if it was complete each time, whatever the order.
            listing = Listing(
                listing.text,
                min(listing.scope, before.scope),
                listing.complete and before.complete,
                max(listing.listed, before.listed),
            )
        self._listings[key] = listing

    def _flush(self, *, last: bool = False) -> None:
        run = self._connection.executemany
        self._connection.execute("BEGIN IMMEDIATE")
        run("INSERT OR IGNORE INTO name VALUES (?, ?, ?)", self._new_names)
        # In order of the key, so that neighbours land on the same pages.
        run("INSERT OR IGNORE INTO body VALUES (?, ?, ?, ?, ?)", sorted(self._bodies))
        run(
            "INSERT INTO stage VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET listing = excluded.listing"
            " WHERE excluded.listing > listing",
            sorted(self._records),
        )
        # Of several gaps with one subject and kind the one that sorts first stays: order of facts means nothing.
        run(
            "INSERT INTO stage_gap VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET packed = excluded.packed"
            " WHERE excluded.packed < packed",
            self._gaps,
        )
        if last:
            rows = [(key, _encode(listing)) for key, listing in self._listings.items()]
            run("INSERT INTO stage_listing VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")
        for batch in (self._new_names, self._bodies, self._records, self._gaps):
            batch.clear()

    def _choose(self) -> None:
        """Keep one body where a crawl said two things of one record: a listed one first, then by hash."""
        twice = self._connection.execute(
            "SELECT bucket, subject, kind FROM stage GROUP BY bucket, subject, kind HAVING count(*) > 1"
        ).fetchall()
        for place in twice:
            rows = self._connection.execute(
                "SELECT hash FROM stage WHERE bucket = ? AND subject = ? AND kind = ?"
                " ORDER BY listing <> 0 DESC, hash DESC",
                place,
            ).fetchall()
            for (digest,) in rows[1:]:
                where = "WHERE bucket = ? AND subject = ? AND kind = ? AND hash = ?"
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(
                    f"DELETE FROM body {where} AND NOT EXISTS (SELECT 1 FROM record r WHERE r.bucket = body.bucket"
                    " AND r.subject = body.subject AND r.kind = body.kind AND r.hash = body.hash)",
                    (*place, digest),
                )
                self._connection.execute(f"DELETE FROM stage {where}", (*place, digest))
                self._connection.execute("COMMIT")


def clear(connection: sqlite3.Connection) -> None:
    """Remove what a crawl left that was never published."""
    if not any(
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
        for table in ("stage", "stage_gap", "stage_listing")
    ):
        return
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "DELETE FROM body WHERE rowid IN (SELECT b.rowid FROM stage s JOIN body b ON b.bucket = s.bucket"
        " AND b.subject = s.subject AND b.kind = s.kind AND b.hash = s.hash LEFT JOIN record r ON r.bucket = s.bucket"
        " AND r.subject = s.subject AND r.kind = s.kind AND r.hash = s.hash WHERE r.subject IS NULL)"
    )
    empty(connection)
    connection.execute("COMMIT")


def empty(connection: sqlite3.Connection) -> None:
    """Forget the stage; the bodies stay."""
    for table in ("stage", "stage_gap", "stage_listing"):
        connection.execute(f"DELETE FROM {table}")
