"""The node that a record is about, and the few facts that lists and questions show of it.

Facts keep the service's words and types; a fact that the service did not send
is not there. Times are as the service wrote them.

    everything    name, version, displayName, description, tags, createdAt, createdBy, lastModifiedAt, isArchived,
                  isAnonymous
    model, data   type, flavors, stage, latestVersion, hash (of an upload)
    environment   image, os
    component     type
    job           jobType, status, experiment, startTime, endTime, parent, reusedFrom, compute, git, snapshot
    endpoint      traffic, mirrorTraffic (deployment -> percent), scoringUri, provisioningState
    deployment    provisioningState, instanceType
    schedule      type, trigger, status, endpoint
    datastore     type, storage      workspace   guid, location
    on an MLflow server   aliases, status, type, experiment, startTime, endTime, parent, git (see `mlflow`)

A job has two records; `merged` makes one description of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lineage.ids import Kind
from lineage.linking import mlflow
from lineage.linking.bodies import clean, flag, obj, text
from lineage.linking.knowing import storage_of
from lineage.linking.others import kind_of, schedule_facts
from lineage.linking.words import Description
from lineage.records import Record, RecordKind

_KINDS: Final[dict[RecordKind, Kind]] = {
    RecordKind.WORKSPACE: Kind.WORKSPACE,
    RecordKind.REGISTRY: Kind.REGISTRY,
    RecordKind.DATASTORE: Kind.DATASTORE,
    RecordKind.MODEL: Kind.MODEL,
    RecordKind.MODEL_VERSION: Kind.MODEL_VERSION,
    RecordKind.DATA_VERSION: Kind.DATA_VERSION,
    RecordKind.ENVIRONMENT_VERSION: Kind.ENVIRONMENT_VERSION,
    RecordKind.COMPONENT_VERSION: Kind.COMPONENT_VERSION,
    RecordKind.CODE_VERSION: Kind.CODE_VERSION,
    RecordKind.JOB: Kind.JOB,
    RecordKind.RUN: Kind.JOB,
    RecordKind.ENDPOINT: Kind.ENDPOINT,
    RecordKind.DEPLOYMENT: Kind.DEPLOYMENT,
    RecordKind.OTHER: Kind.OTHER,
    RecordKind.MLFLOW_MODEL: Kind.MODEL,
    RecordKind.MLFLOW_MODEL_VERSION: Kind.MODEL_VERSION,
    RecordKind.MLFLOW_RUN: Kind.JOB,
    RecordKind.MLFLOW_LOGGED_MODEL: Kind.ASSET_VERSION,
    RecordKind.MLFLOW_DATASET: Kind.DATA_VERSION,
}
_MLFLOW: Final = frozenset(kind for kind in RecordKind if kind.name.startswith("MLFLOW_"))
_LONGEST: Final = 1024  # characters of one fact; what lists show is far below
_MOST: Final = 50  # tags of one thing, as many as the service allows


def describe(record: Record) -> Description | None:
    """The node that the record is about; None for a kind of record that has no rules here."""
    kind = _KINDS.get(record.kind)
    if kind is None:
        return None
    facts: dict[str, Any] = {}
    if record.kind in _MLFLOW:
        _name(facts, record.subject)
        _tags(facts, mlflow.tags_of(record))
        for fact, value in mlflow.facts(record).items():
            if value:
                facts[fact] = value[:_LONGEST] if type(value) is str else value
        return Description(record.subject, kind, mlflow.is_archived(record), facts)
    body = record.body
    properties = obj(body, "properties")
    archived = flag(properties, "isArchived")
    _name(facts, record.subject)
    _put(facts, properties, "displayName", "description", "friendlyName")
    _tags(facts, obj(properties, "tags") or obj(body, "tags"))
    system = obj(body, "systemData")
    _put(facts, system, "createdAt", "createdBy", "lastModifiedAt", "lastModifiedBy")
    if archived:
        facts["isArchived"] = True
    if flag(properties, "isAnonymous"):
        facts["isAnonymous"] = True
    match record.kind:
        case RecordKind.MODEL | RecordKind.MODEL_VERSION | RecordKind.DATA_VERSION:
            _put(facts, properties, "stage", "latestVersion")
            _rename(facts, "type", text(properties, "modelType") or text(properties, "dataType"))
            if flavors := sorted(obj(properties, "flavors")):
                facts["flavors"] = [clean(name) for name in flavors[:_MOST]]
        case RecordKind.ENVIRONMENT_VERSION:
            _put(facts, properties, "image")
            _rename(facts, "os", text(properties, "osType"))
        case RecordKind.COMPONENT_VERSION:
            spec = obj(properties, "componentSpec")
            _rename(facts, "type", text(spec, "type"))
            _rename(facts, "displayName", text(spec, "display_name"))
        case RecordKind.CODE_VERSION:
            _rename(facts, "hash", text(obj(properties, "properties"), "hash_sha256"))
        case RecordKind.JOB:
            _job(facts, properties)
        case RecordKind.RUN:
            _run(facts, body)
        case RecordKind.ENDPOINT:
            _put(facts, properties, "scoringUri", "provisioningState")
            for name in ("traffic", "mirrorTraffic"):
                if shares := _percentages(properties.get(name)):
                    facts[name] = shares
        case RecordKind.DEPLOYMENT:
            _put(facts, properties, "provisioningState", "instanceType")
        case RecordKind.DATASTORE:
            _rename(facts, "type", text(properties, "datastoreType"))
            _rename(facts, "storage", storage_of(body))
        case RecordKind.OTHER:
            kind = kind_of(record.subject)
            _put(facts, properties, "latestVersion")
            if "/schedules/" in record.subject:
                for name, value in schedule_facts(properties).items():
                    _rename(facts, name, value)
        case RecordKind.WORKSPACE:
            _rename(facts, "guid", text(properties, "workspaceId"))
            _rename(facts, "location", text(body, "location"))
    return Description(record.subject, kind, archived, facts)


def merged(descriptions: Iterable[Description]) -> Description | None:
    """One description of a thing that has several records.

    Give them in the order of their record kinds: the first that has a fact tells it. None when there are none.
    """
    result: Description | None = None
    for one in descriptions:
        if result is None:
            result = one
        else:
            result = Description(result.text, result.kind, result.archived or one.archived, one.facts | result.facts)
    return result


def _name(facts: dict[str, Any], subject: str) -> None:
    """The last segment that names the thing; an asset's version apart."""
    head, _, last = subject.rpartition("/")
    if head.endswith("/versions"):
        facts["name"], facts["version"] = head.removesuffix("/versions").rpartition("/")[2], last
    else:
        facts["name"] = last


def _put(facts: dict[str, Any], source: dict[str, Any], *names: str) -> None:
    for name in names:
        _rename(facts, name, text(source, name))


def _rename(facts: dict[str, Any], name: str, value: str) -> None:
    if value:
        facts[name] = value[:_LONGEST]


def _tags(facts: dict[str, Any], tags: dict[str, Any]) -> None:
    shown = {
        clean(key): text(tags, key)[:_LONGEST]
        for key in sorted(tags)
        if type(tags[key]) is str and not key.startswith("_aml_system_")  # the scheduler's own notes
    }
    if shown:
        facts["tags"] = dict(list(shown.items())[:_MOST])


def _percentages(value: Any) -> dict[str, int]:
    if type(value) is not dict:
        return {}
    return {clean(key): share for key, share in sorted(value.items()) if type(share) is int}


def _job(facts: dict[str, Any], properties: dict[str, Any]) -> None:
    extra = obj(properties, "properties")
    _put(facts, properties, "jobType", "status")
    _rename(facts, "experiment", text(properties, "experimentName"))
    _rename(facts, "compute", text(properties, "computeId").rpartition("/")[2])
    _rename(facts, "startTime", text(extra, "StartTimeUtc") or text(properties, "startTime"))
    _rename(facts, "endTime", text(extra, "EndTimeUtc") or text(properties, "endTime"))
    _shared(facts, extra)


def _run(facts: dict[str, Any], body: dict[str, Any]) -> None:
    meta = obj(body, "runMetadata")
    _put(facts, meta, "displayName", "description", "status")
    _tags(facts, obj(meta, "tags"))
    _rename(facts, "createdAt", text(meta, "createdUtc"))
    _rename(facts, "createdBy", text(obj(meta, "createdBy"), "userName"))
    _rename(facts, "lastModifiedAt", text(meta, "lastModifiedUtc"))
    _rename(facts, "jobType", text(meta, "runType"))
    _rename(facts, "experimentId", text(meta, "experimentId"))
    _rename(facts, "compute", text(meta, "target"))
    _rename(facts, "startTime", text(meta, "startTimeUtc"))
    _rename(facts, "endTime", text(meta, "endTimeUtc"))
    _rename(facts, "parent", text(meta, "parentRunId"))
    _shared(facts, obj(meta, "properties"))


def _shared(facts: dict[str, Any], extra: dict[str, Any]) -> None:
    """Facts that both records of a job keep among their properties."""
    if "parent" not in facts:
        _rename(facts, "parent", text(extra, "azureml.pipelinerunid"))
    _rename(facts, "reusedFrom", text(extra, "azureml.reusedrunid"))
    _rename(facts, "snapshot", text(extra, "ContentSnapshotId"))
    git = {
        "repo": text(extra, "mlflow.source.git.repoURL"),
        "branch": text(extra, "mlflow.source.git.branch"),
        "commit": text(extra, "mlflow.source.git.commit"),
        "dirty": text(extra, "azureml.git.dirty"),
    }
    if told := {name: value[:_LONGEST] for name, value in git.items() if value}:
        facts["git"] = told
