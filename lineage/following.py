"""What a walk follows and where it stops, when that is not everything and never."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import msgspec

from lineage import ids
from lineage.graph import Adjacency, Certainty, Node, Relation
from lineage.ids import Kind
from lineage.names import all_names, best, groups
from lineage.ports import View


class Follow(msgspec.Struct, frozen=True):
    """What a walk follows, where that is not everything. Seeds are always walked from.

    relations, certainties: only edges of one of these; empty means any. `sameAs` is always followed: another name of
    a thing is the thing.
    scopes: only edges to things in one of these workspaces and registries (canonical texts) or in none, as a storage
    place is; of several names one suffices; empty means anywhere.
    stop_kinds, stop_keys: what is shown as one of these kinds, or goes by one of these keys, is met and nothing is
    followed from it.
    """

    relations: frozenset[Relation] = frozenset()
    certainties: frozenset[Certainty] = frozenset()
    scopes: frozenset[str] = frozenset()
    stop_kinds: frozenset[Kind] = frozenset()
    stop_keys: frozenset[int] = frozenset()

    def takes(self, relation: Relation, certainty: Certainty) -> bool:
        return (not self.relations or relation in self.relations) and (
            not self.certainties or certainty in self.certainties
        )

    @property
    def about_things(self) -> bool:
        """Whether it asks what things are, and not only what edges say: a walk then needs a `ports.View`."""
        return bool(self.scopes or self.stop_kinds or self.stop_keys)


class Gate:
    """Where a `Follow` that is about things lets a walk go, and where it ends it."""

    def __init__(self, adjacency: Adjacency, follow: Follow) -> None:
        self.view = cast(View, adjacency)
        self.follow = follow
        self._guids = self.view.workspace_guids() if follow.scopes else {}
        self._known: dict[int, bool] = {}

    def walked(self, frontier: list[int]) -> list[int]:
        """Those of the frontier that are walked on from. It holds every name of its things."""
        if not (self.follow.stop_kinds or self.follow.stop_keys):
            return frontier
        nodes = self.view.nodes(frontier)
        pairs = ((edge.effect, edge.cause) for edge in self.view.same(frontier))
        stopped: set[int] = set()
        alone = dict.fromkeys(frontier)
        for keys in groups(pairs):
            for key in keys:
                alone.pop(key, None)
            if self._ends(keys, nodes):
                stopped.update(keys)
        stopped.update(key for key in alone if self._ends([key], nodes))
        return [key for key in frontier if key not in stopped]

    def taken(self, keys: Iterable[int]) -> set[int]:
        """Those of `keys` that name a thing in one of the scopes, or in none."""
        wanted = set(keys)
        names, edges = all_names(self.view, wanted.difference(self._known))
        inside = {key for key, node in self.view.nodes(names).items() if self._inside(node)}
        for together in groups((edge.effect, edge.cause) for edge in edges):
            if not inside.isdisjoint(together):
                inside.update(together)
        self._known.update((key, key in inside) for key in names)
        return {key for key in wanted if self._known[key]}

    def _ends(self, names: list[int], nodes: dict[int, Node]) -> bool:
        if not self.follow.stop_keys.isdisjoint(names):
            return True
        known = [nodes[key] for key in names if key in nodes]
        return bool(known) and best(known).kind in self.follow.stop_kinds

    def _inside(self, node: Node) -> bool:
        scope = ids.scope_of(node.text)
        if scope is None:
            return True
        text = self._guids.get(scope.guid, "") if isinstance(scope, ids.LocatedWorkspace) else scope.text
        return text in self.follow.scopes or scope.text in self.follow.scopes
