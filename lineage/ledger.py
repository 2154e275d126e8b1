"""The ledger: what could not be read and what could not be followed, why, since when, and what to do about it.

A gap or a loose end is held since the first of the generations that hold it without a break for the same reason. The
trend counts, for each generation up to the one that is viewed, what passes the same filter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Generic

import msgspec

from lineage import answers
from lineage.graph import Loose, LooseReason
from lineage.ports import Generation, Index, Spell, Told, View
from lineage.records import Gap, GapReason, RecordKind


class GapFilter(msgspec.Struct, frozen=True):
    """Which gaps are shown; every field narrows.

    scope: text of a workspace or registry. kinds: what was asked for. text: case-insensitive part of the subject.
    """

    reasons: tuple[GapReason, ...] = ()
    scope: str = ""
    kinds: tuple[RecordKind, ...] = ()
    text: str = ""

    def passes(self, gap: Gap) -> bool:
        return (
            (not self.reasons or gap.reason in self.reasons)
            and self.scope in ("", gap.scope)
            and (not self.kinds or gap.kind in self.kinds)
            and self.text.lower() in gap.subject.lower()
        )


class LooseFilter(msgspec.Struct, frozen=True):
    """Which loose ends are shown; every field narrows. Fields as in `GapFilter`, of the record that holds them."""

    reasons: tuple[LooseReason, ...] = ()
    scope: str = ""
    kinds: tuple[RecordKind, ...] = ()
    text: str = ""

    def passes(self, end: Loose) -> bool:
        return (
            (not self.reasons or end.reason in self.reasons)
            and (not self.scope or answers.scope_text(end.record) == self.scope)
            and (not self.kinds or end.record_kind in self.kinds)
            and self.text.lower() in end.record.lower()
        )


class Entry(msgspec.Struct, Generic[Told], frozen=True):
    """One gap or loose end. scope: where it is. root: the crawl that met it. since: the generation; began: when that
    was published, '' when the index no longer says."""

    told: Told
    scope: str
    root: str
    since: int
    began: str


class Point(msgspec.Struct, frozen=True):
    """How many there were in one generation."""

    generation: int
    published: str
    count: int


class Ledger(msgspec.Struct, Generic[Told], frozen=True):
    """What one generation holds, by reason, then scope, then name.

    reasons, scopes, kinds: how many of each, the most first. trend: generations up to this one, oldest first.
    """

    generation: Generation
    entries: tuple[Entry[Told], ...]
    reasons: dict[str, int]
    scopes: dict[str, int]
    kinds: dict[str, int]
    trend: tuple[Point, ...]


def gaps(index: Index, view: View, wanted: GapFilter | None = None) -> Ledger[Gap]:
    """What could not be read."""
    wanted = wanted or GapFilter()
    chosen = (spell for spell in view.gap_spells() if wanted.passes(spell.told))
    return _ledger(
        index, view, chosen, lambda gap: gap.scope, lambda gap: (gap.subject, gap.kind), lambda gap: gap.kind
    )


def loose_ends(index: Index, view: View, wanted: LooseFilter | None = None) -> Ledger[Loose]:
    """What could not be followed."""
    wanted = wanted or LooseFilter()
    chosen = (spell for spell in view.loose_spells() if wanted.passes(spell.told))
    return _ledger(
        index,
        view,
        chosen,
        lambda end: answers.scope_text(end.record),
        lambda end: (end.record, end.record_kind, end.field, end.value),
        lambda end: end.record_kind,
    )


def _ledger(
    index: Index,
    view: View,
    spells: Iterable[Spell[Told]],
    scope_of: Callable[[Told], str],
    name: Callable[[Told], tuple[str, ...]],
    kind_of: Callable[[Told], str],
) -> Ledger[Told]:
    number = view.generation.number
    generations = {one.number: one for one in index.generations() if one.number <= number}
    begun: Counter[int] = Counter()
    held: dict[tuple[str, ...], list[Spell[Told]]] = {}
    spell: Spell[Told]
    for spell in spells:
        begun[spell.since] += 1
        begun[spell.until] -= 1
        held.setdefault((spell.told.reason, spell.root, *name(spell.told)), []).append(spell)
    entries = []
    for group in held.values():
        group.sort(key=attrgetter("since"))
        if group[-1].until > number:
            since = _unbroken(group)
            began = generations[since].published if since in generations else ""
            last = group[-1]
            entries.append(Entry(last.told, scope_of(last.told), last.root, since, began))
    reasons = _most(entry.told.reason for entry in entries)
    order = {reason: place for place, reason in enumerate(reasons)}
    entries.sort(key=lambda entry: (order[entry.told.reason], entry.scope, name(entry.told), entry.root))
    return Ledger(
        view.generation,
        tuple(entries),
        reasons,
        _most(entry.scope for entry in entries),
        _most(kind_of(entry.told) for entry in entries),
        _trend(list(generations.values()), begun),
    )


def _unbroken(spells: Sequence[Spell[Told]]) -> int:
    """Where the last run of spells without a break began."""
    since = spells[-1].since
    for spell in reversed(spells):
        if spell.until < since:
            break
        since = min(since, spell.since)
    return since


def _trend(generations: list[Generation], begun: Counter[int]) -> tuple[Point, ...]:
    points = []
    count = sum(change for number, change in begun.items() if generations and number < generations[0].number)
    for one in generations:
        count += begun[one.number]
        points.append(Point(one.number, one.published, count))
    return tuple(points)


def _most(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))
