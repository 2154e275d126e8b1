"""The root field `search`: hits in order, counts over all of them, pages that fit together."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.api.execution import Request, Service
from lineage.search import MOST
from tests.api.conftest import Ask
from tests.api.story import FIVE, SIX, Growing, credit, many
from tests.memory import Estate, MemoryIndex

COUNTS = """query ($words: String!, $filter: SearchFilter) { search(query: $words, first: 100, filter: $filter) {
  totalCount isComplete kinds { kind count } states { state count } scopes { scope count }
  origins { provenance count } edges { tier field snippet node { reference } } } }"""
PAGE = """query ($after: String) { search(query: "scorer", first: 2, after: $after) {
  totalCount edges { cursor node { name reference } } pageInfo { hasNextPage hasPreviousPage endCursor }
  generation { number } } }"""


def test_hits_and_counts_of_everything_that_was_found(ask: Ask) -> None:
    """Two scorecards, what serves them, and their outputs, with how surely their jobs are known."""
    data = ask(COUNTS, words="credit")["search"]

    assert (data["totalCount"], data["isComplete"]) == (len(data["edges"]), True)
    assert data["edges"][0] == {
        "tier": 0,
        "field": "NAME",
        "snippet": "credit-scoring 5",
        "node": {"reference": FIVE},
    }
    assert data["edges"][1]["node"] == {"reference": SIX}
    assert {"kind": "MODEL_VERSION", "count": 2} in data["kinds"]
    assert sum(one["count"] for one in data["kinds"]) == data["totalCount"]
    assert sum(one["count"] for one in data["states"]) == data["totalCount"]
    assert sum(one["count"] for one in data["scopes"]) == data["totalCount"]
    assert data["origins"] == [{"provenance": "CONFIRMED", "count": 2}]


def test_a_filter_narrows_hits_and_counts(ask: Ask) -> None:
    jobs = ask(COUNTS, words="train", filter={"kinds": ["JOB"]})["search"]
    nothing = ask(COUNTS, words="train", filter={"workspace": "azureml://registries/none"})["search"]

    assert [edge["node"]["reference"].rpartition("/")[2] for edge in jobs["edges"]] == ["train_1"]
    assert jobs["kinds"] == [{"kind": "JOB", "count": 1}]
    assert jobs["origins"] == []
    assert (nothing["totalCount"], nothing["edges"], nothing["kinds"]) == (0, [], [])


def test_pages_fit_together_whatever_is_published_meanwhile() -> None:
    """A cursor names its generation: the next page is of that one, in its order."""
    first, second = many(7).view(1, "2026-01-01T00:00:00Z"), many(20).view(2, "2026-02-01T00:00:00Z")
    index = Growing(first)
    service = Service(index)  # type: ignore[arg-type]
    rows: list[str] = []
    after = None
    while True:
        data = service.answer(Request(PAGE, {"after": after})).body["data"]["search"]
        assert (data["generation"]["number"], data["totalCount"]) == (1, 7)
        rows += [edge["node"]["reference"].rpartition("/")[2] for edge in data["edges"]]
        if len(index.views) == 1:
            index.views.append(second)
        if not data["pageInfo"]["hasNextPage"]:
            break
        after = data["pageInfo"]["endCursor"]

    assert rows == [f"{number:04}" for number in range(7)]


def test_of_very_many_hits_the_best_can_be_paged_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are counted, and `isComplete` tells that the pages end before."""
    monkeypatch.setattr("lineage.search.MOST", 3)
    data = Service(MemoryIndex(many(5).view())).answer(Request(COUNTS, {"words": "scorer"})).body["data"]["search"]

    assert MOST > 3
    assert (data["totalCount"], len(data["edges"]), data["isComplete"], data["origins"]) == (5, 3, False, None)


@pytest.mark.parametrize("query", ["", " :: ", '"', "x" * 401, "a b c d e f g h i j k l m n o p q"])
def test_what_cannot_be_searched_for_is_told_so(query: str) -> None:
    response = Service(MemoryIndex(credit().view())).answer(Request(COUNTS, {"words": query}))

    assert response.codes == ("invalid_option",)
    assert response.body["data"] == {"search": None}
    assert response.body["errors"][0]["extensions"]["remedy"]


@pytest.mark.parametrize(
    "query", ['credit" OR "x', "credit*", "NEAR(credit)", "c0 : credit", "credit AND -x", "{c0}:^credit"]
)
def test_nothing_in_the_text_is_syntax(ask: Ask, query: str) -> None:
    """The words of it are searched for, whatever they mean to a database."""
    data: Any = ask(COUNTS, words=query)["search"]
    assert data["isComplete"]


def test_a_cursor_of_another_list_is_refused(ask: Ask) -> None:
    service = Service(MemoryIndex(many(3).view()))
    models = service.answer(Request("{ models(first: 1) { pageInfo { endCursor } } }")).body["data"]["models"]

    response = service.answer(Request(PAGE, {"after": models["pageInfo"]["endCursor"]}))

    assert response.codes == ("invalid_option",)


def test_a_service_whose_words_are_not_ready_says_so() -> None:
    """One sentence and what to do, under a code of its own."""
    from lineage.errors import SearchNotReady

    class Slow:
        def __init__(self, view: Any) -> None:
            self._view = view

        def __getattr__(self, name: str) -> Any:
            return getattr(self._view, name)

        def search(self, *_: Any) -> Any:
            raise SearchNotReady("the words of the index are being read", "search again in a few seconds")

    index: Any = MemoryIndex(Slow(Estate("w").view()))  # type: ignore[arg-type]
    assert Service(index).answer(Request(COUNTS, {"words": "x"})).codes == ("search_not_ready",)
