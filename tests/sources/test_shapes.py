"""What is odd about a body is told beside it, and the body is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.records import GapReason, Record, RecordKind
from lineage.sources.azureml.shapes import oddity

W = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


def odd(subject: str, kind: RecordKind, body: dict[str, object]) -> GapReason | None:
    gap = oddity(Record(f"{W}/{subject}", kind, W, body))
    if gap is not None:
        assert (gap.subject, gap.kind, gap.scope) == (f"{W}/{subject}", kind, W)
        assert gap.detail
        assert gap.remedy
    return gap.reason if gap else None


@pytest.mark.parametrize(
    ("subject", "kind", "body", "reason"),
    [
        ("models/m/versions/1", RecordKind.MODEL_VERSION, {"properties": {}}, None),
        ("models/m/versions/1", RecordKind.MODEL_VERSION, {"name": "1"}, GapReason.UNPARSABLE),
        ("data/d/versions/1", RecordKind.DATA_VERSION, {"properties": "text"}, GapReason.UNPARSABLE),
        ("models/m", RecordKind.MODEL, {"name": "m"}, None),
        ("models/m", RecordKind.MODEL, {"properties": []}, GapReason.UNPARSABLE),
        ("jobs/j", RecordKind.JOB, {"name": "j"}, None),  # a pipeline's child
        ("jobs/j", RecordKind.JOB, {"properties": {"jobType": "Command"}}, None),
        ("jobs/j", RecordKind.JOB, {"properties": {"jobType": "Command", "inputs": None}}, None),
        ("jobs/j", RecordKind.JOB, {"properties": {"jobType": "Command", "inputs": []}}, GapReason.UNPARSABLE),
        ("jobs/j", RecordKind.JOB, {"properties": {"jobType": ["Command"]}}, GapReason.UNKNOWN_KIND),
        ("jobs/j", RecordKind.RUN, {"runMetadata": {}}, None),
        ("jobs/j", RecordKind.RUN, {"metadata": {}}, GapReason.UNPARSABLE),
        ("schedules/s", RecordKind.OTHER, {"properties": {"action": {"actionType": "CreateJob"}}}, None),
        ("schedules/s", RecordKind.OTHER, {"properties": {"action": {"actionType": "Dance"}}}, GapReason.UNKNOWN_KIND),
        ("schedules/s", RecordKind.OTHER, {"properties": {"action": None}}, GapReason.UNKNOWN_KIND),
        ("", RecordKind.REGISTRY, {"anything": 1}, None),
    ],
)
def test_what_stands_out_is_told(
    subject: str, kind: RecordKind, body: dict[str, object], reason: GapReason | None
) -> None:
    assert odd(subject, kind, body) is reason


@given(
    st.dictionaries(st.sampled_from(["properties", "runMetadata", "x"]), json, max_size=3), st.sampled_from(RecordKind)
)
def test_no_body_is_beyond_it(body: dict[str, object], kind: RecordKind) -> None:
    """Law: whatever the body holds, it is either understood or told."""
    odd("schedules/s", kind, body)
