"""Closures over the adjacency in memory, beside other graph engines on the same graph, up to a million things.

The graph is `layered`: arrays put straight into an index's tables. A typical question starts at one of many models,
jobs and data versions; the hub is the most popular data version. Warm times are of the thread's own processor time, so
that neighbours do not count, less what looking at that clock takes: of each round the median question, of the rounds,
in which all engines take turns, the least. Memory is what the process grew by. Cold is a process from start to answer.
Every engine must reach as many things as ours. An engine that is not installed is not measured.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
from scipy.sparse.csgraph import breadth_first_order

from lineage.graph import Direction, Relation
from lineage.ids import Kind
from lineage.index import closing, open_index
from lineage.index.codes import RELATIONS
from lineage.index.csr import Csr
from lineage.traversal import Budget
from tests.bench.layered import Layered

SIZES = (10_000, 100_000, 1_000_000)
_ALL = Budget(max_nodes=1 << 40)
_SAME = RELATIONS.of[Relation.SAME_AS]
_STEP = "JOIN {table} e ON e.bucket = r.k >> 57 AND e.{near} = r.k"
QUIET = "without collector"
Ask = Callable[[int], int]
"""From the number of a thing, how many things its closure has, the thing itself included."""


def resident() -> int:
    """Bytes of memory this process holds for itself, without the file's pages that it has mapped."""
    gc.collect()
    _, held, shared, *_ = map(int, Path("/proc/self/statm").read_text().split())
    return (held - shared) * os.sysconf("SC_PAGE_SIZE")


def ours(csr: Csr, graph: Layered, direction: Direction) -> Ask:
    keys = graph.keys.tolist()
    return lambda thing: len(closing.closure(csr, [keys[thing]], direction, _ALL).names)


def bare(csr: Csr, graph: Layered) -> Ask:
    """scipy's search of the same rows and nothing else."""
    keys = graph.keys.tolist()
    return lambda thing: len(breadth_first_order(csr.down.matrix, csr.all.place(keys[thing]))[0])


def pairs(graph: Layered) -> list[tuple[int, int]]:
    """Effect, cause by number; other names lead both ways."""
    found = list(zip(graph.effects.tolist(), graph.causes.tolist(), strict=True))
    same = (graph.relations == _SAME).nonzero()[0]
    return found + list(zip(graph.causes[same].tolist(), graph.effects[same].tolist(), strict=True))


def networkx(graph: Layered) -> Any:
    made: Any = nx.DiGraph()
    keys = graph.keys.tolist()
    made.add_nodes_from(keys)
    made.add_edges_from((keys[effect], keys[cause]) for effect, cause in pairs(graph))
    return made


def rustworkx(graph: Layered) -> dict[Direction, Ask]:
    import rustworkx as rx

    made = rx.PyDiGraph()
    made.add_nodes_from(range(graph.nodes))
    made.add_edges_from_no_data(pairs(graph))
    return {
        Direction.UPSTREAM: lambda thing: len(rx.descendants(made, thing)) + 1,
        Direction.DOWNSTREAM: lambda thing: len(rx.ancestors(made, thing)) + 1,
    }


def igraph(graph: Layered) -> dict[Direction, Ask]:
    import igraph as ig

    made = ig.Graph(n=graph.nodes, edges=pairs(graph), directed=True)
    return {
        Direction.UPSTREAM: lambda thing: len(made.subcomponent(thing, mode="out")),
        Direction.DOWNSTREAM: lambda thing: len(made.subcomponent(thing, mode="in")),
    }


def recursive(path: Path, graph: Layered) -> dict[Direction, Ask]:
    """A recursive statement over the index's own tables."""
    connection = sqlite3.connect(path)
    keys = graph.keys.tolist()
    out = _STEP.format(table="edge_out", near="effect")
    into = _STEP.format(table="edge_in", near="cause")

    def ask(first: str, far: str, other: str, back: str) -> Ask:
        statement = (
            f"WITH RECURSIVE r(k) AS (VALUES(?) UNION SELECT e.{far} FROM r {first}"
            f" UNION SELECT e.{back} FROM r {other} AND e.relation = {_SAME}) SELECT k FROM r"
        )
        return lambda thing: len(connection.execute(statement, (keys[thing],)).fetchall())

    return {
        Direction.UPSTREAM: ask(out, "cause", into, "effect"),
        Direction.DOWNSTREAM: ask(into, "effect", out, "cause"),
    }


def least(asks: dict[str, Ask], things: list[int], rounds: int) -> dict[str, float]:
    """Milliseconds of the median question of each engine, the least of interleaved rounds."""
    looks = []
    for _ in range(1_000):
        begun = time.thread_time()
        looks.append(time.thread_time() - begun)
    found: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(rounds):
        for name, ask in asks.items():
            times = []
            for thing in things:
                if name == QUIET:
                    gc.disable()
                begun = time.thread_time()
                ask(thing)
                times.append(time.thread_time() - begun)
                gc.enable()
            found[name].append(statistics.median(times) - statistics.median(looks))
    return {name: min(times) * 1000 for name, times in found.items()}


def row(what: str, mine: float, peers: dict[str, float], limits: dict[str, float]) -> None:
    told = []
    for name, ms in peers.items():
        limit = limits.get(name)
        mark = "" if limit is None else f", limit {limit:g}x{'' if ms / mine >= limit else ' NOT MET'}"
        told.append(f"{name} {ms:,.4g} ({ms / mine:,.2f}x{mark})")
    print(f"  {what:<24}{mine:>10,.4f} ms   {'   '.join(told)}", flush=True)


def measure(size: int, folder: Path) -> None:
    graph = Layered(size)
    path = folder / f"{size}.db"
    begun = time.perf_counter()
    graph.write(path)
    print(f"{graph.nodes:,} things, {len(graph.effects):,} edges", end="; ")
    print(f"written straight into the tables in {time.perf_counter() - begun:,.1f} s", flush=True)
    index = open_index(path)
    with index.view() as view:
        generation = view.generation
    before, begun = resident(), time.perf_counter()
    csr = index.adjacency(generation)
    took, grown = time.perf_counter() - begun, resident() - before
    before, begun = resident(), time.perf_counter()
    nxg = networkx(graph)
    nx_took, nx_grown = time.perf_counter() - begun, resident() - before
    share = nx_grown / max(grown, csr.nbytes)
    mark = "" if size < SIZES[-1] else f", limit 10x{'' if share >= 10 else ' NOT MET'}"
    print(
        f"  built in {took:,.1f} s, {csr.nbytes / 1e6:,.1f} MB of arrays, grew by {grown / 1e6:,.1f} MB;"
        f" networkx {nx_took:,.1f} s, {nx_grown / 1e6:,.1f} MB ({share:,.1f}x{mark})"
    )
    engines: dict[str, dict[Direction, Ask]] = {"recursive SQL": recursive(path, graph)}
    for name, make in (("rustworkx", rustworkx), ("igraph", igraph)):
        if importlib.util.find_spec(name) is not None:
            engines[name] = make(graph)
        else:
            print(f"  {name}: not measured, it is not installed")
    keys = graph.keys.tolist()
    nx_ask: dict[Direction, Ask] = {
        Direction.UPSTREAM: lambda thing: len(nx.descendants(nxg, keys[thing])) + 1,
        Direction.DOWNSTREAM: lambda thing: len(nx.ancestors(nxg, keys[thing])) + 1,
    }
    for what, direction, things in (
        ("typical upstream", Direction.UPSTREAM, graph.typical()),
        ("typical downstream", Direction.DOWNSTREAM, graph.typical()),
        ("hub downstream", Direction.DOWNSTREAM, [graph.hub]),
    ):
        mine = ours(csr, graph, direction)
        reached = mine(things[0])
        asks = {name: ask[direction] for name, ask in {**engines, "networkx": nx_ask}.items()}
        for name, ask in asks.items():
            for thing in things[:3]:
                assert ask(thing) == mine(thing), name
        limits, rounds = {"networkx": 3.0}, 9
        if len(things) == 1:
            asks["bare scipy"] = bare(csr, graph)
            limits, rounds = {"networkx": 300.0, QUIET: 60.0, "bare scipy": 0.5}, 5
            what = f"hub, {reached:,} things"
        taken = least({"ours": mine, **asks, QUIET: nx_ask[direction]}, things, rounds)
        row(what, taken.pop("ours"), taken, limits if size == SIZES[-1] else {})
    index.close()
    model = graph.texts[graph.first[Kind.MODEL_VERSION] + graph.sizes[Kind.MODEL_VERSION] // 2]
    for question in ("trace", "impact"):
        cold(question, model, path, folder, held=size == SIZES[-1])


def cold(question: str, text: str, path: Path, folder: Path, *, held: bool, rounds: int = 7) -> None:
    floor = [sys.executable, "-c", "import sqlite3"]
    ask = [sys.executable, "-c", "from lineage.cli import main; main()", question, text, "--index", str(path)]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken: list[list[float]] = [[], []]
    for number in range(rounds + 1):  # the first compiles, and does not count
        for times, command in zip(taken, (ask, floor), strict=True):
            begun = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            if number:
                times.append((time.perf_counter() - begun) * 1000)
    mine, bare_python = map(min, taken)
    row(f"{question}, cold", mine, {"import sqlite3": bare_python}, {"import sqlite3": 1 / 6} if held else {})


def main() -> None:
    sizes = [int(size) for size in os.environ.get("CLOSURE_SIZES", "").split()] or SIZES
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            measure(size, Path(folder))
    print("  x: how many times as long the other takes; limits are for the largest size, and of bare scipy and")
    print("  import sqlite3 the least share of ours that they must be (1/2 and 1/6)")


if __name__ == "__main__":
    main()
