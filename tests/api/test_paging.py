"""Pages: bounded, complete, in order, and from one generation whatever is published meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.api.execution import Request, Service
from tests.api.story import FIVE, Growing, credit, many
from tests.memory import Estate, MemoryIndex

MODELS = """query ($first: Int!, $after: String, $filter: ModelFilter, $orderBy: ModelOrder, $asOf: AsOf) {
  models(first: $first, after: $after, filter: $filter, orderBy: $orderBy, asOf: $asOf) {
    totalCount generation { number } edges { cursor node { reference } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
DOWN = """query ($first: Int!, $after: String, $asOf: AsOf) {
  downstream(ref: { uri: "azureml:shared:1" }, first: $first, after: $after, asOf: $asOf) {
    totalCount generation { number } edges { cursor depth node { reference } } pageInfo { hasNextPage endCursor } } }"""


def pages(service: Service, query: str, field: str, size: int, **variables: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    read: list[dict[str, Any]] = []
    after = None
    while True:
        body = service.answer(Request(query, {"first": size, "after": after, **variables})).body
        assert "errors" not in body, body["errors"]
        read.append(body["data"][field])
        if not read[-1]["pageInfo"]["hasNextPage"]:
            return read
        after = read[-1]["pageInfo"]["endCursor"]


def references(read: list[dict[str, Any]]) -> list[str]:
    return [edge["node"]["reference"] for page in read for edge in page["edges"]]


@pytest.mark.parametrize("size", [1, 7, 24, 25, 1000])
def test_pages_of_any_size_give_the_same_list(size: int) -> None:
    """Nothing is lost and nothing comes twice, wherever the pages end."""
    service = Service(MemoryIndex(many(25).view()))

    read = pages(service, MODELS, "models", size)

    assert references(read) == sorted(references(read))
    assert len(references(read)) == 25
    assert [page["totalCount"] for page in read] == [25] * len(read)
    assert len(read) == -(-25 // size)


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_lineage_pages_of_any_size_give_the_same_list(size: int) -> None:
    """The closure is paged by depth and reference."""
    service = Service(MemoryIndex(many(10).view()))

    read = pages(service, DOWN, "downstream", size)

    order = [(edge["depth"], edge["node"]["reference"]) for page in read for edge in page["edges"]]
    assert order == sorted(order)
    assert len(set(order)) == 30


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ({"field": "CREATED_AT", "direction": "DESC"}, "0011"),
        ({"field": "CREATED_AT"}, "0000"),
        ({"field": "REFERENCE", "direction": "DESC"}, "0011"),
    ],
)
def test_a_list_may_be_ordered(order: dict[str, str], first: str) -> None:
    """By time or by reference, either way, over all pages."""
    service = Service(MemoryIndex(many(12).view()))

    read = references(pages(service, MODELS, "models", 5, orderBy=order))

    assert read[0].endswith(f"/versions/{first}")
    assert read in (sorted(read), sorted(read, reverse=True))
    assert len(read) == 12


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"text": "SCORING"}, 2),
        ({"stage": "Production"}, 1),
        ({"tags": ["team=credit"]}, 1),
        ({"hasProducer": False}, 1),
        ({"createdFrom": "2026-10-05"}, 1),
        ({"states": ["ARCHIVED"]}, 0),
        ({"workspace": "azureml://subscriptions/s1/resourceGroups/rg/workspaces/mlw-credit-dev"}, 3),
    ],
)
def test_a_list_may_be_filtered(wanted: dict[str, Any], count: int) -> None:
    """Every condition narrows, and the total counts what passes."""
    service = Service(MemoryIndex(credit().view()))

    (page,) = pages(service, MODELS, "models", 10, filter=wanted)

    assert len(page["edges"]) == count
    assert page["totalCount"] == count


@pytest.mark.parametrize(
    "wanted", [{"createdFrom": "yesterday"}, {"createdTo": "2026-13-01"}, {"workspace": "mlw-credit-dev"}]
)
def test_a_filter_that_means_nothing_is_told(wanted: dict[str, str]) -> None:
    """An empty list would say that there are no such models."""
    body = Service(MemoryIndex(credit().view())).answer(Request(MODELS, {"first": 1, "filter": wanted})).body

    assert body["data"] == {"models": None}
    assert body["errors"][0]["extensions"]["code"] == "invalid_option"
    assert body["errors"][0]["extensions"]["remedy"]


@pytest.mark.parametrize("instant", ["2026-10-05", "2026-10-05T00:00:00Z", "2026-10-05T00:00:00.1234567+02:00"])
def test_a_filter_takes_every_spelling_of_an_instant(instant: str) -> None:
    """A day, UTC, an offset, seven digits as the service writes them."""
    (page,) = pages(Service(MemoryIndex(credit().view())), MODELS, "models", 9, filter={"createdFrom": instant})

    assert page["totalCount"] == 1


def test_a_cursor_keeps_its_generation_while_another_is_published() -> None:
    """The next page fits the one before it although the newest generation has changed."""
    index = Growing(many(6).view(1))
    service = Service(index)  # type: ignore[arg-type]
    first = service.answer(Request(MODELS, {"first": 4})).body["data"]["models"]
    index.views.append(many(2).view(2, "2026-12-01T06:00:00Z"))

    rest = service.answer(Request(MODELS, {"first": 4, "after": first["pageInfo"]["endCursor"]})).body["data"]["models"]
    fresh = service.answer(Request(MODELS, {"first": 4})).body["data"]["models"]

    assert (first["generation"]["number"], rest["generation"]["number"], fresh["generation"]["number"]) == (1, 1, 2)
    assert len(first["edges"]) + len(rest["edges"]) == 6
    assert rest["pageInfo"]["hasPreviousPage"] is True
    assert len(fresh["edges"]) == 2


def test_a_lineage_cursor_keeps_its_generation_too() -> None:
    """Also the pages of a closure, from the root and from a node."""
    index = Growing(many(3).view(1))
    service = Service(index)  # type: ignore[arg-type]
    first = service.answer(Request(DOWN, {"first": 4})).body["data"]["downstream"]
    index.views.append(Estate("other").view(2, "2026-12-01T06:00:00Z"))

    rest = service.answer(Request(DOWN, {"first": 9, "after": first["pageInfo"]["endCursor"]})).body["data"][
        "downstream"
    ]

    assert rest["generation"]["number"] == 1
    assert first["totalCount"] == rest["totalCount"] == 9
    assert len(rest["edges"]) == 5


def test_a_list_inside_an_answer_is_paged_as_of_the_same_generation() -> None:
    """When something was published between its pages, the refusal says which generation to ask for."""
    index = Growing(many(3).view(1))
    service = Service(index)  # type: ignore[arg-type]
    query = """query ($after: String, $asOf: AsOf) { downstream(ref: { uri: "azureml:shared:1" }, first: 1, asOf: $asOf,
      maxDepth: 1) { truncations { frontier(first: 2, after: $after) {
        edges { node { name } } pageInfo { endCursor } } } } }"""
    first = service.answer(Request(query)).body["data"]["downstream"]["truncations"][0]["frontier"]
    after = first["pageInfo"]["endCursor"]
    index.views.append(many(3).view(2, "2026-12-01T06:00:00Z"))

    refused = service.answer(Request(query, {"after": after})).body["errors"][0]
    body = service.answer(Request(query, {"after": after, "asOf": {"generation": 1}})).body

    assert refused["extensions"] == {
        "code": "invalid_option",
        "remedy": "ask for that answer with asOf: {generation: 1}",
    }
    assert len(first["edges"]) == 2
    assert len(body["data"]["downstream"]["truncations"][0]["frontier"]["edges"]) == 1


def test_as_of_reads_an_earlier_generation_by_number_and_by_instant() -> None:
    """What was known then, not what is known now."""
    index = Growing(many(3).view(1, "2026-03-31T00:00:00Z"), many(5).view(2, "2026-04-30T00:00:00Z"))
    service = Service(index)  # type: ignore[arg-type]
    counts = [
        service.answer(Request(MODELS, {"first": 9, "asOf": as_of})).body["data"]["models"]["totalCount"]
        for as_of in (None, {"generation": 1}, {"instant": "2026-04-01T00:00:00Z"}, {"instant": "2026-05-01T00:00:00Z"})
    ]

    assert counts == [5, 3, 3, 5]


def test_a_generation_that_is_not_there_is_told() -> None:
    """No silent fall back to the newest."""
    body = Service(MemoryIndex(many(1).view())).answer(Request(MODELS, {"first": 1, "asOf": {"generation": 9}})).body

    assert body["data"] == {"models": None}
    assert body["errors"][0]["extensions"]["code"] == "unknown_reference"


@pytest.mark.parametrize("cursor", ["", "!", "AAAA", "x" * 5000, "k6Ztb2RlbHMBAQ", "ünï"])
def test_a_cursor_that_nobody_gave_is_refused(cursor: str) -> None:
    """Broken, foreign or invented: told as an option that means nothing."""
    body = Service(MemoryIndex(many(1).view())).answer(Request(DOWN, {"first": 1, "after": cursor})).body

    assert body["data"] == {"downstream": None}
    assert body["errors"][0]["extensions"]["code"] == "invalid_option"


def test_a_cursor_of_another_list_is_refused() -> None:
    """A cursor of `models` means nothing to `downstream`."""
    service = Service(MemoryIndex(many(3).view()))
    cursor = service.answer(Request(MODELS, {"first": 1})).body["data"]["models"]["pageInfo"]["endCursor"]

    body = service.answer(Request(DOWN, {"first": 1, "after": cursor})).body

    assert body["errors"][0]["extensions"]["code"] == "invalid_option"
    assert "not given by this list" in body["errors"][0]["message"]


def test_a_cursor_and_as_of_must_agree() -> None:
    """A page can only come from one generation."""
    index = Growing(many(3).view(1), many(3).view(2, "2026-12-01T06:00:00Z"))
    service = Service(index)  # type: ignore[arg-type]
    cursor = service.answer(Request(MODELS, {"first": 1})).body["data"]["models"]["pageInfo"]["endCursor"]

    body = service.answer(Request(MODELS, {"first": 1, "after": cursor, "asOf": {"generation": 1}})).body

    assert body["errors"][0]["extensions"]["code"] == "invalid_option"
    assert "generation 2" in body["errors"][0]["message"]


@pytest.mark.parametrize("first", [0, -1, 1001, 2**31 - 1])
def test_a_page_has_one_to_a_thousand_entries(first: int) -> None:
    """Anything else is told, never cut silently."""
    body = Service(MemoryIndex(many(1).view())).answer(Request(MODELS, {"first": first})).body

    assert body["data"] == {"models": None}
    assert body["errors"][0]["extensions"]["code"] == "invalid_option"
    assert "1 to 1,000" in body["errors"][0]["message"]


def test_one_bad_argument_loses_only_its_own_field() -> None:
    """What can be answered is answered beside the error."""
    service = Service(MemoryIndex(credit().view()))
    query = """query ($id: ID!) { good: models(first: 1) { totalCount } bad: models(first: 0) { totalCount }
      node(id: $id) { ... on LineageNode { reference upstream(first: 5000) { totalCount } } } }"""
    from lineage.ids import key

    body = service.answer(Request(query, {"id": str(key(FIVE))})).body

    assert body["data"]["good"] == {"totalCount": 3}
    assert body["data"]["bad"] is None
    assert body["data"]["node"] == {"reference": FIVE, "upstream": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["invalid_option"] * 2
