"""A lineage answer arranged for paging: what was reached in its order, and the links that lead to each thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from lineage import graph
from lineage.answers import Header
from lineage.api.session import RememberingView, Session
from lineage.graph import Certainty, Direction, Edge, Relation
from lineage.ids import key as key_of
from lineage.lookup import Found

_TRUST: Final = {Certainty.CONFIRMED: 0, Certainty.INFERRED: 1, Certainty.AMBIGUOUS: 2}


class Step(NamedTuple):
    """One link as an answer met it: from a near key, at its depth."""

    near: int
    edge: Edge


class Answer:
    """One lineage answer, arranged for paging. Made from a `Trace` or an `Impact`."""

    def __init__(
        self,
        direction: Direction,
        found: Found,
        header: Header,
        nodes: dict[int, graph.Node],
        depth: dict[int, int],
        edges: Sequence[Edge],
        session: Session,
        view: RememberingView,
    ) -> None:
        self.direction = direction
        self.found = found
        self.header = header
        self.nodes = nodes
        self.depth = depth
        self.session = session
        self.view = view
        self._edges = edges
        self._steps: dict[int, list[Step]] | None = None
        self.reached = sorted(
            (node for key, node in nodes.items() if key != found.node.key and key in depth),
            key=lambda node: (depth[node.key], node.text),
        )

    def steps(self, key: int) -> list[Step]:
        """The links that lead to the thing with this key, the nearest and surest first."""
        if self._steps is None:
            self._steps = self._arrange()
        return self._steps.get(key, [])

    def _arrange(self) -> dict[int, list[Step]]:
        depth, steps = self.depth, dict[int, list[Step]]()
        upstream = self.direction is Direction.UPSTREAM
        for edge in self._edges:
            near, far = (edge.effect, edge.cause) if upstream else (edge.cause, edge.effect)
            steps.setdefault(far, []).append(Step(near, edge))
            if edge.relation is Relation.SAME_AS:
                steps.setdefault(near, []).append(Step(far, edge))
        for links in steps.values():
            links.sort(key=lambda step: (depth[step.near], _TRUST[step.edge.certainty], step.edge.rank))
        return steps


def link_key(edge: Edge) -> int:
    """A number for a link within one answer; process-wide stability is all a page needs."""
    return key_of(f"{edge.effect} {edge.cause} {edge.relation} {edge.name} {edge.derivation} {edge.rank} {edge.path}")
