"""What breaks if this was wrong: deployments and their traffic first, then everything else, counted."""

from __future__ import annotations

import pytest

from lineage import impact, lookup
from lineage.graph import State
from lineage.ids import Kind
from lineage.traversal import Budget, TruncationReason
from tests.memory import Estate


@pytest.fixture
def estate() -> Estate:
    """raw -> prep -> clean -> train -> credit:3 -> blue (90 %), green (10 %), shadow (mirror)."""
    estate = Estate()
    estate.datastore("lake", "acct", "container")
    clean = estate.output(estate.job("prep", used={"raw": estate.place("lake", "raw")}), "clean")
    credit = estate.model("credit", "3", source=estate.output(estate.job("train", used={"data": clean}), "model"))
    endpoint = estate.endpoint("score", traffic={"Blue": 90, "green": 10}, mirrorTraffic={"shadow": 25})
    for name in ("shadow", "green", "blue"):
        estate.deployment(endpoint, name, model=credit)
    return estate


def asked(estate: Estate, *texts: str, budget: Budget | None = None) -> impact.Impact:
    view = estate.view()
    return impact.impact(view, [lookup.find(view, text) for text in texts], budget)


def test_counts_come_in_the_order_that_users_feel(estate):
    """What was asked about is not among what breaks."""
    answer = asked(estate, "azureml://datastores/lake/paths/raw")

    assert list(answer.counts.items()) == [
        (Kind.DEPLOYMENT, 3),
        (Kind.MODEL_VERSION, 1),
        (Kind.JOB, 2),
        (Kind.JOB_OUTPUT, 2),
    ]


def test_deployments_are_told_with_endpoint_and_traffic_most_first(estate):
    """The endpoint's own table is matched without regard to case; a deployment it does not list takes none."""
    answer = asked(estate, "azureml://datastores/lake/paths/raw")

    assert [
        (row.deployment.facts["name"], row.endpoint.facts["name"], row.traffic, row.mirror)
        for row in answer.deployments
    ] == [("blue", "score", 90, 0), ("green", "score", 10, 0), ("shadow", "score", 0, 25)]


def test_traffic_nobody_told_is_not_zero():
    estate = Estate()
    endpoint = estate.thing(lookup.ids.Target(Kind.ENDPOINT, f"{estate.scope.text}/batchEndpoints/nightly"), name="n")
    estate.deployment(endpoint, "default", model=estate.model("m", "1"))

    (row,) = asked(estate, "m:1").deployments

    assert (row.traffic, row.mirror) == (None, None)


def test_an_endpoint_asked_for_is_told_by_its_deployments(estate):
    answer = asked(estate, f"{estate.scope.text}/onlineEndpoints/score")

    assert answer.counts == {Kind.DEPLOYMENT: 3}
    assert len(answer.deployments) == 3


def test_a_deployment_asked_for_is_told_with_its_traffic(estate):
    answer = asked(estate, f"{estate.scope.text}/onlineEndpoints/score/deployments/blue")

    assert [row.traffic for row in answer.deployments] == [90]
    assert answer.counts == {}


@pytest.mark.parametrize(
    "text",
    [
        "azureml://datastores/lake",
        "https://acct.blob.core.windows.net/container",
        "https://acct.blob.core.windows.net/container/raw",
        "azureml://datastores/lake/paths/raw/2024/03/a.csv",
    ],
)
def test_a_store_a_place_by_its_account_and_a_file_in_it_break_the_same(estate, text):
    """Who read the whole folder read the file."""
    assert len(asked(estate, text).deployments) == 3


def test_a_prefix_seeds_everything_inside_it(estate):
    estate.job("other", used={"x": estate.place("lake", "landing/a")})
    estate.job("more", used={"x": estate.place("lake", "landing/b")})
    estate.job("not", used={"x": estate.place("lake", "landing-zone")})

    answer = asked(estate, "azureml://datastores/lake/paths/landing")

    assert sorted(str(node.facts["name"]) for node in answer.affected(Kind.JOB)) == ["more", "other"]


def test_several_references_are_one_question(estate):
    """Each affected thing counts once, at its least depth."""
    answer = asked(estate, "train", "azureml://datastores/lake/paths/raw")

    assert answer.counts[Kind.MODEL_VERSION] == 1
    (model,) = answer.affected(Kind.MODEL_VERSION)
    assert answer.depth[model.key] == 2
    assert len(answer.edges) == len(set(answer.edges))


def test_a_path_in_an_output_breaks_only_what_was_made_of_it(estate):
    output = estate.output(estate.job("both"), "artifacts")
    estate.model("left", "1", source=output, path="left")
    estate.model("right", "1", source=output, path="right")

    answer = asked(estate, "runs:/both/left/weights.bin")

    assert [node.facts["name"] for node in answer.affected(Kind.MODEL_VERSION)] == ["left"]


def test_nothing_made_of_it_is_an_answer(estate):
    answer = asked(estate, f"{estate.scope.text}/onlineEndpoints/score/deployments/green")

    assert answer.counts == {}


def test_a_budget_and_an_unread_scope_are_told(estate):
    answer = asked(estate, "prep", budget=Budget(max_nodes=3))

    assert not answer.header.is_complete
    assert TruncationReason.NODE_LIMIT in [cut.reason for cut in answer.header.truncations]


def test_a_copy_in_a_registry_nobody_listed_is_told():
    """The copy is affected; who else uses it is not known."""
    estate = Estate()
    model = estate.model("m", "1")
    estate.model("m", "1", copied_from=model, scope=lookup.ids.registry("shared"))

    answer = asked(estate, "m:1")

    assert [cut.reason for cut in answer.header.truncations] == [TruncationReason.STALE_SCOPE]
    assert answer.counts == {Kind.MODEL_VERSION: 1}


def test_a_thing_with_two_names_breaks_once():
    """Counted and listed by the name that was read; both names stay in the answer."""
    estate = Estate()
    output = estate.output(estate.job("train"), "model")
    read = estate.model("m", "1", source=output)
    unread = estate.model("m", "1", scope=lookup.ids.located("westeurope", "2c7669df"), state=State.UNRESOLVED)
    estate.same(unread, read)
    estate.guid("2c7669df")

    answer = asked(estate, "train")

    assert answer.counts == {Kind.MODEL_VERSION: 1, Kind.JOB_OUTPUT: 1}
    assert [read] == answer.affected(Kind.MODEL_VERSION)
    assert {read.key, unread.key} <= set(answer.nodes)
    assert answer.header.is_complete


def test_a_workspace_that_was_listed_by_name_is_listed_by_its_guid_too():
    """Nothing is missing because a thing there is named by the workspace's GUID."""
    estate = Estate()
    estate.guid("2c7669df")
    job = estate.job("train", scope=lookup.ids.located("westeurope", "2c7669df"))
    estate.output(job, "model")

    assert asked(estate, job.text).header.is_complete
