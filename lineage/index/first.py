"""A first publication's claims, nodes and edges: made chunk by chunk (`making`), by two processes if it is large."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from lineage.ids import BUCKETS
from lineage.index.edges import EdgeWriter
from lineage.index.helping import Helper, Setup, Task, processors
from lineage.index.making import Made, Maker, Told
from lineage.index.meetings import Meetings, unpacked
from lineage.index.nodes import NodeWriter
from lineage.index.rows import RecordRow
from lineage.index.schema import OPEN
from lineage.index.writing import insert
from lineage.ports import Reporter

CHUNK: Final = 500
"""Subjects of one task: few enough that no process waits long for the other at the end."""
LARGE: Final = 3_000
"""Subjects from which a second process is worth its start."""
_WRITE: Final = 20_000

T = TypeVar("T")

_HEADS: Final = (
    "SELECT r.subject, r.kind, r.root, r.scope, r.valid_from, r.valid_to, r.hash, x'' FROM json_each(?) j"
    f" CROSS JOIN record r ON r.bucket = j.value >> 57 AND r.subject = j.value AND r.valid_to = {OPEN}"
)
_GAPS: Final = (
    "SELECT g.subject, g.packed, g.kind, g.root FROM json_each(?) j CROSS JOIN gap g"
    f" ON g.bucket = j.value >> 57 AND g.subject = j.value AND g.valid_to = {OPEN}"
)
_BODY: Final = "SELECT stored FROM body WHERE bucket = ? AND subject = ? AND kind = ? AND hash = ?"

_Head = tuple[int, list[tuple[int, bytes]], list[bytes]]


class First:
    """Fills the empty tables. `alone`: without a second process."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        maker: Maker,
        edges: EdgeWriter,
        nodes: NodeWriter,
        counts: dict[str, int],
    ) -> None:
        self._connection = connection
        self._maker = maker
        self._edges = edges
        self._nodes = nodes
        self._counts = counts
        self._claims: list[tuple[Any, ...]] = []
        self._helper = Helper()
        self._tasks = 0
        self.bare: set[int] = set()
        """Subjects without a record."""

    def run(self, subjects: Sequence[int], report: Reporter, setup: Setup | None) -> None:
        """Make the rows of `subjects` (sorted) and settle what meets. `setup`: for a second process, if one may be."""
        with Meetings() as meetings, self._helper:
            if setup is not None and len(subjects) >= LARGE and processors() > 1:
                self._helper.start(setup)

            def take(made: Made) -> None:
                for meets, packed in made.meetings:
                    meetings.add(meets, packed)
                self._take(made)

            self._link(subjects, take, report)
            self._write()
            self._settle(meetings, report)

    def _link(self, subjects: Sequence[int], take: Callable[[Made], None], report: Reporter) -> None:
        chunks = (subjects[start : start + CHUNK] for start in range(0, len(subjects), CHUNK))
        done = 0

        def make(heads: list[_Head], number: int | None) -> Made:
            return self._maker.records([self._told(head) for head in heads])

        def count(heads: list[_Head]) -> None:
            nonlocal done
            done += CHUNK
            report.progress("link", min(done, len(subjects)), len(subjects))

        self._spread(map(self._heads, chunks), lambda heads: (heads, None), make, take, count)

    def _settle(self, meetings: Meetings, report: Reporter) -> None:
        done = 0

        def make(bucket: int, number: int | None) -> Made:
            return self._maker.meetings(
                meetings.take(bucket) if number is None else unpacked(self._helper.claims(number))
            )

        def count(bucket: int) -> None:
            nonlocal done
            done += 1
            report.progress("settle", done, BUCKETS)

        self._spread(range(BUCKETS), lambda bucket: (None, meetings.take_packed(bucket)), make, self._take, count)

    def _spread(
        self,
        tasks: Iterable[T],
        give: Callable[[T], tuple[list[_Head] | None, bytes | None]],
        make: Callable[[T, int | None], Made],
        take: Callable[[Made], None],
        count: Callable[[T], None],
    ) -> None:
        """Have every task made by whichever process is free, and take what was made, in any order."""
        helper = self._helper
        given: dict[int, T] = {}

        def receive(*, wait: bool) -> bool:
            answer = helper.answer(wait=wait)
            if answer is None:
                return False
            number, made = answer
            task = given.pop(number)
            take(make(task, number) if made is None else made)
            count(task)
            return True

        for task in tasks:
            while receive(wait=False):
                pass
            if helper.free:
                self._tasks += 1
                given[self._tasks] = task
                records, claims = give(task)
                helper.ask(Task(self._tasks, records), claims)
            else:
                take(make(task, None))
                count(task)
        while receive(wait=True):
            pass

    def _take(self, made: Made) -> None:
        self._claims += made.claims
        if len(self._claims) > _WRITE:
            self._write()
        self._nodes.take(made.nodes)
        self._edges.take(made)
        for _, subject, *_, text, _, _, _, _ in made.nodes:
            self._edges.meet(subject, text)
        self._counts["records"] += made.records

    def _write(self) -> None:
        self._claims.sort()
        insert(self._connection, "claim", self._claims)
        self._claims.clear()

    def _heads(self, subjects: Sequence[int]) -> list[_Head]:
        """What counts of each subject that has records, by content hash, and its gaps."""
        asked = (msgspec.json.encode(subjects).decode(),)
        found: dict[int, dict[int, RecordRow]] = {}
        for values in self._connection.execute(_HEADS, asked):
            row = RecordRow._make(values)
            rows = found.setdefault(row.subject, {})
            other = rows.get(row.kind)
            if other is None or row.precedence() > other.precedence():
                rows[row.kind] = row
        gaps: dict[int, list[bytes]] = {}
        for subject, packed, kind, root in self._connection.execute(_GAPS, asked):
            rows = found.get(subject, {})
            # What another root reads very well is not refused to this index.
            if kind not in rows or rows[kind].root == root:
                gaps.setdefault(subject, []).append(packed)
        self.bare.update(subject for subject in subjects if subject not in found)
        return [
            (subject, [(kind, rows[kind].hash) for kind in sorted(rows)], gaps.get(subject, []))
            for subject, rows in found.items()
        ]

    def _told(self, head: _Head) -> Told:
        subject, records, gaps = head
        run = self._connection.execute
        rows = [
            (kind, content, run(_BODY, (subject >> 57, subject, kind, content)).fetchone()[0])
            for kind, content in records
        ]
        return subject, rows, gaps


def setup_of(connection: sqlite3.Connection, number: int, known: Any) -> Setup | None:
    """What a second process must be told; None for an index that is in no file."""
    path = connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    return Setup(str(Path(path)), "", number, known.datastores, known.guids) if path else None
