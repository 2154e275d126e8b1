"""`paths`: how two things are connected, each way a list of links with their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import strawberry

from lineage import graph
from lineage.api.arguments import AsOf, MaxDepth, PagedWhen, WorkspaceArgument, as_of_page, deep
from lineage.api.lineages import LineageNode, Truncation, things, truncations
from lineage.api.naming import NodeRef, scope_of
from lineage.api.paging import After, First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.proof import Evidence, evidence
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.words import say
from lineage.errors import InvalidOption
from lineage.graph import Certainty, Derivation, Direction, Edge, Relation
from lineage.ids import key as key_of
from lineage.lookup import find
from lineage.paths import Paths, paths

MOST: int = 100
"""Ways that one question may ask for."""

say(
    Direction,
    "LineageDirection",
    "Which way lineage is told.",
    {
        Direction.UPSTREAM: "Towards what something was made from.",
        Direction.DOWNSTREAM: "Towards what was made from it.",
    },
)


class Ways(msgspec.Struct, frozen=True):
    """What the fields of one `paths` share. A `Ground`."""

    session: Session
    view: RememberingView
    told: Paths
    nodes: Mapping[int, graph.Node] = {}


@strawberry.type(description="One link of a way, in the order in which the way is walked.")
class PathLinkEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    start: LineageNode = strawberry.field(description="The thing that the link is walked from.")
    node: LineageNode = strawberry.field(description="The thing that the link is walked to.")
    relation: Relation = strawberry.field(
        description="What the link says, read from effect to cause: from `start` to `node`. `SAME_AS` leads from one "
        "name of a thing to another and counts nothing."
    )
    name: str | None = strawberry.field(description="Name of the input or output; null when the link has none.")
    path: str | None = strawberry.field(
        description="Path inside the cause's output that the effect took; null for the whole output."
    )
    derivation: Derivation = strawberry.field(description="What the link was read from.")
    certainty: Certainty = strawberry.field(
        description="How far it may be trusted. Of several links between the same two things the surest is told."
    )
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other link.")
    evidence: Evidence = strawberry.field(description="Why it is believed.")
    since: int = strawberry.field(description="Number of the generation that first published it as it is.")


@strawberry.type(description="The links of one way.")
class PathLinkConnection:
    edges: list[PathLinkEdge] = strawberry.field(description="The links of this page, from the start of the way.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Links in all, those between names of one thing included.")


@strawberry.type(description="One way from a thing to another that meets nothing twice.")
class LineagePath:
    length: int = strawberry.field(description="How many links it has, without `SAME_AS`; 0 from a thing to itself.")
    certainty: Certainty = strawberry.field(
        description="How far the way as a whole may be trusted: the least certainty of its links."
    )
    way: strawberry.Private[tuple[Edge, ...]]
    ways: strawberry.Private[Ways]

    @strawberry.field(description="Its links, with the evidence of each. Null only beside an error.")
    def links(self, first: First, after: Within = None) -> PathLinkConnection | None:
        steps = list(self._walked())
        number = self.ways.view.generation.number
        page, marks, info = cut(steps, first, after, "pathLinks", number, lambda step: step[0] ^ step[1])
        ends = [key for here, there, _ in page for key in (here, there)]
        told = things(Page(self.ways.session, self.ways.view, dict.fromkeys(ends)), ends)
        edges = [
            PathLinkEdge(
                cursor=mark,
                start=told[2 * at],
                node=told[2 * at + 1],
                relation=edge.relation,
                name=edge.name or None,
                path=edge.path or None,
                derivation=edge.derivation,
                certainty=edge.certainty,
                rank=edge.rank,
                evidence=evidence(edge.evidence),
                since=edge.since,
            )
            for at, (mark, (_, _, edge)) in enumerate(zip(marks, page, strict=True))
        ]
        return PathLinkConnection(edges=edges, page_info=info, total_count=len(steps))

    def _walked(self) -> list[tuple[int, int, Edge]]:
        """Each link with the key it is walked from and the one it leads to."""
        found = []
        here = self.ways.told.first.node.key
        for edge in self.way:
            if here not in (edge.effect, edge.cause):
                here = edge.effect  # of several things that were asked about at once, the one where this way begins
            there = edge.cause if edge.effect == here else edge.effect
            found.append((here, there, edge))
            here = there
        return found


@strawberry.type(description="An entry of a list of ways.")
class LineagePathEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: LineagePath = strawberry.field(description="The way.")


@strawberry.type(description="The shortest ways between two things, and how far the answer can be trusted.")
class LineagePathConnection:
    edges: list[LineagePathEdge] = strawberry.field(description="The ways of this page, the shortest first.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(
        description="Ways that were found, at most `k`; 0 when nothing known connects the two."
    )
    direction: Direction = strawberry.field(
        description="`UPSTREAM` when `to` is a cause of `from`: each way is then told from `from`. `DOWNSTREAM` when "
        "it is the other way about: each way is then told from `to`, again from effect to cause."
    )
    generation: Generation = strawberry.field(description="The published state that the whole answer was read from.")
    is_complete: bool = strawberry.field(
        description="Whether no shorter way and none of `k` can have been missed. False always comes with "
        "`truncations`."
    )
    truncations: list[Truncation] = strawberry.field(
        description="Why a way may be missing; empty when the answer is complete."
    )
    ways: strawberry.Private[Ways]

    @strawberry.field(
        description="The workspaces and registries that the ways touch, with when and how completely each was read. "
        "Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.ways.told.header
        return scopes(header.scopes, first, after, header.generation.number)


_SURE = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)


@strawberry.type
class PathQueries:
    """The root field `paths`."""

    @strawberry.field(
        description="How two things are connected: the `k` shortest ways between them that meet nothing twice, "
        "whichever of the two was made from the other. A place stands for everything inside it, a model for its "
        "versions. Null only beside an error, which a reference that cannot be answered is here (`unknown_reference`, "
        "`invalid_reference`, `ambiguous_reference`)."
    )
    def paths(
        self,
        info: strawberry.Info[Session, None],
        from_: Annotated[NodeRef, strawberry.argument(name="from", description="The one thing.")],
        to: Annotated[NodeRef, strawberry.argument(description="The other thing.")],
        first: First,
        after: After = None,
        k: Annotated[int, strawberry.argument(description="How many ways to look for, 1 to 100.")] = 3,
        max_depth: MaxDepth = None,
        workspace: WorkspaceArgument = None,
        as_of: PagedWhen = None,
    ) -> LineagePathConnection | None:
        return _paths(info.context, from_, to, first, after, k, deep(max_depth), workspace, as_of)


def _paths(
    session: Session,
    one: NodeRef,
    other: NodeRef,
    first: int,
    after: str | None,
    k: int,
    max_depth: int | None,
    workspace: str | None,
    when: AsOf | None,
) -> LineagePathConnection:
    if not 1 <= k <= MOST:
        raise InvalidOption(f"`k` is {k}", f"ask for 1 to {MOST} ways")
    view = session.view(as_of_page(when, after, "paths"))
    scope = scope_of(workspace)
    start, end = find(view, one.text(), scope), find(view, other.text(), scope)
    told = paths(view, start, end, k, session.budget(max_depth))
    session.visited += len(told.nodes)
    ways = Ways(session, view, told)
    number = view.generation.number
    page, marks, info = cut(told.paths, first, after, "paths", number, _position)
    edges = [
        LineagePathEdge(
            cursor=mark,
            node=LineagePath(
                length=sum(edge.relation is not Relation.SAME_AS for edge in way),
                certainty=max((edge.certainty for edge in way), key=_SURE.index, default=Certainty.CONFIRMED),
                way=way,
                ways=ways,
            ),
        )
        for mark, way in zip(marks, page, strict=True)
    ]
    return LineagePathConnection(
        edges=edges,
        page_info=info,
        total_count=len(told.paths),
        direction=told.direction,
        generation=generation(told.header.generation),
        is_complete=told.header.is_complete,
        truncations=truncations(told.header, ways),
        ways=ways,
    )


def _position(way: tuple[Edge, ...]) -> int:
    return key_of(" ".join(f"{edge.effect} {edge.relation} {edge.cause}" for edge in way))
