"""Facts on their way in: written in committed batches, seen by nobody until they are published.

Bodies are written once, where they stay; the stage holds only which body each record has in this crawl. Every batch
is a checkpoint. A crawl that is killed leaves its stage, and the next crawl of the same root is told what is in it
(`holding`): each crawl of a root is a turn, and what the last turn did not say itself is removed before publishing.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from lineage import __version__
from lineage.errors import IndexFailure
from lineage.index.codes import RECORD_KINDS
from lineage.index.rows import content_hash, unpack_stored
from lineage.index.schema import OPEN
from lineage.index.writing import insert
from lineage.ports import Reporter
from lineage.records import Fact, Gap, Kept, Listing, Record

BATCH: Final = 2_000
"""Facts after which there is a checkpoint."""
SECONDS: Final = 5.0
"""Seconds after which there is one however few facts came."""
LASTS: Final = timedelta(hours=6)
"""How long what an interrupted crawl read is believed without asking again."""

_encode: Final = msgspec.json.Encoder().encode
_TABLES: Final = ("stage", "stage_gap", "stage_listing")


def collision(one: str, other: str) -> IndexFailure:
    """The error for two names with one key. 63 bits make it unlikely, not impossible."""
    return IndexFailure(
        f"two different names have the same key, so this crawl cannot be published: {one!r} and {other!r}",
        "rename one of the two in the workspace, and report both names to this project",
    )


class Stage:
    """Takes the facts of one crawl of `root` and writes them to the stage tables, a transaction a batch."""

    def __init__(
        self, connection: sqlite3.Connection, key: Callable[[str], int], root: str, batch: int = BATCH
    ) -> None:
        self._connection = connection
        self._key = key
        self._batch = batch
        self._names: dict[int, str] = {}
        self._new_names: list[tuple[int, int, str]] = []
        self._bodies: list[tuple[int, int, int, bytes, bytes]] = []
        self._records: list[tuple[Any, ...]] = []
        self._kept: list[tuple[int, int, int]] = []
        self._gaps: list[tuple[Any, ...]] = []
        self._listings: dict[int, Listing] = {}
        self.root = self.name(root)
        self.turn = 0

    def begin(self, now: str, rules: int) -> bool:
        """Begin a turn at the instant `now`. True when there is something of an interrupted crawl."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run(
            "INSERT INTO checkpoint VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET turn = turn + 1",
            (self.root, now, rules, __version__),
        )
        (self.turn,) = run("SELECT turn FROM checkpoint WHERE root = ?", (self.root,)).fetchone()
        run("DELETE FROM stage_listing WHERE root = ?", (self.root,))
        run("COMMIT")
        return self.turn > 1

    def take(self, facts: Iterable[Fact], report: Reporter) -> None:
        """Stage every fact; whatever `facts` raises goes through, with nothing published and everything staged."""
        count = 0
        try:
            written = time.monotonic()
            for count, fact in enumerate(facts, 1):
                if isinstance(fact, Record):
                    self._record(fact)
                elif isinstance(fact, Kept):
                    subject = self._key(fact.subject)
                    self._kept.append((subject >> 57, subject, RECORD_KINDS.of[fact.kind]))
                elif isinstance(fact, Gap):
                    self._gap(fact)
                else:
                    self._listing(fact)
                if count % self._batch == 0 or time.monotonic() - written > SECONDS:
                    self._flush()
                    report.progress("stage", count)
                    written = time.monotonic()
        except BaseException:
            if not self._connection.in_transaction:
                self._flush()
            raise
        self._flush(last=True)
        self._drop_unsaid()
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
        bucket, kind, digest = subject >> 57, RECORD_KINDS.of[record.kind], content_hash(record)
        listing = self.name(record.listing) if record.listing else 0
        stored = _encode([record.subject, record.scope, record.seen, record.body])
        self._bodies.append((bucket, subject, kind, digest, stored))
        self._records.append((bucket, subject, kind, self.root, digest, listing, self.name(record.scope), self.turn))

    def _gap(self, gap: Gap) -> None:
        subject = self._key(gap.subject)
        self._gaps.append((subject >> 57, subject, RECORD_KINDS.of[gap.kind], self.root, _encode(gap), self.turn))

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
                listing.mark if listing.mark == before.mark else "",
            )
        self._listings[key] = listing

    def _flush(self, *, last: bool = False) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        insert(self._connection, "name", self._new_names, "ON CONFLICT DO NOTHING")
        # In order of the key, so that neighbours land on the same pages.
        insert(self._connection, "body", sorted(self._bodies), "ON CONFLICT DO NOTHING")
        insert(
            self._connection,
            "stage",
            sorted(self._records),
            "ON CONFLICT DO UPDATE SET listing = CASE WHEN turn < excluded.turn THEN excluded.listing"
            " ELSE max(listing, excluded.listing) END, scope = excluded.scope, turn = excluded.turn",
        )
        self._connection.executemany(
            "INSERT INTO stage SELECT r.bucket, r.subject, r.kind, r.root, r.hash, r.listing, r.scope,"
            f" {self.turn} FROM record r WHERE r.bucket = ? AND r.subject = ? AND r.kind = ? AND r.root = {self.root}"
            f" AND r.valid_to = {OPEN} ON CONFLICT DO UPDATE SET listing = excluded.listing, turn = excluded.turn",
            sorted(self._kept),
        )
        # Of several gaps with one subject and kind the one that sorts first stays: order of facts means nothing.
        insert(
            self._connection,
            "stage_gap",
            self._gaps,
            "ON CONFLICT DO UPDATE SET packed = excluded.packed, turn = excluded.turn"
            " WHERE turn < excluded.turn OR excluded.packed < packed",
        )
        if last:
            rows = [(self.root, key, _encode(listing)) for key, listing in self._listings.items()]
            insert(self._connection, "stage_listing", rows)
        self._connection.execute("COMMIT")
        for batch in (self._new_names, self._bodies, self._records, self._kept, self._gaps):
            batch.clear()

    def _drop_unsaid(self) -> None:
        """Remove what an interrupted crawl read and this one did not say: it is not there any more."""
        if self.turn > 1:
            self._connection.execute("BEGIN IMMEDIATE")
            _remove(self._connection, f"s.root = {self.root} AND s.turn < {self.turn}")
            self._connection.execute("DELETE FROM stage_gap WHERE root = ? AND turn < ?", (self.root, self.turn))
            self._connection.execute("COMMIT")

    def _choose(self) -> None:
        """Keep one body where a crawl said two things of one record: a listed one first, then by hash."""
        twice = self._connection.execute(
            "SELECT bucket, subject, kind FROM stage WHERE root = ? GROUP BY bucket, subject, kind HAVING count(*) > 1",
            (self.root,),
        ).fetchall()
        for place in twice:
            rows = self._connection.execute(
                "SELECT s.hash, b.stored FROM stage s JOIN body b ON b.bucket = s.bucket AND b.subject = s.subject"
                " AND b.kind = s.kind AND b.hash = s.hash"
                " WHERE s.bucket = ? AND s.subject = ? AND s.kind = ? AND s.root = ?"
                " ORDER BY s.listing <> 0 DESC, s.hash DESC",
                (*place, self.root),
            ).fetchall()
            names = [unpack_stored(stored).subject for _, stored in rows]
            if len(set(names)) > 1:
                raise collision(*sorted(set(names))[:2])
            bucket, subject, kind = place
            self._connection.execute("BEGIN IMMEDIATE")
            for digest, _ in rows[1:]:
                _remove(
                    self._connection,
                    f"s.bucket = {bucket} AND s.subject = {subject} AND s.kind = {kind} AND s.root = {self.root}"
                    f" AND s.hash = x'{digest.hex()}'",
                )
            self._connection.execute("COMMIT")


def _remove(connection: sqlite3.Connection, which: str) -> None:
    """Remove stage rows `s`, and the bodies that nothing else names, inside the caller's transaction."""
    same = "x.bucket = s.bucket AND x.subject = s.subject AND x.kind = s.kind AND x.hash = s.hash"
    connection.execute(
        "DELETE FROM body WHERE rowid IN (SELECT b.rowid FROM stage s JOIN body b ON b.bucket = s.bucket"
        f" AND b.subject = s.subject AND b.kind = s.kind AND b.hash = s.hash WHERE {which}"
        f" AND NOT EXISTS (SELECT 1 FROM record x WHERE {same})"
        f" AND NOT EXISTS (SELECT 1 FROM stage x WHERE {same} AND x.root <> s.root))"
    )
    connection.execute(f"DELETE FROM stage AS s WHERE {which}")


def clear(connection: sqlite3.Connection, root: int) -> None:
    """Remove what crawls of one root left that was never published."""
    connection.execute("BEGIN IMMEDIATE")
    _remove(connection, f"s.root = {root}")
    empty(connection, root)
    connection.execute("COMMIT")


def clear_stale(connection: sqlite3.Connection, now: str, rules: int) -> None:
    """Remove what interrupted crawls left too long ago, or left to another version of rules or program."""
    rows = connection.execute("SELECT root, began, rules, program FROM checkpoint").fetchall()
    for root, began, *made_by in rows:
        age = datetime.fromisoformat(now) - datetime.fromisoformat(began)
        # A clock that was set back says nothing of the age.
        if made_by != [rules, __version__] or not -timedelta(minutes=5) <= age <= LASTS:
            clear(connection, root)


def empty(connection: sqlite3.Connection, root: int) -> None:
    """Forget the stage of one root; the bodies stay."""
    for table in (*_TABLES, "checkpoint"):
        connection.execute(f"DELETE FROM {table} WHERE root = ?", (root,))
