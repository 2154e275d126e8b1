"""What the emulator stores for a registered path is what the real service was seen to store."""

from __future__ import annotations

import pytest

from tests.emulator.contoso import Contoso
from tests.emulator.forms import FORMS, Form

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
