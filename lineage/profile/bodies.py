"""What the records of a model version, a job, an environment and a code snapshot say by value.

Each value comes with the dotted path of the field that it was read from. Of fields
that say the same in several places the first that says anything is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from lineage.linking import mlflow
from lineage.linking.bodies import clean, entries, obj, text
from lineage.profile.packages import packages
from lineage.profile.words import Aspect
from lineage.records import Record, RecordKind

_encode: Final = msgspec.json.Encoder(order="sorted").encode
_GIT: Final = {
    "repository": "mlflow.source.git.repoURL",
    "branch": "mlflow.source.git.branch",
    "commit": "mlflow.source.git.commit",
    "dirty": "azureml.git.dirty",
    "snapshot": "ContentSnapshotId",
}
_DRAWN: Final = ("hyperparameters", "_aml_system_hyperparameters")
"""Tags in which a sweep's trial keeps what it was given, as JSON."""


class Said(NamedTuple):
    """A value, whole, and where it stands."""

    aspect: Aspect
    name: str
    value: str
    field: str


def said(record: Record) -> Iterator[Said]:
    """What this record says; nothing for kinds that say nothing by value here."""
    match record.kind:
        case RecordKind.MODEL_VERSION:
            yield from _model(record.body)
        case RecordKind.MLFLOW_MODEL_VERSION:
            yield from _mlflow_model(record)
        case RecordKind.JOB:
            yield from _job(record.body)
        case RecordKind.RUN:
            yield from _run(record.body)
        case RecordKind.MLFLOW_RUN:
            yield from _mlflow_run(record)
        case RecordKind.ENVIRONMENT_VERSION:
            yield from _environment(record.body)
        case RecordKind.CODE_VERSION:
            yield from _code(record.body)
        case RecordKind.COMPONENT_VERSION:
            yield from _pick(Aspect.COMPONENT, "command", record.body, "properties.componentSpec.command")


def tells(record: Record) -> bool:
    """Whether a record of a job says anything of how it ran; that of a pipeline's child may be a name alone."""
    return record.kind is not RecordKind.JOB or bool(obj(record.body, "properties"))


def _model(body: Any) -> Iterator[Said]:
    properties = obj(body, "properties")
    yield from _pick(Aspect.SOURCE, "reference", body, "properties.modelUri")
    yield from _pick(Aspect.SOURCE, "declared job", body, "properties.jobName")
    yield from _pick(Aspect.MODEL, "type", body, "properties.modelType")
    yield from _pick(Aspect.MODEL, "stage", body, "properties.stage")
    yield from _pick(Aspect.MODEL, "description", body, "properties.description")
    yield from _each(Aspect.FLAVOR, obj(properties, "flavors"), "properties.flavors")
    yield from _each(Aspect.TAG, obj(properties, "tags"), "properties.tags")
    yield from _authors(Aspect.REGISTRATION, body)
    yield from _pick(Aspect.REGISTRATION, "at", body, "systemData.createdAt")


def _mlflow_model(record: Record) -> Iterator[Said]:
    body = record.body
    yield from _pick(Aspect.SOURCE, "reference", body, "source")
    yield from _pick(Aspect.SOURCE, "declared job", body, "run_id")
    yield from _pick(Aspect.MODEL, "stage", body, "current_stage")
    yield from _pick(Aspect.MODEL, "description", body, "description")
    yield from _one(Aspect.MODEL, "aliases", body.get("aliases"), "aliases")
    yield from _each(Aspect.TAG, mlflow.tags_of(record), "tags")
    yield from _pick(Aspect.REGISTRATION, "by", body, "user_id")
    yield from _one(Aspect.REGISTRATION, "at", mlflow.moment(body, "creation_timestamp"), "creation_timestamp")


def _job(body: Any) -> Iterator[Said]:
    properties = obj(body, "properties")
    yield from _pick(Aspect.JOB, "type", body, "properties.jobType")
    yield from _pick(Aspect.JOB, "experiment", body, "properties.experimentName")
    yield from _pick(Aspect.JOB, "command", body, "properties.command", "properties.trial.command")
    yield from _pick(Aspect.JOB, "status", body, "properties.status")
    yield from _pick(Aspect.JOB, "created", body, "systemData.createdAt")
    yield from _authors(Aspect.SUBMITTER, body)
    yield from _pick(Aspect.SUBMITTER, "runs as", body, "properties.identity.identityType")
    yield from _git(obj(properties, "properties"), "properties.properties")
    yield from _last(Aspect.COMPUTE, "target", body, "properties.computeId")
    for part in ("properties.resources", "properties.trial.resources"):
        yield from _pick(Aspect.COMPUTE, "instance type", body, f"{part}.instanceType")
        yield from _pick(Aspect.COMPUTE, "instances", body, f"{part}.instanceCount")
    for part in ("properties.distribution", "properties.trial.distribution"):
        yield from _pick(Aspect.COMPUTE, "distribution", body, part)
    yield from _drawn(obj(properties, "tags"), "properties.tags")
    yield from _each(Aspect.PARAMETER, obj(properties, "parameters"), "properties.parameters")
    yield from _literals("", obj(properties, "inputs"), "properties.inputs")
    for step, spec in entries(properties, "jobs"):
        yield from _literals(f"{step}.", obj(spec, "inputs"), f"properties.jobs.{step}.inputs")
    for name, drawn in obj(properties, "searchSpace").items():
        yield from _one(
            Aspect.PARAMETER, f"{clean(name)} (search space)", drawn, f"properties.searchSpace.{clean(name)}"
        )


def _run(body: Any) -> Iterator[Said]:
    meta = obj(body, "runMetadata")
    yield from _pick(Aspect.JOB, "type", body, "runMetadata.runType")
    yield from _pick(Aspect.JOB, "command", body, "runDefinition.command")
    yield from _pick(Aspect.JOB, "status", body, "runMetadata.status")
    yield from _pick(Aspect.JOB, "created", body, "runMetadata.createdUtc")
    yield from _pick(Aspect.CODE, "script", body, "runDefinition.script", "runMetadata.scriptName")
    yield from _pick(Aspect.SUBMITTER, "by", body, "runMetadata.createdBy.userName")
    yield from _git(obj(meta, "properties"), "runMetadata.properties")
    yield from _pick(Aspect.COMPUTE, "target", body, "runMetadata.target", "runDefinition.target")
    yield from _pick(Aspect.COMPUTE, "instance type", body, "runMetadata.compute.vmSize")
    yield from _pick(Aspect.COMPUTE, "instances", body, "runMetadata.compute.instanceCount", "runDefinition.nodeCount")
    yield from _drawn(obj(meta, "tags"), "runMetadata.tags")
    yield from _each(Aspect.PARAMETER, obj(meta, "parameters"), "runMetadata.parameters")


def _mlflow_run(record: Record) -> Iterator[Said]:
    body = record.body
    tags = obj(body, "data", "tags")
    yield from _pick(Aspect.JOB, "experiment", body, "experiment.name")
    yield from _pick(Aspect.JOB, "status", body, "info.status")
    yield from _one(Aspect.JOB, "created", mlflow.moment(obj(body, "info"), "start_time"), "info.start_time")
    yield from _pick(Aspect.SUBMITTER, "by", body, "info.user_id")
    yield from _git(tags, "data.tags")
    yield from _one(Aspect.CODE, "commit", tags.get("mlflow.source.git.commit"), "data.tags.mlflow.source.git.commit")
    yield from _one(Aspect.CODE, "script", tags.get("mlflow.source.name"), "data.tags.mlflow.source.name")
    yield from _each(Aspect.PARAMETER, obj(body, "data", "params"), "data.params")
    yield from _each(Aspect.METRIC, obj(body, "data", "metrics"), "data.metrics")


def _environment(body: Any) -> Iterator[Said]:
    yield from _pick(Aspect.ENVIRONMENT, "image", body, "properties.image")
    yield from _pick(Aspect.ENVIRONMENT, "os", body, "properties.osType")
    yield from _pick(Aspect.ENVIRONMENT, "conda file", body, "properties.condaFile")
    yield from _pick(Aspect.ENVIRONMENT, "build context", body, "properties.build.contextUri")
    yield from _pick(Aspect.ENVIRONMENT, "dockerfile", body, "properties.build.dockerfilePath")
    for name, wanted in packages(text(obj(body, "properties"), "condaFile")).items():
        yield Said(Aspect.PACKAGE, clean(name), clean(wanted), "properties.condaFile")


def _code(body: Any) -> Iterator[Said]:
    yield from _pick(Aspect.CODE, "hash", body, "properties.properties.hash_sha256")
    yield from _pick(Aspect.CODE, "files", body, "properties.codeUri")


def _authors(aspect: Aspect, body: Any) -> Iterator[Said]:
    yield from _pick(aspect, "by", body, "systemData.createdBy")
    yield from _pick(aspect, "identity type", body, "systemData.createdByType")


def _git(properties: Any, field: str) -> Iterator[Said]:
    for name, key in _GIT.items():
        yield from _one(Aspect.CODE, name, properties.get(key), f"{field}.{key}")


def _drawn(tags: Any, field: str) -> Iterator[Said]:
    for tag in _DRAWN:
        try:
            drawn = msgspec.json.decode(text(tags, tag) or "{}")
        except (msgspec.DecodeError, RecursionError):
            continue
        if type(drawn) is dict:
            for name, value in drawn.items():
                yield from _one(Aspect.PARAMETER, clean(name).removeprefix("--"), value, f"{field}.{tag}")


def _literals(prefix: str, inputs: Any, field: str) -> Iterator[Said]:
    """Inputs that are values; a binding to another port names no value."""
    for name, spec in inputs.items():
        if type(spec) is dict and not text(spec, "uri") and not text(spec, "value").startswith("${{"):
            yield from _one(Aspect.PARAMETER, prefix + clean(name), spec.get("value"), f"{field}.{clean(name)}.value")


def _each(aspect: Aspect, told: Any, field: str) -> Iterator[Said]:
    for name, value in told.items():
        yield from _one(aspect, clean(name), value, f"{field}.{clean(name)}", empty=True)


def _pick(aspect: Aspect, name: str, body: Any, *fields: str) -> Iterator[Said]:
    """The first of these fields that says anything."""
    for field in fields:
        *path, last = field.split(".")
        found = list(_one(aspect, name, obj(body, *path).get(last), field))
        if found:
            yield from found
            return


def _last(aspect: Aspect, name: str, body: Any, field: str) -> Iterator[Said]:
    """As `_pick`, of an ARM id its last segment."""
    for one in _pick(aspect, name, body, field):
        yield one._replace(value=one.value.rstrip("/").rpartition("/")[2])


def _one(aspect: Aspect, name: str, value: Any, field: str, *, empty: bool = False) -> Iterator[Said]:
    """The value in words; None says nothing, and an empty text only where its being there says something."""
    if value is None or (value in ("", {}, []) and not empty):
        return
    yield Said(aspect, name, clean(value) if type(value) is str else clean(_encode(value).decode()), field)


def first(told: Iterable[tuple[Record, Said]]) -> Iterator[tuple[Record, Said]]:
    """Of what is said under one name the first."""
    met: set[tuple[Aspect, str]] = set()
    for record, one in told:
        if (one.aspect, one.name) not in met:
            met.add((one.aspect, one.name))
            yield record, one
