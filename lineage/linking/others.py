"""What the records of other kinds say: schedules, and the features of a feature store.

A schedule is a job that has not run yet. What its definition names, it will
use: so who asks what a dataset reaches is told of the schedules too. The jobs
that it started say so themselves.
"""

from __future__ import annotations

from typing import Any, Final

from lineage.graph import Derivation, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import clean, entries, obj, text
from lineage.linking.claiming import Notes
from lineage.linking.executions import collection_of

_SERVICE: Final = Derivation.SERVICE_FIELD


def kind_of(subject: str) -> Kind:
    """The kind of thing that a record without a kind of its own is about."""
    return Kind.ASSET_VERSION if "/versions/" in subject else Kind.OTHER


def other(notes: Notes, body: Any) -> None:
    """A schedule, or a version of a feature set."""
    properties = obj(body, "properties")
    if "/schedules/" in notes.subject:
        _schedule(notes, Target(Kind.OTHER, notes.subject), properties)
    elif "/featuresets/" in notes.subject:
        _features(notes, Target(Kind.ASSET_VERSION, notes.subject), properties)


def _schedule(notes: Notes, me: Target, properties: dict[str, Any]) -> None:
    place = "properties.action.jobDefinition"
    job = obj(properties, "action", "jobDefinition")
    for field, part in ((place, job), (f"{place}.trial", obj(job, "trial"))):
        for relation, key, collection in (
            (Relation.RAN_IN, "environmentId", "environments"),
            (Relation.RAN_CODE, "codeId", "codes"),
            (Relation.INSTANCE_OF, "componentId", "components"),
        ):
            value = text(part, key)
            notes.follow(me, relation, f"{field}.{key}", value, collection=collection, derivation=_SERVICE)
    for step, node in entries(job, "jobs"):
        field = f"{place}.jobs.{step}.componentId"
        value = text(node, "componentId")
        options = {"collection": "components", "name": step}
        notes.follow(me, Relation.INSTANCE_OF, field, value, derivation=_SERVICE, **options)
    for group in ("inputs", "taskDetails", "fineTuningDetails"):
        for name, spec in entries(job, group):
            field, value = f"{place}.{group}.{name}.uri", text(spec, "uri")
            notes.follow(me, Relation.USED, field, value, collection=collection_of(spec), name=name)


def _features(notes: Notes, me: Target, properties: dict[str, Any]) -> None:
    """Where the specification lies, and which entities the features describe."""
    field = "properties.specification.path"
    path = text(obj(properties, "specification"), "path")
    notes.follow(me, Relation.WAS_DERIVED_FROM, field, path, derivation=_SERVICE)
    listed = properties.get("entities")
    for position, value in enumerate(listed if type(listed) is list else ()):
        if type(value) is str:
            field = f"properties.entities[{position}]"
            notes.follow(me, Relation.WAS_DERIVED_FROM, field, clean(value), collection="featurestoreEntities")


def schedule_facts(properties: dict[str, Any]) -> dict[str, str]:
    """What a schedule does and when: `type`, `trigger` in words, `status`, and the `endpoint` that it invokes."""
    action, trigger = obj(properties, "action"), obj(properties, "trigger")
    enabled = properties.get("isEnabled")
    when = text(trigger, "expression") or " ".join(
        word for word in (text(trigger, "frequency"), str(trigger.get("interval") or "")) if word
    )
    return {
        "type": text(action, "actionType"),
        "trigger": f"{text(trigger, 'triggerType')} {when}".strip(),
        "status": {True: "Enabled", False: "Disabled"}.get(enabled, "") if isinstance(enabled, bool) else "",
        "endpoint": text(obj(action, "endpointInvocationDefinition"), "endpointName"),
    }
