"""What changed since the generation of an earlier report, as far as a report tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lineage.ports import Questions
from lineage.questions import edges

Json = dict[str, Any]
_COUNTS = (("thingCounts", "kind"), ("linkCounts", "relation"), ("gapCounts", "reason"), ("looseEndCounts", "reason"))
_WHAT = {"gapCounts": "gap: ", "looseEndCounts": "loose end: ", "linkCounts": "link: "}


def changed(questions: Questions, since: int, of: Mapping[str, Any] | None = None) -> Json:
    """The two generations and the counts of what came, went or says something else: `{what, change, count}` each.

    of: only in the lineage of this thing. Raises UnknownReference when the index holds no such generation.
    """
    data = questions.run("GenerationDifference", _asked(questions, since, of) | {"first": 1})["difference"]
    counts = [
        {"what": _WHAT.get(field, "") + _words(row[name]), "change": row["change"], "count": row["count"]}
        for field, name in _COUNTS
        for row in data[field]
    ]
    return {
        "before": data["before"],
        "after": data["after"],
        "isComplete": data["isComplete"],
        "counts": counts,
        "broughtBy": data["broughtBy"],
    }


def things(questions: Questions, since: int, of: Mapping[str, Any] | None = None) -> Iterator[Json]:
    """Every thing that came, went or is told otherwise, a page at a time."""
    asked = _asked(questions, since, of)
    for edge in edges(
        questions, "GenerationDifference", asked, at=("difference", "things"), after="afterThing", size=200
    ):
        one = edge["node"]
        now = one["after"] or one["before"]
        yield {
            "change": one["change"],
            "kind": now["kind"],
            "reference": now["reference"],
            "state before": one["before"] and one["before"]["state"],
            "state after": one["after"] and one["after"]["state"],
            "facts": [f"{fact['name']}: {fact['before']} → {fact['after']}" for fact in one["facts"]],
            "generation": one["generation"],
        }


def _asked(questions: Questions, since: int, of: Mapping[str, Any] | None) -> Json:
    asked: Json = {"from": {"generation": since}, "to": {"generation": questions.generation}}
    return asked | ({"of": dict(of)} if of is not None else {})


def _words(enum: str) -> str:
    return enum.replace("_", " ").lower()
