"""`coverage`: how many model versions can be traced to a job, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import strawberry

from lineage import coverage, graph, trending
from lineage.api.arguments import AsOf, When, as_of_page
from lineage.api.lineages import Truncation, truncations
from lineage.api.outcomes import scope_of
from lineage.api.paging import After, First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.session import RememberingView, Session
from lineage.api.words import say
from lineage.coverage import REMEDIES, Grouping, Reason, Tally, Wanted
from lineage.errors import InvalidOption
from lineage.graph import State
from lineage.ids import key as key_of

say(
    Grouping,
    "CoverageGrouping",
    "By what model versions are grouped.",
    {
        Grouping.WORKSPACE: "By the workspace that they live in; those of registries have no key.",
        Grouping.REGISTRY: "By the registry that they live in; those of workspaces have no key.",
        Grouping.TAG: "By the value of the tag named in `tag`; those without it have no key.",
        Grouping.MONTH: "By the month of registration (`systemData.createdAt`), as `2026-10`.",
        Grouping.CREATOR: "By who registered them (`systemData.createdBy`).",
    },
)

say(
    Reason,
    "CoverageReason",
    "Why a model version is not documented: the one reason that says most.",
    {
        Reason.JOB_DELETED: "The service says which job made it, and the job is gone (404).",
        Reason.JOB_FORBIDDEN: "The service says which job made it, and the crawl's identity may not read it (403).",
        Reason.JOB_NOT_CRAWLED: "The job ran in a workspace that was never crawled.",
        Reason.JOB_UNREAD: "The job ran in a workspace that was crawled, and could not be read.",
        Reason.CONVENTION: "A job is inferred from a convention or from containment; no field of the service says so.",
        Reason.AMBIGUOUS_WRITERS: "One of several jobs made it.",
        Reason.LOCAL_UPLOAD: "Uploaded at registration: there is no job behind it.",
        Reason.EXTERNAL: "Registered from outside Azure ML: another cloud, git, a web address.",
        Reason.BROKEN: "Its source claims a known scheme and breaks its grammar.",
        Reason.TEMPLATE: "Its source is a template that was never filled in.",
        Reason.OPAQUE: "Its source is text in no scheme that names a thing.",
        Reason.TOO_BROAD: "Its source is a whole store, or a prefix that everybody shares.",
        Reason.NO_VERSION: "Its source is a label or a name that matches no version in time.",
        Reason.NO_WRITER: "Its source is a place that nobody is known to have written.",
        Reason.VERSION_DELETED: "The version itself is only named, and the service answers 404.",
        Reason.VERSION_FORBIDDEN: "The version itself is only named, and the service answers 403.",
        Reason.VERSION_UNREAD: "The version itself is only named, and was never read.",
        Reason.UNSAID: "Its record names neither job nor source.",
    },
)


@strawberry.input(description="Which model versions are counted; every condition that is given must hold.")
class CoverageFilter:
    workspace: str | None = strawberry.field(
        default=None, description="Canonical reference of the workspace or registry they live in; null for any."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="Only versions in these states; null or empty for any."
    )
    text: str | None = strawberry.field(
        default=None, description="A part of the canonical reference, in any case of letters; null for any."
    )


@strawberry.type(description="How many model versions are not documented for one reason.")
class CoverageReasonCount:
    reason: Reason = strawberry.field(description="The reason.")
    count: int = strawberry.field(description="Model versions.")
    remedy: str = strawberry.field(description="What to do about it, in a sentence.")


@strawberry.type(
    description="Model versions by how surely their job is known. `total` = `confirmed` + `inferred` + `ambiguous` + "
    "`none` = `documented` + the sum of `reasonCounts`. A version with several names counts once."
)
class CoverageTally:
    total: int = strawberry.field(description="Model versions.")
    documented: int = strawberry.field(description="Those whose job the service names, and that job was read.")
    confirmed: int = strawberry.field(description="Those whose job the service names, read or not.")
    inferred: int = strawberry.field(description="Those whose job follows from a convention.")
    ambiguous: int = strawberry.field(description="Those that one of several jobs made.")
    none: int = strawberry.field(description="Those without a known job.")
    documented_share: float | None = strawberry.field(
        description="`documented` of `total`, from 0 to 1; null when there are none."
    )
    confirmed_share: float | None = strawberry.field(
        description="`confirmed` of `total`, from 0 to 1; null when there are none."
    )
    reason_counts: list[CoverageReasonCount] = strawberry.field(
        description="Why the others are not documented, one reason each, the most first."
    )


@strawberry.type(description="The model versions of one group.")
class CoverageGroup:
    key: str | None = strawberry.field(
        description="What they have in common: a canonical reference, a tag's value, a month, a person; null for those "
        "that have none."
    )
    tally: CoverageTally = strawberry.field(description="The group, counted.")


@strawberry.type(description="An entry of a list of groups.")
class CoverageGroupEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: CoverageGroup = strawberry.field(description="The group.")


@strawberry.type(description="The score in one generation. The numbers add up as those of `CoverageTally` do.")
class CoveragePoint:
    generation: Generation = strawberry.field(description="The generation.")
    total: int = strawberry.field(description="Model versions.")
    documented: int = strawberry.field(description="Those whose job the service names, and that job was read.")
    confirmed: int = strawberry.field(description="Those whose job the service names, read or not.")
    inferred: int = strawberry.field(description="Those whose job follows from a convention.")
    ambiguous: int = strawberry.field(description="Those that one of several jobs made.")
    none: int = strawberry.field(description="Those without a known job.")


class _Whole(msgspec.Struct, frozen=True):
    """Ground of an answer about everything: it has no frontier but the workspaces themselves."""

    session: Session
    view: RememberingView
    nodes: Mapping[int, graph.Node] = {}


@strawberry.type(description="How much of the estate's models can be traced to a job, in all and by group.")
class CoverageConnection:
    edges: list[CoverageGroupEdge] = strawberry.field(
        description="The groups of this page, the largest first, months in their order; none without `groupBy`."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Groups in all.")
    total: CoverageTally = strawberry.field(description="All model versions that pass `filter`, over all pages.")
    generation: Generation = strawberry.field(description="The published state that it was counted in.")
    is_complete: bool = strawberry.field(
        description="Whether every workspace and registry was read to its end. False always comes with `truncations`."
    )
    truncations: list[Truncation] = strawberry.field(description="Which were not; empty when it is complete.")
    told: strawberry.Private[coverage.Coverage]
    wanted: strawberry.Private[Wanted]
    whole: strawberry.Private[_Whole]

    @strawberry.field(
        description="How the score went: the newest generations up to this one, oldest first; fewer when the request's "
        "time runs out. Null only beside an error."
    )
    def trend(
        self,
        last: Annotated[int, strawberry.argument(description="How many generations, 1 to 20; 10 when left out.")] = 10,
    ) -> list[CoveragePoint] | None:
        if not 1 <= last <= trending.POINTS:
            raise InvalidOption(f"`last` is {last}", f"ask for 1 to {trending.POINTS} generations")
        session, view = self.whole.session, self.whole.view
        return [_point(one) for one in trending.trend(session.index, view, self.wanted, last, session.expired)]

    @strawberry.field(
        description="The workspaces and registries, with when and how completely each was read. Null only beside an "
        "error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.told.header
        return scopes(header.scopes, first, after, header.generation.number)


@strawberry.type
class CoverageQueries:
    """The root field `coverage`."""

    @strawberry.field(
        description="How many model versions can be traced to a job that was read, and why not the others. Null only "
        "beside an error: counting stops with `query_too_slow` when there are too many for one request."
    )
    def coverage(
        self,
        info: strawberry.Info[Session, None],
        first: First,
        after: After = None,
        group_by: Annotated[
            Grouping | None,
            strawberry.argument(description="By what to group; null counts all together and lists no groups."),
        ] = None,
        tag: Annotated[
            str | None, strawberry.argument(description="With `groupBy: TAG` the tag's name; null otherwise.")
        ] = None,
        filter: Annotated[  # noqa: A002
            CoverageFilter | None, strawberry.argument(description="Which to count; null counts all.")
        ] = None,
        as_of: Annotated[
            AsOf | None,
            strawberry.argument(
                description="As of when to count; null means the newest generation. With `after` it must agree with "
                "the cursor's generation."
            ),
        ] = None,
    ) -> CoverageConnection | None:
        session = info.context
        listing = _listing(group_by)
        view = session.view(as_of_page(as_of, after, listing))
        wanted = _wanted(group_by, tag, filter)
        told = coverage.coverage(view.unremembered, wanted, session.expired)
        return _connection(session, view, told, wanted, first, after, listing)

    @strawberry.field(
        description="The same model versions grouped in several ways, counted once: the first page of each, in the "
        "order asked. Page on with `coverage`. Null only beside an error."
    )
    def coverages(
        self,
        info: strawberry.Info[Session, None],
        first: First,
        group_by: Annotated[list[Grouping], strawberry.argument(description="By what to group, at most once each.")],
        tag: Annotated[
            str | None, strawberry.argument(description="The tag's name when `TAG` is among them; null otherwise.")
        ] = None,
        filter: Annotated[  # noqa: A002
            CoverageFilter | None, strawberry.argument(description="Which to count; null counts all.")
        ] = None,
        as_of: When = None,
    ) -> list[CoverageConnection] | None:
        if not group_by or len(set(group_by)) < len(group_by):
            raise InvalidOption("`groupBy` is empty or names a grouping twice", "name each grouping once")
        session = info.context
        view = session.view(as_of.value() if as_of else None)
        several = [_wanted(one, tag if one is Grouping.TAG else None, filter) for one in group_by]
        told = coverage.coverages(view.unremembered, several, session.expired)
        return [
            _connection(session, view, one, wanted, first, None, _listing(wanted.by))
            for wanted, one in zip(several, told, strict=True)
        ]


def _listing(group_by: Grouping | None) -> str:
    return f"coverage{group_by.value if group_by else ''}"


def _wanted(group_by: Grouping | None, tag: str | None, chosen: CoverageFilter | None) -> Wanted:
    chosen = chosen or CoverageFilter()
    scope = scope_of(chosen.workspace)
    return Wanted(group_by, tag or "", scope.text if scope else "", tuple(chosen.states or ()), chosen.text or "")


def _connection(
    session: Session,
    view: RememberingView,
    told: coverage.Coverage,
    wanted: Wanted,
    first: int,
    after: str | None,
    listing: str,
) -> CoverageConnection:
    whole = _Whole(session, view)
    page, marks, where = cut(
        told.groups, first, after, listing, view.generation.number, lambda group: key_of(str(group.key))
    )
    return CoverageConnection(
        edges=[
            CoverageGroupEdge(cursor=mark, node=CoverageGroup(key=group.key, tally=_tally(group.tally)))
            for group, mark in zip(page, marks, strict=True)
        ],
        page_info=where,
        total_count=len(told.groups),
        total=_tally(told.total),
        generation=generation(told.header.generation),
        is_complete=told.header.is_complete,
        truncations=truncations(told.header, whole),
        told=told,
        wanted=wanted,
        whole=whole,
    )


def _point(of: trending.Point) -> CoveragePoint:
    return CoveragePoint(
        generation=generation(of.generation),
        total=of.total,
        documented=of.documented,
        confirmed=of.confirmed,
        inferred=of.inferred,
        ambiguous=of.ambiguous,
        none=of.none,
    )


def _tally(of: Tally) -> CoverageTally:
    return CoverageTally(
        total=of.total,
        documented=of.documented,
        confirmed=of.confirmed,
        inferred=of.inferred,
        ambiguous=of.ambiguous,
        none=of.none,
        documented_share=of.documented / of.total if of.total else None,
        confirmed_share=of.confirmed / of.total if of.total else None,
        reason_counts=[
            CoverageReasonCount(reason=reason, count=count, remedy=REMEDIES[reason])
            for reason, count in of.reasons.items()
        ],
    )
