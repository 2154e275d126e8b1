"""`lineage serve` as a process, over the sample estate, spoken to by a client of somebody else's making."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from lineage import lookup
from lineage.api.documents import documents
from lineage.api.execution import Request, Service
from lineage.cli import run
from lineage.impact import Impact, impact
from lineage.index import open_index
from lineage.ports import NodeFilter
from lineage.trace import Trace, trace
from tests.server.serving import COMMAND, Served


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample estate, indexed."""
    path = tmp_path_factory.mktemp("served") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def served(index: Path) -> Iterator[Served]:
    running = Served(index)
    yield running
    assert running.stop() == (0, "")


@pytest.fixture
def client(served: Served) -> Client:
    transport = HTTPXTransport(url=served.told["graphql"])
    return Client(transport=transport, fetch_schema_from_transport=True)


@pytest.mark.parametrize("name", [one.name for one in documents()])
def test_a_client_of_somebody_elses_making_runs_every_documented_operation(client: Client, name: str) -> None:
    """gql fetches the schema, checks the operation against it, sends it and reads the answer."""
    (one,) = [one for one in documents() if one.name == name]

    answer: dict[str, Any] = client.execute(gql(one.text))

    assert answer
    assert all(value is not None for value in answer.values())


def test_the_examples_of_the_operations_fit_the_sample(client: Client) -> None:
    """The default variables name things that are there, so that the first try shows something."""
    answers = {one.name: client.execute(gql(one.text)) for one in documents()}

    assert answers["NodeByReference"]["resolve"]["__typename"] == "ModelVersion"
    assert answers["ModelOrigin"]["upstream"]["totalCount"] > 10
    assert answers["DataImpact"]["downstream"]["totalCount"] > 10
    assert [
        edge["node"]["traffic"]
        for edge in answers["ModelImpact"]["downstream"]["edges"]
        if edge["node"]["__typename"] == "Deployment"
    ] == [100]
    assert answers["IndexStatus"]["status"]["scopes"]["totalCount"] >= 2


def test_a_client_sees_the_code_of_an_error(client: Client) -> None:
    """An unknown reference, as a program meets it."""
    with pytest.raises(TransportQueryError) as refused:
        client.execute(gql('{ upstream(ref: { model: "nobody:1" }, first: 1) { totalCount } }'))

    assert refused.value.errors is not None
    assert refused.value.errors[0]["extensions"]["code"] == "unknown_reference"


def test_pages_and_the_health_are_there(served: Served) -> None:
    """By both names of this machine."""
    assert httpx.get(f"{served.root}/livez").status_code == 200
    assert httpx.get(f"http://localhost:{served.port}/readyz").json()["status"] == "ready"
    html = httpx.get(served.root).text
    assert "Where did this model version come from?" in html
    assert 'role="alert"' not in html


def test_a_new_generation_is_followed(index: Path, served: Served) -> None:
    """Published by another process while this one serves."""
    before = httpx.get(f"{served.root}/readyz").json()["generation"]
    assert run(["crawl", "sample", "--index", str(index)]) == 0

    assert httpx.get(f"{served.root}/readyz").json()["generation"] > before


def others(asked: int, answer: Trace | Impact) -> set[str]:
    """Ids of the things of an answer, each by the name that stands for it, without the thing that was asked about."""
    stands = {key: answer.things.get(key, key) for key in answer.nodes}
    return {str(one) for one in stands.values()} - {str(answer.things.get(asked, asked))}


def test_the_answers_are_those_of_the_pure_questions_over_the_whole_sample(index: Path) -> None:
    """For every thing of the sample, upstream is its trace and downstream is its impact, over the real index."""
    service = Service(open_index(index))
    query = """query ($id: ID!) { node(id: $id) { ... on LineageNode {
      upstream(first: 1000) { totalCount isComplete edges { depth node { id } } }
      downstream(first: 1000) { totalCount isComplete counts { kind count } edges { depth node { id } } } } } }"""
    with open_index(index).view() as view:
        nodes = view.list_nodes(NodeFilter(), limit=1000)
        assert len(nodes) > 200
        for node in nodes:
            found = lookup.find(view, str(node.key))
            traced, struck = trace(view, found), impact(view, [found])
            told = service.answer(Request(query, {"id": str(node.key)})).body["data"]["node"]

            assert {edge["node"]["id"] for edge in told["upstream"]["edges"]} == others(node.key, traced), node.text
            assert told["upstream"]["isComplete"] is traced.header.is_complete, node.text
            assert {edge["node"]["id"] for edge in told["downstream"]["edges"]} == others(node.key, struck), node.text
            assert told["downstream"]["isComplete"] is struck.header.is_complete, node.text
            assert {one["kind"]: one["count"] for one in told["downstream"]["counts"]} == {
                kind.name: count for kind, count in struck.counts.items()
            }, node.text


def half_a_request(port: int) -> tuple[socket.socket, bytes]:
    """A request whose second half is still to be sent."""
    body = b'{"query": "{ status { generation { number } } }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(head.encode() + b"\r\n\r\n" + body[:20])
    return connection, body[20:]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_waits_for_the_answers_under_way(index: Path, sign: signal.Signals) -> None:
    """Told to stop, it takes no new connection, finishes the one it has, and ends well."""
    running = Served(index)
    connection, rest = half_a_request(running.port)
    assert httpx.get(f"{running.root}/livez").status_code == 200

    running.process.send_signal(sign)
    with pytest.raises(subprocess.TimeoutExpired):
        running.process.wait(0.5)
    connection.sendall(rest)
    answer = connection.recv(65536)
    connection.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert running.stop() == (0, "")


def test_without_json_it_says_what_to_open_and_what_to_ask(index: Path) -> None:
    """The first lines are the page and the endpoint, then three questions with their answers."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--index", str(index), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("Ctrl-C"):
            break
    process.terminate()
    process.communicate(timeout=30)

    assert lines[0].startswith("Open     http://127.0.0.1:")
    assert lines[1].startswith("GraphQL  http://127.0.0.1:")
    assert sum(line.startswith("    $ lineage ") for line in lines) == 3
    assert process.returncode == 0


def refused(*arguments: str) -> tuple[int, str]:
    """Exit code and standard error of a serve that does not start."""
    done = subprocess.run([*COMMAND, "serve", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def test_another_address_than_loopback_is_refused(index: Path) -> None:
    """A sentence, a remedy and exit code 7."""
    code, told = refused("--index", str(index), "--host", "0.0.0.0")

    assert code == 7
    assert "will not listen on 0.0.0.0" in told
    assert "127.0.0.1" in told
    assert "Traceback" not in told


def test_a_port_in_use_is_refused(served: Served, index: Path) -> None:
    """A sentence, a remedy and exit code 7; also for machines."""
    code, told = refused("--index", str(index), "--port", str(served.port), "--json")

    assert code == 7
    error = json.loads(told)["error"]
    assert error["code"] == "address_refused"
    assert str(served.port) in error["message"]
    assert "--port" in error["remedy"]


@pytest.mark.parametrize(("content", "code"), [(None, "index_missing"), (b"no index at all", "index_invalid")])
def test_an_index_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    """Before anything is listened on, with exit code 4."""
    path = tmp_path / "index.db"
    if content is not None:
        path.write_bytes(content)

    exit_code, told = refused("--index", str(path), "--port", "0", "--json")

    assert exit_code == 4
    assert json.loads(told)["error"]["code"] == code
    assert json.loads(told)["error"]["remedy"]


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="needs a Chromium on the path; .ci/run installs one")
def test_a_real_browser_shows_the_page_and_asks_for_nothing_more(served: Served, tmp_path: Path) -> None:
    """Chromium applies the page's own policy; of this address it asks for the page alone."""
    assert BROWSER is not None
    log = tmp_path / "net.json"
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={tmp_path}/profile",
        f"--log-net-log={log}",
    ]

    command = [BROWSER, *flags, "--dump-dom", served.root + "/"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert "Where did this model version come from?" in shown.stdout
    assert "Asked of <code>credit-scoring:5</code>" in shown.stdout
    assert "blue" in shown.stdout
    asked = re.findall(r'"(?:url|original_url)":"(https?://[^"]*)"', log.read_text(encoding="utf-8"))
    assert {url for url in asked if url.startswith(served.root)} == {served.root + "/"}
