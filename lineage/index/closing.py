"""Closures over a `Csr`: what `traversal.reach` reaches, as numbers.

Without a limit of depth and without stops, the names that are reached are found first, by `steps` while they are few
and by a compiled search when they are many; depths and counts are told when somebody asks for them. Everything else
is a `Walk`, which tells all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from lineage.graph import Direction
from lineage.ids import Kind
from lineage.index import arranged, steps
from lineage.index.arranged import Arranged
from lineage.index.codes import KINDS
from lineage.index.csr import Csr, Followed, Inside
from lineage.index.links import Things, names_of, one_name, sizes_of
from lineage.index.walking import First, Level, Stops, Walk
from lineage.traversal import Budget, Closure, Follow, Truncation, TruncationReason, cut_at, cut_short

_ALL: Final = Budget()


def closure(
    csr: Csr,
    seeds: Sequence[int],
    direction: Direction,
    budget: Budget | None = None,
    follow: Follow | None = None,
    first: First | None = None,
    few: int | None = None,
    inside: Inside | None = None,
) -> Reached:
    """Everything upstream or downstream of the `seeds`, which need not be there.

    With `first`, downstream only, not every edge leads on from the seeds themselves. `few` is how many things are
    visited before a compiled search takes over, when not the number that suits the size of the graph. `inside` is
    asked when `follow` names scopes.
    """
    if budget is None:
        budget = _ALL
    things = csr.all
    followed = csr.whole if follow is None else csr.followed(follow, inside)
    if few is None:
        few = csr.few
    start: list[int] = []
    missing: list[int] = []
    known = things.places.get
    for key in seeds:
        thing = known(key)
        if thing is None:
            thing = things.place(key)
        if thing is None:
            missing.append(key)
        else:
            start.append(thing)
    if len(seeds) > 1:
        start, missing = list(dict.fromkeys(start)), list(dict.fromkeys(missing))
    stops = None if follow is None else _stops(things, follow, start)
    asked = (things, direction, followed, start, missing, stops)
    simple = stops is None and first is None and budget.max_depth is None
    if simple and 0 < len(start) <= few and (budget.expired is None or not budget.expired()):
        walk = followed.downstream if direction is Direction.DOWNSTREAM else followed.upstream
        try:
            found = steps.names(walk, start, few)
        except steps.Many:
            few = -1
        else:
            if missing:
                found.update(missing)
            if len(found) <= budget.max_nodes:
                return Reached(found, asked)
    search = _search(_Asked(*asked), budget, few, first)
    search.run(start)
    return _told(_Asked(*asked), search, budget)


class _Asked(NamedTuple):
    """A question: from which things which way along what. missing: seeds that are not there."""

    things: Things
    direction: Direction
    followed: Followed
    start: list[int]
    missing: list[int]
    stops: Stops | None


def _search(asked: _Asked, budget: Budget, few: int, first: First | None = None) -> Walk:
    followed = asked.followed
    down = asked.direction is Direction.DOWNSTREAM
    return Walk(
        asked.things,
        budget,
        followed.down if down else followed.up,
        None if down else followed.part,
        few,
        first=first,
        allowed=followed.allowed,
        stops=asked.stops,
    )


class Reached:
    """A `traversal.Closure`. Whatever is not asked of it is not made."""

    # Made a million times an hour: what stands here is set only where it is something else.
    truncations: tuple[Truncation, ...] = ()
    _search: Walk | None = None
    _levels: list[Level] | None = None
    _told: tuple[Any, Any] | None = None
    _arranged: Arranged | None = None

    def __init__(
        self,
        names: Collection[int] | Any,
        asked: tuple[Things, Direction, Followed, list[int], list[int], Stops | None],
    ) -> None:
        """`asked` is as `_Asked` has it."""
        self.names = names
        self._asked = asked

    def __len__(self) -> int:
        return len(self.names)

    @property
    def keys(self) -> Any:
        return self._by_depth()[0]

    @property
    def depths(self) -> Any:
        return self._by_depth()[1]

    @property
    def many(self) -> bool:
        """Whether a compiled search found it."""
        return self._search is not None and self._search.many

    @property
    def lasting(self) -> bool:
        """Whether it is worth keeping: made by a compiled search, and not cut by the clock."""
        return self.many and all(cut.reason is not TruncationReason.TIME_LIMIT for cut in self.truncations)

    @property
    def nbytes(self) -> int:
        """Bytes that it may come to hold: names and depths, and what the depths are made from."""
        return 0 if not self.many else len(self.names) * (20 + arranged.BYTES) + len(self.things) * 8

    @property
    def things(self) -> Things:
        return self._asked[0]

    @property
    def followed(self) -> Followed:
        """The adjacency that was walked, without what stops removed."""
        return self._asked[2]

    def levels(self) -> list[Level]:
        """The things by depth, the seeds first: each depth with a list or an array of things."""
        if self._levels is None:
            if self._search is None:
                # Found without depths; few, so that finding them again with depths is cheap.
                asked = _Asked(*self._asked)
                search = _search(asked, Budget(max_nodes=1 << 60), 1 << 60)
                search.run(asked.start)
                self._search = search
            self._levels = self._search.levels()
        return self._levels

    def spread(self) -> Arranged:
        """The same things in the order of pages, made once."""
        if self._arranged is None:
            stops, followed = self._asked[5], self.followed
            stopped = None if stops is None else stops.mask(self.things)
            self._arranged = Arranged(self.things, self.levels(), followed.down, followed.up, stopped)
        return self._arranged

    def counts(self) -> dict[Kind, int]:
        kinds = self.things.kinds
        beyond = [np.asarray(several, np.int32) for level, several in self.levels() if level]
        if not beyond:
            return {}
        counted = np.bincount(kinds[np.concatenate(beyond)])
        return {KINDS.words[code]: int(counted[code]) for code in np.flatnonzero(counted)}

    def _by_depth(self) -> tuple[Any, Any]:
        if self._told is None:
            keys, depths = named(self.things, self.levels())
            missing = _Asked(*self._asked).missing
            if missing:
                keys = np.concatenate((np.array(missing, np.int64), keys))
                depths = np.concatenate((np.zeros(len(missing), np.int32), depths))
            room = len(self.names)
            keys, depths = keys[:room], depths[:room]
            self._told = (keys, depths) if self.many else (keys.tolist(), depths.tolist())
        return self._told


def _told(asked: _Asked, search: Walk, budget: Budget) -> Reached:
    """What a search found, within the room that there is."""
    things, missing, room = asked.things, asked.missing, budget.max_nodes
    names = search.names()
    if missing:
        names = np.concatenate((np.array(missing, np.int64), names))
    cuts: list[Truncation] = []
    levels = None
    if len(names) > room:
        levels = _first(things, search.levels(), room - len(missing))
        cuts.append(cut_short(TruncationReason.NODE_LIMIT, room, one_name(things, search.behind(levels))))
        keys, _ = named(things, levels)
        names = np.concatenate((np.array(missing, np.int64), keys))[:room]
    elif search.left is not None:
        cuts.append(cut_short(TruncationReason.TIME_LIMIT, len(names), one_name(things, search.left)))
    elif len(search.beyond):
        cuts.append(cut_at(search.deepest, one_name(things, search.beyond)))
    told = Reached(names if search.many else names.tolist(), asked)
    told.truncations, told._search, told._levels = tuple(cuts), search, levels
    return told


def _stops(things: Things, follow: Follow | None, start: Sequence[int]) -> Stops | None:
    if follow is None or not (follow.stop_kinds or follow.stop_keys):
        return None
    places = map(things.place, follow.stop_keys)
    kinds = frozenset(KINDS.of[kind] for kind in follow.stop_kinds)
    return Stops(kinds, frozenset(place for place in places if place is not None), frozenset(start))


def _first(things: Things, levels: list[Level], names: int) -> list[Level]:
    """As much of `levels` as has this many names; the last thing may have more."""
    kept: list[Level] = []
    for level, several in levels:
        which = np.asarray(several, np.int32)
        if names > 0 and len(which):
            ends = np.cumsum(sizes_of(things, which))
            which = which[: int(np.searchsorted(ends, names, "left")) + 1]
            names -= int(ends[len(which) - 1])
            kept.append((level, which))
    return kept


def named(things: Things, levels: list[Level]) -> tuple[Any, Any]:
    """Every name of what was met, by depth, and its depth."""
    arrays = [np.asarray(several, np.int32) for _, several in levels] or [np.empty(0, np.int32)]
    numbers = np.array([level for level, _ in levels] or [0], np.int32)
    whole = np.concatenate(arrays)
    if not len(whole) or whole.min() >= things.several:
        return names_of(things, whole), np.repeat(numbers, [len(several) for several in arrays])
    parts = [names_of(things, several) for several in arrays]
    return np.concatenate(parts), np.repeat(numbers, [len(part) for part in parts])


__all__ = ["Closure", "Reached", "closure", "named"]
