"""Indexes in temporary folders, published by the toy rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from lineage.index import SqliteIndex, open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from lineage.records import Fact
from tests.index.toy import WS, ToyRules

NOON = "2026-03-31T12:00:00Z"
Publish = Callable[..., Generation]


def publish(
    index: SqliteIndex, facts: Iterable[Fact], *, root: str = WS, now: str = NOON, **options: Any
) -> Generation:
    """Publish `facts` as one crawl of `root`."""
    report = options.pop("report", None) or Quiet()
    return index.publish(root, iter(list(facts)), report, started=NOON, clock=lambda: now, **options)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SqliteIndex]:
    """Makes a new index, by name."""

    def new(name: str = "index", rules: Any = None) -> SqliteIndex:
        return open_index(tmp_path / f"{name}.db", create=True, rules=rules or ToyRules())

    return new


@pytest.fixture
def index(make: Callable[..., SqliteIndex]) -> SqliteIndex:
    return make()
