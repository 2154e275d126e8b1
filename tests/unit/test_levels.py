"""Levels: what to put right first."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.levels import levels


def test_a_thing_comes_after_the_longest_way_to_it() -> None:
    """d was made from a at once and from c after two steps: it waits for c."""
    assert levels([1, 2, 3, 4], [(1, 2), (2, 3), (1, 4), (3, 4)]) == {1: 1, 2: 2, 3: 3, 4: 4}


def test_what_is_made_of_each_other_is_one_step() -> None:
    """A circle shares a level, what was made from it comes after, and links to strangers count nothing."""
    links = [(1, 2), (2, 3), (3, 2), (3, 4), (9, 1), (4, 9), (4, 4)]

    assert levels([1, 2, 3, 4], links) == {1: 1, 2: 2, 3: 2, 4: 3}


def test_a_suspect_is_before_all_unless_it_was_made_from_another() -> None:
    """9 is where it began; 2 was named as well, and was made from what 9 spoiled: what follows waits for both."""
    links = [(9, 1), (1, 2), (2, 3), (9, 3)]

    assert levels([9, 1, 2, 3], links, starts=[9, 2]) == {9: 0, 1: 1, 2: 2, 3: 3}


def test_a_long_chain_is_no_deep_recursion() -> None:
    chain = [(number, number + 1) for number in range(50_000)]

    assert levels(range(50_001), [*chain, (50_000, 49_999)])[50_000] == 50_000


@settings(max_examples=400, deadline=None)
@given(
    st.integers(1, 12).flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.lists(st.tuples(st.integers(0, size + 1), st.integers(0, size - 1)), max_size=40),
            st.sets(st.integers(0, size)),
        )
    )
)
def test_levels_are_longest_ways_over_condensed_circles(graph: tuple[int, list[tuple[int, int]], set[int]]) -> None:
    """As networkx says: condensation, then the longest way to each component, from 0 where all of it are starts."""
    size, links, starts = graph
    peer = nx.DiGraph()
    peer.add_nodes_from(range(size))
    peer.add_edges_from((a, b) for a, b in links if a < size)
    condensed = nx.condensation(peer)
    far: dict[int, int] = {}
    for one in nx.topological_sort(condensed):
        least = 0 if condensed.nodes[one]["members"] <= starts else 1
        far[one] = max([least, *(far[before] + 1 for before in condensed.predecessors(one))])

    assert levels(range(size), links, starts) == {key: far[one] for key, one in condensed.graph["mapping"].items()}
