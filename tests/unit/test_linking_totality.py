"""Linking never raises on crawled text: real bodies, with anything put anywhere."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage import ids, linking, references
from lineage.linking import Claim
from lineage.records import Record, RecordKind
from tests.linked import W, link

DATA = Path(__file__).parents[1] / "data"
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "rest"
"""Recordings of the real service beside the checkout, read when they are there."""

_BY_TYPE = {
    "models": RecordKind.MODEL_VERSION,
    "data": RecordKind.DATA_VERSION,
    "environments": RecordKind.ENVIRONMENT_VERSION,
    "components": RecordKind.COMPONENT_VERSION,
    "codes": RecordKind.CODE_VERSION,
    "jobs": RecordKind.JOB,
    "deployments": RecordKind.DEPLOYMENT,
    "onlineEndpoints": RecordKind.DEPLOYMENT,
    "batchEndpoints": RecordKind.DEPLOYMENT,
    "datastores": RecordKind.DATASTORE,
    "workspaces": RecordKind.WORKSPACE,
}


def written() -> list[Record]:
    """The bodies of this project."""
    found = []
    for told in json.loads((DATA / "bodies.json").read_text("utf-8")):
        subject = told["subject"]
        if not subject.startswith("azureml://"):
            subject = f"{W}/{subject}" if subject else W
        scope = ids.scope_of(subject)
        assert scope is not None
        found.append(Record(subject, RecordKind(told["kind"]), scope.text, told["body"]))
    return found


def recorded() -> list[Record]:
    """The bodies of the recordings, those inside list answers too."""
    found = []
    for file in sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else ():
        for answer in json.loads(file.read_text("utf-8")):
            body = answer.get("body") or answer.get("request_body") or {}
            for one in body["value"] if isinstance(body.get("value"), list) else [body]:
                found.extend(_record(one))
    return found


def _record(body: dict[str, Any]) -> list[Record]:
    if "runMetadata" in body:
        return [Record(f"{W}/jobs/{body['runMetadata']['runId']}", RecordKind.RUN, W, body)]
    if "runId" in body:
        return [Record(f"{W}/jobs/{body['runId']}", RecordKind.RUN, W, {"runMetadata": body})]
    target = references.parse(body["id"]).resolve(None) if "id" in body else None
    if target is None:
        return []
    parts = body.get("type", "").split("/")
    kind = next((_BY_TYPE[part] for part in reversed(parts) if part in _BY_TYPE), None)
    scope = ids.scope_of(target.text)
    return [Record(target.text, kind, scope.text, body)] if kind and scope else []


RECORDS = [*written(), *recorded()]
KNOWN = linking.known(RECORDS)

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "azureml://jobs/",
            "azureml://jobs/j/outputs/o/paths/../x",
            "azureml://datastores//paths/",
            "azureml://locations/l/workspaces/",
            "azureml:@latest",
            "azureml:a@",
            "runs:/",
            "https://account1.blob.core.windows.net",
            "/subscriptions/s/resourceGroups/g",
            "dcid.",
            "${{}}",
            "${{name}}",
            "\ud800",
            "%ff%00",
            "azureml://datastores/lake/paths/" + "a/" * 300,
        ]
    ),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def _spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body, by the steps that lead there."""
    spots = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            spots += _spots(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            spots += _spots(inner, (*path, position))
    return spots


SPOTS = [(number, spot) for number, record in enumerate(RECORDS) for spot in _spots(record.body)]


@st.composite
def mutated(draw: st.DrawFn) -> Record:
    """A real record with up to three places overwritten, renamed or taken out."""
    number, _ = draw(st.sampled_from(SPOTS))
    record = RECORDS[number]
    body = copy.deepcopy(record.body)
    for _ in range(draw(st.integers(1, 3))):
        spots = _spots(body)
        if not spots:
            break
        *way, last = draw(st.sampled_from(spots))
        inner = body
        for step in way:
            inner = inner[step]
        what = draw(st.sampled_from(["overwrite", "remove", "rename"]))
        if what == "remove":
            del inner[last]
        elif what == "rename" and isinstance(inner, dict):
            inner[draw(texts)] = inner.pop(last)
        else:
            inner[last] = draw(anything)
    return Record(record.subject, record.kind, record.scope, body)


def check(record: Record) -> None:
    """Claims can be stored, settle alone and together with the others', and can be shown."""
    described = linking.describe(record)
    if described is not None:
        msgspec.json.encode(described.facts)
    for known in (KNOWN, linking.Known()):
        for claim in linking.claims(record, known):
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(claim), type=Claim) == claim
    msgspec.json.encode(link(record, *written()))


def test_the_recordings_link_without_a_word() -> None:
    """Every body of the project, and every recording that is there, as it stands."""
    assert len(written()) == 14
    for record in RECORDS:
        check(record)


@given(mutated())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_body_makes_linking_raise(record: Record) -> None:
    """Law: anything in the place of anything costs at most what stood there."""
    check(record)


@given(anything, st.sampled_from(list(RecordKind)))
@settings(max_examples=200, deadline=None)
def test_no_json_makes_linking_raise(body: Any, kind: RecordKind) -> None:
    """Law: not even a body that is no object."""
    check(Record(f"{W}/jobs/x", kind, W, body))


@given(st.lists(st.text(alphabet="0123456789-T:.Z+ ", max_size=34), max_size=2))
def test_times_are_read_or_passed_over(times: list[str]) -> None:
    """Law: text that looks like an instant and is none dates nothing."""
    for told in [*times, "2024-13-45T99:99:99+05:00", "0001-01-01T00:00:00+14:00", "2024-01-01T00:00:00-99:99"]:
        check(
            Record(
                f"{W}/environments/e/versions/1", RecordKind.ENVIRONMENT_VERSION, W, {"systemData": {"createdAt": told}}
            )
        )
