"""What a body names, and what it only seems to name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import ids
from lineage.records import Record, RecordKind
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored, mentions

WS = ids.workspace("s", "g", "w")
OTHER = ids.workspace("s2", "g2", "w2")
REGISTRY = ids.registry("r")
LOCATED = ids.located("westeurope", "guid-1")
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
ARM2 = "/subscriptions/S2/resourcegroups/g2/providers/Microsoft.MachineLearningServices/workspaces/w2"


def named(kind, body, scope=WS):
    record = Record("subject", kind, scope.text, body)
    return list(mentions(record, scope))


def properties(**fields):
    return {"id": "self", "properties": fields}


def stores(name="workspaceblobstore", scope=WS):
    return Datastore(scope, name)


CASES = [
    ("a model's declared job", RecordKind.MODEL_VERSION, properties(jobName="lemon"), [Job(WS, "lemon")]),
    ("no job", RecordKind.MODEL_VERSION, properties(jobName=None, modelUri=None), []),
    (
        "the physical run in a model's path",
        RecordKind.MODEL_VERSION,
        properties(modelUri=f"azureml:/{ARM}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.r1/model"),
        [Datastore(WS, "workspaceartifactstore"), Job(WS, "r1")],
    ),
    (
        "a named output's path, in another workspace",
        RecordKind.MODEL_VERSION,
        properties(modelUri=f"azureml:/{ARM2}/datastores/workspaceblobstore/paths/azureml/r1/out/"),
        [stores(scope=OTHER), Job(OTHER, "r1")],
    ),
    (
        "a run's artifacts by their blob address",
        RecordKind.MODEL_VERSION,
        properties(modelUri="https://acct.blob.core.windows.net/azureml/ExperimentRun/dcid.r1/model"),
        [Stored("https://acct.blob.core.windows.net/azureml", "r1")],
    ),
    (
        "an upload names no job",
        RecordKind.MODEL_VERSION,
        properties(modelUri="azureml://datastores/workspaceblobstore/paths/LocalUpload/" + "0" * 32 + "/m"),
        [stores()],
    ),
    (
        "a data set of a model",
        RecordKind.MODEL_VERSION,
        properties(datasets=[{"name": "n", "id": f"{ARM}/data/d/versions/1"}]),
        [Asset(WS, "data", "d", "1")],
    ),
    (
        "inputs of a job, short, long, literal and template",
        RecordKind.JOB,
        properties(
            inputs={
                "a": {"jobInputType": "uri_folder", "uri": "azureml:d:1"},
                "b": {"jobInputType": "mlflow_model", "uri": "azureml:m:2"},
                "c": {"jobInputType": "uri_file", "uri": f"azureml:{ARM2}/data/x/versions/7"},
                "d": {"jobInputType": "literal", "value": "0.3"},
                "e": {"job_input_type": "literal", "value": "${{parent.inputs.x}}"},
                "f": {"jobInputType": "uri_folder", "uri": "azureml://jobs/j2/outputs/o/paths/p"},
                "g": {"jobInputType": "uri_folder", "uri": "azureml:d@latest"},
            }
        ),
        [
            Asset(WS, "data", "d", "1"),
            Asset(WS, "models", "m", "2"),
            Asset(OTHER, "data", "x", "7"),
            Job(WS, "j2"),
            Asset(WS, "data", "d", ""),
        ],
    ),
    (
        "what a job ran",
        RecordKind.JOB,
        properties(
            environmentId="azureml:AzureML-sklearn:33",
            codeId=f"{ARM}/codes/c/versions/1",
            componentId="azureml://registries/R/components/k/versions/2",
            computeId=f"{ARM}/computes/cpu",
        ),
        [
            Asset(WS, "codes", "c", "1"),
            Asset(REGISTRY, "components", "k", "2"),
            Asset(WS, "environments", "AzureML-sklearn", "33"),
        ],
    ),
    (
        "an output registered by the job",
        RecordKind.JOB,
        properties(
            outputs={
                "o": {"jobOutputType": "uri_folder", "assetName": "d", "assetVersion": "2", "uri": None},
                "p": {"jobOutputType": "custom_model", "assetName": "m", "assetVersion": "1", "uri": None},
                "q": {"jobOutputType": "uri_folder", "assetName": "n", "assetVersion": None},
            }
        ),
        [Asset(WS, "data", "d", "2"), Asset(WS, "models", "m", "1")],
    ),
    (
        "data of an AutoML job",
        RecordKind.JOB,
        properties(taskDetails={"trainingData": {"uri": "azureml:d:1", "jobInputType": "mltable"}}),
        [Asset(WS, "data", "d", "1")],
    ),
    (
        "a sweep's trial",
        RecordKind.JOB,
        properties(trial={"codeId": f"{ARM}/codes/c/versions/1", "environmentId": f"{ARM}/environments/e/versions/2"}),
        [Asset(WS, "codes", "c", "1"), Asset(WS, "environments", "e", "2")],
    ),
    (
        "a step of a pipeline",
        RecordKind.JOB,
        properties(jobs={"train": {"componentId": f"{ARM}/components/k/versions/1"}}),
        [Asset(WS, "components", "k", "1")],
    ),
    (
        "parents, the run that was reused, and its container",
        RecordKind.RUN,
        {
            "runMetadata": {
                "runId": "r2",
                "parentRunId": "p",
                "rootRunId": "root",
                "dataContainerId": "dcid.r1",
                "properties": {"azureml.reusedrunid": "r1", "azureml.reusedpipelinerunid": "p1"},
            }
        },
        [Job(WS, "r1"), Job(WS, "p"), Job(WS, "p1"), Job(WS, "r1"), Job(WS, "root")],
    ),
    (
        "an asset that the service named after a run: a guess at every reading",
        RecordKind.RUN,
        {"runMetadata": {"outputs": {"o": {"assetId": f"{LOCATED.text}/data/azureml_r1_output_data_o/versions/1"}}}},
        [Asset(LOCATED, "data", "azureml_r1_output_data_o", "1"), Job(LOCATED, "r1", guess=True)],
    ),
    (
        "a run's environment, and a place that is a template",
        RecordKind.RUN,
        {
            "runDefinition": {
                "environment": {"assetId": "azureml://registries/azureml/environments/e/versions/1"},
                "outputData": {"o": {"uri": {"path": "azureml://datastores/d/paths/azureml/${{name}}/o/"}}},
            }
        },
        [Asset(ids.registry("azureml"), "environments", "e", "1")],
    ),
    (
        "a deployment",
        RecordKind.DEPLOYMENT,
        properties(
            model="azureml:m:3",
            environmentId=f"{ARM}/environments/e/versions/1",
            codeConfiguration={"codeId": f"{ARM}/codes/c/versions/1", "scoringScript": "score.py"},
        ),
        [Asset(WS, "codes", "c", "1"), Asset(WS, "environments", "e", "1"), Asset(WS, "models", "m", "3")],
    ),
    (
        "a batch deployment",
        RecordKind.DEPLOYMENT,
        properties(model={"referenceType": "Id", "assetId": "azureml://registries/R/models/m/versions/1"}),
        [Asset(REGISTRY, "models", "m", "1")],
    ),
    (
        "noise: links of a service, tags, broken and unknown text",
        RecordKind.JOB,
        properties(
            services={"Tracking": {"endpoint": f"azureml://h/mlflow/v1.0{ARM}/jobs/x"}},
            tags={"note": "azureml:not-data:1"},
            command="python a.py azureml:not-data:1",
            description="see azureml:d:1",
            a="azureml://jobs//outputs/",
            b="https://github.com/o/r",
            c="/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv",
            d=[1, None, True, {"e": []}],
            jobName={"not": "a name"},
            parentRunId="",
        ),
        [],
    ),
]


@pytest.mark.parametrize(("kind", "body", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_body_names_is_read_next(kind, body, wanted):
    """Reading too little would cut a lineage short; the order is that of the fields' names."""
    assert sorted(named(kind, body), key=str) == sorted(wanted, key=str)


def test_the_order_of_fields_does_not_matter():
    """A recording has them sorted, the service does not."""
    body = properties(environmentId="azureml:e:1", codeId=f"{ARM}/codes/c/versions/1", jobName="j")
    turned = {"properties": dict(reversed(body["properties"].items())), "id": "self"}

    assert named(RecordKind.JOB, body) == named(RecordKind.JOB, turned)


def test_a_registry_model_names_the_job_of_the_workspace_it_came_from():
    """`jobName` is kept when a model is shared; in the registry itself there are no jobs."""
    origin = f"{LOCATED.text}/models/m/versions/1"
    shared = properties(jobName="j", originAssetId=origin, modelUri="https://a.blob.core.windows.net/r-guid/x")

    assert set(named(RecordKind.MODEL_VERSION, shared, REGISTRY)) == {
        Job(LOCATED, "j"),
        Asset(LOCATED, "models", "m", "1"),
    }
    assert named(RecordKind.MODEL_VERSION, properties(jobName="j"), REGISTRY) == []


FIELDS = [
    "properties",
    "uri",
    "jobName",
    "assetName",
    "assetVersion",
    "originAssetId",
    "type",
    "environmentId",
    "model",
]
TEXTS = [
    "",
    "custom_model",
    "azureml:m:1",
    "azureml:m@latest",
    "azureml://",
    "azureml://jobs//",
    f"{ARM}/data/d/versions/1",
    "azureml://datastores/d/paths/azureml/r/o/x",
    "https://a.blob.core.windows.net/azureml/ExperimentRun/dcid.r/x",
    "runs:/r/model",
    "models:/m/1",
    "azureml://registries/r/models/m/labels/latest",
    "azureml://locations/l/workspaces/g/data/azureml_r_output_data_o/versions/1",
]
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(TEXTS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), BODIES, max_size=4), st.sampled_from(RecordKind))
def test_no_body_stops_a_crawl(body, kind):
    """Whatever a body holds, it names something or nothing."""
    for scope in (WS, REGISTRY):
        for mention in named(kind, body, scope):
            assert isinstance(mention, Job | Asset | Datastore | Stored)
