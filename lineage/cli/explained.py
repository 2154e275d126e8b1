"""An explanation as text."""

from __future__ import annotations

from typing import Any

from lineage.answers import scope_text
from lineage.choosing import Chosen
from lineage.cli.render import Page, plain, table
from lineage.explain import Explanation
from lineage.graph import Certainty, Relation
from lineage.ports import View


def page_of(answer: Explanation, view: View | None, told: Chosen) -> Page:
    """The whole explanation."""
    reading = answer.reading
    page = Page(scope_text(answer.node.text) if answer.node is not None else "")
    rows = [["reference", plain(reading.reference)], ["form", reading.form or "none"]]
    rows += [[f"  {name}", plain(value)] for name, value in reading.parts.items() if value]
    if reading.error is not None:
        rows.append(["error", plain(reading.error.message)])
    rows.append(["canonical", plain(reading.canonical or "none")])
    if answer.kind is not None:
        rows.append(["names", answer.kind.value])
    if answer.node is not None:
        if answer.node.text != reading.canonical:
            rows.append(["means", plain(answer.node.text)])
        rows.append(["key", str(answer.node.key)])
        rows.append(["state", page.state(answer.node) or answer.node.state.value])
    rows.append(["because", plain(answer.reason)])
    if told.gap is not None:
        rows.append(["gap", told.gap.value])
    remedy = answer.remedy or told.remedy
    if remedy:
        rows.append(["to do", plain(remedy)])
    for line in table(rows):
        page.add(line)
    _list(page, "also written", [text for text in answer.spellings if text != reading.canonical])
    _list(page, "also known as", [node.text for node in answer.same])
    _list(page, "candidates", list(answer.candidates))
    unsure = [one for one in told.choices if one.edge is not None and one.edge.certainty is Certainty.AMBIGUOUS]
    if unsure:
        page.add("made by one of")
        for choice in unsure:
            at = f"  {plain(choice.at)}" if choice.at else ""
            page.add(f"  {page.name(choice.text)}{at}{'  <- the likeliest' if choice.chosen else ''}")
    if answer.edges:
        page.add("what it rests on")
        for edge in answer.edges:
            names = {one.key for one in (answer.node, *answer.same) if one is not None}
            other = edge.effect if edge.relation is Relation.SAME_AS and edge.cause in names else edge.cause
            node = answer.ends.get(other)
            page.add(f"  {page.relation(edge)}  {page.thing(node) if node is not None else other}")
            page.add(f"     {page.evidence(edge)}")
    if answer.loose:
        page.add("what it could not follow")
        for end in answer.loose:
            page.add(f"  {page.loose(end, 2, remedy=False)}")
            if end.remedy:
                page.add(f"     {plain(end.remedy)}")
    if view is not None:
        one = view.generation
        page.add(page.paint(f"generation {one.number}, published {plain(one.published)}", "dim"))
    return page


def _list(page: Page, title: str, texts: list[str]) -> None:
    if texts:
        page.add(title)
        for text in texts:
            page.add(f"  {plain(text)}")


def chosen(told: Chosen) -> dict[str, Any]:
    """What there was to choose from, as JSON."""
    return {
        "choices": [
            {
                "text": one.text,
                "reason": one.reason,
                "at": one.at,
                "chosen": one.chosen,
                "certainty": one.edge.certainty.value if one.edge is not None else None,
                "derivation": one.edge.derivation.value if one.edge is not None else None,
                "rank": one.edge.rank if one.edge is not None else None,
            }
            for one in told.choices
        ],
        "gap": told.gap.value if told.gap is not None else None,
    }
