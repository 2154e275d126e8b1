"""Closure and paths, told as stories and checked against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph import Certainty, Direction, Relation
from lineage.traversal import Budget, TruncationReason, reach, related
from tests.graphs import graphs
from tests.memory import Estate, MemoryView

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM


def names(view: MemoryView, keys) -> list[str]:
    """The last word of each thing's name, sorted."""
    return sorted(node.text.rsplit("/", 1)[1] for node in view.nodes(list(keys)).values())


def test_a_model_reaches_the_data_two_jobs_away():
    """Depth counts edges: model, output, job, output, job, place."""
    estate = Estate()
    raw = estate.place("lake", "raw")
    clean = estate.output(estate.job("prep", used={"raw": raw}), "clean")
    credit = estate.model("credit", "3", source=estate.output(estate.job("train", used={"data": clean}), "model"))

    reached = reach(estate.view(), [credit.key], UP)

    assert list(reached.depth.values()) == [0, 1, 2, 3, 4, 5]
    assert reached.depth[raw.key] == 5
    assert len(reached.edges) == 5
    assert reached.truncations == ()


def test_bad_data_reaches_models_two_jobs_away():
    """A place taints every model built on it, however indirectly, and nothing else."""
    estate = Estate()
    raw = estate.place("lake", "raw")
    clean = estate.output(estate.job("prep", used={"raw": raw}), "clean")
    credit = estate.model("credit", "3", source=estate.output(estate.job("train", used={"data": clean}), "model"))
    other = estate.model("other", "1", source=estate.output(estate.job("elsewhere"), "model"))

    reached = reach(estate.view(), [raw.key], DOWN)

    assert credit.key in reached.depth
    assert other.key not in reached.depth


def test_one_question_is_asked_for_each_level():
    """A wide level costs one call, not one for each thing in it."""
    estate = Estate()
    raw = estate.place("lake", "raw")
    for number in range(50):
        estate.output(estate.job(f"job{number}", used={"raw": raw}), "out")
    view = estate.view()

    reach(view, [raw.key], DOWN)

    assert view.asked == [1, 50, 50]


def test_two_names_of_one_thing_are_at_the_same_depth():
    """sameAs costs nothing and is followed from either end, in both directions."""
    estate = Estate()
    by_name = estate.place("lake", "raw")
    by_url = estate.storage("acct", "lake", "raw")
    estate.same(by_name, by_url)
    job = estate.job("train", used={"data": by_name})
    writer = estate.output(estate.job("prep"), "out")
    estate.link(by_url, writer, Relation.WAS_GENERATED_BY)
    view = estate.view()

    up, down = reach(view, [job.key], UP), reach(view, [by_url.key], DOWN)

    assert {job.key: 0, by_name.key: 1, by_url.key: 1, writer.key: 2} == {
        key: depth for key, depth in up.depth.items() if depth < 3
    }
    assert {by_url.key: 0, by_name.key: 0, job.key: 1} == down.depth
    assert sum(edge.relation is Relation.SAME_AS for edge in up.edges) == 1


def test_depth_zero_is_the_thing_and_its_other_names():
    estate = Estate()
    by_name, by_url = estate.place("lake", "raw"), estate.storage("acct", "lake", "raw")
    estate.same(by_name, by_url)
    estate.job("train", used={"data": by_name})

    reached = reach(estate.view(), [by_url.key], DOWN, Budget(max_depth=0))

    assert {by_url.key: 0, by_name.key: 0} == reached.depth
    assert (TruncationReason.DEPTH, (by_name.key,)) == (
        reached.truncations[0].reason,
        reached.truncations[0].frontier,
    )


def test_a_depth_that_is_just_deep_enough_truncates_nothing():
    estate = Estate()
    job = estate.job("train")
    model = estate.model("credit", "3", source=estate.output(job, "model"))

    reached = reach(estate.view(), [model.key], UP, Budget(max_depth=2))

    assert job.key in reached.depth
    assert reached.truncations == ()


def test_a_child_does_not_inherit_what_its_parent_used():
    """The parent and its own parent are ancestry; their inputs are not the child's."""
    estate = Estate()
    secret = estate.data("secret", "1")
    root = estate.job("root", used={"in": secret})
    parent = estate.job("pipeline", used={"in": secret}, parent=root)
    child = estate.job("step", parent=parent)

    reached = reach(estate.view(), [child.key], UP)

    assert names(estate.view(), reached.depth) == ["pipeline", "root", "step"]
    assert {parent.key, root.key} == reached.ancestors


def test_a_parent_that_is_a_cause_as_well_is_walked_fully():
    """Reached first as ancestry and later through its output, the parent gives its inputs, each edge once."""
    estate = Estate()
    lake = estate.data("lake", "1")
    parent = estate.job("pipeline", used={"in": lake})
    published = estate.output(parent, "published")
    child = estate.job("step", parent=parent, used={"again": published})

    reached = reach(estate.view(), [child.key], UP)

    assert reached.depth[lake.key] == 3
    assert reached.depth[parent.key] == 1
    assert frozenset() == reached.ancestors
    assert len(reached.edges) == len(set(reached.edges)) == 4


def test_a_parent_met_as_cause_in_the_level_that_meets_it_as_parent_tells_its_edges_once():
    estate = Estate()
    lake = estate.data("lake", "1")
    parent = estate.job("pipeline", used={"in": lake})
    child = estate.job("step", parent=parent, reused_from=parent)
    later = estate.job("later", used={"x": lake}, reused_from=child, parent=child)

    reached = reach(estate.view(), [later.key], UP)

    assert len(reached.edges) == len(set(reached.edges))
    assert frozenset() == reached.ancestors


def test_a_parent_reaches_its_children_downstream():
    estate = Estate()
    parent = estate.job("pipeline")
    model = estate.model("credit", "3", source=estate.output(estate.job("step", parent=parent), "model"))

    assert model.key in reach(estate.view(), [parent.key], DOWN).depth


def test_an_endpoint_is_no_cause_of_its_deployment():
    """Upstream skips the endpoint; downstream an endpoint leads to its deployments."""
    estate = Estate()
    endpoint = estate.endpoint("score")
    model = estate.model("credit", "3")
    blue = estate.deployment(endpoint, "blue", model=model)
    view = estate.view()

    assert {blue.key: 0, model.key: 1} == reach(view, [blue.key], UP).depth
    assert {endpoint.key: 0, blue.key: 1} == reach(view, [endpoint.key], DOWN).depth


def test_a_question_about_one_path_follows_only_what_concerns_it():
    """Equal, holding and held paths are followed, and the whole output; a sibling is not."""
    estate = Estate()
    output = estate.output(estate.job("train"), "artifacts")
    for name, path in {"same": "m", "inside": "m/weights", "whole": "", "sibling": "m2"}.items():
        estate.model(name, "1", source=output, path=path)
    view = estate.view()

    asked = reach(view, [output.key], DOWN, path="m")
    narrower = reach(view, [output.key], DOWN, path="m/weights/a.bin")

    models = {node.facts.get("name") for node in view.nodes(list(asked.depth)).values()}
    assert {"same", "inside", "whole", "artifacts"} == models
    models = {node.facts.get("name") for node in view.nodes(list(narrower.depth)).values()}
    assert {"same", "inside", "whole", "artifacts"} == models


def test_the_path_narrows_the_first_edge_only():
    estate = Estate()
    output = estate.output(estate.job("train"), "artifacts")
    model = estate.model("base", "1", source=output, path="m")
    tuned = estate.output(estate.job("tune", used={"base": model}), "artifacts")
    final = estate.model("final", "1", source=tuned, path="elsewhere")

    assert final.key in reach(estate.view(), [output.key], DOWN, path="m").depth


def test_related_compares_whole_names():
    assert related("a/b", "a")
    assert related("a", "a/b/")
    assert related("", "x")
    assert not related("a", "ab")


def test_the_node_limit_stops_and_tells_the_frontier():
    estate = Estate()
    raw = estate.place("lake", "raw")
    jobs = [estate.job(f"job{number}", used={"raw": raw}) for number in range(9)]

    reached = reach(estate.view(), [raw.key], DOWN, Budget(max_nodes=4))

    assert [raw.key, *(job.key for job in jobs[:3])] == list(reached.depth)
    (cut,) = reached.truncations
    assert TruncationReason.NODE_LIMIT is cut.reason
    assert set(reached.depth) == set(cut.frontier)


def test_the_clock_stops_a_walk():
    estate = Estate()
    model = estate.model("credit", "3", source=estate.output(estate.job("train"), "model"))

    reached = reach(estate.view(), [model.key], UP, Budget(expired=lambda: True))

    assert [cut.reason for cut in reached.truncations] == [TruncationReason.TIME_LIMIT]
    assert (model.key,) == reached.truncations[0].frontier


def test_uncertain_edges_are_walked_and_keep_their_certainty():
    estate = Estate()
    place = estate.place("lake", "folder")
    for rank, job in enumerate(("late", "early")):
        writer = estate.output(estate.job(job), "out")
        estate.link(place, writer, Relation.WAS_GENERATED_BY, certainty=Certainty.AMBIGUOUS, rank=rank)

    reached = reach(estate.view(), [place.key], UP)

    assert [edge.certainty for edge in reached.edges[:2]] == [Certainty.AMBIGUOUS] * 2


# Against networkx


@given(graphs(), st.booleans(), st.one_of(st.none(), st.integers(0, 4)))
def test_closure_equals_networkx(graph, upstream, limit):
    """With plain relations, depth is networkx's shortest path length in that direction, cycles or not."""
    view, things, edges = graph
    oracle = nx.DiGraph()
    oracle.add_nodes_from(node.key for node in things)
    oracle.add_edges_from((e.effect, e.cause) if upstream else (e.cause, e.effect) for e in edges)
    expected = nx.single_source_shortest_path_length(oracle, things[0].key, cutoff=limit)

    reached = reach(view, [things[0].key], UP if upstream else DOWN, Budget(max_depth=limit))

    assert dict(expected) == reached.depth
    whole = nx.single_source_shortest_path_length(oracle, things[0].key)
    assert (len(whole) > len(expected)) == bool(reached.truncations)
    inside = {e for e in edges if e.effect in reached.depth and e.cause in reached.depth}
    assert inside == set(reached.edges)
    assert len(reached.edges) == len(set(reached.edges))


@given(graphs(same=True), st.booleans())
def test_same_things_are_one_thing_to_the_depth(graph, upstream):
    """With sameAs, depth is networkx's 0-1 distance where sameAs weighs nothing and goes both ways."""
    view, things, edges = graph
    oracle = nx.DiGraph()
    oracle.add_nodes_from(node.key for node in things)
    for edge in edges:
        pair = (edge.effect, edge.cause) if upstream else (edge.cause, edge.effect)
        if edge.relation is not Relation.SAME_AS and pair not in oracle.edges:
            oracle.add_edge(*pair, weight=1)
    for edge in edges:
        if edge.relation is Relation.SAME_AS:
            oracle.add_edge(edge.effect, edge.cause, weight=0)
            oracle.add_edge(edge.cause, edge.effect, weight=0)

    reached = reach(view, [things[0].key], UP if upstream else DOWN)

    assert nx.single_source_dijkstra_path_length(oracle, things[0].key) == reached.depth
