"""The ledger as text: counts, the trend, then what could not be read and what could not be followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from lineage.answers import count
from lineage.cli.render import WHY, Page, place, plain
from lineage.graph import Loose
from lineage.ledger import Entry, Ledger, Point
from lineage.ports import Generation, Told
from lineage.records import Gap

_POINTS: Final = 10
_BAR: Final = 30
_DETAIL: Final = 200


def page_of(
    generation: Generation, unread: Ledger[Gap] | None, unfollowed: Ledger[Loose] | None, skip: int, limit: int
) -> Page:
    """The whole ledger, of each list at most `limit` entries after the first `skip`."""
    page = Page(_only([*(unread.scopes if unread else ()), *(unfollowed.scopes if unfollowed else ())]))
    if unread is not None:
        total = len(unread.entries)
        _counts(page, unread, f"GAPS: {count(total, 'thing')} could not be read", "red" if total else "green")
        _entries(page, unread, skip, limit, _gap)
    if unfollowed is not None:
        total = len(unfollowed.entries)
        title = f"LOOSE ENDS: {count(total, 'reference')} could not be followed"
        _counts(page, unfollowed, title, "yellow" if total else "green")
        _entries(page, unfollowed, skip, limit, _loose)
    page.add(page.paint(f"generation {generation.number}, published {plain(generation.published)}", "dim"))
    return page


def _counts(page: Page, told: Ledger[Told], title: str, style: str) -> None:
    page.add(page.paint(title, style, "bold"))
    for name, number in told.reasons.items():
        page.add(f"  {number:>9,}  {name}")
    for name, number in told.scopes.items():
        page.add(f"  {number:>9,}  in {plain(place(name)) if name else 'storage'}")
    _trend(page, told.trend)
    page.add()


def _trend(page: Page, points: Sequence[Point]) -> None:
    """The newest generations, oldest first, each with a bar as long as its share of the most there were."""
    if len(points) < 2:
        return
    most = max(point.count for point in points) or 1
    page.add("  generation  published                   number")
    for point in points[-_POINTS:]:
        bar = "█" * (-(-point.count * _BAR // most))
        page.add(f"  {point.generation:>10}  {plain(point.published):<24}  {point.count:>8,}  {bar}".rstrip())


def _entries(
    page: Page, told: Ledger[Told], skip: int, limit: int, say: Callable[[Page, Entry[Told]], list[str]]
) -> None:
    shown = told.entries[skip : skip + limit]
    reason = remedy = ""
    for entry in shown:
        if entry.told.reason != reason:
            _remedy(page, remedy)
            remedy = ""
            page.add(page.paint(entry.told.reason, "bold") + _why(entry.told))
        elif entry.told.remedy != remedy:
            _remedy(page, remedy)
        reason, remedy = entry.told.reason, entry.told.remedy
        began = f" ({entry.began[:10]})" if entry.began else ""
        first, *rest = say(page, entry)
        page.add(f"  {first}  {page.paint(f'since generation {entry.since}{began}', 'dim')}")
        for line in rest:
            page.add(f"      {line}")
    _remedy(page, remedy)
    more = len(told.entries) - skip - len(shown)
    if more > 0:
        page.add(f"  and {more:,} more: --skip {skip + len(shown)}, --limit {min(10_000, more)}, or --json")
    if shown or more > 0:
        page.add()


def _remedy(page: Page, remedy: str) -> None:
    """What to do about the entries above, said once for all that have it in common."""
    if remedy:
        page.add(f"    → {plain(remedy)}")


def _why(told: Gap | Loose) -> str:
    return f": {WHY[told.reason]}" if isinstance(told, Loose) else ""


def _gap(page: Page, entry: Entry[Gap]) -> list[str]:
    gap = entry.told
    return [f"{page.name(gap.subject)}  {gap.kind.value}", plain(gap.detail, _DETAIL)]


def _loose(page: Page, entry: Entry[Loose]) -> list[str]:
    end = entry.told
    return [f"{page.name(end.record)}  {end.record_kind}", f"{plain(end.field)} = {plain(end.value, 120)}"]


def _only(scopes: Sequence[str]) -> str:
    """The one scope that need not be said."""
    return scopes[0] if len(set(scopes)) == 1 else ""
