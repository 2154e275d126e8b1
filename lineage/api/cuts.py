"""What an answer lacks: why it was cut short, and the references that could not be followed."""

from __future__ import annotations

import strawberry

from lineage import answers, graph
from lineage.api.arranging import Ground
from lineage.api.nodes import LineageNode, NodeConnection, NodeEdge, things
from lineage.api.paging import First, PageInfo, Within, cut
from lineage.api.reading import Page
from lineage.graph import LooseReason
from lineage.traversal import TruncationReason


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


def loose_end(end: graph.Loose) -> LooseEnd:
    """The API's object for a loose end."""
    return LooseEnd(
        reason=end.reason,
        record_kind=end.record_kind,
        field=end.field,
        value=end.value,
        remedy=end.remedy or None,
    )


def truncations(header: answers.Header, ground: Ground) -> list[Truncation]:
    """The API's objects for what cut an answer short."""
    return [
        Truncation(reason=cutting.reason, detail=cutting.detail, keys=cutting.frontier, answer=ground)
        for cutting in header.truncations
    ]
