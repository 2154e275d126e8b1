"""What a source says: records, and gaps where it could not say.

A `Record` is what the service said about one thing, redacted and canonical.
Records are the source of truth; nodes and edges are a projection that a newer
rule set rebuilds from them. A `Gap` is what could not be read. A `Listing` says
which collection was read to its end, because absence counts only there. `Kept`
says that a record which is already held needs no reading.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final

import msgspec

Json = dict[str, Any]


class RecordKind(StrEnum):
    """Which answer of the service a record holds. One thing may have several (a job has JOB and RUN)."""

    WORKSPACE = "workspace"
    REGISTRY = "registry"
    DATASTORE = "datastore"
    MODEL = "model"  # the container, with latestVersion and nextVersion
    MODEL_VERSION = "model_version"
    DATA_VERSION = "data_version"
    ENVIRONMENT_VERSION = "environment_version"
    COMPONENT_VERSION = "component_version"
    CODE_VERSION = "code_version"
    JOB = "job"  # the ARM body
    RUN = "run"  # run history: {"runMetadata": …, "runDefinition": …}
    ENDPOINT = "endpoint"  # online or batch, by the subject's text
    DEPLOYMENT = "deployment"
    OTHER = "other"  # a resource of a kind this version has no rules for
    MLFLOW_MODEL = "mlflow_model"  # what an MLflow server says; shapes in `linking.mlflow`
    MLFLOW_MODEL_VERSION = "mlflow_model_version"
    MLFLOW_RUN = "mlflow_run"
    MLFLOW_LOGGED_MODEL = "mlflow_logged_model"
    MLFLOW_DATASET = "mlflow_dataset"


VOLATILE: Final = frozenset(
    {"lastModifiedAt", "lastModifiedBy", "lastModifiedByType", "lastModifiedUtc", "revision", "statusRevision"}
    | {"token", "tokenExpiryTimeUtc", "currentComputeTime", "eTag", "etag"}
)
"""Fields that move without the thing having changed; they count for nothing in a content hash."""


class Record(msgspec.Struct, frozen=True):
    """What the service said about one thing.

    subject: canonical text of the thing (`ids`).
    kind: which answer this is.
    scope: canonical text of the workspace or registry that the thing lives in.
    body: the service's JSON, redacted.
    listing: text of the `Listing` it was met in; empty when it was got by name.
    seen: the spelling of the subject that the service used (its `id`), for display.
    """

    subject: str
    kind: RecordKind
    scope: str
    body: Json
    listing: str = ""
    seen: str = ""

    def content_hash(self) -> bytes:
        """blake2b-128 of the canonical body without its volatile fields."""
        return blake2b(canonical_json(_steady(self.body)), digest_size=16).digest()


class GapReason(StrEnum):
    """Why something could not be read."""

    FORBIDDEN = "FORBIDDEN"  # 403: the identity may not
    NOT_FOUND = "NOT_FOUND"  # 404: deleted, or never there
    UNAUTHORISED = "UNAUTHORISED"  # 401 in the middle of a crawl
    THROTTLED = "THROTTLED"  # 429 beyond patience
    UNREACHABLE = "UNREACHABLE"  # no answer, reset, timeout, 5xx to the end
    UNPARSABLE = "UNPARSABLE"  # an answer that is not the shape it should have
    UNKNOWN_KIND = "UNKNOWN_KIND"  # a resource this version has no rules for
    HOST_REFUSED = "HOST_REFUSED"  # a link to a host outside the chosen cloud, or plain http
    LOOP = "LOOP"  # paging that comes back to itself
    TOO_LARGE = "TOO_LARGE"  # a body beyond the limit
    NOT_LISTED = "NOT_LISTED"  # a collection of which the crawl got by name what something names


class Gap(msgspec.Struct, frozen=True):
    """What could not be read.

    subject: canonical text of the thing or listing. scope: as in `Record`.
    kind: the record kind that was asked for.
    detail: one sentence with the service's own code, redacted. remedy: what to do next.
    status: the HTTP status, when there was one.
    """

    subject: str
    kind: RecordKind
    scope: str
    reason: GapReason
    detail: str
    remedy: str = ""
    status: int | None = None


class Listing(msgspec.Struct, frozen=True):
    """One collection that a crawl listed.

    text: canonical name, `<scope text>/<collection>` or `<scope text>/models/<name>/versions`.
    complete: read to its last page. listed: how many items the service showed.
    mark: what the service said of the owner when this was read, where it says something that moves with the listing (a
    container's latest version and time of change, the end of a run); '' where it does not. As long as the owner has
    the same mark, the listing would say the same again.
    """

    text: str
    scope: str
    complete: bool
    listed: int
    mark: str = ""


class Kept(msgspec.Struct, frozen=True):
    """What the index holds of a subject is still there and unchanged: the crawl need not read it again.

    It counts as seen. Where the index holds no such record of the crawl's own root, it says nothing.
    """

    subject: str
    kind: RecordKind


Fact = Record | Gap | Listing | Kept
"""What `Source.crawl` yields."""


_encode_sorted: Final = msgspec.json.Encoder(order="sorted").encode


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys and no white space, UTF-8."""
    return _encode_sorted(value)


def _steady(value: Any) -> Any:
    """`value` without its volatile fields; what holds none is not copied."""
    if isinstance(value, dict):
        return _steady_object(value)
    if isinstance(value, list):
        return [_steady(item) for item in value]
    return value


def _steady_object(value: Json) -> Json:
    changed: Json = {}
    for key, held in value.items():
        # Most fields are plain and stay: they are passed by without a call.
        if key in VOLATILE:
            return {k: _steady(v) for k, v in value.items() if k not in VOLATILE}
        kind = type(held)
        if kind is dict:
            if held and (steady := _steady_object(held)) is not held:
                changed[key] = steady
        elif kind is list and held:
            changed[key] = [_steady(item) for item in held]
    return {**value, **changed} if changed else value
