"""Search and lists on a million things: what they cost, beside a scan of the names in SQLite.

The words are read once into a file beside the index; later searches read what is new. Processor milliseconds, the
least of some rounds, each from a view that has asked nothing before. The scan finds a part of the canonical text and
counts it by kind: the same question without words, tags, people or commits.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lineage import listing
from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index
from lineage.index.searching import beside
from lineage.index.sqlite import Quiet
from lineage.listing import Wanted
from lineage.ports import Order, View
from lineage.search import search
from tests.bench.layered import Layered

NODES = 1_000_000
ROUNDS = 3


def least(index: SqliteIndex, ask: Callable[[View], Any]) -> tuple[float, Any]:
    best, told = float("inf"), None
    for _ in range(ROUNDS):
        with index.view() as view:
            begun = time.process_time()
            told = ask(view)
            best = min(best, (time.process_time() - begun) * 1000)
    return best, told


def scan(connection: sqlite3.Connection, text: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        connection.execute(
            "SELECT kind, count(*) FROM node WHERE instr(lower(text), ?) > 0 GROUP BY kind", (text,)
        ).fetchall()
        best = min(best, (time.process_time() - begun) * 1000)
    return best


def main() -> None:
    nodes = int(sys.argv[2]) if len(sys.argv) > 2 else NODES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.db"
        Layered(nodes).write(path)
        index = open_index(path)
        begun = time.process_time()
        index.read_words(Quiet())
        spent = time.process_time() - begun
        size = beside(path).stat().st_size
        share = 100 * size / path.stat().st_size
        each = spent / nodes * 1e6
        print(f"{nodes:,} things: words read in {spent:.1f} s ({each:.1f} us each), {size / 1e6:.0f} MB, {share:.1f} %")
        connection = sqlite3.connect(path)
        for text in ("credit-scorecard-000147", "scorecard 6", "credit"):
            ms, told = least(index, lambda view, text=text: search(view, text, limit=20))
            peer = scan(connection, text.partition(" ")[0])
            print(f"  search {text:<28}{told.total:>11,} found {ms:>10,.1f} ms   scan {peer:,.1f} ({peer / ms:.1f}x)")
        for name, wanted, order in (
            ("the first 100 jobs", Wanted(), Order()),
            ("the newest 100 jobs", Wanted(), Order("createdAt", descending=True)),
            ("jobs of nobody", Wanted(created_by=("nobody",)), Order()),
        ):
            ms, page = least(index, lambda view, w=wanted, o=order: listing.things(view, Kind.JOB, w, o, limit=100))
            print(f"  {name:<35}{len(page.nodes):>11,} shown {ms:>10,.1f} ms")
        connection.close()
        index.close()


if __name__ == "__main__":
    main()
