"""How a reference is read, what it means, and why or why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import explain, ids
from lineage.explain import Problem, Reading
from lineage.graph import LooseReason, Relation, State
from lineage.ids import Kind
from tests.memory import Estate

SCOPE = ids.workspace("s1", "g1", "w1")
WORKSPACE = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"


@pytest.fixture
def estate() -> Estate:
    estate = Estate()
    estate.datastore("lake", "acct", "container")
    job = estate.job("train", used={"data": estate.place("lake", "raw")})
    estate.model("credit", "3", source=estate.output(job, "artifacts"), path="model")
    return estate


def test_text_is_read_without_an_index_or_a_workspace():
    """A relative form has no absolute name yet; its parts are told all the same."""
    assert Reading(
        "azureml://jobs/j1/outputs/model/paths/a/b",
        "JobOutputRef",
        None,
        {"job": "j1", "output": "model", "path": "a/b"},
        None,
    ) == explain.read("azureml://jobs/j1/outputs/model/paths/a/b")


def test_a_workspace_gives_relative_text_its_absolute_name():
    reading = explain.read("runs:/r1/model", SCOPE)

    assert f"{WORKSPACE}/jobs/r1/outputs/artifacts/paths/model" == reading.canonical


def test_name_and_version_alone_could_be_of_anything():
    """The text does not say of what, and a guess would be taken for a fact; an index settles it."""
    explanation = explain.explain("credit:3", SCOPE)

    assert explanation.reading.canonical is None
    assert "models first" in explanation.remedy


def test_broken_text_tells_where_and_what_was_expected():
    reading = explain.read("azureml://jobs/j1/output/model")

    assert (reading.form, reading.canonical, reading.parts) == (None, None, {})
    assert isinstance(reading.error, Problem)
    assert reading.error.code == "invalid_reference"
    assert reading.error.position == 18


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_an_empty_line_is_an_error_of_its_own(text):
    assert Problem(
        "invalid_reference",
        "not a valid reference at character 1, expected a reference: " + repr(text),
        0,
        "a reference",
    ) == (explain.read(text).error)


def test_a_secret_in_the_text_is_told_nowhere():
    text = "https://acct.blob.core.windows.net/c/p?sv=2024-01-01&sig=c2VjcmV0c2VjcmV0"

    explanation = explain.explain(text)

    assert "c2VjcmV0" not in repr(explanation)
    assert explanation.reading.canonical == "https://acct.blob.core.windows.net/c/p"


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
def test_anything_at_all_has_a_reading(text):
    """Neither broken encodings nor control characters raise, and what comes out can be written as UTF-8."""
    reading = explain.read(text)

    reading.reference.encode()
    assert (reading.form is None) == (reading.error is not None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("s3://bucket/key", "outside Azure ML"),
        ("C:\\models\\a.pkl", "somebody's disk"),
        ("${{inputs.x}}", "never filled in"),
        ("mlflow-artifacts:/x", "MLflow server"),
    ],
)
def test_text_that_names_nothing_says_why(text, reason):
    assert reason in explain.explain(text).reason


@pytest.mark.parametrize("text", ["./outputs/model", "C:\\models\\a.pkl", "file:///home/me/model"])
def test_a_local_path_says_that_no_job_is_behind_it_and_what_to_register_instead(text, estate):
    """The same with and without an index, whatever in the index has a name like it."""
    for view in (None, estate.view()):
        explanation = explain.explain(text, None, view)

        assert "uploaded, with no job behind it" in explanation.reason
        assert explanation.remedy.endswith("azureml://jobs/<job>/outputs/<output>")
        assert explanation.candidates == ()


def test_relative_text_with_several_workspaces_says_which_may_be_meant(estate):
    estate.covered(ids.workspace("s1", "g1", "w2"))

    explanation = explain.explain("runs:/nobody/model", None, estate.view())

    assert "several workspaces" in explanation.reason
    assert f"--workspace {WORKSPACE} or --workspace {WORKSPACE[:-1]}2" in explanation.remedy


def test_what_a_record_could_not_follow_is_told(estate):
    model = estate.model("early", "1")
    end = estate.loose(model, "properties.modelUri", "m", LooseReason.LOCAL_UPLOAD, "register from a job's output")

    assert explain.explain("early:1", None, estate.view()).loose == (end,)


def test_relative_text_without_a_workspace_says_what_to_give():
    assert "--workspace" in explain.explain("runs:/r/model").remedy


def test_an_explanation_tells_the_thing_its_spellings_and_why(estate):
    explanation = explain.explain("runs:/train/model/x", None, estate.view())

    assert (explanation.kind, explanation.path) == (Kind.JOB_OUTPUT, "model/x")
    assert explanation.node is not None
    assert f"{WORKSPACE}/jobs/train/outputs/artifacts" == explanation.node.text
    assert [edge.relation for edge in explanation.edges] == [Relation.WAS_GENERATED_BY]
    assert {
        f"{WORKSPACE}/jobs/train/outputs/artifacts/paths/model/x",
        "runs:/train/model/x",
        "azureml://jobs/train/outputs/artifacts/paths/model/x",
        "azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.train/model/x",
        f"{WORKSPACE}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.train/model/x",
    } == set(explanation.spellings)
    assert explanation.spellings[0] == explanation.reading.canonical


def test_every_spelling_of_a_model_reads_back_as_the_model(estate):
    view = estate.view()
    explanation = explain.explain("credit:3", None, view)

    assert len(explanation.spellings) == 5
    for text in explanation.spellings:
        assert explanation.reading.canonical == explain.explain(text, None, view).reading.canonical


def test_every_spelling_of_a_place_reads_back_as_the_place(estate):
    view = estate.view()
    explanation = explain.explain("https://acct.dfs.core.windows.net/container/raw", None, view)

    assert explanation.node is not None
    assert f"{WORKSPACE}/datastores/lake/paths/raw" == explanation.node.text
    assert explanation.reading.canonical == "https://acct.blob.core.windows.net/container/raw"
    assert "abfss://container@acct.dfs.core.windows.net/raw" in explanation.spellings
    for text in explanation.spellings:
        assert explanation.node == explain.explain(text, None, view).node
    assert "by this name" in explanation.reason


def test_an_unknown_reference_is_told_with_near_names(estate):
    explanation = explain.explain("credti:3", None, estate.view())

    assert explanation.node is None
    assert explanation.reading.canonical is None
    assert (f"{WORKSPACE}/models/credit/versions/3",) == explanation.candidates
    assert "nothing in generation 1" in explanation.reason


def test_an_ambiguous_reference_is_told_with_its_candidates(estate):
    estate.model("credit", "4")

    explanation = explain.explain("credit", None, estate.view())

    assert len(explanation.candidates) == 2
    assert "2 versions" in explanation.reason


def test_a_thing_that_is_not_live_tells_its_remedy(estate):
    estate.job("gone", state=State.DELETED, reason="the service answered 404", remedy="restore it")

    explanation = explain.explain("gone", None, estate.view())

    assert explanation.node is not None
    assert (explanation.node.state, explanation.remedy) == (State.DELETED, "restore it")


def test_a_label_is_told_to_mean_a_version(estate):
    explanation = explain.explain("credit@latest", None, estate.view())

    assert explanation.node is not None
    assert f"{WORKSPACE}/models/credit/versions/3" == explanation.node.text
    assert "latest" in explanation.reason


TABLE = json.loads((Path(__file__).parents[1] / "data" / "references.json").read_text())
assert TABLE["cases"], "an empty table would pass the test below"


@pytest.mark.parametrize("case", [case for case in TABLE["cases"] if case["text"]], ids=lambda case: case["text"][:60])
def test_text_is_told_as_the_table_of_references_has_it(case):
    """Form and parts always; the absolute name where no field has to say what a bare name is a name of.

    Nothing at all is no reference here: who asks has forgotten something.
    """
    given = TABLE["scope"]
    scope = ids.workspace(given["subscription"], given["resource_group"], given["workspace"])

    reading = explain.read(case["text"], scope)

    assert reading.form == case["form"]
    assert (reading.error is None) == (case["error"] is None)
    if reading.reference == case["text"]:
        assert reading.parts == (case["parts"] or {})
        if not case.get("collection"):
            assert reading.canonical == case["canonical"]
