"""The files of a report on an impact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.ports import Questions, Reporter
from lineage.reports import writing
from lineage.reports.blast.asking import Told, ask
from lineage.reports.blast.words import ImpactReport, Level, Owner
from lineage.reports.dossier.words import Table
from lineage.reports.drawing import Arrow, Box, Drawing, draw
from lineage.reports.naming import place, short
from lineage.reports.pack import Part, schema
from lineage.reports.tables import table

_DRAWN: Final = 600
"""Affected things that the picture is made of, the nearest."""
_SHOWN: Final = 200


def blast(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Iterator[Part]:
    """Files of the report on what breaks if some things were wrong. parameters: see `asking.ask`."""
    told = ask(questions, parameters, progress)
    since = parameters.get("since")
    drawing = _drawing(told)
    values = {
        "title": _title(told),
        "sources": _sources(told),
        "facts": _facts(told, since),
        "tables": _tables(told, since),
        "generation": {"digest": questions.run("IndexGeneration", {})["status"]["generation"]["digest"]}
        | told.head["generation"],
        "truncations": told.head["truncations"],
        "drawn": f"The nearest {_DRAWN:,} of {len(told.affected):,} things." if len(told.affected) > _DRAWN else "",
    }
    page = writing.page("blast.html", picture=writing.picture(drawing.svg), **values)
    yield Part.text("index.html", "text/html", "the report to read and print", page)
    yield Part.text("impact.md", "text/markdown", "the report as text", writing.document("blast.md", **values))
    yield Part.json("impact.json", "the report for machines", _json(told, since))
    form = schema(ImpactReport)
    yield Part.json("impact.schema.json", "the JSON Schema of impact.json", form, "application/schema+json")
    yield Part.text("impact.svg", "image/svg+xml", "what it leads to, drawn", drawing.svg)
    yield _affected(told)
    yield _work(told)
    yield _deployments(told)


def _title(told: Told) -> str:
    names = [str(edge["node"]["text"]) for edge in told.head["sources"]["edges"]]
    first = ", ".join(short(name) for name in names[:3])
    return f"{first} and {len(names) - 3:,} more" if len(names) > 3 else first


def _sources(told: Told) -> list[tuple[str, str, str]]:
    rows = []
    for edge in told.head["sources"]["edges"]:
        one = edge["node"]
        text = f"{one['text']} of {one['repository']}" if one["repository"] else str(one["text"])
        rows.append((_words(one["by"]), text, f"{one['totalCount']:,}"))
    return rows


def _facts(told: Told, since: int | None) -> list[tuple[str, str]]:
    head = told.head
    served = head["deployments"]["edges"]
    live = [one for one in served if one["traffic"]]
    facts = [
        ("Affected", f"{len(told.affected):,} things"),
        *((_words(one["kind"]).capitalize(), f"{one['count']:,}") for one in head["counts"]),
        ("Taking live requests", f"{len(live):,} of {head['deployments']['totalCount']:,} deployments"),
        ("Endpoints", f"{head['endpointCount']:,}"),
        ("Steps of work", f"{len(told.levels()):,}"),
        ("People to ask", f"{sum(bool(name) for name, _ in told.owners()):,}"),
        ("Complete", "yes" if head["isComplete"] else "no: see below"),
    ]
    if since is not None:
        new = sum(told.is_new(one) for one in told.affected)
        facts.append((f"New since generation {since}", f"{new:,}"))
    return facts


def _words(enum: str) -> str:
    return enum.replace("_", " ").lower()


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {_words(kind)}" for kind, count in sorted(counts.items()))


def _tables(told: Told, since: int | None) -> list[Table]:
    served = tuple(
        (
            short(one["node"]["reference"]),
            "" if one["traffic"] is None else f"{one['traffic']} %",
            "" if one["mirrorTraffic"] is None else f"{one['mirrorTraffic']} %",
            place(one["node"]["reference"]),
            str(one["depth"]),
            one["owner"] or "",
        )
        for one in told.head["deployments"]["edges"]
    )
    columns = ("deployment", "live", "mirrored", "workspace", "steps away", "owner")
    work = tuple((str(level), f"{counts.total():,}", _counted(counts)) for level, counts in told.levels().items())
    owners = tuple((name or "nobody known", f"{counts.total():,}", _counted(counts)) for name, counts in told.owners())
    nearest = tuple(
        (
            short(one["node"]["reference"]),
            _words(one["node"]["kind"]),
            str(one["level"]),
            one["owner"] or "",
            " → ".join(short(step) for step in told.way(one)),
            ("new" if told.is_new(one) else "") if since is not None else "",
        )
        for one in told.affected[:_SHOWN]
    )
    return [
        found
        for found in (
            Table("What serves users", columns, served),
            Table("What to do first: each level rests only on those before it", ("level", "things", "of these"), work),
            Table("Whom to ask", ("owner", "things", "of these"), owners),
            Table(
                f"The nearest {min(_SHOWN, len(told.affected)):,} affected things, and how they are reached",
                ("thing", "kind", "level", "owner", "by way of", ""),
                nearest,
            ),
        )
        if found.rows
    ]


def _drawing(told: Told) -> Drawing:
    nearest = told.affected[:_DRAWN]
    boxes = [
        Box(
            one["node"]["reference"],
            _camel(one["node"]["kind"]),
            short(one["node"]["reference"]),
            f"{_words(one['node']['kind'])}, level {one['level']}",
            one["node"]["reference"],
            faded=one["node"]["state"] != "LIVE",
        )
        for one in nearest
    ]
    known = {box.id for box in boxes}
    arrows, sources = [], {}
    for one in nearest:
        for link in one["links"]["edges"]:
            cause = link["node"]["reference"]
            if cause not in known:
                sources[cause] = Box(cause, "", short(cause), "asked about", cause, chosen=True)
            arrows.append(
                Arrow(cause, one["node"]["reference"], one["certainty"] or "CONFIRMED", _words(link["relation"]))
            )
    return draw(f"What {_title(told)} leads to", [*sources.values(), *boxes], arrows)


def _camel(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("_"))


def _json(told: Told, since: int | None) -> ImpactReport:
    head = told.head
    marked = [one | ({"isNew": told.is_new(one)} if since is not None else {}) for one in told.affected]
    return ImpactReport(
        "azureml-lineage impact report",
        1,
        [edge["node"] for edge in head["sources"]["edges"]],
        head["generation"],
        since,
        head["isComplete"],
        head["truncations"],
        head["counts"],
        head["endpointCount"],
        head["deployments"]["edges"],
        [Level(level, dict(counts)) for level, counts in told.levels().items()],
        [Owner(name or None, dict(counts)) for name, counts in told.owners()],
        marked,
    )


def _affected(told: Told) -> Part:
    rows = (
        {
            "steps": one["depth"],
            "level": one["level"],
            "kind": one["node"]["kind"],
            "name": one["node"]["name"],
            "state": one["node"]["state"],
            "owner": one["owner"],
            "owner by": one["ownerBasis"],
            "relation": one["relation"],
            "certainty": one["certainty"],
            "record": one["evidence"] and one["evidence"]["record"],
            "read from": one["evidence"] and one["evidence"]["field"],
            "reached by way of": " → ".join(short(step) for step in told.way(one)),
            "new": told.is_new(one) if told.before is not None else None,
            "reference": one["node"]["reference"],
        }
        for one in told.affected
    )
    columns = (
        *("steps", "level", "kind", "name", "state", "owner", "owner by", "relation", "certainty"),
        *("record", "read from", "reached by way of", "new", "reference"),
    )
    return table("tables/affected.csv", "everything affected, each with the way to it", columns, rows, "steps")


def _work(told: Told) -> Part:
    rows = (
        {
            "level": one["level"],
            "kind": one["node"]["kind"],
            "owner": one["owner"],
            "reference": one["node"]["reference"],
        }
        for one in sorted(told.affected, key=lambda one: (one["level"], one["owner"] or "", one["node"]["reference"]))
    )
    columns = ("level", "kind", "owner", "reference")
    return table("tables/work.csv", "the same as a list of work", columns, rows, "level, owner, reference")


def _deployments(told: Told) -> Part:
    rows = (
        {
            "deployment": one["node"]["reference"],
            "endpoint": one["endpoint"] and one["endpoint"]["reference"],
            "live percent": one["traffic"],
            "mirrored percent": one["mirrorTraffic"],
            "steps": one["depth"],
            "level": one["level"],
            "owner": one["owner"],
        }
        for one in told.head["deployments"]["edges"]
    )
    columns = ("deployment", "endpoint", "live percent", "mirrored percent", "steps", "level", "owner")
    return table("tables/deployments.csv", "what serves users", columns, rows, "most live traffic first")
