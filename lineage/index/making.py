"""The rows of a first publication, made from records alone: nothing is there yet from which they might differ.

What is made depends on what is given and on nothing else, so parts may be made in any order and in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage.graph import Link, Loose
from lineage.index import digest, nodes
from lineage.index.codes import CERTAINTIES, DERIVATIONS, KINDS, LOOSE_REASONS, RECORD_KINDS, RELATIONS
from lineage.index.rows import NUMBERS, content_key, edge_row, loose_row, record_row, unpack_gap, unpack_stored
from lineage.index.rules import Rules, own_meeting
from lineage.index.schema import OPEN
from lineage.index.staging import collision
from lineage.records import Record

_pack: Final = msgspec.msgpack.Encoder().encode

Told = tuple[int, list[tuple[int, bytes, bytes]], list[bytes]]
"""A subject; kind, content hash and stored body of each of its records, in order of kind; its gaps, as stored."""


class Made(msgspec.Struct, array_like=True, gc=False):
    """Rows as their tables hold them, `meetings` by meeting key with the packed claim, and what they come to.

    ends: text and kind of every end of an edge. amounts: what the rows add to the digest, as (bucket, part, amount).
    """

    claims: list[tuple[int, int, int, int, int, int, int]] = []
    meetings: list[tuple[int, bytes]] = []
    nodes: list[tuple[int, int, int, int, int, int, str, str, str, str, bytes]] = []
    edges: list[tuple[int, int, int, int, int, int, int, int, int, int, int, int, bytes]] = []
    loose: list[tuple[int, int, int, int, int, int, int, bytes]] = []
    ends: dict[int, tuple[str, int]] = {}
    amounts: list[tuple[int, int, bytes]] = []
    records: int = 0


class Maker:
    """Makes rows under one set of rules, for one generation. `key` gives the key of a name."""

    def __init__(self, rules: Rules, known: Any, number: int, key: Callable[[str], int]) -> None:
        self._rules = rules
        self._known = known
        self._number = number
        self._key = key
        self._decode = msgspec.msgpack.Decoder(rules.Claim).decode

    def records(self, told: Iterable[Told]) -> Made:
        """What records say themselves, and the claims that are to be settled with others'."""
        made, totals = Made(), digest.Totals()
        describe, number = self._rules.describe, self._number
        settled: list[tuple[int, Any]] = []
        counted: list[tuple[int, tuple[Any, ...]]] = []
        for subject, rows, gaps in told:
            bucket = subject >> 57
            records = []
            for kind, content, stored in rows:
                said = unpack_stored(stored)
                records.append(Record(said.subject, RECORD_KINDS.words[kind], said.scope, said.body, "", said.seen))
                totals.add(digest.RECORD, bucket, record_row(subject, kind, content))
            text = records[0].subject
            new: set[tuple[int, int, int]] = set()
            for record in records:
                if record.subject != text:
                    raise collision(text, record.subject)
                self._claims(subject, record, new, made, settled)
            row = nodes.of_records(records, [describe(one) for one in records], [unpack_gap(gap) for gap in gaps])
            made.nodes.append((bucket, subject, number, OPEN, *row))
            counted.append((bucket, nodes.counted(row)))
            made.records += len(records)
        totals.add_all(digest.NODE, counted)
        return self._done(made, totals, settled)

    def meetings(self, met: Mapping[int, Sequence[bytes]]) -> Made:
        """What claims that met are settled to, by meeting key."""
        settle, decode = self._rules.settle, self._decode
        settled: list[tuple[int, Any]] = []
        for meets, packed in met.items():
            claims = [decode(claim) for claim in packed]
            text: str = claims[0].meets
            for claim in claims:
                if claim.meets != text:
                    raise collision(text, claim.meets)
            settled.append((meets, settle(text, claims)))
        return self._done(Made(), digest.Totals(), settled)

    def _claims(
        self,
        subject: int,
        record: Record,
        new: set[tuple[int, int, int]],
        made: Made,
        settled: list[tuple[int, Any]],
    ) -> None:
        own, key = own_meeting(record), self._key
        kind, bucket, number = RECORD_KINDS.of[record.kind], subject >> 57, self._number
        alone = []
        for claim in self._rules.claims(record, self._known):
            if claim.meets == own:
                alone.append(claim)
                continue
            meets, packed = key(claim.meets), _pack(claim)
            name = (kind, meets, content_key(packed))
            if name not in new:
                new.add(name)
                made.claims.append((bucket, subject, *name, number, OPEN))
                made.meetings.append((meets, packed))
        if alone:
            settled.append((key(own), self._rules.settle(own, alone)))

    def _done(self, made: Made, totals: digest.Totals, settled: Iterable[tuple[int, Any]]) -> Made:
        counted: list[tuple[int, tuple[Any, ...]]] = []
        for owner, decided in settled:
            self._edges(owner, decided.links, made, counted)
            if decided.loose:
                self._loose(owner, decided.loose, made, totals)
        totals.add_all(digest.EDGE, counted)
        made.amounts = totals.changed()
        return made

    def _edges(self, owner: int, links: Sequence[Link], made: Made, counted: list[tuple[int, tuple[Any, ...]]]) -> None:
        # Four or five times for every record: names are bound outside the loop.
        key, number, ends, out = self._key, self._number, made.ends, made.edges.append
        seen: set[tuple[int, int, int, int]] = set()
        for link in links:
            said, rank = link.evidence, link.rank
            derivation, certainty = DERIVATIONS.of[link.derivation], CERTAINTIES.of[link.certainty]
            effect, relation, cause = key(link.effect), RELATIONS.of[link.relation], key(link.cause)
            record = key(said.record)
            packed = _pack((said.record_kind, said.field, said.value, link.name, link.path))
            name = content_key(packed + NUMBERS(owner, record, derivation, certainty, rank))
            place = (effect, relation, cause, name)
            if place in seen:
                continue
            seen.add(place)
            bucket = effect >> 57
            out((bucket, *place, number, OPEN, derivation, certainty, rank, owner, record, packed))
            counted.append((bucket, edge_row(effect, cause, relation, link.name, derivation, certainty)))
            told = ends.get(effect)
            if told is None:
                ends[effect] = (link.effect, KINDS.of[link.effect_kind])
            elif told[0] != link.effect:
                raise collision(told[0], link.effect)
            told = ends.get(cause)
            if told is None:
                ends[cause] = (link.cause, KINDS.of[link.cause_kind])
            elif told[0] != link.cause:
                raise collision(told[0], link.cause)

    def _loose(self, owner: int, loose: Sequence[Loose], made: Made, totals: digest.Totals) -> None:
        seen: set[tuple[int, int]] = set()
        for end in loose:
            record, reason = self._key(end.record), LOOSE_REASONS.of[end.reason]
            packed = _pack((end.record_kind, end.field, end.value, end.remedy))
            name = content_key(packed + b"%d %d" % (owner, reason))
            if (record, name) not in seen:
                seen.add((record, name))
                made.loose.append((record >> 57, record, name, self._number, OPEN, owner, reason, packed))
                totals.add(digest.LOOSE, record >> 57, loose_row(record, reason, packed))
