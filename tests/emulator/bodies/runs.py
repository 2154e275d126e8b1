"""Runs as run history shows them: everything that ARM leaves out of a pipeline's child."""

from __future__ import annotations

from datetime import timedelta

from tests.emulator.bodies.common import Json, instant
from tests.emulator.bodies.jobs import job_properties, job_tags
from tests.emulator.estate import STORE, Workspace
from tests.emulator.things import Input, Job, guid

_TYPES = {
    "Pipeline": "azureml.PipelineRun",
    "Step": "azureml.StepRun",
    "Sweep": "azureml.HyperDrive",
    "AutoML": "automl",
}


def run(it: Job) -> Json:
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
        "scheduleId": it.schedule.name if it.schedule else None,
        "cancelUri": None,
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
        "name": "azureml_anonymous" if it.kind == "Step" else None,
        "dataContainerId": f"dcid.{it.ran_as}",
        "description": None,
        "hidden": False,
        "runType": _TYPES.get(it.kind, "azureml.scriptrun"),
        "runTypeV2": {"orchestrator": "Execution", "traits": [], "attribution": None, "computeType": "AmlcTrain"},
        "properties": job_properties(it),
        "parameters": {},
        "actionUris": {},
        "scriptName": None,
        "target": "cpu-cluster",
        "uniqueChildRunComputeTargets": [],
        "tags": job_tags(it),
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


def rundata(it: Job) -> Json:
    """The answer to `rundata`: the run with its definition, and nothing of either left out."""
    return {
        "runMetadata": run(it),
        "runDefinition": None if it.kind == "Pipeline" else _definition(it),
        "jobSpecification": None,
        "systemSettings": None,
    }


def batch(read: dict[str, Json], failed: dict[str, Json]) -> Json:
    """The answer to `batchrundata`, as the SDK's model of it has it; of its failures no recording is known."""
    return {"successfulResults": read, "failedResults": failed}


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
    return environment


def _run_input(it: Job, name: str, given: Input) -> Json | None:
    """Run history names every data input by an asset id; a bare place gets an implicit asset of its own."""
    if given.literal is not None or not given.uri:
        return None
    ws, uri = it.workspace, given.uri
    by_guid = f"azureml://locations/{ws.location}/workspaces/{ws.guid}"
    if uri.startswith(("/subscriptions/", "azureml:/subscriptions/")):
        asset = f"{by_guid}/{uri.split('/workspaces/', 1)[1].split('/', 1)[1]}"
    elif uri.startswith("azureml://jobs/") and uri.split("/")[5] not in ("artifacts", "default"):
        asset = f"{by_guid}/{_implied(it, uri)}"
    elif uri.startswith("azureml://") and "/datastores/" in f"/{uri[10:]}":
        asset = f"{by_guid}/data/azureml_{it.name}_input_data_{name}/versions/1"
    elif uri.startswith("azureml:") and not uri.startswith("azureml:/"):
        asset_name, _, number = uri.removeprefix("azureml:").partition(":")
        if "@" in asset_name:  # `latest` is the only label that the service manages
            asset_name = asset_name.partition("@")[0]
            number = list(ws.assets["data"][asset_name])[-1]
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
