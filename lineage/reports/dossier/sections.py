"""The 23 fields of a dossier, from the answers. Nothing is added that no answer says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage import frameworks
from lineage.reports.dossier.asking import Told
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
        *_plain("name", me["name"]),
        *_plain("version", me["version"]),
        *_plain("canonical reference", me["reference"]),
        *_plain("Azure ML id", me["seenAs"]),
        *_plain("state", me["state"], me["reason"] or ""),
        *_plain("aliases", ", ".join(me["aliases"])),
        *_values(told, "MODEL"),
        *_values(told, "FLAVOR"),
        *_values(told, "TAG"),
    ]
    return lines, (), _unknown(told, "MODEL", "FLAVOR", "TAG")


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
            _words(row["aspect"]),
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
        *_values(told, "REGISTRATION"),
        *_plain("last modified", moment(me["modifiedAt"])),
        *_plain("last modified by", me["modifiedBy"]),
        *_plain("identity type of the last change", me["modifiedByType"]),
    ]
    return lines, (), _unknown(told, "REGISTRATION")


def _source(told: Told) -> _Found:
    origin = told.origin
    lines = [*_values(told, "SOURCE", but=("output", "path")), Line("how surely a job is known", origin["certainty"])]
    unknown = [f"{_words(end['reason'])}: {end['value']}. {end['remedy'] or ''}".strip() for end in origin["looseEnds"]]
    return lines, (), [*unknown, *_unknown(told, "SOURCE")]


def _job(told: Told) -> _Found:
    lines: list[Line] = []
    for maker in _makers(told):
        job = told.details.get(maker["job"]["id"], {})
        lines += _plain("job", maker["job"]["reference"], certainty=maker["certainty"])
        for label, name in (("display name", "displayName"), ("type", "type"), ("experiment", "experiment")):
            lines += _plain(label, job.get(name))
        lines += _plain("status", job.get("status"))
        for label, name in (("started", "startedAt"), ("ended", "endedAt")):
            lines += _plain(label, moment(job.get(name)))
        if job.get("durationSeconds") is not None:
            lines.append(Line("duration", _duration(job["durationSeconds"])))
        for label, name in (("submitted by", "createdBy"), ("identity type", "createdByType"), ("runs as", "identity")):
            lines += _plain(label, job.get(name))
        lines += _plain("in the studio", job.get("studioUrl"))
        if maker["job"]["state"] != "LIVE":
            lines += _plain("state", maker["job"]["state"], job.get("reason") or "")
    return lines, (), _unknown(told, "JOB", "SUBMITTER") or _no_job(told, lines)


def _output(told: Told) -> _Found:
    lines = [
        Line("named output", maker["output"], maker["certainty"], note=f"of {short(maker['job']['reference'])}")
        for maker in _makers(told)
        if maker["output"]
    ]
    lines += [Line("path inside it", maker["path"], maker["certainty"]) for maker in _makers(told) if maker["path"]]
    lines += [line for line in _values(told, "SOURCE") if line.label in ("output", "path")]
    return lines, (), _no_job(told, lines)


def _ancestry(told: Told) -> _Found:
    lines: list[Line] = []
    if told.origin["story"]:
        lines.append(Line("what the service says", told.origin["story"]))
    for maker in told.origin["declaredBy"]:
        lines += _plain("declared job", maker["job"]["reference"], certainty=maker["certainty"])
    for maker in _makers(told):
        job = told.details.get(maker["job"]["id"], {})
        for label, name in (("parent", "parent"), ("root run", "root"), ("reused from", "reusedFrom")):
            if job.get(name):
                lines += _plain(label, job[name]["reference"])
        sweep = job.get("sweep")
        if sweep:
            lines += _plain("sweep", f"{sweep['goal'] or ''} {sweep['metric'] or ''}".strip(), sweep["sampling"] or "")
    sweeps = [one for one in told.details.values() if one["__typename"] == "Job" and one.get("sweep")]
    for one in sweeps:
        lines.append(Line("sweep behind it", title(one), note=str(one["sweep"]["metric"] or "")))
    if _makers(told) and not lines:
        lines.append(Line("part of", "nothing: no pipeline and no sweep is known that it was part of"))
    return lines, (), _no_job(told, lines)


def _parameters(told: Told) -> _Found:
    commands = [line for line in _values(told, "JOB") if line.label == "command"]
    commands += [line for line in _values(told, "COMPONENT") if line.label == "command"]
    lines = [
        *commands,
        *_values(told, "PARAMETER"),
        *(x for x in _values(told, "COMPUTE") if x.label == "distribution"),
    ]
    return lines, (), _unknown(told, "PARAMETER") or _no_job(told, lines)


def _code(told: Told) -> _Found:
    lines = list(_values(told, "CODE"))
    unknown = list(_unknown(told, "CODE"))
    if lines and not any(line.label == "commit" for line in lines):
        unknown.append("No git commit is recorded: submit the job from a clean git checkout to have one.")
    return lines, (), unknown or _no_job(told, lines)


def _environment(told: Told) -> _Found:
    packages = tuple((line.label, line.text) for line in _values(told, "PACKAGE"))
    lines = [*_values(told, "ENVIRONMENT"), *_values(told, "COMPONENT", "component ", but=("command",))]
    unknown = list(_unknown(told, "ENVIRONMENT"))
    image = next((line.text for line in lines if line.label == "image"), "")
    if image and "@sha256:" not in image:
        unknown.append("The image is named by a tag, which may mean other bytes today: its digest is not recorded.")
    return (
        lines,
        [Table("Packages that the conda file asks for", ("package", "wanted"), packages)],
        unknown or (_no_job(told, lines)),
    )


def _compute(told: Told) -> _Found:
    jobs = [one for one in told.details.values() if one["__typename"] == "Job"]
    lines = [line for line in _values(told, "COMPUTE") if line.label != "distribution"]
    for maker in _makers(told):
        seconds = told.details.get(maker["job"]["id"], {}).get("nodeSeconds")
        if seconds is not None:
            lines.append(Line("instance hours of the producing job", f"{seconds / 3600:,.2f}"))
    known = [one["nodeSeconds"] for one in jobs if one.get("nodeSeconds") is not None]
    if known:
        note = f"{len(known):,} of {len(jobs):,} jobs behind it tell their times; a pipeline's time holds its steps'"
        lines.append(Line("instance hours of everything behind it", f"{sum(known) / 3600:,.2f}", note=note))
    return lines, (), _unknown(told, "COMPUTE") or _no_job(told, lines)


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
        for one in _of(told.details, "DataVersion")
    )
    columns = ("data", "type", "path", "registered", "by", "steps away", "state")
    lines = [*_values(told, "DATA"), *_values(told, "ORIGIN", "begins with "), *_values(told, "PLACE", "lies at: ")]
    return (
        lines,
        [Table("Every data asset behind it, the nearest first", columns, rows)],
        _unknown(told, "DATA", "ORIGIN"),
    )


def _preparation(told: Told) -> _Found:
    made = {maker["job"]["id"] for maker in _makers(told)}
    rows = tuple(
        (title(one), one["type"] or "", moment(one["startedAt"]), one["createdBy"] or "", str(one["depth"]))
        for one in _of(told.details, "Job")
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
        (title(one), one["type"] or "", one["status"] or "", moment(one["createdAt"])) for one in _of(told.after, "Job")
    )
    found = [one for one in told.findings if one["code"] == "TRAIN_TEST_OVERLAP"]
    lines = [*_values(told, "METRIC"), *(Line("finding", one["sentence"], note=one["code"]) for one in found)]
    unknown = [
        *_unknown(told, "METRIC"),
        "Which of these jobs are evaluations, and what they showed, is for a person to say.",
    ]
    return lines, [Table("Jobs that used this version", ("job", "type", "status", "created"), rows)], unknown


def _bases(told: Told) -> _Found:
    lines = [*_values(told, "BASE_MODEL")]
    lines += [
        Line("model behind it", short(one["reference"]), note=one["stage"] or "")
        for one in _of(told.details, "ModelVersion")
    ]
    none = () if lines else ("No base model is known: the jobs behind it read none.",)
    return lines, (), _unknown(told, "BASE_MODEL") or none


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
        for one in _of(told.after, "Deployment")
    )
    columns = ("deployment", "type", "live", "mirrored", "environment", "size", "region", "created", "by", "state")
    return (
        (),
        [Table("Deployments that serve it, or something made from it", columns, rows)],
        (() if rows else ("No deployment of it is known in the workspaces that were crawled.",)),
    )


def _approvals(told: Told) -> _Found:
    me = told.subject
    tags = [line for line in _values(told, "TAG") if any(w in f"{line.label} {line.text}".lower() for w in _APPROVAL)]
    lines = [*_plain("stage", me["stage"]), *tags]
    people = [("registered by", me["createdBy"])]
    people += [("submitted by", line.text) for line in _values(told, "SUBMITTER") if line.label == "by"]
    people += [("deployed by", one["createdBy"]) for one in _of(told.after, "Deployment")]
    lines += [Line(label, name) for label, name in dict.fromkeys(people) if name]
    return lines, (), ("Azure ML records no approval as such: who approved what is for a person to say.",)


_APPROVAL: Final = ("approv", "sign-off", "signoff", "review", "board", "release")


def _since(told: Told) -> _Found:
    if told.since is None:
        return (), (), ("No earlier report was given (`--previous DIR`).",)
    rows = [Line(_words(one["change"]), f"{one['count']:,} {one['what']}") for one in told.since["counts"]]
    return rows or [Line("changed", "nothing")], (), ()


def _consumers(told: Told) -> _Found:
    counts = [Line(_words(one["kind"]), f"{one['count']:,}") for one in told.resting["counts"]]
    rows = tuple(
        (short(one["reference"]), one["__typename"], str(one["depth"]), one["createdBy"] or "")
        for kind in ("ModelVersion", "Job", "Endpoint")
        for one in _of(told.after, kind)
    )
    return (
        counts,
        [Table("What was made from it or serves it", ("thing", "kind", "steps away", "by"), rows)],
        (() if counts else ("Nothing is known to use it in the workspaces that were crawled.",)),
    )


def _monitoring(told: Told) -> _Found:
    lines = [
        Line(f"data collector of {short(one['reference'])}", "on" if one["collectsData"] else "off")
        for one in _of(told.after, "Deployment")
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
        (short(one["reference"]), _words(link["relation"]), _words(link["certainty"]), link["evidence"]["field"])
        for one in things
        for link in one["links"]["edges"]
        if link["certainty"] != "CONFIRMED"
    )
    lines = [
        Line(_words(cut["reason"]), cut["detail"])
        for cut in [*told.behind["truncations"], *told.resting["truncations"]]
    ]
    lines += [
        Line(_words(end["reason"]), f"{end['field']} = {end['value']}", note=end["remedy"] or "")
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
    lines = [Line(f"source job {short(maker['job']['reference'])}", maker["job"]["state"]) for maker in _makers(told)]
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


def _makers(told: Told) -> list[Json]:
    """The jobs that wrote it, or else those of which one did."""
    made: list[Json] = told.origin["madeBy"] or told.origin["candidates"]
    return made


def _no_job(told: Told, lines: Sequence[Line]) -> Sequence[str]:
    if lines or _makers(told):
        return ()
    return ("No job behind it is known: see the source as registered.",)


def _of(things: Mapping[str, Json], kind: str) -> list[Json]:
    return sorted(
        (one for one in things.values() if one["__typename"] == kind), key=lambda one: (one["depth"], one["reference"])
    )


def _values(told: Told, aspect: str, prefix: str = "", but: Sequence[str] = ()) -> Iterator[Line]:
    for row in told.values:
        value = row["value"]
        if row["aspect"] == aspect and value is not None and row["name"] not in but:
            proof = value["evidence"]
            label = prefix + (row["name"] or _words(aspect))
            yield Line(label, value["text"], value["certainty"], proof["record"], proof["field"], proof["value"])


def _unknown(told: Told, *aspects: str) -> list[str]:
    return [
        f"{_words(row['aspect'])}: {row['reason']}. {row['remedy'] or ''}".strip()
        for row in told.values
        if row["aspect"] in aspects and row["value"] is None and row["reason"]
    ]


def _plain(label: str, value: Any, note: str = "", certainty: str = "") -> list[Line]:
    return [Line(label, str(value), certainty, note=note)] if value not in (None, "") else []


def _words(enum: str) -> str:
    return enum.replace("_", " ").lower()


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours} h {minutes:02} min {last:02} s" if hours else f"{minutes} min {last:02} s"
