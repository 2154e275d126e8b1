"""What the emulator stores for a registered path is what the real service was seen to store."""

from __future__ import annotations

import pytest

from tests.emulator.contoso import Contoso
from tests.emulator.estate import Estate, Workspace
from tests.emulator.forms import FORMS, Form
from tests.emulator.register import materialise

assert FORMS, "an empty table would pass every test below"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.model)
def test_a_registered_path_is_stored_as_the_place_it_resolves_to(story: Contoso, form: Form) -> None:
    """The given path is gone; the place and the job named in the path stay."""
    model = story.models[form.model]

    assert model.given == form.given
    assert model.uri == form.stored
    assert model.job_name == form.job


def test_a_registry_copy_keeps_the_job_and_the_tail_of_the_path(story: Contoso) -> None:
    copy = story.models["registry credit-scoring:5"]

    assert copy.job_name == "calm_pepper_q1w8z5n3rt"
    assert copy.uri.startswith("https://contoa0f1515c48a55fc.blob.core.windows.net/contoso-models-a0f1515c")
    assert copy.uri.endswith("/azureml/d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4/fitted/")
    assert copy.origin == f"azureml://locations/westeurope/workspaces/{story.dev.guid}/models/credit-scoring/versions/5"


def test_every_model_of_the_development_workspace_is_told_or_left_out_on_purpose(story: Contoso) -> None:
    """A registration added to the story needs its row in the table."""
    told = {form.model for form in FORMS}
    kept = {f"{model.name}:{model.version}" for model in story.dev.versions("models") if model.listed}

    assert kept - told == {
        "partner-scorer:1",
        "complaint-triage:1",
        "legacy-scorecard:2",
        "fraud-explainer:1",
        "fraud-explainer:2",
    }
    assert told <= kept


@pytest.fixture
def seen() -> Workspace:
    """Jobs by the ids of public recordings, with what is known of each."""
    workspace = Estate().workspace("w", group="g", subscription="s")
    workspace.command_job("801ecf9a-e52a-4129-b19f-3abed69a2383")
    workspace.command_job("lemon_net_2wttv098sl")
    first = workspace.pipeline("first", "pipeline")
    original = first.child("8cd07442-fb95-489a-93c0-cc5a41c68c94", "train", outputs={})
    second = workspace.pipeline("second", "pipeline")
    second.child("c67b1b77-d6ab-4dcb-b111-dfd15185ca43", "train", reuses=original)
    tuning = workspace.pipeline("4765c75a-871a-476f-ac5b-5fba7cd01263", "fine-tune")
    step = tuning.child("f9d009a0-1830-43b0-984c-1b9829ebd6b5", "tune", outputs={"mlflow_model_folder": ""})
    tuning.publishes("mlflow_model_folder", step, "mlflow_model_folder")
    return workspace


SEEN = (
    (
        "azureml://jobs/801ecf9a-e52a-4129-b19f-3abed69a2383/outputs/artifacts/paths/model",
        "workspaceartifactstore/paths/ExperimentRun/dcid.801ecf9a-e52a-4129-b19f-3abed69a2383/model",
        "801ecf9a-e52a-4129-b19f-3abed69a2383",
    ),
    (
        "azureml://jobs/c67b1b77-d6ab-4dcb-b111-dfd15185ca43/outputs/default/model",
        "workspaceartifactstore/paths/ExperimentRun/dcid.8cd07442-fb95-489a-93c0-cc5a41c68c94/model",
        "c67b1b77-d6ab-4dcb-b111-dfd15185ca43",
    ),
    (
        "azureml://jobs/4765c75a-871a-476f-ac5b-5fba7cd01263/outputs/mlflow_model_folder",
        "workspaceblobstore/paths/azureml/f9d009a0-1830-43b0-984c-1b9829ebd6b5/mlflow_model_folder/",
        "4765c75a-871a-476f-ac5b-5fba7cd01263",
    ),
    (
        "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/LocalUpload/0a/x",
        "workspaceblobstore/paths/LocalUpload/0a/x",
        None,
    ),
)
"""Registrations whose answer by the real service was recorded in public notebooks and tests."""


@pytest.mark.parametrize(("given", "place", "job"), SEEN)
def test_a_registration_that_was_recorded_is_answered_as_the_service_did(
    seen: Workspace, given: str, place: str, job: str | None
) -> None:
    stored = f"azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/{place}"

    assert materialise(seen, given) == (stored, job)
