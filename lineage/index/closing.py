"""Closures over a `Csr`: what `traversal.reach` reaches, as arrays.

A small answer is found in plain Python, a depth at a time, with sets: it costs what it visits. Past `FEW` things a
compiled search takes over, which costs a pass over an array of all things before its first step: scipy's breadth-first
search from one thing, whose order and predecessors give the depths, or a depth at a time in numpy from several.

Upstream a thing may be met as a cause (then everything behind it follows) or as the parent of a job (then only its own
parents do), at different depths; its depth is the smaller.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import breadth_first_order

from lineage.graph import Direction
from lineage.ids import Kind
from lineage.index.codes import KINDS
from lineage.index.csr import Csr, Ints, Links
from lineage.traversal import Budget, Closure, Follow, Truncation, TruncationReason, cut_at, cut_short

FEW: Final = 2_000
"""Things visited before a compiled search takes over."""
_ENDLESS: Final = 1 << 60

Level = tuple[int, Any]
"""A depth and the things first met there: a set, a list or an array."""
First = Callable[[Sequence[int]], Iterable[tuple[int, int]]]
"""From the names of the seeds, the edges that lead on, as keys (cause, effect)."""


def closure(
    csr: Csr,
    seeds: Sequence[int],
    direction: Direction,
    budget: Budget | None = None,
    follow: Follow | None = None,
    first: First | None = None,
    few: int = FEW,
) -> Closure:
    """Everything upstream or downstream of the `seeds`, which need not be there.

    With `first`, downstream only, not every edge leads on from the seeds themselves. `few` is how many things are
    visited before a compiled search takes over.
    """
    budget = budget or Budget()
    down, up, part = csr.links(follow)
    if direction is Direction.DOWNSTREAM:
        search = _Search(csr, budget, down, None, first, few)
    else:
        search = _Search(csr, budget, up, part if len(part.ends) else None, None, few)
    return search.run(tuple(dict.fromkeys(seeds)))


class _Late(Exception):
    """The budget's time is over; never leaves this module."""


class _Search:
    """One search. `levels` is what it has met; `beyond` things at the depth limit with more behind."""

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
        self.levels: list[Level] = []
        self.beyond: Any = ()

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
        self.levels = [(0, start)]
        late = False
        try:
            self._look()
            if len(start) > self.few or not self._visited(start):
                self.levels = self._many(start)
        except _Late:
            late = True
        found, depths = _named(csr, self.levels, self.few)
        if missing:
            found, depths = [*missing, *map(int, found)], [*([0] * len(missing)), *map(int, depths)]
        cuts: list[Truncation] = []
        room = self.budget.max_nodes
        if len(found) > room:
            cuts.append(self._no_room(start, room, room - len(missing)))
            found, depths = found[:room], depths[:room]
        elif late:
            cuts.append(cut_short(TruncationReason.TIME_LIMIT, len(found), _one_name(csr, self.levels[-1][1])))
        elif len(self.beyond):
            cuts.append(cut_at(self.deepest, _one_name(csr, self.beyond)))
        levels = self.levels
        return Closure(found, depths, tuple(cuts), lambda: _counts(csr, levels))

    def _visited(self, start: list[int]) -> bool:
        return self._few(start) if self.part is None else self._few_upstream(start, self.part)

    def _look(self) -> None:
        if self.budget.expired is not None and self.budget.expired():
            raise _Late

    def _chosen(self, start: Sequence[int]) -> list[tuple[int, int]]:
        """The edges that lead on from the seeds, as things, where `first` chooses them."""
        assert self.first is not None
        csr = self.csr

        def thing(key: int) -> int:
            found: int = csr.thing_at[bisect_left(csr.key_at, key)]
            return found

        seen = set(start)
        keys = _named(csr, [(0, start)], len(start))[0]
        pairs = ((thing(cause), thing(effect)) for cause, effect in self.first(keys))
        return [(near, far) for near, far in pairs if far not in seen]

    def _few(self, start: list[int]) -> bool:
        """The search in plain Python; False when there is more than that is good for."""
        seen = set(start)
        frontier: Any = start
        begun, ends = self.links.start_of, self.links.end_of
        for level in count():
            following: set[int] = set()
            if level == 0 and self.first is not None:
                chosen = self._chosen(start)
                following.update(far for _, far in chosen)
                if following and self.deepest == 0:
                    self.beyond = list(dict.fromkeys(near for near, _ in chosen))
            elif level < self.deepest:
                for thing in frontier:
                    following.update(ends[begun[thing] : begun[thing + 1]])
                following -= seen
            else:
                self.beyond = [
                    thing for thing in frontier if not seen.issuperset(ends[begun[thing] : begun[thing + 1]])
                ]
            if not following or level == self.deepest:
                return True
            seen |= following
            if len(seen) > self.few:
                return False
            frontier = following
            self.levels.append((level + 1, following))
            self._look()
        raise AssertionError("unreachable")

    def _few_upstream(self, start: list[int], part: Links) -> bool:
        full, seen = set(start), set(start)
        causes: Any = start
        parents: Any = ()
        begun, ends = self.links.start_of, self.links.end_of
        part_begun, part_ends = part.start_of, part.end_of
        for level in count():
            if level == self.deepest:
                behind = {t for t in causes if not full.issuperset(ends[begun[t] : begun[t + 1]])}
                for thing in chain(causes, parents):
                    if not seen.issuperset(part_ends[part_begun[thing] : part_begun[thing + 1]]):
                        behind.add(thing)
                self.beyond = behind
                return True
            following: set[int] = set()
            above: set[int] = set()
            for thing in causes:
                following.update(ends[begun[thing] : begun[thing + 1]])
            for thing in chain(causes, parents):
                above.update(part_ends[part_begun[thing] : part_begun[thing + 1]])
            following -= full
            above -= seen
            if not following and not above:
                return True
            full |= following
            new = (following - seen) | above
            seen |= new
            if len(seen) > self.few:
                return False
            if new:
                self.levels.append((level + 1, new))
            causes, parents = following, above
            self._look()
        raise AssertionError("unreachable")

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

    def _no_room(self, start: list[int], room: int, names: int) -> Truncation:
        """Keeps the first `names` of what was met; those kept that lead to what is not are the frontier."""
        csr = self.csr
        kept: list[Level] = []
        met = np.zeros(csr.things, np.bool_)
        for level, several in self.levels:
            things = np.fromiter(several, np.int32, len(several))
            ends = np.cumsum(_sizes(csr, things))
            things = things[: int(np.searchsorted(ends, names, "left")) + 1] if names > 0 else things[:0]
            names -= int(ends[len(things) - 1]) if len(things) else 0
            met[things] = True
            if len(things):
                kept.append((level, things))
        self.levels = kept or [(0, start[:0])]
        last = np.concatenate([things for _, things in kept[-2:]]) if kept else np.empty(0, np.int32)
        behind = [_leading(links, last, ~met) for links in (self.links, self.part) if links is not None]
        return cut_short(TruncationReason.NODE_LIMIT, room, _one_name(csr, np.unique(np.concatenate(behind))))


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


def _named(csr: Csr, levels: list[Level], few: int) -> tuple[Any, Any]:
    """Every name of what was met, and its depth."""
    if sum(len(things) for _, things in levels) > few:
        arrays = [_names(csr, np.fromiter(t, np.int32, len(t)) if isinstance(t, set | list) else t) for _, t in levels]
        numbers = np.array([level for level, _ in levels], np.int32)
        return np.concatenate(arrays), np.repeat(numbers, [len(names) for names in arrays])
    name_at, starts, several, shift = csr.name_at, csr.start_of, csr.several, csr.shift
    keys: list[int] = []
    depths: list[int] = []
    for level, things in levels:
        before = len(keys)
        for thing in things:
            if thing >= several:
                keys.append(name_at[thing + shift])
            else:
                keys += name_at[starts[thing] : starts[thing + 1]]
        depths += [level] * (len(keys) - before)
    return keys, depths


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
    counted: Counter[int] = Counter()
    for level, things in levels:
        if level and isinstance(things, np.ndarray):
            counted.update(dict(enumerate(np.bincount(csr.kinds[things]).tolist())))
        elif level:
            counted.update(csr.kind_at[thing] for thing in things)
    return {KINDS.words[code]: number for code, number in sorted(counted.items()) if number}
