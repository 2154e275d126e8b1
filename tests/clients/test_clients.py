"""Clients of other people's making, from npm, against a live service: urql, Apollo Client, Relay, and an audit.

They are installed once, by the lock file here, into `.bench/clients`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.api.answering import questions
from lineage.api.documents import documents, folder
from lineage.api.trusted import manifest
from lineage.cli import run
from lineage.index import open_index
from tests.server.serving import Served

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".bench" / "clients"
FILES = ("package.json", "package-lock.json")

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="needs node and npm on the path"
)

Node = Callable[..., Any]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


@pytest.fixture(scope="module")
def node() -> Node:
    """Runs a script of this folder and reads the JSON that it prints."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    wanted = "".join(text_of(HERE / name) for name in FILES)
    stamp = INSTALLED / "installed"
    if text_of(stamp) != wanted:
        stamp.unlink(missing_ok=True)
        for name in FILES:
            shutil.copy(HERE / name, INSTALLED)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--silent"]
        npm = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=600, check=False)
        assert npm.returncode == 0, f"npm could not install the clients: {npm.stdout}{npm.stderr}"
        stamp.write_text(wanted, encoding="utf-8")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, INSTALLED)

    def running(script: str, *arguments: str) -> Any:
        command = ["node", script, *arguments]
        done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return running


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clients") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def expected(index: Path) -> dict[str, Any]:
    """What every documented operation answers, by its name."""
    with questions(open_index(index)) as asked:
        return {one.name: asked.run(one.name) for one in documents()}


@pytest.fixture(scope="module")
def manifest_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("manifest") / "manifest.json"
    path.write_text(json.dumps(manifest(documents())), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def served(index: Path) -> Iterator[Served]:
    running = Served(index)
    yield running
    assert running.stop() == (0, "")


@pytest.fixture(scope="module")
def compiled(node: Node, tmp_path_factory: pytest.TempPathFactory, manifest_file: str) -> Path:
    """The folder in which Relay's compiler has been, with its `persisted.json`."""
    place = tmp_path_factory.mktemp("relay")
    node("relay.mjs", "compile", str(place), str(folder() / "schema.graphql"), manifest_file)
    return place


@pytest.fixture(scope="module")
def trusting(index: Path, compiled: Path) -> Iterator[Served]:
    """A service that answers the documented operations and those that Relay's compiler wrote, and nothing else."""
    running = Served(index, "--trusted-only", "--documents", str(compiled / "persisted.json"))
    yield running
    assert running.stop() == (0, "")


def test_the_audits_of_graphql_over_http_pass(node: Node, served: Served) -> None:
    """Every MUST, and every SHOULD but one that the specification has changed since: 422 for a variable that does not
    fit. What it MAY do and does not is all GET."""
    told = node("audits.mjs", served.told["graphql"])

    assert len(told) >= 60
    missed = {one["name"]: one["status"] for one in told if one["status"] != "ok"}
    assert [name for name in missed if name.startswith("MUST")] == []
    assert [name for name in missed if name.startswith("SHOULD")] == [
        "SHOULD use a status code of 400 on variable coercion failure when accepting application/graphql-response+json"
    ]
    assert [name for name in missed if name.startswith("MAY") and " GET" not in name] == []
    assert "error" not in missed.values()


def test_urql_runs_every_documented_operation(
    node: Node, served: Served, manifest_file: str, expected: dict[str, Any]
) -> None:
    """The answers are those of the index, and an error has its code."""
    answer = node("urql.mjs", served.told["graphql"], manifest_file)

    assert answer["told"] == expected
    assert answer["refused"] == "unknown_reference"


def test_apollo_client_asks_by_hash_alone(
    node: Node, trusting: Served, manifest_file: str, expected: dict[str, Any]
) -> None:
    """Its link for persisted queries sends no text, and a query of its own is refused."""
    answer = node("apollo.mjs", trusting.told["graphql"], manifest_file)

    assert answer["told"] == expected
    assert answer["texts"] == 0
    assert answer["refused"] == "document_unknown"


def test_relays_artefacts_run_as_trusted_documents(
    node: Node, trusting: Served, compiled: Path, expected: dict[str, Any]
) -> None:
    """Its compiler accepts the schema and every operation; its store pages a connection and fetches a thing again."""
    answer = node("relay.mjs", "run", str(compiled), trusting.told["graphql"])

    assert answer["told"] == expected
    assert len(answer["first"]) == 4
    assert len(set(answer["both"])) == 7
    assert answer["both"][:4] == answer["first"]
    assert answer["model"]["id"] == answer["both"][0]
    assert answer["model"]["upstream"]["totalCount"] >= 1
