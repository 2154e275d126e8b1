"""The calls: their addresses, their API versions, and the permission that each needs.

`CALLS` is the table in the README. Versions are those that azure-ai-ml 1.35 sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from lineage.ids import Registry, Workspace
from lineage.sources.azureml.wire import Request

PROVIDER: Final = "Microsoft.MachineLearningServices"
_WS: Final = f"{PROVIDER}/workspaces"


class Call(msgspec.Struct, frozen=True):
    """One kind of request. path: below the workspace, or as said. version: API version ('' for the data plane)."""

    what: str
    method: str
    path: str
    version: str
    permission: str


CALLS: Final = {
    "subscriptions": Call(
        "subscriptions of the tenant (--tenant)",
        "GET",
        "(resource manager) subscriptions",
        "2020-01-01",
        "Microsoft.Resources/subscriptions/read",
    ),
    "subscription/workspaces": Call(
        "workspaces of a subscription (--subscription, --tenant)",
        "GET",
        f"(resource manager) subscriptions/S/providers/{PROVIDER}/workspaces",
        "2024-10-01-preview",
        f"{_WS}/read",
    ),
    "subscription/registries": Call(
        "registries of a subscription (--subscription, --tenant)",
        "GET",
        f"(resource manager) subscriptions/S/providers/{PROVIDER}/registries",
        "2022-10-01-preview",
        f"{PROVIDER}/registries/read",
    ),
    "workspace": Call("the workspace", "GET", "", "2024-10-01-preview", f"{_WS}/read"),
    "datastores": Call("its datastores", "GET", "datastores", "2024-10-01-preview", f"{_WS}/datastores/read"),
    "datastore": Call("a datastore by name", "GET", "datastores/D", "2024-10-01-preview", f"{_WS}/datastores/read"),
    "models": Call("model containers", "GET", "models", "2023-08-01-preview", f"{_WS}/models/read"),
    "models/versions": Call(
        "versions of a model", "GET", "models/N/versions[/V]", "2023-08-01-preview", f"{_WS}/models/versions/read"
    ),
    "jobs": Call("jobs", "GET", "jobs[/J]", "2024-01-01-preview", f"{_WS}/jobs/read"),
    "jobs/fine-tuning": Call("what a job fine-tunes", "GET", "jobs/J", "2024-10-01-preview", f"{_WS}/jobs/read"),
    "discovery": Call("the region's hosts", "GET", "(discoveryUrl of the workspace)", "", f"{_WS}/read"),
    "rundata": Call("a run", "POST", "(history) rundata", "", f"{_WS}/experiments/runs/read"),
    "batchrundata": Call("many runs", "POST", "(history) batchrundata", "", f"{_WS}/experiments/runs/read"),
    "children": Call("children of a run", "GET", "(history) runs/J/children", "", f"{_WS}/experiments/runs/read"),
    "data": Call("data containers", "GET", "data", "2023-04-01-preview", f"{_WS}/data/read"),
    "data/versions": Call(
        "versions of a data asset", "GET", "data/N/versions[/V]", "2023-04-01-preview", f"{_WS}/data/versions/read"
    ),
    "environments": Call(
        "environment containers", "GET", "environments", "2023-04-01-preview", f"{_WS}/environments/read"
    ),
    "environments/versions": Call(
        "versions of an environment",
        "GET",
        "environments/N/versions[/V]",
        "2023-04-01-preview",
        f"{_WS}/environments/versions/read",
    ),
    "components": Call("component containers", "GET", "components", "2024-01-01-preview", f"{_WS}/components/read"),
    "components/versions": Call(
        "versions of a component",
        "GET",
        "components/N/versions[/V]",
        "2024-01-01-preview",
        f"{_WS}/components/versions/read",
    ),
    "codes/versions": Call("code", "GET", "codes/N/versions[/V]", "2023-04-01", f"{_WS}/codes/versions/read"),
    "onlineEndpoints": Call(
        "online endpoints", "GET", "onlineEndpoints", "2022-02-01-preview", f"{_WS}/onlineEndpoints/read"
    ),
    "onlineEndpoints/deployments": Call(
        "their deployments",
        "GET",
        "onlineEndpoints/E/deployments",
        "2023-04-01-preview",
        f"{_WS}/onlineEndpoints/deployments/read",
    ),
    "batchEndpoints": Call("batch endpoints", "GET", "batchEndpoints", "2023-10-01", f"{_WS}/batchEndpoints/read"),
    "batchEndpoints/deployments": Call(
        "their deployments",
        "GET",
        "batchEndpoints/E/deployments",
        "2024-01-01-preview",
        f"{_WS}/batchEndpoints/deployments/read",
    ),
    "schedules": Call("schedules", "GET", "schedules", "2023-06-01-preview", f"{_WS}/schedules/read"),
    "featuresets": Call("feature sets", "GET", "featuresets", "2023-10-01", f"{_WS}/featuresets/read"),
    "featuresets/versions": Call(
        "versions of a feature set",
        "GET",
        "featuresets/N/versions[/V]",
        "2023-10-01",
        f"{_WS}/featuresets/versions/read",
    ),
    "featurestoreEntities": Call(
        "feature store entities",
        "GET",
        "featurestoreEntities",
        "2023-10-01",
        f"{_WS}/featurestoreentities/read",
    ),
    "featurestoreEntities/versions": Call(
        "versions of a feature store entity",
        "GET",
        "featurestoreEntities/N/versions[/V]",
        "2023-10-01",
        f"{_WS}/featurestoreentities/versions/read",
    ),
    "registry": Call(
        "a registry's hosts",
        "GET",
        "(registry discovery) registrymanagement/v1.0/registries/R/discovery",
        "",
        f"{PROVIDER}/registries/read",
    ),
    "registry/assets": Call(
        "assets in a registry",
        "GET",
        "(registry) COLLECTION[/N/versions[/V]]",
        "2021-10-01-dataplanepreview",
        f"{PROVIDER}/registries/assets/read",
    ),
}


def permission(call: str) -> str:
    """The action that the identity needs for a call."""
    return CALLS[call].permission


class Addresses(msgspec.Struct, frozen=True):
    """Where a cloud's services are: base URLs of the resource manager and of the registry discovery, with slash."""

    manager: str
    discovery: str

    def get(self, workspace: Workspace, call: str, *names: str, **parameters: str) -> Request:
        """A GET at the resource manager. `names` are the segments below the workspace; they are quoted here."""
        where = "/".join((f"{self.manager}{_arm(workspace)}", *(quote(name, safe="") for name in names)))
        query = urlencode({"api-version": CALLS[call].version, **parameters}, quote_via=quote)
        return Request("GET", f"{where}?{query}")

    def registry(self, registry: Registry) -> Request:
        """Which hosts a registry has."""
        where = f"{self.discovery}registrymanagement/v1.0/registries/{quote(registry.name, safe='')}/discovery"
        return Request("GET", f"{where}?api-version=v1.0")


def history(api: str, workspace: Workspace) -> str:
    """Base URL of a workspace's run history; `api` is what the region's discovery said."""
    return f"{api.rstrip('/')}/history/v1.0/{_arm(workspace)}"


_WANTED: Final = {"selectRunMetadata": True, "selectRunDefinition": True, "selectJobSpecification": False}


def run_data(base: str, run: str) -> Request:
    """A run with its definition; `base` is `history`."""
    return Request("POST", f"{base}/rundata?api-version=v1.0", {"runId": run, **_WANTED})


def batch_run_data(base: str, runs: Sequence[str]) -> Request:
    """Many runs with their definitions; a host that does not know this answers 404, 405 or 400."""
    return Request(
        "POST", f"{base}/batchrundata?api-version=v1.0", {"requests": {run: {"runId": run, **_WANTED} for run in runs}}
    )


def children(base: str, run: str) -> Request:
    return Request("GET", f"{base}/runs/{quote(run, safe='')}/children?api-version=v1.0")


def registry_assets(provider: str, subscription: str, group: str, registry: Registry) -> str:
    """Base URL of a registry's assets; the first three are what its discovery said."""
    return (
        f"{provider.rstrip('/')}/mferp/managementfrontend/subscriptions/{quote(subscription, safe='')}"
        f"/resourceGroups/{quote(group, safe='')}/providers/{PROVIDER}/registries/{quote(registry.name, safe='')}"
    )


def registry_asset(base: str, *names: str, **parameters: str) -> Request:
    """A GET below a registry; `base` is `registry_assets`."""
    where = "/".join((base, *(quote(name, safe="") for name in names)))
    query = urlencode({"api-version": CALLS["registry/assets"].version, **parameters}, quote_via=quote)
    return Request("GET", f"{where}?{query}")


def _arm(workspace: Workspace) -> str:
    subscription, group, name = (
        quote(part, safe="") for part in (workspace.subscription, workspace.resource_group, workspace.name)
    )
    return f"subscriptions/{subscription}/resourceGroups/{group}/providers/{PROVIDER}/workspaces/{name}"
