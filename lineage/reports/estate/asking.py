"""Everything that a report on an estate is made from. What is long is handed on as it comes and never held whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lineage.ports import Questions, Reporter
from lineage.questions import edges, pages
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
    codes: list[Json]
    severities: list[Json]
    gaps: Json
    ends: Json
    largest: Json
    changed: Json | None
    kinds: Counter[str] = msgspec.field(default_factory=Counter)


def ask(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Told:
    """All but the long lists. parameters: `team`, the tag that names a team; `since`, a generation's number or null."""
    team = parameters["team"]
    asked = (
        ("Coverage by workspace", "workspace", {"groupBy": "WORKSPACE"}),
        ("Coverage by registry", "registry", {"groupBy": "REGISTRY"}),
        (f"Coverage by the tag {team}", team, {"groupBy": "TAG", "tag": team}),
        ("Coverage by month of registration", "month", {"groupBy": "MONTH"}),
    )
    groups: list[Grouped] = []
    whole: Json = {}
    for number, (title, column, variables) in enumerate(asked):
        progress.progress("measuring coverage", number, len(asked))
        whole, rows = _coverage(questions, variables)
        rows = rows[-MONTHS:] if column == "month" else rows
        groups.append(Grouped(title, column, tuple(rows[:GROUPS]), max(0, len(rows) - GROUPS)))
    progress.progress("measuring coverage", len(asked), len(asked))
    found = questions.run("Findings", {"first": 1})["findings"]
    ledger = questions.run("Ledger", {"first": 1})
    largest = questions.run("LargestImpacts", {"first": 20})["largestImpacts"]
    since = parameters.get("since")
    return Told(
        whole["total"],
        whole["generation"],
        whole["isComplete"],
        whole["truncations"],
        tuple(groups),
        found["codeCounts"],
        found["severityCounts"],
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


def findings(questions: Questions, progress: Reporter, total: int) -> Iterator[Json]:
    """Every finding, a page at a time."""
    for done, edge in enumerate(edges(questions, "Findings", at=("findings",)), 1):
        if done % 1000 == 0 or done == total:
            progress.progress("judging", done, total)
        yield edge["node"]


def gaps(questions: Questions) -> Iterator[Json]:
    """Everything that could not be read."""
    for edge in edges(questions, "Ledger", at=("gaps",)):
        yield edge["node"]


def loose_ends(questions: Questions) -> Iterator[Json]:
    """Every reference that could not be followed."""
    for edge in edges(questions, "Ledger", at=("looseEnds",), after="endsAfter"):
        yield {**edge["node"], "record": edge["of"] and edge["of"]["reference"], "since": edge["since"]}


def _coverage(questions: Questions, variables: Mapping[str, Any]) -> tuple[Json, list[Json]]:
    rows: list[Json] = []
    whole: Json = {}
    for page in pages(questions, "Coverage", variables, at=("coverage",)):
        whole = whole or page["coverage"]
        rows += [edge["node"] for edge in page["coverage"]["edges"]]
    return whole, rows


def reasons(tally: Mapping[str, Any]) -> Sequence[tuple[str, int, str]]:
    """Why versions are not documented, the most first."""
    return [(one["reason"], one["count"], one["remedy"] or "") for one in tally["reasonCounts"]]
