"""What changed in the lineage of one thing between two times: what was believed of it then, and what is now.

What came into a lineage came with the generation that completed the way to it, and what left it left with the one that
broke the last way, even where the thing itself is as it was.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage import ids
from lineage.changing import EdgeChange, NodeChange, NodeMark, ToldChange, gap_says, paired, paired_ends
from lineage.graph import Edge, Loose, Node, Relation
from lineage.ports import View
from lineage.records import Gap
from lineage.trace import Trace

_NEVER: Final = math.inf


class Side(msgspec.Struct, frozen=True):
    """The lineage of a thing on one side; empty where the thing is not known."""

    view: View
    told: Trace | None

    @property
    def nodes(self) -> Mapping[int, Node]:
        return self.told.nodes if self.told is not None else {}

    @property
    def edges(self) -> Sequence[Edge]:
        return self.told.edges if self.told is not None else ()


class LineageChanges:
    """What changed from one side to the other. A `Changes`."""

    def __init__(self, then: Side, now: Side) -> None:
        self._then = then
        self._now = now
        keys = list({**then.nodes, **now.nodes})
        history = now.view.changes_from(then.view.generation.number, keys)
        self._restated = {mark.text: mark.generation for mark in history.node_marks()}
        self._linked: dict[tuple[Any, ...], int] = {}
        self._unlinked: dict[tuple[Any, ...], int] = {}
        for one in history.edges():
            (self._unlinked if one.after is None else self._linked)[_place(one.edge)] = one.generation
        self._retold = {_about(gap): gap.generation for gap in history.gaps()}
        self._retold |= {_about(end): end.generation for end in history.loose()}
        self._entered = _ways(now, lambda edge: self._linked.get(_place(edge), 0))
        self._left = _ways(then, lambda edge: -self._unlinked.get(_place(edge), _NEVER))

    def node_marks(self) -> Iterator[NodeMark]:
        then, now = self._then.nodes, self._now.nodes
        for key in sorted(then.keys() | now.keys(), key=lambda key: (now.get(key) or then[key]).text):
            before, after = then.get(key), now.get(key)
            if before == after:
                continue
            text = (after or then[key]).text
            number = self._number(key, before, after, self._restated.get(text))
            kinds = [one.kind if one is not None else None for one in (before, after)]
            yield NodeMark(text, kinds[0], kinds[1], number, (key, key))

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        then, now = self._then.nodes, self._now.nodes
        return [NodeChange(then.get(mark.rows[0]), now.get(mark.rows[1]), mark.generation) for mark in marks]

    def edges(self) -> Iterator[EdgeChange]:
        named = {**self._then.nodes, **self._now.nodes}
        sides = [_between(side.edges) for side in (self._then, self._now)]
        places = [place for place in sides[0].keys() | sides[1].keys() if place[0] in named]
        for place in sorted(places, key=lambda place: (named[place[0]].text, *place[1:])):
            effect = named[place[0]]
            for before, after in paired(sides[0].get(place, []), sides[1].get(place, [])):
                moved, edge = (self._unlinked, before) if after is None else (self._linked, after)
                number = self._number(effect.key, before, after, moved.get(_place(edge)))
                yield EdgeChange(effect.text, effect.kind, before, after, number)

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        sides = [
            {(gap.subject, gap.kind): gap for told in side.view.gaps_of(list(side.nodes)).values() for gap in told}
            for side in (self._then, self._now)
        ]
        for place in sorted(sides[0].keys() | sides[1].keys()):
            before, after = (side.get(place) for side in sides)
            if before is None or after is None or gap_says(before) != gap_says(after):
                yield self._told(ids.key(place[0]), ToldChange(before, after, "", 0))

    def loose(self) -> Iterator[ToldChange[Loose]]:
        sides = [side.told.loose if side.told is not None else {} for side in (self._then, self._now)]
        named = {**self._then.nodes, **self._now.nodes}
        for key in sorted(sides[0].keys() | sides[1].keys(), key=lambda key: named[key].text):
            for before, after in paired_ends(sides[0].get(key, ()), sides[1].get(key, ())):
                yield self._told(key, ToldChange(before, after, "", 0))

    def _told(self, key: int, one: ToldChange[Any]) -> ToldChange[Any]:
        number = self._number(key, one.before, one.after, self._retold.get(_about(one)))
        return msgspec.structs.replace(one, generation=number)

    def _number(self, key: int, before: object, after: object, own: int | None) -> int:
        """The generation that brought a change: that of the thing's own history, else that of the way to it."""
        first, last = self._then.view.generation.number, self._now.view.generation.number
        if before is not None and after is not None:
            return own or last
        way = self._entered.get(key) if before is None else -self._left.get(key, -_NEVER)
        told = [number for number in (own, way) if number is not None and first < number <= last]
        return int(max(told) if before is None else min(told)) if told else last


def _place(edge: Edge | None) -> tuple[Any, ...]:
    assert edge is not None
    told = edge.evidence
    return edge.effect, edge.relation, edge.cause, edge.name, edge.path, told.record, told.record_kind, told.field


def _about(one: ToldChange[Any]) -> tuple[str, ...]:
    told = one.told
    if isinstance(told, Gap):
        return told.subject, told.kind
    return told.record, told.record_kind, told.field, told.value


def _between(edges: Iterable[Edge]) -> dict[tuple[int, str, int], list[Edge]]:
    groups: dict[tuple[int, str, int], list[Edge]] = {}
    for edge in edges:
        groups.setdefault((edge.effect, edge.relation, edge.cause), []).append(edge)
    return groups


def _ways(side: Side, weight: Callable[[Edge], float]) -> dict[int, float]:
    """Of everything in a lineage the smallest possible largest weight on a way to it."""
    if side.told is None:
        return {}
    steps: dict[int, list[tuple[int, float]]] = {}
    for edge in side.edges:
        heavy = weight(edge)
        steps.setdefault(edge.effect, []).append((edge.cause, heavy))
        if edge.relation is Relation.SAME_AS:
            steps.setdefault(edge.cause, []).append((edge.effect, heavy))
    best: dict[int, float] = {}
    waiting = [(-_NEVER, key) for key in side.told.found.seeds]
    heapq.heapify(waiting)
    while waiting:
        heavy, key = heapq.heappop(waiting)
        if key in best:
            continue
        best[key] = heavy
        for there, more in steps.get(key, ()):
            if there not in best:
                heapq.heappush(waiting, (max(heavy, more), there))
    return best
