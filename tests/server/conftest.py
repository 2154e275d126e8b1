from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from lineage.server.app import application
from tests.api.story import credit
from tests.memory import MemoryIndex
from tests.server.browser import Browser


@pytest.fixture
def client() -> Iterator[Browser]:
    with Browser(application(MemoryIndex(credit().view()))) as client:
        yield client


Browse = Callable[..., Browser]


@pytest.fixture
def browse() -> Iterator[Browse]:
    """A client of the service over the index that the test gives."""
    with ExitStack() as stack:

        def browsing(index: Any, **options: Any) -> Browser:
            return stack.enter_context(Browser(application(index, **options)))

        yield browsing
