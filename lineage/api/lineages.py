"""The shape of every lineage answer: things, and connections whose edges carry the facts of the links.

A connection lists each thing that was reached once. Its edge tells the link that
reached the thing first; `links` tells every link that reached it. All of it is
read off one `Trace` or `Impact`, the same values that the command line shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Final, Self

import strawberry

from lineage import answers, graph, lookup
from lineage.api import cursors
from lineage.api.arguments import AsOf, LineageFilter, MaxDepth, Shown, When, as_of_page, deep
from lineage.api.arranging import Answer, Ground, Step, end_key, link_key
from lineage.api.naming import StopAt, Stopping, follow
from lineage.api.paging import After, First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.proof import Evidence, evidence
from lineage.api.reading import Page
from lineage.api.words import DateTime
from lineage.details import Authors
from lineage.graph import Certainty, Derivation, Direction, LooseReason, Relation, State
from lineage.ids import Kind, Scope
from lineage.impact import Impact, impact
from lineage.lookup import Found
from lineage.trace import Trace, trace
from lineage.traversal import Follow, TruncationReason


@strawberry.interface(description="Anything with an id (Relay).")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Opaque and stable: made from the canonical reference alone, the same in every generation, every "
        "index and every version of this program. Pass it to `node`, `nodes` or `NodeRef.id`."
    )


@strawberry.interface(
    description="A thing of the estate: something made, something that made it, or where it lies and serves."
)
class LineageNode(Node):
    reference: str = strawberry.field(
        description="Canonical reference: one spelling for each thing, an Azure ML URI or a storage URL. It can be "
        "passed to `NodeRef.uri` and to the command line."
    )
    kind: Kind = strawberry.field(description="What it is.")
    name: str | None = strawberry.field(
        description="Its name in Azure ML; null when the name is not known, as for a place."
    )
    state: State = strawberry.field(description="What is known of the thing itself.")
    reason: str | None = strawberry.field(description="Why `state` is not `LIVE`, in a sentence; null when it is.")
    remedy: str | None = strawberry.field(
        description="What to do to learn more, in a sentence; null when there is nothing to do."
    )
    seen_as: str | None = strawberry.field(
        description="The spelling in which the service or a record first named it; null when only the canonical one "
        "was met."
    )
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry it lives in; null for a place in a storage "
        "account."
    )
    created_at: DateTime | None = strawberry.field(
        description="When it was created (`systemData.createdAt`, for jobs the run history's `createdUtc`); null when "
        "no record says."
    )
    created_by: str | None = strawberry.field(
        description="Who created it, as the service names the identity (`systemData.createdBy`); null when no record "
        "says."
    )
    found: strawberry.Private[Found]
    page: strawberry.Private[Page]

    @strawberry.field(
        description="What kind of identity created it, `User`, `Application`, `ManagedIdentity` or `Key` "
        "(`systemData.createdByType`); null when no record says."
    )
    def created_by_type(self) -> str | None:
        return self._authors.created_by_type

    @strawberry.field(
        description="When it was last modified, as of when its record last changed otherwise "
        "(`systemData.lastModifiedAt`, for jobs the run history's `lastModifiedUtc`); null when no record says."
    )
    def modified_at(self) -> DateTime | None:
        at = self._authors.modified_at
        return DateTime(at) if at else None

    @strawberry.field(
        description="Who modified it last, as of when its record last changed otherwise "
        "(`systemData.lastModifiedBy`); null when no record says."
    )
    def modified_by(self) -> str | None:
        return self._authors.modified_by

    @strawberry.field(
        description="What kind of identity modified it last (`systemData.lastModifiedByType`); null when no record "
        "says."
    )
    def modified_by_type(self) -> str | None:
        return self._authors.modified_by_type

    @property
    def _authors(self) -> Authors:
        authors: Authors = self.page.details(self.found.node).authors
        return authors

    @strawberry.field(
        description="Where it came from: everything it was made from, the nearest first. Null only beside an error "
        "that says why."
    )
    def upstream(
        self,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        as_of: When = None,
    ) -> LineageConnection | None:
        return lineage(self, Direction.UPSTREAM, first, after, max_depth, filter, stop_at, as_of)

    @strawberry.field(
        description="What breaks if it was wrong: everything made from it and everything that serves it, the nearest "
        "first. Null only beside an error that says why."
    )
    def downstream(
        self,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        as_of: When = None,
    ) -> LineageConnection | None:
        return lineage(self, Direction.DOWNSTREAM, first, after, max_depth, filter, stop_at, as_of)

    @strawberry.field(
        description="Its other names, learnt from crawled facts: by the workspace's GUID, by the storage account, as "
        "an implicit asset. Lineage follows them as if they were one. Null only beside an error."
    )
    def other_names(self, first: First, after: Within = None) -> NodeConnection | None:
        page = self.page
        every = page.names(self.found.node)
        known, marks, info = cut(every, first, after, "names", page.view.generation.number, lambda node: node.key)
        around = page.around(node.key for node in known)
        edges = [
            NodeEdge(cursor=mark, node=thing(Found(node), around)) for mark, node in zip(marks, known, strict=True)
        ]
        return NodeConnection(edges=edges, page_info=info, total_count=len(every))

    # Each object type lists here the facts it copies: attribute, key in `graph.Node.facts`, conversion.
    copies: ClassVar[tuple[tuple[str, str, Callable[[Any], Any]], ...]] = ()

    @classmethod
    def build(cls, found: Found, page: Page) -> Self:
        node, facts = found.node, found.node.facts
        more = {name: convert(facts[key]) if key in facts else convert(None) for name, key, convert in cls.copies}
        created = facts.get("createdAt")
        return cls(
            id=strawberry.ID(str(node.key)),
            reference=node.text,
            kind=node.kind,
            name=facts.get("name"),
            state=node.state,
            reason=node.reason or None,
            remedy=node.remedy or None,
            seen_as=node.seen if node.seen and node.seen != node.text else None,
            scope=answers.scope_text(node.text) or None,
            created_at=DateTime(created) if created else None,
            created_by=facts.get("createdBy") or None,
            found=found,
            page=page,
            **more,
        )


THINGS: Final[dict[Kind, type[LineageNode]]] = {}
"""The object type of each kind; `lineage.api.things` fills it."""

COLLECTIONS: Final[dict[str, type[LineageNode]]] = {}
"""The object type of what has no kind of its own, by the collection it is in (`schedules`)."""


def thing(found: Found, page: Page) -> LineageNode:
    """The API's object for a node."""
    node = found.node
    made = THINGS[node.kind]
    if node.kind is Kind.OTHER:
        made = COLLECTIONS.get(node.text.rpartition("/")[0].rpartition("/")[2], made)
    return made.build(found, page)


def things(page: Page, keys: Iterable[int]) -> list[LineageNode]:
    """The API's objects of these keys of a page; all of them are in its generation."""
    nodes = page.view.nodes(page.keys)
    return [thing(Found(nodes[key]), page) for key in keys]


@strawberry.type(description="A link that led to a thing; `node` is the thing it leads from, one step nearer.")
class LinkEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LineageNode = strawberry.field(description="The near end of the link.")
    relation: Relation = strawberry.field(description="What the link says, read from effect to cause.")
    name: str | None = strawberry.field(description="Name of the input or output; null when the link has none.")
    path: str | None = strawberry.field(
        description="Path inside the cause's output that the effect took; null for the whole output."
    )
    derivation: Derivation = strawberry.field(description="What the link was read from.")
    certainty: Certainty = strawberry.field(description="How far it may be trusted.")
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other link.")
    evidence: Evidence = strawberry.field(description="Why it is believed.")
    since: int = strawberry.field(description="Number of the generation that first published it as it is.")


@strawberry.type(description="The links of one answer that lead to one thing.")
class LinkConnection:
    edges: list[LinkEdge] = strawberry.field(description="The links of this page, the nearest and surest first.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Links in all, at least one.")


def _link(step: Step, cursor: str, near: LineageNode) -> LinkEdge:
    edge = step.edge
    return LinkEdge(
        cursor=cursor,
        node=near,
        relation=edge.relation,
        name=edge.name or None,
        path=edge.path or None,
        derivation=edge.derivation,
        certainty=edge.certainty,
        rank=edge.rank,
        evidence=evidence(edge.evidence),
        since=edge.since,
    )


@strawberry.type(
    description="A thing that was reached, with the link that reached it first (the nearest and surest one)."
)
class LineageEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: LineageNode = strawberry.field(description="The thing that was reached.")
    depth: int = strawberry.field(
        description="How many links lie between, on the shortest way; 0 for what the question itself spans, such as a "
        "place inside the place that was asked about."
    )
    relation: Relation | None = strawberry.field(
        description="What the link says, read from effect to cause; null at depth 0."
    )
    name: str | None = strawberry.field(description="Name of the input or output; null when the link has none.")
    path: str | None = strawberry.field(
        description="Path inside the cause's output that the effect took; null for the whole output."
    )
    derivation: Derivation | None = strawberry.field(
        description="What the link was read from; null when `relation` is."
    )
    certainty: Certainty | None = strawberry.field(description="How far it may be trusted; null when `relation` is.")
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other link.")
    evidence: Evidence | None = strawberry.field(description="Why it is believed; null when `relation` is.")
    since: int | None = strawberry.field(
        description="Number of the generation that first published the link as it is; null when `relation` is."
    )
    key: strawberry.Private[int]
    answer: strawberry.Private[Answer]

    @strawberry.field(
        description="Every link of this answer that leads to the thing, with its near end: the declared job and the "
        "job that really ran both stand here. Null only beside an error."
    )
    def links(self, first: First, after: Within = None) -> LinkConnection | None:
        answer = self.answer
        steps = answer.steps(self.key)
        number = answer.view.generation.number
        page, marks, info = cut(steps, first, after, "links", number, lambda step: link_key(step.edge))
        near = Page(answer.session, answer.view, dict.fromkeys(step.near for step in page))
        edges = [
            _link(step, mark, node)
            for step, mark, node in zip(page, marks, things(near, (step.near for step in page)), strict=True)
        ]
        return LinkConnection(edges=edges, page_info=info, total_count=len(steps))


@strawberry.type(description="How many things of one kind were reached.")
class KindCount:
    kind: Kind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="Things of that kind, before `filter` and paging.")


@strawberry.type(description="An entry of a list of things.")
class NodeEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LineageNode = strawberry.field(description="The thing.")


@strawberry.type(description="A list of things.")
class NodeConnection:
    edges: list[NodeEdge] = strawberry.field(description="The things of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Things in all.")


@strawberry.type(description="A reason why an answer may lack something.")
class Truncation:
    reason: TruncationReason = strawberry.field(description="The kind of reason.")
    detail: str = strawberry.field(description="What happened, in a sentence.")
    keys: strawberry.Private[tuple[int, ...]]
    answer: strawberry.Private[Ground]

    @strawberry.field(
        description="The things behind which the answer would go on: ask them to continue. Null only beside an error."
    )
    def frontier(self, first: First, after: Within = None) -> NodeConnection | None:
        answer = self.answer
        number = answer.view.generation.number
        known = [key for key in self.keys if key in answer.nodes] or list(answer.view.nodes(self.keys))
        page, marks, info = cut(known, first, after, "frontier", number, lambda key: key)
        nodes = things(Page(answer.session, answer.view, page), page)
        edges = [NodeEdge(cursor=mark, node=node) for mark, node in zip(marks, nodes, strict=True)]
        return NodeConnection(edges=edges, page_info=info, total_count=len(known))


@strawberry.type(description="A reference that a record holds and that could not be followed to a thing.")
class LooseEnd:
    reason: LooseReason = strawberry.field(description="Why it could not be followed.")
    record_kind: str = strawberry.field(
        description="Which answer of the service about the thing holds it: `model_version`, `job`, `run` and so on."
    )
    field: str = strawberry.field(description="Dotted path of the field in that answer.")
    value: str = strawberry.field(description="What stands there, with secrets removed.")
    remedy: str | None = strawberry.field(
        description="What to do to learn more, in a sentence; null when there is nothing to do."
    )


@strawberry.type(description="A reference that could not be followed, and the thing whose record holds it.")
class LooseEndEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LooseEnd = strawberry.field(description="The reference.")
    of: LineageNode = strawberry.field(description="The thing whose record holds it.")


@strawberry.type(description="The references of one answer that could not be followed.")
class LooseEndConnection:
    edges: list[LooseEndEdge] = strawberry.field(description="Those of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="References in all.")


@strawberry.type(
    description="An answer about lineage: the things that were reached, and how far the answer can be trusted."
)
class LineageConnection:
    edges: list[LineageEdge] = strawberry.field(
        description="The things of this page, by depth and then by canonical reference. Each thing stands here once."
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
    answer: strawberry.Private[Answer]

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


def loose_end(end: graph.Loose) -> LooseEnd:
    """The API's object for a loose end."""
    return LooseEnd(
        reason=end.reason,
        record_kind=end.record_kind,
        field=end.field,
        value=end.value,
        remedy=end.remedy or None,
    )


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
    if found.node.kind in _HOLDERS and not (found.inside or found.around):
        # What it holds, and what holds it, belongs to the question: the look-up knows.
        found = lookup.find(view, found.node.text)
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


def connection(answer: Answer, shown: Sequence[graph.Node], first: int, after: str | None) -> LineageConnection:
    number = answer.view.generation.number
    nodes, marks, info = cut(shown, first, after, answer.direction.value, number, lambda node: node.key)
    page = Page(answer.session, answer.view, (node.key for node in nodes))
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


def truncations(header: answers.Header, ground: Ground) -> list[Truncation]:
    """The API's objects for what cut an answer short."""
    return [
        Truncation(reason=cutting.reason, detail=cutting.detail, keys=cutting.frontier, answer=ground)
        for cutting in header.truncations
    ]


def first_link(answer: Answer, key: int, cursor: str) -> dict[str, Any]:
    """What a `LineageEdge` tells of the link that reached a thing first."""
    steps = answer.steps(key)
    edge = steps[0].edge if steps else None
    return {
        "cursor": cursor,
        "depth": answer.depth(key),
        "relation": edge.relation if edge else None,
        "name": (edge.name or None) if edge else None,
        "path": (edge.path or None) if edge else None,
        "derivation": edge.derivation if edge else None,
        "certainty": edge.certainty if edge else None,
        "rank": edge.rank if edge else 0,
        "evidence": evidence(edge.evidence) if edge else None,
        "since": edge.since if edge else None,
        "key": key,
        "answer": answer,
    }
