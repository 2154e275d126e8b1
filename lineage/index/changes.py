"""What changed between two generations, read off the history by ranges of generation numbers.

A row that is valid in one of the two generations and not in the other was opened or closed between them. Partial
indexes hold the rows that were opened after the first generation of all, and those that were closed: for an estate
that was crawled once they are empty, and they grow with what changes. What was opened and closed in between, or
closed and opened again as it was, is no difference.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, TypeVar

import msgspec

from lineage.changing import Change, EdgeChange, NodeChange, NodeMark, ToldChange, gap_says, paired, paired_ends
from lineage.graph import Edge, Evidence, Loose, Node
from lineage.index.codes import CERTAINTIES, DERIVATIONS, KINDS, LOOSE_REASONS, RELATIONS, STATES
from lineage.index.rows import unpack_edge, unpack_gap, unpack_loose
from lineage.index.schema import OPEN
from lineage.records import Gap

_BATCH: Final = 500
_GONE: Final = f"{{0}}.valid_to > ?1 AND {{0}}.valid_to <= ?2 AND {{0}}.valid_from <= ?1 AND {{0}}.valid_to < {OPEN}"
"""Valid in the earlier generation and not in the later. The last condition is what the partial index is made of."""
_CAME: Final = "{0}.valid_from > ?1 AND {0}.valid_from <= ?2 AND {0}.valid_to > ?2 AND {0}.valid_from > 1"
"""Valid in the later generation and not in the earlier."""
_AMONG: Final = "json_each(?3) j CROSS JOIN "
_LAST: Final = "(SELECT max(x.valid_to) FROM {} x WHERE {} AND x.valid_to <= ?2)"
"""When a row was closed for the last time: it may have come back in between."""

_SAME_NODE: Final = "x.bucket = n.bucket AND x.key = n.key"
_NODES: Final = (
    f"SELECT n.text, 0, n.rowid, n.kind, {_LAST.format('node', _SAME_NODE)} FROM {{0}}node n"
    f" WHERE {_GONE.format('n')}{{1}} UNION ALL"
    f" SELECT n.text, 1, n.rowid, n.kind, n.valid_from FROM {{0}}node n WHERE {_CAME.format('n')}{{1}} ORDER BY 1, 2"
)
_SAYS: Final = "n.rowid, n.key, n.text, n.kind, n.state, n.seen, n.reason, n.remedy, n.facts"

_SAME_EDGE: Final = (
    "x.bucket = o.bucket AND x.effect = o.effect AND x.relation = o.relation AND x.cause = o.cause AND x.link = o.link"
)
_EFFECT: Final = "(SELECT n.{} FROM node n WHERE n.bucket = o.bucket AND n.key = o.effect LIMIT 1)"
_EDGE: Final = (
    f"SELECT {_EFFECT.format('text')}, o.relation, o.cause, o.effect, {{0}}, o.derivation, o.certainty, o.rank,"
    f" o.valid_from, o.record, o.packed, {{1}}, {_EFFECT.format('kind')} FROM {{2}}edge_out o WHERE "
)
_LOOSE: Final = "SELECT l.record, {0}, l.reason, l.packed, {1} FROM {2}loose l WHERE "
_SAME_LOOSE: Final = "x.bucket = l.bucket AND x.record = l.record AND x.loose = l.loose"
_GAP: Final = "SELECT g.subject, g.kind, g.root, {0}, g.packed, {1} FROM {2}gap g WHERE "
_SAME_GAP: Final = "x.bucket = g.bucket AND x.subject = g.subject AND x.kind = g.kind AND x.root = g.root"

_TEXTS: Final = (
    "SELECT n.key, n.text FROM json_each(?1) j CROSS JOIN node n ON n.bucket = j.value >> 57 AND n.key = j.value"
)
_NAMES: Final = "SELECT n.text FROM name n WHERE n.bucket = ?1 >> 57 AND n.key = ?1"
_facts: Final = msgspec.json.Decoder(dict[str, Any]).decode
T = TypeVar("T")


class SqliteChanges:
    """`changing.Changes` from the generation `before` to `after`, which is the later one.

    among: only of nodes with these keys, of links of which they are the effect, and of what is told of them.
    """

    def __init__(
        self, connection: sqlite3.Connection, before: int, after: int, among: Sequence[int] | None = None
    ) -> None:
        self._connection = connection
        self._bound: tuple[Any, ...] = (before, after)
        if among is not None:
            self._bound = (before, after, msgspec.json.encode(sorted(among)).decode())
        self._among = among is not None

    def node_marks(self) -> Iterator[NodeMark]:
        join, on = self._narrow("n", "key")
        rows = self._connection.execute(_NODES.format(join, on), self._bound)
        marks = (self._mark(text, list(group)) for text, group in groupby(rows, itemgetter(0)))
        for batch in _batches(marks):
            same = self._unchanged([mark for mark in batch if mark.change is Change.CHANGED])
            yield from (mark for mark in batch if mark.rows not in same)

    def _mark(self, text: str, group: list[tuple[Any, ...]]) -> NodeMark:
        before = next((row for row in group if row[1] == 0), None)
        after = next((row for row in group if row[1] == 1), None)
        last = after or before
        assert last is not None
        return NodeMark(
            text,
            KINDS.words[before[3]] if before else None,
            KINDS.words[after[3]] if after else None,
            last[4],
            (before[2] if before else 0, after[2] if after else 0),
        )

    def _unchanged(self, marks: list[NodeMark]) -> set[tuple[int, int]]:
        """Of nodes that are there on both sides, those that say the same: closed and opened again."""
        told = self._rows(row for mark in marks for row in mark.rows)
        return {mark.rows for mark in marks if told[mark.rows[0]] == told[mark.rows[1]]}

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        told = self._rows(row for mark in marks for row in mark.rows if row)
        return [NodeChange(told.get(mark.rows[0]), told.get(mark.rows[1]), mark.generation) for mark in marks]

    def _rows(self, rowids: Iterable[int]) -> dict[int, Node]:
        asked = msgspec.json.encode(sorted(rowids)).decode()
        rows = self._connection.execute(
            f"SELECT {_SAYS} FROM json_each(?) j CROSS JOIN node n ON n.rowid = j.value", (asked,)
        )
        return {
            row: Node(key, text, KINDS.words[kind], STATES.words[state], seen, reason, remedy, _facts(facts))
            for row, key, text, kind, state, seen, reason, remedy, facts in rows
        }

    def edges(self) -> Iterator[EdgeChange]:
        join, on = self._narrow("o", "effect")
        last = _LAST.format("edge_out", _SAME_EDGE)
        rows = self._connection.execute(
            f"{_EDGE.format(0, last, join)}{_GONE.format('o')}{on} UNION ALL"
            f" {_EDGE.format(1, 'o.valid_from', join)}{_CAME.format('o')}{on} ORDER BY 1, 2, 3, 5",
            self._bound,
        )
        for batch in _batches(rows, lambda row: row[:4]):
            texts = self._texts({row[9] for row in batch})
            for (_, _, _, key), group in groupby(batch, lambda row: row[:4]):
                told = list(group)
                effect, kind = told[0][0] or str(key), KINDS.words[told[0][12] or 0]
                sides: tuple[list[Edge], list[Edge]] = ([], [])
                when: dict[int, int] = {}
                for row in told:
                    edge = _edge(row, texts)
                    sides[row[4]].append(edge)
                    when[id(edge)] = row[11]
                for before, after in paired(*sides):
                    number = when[id(after if after is not None else before)]
                    yield EdgeChange(effect, kind, before, after, number)

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        join, on = self._narrow("g", "subject")
        last = _LAST.format("gap", _SAME_GAP)
        rows = self._connection.execute(
            f"{_GAP.format(0, last, join)}{_GONE.format('g')}{on} UNION ALL"
            f" {_GAP.format(1, 'g.valid_from', join)}{_CAME.format('g')}{on} ORDER BY 1, 2, 3, 4",
            self._bound,
        )
        for (_, _, root), group in groupby(rows, lambda row: row[:3]):
            sides: list[Gap | None] = [None, None]
            number = 0
            for row in group:
                sides[row[3]], number = unpack_gap(row[4]), row[5]
            before, after = sides
            if before is None or after is None or gap_says(before) != gap_says(after):
                yield ToldChange(before, after, self._name(root), number)

    def loose(self) -> Iterator[ToldChange[Loose]]:
        join, on = self._narrow("l", "record")
        last = _LAST.format("loose", _SAME_LOOSE)
        rows = self._connection.execute(
            f"{_LOOSE.format(0, last, join)}{_GONE.format('l')}{on} UNION ALL"
            f" {_LOOSE.format(1, 'l.valid_from', join)}{_CAME.format('l')}{on} ORDER BY 1, 2",
            self._bound,
        )
        for batch in _batches(rows, itemgetter(0)):
            texts = self._texts({row[0] for row in batch})
            for key, group in groupby(batch, itemgetter(0)):
                sides: tuple[list[Loose], list[Loose]] = ([], [])
                when: dict[int, int] = {}
                for _, side, reason, packed, number in group:
                    told = unpack_loose(packed)
                    why = LOOSE_REASONS.words[reason]
                    end = Loose(texts.get(key, ""), told.record_kind, told.field, told.value, why, told.remedy)
                    sides[side].append(end)
                    when[id(end)] = number
                for before, after in paired_ends(*sides):
                    yield ToldChange(before, after, "", when[id(after if after is not None else before)])

    def _narrow(self, table: str, column: str) -> tuple[str, str]:
        """What keeps a statement to the nodes that are asked about: a join in front, and its condition."""
        if not self._among:
            return "", ""
        return _AMONG, f" AND {table}.bucket = j.value >> 57 AND {table}.{column} = j.value"

    def _texts(self, keys: set[int]) -> dict[int, str]:
        asked = msgspec.json.encode(sorted(keys)).decode()
        return dict(self._connection.execute(_TEXTS, (asked,)).fetchall())

    def _name(self, key: int) -> str:
        row = self._connection.execute(_NAMES, (key,)).fetchone()
        return row[0] if row else ""


def _edge(row: Sequence[Any], texts: dict[int, str]) -> Edge:
    _, relation, cause, effect, _, derivation, certainty, rank, since, record, packed, _, _ = row
    told = unpack_edge(packed)
    return Edge(
        effect,
        cause,
        RELATIONS.words[relation],
        DERIVATIONS.words[derivation],
        CERTAINTIES.words[certainty],
        Evidence(texts.get(record, ""), told.record_kind, told.field, told.value),
        told.name,
        told.path,
        rank,
        since,
    )


def _batches(rows: Iterable[T], key: Any = None) -> Iterator[list[T]]:
    """Some hundred rows at a time; rows with one `key` stay together."""
    batch: list[T] = []
    last: Any = None
    for row in rows:
        here = key(row) if key is not None else None
        if len(batch) >= _BATCH and (key is None or here != last):
            yield batch
            batch = []
        batch.append(row)
        last = here
    if batch:
        yield batch
