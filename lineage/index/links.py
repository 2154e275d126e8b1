"""Arrays of things, their names and their links: what an adjacency in memory is made of, and every search reads.

The neighbours of thing `t` are `ends[starts[t]:starts[t + 1]]`. Things with several names come first, the rest in the
order of their keys.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_PLACES: Final = 50_000


def _plain(array: Any) -> memoryview:
    """The array as plain Python reads it several times as fast."""
    return memoryview(array)


class Links:
    """One adjacency. `starts` has one entry more than there are things; `matrix` is the same for scipy."""

    def __init__(self, starts: Ints, ends: Ints, codes: Codes) -> None:
        self.starts = starts
        self.ends = ends
        self.codes = codes
        self.start_of = _plain(starts)
        self.end_of = _plain(ends)
        self.rows: dict[int, tuple[int, ...]] = {}
        """Of `closing`: rows that were asked for."""
        things = len(starts) - 1
        # scipy wants weights; one number in every place takes no room.
        self.matrix = csr_matrix((np.broadcast_to(np.float64(1), ends.shape), ends, starts), shape=(things, things))

    @classmethod
    def of(cls, near: Ints, far: Ints, codes: Codes, things: int) -> Links:
        """From pairs in any order, each told once for each code."""
        order = np.unique((near.astype(np.int64) * things + far) * 256 + codes)
        pairs = order >> 8
        sources = pairs // things
        ends = (pairs - sources * things).astype(np.int32)
        starts = np.searchsorted(sources, np.arange(things + 1)).astype(np.int32)
        return cls(starts, ends, (order & 255).astype(np.uint8))

    def leads(self, thing: int) -> bool:
        """Whether the thing has a neighbour."""
        return self.start_of[thing] != self.start_of[thing + 1]

    def only(self, kept: Mask) -> Links:
        """Those that are kept, told one by one in their order."""
        before = np.concatenate((np.zeros(1, np.int32), np.cumsum(kept, dtype=np.int32)))
        return Links(before[self.starts], self.ends[kept], self.codes[kept])

    def followed(self, taken: Mask, allowed: Mask | None) -> Links:
        """Those with a code that is taken and an end that is allowed."""
        kept = taken[self.codes]
        return self.only(kept if allowed is None else kept & allowed[self.ends])

    def without(self, stopped: Mask) -> Links:
        """Those that lead from a thing which is not stopped at."""
        return self.only(np.repeat(~stopped, np.diff(self.starts)))

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.ends.nbytes + self.codes.nbytes


class Things:
    """The things of one generation and their names, in arrays that never change.

    keys, states: of all names, ascending by key (`codes.STATES`); thing_of: the thing of each. kinds: code of each
    thing's kind (`codes.KINDS`). several: how many things have several names. names: a key of each thing, and behind
    them the other keys of those with several, grouped by thing from `more`.
    """

    def __init__(self, keys: Keys, states: Codes, thing_of: Ints, kinds: Codes) -> None:
        self.keys = keys
        self.states = states
        self.thing_of = thing_of
        self.kinds = kinds
        sizes = np.bincount(thing_of, minlength=len(kinds))
        self.several = int(np.count_nonzero(sizes > 1))
        others = np.cumsum(np.concatenate((np.zeros(1, np.int64), sizes[: self.several] - 1)))
        self.more: Ints = (others + len(kinds)).astype(np.int32)
        grouped = keys[np.argsort(thing_of, kind="stable")]
        first = np.zeros(len(keys), np.bool_)
        first[np.cumsum(sizes) - sizes] = True
        self.names: Keys = np.concatenate((grouped[first], grouped[~first]))
        self.key_at, self.thing_at, self.name_at = _plain(keys), _plain(thing_of), _plain(self.names)
        self.more_at, self.kind_at = _plain(self.more), _plain(kinds)
        self.places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def nbytes(self) -> int:
        arrays = (self.keys, self.states, self.thing_of, self.kinds, self.more, self.names)
        return sum(array.nbytes for array in arrays)

    def place(self, key: int) -> int | None:
        """The thing that goes by this key; None when nothing does."""
        thing = self.places.get(key)
        if thing is None:
            number = bisect_left(self.key_at, key)
            if number == len(self.key_at) or self.key_at[number] != key:
                return None
            if len(self.places) >= _PLACES:
                self.places.clear()
            thing = self.places[key] = self.thing_at[number]
        return thing

    def of(self, keys: Sequence[int]) -> Ints:
        """The things of several keys, all of which are there."""
        found: Ints = self.thing_of[np.searchsorted(self.keys, np.asarray(keys, np.int64))]
        return found

    def names_of(self, thing: int) -> list[int]:
        """The keys that a thing goes by."""
        if thing >= self.several:
            return [self.name_at[thing]]
        return [self.name_at[thing], *self.name_at[self.more_at[thing] : self.more_at[thing + 1]]]


def sizes_of(things: Things, which: Ints) -> Ints:
    """How many names each thing has."""
    sizes = np.ones(len(which), np.int32)
    several = which < things.several
    sizes[several] += np.diff(things.more)[which[several]]
    return sizes


def names_of(things: Things, which: Any, *, ascending: bool = False) -> Any:
    """Every name of these things: one of each in their order, then the others of those with several."""
    if ascending:
        several = which[: np.searchsorted(which, things.several)]
    else:
        several = which[which < things.several] if things.several else which[:0]
    if not len(several):
        return things.names.take(which)
    begun, sizes = things.more[several], np.diff(things.more)[several]
    before = np.cumsum(sizes) - sizes
    others = np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes)
    found = np.empty(len(which) + len(others), np.int64)
    things.names.take(which, out=found[: len(which)], mode="clip")
    things.names.take(others, out=found[len(which) :], mode="clip")
    return found


def one_name(things: Things, which: Iterable[int]) -> tuple[int, ...]:
    """One name of each thing."""
    return tuple(things.name_at[thing] for thing in which)
