"""One generation's adjacency in memory: arrays of integers, both directions.

A thing that goes by several names is one row (a component of `sameAs`): the walk treats its names as one, at one
depth. Things with several names come first, the rest in the order of their keys. Three adjacencies:

    down   cause -> effect, every relation
    up     effect -> cause, every relation but `partOf`
    part   effect -> cause, `partOf`, without the deployment that is part of its endpoint

Each is compressed sparse rows: the neighbours of thing `t` are `ends[starts[t]:starts[t + 1]]`, and `codes` tells
relation and certainty of each, so that a filter is one table look-up over an array. At a million things and two
million edges all of it is some 60 bytes a thing.

This module imports numpy and scipy: import it where an adjacency is built, never to answer one small question.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from lineage.graph import Node, Relation
from lineage.index.codes import CERTAINTIES, KINDS, RELATIONS
from lineage.traversal import SERVING, Follow

Ints = npt.NDArray[np.int32]
Keys = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint8]

_FETCH: Final = 20_000
_VALID: Final = "valid_from <= ?1 AND valid_to > ?1"
_PART: Final = RELATIONS.of[Relation.PART_OF]
_SAME: Final = RELATIONS.of[Relation.SAME_AS]
_WIDTH: Final = 4
"""Certainties fit in it: a code is relation * _WIDTH + certainty."""
_SERVES: Final = len(RELATIONS.words) * _WIDTH
_FILTERS: Final = 4
"""Filtered adjacencies kept at once."""


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

    def only(self, taken: npt.NDArray[np.bool_]) -> Links:
        """Those with a code that is taken."""
        kept = taken[self.codes]
        before = np.concatenate((np.zeros(1, np.int32), np.cumsum(kept, dtype=np.int32)))
        return Links(before[self.starts], self.ends[kept], self.codes[kept])

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.ends.nbytes + self.codes.nbytes


class Csr:
    """The adjacency of one generation. Never changed once it is made, so any number of threads may read it.

    keys: of all nodes, ascending; thing_of: the thing of each. names: keys again, grouped by thing from `name_starts`.
    kinds: code of each thing's kind (`codes.KINDS`). several: how many things have several names.
    """

    def __init__(self, generation: int, keys: Keys, thing_of: Ints, kinds: Codes, links: tuple[Links, Links, Links]):
        self.generation = generation
        self.keys = keys
        self.thing_of = thing_of
        self.kinds = kinds
        self.down, self.up, self.part = links
        things = len(kinds)
        sizes = np.bincount(thing_of, minlength=things)
        self.several = int(np.count_nonzero(sizes > 1))
        self.name_starts: Ints = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes[: self.several]))).astype(
            np.int32
        )
        self.shift = int(self.name_starts[-1]) - self.several
        """A thing with one name has it at its own number and this in `names`."""
        self.names: Keys = keys[np.argsort(thing_of, kind="stable")]
        self.key_at, self.thing_at, self.name_at = _plain(keys), _plain(thing_of), _plain(self.names)
        self.start_of, self.kind_at = _plain(self.name_starts), _plain(kinds)
        self._filtered: OrderedDict[Follow, tuple[Links, Links, Links]] = OrderedDict()

    @property
    def things(self) -> int:
        return len(self.kinds)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, without filtered copies."""
        arrays = (self.keys, self.thing_of, self.kinds, self.name_starts, self.names)
        return sum(a.nbytes for a in arrays) + self.down.nbytes + self.up.nbytes + self.part.nbytes

    def links(self, follow: Follow | None) -> tuple[Links, Links, Links]:
        """down, up and part, of only those edges that are followed."""
        if follow is None or not (follow.relations or follow.certainties):
            return self.down, self.up, self.part
        known = self._filtered.get(follow)
        if known is None:
            taken = np.zeros(256, np.bool_)
            for relation, word in enumerate(RELATIONS.words):
                for certainty, how in enumerate(CERTAINTIES.words):
                    taken[relation * _WIDTH + certainty] = follow.takes(word, how)
            known = self.down.only(taken), self.up.only(taken), self.part.only(taken)
            self._filtered[follow] = known
            while len(self._filtered) > _FILTERS:
                try:
                    self._filtered.popitem(last=False)
                except KeyError:  # another thread was quicker
                    break
        return known


def load(connection: sqlite3.Connection, generation: int, nodes: Callable[[Sequence[int]], dict[int, Node]]) -> Csr:
    """Read the adjacency of a generation in one scan of its nodes and one of its edges, each in big steps.

    `nodes` reads nodes by key: asked for things whose names are of different kinds.
    """
    found = _columns(connection.execute(f"SELECT key, kind FROM node WHERE {_VALID}", (generation,)), 2)
    order = np.argsort(found[0])
    keys, kinds = found[0][order], found[1][order].astype(np.uint8)
    del found, order
    prefixes = [b"\x95" + msgspec.msgpack.encode(word) for word in sorted(SERVING)]
    serves = " OR ".join(f"substr(packed, 1, {len(one)}) = x'{one.hex()}'" for one in prefixes)
    effects, causes, codes = _columns(
        connection.execute(
            f"SELECT effect, cause, relation * {_WIDTH} + certainty"
            f" + CASE WHEN relation = {_PART} AND ({serves}) THEN {_SERVES} ELSE 0 END"
            f" FROM edge_out WHERE {_VALID}",
            (generation,),
        ),
        3,
    )
    near = np.searchsorted(keys, effects).astype(np.int32)
    far = np.searchsorted(keys, causes).astype(np.int32)
    return _arrange(generation, keys, kinds, near, far, codes.astype(np.uint8), nodes)


def _arrange(
    generation: int,
    keys: Keys,
    kinds: Codes,
    effects: Ints,
    causes: Ints,
    codes: Codes,
    nodes: Callable[[Sequence[int]], dict[int, Node]],
) -> Csr:
    """`effects` and `causes` are places in `keys`; what lies beyond `_SERVES` in a code is serving."""
    relation = codes % _SERVES // _WIDTH
    same = relation == _SAME
    thing_of = _things(len(keys), effects[same], causes[same])
    things = int(thing_of.max()) + 1 if len(keys) else 0
    effects, causes = thing_of[effects], thing_of[causes]
    linked = ~same & (effects != causes)
    part = relation == _PART
    plain = codes % _SERVES
    links = tuple(
        Links.of(near[which], far[which], plain[which], things)
        for near, far, which in (
            (causes, effects, linked),
            (effects, causes, linked & ~part),
            (effects, causes, linked & part & (codes < _SERVES)),
        )
    )
    assert len(links) == 3
    return Csr(generation, keys, thing_of, _kinds(keys, kinds, thing_of, things, nodes), links)


def _things(names: int, one: Ints, other: Ints) -> Ints:
    """The thing of each name, things with several names first."""
    if not len(one):
        return np.arange(names, dtype=np.int32)
    matrix = csr_matrix((np.ones(len(one), np.int8), (one, other)), shape=(names, names))
    _, labels = connected_components(matrix, directed=False)
    order = np.argsort(np.bincount(labels) == 1, kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    found: Ints = number[labels]
    return found


def _kinds(
    keys: Keys, kinds: Codes, thing_of: Ints, things: int, nodes: Callable[[Sequence[int]], dict[int, Node]]
) -> Codes:
    """The kind of each thing: that of the name that stands for it."""
    from lineage.answers import best

    least, most = np.full(things, 255, np.uint8), np.zeros(things, np.uint8)
    np.minimum.at(least, thing_of, kinds)
    np.maximum.at(most, thing_of, kinds)
    mixed = np.flatnonzero(least != most)
    if len(mixed):
        which = np.flatnonzero(np.isin(thing_of, mixed))
        known = nodes(keys[which].tolist())
        groups: dict[int, list[Node]] = {}
        for key, thing in zip(keys[which].tolist(), thing_of[which].tolist(), strict=True):
            groups.setdefault(thing, []).append(known[key])
        for thing, names in groups.items():
            least[thing] = KINDS.of[best(names).kind]
    return least


def _columns(cursor: sqlite3.Cursor, width: int) -> Any:
    """The rows of a cursor, as one array for each column."""
    cursor.arraysize = _FETCH

    def chunks() -> Iterator[npt.NDArray[np.int64]]:
        while rows := cursor.fetchmany():
            yield np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * width).reshape(-1, width)

    found = list(chunks())
    whole = np.concatenate(found) if found else np.empty((0, width), np.int64)
    return np.ascontiguousarray(whole.T)
