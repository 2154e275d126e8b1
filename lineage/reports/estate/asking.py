"""Everything that a report on an estate is made from. What is long is handed on as it comes and never held whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lineage.ports import Questions, Reporter
from lineage.questions import edges
from lineage.reports.changing import changed

Json = dict[str, Any]
MONTHS = 36
GROUPS = 200
"""Groups of one table or plot; the rest is told as one line."""


class Grouped(msgspec.Struct, frozen=True):
    """Coverage by one thing. rows: key and tally, as GraphQL answers them; more: groups beyond those."""

    title: str
    column: str
    rows: tuple[Json, ...]
    more: int


class Told(msgspec.Struct):
    """What is told of the estate as a whole, small whatever its size."""

    total: Json
    generation: Json
    is_complete: bool
    truncations: list[Json]
    groups: tuple[Grouped, ...]
    gaps: Json
    ends: Json
    largest: Json
    changed: Json | None


def ask(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Told:
    """All but the long lists. parameters: `team`, the tag that names a team; `since`, a generation's number or null."""
    team = parameters["team"]
    asked = (
        ("WORKSPACE", "Coverage by workspace", "workspace"),
        ("REGISTRY", "Coverage by registry", "registry"),
        ("TAG", f"Coverage by the tag {team}", team),
        ("MONTH", "Coverage by month of registration", "month"),
    )
    progress.progress("measuring coverage", 0, 1)
    variables = {"groupBy": [grouping for grouping, _, _ in asked], "tag": team, "first": GROUPS}
    told = questions.run("EstateCoverage", variables)["coverages"]
    whole = told[0]
    groups = []
    for (_, title, column), one in zip(asked, told, strict=True):
        rows = [edge["node"] for edge in one["edges"]]
        shown = rows[-MONTHS:] if column == "month" else rows
        groups.append(Grouped(title, column, tuple(shown), one["totalCount"] - len(shown)))
    progress.progress("measuring coverage", 1, 1)
    ledger = questions.run("Ledger", {"first": 1})
    largest = questions.run("LargestImpacts", {"first": 20})["largestImpacts"]
    since = parameters.get("since")
    return Told(
        whole["total"],
        whole["generation"],
        whole["isComplete"],
        whole["truncations"],
        tuple(groups),
        ledger["gaps"],
        ledger["looseEnds"],
        largest,
        None if since is None else changed(questions, since),
    )


def models(questions: Questions, progress: Reporter, total: int) -> Iterator[Json]:
    """Every model version with its provenance, a page at a time."""
    for done, edge in enumerate(edges(questions, "ModelList", at=("models",)), 1):
        if done % 1000 == 0 or done == total:
            progress.progress("listing model versions", done, total)
        producer = edge["producer"]
        yield {
            **edge["node"],
            "job behind it": edge["provenance"],
            "job": producer and (producer["displayName"] or producer["name"]),
        }


class Weighed:
    """Counts findings while they are read. codes, severities: how many of each, the most first; codes by name."""

    def __init__(self) -> None:
        self._codes: Counter[str] = Counter()
        self._severities: Counter[str] = Counter()

    def rows(self, questions: Questions, progress: Reporter) -> Iterator[Json]:
        """Every finding, a page at a time."""
        for done, edge in enumerate(edges(questions, "FindingRows", at=("findings",), size=500), 1):
            if done % 500 == 0:
                progress.progress("judging", done)
            self._codes[edge["node"]["code"]] += 1
            self._severities[edge["node"]["severity"]] += 1
            yield edge["node"]

    @property
    def codes(self) -> list[Json]:
        return [{"code": code, "count": count} for code, count in sorted(self._codes.items())]

    @property
    def severities(self) -> list[Json]:
        return [{"severity": one, "count": self._severities[one]} for one in ("ERROR", "WARNING", "NOTE")]


def gaps(questions: Questions) -> Iterator[Json]:
    """Everything that could not be read."""
    for edge in edges(questions, "Ledger", at=("gaps",)):
        yield edge["node"]


def loose_ends(questions: Questions) -> Iterator[Json]:
    """Every reference that could not be followed."""
    for edge in edges(questions, "Ledger", at=("looseEnds",), after="endsAfter"):
        yield {**edge["node"], "record": edge["of"] and edge["of"]["reference"], "since": edge["since"]}


def reasons(tally: Mapping[str, Any]) -> Sequence[tuple[str, int, str]]:
    """Why versions are not documented, the most first."""
    return [(one["reason"], one["count"], one["remedy"] or "") for one in tally["reasonCounts"]]
