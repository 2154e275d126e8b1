"""One generation of an index, read through one transaction from open to close."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lineage import ids
from lineage.graph import Direction, Edge, Evidence, Loose, LooseReason, Node, Relation
from lineage.ids import Kind
from lineage.index import counting, finding, ledger, lists, populating, within
from lineage.index.changes import SqliteChanges
from lineage.index.codes import CERTAINTIES, DERIVATIONS, GAP_REASONS, KINDS, LOOSE_REASONS, RELATIONS, STATES
from lineage.index.rows import RECORD_COLUMNS, RecordRow, unpack_edge, unpack_gap, unpack_loose
from lineage.ports import Asked, Generation, Hits, Holding, NodeFilter, Order, ScopeCoverage, Spell, Step, Unread
from lineage.records import Gap, GapReason, Listing, Record
from lineage.traversal import Budget, Closure, Follow, related

if TYPE_CHECKING:
    from lineage.index.csr import Csr

Searching = Callable[[sqlite3.Connection, Generation, Asked, int], Hits]
"""How an index answers `View.search`."""

_EDGE: Final = "o.effect, o.cause, o.relation, o.derivation, o.certainty, o.rank, o.valid_from, o.record, o.packed"
_VALID_EDGE: Final = "o.valid_from <= ?2 AND o.valid_to > ?2"
_OUT: Final = "CROSS JOIN edge_out o ON o.bucket = j.value >> 57 AND o.effect = j.value"
_IN: Final = (
    "CROSS JOIN edge_in i ON i.bucket = j.value >> 57 AND i.cause = j.value{} AND i.valid_from <= ?2"
    " AND i.valid_to > ?2 CROSS JOIN edge_out o ON o.bucket = i.effect >> 57 AND o.effect = i.effect"
    " AND o.relation = i.relation AND o.cause = i.cause AND o.link = i.link AND o.valid_from = i.valid_from"
)
_SAME: Final = RELATIONS.of[Relation.SAME_AS]
_CAUSES: Final = f"SELECT {_EDGE} FROM json_each(?1) j {_OUT} WHERE {_VALID_EDGE}"
_EFFECTS: Final = f"SELECT {_EDGE} FROM json_each(?1) j {_IN.format('')}"
_SAME_OUT: Final = f"SELECT {_EDGE} FROM json_each(?1) j {_OUT} AND o.relation = {_SAME} WHERE {_VALID_EDGE}"
_SAME_IN: Final = f"SELECT {_EDGE} FROM json_each(?1) j {_IN.format(f' AND i.relation = {_SAME}')}"
_TEXTS: Final = (
    "SELECT n.key, n.text FROM json_each(?1) j CROSS JOIN node n ON n.bucket = j.value >> 57 AND n.key = j.value"
)
_NODE: Final = finding.NODE
_NODES: Final = (
    f"SELECT {_NODE} FROM json_each(?1) j CROSS JOIN node n ON n.bucket = j.value >> 57 AND n.key = j.value"
    " WHERE n.valid_from <= ?2 AND n.valid_to > ?2"
)
_RECORDS: Final = (
    f"SELECT {RECORD_COLUMNS}, l.text FROM json_each(?1) j"
    " CROSS JOIN record r ON r.bucket = j.value >> 57 AND r.subject = j.value"
    " AND r.valid_from <= ?2 AND r.valid_to > ?2"
    " CROSS JOIN body b ON b.bucket = r.bucket AND b.subject = r.subject AND b.kind = r.kind AND b.hash = r.hash"
    " LEFT JOIN name l ON l.bucket = r.listing >> 57 AND l.key = r.listing"
)
_GAPS: Final = (
    "SELECT g.subject, g.packed FROM json_each(?1) j"
    " CROSS JOIN gap g ON g.bucket = j.value >> 57 AND g.subject = j.value"
    " WHERE g.valid_from <= ?2 AND g.valid_to > ?2 ORDER BY g.bucket, g.subject, g.kind, g.root"
)
_LOOSE: Final = (
    "SELECT o.record, o.reason, o.packed FROM json_each(?1) j"
    " CROSS JOIN loose o ON o.bucket = j.value >> 57 AND o.record = j.value"
    " WHERE o.valid_from <= ?2 AND o.valid_to > ?2 ORDER BY o.bucket, o.record, o.loose"
)
_facts: Final = msgspec.json.Decoder(dict[str, Any]).decode
_listings: Final = msgspec.json.Decoder(tuple[Listing, ...]).decode


class Known(msgspec.Struct):
    """What the index keeps of `linking.Known`: what datastores and workspace GUIDs stand for."""

    datastores: dict[str, str] = {}
    guids: dict[str, str] = {}


_known: Final = msgspec.json.Decoder(Known).decode


class SqliteView:
    """A `ports.View`. Use it within the `with` block that gave it.

    `adjacency` is that of this generation, where the index holds it in memory. `search` answers the method of that
    name.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        generation: Generation,
        adjacency: Csr | None = None,
        search: Searching | None = None,
    ) -> None:
        self._connection = connection
        self._generation = generation
        self._adjacency = adjacency
        self._search = search
        self._number = generation.number

    @property
    def generation(self) -> Generation:
        return self._generation

    def causes(self, keys: Sequence[int]) -> list[Edge]:
        return self._edges(_CAUSES, keys)

    def effects(self, keys: Sequence[int]) -> list[Edge]:
        return self._edges(_EFFECTS, keys)

    def same(self, keys: Sequence[int]) -> list[Edge]:
        return self._edges(_SAME_OUT, keys) + self._edges(_SAME_IN, keys)

    def closure(
        self,
        seeds: Sequence[int],
        direction: Direction,
        budget: Budget | None = None,
        path: str = "",
        follow: Follow | None = None,
    ) -> Closure | None:
        """See `traversal.Closing`."""
        csr = self._adjacency
        if csr is None:
            return None
        # Only who holds an adjacency has paid for numpy already.
        from lineage.index.closing import closure

        budget = budget or Budget()
        asked = (tuple(seeds), direction, budget.max_depth, budget.max_nodes, path, follow)
        known: Closure | None = csr.closures.get(asked)
        if known is not None:
            return known

        def first(names: Sequence[int]) -> list[tuple[int, int]]:
            return [
                (edge.cause, edge.effect)
                for edge in self.effects(names)
                if edge.relation is not Relation.SAME_AS
                and related(edge.path, path)
                and (follow is None or follow.takes(edge.relation, edge.certainty))
            ]

        narrowed = first if path and direction is Direction.DOWNSTREAM else None
        found = closure(csr, seeds, direction, budget, follow, narrowed, inside=self._inside)
        if found.lasting:
            csr.closures.keep(asked, found)
        return found

    def _inside(self, scopes: frozenset[str]) -> list[int]:
        return within.keys(self._connection, self._number, scopes, self.workspace_guids())

    def nodes(self, keys: Sequence[int]) -> dict[int, Node]:
        return {row[0]: _node(row) for row in self._connection.execute(_NODES, (_json(keys), self._number))}

    def list_nodes(self, wanted: NodeFilter, after: str = "", limit: int = 100) -> list[Node]:
        # The index is by kind, then text: one ordered walk for each kind, merged.
        kinds = wanted.kinds or KINDS.words
        walks = [self._walk(kind, wanted, after, limit) for kind in dict.fromkeys(kinds)]
        merged = heapq.merge(*walks, key=attrgetter("text"))
        return [node for node, _ in zip(merged, range(limit), strict=False)]

    def page_nodes(self, kind: Kind, wanted: NodeFilter, order: Order, after: Node | None, limit: int) -> list[Node]:
        where, values = self._where(kind, wanted)
        return [_node(row) for row in lists.page(self._connection, where, values, order, after, limit)]

    def count_nodes(self, wanted: NodeFilter) -> int:
        kinds = tuple(dict.fromkeys(wanted.kinds))
        if not (wanted.states or wanted.scope or wanted.text or wanted.parts or wanted.facts):
            counts = self._generation.counts
            return sum(counts.get(f"nodes.{kind}", 0) for kind in kinds) if kinds else counts.get("nodes", 0)
        total = 0
        for kind in kinds or KINDS.words:
            where, values = self._where(kind, wanted)
            total += self._connection.execute(f"SELECT count(*) FROM node n WHERE {where}", values).fetchone()[0]
        return total

    def keys(self, wanted: NodeFilter) -> list[int]:
        found: list[int] = []
        for kind in wanted.kinds or KINDS.words:
            where, values = self._where(kind, wanted)
            found += [key for (key,) in self._connection.execute(f"SELECT n.key FROM node n WHERE {where}", values)]
        return found

    def steps(self, keys: Sequence[int], relations: Collection[Relation]) -> list[Step]:
        return counting.steps(self._connection, self._number, keys, relations)

    def reason_counts(self) -> tuple[dict[GapReason, int], dict[LooseReason, int]]:
        return counting.reason_counts(self._connection, self._number)

    def under(self, place: str, limit: int) -> list[Node]:
        return [_node(row) for row in finding.under(self._connection, self._number, place, limit)]

    def starting(self, place: str, limit: int) -> list[Node]:
        return [_node(row) for row in finding.starting(self._connection, self._number, place, limit)]

    def holding(self, kind: Kind, said: str, limit: int) -> list[Node]:
        return [_node(row) for row in finding.holding(self._connection, self._number, kind, said, limit)]

    def records(self, subject: str) -> list[Record]:
        return self.records_of((ids.key(subject),)).get(ids.key(subject), [])

    def records_of(self, keys: Sequence[int]) -> dict[int, list[Record]]:
        chosen: dict[tuple[int, int], tuple[RecordRow, str]] = {}
        for *values, listing in self._connection.execute(_RECORDS, (_json(keys), self._number)):
            row = RecordRow(*values)
            other = chosen.get((row.subject, row.kind))
            if other is None or row.precedence() > other[0].precedence():
                chosen[row.subject, row.kind] = row, listing or ""
        found: dict[int, list[Record]] = {}
        for (subject, _), (row, listing) in sorted(chosen.items()):
            found.setdefault(subject, []).append(row.record(listing))
        return found

    def gaps(self, subject: str | None = None, limit: int = 1000, reason: GapReason | None = None) -> list[Gap]:
        where, values = self._about("bucket = ? AND subject = ?", subject, GAP_REASONS.of.get(reason or ""))
        rows = self._connection.execute(
            f"SELECT packed FROM gap WHERE {where} ORDER BY bucket, subject, kind, root LIMIT ?", (*values, limit)
        )
        return [unpack_gap(packed) for (packed,) in rows]

    def gaps_of(self, keys: Sequence[int]) -> dict[int, list[Gap]]:
        found: dict[int, list[Gap]] = {}
        for key, packed in self._connection.execute(_GAPS, (_json(keys), self._number)):
            found.setdefault(key, []).append(unpack_gap(packed))
        return found

    def loose(self, record: str | None = None, limit: int = 1000, reason: LooseReason | None = None) -> list[Loose]:
        where, values = self._about("bucket = ? AND record = ?", record, LOOSE_REASONS.of.get(reason or ""))
        rows = self._connection.execute(
            f"SELECT record, reason, packed FROM loose WHERE {where} ORDER BY bucket, record, loose LIMIT ?",
            (*values, limit),
        ).fetchall()
        return [end for _, end in self._ends(rows)]

    def loose_of(self, keys: Sequence[int]) -> dict[int, list[Loose]]:
        found: dict[int, list[Loose]] = {}
        for key, end in self._ends(self._connection.execute(_LOOSE, (_json(keys), self._number)).fetchall()):
            found.setdefault(key, []).append(end)
        return found

    def gap_spells(self) -> Iterator[Spell[Gap]]:
        return ledger.gap_spells(self._connection, self._number)

    def loose_spells(self) -> Iterator[Spell[Loose]]:
        return ledger.loose_spells(self._connection, self._number)

    def changes_from(self, number: int, among: Sequence[int] | None = None) -> SqliteChanges:
        return SqliteChanges(self._connection, number, self._number, among)

    def coverage(self) -> list[ScopeCoverage]:
        rows = self._connection.execute(
            "SELECT n.text, s.crawled, s.complete, s.gaps, l.text, s.root = s.scope FROM scope s"
            " JOIN name n ON n.bucket = s.scope >> 57 AND n.key = s.scope"
            " JOIN name l ON l.bucket = s.listings >> 57 AND l.key = s.listings"
            " WHERE s.valid_from <= ?1 AND s.valid_to > ?1",
            (self._number,),
        ).fetchall()
        # A scope that is a root itself is told by its own crawl; one met only from others by the newest of them.
        best: dict[str, tuple[Any, ...]] = {}
        for row in sorted(rows, key=lambda row: (row[0], row[5], row[1])):
            best[row[0]] = row
        return [
            ScopeCoverage(scope, crawled, bool(complete), _listings(listings), gaps)
            for scope, crawled, complete, gaps, listings, _ in best.values()
        ]

    def holdings(self) -> Iterator[Holding]:
        return populating.holdings(self._connection, self._number)

    def most_used(self, kinds: Sequence[Kind], limit: int) -> list[tuple[int, int]]:
        return counting.most_used(self._connection, self._number, kinds, limit)

    def unread(self) -> Iterator[Unread]:
        listings = {listing.text for covered in self.coverage() for listing in covered.listings}
        return populating.unread(self._connection, self._number, listings)

    def search(self, wanted: Asked, limit: int) -> Hits:
        assert self._search is not None  # views that an index hands out have it
        return self._search(self._connection, self._generation, wanted, limit)

    def datastores(self) -> dict[str, str]:
        return self._known().datastores

    def workspace_guids(self) -> dict[str, str]:
        return self._known().guids

    def _known(self) -> Known:
        row = self._connection.execute(
            "SELECT n.text FROM generation g JOIN name n ON n.bucket = g.known >> 57 AND n.key = g.known"
            " WHERE g.number = ?",
            (self._number,),
        ).fetchone()
        return Known() if row is None else _known(row[0])

    def _edges(self, statement: str, keys: Sequence[int]) -> list[Edge]:
        rows = self._connection.execute(statement, (_json(keys), self._number)).fetchall()
        texts = self._texts({row[7] for row in rows})
        edges = []
        for effect, cause, relation, derivation, certainty, rank, since, record, packed in rows:
            told = unpack_edge(packed)
            edges.append(
                Edge(
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
            )
        return edges

    def _ends(self, rows: Sequence[tuple[int, int, bytes]]) -> Iterator[tuple[int, Loose]]:
        texts = self._texts({row[0] for row in rows})
        for key, code, packed in rows:
            told = unpack_loose(packed)
            why = LOOSE_REASONS.words[code]
            yield key, Loose(texts.get(key, ""), told.record_kind, told.field, told.value, why, told.remedy)

    def _texts(self, keys: set[int]) -> dict[int, str]:
        if not keys:
            return {}
        return dict(self._connection.execute(_TEXTS, (_json(list(keys)),)).fetchall())

    def _walk(self, kind: str, wanted: NodeFilter, after: str, limit: int) -> Iterator[Node]:
        where, values = self._where(kind, wanted)
        rows = self._connection.execute(
            f"SELECT {_NODE} FROM node n WHERE {where} AND n.text > ? ORDER BY n.text LIMIT ?",
            (*values, after, limit),
        )
        return map(_node, rows)

    def _where(self, kind: str, wanted: NodeFilter) -> tuple[str, list[Any]]:
        where = ["n.kind = ? AND n.valid_from <= ? AND n.valid_to > ?"]
        values: list[Any] = [KINDS.of[kind], self._number, self._number]
        if wanted.states:
            where.append(f"n.state IN ({', '.join('?' * len(wanted.states))})")
            values += [STATES.of[state] for state in wanted.states]
        if wanted.scope:
            where.append("(n.text = ? OR n.text > ? AND n.text < ?)")
            values += [wanted.scope, wanted.scope + "/", wanted.scope + "0"]  # '0' is the character after '/'
        if wanted.text:
            # SQLite's own lower() knows ASCII only.
            lower = "lower" if wanted.text.isascii() else "lower_unicode"
            where.append(f"instr({lower}(n.text), ?) > 0")
            values.append(wanted.text.lower())
        if wanted.parts:
            where.append(f"({' OR '.join(['instr(n.text, ?) > 0'] * len(wanted.parts))})")
            values += wanted.parts
        if wanted.facts is not None:
            conditions, bound = lists.passing(wanted.facts)
            where += conditions
            values += bound
        return " AND ".join(where), values

    def _about(self, where: str, subject: str | None, reason: int | None) -> tuple[str, list[int]]:
        valid = "valid_from <= ? AND valid_to > ?"
        values = [self._number, self._number]
        if reason is not None:
            valid, values = f"{valid} AND reason = ?", [*values, reason]
        if subject is None:
            return valid, values
        key = ids.key(subject)
        return f"{where} AND {valid}", [key >> 57, key, *values]


def _node(row: Sequence[Any]) -> Node:
    key, text, kind, state, seen, reason, remedy, facts = row
    return Node(key, text, KINDS.words[kind], STATES.words[state], seen, reason, remedy, _facts(facts))


def _json(keys: Sequence[int]) -> str:
    # In the order of the tables, so that neighbours are read together.
    return msgspec.json.encode(sorted(keys)).decode()
