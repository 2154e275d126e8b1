"""A lineage answer arranged for paging: what was reached in its order, and the links that lead to each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from lineage import graph
from lineage.answers import Header
from lineage.api.session import RememberingView, Session
from lineage.graph import Certainty, Direction, Edge, Loose, Relation
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found
from lineage.spread import LARGE

_TRUST: Final = {Certainty.CONFIRMED: 0, Certainty.INFERRED: 1, Certainty.AMBIGUOUS: 2}


class Ground(Protocol):
    """What the frontier of an answer is read from."""

    @property
    def session(self) -> Session: ...

    @property
    def view(self) -> RememberingView: ...

    @property
    def nodes(self) -> Mapping[int, graph.Node]:
        """Nodes that the answer holds anyway; what is not here is read."""
        ...


class Step(NamedTuple):
    """One link as an answer met it: from a near key, at its depth."""

    near: int
    edge: Edge


class Told(Ground, Protocol):
    """A lineage answer as connections tell it. read: the things of a page, before anything of them is asked."""

    @property
    def direction(self) -> Direction: ...

    @property
    def header(self) -> Header: ...

    @property
    def counts(self) -> Mapping[Kind, int]: ...

    @property
    def loose(self) -> Mapping[int, Sequence[Loose]]: ...

    def read(self, nodes: Sequence[graph.Node]) -> None: ...

    def depth(self, key: int) -> int: ...

    def steps(self, key: int) -> list[Step]: ...


class Answer:
    """One lineage answer, arranged for paging. Made from a `Trace` or an `Impact`.

    A thing that goes by several names is told once, by the name that stands for it, and what is linked under
    another of its names is linked to it. The thing that was asked about is no part of its own answer.
    """

    def __init__(
        self,
        direction: Direction,
        founds: Sequence[Found],
        header: Header,
        nodes: dict[int, graph.Node],
        depth: dict[int, int],
        edges: Sequence[Edge],
        session: Session,
        view: RememberingView,
        things: Mapping[int, int],
        loose: Mapping[int, Sequence[Loose]] | None = None,
    ) -> None:
        self.direction = direction
        self.founds = founds
        self.header = header
        self.nodes = nodes
        self.loose = loose or {}
        self.session = session
        self.view = view
        self._edges = edges
        self._steps: dict[int, list[Step]] | None = None
        self._things = things
        self._asked = {self.stands(found.node.key): found.node.key for found in founds}
        self._nearest: dict[int, int] = {}
        for key, steps in depth.items():
            one = self.stands(key)
            self._nearest[one] = min(steps, self._nearest.get(one, steps))
        reached = [n for key, n in nodes.items() if self.stands(key) == key and key not in self._asked and key in depth]
        self.reached = told_in_order(reached, self._nearest, things, len(depth))
        self.counts: dict[Kind, int] = {}
        for node in self.reached:
            if self._nearest[node.key] > 0:
                self.counts[node.kind] = self.counts.get(node.kind, 0) + 1

    def read(self, nodes: Sequence[graph.Node]) -> None:
        """Everything was read when it was made."""

    def stands(self, key: int) -> int:
        """The key of the name that stands for this thing in the answer."""
        return self._things.get(key, key)

    def depth(self, key: int) -> int:
        """How far away the thing that this name stands for is, by any of its names."""
        return self._nearest[key]

    def steps(self, key: int) -> list[Step]:
        """The links that lead to the thing with this key, the nearest and surest first."""
        if self._steps is None:
            self._steps = self._arrange()
        return self._steps.get(key, [])

    def _arrange(self) -> dict[int, list[Step]]:
        steps: dict[int, list[Step]] = {}
        upstream = self.direction is Direction.UPSTREAM
        for edge in self._edges:
            if edge.relation is not Relation.SAME_AS:
                near, far = (edge.effect, edge.cause) if upstream else (edge.cause, edge.effect)
                near, far = self.stands(near), self.stands(far)
                steps.setdefault(far, []).append(Step(self._asked.get(near, near), edge))
        nearest = self._nearest
        for links in steps.values():
            links.sort(key=lambda step: (nearest.get(step.near, 0), _TRUST[step.edge.certainty], step.edge.rank))
        return steps


def told_in_order(
    nodes: Iterable[graph.Node], near: Mapping[int, int], things: Mapping[int, int], names: int
) -> list[graph.Node]:
    """Things by depth and then by reference; in an answer of more than `spread.LARGE` names by depth and then by the
    least of their keys, which is the order of those that are never read as a whole."""
    if names <= LARGE:
        return sorted(nodes, key=lambda node: (near[node.key], node.text))
    least: dict[int, int] = {}
    for key, one in things.items():
        least[one] = min(least.get(one, one), key)
    return sorted(nodes, key=lambda node: (near[node.key], least.get(node.key, node.key)))


def link_key(edge: Edge) -> int:
    """A number for a link within one answer; process-wide stability is all a page needs."""
    return key_of(f"{edge.effect} {edge.cause} {edge.relation} {edge.name} {edge.derivation} {edge.rank} {edge.path}")


def end_key(end: Loose) -> int:
    """A number for a loose end within one answer."""
    return key_of(f"{end.record} {end.record_kind} {end.field} {end.value} {end.reason}")
