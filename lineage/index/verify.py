"""Trusting an index: count and hash everything again, and build it again aside.

`recount` reads every row of every generation and compares with what was published: digests, counts, both edge tables,
ends and nodes, keys and names, bodies and hashes. `rebuild` takes the records alone and links them from scratch.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

import msgspec

from lineage.ids import Kind
from lineage.index import digest
from lineage.index.codes import KINDS, RECORD_KINDS, STATES
from lineage.index.keys import Keys
from lineage.index.publish import Publication
from lineage.index.rows import (
    GENERATION_COLUMNS,
    RecordRow,
    content_hash,
    edge_row,
    gap_row,
    generation_of,
    location,
    loose_row,
    record_row,
    unpack_edge,
    unpack_stored,
)
from lineage.index.rules import Rules
from lineage.index.schema import OPEN
from lineage.ports import Generation, Reporter
from lineage.records import Record

EDGES: Final = "effect, cause, relation, link, valid_from, valid_to, derivation, certainty, rank"


class Verification(msgspec.Struct, frozen=True):
    """What a recount found.

    generation: the newest. generations: how many were recounted. rows: rows read, by table.
    difference: the first thing that is not as it was published; '' when all is.
    """

    generation: int
    generations: int
    digest: str
    rows: dict[str, int]
    difference: str


class Rebuilt(msgspec.Struct, frozen=True):
    """The published generation beside one linked from its records alone. difference: '' when they are equal."""

    generation: int
    published: str
    rebuilt: str
    difference: str


def recount(connection: sqlite3.Connection, key: Callable[[str], int], report: Reporter) -> Verification:
    """Read and compare everything, inside the caller's read transaction."""
    generations = [
        generation_of(row) for row in connection.execute(f"SELECT {GENERATION_COLUMNS} FROM generation ORDER BY number")
    ]
    count = _Recount(connection, key, report)
    try:
        found = next(count.differences(generations), "")
    except (msgspec.MsgspecError, IndexError) as error:
        found = f"row {count.rows.total():,} of this recount, in {list(count.rows)[-1]}, cannot be read: {error}"
    last = generations[-1] if generations else None
    return Verification(
        last.number if last else 0, len(generations), last.digest if last else "", dict(count.rows), found
    )


class _Recount:
    def __init__(self, connection: sqlite3.Connection, key: Callable[[str], int], report: Reporter) -> None:
        self._connection = connection
        self._key = key
        self._report = report
        self.rows: Counter[str] = Counter()
        # What begins (or, negative, ends) to count in each generation.
        self._weights: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
        self._counts: dict[int, Counter[str]] = defaultdict(Counter)

    def differences(self, generations: list[Generation]) -> Iterator[str]:
        """Differences, the first one first; stop asking when one is enough."""
        (sound,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
        if sound != "ok":
            yield f"the database is damaged: {sound}"
            return
        yield from self._records()
        yield from self._nodes()
        yield from self._edges()
        self._others()
        yield from self._generations(generations)

    def _valid(self, begin: int, end: int, part: int, bucket: int, row: tuple[Any, ...], *counted: str) -> None:
        weight = digest.weight(row)
        for number, sign in ((begin, 1), (end, -1)):
            if number != OPEN:
                self._weights[number][part, bucket] += sign * weight
                for name in counted:
                    self._counts[number][name] += sign

    def _read(self, table: str, statement: str) -> Iterator[Any]:
        for count, row in enumerate(self._connection.execute(statement), 1):
            if count % 20_000 == 0:
                self._report.progress(f"verify {table}", count)
            self.rows[table] += 1
            yield row

    def _records(self) -> Iterator[str]:
        for kind, content, stored in self._read("body", "SELECT kind, hash, stored FROM body"):
            told = unpack_stored(stored)
            record = Record(told.subject, RECORD_KINDS.words[kind], told.scope, told.body)
            if content_hash(record) != content:
                yield f"the body of {told.subject} ({record.kind}) is not the one whose hash was published"
        rows = self._read(
            "record",
            "SELECT r.subject, r.kind, r.root, r.scope, r.valid_from, r.valid_to, r.hash, b.rowid IS NULL FROM record r"
            " LEFT JOIN body b ON b.bucket = r.bucket AND b.subject = r.subject AND b.kind = r.kind AND b.hash = r.hash"
            " ORDER BY r.bucket, r.subject, r.kind",
        )
        for (subject, kind), group in groupby(rows, key=lambda row: row[:2]):
            found = list(group)
            versions = [RecordRow._make((*row[:7], b"")) for row in found]
            if any(row[7] for row in found):
                yield f"a record with key {subject} ({RECORD_KINDS.words[kind]}) has lost its body"
            # Of several roots' records one counts at a time; which one can change whenever any of them does.
            turns = sorted({row.valid_from for row in versions} | {row.valid_to for row in versions})
            for begin, end in pairwise(turns):
                valid = [row for row in versions if row.valid_from <= begin < row.valid_to]
                if valid:
                    row = max(valid, key=RecordRow.precedence)
                    counted = record_row(subject, kind, row.hash)
                    self._valid(begin, end, digest.RECORD, subject >> 57, counted, "records")

    def _nodes(self) -> Iterator[str]:
        for key, begin, end, kind, state, text in self._read(
            "node", "SELECT key, valid_from, valid_to, kind, state, text FROM node"
        ):
            word = KINDS.words[kind]
            if self._key(text) != key:
                yield f"the node {text} is kept under another key"
            row = (text, word.value, STATES.values[state])
            self._valid(begin, end, digest.NODE, key >> 57, row, "nodes", f"nodes.{word}")
            if word is Kind.LOCATION:
                place = location(text, key, self._key)
                found = self._connection.execute(
                    "SELECT key FROM location WHERE bucket = ? AND place = ? AND path = ?", place[:3]
                ).fetchone()
                if found != (key,):
                    yield f"the place {text} is missing in the order of places"

    def _edges(self) -> Iterator[str]:
        for effect, cause, relation, begin, end, derivation, certainty, packed in self._read(
            "edge_out",
            "SELECT effect, cause, relation, valid_from, valid_to, derivation, certainty, packed FROM edge_out",
        ):
            row = edge_row(effect, cause, relation, unpack_edge(packed).name, derivation, certainty)
            self._valid(begin, end, digest.EDGE, effect >> 57, row, "edges")
        (self.rows["edge_in"],) = self._connection.execute("SELECT count(*) FROM edge_in").fetchone()
        for one, other in (("edge_out", "edge_in"), ("edge_in", "edge_out")):
            lost = self._connection.execute(
                f"SELECT {EDGES} FROM {one} EXCEPT SELECT {EDGES} FROM {other} LIMIT 1"
            ).fetchone()
            if lost:
                yield f"an edge from {self._text(lost[0])} to {self._text(lost[1])} is in {one} and not in {other}"
        for end_column in ("effect", "cause"):
            bare = self._connection.execute(
                f"SELECT e.effect, e.cause, e.{end_column} FROM edge_out e LEFT JOIN node n"
                f" ON n.bucket = e.{end_column} >> 57 AND n.key = e.{end_column} AND n.valid_to = {OPEN}"
                f" WHERE e.valid_to = {OPEN} AND n.key IS NULL LIMIT 1"
            ).fetchone()
            if bare:
                yield f"an edge from {self._text(bare[0])} to {self._text(bare[1])} ends in no node (key {bare[2]})"

    def _others(self) -> None:
        for subject, kind, begin, end, reason in self._read(
            "gap", "SELECT subject, kind, valid_from, valid_to, reason FROM gap"
        ):
            self._valid(begin, end, digest.GAP, subject >> 57, gap_row(subject, kind, reason), "gaps")
        for record, begin, end, reason, packed in self._read(
            "loose", "SELECT record, valid_from, valid_to, reason, packed FROM loose"
        ):
            self._valid(begin, end, digest.LOOSE, record >> 57, loose_row(record, reason, packed), "loose")
        for root, scope, begin, end, complete in self._read(
            "scope",
            "SELECT r.text, n.text, s.valid_from, s.valid_to, s.complete FROM scope s"
            " JOIN name r ON r.bucket = s.root >> 57 AND r.key = s.root"
            " JOIN name n ON n.bucket = s.scope >> 57 AND n.key = s.scope",
        ):
            self._valid(begin, end, digest.SCOPE, 0, (root, scope, bool(complete)))

    def _generations(self, generations: list[Generation]) -> Iterator[str]:
        totals = digest.Totals()
        counts: Counter[str] = Counter()
        for generation in generations:
            totals.shift(self._weights.pop(generation.number, {}))
            counts.update(self._counts.pop(generation.number, {}))
            named = f"generation {generation.number}"
            for name in sorted(counts.keys() | generation.counts.keys()):
                if counts[name] != generation.counts.get(name, 0):
                    published = generation.counts.get(name, 0)
                    yield f"{named} was published with {published:,} {name}, {counts[name]:,} are there"
            if totals.digest() != generation.digest:
                yield f"{named} was published with digest {generation.digest}, its rows have {totals.digest()}"
        if self._weights:
            yield f"there are rows of generation {min(self._weights)}, which was never published"
        kept = digest.Totals(self._connection.execute("SELECT bucket, part, amount FROM total"))
        if different := kept.first_difference(totals):
            yield f"the running total of {different[0]} in bucket {different[1]} is not the sum of its rows"

    def _text(self, key: int) -> str:
        row = self._connection.execute(
            "SELECT text FROM node WHERE bucket = ? AND key = ? LIMIT 1", (key >> 57, key)
        ).fetchone()
        return row[0] if row else f"(key {key})"


_COPY: Final = (
    "INSERT OR IGNORE INTO name SELECT * FROM source.name",
    f"INSERT INTO record SELECT * FROM source.record WHERE valid_to = {OPEN}",
    (
        "INSERT INTO body SELECT DISTINCT b.* FROM source.record r JOIN source.body b ON b.bucket = r.bucket"
        f" AND b.subject = r.subject AND b.kind = r.kind AND b.hash = r.hash WHERE r.valid_to = {OPEN}"
    ),
    f"INSERT INTO gap SELECT * FROM source.gap WHERE valid_to = {OPEN}",
    f"INSERT INTO scope SELECT * FROM source.scope WHERE valid_to = {OPEN}",
)


def rebuild(
    source: Path, aside: sqlite3.Connection, rules: Rules, key: Callable[[str], int], report: Reporter, now: str
) -> Rebuilt:
    """Link the records of the published generation of `source` in the empty index `aside` and compare."""
    aside.execute("ATTACH ? AS source", (f"{source.absolute().as_uri()}?mode=ro",))
    publication = Publication(aside, rules, Keys(key).__getitem__, report)
    held: list[Generation] = []
    totals: list[digest.Totals] = []

    def take() -> None:
        row = aside.execute(
            f"SELECT {GENERATION_COLUMNS} FROM source.generation WHERE number = (SELECT number FROM source.published)"
        ).fetchone()
        held.append(generation_of(row))
        totals.append(digest.Totals(aside.execute("SELECT bucket, part, amount FROM source.total")))
        for statement in _COPY:
            aside.execute(statement)
        publication.take_copied()

    again = publication.commit(take, "", now, now, lambda: now)
    published = held[0]
    difference = ""
    if again.digest != published.digest:
        mine = digest.Totals(aside.execute("SELECT bucket, part, amount FROM total"))
        part, bucket = mine.first_difference(totals[0]) or ("total", 0)
        difference = (
            f"the {part} rows in bucket {bucket} are not what the records of generation {published.number} link to"
        )
        if published.rules != again.rules:
            difference += f" under rules {again.rules}; it was linked under rules {published.rules}"
    return Rebuilt(published.number, published.digest, again.digest, difference)
