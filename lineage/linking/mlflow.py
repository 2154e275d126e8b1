"""What an MLflow server says: runs, registered versions, logged models and the data sets that went in.

MLflow is to a run what a lab notebook is to an experiment: it tells what was
written down, in MLflow's own words. A run is a job, its artifacts are the job's
output `artifacts`, a data set is data whose version is its digest. On the server
of an Azure ML workspace these are the very things that the workspace has.

    body of                  fields read here (times are milliseconds; tags, params and metrics are objects)
    MLFLOW_RUN               info, data.tags, inputs.dataset_inputs, inputs.model_inputs, outputs.model_outputs,
                             experiment.name
    MLFLOW_MODEL_VERSION     source, run_id, model_id, aliases, current_stage, user_id, tags
    MLFLOW_MODEL             aliases, tags
    MLFLOW_LOGGED_MODEL      model_id, name, source_run_id, status, model_type, tags
    MLFLOW_DATASET           name, digest, source_type, source

    read from                                edge                                            derivation
    tag mlflow.parentRunId, mlflow.rootRunId child partOf parent                             RUN_HISTORY
    dataset_inputs[]                         run used data, under the context's name         SERVICE_FIELD
    model_inputs[], model_outputs[]          run used, logged model wasGeneratedBy           SERVICE_FIELD
    source_run_id, run_id                    logged model, version wasGeneratedBy run        SERVICE_FIELD
    model_id                                 version wasDerivedFrom logged model             SERVICE_FIELD
    source: runs:/…, models:/…, azureml://…  version wasDerivedFrom what it names            SERVICE_FIELD
    source: models:/N/V                      version copiedFrom version                      SERVICE_FIELD
    …/RUN/artifacts/P, …/models/M/artifacts  version wasDerivedFrom output, logged model     MATERIALISED_PATH
    source of a data set                     data wasDerivedFrom the place or output         REFERENCE

A version that was registered from its own run's artifacts has the one edge to
those artifacts, not a second one to the run.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from lineage import ids, references
from lineage.errors import InvalidReference
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import clean, instant, obj, objects, text
from lineage.linking.claiming import Notes, job_of, run_key
from lineage.linking.executions import SERVICE, Execution, is_name
from lineage.linking.telling import PathNames, Says, Version
from lineage.records import Record, RecordKind
from lineage.references.escapes import normal

_BY_RUN: Final = re.compile(r"(?:.*/)?([0-9a-f]{32})/artifacts(?:/(.*))?", re.DOTALL)
_BY_MODEL: Final = re.compile(r"(?:.*/)?models/(m-[0-9a-f]{32})/artifacts(?:/(.*))?", re.DOTALL)
_NAMED: Final = ("runs:", "models:", "azureml:")
_LONGEST: Final = 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ADDRESSES: Final = ("uri", "url", "path")
"""Where the source of a data set keeps its address, by its type."""
_NO_SOURCE: Final = "log the data set with its address (source=…) to get its lineage"
_ON_A_DISK: Final = "it was read from somebody's disk; log the data set with the address of shared storage"


def named(name: str) -> str:
    """A name of MLflow's as a canonical text spells it: no character of it is read as a separator."""
    return normal("".join(f"%{ord(char):02X}" if char in "%/?#" else char for char in name))


def dataset_of(scope: ids.Scope, dataset: dict[str, Any]) -> Target | None:
    """The data that a dataset entry names; None when it has no name or digest.

    A workspace may have a data asset of that name and a version like that digest, which is another thing: so the
    version is `mlflow:DIGEST` there, which no data asset can have.
    """
    name, digest = text(dataset, "name"), text(dataset, "digest")
    mark = "" if isinstance(scope, ids.MlflowServer) else "mlflow:"
    return ids.asset(scope, "data", named(name), mark + named(digest)) if name and digest else None


def moment(body: Any, *fields: str) -> str:
    """The first of these times, in ISO 8601 with Z; '' when there is none."""
    for field in fields:
        value = body.get(field) if type(body) is dict else None
        if type(value) is int and value > 0:
            try:
                return (_EPOCH + timedelta(milliseconds=value)).isoformat(timespec="milliseconds")[:23] + "Z"
            except OverflowError:
                return ""
    return ""


def created_at(record: Record) -> str:
    """When the thing was made, as `bodies.instant`."""
    if record.kind is RecordKind.MLFLOW_RUN:
        return instant(moment(obj(record.body, "info"), "start_time"))
    return instant(moment(record.body, "creation_timestamp"))


def facts(record: Record) -> dict[str, Any]:
    """What lists show of the thing beside its name and tags; empty texts stand for what was not told."""
    body = record.body
    told: dict[str, Any] = {"description": text(body, "description"), "createdAt": moment(body, "creation_timestamp")}
    match record.kind:
        case RecordKind.MLFLOW_RUN:
            info, tags = obj(body, "info"), obj(body, "data", "tags")
            told |= {
                "displayName": text(info, "run_name"),
                "description": text(tags, "mlflow.note.content"),
                "status": text(info, "status"),
                "experiment": text(obj(body, "experiment"), "name"),
                "createdAt": moment(info, "start_time"),
                "createdBy": text(info, "user_id") or text(tags, "mlflow.user"),
                "startTime": moment(info, "start_time"),
                "endTime": moment(info, "end_time"),
                "parent": text(tags, "mlflow.parentRunId"),
            }
            git = {
                "repo": text(tags, "mlflow.source.git.repoURL"),
                "branch": text(tags, "mlflow.source.git.branch"),
                "commit": text(tags, "mlflow.source.git.commit"),
            }
            told["git"] = {name: value[:_LONGEST] for name, value in git.items() if value}
        case RecordKind.MLFLOW_MODEL_VERSION:
            stage, status = text(body, "current_stage"), text(body, "status")
            aliases = body.get("aliases") if type(body) is dict else None
            told |= {
                "createdBy": text(body, "user_id"),
                "stage": "" if stage == "None" else stage,
                "status": "" if status == "READY" else status,
                "aliases": sorted(clean(one) for one in aliases if type(one) is str) if type(aliases) is list else [],
            }
        case RecordKind.MLFLOW_MODEL:
            aliases = obj(body, "aliases")
            told["aliases"] = {clean(name): text(aliases, name) for name in sorted(aliases)}
        case RecordKind.MLFLOW_LOGGED_MODEL:
            told |= {
                "displayName": text(body, "name"),
                "status": text(body, "status"),
                "type": text(body, "model_type"),
            }
        case RecordKind.MLFLOW_DATASET:
            told["type"] = text(body, "source_type")
    return told


def tags_of(record: Record) -> dict[str, Any]:
    """The tags that people set; those in MLflow's own name are facts of their own."""
    held = obj(record.body, "data") if record.kind is RecordKind.MLFLOW_RUN else record.body
    return {name: value for name, value in obj(held, "tags").items() if not name.startswith("mlflow.")}


def is_archived(record: Record) -> bool:
    """Whether the run was deleted on the server, which keeps it until it is purged."""
    return text(obj(record.body, "info"), "lifecycle_stage") == "deleted"


def claim(notes: Notes, body: Any) -> None:
    """Everything that a record of MLflow's says."""
    match notes.record.kind:
        case RecordKind.MLFLOW_RUN:
            _run(notes, body)
        case RecordKind.MLFLOW_MODEL_VERSION:
            _version(notes, body)
        case RecordKind.MLFLOW_LOGGED_MODEL:
            _generated(notes, Target(Kind.ASSET_VERSION, notes.subject), "source_run_id", text(body, "source_run_id"))
        case RecordKind.MLFLOW_DATASET:
            _dataset(notes, body)


def _run(notes: Notes, body: Any) -> None:
    run = Execution(notes)
    tags = obj(body, "data", "tags")
    run.part_of(
        [
            (text(tags, "mlflow.parentRunId"), "data.tags.mlflow.parentRunId", ""),
            (text(tags, "mlflow.rootRunId"), "data.tags.mlflow.rootRunId", "root"),
        ]
    )
    if uri := text(obj(body, "info"), "artifact_uri"):
        output = run.output("artifacts", "info.artifact_uri", SERVICE)
        if output is not None and _is_place(notes, uri):
            run.written(output, "info.artifact_uri", uri, {}, SERVICE, publishes=False)
    inputs = obj(body, "inputs")
    for position, spec in objects(inputs, "dataset_inputs"):
        dataset = obj(spec, "dataset")
        target = dataset_of(notes.scope, dataset) if notes.scope else None
        if target is not None:
            field = f"inputs.dataset_inputs[{position}].dataset"
            name = text(obj(spec, "tags"), "mlflow.data.context") or text(dataset, "name")
            value = f"{text(dataset, 'name')}:{text(dataset, 'digest')}"
            notes.point(run.me, Relation.USED, target, field, value, name, SERVICE)
    for position, spec in objects(inputs, "model_inputs"):
        if model := _logged(notes, text(spec, "model_id")):
            field = f"inputs.model_inputs[{position}].model_id"
            notes.point(run.me, Relation.USED, model, field, text(spec, "model_id"), "model", SERVICE)
    for position, spec in objects(obj(body, "outputs"), "model_outputs"):
        if model := _logged(notes, text(spec, "model_id")):
            field = f"outputs.model_outputs[{position}].model_id"
            tie = notes.tie(model, Relation.WAS_GENERATED_BY, run.me, field, text(spec, "model_id"), SERVICE)
            notes.ties.append(tie)
    run.read(False)


def _version(notes: Notes, body: Any) -> None:
    me = Target(Kind.MODEL_VERSION, notes.subject)
    notes.file(f"asset:{notes.known.home(me.text).rpartition('/versions/')[0]}", Version(notes.created))
    run = text(body, "run_id")
    job = ids.job(notes.scope, run) if notes.scope and is_name(run) else None
    notes.told = notes.known.home(job.text) if job else ""
    model_id = text(body, "model_id")
    where = _origin(notes, me, "source", text(body, "source"), run, model_id, SERVICE)
    logged = _logged(notes, model_id)
    if logged is not None and (where is None or logged.text != where.text):
        notes.point(me, Relation.WAS_DERIVED_FROM, logged, "model_id", model_id, derivation=SERVICE)
    own = where is not None and job is not None and where.kind is Kind.JOB_OUTPUT and job_of(where.text) == job.text
    if job is not None and not own:
        notes.declared(me, job, run, where, "run_id", run)
    notes.named(me, "name", me.text)


def _dataset(notes: Notes, body: Any) -> None:
    me = Target(Kind.DATA_VERSION, notes.subject)
    value = body.get("source") if type(body) is dict else None
    try:
        source = msgspec.json.decode(value) if type(value) is str and value.startswith("{") else value
    except msgspec.DecodeError:
        source = None
    kind = text(body, "source_type")
    field, uri = next(((f"source.{name}", found) for name in _ADDRESSES if (found := text(source, name))), ("", ""))
    if not uri and type(source) is str:
        field, uri = "source", clean(source)
    if not uri:
        notes.lose("source_type", kind or "unknown", LooseReason.OPAQUE, _NO_SOURCE)
    elif kind == "hugging_face":
        notes.lose(field, uri, LooseReason.EXTERNAL)
    elif kind == "local" and ":" not in uri[2:]:
        notes.lose(field, uri, LooseReason.LOCAL_UPLOAD, _ON_A_DISK)
    else:
        _origin(notes, me, field, uri, "", "", Derivation.REFERENCE)


def _origin(
    notes: Notes, me: Target, field: str, value: str, run: str, model: str, derivation: Derivation
) -> Target | None:
    """Links `me` to what its source names. run, model: what the same record names as its origin, or ''."""
    if not value:
        return None
    if not value.lower().startswith(_NAMED) and (found := _stored(notes, value)) is not None:
        name = found.text.rpartition("/")[2] if found.kind is Kind.ASSET_VERSION else job_of(found.text)
        told = name == model or (bool(run) and name.endswith(f"/jobs/{run}"))
        certainty = Certainty.CONFIRMED if told else Certainty.INFERRED
        how = Derivation.MATERIALISED_PATH
        tie = notes.tie(me, Relation.WAS_DERIVED_FROM, found, field, value, how, certainty)
        if found.kind is Kind.JOB_OUTPUT and not told:
            key = run_key(name.rpartition("/")[2])
            notes.file(key, PathNames(tie, "", notes.short(notes.known.home(name)), "artifacts", notes.created))
        else:
            notes.say(found, tie)
        return found
    target = notes.resolve(field, value, "models")
    if target is None:
        return None
    copied = target.kind is me.kind and me.kind is Kind.MODEL_VERSION and not target.path
    relation = Relation.COPIED_FROM if copied else Relation.WAS_DERIVED_FROM
    return notes.point(me, relation, target, field, value, derivation=derivation)


def _stored(notes: Notes, uri: str) -> Target | None:
    """The logged model or run whose artifacts lie at an address of MLflow's own layout, whatever the storage."""
    if notes.scope is None:
        return None
    plain = uri.partition("?")[0].rstrip("/")
    if found := _BY_MODEL.fullmatch(plain):
        return ids.logged_model(notes.scope, found[1], found[2] or "")
    if found := _BY_RUN.fullmatch(plain):
        return ids.job_output(notes.scope, found[1], "artifacts", normal(found[2] or ""))
    return None


def _is_place(notes: Notes, uri: str) -> bool:
    """Whether artifacts lie where others could read them by the same address."""
    try:
        target = references.parse(uri).resolve(notes.scope)
    except InvalidReference:
        return False
    return target is not None and target.kind is Kind.LOCATION


def _logged(notes: Notes, model: str) -> Target | None:
    return ids.logged_model(notes.scope, model) if notes.scope and is_name(model) else None


def _generated(notes: Notes, me: Target, field: str, run: str) -> None:
    """`me` came from a run, said where the run's own record may say it too."""
    if notes.scope and is_name(run):
        job = ids.job(notes.scope, run)
        tie = notes.tie(me, Relation.WAS_GENERATED_BY, job, field, run, SERVICE)
        notes.file(run_key(run), Says((tie,)))
