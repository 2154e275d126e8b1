"""Closure and paths: one definition over an `Adjacency`.

Breadth first, a frontier at a time, one question to the adjacency for each level:

- depth counts edges; `sameAs` counts none and is followed both ways whatever the direction
- upstream, a child job's parent is ancestry: reached and marked, its own parents too, but never
  what the parent used (children do not inherit inputs). Downstream, a parent reaches its children
- upstream, a deployment does not lead to its endpoint; downstream, an endpoint leads to its deployments
- cycles end because a thing is expanded once
- a walk may be narrowed (`Follow`): what it is told not to follow is neither met nor told, what it is told to
  stop at is met and told, and nothing is followed from it

What stops a walk early is told as a `Truncation` with the things that were not expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from lineage.following import Follow, Gate
from lineage.graph import Adjacency, Direction, Edge, Relation
from lineage.ids import Kind
from lineage.records import RecordKind
from lineage.spread import Spread

_PULSE: Final = 1024
"""Edges between two looks at the clock."""
SERVING: Final = frozenset({RecordKind.DEPLOYMENT.value, RecordKind.ENDPOINT.value})
"""Records whose `partOf` ties a deployment to its endpoint: where it runs, nothing that it was made from."""


class TruncationReason(StrEnum):
    """Why an answer stops where it does."""

    DEPTH = "DEPTH"  # the depth that was asked for
    NODE_LIMIT = "NODE_LIMIT"  # as many things as one answer may hold
    TIME_LIMIT = "TIME_LIMIT"  # as long as one answer may take
    FORBIDDEN = "FORBIDDEN"  # the crawl's identity may not read it
    UNRESOLVED = "UNRESOLVED"  # named by something, deleted or never read
    STALE_SCOPE = "STALE_SCOPE"  # a workspace or registry that was not read to its end


class Truncation(msgspec.Struct, frozen=True):
    """One reason why an answer may lack something.

    detail: one sentence for people. frontier: keys of the things behind which the answer would go on.
    """

    reason: TruncationReason
    detail: str
    frontier: tuple[int, ...] = ()


class Budget(msgspec.Struct, frozen=True):
    """How far one walk may go.

    max_depth: edges from the nearest seed. max_nodes: things reached, seeds included.
    expired: asked now and then; True ends the walk with `TIME_LIMIT`.
    """

    max_depth: int | None = None
    max_nodes: int = 100_000
    expired: Callable[[], bool] | None = None


class Reach(msgspec.Struct, frozen=True):
    """What a walk reached.

    depth: key -> edges from the nearest seed, in order of discovery. edges: every edge walked, once each.
    ancestors: keys reached only as a parent of a job, whose own causes are therefore not here.
    """

    direction: Direction
    seeds: tuple[int, ...]
    depth: dict[int, int]
    edges: tuple[Edge, ...]
    truncations: tuple[Truncation, ...] = ()
    ancestors: frozenset[int] = frozenset()


def reach(
    adjacency: Adjacency,
    seeds: Sequence[int],
    direction: Direction,
    budget: Budget | None = None,
    path: str = "",
    follow: Follow | None = None,
) -> Reach:
    """Everything upstream or downstream of `seeds`, the seeds themselves at depth 0.

    `path` is a place inside the seeds when they are job outputs: downstream, the first edge is then
    followed only where it concerns that place, what holds it or what lies inside it. A `follow` that is about things
    needs a `ports.View` as `adjacency`.
    """
    walk = _Walk(adjacency, direction, budget or Budget(), path, follow)
    return walk.run(tuple(dict.fromkeys(seeds)))


class Closure(Protocol):
    """What a walk reached, without the edges and the nodes: numbers, for as many things as there are.

    Several names of a thing are each in it. A walk that was cut by its node limit holds all of every depth but the
    last; which ones of the last is not promised. What is not asked for is not made: who needs no depths asks `names`.
    """

    @property
    def names(self) -> Collection[int]:
        """Every name reached, in no order: a list, a set or an array."""
        ...

    @property
    def keys(self) -> Sequence[int]:
        """Every name reached, by depth, the seeds first."""
        ...

    @property
    def depths(self) -> Sequence[int]:
        """Edges from the nearest seed, one for each of `keys`."""
        ...

    @property
    def truncations(self) -> tuple[Truncation, ...]:
        """As in `Reach`, with one name for each thing of their frontiers."""
        ...

    def __len__(self) -> int: ...

    def counts(self) -> dict[Kind, int]:
        """Things beyond depth 0 by kind, those with several names once, kinds with none left out."""
        ...

    def spread(self) -> Spread:
        """The same things in the order in which pages tell them, downstream."""
        ...


class Closing(Protocol):
    """A view that may hold its generation's adjacency in memory."""

    def closure(
        self,
        seeds: Sequence[int],
        direction: Direction,
        budget: Budget | None = None,
        path: str = "",
        follow: Follow | None = None,
    ) -> Closure | None:
        """The things that `reach` reaches, at the same depths; None while nothing is held in memory."""
        ...


def closure(
    view: Adjacency,
    seeds: Sequence[int],
    direction: Direction,
    budget: Budget | None = None,
    path: str = "",
    follow: Follow | None = None,
) -> Closure | None:
    """What `view` offers as `Closing`; None when it offers nothing, and `reach` has to be asked."""
    ask = getattr(view, "closure", None)
    return None if ask is None else ask(seeds, direction, budget, path, follow)


def related(one: str, other: str) -> bool:
    """Whether two paths in one folder are equal or one holds the other; the empty path is the folder itself."""
    one, other = one.strip("/"), other.strip("/")
    return not one or not other or one == other or one.startswith(other + "/") or other.startswith(one + "/")


class _Walk:
    """One breadth-first walk. A thing in `full` is expanded along every edge, any other only to its parents."""

    def __init__(
        self, adjacency: Adjacency, direction: Direction, budget: Budget, path: str, follow: Follow | None
    ) -> None:
        self.adjacency = adjacency
        self.upstream = direction is Direction.UPSTREAM
        self.direction = direction
        self.budget = budget
        self.path = path
        self.follow = follow
        self.depth: dict[int, int] = {}
        self.full: set[int] = set()
        self.walking: set[int] = set()
        self.edges: list[Edge] = []
        self.told: set[Edge] = set()
        self.stopped: TruncationReason | None = None
        self.gate = Gate(adjacency, follow) if follow is not None and follow.about_things else None

    def run(self, seeds: tuple[int, ...]) -> Reach:
        frontier: list[int] = []
        for key in seeds:
            self._meet(key, 0, full=True, into=frontier)
        level = 0
        cuts: list[Truncation] = []
        while frontier and not self._halted():
            self._other_names(frontier, level)
            if self._halted():
                break
            frontier = list(dict.fromkeys(frontier))
            if self.gate is not None and level:
                frontier = self.gate.walked(frontier)
            # Fixed before the level is read: a parent that proves to be a cause as well is walked fully one level on.
            self.walking = self.full.intersection(frontier)
            following: list[int] = []
            if level == self.budget.max_depth:
                beyond = self._beyond(frontier)
                if beyond:
                    cuts.append(cut_at(level, beyond))
                break
            level += 1
            self._expand(frontier, level, following)
            frontier = [*frontier, *following] if self._halted() else following
        if self.stopped is not None:
            cuts.append(cut_short(self.stopped, len(self.depth), frontier))
        ancestors = frozenset(key for key in self.depth if key not in self.full)
        return Reach(self.direction, seeds, self.depth, tuple(self.edges), tuple(cuts), ancestors)

    def _halted(self) -> bool:
        return self.stopped is not None

    def _expand(self, frontier: list[int], level: int, following: list[int]) -> None:
        for number, edge in enumerate(self._open(self._ask(frontier))):
            if number % _PULSE == 0 and self._late():
                return
            step = self._step(edge, level - 1)
            if step is None:
                continue
            key, full = step
            if not self._meet(key, level, full=full, into=following):
                return
            self._tell(edge)

    def _other_names(self, frontier: list[int], level: int) -> None:
        """Widen `frontier` by everything that is the same as something in it, at the same depth."""
        wave = frontier
        while wave:
            following: list[int] = []
            ends = set(wave)
            for edge in self.adjacency.same(wave):
                for key, other in ((edge.effect, edge.cause), (edge.cause, edge.effect)):
                    if key in ends:
                        if not self._meet(other, level, full=key in self.full, into=following):
                            frontier.extend(following)
                            return
                        self._tell(edge)
            frontier.extend(following)
            wave = following
        self._late()

    def _ask(self, keys: Sequence[int]) -> Iterable[Edge]:
        return self.adjacency.causes(keys) if self.upstream else self.adjacency.effects(keys)

    def _open(self, edges: Iterable[Edge]) -> Iterable[Edge]:
        """Those edges whose far end the walk may go to."""
        if self.gate is None or not self.gate.follow.scopes:
            return edges
        edges = list(edges)
        ends = [edge.cause if self.upstream else edge.effect for edge in edges]
        taken = self.gate.taken(ends)
        return [edge for edge, end in zip(edges, ends, strict=True) if end in taken]

    def _step(self, edge: Edge, depth: int) -> tuple[int, bool] | None:
        """Where `edge` leads from the frontier and whether fully; None when it is not to be followed."""
        if edge.relation is Relation.SAME_AS:
            return None
        if self.follow is not None and not self.follow.takes(edge.relation, edge.certainty):
            return None
        if not self.upstream:
            if depth == 0 and self.path and not related(edge.path, self.path):
                return None
            return edge.effect, True
        if edge.relation is Relation.PART_OF:
            return None if edge.evidence.record_kind in SERVING else (edge.cause, False)
        return (edge.cause, True) if edge.effect in self.walking else None

    def _meet(self, key: int, level: int, *, full: bool, into: list[int]) -> bool:
        """Take note of a thing; False when there is no room for it."""
        if key in self.depth:
            if full and key not in self.full:
                self.full.add(key)
                into.append(key)
            return True
        if len(self.depth) >= self.budget.max_nodes:
            self.stopped = TruncationReason.NODE_LIMIT
            return False
        self.depth[key] = level
        if full:
            self.full.add(key)
        into.append(key)
        return True

    def _tell(self, edge: Edge) -> None:
        if edge.relation in (Relation.SAME_AS, Relation.PART_OF):
            if edge in self.told:
                return
            self.told.add(edge)
        self.edges.append(edge)

    def _late(self) -> bool:
        if self.budget.expired is not None and self.budget.expired():
            self.stopped = TruncationReason.TIME_LIMIT
            return True
        return False

    def _beyond(self, frontier: list[int]) -> tuple[int, ...]:
        """Those at the depth limit that lead to something not reached; edges among what was reached are told."""
        beyond: dict[int, None] = {}
        for number, edge in enumerate(self._open(self._ask(frontier))):
            if number % _PULSE == 0 and self._late():
                return tuple(frontier)
            step = self._step(edge, self.depth[edge.effect if self.upstream else edge.cause])
            if step is None:
                continue
            key, full = step
            if key not in self.depth or (full and key not in self.full):
                beyond[edge.effect if self.upstream else edge.cause] = None
            else:
                self._tell(edge)
        return tuple(beyond)


def cut_at(depth: int, frontier: tuple[int, ...]) -> Truncation:
    """A walk that ended at the depth it was asked for, with more behind `frontier`."""
    detail = f"stopped at depth {depth}; {_things(len(frontier))} there with more behind"
    return Truncation(TruncationReason.DEPTH, detail, frontier)


def cut_short(reason: TruncationReason, reached: int, frontier: Iterable[int]) -> Truncation:
    """A walk that its budget ended after `reached` things, `frontier` not followed."""
    what = "as many things as one answer may hold" if reason is TruncationReason.NODE_LIMIT else "out of time"
    left = tuple(dict.fromkeys(frontier))
    detail = f"stopped after {_things(reached)} ({what}); {_things(len(left))} not followed"
    return Truncation(reason, detail, left)


def _things(number: int) -> str:
    return f"{number:,} {'thing' if number == 1 else 'things'}"


__all__ = [
    "SERVING",
    "Budget",
    "Closing",
    "Closure",
    "Follow",
    "Reach",
    "Truncation",
    "TruncationReason",
    "closure",
    "cut_at",
    "cut_short",
    "reach",
    "related",
]
