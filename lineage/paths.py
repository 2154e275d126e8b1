"""How are two things connected: the shortest ways between them.

A thing with several names is one thing here. A way tells its edges as they are,
with the `sameAs` edges that lead from one name to the next, and counts those as no length.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Final

import msgspec

from lineage import answers, traversal
from lineage.answers import Header
from lineage.graph import Adjacency, Certainty, Direction, Edge, Node, Relation
from lineage.lookup import Found
from lineage.ports import View
from lineage.traversal import Budget, Reach, Truncation, TruncationReason

MOST_STEPS: Final = 200_000
"""Beginnings of ways that one search may hold; beyond it there may be ways that it does not find."""
_PULSE: Final = 256
_TRUST: Final = {Certainty.CONFIRMED: 0, Certainty.INFERRED: 1, Certainty.AMBIGUOUS: 2}


class Paths(msgspec.Struct, frozen=True):
    """The shortest ways between two things, each from effect to cause.

    direction: `UPSTREAM` when the end is a cause of the start, `DOWNSTREAM` the other way about; each path is
    then told from the end. paths: empty when nothing connects them. things: as in `answers.things`.
    """

    header: Header
    start: Found
    end: Found
    direction: Direction
    paths: tuple[tuple[Edge, ...], ...]
    nodes: dict[int, Node]
    things: dict[int, int]

    @property
    def first(self) -> Found:
        """Where each path begins: the effect."""
        return self.start if self.direction is Direction.UPSTREAM else self.end


def paths(view: View, start: Found, end: Found, k: int = 3, budget: Budget | None = None) -> Paths:
    """The `k` shortest ways from `start` upstream to `end`; if there is none, from `end` upstream to `start`.

    A place stands for everything inside it and for the known places that hold it, a model for its versions: a way may
    begin and end at any of them.
    """
    direction = Direction.UPSTREAM
    here, there = _ends(start), _ends(end)
    ways, cuts = _search(view, here, there, k, budget)
    if not ways:
        ways, more = _search(view, there, here, k, budget)
        direction = Direction.DOWNSTREAM if ways else direction
        cuts = more if ways else (*cuts, *more)
    keys = dict.fromkeys([start.node.key, end.node.key])
    keys.update(dict.fromkeys(key for way in ways for edge in way for key in (edge.effect, edge.cause)))
    nodes = view.nodes(list(keys))
    things = answers.things(nodes, (edge for way in ways for edge in way))
    head = answers.header(view, nodes.values(), cuts)
    return Paths(head, start, end, direction, tuple(ways), nodes, things)


def shortest_paths(
    adjacency: Adjacency, start: int, end: int, k: int = 1, budget: Budget | None = None
) -> list[tuple[Edge, ...]]:
    """The `k` shortest ways upstream from `start` to `end` that meet nothing twice, shortest first.

    Length counts edges without `sameAs`. Of parallel edges the most certain stands for all.
    Empty when there is no way within the budget. A start that is its own end has the empty way.
    """
    return _search(adjacency, (start,), (end,), k, budget)[0]


def _ends(found: Found) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*found.seeds, *(node.key for node in found.around))))


def _search(
    adjacency: Adjacency, starts: Sequence[int], ends: Sequence[int], k: int, budget: Budget | None
) -> tuple[list[tuple[Edge, ...]], tuple[Truncation, ...]]:
    """The ways, and what the search may have missed."""
    if not set(starts).isdisjoint(ends):
        return [()], ()
    reached = traversal.reach(adjacency, starts, Direction.UPSTREAM, budget)
    if reached.depth.keys().isdisjoint(ends):
        return [], reached.truncations
    ways, cuts = _Ways(reached.edges, starts, ends).shortest(k, (budget or Budget()).expired)
    length = max((sum(edge.relation is not Relation.SAME_AS for edge in way) for way in ways), default=0)
    if len(ways) < k or length > _whole(reached):
        cuts = (*reached.truncations, *cuts)
    return ways, cuts


def _whole(reached: Reach) -> int:
    """The depth up to which the closure holds everything: no way of that length or less can have been missed."""
    deepest = max(reached.depth.values(), default=0)
    short = any(cut.reason is not TruncationReason.DEPTH for cut in reached.truncations)
    return deepest - 1 if short else deepest


_Place = tuple[int, bool]
"""A thing, and whether it is walked fully (else only to its parents)."""


class _Ways:
    """Best-first search over the things of one closure, led by the exact distance to the end.

    All `starts` are one thing to it, and all `ends` another.
    """

    def __init__(self, edges: Sequence[Edge], starts: Sequence[int], ends: Sequence[int]) -> None:
        self.starts, self.ends = starts, ends
        self.twins: dict[int, list[tuple[int, Edge]]] = {}
        for edge in edges:
            if edge.relation is Relation.SAME_AS:
                self.twins.setdefault(edge.effect, []).append((edge.cause, edge))
                self.twins.setdefault(edge.cause, []).append((edge.effect, edge))
        self.thing = self._things()
        self.several = {self._one(key): self._one(several[0]) for several in (starts, ends) for key in several}
        self.out: dict[int, dict[_Place, Edge]] = {}
        for edge in edges:
            if edge.relation is not Relation.SAME_AS:
                here, there = self._of(edge.effect), self._of(edge.cause)
                place = (there, edge.relation is not Relation.PART_OF)
                known = self.out.setdefault(here, {}).get(place)
                if known is None or _worth(edge) < _worth(known):
                    self.out[here][place] = edge

    def shortest(
        self, k: int, expired: Callable[[], bool] | None
    ) -> tuple[list[tuple[Edge, ...]], tuple[Truncation, ...]]:
        first, last = (self._of(self.starts[0]), True), self._of(self.ends[0])
        left = self._distances(last)
        found: dict[tuple[int, ...], tuple[Edge, ...]] = {}
        if first not in left:
            return [], ()
        heap: list[tuple[int, int, int, _Place, tuple[int, ...], tuple[Edge, ...]]] = []
        heappush(heap, (left[first], 0, 0, first, (first[0],), ()))
        pushed = popped = 0
        stopped: TruncationReason | None = None
        while heap and len(found) < k and stopped is None:
            popped += 1
            if popped % _PULSE == 0 and expired is not None and expired():
                stopped = TruncationReason.TIME_LIMIT
            if pushed > MOST_STEPS:
                stopped = TruncationReason.NODE_LIMIT
            # Among equals the longer comes first, so that one way is finished before others are begun.
            _, less, _, place, met, edges = heappop(heap)
            if place[0] == last:
                found.setdefault(met, edges)
                continue
            for there, edge in self._steps(place):
                if there[0] not in met and there in left:
                    pushed += 1
                    total = len(met) + left[there]
                    heappush(heap, (total, less - 1, pushed, there, (*met, there[0]), (*edges, edge)))
        cuts: tuple[Truncation, ...] = ()
        if stopped is not None and len(found) < k:
            what = "out of time" if stopped is TruncationReason.TIME_LIMIT else f"after {pushed:,} beginnings"
            cuts = (Truncation(stopped, f"the search for more ways stopped {what}", (self.starts[0],)),)
        return [self._joined(way) for way in found.values()], cuts

    def _steps(self, place: _Place) -> Iterable[tuple[_Place, Edge]]:
        key, full = place
        for there, edge in self.out.get(key, {}).items():
            if full or not there[1]:
                yield there, edge

    def _distances(self, end: int) -> dict[_Place, int]:
        """Edges from each place to `end`; places without a way are not there."""
        back: dict[_Place, list[_Place]] = {}
        for key in self.out:
            for full in (True, False):
                for there, _ in self._steps((key, full)):
                    back.setdefault(there, []).append((key, full))
        left: dict[_Place, int] = {(end, True): 0, (end, False): 0}
        waiting = deque(left)
        while waiting:
            place = waiting.popleft()
            for before in back.get(place, ()):
                if before not in left:
                    left[before] = left[place] + 1
                    waiting.append(before)
        return left

    def _joined(self, way: Sequence[Edge]) -> tuple[Edge, ...]:
        """The way with the `sameAs` edges from the name that one edge ends in to the name that the next begins with."""
        told: list[Edge] = []
        if not way:  # two names of one thing
            end = self._named(self.ends, self.starts[0])
            return tuple(self._between(self._named(self.starts, end), end))
        here = self._named(self.starts, way[0].effect)
        for edge in way:
            told += self._between(here, edge.effect)
            told.append(edge)
            here = edge.cause
        return (*told, *self._between(here, self._named(self.ends, here)))

    def _named(self, among: Sequence[int], key: int) -> int:
        """The first of these that names the same thing; the key itself when none does."""
        return next((one for one in among if self._one(one) == self._one(key)), key)

    def _between(self, one: int, other: int) -> list[Edge]:
        """The fewest `sameAs` edges from one name of a thing to another."""
        came: dict[int, tuple[int, Edge]] = {}
        waiting = deque([one])
        while waiting and other != one and other not in came:
            here = waiting.popleft()
            for there, edge in self.twins.get(here, ()):
                if there not in came and there != one:
                    came[there] = (here, edge)
                    waiting.append(there)
        told: list[Edge] = []
        while other != one:
            other, edge = came[other]
            told.append(edge)
        return told[::-1]

    def _one(self, key: int) -> int:
        return self.thing.get(key, key)

    def _of(self, key: int) -> int:
        one = self._one(key)
        return self.several.get(one, one)

    def _things(self) -> dict[int, int]:
        """For each name among several, one that stands for the thing."""
        thing: dict[int, int] = {}
        for key in self.twins:
            if key not in thing:
                waiting = [key]
                while waiting:
                    name = waiting.pop()
                    if name not in thing:
                        thing[name] = key
                        waiting += [other for other, _ in self.twins[name]]
        return thing


def _worth(edge: Edge) -> tuple[int, int]:
    """Smaller is better: the more certain, then the likelier candidate."""
    return (_TRUST[edge.certainty], edge.rank)
