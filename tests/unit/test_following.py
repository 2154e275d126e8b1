"""A narrowed walk: what it follows, where it stops, and what it shows of what it stopped at."""

from __future__ import annotations

from typing import Any

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import ids, names
from lineage.graph import Certainty, Derivation, Direction, Edge, Evidence, Node, Relation, State
from lineage.ids import Kind
from lineage.traversal import Budget, Follow, TruncationReason, reach
from tests.memory import Estate, MemoryView

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM
SCOPES = ("azureml://registries/a", "azureml://registries/b")
GUID = "11111111-1111-1111-1111-111111111111"


def chain() -> tuple[Estate, dict[str, Node]]:
    """raw -> prep -> clean -> train -> model -> credit:1 -> tune -> tuned -> credit:2 -> blue."""
    estate = Estate()
    told: dict[str, Node] = {"raw": estate.place("lake", "raw")}
    told["prep"] = estate.job("prep", used={"raw": told["raw"]})
    told["clean"] = estate.output(told["prep"], "clean")
    told["train"] = estate.job("train", used={"data": told["clean"]})
    told["model"] = estate.output(told["train"], "model")
    told["one"] = estate.model("credit", "1", source=told["model"])
    told["tune"] = estate.job("tune", used={"base": told["one"]})
    told["tuned"] = estate.output(told["tune"], "model")
    told["two"] = estate.model("credit", "2", source=told["tuned"])
    return estate, told


def test_a_walk_stops_at_a_kind_and_shows_it() -> None:
    """Downstream of the data to the first models made from it, and not to what was tuned from those."""
    estate, told = chain()

    reached = reach(estate.view(), [told["raw"].key], DOWN, follow=Follow(stop_kinds=frozenset({Kind.MODEL_VERSION})))

    assert [told[name].key for name in ("raw", "prep", "clean", "train", "model", "one")] == list(reached.depth)
    assert reached.truncations == ()


def test_what_is_asked_about_is_walked_from_though_it_is_of_a_kind_to_stop_at() -> None:
    estate, told = chain()

    reached = reach(estate.view(), [told["one"].key], DOWN, follow=Follow(stop_kinds=frozenset({Kind.MODEL_VERSION})))

    assert [told[name].key for name in ("one", "tune", "tuned", "two")] == list(reached.depth)


def test_a_walk_stops_at_a_thing_by_any_of_its_names() -> None:
    estate, told = chain()
    other = estate.storage("acct", "c", "clean")
    estate.same(told["clean"], other)

    reached = reach(estate.view(), [told["two"].key], UP, follow=Follow(stop_keys=frozenset({other.key})))

    assert other.key in reached.depth
    assert told["clean"].key in reached.depth
    assert told["prep"].key not in reached.depth


def test_a_depth_limit_at_a_thing_that_is_stopped_at_hides_nothing() -> None:
    """Nothing behind it would be followed, so the answer is not cut there."""
    estate, told = chain()
    stop = Follow(stop_kinds=frozenset({Kind.JOB}))

    assert reach(estate.view(), [told["raw"].key], DOWN, Budget(1), follow=stop).truncations == ()
    assert [cut.reason for cut in reach(estate.view(), [told["raw"].key], DOWN, Budget(1)).truncations] == [
        TruncationReason.DEPTH
    ]


def test_a_walk_stays_in_the_workspaces_it_is_given() -> None:
    """A consumer in another workspace is not met; a place in storage, which is in none, is."""
    estate, elsewhere = Estate("w1"), ids.workspace("s1", "g1", "w2")
    place = estate.storage("acct", "c", "raw")
    here = estate.job("here", used={"raw": place})
    there = estate.job("there", used={"raw": place}, scope=elsewhere)
    by_guid = estate.thing(ids.Target(Kind.JOB, f"azureml://locations/eu/workspaces/{GUID}/jobs/guid"))
    estate.link(by_guid, place, Relation.USED)
    estate.guid(GUID, elsewhere)
    view = estate.view()

    def met(*scopes: ids.Scope) -> set[int]:
        follow = Follow(scopes=frozenset(scope.text for scope in scopes))
        return set(reach(view, [place.key], DOWN, follow=follow).depth) - {place.key}

    assert met(estate.scope) == {here.key}
    assert met(elsewhere) == {there.key, by_guid.key}
    assert met(elsewhere, estate.scope) == {here.key, there.key, by_guid.key}


@st.composite
def worlds(draw: Any) -> Any:
    """A view of a few things of several kinds and scopes with several names, and a way to narrow a walk."""
    size = draw(st.integers(2, 10))
    kinds = st.sampled_from([Kind.MODEL_VERSION, Kind.JOB, Kind.LOCATION])
    nodes = []
    for number in range(size):
        scope = draw(st.sampled_from([*SCOPES, ""]))
        text = f"{scope}/models/m/versions/{number}" if scope else f"https://a.blob.core.windows.net/c/{number}"
        state = draw(st.sampled_from([State.LIVE, State.UNRESOLVED]))
        nodes.append(Node(ids.key(text), text, draw(kinds), state))
    relations = st.sampled_from([Relation.USED, Relation.WAS_DERIVED_FROM, Relation.PART_OF, Relation.SAME_AS])
    certainties = st.sampled_from([Certainty.CONFIRMED, Certainty.INFERRED])
    edges = []
    for _ in range(draw(st.integers(0, 24))):
        effect, cause = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        told = Evidence(effect.text, draw(st.sampled_from(["job", "deployment"])), "f", "v")
        edges.append(Edge(effect.key, cause.key, draw(relations), Derivation.REFERENCE, draw(certainties), told))
    follow = Follow(
        relations=draw(st.frozensets(st.sampled_from([Relation.USED, Relation.WAS_DERIVED_FROM]), max_size=1)),
        certainties=draw(st.frozensets(certainties, max_size=1)),
        scopes=draw(st.frozensets(st.sampled_from(SCOPES), max_size=1)),
        stop_kinds=draw(st.frozensets(kinds, max_size=1)),
        stop_keys=draw(st.frozensets(st.sampled_from([node.key for node in nodes]), max_size=1)),
    )
    seeds = draw(st.lists(st.sampled_from([node.key for node in nodes]), min_size=1, max_size=2, unique=True))
    return nodes, edges, follow, seeds


def peer(
    nodes: list[Node], edges: list[Edge], follow: Follow, seeds: list[int], direction: Direction
) -> dict[int, int]:
    """Depths by networkx over things: shortest ways among those that may be gone to, from those that go on."""
    known = {node.key: node for node in nodes}
    same: Any = nx.Graph()
    same.add_nodes_from(known)
    same.add_edges_from((edge.effect, edge.cause) for edge in edges if edge.relation is Relation.SAME_AS)
    thing = {key: min(group) for group in nx.connected_components(same) for key in group}
    members = {key: [other for other in known if thing[other] == key] for key in set(thing.values())}
    starts = {thing[seed] for seed in seeds}

    def open_to(one: int) -> bool:
        scopes = [ids.scope_of(known[key].text) for key in members[one]]
        return not follow.scopes or any(scope is None or scope.text in follow.scopes for scope in scopes)

    def goes_on(one: int) -> bool:
        kind = names.best(known[key] for key in members[one]).kind
        return one in starts or not (kind in follow.stop_kinds or follow.stop_keys.intersection(members[one]))

    graph: Any = nx.DiGraph()
    graph.add_nodes_from((start, True) for start in starts)
    for edge in edges:
        near, far = (edge.effect, edge.cause) if direction is UP else (edge.cause, edge.effect)
        near, far = thing[near], thing[far]
        if edge.relation is Relation.SAME_AS or not follow.takes(edge.relation, edge.certainty):
            continue
        if not open_to(far) or not goes_on(near):
            continue
        if direction is DOWN or edge.relation is not Relation.PART_OF:
            graph.add_edge((near, True), (far, True))
        elif edge.evidence.record_kind != "deployment":
            graph.add_edge((near, True), (far, False))
            graph.add_edge((near, False), (far, False))
    far = nx.multi_source_dijkstra_path_length(graph, {(start, True) for start in starts}, weight=None)
    depth: dict[int, int] = {}
    for (one, _), steps in far.items():
        for key in members[one]:
            depth[key] = min(steps, depth.get(key, steps))
    return depth


@settings(max_examples=600, deadline=None)
@given(worlds(), st.sampled_from([UP, DOWN]))
def test_a_narrowed_walk_reaches_what_networkx_reaches(world: Any, direction: Direction) -> None:
    """Whatever is followed and wherever it stops: the same things at the same depths, and only edges between them."""
    nodes, edges, follow, seeds = world

    reached = reach(MemoryView(nodes, edges), seeds, direction, follow=follow)

    assert reached.depth == peer(nodes, edges, follow, seeds, direction)
    assert all(edge.effect in reached.depth and edge.cause in reached.depth for edge in reached.edges)
