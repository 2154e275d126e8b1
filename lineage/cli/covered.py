"""A coverage score as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from lineage.answers import count
from lineage.cli import shapes
from lineage.cli.render import Page, place, plain
from lineage.coverage import REMEDIES, Coverage, Grouping, Tally, Wanted
from lineage.trending import Point

_BAR: Final = 20
_COLUMNS: Final = ("total", "documented", "confirmed", "inferred", "ambiguous", "none")
_WITHOUT: Final = {
    Grouping.WORKSPACE: "(in a registry)",
    Grouping.REGISTRY: "(in a workspace)",
    Grouping.TAG: "(without the tag)",
    Grouping.MONTH: "(no date)",
    Grouping.CREATOR: "(nobody named)",
}


def page_of(answer: Coverage, wanted: Wanted, limit: int, went: Sequence[Point] = ()) -> Page:
    """The score, the reasons with what to do, then a line for each group."""
    page = Page()
    page.gaps(answer.header, {})
    total = answer.total
    if total.total:
        share = 100 * total.documented / total.total
        title = (
            f"DOCUMENTED: {share:.1f} % of {count(total.total, 'model version')} can be traced to a job that was read"
        )
        page.add(page.paint(title, "bold"))
    else:
        page.add("no model version passes")
    page.add()
    for reason, number in total.reasons.items():
        page.add(f"  {100 * number / total.total:5.1f} %  {number:>9,}  {reason.value}")
        page.add(page.paint(f"                      → {REMEDIES[reason]}", "dim"))
    if total.reasons:
        page.add()
    _groups(page, answer, wanted, limit)
    _trend(page, went)
    page.footer(answer.header)
    return page


def _groups(page: Page, answer: Coverage, wanted: Wanted, limit: int) -> None:
    if not answer.groups or wanted.by is None:
        return
    named = [(_name(group.key, wanted), group.tally) for group in answer.groups[:limit]]
    by = f"tag {wanted.tag}" if wanted.tag else wanted.by.value.lower()
    width = max(len(plain(by)), *(len(name) for name, _ in named), len("all"))
    page.add(page.paint(_heads(plain(by), width), "dim"))
    for name, tally in named:
        page.add(_line(page, name, tally, width))
    more = len(answer.groups) - len(named)
    if more > 0:
        page.add(f"and {more:,} more: --limit {len(answer.groups)}, or --json")
    page.add(_line(page, "all", answer.total, width))
    page.add()


def _trend(page: Page, went: Sequence[Point]) -> None:
    if not went:
        return
    names = [f"generation {one.generation.number}, {plain(one.generation.published[:10])}" for one in went]
    width = max(map(len, names))
    page.add(page.paint(_heads("trend", width), "dim"))
    for name, one in zip(names, went, strict=True):
        page.add(_line(page, name, one, width))
    page.add()


def _heads(title: str, width: int) -> str:
    columns = "  ".join(f"{column:>{max(len(column), 9)}}" for column in _COLUMNS)
    return f"{title:<{width}}  {'':{_BAR}}           {columns}"


def _line(page: Page, name: str, tally: Tally | Point, width: int) -> str:
    share = tally.documented / tally.total if tally.total else 0.0
    full = round(_BAR * share) if 0 < share < 1 else int(_BAR * share)
    full = min(max(full, 1 if share else 0), _BAR - (share < 1))  # neither none nor all by rounding
    colour = "green" if share >= 0.9 else "yellow" if share >= 0.5 else "red"
    bar = page.paint("█" * full, colour) + page.paint("░" * (_BAR - full), "dim")
    numbers = "  ".join(f"{getattr(tally, column):>{max(len(column), 9)},}" for column in _COLUMNS)
    return f"{name:<{width}}  {bar}  {100 * share:5.1f} %  {numbers}"


def _name(key: str | None, wanted: Wanted) -> str:
    if key is None:
        return _WITHOUT[wanted.by] if wanted.by is not None else ""
    return plain(place(key) if wanted.by in (Grouping.WORKSPACE, Grouping.REGISTRY) else key, 60)


def document_of(answer: Coverage, wanted: Wanted, went: Sequence[Point] = ()) -> dict[str, Any]:
    return {
        "question": "coverage",
        **shapes.header(answer.header, {}),
        "by": wanted.by.value if wanted.by is not None else None,
        "tag": wanted.tag or None,
        "total": msgspec.to_builtins(answer.total),
        "groups": [{"key": group.key, **msgspec.to_builtins(group.tally)} for group in answer.groups],
        "trend": [
            {
                **msgspec.to_builtins(one),
                "generation": one.generation.number,
                "published": one.generation.published,
            }
            for one in went
        ],
    }
