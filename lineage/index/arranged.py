"""A large closure in the order in which pages tell it (`spread.Spread`), in arrays: some thirty bytes a thing.

Levels are found by peeling: a thing comes off when all that it was made from have; circles are condensed first.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from lineage.graph import Relation, State
from lineage.ids import Kind
from lineage.index.codes import KINDS, RELATIONS, STATES
from lineage.index.links import Codes, Ints, Keys, Links, Mask, Things, names_of

_RANK: Final = np.zeros(len(STATES.words), np.uint8)
for _place, _state in enumerate((State.LIVE, State.ARCHIVED, State.DELETED, State.FORBIDDEN, State.UNRESOLVED)):
    _RANK[STATES.of[_state]] = _place
_BY_RANK: Final = np.argsort(_RANK).astype(np.uint8)
_READ: Final = 2
"""States before this rank are those of what was read."""
_WIDTH: Final = 4
"""Certainties in one code of a link, as in `csr`."""
_MADE: Final = RELATIONS.of[Relation.WAS_GENERATED_BY]
_JOB, _OUTPUT = KINDS.of[Kind.JOB], KINDS.of[Kind.JOB_OUTPUT]

BYTES: Final = 26
"""What it takes for each thing, levels and whom to ask included."""


class Chosen:
    """A `spread.Chosen`: places in the order of a whole."""

    def __init__(self, whole: Arranged, places: Any) -> None:
        self._whole = whole
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def keys(self, start: int, stop: int) -> list[int]:
        found: list[int] = self._whole.least[self._places[start:stop]].tolist()
        return found

    def place(self, key: int) -> int | None:
        place = self._whole.place(key)
        if place is None:
            return None
        at = int(np.searchsorted(self._places, place))
        return at if at < len(self._places) and self._places[at] == place else None


class Arranged:
    """A `spread.Spread`. order: the things; depth, least: of each its depth and the least key that it goes by."""

    def __init__(
        self, things: Things, levels: Sequence[tuple[int, Any]], down: Links, up: Links, stopped: Mask | None
    ) -> None:
        self.things = things
        met = [np.asarray(several, np.int32) for _, several in levels] or [np.empty(0, np.int32)]
        depth = np.repeat(np.array([number for number, _ in levels] or [0], np.int32), [len(one) for one in met])
        order: Ints = np.concatenate(met)
        least = _least(things, order)
        sorted_ = np.lexsort((least, depth))
        self.order: Ints = order[sorted_]
        self.depth: Ints = depth[sorted_]
        self.least: Keys = least[sorted_]
        self.where: Ints = np.full(len(things), -1, np.int32)
        self.where[self.order] = np.arange(len(order), dtype=np.int32)
        self.memory: dict[Hashable, Any] = {}
        self._down = down
        self._up = up
        self._stopped = stopped
        self._level: Ints | None = None

    def __len__(self) -> int:
        return len(self.order)

    def place(self, key: int) -> int | None:
        """Where the thing with this key stands in the order."""
        thing = self.things.place(key)
        if thing is None or self.where[thing] < 0:
            return None
        return int(self.where[thing])

    def choose(
        self,
        kinds: Collection[Kind] = (),
        states: Collection[State] = (),
        without: Collection[int] = (),
        *,
        beyond: bool = False,
        level: int | None = None,
    ) -> Chosen:
        taken = np.ones(len(self.order), np.bool_)
        if kinds:
            taken &= np.isin(self.things.kinds[self.order], [KINDS.of[kind] for kind in kinds])
        if states:
            taken &= np.isin(self._states(self.order), [STATES.of[state] for state in states])
        if beyond:
            taken &= self.depth > 0
        if level is not None:
            taken &= self._levels() == level
        for key in without:
            place = self.place(key)
            if place is not None:
                taken[place] = False
        return Chosen(self, np.flatnonzero(taken).astype(np.int32))

    def twins(self, keys: Sequence[int]) -> list[int]:
        asked = np.asarray(keys, np.int64)
        where, known = self._found(asked)
        twins: list[int] = asked[known][self.things.thing_of[where[known]] < self.things.several].tolist()
        return twins

    def depths(self, keys: Sequence[int]) -> list[int | None]:
        where, known = self._found(np.asarray(keys, np.int64))
        place = np.full(len(where), -1, np.int32)
        place[known] = self.where[self.things.thing_of[where[known]]]
        depth = np.where(place < 0, -1, self.depth[place]).tolist() if len(self.depth) else [-1] * len(place)
        return [None if steps < 0 else steps for steps in depth]

    def levels(self, keys: Sequence[int]) -> list[int]:
        level = self._levels()
        return [int(level[place]) for key in keys if (place := self.place(key)) is not None]

    def steps(self) -> list[tuple[int, dict[Kind, int]]]:
        beyond = self.depth > 0
        level, kinds = self._levels()[beyond], self.things.kinds[self.order[beyond]]
        width = len(KINDS.words)
        counted = np.bincount(level * width + kinds, minlength=0)
        found: dict[int, dict[Kind, int]] = {}
        for at in np.flatnonzero(counted).tolist():
            found.setdefault(at // width, {})[KINDS.words[at % width]] = int(counted[at])
        return sorted(found.items())

    def unread(self, kinds: Collection[Kind]) -> list[int]:
        known = self.things.kinds[self.order]
        lacking = self.order[
            np.isin(known, [KINDS.of[kind] for kind in kinds]) & (_RANK[self._states(self.order)] >= _READ)
        ]
        outputs = self.things.kinds[lacking] == _OUTPUT
        alone = lacking[outputs]
        owners, ends = _pairs(self._up, alone, _MADE)
        made = (self.where[ends] >= 0) & (self.things.kinds[ends] == _JOB)
        whole = np.concatenate((lacking[~outputs], np.setdiff1d(alone, owners[made])))
        keys: list[int] = names_of(self.things, whole.astype(np.int32)).tolist()
        return keys

    def _found(self, keys: Keys) -> tuple[Any, Mask]:
        """Where each key stands among all, and whether it does."""
        where = np.minimum(np.searchsorted(self.things.keys, keys), max(len(self.things.keys) - 1, 0))
        known: Mask = self.things.keys[where] == keys if len(self.things.keys) else np.zeros(len(keys), np.bool_)
        return where, known

    def _states(self, which: Ints) -> Codes:
        """The state of each thing: the best of its names'."""
        things = self.things
        first = np.searchsorted(things.keys, _least(things, which))
        found: Codes = things.states[first]
        for at in np.flatnonzero(which < things.several).tolist():
            names = np.searchsorted(things.keys, np.array(things.names_of(int(which[at])), np.int64))
            found[at] = _BY_RANK[_RANK[things.states[names]].min()]
        return found

    def _levels(self) -> Ints:
        if self._level is None:
            self._level = self._peeled()
        return self._level

    def _peeled(self) -> Ints:
        """The level of each thing of the order, as `lineage.levels` defines it."""
        size = len(self.order)
        if not size:
            return np.empty(0, np.int32)
        owners, ends = _pairs(self._down, self.order)
        kept = self.where[ends] >= 0
        if self._stopped is not None:
            kept &= ~self._stopped[owners]
        near, far = self.where[owners[kept]], self.where[ends[kept]]
        weights = np.ones(len(near), np.int32)
        count, circle = connected_components(
            csr_matrix((weights, (near, far)), shape=(size, size)), connection="strong"
        )
        level = np.zeros(count, np.int32)
        level[circle[self.depth > 0]] = 1
        near, far = circle[near], circle[far]
        apart = near != far
        near, far = near[apart], far[apart]
        by_near = np.argsort(near, kind="stable")
        far = far[by_near]
        starts = np.searchsorted(near[by_near], np.arange(count + 1))
        waiting = np.bincount(far, minlength=count)
        ready = np.flatnonzero(waiting == 0)
        while len(ready):
            sizes = starts[ready + 1] - starts[ready]
            before = np.cumsum(sizes) - sizes
            led = far[np.arange(int(sizes.sum())) + np.repeat(starts[ready] - before, sizes)]
            np.maximum.at(level, led, np.repeat(level[ready] + 1, sizes))
            waiting -= np.bincount(led, minlength=count)
            ready = np.unique(led[waiting[led] == 0])
        return level[circle].astype(np.int32)


def _least(things: Things, which: Ints) -> Keys:
    """The least key of each thing: it stands first among its names."""
    least: Keys = things.names[which]
    return least


def _pairs(links: Links, which: Ints, relation: int | None = None) -> tuple[Ints, Ints]:
    """Every link from one of these things, as the thing and its neighbour; only of one relation where that is given."""
    begun = links.starts[which]
    sizes = links.starts[which + 1] - begun
    before = np.cumsum(sizes) - sizes
    places = np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes)
    owners, ends = np.repeat(which, sizes), links.ends[places]
    if relation is not None:
        said = links.codes[places] // _WIDTH == relation
        owners, ends = owners[said], ends[said]
    return owners, ends
