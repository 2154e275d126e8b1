"""Edges and loose ends: each belongs to the meeting key that settled it, and changes only with it."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lineage.graph import Link, Loose
from lineage.index import digest
from lineage.index.codes import CERTAINTIES, DERIVATIONS, KINDS, LOOSE_REASONS, RELATIONS
from lineage.index.rows import NUMBERS, content_key, edge_row, loose_row, unpack_edge, unpack_stored
from lineage.index.schema import OPEN
from lineage.index.staging import collision
from lineage.index.writing import insert

if TYPE_CHECKING:
    from lineage.index.making import Made

FLUSH: Final = 60_000
_UNMET: Final = -1
"""No text has this hash in Python."""
_pack: Final = msgspec.msgpack.Encoder().encode
_NODE: Final = itemgetter(1)  # buckets are in the order of keys; comparing one number takes half the time of whole rows


_Place = tuple[int, int, int, int]
"""Effect, relation, cause and content key of an edge."""


class EdgeWriter:
    """Replaces the edges and loose ends of meeting keys; keeps count, digest and which nodes that touches."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        number: int,
        totals: digest.Totals,
        counts: Counter[str],
        key: Callable[[str], int],
    ) -> None:
        self._connection = connection
        self._number = number
        self._totals = totals
        self._counts = counts
        self._key = key
        self._out: list[tuple[Any, ...]] = []
        self._in: list[tuple[Any, ...]] = []
        self._loose: list[tuple[Any, ...]] = []
        self.recorded: dict[int, int] = {}
        """Keys of things that records are about, as far as they are told beforehand, and a hash of their names once
        these are met: there may be a million."""
        self.ends: dict[int, tuple[str, int]] = {}
        """Text and kind of every other end of an added edge."""
        self.left: set[int] = set()
        """Ends of removed edges."""

    def replace(self, owners: Sequence[int], settled: Iterable[tuple[int, Sequence[Link], Sequence[Loose]]]) -> None:
        """What the `owners` settle is now this; each owner comes once in a publication."""
        edges: dict[_Place, tuple[Any, ...]] = {}
        loose: dict[tuple[int, int], tuple[Any, ...]] = {}
        for owner, links, loose_ends in settled:
            for link in links:
                self._edge(owner, link, edges)
            for end in loose_ends:
                record = self._key(end.record)
                packed = _pack((end.record_kind, end.field, end.value, end.remedy))
                reason = LOOSE_REASONS.of[end.reason]
                loose[record, content_key(packed + b"%d %d" % (owner, reason))] = (owner, reason, packed)
        self._drop_kept(owners, edges, loose)
        self._add(edges)
        for (record, name), (owner, reason, packed) in loose.items():
            self._loose.append((record >> 57, record, name, self._number, OPEN, owner, reason, packed))
            self._totals.add(digest.LOOSE, record >> 57, loose_row(record, reason, packed))
        self._counts["loose"] += len(loose)
        if len(self._out) > FLUSH:
            self.flush()

    def take(self, made: Made) -> None:
        """Edges and loose ends of an index that had none."""
        self._out += made.edges
        self._in += [
            (cause >> 57, cause, relation, effect, name, begin, end, derivation, certainty, rank)
            for _, effect, relation, cause, name, begin, end, derivation, certainty, rank, _, _, _ in made.edges
        ]
        self._loose += made.loose
        self._counts["edges"] += len(made.edges)
        self._counts["loose"] += len(made.loose)
        self._totals.shift({(part, bucket): int.from_bytes(amount, "big") for bucket, part, amount in made.amounts})
        for key, (text, kind) in made.ends.items():
            self._end(key, text, kind)
        if len(self._out) > FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered, each table in the order of its nodes, so that neighbours land on the same pages."""
        self._out.sort(key=_NODE)
        self._in.sort(key=_NODE)
        self._loose.sort()
        for table, rows in (("edge_out", self._out), ("edge_in", self._in), ("loose", self._loose)):
            insert(self._connection, table, rows)
            rows.clear()

    def meet(self, key: int, text: str) -> None:
        """A name of something in `recorded`: all names with one key are one name."""
        before = self.recorded[key]
        if before == _UNMET:
            self.recorded[key] = hash(text)
        elif before != hash(text):
            row = self._connection.execute(
                "SELECT stored FROM body WHERE bucket = ? AND subject = ? LIMIT 1", (key >> 57, key)
            ).fetchone()
            other = unpack_stored(row[0]).subject if row else ""
            raise collision(text, other if other != text else "(a name that something else is given)")

    def _edge(self, owner: int, link: Link, edges: dict[_Place, tuple[Any, ...]]) -> None:
        key, evidence = self._key, link.evidence
        record = key(evidence.record)
        packed = _pack((evidence.record_kind, evidence.field, evidence.value, link.name, link.path))
        derivation, certainty = DERIVATIONS.of[link.derivation], CERTAINTIES.of[link.certainty]
        name = content_key(packed + NUMBERS(owner, record, derivation, certainty, link.rank))
        place = (key(link.effect), RELATIONS.of[link.relation], key(link.cause), name)
        edges[place] = (derivation, certainty, owner, record, packed, link)

    def _add(self, edges: dict[_Place, tuple[Any, ...]]) -> None:
        number = self._number
        out, into, kinds = self._out.append, self._in.append, KINDS.of
        counted: list[tuple[int, tuple[Any, ...]]] = []
        for (effect, relation, cause, name), (derivation, certainty, owner, record, packed, link) in edges.items():
            bucket, rank = effect >> 57, link.rank
            out(
                (
                    bucket,
                    effect,
                    relation,
                    cause,
                    name,
                    number,
                    OPEN,
                    derivation,
                    certainty,
                    rank,
                    owner,
                    record,
                    packed,
                )
            )
            into((cause >> 57, cause, relation, effect, name, number, OPEN, derivation, certainty, rank))
            counted.append((bucket, edge_row(effect, cause, relation, link.name, derivation, certainty)))
            self._end(effect, link.effect, kinds[link.effect_kind])
            self._end(cause, link.cause, kinds[link.cause_kind])
        self._totals.add_all(digest.EDGE, counted)
        self._counts["edges"] += len(edges)

    def _end(self, key: int, text: str, kind: int) -> None:
        """An end of an added edge."""
        met = self.recorded.get(key)
        if met is None:
            before = self.ends.get(key)
            if before is None:
                self.ends[key] = (text, kind)
            elif before[0] != text:
                raise collision(before[0], text)
        elif met != hash(text):
            self.meet(key, text)

    def _drop_kept(self, owners: Sequence[int], edges: dict[_Place, tuple[Any, ...]], loose: dict[Any, Any]) -> None:
        """Close rows that are no longer settled, and take those out of `edges` and `loose` that stay."""
        asked = (msgspec.json.encode(list(owners)).decode(),)
        closed = []
        rows = self._connection.execute(
            "SELECT e.effect, e.relation, e.cause, e.link, e.derivation, e.certainty, e.packed"
            " FROM json_each(?) j CROSS JOIN edge_out e INDEXED BY edge_owner"
            f" ON e.owner = j.value AND e.valid_to = {OPEN}",
            asked,
        ).fetchall()
        for effect, relation, cause, link, derivation, certainty, packed in rows:
            if edges.pop((effect, relation, cause, link), None) is not None:
                continue
            closed.append((effect, relation, cause, link))
            name = unpack_edge(packed).name
            row = edge_row(effect, cause, relation, name, derivation, certainty)
            self._totals.remove(digest.EDGE, effect >> 57, row)
            self._counts["edges"] -= 1
            self.left.add(effect)
            self.left.add(cause)
        close = f"SET valid_to = {self._number} WHERE bucket = ? AND"
        self._connection.executemany(
            f"UPDATE edge_out {close} effect = ? AND relation = ? AND cause = ? AND link = ? AND valid_to = {OPEN}",
            [(effect >> 57, effect, relation, cause, link) for effect, relation, cause, link in closed],
        )
        self._connection.executemany(
            f"UPDATE edge_in {close} cause = ? AND relation = ? AND effect = ? AND link = ? AND valid_to = {OPEN}",
            [(cause >> 57, cause, relation, effect, link) for effect, relation, cause, link in closed],
        )
        gone = []
        rows = self._connection.execute(
            "SELECT l.record, l.loose, l.reason, l.packed FROM json_each(?) j CROSS JOIN loose l INDEXED BY loose_owner"
            f" ON l.owner = j.value AND l.valid_to = {OPEN}",
            asked,
        ).fetchall()
        for record, name, reason, packed in rows:
            if loose.pop((record, name), None) is None:
                gone.append((record >> 57, record, name))
                self._totals.remove(digest.LOOSE, record >> 57, loose_row(record, reason, packed))
                self._counts["loose"] -= 1
        self._connection.executemany(f"UPDATE loose {close} record = ? AND loose = ? AND valid_to = {OPEN}", gone)
