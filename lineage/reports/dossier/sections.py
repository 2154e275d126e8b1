"""The 23 fields of a dossier, from the answers. Nothing is added that no answer says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from lineage import frameworks
from lineage.reports.dossier.asking import Told
from lineage.reports.dossier.reading import (
    duration,
    lacking,
    makers,
    no_job,
    of_kind,
    plain,
    spelled,
    values_of,
)
from lineage.reports.dossier.words import Attestation, Json, Line, Section, Table
from lineage.reports.naming import moment, short, title

_Found = tuple[Iterable[Line], Iterable[Table], Iterable[str]]


def sections(told: Told, attested: Mapping[str, Mapping[str, str]]) -> tuple[Section, ...]:
    """Every field in its order. attested: by field id, what a person said (`Attestation`)."""
    made = []
    for field in frameworks.fields():
        lines, tables, unknown = _FIELDS[field.id](told)
        said = attested.get(field.id)
        section = Section(
            field.number,
            field.id,
            field.title,
            field.status.value,
            tuple(lines),
            tuple(table for table in tables if table.rows),
            tuple(dict.fromkeys(unknown)),
            Attestation(**said) if said else None,
        )
        if section.is_empty and not section.unknown:
            section = msgspec.structs.replace(section, unknown=("The records that were read say nothing of this.",))
        made.append(section)
    return tuple(made)


def _identity(told: Told) -> _Found:
    me = told.subject
    lines = [
        *plain("name", me["name"]),
        *plain("version", me["version"]),
        *plain("canonical reference", me["reference"]),
        *plain("Azure ML id", me["seenAs"]),
        *plain("state", me["state"], me["reason"] or ""),
        *plain("aliases", ", ".join(me["aliases"])),
        *values_of(told, "MODEL"),
        *values_of(told, "FLAVOR"),
        *values_of(told, "TAG"),
    ]
    return lines, (), lacking(told, "MODEL", "FLAVOR", "TAG")


def _versions(told: Told) -> _Found:
    me = told.subject["id"]
    rows = tuple(
        (
            one["version"] or "",
            "this one" if one["id"] == me else "",
            moment(one["createdAt"]),
            one["createdBy"] or "",
            one["stage"] or "",
            one["state"],
            one["provenance"],
        )
        for one in told.versions
    )
    columns = ("version", "", "registered", "by", "stage", "state", "job behind it")
    changed = [row for row in told.changes if row["change"] != "SAME"]
    tables = [Table("Versions of the model, oldest first", columns, rows)]
    if told.before is not None:
        tables.append(Table(f"What differs from version {told.before['version']}", _CHANGE, _changes(changed)))
    same = len(told.changes) - len(changed)
    lines = [Line("the same in both", f"{same:,} values")] if same else []
    return lines, tables, () if told.before else ("There is no version before this one.",)


_CHANGE: Final = ("aspect", "name", "change", "before", "after")


def _changes(rows: Sequence[Json]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            spelled(row["aspect"]),
            row["name"] or "",
            row["reason"] if row["change"] == "UNKNOWN" else row["change"].lower(),
            _text(row["before"]),
            _text(row["after"]),
        )
        for row in rows
    )


def _text(value: Json | None) -> str:
    return "" if value is None else str(value["text"])


def _registration(told: Told) -> _Found:
    me = told.subject
    lines = [
        *values_of(told, "REGISTRATION"),
        *plain("last modified", moment(me["modifiedAt"])),
        *plain("last modified by", me["modifiedBy"]),
        *plain("identity type of the last change", me["modifiedByType"]),
    ]
    return lines, (), lacking(told, "REGISTRATION")


def _source(told: Told) -> _Found:
    origin = told.origin
    lines = [*values_of(told, "SOURCE", but=("output", "path")), Line("how surely a job is known", origin["certainty"])]
    unknown = [
        f"{spelled(end['reason'])}: {end['value']}. {end['remedy'] or ''}".strip() for end in origin["looseEnds"]
    ]
    return lines, (), [*unknown, *lacking(told, "SOURCE")]


def _job(told: Told) -> _Found:
    lines: list[Line] = []
    for maker in makers(told):
        job = told.details.get(maker["job"]["id"], {})
        lines += plain("job", maker["job"]["reference"], certainty=maker["certainty"])
        for label, name in (("display name", "displayName"), ("type", "type"), ("experiment", "experiment")):
            lines += plain(label, job.get(name))
        lines += plain("status", job.get("status"))
        for label, name in (("started", "startedAt"), ("ended", "endedAt")):
            lines += plain(label, moment(job.get(name)))
        if job.get("durationSeconds") is not None:
            lines.append(Line("duration", duration(job["durationSeconds"])))
        for label, name in (("submitted by", "createdBy"), ("identity type", "createdByType"), ("runs as", "identity")):
            lines += plain(label, job.get(name))
        lines += plain("in the studio", job.get("studioUrl"))
        if maker["job"]["state"] != "LIVE":
            lines += plain("state", maker["job"]["state"], job.get("reason") or "")
    return lines, (), lacking(told, "JOB", "SUBMITTER") or no_job(told, lines)


def _output(told: Told) -> _Found:
    lines = [
        Line("named output", maker["output"], maker["certainty"], note=f"of {short(maker['job']['reference'])}")
        for maker in makers(told)
        if maker["output"]
    ]
    lines += [Line("path inside it", maker["path"], maker["certainty"]) for maker in makers(told) if maker["path"]]
    lines += [line for line in values_of(told, "SOURCE") if line.label in ("output", "path")]
    return lines, (), no_job(told, lines)


def _ancestry(told: Told) -> _Found:
    lines: list[Line] = []
    if told.origin["story"]:
        lines.append(Line("what the service says", told.origin["story"]))
    for maker in told.origin["declaredBy"]:
        lines += plain("declared job", maker["job"]["reference"], certainty=maker["certainty"])
    for maker in makers(told):
        job = told.details.get(maker["job"]["id"], {})
        for label, name in (("parent", "parent"), ("root run", "root"), ("reused from", "reusedFrom")):
            if job.get(name):
                lines += plain(label, job[name]["reference"])
        sweep = job.get("sweep")
        if sweep:
            lines += plain("sweep", f"{sweep['goal'] or ''} {sweep['metric'] or ''}".strip(), sweep["sampling"] or "")
    sweeps = [one for one in told.details.values() if one["__typename"] == "Job" and one.get("sweep")]
    for one in sweeps:
        lines.append(Line("sweep behind it", title(one), note=str(one["sweep"]["metric"] or "")))
    if makers(told) and not lines:
        lines.append(Line("part of", "nothing: no pipeline and no sweep is known that it was part of"))
    return lines, (), no_job(told, lines)


def _parameters(told: Told) -> _Found:
    commands = [line for line in values_of(told, "JOB") if line.label == "command"]
    commands += [line for line in values_of(told, "COMPONENT") if line.label == "command"]
    lines = [
        *commands,
        *values_of(told, "PARAMETER"),
        *(x for x in values_of(told, "COMPUTE") if x.label == "distribution"),
    ]
    return lines, (), lacking(told, "PARAMETER") or no_job(told, lines)


def _code(told: Told) -> _Found:
    lines = list(values_of(told, "CODE"))
    unknown = list(lacking(told, "CODE"))
    if lines and not any(line.label == "commit" for line in lines):
        unknown.append("No git commit is recorded: submit the job from a clean git checkout to have one.")
    return lines, (), unknown or no_job(told, lines)


def _environment(told: Told) -> _Found:
    packages = tuple((line.label, line.text) for line in values_of(told, "PACKAGE"))
    lines = [*values_of(told, "ENVIRONMENT"), *values_of(told, "COMPONENT", "component ", but=("command",))]
    unknown = list(lacking(told, "ENVIRONMENT"))
    image = next((line.text for line in lines if line.label == "image"), "")
    if image and "@sha256:" not in image:
        unknown.append("The image is named by a tag, which may mean other bytes today: its digest is not recorded.")
    return (
        lines,
        [Table("Packages that the conda file asks for", ("package", "wanted"), packages)],
        unknown or (no_job(told, lines)),
    )


def _compute(told: Told) -> _Found:
    jobs = [one for one in told.details.values() if one["__typename"] == "Job"]
    lines = [line for line in values_of(told, "COMPUTE") if line.label != "distribution"]
    for maker in makers(told):
        seconds = told.details.get(maker["job"]["id"], {}).get("nodeSeconds")
        if seconds is not None:
            lines.append(Line("instance hours of the producing job", f"{seconds / 3600:,.2f}"))
    known = [one["nodeSeconds"] for one in jobs if one.get("nodeSeconds") is not None]
    if known:
        note = f"{len(known):,} of {len(jobs):,} jobs behind it tell their times; a pipeline's time holds its steps'"
        lines.append(Line("instance hours of everything behind it", f"{sum(known) / 3600:,.2f}", note=note))
    return lines, (), lacking(told, "COMPUTE") or no_job(told, lines)


def _data(told: Told) -> _Found:
    rows = tuple(
        (
            short(one["reference"]),
            one["type"] or "",
            one["path"] or "",
            moment(one["createdAt"]),
            one["createdBy"] or "",
            str(one["depth"]),
            one["state"],
        )
        for one in of_kind(told.details, "DataVersion")
    )
    columns = ("data", "type", "path", "registered", "by", "steps away", "state")
    lines = [
        *values_of(told, "DATA"),
        *values_of(told, "ORIGIN", "begins with "),
        *values_of(told, "PLACE", "lies at: "),
    ]
    return (
        lines,
        [Table("Every data asset behind it, the nearest first", columns, rows)],
        lacking(told, "DATA", "ORIGIN"),
    )


def _preparation(told: Told) -> _Found:
    made = {maker["job"]["id"] for maker in makers(told)}
    rows = tuple(
        (title(one), one["type"] or "", moment(one["startedAt"]), one["createdBy"] or "", str(one["depth"]))
        for one in of_kind(told.details, "Job")
        if one["id"] not in made
    )
    table = Table("Jobs behind it that may have prepared data", ("job", "type", "started", "by", "steps away"), rows)
    return (
        (),
        [table],
        ("How data was selected, labelled and cleaned is for a person to say.",),
    )


def _evaluation(told: Told) -> _Found:
    rows = tuple(
        (title(one), one["type"] or "", one["status"] or "", moment(one["createdAt"]))
        for one in of_kind(told.after, "Job")
    )
    found = [one for one in told.findings if one["code"] == "TRAIN_TEST_OVERLAP"]
    lines = [*values_of(told, "METRIC"), *(Line("finding", one["sentence"], note=one["code"]) for one in found)]
    unknown = [
        *lacking(told, "METRIC"),
        "Which of these jobs are evaluations, and what they showed, is for a person to say.",
    ]
    return lines, [Table("Jobs that used this version", ("job", "type", "status", "created"), rows)], unknown


def _bases(told: Told) -> _Found:
    lines = [*values_of(told, "BASE_MODEL")]
    lines += [
        Line("model behind it", short(one["reference"]), note=one["stage"] or "")
        for one in of_kind(told.details, "ModelVersion")
    ]
    none = () if lines else ("No base model is known: the jobs behind it read none.",)
    return lines, (), lacking(told, "BASE_MODEL") or none


def _deployments(told: Told) -> _Found:
    rows = tuple(
        (
            short(one["reference"]),
            one["type"] or "",
            "" if one["traffic"] is None else f"{one['traffic']} %",
            "" if one["mirrorTraffic"] is None else f"{one['mirrorTraffic']} %",
            short(one["environment"]["reference"]) if one["environment"] else "",
            " × ".join(str(x) for x in (one["instanceCount"], one["instanceType"]) if x is not None),
            one["location"] or "",
            moment(one["createdAt"]),
            one["createdBy"] or "",
            one["provisioningState"] or "",
        )
        for one in of_kind(told.after, "Deployment")
    )
    columns = ("deployment", "type", "live", "mirrored", "environment", "size", "region", "created", "by", "state")
    return (
        (),
        [Table("Deployments that serve it, or something made from it", columns, rows)],
        (() if rows else ("No deployment of it is known in the workspaces that were crawled.",)),
    )


def _approvals(told: Told) -> _Found:
    me = told.subject
    tags = [line for line in values_of(told, "TAG") if any(w in f"{line.label} {line.text}".lower() for w in _APPROVAL)]
    lines = [*plain("stage", me["stage"]), *tags]
    people = [("registered by", me["createdBy"])]
    people += [("submitted by", line.text) for line in values_of(told, "SUBMITTER") if line.label == "by"]
    people += [("deployed by", one["createdBy"]) for one in of_kind(told.after, "Deployment")]
    lines += [Line(label, name) for label, name in dict.fromkeys(people) if name]
    return lines, (), ("Azure ML records no approval as such: who approved what is for a person to say.",)


_APPROVAL: Final = ("approv", "sign-off", "signoff", "review", "board", "release")


def _since(told: Told) -> _Found:
    if told.since is None:
        return (), (), ("No earlier report was given (`--previous DIR`).",)
    rows = [Line(spelled(one["change"]), f"{one['count']:,} {one['what']}") for one in told.since["counts"]]
    return rows or [Line("changed", "nothing")], (), ()


def _consumers(told: Told) -> _Found:
    counts = [Line(spelled(one["kind"]), f"{one['count']:,}") for one in told.resting["counts"]]
    rows = tuple(
        (short(one["reference"]), one["__typename"], str(one["depth"]), one["createdBy"] or "")
        for kind in ("ModelVersion", "Job", "Endpoint")
        for one in of_kind(told.after, kind)
    )
    return (
        counts,
        [Table("What was made from it or serves it", ("thing", "kind", "steps away", "by"), rows)],
        (() if counts else ("Nothing is known to use it in the workspaces that were crawled.",)),
    )


def _monitoring(told: Told) -> _Found:
    lines = [
        Line(f"data collector of {short(one['reference'])}", "on" if one["collectsData"] else "off")
        for one in of_kind(told.after, "Deployment")
        if one["collectsData"] is not None
    ]
    watching = [one["reference"] for one in told.after.values() if "/schedules/" in one["reference"]]
    lines += [Line("schedule", short(reference)) for reference in watching]
    return lines, (), ("Whether that is enough, and what it found, is for a person to say.",)


def _gaps(told: Told) -> _Found:
    things = [*told.behind["things"], *told.resting["things"]]
    rows = tuple(
        (short(one["reference"]), one["__typename"], one["state"], one["reason"] or "")
        for one in things
        if one["state"] != "LIVE"
    )
    unsure = tuple(
        (short(one["reference"]), spelled(link["relation"]), spelled(link["certainty"]), link["evidence"]["field"])
        for one in things
        for link in one["links"]["edges"]
        if link["certainty"] != "CONFIRMED"
    )
    lines = [
        Line(spelled(cut["reason"]), cut["detail"])
        for cut in [*told.behind["truncations"], *told.resting["truncations"]]
    ]
    lines += [
        Line(spelled(end["reason"]), f"{end['field']} = {end['value']}", note=end["remedy"] or "")
        for end in told.origin["looseEnds"]
    ]
    findings = tuple(
        (one["code"], one["severity"].lower(), short(one["subject"]), one["sentence"], one["remedy"])
        for one in told.findings
    )
    if not (lines or findings or rows or unsure):
        lines.append(Line("known gaps", "none"))
    return (
        lines,
        [
            Table("Findings", ("code", "weight", "about", "what", "what to do"), findings),
            Table("Things that are not live, or were never read", ("thing", "kind", "state", "why"), rows),
            Table("Links that are not confirmed", ("thing", "relation", "certainty", "read from"), unsure),
        ],
        (),
    )


def _attestation(told: Told) -> _Found:
    return (), (), ("This is for a person to say and to sign: name, role, date (`--attest FILE`).",)


def _retention(told: Told) -> _Found:
    lines = [Line(f"source job {short(maker['job']['reference'])}", maker["job"]["state"]) for maker in makers(told)]
    return lines, (), ("How long documents are kept is for a person to say.",)


_FIELDS: Final[Mapping[str, Callable[[Told], _Found]]] = {
    "identity": _identity,
    "versions": _versions,
    "registration": _registration,
    "source": _source,
    "producing-job": _job,
    "producing-output": _output,
    "ancestry": _ancestry,
    "parameters": _parameters,
    "code": _code,
    "environment": _environment,
    "compute": _compute,
    "data": _data,
    "data-preparation": _preparation,
    "evaluation": _evaluation,
    "base-models": _bases,
    "deployments": _deployments,
    "approvals": _approvals,
    "changes": _since,
    "consumers": _consumers,
    "monitoring": _monitoring,
    "gaps": _gaps,
    "attestation": _attestation,
    "retention": _retention,
}
