"""The JSON that the service sends for each thing, shape for shape as it was recorded.

Traps kept on purpose, because the real service sets them: ids spell
`resourceGroups` while data URIs spell `resourcegroups`; instants carry seven
fractional digits and two different suffixes; a pipeline's child has no
`properties` in ARM and its whole lineage in run history; a job output without a
path of its own comes back with `uri: null`; a registry calls a version by the
model's name; environment variables, git addresses and URLs may hold secrets.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.emulator.estate import (
    ARTIFACTS,
    PROVIDER,
    STORE,
    Datastore,
    Deployment,
    Endpoint,
    Input,
    Job,
    Model,
    Output,
    Registry,
    Version,
    Workspace,
    guid,
)

Json = dict[str, Any]


def instant(moment: datetime) -> str:
    """Seven fractional digits and an offset, as in `systemData` of assets and jobs."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}7+00:00"


def instant_z(moment: datetime) -> str:
    """Seven fractional digits and a Z, as in `systemData` of containers and workspaces."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}4Z"


def system_data(created: datetime, user: str, *, z: bool = False, modified: datetime | None = None) -> Json:
    write = instant_z if z else instant
    return {
        "createdAt": write(created),
        "createdBy": user,
        "createdByType": "User",
        "lastModifiedAt": write(modified or created),
        "lastModifiedBy": user,
        "lastModifiedByType": "User",
    }


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
            "storageAccount": f"{_group(ws)}/providers/Microsoft.Storage/storageAccounts/{ws.account}",
            "keyVault": f"{_group(ws)}/providers/Microsoft.Keyvault/vaults/kv-{ws.name}",
            "applicationInsights": f"{_group(ws)}/providers/Microsoft.insights/components/appi-{ws.name}",
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
        "kind": "Default",
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
        "id": f"{_group(reg)}/providers/{PROVIDER}/registries/{reg.name}",
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


def container(scope: Workspace | Registry, collection: str, name: str, versions: list[Version]) -> Json:
    """The container of an asset; it has the latest version's number and neither its tags nor its properties."""
    latest = max(versions, key=lambda version: version.created)
    numbered = [int(v.version) for v in versions if v.version.isdigit()]
    shared = isinstance(scope, Registry)
    return {
        "id": f"{scope.arm}/{collection}/{name}",
        "name": name,
        "type": collection if shared else f"{PROVIDER}/workspaces/{collection}",
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": all(version.archived for version in versions),
            "latestVersion": None if collection == "components" else latest.version,
            "nextVersion": None if collection == "components" else str(max(numbered, default=0) + 1),
        },
        "systemData": system_data(
            min(version.created for version in versions), latest.user, z=True, modified=latest.created
        ),
    }


def version(it: Version) -> Json:
    shared = isinstance(it.scope, Registry)
    own = _model_properties(it) if isinstance(it, Model) else it.body
    return {
        "id": it.arm,
        "name": it.name if shared else it.version,
        "type": it.collection if shared else f"{PROVIDER}/workspaces/{it.collection}/versions",
        "properties": {
            "description": it.description,
            "tags": it.tags,
            "properties": it.properties,
            "isArchived": it.archived,
            "isAnonymous": it.anonymous,
            **own,
        },
        "systemData": system_data(it.created, it.user),
    }


def _model_properties(it: Model) -> Json:
    shared = {"originAssetId": it.origin} if isinstance(it.scope, Registry) else {}
    return {
        "autoDeleteSetting": None,
        "flavors": it.flavors,
        "modelType": it.type,
        "modelUri": it.uri,
        "jobName": it.job_name,
        "provisioningState": "Succeeded",
        "stage": it.stage,
        "intellectualProperty": None,
        **shared,
    }


def job(it: Job, base: str) -> Json:
    """The ARM body. A pipeline's child has no `properties`: ARM does not say what it did."""
    ws = it.workspace
    body: Json = {
        "id": f"{ws.arm}/jobs/{it.name}",
        "name": it.name,
        "type": f"{PROVIDER}/workspaces/jobs",
        "systemData": {"createdAt": instant(it.created), "createdBy": it.user, "createdByType": "User"},
    }
    if it.parent is not None:
        return body
    body["properties"] = {
        "description": None,
        "tags": it.tags,
        "properties": _job_properties(it),
        "displayName": it.title,
        "status": it.status,
        "experimentName": it.experiment,
        "services": _services(it, base),
        "computeId": f"{ws.arm}/computes/cpu-cluster",
        "isArchived": it.archived,
        "identity": None,
        "componentId": it.component or None,
        "notificationSetting": None,
        "jobType": it.kind,
        **_kind(it),
        "inputs": {name: _input(given) for name, given in it.inputs.items()},
        "outputs": {name: _output(output) for name, output in it.outputs.items()}
        | {"default": _output(Output(f"azureml://datastores/{ARTIFACTS}/ExperimentRun/dcid.{it.name}"))},
    }
    return body


def _kind(it: Job) -> Json:
    resources = {"instanceCount": 1, "instanceType": None, "properties": None, "shmSize": "2g", "dockerArgs": None}
    if it.kind == "Pipeline":
        return {"settings": {"_source": "YAML.JOB"}, "jobs": {s.title: _node(it, s) for s in it.children}} | {
            "sourceJobId": None
        }
    if it.kind == "Sweep":
        trial = {
            "codeId": it.code or None,
            "command": it.command,
            "environmentId": it.environment or None,
            "environmentVariables": it.variables,
            "distribution": None,
            "resources": resources,
        }
        return {
            "trial": trial,
            "searchSpace": {"lr": ["uniform", [0.001, 0.1]]},
            "samplingAlgorithm": {"samplingAlgorithmType": "Random", "seed": None, "rule": "Random"},
            "limits": {"jobLimitsType": "Sweep", "maxTotalTrials": 2, "maxConcurrentTrials": 2, "timeout": "PT1H"},
            "objective": {"primaryMetric": "auc", "goal": "Maximize"},
            "earlyTermination": None,
            "queueSettings": None,
        }
    return {
        "resources": resources,
        "codeId": it.code or None,
        "command": it.command,
        "environmentId": it.environment or None,
        "environmentVariables": it.variables,
        "distribution": None,
        "autologgerSettings": None,
        "limits": None,
        "parameters": {},
    }


def _node(pipeline: Job, step: Job) -> Json:
    """A step as the pipeline's body shows it: bindings are templates, never filled in."""
    bound = {of[1]: name for name, o in pipeline.outputs.items() if (of := o.of) and of[0] is step}
    return {
        "name": step.title,
        "type": "command",
        "computeId": f"{pipeline.workspace.arm}/computes/cpu-cluster",
        "inputs": {name: _binding(pipeline, name, given) for name, given in step.inputs.items()},
        "outputs": {
            name: {"value": f"${{{{parent.outputs.{bound[name]}}}}}", "type": "literal"}
            if name in bound
            else {"mode": "Upload", "job_output_type": output.type}
            for name, output in step.outputs.items()
        },
        "_source": "YAML.JOB",
        "componentId": step.component,
    }


def _binding(pipeline: Job, name: str, given: Input) -> Json:
    if name in pipeline.inputs:
        return {"job_input_type": "literal", "value": f"${{{{parent.inputs.{name}}}}}"}
    for step in pipeline.children:
        for output in step.outputs:
            if given.uri == step.output(output):
                value = f"${{{{parent.jobs.{step.title}.outputs.{output}}}}}"
                return {"job_input_type": "literal", "value": value}
    return {"job_input_type": given.type, "uri": given.uri}


def _input(given: Input) -> Json:
    if given.literal is not None:
        return {"description": None, "jobInputType": "literal", "value": given.literal}
    return {"description": None, "uri": given.uri, "mode": "ReadOnlyMount", "jobInputType": given.type}


def _output(output: Output) -> Json:
    asset, number = output.asset or (None, None)
    return {
        "description": None,
        "uri": output.uri or None,
        "assetName": asset,
        "assetVersion": number,
        "mode": "ReadWriteMount",
        "jobOutputType": output.type,
    }


def _job_properties(it: Job) -> dict[str, str]:
    own = {"_azureml.ComputeTargetType": "amlctrain", **(it.git.properties() if it.git else {}), **it.properties}
    if it.kind == "Pipeline":
        own = {
            "azureml.DevPlatv2": "true",
            "azureml.runsource": "azureml.PipelineRun",
            "runSource": "MFE",
            "azureml.defaultDataStoreName": STORE,
            **own,
        }
    if it.kind == "Sweep":
        own = {"runTemplate": "HyperDrive", "azureml.runsource": "hyperdrive", **own}
    if it.parent is not None and it.parent.kind == "Pipeline":
        own = {
            "azureml.DevPlatv2": "true",
            "azureml.runsource": "azureml.StepRun",
            "azureml.nodeid": guid("node", it.name)[:8],
            "azureml.moduleid": guid("module", it.component),
            "azureml.moduleName": it.title,
            "azureml.moduleVersion": "1",
            "azureml.pipelineComponent": "masterescloud",
            "StepType": "PythonScriptStep",
            "ComputeTargetType": "AmlCompute",
            "azureml.pipelinerunid": it.parent.name,
            "azureml.pipeline": it.parent.name,
            **own,
        }
    if it.reused_from is not None:
        across = it.reused_from.parent.name if it.reused_from.parent else ""
        own |= {
            "azureml.isreused": "true",
            "azureml.reusedrunid": it.reused_from.name,
            "azureml.reusednodeid": guid("node", it.reused_from.name)[:8],
            "azureml.reusedpipeline": across,
            "azureml.reusedpipelinerunid": across,
        }
    if it.code:
        own["ContentSnapshotId"] = guid("snapshot", it.code)
    return own


def _services(it: Job, base: str) -> Json:
    ws = it.workspace
    lower = ws.uri.removeprefix("azureml:/").replace("/resourceGroups/", "/resourcegroups/")
    return {
        kind: {
            "jobServiceType": kind,
            "port": None,
            "endpoint": endpoint,
            "status": None,
            "errorMessage": None,
            "properties": None,
            "nodes": None,
        }
        for kind, endpoint in {
            "Tracking": f"azureml://{base.removeprefix('https://')}/mlflow/v1.0{ws.arm}?",
            "Studio": f"https://ml.azure.com/runs/{it.name}?wsid={lower}",
        }.items()
    }


def run(it: Job, base: str) -> Json:
    """`runMetadata`: what run history keeps of a run, whichever kind of job it is."""
    user = {
        "userObjectId": guid("user", it.user),
        "userTenantId": it.workspace.estate.tenant,
        "userName": it.user,
        "upn": None,
    }
    ended = it.created + timedelta(minutes=2)
    parent = it.parent.name if it.parent else None
    return {
        "runNumber": int(it.created.timestamp()),
        "rootRunId": _root(it).name,
        "createdUtc": instant(it.created),
        "createdBy": user,
        "userId": user["userObjectId"],
        "token": None,
        "tokenExpiryTimeUtc": None,
        "error": None,
        "warnings": None,
        "revision": 4,
        "statusRevision": 2,
        "runUuid": guid("run", it.name),
        "parentRunUuid": guid("run", parent) if parent else None,
        "rootRunUuid": guid("run", _root(it).name),
        "lastModifiedBy": user,
        "lastModifiedUtc": instant(ended),
        "lastStartTimeUtc": None,
        "currentComputeTime": None,
        "computeDuration": "00:02:00.0000000",
        "effectiveStartTimeUtc": None,
        "scheduleId": None,
        "cancelUri": f"{base}/studioservice/apiv2/runs/{it.name}/Cancel",
        "completeUri": None,
        "diagnosticsUri": None,
        "computeRequest": None,
        "queueingInfo": None,
        "retainForLifetimeOfWorkspace": None,
        "duration": "00:02:00.0000000",
        "cancelationReason": None,
        "currentAttemptId": 1,
        "runId": it.name,
        "parentRunId": parent,
        "experimentId": guid("experiment", it.experiment),
        "status": it.status,
        "startTimeUtc": instant(it.created),
        "endTimeUtc": instant(ended),
        "displayName": it.title,
        "name": "azureml_anonymous" if parent else None,
        "dataContainerId": f"dcid.{it.ran_as}",
        "description": None,
        "hidden": False,
        "runType": {"Pipeline": "azureml.PipelineRun", "Step": "azureml.StepRun", "Sweep": "azureml.HyperDrive"}.get(
            it.kind, "azureml.scriptrun"
        ),
        "runTypeV2": {"orchestrator": "Execution", "traits": [], "attribution": None, "computeType": "AmlcTrain"},
        "properties": _job_properties(it),
        "parameters": {},
        "actionUris": {"Cancel": f"{base}/studioservice/apiv2/runs/{it.name}/Cancel"},
        "scriptName": None,
        "target": "cpu-cluster",
        "uniqueChildRunComputeTargets": [],
        "tags": it.tags,
        "settings": {},
        "services": {},
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": None,
        "jobSpecification": None,
        "primaryMetricName": None,
        "createdFrom": None,
        "compute": {"target": "cpu-cluster", "targetType": "amlcompute", "instanceCount": 1},
        "inputs": {n: i for n, given in it.inputs.items() if (i := _run_input(it, n, given))},
        "outputs": {n: _run_output(it, n) for n in it.outputs},
    }


def rundata(it: Job, base: str) -> Json:
    """The answer to `rundata`: the run with its definition, and nothing of either left out."""
    return {
        "runMetadata": run(it, base),
        "runDefinition": None if it.kind == "Pipeline" else _definition(it),
        "jobSpecification": None,
        "systemSettings": None,
    }


def _definition(it: Job) -> Json:
    ws = it.workspace
    identifier = f"azureml:{ws.arm}/id/{ws.guid}/components/id/{guid('module', it.component)}"
    return {
        "script": "main.py",
        "command": it.command,
        "framework": "Python",
        "target": "cpu-cluster",
        "environment": {
            "name": it.environment.split("/environments/")[-1].split("/")[0],
            "version": it.environment.rsplit("/", 1)[-1],
            "assetId": _environment_id(ws, it.environment),
            "environmentVariables": it.variables,
        }
        if it.environment
        else None,
        "environmentVariables": it.variables,
        "outputData": {
            name: {
                "outputLocation": {
                    "dataset": None,
                    "dataPath": None,
                    "uri": {
                        "path": output.uri or f"azureml://datastores/{STORE}/paths/azureml/${{{{name}}}}/{name}/",
                        "isFile": output.type == "uri_file",
                    },
                    "type": run_type(output.type),
                },
                "mechanism": "Mount",
                "environmentVariableName": f"AZURE_ML_OUTPUT_{name}",
            }
            for name, output in it.outputs.items()
        },
        "componentConfiguration": {"componentIdentifier": identifier} if it.component else None,
    }


def _environment_id(ws: Workspace, environment: str) -> str:
    if environment.startswith("/subscriptions/"):
        tail = environment.split("/workspaces/", 1)[1].split("/", 1)[1]
        return f"azureml://locations/{ws.location}/workspaces/{ws.guid}/{tail}"
    return environment.removeprefix("azureml:") if environment.startswith("azureml:/") else environment


def _run_input(it: Job, name: str, given: Input) -> Json | None:
    """Run history names every data input by an asset id; a bare place gets an implicit asset of its own."""
    if given.literal is not None or not given.uri:
        return None
    ws, uri = it.workspace, given.uri
    by_guid = f"azureml://locations/{ws.location}/workspaces/{ws.guid}"
    if uri.startswith(("/subscriptions/", "azureml:/subscriptions/")):
        asset = f"{by_guid}/{uri.split('/workspaces/', 1)[1].split('/', 1)[1]}"
    elif uri.startswith("azureml://jobs/"):
        asset = f"{by_guid}/{_implied(it, uri)}"
    elif uri.startswith("azureml://") and "/datastores/" in f"/{uri[10:]}":
        asset = f"{by_guid}/data/azureml_{it.name}_input_data_{name}/versions/1"
    elif uri.startswith("azureml:") and not uri.startswith("azureml:/"):
        asset_name, _, number = uri.removeprefix("azureml:").partition(":")
        collection = "models" if given.type.endswith("model") else "data"
        asset = f"{by_guid}/{collection}/{asset_name}/versions/{number}"
    else:
        asset = uri
    return {"assetId": asset, "type": run_type(given.type)}


def _implied(it: Job, uri: str) -> str:
    """The asset of the output that an input names."""
    job_name, _, output = uri.removeprefix("azureml://jobs/").partition("/outputs/")
    return _output_asset(it.workspace.jobs[job_name], output.split("/")[0])


def _run_output(it: Job, name: str) -> Json:
    ws = it.workspace
    asset = f"azureml://locations/{ws.location}/workspaces/{ws.guid}/{_output_asset(it, name)}"
    return {"assetId": asset, "type": run_type(it.outputs[name].type)}


def _output_asset(it: Job, name: str) -> str:
    """The asset of an output: the one it was told to register, else the implicit one of the run that wrote it."""
    output = it.outputs[name]
    if output.of is not None:
        return _output_asset(*output.of)
    model = output.type.endswith("model")
    if output.asset is not None:
        return f"{'models' if model else 'data'}/{output.asset[0]}/versions/{output.asset[1]}"
    if model:
        return f"models/azureml_{it.ran_as}_output_{name}/versions/1"
    return f"data/azureml_{it.ran_as}_output_data_{name}/versions/1"


def run_type(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _root(it: Job) -> Job:
    return _root(it.parent) if it.parent else it


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
        "systemData": system_data(it.created, "Tom Becker"),
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
        "systemData": system_data(it.created, "Tom Becker"),
    }


def error(code: str, message: str) -> Json:
    """An error in ARM's shape; run history uses the same two fields with more beside them."""
    return {"error": {"code": code, "message": message, "details": [], "additionalInfo": []}}


def run_error(run_id: str, location: str) -> Json:
    return {
        "error": {
            "code": "UserError",
            "severity": None,
            "message": f"Run runId={run_id} was not found",
            "messageFormat": "Run {runId} was not found",
            "messageParameters": {"runId": f"runId={run_id}"},
            "details": [],
            "innerError": {"code": "NotFoundError", "innerError": None},
        },
        "environment": location,
        "location": location,
        "componentName": "run-history",
        "statusCode": 404,
    }


def _group(scope: Workspace | Registry) -> str:
    return f"/subscriptions/{scope.subscription}/resourceGroups/{scope.group}"
