"""The shortest ways between two things, told as stories and checked against networkx."""

from __future__ import annotations

from itertools import islice, pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import lookup
from lineage.graph import Certainty, Direction, Relation
from lineage.paths import paths, shortest_paths
from lineage.traversal import Budget, TruncationReason
from tests.graphs import graphs
from tests.memory import Estate


@given(graphs(), st.integers(1, 6))
def test_paths_are_the_shortest_simple_ones(graph, k):
    """As many as there are up to k, simple, connected, and of the lengths networkx finds."""
    view, things, edges = graph
    start, end = things[0].key, things[-1].key
    oracle = nx.DiGraph()
    oracle.add_nodes_from(node.key for node in things)
    oracle.add_edges_from((e.effect, e.cause) for e in edges)
    expected = sorted(len(way) - 1 for way in nx.all_simple_paths(oracle, start, end)) if start != end else [0]

    ways = shortest_paths(view, start, end, k)

    assert expected[:k] == [len(way) for way in ways]
    assert len(ways) == len({tuple(edge.cause for edge in way) for way in ways})
    for way in ways:
        if way:
            assert (start, end) == (way[0].effect, way[-1].cause)
        assert all(one.cause == other.effect for one, other in pairwise(way))


@settings(max_examples=300, deadline=None)
@given(graphs(same=True), st.integers(1, 6))
def test_names_of_one_thing_are_one_thing_to_a_path(graph, k):
    """With `sameAs` at no length: as many ways, and as long, as networkx finds over things."""
    view, things, edges = graph
    same = nx.Graph()
    same.add_nodes_from(node.key for node in things)
    same.add_edges_from((e.effect, e.cause) for e in edges if e.relation is Relation.SAME_AS)
    thing = {key: min(names) for names in nx.connected_components(same) for key in names}
    oracle = nx.DiGraph()
    oracle.add_nodes_from(thing.values())
    oracle.add_edges_from((thing[e.effect], thing[e.cause]) for e in edges if e.relation is not Relation.SAME_AS)
    start, end = things[0].key, things[-1].key
    expected: list[int] = [0]
    if thing[start] != thing[end]:
        connected = nx.has_path(oracle, thing[start], thing[end])
        found = nx.shortest_simple_paths(oracle, thing[start], thing[end]) if connected else iter(())
        expected = [len(way) - 1 for way in islice(found, k)]

    ways = shortest_paths(view, start, end, k)

    assert [sum(e.relation is not Relation.SAME_AS for e in way) for way in ways] == expected
    for way in ways:
        crossed = [thing[e.cause] for e in way if e.relation is not Relation.SAME_AS]
        assert len({thing[start], *crossed}) == len(crossed) + 1 or start == end


def test_a_path_crosses_two_names_of_one_thing_at_no_length():
    estate = Estate()
    by_name, by_url = estate.place("lake", "raw"), estate.storage("acct", "lake", "raw")
    estate.same(by_name, by_url)
    job = estate.job("train", used={"data": by_name})
    writer = estate.job("prep")
    estate.link(by_url, writer, Relation.WAS_GENERATED_BY)
    longer = estate.job("other", used={"x": estate.data("d", "1", source=by_name)})
    estate.link(job, longer, Relation.REUSED_FROM)

    ways = shortest_paths(estate.view(), job.key, writer.key, 5)

    assert [[e.relation.value for e in way] for way in ways[:1]] == [["used", "sameAs", "wasGeneratedBy"]]
    assert len(ways) == 2


def test_a_path_does_not_lead_through_what_a_parent_used():
    estate = Estate()
    lake = estate.data("lake", "1")
    child = estate.job("step", parent=estate.job("pipeline", used={"in": lake}))

    assert shortest_paths(estate.view(), child.key, lake.key, 3) == []


def test_parallel_edges_are_one_path_told_by_the_most_certain():
    estate = Estate()
    model, output = estate.model("credit", "3"), estate.output(estate.job("train"), "model")
    estate.link(model, output, Relation.WAS_DERIVED_FROM, certainty=Certainty.INFERRED)
    estate.link(model, output, Relation.WAS_DERIVED_FROM, certainty=Certainty.CONFIRMED)

    ways = shortest_paths(estate.view(), model.key, output.key, 3)

    assert [[edge.certainty for edge in way] for way in ways] == [[Certainty.CONFIRMED]]


def test_paths_are_found_whichever_end_is_named_first():
    estate = Estate()
    raw = estate.place("lake", "raw")
    clean = estate.output(estate.job("prep", used={"raw": raw}), "clean")
    estate.model("credit", "3", source=clean)
    view = estate.view()
    model, place = lookup.find(view, "credit:3"), lookup.find(view, raw.text)

    up, down = paths(view, model, place), paths(view, place, model)

    assert (up.direction, down.direction) == (Direction.UPSTREAM, Direction.DOWNSTREAM)
    assert up.paths == down.paths
    assert [[e.relation.value for e in way] for way in up.paths] == [["wasDerivedFrom", "wasGeneratedBy", "used"]]
    assert len(up.nodes) == 4


def test_no_path_is_no_error():
    estate = Estate()
    estate.model("one", "1")
    estate.model("two", "1")
    view = estate.view()

    answer = paths(view, lookup.find(view, "one:1"), lookup.find(view, "two:1"))

    assert answer.paths == ()
    assert answer.header.is_complete


def test_two_names_of_one_thing_make_no_second_way():
    """Whichever names the edges use, a way is one way; the names are joined by their sameAs edges."""
    estate = Estate()
    by_name, by_guid = estate.data("d", "1"), estate.data("d", "1-by-guid")
    estate.same(by_guid, by_name)
    job = estate.job("train", used={"data": by_name})
    estate.link(job, by_guid, Relation.USED, certainty=Certainty.INFERRED)
    place = estate.place("lake", "raw")
    estate.link(by_guid, place, Relation.WAS_DERIVED_FROM)
    view = estate.view()

    answer = paths(view, lookup.find(view, "train"), lookup.find(view, place.text))

    assert [[edge.relation.value for edge in way] for way in answer.paths] == [["used", "sameAs", "wasDerivedFrom"]]
    assert {by_name.key: by_name.key, by_guid.key: by_name.key} == answer.things


def test_a_search_that_was_cut_says_so():
    estate = Estate()
    raw = estate.place("lake", "raw")
    model = estate.model("credit", "3", source=estate.output(estate.job("train", used={"d": raw}), "model"))
    view = estate.view()
    ends = lookup.find(view, model.text), lookup.find(view, raw.text)

    answer = paths(view, *ends, budget=Budget(max_depth=1))

    assert answer.paths == ()
    assert {TruncationReason.DEPTH} == {cut.reason for cut in answer.header.truncations}


def test_a_place_stands_for_what_is_in_it_and_a_model_for_its_versions():
    """A way may end at any known place inside a folder, or at the folder around a file, and begin at any version."""
    estate = Estate()
    inside = estate.place("lake", "raw/2026/a")
    job = estate.job("train", used={"in": inside})
    estate.model("credit", "1", source=estate.output(job, "model"))
    estate.model("credit", "2", source=estate.output(estate.job("more", used={"in": inside}), "model"))
    view = estate.view()
    place = "azureml://datastores/lake/paths/"
    model = estate.thing(lookup.ids.container(estate.scope, "models", "credit"))

    ends = lookup.find(view, place + "raw"), lookup.find(view, "credit:1"), lookup.find(view, place + "raw/2026/a/b")
    folder = paths(view, ends[1], ends[0])
    within = paths(view, ends[1], ends[2])
    versions = paths(estate.view(), lookup.find(estate.view(), model.text), ends[0], 5)

    assert [len(way) for way in folder.paths] == [3]
    assert folder.paths[0][-1].cause == inside.key
    assert folder.paths == within.paths
    assert [len(way) for way in versions.paths] == [3, 3]


def test_ways_that_the_closure_had_no_room_for_are_told_as_missing():
    """The short way is found; that a longer one may have been missed is said, unless enough were asked for."""
    estate = Estate()
    raw = estate.data("raw", "1")
    far = raw
    for number in range(6):
        far = estate.job(f"far{number}", used={"in": far})
    model = estate.job("both", used={"near": raw, "far": far})
    view = estate.view()
    ends = lookup.find(view, model.text), lookup.find(view, raw.text)

    cut, enough = (paths(view, *ends, k=k, budget=Budget(max_nodes=4)) for k in (3, 1))

    assert [len(way) for way in cut.paths] == [1]
    assert [one.reason for one in cut.header.truncations] == [TruncationReason.NODE_LIMIT]
    assert enough.header.is_complete
    assert [len(way) for way in paths(view, *ends, k=3).paths] == [1, 7]


def test_a_search_that_runs_out_of_time_says_so():
    """Ways that were found are told, and that there may be more."""
    estate = Estate()
    raw = estate.data("raw", "1")
    layer = [raw]
    for depth in range(8):
        layer = [
            estate.job(f"j{depth}{number}", used={str(at): cause for at, cause in enumerate(layer)})
            for number in range(3)
        ]
    view = estate.view()
    ends = lookup.find(view, layer[0].text), lookup.find(view, raw.text)
    calls = iter(range(100_000))

    answer = paths(view, *ends, k=2_000, budget=Budget(expired=lambda: next(calls) > 30))

    assert 0 < len(answer.paths) < 2_000
    assert TruncationReason.TIME_LIMIT in {cut.reason for cut in answer.header.truncations}
    assert len(paths(view, *ends, k=2_000).paths) == 2_000
    assert paths(view, *ends, k=2_000).header.is_complete


def test_a_search_holds_no_more_than_it_may():
    """However many ways there are, the beginnings that are held are counted, and the answer says that it was cut."""
    estate = Estate()
    raw = estate.data("raw", "1")
    layer = [raw]
    for depth in range(12):
        layer = [
            estate.job(f"j{depth}{number}", used={str(at): cause for at, cause in enumerate(layer)})
            for number in range(3)
        ]
    view = estate.view()

    answer = paths(view, lookup.find(view, layer[0].text), lookup.find(view, raw.text), k=150_000)

    assert len(answer.paths) < 150_000
    assert [cut.reason for cut in answer.header.truncations] == [TruncationReason.NODE_LIMIT]
