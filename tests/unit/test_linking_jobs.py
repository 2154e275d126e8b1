"""What the ARM bodies of jobs link to, type by type: where it holds and where not."""

from __future__ import annotations

from tests.linked import LAKE, OTHER, W, child, datastore, edges, job, link, loose, output, place, run

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


def test_a_command_job_names_its_software_and_its_inputs() -> None:
    """Inputs by name; a literal names nothing; models and data are told apart by the input's type."""
    settled = link(
        job(
            "j",
            jobType="Command",
            environmentId="azureml:AzureML-sk:33",
            codeId=f"{ARM}/codes/c/versions/1",
            componentId="azureml:train:2",
            inputs={
                "base": {"uri": "azureml:bert:1", "jobInputType": "mlflow_model"},
                "epochs": {"value": "7", "jobInputType": "literal"},
                "prev": {"uri": "azureml://jobs/j0/outputs/clean/part", "jobInputType": "uri_folder"},
                "train": {"uri": "azureml:titanic:4", "jobInputType": "uri_folder"},
            },
        )
    )
    assert edges(settled) == [
        "jobs/j instanceOf components/train/versions/2 SERVICE_FIELD CONFIRMED",
        "jobs/j ranCode codes/c/versions/1 SERVICE_FIELD CONFIRMED",
        "jobs/j ranIn environments/AzureML-sk/versions/33 SERVICE_FIELD CONFIRMED",
        "jobs/j used(base) models/bert/versions/1 REFERENCE CONFIRMED",
        "jobs/j used(prev) jobs/j0/outputs/clean [part] REFERENCE CONFIRMED",
        "jobs/j used(train) data/titanic/versions/4 REFERENCE CONFIRMED",
        "jobs/j0/outputs/clean wasGeneratedBy jobs/j0 REFERENCE CONFIRMED",
    ]
    assert loose(settled) == []


def test_outputs_belong_to_the_job_and_lie_where_it_says() -> None:
    """`default` is the artifact store; an output without a path has no place; the default place names its run."""
    settled = link(
        job(
            "j",
            outputs={
                "default": output("azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.j"),
                "plain": output(),
                "shop": output(place("shop/clean")),
            },
        )
    )
    assert edges(settled) == [
        "artifacts:ExperimentRun/dcid.j wasGeneratedBy jobs/j/outputs/artifacts SERVICE_FIELD CONFIRMED",
        "datastores/lake/paths/shop/clean wasGeneratedBy jobs/j/outputs/shop SERVICE_FIELD CONFIRMED",
        "jobs/j/outputs/artifacts wasGeneratedBy jobs/j SERVICE_FIELD CONFIRMED",
        "jobs/j/outputs/plain wasGeneratedBy jobs/j SERVICE_FIELD CONFIRMED",
        "jobs/j/outputs/shop wasGeneratedBy jobs/j SERVICE_FIELD CONFIRMED",
    ]


def test_an_output_registered_as_an_asset_leads_from_the_asset_to_the_output() -> None:
    """The type tells data from models; a version left to the service is a loose end."""
    settled = link(
        job(
            "j",
            outputs={
                "a": output(assetName="clean", assetVersion="2"),
                "b": output(assetName="best", assetVersion="3", jobOutputType="custom_model"),
                "c": output(assetName="later"),
            },
        )
    )
    assert edges(settled, relation="wasDerivedFrom") == [
        "data/clean/versions/2 wasDerivedFrom jobs/j/outputs/a SERVICE_FIELD CONFIRMED",
        "models/best/versions/3 wasDerivedFrom jobs/j/outputs/b SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == ["jobs/j properties.outputs.c.assetName NO_VERSION"]


def test_a_template_in_an_outputs_path_is_filled_with_the_run() -> None:
    """By naming only; a gap that the job cannot fill is a loose end."""
    settled = link(job("j", outputs={"o": output("azureml://datastores/lake/paths/runs/${{name}}/${{output_name}}")}))
    assert edges(settled, "datastores/lake/paths/runs/j/o") == [
        "datastores/lake/paths/runs/j/o wasGeneratedBy jobs/j/outputs/o NAMING INFERRED"
    ]
    settled = link(job("j", outputs={"o": output("azureml://datastores/${{default_datastore}}/paths/x/${{name}}")}))
    assert loose(settled) == ["jobs/j properties.outputs.o.uri TEMPLATE"]


def test_a_binding_that_nobody_filled_in_is_told_and_a_pipelines_own_is_not() -> None:
    """`${{parent.…}}` inside a pipeline is wiring, `${{search_space.…}}` a sweep's; `${{inputs.x}}` a command's."""
    settled = link(
        job(
            "j",
            inputs={
                "a": {"value": "${{somewhere.x}}", "jobInputType": "literal"},
                "b": {"value": "${{parent.inputs.x}}", "jobInputType": "literal"},
                "c": {"value": "${{search_space.lr}}", "jobInputType": "literal"},
                "d": {"uri": "azureml://datastores/lake/paths/${{date}}/x"},
            },
            jobs={"s": {"inputs": {"p": {"value": "${{parent.inputs.nothing}}", "job_input_type": "literal"}}}},
        )
    )
    assert loose(settled) == ["jobs/j properties.inputs.a.value TEMPLATE", "jobs/j properties.inputs.d.uri TEMPLATE"]


def test_a_sweep_keeps_its_software_under_trial() -> None:
    """The trial's environment and code are the sweep's."""
    settled = link(
        job(
            "s",
            jobType="Sweep",
            trial={"codeId": f"{ARM}/codes/c/versions/1", "environmentId": f"{ARM}/environments/e/versions/3"},
        )
    )
    assert edges(settled) == [
        "jobs/s ranCode codes/c/versions/1 SERVICE_FIELD CONFIRMED",
        "jobs/s ranIn environments/e/versions/3 SERVICE_FIELD CONFIRMED",
    ]
    assert [edge.evidence.field for edge in settled.links] == [
        "properties.trial.codeId",
        "properties.trial.environmentId",
    ]


def test_automl_and_fine_tuning_keep_their_data_in_details() -> None:
    """An entry without a uri names nothing."""
    settled = link(
        job(
            "a",
            jobType="AutoML",
            taskDetails={"trainingData": {"uri": "azureml:t:1"}, "validationData": {"mode": "x"}, "testData": None},
        ),
        job(
            "f",
            jobType="FineTuning",
            fineTuningDetails={
                "model": {"uri": "azureml://registries/r/models/llama/versions/2", "jobInputType": "mlflow_model"},
                "trainingData": {"uri": "azureml:chat:1", "jobInputType": "uri_file"},
            },
        ),
    )
    assert edges(settled) == [
        "jobs/a used(trainingData) data/t/versions/1 REFERENCE CONFIRMED",
        "jobs/f used(model) r:models/llama/versions/2 REFERENCE CONFIRMED",
        "jobs/f used(trainingData) data/chat/versions/1 REFERENCE CONFIRMED",
    ]


def test_a_job_of_an_unknown_type_is_read_all_the_same() -> None:
    """Tomorrow's job types have inputs too."""
    settled = link(job("j", jobType="Quantum", inputs={"x": {"uri": "azureml:d:1"}}))
    assert edges(settled) == ["jobs/j used(x) data/d/versions/1 REFERENCE CONFIRMED"]


def test_parents_reuse_and_sources_are_read_from_properties() -> None:
    """azureml.pipelinerunid, azureml.reusedrunid, sourceJobId; a pipeline that names itself has no parent."""
    settled = link(
        job(
            "c",
            sourceJobId=f"{ARM}/jobs/older",
            properties={"azureml.pipelinerunid": "p", "azureml.isreused": "true", "azureml.reusedrunid": "c0"},
        ),
        job("p", properties={"azureml.pipelinerunid": "p"}),
    )
    assert edges(settled) == [
        "jobs/c partOf jobs/p RUN_HISTORY CONFIRMED",
        "jobs/c reusedFrom jobs/c0 RUN_HISTORY CONFIRMED",
        "jobs/c reusedFrom jobs/older REFERENCE CONFIRMED",
    ]


def test_a_number_behind_another_runs_id_suggests_a_parent_that_was_read() -> None:
    """By suffix alone: inferred, and only if that parent is known in the same workspace."""
    for trial in ("sweep_1_HD_3", "sweep_1_3"):
        assert edges(link(child(trial), job("sweep_1", jobType="Sweep"))) == [
            f"jobs/{trial} partOf jobs/sweep_1 RUN_HISTORY INFERRED"
        ]
        assert edges(link(child(trial))) == []
        assert edges(link(child(trial), job("sweep_1", scope=W + "2"))) == []


def test_a_parent_that_the_record_tells_beats_the_one_that_the_name_suggests() -> None:
    """Whichever of the two records of the child tells it."""
    settled = link(child("p_3"), run("p_3", parentRunId="q", rootRunId="q"), job("p"), job("q"))
    assert edges(settled) == ["jobs/p_3 partOf jobs/q RUN_HISTORY CONFIRMED"]


def test_a_pipeline_runs_the_components_of_its_steps_and_reads_what_they_name() -> None:
    """Under the step's name; bindings are wiring and no inputs of the pipeline."""
    settled = link(
        job(
            "p",
            jobType="Pipeline",
            inputs={"raw": {"uri": "azureml:raw:1", "jobInputType": "uri_folder"}},
            jobs={
                "score": {
                    "componentId": "azureml://registries/r/components/score/versions/2",
                    "inputs": {
                        "data": {"job_input_type": "literal", "value": "${{parent.inputs.raw}}"},
                        "model": {"job_input_type": "mlflow_model", "uri": "azureml:iris:1"},
                    },
                }
            },
        )
    )
    assert edges(settled) == [
        "jobs/p instanceOf(score) r:components/score/versions/2 SERVICE_FIELD CONFIRMED",
        "jobs/p used(raw) data/raw/versions/1 REFERENCE CONFIRMED",
        "jobs/p used(score.model) models/iris/versions/1 REFERENCE CONFIRMED",
    ]


def test_the_wiring_of_a_pipeline_is_put_onto_the_runs_of_its_steps() -> None:
    """By the step's name, so inferred; an input that the run's own record tells is left to it."""
    pipeline = job(
        "p",
        jobType="Pipeline",
        inputs={"raw": {"uri": "azureml:raw:1"}},
        outputs={"model": output()},
        jobs={
            "prep": {"inputs": {"src": {"value": "${{parent.inputs.raw}}"}}},
            "train": {
                "inputs": {
                    "data": {"value": "${{parent.jobs.prep.outputs.clean}}"},
                    "told": {"value": "${{parent.inputs.raw}}"},
                },
                "outputs": {"folder": {"value": "${{parent.outputs.model}}", "type": "literal"}},
            },
        },
    )
    prep = run("c1", parentRunId="p", displayName="prep")
    train = run("c2", parentRunId="p", displayName="train", inputs={"told": {"assetId": "azureml:other:2"}})
    settled = link(pipeline, prep, train)
    assert edges(settled, "jobs/c1") == [
        "jobs/c1 partOf jobs/p RUN_HISTORY CONFIRMED",
        "jobs/c1 used(src) data/raw/versions/1 NAMING INFERRED",
    ]
    assert edges(settled, "jobs/c2") == [
        "jobs/c2 partOf jobs/p RUN_HISTORY CONFIRMED",
        "jobs/c2 used(data) jobs/c1/outputs/clean NAMING INFERRED",
        "jobs/c2 used(told) data/other/versions/2 RUN_HISTORY CONFIRMED",
    ]
    assert edges(settled, "jobs/p/outputs/model") == [
        "jobs/p/outputs/model wasDerivedFrom jobs/c2/outputs/folder NAMING INFERRED",
        "jobs/p/outputs/model wasGeneratedBy jobs/p SERVICE_FIELD CONFIRMED",
    ]
    assert edges(settled, "jobs/c2/outputs/folder") == ["jobs/c2/outputs/folder wasGeneratedBy jobs/c2 NAMING INFERRED"]
    stranger = run("c3", parentRunId="q", displayName="prep")
    assert edges(link(pipeline, stranger), "jobs/c3") == ["jobs/c3 partOf jobs/q RUN_HISTORY CONFIRMED"]


def test_a_step_that_ran_twice_is_one_of_two() -> None:
    """A retried step has two runs of one name."""
    pipeline = job("p", jobs={"train": {"outputs": {"folder": {"value": "${{parent.outputs.model}}"}}}})
    settled = link(
        pipeline, run("c1", parentRunId="p", displayName="train"), run("c2", parentRunId="p", displayName="train")
    )
    assert edges(settled, "jobs/p/outputs/model") == [
        "jobs/p/outputs/model wasDerivedFrom jobs/c1/outputs/folder NAMING AMBIGUOUS #0",
        "jobs/p/outputs/model wasDerivedFrom jobs/c2/outputs/folder NAMING AMBIGUOUS #1",
    ]


def test_a_pipelines_output_under_a_steps_run_is_that_steps_output() -> None:
    """The path names the run that wrote it; a command job that writes there overwrites it instead."""
    where = place("azureml/c/folder")
    settled = link(job("p", jobType="Pipeline", outputs={"model": output(where)}), run("c"))
    assert edges(settled, "jobs/p/outputs/model") == [
        "jobs/p/outputs/model wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH CONFIRMED",
        "jobs/p/outputs/model wasGeneratedBy jobs/p SERVICE_FIELD CONFIRMED",
    ]
    assert edges(settled, "datastores/lake/paths/azureml/c/folder") == [
        "datastores/lake/paths/azureml/c/folder wasGeneratedBy jobs/c/outputs/folder MATERIALISED_PATH CONFIRMED"
    ]
    settled = link(job("k", jobType="Command", outputs={"o": output(where)}), run("c"))
    assert edges(settled, "datastores/lake/paths/azureml/c/folder") == [
        "datastores/lake/paths/azureml/c/folder wasGeneratedBy jobs/k/outputs/o SERVICE_FIELD CONFIRMED"
    ]


def test_a_job_that_writes_a_whole_store_wrote_no_place() -> None:
    """Too broad to be anybody's output."""
    settled = link(job("j", outputs={"o": output("azureml://datastores/lake")}))
    assert edges(settled) == ["jobs/j/outputs/o wasGeneratedBy jobs/j SERVICE_FIELD CONFIRMED"]
    assert loose(settled) == ["jobs/j properties.outputs.o.uri TOO_BROAD"]


def test_the_owner_of_a_storage_url_is_the_workspace_of_its_datastore() -> None:
    """A bare URL names a run but no workspace; a datastore that was read tells it."""
    url = "https://lakeaccount.blob.core.windows.net/azureml/ExperimentRun/dcid.j0/x"
    reader = job("j", inputs={"x": {"uri": url}})
    known = link(reader, datastore("workspaceartifactstore", "azureml"))
    assert "jobs/j used(x) jobs/j0/outputs/artifacts [x] MATERIALISED_PATH INFERRED" in edges(known)
    alone = link(reader)
    assert loose(alone) == ["jobs/j properties.inputs.x.uri NO_WRITER"]
    met = link(reader, job("j0"))
    assert "jobs/j used(x) jobs/j0/outputs/artifacts [x] MATERIALISED_PATH INFERRED" in edges(met)
    assert f"{url} wasGeneratedBy jobs/j0/outputs/artifacts [x] MATERIALISED_PATH INFERRED" in edges(met)


def test_a_container_that_two_workspaces_share_belongs_to_neither() -> None:
    """Then the run is looked for by its id, and several are one of."""
    url = "https://lakeaccount.blob.core.windows.net/azureml/ExperimentRun/dcid.j0/x"
    stores = [datastore("workspaceartifactstore", "azureml", scope=scope) for scope in (W, OTHER)]
    reader = job("j", inputs={"x": {"uri": url}})
    assert loose(link(reader, *stores)) == ["jobs/j properties.inputs.x.uri NO_WRITER"]
    assert edges(link(reader, *stores, job("j0"), job("j0", scope=OTHER)), "jobs/j", "used")[1:] == [
        "jobs/j used(x) jobs/j0/outputs/artifacts [x] MATERIALISED_PATH AMBIGUOUS #1",
        "jobs/j used(x) other:jobs/j0/outputs/artifacts [x] MATERIALISED_PATH AMBIGUOUS #0",
    ]


def test_an_input_uploaded_at_submission_ends_there() -> None:
    """No job made it, and the remedy is to register it."""
    settled = link(job("j", inputs={"x": {"uri": f"{LAKE}/LocalUpload/abc/train"}}))
    assert loose(settled) == ["jobs/j properties.inputs.x.uri LOCAL_UPLOAD"]
    assert "register it as a data asset" in settled.loose[0].remedy


def test_two_records_of_one_job_make_one_statement() -> None:
    """The ARM body and run history both say it; the better evidence stays."""
    settled = link(
        job("j", environmentId="azureml://registries/r/environments/e/versions/1", outputs={"o": output()}),
        run(
            "j",
            {"environment": {"assetId": "azureml://registries/r/environments/e/versions/1"}, "outputData": {"o": {}}},
        ),
    )
    assert edges(settled) == [
        "jobs/j ranIn r:environments/e/versions/1 SERVICE_FIELD CONFIRMED",
        "jobs/j/outputs/o wasGeneratedBy jobs/j SERVICE_FIELD CONFIRMED",
    ]


def test_an_output_that_the_steps_own_record_lists_is_said_once() -> None:
    """The wiring adds nothing to what run history says itself."""
    pipeline = job("p", jobs={"train": {"outputs": {"folder": {"value": "${{parent.outputs.model}}"}}}})
    step = run("c", {"outputData": {"folder": {}}}, parentRunId="p", displayName="train")
    assert edges(link(pipeline, step), "jobs/c/outputs/folder") == [
        "jobs/c/outputs/folder wasGeneratedBy jobs/c RUN_HISTORY CONFIRMED"
    ]


def test_a_binding_of_a_step_that_is_no_wiring_is_told() -> None:
    """Only `${{parent.…}}` is a pipeline's own."""
    pipeline = job("p", jobs={"s": {"inputs": {"x": {"value": "${{elsewhere.x}}", "job_input_type": "literal"}}}})
    assert loose(link(pipeline)) == ["jobs/p properties.jobs.s.inputs.x.value TEMPLATE"]


def test_a_port_with_a_name_that_cannot_be_shown_is_one_output() -> None:
    """Spelled the same wherever the name comes from."""
    odd = "a\u0007b"
    pipeline = job("p", jobs={"train": {"outputs": {odd: {"value": "${{parent.outputs.model}}"}}}})
    step = run("c", {"outputData": {odd: {}}}, parentRunId="p", displayName="train")
    settled = link(pipeline, step)
    assert edges(settled, "jobs/p/outputs/model") == [
        "jobs/p/outputs/model wasDerivedFrom jobs/c/outputs/a%07b NAMING INFERRED"
    ]
    assert edges(settled, "jobs/c/outputs/a%07b") == [
        "jobs/c/outputs/a%07b wasGeneratedBy jobs/c RUN_HISTORY CONFIRMED"
    ]
