"""Plots as SVG: shares as stacked bars, amounts as bars, how something went as a line. Each number is also written.

Only presentation attributes are used, so that a page may forbid every style but its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lineage.reports.safe import clipped, visible, xml

INK: Final = "#1b1f24"
SOFT: Final = "#57606a"
PALETTE: Final = ("#1a7f37", "#bf8700", "#8250df", "#cf222e", "#0969da", "#57606a")
"""Told apart in grey too: no colour says anything that a label does not."""

_FONT: Final = 'font-family="system-ui, Segoe UI, Liberation Sans, DejaVu Sans, sans-serif"'
_ROW: Final = 24
_LABEL: Final = 230
_BAR: Final = 420
_RIGHT: Final = 200


def shares(title: str, parts: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> str:
    """One bar for each row, as wide as all others, divided as its numbers are; `parts` name them in the legend."""
    width = _LABEL + _BAR + _RIGHT
    height = 30 + _ROW * len(rows) + 10
    body = [_legend(parts)]
    for number, (label, counts) in enumerate(rows):
        top = 30 + number * _ROW
        total = sum(counts)
        body.append(_text(_LABEL - 8, top + 15, clipped(visible(label), 29), "end", full=label))
        left = float(_LABEL)
        for place, count in enumerate(counts):
            if not count:
                continue
            wide = _BAR * count / total
            told = f"{label}: {count:,} of {total:,} {parts[place]}"
            body.append(_box(left, top + 3, wide, _ROW - 8, PALETTE[place % len(PALETTE)], told))
            left += wide
        said = " / ".join(f"{count:,}" for count in counts)
        body.append(_text(_LABEL + _BAR + 8, top + 15, said))
    return _svg(title, width, height, body)


def amounts(title: str, rows: Sequence[tuple[str, int]], colour: str = PALETTE[4]) -> str:
    """One bar for each row, as long as its number beside the greatest."""
    width = _LABEL + _BAR + _RIGHT
    height = 10 + _ROW * len(rows) + 6
    most = max((count for _, count in rows), default=0) or 1
    body = []
    for number, (label, count) in enumerate(rows):
        top = 6 + number * _ROW
        wide = _BAR * count / most
        body.append(_text(_LABEL - 8, top + 15, clipped(visible(label), 29), "end", full=label))
        body.append(_box(_LABEL, top + 3, max(wide, 1 if count else 0), _ROW - 8, colour, f"{label}: {count:,}"))
        body.append(_text(_LABEL + wide + 8, top + 15, f"{count:,}"))
    return _svg(title, width, height, body)


def course(title: str, points: Sequence[tuple[str, float]], unit: str = "") -> str:
    """A line through the points from left to right, the first and the last labelled; one point alone is a dot."""
    width, height, left, right, top, bottom = 850, 190, 60, 30, 20, 40
    values = [value for _, value in points]
    high = max(values, default=0.0) or 1.0
    step = (width - left - right) / max(1, len(points) - 1)

    def at(number: int) -> tuple[float, float]:
        return left + step * number, top + (height - top - bottom) * (1 - values[number] / high)

    body = [
        f'<line x1="{left}" y1="{y}" x2="{width - right}" y2="{y}" stroke="#d0d7de"/>' for y in (top, height - bottom)
    ]
    body += [_text(left - 8, top + 4, _number(high, unit), "end"), _text(left - 8, height - bottom + 4, "0", "end")]
    if len(points) > 1:
        line = " ".join(f"{_coordinate(x)},{_coordinate(y)}" for x, y in map(at, range(len(points))))
        body.append(f'<polyline points="{line}" fill="none" stroke="{PALETTE[4]}" stroke-width="2"/>')
    for number, (label, value) in enumerate(points):
        x, y = at(number)
        told = f"{label}: {_number(value, unit)}"
        body.append(
            f'<circle cx="{_coordinate(x)}" cy="{_coordinate(y)}" r="3.5" fill="{PALETTE[4]}">'
            f"<title>{xml(told)}</title></circle>"
        )
    if points:
        body.append(_text(left, height - 14, f"{points[0][0]}: {_number(points[0][1], unit)}"))
    if len(points) > 1:
        body.append(_text(width - right, height - 14, f"{points[-1][0]}: {_number(points[-1][1], unit)}", "end"))
    return _svg(title, width, height, body)


def _number(value: float, unit: str) -> str:
    return (f"{value:,.1f}" if value % 1 else f"{value:,.0f}") + unit


def _legend(parts: Sequence[str]) -> str:
    found, left = [], _LABEL
    for place, name in enumerate(parts):
        found.append(_box(left, 6, 12, 12, PALETTE[place % len(PALETTE)], name))
        found.append(_text(left + 17, 16, name))
        left += 30 + 7 * len(name)
    return "".join(found)


def _box(x: float, y: float, width: float, height: float, colour: str, told: str) -> str:
    at = " ".join(
        f'{name}="{_coordinate(value)}"' for name, value in (("x", x), ("y", y), ("width", width), ("height", height))
    )
    return f'<rect {at} fill="{colour}" stroke="#ffffff" stroke-width="0.5"><title>{xml(told)}</title></rect>'


def _text(x: float, y: float, text: str, anchor: str = "start", full: str = "") -> str:
    title = f"<title>{xml(full)}</title>" if full and full != text else ""
    where = f'x="{_coordinate(x)}" y="{_coordinate(y)}" text-anchor="{anchor}"'
    return f'<text {where} font-size="12" fill="{INK}">{title}{xml(text)}</text>'


def _coordinate(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _svg(title: str, width: int, height: int, body: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" {_FONT}>'
    return f"{head}<title>{xml(title)}</title>{''.join(body)}</svg>\n"
