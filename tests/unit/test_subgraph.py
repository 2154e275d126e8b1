"""A lineage taken away as a networkx graph."""

from __future__ import annotations

import networkx as nx

from lineage.impact import impact
from lineage.lookup import find
from lineage.trace import trace
from tests.memory import Estate


def estate() -> Estate:
    """raw -> prepare -> clean -> train -> model -> scorer:1"""
    estate = Estate()
    clean = estate.output(estate.job("prepare", used={"in": estate.data("raw", "1")}), "clean")
    train = estate.job("train", used={"data": clean})
    estate.model("scorer", "1", source=estate.output(train, "model"), path="m.pkl")
    return estate


def test_what_networkx_reaches_is_what_the_answer_holds() -> None:
    """Descendants in the graph are causes; of the raw data, ancestors are what was made from it."""
    view = estate().view()
    made = trace(view, find(view, "scorer:1"))
    broken = impact(view, [find(view, "azureml:raw:1")])

    origin = made.subgraph.to_networkx()
    assert nx.descendants(origin, made.found.node.text) == {node.text for node in made.nodes.values()} - {
        made.found.node.text
    }
    spread = broken.subgraph.to_networkx()
    (raw,) = (found.node.text for found in broken.found)
    assert nx.ancestors(spread, raw) == {node.text for node in broken.nodes.values()} - {raw}
    assert made.found.node.text in nx.ancestors(spread, raw)


def test_nodes_and_edges_tell_what_they_are_and_why() -> None:
    view = estate().view()
    graph = trace(view, find(view, "scorer:1")).subgraph.to_networkx()

    model = next(text for text, kind in graph.nodes(data="kind") if kind == "ModelVersion")
    ((_, output, told),) = graph.out_edges(model, data=True)
    assert output.endswith("/jobs/train/outputs/model")
    assert (told["relation"], told["path"], told["certainty"]) == ("wasDerivedFrom", "m.pkl", "CONFIRMED")
    assert told["record"] == model
    assert graph.nodes[model]["facts"]["name"] == "scorer"
