"""Everything that a dossier is made from, asked with the documented operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from lineage.ports import Questions, Reporter
from lineage.questions import edges, pages
from lineage.reports.changing import changed

Json = dict[str, Any]
_LINKS = 200
"""Links that lead to one thing, of which so many are read."""
_TASK = "reading what is behind it"


class Told(msgspec.Struct):
    """The answers. Rows are the answers' own JSON.

    subject, origin: of `ModelDossier`. values: its rows. behind, resting: things of the two graphs with their links.
    details, after: entities of both by id. versions: versions of the same model, oldest first. before: the one before
    this. changes: rows of its difference to it. findings: of this version and what is behind it.
    """

    subject: Json
    origin: Json
    values: list[Json]
    behind: Json
    resting: Json
    details: dict[str, Json]
    after: dict[str, Json]
    versions: list[Json]
    before: Json | None
    changes: list[Json]
    findings: list[Json]
    since: Json | None


def ask(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Told:
    """Asks in an order that depends on the parameters and the answers alone.

    parameters: `reference`, canonical; `since`, the number of the generation of an earlier report, or null.
    """
    ref = {"uri": parameters["reference"]}
    values: list[Json] = []
    origin: Json = {}
    for page in pages(questions, "ModelDossier", {"ref": ref}, at=("trace", "values"), size=200):
        origin = origin or page["trace"]
        values += [edge["node"] for edge in page["trace"]["values"]["edges"]]
    subject = origin["node"]
    behind = _graph(questions, "OriginGraph", "upstream", ref, progress)
    resting = _graph(questions, "ImpactGraph", "downstream", ref, progress)
    details = _details(questions, "OriginDetails", "upstream", ref)
    after = _details(questions, "ImpactDetails", "downstream", ref)
    versions = _versions(questions, subject)
    place = next((n for n, one in enumerate(versions) if one["id"] == subject["id"]), 0)
    before = versions[place - 1] if place > 0 else None
    changes = []
    if before is not None:
        asked = {"from": {"id": before["id"]}, "to": {"id": subject["id"]}}
        for page in pages(questions, "ModelDifference", asked, at=("modelDifference", "changes"), size=200):
            changes += [edge["node"] for edge in page["modelDifference"]["changes"]["edges"]]
    findings = [edge["node"] for edge in edges(questions, "ModelFindings", {"ref": ref}, at=("findings",), size=200)]
    return Told(
        subject, origin, values, behind, resting, details, after, versions, before, changes, findings,
        None if parameters.get("since") is None else changed(questions, parameters["since"], {"id": subject["id"]}),
    )  # fmt: skip


def _graph(questions: Questions, operation: str, at: str, ref: Json, progress: Reporter) -> Json:
    whole: Json = {}
    things: list[Json] = []
    for page in pages(questions, operation, {"ref": ref, "links": _LINKS}, at=(at,), size=50):
        whole = page[at]
        things += [{**edge["node"], "depth": edge["depth"], "links": edge["links"]} for edge in whole["edges"]]
        progress.progress(_TASK, len(things), whole["totalCount"])
    return {
        "things": things,
        "isComplete": whole["isComplete"],
        "truncations": whole["truncations"],
        "counts": whole["counts"],
    }


def _details(questions: Questions, operation: str, at: str, ref: Json) -> dict[str, Json]:
    return {
        edge["node"]["id"]: {**edge["node"], "depth": edge["depth"]}
        for edge in edges(questions, operation, {"ref": ref}, at=(at,), size=100)
    }


def _versions(questions: Questions, subject: Json) -> list[Json]:
    """The versions of the same model, oldest first: by when they were registered, then by number."""
    head = f"{subject['reference'].rpartition('/')[0]}/"
    asked = {"filter": {"text": head, "workspace": subject["scope"]}}
    found = [
        {**edge["node"], "provenance": edge["provenance"]}
        for edge in edges(questions, "ModelList", asked, at=("models",), size=200)
    ]
    name = subject["name"]
    alike = [one for one in found if one["name"] == name]
    return sorted(alike, key=lambda one: (one["createdAt"] or "", _number(one["version"]), one["version"] or ""))


def _number(version: str | None) -> int:
    return int(version) if version and version.isdecimal() and len(version) < 10 else 0
