"""The service gives the answers of the pure questions, and says what it could not answer."""

from __future__ import annotations

import pytest

from lineage import catalogue, ids, lookup
from lineage.api.execution import Request, Service
from lineage.graph import State
from lineage.ids import key
from lineage.impact import impact
from lineage.trace import trace
from tests.api.conftest import Ask
from tests.api.story import FIVE, RAW, SIX, TRAIN, WORKSPACE
from tests.memory import Estate, MemoryIndex, MemoryView

UPSTREAM = """query ($ref: NodeRef!) { upstream(ref: $ref, first: 100) {
  totalCount isComplete counts { kind count }
  truncations { reason detail frontier(first: 10) { edges { node { id } } } }
  generation { number digest }
  edges { depth node { id reference } relation name path derivation certainty rank since
          evidence { record recordKind field value }
          links(first: 100) { edges { node { reference } relation certainty } } } } }"""
DOWNSTREAM = UPSTREAM.replace("upstream(", "downstream(")


@pytest.mark.parametrize("reference", [FIVE, SIX, RAW, TRAIN, f"{TRAIN}/outputs/model"])
def test_upstream_is_the_trace(ask: Ask, view: MemoryView, reference: str) -> None:
    """Things, depths, links, completeness: what `lineage trace` computes and nothing else."""
    traced = trace(view, lookup.find(view, reference))

    told = ask(UPSTREAM, ref={"uri": reference})["upstream"]

    expected = {view.nodes([k])[k].text: d for k, d in traced.depth.items() if k != key(reference)}
    assert {edge["node"]["reference"]: edge["depth"] for edge in told["edges"]} == expected
    assert told["totalCount"] == len(expected)
    assert told["isComplete"] is traced.header.is_complete
    assert [cut["detail"] for cut in told["truncations"]] == [cut.detail for cut in traced.header.truncations]
    links = sorted(
        (link["node"]["reference"], link["relation"], edge["node"]["reference"], link["certainty"])
        for edge in told["edges"]
        for link in edge["links"]["edges"]
    )
    texts = {k: node.text for k, node in traced.nodes.items()}
    assert links == sorted((texts[e.effect], e.relation.name, texts[e.cause], e.certainty.name) for e in traced.edges)


@pytest.mark.parametrize("reference", [FIVE, RAW, TRAIN, f"{WORKSPACE}/datastores/lake/paths/raw/2026"])
def test_downstream_is_the_impact(ask: Ask, view: MemoryView, reference: str) -> None:
    """Things, depths and counts by kind: what `lineage impact` computes and nothing else."""
    struck = impact(view, [lookup.find(view, reference)])

    told = ask(DOWNSTREAM, ref={"uri": reference})["downstream"]

    expected = {view.nodes([k])[k].text: d for k, d in struck.depth.items() if k != key(reference)}
    assert {edge["node"]["reference"]: edge["depth"] for edge in told["edges"]} == expected
    assert {c["kind"]: c["count"] for c in told["counts"]} == {k.name: n for k, n in struck.counts.items()}
    assert told["isComplete"] is struck.header.is_complete


def test_models_are_the_catalogue(ask: Ask, view: MemoryView) -> None:
    """The list and what is known of each version's job are those of `lineage models`."""
    rows = catalogue.models(view).rows

    told = ask("{ models(first: 100) { totalCount edges { provenance producerCount node { reference } } } }")["models"]

    assert [(edge["node"]["reference"], edge["provenance"], edge["producerCount"]) for edge in told["edges"]] == [
        (row.node.text, row.provenance.name, len(row.jobs)) for row in rows
    ]
    assert told["totalCount"] == 3


def test_status_is_the_status(ask: Ask, view: MemoryView) -> None:
    """Coverage, gaps and loose ends are those of `lineage status`."""
    status = catalogue.status(MemoryIndex(view), view)

    told = ask(
        "{ status { coverage { total confirmed inferred ambiguous none } gapCounts { reason count } "
        "looseEndCounts { reason count } scopes(first: 5) { edges { node { scope isComplete crawled } } } "
        "generations(first: 5) { totalCount } } }"
    )["status"]

    coverage = status.coverage
    assert told["coverage"] == {
        "total": coverage.total,
        "confirmed": coverage.confirmed,
        "inferred": coverage.inferred,
        "ambiguous": coverage.ambiguous,
        "none": coverage.none,
    }
    assert told["looseEndCounts"] == [{"reason": "LOCAL_UPLOAD", "count": 1}]
    assert told["scopes"]["edges"] == [
        {"node": {"scope": WORKSPACE, "isComplete": True, "crawled": "2026-11-30T05:58:00Z"}}
    ]
    assert told["generations"]["totalCount"] == 1


def test_an_edge_tells_the_nearest_link_with_its_evidence(ask: Ask) -> None:
    """Every edge names its record, field and value, so that nobody has to believe it."""
    first = ask(UPSTREAM, ref={"model": "credit-scoring:5"})["upstream"]["edges"][0]

    assert first["depth"] == 1
    assert first["node"]["reference"] == f"{TRAIN}/outputs/model"
    assert (first["relation"], first["path"], first["derivation"], first["certainty"], first["since"]) == (
        "WAS_DERIVED_FROM",
        "scorecard/model.pkl",
        "SERVICE_FIELD",
        "CONFIRMED",
        1,
    )
    assert first["evidence"] == {
        "record": FIVE,
        "recordKind": "model_version",
        "field": "properties.modelUri",
        "value": f"{TRAIN}/outputs/model",
    }


def test_every_spelling_of_a_thing_resolves_to_one_id(ask: Ask) -> None:
    """A name, a short URI, the canonical one, an ARM id and the id itself are one thing."""
    arm = (
        "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/mlw-credit-dev"
        "/models/credit-scoring/versions/5"
    )
    query = "query ($ref: NodeRef!) { resolve(ref: $ref) { __typename ... on LineageNode { id } } }"
    answers = [
        ask(query, ref=ref)["resolve"]
        for ref in (
            {"model": "credit-scoring:5"},
            {"uri": FIVE},
            {"uri": "azureml:credit-scoring:5"},
            {"uri": arm},
            {"id": str(key(FIVE))},
        )
    ]

    assert answers == [{"__typename": "ModelVersion", "id": str(key(FIVE))}] * 5


def test_a_job_is_found_by_its_name_and_a_run_uri(ask: Ask) -> None:
    """MLflow's run id is the job's name."""
    query = (
        "query ($ref: NodeRef!) { resolve(ref: $ref) { __typename ... on Job { id status git { isDirty commit } } } }"
    )

    told = ask(query, ref={"job": "train_1"})["resolve"]

    assert told == {
        "__typename": "Job",
        "id": str(key(TRAIN)),
        "status": "Completed",
        "git": {"isDirty": True, "commit": "c0ffee"},
    }
    assert ask(query, ref={"uri": "runs:/train_1"})["resolve"]["id"] == told["id"]


OUTCOME = """query ($ref: NodeRef!, $workspace: String) { resolve(ref: $ref, workspace: $workspace) {
  __typename
  ... on UnknownReference { reference message remedy }
  ... on InvalidReference { reference message remedy position expected }
  ... on Unresolved { reference reason node { __typename id } }
  ... on Ambiguous { message remedy candidates(first: 5) { totalCount edges { node { reference } } } } } }"""


def test_an_unknown_reference_is_an_outcome_with_a_remedy(ask: Ask) -> None:
    """Not knowing a thing is no error: the answer says so and what to do."""
    told = ask(OUTCOME, ref={"model": "credit-scoring:99"})["resolve"]

    assert told["__typename"] == "UnknownReference"
    assert told["reference"] == "credit-scoring:99"
    assert told["message"]
    assert told["remedy"]


def test_an_invalid_reference_tells_where_it_breaks(ask: Ask) -> None:
    """A near miss of a known scheme is told by position and by what was expected."""
    told = ask(OUTCOME, ref={"uri": "azureml://jobs/"})["resolve"]

    assert told["__typename"] == "InvalidReference"
    assert told["position"] >= 0
    assert told["expected"]
    assert told["remedy"]


@pytest.mark.parametrize("text", ["", "-1", "1e5", "９", "9" * 40, "model"])
def test_an_id_that_no_answer_gave_is_told_apart(ask: Ask, text: str) -> None:
    """`node` knows no such thing; `resolve` says that it is no id."""
    assert ask("query ($id: ID!) { node(id: $id) { id } }", id=text) == {"node": None}
    assert ask(OUTCOME, ref={"id": text})["resolve"]["__typename"] in ("InvalidReference", "UnknownReference")


def test_a_thing_that_is_only_named_is_unresolved() -> None:
    """Something names the base model and no crawl has read it: the answer says so and still leads on."""
    estate = Estate()
    base = estate.model("base", "1", state=State.UNRESOLVED, reason="never read", remedy="crawl its workspace")
    estate.model("tuned", "1", source=base)
    service = Service(MemoryIndex(estate.view()))

    body = service.answer(Request(OUTCOME, {"ref": {"model": "base:1"}})).body

    told = body["data"]["resolve"]
    assert told["__typename"] == "Unresolved"
    assert told["reason"] == "never read"
    assert told["node"] == {"__typename": "ModelVersion", "id": str(base.key)}


def test_an_ambiguous_reference_lists_its_candidates() -> None:
    """The same name in two workspaces is asked back, with both."""
    estate = Estate("one")
    estate.model("twin", "1")
    other = ids.workspace("s1", "g1", "two")
    estate.model("twin", "1", scope=other)
    estate.covered(other)
    service = Service(MemoryIndex(estate.view()))

    told = service.answer(Request(OUTCOME, {"ref": {"model": "twin:1"}})).body["data"]["resolve"]

    assert told["__typename"] == "Ambiguous"
    assert told["candidates"]["totalCount"] == 2
    chosen = service.answer(Request(OUTCOME, {"ref": {"model": "twin:1"}, "workspace": other.text})).body["data"][
        "resolve"
    ]
    assert chosen["__typename"] == "ModelVersion"


def test_a_root_question_about_an_unknown_thing_is_an_error_with_its_code(service: Service) -> None:
    """`upstream` has no union to answer with, so the code of the error tree tells it."""
    body = service.answer(Request(UPSTREAM, {"ref": {"model": "nobody:1"}})).body

    assert body["data"] == {"upstream": None}
    assert body["errors"][0]["path"] == ["upstream"]
    assert body["errors"][0]["extensions"]["code"] == "unknown_reference"
    assert body["errors"][0]["extensions"]["remedy"]


def test_a_secret_in_a_reference_is_not_echoed(service: Service) -> None:
    """What was pasted with a SAS is answered without it, in outcomes and in errors."""
    secret = "sv=2024&sig=SECRETsecretSECRETsecret"
    uri = f"https://nowhere.blob.core.windows.net/c/missing?{secret}"

    outcome = service.answer(Request(OUTCOME, {"ref": {"uri": uri}}))
    error = service.answer(Request(UPSTREAM, {"ref": {"uri": uri}}))

    assert "SECRET" not in str(outcome.body)
    assert "SECRET" not in str(error.body)


def test_node_and_nodes_give_things_by_their_ids(ask: Ask) -> None:
    """Relay refetches by id, in order, and gets null for what is not there."""
    told = ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on LineageNode { reference } } }",
        ids=[str(key(SIX)), "5", str(key(FIVE))],
    )

    assert told["nodes"] == [
        {"id": str(key(SIX)), "__typename": "ModelVersion", "reference": SIX},
        None,
        {"id": str(key(FIVE)), "__typename": "ModelVersion", "reference": FIVE},
    ]


def test_a_deployment_tells_its_share_of_the_traffic(ask: Ask) -> None:
    """The endpoint's percentages are read where they are asked for."""
    told = ask(
        "query ($ref: NodeRef!) { downstream(ref: $ref, first: 9, filter: { kinds: [DEPLOYMENT] }) { edges { node { "
        "... on Deployment { name traffic endpoint { name } } } } } }",
        ref={"uri": RAW},
    )

    assert [edge["node"] for edge in told["downstream"]["edges"]] == [
        {"name": "blue", "traffic": 90, "endpoint": {"name": "credit-live"}},
        {"name": "green", "traffic": 10, "endpoint": {"name": "credit-live"}},
    ]


def test_a_deleted_job_is_shown_with_what_to_do(ask: Ask) -> None:
    """What is gone still stands in the answer, which says that it is incomplete and why."""
    told = ask(
        "query ($ref: NodeRef!) { upstream(ref: $ref, first: 50, filter: { states: [DELETED] }) { isComplete "
        "truncations { reason frontier(first: 5) { edges { node { reference } } } } "
        "edges { node { state reason remedy } certainty } } }",
        ref={"uri": SIX},
    )["upstream"]

    assert told["edges"] == [
        {
            "node": {
                "state": "DELETED",
                "reason": "the service answers 404",
                "remedy": "crawl an older recording",
            },
            "certainty": "INFERRED",
        }
    ]
    assert told["isComplete"] is False
    assert told["truncations"] == [
        {
            "reason": "UNRESOLVED",
            "frontier": {"edges": [{"node": {"reference": f"{WORKSPACE}/jobs/retrain_9"}}]},
        }
    ]


def test_a_reference_that_could_not_be_followed_is_told_with_its_owner(ask: Ask) -> None:
    """An upload has no job behind it: the answer says so instead of showing nothing."""
    told = ask(
        'query { upstream(ref: { model: "early-warning:1" }, first: 5) { totalCount looseEnds(first: 5) { totalCount '
        "edges { of { name } node { reason recordKind field value remedy } } } } }"
    )["upstream"]

    assert told["totalCount"] == 0
    assert told["looseEnds"] == {
        "totalCount": 1,
        "edges": [
            {
                "of": {"name": "early-warning"},
                "node": {
                    "reason": "LOCAL_UPLOAD",
                    "recordKind": "model_version",
                    "field": "properties.modelUri",
                    "value": "./artifacts",
                    "remedy": "register from a job's output",
                },
            }
        ],
    }


def test_a_thing_with_several_names_stands_once_and_tells_the_others() -> None:
    """By the workspace's name and by its GUID it is one thing; what is linked under either is linked to it."""
    estate = Estate()
    source = estate.data("raw", "1")
    by_guid = estate.data("raw", "1", scope=ids.located("westeurope", "guid-1"), state=State.UNRESOLVED)
    estate.same(by_guid, source)
    job = estate.job("train", used={"data": by_guid})
    estate.model("credit", "1", source=estate.output(job, "model"))
    service = Service(MemoryIndex(estate.view()))

    body = service.answer(
        Request(
            """{ upstream(ref: { model: "credit:1" }, first: 9) { totalCount counts { kind count } edges {
            node { __typename reference state otherNames(first: 5) { edges { node { reference } } } }
            links(first: 5) { edges { node { reference } relation } } } } }"""
        )
    ).body

    told = body["data"]["upstream"]
    assert told["totalCount"] == 3
    assert {"kind": "DATA_VERSION", "count": 1} in told["counts"]
    assert told["edges"][-1] == {
        "node": {
            "__typename": "DataVersion",
            "reference": source.text,
            "state": "LIVE",
            "otherNames": {"edges": [{"node": {"reference": by_guid.text}}]},
        },
        "links": {"edges": [{"node": {"reference": job.text}, "relation": "USED"}]},
    }


def test_the_thing_that_was_asked_about_is_no_part_of_its_answer() -> None:
    """Asked by its other name, it is neither its own cause nor its own effect."""
    estate = Estate()
    source = estate.data("raw", "1")
    by_guid = estate.data("raw", "1", scope=ids.located("westeurope", "guid-1"), state=State.UNRESOLVED)
    estate.same(by_guid, source)
    job = estate.job("train", used={"data": source})
    service = Service(MemoryIndex(estate.view()))

    query = DOWNSTREAM.replace("$ref: NodeRef!", "$id: ID!").replace("ref: $ref, ", "")
    query = query.replace("{ downstream(", "{ node(id: $id) { ... on LineageNode { downstream(") + " } }"

    told = service.answer(Request(query, {"id": str(by_guid.key)})).body["data"]["node"]["downstream"]

    assert [edge["node"]["reference"] for edge in told["edges"]] == [job.text]
    assert told["edges"][0]["links"]["edges"][0]["node"]["reference"] == by_guid.text


def test_max_depth_stops_and_says_so(ask: Ask) -> None:
    """An answer that was cut by the client's own limit names what lies behind."""
    told = ask(
        "query ($ref: NodeRef!) { upstream(ref: $ref, first: 50, maxDepth: 2) { isComplete edges { depth } truncations "
        "{ reason frontier(first: 5) { edges { node { name } } } } } }",
        ref={"uri": FIVE},
    )["upstream"]

    assert max(edge["depth"] for edge in told["edges"]) == 2
    assert told["isComplete"] is False
    assert told["truncations"][0]["reason"] == "DEPTH"
    assert told["truncations"][0]["frontier"]["edges"] == [{"node": {"name": "train_1"}}]


def test_the_cost_of_a_request_is_told(ask: Ask, service: Service) -> None:
    """`extensions.cost` is the static cost, the limit, and what was really visited."""
    body = service.answer(Request(UPSTREAM, {"ref": {"uri": FIVE}})).body

    cost = body["extensions"]["cost"]
    assert cost["maximum"] == 250_000
    assert cost["visited"] == 9
    assert cost["maximumVisited"] == 200_000


def test_the_largest_impacts_are_counted_by_kind(ask: Ask) -> None:
    """The raw data leads to both models and both deployments."""
    answer = ask(
        "{ largestImpacts(first: 1, kinds: [DATA_VERSION]) { looked nodes { node { name } uses total isCut"
        " counts { kind count } } } }"
    )["largestImpacts"]

    (first,) = answer["nodes"]
    assert (first["node"]["name"], first["uses"], first["isCut"]) == ("bureau-extracts", 1, False)
    assert {"kind": "MODEL_VERSION", "count": 2} in first["counts"]
    assert {"kind": "DEPLOYMENT", "count": 2} in first["counts"]
    assert first["total"] == sum(one["count"] for one in first["counts"])
