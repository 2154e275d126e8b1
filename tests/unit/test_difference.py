"""What changed between two times, in everything and in the lineage of one thing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.changing import Change
from lineage.difference import Wanted, counted, difference, edges, facts_changed, gaps, loose, nodes
from lineage.errors import UnknownReference
from lineage.graph import Certainty, LooseReason, Node, Relation, State
from lineage.ids import Kind
from lineage.records import GapReason
from tests.memory import Estate, MemoryIndex, MemoryView


def estate(train: str = "train", *, stage: str = "Staging", sure: bool = True) -> tuple[Estate, Node]:
    """raw -> train -> model, and beside it a job that nobody asks about."""
    told = Estate()
    job = told.job(train, used={"raw": told.place("lake", f"raw/{train}")}, status="Completed")
    certainty = Certainty.CONFIRMED if sure else Certainty.INFERRED
    model = told.model("credit", "1", stage=stage)
    told.link(model, told.output(job, "model"), Relation.WAS_DERIVED_FROM, certainty=certainty, field="modelUri")
    told.job("bystander", status="Running")
    return told, model


def generations(*estates: Estate) -> list[MemoryView]:
    views = [one.view(number, f"2026-0{number}-01T00:00:00Z") for number, one in enumerate(estates, 1)]
    MemoryIndex(*views)
    return views


def named(rows: list[Any]) -> list[tuple[str, str, int]]:
    told = []
    for row in rows:
        node = row.after or row.before
        told.append((row.change.value, node.text.rpartition("/workspaces/w1/")[2], row.generation))
    return told


def test_counts_come_first_and_name_the_crawl() -> None:
    """A job was replaced by another in generation 2, the stage and the certainty changed in generation 3."""
    views = generations(estate()[0], estate("again")[0], estate("again", stage="Production", sure=False)[0])

    told = difference(views[0], views[2])
    counts = counted(told.changes, MemoryIndex(*views))

    assert counts.nodes == {
        (Kind.JOB, Change.ADDED): 1,
        (Kind.JOB, Change.REMOVED): 1,
        (Kind.JOB_OUTPUT, Change.ADDED): 1,
        (Kind.JOB_OUTPUT, Change.REMOVED): 1,
        (Kind.LOCATION, Change.ADDED): 1,
        (Kind.LOCATION, Change.REMOVED): 1,
        (Kind.MODEL_VERSION, Change.CHANGED): 1,
    }
    assert counts.edges[Relation.WAS_DERIVED_FROM, Change.ADDED] == 1
    assert {number: (one.nodes, one.edges) for number, one in counts.generations.items()} == {2: (6, 5), 3: (1, 1)}
    assert counts.generations[3].generation.root == "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"


def test_a_link_that_is_less_sure_has_changed() -> None:
    views = generations(estate()[0], estate(sure=False)[0])

    total, (row,) = edges(difference(*views).changes, Wanted(), 0, 10)

    assert (total, row.change) == (1, Change.CHANGED)
    assert row.before is not None
    assert row.after is not None
    assert (row.before.certainty, row.after.certainty) == (Certainty.CONFIRMED, Certainty.INFERRED)


def test_what_a_thing_tells_otherwise_is_named() -> None:
    views = generations(estate()[0], estate(stage="Production")[0])

    _, (row,) = nodes(difference(*views).changes, Wanted(), 0, 10)

    assert facts_changed(row) == [("stage", "Staging", "Production")]


def test_nothing_differs_from_itself() -> None:
    view = generations(estate()[0])[0]
    changes = difference(view, view).changes

    assert [list(changes.node_marks()), list(changes.edges()), list(changes.gaps()), list(changes.loose())] == [[]] * 4


def test_backwards_what_came_went() -> None:
    views = generations(estate()[0], estate("again")[0])

    there = named(nodes(difference(views[0], views[1]).changes, Wanted(), 0, 99)[1])
    back = named(nodes(difference(views[1], views[0]).changes, Wanted(), 0, 99)[1])

    turned = {"ADDED": "REMOVED", "REMOVED": "ADDED", "CHANGED": "CHANGED"}
    assert sorted((turned[change], name, number) for change, name, number in there) == sorted(back)


def test_filters_narrow_and_pages_go_on() -> None:
    changes = difference(*generations(estate()[0], estate("again")[0])).changes
    jobs = Wanted(kinds=(Kind.JOB,))

    assert named(nodes(changes, jobs, 0, 1)[1]) == [("ADDED", "jobs/again", 2)]
    assert named(nodes(changes, jobs, 1, 5)[1]) == [("REMOVED", "jobs/train", 2)]
    assert nodes(changes, jobs, 2, 5) == (2, [])
    assert nodes(changes, Wanted(changes=(Change.ADDED,)), 0, 0)[0] == 3
    assert nodes(changes, Wanted(text="RAW/"), 0, 0)[0] == 2
    assert nodes(changes, Wanted(scope="azureml://registries/r"), 0, 0)[0] == 0
    assert edges(changes, Wanted(relations=(Relation.USED,)), 0, 0)[0] == 2
    assert edges(changes, Wanted(kinds=(Kind.MODEL_VERSION,)), 0, 0)[0] == 2


def test_gaps_and_loose_ends_come_and_go() -> None:
    one, model = estate()
    one.gap(one.job("secret"), GapReason.FORBIDDEN)
    one.loose(model, "f", "v", LooseReason.NO_WRITER, "")
    other, model = estate()
    other.gap(other.job("secret"), GapReason.NOT_FOUND)
    other.loose(model, "f", "w", LooseReason.NO_WRITER, "")
    changes = difference(*generations(one, other)).changes

    (gap,) = gaps(changes, Wanted(), 0, 9)[1]
    ends = loose(changes, Wanted(), 0, 9)[1]

    assert (gap.change, gap.before and gap.before.reason, gap.told.reason) == (
        Change.CHANGED,
        GapReason.FORBIDDEN,
        GapReason.NOT_FOUND,
    )
    assert [(end.change, end.told.value) for end in ends] == [(Change.REMOVED, "v"), (Change.ADDED, "w")]
    assert gaps(changes, Wanted(text="nothing"), 0, 9)[0] == 0


def test_of_one_thing_only_its_lineage_is_told() -> None:
    """The bystander changed too, and says nothing about the model."""
    one, _ = estate()
    other, model = estate("again")
    other.job("bystander", status="Failed")
    views = generations(one, other)

    told = difference(*views, of=model.text)

    assert told.known == (True, True)
    assert named(nodes(told.changes, Wanted(), 0, 9)[1]) == [
        ("ADDED", "datastores/lake/paths/raw/again", 2),
        ("REMOVED", "datastores/lake/paths/raw/train", 2),
        ("ADDED", "jobs/again", 2),
        ("ADDED", "jobs/again/outputs/model", 2),
        ("REMOVED", "jobs/train", 2),
        ("REMOVED", "jobs/train/outputs/model", 2),
    ]


def test_what_was_there_and_is_in_the_lineage_now_came_with_the_link() -> None:
    """The job existed from the first generation; generation 3 linked it, though nothing of it changed."""
    first, second, third, fourth = (Estate() for _ in range(4))
    for told in (first, second, third, fourth):
        job = told.job("old", used={"raw": told.place("lake", "raw")})
        model = told.model("credit", "1", tags={"n": "1" if told is first else "2"})
        if told in (third, fourth):
            edge = told.link(model, job, Relation.WAS_GENERATED_BY, field="properties.jobName")
            told._edges[-1] = type(edge)(**{**{f: getattr(edge, f) for f in edge.__struct_fields__}, "since": 3})
    views = generations(first, second, third, fourth)

    told = difference(views[0], views[3], of=model.text)
    back = difference(views[3], views[0], of=model.text)

    assert named(nodes(told.changes, Wanted(), 0, 9)[1]) == [
        ("ADDED", "datastores/lake/paths/raw", 3),
        ("ADDED", "jobs/old", 3),
        ("CHANGED", "models/credit/versions/1", 2),
    ]
    assert {(row.change, row.generation) for row in edges(told.changes, Wanted(), 0, 9)[1]} == {(Change.ADDED, 3)}
    assert {change for change, *_ in named(nodes(back.changes, Wanted(), 0, 9)[1])} == {"REMOVED", "CHANGED"}


def test_what_left_the_lineage_left_with_the_link() -> None:
    estates = [Estate() for _ in range(4)]
    for told in estates:
        job = told.job("old", used={"raw": told.place("lake", "raw")})
        model = told.model("credit", "1")
        if told in estates[:2]:
            told.link(model, job, Relation.WAS_GENERATED_BY, field="properties.jobName")
    views = generations(*estates)

    told = difference(views[0], views[3], of=model.text)

    assert named(nodes(told.changes, Wanted(), 0, 9)[1]) == [
        ("REMOVED", "datastores/lake/paths/raw", 3),
        ("REMOVED", "jobs/old", 3),
    ]


def test_a_thing_that_one_side_does_not_know_came_or_went_whole() -> None:
    empty = Estate()
    told, model = estate()
    views = generations(empty, told)

    came = difference(views[0], views[1], of=model.text)
    went = difference(views[1], views[0], of=model.text)

    assert (came.known, went.known) == ((False, True), (True, False))
    assert {change for change, *_ in named(nodes(came.changes, Wanted(), 0, 99)[1])} == {"ADDED"}
    assert {change for change, *_ in named(nodes(went.changes, Wanted(), 0, 99)[1])} == {"REMOVED"}
    with pytest.raises(UnknownReference):
        difference(views[0], views[1], of="nobody:7")


def test_what_was_not_read_to_its_end_is_said_of_either_side() -> None:
    one, other = estate()[0], estate()[0]
    one.covered(one.scope, complete=False)

    assert not difference(*generations(one, other)).header.is_complete
    assert difference(*generations(other, other)).header.is_complete


LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(list(Certainty))), max_size=10)


@settings(max_examples=150, deadline=None)
@given(st.lists(LINKS, min_size=2, max_size=3), st.lists(st.sampled_from(list(State)), min_size=6, max_size=6))
def test_the_lineage_then_with_what_changed_is_the_lineage_now(graphs: list[Any], states: list[State]) -> None:
    """Whatever the links, cycles included; and every change is of a generation after the first."""
    estates = []
    for links in graphs:
        told = Estate()
        models = [told.model("m", str(number), state=states[(number + len(links)) % 6]) for number in range(6)]
        for one, other, certainty in links:
            told.link(models[one], models[other], Relation.COPIED_FROM, certainty=certainty)
        estates.append(told)
    views = generations(*estates)

    told = difference(views[0], views[-1], of=models[0].text)
    changed = nodes(told.changes, Wanted(), 0, 99)[1]

    lineages = [reached(view, models[0].key) for view in (views[0], views[-1])]
    now = dict(lineages[0])
    for row in changed:
        assert 1 < row.generation <= len(views)
        node = row.after or row.before
        assert node is not None
        assert now.get(node.key) == row.before
        if row.after is None:
            del now[node.key]
        else:
            now[node.key] = row.after
    assert now == lineages[1]
    assert all(1 < row.generation <= len(views) for row in edges(told.changes, Wanted(), 0, 99)[1])


def reached(view: MemoryView, start: int) -> dict[int, Node]:
    met, waiting = {start}, [start]
    while waiting:
        for edge in view.causes([waiting.pop()]):
            if edge.cause not in met:
                met.add(edge.cause)
                waiting.append(edge.cause)
    return view.nodes(sorted(met))
