"""What changed between two times, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage import difference
from lineage.answers import count
from lineage.changing import Change, EdgeChange, NodeChange, ToldChange
from lineage.cli import compared, shapes
from lineage.cli.render import WHY, Page, place, plain
from lineage.comparison import Change as ValueChange
from lineage.comparison import Comparison
from lineage.difference import Counts, Difference, Wanted
from lineage.graph import Edge, Loose
from lineage.ports import Generation, View
from lineage.records import Gap

Views = tuple[View, View]
_SIGNS: Final = {Change.ADDED: ("+", "green"), Change.REMOVED: ("-", "red"), Change.CHANGED: ("~", "yellow")}
_VALUE: Final = 100


class Shown(msgspec.Struct, frozen=True):
    """What is shown of a difference: counts of everything, and at most `show` entries of each list that are wanted."""

    told: Difference
    counts: Counts
    wanted: Wanted
    show: int
    values: Comparison | None


def page_of(shown: Shown, views: Views) -> Page:
    """Counts, which crawl brought what, then what changed."""
    told = shown.told
    page = Page()
    page.gaps(told.header, {})
    title = f"{_time(told.before)}  →  {_time(told.after)}"
    page.add(page.paint(title, "bold"))
    if told.of is not None:
        page.add(f"in the lineage of {page.name(told.of.text)}")
        for known, one in zip(told.known, (told.before, told.after), strict=True):
            if not known:
                page.add(page.paint(f"generation {one.number} does not know it", "yellow"))
    page.add()
    if shown.values is not None:
        compared.values_of(page, shown.values)
    counts = shown.counts
    if not (counts.nodes or counts.edges or counts.gaps or counts.loose):
        page.add("nothing changed")
        page.add()
        page.footer(told.header)
        return page
    for title, table in (
        ("THINGS", counts.nodes),
        ("LINKS", counts.edges),
        ("GAPS", counts.gaps),
        ("LOOSE ENDS", counts.loose),
    ):
        _counted(page, title, table)
    _brought(page, counts)
    if shown.wanted.kinds or not shown.wanted.relations:
        _nodes(page, shown)
    _edges(page, shown, views)
    if not (shown.wanted.kinds or shown.wanted.relations):
        _told(page, shown)  # they have neither kind nor relation
    page.footer(told.header)
    return page


def _time(one: Generation) -> str:
    return f"generation {one.number} ({plain(one.published)})"


def _counted(page: Page, title: str, table: Mapping[tuple[Any, Change], int]) -> None:
    if not table:
        return
    words = list(dict.fromkeys(word for word, _ in table))
    totals = {change: sum(number for (_, one), number in table.items() if one is change) for change in Change}
    page.add(page.paint(title, "bold") + "  " + _signed(page, totals))
    width = max(len(word.value) for word in words)
    for word in words:
        numbers = {change: table.get((word, change), 0) for change in Change}
        page.add(f"  {word.value:<{width}}  {_signed(page, numbers)}")
    page.add()


def _signed(page: Page, numbers: Mapping[Change, int]) -> str:
    return "  ".join(
        page.paint(f"{sign}{numbers[change]:,}", colour) for change, (sign, colour) in _SIGNS.items() if numbers[change]
    )


def _brought(page: Page, counts: Counts) -> None:
    page.add(page.paint("BROUGHT BY", "bold"))
    for one in counts.generations.values():
        said = [
            count(number, word)
            for number, word in (
                (one.nodes, "thing"),
                (one.edges, "link"),
                (one.gaps, "gap"),
                (one.loose, "loose end"),
            )
            if number
        ]
        root = place(one.generation.root) if one.generation.root else "relink"
        page.add(f"  {_time(one.generation)}  {plain(root)}: {', '.join(said)}")
    page.add()


def _nodes(page: Page, shown: Shown) -> None:
    total, rows = difference.nodes(shown.told.changes, shown.wanted, 0, shown.show)
    if not rows:
        return
    page.add(page.paint("things", "bold"))
    for row in rows:
        node = row.before if row.after is None else row.after
        if node is not None:
            page.add(f"  {_sign(page, row.change)} {page.thing(node)}  {_number(page, row.generation)}")
        for name, before, after in difference.facts_changed(row):
            page.add(f"      {plain(name)}: {_value(before)} → {_value(after)}")
    _more(page, total, len(rows))


def _edges(page: Page, shown: Shown, views: Views) -> None:
    total, rows = difference.edges(shown.told.changes, shown.wanted, 0, shown.show)
    if not rows:
        return
    page.add(page.paint("links", "bold"))
    names = _names(rows, views)
    for row in rows:
        edge = row.edge
        cause = names.get(edge.cause, str(edge.cause))
        line = f"{page.name(row.effect)}  {page.relation(edge)}  {page.name(cause)}"
        page.add(f"  {_sign(page, row.change)} {line}  {_number(page, row.generation)}")
        if row.before is not None and row.after is not None:
            page.add(f"      {_says(row.before)} → {_says(row.after)}")
    _more(page, total, len(rows))


def _told(page: Page, shown: Shown) -> None:
    changes, wanted, show = shown.told.changes, shown.wanted, shown.show
    total, gaps = difference.gaps(changes, wanted, 0, show)
    if gaps:
        page.add(page.paint("gaps", "bold"))
        for gap in gaps:
            page.add(
                f"  {_sign(page, gap.change)} {page.name(gap.told.subject)}  {gap.told.kind.value}  "
                f"{_reasons(gap)}  {_number(page, gap.generation)}"
            )
        _more(page, total, len(gaps))
    total, ends = difference.loose(changes, wanted, 0, show)
    if ends:
        page.add(page.paint("loose ends", "bold"))
        for end in ends:
            page.add(
                f"  {_sign(page, end.change)} {page.name(end.told.record)}  {WHY[end.told.reason]}: "
                f"{plain(end.told.field)} = {plain(end.told.value, _VALUE)}  {_number(page, end.generation)}"
            )
        _more(page, total, len(ends))


def _reasons(change: ToldChange[Gap]) -> str:
    reasons = [one.reason.value for one in (change.before, change.after) if one is not None]
    return " → ".join(dict.fromkeys(reasons))


def _sign(page: Page, change: Change) -> str:
    sign, colour = _SIGNS[change]
    return page.paint(sign, colour)


def _number(page: Page, number: int) -> str:
    return page.paint(f"(generation {number})", "dim")


def _says(edge: Edge) -> str:
    candidate = f" (candidate {edge.rank + 1})" if edge.rank else ""
    return f"{edge.certainty.value}{candidate} by {edge.derivation.value}: {plain(edge.evidence.value, _VALUE)}"


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return plain(value if isinstance(value, str) else msgspec.json.encode(value).decode(), _VALUE)


def _more(page: Page, total: int, shown: int) -> None:
    if total > shown:
        page.add(f"  and {total - shown:,} more: --show {min(total, 10_000)}, or narrow by --kind, --relation, --in")
    page.add()


def _names(rows: Iterable[EdgeChange], views: Views) -> dict[int, str]:
    keys = list({row.edge.cause for row in rows})
    return {key: node.text for view in views for key, node in view.nodes(keys).items()}


def document_of(shown: Shown, views: Views) -> dict[str, Any]:
    told, wanted, show, counts = shown.told, shown.wanted, shown.show, shown.counts
    head = shapes.header(told.header, {})
    del head["generation"]
    nodes = difference.nodes(told.changes, wanted, 0, show)
    edges = difference.edges(told.changes, wanted, 0, show)
    names = _names(edges[1], views) | {row.edge.effect: row.effect for row in edges[1]}
    return {
        "question": "diff",
        "of": told.of.text if told.of is not None else None,
        "fromGeneration": shapes.generation(told.before),
        "toGeneration": shapes.generation(told.after),
        **head,
        "counts": {
            "nodes": _table("kind", counts.nodes),
            "edges": _table("relation", counts.edges),
            "gaps": _table("reason", counts.gaps),
            "looseEnds": _table("reason", counts.loose),
        },
        "broughtBy": [
            {
                "generation": one.generation.number,
                "published": one.generation.published,
                "root": one.generation.root,
                "nodes": one.nodes,
                "edges": one.edges,
                "gaps": one.gaps,
                "looseEnds": one.loose,
            }
            for one in counts.generations.values()
        ],
        "nodes": _list(nodes, _node),
        "edges": _list(edges, lambda row: _sides(row, lambda edge: shapes.edge(edge, names))),
        "gaps": _list(
            difference.gaps(told.changes, wanted, 0, show),
            lambda row: {**_sides(row, msgspec.to_builtins), "root": row.root},
        ),
        "looseEnds": _list(difference.loose(told.changes, wanted, 0, show), lambda row: _sides(row, shapes.loose)),
        "values": [
            row for row in compared.document_of(shown.values)["changes"] if row["change"] != ValueChange.SAME.value
        ]
        if shown.values is not None
        else None,
    }


def _table(word: str, table: Mapping[tuple[Any, Change], int]) -> list[dict[str, Any]]:
    return [{word: one.value, "change": change.value, "count": number} for (one, change), number in table.items()]


def _list(page: tuple[int, Sequence[Any]], shape: Any) -> dict[str, Any]:
    total, rows = page
    return {"total": total, "entries": [shape(row) for row in rows]}


def _node(row: NodeChange) -> dict[str, Any]:
    return {**_sides(row, shapes.node), "differs": [name for name, _, _ in difference.facts_changed(row)]}


def _sides(row: NodeChange | EdgeChange | ToldChange[Gap] | ToldChange[Loose], shape: Any) -> dict[str, Any]:
    return {
        "change": row.change.value,
        "generation": row.generation,
        "before": shape(row.before) if row.before is not None else None,
        "after": shape(row.after) if row.after is not None else None,
    }
