"""How long a list is, is counted once for a generation and a filter."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.api.execution import Request, Service
from tests.api.story import credit, many
from tests.memory import MemoryIndex, MemoryView

QUERY = """query ($first: Int!, $after: String, $filter: ModelFilter, $asOf: AsOf) {
  models(first: $first, after: $after, filter: $filter, asOf: $asOf) { totalCount pageInfo { endCursor } }
  jobs(first: 1, asOf: $asOf) { totalCount }
}"""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The filters whose things the index was asked to tell, all of them."""
    found: list[Any] = []
    keys = MemoryView.keys

    def counting(view: MemoryView, wanted: Any) -> Any:
        found.append(wanted)
        return keys(view, wanted)

    monkeypatch.setattr(MemoryView, "keys", counting)
    return found


def test_the_next_page_does_not_count_again(counted: list[Any]) -> None:
    """Neither does another list with the same filter; another filter and another generation do."""
    view = credit()
    index = MemoryIndex(many(3).view(1, "2026-11-30T06:00:00Z"), view.view(2, "2026-12-01T06:00:00Z"))
    service = Service(index)

    def ask(**variables: Any) -> Any:
        body = service.answer(Request(QUERY, {"first": 1, **variables})).body
        assert "errors" not in body
        return body["data"]["models"]

    first = ask()
    assert len(counted) == 2
    second = ask(after=first["pageInfo"]["endCursor"])
    assert second["totalCount"] == first["totalCount"] == 3
    assert len(counted) == 2
    ask(filter={"stage": "Production"})
    assert len(counted) == 3
    ask(asOf={"generation": 1})
    assert len(counted) == 5


def test_a_count_that_ran_out_of_time_is_tried_again(counted: list[Any]) -> None:
    """Null is no count."""
    index = MemoryIndex(credit().view())
    hurried = Service(index, seconds=-1.0)
    for times in (1, 2):
        body = hurried.answer(Request("{ models(first: 1) { totalCount } }")).body
        assert body["data"] == {"models": {"totalCount": None}}
        assert len(counted) == times
