"""What is odd about a body that was read: a type without rules, or a shape that nothing can be read from.

Such a record is kept as it came, and what can be read of it is linked. The Gap
beside it says that there may be more to it than this version sees.
"""

from __future__ import annotations

from typing import Any, Final

from lineage.records import Gap, GapReason, Record, RecordKind

JOB_TYPES: Final = frozenset(
    {"Command", "Pipeline", "Sweep", "AutoML", "Spark", "FineTuning", "Labeling", "Distillation", "Base"}
)
"""Types of job whose bodies the linking rules know."""
ACTIONS: Final = frozenset({"CreateJob", "InvokeBatchEndpoint", "ImportData", "CreateMonitor"})
"""What a schedule may do."""

_SAY_ALL: Final = frozenset(
    {RecordKind.MODEL_VERSION, RecordKind.DATA_VERSION, RecordKind.ENVIRONMENT_VERSION, RecordKind.COMPONENT_VERSION}
    | {RecordKind.CODE_VERSION, RecordKind.DEPLOYMENT}
)
"""Kinds whose whole lineage is in their `properties`; of others these may be missing."""


def oddity(record: Record) -> Gap | None:
    """The gap that tells what of this record could not be understood; None when nothing stands out."""
    body = record.body
    if record.kind is RecordKind.RUN:
        if not isinstance(body.get("runMetadata"), dict):
            return _unreadable(record, "run history's answer has no runMetadata")
        return None
    if record.kind is RecordKind.REGISTRY:
        return None
    properties = body.get("properties")
    if not isinstance(properties, dict):
        if properties is None and record.kind not in _SAY_ALL:
            return None
        return _unreadable(record, "its body has no properties that could be read")
    if record.kind is RecordKind.JOB:
        return _job(record, properties)
    if record.kind is RecordKind.OTHER and "/schedules/" in record.subject:
        action = properties.get("action")
        kind = action.get("actionType") if isinstance(action, dict) else None
        return None if kind in ACTIONS else _unknown(record, f"a schedule that does {kind!r}")
    return None


def _job(record: Record, properties: dict[str, Any]) -> Gap | None:
    for name in ("inputs", "outputs", "jobs"):
        if not isinstance(properties.get(name), dict | None):
            return _unreadable(record, f"its {name} are not an object")
    kind = properties.get("jobType")
    return None if isinstance(kind, str) and kind in JOB_TYPES else _unknown(record, f"a job of the type {kind!r}")


def _unreadable(record: Record, detail: str) -> Gap:
    remedy = "look at the resource in the studio; if it is whole there, update this program"
    return Gap(record.subject, record.kind, record.scope, GapReason.UNPARSABLE, detail, remedy)


def _unknown(record: Record, what: str) -> Gap:
    detail = f"{what[:200]}, for which this version has no rules; it is kept, and what is usual in it was read"
    return Gap(record.subject, record.kind, record.scope, GapReason.UNKNOWN_KIND, detail, "update this program")
