"""Affected things as an impact lists them: with the link that explains them, their level and their owner."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from lineage.api.links import LineageEdge
from lineage.api.nodes import LineageNode, thing
from lineage.api.paging import PageInfo, cut
from lineage.api.reading import Page
from lineage.api.striking import Struck
from lineage.api.words import say
from lineage.graph import Node
from lineage.impact import Served
from lineage.lookup import Found
from lineage.owners import Basis

say(
    Basis,
    "OwnerBasis",
    "What says who an owner is. The first of these that says something counts.",
    {
        Basis.TAG: "The thing's `owner` tag.",
        Basis.CREATOR: "Who created it (`systemData.createdBy`, for jobs the run history's `createdBy`).",
        Basis.MODIFIER: "Who modified it last (`systemData.lastModifiedBy`), when no record says who created it.",
        Basis.JOB: "The owner of the job whose output it is.",
    },
)


@strawberry.type(description="An affected thing, with the link that explains it, its place in the work and its owner.")
class AffectedEdge(LineageEdge):
    struck: strawberry.Private[Struck]

    @strawberry.field(
        description="In which step of the work it can be put right: one more than the highest level among what it was "
        "made from; 1 for what was made from the sources alone. Things made from one another in a circle share a "
        "level. Of a source itself 0, unless it was made from another one."
    )
    def level(self) -> int:
        return self.struck.level(self.key)

    @strawberry.field(
        description="Whom to ask about it, as the service names the identity or the `owner` tag the person; null when "
        "no record says, as for a place in storage."
    )
    def owner(self) -> str | None:
        return self.struck.owner(self.key).name or None

    @strawberry.field(description="What says so; null when `owner` is.")
    def owner_basis(self) -> Basis | None:
        return self.struck.owner(self.key).basis


@strawberry.type(description="Affected things.")
class AffectedConnection:
    edges: list[AffectedEdge] = strawberry.field(description="The things of this page, in the order of `impact`.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Things in all.")


@strawberry.type(description="A deployment that is affected, with the traffic it takes.")
class AffectedDeploymentEdge(AffectedEdge):
    traffic: int | None = strawberry.field(
        description="Percent of the endpoint's live requests that it gets; null for a batch deployment or when the "
        "service did not say."
    )
    mirror_traffic: int | None = strawberry.field(
        description="Percent of the endpoint's live requests that are copied to it; null when the service did not say."
    )
    endpoint: LineageNode | None = strawberry.field(
        description="The endpoint it stands behind; null when no record says."
    )


@strawberry.type(description="The deployments that are affected.")
class AffectedDeploymentConnection:
    edges: list[AffectedDeploymentEdge] = strawberry.field(
        description="The deployments of this page, those with the most live traffic first."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(
        description="Deployments in all; one that is a source itself counts, since it serves what may be wrong."
    )


def affected(struck: Struck, nodes: Sequence[Node], first: int, after: str | None, listing: str) -> AffectedConnection:
    """A page of affected things."""
    page, marks, info = cut(nodes, first, after, listing, struck.number, lambda node: node.key)
    around = Page(struck.session, struck.view, (node.key for node in page))
    struck.read(page)
    edges = [
        AffectedEdge(node=thing(Found(node), around), struck=struck, **struck.first_link(node.key, mark))
        for node, mark in zip(page, marks, strict=True)
    ]
    return AffectedConnection(edges=edges, page_info=info, total_count=len(nodes))


def serving(struck: Struck, rows: Sequence[Served], marks: Sequence[str]) -> list[AffectedDeploymentEdge]:
    nodes = [node for row in rows for node in (row.deployment, row.endpoint) if node is not None]
    around = Page(struck.session, struck.view, (node.key for node in nodes))
    struck.read([row.deployment for row in rows])
    return [
        AffectedDeploymentEdge(
            node=thing(Found(row.deployment), around),
            traffic=row.traffic,
            mirror_traffic=row.mirror,
            endpoint=thing(Found(row.endpoint), around) if row.endpoint is not None else None,
            struck=struck,
            **struck.first_link(row.deployment.key, mark),
        )
        for row, mark in zip(rows, marks, strict=True)
    ]
