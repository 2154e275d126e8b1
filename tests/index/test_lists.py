"""Filters by facts and orders by them: the index answers what the definition does, and reads what a page needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import listing
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index
from lineage.listing import Wanted
from lineage.ports import NodeFilter, Order, View
from lineage.records import Record
from tests.index.conftest import publish
from tests.index.toy import WS, Description, ToyRules, job


class Telling(ToyRules):
    """Facts are the record's body as it is, the name under `called`."""

    def describe(self, record: Record) -> Description:
        told = super().describe(record)
        facts = {"name" if key == "called" else key: value for key, value in record.body.items()}
        return Description(told.text, told.kind, told.archived, facts)


_WORD = st.sampled_from(["a", "A", "b", "É", "é", "ab", 'q"', "x'y", "日"])
_WHEN = st.sampled_from(["2026-03-31T08:00:00.1Z", "2026-03-31T08:00:01Z", "2026-04-01T00:00:00+00:00", "2025-01-01"])
_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "jobType": _WORD,
        "status": _WORD,
        "experiment": _WORD,
        "createdBy": _WORD,
        "called": _WORD,
        "createdAt": _WHEN,
        "tags": st.dictionaries(_WORD, _WORD, max_size=2),
    },
)
_SOME = st.just(()) | st.lists(_WORD, max_size=2).map(tuple)
_NARROW = st.builds(
    Wanted,
    text=st.sampled_from(["", "", "J1", "j"]),
    scope=st.sampled_from(["", WS]),
    states=st.sampled_from([(), (), (State.LIVE,), (State.ARCHIVED,)]),
    name=st.sampled_from(["", "", "a", "é"]),
    types=_SOME,
    statuses=_SOME,
    experiments=_SOME,
    created_by=_SOME,
    tags=st.just(()) | st.lists(st.sampled_from(["a", "b=a", 'q"', "é=é", "a=", "x'y"]), max_size=2).map(tuple),
    created_from=st.sampled_from(["", "", "2026-03-31", "2026-03-31T08:00:01Z", "2026-03-31T10:00:00+02:00"]),
    created_to=st.sampled_from(["", "", "2026-03-31", "2026-03-31T08:00:00Z"]),
)
# Several conditions together pass next to nothing: most are asked alone, and orders of everything.
_ALONE = st.sampled_from(
    [
        *(Wanted(types=(word,)) for word in ("a", "é")),
        *(Wanted(tags=(tag,)) for tag in ("a", "b=a", 'q"', "é=é", "a=", "x'y")),
        Wanted(created_from="2026-03-31T08:00:01Z"),
        Wanted(created_from="2026-03-31T10:00:00+02:00", created_to="2026-03-31"),
        Wanted(created_to="2026-03-31T08:00:00Z"),
    ]
)
_WANTED = st.just(Wanted()) | _ALONE | _NARROW
_ORDER = st.builds(Order, st.sampled_from(["", "createdAt", "name", "experiment"]), st.booleans())


def every(view: View, wanted: NodeFilter, order: Order, size: int) -> list[Node]:
    found: list[Node] = []
    while True:
        page = view.page_nodes(Kind.JOB, wanted, order, found[-1] if found else None, size)
        found += page
        if len(page) < size or len(found) > 100:
            return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(_FACTS, min_size=1, max_size=9), st.lists(st.tuples(_WANTED, _ORDER), min_size=4, max_size=12))
def test_the_index_lists_what_the_definition_does(
    tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], asked: list[tuple[Wanted, Order]]
) -> None:
    """Whatever the facts, the filter, the order and the size of the page; and counts as many."""
    index = open_index(tmp_path_factory.mktemp("lists") / "i.db", create=True, rules=Telling())
    publish(
        index, [job(f"j{number}", made=["o"], archived=number % 3 == 0, **facts) for number, facts in enumerate(told)]
    )
    with index.view() as view:
        jobs = view.list_nodes(NodeFilter((Kind.JOB,)), limit=100)
        for wanted, order in asked:
            narrow = listing.narrowed(Kind.JOB, wanted)
            theirs = listing.ordered((node for node in jobs if listing.passes(node, narrow)), order)
            assert every(view, narrow, order, 2) == theirs
            assert view.page_nodes(Kind.JOB, narrow, order, None, 100) == theirs
            assert view.count_nodes(narrow) == len(theirs)
            assert sorted(view.keys(narrow)) == sorted(node.key for node in theirs)
    index.close()


def rows_read(index: SqliteIndex, ask: Any) -> int:
    """About how many steps of SQLite's machine a question takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with index.view() as view:
        connection = view._connection
        connection.set_progress_handler(count, 10)
        try:
            ask(view)
        finally:
            connection.set_progress_handler(None, 0)
    return steps * 10


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(types=("command",)), Wanted(created_from="2026-01-01")], ids=str)
def test_a_page_by_reference_reads_no_more_of_a_larger_estate(tmp_path: Any, wanted: Wanted) -> None:
    """Steps of the database for the first hundred of a thousand jobs and of eight thousand."""
    steps = {}
    for size in (1_000, 8_000):
        index = open_index(tmp_path / f"{size}.db", create=True, rules=Telling())
        publish(index, [job(f"j{n:05}", jobType="Command", createdAt="2026-02-01T00:00:00Z") for n in range(size)])
        steps[size] = rows_read(index, lambda view: listing.things(view, Kind.JOB, wanted, limit=100))
        index.close()

    assert steps[8_000] < steps[1_000] * 1.2
    assert steps[1_000] > 1_000
