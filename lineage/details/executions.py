"""What the records of a job say: the ARM body, run history, and the run of an MLflow server."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from lineage.details.pairs import LONGEST, MOST, Authors, Pair, authors, names, number, pairs, run_of, said, words
from lineage.details.ports import Port, inputs, outputs
from lineage.details.submitting import Distribution, Failure, Sweep, Task, distribution, failure, sweep, task
from lineage.linking import bodies
from lineage.linking.bodies import clean, entries, obj, text
from lineage.records import Json, Record, RecordKind

_SPAN: Final = re.compile(r"(?:(\d{1,6})\.)?(\d\d?):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)
_TRIED: Final = ("hyperparameters", "_aml_system_hyperparameters")
"""Tags in which a sweep's trial keeps what it was given, as JSON."""


class JobDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A job.

    parameters: what it was given by value: literal inputs, a trial's draw, MLflow parameters, run history's own.
    metrics: as an MLflow server had them at the crawl; of a metric with a history the last value.
    seconds: wall clock from start to end. instance_type, instance_count: machine size and number of machines.
    identity: as whom it ran: `UserIdentity`, `Managed`, `AMLToken`. timeout: ISO 8601 duration.
    """

    authors: Authors = Authors()
    properties: tuple[Pair, ...] = ()
    command: str | None = None
    parameters: tuple[Pair, ...] = ()
    metrics: tuple[tuple[str, float], ...] = ()
    seconds: float | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    distribution: Distribution | None = None
    identity: str | None = None
    timeout: str | None = None
    priority: str | None = None
    sweep: Sweep | None = None
    task: Task | None = None
    failure: Failure | None = None
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    studio: str | None = None
    has_run_history: bool = False


def job(records: Sequence[Record]) -> JobDetails:
    held = {record.kind: record.body for record in records}
    properties = obj(held.get(RecordKind.JOB), "properties")
    run = run_of(records)
    meta, definition = obj(run, "runMetadata"), obj(run, "runDefinition")
    mlflow = held.get(RecordKind.MLFLOW_RUN, {})
    trial = obj(properties, "trial")
    count, size = _machines(properties, trial, meta, definition)
    return JobDetails(
        authors=authors(records),
        properties=pairs(obj(meta, "properties") | obj(properties, "properties")),
        command=_command(properties, trial, definition),
        parameters=_parameters(properties, meta, obj(mlflow, "data")),
        metrics=_metrics(obj(mlflow, "data", "metrics")),
        seconds=_seconds(properties, meta, obj(mlflow, "info")),
        instance_type=size,
        instance_count=count,
        distribution=distribution(properties) or distribution(trial),
        identity=said(obj(properties, "identity"), "identityType"),
        timeout=said(obj(properties, "limits"), "timeout"),
        priority=said(obj(properties, "queueSettings"), "jobTier"),
        sweep=sweep(properties, meta),
        task=task(properties),
        failure=failure(meta),
        inputs=inputs(properties, meta),
        outputs=outputs(properties, meta, definition),
        studio=(said(obj(properties, "services", "Studio"), "endpoint") or "").partition("?")[0] or None,
        has_run_history=bool(meta),
    )


def _command(properties: Json, trial: Json, definition: Json) -> str | None:
    entry = said(obj(properties, "entry"), "file")  # a Spark job has a file and its arguments
    spark = " ".join(part for part in (entry, said(properties, "args")) if part)
    told = said(properties, "command") or said(trial, "command") or spark or said(definition, "command")
    if told:
        return told
    ran = " ".join((said(definition, "script") or "", *names(definition.get("arguments"))))
    return ran.strip()[:LONGEST] or None


def _machines(properties: Json, trial: Json, meta: Json, definition: Json) -> tuple[int | None, str | None]:
    """How many machines of which size, by the job, else by what run history says of the compute."""
    asked = (obj(properties, "resources"), obj(trial, "resources"))
    ran = obj(meta, "compute")
    counts = [number(part, "instanceCount") for part in (*asked, ran)] + [number(definition, "nodeCount")]
    sizes = [said(part, "instanceType") for part in (*asked, ran)] + [said(ran, "vmSize")]
    return next((one for one in counts if one), None), next((one for one in sizes if one), None)


def _parameters(properties: Json, meta: Json, logged: Json) -> tuple[Pair, ...]:
    told: dict[str, str | None] = {}
    for group in (obj(logged, "params"), obj(meta, "parameters"), obj(properties, "parameters")):
        told |= {clean(name): words(value) for name, value in group.items()}
    for tags in (obj(meta, "tags"), obj(properties, "tags")):
        told |= dict(_drawn(tags))
    for name, spec in entries(properties, "inputs"):
        if "value" in spec and not text(spec, "uri"):
            told[name] = words(spec["value"])
    return tuple(Pair(name, told[name]) for name in sorted(told)[:MOST])


def _drawn(tags: Json) -> Iterator[tuple[str, str | None]]:
    """What a trial of a sweep was given."""
    for tag in _TRIED:
        try:
            drawn = msgspec.json.decode(text(tags, tag) or "{}")
        except msgspec.DecodeError:
            continue
        if type(drawn) is dict:
            yield from ((clean(name).removeprefix("--"), words(value)) for name, value in drawn.items())


def _metrics(told: Json) -> tuple[tuple[str, float], ...]:
    """Numbers alone: what is not finite has no place in an answer."""
    found = []
    for name in sorted(told):
        value = told[name]
        if type(value) in (int, float) and math.isfinite(value):
            found.append((clean(name), float(value)))
    return tuple(found[:MOST])


def _seconds(properties: Json, meta: Json, info: Json) -> float | None:
    extra = obj(properties, "properties")
    for part, start, end in (
        (meta, "startTimeUtc", "endTimeUtc"),
        (extra, "StartTimeUtc", "EndTimeUtc"),
        (properties, "startTime", "endTime"),
    ):
        span = between(text(part, start), text(part, end))
        if span is not None:
            return span
    began, ended = info.get("start_time"), info.get("end_time")
    if type(began) is int and type(ended) is int and 0 < began <= ended:
        return (ended - began) / 1000
    told = _SPAN.fullmatch(text(meta, "duration"))
    if told is None:
        return None
    days, hours, minutes, seconds = told.groups()
    return int(days or 0) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + float(seconds)


def between(start: str, end: str) -> float | None:
    """Seconds from one instant of the service to another; None when either is none or they are the wrong way round."""
    first, last = bodies.instant(start), bodies.instant(end)
    if not first or not last:
        return None
    try:
        span = (datetime.fromisoformat(last[:26]) - datetime.fromisoformat(first[:26])).total_seconds()
    except ValueError:
        return None
    return span if span >= 0 else None
