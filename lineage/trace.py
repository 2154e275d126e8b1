"""Where did this come from: everything upstream, and what could not be followed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lineage import answers, traversal
from lineage.answers import Header, count
from lineage.graph import Direction, Edge, Loose, LooseReason, Node, Relation, Subgraph
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import View
from lineage.traversal import Budget, Follow, Truncation, TruncationReason

_WITH_ENDS = frozenset({Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.JOB, Kind.DEPLOYMENT})
NATURAL_ENDS = frozenset({LooseReason.LOCAL_UPLOAD, LooseReason.EXTERNAL, LooseReason.NO_WRITER})
"""Where lineage ends because there is nothing more in Azure ML; any other loose end hides something."""


class Trace(msgspec.Struct, frozen=True):
    """Everything that a thing was made from.

    nodes, depth: by key, in order of discovery, the thing itself first. edges: effect -> cause.
    ancestors: keys that are here only as the parent of a job. things: of what goes by several names here, the key
    that stands for all (`answers.things`). loose: what could not be followed, by the key of the node whose record
    named it; empty when the caller did not ask for it.
    """

    header: Header
    found: Found
    nodes: dict[int, Node]
    depth: dict[int, int]
    edges: tuple[Edge, ...]
    ancestors: frozenset[int]
    things: dict[int, int]
    loose: dict[int, tuple[Loose, ...]]

    @property
    def subgraph(self) -> Subgraph:
        """Its nodes and edges, to take away: `trace(…).subgraph.to_networkx()`."""
        return Subgraph(tuple(self.nodes.values()), self.edges)


def trace(
    view: View, found: Found, budget: Budget | None = None, *, ends: bool = True, follow: Follow | None = None
) -> Trace:
    """What `found` was made from, upstream. `ends=False` leaves the loose ends out and is faster for thousands.

    A place stands for everything inside it; when nobody is known to have written there, for the nearest place
    around it that somebody wrote.
    """
    reached = traversal.reach(view, _seeds(view, found), Direction.UPSTREAM, budget, found.path, follow)
    nodes = _nodes(view, reached.depth, found)
    loose = loose_ends(view, nodes.values()) if ends else {}
    cuts = [*reached.truncations, *_hidden(loose)]
    head = answers.header(view, nodes.values(), cuts, Direction.UPSTREAM)
    things = answers.things(nodes, reached.edges)
    return Trace(head, found, nodes, reached.depth, reached.edges, reached.ancestors, things, loose)


def loose_ends(view: View, nodes: Iterable[Node]) -> dict[int, tuple[Loose, ...]]:
    """The loose ends of each node's records, for those that have any."""
    keys = [node.key for node in nodes if node.kind in _WITH_ENDS]
    found = view.loose_of(keys) if keys else {}
    return {key: tuple(found[key]) for key in keys if found.get(key)}


def _seeds(view: View, found: Found) -> tuple[int, ...]:
    if not found.around or any(edge.relation is not Relation.SAME_AS for edge in view.causes(found.seeds)):
        return found.seeds
    written = {edge.effect for edge in view.causes([node.key for node in found.around])}
    nearest = next((node.key for node in found.around if node.key in written), None)
    return found.seeds if nearest is None else (*found.seeds, nearest)


def _hidden(loose: dict[int, tuple[Loose, ...]]) -> list[Truncation]:
    """What the answer lacks because a reference could not be followed."""
    hiding = {
        key: sum(end.reason not in NATURAL_ENDS for end in ends)
        for key, ends in loose.items()
        if any(end.reason not in NATURAL_ENDS for end in ends)
    }
    if not hiding:
        return []
    detail = f"{count(sum(hiding.values()), 'reference')} could not be followed"
    return [Truncation(TruncationReason.UNRESOLVED, detail, tuple(hiding))]


def _nodes(view: View, depth: dict[int, int], found: Found) -> dict[int, Node]:
    """The nodes reached, in order of discovery; a place that is no node itself stands as it was asked."""
    known = view.nodes(list(depth))
    nodes = {found.node.key: found.node}
    nodes.update((key, known[key]) for key in depth if key in known)
    return nodes
