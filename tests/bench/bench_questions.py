"""Trace and impact, cold and warm, beside networkx on the same graph.

Cold is a process from its start to its answer, beside a process that imports `sqlite3` and ends, and one that loads
the graph into networkx and asks it. Warm is one process that has asked before. A typical question starts at one of
many model versions, jobs and data versions, the hub is the most popular data version: what it reaches is much of the
graph. networkx is timed as it comes and with its garbage collector off. Rounds are interleaved; figures are medians.
"""

from __future__ import annotations

import gc
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import networkx as nx

from lineage import ids, impact, lookup, trace
from lineage.graph import Direction
from lineage.ids import Kind
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.ports import NodeFilter, View
from lineage.traversal import Budget, reach
from tests.bench.estates import Estate, estate

NOW = "2026-03-31T12:00:00Z"
SIZES = (10_000, 100_000)
_ASKED = 200
_MANY = Budget(max_nodes=10_000_000)
_PEER = """
import pickle, sys
import networkx as nx
with open(sys.argv[1], "rb") as file:
    graph = pickle.load(file)
print(len(getattr(nx, sys.argv[2])(graph, sys.argv[3])))
"""


class Row(msgspec.Struct, frozen=True):
    """One question, in milliseconds; `peers` by name."""

    question: str
    ours: float
    peers: dict[str, float]


class Measured(msgspec.Struct, frozen=True):
    """What was asked of one size. reached: things that the hub reaches."""

    nodes: int
    edges: int
    reached: int
    rows: list[Row]


def measure(size: int, rounds: int = 9) -> Measured:
    """Publish an estate of about `size` nodes and ask it."""
    built = estate(size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.db"
        index = open_index(path, create=True)
        index.publish(built.root, iter(built.facts), Quiet(), started=NOW, clock=lambda: NOW)
        with index.view() as view:
            graph = _networkx(view)
            reached, rows = _warm(view, graph, built, rounds)
        index.close()
        with (Path(folder) / "graph").open("wb") as file:
            pickle.dump(graph, file, protocol=5)
        rows += _cold(Path(folder), built, rounds)
    return Measured(graph.number_of_nodes(), graph.number_of_edges(), reached, rows)


def main() -> None:
    for size in SIZES:
        told = measure(size)
        print(f"{told.nodes:,} nodes, {told.edges:,} edges; the hub reaches {told.reached:,}")
        for row in told.rows:
            peers = "   ".join(f"{name} {ms:,.3f} ({ms / row.ours:.2f}x)" for name, ms in row.peers.items())
            print(f"  {row.question:<44} {row.ours:>10,.3f} ms   {peers}")
    print("  a cold question must stay within 6x of a process that imports sqlite3, which is at least 0.17x above")


def _warm(view: View, graph: Any, built: Estate, rounds: int) -> tuple[int, list[Row]]:
    rows = []
    typical = _typical(view)
    hub = built.hub
    for direction, peer in ((Direction.UPSTREAM, nx.descendants), (Direction.DOWNSTREAM, nx.ancestors)):
        rows.append(_closures(view, graph, f"{direction} of a typical thing", typical, direction, peer, rounds))
    rows.append(_closures(view, graph, "downstream of the hub", [hub], Direction.DOWNSTREAM, nx.ancestors, 3))
    models = built.models[-_ASKED:]
    traced = _median(lambda text: trace.trace(view, lookup.find(view, text)), models, rounds)
    rows.append(Row("trace, whole answer with evidence", traced, {}))
    struck = _median(lambda text: impact.impact(view, [lookup.find(view, text)]), models, rounds)
    rows.append(Row("impact, whole answer with evidence", struck, {}))
    whole = _median(lambda text: impact.impact(view, [lookup.find(view, text)], _MANY), [hub], 3)
    rows.append(Row("impact of the hub, whole answer", whole, {}))
    return len(reach(view, (ids.key(hub),), Direction.DOWNSTREAM, _MANY).depth) - 1, rows


def _closures(
    view: View,
    graph: Any,
    question: str,
    texts: list[str],
    direction: Direction,
    peer: Callable[[Any, str], Any],
    rounds: int,
) -> Row:
    ours, theirs, quiet = [], [], []
    for _ in range(rounds):
        ours.append(_median(lambda text: reach(view, (ids.key(text),), direction, _MANY), texts, 1))
        theirs.append(_median(lambda text: peer(graph, text), texts, 1))
        with _no_collector():
            quiet.append(_median(lambda text: peer(graph, text), texts, 1))
    peers = {"networkx": statistics.median(theirs), "without collector": statistics.median(quiet)}
    return Row(question, statistics.median(ours), peers)


def _cold(folder: Path, built: Estate, rounds: int) -> list[Row]:
    ask = [sys.executable, "-c", "from lineage.cli import main; main()"]
    peer = [sys.executable, "-c", _PEER, str(folder / "graph")]
    model, hub = built.models[-1], built.hub
    index = ["--index", str(folder / "index.db")]
    questions = {
        "trace, cold": ([*ask, "trace", model, *index], [*peer, "descendants", model]),
        "impact, cold": ([*ask, "impact", model, *index], [*peer, "ancestors", model]),
        "impact of the hub, cold": ([*ask, "impact", hub, *index, "--limit", "10000000"], [*peer, "ancestors", hub]),
    }
    floor = [sys.executable, "-c", "import sqlite3"]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = []
    for question, commands in questions.items():
        taken: list[list[float]] = [[], [], []]
        for number in range(rounds + 1):  # the first compiles, and does not count
            for times, command in zip(taken, (commands[0], floor, commands[1]), strict=True):
                begun = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
                if number:
                    times.append((time.perf_counter() - begun) * 1000)
        ours, least, theirs = map(statistics.median, taken)
        rows.append(Row(question, ours, {"import sqlite3": least, "networkx": theirs}))
    return rows


def _typical(view: View) -> list[str]:
    """Model versions, jobs and data versions, evenly spread over all there are."""
    texts: list[str] = []
    for kind in (Kind.MODEL_VERSION, Kind.JOB, Kind.DATA_VERSION):
        found = [node.text for node in _all(view, kind)]
        texts += found[:: max(1, len(found) * 3 // _ASKED)]
    return texts


def _networkx(view: View) -> Any:
    """The same graph, effect -> cause, by canonical text; other names of a thing lead both ways, as they do here."""
    graph: Any = nx.DiGraph()
    names = {}
    for kind in Kind:
        for node in _all(view, kind):
            names[node.key] = node.text
            graph.add_node(node.text)
    keys = list(names)
    for start in range(0, len(keys), 10_000):
        for edge in view.causes(keys[start : start + 10_000]):
            graph.add_edge(names[edge.effect], names[edge.cause])
            if edge.relation == "sameAs":
                graph.add_edge(names[edge.cause], names[edge.effect])
    return graph


def _all(view: View, kind: Kind) -> Iterator[Any]:
    after = ""
    while page := view.list_nodes(NodeFilter((kind,)), after, 10_000):
        yield from page
        after = page[-1].text


def _median(ask: Callable[[str], Any], texts: list[str], rounds: int) -> float:
    """Milliseconds of the median question, of the median round."""
    found = []
    for _ in range(rounds):
        times = []
        for text in texts:
            begun = time.perf_counter()
            ask(text)
            times.append(time.perf_counter() - begun)
        found.append(statistics.median(times))
    return statistics.median(found) * 1000


@contextmanager
def _no_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


if __name__ == "__main__":
    main()
