"""The commonest texts, read without ceremony.

A crawl reads millions of references. Nearly all need no cleaning, and most
differ from one already read only in their last name, version or path: a crawl
meets few workspaces and registries. So what stands before a name is read by
the grammar once and remembered, and the next text that begins alike is taken
apart at that place alone.

    azureml://subscriptions/…/datastores/D | /paths/PATH         STORES
    azureml://registries/R/models        | /NAME/versions/VERSION ASSETS
    /subscriptions/…/workspaces/W/jobs   | /NAME                 NAMES
    …/experiments                        | /E/runs/R/artifacts/P RUNS
    https://HOST                         | /CONTAINER/PATH       HOSTS

A shortcut never decides what a text means: whatever needs a closer look is read
by `reading.read`. The law, which the tests hold it to: `parse` gives what `read`
gives, whatever was parsed before.

Every line is here for its nanoseconds. Membership of one character is a single
`memchr`; `name > "/"` is one comparison that refuses the empty name, `.` and
`..` (and a few harmless ones, which then go the longer way); deleting the plain
characters of a short text leaves its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from lineage.references.assets import AssetRef, NameRef
from lineage.references.azureml import read_arm, read_uri
from lineage.references.base import Form, Miss, Scope
from lineage.references.cleaning import has_step
from lineage.references.jobs import EntityRef, FlowRef, JobRef, RunArtifactRef, RunRef, TrackingRef
from lineage.references.mlflow import read_model
from lineage.references.others import ExternalRef
from lineage.references.places import ArtifactRef, DatastoreRef, StorageRef, StoredPathRef
from lineage.references.reading import read
from lineage.references.resources import ComputeRef, EndpointRef
from lineage.references.storage import read_external, read_hadoop, read_https

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ENDS: Final = _LETTERS + "_-.*=~+)"
"""Last characters that nothing has to be cut off before."""
_NAME: Final = (_LETTERS + "_-.").encode()

STORES: Final[dict[str, tuple[str, Scope]]] = {}
ASSETS: Final[dict[str, tuple[str, Scope]]] = {}
NAMES: Final[dict[str, Callable[[str], Form | None]]] = {}
RUNS: Final[dict[str, Callable[[str, str, str], Form]]] = {}
HOSTS: Final[dict[str, tuple[str, str, str]]] = {}
_HADOOP: Final = frozenset({"wasb", "wasbs", "abfs", "abfss"})
_EXTERNAL: Final = frozenset({"s3", "gs"})
_KEPT: Final = 4096
_LONGEST: Final = 400


def parse(text: str) -> Form:
    """Reads any reference.

    Raises InvalidReference when the text begins like one of our schemes and breaks its grammar, with the
    position in `text` and what was expected there. Text in no scheme of ours is kept as it is.
    """
    if "/" not in text:
        return _named(text) or read(text)
    clean = text
    if "?" in text:
        clean = text[: text.index("?")]
        if not clean:
            return read(text)
    if "%" in clean or "{" in clean or "<" in clean or "$" in clean or "&" in clean:
        return read(text)
    if clean[-1] not in _ENDS and (clean[-1] != "/" or clean.rstrip("/")[-1:] not in _ENDS):
        return read(text)
    first = clean[0]
    if first != "a" and first != "/":
        reader = _OTHERS.get(first)
        return (reader is not None and reader(clean)) or read(text)
    if first == "a":
        left, _, right = clean.partition("/paths/")
        if right:
            store = STORES.get(left)
            if store is not None and right > "/" and not ("/." in right and has_step(right)):
                name, scope = store
                return DatastoreRef(name, right.rstrip("/") if right[-1] == "/" else right, scope)
            return _grammar(clean, left, "", right) or read(text)
    left, _, right = clean.partition("/versions/")
    if right:
        head, _, name = left.rpartition("/")
        known = ASSETS.get(head)
        if known is not None and name > "/" and right > "/" and "/" not in right:
            return AssetRef(known[0], name, right, known[1])
    else:
        head, _, name = clean.rpartition("/")
        make = NAMES.get(head)
        if make is not None and name > "/" and (found := make(name)) is not None:
            return found
    return _grammar(clean, head, name, right) or read(text)


def _named(text: str) -> Form | None:
    """`azureml:NAME:VERSION`, `azureml:NAME@LABEL` and `azureml:NAME`, of letters, digits, `-`, `.` and `_` alone."""
    if text[:8] != "azureml:":
        return None
    try:
        shape = text.encode().translate(None, _NAME)
    except UnicodeEncodeError:  # a lone surrogate
        return None
    if shape == b"::":
        _, name, version = text.split(":")
        return NameRef(name, version) if name > "/" and version > "/" and name != "azureml" else None
    name, _, label = text[8:].partition("@")
    if shape == b":@":
        return NameRef(name, "", label) if name > "/" and label > "/" else None
    return NameRef(name) if shape == b":" and name > "/" else None


def _grammar(text: str, head: str, name: str, rest: str) -> Form | None:
    """Clean text that begins like no other so far. What stands before `name` is remembered."""
    if "/." in text and has_step(text):
        return None
    if text[:4] == "abfs":
        return _hadoop(text)
    left, _, right = text.partition("/runs/")
    if right:
        experiments, _, experiment = left.rpartition("/")
        make = RUNS.get(experiments)
        run, _, path = right.partition("/artifacts")
        if make is not None and experiment > "/" and run > "/" and "/" not in run and (not path or path[0] == "/"):
            return make(experiment, run, path[1:].rstrip("/"))
    try:
        segs = (text.rstrip("/") if text[-1] == "/" else text).split("/")
        if text[:10] == "azureml://":
            found = read_uri(segs)
        elif text[:15] == "/subscriptions/" or text[:23] == "azureml:/subscriptions/":
            found = read_arm(segs)
        else:
            return None
    except Miss:
        return None
    remember = _MEMORIES.get(type(found))
    if remember is not None and len(head) <= _LONGEST:
        remember(found, head, name, rest)
    return found


def _remember_store(found: Any, head: str, name: str, rest: str) -> None:
    if rest:
        if found.path == rest.rstrip("/") and head.endswith(f"/{found.datastore}"):
            _keep(STORES, head, (found.datastore, found.scope))
    elif found.datastore == name and not found.path:
        _keep(NAMES, head, partial(DatastoreRef, scope=found.scope))
    elif found.path == f"ExperimentRun/{name}":
        _keep(NAMES, head, partial(_run_folder, found.datastore, found.scope))


def _remember_artifact(found: Any, head: str, name: str, rest: str) -> None:
    """Here `head` ends somewhere in the artifact's path: what counts is what stands before the experiment."""
    experiments, _, tail = head.partition("/experiments/")
    if tail.startswith(f"{found.experiment}/runs/{found.run}"):
        make = partial(RunArtifactRef, scope=found.scope, host=found.host, api=found.api)
        _keep(RUNS, f"{experiments}/experiments", make)


def _remember_asset(found: Any, head: str, name: str, rest: str) -> None:
    if found.name == name and found.version == rest and not found.label:
        if rest:
            _keep(ASSETS, head, (found.collection, found.scope))
        else:
            _keep(NAMES, head, partial(_container, found.collection, found.scope))


def _remember_flow(found: Any, head: str, name: str, rest: str) -> None:
    if found.run == name:
        _keep(NAMES, head, partial(FlowRef, found.flow, scope=found.scope))
    elif found.flow == name and not found.run:
        _keep(NAMES, head, partial(FlowRef, run="", scope=found.scope))


def _remember_tracking(found: Any, head: str, name: str, rest: str) -> None:
    if len(found.scope) == 3 and found.scope[2] == name:
        _keep(NAMES, head, partial(_tracking, found.host, found.api, *found.scope[:2]))


def _remember_job(found: Any, head: str, name: str, rest: str) -> None:
    if found.job == name:
        _keep(NAMES, head, partial(JobRef, scope=found.scope))


def _remember_compute(found: Any, head: str, name: str, rest: str) -> None:
    if found.compute == name:
        _keep(NAMES, head, partial(ComputeRef, scope=found.scope))


def _remember_endpoint(found: Any, head: str, name: str, rest: str) -> None:
    if found.endpoint == name:
        _keep(NAMES, head, partial(EndpointRef, found.collection, scope=found.scope))


def _remember_entity(found: Any, head: str, name: str, rest: str) -> None:
    if found.object == name:
        _keep(NAMES, head, partial(_entity, found.type, found.scope))


_MEMORIES: Final[dict[type[Form], Callable[[Any, str, str, str], None]]] = {
    DatastoreRef: _remember_store,
    AssetRef: _remember_asset,
    FlowRef: _remember_flow,
    TrackingRef: _remember_tracking,
    JobRef: _remember_job,
    ComputeRef: _remember_compute,
    EndpointRef: _remember_endpoint,
    EntityRef: _remember_entity,
    RunArtifactRef: _remember_artifact,
}
"""Form -> what of it is worth remembering, once `name` proves to be its last name."""


def _keep(memory: dict[str, Any], head: str, value: object) -> None:
    if len(memory) >= _KEPT:
        memory.clear()
    memory[head] = value


def _entity(kind: str, scope: Scope, name: str) -> Form | None:
    return EntityRef(kind, name, scope) if name.removeprefix(f"{scope[1]}:") > "/" else None


def _container(collection: str, scope: Scope, name: str) -> Form | None:
    return None if ":" in name else AssetRef(collection, name, "", scope)


def _run_folder(datastore: str, scope: Scope, name: str) -> Form:
    return DatastoreRef(datastore, f"ExperimentRun/{name}", scope)


def _tracking(host: str, api: str, subscription: str, group: str, name: str) -> Form:
    return TrackingRef(host, api, (subscription, group, name))


def _https(text: str) -> Form | None:
    """`https://HOST/CONTAINER/PATH`."""
    segs = text[8:].split("/", 2)
    if len(segs) == 3:
        host, container, path = segs
        known = HOSTS.get(host)
        if (
            known is not None
            and path > "/"
            and container > "/"
            and "#" not in text
            and not ("/." in path and has_step(path))
            and text[:8] == "https://"
        ):
            account, service, suffix = known
            return StorageRef(account, service, suffix, container, path.rstrip("/") if path[-1] == "/" else path)
    if text[:8] != "https://" or ("/." in text and has_step(text)):
        return None
    try:
        found = read_https(text)
    except Miss:
        return None
    if isinstance(found, StorageRef) and len(segs[0]) <= _LONGEST and "@" not in segs[0] and "#" not in segs[0]:
        _keep(HOSTS, segs[0], (found.account, found.service, found.suffix))
    return found


def _stored(text: str) -> Form | None:
    """`ExperimentRun/dcid.…`, `LocalUpload/…`, `PromptFlowArtifacts/…`."""
    if "#" in text or ("/." in text and has_step(text)):
        return None
    if text[-1] == "/":
        text = text.rstrip("/")
        if "/" not in text:
            return None
    if text[:14] == "ExperimentRun/":
        return ArtifactRef(text)
    return StoredPathRef(text) if text[:12] == "LocalUpload/" or text[:20] == "PromptFlowArtifacts/" else None


def _hadoop(text: str) -> Form | None:
    """`wasb(s)://CONTAINER@HOST/PATH` and `abfs(s)://…`."""
    scheme, found, rest = text.partition("://")
    if not found or scheme not in _HADOOP or ("/." in text and has_step(text)):
        return None
    authority, _, path = rest.partition("/")
    container, _, host = authority.partition("@")
    known = HOSTS.get(host)
    if known is not None and container > "/" and "#" not in rest:
        account, service, suffix = known
        return StorageRef(account, service, suffix, container, path.rstrip("/"))
    try:
        storage = read_hadoop(text)
    except Miss:
        return None
    if isinstance(storage, StorageRef) and 0 < len(host) <= _LONGEST:
        _keep(HOSTS, host, (storage.account, storage.service, storage.suffix))
    return storage


def _databricks(text: str) -> Form | None:
    """`dbfs:/…`."""
    return read_external(text) if text[:5] == "dbfs:" else None


def _run(text: str) -> Form | None:
    """`runs:/R/PATH`."""
    run, _, path = text[6:].partition("/")
    if text[:6] != "runs:/" or not run or ("/." in text and has_step(text)):
        return None
    return RunRef(run, path.rstrip("/"))


def _model(text: str) -> Form | None:
    """`models:/…`."""
    if text[:8] != "models:/" or ("/." in text and has_step(text)):
        return None
    try:
        return read_model(text)
    except Miss:
        return None


def _external(text: str) -> Form | None:
    """`s3://…` and `gs://…`."""
    scheme, _, rest = text.partition("://")
    if scheme not in _EXTERNAL:
        return None
    host, slash, path = rest.partition("/")
    return ExternalRef(scheme, host, slash + path) if rest and "@" not in host else None


_OTHERS: Final[dict[str, Callable[[str], Form | None]]] = {
    "h": _https,
    "E": _stored,
    "L": _stored,
    "P": _stored,
    "w": _hadoop,
    "s": _external,
    "g": _external,
    "d": _databricks,
    "r": _run,
    "m": _model,
}
"""First character of a text in another scheme -> its shortcut, which looks at the rest."""
