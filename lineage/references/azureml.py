"""Reads `azureml://…` and ARM ids, segment by segment.

The text is split at its slashes once; a reader takes the segments and the
index of the one it starts at, and raises `Miss` with the index of the segment
that does not fit. Paths are joined again from what is left, so an interior
doubled slash survives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lineage.references.assets import AssetRef, ComponentIdRef, LoggedModelRef, RegistryArtifactRef
from lineage.references.base import STEPS, Form, Miss, Scope
from lineage.references.jobs import EntityRef, ExperimentRef, FlowRef, JobOutputRef, JobRef, RunArtifactRef, TrackingRef
from lineage.references.places import ArtifactRef, DatastoreRef
from lineage.references.resources import (
    ArmRef,
    ComputeRef,
    DeploymentRef,
    EndpointRef,
    RegistryRef,
    ResourceRef,
    VirtualClusterRef,
    WorkspaceRef,
)
from lineage.references.segments import exposed_name, last_at, name_at, path_from, word_at

_PROVIDERS: Final = frozenset({"microsoft.machinelearningservices", "microsoft.aisupercomputer"})
"""Providers whose resources are Azure ML's (the second one's are the shared clusters)."""

_GROUPS: Final = frozenset({"resourceGroups", "resourcegroups"})
_ASSETS: Final = (
    "models",
    "data",
    "environments",
    "components",
    "codes",
    "datasets",
    "featuresets",
    "featurestoreEntities",
    "evaluators",
    "indexes",
    "prompts",
    "deploymenttemplates",
)
_ENDPOINTS: Final = ("onlineEndpoints", "batchEndpoints", "serverlessEndpoints")
_CANONICAL: Final = {
    name.lower(): name for name in (*_ASSETS, *_ENDPOINTS, "jobs", "datastores", "computes", "experiments", "flows")
} | {"compute": "computes"}
"""Collection in any case -> as the service spells it today."""


def read_uri(segs: list[str]) -> Form:
    """`azureml://…`, split."""
    if len(segs) < 3 or not segs[2]:
        raise Miss(_ROOTS, 2)
    head = segs[2]
    if head == "subscriptions" and len(segs) > 8 and segs[6] == "workspaces" and segs[4] in _GROUPS:
        scope = (segs[3], segs[5], segs[7])
        if all(scope):
            return read_inside(segs, 8, scope)
    reader = _HEADS.get(head) or _HEADS.get(head.lower())
    if reader is not None:
        return reader(segs, 2)
    if len(segs) > 3 and segs[3].lower() == "mlflow":
        return read_tracking(segs)
    if head.lower() in _CANONICAL and head.lower() != "compute":
        return read_inside(segs, 2, ())
    if len(segs) > 4 and segs[4] in {"versions", "labels"} and not _close(head):
        return _asset(segs, 2, (), head)
    raise Miss(_close(head) or _ROOTS, 2)


def read_arm(segs: list[str]) -> Form:
    """`/subscriptions/…` or `azureml:/subscriptions/…`, split."""
    if len(segs) > 9 and segs[7] == "workspaces" and segs[6] == "Microsoft.MachineLearningServices":
        scope = (segs[2], segs[4], segs[8])
        if segs[5] == "providers" and segs[3] in _GROUPS and segs[1] == "subscriptions" and all(scope):
            return read_inside(segs, 9, scope)
    return _subscription(segs, 1)


def _subscription(segs: list[str], i: int) -> Form:
    n = len(segs)
    if n <= i + 1 or not segs[i + 1]:
        raise Miss("a subscription id", i + 1)
    arm = i == 1
    if n == i + 2 and arm:
        return ArmRef(segs[i + 1])
    if n <= i + 2 or segs[i + 2].lower() != "resourcegroups":
        if arm and n > i + 2 and segs[i + 2].lower() == "providers":
            return ArmRef(segs[i + 1], "", "/".join(segs[i + 2 :]))
        if n > i + 3 and segs[i + 2].lower() == "virtualclusters":
            return VirtualClusterRef(name_at(segs, i + 3, "a cluster name"), segs[i + 1])
        raise Miss("resourceGroups", i + 2)
    if n <= i + 3 or not segs[i + 3]:
        raise Miss("a resource group name", i + 3)
    return _group(segs, i + 4, segs[i + 1], segs[i + 3], arm)


def _resource_group(segs: list[str], i: int) -> Form:
    return _group(segs, i + 2, "", name_at(segs, i + 1, "a resource group name"), False)


def _group(segs: list[str], i: int, subscription: str, group: str, arm: bool) -> Form:
    """`segs[i]` follows the resource group."""
    n = len(segs)
    if n <= i:
        if arm:
            return ArmRef(subscription, group)
        raise Miss("workspaces", i)
    at = i
    word = segs[i].lower()
    if word == "providers":
        if n > i + 2 and segs[i + 1].lower() in _PROVIDERS:
            at = i + 2
            word = segs[at].lower()
        elif arm:
            return ArmRef(subscription, group, "/".join(segs[i:]))
        else:
            raise Miss("Microsoft.MachineLearningServices/workspaces", i + 1)
    if word == "workspaces":
        if n <= at + 1 or not segs[at + 1]:
            raise Miss("a workspace name", at + 1)
        return read_inside(segs, at + 2, (subscription, group, segs[at + 1]))
    if word == "registries":
        return _registry(segs, at)
    if word == "virtualclusters":
        return VirtualClusterRef(last_at(segs, at + 1, "a cluster name"), subscription, group)
    if arm:
        return ArmRef(subscription, group, "/".join(segs[i:]))
    raise Miss("workspaces", at)


def _registry(segs: list[str], i: int) -> Form:
    scope = (name_at(segs, i + 1, "a registry name"),)
    if len(segs) == i + 2:
        return RegistryRef(scope)
    collection = segs[i + 2]
    known = _CANONICAL.get(collection.lower(), collection)
    if known not in _ASSETS and (near := _close(collection)):
        raise Miss(near, i + 2)
    return _asset(segs, i + 2, scope, known)


def _located(segs: list[str], i: int) -> Form:
    location = name_at(segs, i + 1, "a location")
    if len(segs) <= i + 2 or segs[i + 2].lower() != "workspaces":
        raise Miss("workspaces", i + 2)
    return read_inside(segs, i + 4, (location, name_at(segs, i + 3, "a workspace id")))


def _guid(segs: list[str], i: int) -> Form:
    return read_inside(segs, i + 2, ("", name_at(segs, i + 1, "a workspace id")))


def _entity(segs: list[str], i: int) -> Form:
    location = name_at(segs, i + 1, "a location")
    word_at(segs, i + 2, "workspaceId")
    guid = name_at(segs, i + 3, "a workspace id")
    word_at(segs, i + 4, "type")
    kind = name_at(segs, i + 5, "runs or flows")
    word_at(segs, i + 6, "objectId")
    entity = last_at(segs, i + 7, "an object id")
    if entity.removeprefix(f"{guid}:") in {"", *STEPS}:
        raise Miss("an object id", i + 7)
    return EntityRef(kind, entity, (location, guid))


def read_inside(segs: list[str], i: int, scope: Scope) -> Form:
    """What lies inside a workspace, or on an MLflow server: `segs[i]` is the collection."""
    n = len(segs)
    if n <= i:
        return WorkspaceRef(scope)
    collection = segs[i]
    if collection == "datastores":
        return _datastore(segs, i, scope)
    if collection == "jobs":
        return _job(segs, i, scope)
    known = _CANONICAL.get(collection.lower())
    if known is None:
        return _unknown(segs, i, scope)
    if known in _ASSETS:
        return _asset(segs, i, scope, known)
    match known:
        case "datastores":
            return _datastore(segs, i, scope)
        case "jobs":
            return _job(segs, i, scope)
        case "computes":
            if n == i + 1 and scope:
                return ComputeRef("", scope)  # serverless compute: the service's id ends here
            return ComputeRef(last_at(segs, i + 1, "a compute name"), scope)
        case "experiments":
            return _experiment(segs, i, scope, "", "")
        case "flows":
            return _flow(segs, i, scope)
    endpoint = name_at(segs, i + 1, "an endpoint name")
    if n == i + 2:
        return EndpointRef(known, endpoint, scope)
    word_at(segs, i + 2, "deployments")
    return DeploymentRef(known, endpoint, last_at(segs, i + 3, "a deployment name"), scope)


def _unknown(segs: list[str], i: int, scope: Scope) -> Form:
    collection = segs[i]
    if near := _close(collection):
        raise Miss(near, i)
    if not collection:
        raise Miss("jobs, datastores, models or another collection", i)
    if len(segs) > i + 2 and segs[i + 2] in {"versions", "labels"}:
        return _asset(segs, i, scope, collection)
    if collection == "id" and len(segs) == i + 5 and segs[i + 2 : i + 4] == ["components", "id"]:
        return ComponentIdRef(name_at(segs, i + 1, "a workspace id"), name_at(segs, i + 4, "a component id"), scope)
    if collection == "loggedModels" and (len(segs) == i + 2 or segs[i + 2 : i + 3] == ["paths"]) and segs[i + 1]:
        path = path_from(segs, i + 2) if len(segs) > i + 2 else ""
        return LoggedModelRef(segs[i + 1] if path else exposed_name(segs[i + 1]), path, scope)
    return ResourceRef("/".join(segs[i:]), scope)


def _job(segs: list[str], i: int, scope: Scope) -> Form:
    n = len(segs)
    if n <= i + 1 or not segs[i + 1]:
        raise Miss("a job name", i + 1)
    if n == i + 2:
        return JobRef(segs[i + 1], scope)
    if segs[i + 2] != "outputs":
        word_at(segs, i + 2, "outputs")
    if n == i + 3 or not segs[i + 3]:
        raise Miss("an output name", i + 3)
    if n == i + 4:
        return JobOutputRef(segs[i + 1], segs[i + 3], "", scope)
    path = path_from(segs, i + 4)
    return JobOutputRef(segs[i + 1], segs[i + 3] if path else exposed_name(segs[i + 3]), path, scope)


def _datastore(segs: list[str], i: int, scope: Scope) -> Form:
    n = len(segs)
    if n <= i + 1 or not segs[i + 1]:
        raise Miss("a datastore name", i + 1)
    if n == i + 2:
        return DatastoreRef(segs[i + 1], "", scope)
    # The service takes a path without its keyword too; a misspelt keyword must not become a folder.
    if segs[i + 2] != "paths" and segs[i + 2].lower() in _NEARLY_PATHS:
        word_at(segs, i + 2, "paths")
        segs = [*segs[: i + 2], "paths", *segs[i + 3 :]]
    path = path_from(segs, i + 2)
    return DatastoreRef(segs[i + 1] if path else exposed_name(segs[i + 1]), path, scope)


def _asset(segs: list[str], i: int, scope: Scope, collection: str) -> Form:
    n = len(segs)
    if n <= i + 1 or not segs[i + 1]:
        raise Miss(f"the name of one of {collection}", i + 1)
    name = segs[i + 1]
    if n == i + 2:
        if ":" in name:  # models/NAME:VERSION, as some clients print it
            name, _, version = name.partition(":")
            if not name or not version or name in STEPS or version in STEPS:
                raise Miss("NAME:VERSION", i + 1)
            return AssetRef(collection, name, version, scope)
        return AssetRef(collection, name, "", scope)
    word = segs[i + 2]
    if word != "versions" and word != "labels":
        word = word_at(segs, i + 2, "versions", "labels")
    if n == i + 3 or not segs[i + 3]:
        raise Miss("a version" if word == "versions" else "a label", i + 3)
    path = ""
    if n > i + 4:
        if collection not in {"data", "models"} or (collection == "models" and segs[i + 4] != "paths"):
            raise Miss("the end of the reference", i + 4)
        if segs[0] == "":
            raise Miss("the end of the id", i + 4)
        path = path_from(segs, i + 4)
    last = segs[i + 3] if path else exposed_name(segs[i + 3])
    return AssetRef(collection, name, last if word == "versions" else "", scope, last if word == "labels" else "", path)


def _flow(segs: list[str], i: int, scope: Scope) -> Form:
    flow = name_at(segs, i + 1, "a flow id")
    if len(segs) == i + 2:
        return FlowRef(flow, "", scope)
    if segs[i + 2] in {"versions", "labels"}:
        return _asset(segs, i, scope, "flows")
    word_at(segs, i + 2, "flowRuns")
    return FlowRef(flow, last_at(segs, i + 3, "a flow run"), scope)


def _experiment(segs: list[str], i: int, scope: Scope, host: str, api: str) -> Form:
    if len(segs) > i + 4 and segs[i + 2] == "runs" and segs[i + 4] == "artifacts" and segs[i + 1] and segs[i + 3]:
        return RunArtifactRef(segs[i + 1], segs[i + 3], "/".join(segs[i + 5 :]), scope, host, api)
    experiment = name_at(segs, i + 1, "an experiment")
    if len(segs) == i + 2 and not host:
        return ExperimentRef(experiment, scope)
    word_at(segs, i + 2, "runs")
    run = name_at(segs, i + 3, "a run id")
    if len(segs) > i + 4:
        word_at(segs, i + 4, "artifacts")
    return RunArtifactRef(experiment, run, "/".join(segs[i + 5 :]), scope, host, api)


def read_tracking(segs: list[str]) -> Form:
    """`azureml://HOST/mlflow/API/…`, split."""
    host, api = segs[2], name_at(segs, 4, "v1.0 or v2.0")
    n = len(segs)
    if n > 5 and segs[5].lower() == "registries":
        return _registry_tracking(segs, 5, host, api)
    word_at(segs, 5, "subscriptions")
    subscription = name_at(segs, 6, "a subscription id")
    word_at(segs, 7, "resourceGroups")
    group = name_at(segs, 8, "a resource group name")
    i = 9
    if n > 9 and segs[9].lower() == "providers":
        word_at(segs, 10, "Microsoft.MachineLearningServices")
        i = 11
    word = word_at(segs, i, "workspaces", "registries")
    if word == "registries":
        return _registry_tracking(segs, i, host, api)
    scope = (subscription, group, name_at(segs, i + 1, "a workspace name"))
    if n == i + 2:
        return TrackingRef(host, api, scope)
    word_at(segs, i + 2, "experiments")
    return _experiment(segs, i + 2, scope, host, api)


def _registry_tracking(segs: list[str], i: int, host: str, api: str) -> Form:
    scope = (name_at(segs, i + 1, "a registry name"),)
    if len(segs) == i + 2:
        return TrackingRef(host, api, scope)
    word_at(segs, i + 2, "models")
    name = name_at(segs, i + 3, "a model name")
    word_at(segs, i + 4, "versions")
    version = name_at(segs, i + 5, "a version")
    word_at(segs, i + 6, "storage")
    storage = name_at(segs, i + 7, "a storage account")
    if len(segs) > i + 8:
        word_at(segs, i + 8, "paths")
    path = "/".join(segs[i + 9 :])
    return RegistryArtifactRef(host, api, name, version, storage if path else exposed_name(storage), path, scope)


def _artifact(segs: list[str], i: int) -> Form:
    name_at(segs, i + 1, "a path in the artifact store")
    return ArtifactRef("/".join(segs[i + 1 :]))


def _cluster(segs: list[str], i: int) -> Form:
    return VirtualClusterRef(last_at(segs, i + 1, "a cluster name"))


def _without_one(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


_LONG: Final = {name.lower(): name for name in (*_CANONICAL.values(), "registries", "locations") if name != "data"}
_NEAR: Final = {less: name for name in _LONG.values() for less in _without_one(name.lower())}
_NEARLY_PATHS: Final = frozenset({"paths", "path", "pathes", "pahts", "patsh"})


def _close(word: str) -> str:
    """The keyword that `word` is one slip of the keyboard away from, or ''."""
    low = word.lower()
    if len(low) > 24 or low in _LONG:
        return ""
    for less in (low, *sorted(_without_one(low))):
        if less != low and less in _LONG:
            return _LONG[less]
        if less in _NEAR:
            return _NEAR[less]
    return ""


_ROOTS: Final = "subscriptions, jobs, datastores, models, data, registries, locations or another root of the scheme"
_HEADS: Final[dict[str, Callable[[list[str], int], Form]]] = {
    "subscriptions": _subscription,
    "resourcegroups": _resource_group,
    "jobs": lambda segs, i: _job(segs, i, ()),
    "datastores": lambda segs, i: _datastore(segs, i, ()),
    "registries": _registry,
    "feeds": _registry,
    "locations": _located,
    "workspaces": _guid,
    "location": _entity,
    "artifacts": _artifact,
    "virtualclusters": _cluster,
}
