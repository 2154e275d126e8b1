"""`population`: the control total over GraphQL, page by page."""

from __future__ import annotations

from typing import Any

from lineage.api.execution import Request, Service
from lineage.records import GapReason, RecordKind
from tests.memory import Estate, MemoryIndex

QUERY = """query ($after: String) { population(first: 1, after: $after) {
  totalCount total { listed referenced stored forbidden reconciles collection isComplete }
  edges { node { scope collection referenced stored forbidden reconciles } } pageInfo { endCursor hasNextPage } } }"""


def asked(service: Service, after: str | None = None) -> dict[str, Any]:
    response = service.answer(Request(QUERY, {"after": after}))
    assert "errors" not in response.body, response.body["errors"]
    answer: dict[str, Any] = response.body["data"]["population"]
    return answer


def test_the_sum_stands_on_every_page() -> None:
    """Two collections, one a page; the total covers both."""
    estate = Estate()
    estate.record(estate.job("a"), RecordKind.JOB, {})
    estate.gap(estate.job("b"), GapReason.FORBIDDEN)
    estate.record(estate.model("m", "1"), RecordKind.MODEL_VERSION, {})
    service = Service(MemoryIndex(estate.view()))
    scope = estate.scope.text

    first = asked(service)
    second = asked(service, first["pageInfo"]["endCursor"])

    counts = {"listed": 0, "referenced": 3, "stored": 2, "forbidden": 1}
    assert first["total"] == second["total"] == {**counts, "reconciles": True, "collection": None, "isComplete": None}
    assert [one["node"] for page in (first, second) for one in page["edges"]] == [
        {"scope": scope, "collection": "jobs", "referenced": 2, "stored": 1, "forbidden": 1, "reconciles": True},
        {
            "scope": scope,
            "collection": "models/*/versions",
            "referenced": 1,
            "stored": 1,
            "forbidden": 0,
            "reconciles": True,
        },
    ]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
