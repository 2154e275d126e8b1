"""Things as every answer shows them, and plain lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, ClassVar, Final, Self

import strawberry

from lineage import answers
from lineage.api.arguments import MaxDepth, Shown, When
from lineage.api.naming import Stopping
from lineage.api.paging import After, First, PageInfo, Within, cut
from lineage.api.reading import Page
from lineage.api.words import DateTime
from lineage.details import Authors
from lineage.graph import Direction, State
from lineage.ids import Kind
from lineage.lookup import Found

_LINEAGE: Any = Annotated["LineageConnection", strawberry.lazy("lineage.api.lineages")] | None  # noqa: F821

WALKS: Final[list[Callable[..., Any]]] = []
"""What tells the lineage of a thing; `lineage.api.lineages` fills it, which stands on this module."""


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
        "that says why.",
        graphql_type=_LINEAGE,
    )
    def upstream(
        self,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        as_of: When = None,
    ) -> Any:
        return WALKS[0](self, Direction.UPSTREAM, first, after, max_depth, filter, stop_at, as_of)

    @strawberry.field(
        description="What breaks if it was wrong: everything made from it and everything that serves it, the nearest "
        "first. Null only beside an error that says why.",
        graphql_type=_LINEAGE,
    )
    def downstream(
        self,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        as_of: When = None,
    ) -> Any:
        return WALKS[0](self, Direction.DOWNSTREAM, first, after, max_depth, filter, stop_at, as_of)

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


@strawberry.type(description="An entry of a list of things.")
class NodeEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LineageNode = strawberry.field(description="The thing.")


@strawberry.type(description="A list of things.")
class NodeConnection:
    edges: list[NodeEdge] = strawberry.field(description="The things of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Things in all.")
