"""Pages of GraphQL beside their peers: processor time a request, in this process and over HTTP with one worker.

A page is 100, 1,000 or 10,000 model versions of 8 scalars and one list each, over the same objects in memory, so
that what is measured is GraphQL and not the index. Stock is Strawberry as it comes; hand is an endpoint written for
this one answer, on Starlette and behind the product's own guard; mercurius is Node's fastest, with its compiler, and
is installed into .bench/ when node is there.

No answer is remembered anywhere: each request makes its page. What a request's bytes ask for is remembered by ours,
as its document is by mercurius; "ours, new bytes" sends other bytes each time, so that it is read, and given a thread.
Rounds of all servers are interleaved, and the least of them counts.
"""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lineage.api.execution import Request
from lineage.server.collector import settle
from lineage.server.endpoint import encode
from tests.bench.pages import QUERY, SCHEMA, SIZES, SMALL, models, service, small, written

FOLDER = Path(".bench/mercurius")
ENOUGH = 0.6
"""Seconds of processor time over which each figure is taken, in so many rounds."""
ROUNDS = 4

_SERVER = """
const fastify = require('fastify')(), fs = require('fs')
const page = JSON.parse(fs.readFileSync('page.json'))
const schema = `type Tag { key: String! value: String }
type Model { id: ID! reference: String! kind: String! state: String! name: String version: String stage: String
  createdAt: String tags: [Tag!]! }
type Query { page(first: Int!): [Model!]! }`
fastify.register(require('mercurius'), { schema, jit: 1, path: '/graphql',
  resolvers: { Query: { page: (_, { first }) => page.slice(0, first) } } })
fastify.listen({ port: 0, host: '127.0.0.1' }).then(() => console.log(fastify.server.address().port))
"""
_ASKED = {0: {"query": SMALL}, **{size: {"query": QUERY, "variables": {"first": size}} for size in SIZES}}
"""What is sent for a page of so many; 0 is the small query."""


Limit = tuple[str, float, tuple[int, ...]]
"""A peer, how many times as long as ours it must take at least, and the columns of which that is asked."""
_PAGES = tuple(range(1, len(SIZES) + 1))
LIMITS: dict[str, tuple[Limit, ...]] = {
    "in this process": (("stock", 20.0, _PAGES), ("hand", 1 / 1.5, _PAGES)),
    "over HTTP, one worker": (
        ("stock", 20.0, _PAGES),
        ("hand, own guard", 1 / 1.5, _PAGES),
        ("mercurius, JIT", 1.0, _PAGES),
        ("mercurius, JIT", 0.5, (0,)),
    ),
}


def main() -> None:
    models()
    for place, figures in (("in this process", _inside()), ("over HTTP, one worker", _over_http())):
        print(f"{place}: processor ms a request (small query, then pages of {', '.join(f'{n:,}' for n in SIZES)})")
        for name, row in figures.items():
            print(f"  {name:<24}" + ("".join(f"{ms:>12.3f}" for ms in row) if row else "   *not measured*"))
        ours = figures["ours"]
        assert ours is not None
        for name, row in figures.items():
            if row and name != "ours":
                told = [
                    f"{ms / mine:>10.2f}x{_mark(place, name, number, ms / mine)}"
                    for number, (ms, mine) in enumerate(zip(row, ours, strict=True))
                ]
                print(f"  {name + ' / ours':<24}" + "".join(told))
    print("  *: less than its limit. stock / ours at least 20x and hand / ours at least 0.67x on pages; over HTTP")
    print("  mercurius / ours at least 1x on pages and 0.5x on the small query. 10,000 is for trusted documents: this")
    print("  schema has no limit.")


def _mark(place: str, peer: str, column: int, ratio: float) -> str:
    asked = [least for name, least, columns in LIMITS[place] if name == peer and column in columns]
    return "*" if asked and ratio < asked[0] else " "


def _inside() -> dict[str, list[float] | None]:
    serving = service()
    asks: dict[str, Callable[[int], object]] = {
        "stock": lambda n: msgspec.json.encode(
            {"data": SCHEMA.execute_sync(QUERY if n else SMALL, {"first": n} if n else None).data}
        ),
        "ours": lambda n: encode(serving.answer(Request(QUERY if n else SMALL, {"first": n} if n else {}))),
        "hand": lambda n: msgspec.json.encode(written(n) if n else small()),
    }
    # The collector is as it comes for stock, and as the product sets it for the others.
    found: dict[str, list[float] | None] = {"stock": _least([lambda n=n: asks["stock"](n) for n in _ASKED])}
    settle()
    pairs = [(name, n) for n in _ASKED for name in ("ours", "hand")]
    taken = _least([lambda n=n, name=name: asks[name](n) for name, n in pairs])
    for name in ("ours", "hand"):
        found[name] = [ms for (one, _), ms in zip(pairs, taken, strict=True) if one == name]
    return found


def _least(asks: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of this process a call of each, the least of interleaved rounds."""
    best = [float("inf")] * len(asks)
    for _ in range(ROUNDS):
        for number, ask in enumerate(asks):
            ask()
            calls, begun = 0, time.process_time()
            while (spent := time.process_time() - begun) < ENOUGH / ROUNDS:
                ask()
                calls += 1
            best[number] = min(best[number], spent / calls * 1000)
    return best


def _over_http() -> dict[str, list[float] | None]:
    started: dict[str, Serving | None] = {
        name: _python(kind)
        for name, kind in (
            ("stock", "stock"),
            ("ours", "ours"),
            ("ours, new bytes", "ours"),
            ("hand, Starlette", "hand"),
            ("hand, own guard", "own"),
        )
    }
    started["mercurius, JIT"] = _mercurius()
    best: dict[str, list[float]] = {name: [float("inf")] * len(_ASKED) for name in started}
    try:
        for _ in range(ROUNDS):
            for column, asked in enumerate(_ASKED.values()):
                for name, serving in started.items():
                    if serving is not None:
                        took = serving.taken(msgspec.json.encode(asked), new=name == "ours, new bytes")
                        best[name][column] = min(best[name][column], took)
    finally:
        for serving in started.values():
            if serving is not None:
                serving.stop()
    return {name: best[name] if serving is not None else None for name, serving in started.items()}


class Serving:
    """A server in a process of its own, asked over one connection."""

    def __init__(self, process: subprocess.Popen[Any], port: int) -> None:
        self._process = process
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._sent = 0

    def taken(self, body: bytes, *, new: bool) -> float:
        """Milliseconds of the server's process a request."""
        # A server closes a connection that was idle while others were asked.
        self._connection.close()
        for _ in range(3):
            self._ask(body, new=new)
        calls, begun = 0, self._spent()
        while (spent := self._spent() - begun) < ENOUGH / ROUNDS or calls < 3:
            self._ask(body, new=new)
            calls += 1
        return spent / calls * 1000

    def stop(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait(30)

    def _ask(self, body: bytes, *, new: bool) -> None:
        self._sent += 1
        # A number in base 2, of spaces and tabs at the end: JSON as before.
        tail = bytes(b" \t"[self._sent >> bit & 1] for bit in range(20)) if new else b""
        _post(self._connection, body + tail)

    def _spent(self) -> float:
        """Seconds of processor time that the process has used, by Linux's clock of it."""
        return time.clock_gettime(~self._process.pid << 3 | 2)


def _python(kind: str) -> Serving:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        command = [sys.executable, "-m", "tests.bench.pages", kind, str(descriptor)]
        return Serving(subprocess.Popen(command, pass_fds=[descriptor]), listening.getsockname()[1])


def _mercurius() -> Serving | None:
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "server.js").write_text(_SERVER)
    (FOLDER / "page.json").write_bytes(msgspec.json.encode(written(max(SIZES))["data"]["page"]))
    if not (FOLDER / "node_modules" / "mercurius").is_dir():
        install = ["npm", "install", "--no-audit", "--no-fund", "--silent", "fastify@5", "mercurius@16", "graphql@16"]
        if subprocess.run(install, cwd=FOLDER, check=False).returncode:
            return None
    process = subprocess.Popen(["node", "server.js"], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port = process.stdout.readline()
    process.stdout.close()
    return Serving(process, int(port)) if port.strip() else None


def _post(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/graphql", body, {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    assert response.status == 200, answer[:500]
    assert b'"errors"' not in answer[:50], answer[:500]


if __name__ == "__main__":
    main()
