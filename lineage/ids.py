"""Absolute names of things: one canonical text for each, and the key made from it.

A name never changes with knowledge. What text alone proves equal has one
canonical text here; what needs crawled facts (a datastore is an account and a
container, a GUID is a workspace) is an edge of the graph, never a merge.

    azureml://subscriptions/S/resourceGroups/G/workspaces/W                  WORKSPACE
    …/{models,data,environments,components,codes,…}/N/versions/V             MODEL_VERSION …
    …/jobs/J                                                                 JOB
    …/jobs/J/outputs/O[/paths/P]                                             JOB_OUTPUT (the path is no part of the key)
    …/datastores/D[/paths/P]                                                 DATASTORE, LOCATION
    …/{onlineEndpoints,batchEndpoints}/E[/deployments/D]                     ENDPOINT, DEPLOYMENT
    azureml://registries/R/…                                                 the same, in a registry
    azureml://locations/L/workspaces/GUID/…                                  the same, in a workspace known by its GUID
    …/computes/N, …/models/N, …/TYPE/…                                       COMPUTE, MODEL, OTHER
    …/loggedModels/M                                                         ASSET_VERSION (of an MLflow run)
    https://ACCOUNT.{blob,file}.SUFFIX/CONTAINER[/PATH]                      LOCATION
    mlflow+https://HOST[:PORT][/ROOT]/{jobs/R[/outputs/artifacts],models/N[/versions/V],loggedModels/M}
    mlflow+https://HOST[:PORT][/ROOT]/data/N/versions/DIGEST                 the same, on an MLflow server

An MLflow server stands where a workspace would; what lies below ROOT begins at
the first of the words `MLFLOW_COLLECTIONS`. The one that comes with an Azure ML
workspace is no place of its own: what it tells is named in the workspace.

Folding: subscription, resource group, workspace, registry, region, GUID,
account, container, datastore, host and scheme are ASCII-lowercased, and a
port that is the scheme's own is left out; every other name
and every path keeps its case, because the service does. Percent-escapes are
undone except where that would change how the text is read
(`references.escapes`); the builders here take names in that spelling.
"""

from __future__ import annotations

import re
from enum import StrEnum
from hashlib import blake2b
from typing import Final

import msgspec

BUCKETS: Final = 64
_HASH: Final = blake2b(digest_size=8).copy  # a copy is made a quarter faster than a new one
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPED: Final = re.compile("%[0-9a-f]{2}")
MLFLOW_COLLECTIONS: Final = ("jobs", "models", "loggedModels", "data", "experiments")
"""What is on an MLflow server; no part of the path that it is served under has one of these names."""
_SERVER: Final = re.compile(
    rf"mlflow\+(https?://[^/]+(?:/(?!(?:{'|'.join(MLFLOW_COLLECTIONS)})(?:/|\Z))[^/]+)*)(?=/|\Z)"
)
_LOWER: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def fold(name: str) -> str:
    """`name` in ASCII lower case; letters beyond ASCII stay, as in the service, and so do percent-escapes."""
    folded = name.lower() if name.isascii() else name.translate(_LOWER)
    return _ESCAPED.sub(lambda found: found[0].upper(), folded) if "%" in folded else folded


def visible(text: str) -> str:
    """`text` with control characters and lone surrogates written as percent-escapes."""
    return text if text.isprintable() else _CONTROL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


class Kind(StrEnum):
    """What a name names (Azure ML's word for it)."""

    WORKSPACE = "Workspace"
    REGISTRY = "Registry"
    MODEL = "Model"
    MODEL_VERSION = "ModelVersion"
    DATA_VERSION = "DataVersion"
    ENVIRONMENT_VERSION = "EnvironmentVersion"
    COMPONENT_VERSION = "ComponentVersion"
    CODE_VERSION = "CodeVersion"
    ASSET_VERSION = "AssetVersion"  # a versioned asset of another type (feature set, evaluator, flow, …)
    JOB = "Job"
    JOB_OUTPUT = "JobOutput"
    LOCATION = "Location"
    DATASTORE = "Datastore"
    COMPUTE = "Compute"
    ENDPOINT = "Endpoint"
    DEPLOYMENT = "Deployment"
    OTHER = "Other"  # anything else with an absolute name: a schedule, the container of a dataset, an experiment


ASSET_KINDS: Final[dict[str, Kind]] = {
    "models": Kind.MODEL_VERSION,
    "data": Kind.DATA_VERSION,
    "environments": Kind.ENVIRONMENT_VERSION,
    "components": Kind.COMPONENT_VERSION,
    "codes": Kind.CODE_VERSION,
    "datasets": Kind.DATA_VERSION,  # what data assets were called before
}
"""Collection segment of a versioned asset -> its kind; any other collection is `ASSET_VERSION`."""


class Workspace(msgspec.Struct, frozen=True):
    """A workspace by its names. Build with `workspace()`, which folds."""

    subscription: str
    resource_group: str
    name: str

    @property
    def text(self) -> str:
        return (
            f"azureml://subscriptions/{self.subscription}/resourceGroups/{self.resource_group}/workspaces/{self.name}"
        )


class Registry(msgspec.Struct, frozen=True):
    """A registry by its name. Build with `registry()`, which folds."""

    name: str

    @property
    def text(self) -> str:
        return f"azureml://registries/{self.name}"


class LocatedWorkspace(msgspec.Struct, frozen=True):
    """A workspace known only by GUID, with its region where the text tells it (asset ids of the data plane)."""

    location: str
    guid: str

    @property
    def text(self) -> str:
        head = f"locations/{self.location}/" if self.location else ""
        return f"azureml://{head}workspaces/{self.guid}"


class MlflowServer(msgspec.Struct, frozen=True):
    """An MLflow tracking server and its model registry, by address. Build with `mlflow_server()`, which folds."""

    address: str

    @property
    def text(self) -> str:
        return f"mlflow+{self.address}"


Scope = Workspace | Registry | LocatedWorkspace | MlflowServer
"""What a relative reference is relative to."""


def workspace(subscription: str, resource_group: str, name: str) -> Workspace:
    return Workspace(fold(subscription), fold(resource_group), fold(name))


def registry(name: str) -> Registry:
    return Registry(fold(name))


def located(location: str, guid: str) -> LocatedWorkspace:
    return LocatedWorkspace(fold(location), fold(guid))


def mlflow_server(scheme: str, host: str, port: str = "", root: str = "") -> MlflowServer:
    """The server at `scheme` (http or https), `host` and `port` ('' for the scheme's own), served under `root`."""
    scheme = fold(scheme)
    at = f":{int(port)}" if port and int(port) != _PORTS[scheme] else ""
    return MlflowServer(f"{scheme}://{fold(host)}{at}" + (f"/{root}" if root else ""))


_PORTS: Final = {"http": 80, "https": 443}


def scope_of(text: str) -> Scope | None:
    """The scope with this canonical text, or the scope that a canonical text lies in; None when it names none."""
    if text.startswith("mlflow+"):
        found = _SERVER.match(text)
        return MlflowServer(found[1]) if found else None
    match text.split("/", 8):
        case ["azureml:", "", "subscriptions", subscription, "resourceGroups", group, "workspaces", name, *_]:
            return Workspace(subscription, group, name)
        case ["azureml:", "", "registries", name, *_]:
            return Registry(name)
        case ["azureml:", "", "locations", location, "workspaces", guid, *_]:
            return LocatedWorkspace(location, guid)
        case ["azureml:", "", "workspaces", guid, *_]:
            return LocatedWorkspace("", guid)
    return None


class Target(msgspec.Struct, frozen=True):
    """The absolute name of one thing.

    `text` is the node's canonical text. `path` is a path inside a job output
    or an asset (never part of the node). `label` is set when the text names an asset by
    label: then `text` ends in `/labels/<label>` and still has to be settled.
    """

    kind: Kind
    text: str
    path: str = ""
    label: str = ""

    @property
    def canonical(self) -> str:
        """The node's text with the path inside the output, as `lineage explain` prints it."""
        return f"{self.text}/paths/{self.path}" if self.path else self.text


def target(kind: Kind, text: str, path: str = "", label: str = "") -> Target:
    """A target whose text can be stored and shown whatever the names in it hold."""
    if text.isprintable() and path.isprintable() and label.isprintable():  # all but a few, without further calls
        return Target(kind, text, path, label)
    return Target(kind, visible(text), visible(path), visible(label))


def asset(scope: Scope, collection: str, name: str, version: str, path: str = "") -> Target:
    """A versioned asset; `collection` is the service's segment (`models`, `data`, …)."""
    kind = ASSET_KINDS.get(collection, Kind.ASSET_VERSION)
    return target(kind, f"{scope.text}/{collection}/{name}/versions/{version}", path)


def asset_label(scope: Scope, collection: str, name: str, label: str, path: str = "") -> Target:
    kind = ASSET_KINDS.get(collection, Kind.ASSET_VERSION)
    return target(kind, f"{scope.text}/{collection}/{name}/labels/{label}", path, label)


def container(scope: Scope, collection: str, name: str) -> Target:
    """All versions of an asset; only a model's container is a node of its own kind."""
    kind = Kind.MODEL if collection == "models" else Kind.OTHER
    return target(kind, f"{scope.text}/{collection}/{name}")


def compute(scope: Scope, name: str) -> Target:
    return target(Kind.COMPUTE, f"{scope.text}/computes/{name}")


def endpoint(scope: Scope, collection: str, name: str) -> Target:
    """An endpoint; `collection` is `onlineEndpoints`, `batchEndpoints` or `serverlessEndpoints`."""
    return target(Kind.ENDPOINT, f"{scope.text}/{collection}/{name}")


def deployment(scope: Scope, collection: str, endpoint_name: str, name: str) -> Target:
    return target(Kind.DEPLOYMENT, f"{scope.text}/{collection}/{endpoint_name}/deployments/{name}")


def resource(scope: Scope, path: str) -> Target:
    """Anything else inside a workspace; `path` is `TYPE/NAME` and whatever follows."""
    return target(Kind.OTHER, f"{scope.text}/{path}")


def logged_model(scope: Scope, name: str, path: str = "") -> Target:
    """A model that an MLflow run logged, registered or not."""
    return target(Kind.ASSET_VERSION, f"{scope.text}/loggedModels/{name}", path)


def job(scope: Scope, name: str) -> Target:
    return target(Kind.JOB, f"{scope.text}/jobs/{name}")


def job_output(scope: Scope, name: str, output: str, path: str = "") -> Target:
    """A job's named output. `default` is the older alias of the reserved name `artifacts`."""
    output = "artifacts" if output == "default" else output
    return target(Kind.JOB_OUTPUT, f"{scope.text}/jobs/{name}/outputs/{output}", path=path)


def datastore(scope: Scope, name: str) -> Target:
    return target(Kind.DATASTORE, f"{scope.text}/datastores/{fold(name)}")


def datastore_path(scope: Scope, name: str, path: str) -> Target:
    """A place in a datastore; the root of the datastore when `path` is empty."""
    if not path:
        return datastore(scope, name)
    return target(Kind.LOCATION, f"{scope.text}/datastores/{fold(name)}/paths/{path}")


def storage_path(account: str, service: str, suffix: str, container: str = "", path: str = "") -> Target:
    """A place in a storage account; `service` is `blob` or `file` (`dfs` is the same bytes as `blob`).

    The account itself without a container, the container's root without a path.
    """
    service = "blob" if service == "dfs" else service
    text = f"https://{fold(account)}.{service}.{fold(suffix)}"
    if container:
        text = f"{text}/{fold(container)}"
    return target(Kind.LOCATION, f"{text}/{path}" if path else text)


def key(text: str) -> int:
    """The node's key: the top 63 bits of blake2b-64 of its canonical text, as a non-negative integer."""
    hashed = _HASH()
    hashed.update(text.encode())
    return int.from_bytes(hashed.digest(), "big") >> 1


def bucket(node_key: int) -> int:
    """The routing bucket of a key, 0-63, for ever."""
    return node_key >> 57
