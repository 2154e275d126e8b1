"""Lists by kind: what passes, in which order, page by page, and what a page costs."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.api.execution import Request, Service
from lineage.graph import State
from tests.api.conftest import Ask
from tests.api.story import WORKSPACE, Growing, credit, many
from tests.api.test_reading import Counting
from tests.memory import Estate, MemoryIndex, MemoryView

JOBS = """query ($first: Int!, $after: String, $filter: JobFilter, $orderBy: ListOrder, $asOf: AsOf) {
  jobs(first: $first, after: $after, filter: $filter, orderBy: $orderBy, asOf: $asOf) {
    totalCount generation { number } edges { cursor node { name } } pageInfo { hasNextPage endCursor } } }"""


def estate() -> MemoryView:
    """Six jobs that differ in everything a list asks about; one of them is only named by a workspace's GUID."""
    estate = Estate("w", group="g", subscription="s")
    for number, (kind, status, experiment, who) in enumerate(
        [
            ("Command", "Completed", "risk", "Ada"),
            ("Command", "Failed", "risk", "Bob"),
            ("Sweep", "Completed", "churn", "Ada"),
            ("Pipeline", "Canceled", "churn", "Ada"),
            ("Command", "Completed", "churn", "Bob"),
        ]
    ):
        estate.job(
            f"j{number}",
            jobType=kind,
            status=status,
            experiment=experiment,
            createdBy=who,
            compute="cpu" if number % 2 else "gpu",
            createdAt=f"2026-03-0{9 - number}T00:00:00Z",
            startTime=f"2026-04-0{number + 1}T00:00:00Z" if number != 2 else "",
            tags={"team": "a" if number < 3 else "b"},
        )
    estate.job("gone", state=State.DELETED)
    return estate.view()


def names(service: Service, **variables: Any) -> list[str]:
    """Of all jobs that pass, page by page."""
    found: list[str] = []
    after = None
    while True:
        body = service.answer(Request(JOBS, {"first": 2, "after": after, **variables})).body
        assert "errors" not in body, body["errors"]
        page = body["data"]["jobs"]
        found += [edge["node"]["name"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(found)
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, ["gone", "j0", "j1", "j2", "j3", "j4"]),
        ({"types": ["command"]}, ["j0", "j1", "j4"]),
        ({"types": ["SWEEP", "Pipeline"]}, ["j2", "j3"]),
        ({"statuses": ["failed"]}, ["j1"]),
        ({"experiments": ["Churn"], "createdBy": ["ada"]}, ["j2", "j3"]),
        ({"computes": ["gpu"]}, ["j0", "j2", "j4"]),
        ({"tags": ["team=a"], "types": ["Command"]}, ["j0", "j1"]),
        ({"createdFrom": "2026-03-07", "createdTo": "2026-03-08T00:00:00Z"}, ["j1", "j2"]),
        ({"createdFrom": "2026-03-07T02:00:00+02:00", "createdTo": "2026-03-07"}, ["j2"]),
        ({"states": ["DELETED"]}, ["gone"]),
        ({"name": "J3"}, ["j3"]),
        ({"text": "/JOBS/j4"}, ["j4"]),
        ({"workspace": "azureml://registries/r"}, []),
    ],
)
def test_a_list_shows_what_passes(wanted: dict[str, Any], found: list[str]) -> None:
    """Every condition narrows, of several values one is enough, and all pages together are what is counted."""
    assert names(Service(MemoryIndex(estate())), filter=wanted) == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ({"field": "REFERENCE", "direction": "DESC"}, ["j4", "j3", "j2", "j1", "j0", "gone"]),
        ({"field": "CREATED_AT"}, ["j4", "j3", "j2", "j1", "j0", "gone"]),
        ({"field": "CREATED_AT", "direction": "DESC"}, ["j0", "j1", "j2", "j3", "j4", "gone"]),
        ({"field": "STARTED_AT", "direction": "DESC"}, ["j4", "j3", "j1", "j0", "gone", "j2"]),
        ({"field": "NAME"}, ["gone", "j0", "j1", "j2", "j3", "j4"]),
        ({"field": "ENDED_AT"}, ["gone", "j0", "j1", "j2", "j3", "j4"]),
    ],
)
def test_a_list_is_in_the_order_that_was_asked_for(order: dict[str, str], found: list[str]) -> None:
    """Things without the fact come last, whichever way."""
    assert names(Service(MemoryIndex(estate())), orderBy=order) == found


def test_every_kind_has_its_list(ask: Ask) -> None:
    data = ask(
        """{ jobs(first: 10) { totalCount } data(first: 10) { edges { node { name type path } } }
        environments(first: 10, filter: { images: ["mcr.example/sklearn:12"] }) { edges { node { name version } } }
        components(first: 10) { totalCount }
        endpoints(first: 10, filter: { types: ["online"] }) { edges { node { name trafficShares { percent } } } }
        deployments(first: 10) { totalCount edges { node { name traffic model { version } } } }
        batch: deployments(first: 10, filter: { types: ["batch"] }) { totalCount }
        workspaces(first: 10) { totalCount } registries(first: 10) { totalCount }
        generations(first: 10) { totalCount edges { node { number rules root nodeCount } } } }"""
    )

    assert data["jobs"]["totalCount"] == 3
    assert data["data"]["edges"] == [{"node": {"name": "bureau-extracts", "type": "uri_folder", "path": None}}]
    assert data["environments"]["edges"] == [{"node": {"name": "sklearn", "version": "12"}}]
    assert data["endpoints"]["edges"] == [
        {"node": {"name": "credit-live", "trafficShares": [{"percent": 90}, {"percent": 10}]}}
    ]
    assert data["deployments"]["edges"] == [
        {"node": {"name": "blue", "traffic": 90, "model": {"version": "5"}}},
        {"node": {"name": "green", "traffic": 10, "model": {"version": "6"}}},
    ]
    assert data["batch"]["totalCount"] == 0
    assert [data[name]["totalCount"] for name in ("components", "workspaces", "registries")] == [0, 0, 0]
    assert [edge["node"]["number"] for edge in data["generations"]["edges"]] == [1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"provenances": ["NONE"]}, ["early-warning"]),
        ({"provenances": ["CONFIRMED", "INFERRED"]}, ["credit-scoring", "credit-scoring"]),
        ({"createdBy": ["priya"]}, ["credit-scoring"]),
        ({"name": "EARLY-warning"}, ["early-warning"]),
        ({"types": ["nothing"]}, []),
    ],
)
def test_models_may_be_asked_for_by_how_surely_their_job_is_known(ask: Ask, wanted: Any, found: list[str]) -> None:
    query = "query ($f: ModelFilter) { models(first: 9, filter: $f) { totalCount edges { node { name } } } }"
    data = ask(query, f=wanted)["models"]

    assert [edge["node"]["name"] for edge in data["edges"]] == found
    assert data["totalCount"] == len(found)


def test_a_page_fits_the_one_before_whatever_is_published_meanwhile() -> None:
    index = Growing(many(5).view(1))
    service = Service(index)  # type: ignore[arg-type]
    order = {"field": "NAME", "direction": "DESC"}
    first = service.answer(Request(JOBS, {"first": 3, "orderBy": order})).body["data"]["jobs"]
    index.views.append(many(9).view(2, "2026-12-01T06:00:00Z"))
    after = first["pageInfo"]["endCursor"]
    second = service.answer(Request(JOBS, {"first": 3, "orderBy": order, "after": after})).body["data"]["jobs"]

    assert (first["generation"]["number"], second["generation"]["number"]) == (1, 1)
    shown = [edge["node"]["name"] for page in (first, second) for edge in page["edges"]]
    assert shown == [f"job_{number:04}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"first": 0}, "`first` is 0"),
        ({"first": 1, "after": "bogus"}, "cursor"),
        ({"first": 1, "filter": {"createdFrom": "soon"}}, "no instant"),
        ({"first": 1, "filter": {"workspace": WORKSPACE.rpartition("/")[2]}}, "names no workspace"),
    ],
)
def test_what_means_nothing_is_told(variables: dict[str, Any], says: str) -> None:
    response = Service(MemoryIndex(credit().view())).answer(Request(JOBS, variables))

    assert response.codes == ("invalid_option",)
    assert says in response.body["errors"][0]["message"]


def test_a_page_asks_the_index_as_often_whatever_it_holds() -> None:
    """A hundred jobs with their commands and environments: as many readings as ten."""
    query = "{ jobs(first: 100) { edges { node { name command environment { name } parent { name } } } } }"
    calls = {}
    for size in (10, 100):
        view = Counting(many(size).view())
        response = Service(MemoryIndex(view)).answer(Request(query))  # type: ignore[arg-type]
        assert len(response.body["data"]["jobs"]["edges"]) == size
        calls[size] = view.calls

    assert calls[100] == calls[10] < 12
