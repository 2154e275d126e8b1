"""Two model versions side by side, as text and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from lineage.answers import scope_text
from lineage.cli import shapes
from lineage.cli.render import Page, plain
from lineage.comparison import Aspect, Change, Comparison, Row
from lineage.graph import Certainty
from lineage.profile import Value

_SIGNS: Final = {Change.CHANGED: ("~", "yellow"), Change.ADDED: ("+", "green"), Change.REMOVED: ("-", "red")}
_WORDS: Final = {
    Change.CHANGED: "changed",
    Change.ADDED: "only in the second",
    Change.REMOVED: "only in the first",
    Change.SAME: "the same",
    Change.UNKNOWN: "not known",
}
_SHOWN: Final = 160
_UNSURE: Final = {Certainty.INFERRED: "  (likely)", Certainty.AMBIGUOUS: "  (one of several jobs)"}


def page_of(answer: Comparison) -> Page:
    """What changed by aspect, then what could not be compared, then what is the same by number."""
    before, after = answer.before.found.node, answer.after.found.node
    page = Page(scope_text(after.text))
    page.add(page.paint(f"{page.name(before.text)}  →  {page.name(after.text)}", "bold"))
    page.gaps(answer.header, {})
    values_of(page, answer)
    same = {aspect: number for (aspect, change), number in answer.counts.items() if change is Change.SAME}
    if same:
        page.add("the same: " + ", ".join(f"{_title(aspect).lower()} ({number})" for aspect, number in same.items()))
        page.add()
    if answer.before.header.generation != answer.header.generation:
        one = answer.before.header.generation
        page.add(page.paint(f"the first as of generation {one.number}, published {plain(one.published)}", "dim"))
    page.footer(answer.header)
    return page


def values_of(page: Page, answer: Comparison) -> None:
    """What changed by aspect, then what could not be compared."""
    totals = dict.fromkeys(_WORDS, 0)
    for row in answer.rows:
        totals[row.change] += 1
    page.add("  " + ", ".join(f"{number:,} {_WORDS[change]}" for change, number in totals.items() if number))
    page.add()
    for aspect, rows in groupby((row for row in answer.rows if row.change in _SIGNS), lambda row: row.aspect):
        told = list(rows)
        page.add(page.paint(_title(aspect), "bold"))
        width = max(len(plain(row.name)) for row in told)
        for row in told:
            _changed(page, row, width)
        page.add()
    _unknown(page, answer)


def _changed(page: Page, row: Row, width: int) -> None:
    sign, colour = _SIGNS[row.change]
    lead = f"  {page.paint(sign, colour)} {plain(row.name):<{width}}  "
    if row.before is not None and row.after is not None:
        page.add(lead + _value(page, row.before))
        page.add(f"  {'':{width + 2}}→ {_value(page, row.after)}")
        return
    one = row.before if row.before is not None else row.after
    if one is not None:
        page.add(lead + _value(page, one))


def _value(page: Page, one: Value) -> str:
    shown = page.name(one.node.text) if one.node is not None else plain(one.text, _SHOWN)
    return shown + page.paint(_UNSURE.get(one.certainty, ""), "yellow")


def _unknown(page: Page, answer: Comparison) -> None:
    """Each reason once, with all that it keeps from being compared."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in answer.rows:
        if row.change is Change.UNKNOWN:
            reasons.setdefault((row.reason, row.remedy), []).append(_title(row.aspect).lower())
    if not reasons:
        return
    page.add(page.paint("COULD NOT BE COMPARED", "yellow", "bold"))
    for (reason, remedy), names in reasons.items():
        page.add(f"  {', '.join(dict.fromkeys(names))}")
        page.add(f"    {plain(reason)}")
        if remedy:
            page.add(f"    → {plain(remedy)}")
    page.add()


def _title(aspect: Aspect) -> str:
    return aspect.value.replace("_", " ")


def document_of(answer: Comparison) -> dict[str, Any]:
    return {
        "question": "diff",
        "from": shapes.found(answer.before.found),
        "to": shapes.found(answer.after.found),
        "fromGeneration": shapes.generation(answer.before.header.generation),
        **shapes.header(answer.header, {}),
        "counts": [
            {"aspect": aspect.value, "change": change.value, "count": number}
            for (aspect, change), number in answer.counts.items()
        ],
        "changes": [
            {
                "aspect": row.aspect.value,
                "name": row.name,
                "change": row.change.value,
                "before": _side(row.before),
                "after": _side(row.after),
                "reason": row.reason,
                "remedy": row.remedy,
            }
            for row in answer.rows
        ],
    }


def _side(one: Value | None) -> dict[str, Any] | None:
    if one is None:
        return None
    told = one.evidence
    return {
        "text": one.text,
        "isThing": one.node is not None,
        "certainty": one.certainty.value,
        "evidence": {
            "record": told.record,
            "recordKind": told.record_kind,
            "field": told.field,
            "value": told.value,
        },
    }
