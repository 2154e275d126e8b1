"""A lineage drawn as SVG: causes on the left, what was made from them on the right.

Legible at five things and at five hundred: where a column holds many things of one
kind they become one box that counts them and names the first. Every box and every
arrow has a title, and the report beside it has all of them as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from lineage.reports.safe import clipped, visible, xml

WIDE: Final = 196
HIGH: Final = 44
_GAP_X: Final = 84
_GAP_Y: Final = 16
_EDGE: Final = 16
_COLUMN: Final = 14
"""Boxes that one column may hold before those of one kind become one."""

_COLOURS: Final = {
    "ModelVersion": "#8250df",
    "Job": "#0969da",
    "JobOutput": "#218bff",
    "DataVersion": "#1a7f37",
    "Location": "#57a773",
    "EnvironmentVersion": "#bf8700",
    "CodeVersion": "#9a6700",
    "ComponentVersion": "#7d4e00",
    "Deployment": "#cf222e",
    "Endpoint": "#a40e26",
}
_DASHES: Final = {"INFERRED": "6 3", "AMBIGUOUS": "2 3"}
_FONT: Final = 'font-family="system-ui, Segoe UI, Liberation Sans, DejaVu Sans, sans-serif"'


class Box(msgspec.Struct, frozen=True):
    """A thing. id: any key. kind: GraphQL's `__typename`. note: a second line. full: what the title says."""

    id: str
    kind: str
    name: str
    note: str = ""
    full: str = ""
    faded: bool = False
    chosen: bool = False


class Arrow(msgspec.Struct, frozen=True):
    """A link: from a cause to its effect. told: what the title says."""

    cause: str
    effect: str
    certainty: str = "CONFIRMED"
    told: str = ""


class Drawing(msgspec.Struct, frozen=True):
    """The picture. svg: the text of the file. boxes: how many are drawn; grouped: how many things are in groups."""

    svg: str
    boxes: int
    grouped: int


def draw(title: str, boxes: Sequence[Box], arrows: Iterable[Arrow]) -> Drawing:
    """Draws the things and the links whose ends are both among them. The same input gives the same bytes."""
    known = {box.id: box for box in sorted(boxes, key=lambda box: box.id)}
    links = sorted(
        {(a.cause, a.effect): a for a in sorted(arrows, key=lambda a: (a.certainty != "CONFIRMED", a.told))}.values(),
        key=lambda a: (a.cause, a.effect),
    )
    links = [a for a in links if a.cause in known and a.effect in known and a.cause != a.effect]
    columns = _columns(known, links)
    shown, stands, grouped = _grouped(known, columns)
    merged: dict[tuple[str, str], list[Arrow]] = {}
    for link in links:
        ends = stands[link.cause], stands[link.effect]
        if ends[0] != ends[1]:
            merged.setdefault(ends, []).append(link)
    places = _placed(shown, {stands[key]: column for key, column in columns.items()}, list(merged))
    width = max((x for x, _ in places.values()), default=0) + WIDE + _EDGE
    height = max((y for _, y in places.values()), default=0) + HIGH + _EDGE
    body = [_arrow(places[cause], places[effect], found) for (cause, effect), found in sorted(merged.items())]
    body += [_box(places[key], box) for key, box in sorted(shown.items())]
    about = f"{len(known):,} things and {len(links):,} links; causes on the left, what was made from them on the right"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' role="img" {_FONT}><title>{xml(title)}</title><desc>{xml(about)}</desc>'
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>{"".join(body)}</svg>\n'
    )
    return Drawing(svg, len(shown), grouped)


def _columns(known: Mapping[str, Box], links: Sequence[Arrow]) -> dict[str, int]:
    """How many links lie, at most, between a thing and the leftmost: its column. Links that close a ring are let go."""
    effects: dict[str, list[str]] = {key: [] for key in known}
    for link in links:
        effects[link.cause].append(link.effect)
    order: list[str] = []
    state: dict[str, int] = {}
    forward: dict[str, list[str]] = {key: [] for key in known}
    for root in known:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(effects[root]))]
        while stack:
            key, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[key] = 2
                order.append(key)
                stack.pop()
            elif state.get(following) != 1:
                forward[key].append(following)
                if following not in state:
                    state[following] = 1
                    stack.append((following, iter(effects[following])))
    column = dict.fromkeys(known, 0)
    for key in reversed(order):
        for one in forward[key]:
            column[one] = max(column[one], column[key] + 1)
    # What nothing leads to stands right before what it leads to, not at the far left.
    caused = {key for ahead in forward.values() for key in ahead}
    for key, ahead in forward.items():
        if ahead and key not in caused:
            column[key] = min(column[one] for one in ahead) - 1
    return column


def _grouped(known: Mapping[str, Box], columns: Mapping[str, int]) -> tuple[dict[str, Box], dict[str, str], int]:
    """The boxes to draw, which box stands for each thing, and how many things stand in groups."""
    cells: dict[tuple[int, str], list[Box]] = {}
    heights: dict[int, int] = {}
    for key, box in known.items():
        heights[columns[key]] = heights.get(columns[key], 0) + 1
        if not box.chosen:
            cells.setdefault((columns[key], box.kind), []).append(box)
    shown = dict(known)
    stands = {key: key for key in known}
    grouped = 0
    for (column, kind), members in sorted(cells.items(), key=lambda cell: (-len(cell[1]), cell[0])):
        if heights[column] <= _COLUMN or len(members) < 3:
            continue
        heights[column] -= len(members) - 1
        members.sort(key=lambda box: (box.name, box.id))
        name = f"{len(members):,} × {kind}"
        first = ", ".join(box.name for box in members[:3])
        every = "\n".join(box.full or box.name for box in members[:40])
        more = f"\nand {len(members) - 40:,} more" if len(members) > 40 else ""
        group = Box(f"group {column:04} {kind}", kind, name, f"{first} …", every + more)
        shown[group.id] = group
        grouped += len(members)
        for box in members:
            del shown[box.id]
            stands[box.id] = group.id
    return shown, stands, grouped


def _placed(
    shown: Mapping[str, Box], columns: Mapping[str, int], links: Sequence[tuple[str, str]]
) -> dict[str, tuple[int, int]]:
    """Left and top of every box: in its column, near the middle of what it is linked to."""
    rows: dict[int, list[str]] = {}
    for key in sorted(shown, key=lambda key: (shown[key].kind, shown[key].name, key)):
        rows.setdefault(columns[key], []).append(key)
    near: dict[str, list[str]] = {key: [] for key in shown}
    for cause, effect in links:
        near[cause].append(effect)
        near[effect].append(cause)
    place = {key: float(number) for keys in rows.values() for number, key in enumerate(keys)}
    for sweep in range(8):
        for column in sorted(rows, reverse=bool(sweep % 2)):
            keys = rows[column]
            middles = {
                key: sum(place[one] for one in near[key]) / len(near[key]) if near[key] else place[key] for key in keys
            }
            keys.sort(key=lambda key: (middles[key], key))
            middle = sum(middles.values()) / len(keys)
            for number, key in enumerate(keys):
                place[key] = middle + number - (len(keys) - 1) / 2
    top = min(place.values(), default=0.0)
    used = sorted(rows)
    return {
        key: (
            _EDGE + used.index(columns[key]) * (WIDE + _GAP_X),
            round(_EDGE + (place[key] - top) * (HIGH + _GAP_Y)),
        )
        for key in shown
    }


def _box(at: tuple[int, int], box: Box) -> str:
    x, y = at
    colour = _COLOURS.get(box.kind, "#57606a")
    stroke = 'stroke-dasharray="4 3"' if box.faded else ""
    weight = 3 if box.chosen else 1.3
    name = xml(clipped(visible(box.name), 21))
    note = xml(clipped(visible(box.note), 32)) if box.note else xml(box.kind)
    return (
        f'<g><title>{xml(box.full or box.name)}</title><rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="5"'
        f' fill="#ffffff" stroke="{colour}" stroke-width="{weight}" {stroke}/>'
        f'<rect x="{x}" y="{y}" width="5" height="{HIGH}" rx="2" fill="{colour}"/>'
        f'<text x="{x + 12}" y="{y + 18}" font-size="12" font-weight="600" fill="#1b1f24">{name}</text>'
        f'<text x="{x + 12}" y="{y + 34}" font-size="10" fill="#57606a">{note}</text></g>'
    )


def _arrow(start: tuple[int, int], end: tuple[int, int], links: Sequence[Arrow]) -> str:
    ranks = [link.certainty for link in links]
    certainty = next((one for one in ("CONFIRMED", "INFERRED", "AMBIGUOUS") if one in ranks), ranks[0])
    dash = f' stroke-dasharray="{_DASHES[certainty]}"' if certainty in _DASHES else ""
    x1, y1, x2, y2 = start[0] + WIDE, start[1] + HIGH // 2, end[0], end[1] + HIGH // 2
    bend = max(36, (x2 - x1) // 2)
    told = "\n".join(link.told for link in links[:20] if link.told) + (
        f"\nand {len(links) - 20:,} more links" if len(links) > 20 else ""
    )
    weight = 1.3 if len(links) == 1 else 2.4
    return (
        f'<path d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" stroke="#57606a"'
        f' stroke-width="{weight}"{dash} marker-end="url(#end)"><title>{xml(told)}</title></path>'
    )
