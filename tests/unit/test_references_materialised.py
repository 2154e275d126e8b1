"""What a place says about the run that wrote it, and what an automatic name says."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.references import content_hash, implicit_asset, is_local_upload, materialised, parse

HERE = ids.workspace("s", "g", "w")
LONG = "azureml://subscriptions/S/resourceGroups/G/workspaces/W/datastores"
BLOB = "https://acct.blob.core.windows.net"
CHILD = "f9d009a0-1830-43b0-984c-1b9829ebd6b5"


def place(text: str) -> ids.Target:
    target = parse(text).resolve(HERE)
    assert target is not None
    return target


@pytest.mark.parametrize(
    ("text", "run", "output", "path", "pattern"),
    [
        (f"{LONG}/workspaceartifactstore/paths/ExperimentRun/dcid.R/model", "R", "artifacts", "model", 1),
        (f"{LONG}/workspaceartifactstore/paths/ExperimentRun/dcid.R/a//b/", "R", "artifacts", "a//b", 1),
        ("azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.R", "R", "artifacts", "", 1),
        ("aml://artifactId/ExperimentRun/dcid.R/p", "R", "artifacts", "p", 1),
        ("ExperimentRun/dcid.R/logs/x.txt?sig=1", "R", "artifacts", "logs/x.txt", 1),
        (f"{BLOB}/azureml/ExperimentRun/dcid.R/logs/x.txt?sig=1", "R", "artifacts", "logs/x.txt", 3),
        ("wasbs://azureml@acct.blob.core.windows.net/ExperimentRun/dcid.R", "R", "artifacts", "", 3),
        (f"{LONG}/workspaceblobstore/paths/azureml/{CHILD}/mlflow_model_folder/", CHILD, "mlflow_model_folder", "", 4),
        (f"{LONG}/anystore/paths/azureml/R/out/a/b.csv", "R", "out", "a/b.csv", 4),
        (f"{BLOB}/azureml-blobstore-1234/azureml/R/out/a", "R", "out", "a", 4),
        (f"{LONG}/workspaceblobstore/paths/dataset/R/out/", "R", "out", "", 5),
        (f"{BLOB}/cont/dataset/R/out/x", "R", "out", "x", 5),
        (f"{LONG}/workspaceblobstore/paths/azureml/ExperimentRun/dcid.R/outputs/m", "R", "artifacts", "outputs/m", 6),
        (f"{BLOB}/cont/azureml/ExperimentRun/dcid.R/outputs/m", "R", "artifacts", "outputs/m", 6),
        (f"{LONG}/d/paths/promptflow/PromptFlowArtifacts/R/flow_outputs", "R", "flow_outputs", "", 8),
        (f"{LONG}/d/paths/promptflow/PromptFlowArtifacts/R/flow_artifacts/x", "R", "debug_info", "x", 8),
        (
            f"{BLOB}/c/promptflow/PromptFlowArtifacts/R/flow_outputs/output.jsonl",
            "R",
            "flow_outputs",
            "output.jsonl",
            8,
        ),
        (f"{BLOB}/contosomlr-02c48c36/ExperimentRun/dcid.801ecf9a/model", "801ecf9a", "artifacts", "model", 13),
    ],
)
def test_a_place_names_the_run_that_wrote_it(text, run, output, path, pattern):
    found = materialised(place(text))

    assert found is not None
    assert (found.run, found.output, found.path, found.pattern) == (run, output, path, pattern)


def test_a_datastore_knows_its_workspace_and_a_blob_does_not():
    in_store = materialised(place(f"{LONG}/d/paths/azureml/R/out"))
    in_other = materialised(place("azureml://workspaces/GUID/datastores/d/paths/azureml/R/out"))
    in_blob = materialised(place(f"{BLOB}/c/azureml/R/out"))

    assert in_store is not None
    assert in_store.scope == ids.workspace("S", "G", "W")
    assert in_other is not None
    assert in_other.scope == ids.located("", "GUID")
    assert in_blob is not None
    assert in_blob.scope is None


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG}/workspaceblobstore/paths/data/titanic.csv",
        f"{LONG}/workspaceblobstore/paths/azureml/R",  # a run's folder, but whose output?
        f"{LONG}/workspaceblobstore/paths/azureml/",
        f"{LONG}/workspaceblobstore/paths/azureml//out",
        f"{LONG}/workspaceblobstore/paths/azureml/LocalUpload/x",
        f"{LONG}/workspaceblobstore/paths/azureml/ExperimentRun/x/y",
        f"{LONG}/workspaceartifactstore/paths/ExperimentRun/dcid./x",
        f"{LONG}/workspaceartifactstore/paths/ExperimentRun/other/x",
        f"{LONG}/workspaceblobstore/paths/4a3a07c8-73cb-4ea8-91f2-8278b86a0f16/card/",  # only a template tells
        f"{LONG}/workspaceblobstore/paths/promptflow/PromptFlowArtifacts/R",
        f"{LONG}/workspaceblobstore/paths/LocalUpload/75da6dddd4a47a30707c8c4fc737f5b9/x",
        f"{LONG}/workspaceblobstore",
        BLOB,
        f"{BLOB}/azureml",
        "azureml://jobs/R/outputs/O/paths/p",
        "azureml:m:1",
    ],
)
def test_other_places_name_no_run(text):
    target = parse(text).resolve(HERE, "models")

    assert target is not None
    assert materialised(target) is None


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (
            f"{LONG}/d/paths/LocalUpload/9ed9a7b32dd145511708af75d8b568f6/mlflow-model",
            "9ed9a7b32dd145511708af75d8b568f6",
        ),
        (f"{BLOB}/reg-6bff3d61/LocalUpload/{'ab' * 32}/m", "ab" * 32),
        (f"{LONG}/d/paths/ServiceReplicated/ba4636e9/LocalUpload/{'0' * 32}/m", "0" * 32),
        (f"{LONG}/d/paths/az-ml-artifacts/{'1' * 32}/m", "1" * 32),
        (f"{LONG}/d/paths/LocalUpload/220526T152844-ec7e8a19/model", ""),  # an instant, not a hash of the bytes
        (f"{BLOB}/azureml/LocalUpload/c37eefc7/tmp.py", ""),
    ],
)
def test_a_local_upload_has_no_run_but_may_tell_its_bytes(text, digest):
    target = place(text)

    assert is_local_upload(target)
    assert content_hash(target) == digest
    assert materialised(target) is None


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG}/d/paths/data/LocalUpload/9ed9a7b32dd145511708af75d8b568f6/x",
        f"{LONG}/d/paths/azureml/R/out",
        f"{LONG}/d/paths/LocalUpload",
        f"{BLOB}/c/p",
        "azureml://jobs/R/outputs/O",
    ],
)
def test_other_places_are_no_local_upload(text):
    target = place(text)

    assert not is_local_upload(target)
    assert content_hash(target) == ""


@pytest.mark.parametrize(
    ("collection", "name", "readings"),
    [
        ("data", f"azureml_{CHILD}_output_data_component_out_path_1", [(CHILD, "component_out_path_1")]),
        ("models", "azureml_yellow_nail_h3t6w6r57k_output_model", [("yellow_nail_h3t6w6r57k", "model")]),
        (
            "models",
            "azureml_plucky_shelf_lgrt16cy1f_40_output_mlflow_log_model_261482756",
            [("plucky_shelf_lgrt16cy1f_40", "mlflow_log_model_261482756")],
        ),
        ("models", "azureml_j_output_data_x", [("j", "data_x")]),  # in a model's name, data_ is the output's
        ("data", "azureml_j_output_x", [("j", "x")]),
        ("data", "azureml_a_output_b_output_data_c", [("a", "b_output_data_c"), ("a_output_b", "c")]),
        (
            "data",
            "azureml_a_output_yellow_output_data_c",
            [("a", "yellow_output_data_c"), ("a_output_yellow", "c")],
        ),
        ("models", f"azureml_{CHILD}_output_a_output_b", [(CHILD, "a_output_b"), (f"{CHILD}_output_a", "b")]),
        ("models", "azureml_x_output_yellow_nail_h3t6w6r57k_output_m", None),
        ("models", "credit", []),
        ("models", "azureml_no_such_thing", []),
        ("models", "azureml_output_x", []),
        ("models", "azureml_j_output_", []),
        ("environments", "azureml_j_output_x", []),
    ],
)
def test_an_automatic_name_is_read_in_every_way_best_first(collection, name, readings):
    target = parse(f"azureml://{collection}/{name}/versions/1").resolve(HERE)
    assert target is not None
    found = implicit_asset(target)

    if readings is None:
        assert set(found) == {("x", "yellow_nail_h3t6w6r57k_output_m"), ("x_output_yellow_nail_h3t6w6r57k", "m")}
    else:
        assert list(found) == readings


def test_a_run_of_the_service_is_the_better_reading():
    target = parse(f"azureml://models/azureml_a_b_{'0' * 10}_output_c_output_d/versions/1").resolve(HERE)
    assert target is not None

    assert implicit_asset(target)[0] == ("a_b_0000000000", "c_output_d")


def test_the_place_and_the_output_stay_two_things():
    """A reused step's artifacts lie under another run: the place is never merged with the output that was asked for."""
    asked = place("azureml://jobs/c67b1b77/outputs/default/model")
    stored = place(f"{LONG}/workspaceartifactstore/paths/ExperimentRun/dcid.8cd07442/model")

    assert asked.kind is ids.Kind.JOB_OUTPUT
    assert stored.kind is ids.Kind.LOCATION
    found = materialised(stored)
    assert found is not None
    assert found.run == "8cd07442"
