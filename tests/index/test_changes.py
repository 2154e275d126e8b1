"""What changed, read off the history, is what a comparison of both generations finds; and it costs what changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.changing import Change, EdgeChange, ToldChange
from lineage.difference import Turned
from lineage.index import SqliteIndex, open_index, schema
from lineage.index.changes import SqliteChanges
from lineage.ports import NodeFilter
from lineage.records import GapReason
from tests.index.conftest import publish
from tests.index.test_laws import ESTATES, GAPS, facts_of, indexes
from tests.index.toy import ToyRules, job
from tests.memory import MemoryView

LAWS = settings(max_examples=60, deadline=None)
ALL = 10**6


def whole(index: SqliteIndex, number: int) -> MemoryView:
    """Everything that one generation holds."""
    with index.view(number) as view:
        nodes = view.list_nodes(NodeFilter(), limit=ALL)
        edges = view.causes([node.key for node in nodes])
        return MemoryView(
            nodes, edges, gaps=view.gaps(limit=ALL), loose=view.loose(limit=ALL), generation=view.generation
        )


def grown(index: SqliteIndex, states: list[Any]) -> list[MemoryView]:
    """Publish one generation after the other; each of them whole."""
    views: list[MemoryView] = []
    for estate, gaps in states:
        number = publish(index, facts_of(estate, gaps), accept_shrink=True).number
        views.append(whole(index, number))
        views[-1].before = tuple(views[:-1])
    return views


def everything(changes: Any) -> dict[str, list[Any]]:
    """All that changed, without the crawl that met it and without when a link was first published."""
    return {
        "nodes": changes.nodes(list(changes.node_marks())),
        "marks": [(mark.text, mark.before, mark.after, mark.generation) for mark in changes.node_marks()],
        "edges": sorted(map(timeless, changes.edges()), key=str),
        "gaps": sorted(((one.before, one.after, one.generation) for one in changes.gaps()), key=str),
        "loose": sorted(((one.before, one.after, one.generation) for one in changes.loose()), key=str),
    }


def timeless(one: EdgeChange) -> tuple[Any, ...]:
    sides = (None if edge is None else without_since(edge) for edge in (one.before, one.after))
    return (one.effect, one.kind, *sides, one.generation)


def without_since(edge: Any) -> tuple[Any, ...]:
    return tuple(getattr(edge, name) for name in edge.__struct_fields__ if name != "since")


STATES = st.lists(st.tuples(ESTATES, GAPS), min_size=2, max_size=4)


@given(STATES)
@LAWS
def test_the_history_says_what_a_comparison_of_both_generations_finds(states: list[Any]) -> None:
    """Nodes, links, gaps and loose ends, and which generation brought each, between any two generations."""
    with indexes() as (index, _):
        views = grown(index, states)
        for later in range(len(views)):
            for earlier in range(later + 1):
                with index.view(later + 1) as view:
                    told = everything(view.changes_from(earlier + 1))
                    wanted = everything(views[later].changes_from(earlier + 1))
                    assert told == wanted
                    if earlier == later:
                        assert not any(told.values()), "nothing differs from itself"


@given(STATES, st.integers(0, 4))
@LAWS
def test_of_some_things_it_says_the_same_as_of_all(states: list[Any], some: int) -> None:
    """Asked about some keys, exactly the changes of these."""
    with indexes() as (index, _):
        views = grown(index, states)
        keys = sorted({key for view in views for key in view._nodes})[some::2]
        with index.view() as view:
            assert everything(view.changes_from(1, keys)) == everything(views[-1].changes_from(1, keys))


@given(STATES)
@LAWS
def test_what_changed_applied_to_the_earlier_generation_is_the_later_one(states: list[Any]) -> None:
    """Forwards and backwards; and over two steps it is what it is over both together."""
    with indexes() as (index, _):
        views = grown(index, states)
        with index.view() as view:
            changes = view.changes_from(1)
            assert applied(views[0], changes) == held(views[-1])
            assert applied(views[-1], Turned(changes)) == held(views[0])
        if len(views) > 2:
            state = held(views[0])
            for number in range(2, len(views) + 1):
                with index.view(number) as view:
                    state = stepped(state, view.changes_from(number - 1))
            assert state == held(views[-1])


def held(view: MemoryView) -> dict[str, list[Any]]:
    return {
        "nodes": sorted(view._nodes.values(), key=str),
        "edges": sorted(map(without_since, view._edges), key=str),
        "gaps": sorted(((gap.subject, gap.kind, gap.reason) for gap in view._gaps), key=str),
        "loose": sorted(view._loose, key=str),
    }


def applied(view: MemoryView, changes: Any) -> dict[str, list[Any]]:
    return stepped(held(view), changes)


def stepped(state: dict[str, list[Any]], changes: Any) -> dict[str, list[Any]]:
    state = {name: list(rows) for name, rows in state.items()}

    def swap(name: str, before: Any, after: Any) -> None:
        if before is not None:
            state[name].remove(before)
        if after is not None:
            state[name].append(after)

    def gap(one: Any) -> Any:
        return one and (one.subject, one.kind, one.reason)

    for node in changes.nodes(list(changes.node_marks())):
        swap("nodes", node.before, node.after)
    for edge in changes.edges():
        swap("edges", edge.before and without_since(edge.before), edge.after and without_since(edge.after))
    for one in changes.gaps():
        swap("gaps", gap(one.before), gap(one.after))
    for end in changes.loose():
        swap("loose", end.before, end.after)
    return {name: sorted(rows, key=str) for name, rows in state.items()}


def test_the_crawl_that_met_a_gap_is_named(index: SqliteIndex) -> None:
    publish(index, facts_of(({"a": {}}, {})))
    publish(index, facts_of(({"a": {}}, {}), {"b": GapReason.FORBIDDEN}))

    with index.view() as view:
        told: list[ToldChange[Any]] = list(view.changes_from(1).gaps())

    assert [(one.change, one.root, one.generation) for one in told] == [
        (Change.ADDED, "azureml://subscriptions/s/resourceGroups/g/workspaces/w", 2)
    ]


@contextmanager
def counting(path: Path, numbers: tuple[int, int]) -> Iterator[tuple[SqliteChanges, list[int]]]:
    """The changes of an index, and how many steps SQLite's machine has taken, in hundreds."""
    connection = sqlite3.connect(path)
    steps = [0]

    def tick() -> None:
        steps[0] += 1

    connection.set_progress_handler(tick, 100)
    try:
        yield SqliteChanges(connection, *numbers), steps
    finally:
        connection.close()


def test_it_costs_what_changed_however_much_is_held(tmp_path: Path) -> None:
    """Two changed jobs among ten or among a thousand: the same work, and no table is gone through."""
    work = []
    for size in (10, 1000):
        path = tmp_path / f"{size}.db"
        index = open_index(path, create=True, rules=ToyRules())
        jobs = {f"j{number}": {"made": ["o"], "odd": ["?"]} for number in range(size)}
        publish(index, facts_of((jobs, {})))
        jobs["j1"] = {"made": ["o", "p"], "archived": True}
        jobs["j2"] = {"made": []}
        publish(index, facts_of((jobs, {})))
        index.close()
        with counting(path, (1, 2)) as (changes, steps):
            told = everything(changes)
            assert [len(told[name]) for name in ("nodes", "edges", "loose")] == [4, 2, 2]
            work.append(steps[0])

    assert work[1] <= work[0] + 1


def test_an_index_of_before_answers_and_is_brought_forward(tmp_path: Path) -> None:
    """A reader needs no index of the history; the next publication makes it."""
    path = tmp_path / "index.db"
    index = open_index(path, create=True, rules=ToyRules())
    publish(index, [job("a", made=["o"])])
    index.close()
    connection = sqlite3.connect(path)
    connection.executescript("".join(f"DROP INDEX {name};" for name in schema.HISTORY) + "PRAGMA user_version = 2;")
    connection.close()
    index = open_index(path, rules=ToyRules())
    with index.view() as view:
        assert everything(view.changes_from(1))["nodes"] == []

    publish(index, [job("a", made=["o", "p"])])

    with index.view() as view:
        assert len(everything(view.changes_from(1))["edges"]) == 1
    connection = sqlite3.connect(path)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    assert set(schema.HISTORY) <= names
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    connection.close()
