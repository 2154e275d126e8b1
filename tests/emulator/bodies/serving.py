"""Endpoints and deployments, online and batch; schedules."""

from __future__ import annotations

from tests.emulator.bodies.common import Json, system_data
from tests.emulator.bodies.jobs import definition
from tests.emulator.estate import PROVIDER
from tests.emulator.things import Deployment, Endpoint, Schedule, guid


def endpoint(it: Endpoint) -> Json:
    ws, kind = it.workspace, "batch" if it.batch else "online"
    served: Json = (
        {"defaults": {"deploymentName": next(iter(it.deployments), None)}}
        if it.batch
        else {"traffic": it.traffic, "mirrorTraffic": it.mirror, "publicNetworkAccess": "Enabled"}
    )
    return {
        "id": it.arm,
        "name": it.name,
        "type": f"{PROVIDER}/workspaces/{kind}Endpoints",
        "location": ws.location,
        "tags": {},
        "kind": "Managed",
        "identity": {"type": "SystemAssigned", "principalId": guid("endpoint", it.name), "tenantId": ws.estate.tenant},
        "properties": {
            "description": None,
            "properties": {},
            "authMode": "Key",
            "provisioningState": "Succeeded",
            "scoringUri": f"https://{it.name}.{ws.location}.inference.ml.azure.com/score",
            "swaggerUri": None,
            "compute": None,
            **served,
        },
        "systemData": system_data(it.created, ws.owner),
    }


def deployment(it: Deployment) -> Json:
    ws, batch = it.endpoint.workspace, it.endpoint.batch
    own: Json = (
        {
            "model": {"referenceType": "Id", "assetId": it.model},
            "compute": f"{ws.arm}/computes/cpu-cluster",
            "miniBatchSize": 10,
            "errorThreshold": -1,
            "maxConcurrencyPerInstance": 1,
            "loggingLevel": "Info",
            "resources": {"instanceCount": 1, "instanceType": None, "locations": None, "properties": None},
            "outputAction": "AppendRow",
            "outputFileName": "predictions.csv",
            "retrySettings": {"maxRetries": 3, "timeout": "PT30S"},
        }
        if batch
        else {
            "model": it.model,
            "modelMountPath": None,
            "appInsightsEnabled": False,
            "endpointComputeType": "Managed",
            "instanceType": "Standard_DS3_v2",
            "scaleSettings": {"scaleType": "Default"},
            "requestSettings": {
                "maxQueueWait": "PT0S",
                "requestTimeout": "PT1M",
                "maxConcurrentRequestsPerInstance": 1,
            },
            "livenessProbe": None,
            "readinessProbe": None,
            "egressPublicNetworkAccess": "Enabled",
        }
    )
    return {
        "id": f"{it.endpoint.arm}/deployments/{it.name}",
        "name": it.name,
        "type": f"{PROVIDER}/workspaces/{'batch' if batch else 'online'}Endpoints/deployments",
        "location": ws.location,
        "tags": {},
        "kind": "Managed",
        "sku": {"name": "Default", "tier": "Standard", "capacity": 1},
        "properties": {
            "description": None,
            "properties": {},
            "codeConfiguration": {"codeId": it.code, "scoringScript": "score.py"} if it.code else None,
            "environmentId": it.environment or None,
            "environmentVariables": it.variables,
            "provisioningState": "Succeeded",
            **own,
        },
        "systemData": system_data(it.created, ws.owner),
    }


def schedule(it: Schedule) -> Json:
    """What runs by the clock. The job's definition is the body of a job that never ran."""
    ws = it.workspace
    action: Json = (
        {
            "actionType": "InvokeBatchEndpoint",
            "endpointInvocationDefinition": {"endpointName": it.endpoint.name, "deploymentName": None},
        }
        if it.endpoint is not None
        else {"actionType": "CreateJob", "jobDefinition": definition(it.job) if it.job else None}
    )
    return {
        "id": f"{ws.arm}/schedules/{it.name}",
        "name": it.name,
        "type": f"{PROVIDER}/workspaces/schedules",
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "displayName": it.name,
            "isEnabled": it.enabled,
            "provisioningState": "Succeeded",
            "trigger": {
                "triggerType": "Cron",
                "expression": it.cron,
                "startTime": None,
                "endTime": None,
                "timeZone": "UTC",
            },
            "action": action,
        },
        "systemData": system_data(it.created, ws.owner),
    }
