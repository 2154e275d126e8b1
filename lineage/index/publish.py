"""Publishing: from staged facts to one new generation, in one transaction.

stage      committed batches that no reader sees (`staging`)
take       which records are new, changed, or gone, by content hash (`taking`)
project    claims, edges and nodes of what changed (`projection`)
commit     rows, digest and the one row that makes the generation visible
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import gc
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from lineage import ids
from lineage.errors import ShrinkRefused
from lineage.index import digest, staging
from lineage.index.codes import RECORD_KINDS
from lineage.index.holding import SqliteHeld
from lineage.index.keys import Keys
from lineage.index.projection import Projection
from lineage.index.rows import (
    GENERATION_COLUMNS,
    RECORD_COLUMNS,
    RecordRow,
    gap_row,
    generation_of,
    instant,
)
from lineage.index.rules import Rules
from lineage.index.schema import INDEXES, OPEN
from lineage.index.taking import Taking, written_name
from lineage.ports import Generation, Held, Reporter
from lineage.records import Fact, Record, RecordKind

COUNTED: Final = ("records", "nodes", "edges", "gaps", "loose")
Facts = Iterable[Fact] | Callable[[Held], Iterable[Fact]]
Clock = Callable[[], Any]
"""Gives the present instant, as a `datetime` or as text in ISO 8601."""


def newest(connection: sqlite3.Connection) -> Generation | None:
    """The published generation."""
    row = connection.execute(
        f"SELECT {GENERATION_COLUMNS} FROM generation WHERE number = (SELECT number FROM published)"
    ).fetchone()
    return None if row is None else generation_of(row)


def publish_facts(
    connection: sqlite3.Connection,
    rules: Rules,
    key: Callable[[str], int],
    root: str,
    facts: Facts,
    report: Reporter,
    *,
    started: str,
    clock: Clock,
    accept_shrink: bool,
    resume: bool,
    batch: int,
) -> Generation:
    """Stage `facts` and publish them as what `root` says now. The caller holds the publisher's lock."""
    # What another process makes of the records is the same only by the rules and keys that it knows.
    helped = key is ids.key and rules is sys.modules.get("lineage.linking")
    key = Keys(key).__getitem__
    stage = staging.Stage(connection, key, root, batch)
    root_key = stage.root
    staging.clear_stale(connection, instant(started), rules.RULES)
    if not resume:
        staging.clear(connection, root_key)
    try:
        if stage.begin(instant(started), rules.RULES):
            report.note("going on where an earlier crawl was interrupted; --fresh begins anew")
        if callable(facts):
            facts = facts(SqliteHeld(connection, key, root_key, stage.turn))
        stage.take(facts, report)
        finished = instant(clock())
        publication = Publication(connection, rules, key, report, helped=helped)
        return publication.commit(
            lambda: publication.take_stage(root, root_key, finished, accept_shrink=accept_shrink),
            root,
            instant(started),
            finished,
            clock,
            root_key,
        )
    except ShrinkRefused:
        # The crawl came to its end; whoever looks into it wants to see it asked again.
        _roll_back(connection)
        staging.clear(connection, root_key)
        raise
    finally:
        _roll_back(connection)


def publish_again(
    connection: sqlite3.Connection, rules: Rules, key: Callable[[str], int], report: Reporter, *, clock: Clock
) -> Generation:
    """Publish what is there under the present rules, as a new generation."""
    now = instant(clock())
    publication = Publication(connection, rules, Keys(key).__getitem__, report)
    try:
        return publication.commit(publication.take_everything, "", now, now, clock)
    finally:
        _roll_back(connection)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Records, claims and links hold no cycles; looking for some among so many costs a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Publication:
    """One generation in the making."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        rules: Rules,
        key: Callable[[str], int],
        report: Reporter,
        *,
        helped: bool = False,
    ) -> None:
        """helped: a second process may take a part; it sees what is committed before."""
        self._connection = connection
        self._rules = rules
        self._key = key
        self._report = report
        self._helped = helped
        self._everything = False
        self._subjects: set[int] = set()

    def commit(
        self,
        take: Callable[[], None],
        root: str,
        started: str,
        finished: str,
        clock: Clock,
        root_key: int | None = None,
    ) -> Generation:
        """Run `take`, project what it changed, and make the result visible; all or nothing.

        `root_key` is of the root whose stage is published by that.
        """
        with _no_collection():
            return self._commit(take, root, started, finished, clock, root_key)

    def _commit(
        self, take: Callable[[], None], root: str, started: str, finished: str, clock: Clock, root_key: int | None
    ) -> Generation:
        run = self._connection.execute
        # The commit that acknowledges a generation survives a power loss.
        run("PRAGMA synchronous = FULL")
        run("BEGIN IMMEDIATE")
        before = newest(self._connection)
        self._number = before.number + 1 if before else 1
        self._counts: Counter[str] = Counter(before.counts if before else dict.fromkeys(COUNTED, 0))
        self._totals = digest.Totals(run("SELECT bucket, part, amount FROM total"))
        self._fresh = run("SELECT 1 FROM node LIMIT 1").fetchone() is None
        if self._fresh:
            for name in INDEXES:
                run(f"DROP INDEX {name}")
        take()
        known_key = self._project(before)
        generation = Generation(
            self._number,
            instant(clock()),
            self._rules.RULES,
            self._totals.digest(),
            root,
            started,
            finished,
            {name: self._counts[name] for name in sorted(self._counts) if self._counts[name] or "." not in name},
        )
        run(
            "INSERT INTO generation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*msgspec.structs.astuple(generation)[:7], msgspec.json.encode(generation.counts), known_key),
        )
        self._connection.executemany("INSERT OR REPLACE INTO total VALUES (?, ?, ?)", self._totals.changed())
        if root_key is not None:
            staging.empty(self._connection, root_key)
        run("UPDATE published SET number = ?", (self._number,))
        self._report.progress("publish", self._number)
        run("COMMIT")
        return generation

    def take_everything(self) -> None:
        """No new facts: project all that is there again."""
        self._everything = True

    def take_copied(self) -> None:
        """Records, gaps and scopes were copied from another index: count them and project them."""
        self._everything = True
        run = self._connection.execute
        for subject, kind, reason in run("SELECT subject, kind, reason FROM gap"):
            self._totals.add(digest.GAP, subject >> 57, gap_row(subject, kind, reason))
            self._counts["gaps"] += 1
            self._subjects.add(subject)
        for root, scope, complete in run(
            "SELECT r.text, n.text, s.complete FROM scope s JOIN name r ON r.bucket = s.root >> 57 AND r.key = s.root"
            " JOIN name n ON n.bucket = s.scope >> 57 AND n.key = s.scope"
        ):
            self._totals.add(digest.SCOPE, 0, (root, scope, bool(complete)))

    def take_stage(self, root: str, root_key: int, crawled: str, *, accept_shrink: bool) -> None:
        """Bring records, gaps and scopes of `root` to what the stage says."""
        taking = Taking(self._connection, self._key, self._number, self._totals, self._counts, self._subjects)
        taking.take(root, root_key, crawled, accept_shrink=accept_shrink)

    def _project(self, before: Generation | None) -> int:
        """Bring the graph up to date; returns the name of what is known of datastores and workspaces."""
        known = self._rules.known(self._known_records())
        told = {"datastores": known.datastores, "guids": known.guids}
        known_key = written_name(self._connection, self._key, msgspec.json.encode(told, order="sorted").decode())
        if before is not None and not self._fresh:
            row = self._connection.execute("SELECT known FROM generation WHERE number = ?", (before.number,)).fetchone()
            # Claims depend on what datastores stand for, and on the rules; nothing else is not local.
            self._everything = self._everything or row[0] != known_key or before.rules != self._rules.RULES
        if self._everything:
            self._subjects.update(
                row[0]
                for row in self._connection.execute(
                    "SELECT DISTINCT subject FROM record WHERE valid_to >= ?", (self._number,)
                )
            )
        projection = Projection(
            self._connection,
            self._rules,
            known,
            self._number,
            self._totals,
            self._counts,
            self._key,
            fresh=self._fresh,
            everything=self._everything,
            helped=self._helped,
        )
        subjects = sorted(self._subjects)
        self._subjects.clear()
        projection.run(subjects, self._report)
        if self._fresh:
            for name, statement in INDEXES.items():
                self._connection.execute(statement)
                self._report.progress("index", list(INDEXES).index(name) + 1, len(INDEXES))
        return known_key

    def _known_records(self) -> list[Record]:
        """The records from which it is known what datastores and GUIDs stand for."""
        kinds = (RECORD_KINDS.of[RecordKind.WORKSPACE], RECORD_KINDS.of[RecordKind.DATASTORE])
        chosen: dict[tuple[int, int], RecordRow] = {}
        for values in self._connection.execute(
            f"SELECT {RECORD_COLUMNS} FROM record r"
            " CROSS JOIN body b ON b.bucket = r.bucket AND b.subject = r.subject AND b.kind = r.kind"
            f" AND b.hash = r.hash WHERE r.kind IN (?, ?) AND r.valid_to = {OPEN}",
            kinds,
        ):
            row = RecordRow(*values)
            other = chosen.get((row.subject, row.kind))
            if other is None or row.precedence() > other.precedence():
                chosen[row.subject, row.kind] = row
        return [chosen[place].record() for place in sorted(chosen)]
