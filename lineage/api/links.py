"""Links as lineage answers tell them: the one that reached a thing first, and all that lead to it."""

from __future__ import annotations

from typing import Any

import strawberry

from lineage.api.arranging import Step, Told, link_key
from lineage.api.nodes import LineageNode, things
from lineage.api.paging import First, PageInfo, Within, cut
from lineage.api.proof import Evidence, evidence
from lineage.api.reading import Page
from lineage.graph import Certainty, Derivation, Relation


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
    answer: strawberry.Private[Told]

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


def first_link(answer: Told, key: int, cursor: str) -> dict[str, Any]:
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
