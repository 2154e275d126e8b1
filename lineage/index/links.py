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

    keys, states: of all names, ascending by key (`codes.STATES`); thing_of: the thing of each. names: keys again,
    grouped by thing from `name_starts`. kinds: code of each thing's kind (`codes.KINDS`). several: how many things
    have several names.
    """

    def __init__(self, keys: Keys, states: Codes, thing_of: Ints, kinds: Codes) -> None:
        self.keys = keys
        self.states = states
        self.thing_of = thing_of
        self.kinds = kinds
        sizes = np.bincount(thing_of, minlength=len(kinds))
        self.several = int(np.count_nonzero(sizes > 1))
        self.name_starts: Ints = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes[: self.several]))).astype(
            np.int32
        )
        self.shift = int(self.name_starts[-1]) - self.several
        """A thing with one name has it at its own number and this in `names`."""
        self.names: Keys = keys[np.argsort(thing_of, kind="stable")]
        self.key_at, self.thing_at, self.name_at = _plain(keys), _plain(thing_of), _plain(self.names)
        self.start_of, self.kind_at = _plain(self.name_starts), _plain(kinds)
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def nbytes(self) -> int:
        arrays = (self.keys, self.states, self.thing_of, self.kinds, self.name_starts, self.names)
        return sum(array.nbytes for array in arrays)

    def place(self, key: int) -> int | None:
        """The thing that goes by this key; None when nothing does."""
        thing = self._places.get(key)
        if thing is None:
            number = bisect_left(self.key_at, key)
            if number == len(self.key_at) or self.key_at[number] != key:
                return None
            if len(self._places) >= _PLACES:
                self._places.clear()
            thing = self._places[key] = self.thing_at[number]
        return thing

    def of(self, keys: Sequence[int]) -> Ints:
        """The things of several keys, all of which are there."""
        found: Ints = self.thing_of[np.searchsorted(self.keys, np.asarray(keys, np.int64))]
        return found

    def names_of(self, thing: int) -> list[int]:
        """The keys that a thing goes by."""
        if thing >= self.several:
            return [self.name_at[thing + self.shift]]
        return self.name_at[self.start_of[thing] : self.start_of[thing + 1]].tolist()


def sizes_of(things: Things, which: Ints) -> Ints:
    """How many names each thing has."""
    sizes = np.ones(len(which), np.int32)
    several = which < things.several
    sizes[several] = np.diff(things.name_starts)[which[several]]
    return sizes


def names_of(things: Things, which: Ints) -> Any:
    """Every name of these things: of those with one first, then of those with several."""
    if not things.several or not len(which) or which.min() >= things.several:
        return things.names[things.shift :].take(which)
    several = which < things.several
    found = things.names[which[~several] + things.shift]
    begun, sizes = things.name_starts[which[several]], sizes_of(things, which[several])
    before = np.cumsum(sizes) - sizes
    more = things.names[np.arange(int(sizes.sum())) + np.repeat(begun - before, sizes)]
    return np.concatenate((found, more))


def one_name(things: Things, which: Iterable[int]) -> tuple[int, ...]:
    """One name of each thing."""
    name_at, starts, several, shift = things.name_at, things.start_of, things.several, things.shift
    return tuple(name_at[thing + shift if thing >= several else starts[thing]] for thing in which)
