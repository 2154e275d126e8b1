"""The list of model versions and the state of the index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import strawberry

from lineage import catalogue, ports
from lineage.api import cursors
from lineage.api.lineages import THINGS, thing
from lineage.api.outcomes import scope_of
from lineage.api.paging import (
    First,
    Generation,
    PageInfo,
    ScopeConnection,
    Within,
    cut,
    generation,
    page_info,
    scopes,
)
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.things import Job, ModelVersion
from lineage.api.words import DateTime, ListOrderField, ModelOrderField, OrderDirection
from lineage.catalogue import Provenance
from lineage.errors import InvalidOption
from lineage.graph import LooseReason, Node, State
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import Index
from lineage.records import GapReason
from lineage.redaction import redact_text


@strawberry.input(description="Which model versions a list shows; every condition that is given must hold.")
class ModelFilter:
    text: str | None = strawberry.field(
        default=None, description="A part of the canonical reference, in any case of letters; null for any."
    )
    workspace: str | None = strawberry.field(
        default=None, description="Canonical reference of the workspace or registry it lives in; null for any."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="The states it may be in; null or empty for any."
    )
    stage: str | None = strawberry.field(default=None, description="The stage it was given; null for any.")
    tags: list[str] | None = strawberry.field(
        default=None, description="Tags it must have, each `key` or `key=value`; null or empty for any."
    )
    has_producer: bool | None = strawberry.field(
        default=None, description="True: only those with a known job behind them; false: only those without."
    )
    created_from: DateTime | None = strawberry.field(
        default=None, description="Registered at or after this instant; null for any time."
    )
    created_to: DateTime | None = strawberry.field(
        default=None,
        description="Registered at or before this instant, a day alone meaning all of it; null for any time.",
    )

    name: str | None = strawberry.field(
        default=None, description="The model's name, whole, in any case of letters; null for any."
    )
    types: list[str] | None = strawberry.field(
        default=None,
        description="The types it may have, such as `mlflow_model`, in any case of letters; null or empty for any.",
    )
    created_by: list[str] | None = strawberry.field(
        default=None,
        description="Who may have registered it, as the service names them, in any case of letters; null or empty for "
        "anybody.",
    )
    provenances: list[Provenance] | None = strawberry.field(
        default=None, description="How surely the job behind it may be known; null or empty for any."
    )

    def wanted(self) -> catalogue.ModelFilter:
        """The filter of the pure question. Raises InvalidOption for a workspace or an instant that is none."""
        scope = scope_of(self.workspace)
        return catalogue.ModelFilter(
            text=self.text or "",
            scope=scope.text if scope is not None else "",
            states=tuple(self.states or ()),
            stage=self.stage or "",
            tags=tuple(self.tags or ()),
            produced=self.has_producer,
            created_from=instant("createdFrom", self.created_from),
            created_to=instant("createdTo", self.created_to),
            name=self.name or "",
            types=tuple(self.types or ()),
            created_by=tuple(self.created_by or ()),
            provenances=tuple(self.provenances or ()),
        )


def instant(name: str, text: str | None) -> str:
    """The instant that an argument of this name holds, '' for none. Raises InvalidOption."""
    if not text:
        return ""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise InvalidOption(
            f"`{name}` is no instant: {redact_text(text[:50])!r}", "write 2026-03-31 or 2026-03-31T12:00:00Z"
        ) from None
    return text


@strawberry.input(description="The order of a list of model versions.")
class ModelOrder:
    field: ModelOrderField = strawberry.field(description="By what to order.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which end comes first; ascending unless said otherwise."
    )


@strawberry.input(description="The order of a list of things.")
class ListOrder:
    field: ListOrderField = strawberry.field(description="By what to order.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Which end comes first; ascending unless said otherwise."
    )


class _Origins:
    """The jobs behind the model versions of a page, found for all of them when the first is asked."""

    def __init__(self, session: Session, view: RememberingView, keys: Sequence[int]) -> None:
        self._session = session
        self._view = view
        self._keys = keys

    def of(self, key: int) -> tuple[Provenance, tuple[int, ...]]:
        """How surely the job of a model version is known, and which jobs it may be, the surest first."""
        return self._made[key]

    def surest(self, key: int) -> Node | None:
        jobs = self._made[key][1]
        return self.jobs.node(jobs[0]) if jobs else None

    @cached_property
    def jobs(self) -> Page:
        """The surest job of each."""
        return Page(self._session, self._view, dict.fromkeys(jobs[0] for _, jobs in self._made.values() if jobs))

    @cached_property
    def _made(self) -> dict[int, tuple[Provenance, tuple[int, ...]]]:
        return catalogue.producers(self._view, self._keys)


@strawberry.type(description="A model version in a list.")
class ModelEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: ModelVersion = strawberry.field(description="The model version.")
    key: strawberry.Private[int]
    origins: strawberry.Private[_Origins]

    @strawberry.field(description="What is known of the job behind it.")
    def provenance(self) -> Provenance:
        return self.origins.of(self.key)[0]

    @strawberry.field(
        description="How many jobs may have made it: more than one when the link is ambiguous or when the job that the "
        "registration names is not the one that wrote the files."
    )
    def producer_count(self) -> int:
        return len(self.origins.of(self.key)[1])

    @strawberry.field(description="The job that most surely made it; null when none is known.")
    def producer(self) -> Job | None:
        node = self.origins.surest(self.key)
        made = thing(Found(node), self.origins.jobs) if node is not None else None
        return made if isinstance(made, Job) else None


class _Listing(NamedTuple):
    session: Session
    view: RememberingView
    wanted: catalogue.ModelFilter


@strawberry.type(description="Model versions of the estate.")
class ModelConnection:
    edges: list[ModelEdge] = strawberry.field(description="The model versions of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    generation: Generation = strawberry.field(description="The published state that the page was read from.")
    listing: strawberry.Private[_Listing]

    @strawberry.field(
        description="Model versions that pass the filter, over all pages; null when counting them would take the "
        "request's time."
    )
    def total_count(self) -> int | None:
        session, view, wanted = self.listing
        return session.total(view, ("models", wanted), lambda: catalogue.count(view, wanted, session.expired))


def models(
    session: Session,
    view: RememberingView,
    first: int,
    after: str | None,
    wanted: catalogue.ModelFilter,
    order: ModelOrder | None,
) -> ModelConnection:
    """A page of model versions. Raises InvalidOption."""
    size = cursors.page_size(first)
    number = view.generation.number
    told = catalogue.model_nodes(view, wanted, start_of(view, after, "models"), size, order_of(order))
    marks = [str(cursors.Cursor("models", number, one.key)) for one in told.nodes]
    info = page_info(marks, after, more=bool(told.after))
    keys = [one.key for one in told.nodes]
    page, origins = Page(session, view, keys), _Origins(session, view, keys)
    edges = []
    for one, mark in zip(told.nodes, marks, strict=True):
        node = THINGS[Kind.MODEL_VERSION].build(Found(one), page)
        assert isinstance(node, ModelVersion)
        edges.append(ModelEdge(cursor=mark, node=node, key=one.key, origins=origins))
    return ModelConnection(
        edges=edges, page_info=info, generation=generation(view.generation), listing=_Listing(session, view, wanted)
    )


def start_of(view: RememberingView, after: str | None, listing: str) -> str:
    """Canonical text of the thing that a cursor stands behind, '' for none. Raises InvalidOption."""
    if after is None:
        return ""
    position = cursors.read(after, listing).position
    last = view.nodes((position,)).get(position)
    if last is None:
        raise cursors.foreign()
    return last.text


def order_of(order: ModelOrder | ListOrder | None) -> ports.Order:
    """The order of the pure question."""
    if order is None:
        return ports.Order()
    fact = "" if order.field.name == "REFERENCE" else str(order.field.value)
    return ports.Order(fact, order.direction is OrderDirection.DESC)


@strawberry.type(description="How many things could not be read, for one reason.")
class GapCount:
    reason: GapReason = strawberry.field(description="The reason.")
    count: int = strawberry.field(description="Things or listings.")


@strawberry.type(description="How many references could not be followed, for one reason.")
class LooseCount:
    reason: LooseReason = strawberry.field(description="The reason.")
    count: int = strawberry.field(description="References.")


@strawberry.type(description="For how many model versions the job behind them is known.")
class ProvenanceCoverage:
    total: int = strawberry.field(description="Model versions in all.")
    confirmed: int = strawberry.field(description="Those whose job the service says.")
    inferred: int = strawberry.field(description="Those whose job follows from a convention or from containment.")
    ambiguous: int = strawberry.field(description="Those with several candidates.")
    none: int = strawberry.field(description="Those without a known job.")


@strawberry.type(description="An entry of a list of generations.")
class GenerationEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: Generation = strawberry.field(description="The generation.")


@strawberry.type(description="Published generations.")
class GenerationConnection:
    edges: list[GenerationEdge] = strawberry.field(description="The generations of this page, the newest first.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Generations in all.")


def generations(index: Index, number: int, first: int, after: str | None) -> GenerationConnection:
    """A page of the published generations, the newest first. Raises InvalidOption."""
    every = sorted(index.generations(), key=lambda one: one.number, reverse=True)
    page, marks, info = cut(every, first, after, "generations", number, lambda one: one.number)
    edges = [GenerationEdge(cursor=mark, node=generation(one)) for one, mark in zip(page, marks, strict=True)]
    return GenerationConnection(edges=edges, page_info=info, total_count=len(every))


class _Told:
    """The pure question behind `Status`, put once and only when a field needs it."""

    def __init__(self, index: Index, view: RememberingView) -> None:
        self.index = index
        self.view = view

    @cached_property
    def status(self) -> catalogue.Status:
        return catalogue.status(self.index, self.view)


@strawberry.type(description="What the index holds, how fresh it is and what it lacks, as of one generation.")
class Status:
    generation: Generation = strawberry.field(description="The published state that this describes.")
    told: strawberry.Private[_Told]

    @strawberry.field(
        description="The workspaces and registries that were read, with when and how completely. Null only beside an "
        "error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        return scopes(self.told.view.coverage(), first, after, self.generation.number)

    @strawberry.field(description="Published generations, the newest first. Null only beside an error.")
    def generations(self, first: First, after: Within = None) -> GenerationConnection | None:
        return generations(self.told.index, self.generation.number, first, after)

    @strawberry.field(
        description="For how many model versions the job behind them is known. Null only beside an error."
    )
    def coverage(self) -> ProvenanceCoverage | None:
        told = self.told.status.coverage
        return ProvenanceCoverage(
            total=told.total,
            confirmed=told.confirmed,
            inferred=told.inferred,
            ambiguous=told.ambiguous,
            none=told.none,
        )

    @strawberry.field(
        description="What could not be read, by reason, the most first; empty when everything could. Null only "
        "beside an error."
    )
    def gap_counts(self) -> list[GapCount] | None:
        counted = sorted(self.told.status.gaps.items(), key=lambda item: (-item[1], item[0].value))
        return [GapCount(reason=reason, count=count) for reason, count in counted]

    @strawberry.field(
        description="References that could not be followed, by reason, the most first; empty when all could. Null only "
        "beside an error."
    )
    def loose_end_counts(self) -> list[LooseCount] | None:
        counted = sorted(self.told.status.loose.items(), key=lambda item: (-item[1], item[0].value))
        return [LooseCount(reason=reason, count=count) for reason, count in counted]


def status(session: Session, view: RememberingView) -> Status:
    return Status(generation=generation(view.generation), told=_Told(session.index, view))
