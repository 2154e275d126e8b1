"""The law of linking: whatever was published and retired in whatever order, the edges are those of settling everything.

The machine below is an index in a few lines: it keeps the claims of each record,
settles only the meeting keys that a change touched, and claims everything again
only when what is known changed.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lineage import linking
from lineage.linking import Claim, Known, Settled
from lineage.records import Record
from tests import estates
from tests.linked import claimed, stored

Place = tuple[str, str]


class Incremental:
    """An index in memory that does as little as a publish may."""

    def __init__(self) -> None:
        self.records: dict[Place, Record] = {}
        self.known = Known()
        self.claims: dict[Place, list[Claim]] = {}
        self.meetings: dict[str, Counter[bytes]] = {}
        self.settled: dict[str, Settled] = {}

    def publish(self, changes: dict[Place, Record | None]) -> None:
        for place, record in changes.items():
            if record is None:
                self.records.pop(place, None)
            else:
                self.records[place] = record
        known = linking.known(self.records.values())
        again = changes if known == self.known else self.claims.keys() | self.records.keys()
        self.known = known
        touched: set[str] = set()
        for place in again:
            record = self.records.get(place)
            new = [stored(claim) for claim in linking.claims(record, known)] if record else []
            for claim in self.claims.pop(place, []):
                self._count(claim, -1, touched)
            for claim in new:
                self._count(claim, 1, touched)
            if record:
                self.claims[place] = new
        for key in touched:
            here = [msgspec.msgpack.decode(raw, type=Claim) for raw in self.meetings.get(key, Counter())]
            if here:
                self.settled[key] = linking.settle(key, here)
            else:
                self.settled.pop(key, None)

    def _count(self, claim: Claim, by: int, touched: set[str]) -> None:
        counts = self.meetings.setdefault(claim.meets, Counter())
        raw = msgspec.msgpack.encode(claim)
        counts[raw] += by
        if not counts[raw]:
            del counts[raw]
        touched.add(claim.meets)


def from_scratch(records: list[Record]) -> dict[str, Settled]:
    return {key: linking.settle(key, claims) for key, claims in claimed(records, linking.known(records)).items()}


class Publishing(RuleBasedStateMachine):
    """Publish and retire, one record or several at once."""

    def __init__(self) -> None:
        super().__init__()
        self.index = Incremental()

    @rule(records=st.lists(estates.records, min_size=1, max_size=4))
    def publish(self, records: list[Record]) -> None:
        self.index.publish({(r.subject, r.kind.value): r for r in records})

    @rule(data=st.data())
    def retire(self, data: Any) -> None:
        if self.index.records:
            place = data.draw(st.sampled_from(sorted(self.index.records)))
            self.index.publish({place: None})

    @invariant()
    def equals_settling_everything(self) -> None:
        assert self.index.settled == from_scratch(list(self.index.records.values()))


Publishing.TestCase.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
TestPublishing = Publishing.TestCase


@given(st.lists(estates.records, min_size=2, max_size=8), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_the_order_of_claims_means_nothing(records: list[Record], seed: int) -> None:
    """Law: shuffled, and said twice, they come to the same."""
    shuffle = random.Random(seed).shuffle
    for key, claims in claimed(records, linking.known(records)).items():
        other = [*claims, claims[0]]
        shuffle(other)
        assert linking.settle(key, other) == linking.settle(key, claims)


@given(st.lists(estates.records, max_size=8))
@settings(max_examples=150, deadline=None)
def test_every_link_can_be_stored_and_names_its_record(records: list[Record]) -> None:
    """Law: each edge and loose end has evidence in a record that is there, ends that differ, and is said once."""
    by_place = {(r.subject, r.kind.value): r for r in records}
    said: Counter[tuple[Any, ...]] = Counter()
    for settled in from_scratch(list(by_place.values())).values():
        for edge in settled.links:
            assert (edge.evidence.record, edge.evidence.record_kind) in by_place
            assert edge.effect
            assert edge.cause
            assert edge.effect != edge.cause
            said[edge.effect, edge.cause, edge.relation, edge.name, edge.path, edge.derivation, edge.evidence] += 1
        for end in settled.loose:
            assert (end.record, end.record_kind) in by_place
            assert end.remedy
    assert [count for count in said.values() if count > 1] == []
