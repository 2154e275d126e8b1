"""Answers too large to be read as a whole: the same as read whole, at the price of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lineage.api.execution import Request, Service
from lineage.graph import Relation, State
from lineage.index import SqliteIndex, open_index
from lineage.spread import LARGE
from tests.index.arrays import write
from tests.memory import Estate

JOBS = 2_000
RAW = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1/data/raw/versions/1"
OF = [{"uri": RAW}]
EVERYTHING = """query ($of: [NodeRef!]!, $first: Int!, $after: String, $filter: LineageFilter, $stop: StopAt) {
  impact(of: $of, first: $first, after: $after, filter: $filter, stopAt: $stop) {
    totalCount isComplete counts { kind count } truncations { reason detail } scopes(first: 5) { totalCount }
    pageInfo { hasNextPage endCursor } endpointCount
    edges { cursor depth level owner ownerBasis relation name certainty node { id reference name }
            links(first: 9) { totalCount edges { relation node { reference } } } }
    levels(first: 9) { totalCount edges { node { number totalCount counts { kind count }
      things(first: 3) { edges { owner node { reference } } pageInfo { endCursor } } } } }
    owners(first: 9) { edges { node { name totalCount counts { kind count }
      things(first: 2) { edges { level node { reference } } } } } }
    deployments(first: 9) { totalCount edges { traffic depth level endpoint { name } node { reference } } } } }"""


def wide_estate() -> Estate:
    """raw -> 2,000 jobs -> as many outputs and models; every hundredth model goes on, some by two names, two serve."""
    estate = Estate()
    raw = estate.data("raw", "1")
    endpoint = estate.endpoint("live", traffic={"a": 70, "b": 30})
    for number in range(JOBS):
        job = estate.job(f"j{number}", used={"raw": raw}, createdBy=f"person {number % 7}")
        output = estate.output(job, "model", state=State.UNRESOLVED)
        model = estate.model("m", str(number), source=output, **({"tags": {"owner": "risk"}} if number % 5 else {}))
        if number % 100 == 0:
            tuned = estate.job(f"t{number}", used={"base": model})
            estate.model("tuned", str(number), source=estate.output(tuned, "model", state=State.UNRESOLVED))
            twin = estate.place("lake", f"models/{number}")
            estate.same(twin, output)
        if number in (0, 1):
            estate.deployment(endpoint, "ab"[number], model=model)
    gone = estate.job("gone", used={"raw": raw}, state=State.DELETED)
    estate.link(estate.model("m", "gone"), gone, Relation.WAS_GENERATED_BY)
    return estate


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteIndex, SqliteIndex]]:
    """The same file twice: with its adjacency in memory, and without."""
    path = tmp_path_factory.mktemp("wide") / "index.db"
    index = open_index(path, create=True)
    told = wide_estate().view()
    write(index, [(list(told._nodes.values()), told._edges)])
    cold = open_index(path)
    with index.warmed(worth=0) as keeper:
        keeper.look()
        yield index, cold
    index.close()
    cold.close()


def pages(service: Service, first: int, most: int, **variables: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    after = None
    while len(told) < most:
        response = service.answer(Request(EVERYTHING, {"of": OF, "first": first, "after": after, **variables}))
        assert response.codes == (), response.body
        told.append(response.body["data"]["impact"])
        after = told[-1]["pageInfo"]["endCursor"]
        if not told[-1]["pageInfo"]["hasNextPage"]:
            break
    return told


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"filter": {"kinds": ["MODEL_VERSION"], "states": ["LIVE"]}},
        {"stop": {"kinds": ["MODEL_VERSION"]}},
        {"filter": {"relations": ["USED", "WAS_GENERATED_BY", "WAS_DERIVED_FROM"]}},
    ],
    ids=["plain", "filtered", "stopped", "narrowed"],
)
def test_over_arrays_the_answer_is_the_one_read_whole(indexes: Any, variables: dict[str, Any]) -> None:
    """To the byte, on every page: order, cursors, links, levels, owners, traffic, completeness."""
    warm, cold = (Service(index, seconds=600) for index in indexes)

    told = pages(warm, 90, 3, **variables)

    assert told == pages(cold, 90, 3, **variables)
    assert told[0]["totalCount"] > LARGE or variables
    assert [edge["node"]["id"] for page in told for edge in page["edges"]] == list(
        dict.fromkeys(edge["node"]["id"] for page in told for edge in page["edges"])
    )


def test_downstream_is_told_the_same_way(indexes: Any) -> None:
    """A cursor of one fits the other, so that a server may warm up between two pages."""
    warm, cold = (Service(index, seconds=600) for index in indexes)
    query = """query ($of: NodeRef!, $after: String) { downstream(ref: $of, first: 40, after: $after) {
        totalCount counts { kind count } isComplete truncations { reason detail } pageInfo { endCursor }
        edges { depth relation node { reference } links(first: 3) { totalCount } } } }"""
    after = None
    for asked, other in ((warm, cold), (cold, warm), (warm, cold)):
        one, two = (
            who.answer(Request(query, {"of": OF[0], "after": after})).body["data"]["downstream"]
            for who in (asked, other)
        )
        assert one == two
        after = one["pageInfo"]["endCursor"]


def test_a_page_costs_a_page(indexes: Any) -> None:
    """The closure is searched once; a page visits its own things; of the other names of things few are looked for."""
    index, _ = indexes
    service = Service(index)
    with index.view() as view:
        csr = view._adjacency
    query = """query ($of: [NodeRef!]!, $after: String) { impact(of: $of, first: 50, after: $after, maxDepth: 9) {
        totalCount edges { level node { reference } } pageInfo { endCursor } } }"""
    kept, after, visited = csr.closures.kept, None, []
    for _ in range(5):
        body = service.answer(Request(query, {"of": OF, "after": after})).body
        after = body["data"]["impact"]["pageInfo"]["endCursor"]
        visited.append(body["extensions"]["cost"]["visited"])

    assert csr.closures.kept == kept + 1
    assert visited == [50] * 5
    assert body["data"]["impact"]["totalCount"] > LARGE


def test_a_cursor_of_another_question_is_refused(indexes: Any) -> None:
    service = Service(indexes[0])
    whole = service.answer(Request(EVERYTHING, {"of": OF, "first": 1})).body["data"]["impact"]
    first_is_a_job = whole["edges"][0]["cursor"]

    response = service.answer(
        Request(EVERYTHING, {"of": OF, "first": 1, "after": first_is_a_job, "filter": {"kinds": ["MODEL_VERSION"]}})
    )

    assert response.codes == ("invalid_option",)
