"""Jobs as ARM shows them."""

from __future__ import annotations

from tests.emulator.bodies.common import Json, instant
from tests.emulator.estate import ARTIFACTS, PROVIDER, STORE
from tests.emulator.things import Input, Job, Output, guid

FINE_TUNING = "2024-10-01"
"""The first API version that tells what a fine-tuning job tunes."""


def job(it: Job, base: str, version: str = "") -> Json:
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
        "tags": job_tags(it),
        "properties": job_properties(it),
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
        "inputs": {} if it.kind in _DETAILS else {name: _input(given) for name, given in it.inputs.items()},
        "outputs": {name: _output(output) for name, output in it.outputs.items()}
        | {"default": _output(Output(f"azureml://datastores/{ARTIFACTS}/ExperimentRun/dcid.{it.name}"))},
    }
    if it.kind == "FineTuning" and version >= FINE_TUNING:
        body["properties"]["fineTuningDetails"] = {
            "modelProvider": "Custom",
            "taskType": "TextClassification",
            "hyperParameters": None,
            **{name: _input(given) for name, given in it.inputs.items()},
        }
    body["properties"] |= it.more
    return body


def definition(it: Job) -> Json:
    """What a schedule submits: the job's properties without what only a run has."""
    return {
        "description": None,
        "tags": it.tags,
        "properties": {},
        "displayName": it.title,
        "experimentName": it.experiment,
        "computeId": f"{it.workspace.arm}/computes/cpu-cluster",
        "isArchived": False,
        "componentId": it.component or None,
        "jobType": it.kind,
        **_kind(it),
        "inputs": {name: _input(given) for name, given in it.inputs.items()},
        "outputs": {name: _output(output) for name, output in it.outputs.items()},
    }


_DETAILS = frozenset({"AutoML", "FineTuning"})
"""Types of job whose data is told in details of their own, and not among inputs."""


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
    if it.kind == "AutoML":
        return {
            "resources": resources,
            "environmentId": None,
            "environmentVariables": None,
            "taskDetails": {
                "logVerbosity": "Info",
                "taskType": "Classification",
                "primaryMetric": "AUCWeighted",
                "targetColumnName": "label",
                "testData": None,
                **{name: _input(given) for name, given in it.inputs.items()},
            },
            "queueSettings": None,
        }
    if it.kind == "FineTuning":
        return {"resources": None, "queueSettings": None}
    if it.kind == "Spark":
        return {
            "resources": {"instanceType": "Standard_E4S_V3", "runtimeVersion": "3.4"},
            "codeId": it.code or None,
            "entry": {"sparkJobEntryType": "SparkJobPythonEntry", "file": "main.py"},
            "args": it.command,
            "conf": {"spark.executor.instances": "2"},
            "environmentId": it.environment or None,
            "environmentVariables": it.variables,
            "pyFiles": None,
            "jars": None,
            "files": None,
            "archives": None,
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
        "type": step.node,
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
        **_task(step),
    }


def _task(step: Job) -> Json:
    """What only some kinds of step have."""
    if step.node == "parallel":
        task = {"type": "run_function", "entry_script": "score.py", "environment": step.environment}
        return {"task": task, "input_data": "${{inputs.data}}", "mini_batch_size": 10}
    if step.node == "data_transfer":
        source = {"type": "database", "connection": "azureml:risk-sql", "query": "select * from loans"}
        return {"task": "import_data", "source": source}
    return {}


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


def job_tags(it: Job) -> dict[str, str]:
    """AutoML tells its best child in a tag."""
    return it.tags | ({"automl_best_child_run_id": it.best.name} if it.kind == "AutoML" and it.best else {})


def job_properties(it: Job) -> dict[str, str]:
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
        best = {"best_child_run_id": it.best.name} if it.best else {}
        own = {"runTemplate": "HyperDrive", "azureml.runsource": "hyperdrive", **best, **own}
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
