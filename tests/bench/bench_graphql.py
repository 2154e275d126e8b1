"""Pages of GraphQL beside their peers: processor time a request, in this process and over HTTP with one worker.

A page is 100, 1,000 or 10,000 model versions of 8 scalars and one list each, over the same objects in memory, so
that what is measured is GraphQL and not the index. Stock is Strawberry as it comes; hand is an endpoint written for
this one answer; mercurius is Node's fastest, with its compiler, and is installed into .bench/ when node is there.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lineage.api.execution import Request
from lineage.server.collector import settle
from lineage.server.endpoint import encode
from tests.bench.pages import QUERY, SCHEMA, SIZES, SMALL, models, service, small, written

FOLDER = Path(".bench/mercurius")
ENOUGH = 0.6
"""Seconds of processor time over which each figure is taken."""

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


def main() -> None:
    models()
    told = {"in this process": _inside(), "over HTTP, one worker": _over_http()}
    for place, figures in told.items():
        print(f"{place}: processor ms a request (small query, then pages of {', '.join(f'{n:,}' for n in SIZES)})")
        for name, row in figures.items():
            print(f"  {name:<22}" + ("".join(f"{ms:>11.3f}" for ms in row) if row else "   *not measured*"))
        ours = figures["ours"]
        assert ours is not None
        for name, row in figures.items():
            if row and name != "ours":
                print(
                    f"  {name + ' / ours':<22}"
                    + "".join(f"{ms / mine:>10.2f}x" for ms, mine in zip(row, ours, strict=True))
                )
    print("  limits: stock / ours at least 20x and hand / ours at least 0.67x on pages; over HTTP mercurius / ours at")
    print("  least 1x on pages and 0.5x on the small query. 10,000 is for trusted documents: this schema has no limit.")


def _inside() -> dict[str, list[float] | None]:
    serving = service()
    asks: dict[str, Callable[[int], object]] = {
        "stock": lambda n: msgspec.json.encode(
            {"data": SCHEMA.execute_sync(QUERY if n else SMALL, {"first": n} if n else None).data}
        ),
        "ours": lambda n: encode(serving.answer(Request(QUERY if n else SMALL, {"first": n} if n else {}))),
        "hand": lambda n: msgspec.json.encode(written(n) if n else small()),
    }
    found: dict[str, list[float] | None] = {"stock": [_taken(lambda n=n: asks["stock"](n)) for n in _ASKED]}
    settle()
    for name in ("ours", "hand"):
        found[name] = [_taken(lambda n=n, name=name: asks[name](n)) for n in _ASKED]
    return found


def _taken(ask: Callable[[], object]) -> float:
    """Milliseconds of this process a call, median of three."""
    ask()
    rounds = []
    for _ in range(3):
        calls, begun = 0, time.process_time()
        while (spent := time.process_time() - begun) < ENOUGH / 3:
            ask()
            calls += 1
        rounds.append(spent / calls * 1000)
    return statistics.median(rounds)


def _over_http() -> dict[str, list[float] | None]:
    found: dict[str, list[float] | None] = {}
    for kind in ("stock", "ours", "hand"):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            descriptor = listening.fileno()
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.pages", kind, str(descriptor)], pass_fds=[descriptor]
            )
            found[kind] = _served(process, listening.getsockname()[1])
    found["mercurius, JIT"] = _mercurius()
    return found


def _mercurius() -> list[float] | None:
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
    return _served(process, int(port)) if port.strip() else None


def _served(process: subprocess.Popen[str] | subprocess.Popen[bytes], port: int) -> list[float]:
    """Milliseconds of a server's process a request, for each of what is asked; the server is ended."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        found = []
        for asked in _ASKED.values():
            body = msgspec.json.encode(asked)
            for _ in range(5):
                _post(connection, body)
            calls, begun = 0, _spent(process.pid)
            while (spent := _spent(process.pid) - begun) < ENOUGH or calls < 5:
                _post(connection, body)
                calls += 1
            found.append(spent / calls * 1000)
        return found
    finally:
        connection.close()
        process.terminate()
        process.wait(30)


def _post(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/graphql", body, {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    assert response.status == 200, answer[:500]
    assert b'"errors"' not in answer[:50], answer[:500]


def _spent(pid: int) -> float:
    """Seconds of processor time that a process has used, in the steps in which Linux counts."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
