"""Things and their names: which of several names stands for a thing, and which names belong together.

A thing may go by several names, learnt from crawled facts (`sameAs`). Answers tell it once, by the name that was
read, else by the one that people say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from lineage.graph import Adjacency, Edge, Node, Relation, State

_RANK: Final = {
    State.LIVE: 0,
    State.ARCHIVED: 1,
    State.DELETED: 2,
    State.FORBIDDEN: 3,
    State.UNRESOLVED: 4,
}


def best(names: Iterable[Node]) -> Node:
    """The name that stands for a thing among all that it goes by.

    The one that was read, then the one that people say: by the workspace's name rather than its GUID, through the
    datastore rather than the account.
    """
    return min(names, key=lambda node: (_RANK[node.state], _awkward(node.text), node.text))


def things(nodes: Mapping[int, Node], edges: Iterable[Edge]) -> dict[int, int]:
    """For each node that goes by several names in this answer, the key of the one that stands for all (`best`).

    Only `sameAs` edges are looked at; a node that is not in the result stands for itself.
    """
    return stand_for(nodes, ((edge.effect, edge.cause) for edge in edges if edge.relation is Relation.SAME_AS))


def stand_for(nodes: Mapping[int, Node], pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """As `things`, of pairs of keys that name one thing."""
    stands: dict[int, int] = {}
    for keys in groups((one, other) for one, other in pairs if one in nodes and other in nodes):
        stands.update(dict.fromkeys(keys, best(nodes[key] for key in keys).key))
    return stands


def groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Keys that belong together because pairs of them name one thing."""
    leader: dict[int, int] = {}

    def lead(key: int) -> int:
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for one, other in pairs:
        leader[lead(one)] = lead(other)
    found: dict[int, list[int]] = {}
    for key in list(leader):
        found.setdefault(lead(key), []).append(key)
    return list(found.values())


def all_names(adjacency: Adjacency, keys: Iterable[int]) -> tuple[list[int], list[Edge]]:
    """Every name of these things, however many `sameAs` steps away, and the edges between names."""
    met = dict.fromkeys(keys)
    wave = list(met)
    edges: dict[Edge, None] = {}
    while wave:
        following: dict[int, None] = {}
        for edge in adjacency.same(wave):
            edges[edge] = None
            following.update(dict.fromkeys(key for key in (edge.effect, edge.cause) if key not in met))
        met.update(following)
        wave = list(following)
    return list(met), list(edges)


def _awkward(text: str) -> int:
    if text.startswith("azureml://"):
        return 2 if text.startswith(("azureml://locations/", "azureml://workspaces/")) else 0
    return 1
