"""The law of closures: the file asked a depth at a time, the arrays in memory and networkx reach the same things."""

from __future__ import annotations

import gc
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import answers, ids
from lineage.graph import Certainty, Derivation, Direction, Edge, Evidence, Node, Relation, State
from lineage.ids import Kind
from lineage.index import SqliteIndex, closing, open_index, within
from lineage.index.csr import Csr
from lineage.index.remembered import Remembered
from lineage.traversal import Budget, Closure, Follow, Reach, TruncationReason, reach
from tests.index.arrays import write
from tests.index.test_laws import MEMORY

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM
RELATIONS = st.sampled_from([*[Relation.USED, Relation.WAS_DERIVED_FROM, Relation.PART_OF] * 3, Relation.SAME_AS])
PLACES = (
    "azureml://registries/r/models/m/versions/",
    "azureml://registries/s/models/m/versions/",
    "https://account.blob.core.windows.net/container/",
)
"""Two registries, and what lies in none."""


def thing(number: int, kind: Kind = Kind.MODEL_VERSION, state: State = State.LIVE) -> Node:
    text = f"{PLACES[number % 3]}{number}"
    return Node(ids.key(text), text, kind, state)


FOLLOWS = st.builds(
    Follow,
    st.frozensets(st.sampled_from([Relation.USED, Relation.WAS_DERIVED_FROM, Relation.PART_OF]), max_size=2),
    st.frozensets(st.sampled_from([Certainty.CONFIRMED, Certainty.INFERRED]), max_size=1),
    st.frozensets(st.sampled_from(["azureml://registries/r", "azureml://registries/s"]), max_size=1),
    st.frozensets(st.sampled_from([Kind.MODEL_VERSION, Kind.JOB, Kind.LOCATION]), max_size=1),
    st.frozensets(st.sampled_from([thing(number).key for number in range(10)]), max_size=2),
)


@st.composite
def edges(draw: Any, nodes: list[Node]) -> Edge:
    effect, cause = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
    evidence = Evidence(effect.text, draw(st.sampled_from(["job", "job", "job", "deployment"])), "f", "v")
    certainty = draw(st.sampled_from([Certainty.CONFIRMED, Certainty.INFERRED]))
    path = draw(st.sampled_from(["", "a", "a/b", "c"]))
    return Edge(effect.key, cause.key, draw(RELATIONS), Derivation.REFERENCE, certainty, evidence, path=path)


@st.composite
def histories(draw: Any) -> Any:
    """One to three generations over the same few names; edges come, go and come back."""
    size = draw(st.integers(1, 9))
    kinds = st.sampled_from([Kind.MODEL_VERSION, Kind.JOB, Kind.LOCATION])
    nodes = [thing(n, draw(kinds), draw(st.sampled_from([State.LIVE, State.DELETED]))) for n in range(size)]
    pool = draw(st.lists(edges(nodes), min_size=draw(st.sampled_from([0, 12, 20])), max_size=24))
    generations = [(nodes, pool)]
    for _ in range(draw(st.integers(0, 2))):
        kept = draw(st.lists(st.sampled_from(pool), unique_by=id)) if pool else []
        generations.append((nodes, kept))
    return generations


@contextmanager
def written(generations: Any) -> Iterator[SqliteIndex]:
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        index = open_index(folder / "index.db", create=True)
        write(index, generations)
        yield index
        index.close()
    finally:
        shutil.rmtree(folder)


def peer(
    nodes: list[Node], edges: list[Edge], seeds: list[int], direction: Direction, follow: Follow, limit: int | None
) -> dict[int, int]:
    """Depths by networkx: shortest ways over (name, met as a cause or only as a parent), `sameAs` costing nothing."""
    names: Any = nx.Graph()
    names.add_nodes_from([*(node.key for node in nodes), *seeds])
    names.add_edges_from((edge.cause, edge.effect) for edge in edges if edge.relation is Relation.SAME_AS)
    known = {node.key: node for node in nodes}
    closed, stopped = set(), set()
    for group in nx.connected_components(names):
        if not group.isdisjoint(seeds):
            continue
        told = [known[key] for key in group]
        if follow.scopes and all(answers.scope_text(node.text) not in {*follow.scopes, ""} for node in told):
            closed |= group
        if answers.best(told).kind in follow.stop_kinds or not follow.stop_keys.isdisjoint(group):
            stopped |= group
    graph: Any = nx.DiGraph()
    graph.add_nodes_from((seed, True) for seed in seeds)
    for edge in edges:
        cause, effect = edge.cause, edge.effect
        near, far = (cause, effect) if direction is DOWN else (effect, cause)
        if edge.relation is Relation.SAME_AS:
            for full in (True, False):
                graph.add_edge((cause, full), (effect, full), weight=0)
                graph.add_edge((effect, full), (cause, full), weight=0)
        elif follow.takes(edge.relation, edge.certainty) and near not in stopped and far not in closed:
            if direction is DOWN:
                _cheapest(graph, (cause, True), (effect, True))
            elif edge.relation is not Relation.PART_OF:
                _cheapest(graph, (effect, True), (cause, True))
            elif edge.evidence.record_kind != "deployment":
                _cheapest(graph, (effect, True), (cause, False))
                _cheapest(graph, (effect, False), (cause, False))
    far = nx.multi_source_dijkstra_path_length(graph, {(seed, True) for seed in seeds}, cutoff=limit)
    depth: dict[int, int] = {}
    for (key, _), steps in far.items():
        depth[key] = min(steps, depth.get(key, steps))
    return depth


def _cheapest(graph: Any, near: Any, far: Any) -> None:
    graph.add_edge(near, far, weight=min(1, graph.get_edge_data(near, far, {"weight": 1})["weight"]))


def depths(closure: Closure) -> dict[int, int]:
    found = dict(zip(map(int, closure.keys), map(int, closure.depths), strict=True))
    assert len(found) == len(closure)
    assert set(map(int, closure.names)) == found.keys()
    assert list(found.values()) == sorted(found.values())
    return found


def frontier(csr: Csr, told: Reach | Closure) -> Any:
    """Why the walk stopped, and behind which things, whichever of their names stands for them."""
    thing_of = dict(zip(csr.keys.tolist(), csr.thing_of.tolist(), strict=True))
    return [(cut.reason, {thing_of.get(key, key) for key in cut.frontier}) for cut in told.truncations]


SEEDS = st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True)


@settings(max_examples=300, deadline=None)
@given(
    histories(), SEEDS, st.sampled_from([UP, DOWN]), st.none() | st.integers(0, 4), FOLLOWS, st.sampled_from(["", "a"])
)
def test_file_memory_and_networkx_reach_the_same(generations, seeds, direction, limit, follow, path) -> None:  # type: ignore[no-untyped-def]
    """Any seeds, either direction, any depth and filter, in every generation of a history, small search or compiled."""
    keys = [thing(number).key for number in seeds]
    budget = Budget(max_depth=limit)
    with written(generations) as index, index.warmed(worth=0) as keeper:
        for number, (nodes, edges) in enumerate(generations, 1):
            with index.view(number) as view:
                csr = index.adjacency(view.generation)
                walked = reach(view, keys, direction, budget, follow=follow)
                assert walked.depth == peer(nodes, edges, keys, direction, follow, limit)
                for few in (0, 3, 1000):
                    found = closing.closure(csr, keys, direction, budget, follow, few=few, inside=view._inside)
                    assert depths(found) == walked.depth
                    assert frontier(csr, found) == frontier(csr, walked)
        keeper.look()
        with index.view() as view:
            offered = view.closure(keys, direction, budget, path, follow)
            walked = reach(view, keys, direction, budget, path, follow)
            assert offered is not None
            assert depths(offered) == walked.depth
            assert frontier(csr, offered) == frontier(csr, walked)


@settings(max_examples=150, deadline=None)
@given(histories(), SEEDS, st.sampled_from([UP, DOWN]), st.integers(1, 6), st.sampled_from([0, 1000]))
def test_a_full_answer_holds_the_nearest(generations, seeds, direction, room, few) -> None:  # type: ignore[no-untyped-def]
    """As many things as there is room for, every depth whole but the last, and the same reason as from the file."""
    keys = [thing(number).key for number in seeds]
    with written(generations) as index, index.view() as view:
        csr = index.adjacency(view.generation)
        whole = reach(view, keys, direction).depth
        walked = reach(view, keys, direction, Budget(max_nodes=room))
        found = closing.closure(csr, keys, direction, Budget(max_nodes=room), few=few)
    kept = depths(found)
    assert len(kept) == len(walked.depth) == min(room, len(whole))
    assert kept.items() <= whole.items()
    assert all(depth >= max(kept.values()) for key, depth in whole.items() if key not in kept)
    assert [cut.reason for cut in found.truncations] == [cut.reason for cut in walked.truncations]


@settings(max_examples=100, deadline=None)
@given(histories(), SEEDS, st.sampled_from([UP, DOWN]), st.sampled_from([0, 1000]))
def test_counts_are_of_things_by_the_name_that_stands_for_them(generations, seeds, direction, few) -> None:  # type: ignore[no-untyped-def]
    """Without a node read, the counts are those of the nodes that were reached, several names counting once."""
    keys = [thing(number).key for number in seeds]
    with written(generations) as index, index.view() as view:
        csr = index.adjacency(view.generation)
        walked = reach(view, keys, direction)
        nodes = view.nodes(list(walked.depth))
        stands = answers.things(nodes, walked.edges)
        expected: dict[Kind, int] = {}
        for key, node in nodes.items():
            if walked.depth[key] > 0 and stands.get(key, key) == key:
                expected[node.kind] = expected.get(node.kind, 0) + 1
        assert closing.closure(csr, keys, direction, few=few).counts() == expected


def chain(length: int) -> tuple[list[Node], list[Edge]]:
    nodes = [thing(number) for number in range(length)]
    evidence = Evidence(nodes[0].text, "job", "f", "v")
    return nodes, [
        Edge(a.key, b.key, Relation.USED, Derivation.REFERENCE, Certainty.CONFIRMED, evidence)
        for a, b in pairwise(nodes)
    ]


def test_a_walk_out_of_time_says_behind_what_it_would_go_on() -> None:
    nodes, edges = chain(600)
    with written([(nodes, edges)]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
    for seeds, few, kept in (([nodes[0].key], 1000, 513), ([nodes[0].key, nodes[300].key], 0, 2)):
        for direction, ends in ((UP, seeds), (DOWN, [nodes[-1].key, nodes[-300].key][: len(seeds)])):
            looks = iter([False, False, True])
            budget = Budget(10_000, expired=lambda looks=looks: next(looks))
            found = closing.closure(csr, ends, direction, budget, few=few)
            (cut,) = found.truncations
            assert cut.reason is TruncationReason.TIME_LIMIT
            assert len(found) == kept
            assert cut.frontier == tuple(found.keys[-len(seeds) :])


def test_a_parent_that_is_also_a_cause_further_off_is_met_first_and_walked_later() -> None:
    """The step's parent is one away; it is also what the step's input was made from, so its own input follows."""
    step, parent, made, raw = nodes = [thing(number) for number in range(4)]
    evidence = Evidence(step.text, "job", "f", "v")
    edges = [
        Edge(effect.key, cause.key, relation, Derivation.REFERENCE, Certainty.CONFIRMED, evidence)
        for effect, relation, cause in (
            (step, Relation.PART_OF, parent),
            (step, Relation.USED, made),
            (made, Relation.WAS_GENERATED_BY, parent),
            (parent, Relation.USED, raw),
        )
    ]
    with written([(nodes, edges)]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
    for few in (0, 1000):
        assert depths(closing.closure(csr, [step.key], UP, few=few)) == {
            step.key: 0,
            parent.key: 1,
            made.key: 1,
            raw.key: 3,
        }
        near = closing.closure(csr, [step.key], UP, Budget(max_depth=1), few=few)
        assert [cut.frontier for cut in near.truncations] == [(made.key,)]


def test_a_parent_already_met_as_a_cause_is_no_more_behind_the_depth_limit() -> None:
    step, parent, made = nodes = [thing(number) for number in range(3)]
    evidence = Evidence(step.text, "job", "f", "v")
    edges = [
        Edge(effect.key, cause.key, relation, Derivation.REFERENCE, Certainty.CONFIRMED, evidence)
        for effect, relation, cause in (
            (step, Relation.USED, parent),
            (step, Relation.USED, made),
            (made, Relation.PART_OF, parent),
        )
    ]
    with written([(nodes, edges)]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
    for few in (0, 1000):
        assert closing.closure(csr, [step.key], UP, Budget(max_depth=1), few=few).truncations == ()


def test_a_long_chain_is_walked_to_its_end_by_the_compiled_search() -> None:
    nodes, edges = chain(3_000)
    with written([(nodes, edges)]) as index, index.view() as view:
        found = closing.closure(index.adjacency(view.generation), [nodes[-1].key], DOWN)
    assert depths(found) == {node.key: 2_999 - number for number, node in enumerate(nodes)}


def test_parallel_edges_and_filters_share_one_adjacency() -> None:
    """A filter makes no second scan of the file, and a filter asked again none of the arrays."""
    nodes, edges = chain(3)
    with written([(nodes, edges + edges)]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
    assert len(csr.up.ends) == 2
    follow = Follow(frozenset({Relation.USED}))
    assert csr.followed(follow) is csr.followed(Follow(frozenset({Relation.USED}), stop_kinds=frozenset({Kind.JOB})))
    assert len(closing.closure(csr, [nodes[0].key], UP, follow=Follow(frozenset({Relation.DEPLOYS})))) == 1


def fan(width: int) -> tuple[list[Node], list[Edge]]:
    nodes = [thing(number) for number in range(width + 1)]
    evidence = Evidence(nodes[0].text, "job", "f", "v")
    how = Relation.USED, Derivation.REFERENCE, Certainty.CONFIRMED, evidence
    return nodes, [Edge(node.key, nodes[0].key, *how) for node in nodes[1:]]


def test_a_closure_of_many_is_computed_once_for_a_generation() -> None:
    """Asked again it is the same object; of few things, or cut by the clock, nothing is kept."""
    nodes, edges = fan(400)
    with written([(nodes, edges)]) as index, index.warmed(worth=0) as keeper:
        keeper.look()
        with index.view() as view:
            csr = keeper.of(view.generation)
            assert csr is not None
            whole = view.closure([nodes[0].key], DOWN)
            assert whole is not None
            assert view.closure([nodes[0].key], DOWN) is whole
            assert (csr.closures.kept, csr.closures.found) == (1, 1)
            narrow = view.closure([nodes[0].key], DOWN, Budget(max_nodes=10))
            assert narrow is not None
            assert len(narrow) == 10
            assert csr.closures.kept == 2
            view.closure([nodes[1].key], UP)
            view.closure([nodes[0].key], DOWN, Budget(max_nodes=11, expired=lambda: True))
            assert csr.closures.kept == 2


def test_what_is_remembered_of_closures_is_bounded_in_bytes() -> None:
    class Big:
        nbytes = 40

    memory: Remembered[Big] = Remembered(100)
    for name in "abc":
        memory.keep(name, Big())
    assert memory.get("a") is None
    assert memory.get("b") is not None
    memory.keep("d", Big())
    assert memory.get("c") is None
    assert memory.get("b") is not None
    assert (memory.nbytes, memory.kept) == (80, 4)


def test_an_adjacency_is_freed_with_its_last_reader() -> None:
    """Without the collector: what it remembers does not lead back to it."""
    nodes, edges = fan(400)
    with written([(nodes, edges)]) as index, index.view() as view:
        csr = index.adjacency(view.generation)
        follow = Follow(frozenset({Relation.USED}))
        for few in (0, 1000):
            found = closing.closure(csr, [nodes[0].key], DOWN, follow=follow, few=few)
            csr.closures.keep(few, found)
        del found
    gone = weakref.ref(csr)
    gc.disable()
    try:
        del csr
        assert gone() is None
    finally:
        gc.enable()


def test_names_inside_a_scope_are_found_by_ranges() -> None:
    """Also by a workspace's GUID, under a server's path, and beside scopes whose names start alike."""
    near = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
    guid = "azureml://workspaces/11111111-2222-3333-4444-555555555555"
    texts = {
        near: True,
        f"{near}/jobs/a": True,
        f"{near}-2/jobs/a": False,
        f"{near}0": False,
        f"{guid}/jobs/b": True,
        f"{guid[:-1]}6/jobs/b": False,
        "azureml://registries/r/models/m/versions/1": False,
        "https://account.blob.core.windows.net/c/x": True,
        "abfss://c@account.dfs.core.windows.net/x": True,
        "mlflow+https://server.example/experiments/1": False,
        "mlflow+https://server.example/team/experiments/1": True,
    }
    nodes = [Node(ids.key(text), text, Kind.JOB, State.LIVE) for text in texts]
    with written([(nodes, [])]) as index, index.view() as view:
        scopes = {near, "mlflow+https://server.example/team"}
        found = within.keys(view._connection, 1, scopes, {guid.rpartition("/")[2]: near})
    inside = {ids.key(text) for text, told in texts.items() if told}
    assert len(found) == len(set(found))
    assert {node.text for node in nodes if node.key in set(found)} == {n.text for n in nodes if n.key in inside}
