"""The files of a report on an estate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.ports import Questions, Reporter
from lineage.reports import changing, charts, writing
from lineage.reports.dossier.words import Table
from lineage.reports.estate import asking
from lineage.reports.estate.asking import Grouped, Told, Weighed
from lineage.reports.estate.words import EstateReport, Group, Json
from lineage.reports.naming import place, proofs, short
from lineage.reports.pack import Part, schema
from lineage.reports.tables import table

_SHARES: Final = ("documented", "confirmed", "inferred", "ambiguous", "none")
_PARTS: Final = ("confirmed", "inferred", "ambiguous", "no job known")
_BARS: Final = 30


def estate(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Iterator[Part]:
    """Files of the report on everything that was crawled.

    parameters: `team`, the tag that names a team; `since`, the generation of an earlier report, or null.
    """
    told = asking.ask(questions, parameters, progress)
    yield _coverage(told)
    yield _models(asking.models(questions, progress, told.total["total"]))
    weighed = Weighed()
    yield _findings(weighed.rows(questions, progress))
    yield _gaps(asking.gaps(questions))
    yield _ends(asking.loose_ends(questions))
    if parameters.get("since") is not None:
        yield _changes(changing.things(questions, parameters["since"]))
    # What is counted over the lists is known now that they are written.
    values = {
        "facts": _facts(told, weighed),
        "generation": told.generation,
        "tables": _tables(told, weighed),
        "reasons": asking.reasons(told.total),
        "truncations": told.truncations,
        "more": {group.title: group.more for group in told.groups if group.more},
    }
    pictures = {name: writing.picture(svg) for name, svg in _pictures(told, weighed).items()}
    page = writing.page("estate.html", pictures=pictures, **values)
    yield Part.text("index.html", "text/html", "the report to read and print", page)
    yield Part.text("estate.md", "text/markdown", "the report as text", writing.document("estate.md", **values))
    yield Part.json("estate.json", "the report for machines", _json(told, weighed))
    form = schema(EstateReport)
    yield Part.json("estate.schema.json", "the JSON Schema of estate.json", form, "application/schema+json")


def _facts(told: Told, weighed: Weighed) -> list[tuple[str, str]]:
    total = told.total
    weights = {one["severity"]: one["count"] for one in weighed.severities}
    return [
        ("Model versions", f"{total['total']:,}"),
        ("Documented", f"{total['documented']:,} ({_percent(total['documentedShare'])})"),
        ("Job confirmed", f"{total['confirmed']:,} ({_percent(total['confirmedShare'])})"),
        ("Inferred", f"{total['inferred']:,}"),
        ("One of several", f"{total['ambiguous']:,}"),
        ("No job known", f"{total['none']:,}"),
        ("Findings", f"{weights.get('ERROR', 0):,} errors, {weights.get('WARNING', 0):,} warnings"),
        ("Could not be read", f"{told.gaps['totalCount']:,}"),
        ("Could not be followed", f"{told.ends['totalCount']:,}"),
        ("Complete", "yes" if told.is_complete else "no: see below"),
    ]


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"


def _pictures(told: Told, weighed: Weighed) -> dict[str, str]:
    found = {}
    for group in told.groups:
        rows = [(_key(group, row), _counts(row["tally"])) for row in group.rows[:_BARS]]
        if rows:
            found[group.title] = charts.shares(group.title, _PARTS, rows)
    found["Why model versions are not documented"] = charts.amounts(
        "Why model versions are not documented",
        [(_words(reason), count) for reason, count, _ in asking.reasons(told.total)],
    )
    found["Findings by rule"] = charts.amounts(
        "Findings by rule", [(_words(one["code"]), one["count"]) for one in weighed.codes], charts.PALETTE[3]
    )
    found["On what most rests"] = charts.amounts(
        "On what most rests", [(short(one["node"]["reference"]), one["total"]) for one in told.largest["nodes"]]
    )
    points = [(f"generation {one['generation']}", float(one["count"])) for one in told.gaps["trend"]]
    found["What could not be read, over the generations"] = charts.course(
        "What could not be read, over the generations", points
    )
    return found


def _counts(tally: Json) -> tuple[int, int, int, int]:
    return tally["confirmed"], tally["inferred"], tally["ambiguous"], tally["none"]


def _key(group: Grouped, row: Json) -> str:
    if row["key"] is None:
        return {"workspace": "in registries", "registry": "in workspaces"}.get(group.column, f"without {group.column}")
    return place(row["key"]) or str(row["key"]) if group.column in ("workspace", "registry") else str(row["key"])


def _words(enum: str) -> str:
    return enum.replace("_", " ").lower()


def _tables(told: Told, weighed: Weighed) -> list[Table]:
    found = [
        Table(
            group.title,
            (group.column, "versions", "documented", "confirmed", "inferred", "ambiguous", "no job known"),
            tuple(
                (
                    _key(group, row),
                    f"{row['tally']['total']:,}",
                    f"{row['tally']['documented']:,} ({_percent(row['tally']['documentedShare'])})",
                    *(f"{count:,}" for count in _counts(row["tally"])),
                )
                for row in group.rows
            ),
        )
        for group in told.groups
    ]
    rows = tuple((one["code"], f"{one['count']:,}") for one in weighed.codes)
    found.append(Table("Findings by rule", ("rule", "how many"), rows))
    found.append(Table("On what most rests", ("thing", "kind", "uses", "rests on it", "of these"), _largest(told)))
    for name, of in (("What could not be read", told.gaps), ("What could not be followed", told.ends)):
        counted = tuple((_words(one["reason"]), f"{one['count']:,}") for one in of["reasonCounts"])
        found.append(Table(name, ("why", "how many"), counted))
    if told.changed is not None:
        changes = tuple(
            (str(one["what"]), _words(one["change"]), f"{one['count']:,}") for one in told.changed["counts"]
        )
        found.append(Table("What changed since the report before", ("what", "how", "how many"), changes))
    return [one for one in found if one.rows]


def _largest(told: Told) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            short(one["node"]["reference"]),
            one["node"]["__typename"],
            f"{one['uses']:,}",
            f"{one['total']:,}" + (" or more" if one["isCut"] else ""),
            ", ".join(f"{count['count']:,} {_words(count['kind'])}" for count in one["counts"]),
        )
        for one in told.largest["nodes"]
    )


def _json(told: Told, weighed: Weighed) -> EstateReport:
    groups = [Group(group.title, group.column, list(group.rows), group.more) for group in told.groups]
    return EstateReport(
        "azureml-lineage estate report",
        1,
        told.generation,
        told.total,
        told.is_complete,
        told.truncations,
        groups,
        weighed.codes,
        weighed.severities,
        told.gaps["reasonCounts"],
        told.ends["reasonCounts"],
        told.gaps["trend"],
        told.largest,
        told.changed,
    )


def _coverage(told: Told) -> Part:
    rows = (
        {"by": group.column, "key": row["key"], **{name: row["tally"][name] for name in ("total", *_SHARES)}}
        for group in told.groups
        for row in group.rows
    )
    columns = ("by", "key", "total", *_SHARES)
    return table(
        "tables/coverage.csv", "how many model versions can be traced, by group", columns, rows, "by, then key"
    )


def _models(rows: Iterator[Json]) -> Part:
    columns = ("name", "version", "scope", "stage", "state", "createdAt", "createdBy", "job behind it", "job", "id")
    return table("tables/models.csv", "every model version", columns, rows, "canonical reference")


def _findings(rows: Iterator[Json]) -> Part:
    columns = ("code", "severity", "title", "subject", "scope", "sentence", "remedy", "evidence")
    told = ({**one, "evidence": proofs(one)} for one in rows)
    return table("tables/findings.csv", "every finding with its evidence", columns, told, "rule, then subject")


def _gaps(rows: Iterator[Json]) -> Part:
    columns = ("subject", "recordKind", "scope", "reason", "detail", "remedy", "since", "sinceTime")
    return table("tables/gaps.csv", "everything that could not be read", columns, rows, "reason, scope, subject")


def _ends(rows: Iterator[Json]) -> Part:
    columns = ("record", "recordKind", "field", "value", "reason", "remedy", "since")
    about = "every reference that could not be followed"
    return table("tables/loose-ends.csv", about, columns, rows, "reason, scope, record")


def _changes(rows: Iterator[Json]) -> Part:
    columns = ("change", "kind", "reference", "state before", "state after", "facts", "generation")
    return table("tables/changes.csv", "every thing that changed since the report before", columns, rows, "reference")
