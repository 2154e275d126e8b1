"""What a stored place says about the run that wrote it.

The service keeps only where a result lies, but it lays results out by rule:

     1  D:ExperimentRun/dcid.RUN/PATH                       RUN, output `artifacts`
     3  https://A.blob.…/azureml/ExperimentRun/dcid.RUN/…   the same; that container is the artifact store
     4  D:azureml/RUN/OUTPUT/PATH                           RUN, OUTPUT
     5  D:dataset/RUN/OUTPUT/PATH                           RUN, OUTPUT (older)
     6  D:azureml/ExperimentRun/dcid.RUN/PATH               RUN, output `artifacts` (never run "ExperimentRun")
     8  D:promptflow/PromptFlowArtifacts/RUN/OUTPUT/PATH    RUN, OUTPUT
    12  D:LocalUpload/HASH/…, az-ml-artifacts/HASH/…        no run: equal HASH, equal bytes
    13  https://A.blob.…/REGISTRY-GUID/ExperimentRun/…      RUN of the workspace that the copy came from

(The numbers are those of the service's documentation in this project; 2 is
spelt like 1 once resolved, 10 and 14 name the run outright, 7 needs the job's
own template.) D is any datastore or blob container. A place is never merged
with the output it materialises: the run in a path is the one that really
wrote, which for a reused step is another than the one that was asked for.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from lineage import ids

_DCID: Final = "dcid."
_FLOW_OUTPUTS: Final = {"flow_outputs": "flow_outputs", "flow_artifacts": "debug_info"}
_NO_RUN: Final = frozenset({"ExperimentRun", "LocalUpload", "ServiceReplicated", "az-ml-artifacts", ""})
_HASH: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_RUN: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:_\d+)*"
    r"|[a-z]+_[a-z]+_[a-z0-9]{10}(?:_HD_\d+|_\d+)*"
    r"|AutoML_[0-9a-f-]{36}(?:_\d+)*"
)


class Materialised(msgspec.Struct, frozen=True):
    """A run and its output, read off a place.

    scope: the workspace of the datastore; None when the place is a storage URL, which names no workspace.
    path: inside the output. pattern: the row of the table above.
    """

    scope: ids.Scope | None
    run: str
    output: str
    path: str
    pattern: int


_scope = lru_cache(maxsize=1024)(ids.scope_of)  # every place of a crawl lies in one of few workspaces


def materialised(target: ids.Target) -> Materialised | None:
    """The run and output that the place `target` belongs to by its layout; None when it names none."""
    place = _place(target)
    if place is None:
        return None
    scope, container, path = place
    head, _, rest = path.partition("/")
    if head == "ExperimentRun":
        pattern = 1 if not container else 3 if container == "azureml" else 13
        return _artifacts(scope, rest, pattern)
    if head == "azureml":
        first, _, after = rest.partition("/")
        if first == "ExperimentRun":
            return _artifacts(scope, after, 6)
        return _output(scope, rest, 4)
    if head == "dataset":
        return _output(scope, rest, 5)
    if head == "promptflow":
        store, _, after = rest.partition("/")
        if store == "PromptFlowArtifacts":
            run, _, tail = after.partition("/")
            output, _, inside = tail.partition("/")
            if run and output in _FLOW_OUTPUTS:
                return Materialised(scope, run, _FLOW_OUTPUTS[output], inside, 8)
    return None


def _artifacts(scope: ids.Scope | None, rest: str, pattern: int) -> Materialised | None:
    folder, _, path = rest.partition("/")
    run = folder.removeprefix(_DCID)
    if run == folder or not run:
        return None
    return Materialised(scope, run, "artifacts", path, pattern)


def _output(scope: ids.Scope | None, rest: str, pattern: int) -> Materialised | None:
    run, _, after = rest.partition("/")
    output, _, path = after.partition("/")
    if run in _NO_RUN or not output:
        return None
    return Materialised(scope, run, output, path, pattern)


def _place(target: ids.Target) -> tuple[ids.Scope | None, str, str] | None:
    """The workspace (or None), the blob container (or ''), and the path inside datastore or container."""
    if target.kind is not ids.Kind.LOCATION:
        return None
    text = target.text
    if text.startswith("https://"):
        _, _, rest = text[8:].partition("/")
        container, _, path = rest.partition("/")
        return None, container, path
    head, found, rest = text.partition("/datastores/")
    if not found:
        return None
    _, _, path = rest.partition("/paths/")
    return _scope(head), "", path


def is_local_upload(target: ids.Target) -> bool:
    """Whether the place holds what a client uploaded from its own disk, so that no job stands behind it."""
    return _upload(target) is not None


def content_hash(target: ids.Target) -> str:
    """The hash of the uploaded content that the place names (md5 or sha256, hex), or ''. Equal hash, equal bytes."""
    folder = _upload(target)
    return folder if folder and _HASH.fullmatch(folder) else ""


def _upload(target: ids.Target) -> str | None:
    """The folder of a local upload; None when the place is none."""
    place = _place(target)
    if place is None:
        return None
    parts = place[2].split("/", 4)
    if parts[0] == "ServiceReplicated" and len(parts) > 2:
        parts = parts[2:]
    if parts[0] in {"LocalUpload", "az-ml-artifacts"} and len(parts) > 1 and parts[1]:
        return parts[1]
    return None


def implicit_asset(target: ids.Target) -> tuple[tuple[str, str], ...]:
    """The (run, output) that an asset's automatic name can mean, best reading first.

    `azureml_RUN_output_data_OUTPUT` names data, `azureml_RUN_output_OUTPUT` a model. A run's name may hold
    `_output_` itself, so every split is a reading; one whose run looks like a run of the service comes first.
    """
    if target.kind not in {ids.Kind.MODEL_VERSION, ids.Kind.DATA_VERSION, ids.Kind.MODEL}:
        return ()
    collection = "data" if target.kind is ids.Kind.DATA_VERSION else "models"
    _, found, rest = target.text.rpartition(f"/{collection}/")
    name = rest.partition("/")[0]
    if not found or not name.startswith("azureml_"):
        return ()
    readings = []
    at = name.find("_output_", 8)
    while at >= 0:
        run, output = name[8:at], name[at + 8 :]
        if collection == "data":
            output = output.removeprefix("data_")
        if run and output:
            readings.append((run, output))
        at = name.find("_output_", at + 1)
    return tuple(sorted(readings, key=lambda reading: _RUN.fullmatch(reading[0]) is None))
