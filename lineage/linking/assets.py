"""What the record of a versioned asset says: models, data, environments, components, code."""

from __future__ import annotations

from typing import Any, Final

from lineage import ids
from lineage.graph import Derivation, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import clean, entries, obj, objects, text
from lineage.linking.claiming import Notes
from lineage.linking.telling import Version
from lineage.records import RecordKind

KINDS: Final = {
    RecordKind.MODEL_VERSION: Kind.MODEL_VERSION,
    RecordKind.DATA_VERSION: Kind.DATA_VERSION,
    RecordKind.ENVIRONMENT_VERSION: Kind.ENVIRONMENT_VERSION,
    RecordKind.COMPONENT_VERSION: Kind.COMPONENT_VERSION,
    RecordKind.CODE_VERSION: Kind.CODE_VERSION,
}
_SERVICE: Final = Derivation.SERVICE_FIELD


def asset_version(notes: Notes, body: Any) -> None:
    """Every versioned asset: that this version exists, what it is a copy of, and what its kind adds."""
    me = Target(KINDS[notes.record.kind], notes.subject)
    container = notes.known.home(me.text).rpartition("/versions/")[0]
    if container:
        notes.file(f"asset:{container}", Version(notes.created))
    properties = obj(body, "properties")
    origin = notes.follow(
        me,
        Relation.COPIED_FROM,
        "properties.originAssetId",
        text(properties, "originAssetId"),
        derivation=_SERVICE,
    )
    if origin is not None:
        notes.copied = True
        scope = ids.scope_of(origin.text)
        notes.origin = None if isinstance(scope, ids.Registry | ids.MlflowServer) else scope
    match me.kind:
        case Kind.MODEL_VERSION:
            _produced(notes, me, properties, "modelUri")
            for position, dataset in objects(properties, "datasets"):
                notes.follow(
                    me,
                    Relation.WAS_DERIVED_FROM,
                    f"properties.datasets[{position}].id",
                    text(dataset, "id"),
                    collection="data",
                    name=text(dataset, "name"),
                    derivation=_SERVICE,
                )
        case Kind.DATA_VERSION:
            _produced(notes, me, properties, "dataUri")
            listed = properties.get("referencedUris")
            for position, uri in enumerate(listed if type(listed) is list else ()):
                field = f"properties.referencedUris[{position}]"
                notes.follow(me, Relation.WAS_DERIVED_FROM, field, clean(uri) if type(uri) is str else "")
        case Kind.ENVIRONMENT_VERSION:
            context = text(obj(properties, "build"), "contextUri")
            notes.follow(me, Relation.WAS_DERIVED_FROM, "properties.build.contextUri", context)
        case Kind.CODE_VERSION:
            notes.follow(me, Relation.WAS_DERIVED_FROM, "properties.codeUri", text(properties, "codeUri"))
        case Kind.COMPONENT_VERSION:
            _component(notes, me, obj(properties, "componentSpec"))


def _produced(notes: Notes, me: Target, properties: dict[str, Any], field: str) -> None:
    """Where a model or data version lies, which job it names, and what its own name says."""
    name = text(properties, "jobName")
    job = _named_job(notes, name)
    notes.told = notes.known.home(job.text) if job else ""
    uri = text(properties, field)
    where = notes.follow(me, Relation.WAS_DERIVED_FROM, f"properties.{field}", uri)
    if job is not None:
        notes.declared(me, job, job.text.rpartition("/jobs/")[2], where, "properties.jobName", name)
    elif name and "/" not in name:
        notes.declared(me, None, name, where, "properties.jobName", name)
    notes.named(me, "id", me.text)


def _named_job(notes: Notes, name: str) -> Target | None:
    """The job that a record names; None when it names none, or does not say in which workspace."""
    if "/" in name:
        job = notes.resolve("properties.jobName", name, "jobs")
        return job if job is not None and job.kind is Kind.JOB else None
    # A registry copy keeps the name of a job that ran in another workspace.
    scope = notes.origin if isinstance(notes.scope, ids.Registry) else notes.scope
    return ids.job(scope, name) if scope and name else None


def _component(notes: Notes, me: Target, spec: dict[str, Any]) -> None:
    for prefix, part in (("", spec), ("task.", obj(spec, "task"))):
        field = f"properties.componentSpec.{prefix}"
        notes.follow(
            me,
            Relation.RAN_IN,
            f"{field}environment",
            text(part, "environment"),
            collection="environments",
            derivation=_SERVICE,
        )
        code = text(part, "code")
        if not code.startswith((".", "git+")):  # a folder beside the component's own file
            notes.follow(me, Relation.RAN_CODE, f"{field}code", code, collection="codes", derivation=_SERVICE)
    for step, node in entries(spec, "jobs"):
        notes.follow(
            me,
            Relation.INSTANCE_OF,
            f"properties.componentSpec.jobs.{step}.component",
            text(node, "component") or text(node, "componentId"),
            collection="components",
            name=step,
            derivation=_SERVICE,
        )
