"""Pages of things out of the index, each from a view that remembers nothing: processor milliseconds, and looks.

Ours is the product's service; executor the same without compiled operations; floor reads the rows of the page with
one statement, decodes their facts and writes some of them as JSON. Looks are how often a page asked the index: they
do not grow with the page.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lineage.api.documents import document
from lineage.api.execution import Request, Service
from lineage.api.session import Session
from lineage.ids import Kind
from lineage.index import open_index
from lineage.index.codes import KINDS
from lineage.index.sqlite import Quiet
from lineage.server.collector import settle
from lineage.server.endpoint import encode
from tests.bench.estates import estate

NODES = 60_000
NOW = "2026-03-31T12:00:00Z"
SIZES = (100, 1_000)
ROUNDS = 7
PLAIN = """query Plain($first: Int!) { models(first: $first) { edges { node {
  id reference kind state name version stage createdAt tags { key value } } } } }"""


def least(asks: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Processor milliseconds of each, the least of interleaved rounds."""
    best = dict.fromkeys(asks, float("inf"))
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            begun = time.process_time()
            ask()
            best[name] = min(best[name], (time.process_time() - begun) * 1000)
    return best


def floor(connection: sqlite3.Connection, first: int) -> bytes:
    rows = connection.execute(
        "SELECT key, text, state, facts FROM node WHERE kind = ? ORDER BY text LIMIT ?",
        (KINDS.of[Kind.MODEL_VERSION], first),
    ).fetchall()
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    page = []
    for key, text, state, held in rows:
        facts = decode(held)
        told = {"id": str(key), "reference": text, "state": state}
        page.append({**told, "name": facts.get("name"), "tags": facts.get("tags")})
    return msgspec.json.encode(page)


def main() -> None:
    built = estate(NODES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.db"
        index = open_index(path, create=True)
        told = index.publish(built.root, iter(built.facts), Quiet(), started=NOW, clock=lambda: NOW)
        del built
        print(f"{told.counts['nodes']:,} things, {told.counts['nodes.ModelVersion']:,} model versions")
        ours, executor = Service(index), Service(index, compiled=False)
        connection = sqlite3.connect(path)
        settle()
        for name, text in (
            ("a page of 8 scalars and tags", PLAIN),
            ("ModelList, with producers", document("ModelList").text),
            ("JobList, with details", document("JobList").text),
        ):
            for first in SIZES:
                asked = Request(text, {"first": first})
                assert encode(ours.answer(asked)) == encode(executor.answer(asked))
                best = least(
                    {
                        "ours": lambda asked=asked: encode(ours.answer(asked)),
                        "executor": lambda asked=asked: encode(executor.answer(asked)),
                        "floor": lambda first=first: floor(connection, first),
                    }
                )
                looks = _looks(ours, asked)
                mine = best.pop("ours")
                peers = "   ".join(f"{peer} {ms:,.2f} ({ms / mine:.2f}x)" for peer, ms in best.items())
                each = f"{mine / first * 1000:>6.1f} us a row"
                print(f"  {name:<30}{first:>6,}{mine:>9,.2f} ms {each} {looks:>3} looks   {peers}", flush=True)
        connection.close()
        index.close()


def _looks(service: Service, asked: Request) -> int:
    """How often the index is asked for an answer."""
    found: list[int] = []
    leave = Session.__exit__

    def counting(session: Session, *told: Any) -> None:
        found.append(session.calls)
        leave(session, *told)

    Session.__exit__ = counting  # type: ignore[method-assign,assignment]
    try:
        service.answer(asked)
    finally:
        Session.__exit__ = leave  # type: ignore[method-assign]
    return found[0]


if __name__ == "__main__":
    main()
