"""Closures over a `Csr`: what `traversal.reach` reaches, as arrays.

A small answer is found in plain Python, a thing at a time: it costs what it visits. Past a few hundred things a
compiled search takes over, which costs a pass over an array of all things before its first step: scipy's breadth-first
search from one thing, whose order and predecessors give the depths, or a depth at a time in numpy from several.

Upstream a thing may be met as a cause (then everything behind it follows) or as the parent of a job (then only its own
parents do), at different depths; its depth is the smaller.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, groupby, islice
from operator import itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import breadth_first_order

from lineage.graph import Direction
from lineage.ids import Kind
from lineage.index.codes import KINDS
from lineage.index.csr import Csr, Ints, Links
from lineage.traversal import Budget, Closure, Follow, Truncation, TruncationReason, cut_at, cut_short

FEW: Final = 100, 2_000
"""Least and most things visited before a compiled search takes over."""
_SHARE: Final = 500
"""A compiled search costs its pass over all things, as much as walking one in so many of them in plain Python."""
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


def closure(
    csr: Csr,
    seeds: Sequence[int],
    direction: Direction,
    budget: Budget | None = None,
    follow: Follow | None = None,
    first: First | None = None,
    few: int | None = None,
) -> Closure:
    """Everything upstream or downstream of the `seeds`, which need not be there.

    With `first`, downstream only, not every edge leads on from the seeds themselves. `few` is how many things are
    visited before a compiled search takes over, when not the number that suits the size of the graph.
    """
    budget = budget or Budget()
    if few is None:
        few = min(max(FEW[0], csr.things // _SHARE), FEW[1])
    down, up, part = csr.links(follow)
    if direction is Direction.DOWNSTREAM:
        search = _Search(csr, budget, down, None, first, few)
    else:
        search = _Search(csr, budget, up, part if len(part.ends) else None, None, few)
    return search.run(tuple(dict.fromkeys(seeds)))


class _Late(Exception):
    """The budget's time is over; never leaves this module."""


class _Search:
    """One search.

    met: things with their depths, by depth, while they are few.
    beyond: things at the depth limit with more behind. left: what it had not walked when its time was over.
    """

    def __init__(
        self, csr: Csr, budget: Budget, links: Links, part: Links | None, first: First | None, few: int
    ) -> None:
        self.csr = csr
        self.budget = budget
        self.links = links
        self.part = part
        self.first = first
        self.few = few
        self.deepest = _ENDLESS if budget.max_depth is None else budget.max_depth
        self.beyond: Any = ()
        self.left: Any = None
        self.pulse = min(_PULSE, few + 1)
        self.met: dict[int, int] = {}

    def run(self, seeds: tuple[int, ...]) -> Closure:
        csr = self.csr
        keys, last = csr.key_at, len(csr.key_at)
        things: dict[int, None] = {}
        missing = []
        for key in seeds:
            place = bisect_left(keys, key)
            if place < last and keys[place] == key:
                things[csr.thing_at[place]] = None
            else:
                missing.append(key)
        start = list(things)
        self.met = dict.fromkeys(start, 0)
        levels: list[Level] | None = None
        late = False
        try:
            self._look()
            if len(start) > self.few or not self._few(start):
                levels = self._many(start)
        except _Late:
            late = True
        found, depths = self._few_named() if levels is None else _named(csr, levels)
        if missing:
            found, depths = [*missing, *map(int, found)], [*([0] * len(missing)), *map(int, depths)]
        cuts: list[Truncation] = []
        room = self.budget.max_nodes
        if len(found) > room:
            levels = _first(csr, levels or _by_depth(self.met.items()), room - len(missing))
            cuts.append(cut_short(TruncationReason.NODE_LIMIT, room, _one_name(csr, self._behind(levels))))
            found, depths = found[:room], depths[:room]
        elif late:
            left = list(self.met) if self.left is None else self.left
            cuts.append(cut_short(TruncationReason.TIME_LIMIT, len(found), _one_name(csr, left)))
        elif len(self.beyond):
            cuts.append(cut_at(self.deepest, _one_name(csr, self.beyond)))
        return Closure(found, depths, tuple(cuts), lambda: _counts(csr, levels or _by_depth(self.met.items())))

    def _few_named(self) -> tuple[list[int], list[int]]:
        csr = self.csr
        name_at, starts, several, shift = csr.name_at, csr.start_of, csr.several, csr.shift
        if min(self.met, default=0) >= several:
            return [name_at[thing + shift] for thing in self.met], list(self.met.values())
        keys: list[int] = []
        depths: list[int] = []
        for thing, depth in self.met.items():
            if thing >= several:
                keys.append(name_at[thing + shift])
                depths.append(depth)
            else:
                names = name_at[starts[thing] : starts[thing + 1]]
                keys += names
                depths += [depth] * len(names)
        return keys, depths

    def _late(self) -> bool:
        return self.budget.expired is not None and self.budget.expired()

    def _look(self) -> None:
        if self._late():
            raise _Late

    def _chosen(self, start: Sequence[int]) -> list[tuple[int, int]]:
        """The edges that lead on from the seeds, as things, where `first` chooses them."""
        assert self.first is not None
        csr = self.csr

        def thing(key: int) -> int:
            found: int = csr.thing_at[bisect_left(csr.key_at, key)]
            return found

        seen = set(start)
        keys = _names(csr, np.array(start, np.int32)).tolist()
        pairs = ((thing(cause), thing(effect)) for cause, effect in self.first(keys))
        return [(near, far) for near, far in pairs if far not in seen]

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
        rows, deepest, look = self.links.rows, self.deepest, self.pulse
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
                if self._late():
                    self.met, self.left = _nearest(depth), map(_thing, order[order.index(step) + 1 :])
                    raise _Late
        self.met = _nearest(depth)
        return True

    def _row(self, step: int) -> tuple[int, ...]:
        """Where a step leads, remembered: what is asked once is often asked again."""
        links, part = self.links, self.part
        thing = _thing(step)
        row: tuple[int, ...] = ()
        if step >= 0:
            row = tuple(links.end_of[links.start_of[thing] : links.start_of[thing + 1]])
        if part is not None:
            row += tuple(~end for end in part.end_of[part.start_of[thing] : part.start_of[thing + 1]])
        if len(row) <= _SHORT:
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

    def _many(self, start: list[int]) -> list[Level]:
        """The compiled search."""
        if self.first is not None:
            chosen = np.array(sorted({far for _, far in self._chosen(start)}), np.int32)
            levels = [(0, np.asarray(start, np.int32)), *self._each_depth(chosen, 1, start)]
        elif len(start) == 1:
            levels = list(self._from_one(start[0]))
        else:
            levels = list(self._each_depth(np.asarray(start, np.int32), 0, ()))
        self._look()
        if self.part is not None:
            return self._with_parents(levels, self.part)
        if levels[-1][0] == self.deepest:
            met = np.ones(self.csr.things, np.bool_)
            for _, things in levels:
                met[things] = False
            self.beyond = _leading(self.links, levels[-1][1], met)
        return levels

    def _from_one(self, start: int) -> Iterator[Level]:
        """scipy's search. Along its order the predecessors never go back: a depth ends where they leave the last."""
        order, before = breadth_first_order(self.links.matrix, start, directed=True, return_predecessors=True)
        reached = len(order)
        place = np.empty(self.csr.things, np.int32)
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
        met = np.zeros(self.csr.things, np.bool_)
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
        depth = np.full(self.csr.things, -1, np.int32)
        for level, things in causes:
            depth[things] = level
        met = np.zeros(self.csr.things, np.bool_)
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

    def _behind(self, levels: list[Level]) -> Ints:
        """Those of the last things of a full answer that lead to what it does not hold."""
        last: Ints = np.concatenate([things for _, things in levels[-2:]]) if levels else np.empty(0, np.int32)
        out = np.ones(self.csr.things, np.bool_)
        for _, things in levels:
            out[things] = False
        found = [_leading(links, last, out) for links in (self.links, self.part) if links is not None]
        return np.unique(np.concatenate(found))


def _first(csr: Csr, levels: list[Level], names: int) -> list[Level]:
    """As much of `levels` as has this many names; the last thing may have more."""
    kept: list[Level] = []
    for level, several in levels:
        things = np.asarray(several, np.int32)
        if names > 0 and len(things):
            ends = np.cumsum(_sizes(csr, things))
            things = things[: int(np.searchsorted(ends, names, "left")) + 1]
            names -= int(ends[len(things) - 1])
            kept.append((level, things))
    return kept


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


def _by_depth(depths: Iterable[tuple[int, int]]) -> list[Level]:
    return [(level, [thing for thing, _ in several]) for level, several in groupby(depths, itemgetter(1))]


def _ends(links: Links, things: Ints) -> Ints:
    """The neighbours of all `things`, one after the other."""
    found: Ints = links.ends[_places(links, things)[0]]
    return found


def _places(links: Links, things: Ints) -> tuple[Any, Any]:
    begun = links.starts[things]
    sizes = links.starts[things + 1] - begun
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes), sizes


def _leading(links: Links, things: Ints, where: npt.NDArray[np.bool_]) -> Ints:
    """Those of `things` with a neighbour that is `where`."""
    things = np.asarray(things, np.int32)
    places, sizes = _places(links, things)
    owners = np.repeat(np.arange(len(things)), sizes)
    found: Ints = things[np.unique(owners[where[links.ends[places]]])]
    return found


def _sizes(csr: Csr, things: Ints) -> Ints:
    """How many names each of `things` has."""
    sizes = np.ones(len(things), np.int32)
    several = things < csr.several
    sizes[several] = np.diff(csr.name_starts)[things[several]]
    return sizes


def _named(csr: Csr, levels: list[Level]) -> tuple[Any, Any]:
    """Every name of what was met, and its depth."""
    arrays = [_names(csr, things) for _, things in levels]
    numbers = np.array([level for level, _ in levels], np.int32)
    return np.concatenate(arrays), np.repeat(numbers, [len(names) for names in arrays])


def _names(csr: Csr, things: Ints) -> Any:
    several = things < csr.several
    found = csr.names[things[~several] + csr.shift]
    if not several.any():
        return found
    begun, sizes = csr.name_starts[things[several]], _sizes(csr, things[several])
    before = np.cumsum(sizes) - sizes
    more = csr.names[np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes)]
    return np.concatenate((found, more))


def _one_name(csr: Csr, things: Iterable[int]) -> tuple[int, ...]:
    name_at, starts, several, shift = csr.name_at, csr.start_of, csr.several, csr.shift
    return tuple(name_at[thing + shift if thing >= several else starts[thing]] for thing in things)


def _counts(csr: Csr, levels: list[Level]) -> dict[Kind, int]:
    beyond = [np.asarray(things, np.int32) for level, things in levels if level]
    if not beyond:
        return {}
    counted = np.bincount(csr.kinds[np.concatenate(beyond)])
    return {KINDS.words[code]: int(counted[code]) for code in np.flatnonzero(counted)}
