"""Things found by what is said of them: by SQLite, in one statement, and none but those is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index
from tests.index.arrays import write
from tests.index.conftest import publish
from tests.index.toy import job, store
from tests.memory import Estate

PLACE = "https://acct.blob.core.windows.net/c"


def texts(nodes: list[Any]) -> list[str]:
    return [node.text for node in nodes]


def test_places_that_start_alike_are_found_within_a_segment(index: SqliteIndex) -> None:
    """`raw/2026` starts `raw/2026-01` and `raw/2026/a`, not `raw/2025`; nothing of another container."""
    paths = ("raw/2025/a", "raw/2026-01/a", "raw/2026-02", "raw/2026/a", "rawer")
    publish(index, [store("lake", PLACE), job("a", writes=[f"lake/{path}" for path in paths])])

    with index.view() as view:
        found = texts(view.starting(f"{PLACE}/raw/2026", 10))
        assert found == [f"{PLACE}/{path}" for path in ("raw/2026/a", "raw/2026-01/a", "raw/2026-02")]
        assert texts(view.starting(f"{PLACE}/raw/2026", 2)) == found[:2]
        assert len(view.starting(PLACE, 10)) == 5
        assert view.starting(f"{PLACE}/none", 10) == []
        assert view.starting("https://acct.blob.core.windows.net/other", 10) == []


@pytest.fixture
def facts(tmp_path: Path) -> Any:
    """Three jobs and a model version with facts, in two generations of which the second lacks a job."""
    index = open_index(tmp_path / "facts.db", create=True)
    estate = Estate()
    one = estate.job("one", git={"repo": "https://g/é", "commit": "abc1234def"}, compute="cpu")
    two = estate.job("two", git={"commit": "abc9999"}, compute="cpu-large")
    three = estate.job("three", displayName='said "compute":"cpu"')
    model = estate.model("m", "1", compute="cpu")
    write(index, [([one, two, three, model], []), ([two, three, model], [])])
    yield index
    index.close()


def test_things_are_found_by_a_fact_as_it_is_written(facts: SqliteIndex) -> None:
    """Whole or by its beginning, wherever it stands among the facts, never within the value of another."""
    with facts.view(1) as view:
        assert texts(view.holding(Kind.JOB, '"compute":"cpu"', 10)) == [job_text("one")]
        assert texts(view.holding(Kind.JOB, '"compute":"cpu', 10)) == [job_text("one"), job_text("two")]
        assert texts(view.holding(Kind.JOB, '"commit":"abc', 1)) == [job_text("one")]
        assert texts(view.holding(Kind.JOB, '"repo":"https://g/é"', 10)) == [job_text("one")]
        assert view.holding(Kind.JOB, '"commit":"c12"', 10) == []
    with facts.view() as view:
        assert texts(view.holding(Kind.JOB, '"commit":"abc', 10)) == [job_text("two")]


def test_only_what_is_found_is_read(facts: SqliteIndex) -> None:
    """One statement, and as many rows as there are answers: the rest of the kind never reaches Python."""
    said: list[str] = []
    with facts.view(1) as view:
        view._connection.set_trace_callback(said.append)
        rows = view.holding(Kind.JOB, '"compute":"cpu"', 10)
        view._connection.set_trace_callback(None)

    assert len(said) == 1
    assert len(rows) == 1


def job_text(name: str) -> str:
    return f"azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1/jobs/{name}"
