"""The ledger: what could not be read and what could not be followed, with why, since when, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import strawberry

from lineage import ledger
from lineage.api.arranging import end_key
from lineage.api.lineages import LineageNode, LooseEnd, loose_end, things
from lineage.api.outcomes import scope_of
from lineage.api.paging import Generation, PageInfo, cut, generation
from lineage.api.reading import Page
from lineage.api.recalling import remembered
from lineage.api.session import RememberingView, Session
from lineage.api.words import DateTime
from lineage.errors import InvalidOption
from lineage.graph import Loose, LooseReason
from lineage.ids import key as key_of
from lineage.ledger import Entry, Ledger
from lineage.ports import Told
from lineage.records import Gap as CoreGap
from lineage.records import GapReason, RecordKind
from lineage.redaction import redact_text

_TREND: Final = 20


@strawberry.input(description="Which gaps a list shows; every condition that is given must hold.")
class GapFilter:
    reasons: list[GapReason] | None = strawberry.field(
        default=None, description="Only for these reasons; null or empty for any."
    )
    workspace: str | None = strawberry.field(
        default=None, description="Canonical reference of the workspace or registry it is in; null for any."
    )
    kinds: list[str] | None = strawberry.field(
        default=None,
        description="Only when this was asked for: `job`, `run`, `model_version` and so on; null or empty for any.",
    )
    text: str | None = strawberry.field(
        default=None, description="A part of the subject's canonical reference, in any case of letters; null for any."
    )

    def wanted(self) -> ledger.GapFilter:
        """The filter of the pure question. Raises InvalidOption for a workspace or a kind that is none."""
        return ledger.GapFilter(tuple(self.reasons or ()), _scope(self.workspace), _kinds(self.kinds), self.text or "")


@strawberry.input(description="Which loose ends a list shows; every condition that is given must hold.")
class LooseEndFilter:
    reasons: list[LooseReason] | None = strawberry.field(
        default=None, description="Only for these reasons; null or empty for any."
    )
    workspace: str | None = strawberry.field(
        default=None,
        description="Canonical reference of the workspace or registry whose record holds it; null for any.",
    )
    kinds: list[str] | None = strawberry.field(
        default=None,
        description="Only in records of these kinds: `job`, `run`, `model_version` and so on; null or empty for any.",
    )
    text: str | None = strawberry.field(
        default=None,
        description="A part of the canonical reference of the thing whose record holds it, in any case of letters; "
        "null for any.",
    )

    def wanted(self) -> ledger.LooseFilter:
        """The filter of the pure question. Raises InvalidOption for a workspace or a kind that is none."""
        return ledger.LooseFilter(
            tuple(self.reasons or ()), _scope(self.workspace), _kinds(self.kinds), self.text or ""
        )


def _scope(text: str | None) -> str:
    scope = scope_of(text)
    return scope.text if scope is not None else ""


def _kinds(kinds: list[str] | None) -> tuple[RecordKind, ...]:
    known = {kind.value for kind in RecordKind}
    for kind in kinds or ():
        if kind not in known:
            raise InvalidOption(
                f"`kinds` has {redact_text(kind[:50])!r}, which is no kind of record", f"use {', '.join(sorted(known))}"
            )
    return tuple(RecordKind(kind) for kind in kinds or ())


@strawberry.type(description="How many there are for one reason, in the words of its enum.")
class ReasonCount:
    reason: str = strawberry.field(description="The reason: a `GapReason` in `gaps`, a `LooseReason` in `looseEnds`.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="How many there are in one workspace or registry.")
class ScopeCount:
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry; null for what lies in none."
    )
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="How many there were in one generation.")
class TrendPoint:
    generation: int = strawberry.field(description="Number of the generation.")
    published: DateTime = strawberry.field(description="When it was published.")
    count: int = strawberry.field(description="How many there were that pass the filter.")


@strawberry.type(description="Something that the crawl could not read: a thing, or a listing of things.")
class Gap:
    subject: str = strawberry.field(description="Canonical reference of the thing or listing.")
    record_kind: str = strawberry.field(
        description="What was asked for about it: `job`, `run`, `model_version` and so on."
    )
    scope: str = strawberry.field(description="Canonical reference of the workspace or registry it is in.")
    reason: GapReason = strawberry.field(description="Why it could not be read.")
    detail: str = strawberry.field(description="What happened, in a sentence with the service's own code.")
    remedy: str | None = strawberry.field(
        description="What to do: the permission to grant, the command to run; null when there is nothing to do."
    )
    status: int | None = strawberry.field(description="The HTTP status; null when there was no answer.")
    root: str | None = strawberry.field(
        description="Reference of the workspace or registry whose crawl met it; null when that is not known."
    )
    since: int = strawberry.field(
        description="Number of the first generation that holds it for this reason without a break until this one."
    )
    since_time: DateTime | None = strawberry.field(
        description="When that generation was published; null when the index no longer says."
    )


@strawberry.type(description="A gap of the ledger.")
class GapEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: Gap = strawberry.field(description="The gap.")


@strawberry.type(description="What could not be read, by reason, then scope, then reference.")
class GapConnection:
    edges: list[GapEdge] = strawberry.field(description="The gaps of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Gaps that pass the filter, over all pages.")
    generation: Generation = strawberry.field(description="The published state that the page was read from.")
    reason_counts: list[ReasonCount] = strawberry.field(
        description="How many for each reason, the most first, over all pages."
    )
    scope_counts: list[ScopeCount] = strawberry.field(
        description="How many in each workspace and registry, the most first, over all pages; at most 20."
    )
    trend: list[TrendPoint] = strawberry.field(
        description="How many there were in each of the newest 20 generations up to this one, oldest first."
    )


@strawberry.type(description="A reference of the ledger that could not be followed.")
class LooseEndEntryEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: LooseEnd = strawberry.field(description="The reference.")
    of: LineageNode | None = strawberry.field(
        description="The thing whose record holds it; null when the generation holds no such thing."
    )
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry of that thing; null for none."
    )
    since: int = strawberry.field(
        description="Number of the first generation that holds it without a break until this one."
    )
    since_time: DateTime | None = strawberry.field(
        description="When that generation was published; null when the index no longer says."
    )


@strawberry.type(description="What could not be followed, by reason, then scope, then reference.")
class LooseEndEntryConnection:
    edges: list[LooseEndEntryEdge] = strawberry.field(description="The references of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="References that pass the filter, over all pages.")
    generation: Generation = strawberry.field(description="The published state that the page was read from.")
    reason_counts: list[ReasonCount] = strawberry.field(
        description="How many for each reason, the most first, over all pages."
    )
    scope_counts: list[ScopeCount] = strawberry.field(
        description="How many in each workspace and registry, the most first, over all pages; at most 20."
    )
    trend: list[TrendPoint] = strawberry.field(
        description="How many there were in each of the newest 20 generations up to this one, oldest first."
    )


def gaps(
    session: Session, view: RememberingView, first: int, after: str | None, wanted: ledger.GapFilter
) -> GapConnection:
    """A page of what could not be read. Raises InvalidOption."""
    kept = remembered(session.index, view, wanted, ledger.gaps, _gap_key)
    told = kept.told
    page, marks, info = cut(told.entries, first, after, "gaps", view.generation.number, _gap_key, lambda: kept.places)
    return GapConnection(
        edges=[GapEdge(cursor=mark, node=_gap(entry)) for entry, mark in zip(page, marks, strict=True)],
        page_info=info,
        total_count=len(told.entries),
        generation=generation(view.generation),
        reason_counts=_reasons(told),
        scope_counts=_scopes(told),
        trend=_trend(told),
    )


def loose_ends(
    session: Session, view: RememberingView, first: int, after: str | None, wanted: ledger.LooseFilter
) -> LooseEndEntryConnection:
    """A page of what could not be followed. Raises InvalidOption."""
    kept = remembered(session.index, view, wanted, ledger.loose_ends, _end_key)
    told = kept.told
    number = view.generation.number
    page, marks, info = cut(told.entries, first, after, "looseEndEntries", number, _end_key, lambda: kept.places)
    owners = dict.fromkeys(key_of(entry.told.record) for entry in page)
    known = list(view.nodes(list(owners)))
    nodes = dict(zip(known, things(Page(session, view, known), known), strict=True))
    edges = [
        LooseEndEntryEdge(
            cursor=mark,
            node=loose_end(entry.told),
            of=nodes.get(key_of(entry.told.record)),
            scope=entry.scope or None,
            since=entry.since,
            since_time=DateTime(entry.began) if entry.began else None,
        )
        for entry, mark in zip(page, marks, strict=True)
    ]
    return LooseEndEntryConnection(
        edges=edges,
        page_info=info,
        total_count=len(told.entries),
        generation=generation(view.generation),
        reason_counts=_reasons(told),
        scope_counts=_scopes(told),
        trend=_trend(told),
    )


def _gap(entry: Entry[CoreGap]) -> Gap:
    gap = entry.told
    return Gap(
        subject=gap.subject,
        record_kind=gap.kind.value,
        scope=gap.scope,
        reason=gap.reason,
        detail=gap.detail,
        remedy=gap.remedy or None,
        status=gap.status,
        root=entry.root or None,
        since=entry.since,
        since_time=DateTime(entry.began) if entry.began else None,
    )


def _end_key(entry: Entry[Loose]) -> int:
    return end_key(entry.told)


def _gap_key(entry: Entry[CoreGap]) -> int:
    return key_of(f"{entry.told.subject} {entry.told.kind} {entry.told.reason} {entry.root}")


def _reasons(told: Ledger[Told]) -> list[ReasonCount]:
    return [ReasonCount(reason=str(reason), count=count) for reason, count in told.reasons.items()]


def _scopes(told: Ledger[Told]) -> list[ScopeCount]:
    counted: Sequence[tuple[str, int]] = list(told.scopes.items())[:_TREND]
    return [ScopeCount(scope=scope or None, count=count) for scope, count in counted]


def _trend(told: Ledger[Told]) -> list[TrendPoint]:
    return [
        TrendPoint(generation=one.generation, published=DateTime(one.published), count=one.count)
        for one in told.trend[-_TREND:]
    ]
