"""`difference`: what changed between two times, in everything or in the lineage of one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import strawberry

from lineage import difference, graph
from lineage.api import cursors
from lineage.api.arguments import AsOf
from lineage.api.changed import (
    Brought,
    GapChangedConnection,
    GapChangedEdge,
    LinkChangeCount,
    LinkChangedConnection,
    LinkChangedEdge,
    LooseEndChangedConnection,
    LooseEndChangedEdge,
    NodeChangeCount,
    NodeChangedConnection,
    NodeChangedEdge,
    ReasonChangeCount,
    gap_changed,
    link_changed,
    loose_changed,
    node_changed,
    reason_counts,
)
from lineage.api.lineages import LineageNode, Truncation, thing, truncations
from lineage.api.outcomes import NodeRef, scope_of
from lineage.api.paging import First, Generation, PageInfo, ScopeConnection, Within, generation, page_info, scopes
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.changing import Change
from lineage.difference import Counts, Difference, Wanted
from lineage.graph import Relation
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found

T = TypeVar("T")
_CRAWLS = 20
"""Of the generations that brought changes so many are told."""


@strawberry.input(description="Which changes to show; every condition that is given must hold.")
class ChangeFilter:
    changes: list[Change] | None = strawberry.field(default=None, description="Only these; null or empty for all.")
    kinds: list[Kind] | None = strawberry.field(
        default=None,
        description="Only things of these kinds, and links whose effect is of one; null or empty for any. Gaps and "
        "loose ends have no kind.",
    )
    relations: list[Relation] | None = strawberry.field(
        default=None, description="Only links of these relations; null or empty for any."
    )
    workspace: str | None = strawberry.field(
        default=None,
        description="Canonical reference of the workspace or registry of the thing, of the link's effect, or of what "
        "is told about; null for any.",
    )
    text: str | None = strawberry.field(
        default=None, description="A part of its canonical reference, in any case of letters; null for any."
    )

    def wanted(self) -> Wanted:
        scope = scope_of(self.workspace)
        return Wanted(
            tuple(self.changes or ()),
            tuple(self.kinds or ()),
            tuple(self.relations or ()),
            scope.text if scope else "",
            self.text or "",
        )


Shown = Annotated[ChangeFilter | None, strawberry.argument(description="Which changes to show; null shows all.")]


class Asked:
    """A difference as one request asked for it: both sides, and its counts, which are counted once. A `Ground`."""

    nodes: Mapping[int, graph.Node] = {}

    def __init__(self, session: Session, then: RememberingView, now: RememberingView, told: Difference) -> None:
        self.session = session
        self.then = then
        self.now = now
        self.told = told
        self.view = now if now.generation.number >= then.generation.number else then
        self._counts: Counts | None = None

    @property
    def counts(self) -> Counts:
        if self._counts is None:
            self._counts = difference.counted(self.told.changes, self.session.index)
        return self._counts

    def page(
        self,
        listing: str,
        first: int,
        after: str | None,
        wanted: ChangeFilter | None,
        read: Callable[[Any, Wanted, int, int], tuple[int, list[T]]],
    ) -> tuple[list[T], list[str], PageInfo, int]:
        """A page of one list: its entries, their cursors, where it lies, and how many there are in all.

        An entry's place is its number in the list, which never changes: both generations are for ever.
        """
        size = cursors.page_size(first)
        chosen = (wanted or ChangeFilter()).wanted()
        of = self.told.of.text if self.told.of is not None else ""
        name = f"{listing}{key_of(f'{self.then.generation.number} {of} {chosen}')}"
        number, skip = self.now.generation.number, 0
        if after is not None:
            mark = cursors.read(after, name)
            if mark.generation != number:
                raise cursors.foreign()
            skip = mark.position
        total, rows = read(self.told.changes, chosen, skip, size)
        marks = [str(cursors.Cursor(name, number, skip + place)) for place in range(1, len(rows) + 1)]
        return rows, marks, page_info(marks, after, more=skip + len(rows) < total), total


@strawberry.type(
    description="What changed between two times: in everything that the index holds, or in the lineage of one thing."
)
class GenerationDifference:
    before: Generation = strawberry.field(description="The published state at the first time.")
    after: Generation = strawberry.field(description="The published state at the second time.")
    of: LineageNode | None = strawberry.field(
        description="The thing whose lineage is compared, as of the second time if it is known then; null for "
        "everything."
    )
    known_before: bool = strawberry.field(description="Whether `of` was known at the first time; true without it.")
    known_after: bool = strawberry.field(description="Whether `of` was known at the second time; true without it.")
    is_complete: bool = strawberry.field(
        description="Whether what both sides rest on was read to its end. False always comes with `truncations`."
    )
    truncations: list[Truncation] = strawberry.field(
        description="Why something may be missing; empty when it is complete."
    )
    asked: strawberry.Private[Asked]

    @strawberry.field(description="How many things of each kind changed, the most first. Null only beside an error.")
    def thing_counts(self) -> list[NodeChangeCount] | None:
        counts = self.asked.counts.nodes.items()
        return [NodeChangeCount(kind=kind, change=change, count=count) for (kind, change), count in counts]

    @strawberry.field(description="How many links of each relation changed, the most first. Null only beside an error.")
    def link_counts(self) -> list[LinkChangeCount] | None:
        counts = self.asked.counts.edges.items()
        return [LinkChangeCount(relation=one, change=change, count=count) for (one, change), count in counts]

    @strawberry.field(description="How many gaps of each reason changed, the most first. Null only beside an error.")
    def gap_counts(self) -> list[ReasonChangeCount] | None:
        return reason_counts(self.asked.counts.gaps.items())

    @strawberry.field(
        description="How many loose ends of each reason changed, the most first. Null only beside an error."
    )
    def loose_end_counts(self) -> list[ReasonChangeCount] | None:
        return reason_counts(self.asked.counts.loose.items())

    @strawberry.field(
        description="Which crawls brought the changes, oldest first: the newest 20 of them. Null only beside an error."
    )
    def brought_by(self) -> list[Brought] | None:
        return [
            Brought(
                generation=generation(one.generation),
                things=one.nodes,
                links=one.edges,
                gaps=one.gaps,
                loose_ends=one.loose,
            )
            for one in list(self.asked.counts.generations.values())[-_CRAWLS:]
        ]

    @strawberry.field(
        description="Things that came, went, or are told of otherwise, by canonical reference. Null only beside an "
        "error."
    )
    def things(self, first: First, after: Within = None, filter: Shown = None) -> NodeChangedConnection | None:  # noqa: A002
        asked = self.asked
        rows, marks, info, total = asked.page("things", first, after, filter, difference.nodes)
        before = _objects(asked.session, asked.then, (row.before for row in rows))
        now = _objects(asked.session, asked.now, (row.after for row in rows))
        edges = [
            NodeChangedEdge(cursor=mark, node=node_changed(row, before, now))
            for row, mark in zip(rows, marks, strict=True)
        ]
        return NodeChangedConnection(edges=edges, page_info=info, total_count=total)

    @strawberry.field(
        description="Links that came, went, or say something else, by the canonical reference of their effect. Null "
        "only beside an error."
    )
    def links(self, first: First, after: Within = None, filter: Shown = None) -> LinkChangedConnection | None:  # noqa: A002
        asked = self.asked
        rows, marks, info, total = asked.page("links", first, after, filter, difference.edges)
        keys = list({key for row in rows for key in (row.edge.effect, row.edge.cause)})
        ends: dict[int, LineageNode] = {}
        for view in (asked.then, asked.now):
            ends |= _objects(asked.session, view, view.nodes(keys).values())
        edges = [
            LinkChangedEdge(cursor=mark, node=link_changed(row, ends)) for row, mark in zip(rows, marks, strict=True)
        ]
        return LinkChangedConnection(edges=edges, page_info=info, total_count=total)

    @strawberry.field(description="Gaps that came, went, or have another reason. Null only beside an error.")
    def gaps(self, first: First, after: Within = None, filter: Shown = None) -> GapChangedConnection | None:  # noqa: A002
        rows, marks, info, total = self.asked.page("gapChanges", first, after, filter, difference.gaps)
        edges = [GapChangedEdge(cursor=mark, node=gap_changed(row)) for row, mark in zip(rows, marks, strict=True)]
        return GapChangedConnection(edges=edges, page_info=info, total_count=total)

    @strawberry.field(description="Loose ends that came, went, or have another reason. Null only beside an error.")
    def loose_ends(
        self,
        first: First,
        after: Within = None,
        filter: Shown = None,  # noqa: A002
    ) -> LooseEndChangedConnection | None:
        rows, marks, info, total = self.asked.page("looseChanges", first, after, filter, difference.loose)
        edges = [
            LooseEndChangedEdge(cursor=mark, node=loose_changed(row)) for row, mark in zip(rows, marks, strict=True)
        ]
        return LooseEndChangedConnection(edges=edges, page_info=info, total_count=total)

    @strawberry.field(
        description="The workspaces and registries that both sides rest on, with when and how completely each was "
        "read. Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.asked.told.header
        return scopes(header.scopes, first, after, header.generation.number)


@strawberry.type
class DifferenceQueries:
    """The root field `difference`."""

    @strawberry.field(
        description="What changed from one time to another, counts first: in everything, or in the lineage (upstream) "
        "of one thing: what was believed of it then, and what now. Takes time in proportion to what changed. Null only "
        "beside an error, which a reference that neither time knows is here."
    )
    def difference(
        self,
        info: strawberry.Info[Session, None],
        from_: Annotated[AsOf, strawberry.argument(name="from", description="The first time.")],
        to: Annotated[
            AsOf | None, strawberry.argument(description="The second time; null means the newest generation.")
        ] = None,
        of: Annotated[
            NodeRef | None, strawberry.argument(description="The thing whose lineage is compared; null for everything.")
        ] = None,
        workspace: Annotated[
            str | None,
            strawberry.argument(
                description="Canonical reference of the workspace or registry that a relative reference is meant in; "
                "null means the only one that was crawled."
            ),
        ] = None,
    ) -> GenerationDifference | None:
        session = info.context
        then, now = session.view(from_.value()), session.view(to.value() if to else None)
        reference = of.text() if of is not None else None
        told = difference.difference(then, now, reference, scope_of(workspace), session.budget(None))
        session.visited += told.reached
        asked = Asked(session, then, now, told)
        node: LineageNode | None = None
        if told.of is not None:
            side = now if told.known[1] else then
            node = thing(Found(told.of), Page(session, side, (told.of.key,)))
        return GenerationDifference(
            before=generation(told.before),
            after=generation(told.after),
            of=node,
            known_before=told.known[0],
            known_after=told.known[1],
            is_complete=told.header.is_complete,
            truncations=truncations(told.header, asked),
            asked=asked,
        )


def _objects(session: Session, view: RememberingView, nodes: Iterable[graph.Node | None]) -> dict[int, LineageNode]:
    held = {node.key: node for node in nodes if node is not None}
    page = Page(session, view, held)
    return {key: thing(Found(node), page) for key, node in held.items()}
