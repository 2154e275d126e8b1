"""What the record of a deployment says: which model it serves, with which code, in which environment."""

from __future__ import annotations

from typing import Any, Final

from lineage.graph import Derivation, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import obj, text
from lineage.linking.claiming import Notes

_SERVICE: Final = Derivation.SERVICE_FIELD


def deployment(notes: Notes, body: Any) -> None:
    """A deployment, online or batch."""
    me = Target(Kind.DEPLOYMENT, notes.subject)
    endpoint = notes.subject.rpartition("/deployments/")[0]
    if endpoint:
        whole = Target(Kind.ENDPOINT, endpoint)
        notes.ties.append(notes.tie(me, Relation.PART_OF, whole, "id", text(body, "id"), _SERVICE))
    properties = obj(body, "properties")
    _model(notes, me, properties)
    for relation, field, value, collection in (
        (Relation.RAN_IN, "environmentId", text(properties, "environmentId"), "environments"),
        (
            Relation.RAN_CODE,
            "codeConfiguration.codeId",
            text(obj(properties, "codeConfiguration"), "codeId"),
            "codes",
        ),
    ):
        notes.follow(me, relation, f"properties.{field}", value, collection=collection, derivation=_SERVICE)


def _model(notes: Notes, me: Target, properties: dict[str, Any]) -> None:
    """`model` is a reference in words, or an object that says which kind of reference it holds."""
    model = obj(properties, "model")
    path = text(model, "path")
    for field, value in (
        ("model", text(properties, "model")),
        ("model.assetId", text(model, "assetId")),
    ):
        notes.follow(me, Relation.DEPLOYS, f"properties.{field}", value, collection="models", derivation=_SERVICE)
    if store := text(model, "datastoreId"):
        target = notes.resolve("properties.model.datastoreId", store, "datastores")
        if target is not None and target.kind is Kind.DATASTORE:
            _place(notes, me, f"{target.text}/paths/{path}" if path else target.text, path)
    elif job := text(model, "jobId"):
        target = notes.resolve("properties.model.jobId", job, "jobs")
        if target is not None and target.kind is Kind.JOB:
            tail = f"/paths/{path}" if path else ""
            _place(notes, me, f"{target.text}/outputs/artifacts{tail}", path)
    elif path and not text(model, "assetId"):
        _place(notes, me, path, path)


def _place(notes: Notes, me: Target, reference: str, path: str) -> None:
    field = "properties.model.path" if path else "properties.model"
    notes.follow(me, Relation.DEPLOYS, field, reference, derivation=_SERVICE)
