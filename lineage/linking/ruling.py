"""Which rules read which record."""

from __future__ import annotations

from lineage.linking import mlflow
from lineage.linking.assets import asset_version
from lineage.linking.bodies import created, instant, obj, text
from lineage.linking.claiming import Notes
from lineage.linking.jobs import job
from lineage.linking.others import other
from lineage.linking.runs import history
from lineage.linking.serving import deployment
from lineage.linking.telling import Claim
from lineage.linking.words import Known
from lineage.records import Record, RecordKind


def claims(record: Record, known: Known) -> list[Claim]:
    """Everything that the record says, each with the key where it is to be settled.

    Never raises, whatever the body holds: a field that is not what it should be says nothing, and a
    reference that cannot be read leaves a loose end.
    """
    body = record.body
    match record.kind:
        case (
            RecordKind.MODEL_VERSION
            | RecordKind.DATA_VERSION
            | RecordKind.ENVIRONMENT_VERSION
            | RecordKind.COMPONENT_VERSION
            | RecordKind.CODE_VERSION
        ):
            notes = Notes(record, known, created(body))
            asset_version(notes, body)
        case RecordKind.JOB:
            notes = Notes(record, known, created(body))
            job(notes, body)
        case RecordKind.RUN:
            notes = Notes(record, known, instant(text(obj(body, "runMetadata"), "createdUtc")))
            history(notes, body)
        case RecordKind.DEPLOYMENT:
            notes = Notes(record, known, created(body))
            deployment(notes, body)
        case RecordKind.OTHER:
            notes = Notes(record, known, created(body))
            other(notes, body)
        case (
            RecordKind.MLFLOW_RUN
            | RecordKind.MLFLOW_MODEL_VERSION
            | RecordKind.MLFLOW_LOGGED_MODEL
            | RecordKind.MLFLOW_DATASET
        ):
            notes = Notes(record, known, mlflow.created_at(record))
            mlflow.claim(notes, body)
        case _:
            return []
    return notes.done()
