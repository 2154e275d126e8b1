"""`trace`: where a thing came from at one glance, and what a model version was made from by value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import strawberry

from lineage import graph, profile, summary
from lineage import trace as tracing
from lineage.api.arguments import When
from lineage.api.comparisons import ModelValue, Sides, model_value, things_of
from lineage.api.lineages import LineageNode, LooseEnd, Truncation, loose_end, thing, truncations
from lineage.api.outcomes import NodeRef, scope_of
from lineage.api.paging import First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.catalogue import Provenance
from lineage.graph import Certainty
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found, find
from lineage.profile import Aspect

LISTING = "traceValues"


@strawberry.type(description="A job and what of it the thing came from.")
class Maker:
    job: LineageNode = strawberry.field(description="The job.")
    output: str | None = strawberry.field(description="Name of its output; null when that is not known.")
    path: str | None = strawberry.field(description="The path inside that output; null for the whole output.")
    certainty: Certainty = strawberry.field(description="That of the weakest link on the surest way to it.")
    rank: int = strawberry.field(description="Order among candidates, the likeliest 0; 0 for any other.")


@strawberry.type(description="Data with nothing known before it.")
class DataRoot:
    node: LineageNode = strawberry.field(description="A data asset, or a place that a job read.")
    places: list[LineageNode] = strawberry.field(description="Where the asset lies; empty for a place.")


@strawberry.type(description="What ran: a commit, an uploaded snapshot, or both.")
class CodeRun:
    repository: str | None = strawberry.field(description="Git's remote; null when the service does not say.")
    branch: str | None = strawberry.field(description="Git's branch; null when the service does not say.")
    commit: str | None = strawberry.field(description="Git's commit; null when the service does not say.")
    is_dirty: bool | None = strawberry.field(
        description="Whether files differed from the commit when the job was submitted; null when the service does not "
        "say."
    )
    version: LineageNode | None = strawberry.field(
        description="The snapshot that was uploaded; null when none is known."
    )


@strawberry.type(description="A value that a model version was made with, or an aspect of which it is not known.")
class TraceValue:
    aspect: Aspect = strawberry.field(description="What it tells of.")
    name: str | None = strawberry.field(
        description="Which of its aspect: an input, a parameter, `commit`; null when something of it is not known."
    )
    value: ModelValue | None = strawberry.field(description="The value; null when something is not known.")
    reason: str | None = strawberry.field(description="Why it is not known, in a sentence; null when it is.")
    remedy: str | None = strawberry.field(
        description="What to do to know it, in a sentence; null when there is nothing to do."
    )


@strawberry.type(description="An entry of the values of a model version.")
class TraceValueEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: TraceValue = strawberry.field(description="The value.")


@strawberry.type(description="The values of a model version, by aspect and then by name.")
class TraceValueConnection:
    edges: list[TraceValueEdge] = strawberry.field(description="The values of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Values over all pages.")


@strawberry.type(description="Where a thing came from at one glance. `upstream` has all of it.")
class Trace:
    node: LineageNode = strawberry.field(description="The thing that was asked about.")
    certainty: Provenance = strawberry.field(description="How surely a job behind it is known.")
    made_by: list[Maker] = strawberry.field(description="The jobs that wrote it, the surest first.")
    candidates: list[Maker] = strawberry.field(
        description="When it is one of several jobs, those, the likeliest first; empty otherwise."
    )
    declared_by: list[Maker] = strawberry.field(
        description="Jobs that the registration names beside those that wrote it: the pipeline whose step did, the job "
        "that reused another's output."
    )
    story: str | None = strawberry.field(
        description="Why declared and real job differ, in a sentence; null when they do not."
    )
    copied_from: list[LineageNode] = strawberry.field(description="What it is a copy of, the nearest first.")
    data_roots: list[DataRoot] = strawberry.field(description="Where the data behind it began.")
    code_runs: list[CodeRun] = strawberry.field(description="What ran in those jobs.")
    environments: list[LineageNode] = strawberry.field(description="What those jobs ran in.")
    base_models: list[LineageNode] = strawberry.field(description="Models that those jobs read.")
    loose_ends: list[LooseEnd] = strawberry.field(description="Why no job is known; empty when one is.")
    generation: Generation = strawberry.field(description="The published state that the answer was read from.")
    is_complete: bool = strawberry.field(
        description="Whether everything that it rests on was read. False always comes with `truncations`."
    )
    truncations: list[Truncation] = strawberry.field(
        description="Why something may be missing; empty when it is complete."
    )
    told: strawberry.Private[tracing.Trace]
    session: strawberry.Private[Session]
    view: strawberry.Private[RememberingView]

    @strawberry.field(
        description="What a model version was made from by value: inputs, code, environment, packages, parameters, "
        "compute, people, each with its evidence, and what of that is not known. Empty for anything else. Null only "
        "beside an error."
    )
    def values(
        self,
        first: First,
        after: Within = None,
        aspects: Annotated[
            list[Aspect] | None, strawberry.argument(description="Only of these aspects; null or empty for all.")
        ] = None,
    ) -> TraceValueConnection | None:
        found = self.told.found
        if found.node.kind is not Kind.MODEL_VERSION:
            return TraceValueConnection(
                edges=[],
                page_info=PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None),
                total_count=0,
            )
        told = profile.profile(self.view, found, self.session.budget(None))
        rows: list[profile.Value | tuple[Aspect, profile.Unknown]] = [*told.values, *told.unknown.items()]
        order = {aspect: place for place, aspect in enumerate(Aspect)}
        rows = [row for row in rows if not aspects or _aspect(row) in aspects]
        rows.sort(key=lambda row: order[_aspect(row)])
        page, marks, info = cut(rows, first, after, LISTING, self.view.generation.number, _key)
        nodes = things_of(self.session, self.view, [row if isinstance(row, profile.Value) else None for row in page])
        edges = [TraceValueEdge(cursor=mark, node=_value(row, nodes)) for row, mark in zip(page, marks, strict=True)]
        return TraceValueConnection(edges=edges, page_info=info, total_count=len(rows))

    @strawberry.field(
        description="The workspaces and registries that it touches, with when and how completely each was read. Null "
        "only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.told.header
        return scopes(header.scopes, first, after, header.generation.number)


@strawberry.type
class TraceQueries:
    """The root field `trace`."""

    @strawberry.field(
        description="Where a thing came from at one glance: who made it, from which data, by which code, in what "
        "environment, and how sure that is. Null only beside an error, which a reference that cannot be answered is "
        "here."
    )
    def trace(
        self,
        info: strawberry.Info[Session, None],
        ref: Annotated[NodeRef, strawberry.argument(description="The thing.")],
        workspace: Annotated[
            str | None,
            strawberry.argument(
                description="Canonical reference of the workspace or registry that a relative reference is meant in; "
                "null means the only one that was crawled."
            ),
        ] = None,
        as_of: When = None,
    ) -> Trace | None:
        session = info.context
        view = session.view(as_of.value() if as_of else None)
        found = find(view, ref.text(), scope_of(workspace))
        told = tracing.trace(view, found, session.budget(None))
        session.visited += len(told.nodes)
        return _short(session, view, told)


def _short(session: Session, view: RememberingView, told: tracing.Trace) -> Trace:
    short = summary.summary(told)
    page = Page(session, view, told.nodes)

    def shown(nodes: Iterable[graph.Node]) -> list[LineageNode]:
        return [thing(Found(node), page) for node in nodes]

    def makers(of: Iterable[summary.Maker]) -> list[Maker]:
        return [
            Maker(
                job=thing(Found(one.job), page),
                output=one.output or None,
                path=one.path or None,
                certainty=one.certainty,
                rank=one.rank,
            )
            for one in of
        ]

    return Trace(
        node=thing(told.found, page),
        certainty=short.certainty,
        made_by=makers(short.made),
        candidates=makers(short.candidates),
        declared_by=makers(short.declared),
        story=short.story or None,
        copied_from=shown(short.copied_from),
        data_roots=[DataRoot(node=thing(Found(root.node), page), places=shown(root.places)) for root in short.data],
        code_runs=[
            CodeRun(
                repository=run.git.get("repo"),
                branch=run.git.get("branch"),
                commit=run.git.get("commit"),
                is_dirty=_flag(run.git.get("dirty")),
                version=thing(Found(run.version), page) if run.version is not None else None,
            )
            for run in short.code
        ],
        environments=shown(short.environments),
        base_models=shown(short.base_models),
        loose_ends=[loose_end(end) for end in short.loose],
        generation=generation(told.header.generation),
        is_complete=told.header.is_complete,
        truncations=truncations(told.header, Sides(session, view, view, told.nodes)),
        told=told,
        session=session,
        view=view,
    )


def _flag(text: str | None) -> bool | None:
    return None if text is None else text.lower() == "true"


def _aspect(row: profile.Value | tuple[Aspect, profile.Unknown]) -> Aspect:
    return row.aspect if isinstance(row, profile.Value) else row[0]


def _key(row: profile.Value | tuple[Aspect, profile.Unknown]) -> int:
    if isinstance(row, profile.Value):
        return key_of(f"{row.aspect} {row.name} {row.identity}")
    return key_of(f"{row[0]} unknown")


def _value(row: profile.Value | tuple[Aspect, profile.Unknown], nodes: dict[int, LineageNode]) -> TraceValue:
    if isinstance(row, profile.Value):
        value = model_value(row, nodes)
        return TraceValue(aspect=row.aspect, name=row.name, value=value, reason=None, remedy=None)
    aspect, unknown = row
    return TraceValue(aspect=aspect, name=None, value=None, reason=unknown.reason, remedy=unknown.remedy or None)
