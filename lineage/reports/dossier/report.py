"""The files of a dossier."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lineage import frameworks
from lineage.answers import count
from lineage.ports import Questions, Reporter
from lineage.reports import writing
from lineage.reports.dossier.asking import Told, ask
from lineage.reports.dossier.sections import sections
from lineage.reports.dossier.words import Dossier, Field, Graph, Json, Section
from lineage.reports.drawing import Arrow, Box, Drawing, draw
from lineage.reports.naming import moment, place, proofs, short
from lineage.reports.pack import Part, schema
from lineage.reports.tables import table


def dossier(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Iterator[Part]:
    """Files of the dossier of one model version.

    parameters: `reference` (canonical), `since` (number of the generation of an earlier report, or null), `attested`
    (by field id: text, name, role, date). Raises what the questions raise.
    """
    told = ask(questions, parameters, progress)
    told_sections = sections(told, parameters.get("attested") or {})
    name = short(told.subject["reference"])
    up = _drawing(f"Where {name} came from", told, told.behind["things"], backwards=False)
    down = _drawing(f"What was made from {name}", told, told.resting["things"], backwards=True)
    values = {
        "name": name,
        "subject": told.subject,
        "facts": _facts(told, told_sections),
        "sections": told_sections,
        "generation": told.origin["generation"],
        "frameworks": frameworks.frameworks(),
        "numbers": {section.id: section.number for section in told_sections},
    }
    pictures = {"upstream": writing.picture(up.svg), "downstream": writing.picture(down.svg)}
    notes = {"upstream_note": _note(up, "above it"), "downstream_note": _note(down, "below it")}
    page = writing.page("dossier.html", **values, **pictures, **notes)
    yield Part.text("index.html", "text/html", "the dossier to read and print", page)
    yield Part.text("dossier.md", "text/markdown", "the dossier as text", writing.document("dossier.md", **values))
    yield Part.json("dossier.json", "the dossier for machines", _json(told, told_sections))
    yield Part.json(
        "dossier.schema.json", "the JSON Schema of dossier.json", schema(Dossier), "application/schema+json"
    )
    yield Part.text("upstream.svg", "image/svg+xml", "where it came from, drawn", up.svg)
    yield Part.text("downstream.svg", "image/svg+xml", "what was made from it, drawn", down.svg)
    yield _fields(told_sections)
    yield _things(told)
    yield _links(told)
    yield _findings(told)


def _facts(told: Told, of: Iterable[Section]) -> list[tuple[str, str]]:
    me, origin = told.subject, told.origin
    makers = origin["madeBy"] or origin["candidates"]
    live = [one for one in told.after.values() if one["__typename"] == "Deployment" and one["traffic"]]
    known = sum(not section.is_empty for section in of)
    job = short(makers[0]["job"]["reference"]) if makers else "none known"
    return [
        ("State", me["state"]),
        ("Registered", f"{moment(me['createdAt']) or 'unknown'} by {me['createdBy'] or 'unknown'}"),
        ("Workspace", place(me["reference"])),
        (
            "Job behind it",
            f"{job} ({origin['certainty'].lower()})",
        ),
        ("Behind it", count(len(told.behind["things"]), "thing")),
        ("Rests on it", count(len(told.resting["things"]), "thing")),
        ("Serving live requests", count(len(live), "deployment") if live else "none known"),
        ("Findings", f"{len(told.findings):,}"),
        ("Complete", "yes" if origin["isComplete"] else "no: see the gaps"),
        ("Fields with something in them", f"{known} of 23"),
    ]


def _note(of: Drawing, where: str) -> str:
    if of.boxes == 1:
        return f"Nothing is known {where}."
    return f"{of.grouped:,} of the things stand in groups: a box with a number." if of.grouped else ""


def _drawing(title: str, told: Told, things: list[Json], *, backwards: bool) -> Drawing:
    me = told.subject
    boxes = [Box(me["id"], me["__typename"], short(me["reference"]), me["stage"] or "", me["reference"], chosen=True)]
    arrows = []
    for one in things:
        more = told.details.get(one["id"]) or told.after.get(one["id"]) or {}
        label = str(more.get("displayName") or short(one["reference"]))
        note = one["__typename"] if one["state"] == "LIVE" else f"{one['__typename']}, {one['state'].lower()}"
        boxes.append(Box(one["id"], one["__typename"], label, note, one["reference"], faded=one["state"] != "LIVE"))
        for edge in one["links"]["edges"]:
            ends = (edge["node"]["id"], one["id"]) if backwards else (one["id"], edge["node"]["id"])
            said = f"{edge['relation'].replace('_', ' ').lower()} {edge['name'] or ''}".strip()
            arrows.append(Arrow(*ends, edge["certainty"], f"{said}: {edge['evidence']['field']}"))
    return draw(title, boxes, arrows)


def _json(told: Told, of: Iterable[Section]) -> Dossier:
    return Dossier(
        "azureml-lineage dossier",
        1,
        told.subject,
        told.origin["generation"],
        told.origin["certainty"],
        told.origin["isComplete"],
        [
            Field(
                one.number,
                one.id,
                one.title,
                one.status,
                one.is_empty,
                list(one.lines),
                list(one.tables),
                list(one.unknown),
                one.attested,
            )
            for one in of
        ],
        _graph(told.behind),
        _graph(told.resting),
        told.findings,
    )


def _graph(of: Json) -> Graph:
    return Graph(of["things"], of["isComplete"], of["truncations"], of["counts"])


def _fields(of: Iterable[Section]) -> Part:
    rows = (
        {
            "number": section.number,
            "field": section.id,
            "status": section.status,
            "label": line.label,
            "value": line.text,
            "certainty": line.certainty,
            "record": line.record,
            "read from": line.field,
            "as it stands there": line.said,
            "note": line.note,
        }
        for section in of
        for line in section.lines
    )
    columns = (
        "number",
        "field",
        "status",
        "label",
        "value",
        "certainty",
        "record",
        "read from",
        "as it stands there",
        "note",
    )
    return table(
        "tables/fields.csv", "every value with where it was read", columns, rows, "number, then as in the report"
    )


def _sides(told: Told) -> Iterator[tuple[str, Json]]:
    for side, graph in (("upstream", told.behind), ("downstream", told.resting)):
        for one in graph["things"]:
            yield side, one


def _things(told: Told) -> Part:
    rows = (
        {
            "side": side,
            "steps": one["depth"],
            "kind": one["__typename"],
            "name": one["name"],
            "state": one["state"],
            "why": one["reason"],
            "created": one["createdAt"],
            "by": one["createdBy"],
            "reference": one["reference"],
        }
        for side, one in _sides(told)
    )
    columns = ("side", "steps", "kind", "name", "state", "why", "created", "by", "reference")
    return table("tables/things.csv", "everything behind it and resting on it", columns, rows, "side, then steps")


def _links(told: Told) -> Part:
    names = {one["id"]: one["reference"] for _, one in _sides(told)} | {told.subject["id"]: told.subject["reference"]}
    rows = (
        {
            "effect": names.get(edge["node"]["id"]) if side == "upstream" else one["reference"],
            "relation": edge["relation"],
            "cause": one["reference"] if side == "upstream" else names.get(edge["node"]["id"]),
            "name": edge["name"],
            "path": edge["path"],
            "derivation": edge["derivation"],
            "certainty": edge["certainty"],
            "record": edge["evidence"]["record"],
            "read from": edge["evidence"]["field"],
            "as it stands there": edge["evidence"]["value"],
            "since generation": edge["since"],
        }
        for side, one in _sides(told)
        for edge in one["links"]["edges"]
    )
    columns = (
        *("effect", "relation", "cause", "name", "path", "derivation", "certainty"),
        *("record", "read from", "as it stands there", "since generation"),
    )
    return table("tables/links.csv", "every link with its evidence", columns, rows, "side, then steps of the far end")


def _findings(told: Told) -> Part:
    columns = ("code", "severity", "title", "subject", "sentence", "remedy", "evidence")
    rows = ({**one, "evidence": proofs(one)} for one in told.findings)
    about = "findings on it, on what is behind it and on what serves it, with their evidence"
    return table("tables/findings.csv", about, columns, rows, "weight, as in the report")
