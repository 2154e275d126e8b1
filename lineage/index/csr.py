"""One generation's adjacency in memory: arrays of integers, both directions.

A thing that goes by several names is one row (a component of `sameAs`): the walk treats its names as one, at one
depth. Things with several names come first, the rest in the order of their keys. Three adjacencies:

    down   cause -> effect, every relation
    up     effect -> cause, every relation but `partOf`
    part   effect -> cause, `partOf`, without the deployment that is part of its endpoint

Each is compressed sparse rows: the neighbours of thing `t` are `ends[starts[t]:starts[t + 1]]`, and `codes` tells
relation and certainty of each, so that a filter is one table look-up over an array: of the edges for what they say,
of the things for where they lie (`Followed`). At a million things and two million edges all of it is some 60 bytes a
thing.

This module imports numpy and scipy: import it where an adjacency is built, never to answer one small question.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import ctypes
import sqlite3
import sys
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
from lineage.index.links import Codes, Ints, Keys, Links, Mask, Things
from lineage.index.remembered import Remembered
from lineage.index.steps import Steps
from lineage.traversal import SERVING, Follow

Inside = Callable[[frozenset[str]], Sequence[int]]
"""From workspaces and registries, the keys of every name in one of them or in none."""

_FETCH: Final = 20_000
_VALID: Final = "valid_from <= ?1 AND valid_to > ?1"
_PART: Final = RELATIONS.of[Relation.PART_OF]
_SAME: Final = RELATIONS.of[Relation.SAME_AS]
_WIDTH: Final = 4
"""Certainties fit in it: a code is relation * _WIDTH + certainty."""
_SERVES: Final = len(RELATIONS.words) * _WIDTH
_FILTERS: Final = 4
"""Filtered adjacencies kept at once."""
_FEW: Final = 100, 2_000
"""Least and most things that are visited in plain Python."""
_SHARE: Final = 500
"""A compiled search costs its pass over all things, as much as walking one in so many of them in plain Python."""
_KEPT: Final = 64 * 1024 * 1024
"""Bytes of closures of many things that are remembered."""


class Followed:
    """Of an adjacency only those edges that are followed. `allowed`: things that may be walked to, None for any."""

    def __init__(self, things: Things, down: Links, up: Links, part: Links, allowed: Mask | None = None) -> None:
        self.down = down
        self.up = up
        self.part = part
        self.allowed = allowed
        self.downstream = Steps(things, down, None)
        self.upstream = Steps(things, up, part)


class Csr:
    """The adjacency of one generation. Never changed once it is made, so any number of threads may read it.

    all: its things; keys, states, thing_of, kinds: theirs. whole: all of its edges. few: how many things are walked in
    plain Python. closures: those that were many, remembered. What they and filters hold leads to `all` and never back
    here, so that everything is freed with the last reader.
    """

    def __init__(self, generation: int, things: Things, links: tuple[Links, Links, Links]) -> None:
        self.generation = generation
        self.all = things
        self.keys, self.states, self.thing_of, self.kinds = things.keys, things.states, things.thing_of, things.kinds
        self.down, self.up, self.part = links
        self.few = min(max(_FEW[0], len(things) // _SHARE), _FEW[1])
        self.closures: Remembered[Any] = Remembered(_KEPT)
        self.whole = Followed(things, *links)
        self._filtered: OrderedDict[Follow, Followed] = OrderedDict()

    @property
    def things(self) -> int:
        return len(self.all)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays, without filtered copies and what is remembered."""
        return self.all.nbytes + self.down.nbytes + self.up.nbytes + self.part.nbytes

    def followed(self, follow: Follow | None = None, inside: Inside | None = None) -> Followed:
        """Of only those edges that are followed; where the walk stops is not looked at. `inside` resolves scopes."""
        if follow is None or not (follow.relations or follow.certainties or follow.scopes):
            return self.whole
        asked = Follow(follow.relations, follow.certainties, follow.scopes)
        known = self._filtered.get(asked)
        if known is None:
            taken = np.zeros(256, np.bool_)
            for relation, word in enumerate(RELATIONS.words):
                for certainty, how in enumerate(CERTAINTIES.words):
                    taken[relation * _WIDTH + certainty] = follow.takes(word, how)
            allowed = None
            if follow.scopes:
                assert inside is not None
                allowed = np.zeros(self.things, np.bool_)
                allowed[self.all.of(inside(follow.scopes))] = True
            down, up, part = (one.followed(taken, allowed) for one in (self.down, self.up, self.part))
            known = Followed(self.all, down, up, part, allowed)
            self._filtered[asked] = known
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
    found = _columns(connection.execute(f"SELECT key, kind, state FROM node WHERE {_VALID}", (generation,)), 3)
    order = np.argsort(found[0])
    keys, kinds, states = found[0][order], found[1][order].astype(np.uint8), found[2][order].astype(np.uint8)
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
    made = _arrange(generation, keys, kinds, states, near, far, codes.astype(np.uint8), nodes)
    del effects, causes, codes, near, far
    _give_back()
    return made


def _give_back() -> None:
    """What was read to make the arrays is three times as much as they are: the C library may keep it for itself."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _arrange(
    generation: int,
    keys: Keys,
    kinds: Codes,
    states: Codes,
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
    return Csr(generation, Things(keys, states, thing_of, _kinds(keys, kinds, thing_of, things, nodes)), links)


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
