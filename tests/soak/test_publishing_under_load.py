"""Sixty seconds of mixed questions while twenty generations are published: no error, and no answer of two generations.

Generation `n` is made so that every answer tells which one it is: `n` more jobs used the hub, and a model version was
made by job `n` and says so in its description.
"""

from __future__ import annotations

import http.client
import itertools
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage import ids
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.records import Fact, Record, RecordKind
from tests.bench.estates import ARM, SCOPE, Estate, estate
from tests.server.serving import Served

pytestmark = pytest.mark.soak
NODES = 20_000
"""More links than those from which the adjacency is held in memory."""
PUBLISHES = 20
SECONDS = 60.0
CLIENTS = 4
BEACON = ids.asset(SCOPE, "models", "beacon", "1").text

ONE = """query One($ref: NodeRef!) {
  status { generation { number } }
  resolve(ref: $ref) { ... on ModelVersion { description
    upstream(first: 5, maxDepth: 1) { generation { number } edges { node { reference } } } } }
}"""
HUB = """query Hub($ref: NodeRef!) {
  status { generation { number } }
  downstream(ref: $ref, first: 1) { generation { number } totalCount counts { kind count } }
}"""
LIST = """query List($after: String) {
  status { generation { number } }
  models(first: 50, after: $after) { generation { number } totalCount edges { node { id name description } }
    pageInfo { hasNextPage endCursor } }
}"""


def facts(built: Estate, number: int) -> Iterator[Fact]:
    """What a crawl says for generation `number`."""
    data = built.hub.removeprefix(f"{SCOPE.text}/").split("/")
    uri = f"azureml:{data[1]}:{data[3]}"
    yield from built.facts
    for job in range(1, number + 1):
        name = f"beacon_{job:02}"
        properties = {
            "jobType": "Command",
            "displayName": name,
            "status": "Completed",
            "inputs": {"hub": {"jobInputType": "uri_folder", "mode": "ReadOnlyMount", "uri": uri}},
            "outputs": {"default": {"jobOutputType": "uri_folder", "uri": ""}},
        }
        yield _record(ids.job(SCOPE, name).text, RecordKind.JOB, f"jobs/{name}", properties, "jobs")
    made = {"jobName": f"beacon_{number:02}", "description": f"generation {number}", "modelType": "custom_model"}
    yield _record(BEACON, RecordKind.MODEL_VERSION, "models/beacon/versions/1", made, "models")


def _record(text: str, kind: RecordKind, arm: str, properties: dict[str, Any], collection: str) -> Record:
    body = {"id": f"{ARM}/{arm}", "name": arm.rpartition("/")[2], "properties": properties, "systemData": {}}
    return Record(text, kind, SCOPE.text, body, f"{SCOPE.text}/{collection}", f"{ARM}/{arm}")


def publish(path: Path, number: int) -> int:
    index = open_index(path, create=True)
    now = f"2026-03-31T12:00:{number:02}Z"
    told = index.publish(SCOPE.text, facts(estate(NODES), number), Quiet(), started=now, clock=lambda: now)
    index.close()
    return told.number


class Client(threading.Thread):
    """Asks until it is told to stop. `told`: what was asked, and by which generation each was answered."""

    def __init__(self, port: int, seed: int, hub: str, stop: threading.Event) -> None:
        super().__init__()
        self.told: Counter[tuple[str, int]] = Counter()
        self.hubs: set[tuple[int, int]] = set()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._chance = random.Random(seed)
        self._hub = hub
        self._stop_asking = stop

    def run(self) -> None:
        try:
            while not self._stop_asking.is_set():
                self._chance.choice((self._one, self._hub_asked, self._listed))()
        except Exception as error:
            self.wrong.append(repr(error))
        self._connection.close()

    def _ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        content = msgspec.json.encode({"query": query, "variables": variables})
        begun = time.perf_counter()
        self._connection.request("POST", "/graphql", content, {"content-type": "application/json"})
        answer = self._connection.getresponse()
        told = msgspec.json.decode(answer.read())
        self.slowest = max(self.slowest, time.perf_counter() - begun)
        if answer.status != 200 or "errors" in told:
            self.wrong.append(str(told)[:500])
        data: dict[str, Any] = told["data"]
        return data

    def _check(self, what: str, number: int, others: list[int]) -> None:
        self.told[what, number] += 1
        if set(others) != {number}:
            self.wrong.append(f"{what}: generations {number} and {others} in one answer")

    def _one(self) -> None:
        data = self._ask(ONE, {"ref": {"uri": BEACON}})
        number, beacon = data["status"]["generation"]["number"], data["resolve"]
        (job,) = [
            edge["node"]["reference"] for edge in beacon["upstream"]["edges"] if "/jobs/" in edge["node"]["reference"]
        ]
        said = int(beacon["description"].rpartition(" ")[2])
        self._check("one", number, [beacon["upstream"]["generation"]["number"], said, int(job[-2:])])

    def _hub_asked(self) -> None:
        data = self._ask(HUB, {"ref": {"uri": self._hub}})
        number, hub = data["status"]["generation"]["number"], data["downstream"]
        total = hub["totalCount"]
        self.hubs.add((number, total))
        self._check("hub", number, [hub["generation"]["number"]])
        if sum(row["count"] for row in hub["counts"]) != total:
            self.wrong.append("the counts of the hub are not its total")

    def _listed(self) -> None:
        """Pages of one list stay in the generation of the first, whatever is published between them."""
        after, first = None, None
        for _ in range(3):
            page = self._ask(LIST, {"after": after})["models"]
            number = page["generation"]["number"]
            first = first or number
            self._check("list", first, [number])
            for edge in page["edges"]:
                if edge["node"]["name"] == "beacon":
                    self._check("beacon", number, [int(edge["node"]["description"].rpartition(" ")[2])])
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return


def test_twenty_publications_are_not_noticed(tmp_path: Path) -> None:
    """But by the number of the generation, which goes up for every client and skips nothing that was there for long."""
    path = tmp_path / "index.db"
    assert publish(path, 1) == 1
    served = Served(path)
    hub = estate(NODES).hub
    stop = threading.Event()
    clients = [Client(served.port, seed, hub, stop) for seed in range(CLIENTS)]
    begun = time.monotonic()
    for client in clients:
        client.start()
    for number in range(2, PUBLISHES + 2):
        # By a process of its own, as a crawl is one.
        code = f"from pathlib import Path; from {__name__} import publish; publish(Path({str(path)!r}), {number})"
        writer = [sys.executable, "-c", code]
        subprocess.run(writer, check=True, cwd=Path(__file__).parents[2])
        for client in clients:
            assert client.wrong == []
    time.sleep(max(2.0, SECONDS - (time.monotonic() - begun)))
    stop.set()
    for client in clients:
        client.join(60)
    assert [client.wrong for client in clients] == [[]] * CLIENTS
    assert served.stop(signal.SIGTERM) == (0, "")
    told: Counter[tuple[str, int]] = sum((client.told for client in clients), Counter())
    answers = Counter(what for what, _ in told.elements())
    seen = {number for _, number in told}
    hubs = dict(sorted(set().union(*(client.hubs for client in clients))))
    took, slowest = time.monotonic() - begun, max(client.slowest for client in clients)
    print(f"{answers.total():,} answers in {took:.0f} s {dict(answers)}, of {len(seen)} generations", end="; ")
    print(f"slowest {slowest:.2f} s")
    assert PUBLISHES + 1 in seen
    assert len(seen) >= PUBLISHES // 2
    # One total for each generation; each publication adds a job that used the hub, with its output.
    assert len(hubs) == len(set().union(*(client.hubs for client in clients)))
    assert all(b > a for a, b in itertools.pairwise(hubs.values()))
    assert min(answers[what] for what in ("one", "hub", "list")) >= 100
