"""Estates as the service's records, linked and published as a crawl would, and what the rules say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lineage import findings
from lineage.findings import Finding
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.ports import View
from lineage.records import Fact
from tests.linked import W

NOON = "2026-11-30T12:00:00Z"
Open = Callable[..., View]
Judge = Callable[..., list[Finding]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Publishes facts into an index of its own and gives the view."""
    with ExitStack() as stack:
        made = iter(range(100))

        def publish(*facts: Fact, now: str = NOON) -> View:
            index = open_index(tmp_path / f"{next(made)}.db", create=True)
            index.publish(W, iter(facts), Quiet(), started=now, clock=lambda: now)
            return stack.enter_context(index.view())

        yield publish


@pytest.fixture
def judged(opened: Open) -> Judge:
    """What the rules say of an estate: all, or of some codes."""

    def judge(*facts: Fact, codes: tuple[findings.Code, ...] = (), **options: Any) -> list[Finding]:
        return list(findings.estate(opened(*facts), findings.Wanted(codes), **options))

    return judge
