"""Every way of registering a model ends in the right job and the right named output."""

from __future__ import annotations

import pytest

from lineage import ids, lookup
from lineage.graph import Certainty, Derivation, Edge, Relation
from lineage.ports import View
from tests.emulator.forms import DEV, FORMS, Form

SCOPE = ids.workspace("5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981", "rg-credit-dev", "mlw-credit-dev")


def model_text(name: str) -> str:
    asset, _, version = name.partition(":")
    return f"{DEV}/models/{asset}/versions/{version}"


def output_text(output: tuple[str, str]) -> str:
    job, name = output
    return f"{DEV}/jobs/{job}/outputs/{name}"


def made_from(view: View, effect: str) -> dict[str, Edge]:
    """What the thing was derived from, by canonical text."""
    edges = [e for e in view.causes([ids.key(effect)]) if e.relation is Relation.WAS_DERIVED_FROM]
    nodes = view.nodes([edge.cause for edge in edges])
    return {nodes[edge.cause].text: edge for edge in edges}


FOUND = [form for form in FORMS if form.job]
SEVERAL = [form for form in FORMS if form.one_of]
LOOSE = [form for form in FORMS if form.loose]
assert len(FOUND) + len(SEVERAL) + len(LOOSE) == len(FORMS)


@pytest.mark.parametrize("form", FOUND, ids=lambda form: form.model)
def test_a_registered_model_leads_to_the_output_that_its_user_named(view: View, form: Form) -> None:
    """The declared job comes from `jobName`, its output from the place where the bytes lie."""
    edge = made_from(view, model_text(form.model))[output_text(form.declared)]

    assert (edge.derivation, edge.certainty) == (Derivation.SERVICE_FIELD, Certainty.CONFIRMED)
    assert edge.path == form.path


@pytest.mark.parametrize("form", FOUND, ids=lambda form: form.model)
def test_a_registered_model_leads_to_the_run_that_wrote_its_bytes(view: View, form: Form) -> None:
    """A step, or the run that a step reused, where it is another than the job that was named: both are kept."""
    edge = made_from(view, model_text(form.model))[output_text(form.physical)]

    assert edge.path == form.path
    if form.physical != form.declared:
        assert edge.derivation is Derivation.MATERIALISED_PATH


@pytest.mark.parametrize("form", FOUND, ids=lambda form: form.model)
def test_no_other_output_is_blamed(view: View, form: Form) -> None:
    blamed = {text for text in made_from(view, model_text(form.model)) if "/jobs/" in text}

    assert blamed == {output_text(form.declared), output_text(form.physical)}


@pytest.mark.parametrize("form", SEVERAL, ids=lambda form: form.model)
def test_an_overwritten_folder_has_all_its_writers_the_likeliest_first(view: View, form: Form) -> None:
    """The last writer before the registration comes first; none is left out, none is certain."""
    edges = {text: e for text, e in made_from(view, model_text(form.model)).items() if "/outputs/" in text}
    ranked = sorted(edges, key=lambda text: edges[text].rank)

    assert ranked == [output_text(output) for output in form.one_of]
    assert {edge.certainty for edge in edges.values()} == {Certainty.AMBIGUOUS}


@pytest.mark.parametrize("form", LOOSE, ids=lambda form: form.model)
def test_a_model_without_a_producer_says_why(view: View, form: Form) -> None:
    (end,) = view.loose(model_text(form.model))

    assert end.reason == form.loose
    assert end.field == "properties.modelUri"
    assert end.remedy
    assert not [text for text in made_from(view, model_text(form.model)) if "/jobs/" in text]


def test_an_mlflow_run_and_a_jobs_artifacts_are_one_node(view: View) -> None:
    """`runs:/R/model/` and `azureml://jobs/R/outputs/artifacts/paths/model/` are two spellings of one output."""
    run = lookup.find(view, "runs:/lemon_net_2wttv098sl/model/", SCOPE)
    job = lookup.find(view, "azureml://jobs/lemon_net_2wttv098sl/outputs/artifacts/paths/model/", SCOPE)
    old = lookup.find(view, "azureml://jobs/lemon_net_2wttv098sl/outputs/default/model", SCOPE)

    assert run.node.key == job.node.key == old.node.key
    assert run.node.text == f"{DEV}/jobs/lemon_net_2wttv098sl/outputs/artifacts"
    assert (run.path, job.path, old.path) == ("model", "model", "model")


def test_what_was_given_at_registration_finds_the_output_that_the_model_came_from(view: View) -> None:
    """The user still has the text that was typed; it must lead to what the index made of the service's answer."""
    for form in FOUND:
        found = lookup.find(view, form.given, SCOPE)

        assert found.node.text == output_text(form.declared), form.given
