"""The shape of every lineage answer: connections whose edges carry the facts of the links.

A connection lists each thing that was reached once. Its edge tells the link that
reached the thing first; `links` tells every link that reached it. All of it is
read off one `Trace` or `Impact`, the same values that the command line shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import strawberry

from lineage import graph, lookup
from lineage.api import cursors
from lineage.api.arguments import AsOf, LineageFilter, as_of_page, deep
from lineage.api.arranging import Answer, Told, end_key
from lineage.api.cuts import LooseEnd, LooseEndConnection, LooseEndEdge, Truncation, loose_end, truncations
from lineage.api.links import LineageEdge, LinkConnection, LinkEdge, first_link
from lineage.api.naming import StopAt, follow
from lineage.api.nodes import (
    COLLECTIONS,
    THINGS,
    WALKS,
    LineageNode,
    Node,
    NodeConnection,
    NodeEdge,
    thing,
    things,
)
from lineage.api.paging import First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.reading import Page
from lineage.api.session import RememberingView
from lineage.api.widening import WideAnswer, widened
from lineage.graph import Direction
from lineage.ids import Kind, Scope
from lineage.impact import Impact, impact
from lineage.lookup import Found
from lineage.trace import Trace, trace
from lineage.traversal import Follow


@strawberry.type(description="How many things of one kind were reached.")
class KindCount:
    kind: Kind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="Things of that kind, before `filter` and paging.")


@strawberry.type(
    description="An answer about lineage: the things that were reached, and how far the answer can be trusted."
)
class LineageConnection:
    edges: list[LineageEdge] = strawberry.field(
        description="The things of this page, by depth and then by canonical reference; in an answer of more than "
        "5,000 names by depth and then by the least id that a thing goes by. Each thing stands here once."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Things that were reached and pass `filter`, over all pages.")
    generation: Generation = strawberry.field(description="The published state that the whole answer was read from.")
    is_complete: bool = strawberry.field(
        description="Whether nothing cut the answer short and everything it rests on was read. False always comes with "
        "`truncations`."
    )
    truncations: list[Truncation] = strawberry.field(
        description="Why the answer may lack something: at most one entry for each reason and scope; empty when it is "
        "complete."
    )
    answer: strawberry.Private[Told]

    @strawberry.field(
        description="How many things of each kind were reached, the most first, before `filter` and paging. A "
        "thing with several names counts once."
    )
    def counts(self) -> list[KindCount]:
        counted = self.answer.counts
        order = sorted(counted, key=lambda kind: (-counted[kind], kind.value))
        return [KindCount(kind=kind, count=counted[kind]) for kind in order]

    @strawberry.field(
        description="The workspaces and registries that the answer touches, with when and how completely each was "
        "read; for `downstream` all of them, because a consumer may live anywhere. Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.answer.header
        return scopes(header.scopes, first, after, header.generation.number)

    @strawberry.field(
        description="References in the records of the things reached that could not be followed, so that nobody takes "
        "a missing link for a missing cause; always empty for `downstream`. Null only beside an error."
    )
    def loose_ends(self, first: First, after: Within = None) -> LooseEndConnection | None:
        answer = self.answer
        ends = [(owner, end) for owner, found in answer.loose.items() for end in found]
        number = answer.header.generation.number
        page, marks, info = cut(ends, first, after, "looseEnds", number, lambda one: end_key(one[1]))
        owners = Page(answer.session, answer.view, dict.fromkeys(owner for owner, _ in page))
        edges = [
            LooseEndEdge(cursor=mark, node=loose_end(end), of=of)
            for (_, end), mark, of in zip(page, marks, things(owners, (owner for owner, _ in page)), strict=True)
        ]
        return LooseEndConnection(edges=edges, page_info=info, total_count=len(ends))


def lineage(
    of: LineageNode,
    direction: Direction,
    first: int,
    after: str | None,
    max_depth: int | None,
    wanted: LineageFilter | None,
    stop: StopAt | None,
    when: AsOf | None,
    scope: Scope | None = None,
) -> LineageConnection | None:
    """The page of the lineage of a thing. Raises InvalidOption for arguments that cannot mean anything."""
    cursors.page_size(first)
    deep(max_depth)
    page, found = of.page, of.found
    as_of = as_of_page(when, after, direction.value)
    if as_of is not None:
        view = page.session.view(as_of)
        if view is not page.view:
            page, found = Page(page.session, view, (found.node.key,)), lookup.find(view, found.node.text)
    told = follow(page.view, wanted, stop, scope)
    if direction is Direction.DOWNSTREAM:
        wide = widened(page.session, page.view, (spanned(page.view, found),), max_depth, told)
        if wide is not None:
            large = WideAnswer(page.session, page.view, wide)
            return connection(large, large.rows(wanted), first, after)
    page.read_ahead(direction, max_depth, told)
    answer = ask(page, found, direction, max_depth, told)
    shown = answer.reached if wanted is None else [node for node in answer.reached if wanted.shows(node)]
    return connection(answer, shown, first, after)


_HOLDERS: Final = frozenset({Kind.LOCATION, Kind.DATASTORE, Kind.MODEL, Kind.WORKSPACE, Kind.REGISTRY, Kind.OTHER})
"""Kinds that stand for what they hold when they are asked about."""


def ask(
    page: Page, found: Found, direction: Direction, max_depth: int | None, following: Follow | None = None
) -> Answer:
    """Put the pure question and arrange its answer."""
    session, view = page.session, page.view
    budget = session.budget(max_depth)
    found = spanned(view, found)

    def answered() -> Answer:
        told: Trace | Impact
        if direction is Direction.UPSTREAM:
            told = trace(view, found, budget, follow=following)
        else:
            told = impact(view, (found,), budget, following)
        session.visited += len(told.depth)
        loose = told.loose if isinstance(told, Trace) else {}
        return Answer(
            direction, (found,), told.header, told.nodes, told.depth, told.edges, session, view, told.things, loose
        )

    key = (view.generation.number, direction, found.node.key, found.path, max_depth, following)
    answer = session.kept(key, answered)
    answer.session, answer.view = session, view
    return answer


def spanned(view: RememberingView, found: Found) -> Found:
    """The thing with what it holds and what holds it, which belong to the question: the look-up knows."""
    if found.node.kind in _HOLDERS and not (found.inside or found.around):
        return lookup.find(view, found.node.text)
    return found


def connection(answer: Told, shown: Sequence[graph.Node], first: int, after: str | None) -> LineageConnection:
    number = answer.view.generation.number
    nodes, marks, info = cut(shown, first, after, answer.direction.value, number, lambda node: node.key)
    page = Page(answer.session, answer.view, (node.key for node in nodes))
    answer.read(nodes)
    return LineageConnection(
        edges=[
            LineageEdge(node=thing(Found(node), page), **first_link(answer, node.key, mark))
            for node, mark in zip(nodes, marks, strict=True)
        ],
        page_info=info,
        total_count=len(shown),
        generation=generation(answer.header.generation),
        is_complete=answer.header.is_complete,
        truncations=truncations(answer.header, answer),
        answer=answer,
    )


WALKS.append(lineage)

__all__ = [
    "COLLECTIONS",
    "THINGS",
    "KindCount",
    "LineageConnection",
    "LineageEdge",
    "LineageNode",
    "LinkConnection",
    "LinkEdge",
    "LooseEnd",
    "LooseEndConnection",
    "LooseEndEdge",
    "Node",
    "NodeConnection",
    "NodeEdge",
    "Truncation",
    "first_link",
    "lineage",
    "loose_end",
    "thing",
    "things",
    "truncations",
]
