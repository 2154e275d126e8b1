"""What breaks if this was wrong: everything made from it, what serves it first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage import answers, traversal
from lineage.answers import Header
from lineage.graph import Direction, Edge, Node, Relation, Subgraph
from lineage.ids import Kind
from lineage.levels import levels
from lineage.lookup import Found
from lineage.owners import Share, owners, shares
from lineage.ports import View
from lineage.traversal import Budget, Follow, Truncation, TruncationReason

ORDER: Final = (
    *(Kind.DEPLOYMENT, Kind.ENDPOINT, Kind.MODEL_VERSION, Kind.JOB, Kind.DATA_VERSION, Kind.JOB_OUTPUT),
    *(Kind.LOCATION, Kind.COMPONENT_VERSION, Kind.ENVIRONMENT_VERSION, Kind.CODE_VERSION, Kind.ASSET_VERSION),
)
"""Kinds as an impact lists them: what users feel first."""


class Served(msgspec.Struct, frozen=True):
    """A deployment that is affected, with the traffic it takes.

    traffic, mirror: percent of the endpoint's live and mirrored requests; None when the service did not say.
    """

    deployment: Node
    endpoint: Node | None
    traffic: int | None
    mirror: int | None


class Impact(msgspec.Struct, frozen=True):
    """Everything made from what was asked for, which itself is at depth 0 and not counted.

    counts: affected things by kind, in the order of `ORDER`, kinds with none left out; a thing with several names
    counts once. nodes, depth: by key, in order of discovery. things: of what goes by several names here, the key that
    stands for all (`answers.things`). deployments: those affected, most live traffic first. seeds: where the walk
    began.
    """

    header: Header
    found: tuple[Found, ...]
    counts: dict[Kind, int]
    nodes: dict[int, Node]
    depth: dict[int, int]
    edges: tuple[Edge, ...]
    deployments: tuple[Served, ...]
    seeds: tuple[int, ...]
    things: dict[int, int]

    @property
    def subgraph(self) -> Subgraph:
        """Its nodes and edges, to take away: `impact(…).subgraph.to_networkx()`."""
        return Subgraph(tuple(self.nodes.values()), self.edges)

    @property
    def all_affected(self) -> list[Node]:
        """The affected things, each by the name that stands for it, nearest first, then by name."""
        chosen = [node for key, node in self.nodes.items() if self.depth[key] > 0 and self.things.get(key, key) == key]
        return sorted(chosen, key=lambda node: (self.depth[node.key], node.text))

    def affected(self, kind: Kind) -> list[Node]:
        """Those of one kind, in the same order."""
        return [node for node in self.all_affected if node.kind is kind]

    @property
    def endpoints(self) -> int:
        """How many endpoints the affected deployments stand behind."""
        return len({row.deployment.text.rpartition("/deployments/")[0] for row in self.deployments})


def impact(
    view: View,
    founds: Sequence[Found],
    budget: Budget | None = None,
    follow: Follow | None = None,
    cuts: Sequence[Truncation] = (),
) -> Impact:
    """What was made, directly or not, from any of `founds`.

    A storage place stands for everything inside it, and for the places known to hold it: who read the whole
    folder read the file. A path inside a job output narrows the first step (`traversal.reach`). `cuts` are what the
    question itself left out, as `suspects.Start.cuts` tells it.
    """
    reaches = []
    depth: dict[int, int] = {}
    for path, seeds in by_path(founds).items():
        reached = traversal.reach(view, seeds, Direction.DOWNSTREAM, budget, path, follow)
        reaches.append(reached)
        for key, steps in reached.depth.items():
            depth[key] = min(steps, depth.get(key, steps))
    edges = reaches[0].edges if len(reaches) == 1 else tuple(dict.fromkeys(e for r in reaches for e in r.edges))
    known = view.nodes(list(depth))
    nodes = {key: known[key] for key in depth if key in known}
    depth = {key: depth[key] for key in nodes}
    things = answers.things(nodes, edges)
    named = {key: node for key, node in nodes.items() if things.get(key, key) == key}
    counts = dict.fromkeys(ORDER, 0)
    for key, node in named.items():
        if depth[key] > 0:
            counts[node.kind] = counts.get(node.kind, 0) + 1
    told = [*cuts, *(cut for reached in reaches for cut in reached.truncations)]
    told += [_crowded(found) for found in founds if found.crowded]
    return Impact(
        answers.header(view, nodes.values(), told, Direction.DOWNSTREAM),
        tuple(founds),
        {kind: number for kind, number in counts.items() if number},
        nodes,
        depth,
        edges,
        served(view, (node for key, node in named.items() if depth[key] > 0 or _asked(founds, key))),
        tuple(dict.fromkeys(key for reached in reaches for key in reached.seeds)),
        things,
    )


class Tally(msgspec.Struct, frozen=True):
    """How much an impact holds, before any of it is read.

    counts: as in `Impact`. total: their sum. truncations: what cut the walk; what is unread in it is for `impact`.
    """

    counts: dict[Kind, int]
    total: int
    truncations: tuple[Truncation, ...]


def tally(view: View, founds: Sequence[Found], budget: Budget | None = None, follow: Follow | None = None) -> Tally:
    """The counts of `impact`, without reading a node where the view holds its adjacency in memory."""
    groups = by_path(founds)
    if len(groups) == 1:
        ((path, seeds),) = groups.items()
        closure = traversal.closure(view, seeds, Direction.DOWNSTREAM, budget, path, follow)
        if closure is not None:
            counts = in_order(closure.counts())
            cuts = (*closure.truncations, *(_crowded(found) for found in founds if found.crowded))
            return Tally(counts, sum(counts.values()), cuts)
    return tally_of(impact(view, founds, budget, follow))


def in_order(counts: Mapping[Kind, int]) -> dict[Kind, int]:
    """Counts as an impact lists them: what users feel first."""
    order = [*(kind for kind in ORDER if kind in counts), *(kind for kind in counts if kind not in ORDER)]
    return {kind: counts[kind] for kind in order}


def tally_of(whole: Impact) -> Tally:
    """The same of an impact that was read."""
    walked = (TruncationReason.DEPTH, TruncationReason.NODE_LIMIT, TruncationReason.TIME_LIMIT)
    cuts = tuple(cut for cut in whole.header.truncations if cut.reason in walked)
    return Tally(whole.counts, sum(whole.counts.values()), cuts)


class Level(msgspec.Struct, frozen=True):
    """One step of the work: things that may be put right once all lower levels are. number: 1 and up.

    counts: by kind, in the order of `ORDER`. things: nearest first, then by name.
    """

    number: int
    counts: dict[Kind, int]
    things: tuple[Node, ...]


def work(answer: Impact) -> tuple[Level, ...]:
    """The affected things as a list of work, what to fix first first (`levels`)."""
    level = level_of(answer)
    steps: dict[int, list[Node]] = {}
    for node in answer.all_affected:
        steps.setdefault(level[node.key], []).append(node)
    found = []
    for number in sorted(steps):
        counts = dict.fromkeys(ORDER, 0)
        for node in steps[number]:
            counts[node.kind] = counts.get(node.kind, 0) + 1
        found.append(Level(number, {kind: many for kind, many in counts.items() if many}, tuple(steps[number])))
    return tuple(found)


def level_of(answer: Impact) -> dict[int, int]:
    """The level of each thing of the answer, by the key that stands for it."""
    things = answer.things
    named = [key for key in answer.nodes if things.get(key, key) == key]
    links = (
        (things.get(edge.cause, edge.cause), things.get(edge.effect, edge.effect))
        for edge in answer.edges
        if edge.relation is not Relation.SAME_AS
    )
    return levels(named, links, [key for key in named if answer.depth[key] == 0])


def owned(view: View, answer: Impact) -> tuple[Share, ...]:
    """The affected things by whom to ask about them (`owners`)."""
    nodes = answer.all_affected
    return shares(nodes, owners(view, nodes))


def served(view: View, deployments: Iterable[Node]) -> tuple[Served, ...]:
    """The deployments among these nodes with their endpoints and traffic, most live traffic first."""
    chosen = [node for node in deployments if node.kind is Kind.DEPLOYMENT]
    ends = {
        edge.effect: edge.cause
        for edge in view.causes([node.key for node in chosen])
        if edge.relation is Relation.PART_OF
    }
    endpoints = view.nodes(list(dict.fromkeys(ends.values())))
    rows = []
    for node in chosen:
        endpoint = endpoints.get(ends.get(node.key, -1))
        name = str(node.facts.get("name") or node.text.rsplit("/", 1)[1])
        rows.append(Served(node, endpoint, _share(endpoint, "traffic", name), _share(endpoint, "mirrorTraffic", name)))
    return tuple(sorted(rows, key=lambda row: (-(row.traffic or 0), -(row.mirror or 0), row.deployment.text)))


def _share(endpoint: Node | None, field: str, deployment: str) -> int | None:
    """Percent of the endpoint's requests; 0 when it tells of others only, None when it tells of none."""
    shares: Any = endpoint.facts.get(field) if endpoint is not None else None
    if not isinstance(shares, dict):
        return None
    folded = {str(name).lower(): share for name, share in shares.items()}
    share = folded.get(deployment.lower(), 0)
    return share if isinstance(share, int) else None


def by_path(founds: Sequence[Found]) -> dict[str, list[int]]:
    """Seeds that may be walked together: those asked about the same path inside an output."""
    groups: dict[str, list[int]] = {}
    for found in founds:
        groups.setdefault(found.path, []).extend([*found.seeds, *(node.key for node in found.around)])
    return groups


def _asked(founds: Sequence[Found], key: int) -> bool:
    return any(found.node.key == key for found in founds)


def _crowded(found: Found) -> Truncation:
    detail = f"{found.node.text} holds more than one answer may start from"
    return Truncation(TruncationReason.NODE_LIMIT, detail, found.seeds)
