"""Every spelling of a thing means the thing; what means nothing, or too much, says what to do."""

from __future__ import annotations

import msgspec
import pytest

from lineage import ids, lookup
from lineage.errors import AmbiguousReference, InvalidReference, UnknownReference
from lineage.graph import State
from lineage.ids import Kind
from tests.memory import Estate

WORKSPACE = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"
ARM = "/subscriptions/S1/resourceGroups/g1/providers/Microsoft.MachineLearningServices/workspaces/w1"


@pytest.fixture
def estate() -> Estate:
    """A workspace with a model made by a job, its data in a datastore, and a registry."""
    estate = Estate()
    estate.datastore("lake", "acct", "container")
    job = estate.job("train", used={"data": estate.place("lake", "raw/2024")})
    estate.model("credit", "3", source=estate.output(job, "artifacts"), path="model", createdAt="2026-03-01")
    return estate


@pytest.mark.parametrize(
    "text",
    [
        "credit:3",
        "azureml:credit:3",
        "models:/credit/3",
        "credit@latest",
        "credit",
        "  credit:3  ",
        "azureml://models/credit/versions/3",
        f"{WORKSPACE}/models/credit/versions/3",
        "azureml://subscriptions/S1/resourcegroups/G1/workspaces/W1/models/credit/versions/3",
        f"{ARM}/models/credit/versions/3",
        f"azureml:{ARM}/models/credit/versions/3",
        str(ids.key(f"{WORKSPACE}/models/credit/versions/3")),
    ],
)
def test_every_spelling_of_a_model_version_means_it(estate, text):
    """With one workspace indexed, relative forms need no scope."""
    assert f"{WORKSPACE}/models/credit/versions/3" == lookup.find(estate.view(), text).node.text


@pytest.mark.parametrize(
    "text",
    [
        "runs:/train/model/weights",
        "azureml://jobs/train/outputs/artifacts/paths/model/weights",
        "azureml://jobs/train/outputs/default/model/weights/",
        f"{WORKSPACE}/jobs/train/outputs/artifacts/paths/model/weights",
        "azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.train/model/weights",
    ],
)
def test_every_spelling_of_a_place_in_an_output_means_the_output_and_the_path(estate, text):
    """The last one is known only as the output that it materialises."""
    found = lookup.find(estate.view(), text)

    assert (f"{WORKSPACE}/jobs/train/outputs/artifacts", "model/weights") == (found.node.text, found.path)


@pytest.mark.parametrize("text", ["train", "azureml:train", "azureml://jobs/train", f"{ARM}/jobs/train"])
def test_a_bare_name_that_no_model_has_is_a_job(estate, text):
    assert (Kind.JOB, f"{WORKSPACE}/jobs/train") == (
        lookup.find(estate.view(), text).node.kind,
        lookup.find(estate.view(), text).node.text,
    )


def test_the_artifacts_of_a_job_that_lists_none_mean_the_job():
    """Every job has them; that nothing was read of them must not make the job unknown."""
    estate = Estate()
    estate.job("tune")

    for text in ("runs:/tune", "runs:/tune/model", "azureml://jobs/tune/outputs/artifacts/"):
        assert f"{WORKSPACE}/jobs/tune" == lookup.find(estate.view(), text).node.text


def test_a_model_comes_before_a_job_of_the_same_name(estate):
    estate.job("credit")

    assert Kind.MODEL_VERSION is lookup.find(estate.view(), "credit").node.kind


@pytest.mark.parametrize(
    "text",
    [
        "azureml://datastores/lake/paths/raw/2024",
        "azureml://datastores/LAKE/paths/raw/2024/",
        "https://acct.blob.core.windows.net/container/raw/2024",
        "https://acct.dfs.core.windows.net/container/raw/2024?sv=1&sig=abc",
        "abfss://container@acct.dfs.core.windows.net/raw/2024",
    ],
)
def test_a_place_answers_through_its_datastore_and_through_its_account(estate, text):
    """Only the datastore spelling is a node here; the datastore's container makes the other one the same."""
    assert f"{WORKSPACE}/datastores/lake/paths/raw/2024" == lookup.find(estate.view(), text).node.text


def test_a_place_known_only_through_its_account_answers_through_its_datastore(estate):
    place = estate.storage("acct", "container", "other")

    assert place == lookup.find(estate.view(), "azureml://datastores/lake/paths/other").node


def test_both_names_of_a_place_are_one_thing_even_without_an_edge(estate):
    place = estate.storage("acct", "container", "raw/2024")

    found = lookup.find(estate.view(), "azureml://datastores/lake/paths/raw/2024")

    assert (place,) == found.same


def test_a_workspace_known_by_its_guid_answers_by_name(estate):
    guid = "11111111-2222-3333-4444-555555555555"
    estate.guid(guid)

    found = lookup.find(estate.view(), f"azureml://locations/westeurope/workspaces/{guid}/models/credit/versions/3")

    assert f"{WORKSPACE}/models/credit/versions/3" == found.node.text


def test_a_thing_known_only_by_guid_answers_by_the_name_of_its_workspace(estate):
    guid = "11111111-2222-3333-4444-555555555555"
    estate.guid(guid)
    estate.thing(ids.Target(Kind.WORKSPACE, WORKSPACE), location="westeurope")
    model = estate.model("lonely", "1", scope=ids.located("westeurope", guid))

    assert model == lookup.find(estate.view(), "lonely:1").node


def test_names_joined_by_same_as_are_told(estate):
    """However many steps away."""
    one, two, three = (estate.data("d", version) for version in "123")
    estate.same(one, two)
    estate.same(three, two)

    assert (two, three) == lookup.find(estate.view(), "d:1").same


def test_a_prefix_nobody_names_stands_for_the_places_inside_it(estate):
    found = lookup.find(estate.view(), "azureml://datastores/lake/paths/raw")

    assert (State.UNRESOLVED, f"{WORKSPACE}/datastores/lake/paths/raw") == (found.node.state, found.node.text)
    assert [node.text.split("/paths/")[1] for node in found.inside] == ["raw/2024"]


def test_a_file_nobody_names_stands_for_the_folder_around_it(estate):
    found = lookup.find(estate.view(), "https://acct.blob.core.windows.net/container/raw/2024/03/a.csv")

    assert [f"{WORKSPACE}/datastores/lake/paths/raw/2024"] == [node.text for node in found.around]


def test_a_datastore_holds_its_places(estate):
    found = lookup.find(estate.view(), "azureml://datastores/lake")

    assert Kind.DATASTORE is found.node.kind
    assert [node.text.split("/paths/")[1] for node in found.inside] == ["raw/2024"]


def test_a_label_means_the_newest_version_that_is_neither_archived_nor_gone(estate):
    estate.model("credit", "4", createdAt="2026-04-01")
    estate.model("credit", "5", createdAt="2026-05-01", state=State.ARCHIVED)

    assert lookup.find(estate.view(), "credit@latest").node.facts["version"] == "4"


def test_versions_of_one_age_are_told_apart_as_numbers(estate):
    for version in ("9", "10"):
        estate.model("old", version)

    assert lookup.find(estate.view(), "old@latest").node.facts["version"] == "10"


@pytest.mark.parametrize("text", ["models:/credit/Production", "credit@production"])
def test_a_stage_is_a_label(estate, text):
    estate.model("credit", "4", createdAt="2026-04-01", stage="Production")
    estate.model("credit", "5", createdAt="2026-05-01")

    assert lookup.find(estate.view(), text).node.facts["version"] == "4"


def test_a_name_with_several_versions_asks_which(estate):
    estate.model("credit", "4", createdAt="2026-04-01")

    with pytest.raises(AmbiguousReference, match="2 versions") as raised:
        lookup.find(estate.view(), "credit")

    assert [f"{WORKSPACE}/models/credit/versions/{v}" for v in "43"] == list(raised.value.candidates)
    assert "credit:4" in raised.value.remedy


def test_a_model_does_not_answer_to_the_beginning_of_its_name(estate):
    estate.model("credit-risk", "1")

    assert lookup.find(estate.view(), "credit").node.facts["version"] == "3"


def test_two_workspaces_with_the_name_ask_which(estate):
    other = ids.workspace("s1", "g1", "w2")
    estate.covered(other)
    estate.model("credit", "3", scope=other)
    view = estate.view()

    with pytest.raises(AmbiguousReference) as raised:
        lookup.find(view, "credit:3")

    assert len(raised.value.candidates) == 2
    assert other.text in lookup.find(view, "credit:3", other).node.text


def test_a_name_only_one_of_two_workspaces_has_needs_no_scope(estate):
    estate.covered(ids.workspace("s1", "g1", "w2"))

    assert lookup.find(estate.view(), "credit:3").node.facts["version"] == "3"


def test_the_workspace_comes_before_the_registry(estate):
    """A registry counts only where the workspace holds nothing."""
    shared = ids.registry("shared")
    estate.covered(shared)
    estate.model("credit", "3", scope=shared)
    estate.model("base", "1", scope=shared)
    view = estate.view()

    assert WORKSPACE in lookup.find(view, "credit:3").node.text
    assert lookup.find(view, "base:1").node.text == "azureml://registries/shared/models/base/versions/1"


def test_a_scope_that_is_given_is_the_only_one(estate):
    with pytest.raises(UnknownReference):
        lookup.find(estate.view(), "credit:3", ids.workspace("s1", "g1", "w2"))


def test_the_default_scope_is_the_single_workspace(estate):
    assert ids.workspace("s1", "g1", "w1") == lookup.default_scope(estate.view())

    estate.covered(ids.registry("r"))
    assert ids.workspace("s1", "g1", "w1") == lookup.default_scope(estate.view())

    estate.covered(ids.workspace("s1", "g1", "w2"))
    assert lookup.default_scope(estate.view()) is None


@pytest.mark.parametrize(("text", "near"), [("credti:3", "credit/versions/3"), ("cred", "credit/versions/3")])
def test_an_unknown_name_offers_near_ones(estate, text, near):
    with pytest.raises(UnknownReference) as raised:
        lookup.find(estate.view(), text)

    assert [f"{WORKSPACE}/models/{near}"] == list(raised.value.near)
    assert "did you mean" in raised.value.remedy


def test_an_unknown_output_of_a_known_job_offers_the_job(estate):
    with pytest.raises(UnknownReference) as raised:
        lookup.find(estate.view(), "azureml://jobs/train/outputs/other")

    assert (f"{WORKSPACE}/jobs/train/outputs/artifacts", f"{WORKSPACE}/jobs/train") == raised.value.near


def test_a_workspace_that_was_never_read_says_so(estate):
    elsewhere = "azureml://subscriptions/s9/resourceGroups/g9/workspaces/w9"

    with pytest.raises(UnknownReference) as raised:
        lookup.find(estate.view(), f"{elsewhere}/models/credit/versions/3")

    assert f"lineage crawl {elsewhere}" in raised.value.remedy


@pytest.mark.parametrize("text", ["", "   ", "azureml://jobs/", "runs:/"])
def test_broken_text_is_invalid_not_unknown(estate, text):
    with pytest.raises(InvalidReference):
        lookup.find(estate.view(), text)


@pytest.mark.parametrize(
    "text", ["9" * 30, "0", "s3://bucket/key", "C:\\models\\a.pkl", "${{inputs.x}}", "läuft nicht"]
)
def test_text_that_names_nothing_is_unknown(estate, text):
    with pytest.raises(UnknownReference):
        lookup.find(estate.view(), text)


def test_an_unknown_reference_is_told_without_its_secret(estate):
    with pytest.raises(UnknownReference) as raised:
        lookup.find(estate.view(), "https://acct.blob.core.windows.net/none/x?sv=2024&sig=c2VjcmV0")

    assert "c2VjcmV0" not in str(raised.value) + raised.value.remedy


def test_every_name_of_a_thing_finds_it_by_its_best_name(estate):
    guid = ids.located("westeurope", "2c7669df")
    unread = estate.model("credit", "3", scope=guid, state=State.UNRESOLVED)
    read = estate.view().nodes([ids.key(f"{WORKSPACE}/models/credit/versions/3")])
    estate.same(unread, *read.values())
    view = estate.view()

    found = lookup.find(view, unread.text)

    assert (*read.values(),) == (found.node,)
    assert (unread,) == found.same
    assert found == lookup.find(view, "credit:3")


@pytest.mark.parametrize("text", ["\ud800", "credit:\udcff", "azureml://jobs/\udc80/outputs/x"])
def test_half_a_character_is_invalid(estate, text):
    with pytest.raises(InvalidReference) as raised:
        lookup.find(estate.view(), text)

    str(raised.value).encode()


@pytest.mark.parametrize("text", ["azureml://models/credit", "models:/credit", f"{ARM}/models/credit", "key"])
def test_a_model_named_as_such_stands_for_its_versions(estate, text):
    """A bare name asks which; who writes a model's own name means all of it."""
    estate.model("credit", "4", createdAt="2026-04-01")
    model = estate.thing(ids.Target(Kind.MODEL, f"{WORKSPACE}/models/credit"), name="credit")

    found = lookup.find(estate.view(), str(model.key) if text == "key" else text)

    assert (model, ["4", "3"]) == (found.node, [node.facts["version"] for node in found.inside])
    with pytest.raises(AmbiguousReference):
        lookup.find(estate.view(), "credit")


def test_a_dataset_named_as_such_stands_for_its_versions():
    """Its container was listed: asked by its text or by its key, the answer is about all versions."""
    estate = Estate()
    versions = [
        estate.thing(
            ids.asset(ids.workspace("s1", "g1", "w1"), "data", "sales", number),
            version=number,
            createdAt=f"2026-0{number}-01",
        )
        for number in ("1", "2")
    ]
    whole = estate.thing(ids.container(ids.workspace("s1", "g1", "w1"), "data", "sales"))

    for text in (whole.text, str(whole.key)):
        found = lookup.find(estate.view(), text)
        assert found.node == whole
        assert found.inside == tuple(reversed(versions))


def test_a_large_index_offers_names_that_begin_alike(estate):
    """Without looking at every name there is."""
    view = estate.view()
    counts = {**view.generation.counts, "nodes": 1_000_000}
    view._generation = msgspec.structs.replace(view.generation, counts=counts)

    with pytest.raises(UnknownReference) as raised:
        lookup.find(view, "credti:3")

    assert raised.value.near == (f"{WORKSPACE}/models/credit/versions/3",)
