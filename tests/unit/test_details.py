"""What the bodies of records say beyond the facts, for every kind of thing and whatever their shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import details
from lineage.details import Authors, DeploymentDetails, Distribution, Failure, JobDetails, Pair, Port, Sweep, Task
from lineage.ids import Kind
from lineage.records import Record, RecordKind

WS = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
SYSTEM = {
    "createdAt": "2026-01-02T03:04:05Z",
    "createdBy": "Ada",
    "createdByType": "Application",
    "lastModifiedAt": "2026-01-03T00:00:00Z",
    "lastModifiedBy": "Bob",
    "lastModifiedByType": "User",
}


def told(kind: Kind, *said: tuple[RecordKind, dict[str, Any]]) -> Any:
    return details.of(kind, [Record(f"{WS}/things/x", one, WS, body) for one, body in said])


def job(
    properties: dict[str, Any], meta: dict[str, Any] | None = None, definition: dict[str, Any] | None = None
) -> Any:
    said = [(RecordKind.JOB, {"properties": properties})]
    if meta is not None:
        said.append((RecordKind.RUN, {"runMetadata": meta, "runDefinition": definition}))
    return told(Kind.JOB, *said)


def test_a_command_job_tells_how_it_was_run() -> None:
    """Command, machines, processes, identity, limits; literal inputs are its parameters."""
    found = job(
        {
            "command": "python train.py --lr ${{inputs.lr}}",
            "resources": {"instanceType": "Standard_NC6", "instanceCount": 4},
            "distribution": {"distributionType": "PyTorch", "processCountPerInstance": 2},
            "identity": {"identityType": "UserIdentity"},
            "limits": {"timeout": "PT2H"},
            "queueSettings": {"jobTier": "Spot"},
            "inputs": {
                "lr": {"jobInputType": "literal", "value": "0.1"},
                "layers": {"jobInputType": "literal", "value": [1, 2]},
                "data": {"jobInputType": "uri_folder", "mode": "Download", "uri": "azureml:raw:1"},
            },
            "outputs": {"model": {"jobOutputType": "mlflow_model", "assetName": "m", "assetVersion": "2"}},
            "services": {"Studio": {"endpoint": "https://ml.azure.com/runs/x?wsid=1"}},
            "properties": {"azureml.git.dirty": "True"},
        }
    )

    assert isinstance(found, JobDetails)
    assert found.command == "python train.py --lr ${{inputs.lr}}"
    assert (found.instance_type, found.instance_count) == ("Standard_NC6", 4)
    assert found.distribution == Distribution("PyTorch", 2)
    assert (found.identity, found.timeout, found.priority) == ("UserIdentity", "PT2H", "Spot")
    assert found.parameters == (Pair("layers", "[1,2]"), Pair("lr", "0.1"))
    assert found.inputs[0] == Port("data", "uri_folder", "Download", "azureml:raw:1")
    assert found.outputs == (Port("model", "mlflow_model", asset="m:2"),)
    assert found.studio == "https://ml.azure.com/runs/x"
    assert found.properties == (Pair("azureml.git.dirty", "True"),)
    assert not found.has_run_history


def test_a_sweep_tells_what_it_looks_for_and_its_trial_what_it_was_given() -> None:
    sweep = job(
        {
            "objective": {"goal": "Maximize", "primaryMetric": "auc"},
            "samplingAlgorithm": {"samplingAlgorithmType": "Random"},
            "limits": {"maxTotalTrials": 20, "maxConcurrentTrials": 4},
            "searchSpace": {"lr": ["uniform", [0.001, 0.1]]},
            "trial": {"command": "python t.py", "resources": {"instanceCount": 2}},
            "properties": {"best_child_run_id": "s_7"},
        }
    )
    trial = job({"tags": {"hyperparameters": '{"--lr": 0.03, "depth": 4}', "other": "{"}})

    space = (Pair("lr", '["uniform",[0.001,0.1]]'),)
    assert sweep.sweep == Sweep("Maximize", "auc", "Random", 20, 4, space, "s_7")
    assert (sweep.command, sweep.instance_count) == ("python t.py", 2)
    assert trial.parameters == (Pair("depth", "4"), Pair("lr", "0.03"))


def test_automl_fine_tuning_and_spark_tell_their_task_and_what_they_run() -> None:
    automl = job({"taskDetails": {"taskType": "Regression", "primaryMetric": "r2", "trainingData": {"uri": "u"}}})
    tuned = job({"fineTuningDetails": {"taskType": "TextClassification", "model": {"uri": "m"}}})
    spark = job({"entry": {"file": "main.py"}, "args": "--month 10"})

    assert automl.task == Task("Regression", "r2", None, None)
    assert automl.inputs == (Port("trainingData", uri="u"),)
    assert tuned.task == Task("TextClassification", None, None, "m")
    assert spark.command == "main.py --month 10"


def test_run_history_tells_what_the_job_itself_does_not() -> None:
    """A child of a pipeline has a body without properties: times, machines, ports and failure come from the run."""
    found = told(
        Kind.JOB,
        (RecordKind.JOB, {"systemData": {"createdByType": "User"}}),
        (
            RecordKind.RUN,
            {
                "runMetadata": {
                    "createdBy": {"userObjectId": "oid", "userName": "Ada"},
                    "lastModifiedUtc": "2026-01-03T00:00:00+00:00",
                    "lastModifiedBy": {"userName": "Bob"},
                    "startTimeUtc": "2026-01-02T03:00:00.1234567+00:00",
                    "endTimeUtc": "2026-01-02T05:00:30.1234567+02:00",
                    "compute": {"instanceCount": 3, "vmSize": "D2"},
                    "inputs": {"a": {"assetId": "id", "type": "UriFolder"}},
                    "parameters": {"alpha": 1},
                    "error": {"error": {"code": "UserError", "message": "no such file"}},
                },
                "runDefinition": {
                    "script": "step.py",
                    "arguments": ["--x", 3, "y"],
                    "outputData": {"o": {"outputLocation": {"uri": {"path": "p"}}, "mechanism": "Mount"}},
                },
            },
        ),
    )

    assert found.authors == Authors(
        created_by_type="User", created_by_id="oid", modified_at="2026-01-03T00:00:00+00:00", modified_by="Bob"
    )
    assert found.seconds == 30.0
    assert (found.instance_type, found.instance_count) == ("D2", 3)
    assert found.command == "step.py --x y"
    assert found.parameters == (Pair("alpha", "1"),)
    assert (found.inputs, found.outputs) == ((Port("a", "UriFolder", uri="id"),), (Port("o", None, "Mount", "p"),))
    assert found.failure == Failure("UserError", "no such file")
    assert found.has_run_history


@pytest.mark.parametrize(
    ("meta", "seconds"),
    [
        ({"duration": "00:02:00.5"}, 120.5),
        ({"duration": "1.01:00:00"}, 90_000.0),
        ({"duration": "soon"}, None),
        ({"startTimeUtc": "2026-01-02T03:00:00Z", "endTimeUtc": "2026-01-02T02:00:00Z"}, None),
        ({"startTimeUtc": "2026-01-02T03:00:00Z"}, None),
        ({"startTimeUtc": "2026-99-02T03:00:00Z", "endTimeUtc": "2026-01-02T02:00:00Z"}, None),
    ],
)
def test_a_duration_is_what_the_clock_says_or_nothing(meta: dict[str, Any], seconds: float | None) -> None:
    assert job({}, meta).seconds == seconds


def test_an_mlflow_run_tells_parameters_and_metrics() -> None:
    """A metric that is no number is not told: no format of an answer can carry it."""
    found = told(
        Kind.JOB,
        (
            RecordKind.MLFLOW_RUN,
            {
                "info": {"start_time": 1000, "end_time": 3500},
                "data": {"params": {"lr": "0.1"}, "metrics": {"auc": 0.9, "n": 3, "bad": float("nan"), "t": "x"}},
            },
        ),
    )

    assert found.parameters == (Pair("lr", "0.1"),)
    assert found.metrics == (("auc", 0.9), ("n", 3.0))
    assert found.seconds == 2.5


def test_assets_tell_where_they_lie_and_who_touched_them() -> None:
    model = told(
        Kind.MODEL_VERSION,
        (
            RecordKind.MODEL_VERSION,
            {
                "properties": {
                    "modelUri": "azureml://jobs/j/outputs/o",
                    "jobName": "j",
                    "isAnonymous": False,
                    "provisioningState": "Succeeded",
                    "originAssetId": "azureml://…",
                    "datasets": [{"name": "training", "id": "azureml:d:1"}, "odd"],
                    "properties": {"b": 1, "a": "x"},
                },
                "systemData": SYSTEM,
            },
        ),
    )
    data = told(Kind.DATA_VERSION, (RecordKind.DATA_VERSION, {"properties": {"dataUri": "u", "referencedUris": ["v"]}}))
    image = told(
        Kind.ENVIRONMENT_VERSION,
        (
            RecordKind.ENVIRONMENT_VERSION,
            {"properties": {"condaFile": "name: x", "environmentType": "Curated", "build": {"contextUri": "c"}}},
        ),
    )

    assert (model.source, model.job, model.origin, model.is_anonymous) == (
        "azureml://jobs/j/outputs/o",
        "j",
        "azureml://…",
        False,
    )
    assert model.authors == Authors(
        created_by_type="Application",
        modified_at="2026-01-03T00:00:00Z",
        modified_by="Bob",
        modified_by_type="User",
    )
    assert model.datasets == (Pair("training", "azureml:d:1"),)
    assert model.properties == (Pair("a", "x"), Pair("b", "1"))
    assert (data.source, data.referenced) == ("u", ("v",))
    assert (image.type, image.conda, image.context, image.dockerfile) == ("Curated", "name: x", "c", None)


def test_an_mlflow_version_tells_its_source_and_run() -> None:
    found = told(
        Kind.MODEL_VERSION, (RecordKind.MLFLOW_MODEL_VERSION, {"source": "runs:/r/m", "run_id": "r", "status": "READY"})
    )

    assert (found.source, found.job, found.provisioning_state) == ("runs:/r/m", "r", "Succeeded")


def test_a_deployment_tells_its_machines_however_it_is_served() -> None:
    """Online by the SKU's capacity, batch by its resources; what is not said stays unsaid."""
    online = told(
        Kind.DEPLOYMENT,
        (
            RecordKind.DEPLOYMENT,
            {
                "sku": {"capacity": 3},
                "properties": {
                    "model": "m",
                    "scaleSettings": {"scaleType": "TargetUtilization", "minInstances": 1, "maxInstances": 5},
                    "dataCollector": {"collections": {"c": {}}},
                    "appInsightsEnabled": True,
                },
            },
        ),
    )
    batch = told(
        Kind.DEPLOYMENT,
        (
            RecordKind.DEPLOYMENT,
            {"properties": {"resources": {"instanceCount": 2}, "model": {"assetId": "a"}, "compute": "/x/computes/c"}},
        ),
    )

    assert (online.instance_count, online.model, online.collects_data, online.app_insights) == (3, "m", True, True)
    assert (online.scale, online.min_instances, online.max_instances) == ("TargetUtilization", 1, 5)
    assert (batch.instance_count, batch.model, batch.compute, batch.collects_data) == (2, "a", "c", None)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_thing_without_records_has_nothing_to_tell(kind: Kind) -> None:
    """Named, never read: everything is None or empty, and a client need not care which kind it is."""
    found = details.of(kind, [])

    assert found.authors == Authors()
    assert [name for name in found.__struct_fields__ if name != "authors" and getattr(found, name)] == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = sorted(
    {
        name
        for path in Path(details.__file__).parent.glob("*.py")
        for name in path.read_text(encoding="utf-8").split('"')[1::2]
        if name.isidentifier()
    }
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.recursive(_JSON, lambda inner: st.dictionaries(st.sampled_from(_NAMES), inner, max_size=6), max_leaves=30))
def test_no_body_makes_any_of_them_raise(body: Any) -> None:
    """Whatever stands under a name that is read: the service's shapes are not trusted."""
    for kind in Kind:
        for record in RecordKind:
            shaped = body if isinstance(body, dict) else {"properties": body, "runMetadata": body, "data": body}
            found = details.of(kind, [Record(f"{WS}/things/x", record, WS, shaped)])
            assert isinstance(found.authors, Authors)
            assert msgspec.json.encode(found)


def test_long_lists_and_texts_are_cut() -> None:
    """One odd thing does not make an answer endless."""
    found = job({"command": "x" * 200_000, "inputs": {f"i{n}": {"value": n} for n in range(1_000)}})

    assert len(found.command) == 100_000
    assert len(found.inputs) == len(found.parameters) == 200
    assert isinstance(told(Kind.DEPLOYMENT, (RecordKind.DEPLOYMENT, {})), DeploymentDetails)
