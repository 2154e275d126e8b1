"""Searches of an adjacency in arrays, with the depth of everything.

A search starts in plain Python, a thing at a time: it costs what it visits. Past a few hundred things a compiled
search takes over, which costs a pass over an array of all things before its first step: scipy's breadth-first search
from one thing, whose order and predecessors give the depths when they are asked for, or a depth at a time in numpy
from several.

Upstream a thing may be met as a cause (then everything behind it follows) or as the parent of a job (then only its own
parents do), at different depths; its depth is the smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.sparse.csgraph import breadth_first_order

from lineage.index.links import Ints, Links, Mask, Things, names_of
from lineage.traversal import Budget

_PULSE: Final = 256
"""Things met between two looks at the clock."""
_SHORT: Final = 64
_ROWS: Final = 50_000
"""Short rows that are remembered as plain Python has them, some 150 bytes each."""
_ENDLESS: Final = 1 << 60

Level = tuple[int, Any]
"""A depth and the things first met there, in a list or an array."""
First = Callable[[Sequence[int]], Iterable[tuple[int, int]]]
"""From the names of the seeds, the edges that lead on, as keys (cause, effect)."""


class Late(Exception):
    """The budget's time is over; never leaves this package."""


class Stops(NamedTuple):
    """Where a walk ends: codes of kinds, and things; never at its seeds."""

    kinds: frozenset[int]
    things: frozenset[int]
    seeds: frozenset[int]

    def ends(self, things: Things, thing: int) -> bool:
        return (thing in self.things or things.kind_at[thing] in self.kinds) and thing not in self.seeds

    def mask(self, things: Things) -> Mask:
        """All that it ends at."""
        ends: Mask = np.isin(things.kinds, list(self.kinds))
        ends[list(self.things)] = True
        ends[list(self.seeds)] = False
        return ends


class Walk:
    """One search. Ask `run` once, then what it found.

    beyond: things at the depth limit with more behind. left: what it had not walked when its time was over, None when
    it was in time.
    """

    def __init__(
        self,
        things: Things,
        budget: Budget,
        links: Links,
        part: Links | None,
        few: int,
        *,
        first: First | None = None,
        allowed: Mask | None = None,
        stops: Stops | None = None,
    ) -> None:
        self.things = things
        self.budget = budget
        self.links = links
        self.part = part if part is not None and len(part.ends) else None
        self.few = few
        self.first = first
        self.allowed = allowed
        self.stops = stops
        self.deepest = _ENDLESS if budget.max_depth is None else budget.max_depth
        self.beyond: Any = ()
        self.left: Iterable[int] | None = None
        self.pulse = min(_PULSE, few + 1)
        self.met: dict[int, int] = {}
        """Things with their depths, by depth, while they are few."""
        self.order: tuple[Any, Any] | None = None
        """Things in the order of a compiled search from one, and the predecessor of each thing."""
        self._levels: list[Level] | None = None

    def run(self, start: list[int]) -> None:
        """Search from these things. What was found is nothing but them when there is no time at all."""
        self.met = dict.fromkeys(start, 0)
        try:
            self._look()
            if len(start) > self.few or not self._few(start):
                self._many(start)
        except Late:
            if self.left is None:
                self.left = list(self.met)

    @property
    def many(self) -> bool:
        """Whether it was found by a compiled search."""
        return self.order is not None or self._levels is not None

    def levels(self) -> list[Level]:
        """What was met, by depth."""
        if self._levels is None and self.order is None:
            return [(level, [thing for thing, _ in several]) for level, several in groupby(self.met.items(), _DEPTH)]
        if self._levels is None:
            assert self.order is not None
            self._levels = list(self._cut(*self.order))
        return self._levels

    def names(self) -> Any:
        """Every name of what was met, in no order."""
        if self.order is not None:
            # In the order of the arrays: from here and there over all of them it takes half as long as the search.
            order, before = self.order
            met = before >= 0
            met[order[0]] = True
            return names_of(self.things, np.flatnonzero(met), ascending=True)
        if self._levels is not None:
            return names_of(self.things, np.concatenate([np.asarray(several, np.int32) for _, several in self._levels]))
        return names_of(self.things, np.fromiter(self.met, np.int32, len(self.met)))

    def _look(self) -> None:
        if self._is_late():
            raise Late

    def _is_late(self) -> bool:
        return self.budget.expired is not None and self.budget.expired()

    def _chosen(self, start: Sequence[int]) -> list[tuple[int, int]]:
        """The edges that lead on from the seeds, as things, where `first` chooses them."""
        assert self.first is not None
        seen = set(start)
        found = []
        for cause, effect in self.first(names_of(self.things, np.array(start, np.int32)).tolist()):
            near, far = self.things.place(cause), self.things.place(effect)
            assert near is not None
            assert far is not None
            if far not in seen and (self.allowed is None or self.allowed[far]):
                found.append((near, far))
        return found

    def _few(self, start: list[int]) -> bool:
        """The search in plain Python; False when there is more than that is good for."""
        depth = dict.fromkeys(start, 0)
        if self.first is not None:
            chosen = self._chosen(start)
            if self.deepest == 0:
                self.beyond = list(dict.fromkeys(near for near, _ in chosen))
                return True
            depth.update((far, 1) for _, far in chosen)
        order = list(depth)
        deepest, look = self.deepest, self.pulse
        rows = self.links.rows if self.stops is None else {}
        # The list grows while it is walked. A thing met as a parent stands there as its complement.
        for step in order if self.first is None else islice(order, len(start), None):
            following = depth[step] + 1
            if following > deepest:
                self.beyond = self._leading_on(order[order.index(step) :], depth)
                break
            row = rows.get(step)
            for end in self._row(step) if row is None else row:
                if end not in depth:
                    depth[end] = following
                    order.append(end)
            if len(order) > look:
                look += self.pulse
                if len(order) > self.few:
                    return False
                if self._is_late():
                    self.met, self.left = _nearest(depth), map(_thing, order[order.index(step) + 1 :])
                    raise Late
        self.met = _nearest(depth)
        return True

    def _row(self, step: int) -> tuple[int, ...]:
        """Where a step leads, remembered: what is asked once is often asked again."""
        links, part = self.links, self.part
        thing = _thing(step)
        if self.stops is not None and self.stops.ends(self.things, thing):
            return ()
        row: tuple[int, ...] = ()
        if step >= 0:
            row = tuple(links.end_of[links.start_of[thing] : links.start_of[thing + 1]])
        if part is not None:
            row += tuple(~end for end in part.end_of[part.start_of[thing] : part.start_of[thing + 1]])
        if len(row) <= _SHORT and self.stops is None:
            if len(links.rows) >= _ROWS:
                links.rows.clear()
            links.rows[step] = row
        return row

    def _leading_on(self, steps: list[int], depth: dict[int, int]) -> list[int]:
        """The things of those steps that lead to what was not met."""
        found = (
            _thing(step)
            for step in steps
            if any(end not in depth and (end >= 0 or ~end not in depth) for end in self._row(step))
        )
        return list(dict.fromkeys(found))

    def _many(self, start: list[int]) -> None:
        """The compiled search."""
        if self.stops is not None:
            stopped = self.stops.mask(self.things)
            self.links = self.links.without(stopped)
            self.part = None if self.part is None else self.part.without(stopped)
        if self.first is not None:
            chosen = np.array(sorted({far for _, far in self._chosen(start)}), np.int32)
            levels = [(0, np.asarray(start, np.int32)), *self._each_depth(chosen, 1, start)]
        elif len(start) == 1:
            found = breadth_first_order(self.links.matrix, start[0], directed=True, return_predecessors=True)
            if self.part is None and self.deepest == _ENDLESS:
                # Depths are not needed unless somebody asks for them.
                self.order = found
                return
            levels = list(self._cut(*found))
        else:
            levels = list(self._each_depth(np.asarray(start, np.int32), 0, ()))
        self._look()
        if self.part is not None:
            levels = self._with_parents(levels, self.part)
        elif levels[-1][0] == self.deepest:
            self.beyond = _leading(self.links, levels[-1][1], self._out(levels))
        self._levels = levels

    def _cut(self, order: Any, before: Any) -> Iterator[Level]:
        """scipy's order by depth: along it the predecessors never go back, a depth ends where they leave the last."""
        reached = len(order)
        place = np.empty(len(self.things), np.int32)
        place[order] = np.arange(reached, dtype=np.int32)
        begin, end, level = 0, 1, 0
        while begin < reached and level <= self.deepest:
            yield level, order[begin:end]
            # The first at or after `end` whose predecessor is at or after `end`: by doubled steps, then by halves.
            step, low, high = 1, end, end
            while high < reached and place[before[order[high]]] < end:
                low = high + 1
                high += step
                step *= 2
            high = min(high, reached)
            while low < high:
                middle = (low + high) // 2
                if place[before[order[middle]]] < end:
                    low = middle + 1
                else:
                    high = middle
            begin, end, level = end, low, level + 1

    def _each_depth(self, start: Ints, level: int, seen: Sequence[int]) -> Iterator[Level]:
        """A depth at a time from `start` at depth `level`, in numpy."""
        met = np.zeros(len(self.things), np.bool_)
        met[np.asarray(seen, np.intp)] = True
        frontier = start
        while len(frontier) and level <= self.deepest:
            yield level, frontier
            self._look()
            met[frontier] = True
            ends = _ends(self.links, frontier)
            frontier = np.unique(ends[~met[ends]])
            level += 1

    def _with_parents(self, causes: list[Level], part: Links) -> list[Level]:
        """Adds to what was met as a cause what was met as a parent, and lowers the depths where that came first."""
        depth = np.full(len(self.things), -1, np.int32)
        for level, things in causes:
            depth[things] = level
        met = np.zeros(len(self.things), np.bool_)
        levels: list[Level] = []
        parents: Ints = np.empty(0, np.int32)
        for level in count():
            here: Ints = causes[level][1] if level < len(causes) else np.empty(0, np.int32)
            fresh = here[~met[here]]
            met[fresh] = True
            walked = np.concatenate((here, parents))
            if len(fresh) or len(parents):
                levels.append((level, np.concatenate((fresh, parents))))
            if level == self.deepest:
                behind = _leading(self.links, here, depth < 0), _leading(part, walked, ~met)
                self.beyond = np.unique(np.concatenate(behind))
            if level == self.deepest or not len(walked):
                return levels
            self._look()
            parents = _ends(part, walked)
            parents = np.unique(parents[~met[parents]])
            met[parents] = True
        raise AssertionError("unreachable")

    def behind(self, levels: list[Level]) -> Ints:
        """Those of the last things of a full answer that lead to what it does not hold."""
        last: Ints = np.concatenate([np.asarray(several, np.int32) for _, several in [(0, ()), *levels[-2:]]])
        if self.stops is not None:
            last = last[~self.stops.mask(self.things)[last]]
        out = self._out(levels)
        found = [_leading(links, last, out) for links in (self.links, self.part) if links is not None]
        return np.unique(np.concatenate(found))

    def _out(self, levels: list[Level]) -> Mask:
        """All that is not in these levels."""
        out = np.ones(len(self.things), np.bool_)
        for _, things in levels:
            out[things] = False
        return out


_DEPTH: Final = itemgetter(1)


def _thing(step: int) -> int:
    return step if step >= 0 else ~step


def _nearest(depth: dict[int, int]) -> dict[int, int]:
    """The depth of each thing, however it was met; `depth` is in the order of the walk."""
    if min(depth, default=0) >= 0:
        return depth
    nearest: dict[int, int] = {}
    for step, steps in depth.items():
        thing = step if step >= 0 else ~step
        if thing not in nearest:
            nearest[thing] = steps
    return nearest


def _ends(links: Links, things: Ints) -> Ints:
    """The neighbours of all `things`, one after the other."""
    found: Ints = links.ends[_places(links, things)[0]]
    return found


def _places(links: Links, things: Ints) -> tuple[Any, Any]:
    begun = links.starts[things]
    sizes = links.starts[things + 1] - begun
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes), sizes


def _leading(links: Links, things: Ints, where: Mask) -> Ints:
    """Those of `things` with a neighbour that is `where`."""
    things = np.asarray(things, np.int32)
    places, sizes = _places(links, things)
    owners = np.repeat(np.arange(len(things)), sizes)
    found: Ints = things[np.unique(owners[where[links.ends[places]]])]
    return found
