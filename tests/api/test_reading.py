"""How often a request asks the index, and what it may spend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lineage.api.execution import Request, Service
from lineage.api.session import Session
from lineage.ports import Generation
from tests.api.conftest import Ask
from tests.api.story import FIVE, Growing, many
from tests.memory import MemoryIndex, MemoryView

NESTED = """query ($first: Int!) { models(first: $first) { edges { provenance producer { name } node {
  upstream(first: 10) { totalCount edges { node { reference } relation } } } } } }"""


class Counting:
    """A view that counts how often it is asked for anything."""

    def __init__(self, view: MemoryView) -> None:
        self._view = view
        self.calls = 0

    @property
    def generation(self) -> Generation:
        return self._view.generation

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def asked(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            return getattr(self._view, name)(*arguments, **named)

        return asked


def calls_for(models: int) -> int:
    view = Counting(many(models).view())
    response = Service(MemoryIndex(view)).answer(Request(NESTED, {"first": 100}))
    assert response.codes == ()
    assert len(response.body["data"]["models"]["edges"]) == models
    assert all(edge["node"]["upstream"]["totalCount"] == 3 for edge in response.body["data"]["models"]["edges"])
    return view.calls


def test_a_page_of_a_hundred_lineages_asks_the_index_as_often_as_one_of_fifty() -> None:
    """The lineage of a whole page is read together, a call a level, never a call a thing."""
    fifty, hundred = calls_for(50), calls_for(100)

    assert hundred == fifty
    assert hundred < 40


def test_one_question_asks_the_index_a_few_times() -> None:
    """A single closure costs a few calls a level."""
    view = Counting(many(1).view())
    service = Service(MemoryIndex(view))

    service.answer(Request('{ upstream(ref: { model: "scorer:0000" }, first: 10) { totalCount } }'))

    assert view.calls < 25


def test_traffic_of_many_deployments_is_read_at_once(ask: Ask) -> None:
    """Deployments of one page share one look at their endpoints."""
    told = ask(
        '{ downstream(ref: { uri: "azureml:bureau-extracts:1" }, first: 50, filter: { kinds: [DEPLOYMENT] }) '
        "{ edges { node { ... on Deployment { traffic mirrorTraffic } } } } }"
    )

    assert [edge["node"]["traffic"] for edge in told["downstream"]["edges"]] == [90, 10]


def test_a_request_that_visits_too_much_says_where_it_stopped() -> None:
    """The node budget is the request's: what is left over is named, not dropped."""
    service = Service(MemoryIndex(many(30).view()), max_nodes=20)
    query = (
        '{ downstream(ref: { uri: "azureml:shared:1" }, first: 100) { totalCount isComplete '
        "truncations { reason detail frontier(first: 100) { totalCount } } } }"
    )

    told = service.answer(Request(query)).body["data"]["downstream"]

    assert told["isComplete"] is False
    assert told["truncations"][0]["reason"] == "NODE_LIMIT"
    assert told["truncations"][0]["frontier"]["totalCount"] > 0
    assert told["totalCount"] == 19


def test_the_node_budget_is_shared_by_the_whole_request() -> None:
    """Ten fields may not visit ten times as much as one."""
    service = Service(MemoryIndex(many(30).view()), max_nodes=100)
    field = 'downstream(ref: { uri: "azureml:shared:1" }, first: 1) { isComplete }'
    query = "{ " + " ".join(f"a{number}: {field}" for number in range(3)) + " }"

    body = service.answer(Request(query)).body

    assert [body["data"][f"a{number}"]["isComplete"] for number in range(3)] == [True, False, False]
    assert body["extensions"]["cost"]["visited"] <= 101


def test_a_request_that_takes_too_long_says_so() -> None:
    """The deadline ends the walk with `TIME_LIMIT`, and what was found is given."""
    service = Service(MemoryIndex(many(30).view()), seconds=0.0)
    query = '{ downstream(ref: { uri: "azureml:shared:1" }, first: 100) { isComplete truncations { reason } } }'

    told = service.answer(Request(query)).body["data"]["downstream"]

    assert told == {"isComplete": False, "truncations": [{"reason": "TIME_LIMIT"}]}


def test_a_count_that_takes_too_long_is_ended_with_its_code() -> None:
    """Where a partial answer would mislead, the request ends after the grace, whatever the question is."""
    service = Service(MemoryIndex(many(30).view()), seconds=-10.0)

    body = service.answer(Request("{ status { generation { number } coverage { total } } }")).body

    assert body["data"] == {"status": {"generation": {"number": 1}, "coverage": None}}
    assert body["errors"][0]["extensions"]["code"] == "query_too_slow"
    assert body["errors"][0]["extensions"]["remedy"]


def test_a_request_reads_one_generation_from_start_to_end() -> None:
    """The newest generation is opened once and kept, and closed when the request ends."""
    index = Growing(many(1).view(1), many(1).view(2, "2026-12-01T06:00:00Z"))
    with Session(index) as session:  # type: ignore[arg-type]
        newest = session.view()
        index.views.append(many(1).view(3, "2026-12-02T06:00:00Z"))

        assert session.view() is newest
        assert session.view(2) is newest
        assert session.view(1) is not newest
        assert session.view("2026-12-01T12:00:00Z") is newest


@pytest.mark.parametrize("number", range(3))
def test_a_document_is_remembered_by_its_text(service: Service, number: int) -> None:
    """Asked again, it is neither parsed nor validated again, and answers the same."""
    query = "query ($uri: String!) { resolve(ref: { uri: $uri }) { __typename } }"
    answers = [service.answer(Request(query, {"uri": FIVE})).body["data"] for _ in range(number + 1)]

    assert answers == [{"resolve": {"__typename": "ModelVersion"}}] * (number + 1)
    assert len(service._documents) == 1
    assert service._documents.get(query) is not None
