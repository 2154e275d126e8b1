"""Sweeps, AutoML, fine-tuning, parallel steps, imports and schedules: what their bodies link to."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.graph import Relation
from lineage.records import Record, RecordKind
from tests.linked import OTHER, REGISTRY, W, arm, edges, job, link, loose, output, record, run


def schedule(**definition: Any) -> Record:
    action = {"actionType": "CreateJob", "jobDefinition": {"jobType": "Command", **definition}}
    return record(f"{W}/schedules/nightly", RecordKind.OTHER, arm({"action": action}))


def test_a_sweeps_output_is_that_of_its_best_trial() -> None:
    """Both records of the sweep say which trial it is; one edge, and what is the sweep's own stays its own."""
    best = {"best_child_run_id": "s_7"}
    sweep = job("s", jobType="Sweep", properties=best, outputs={"model": output(), "default": output()})
    settled = link(sweep, run("s", properties=best), run("s_7", parentRunId="s"))

    assert edges(settled, "jobs/s/outputs/model") == [
        "jobs/s/outputs/model wasDerivedFrom jobs/s_7/outputs/model RUN_HISTORY INFERRED",
        "jobs/s/outputs/model wasGeneratedBy jobs/s SERVICE_FIELD CONFIRMED",
    ]
    assert edges(settled, "jobs/s/outputs/artifacts") == [
        "jobs/s/outputs/artifacts wasGeneratedBy jobs/s SERVICE_FIELD CONFIRMED"
    ]
    assert "jobs/s_7/outputs/model wasGeneratedBy jobs/s_7 RUN_HISTORY INFERRED" in edges(settled)
    assert edges(settled, "jobs/s_7", "partOf") == ["jobs/s_7 partOf jobs/s RUN_HISTORY CONFIRMED"]


def test_an_automl_jobs_output_lies_in_the_artifacts_of_its_best_child() -> None:
    """It is a tag here, and the child knows no output of that name."""
    automl = job(
        "a",
        jobType="AutoML",
        tags={"automl_best_child_run_id": "a_3"},
        outputs={"best_model": output()},
        taskDetails={"trainingData": {"uri": "azureml:sales:1", "jobInputType": "mltable"}, "targetColumnName": "y"},
    )

    assert edges(link(automl)) == [
        "jobs/a used(trainingData) data/sales/versions/1 REFERENCE CONFIRMED",
        "jobs/a/outputs/best_model wasDerivedFrom jobs/a_3/outputs/artifacts RUN_HISTORY INFERRED",
        "jobs/a/outputs/best_model wasGeneratedBy jobs/a SERVICE_FIELD CONFIRMED",
        "jobs/a_3/outputs/artifacts wasGeneratedBy jobs/a_3 RUN_HISTORY INFERRED",
    ]


def test_a_job_is_not_its_own_best_trial() -> None:
    sweep = job("s", jobType="Sweep", properties={"best_child_run_id": "s"}, outputs={"model": output()})

    assert edges(link(sweep)) == ["jobs/s/outputs/model wasGeneratedBy jobs/s SERVICE_FIELD CONFIRMED"]


def test_a_fine_tuning_job_used_its_base_model_and_its_data() -> None:
    """And what it registered is derived from its output, so the base model is upstream of it."""
    tuned = job(
        "f",
        jobType="FineTuning",
        fineTuningDetails={
            "model": {"uri": f"{REGISTRY}/models/base/versions/2"},
            "trainingData": {"uri": "azureml:train:1", "jobInputType": "uri_file"},
            "validationData": {"uri": "azureml:test:1", "jobInputType": "uri_file"},
            "modelProvider": "Custom",
        },
        outputs={"registered_model": output(assetName="tuned", assetVersion="4", jobOutputType="mlflow_model")},
    )

    assert edges(link(tuned)) == [
        "jobs/f used(model) r:models/base/versions/2 REFERENCE CONFIRMED",
        "jobs/f used(trainingData) data/train/versions/1 REFERENCE CONFIRMED",
        "jobs/f used(validationData) data/test/versions/1 REFERENCE CONFIRMED",
        "jobs/f/outputs/registered_model wasGeneratedBy jobs/f SERVICE_FIELD CONFIRMED",
        "models/tuned/versions/4 wasDerivedFrom jobs/f/outputs/registered_model SERVICE_FIELD CONFIRMED",
    ]


def test_a_base_model_by_its_short_name_is_a_model() -> None:
    """Its body says no type of input; the field's name says what it is."""
    tuned = job("f", jobType="FineTuning", fineTuningDetails={"model": {"uri": "azureml:base:2"}})

    assert edges(link(tuned)) == ["jobs/f used(model) models/base/versions/2 REFERENCE CONFIRMED"]


def test_a_parallel_step_tells_what_it_runs_in_its_task() -> None:
    steps = {
        "score": {
            "type": "parallel",
            "task": {"environment": "azureml:e:1", "code": "azureml:c:1", "entry_script": "score.py"},
        },
        "local": {"type": "parallel", "task": {"code": "./src"}},
    }
    settled = link(job("p", jobType="Pipeline", jobs=steps))

    assert edges(settled) == [
        "jobs/p ranCode(score) codes/c/versions/1 SERVICE_FIELD CONFIRMED",
        "jobs/p ranIn(score) environments/e/versions/1 SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == []


def test_an_import_writes_where_its_template_says() -> None:
    """`${{name}}` is the run; the place is known by that habit alone."""
    uri = "azureml://datastores/lake/paths/importjob/${{name}}/output_dir/"
    (edge,) = edges(link(job("i", outputs={"sink": output(uri)})), "datastores/lake/paths/importjob/i/output_dir")

    assert edge.endswith("wasGeneratedBy jobs/i/outputs/sink NAMING INFERRED")


INVOKED = {"azureml.endpointname": "night", "runSource": "BatchDeployment"}


@pytest.mark.parametrize(
    ("properties", "used"),
    [
        (INVOKED | {"azureml.deploymentname": "main"}, ["batchEndpoints/night/deployments/main"]),
        (INVOKED, ["batchEndpoints/night"]),
        (
            {"azureml.endpointname": "night", "azureml.runLineageType": "batchDeployment"},
            ["batchEndpoints/night"],
        ),
        ({"azureml.endpointname": "night", "azureml.deploymentname": "main", "runSource": "MFE"}, []),
        (INVOKED | {"azureml.endpointname": "a/b"}, []),
    ],
)
def test_the_run_of_a_batch_deployment_used_it(properties: dict[str, str], used: list[str]) -> None:
    """In either of its records; what is wrong with a model is wrong with what was scored by it."""
    for settled, field in (
        (link(job("scored", properties=properties)), "properties.properties"),
        (link(run("scored", properties=properties)), "runMetadata.properties"),
    ):
        assert edges(settled, relation=Relation.USED) == [
            f"jobs/scored used {place} RUN_HISTORY CONFIRMED" for place in used
        ]
        fields = [link.evidence.field for link in settled.links if link.relation is Relation.USED]
        named = "azureml.deploymentname" if used and "/deployments/" in used[0] else "azureml.endpointname"
        assert fields == [f"{field}.{named}"] * len(used)


def test_a_schedule_will_use_what_its_job_names() -> None:
    """Who asks what a dataset reaches is told of the schedules too."""
    settled = link(
        schedule(
            environmentId="azureml:e:1",
            componentId="azureml:step:3",
            inputs={"data": {"uri": "azureml:sales:1", "jobInputType": "uri_folder"}, "n": {"value": "3"}},
        )
    )

    assert edges(settled) == [
        "schedules/nightly instanceOf components/step/versions/3 SERVICE_FIELD CONFIRMED",
        "schedules/nightly ranIn environments/e/versions/1 SERVICE_FIELD CONFIRMED",
        "schedules/nightly used(data) data/sales/versions/1 REFERENCE CONFIRMED",
    ]


def test_a_scheduled_pipeline_names_the_components_of_its_steps() -> None:
    steps = {"prep": {"componentId": "azureml:prep:1"}, "fit": {"componentId": "azureml:fit:2"}}

    assert edges(link(schedule(jobType="Pipeline", jobs=steps)), relation=Relation.INSTANCE_OF) == [
        "schedules/nightly instanceOf(fit) components/fit/versions/2 SERVICE_FIELD CONFIRMED",
        "schedules/nightly instanceOf(prep) components/prep/versions/1 SERVICE_FIELD CONFIRMED",
    ]


def test_a_run_tells_the_schedule_that_started_it() -> None:
    assert edges(link(run("j", scheduleId="nightly")), "jobs/j") == [
        "jobs/j partOf schedules/nightly RUN_HISTORY INFERRED"
    ]
    assert edges(link(run("j", scheduleId=None))) == []


def test_a_feature_set_leads_to_its_specification_and_its_entities() -> None:
    body = arm(
        {
            "specification": {"path": "azureml://datastores/lake/paths/features/spec"},
            "entities": [f"{OTHER}/featurestoreEntities/account/versions/1", "${{x}}", 7],
        }
    )
    settled = link(record(f"{W}/featuresets/f/versions/1", RecordKind.OTHER, body))

    assert edges(settled, "featuresets/f/versions/1") == [
        "featuresets/f/versions/1 wasDerivedFrom datastores/lake/paths/features/spec SERVICE_FIELD CONFIRMED",
        "featuresets/f/versions/1 wasDerivedFrom other:featurestoreEntities/account/versions/1 REFERENCE CONFIRMED",
    ]
