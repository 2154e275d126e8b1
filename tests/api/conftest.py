from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lineage.api.execution import Request, Service
from tests.api.story import credit
from tests.memory import MemoryIndex, MemoryView


@pytest.fixture
def view() -> MemoryView:
    return credit().view()


@pytest.fixture
def service(view: MemoryView) -> Service:
    return Service(MemoryIndex(view))


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(service: Service) -> Ask:
    """Ask the service and get `data`; any error fails the test."""

    def asked(query: str, **variables: Any) -> dict[str, Any]:
        response = service.answer(Request(query, variables))
        assert "errors" not in response.body, response.body["errors"]
        data: dict[str, Any] = response.body["data"]
        return data

    return asked
