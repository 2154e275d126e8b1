"""What a body names: every thing upstream that the crawl should read next.

The bodies are walked as they come. A text that is a reference counts wherever
it stands; a bare name counts only under a field that says what it is a name of
(`_BARE`, `_HINTS`). Reading too much costs a request, reading too little would
cut a lineage short; so this is wider than the linking rules, and decides
nothing about who made what.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from lineage import ids
from lineage.errors import InvalidReference
from lineage.ids import Kind, Scope, Target
from lineage.records import Json, Record, RecordKind
from lineage.references import implicit_asset, materialised, parse


class Job(msgspec.Struct, frozen=True):
    """A job by name. `guess`: only a naming habit says that it exists, so its absence means nothing."""

    scope: Scope
    name: str
    guess: bool = False


class Asset(msgspec.Struct, frozen=True):
    """A version of an asset; all versions when `version` is empty (something named a label)."""

    scope: Scope
    collection: str
    name: str
    version: str


class Datastore(msgspec.Struct, frozen=True):
    """A datastore by name."""

    scope: Scope
    name: str


class Stored(msgspec.Struct, frozen=True):
    """A run named by a path in a storage container; whose container it is, only crawled datastores say."""

    container: str
    run: str


Mention = Job | Asset | Datastore | Stored

_SKIPPED: Final = frozenset(
    {"computeid", "compute", "services", "identity", "systemdata", "tags", "environmentvariables", "mlflowtrackinguri"}
    | {"createdby", "lastmodifiedby", "actionuris", "flavors", "$schema", "command"}
)
"""Fields, in lower case, below which nothing upstream is named."""

_HINTS: Final = {
    "environment": "environments",
    "environmentid": "environments",
    "code": "codes",
    "codeid": "codes",
    "component": "components",
    "componentid": "components",
    "model": "models",
    "modelid": "models",
}
"""Field, in lower case -> the collection that a bare `name:version` under it belongs to; `data` under any other."""

_BARE: Final = frozenset(
    {"jobName", "sourceJobId", "parentRunId", "rootRunId", "best_child_run_id"}
    | {"azureml.pipelinerunid", "azureml.reusedrunid", "azureml.reusedpipelinerunid", "dataContainerId"}
)
"""Fields whose bare text is the name of a job."""

_STARTS: Final = (
    "azureml:",
    "/subscriptions/",
    "runs:/",
    "models:/",
    "aml:",
    "https://",
    "wasb",
    "abfs",
    "folder:",
    "file:",
)
_MODEL_TYPES: Final = frozenset(
    {"mlflow_model", "custom_model", "triton_model", "MlflowModel", "CustomModel", "TritonModel"}
)
_TYPES: Final = ("jobInputType", "jobOutputType", "job_input_type", "job_output_type", "type")


def mentions(record: Record, scope: Scope) -> Iterator[Mention]:
    """What the record's body names, in the order of its fields' names; the same thing may come more than once."""
    body = record.body
    jobs_in = scope
    if record.kind is RecordKind.MODEL_VERSION and isinstance(scope, ids.Registry):
        # A registry keeps the name of a job that lives where the model was copied from.
        jobs_in = _origin(body) or scope
    yield from _walk(body, scope, jobs_in, "data")


def _origin(body: Json) -> Scope | None:
    properties = body.get("properties")
    text = properties.get("originAssetId") if isinstance(properties, dict) else None
    target = _target(text, ids.registry("origin"), "models") if isinstance(text, str) else None
    found = place(target) if target else None
    return found[0] if found else None


def _walk(value: Any, scope: Scope, jobs_in: Scope, collection: str) -> Iterator[Mention]:
    if isinstance(value, str):
        if value.startswith(_STARTS) and "${{" not in value:
            target = _target(value, scope, collection)
            if target is not None:
                yield from _of(target)
    elif isinstance(value, dict):
        for name in _TYPES:
            if name in value and isinstance(said := value[name], str) and said in _MODEL_TYPES:
                collection = "models"
        if "assetName" in value:
            yield from _named_output(value, scope, collection)
        for field, held in sorted(value.items()):
            if not held or held is True:
                continue
            hint = _hint(field)
            if hint == _IS_JOB and isinstance(held, str) and ":" not in held and "/" not in held:
                if not isinstance(jobs_in, ids.Registry):
                    yield Job(jobs_in, held.removeprefix("dcid."))
            elif hint != _IS_SKIPPED:
                yield from _walk(held, scope, jobs_in, hint if hint and hint != _IS_JOB else collection)
    elif isinstance(value, list):
        for held in value:
            yield from _walk(held, scope, jobs_in, collection)


_IS_JOB: Final = "job"
_IS_SKIPPED: Final = "skipped"


@lru_cache(maxsize=8192)
def _hint(field: str) -> str:
    """What a field says of the text in it: a collection, that it is a job's name, that it is to be skipped, or ''."""
    if field in _BARE:
        return _IS_JOB
    return _IS_SKIPPED if field.lower() in _SKIPPED else _HINTS.get(field.lower(), "")


def _named_output(value: Json, scope: Scope, collection: str) -> Iterator[Mention]:
    name, version = value.get("assetName"), value.get("assetVersion")
    if isinstance(name, str) and isinstance(version, str) and name and version:
        yield Asset(scope, collection, name, version)


def _target(text: str, scope: Scope, collection: str) -> Target | None:
    try:
        return parse(text).resolve(scope, collection)
    except InvalidReference:
        return None  # the linking rules keep it as a loose end


def _of(target: Target) -> Iterator[Mention]:
    found = place(target)
    if found is not None:
        scope, (head, *rest) = found
        match head, rest:
            case "jobs", [name, *_]:
                yield Job(scope, name)
            case "datastores", [name, *_]:
                yield Datastore(scope, name)
            case _, [name, "versions", version] if head in ids.ASSET_KINDS:
                yield Asset(scope, head, name, version)
            case _, [name, "labels", _] if head in ids.ASSET_KINDS:
                yield Asset(scope, head, name, "")
        if not isinstance(scope, ids.Registry):
            for run, _output in implicit_asset(target):
                yield Job(scope, run, guess=True)
    if target.kind is Kind.LOCATION:
        made = materialised(target)
        if made is None:
            return
        if found is not None:
            yield Job(found[0], made.run)
        elif target.text.startswith("https://"):
            yield Stored("/".join(target.text.split("/", 4)[:4]), made.run)


def place(target: Target) -> tuple[Scope, list[str]] | None:
    """The scope of a canonical text and the names below it, unquoted; None when it lies in none."""
    scope = ids.scope_of(target.text)
    if scope is None or not target.text.startswith(f"{scope.text}/"):
        return None
    return scope, [unquote(part) for part in target.text[len(scope.text) + 1 :].split("/")]
