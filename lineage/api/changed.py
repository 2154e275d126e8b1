"""Things, links, gaps and loose ends that changed between two times, as the schema has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import strawberry

from lineage import difference, graph
from lineage.api.lineages import LineageNode
from lineage.api.paging import Generation, PageInfo
from lineage.api.proof import Evidence, evidence
from lineage.api.words import say
from lineage.changing import Change, EdgeChange, NodeChange, ToldChange
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind
from lineage.records import Gap, GapReason

_encode: Final = msgspec.json.Encoder(order="sorted").encode

say(
    Change,
    "Change",
    "How something stands at the second time to what it was at the first.",
    {
        Change.ADDED: "It is there, and was not.",
        Change.REMOVED: "It was there, and is not.",
        Change.CHANGED: "It was and is there, and says something else.",
    },
)


@strawberry.type(description="How many things of one kind changed in one way.")
class NodeChangeCount:
    kind: Kind = strawberry.field(description="The kind.")
    change: Change = strawberry.field(description="The change.")
    count: int = strawberry.field(description="Things, before `filter` and paging.")


@strawberry.type(description="How many links of one relation changed in one way.")
class LinkChangeCount:
    relation: Relation = strawberry.field(description="The relation.")
    change: Change = strawberry.field(description="The change.")
    count: int = strawberry.field(description="Links, before `filter` and paging.")


@strawberry.type(description="How many gaps or loose ends of one reason changed in one way.")
class ReasonChangeCount:
    reason: str = strawberry.field(description="A `GapReason` or a `LooseReason`; of a changed one the present reason.")
    change: Change = strawberry.field(description="The change.")
    count: int = strawberry.field(description="How many, before `filter` and paging.")


@strawberry.type(description="What one generation, and so one crawl or relink, brought of a difference.")
class Brought:
    generation: Generation = strawberry.field(description="The generation; its `root` is what was crawled.")
    things: int = strawberry.field(description="Things that are as it made them, or that went with it.")
    links: int = strawberry.field(description="Links, likewise.")
    gaps: int = strawberry.field(description="Gaps, likewise.")
    loose_ends: int = strawberry.field(description="Loose ends, likewise.")


@strawberry.type(description="A fact that a thing tells otherwise.")
class FactChange:
    name: str = strawberry.field(
        description="`state`, `reason`, `remedy`, `seenAs`, `kind`, or a fact of the service such as `stage`."
    )
    before: str | None = strawberry.field(
        description="As it was; what is no text stands in JSON. Null when it said nothing."
    )
    after: str | None = strawberry.field(description="As it is; likewise. Null when it says nothing.")


@strawberry.type(description="A thing that came, went or changed.")
class NodeChanged:
    change: Change = strawberry.field(description="The change.")
    before: LineageNode | None = strawberry.field(description="As it was; null when it was not there.")
    after: LineageNode | None = strawberry.field(description="As it is; null when it is not there.")
    facts: list[FactChange] = strawberry.field(
        description="What it tells otherwise; empty unless it is `CHANGED`. At most some twenty."
    )
    generation: int = strawberry.field(
        description="Number of the generation that made it what it is, or that it went with. In the lineage of one "
        "thing: that completed the way to it, or broke the last one."
    )


@strawberry.type(description="An entry of a list of things that changed.")
class NodeChangedEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: NodeChanged = strawberry.field(description="The change.")


@strawberry.type(description="Things that came, went or changed, by canonical reference.")
class NodeChangedConnection:
    edges: list[NodeChangedEdge] = strawberry.field(description="Those of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Those that pass `filter`, over all pages.")


@strawberry.type(description="What a link says on one side.")
class LinkSide:
    certainty: Certainty = strawberry.field(description="How far it may be trusted.")
    derivation: Derivation = strawberry.field(description="What it was read from.")
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other link.")
    evidence: Evidence = strawberry.field(description="Why it is believed.")
    since: int = strawberry.field(description="Number of the generation that first published it as it is on this side.")


@strawberry.type(description="A link that came, went or changed.")
class LinkChanged:
    change: Change = strawberry.field(description="The change.")
    effect: LineageNode | None = strawberry.field(
        description="What it leads from; null when neither side holds it as a thing."
    )
    cause: LineageNode | None = strawberry.field(
        description="What it leads to; null when neither side holds it as a thing."
    )
    relation: Relation = strawberry.field(description="What it says, read from effect to cause.")
    name: str | None = strawberry.field(description="Name of the input or output; null when it has none.")
    path: str | None = strawberry.field(description="Path inside the cause's output; null for the whole output.")
    before: LinkSide | None = strawberry.field(description="What it said; null when it was not there.")
    after: LinkSide | None = strawberry.field(description="What it says; null when it is not there.")
    generation: int = strawberry.field(description="Number of the generation that brought the change.")


@strawberry.type(description="An entry of a list of links that changed.")
class LinkChangedEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LinkChanged = strawberry.field(description="The change.")


@strawberry.type(description="Links that came, went or changed, by the canonical reference of their effect.")
class LinkChangedConnection:
    edges: list[LinkChangedEdge] = strawberry.field(description="Those of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Those that pass `filter`, over all pages.")


@strawberry.type(description="A gap that came, went or has another reason.")
class GapChanged:
    change: Change = strawberry.field(description="The change.")
    subject: str = strawberry.field(description="Canonical reference of the thing or listing that could not be read.")
    record_kind: str = strawberry.field(description="What was asked for about it: `job`, `run` and so on.")
    root: str | None = strawberry.field(
        description="Reference of the workspace or registry whose crawl met it; null when that is not known."
    )
    before: GapReason | None = strawberry.field(description="The reason that it had; null when it was not there.")
    after: GapReason | None = strawberry.field(description="The reason that it has; null when it is not there.")
    detail: str = strawberry.field(description="What happened, in a sentence, as told last.")
    remedy: str | None = strawberry.field(description="What to do, in a sentence; null when there is nothing to do.")
    generation: int = strawberry.field(description="Number of the generation that brought the change.")


@strawberry.type(description="An entry of a list of gaps that changed.")
class GapChangedEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: GapChanged = strawberry.field(description="The change.")


@strawberry.type(description="Gaps that came, went or changed.")
class GapChangedConnection:
    edges: list[GapChangedEdge] = strawberry.field(description="Those of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Those that pass `filter`, over all pages.")


@strawberry.type(description="A loose end that came, went or has another reason.")
class LooseEndChanged:
    change: Change = strawberry.field(description="The change.")
    record: str = strawberry.field(description="Canonical reference of the thing whose record holds it.")
    record_kind: str = strawberry.field(description="Which answer of the service about that thing holds it.")
    field: str = strawberry.field(description="Dotted path of the field in that answer.")
    value: str = strawberry.field(description="What stands there, with secrets removed.")
    before: LooseReason | None = strawberry.field(description="The reason that it had; null when it was not there.")
    after: LooseReason | None = strawberry.field(description="The reason that it has; null when it is not there.")
    remedy: str | None = strawberry.field(description="What to do, in a sentence; null when there is nothing to do.")
    generation: int = strawberry.field(description="Number of the generation that brought the change.")


@strawberry.type(description="An entry of a list of loose ends that changed.")
class LooseEndChangedEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LooseEndChanged = strawberry.field(description="The change.")


@strawberry.type(description="Loose ends that came, went or changed.")
class LooseEndChangedConnection:
    edges: list[LooseEndChangedEdge] = strawberry.field(description="Those of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Those that pass `filter`, over all pages.")


def node_changed(row: NodeChange, before: Mapping[int, LineageNode], now: Mapping[int, LineageNode]) -> NodeChanged:
    return NodeChanged(
        change=row.change,
        before=before[row.before.key] if row.before is not None else None,
        after=now[row.after.key] if row.after is not None else None,
        facts=[
            FactChange(name=name, before=_said(one), after=_said(other))
            for name, one, other in difference.facts_changed(row)
        ],
        generation=row.generation,
    )


def _said(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return _encode(value).decode()


def link_changed(row: EdgeChange, ends: Mapping[int, LineageNode]) -> LinkChanged:
    edge = row.edge
    return LinkChanged(
        change=row.change,
        effect=ends.get(edge.effect),
        cause=ends.get(edge.cause),
        relation=edge.relation,
        name=edge.name or None,
        path=edge.path or None,
        before=_side(row.before),
        after=_side(row.after),
        generation=row.generation,
    )


def _side(edge: graph.Edge | None) -> LinkSide | None:
    if edge is None:
        return None
    return LinkSide(
        certainty=edge.certainty,
        derivation=edge.derivation,
        rank=edge.rank,
        evidence=evidence(edge.evidence),
        since=edge.since,
    )


def gap_changed(row: ToldChange[Gap]) -> GapChanged:
    gap = row.told
    return GapChanged(
        change=row.change,
        subject=gap.subject,
        record_kind=gap.kind.value,
        root=row.root or None,
        before=row.before.reason if row.before is not None else None,
        after=row.after.reason if row.after is not None else None,
        detail=gap.detail,
        remedy=gap.remedy or None,
        generation=row.generation,
    )


def loose_changed(row: ToldChange[graph.Loose]) -> LooseEndChanged:
    end = row.told
    return LooseEndChanged(
        change=row.change,
        record=end.record,
        record_kind=end.record_kind,
        field=end.field,
        value=end.value,
        before=row.before.reason if row.before is not None else None,
        after=row.after.reason if row.after is not None else None,
        remedy=end.remedy or None,
        generation=row.generation,
    )


def reason_counts(counts: Iterable[tuple[tuple[GapReason | LooseReason, Change], int]]) -> list[ReasonChangeCount]:
    return [ReasonChangeCount(reason=reason.value, change=change, count=count) for (reason, change), count in counts]
