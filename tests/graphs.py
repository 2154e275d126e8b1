"""Random graphs for laws: a few things with any edges among them, cycles and loops included."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lineage import ids
from lineage.graph import Certainty, Derivation, Edge, Evidence, Node, Relation, State
from lineage.ids import Kind
from tests.memory import MemoryView


def thing(number: int) -> Node:
    text = f"azureml://registries/r/models/m/versions/{number}"
    return Node(ids.key(text), text, Kind.MODEL_VERSION, State.LIVE)


def plain(effect: Node, cause: Node, relation: Relation = Relation.WAS_DERIVED_FROM) -> Edge:
    evidence = Evidence(effect.text, "model_version", "f", "v")
    return Edge(effect.key, cause.key, relation, Derivation.REFERENCE, Certainty.CONFIRMED, evidence)


@st.composite
def graphs(draw: Any, *, same: bool = False) -> Any:
    """A view, its things and its edges; with `same`, some things have several names."""
    size = draw(st.integers(1, 12))
    things = [thing(number) for number in range(size)]
    ends = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))
    pairs = draw(st.lists(ends, max_size=30, unique=True))
    twins = draw(st.lists(ends, max_size=6, unique=True)) if same else []
    edges = [plain(things[a], things[b]) for a, b in pairs]
    edges += [plain(things[a], things[b], Relation.SAME_AS) for a, b in twins if a != b]
    return MemoryView(things, edges), things, edges
