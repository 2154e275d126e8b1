"""Workspaces, registries and their stores, and where each says that its hosts are."""

from __future__ import annotations

from tests.emulator.bodies.common import Json, group, system_data
from tests.emulator.estate import PROVIDER, Registry, Workspace
from tests.emulator.things import Datastore, guid


def workspace(ws: Workspace, base: str) -> Json:
    host = base.removeprefix("https://")
    return {
        "id": ws.arm,
        "name": ws.name,
        "type": f"{PROVIDER}/workspaces",
        "location": ws.location,
        "tags": {},
        "etag": None,
        "properties": {
            "friendlyName": ws.name,
            "description": "",
            "storageAccount": f"{group(ws)}/providers/Microsoft.Storage/storageAccounts/{ws.account}",
            "keyVault": f"{group(ws)}/providers/Microsoft.Keyvault/vaults/kv-{ws.name}",
            "applicationInsights": f"{group(ws)}/providers/Microsoft.insights/components/appi-{ws.name}",
            "containerRegistry": None,
            "imageBuildCompute": None,
            "notebookInfo": None,
            "hbiWorkspace": False,
            "tenantId": ws.estate.tenant,
            "provisioningState": "Succeeded",
            "v1LegacyMode": False,
            "workspaceId": ws.guid,
            "softDeleteEnabled": False,
            "linkedModelInventoryArmId": None,
            "privateLinkCount": 0,
            "publicNetworkAccess": "Enabled",
            "discoveryUrl": f"{base}/discovery",
            "mlFlowTrackingUri": f"azureml://{host}/mlflow/v1.0{ws.arm}",
            "sdkTelemetryAppInsightsKey": guid("telemetry", ws.name),
            "sasGetterUri": "",
            "storageHnsEnabled": False,
            "enableDataIsolation": False,
        },
        "identity": {
            "type": "SystemAssigned",
            "principalId": guid("principal", ws.name),
            "tenantId": ws.estate.tenant,
        },
        "kind": ws.kind,
        "sku": {"name": "Basic", "tier": "Basic"},
        "systemData": system_data(ws.created, "Maya Okafor", z=True),
    }


def discovery(base: str) -> Json:
    return {
        "api": base,
        "catalog": base,
        "experimentation": base,
        "gallery": base,
        "history": base,
        "hyperdrive": base,
        "labeling": base,
        "modelmanagement": base,
        "pipelines": base,
        "studio": base,
    }


def registry_discovery(registry: Registry, base: str) -> Json:
    return {
        "registryName": registry.name,
        "tenantId": registry.estate.tenant,
        "primaryRegion": registry.location,
        "regions": [registry.location],
        "subscriptionId": registry.subscription,
        "resourceGroup": registry.group,
        "workspaceName": None,
        "primaryRegionResourceProviderUri": f"{base}/",
    }


def registry(reg: Registry, base: str) -> Json:
    return {
        "id": f"{group(reg)}/providers/{PROVIDER}/registries/{reg.name}",
        "name": reg.name,
        "type": f"{PROVIDER}/registries",
        "location": reg.location,
        "tags": {},
        "properties": {
            "discoveryUrl": f"{base}/registrymanagement/v1.0/registries/{reg.name}/discovery",
            "mlFlowRegistryUri": f"azureml://{base.removeprefix('https://')}/mlflow/v1.0/registries/{reg.name}",
            "publicNetworkAccess": "Enabled",
        },
        "systemData": system_data(reg.created, "Maya Okafor", z=True),
    }


def datastore(store: Datastore) -> Json:
    ws = store.workspace
    return {
        "id": f"{ws.arm}/datastores/{store.name}",
        "name": store.name,
        "type": f"{PROVIDER}/workspaces/datastores",
        "properties": {
            "description": None,
            "tags": None,
            "properties": None,
            "isDefault": store.default,
            "credentials": {"credentialsType": "AccountKey"},
            "intellectualProperty": None,
            "subscriptionId": ws.subscription,
            "resourceGroup": ws.group,
            "datastoreType": store.kind,
            "accountName": store.account,
            ("filesystem" if store.kind == "AzureDataLakeGen2" else "containerName"): store.container,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity",
        },
        "systemData": system_data(ws.created, guid("principal", ws.name)),
    }
