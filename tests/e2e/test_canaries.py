"""Secrets planted in every text of the service: none comes out, wherever one looks.

In the index and its log, the recording, what the commands say, what is logged, and what GraphQL answers.
"""

from __future__ import annotations

import logging
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage.api.documents import documents
from lineage.api.execution import _CORE, Request, Service
from lineage.index import open_index
from lineage.ports import NodeFilter
from lineage.reports.exports import FORMATS
from tests.api.queries import made
from tests.e2e.crawling import Desk, Said, lineage
from tests.emulator.canaries import LEAKS, Planter
from tests.emulator.contoso import contoso
from tests.emulator.kinds import everything
from tests.emulator.server import serve

QUERIES = 120


def leaks(content: bytes | str) -> list[str]:
    """What stands around each secret in it, the first few; case means nothing."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    low = text.lower()
    found = ((low.find(secret.lower()), secret) for secret in LEAKS)
    return [f"{secret}: …{text[max(0, at - 120) : at + 80]!r}" for at, secret in found if at >= 0]


class Log(logging.Handler):
    """Everything that anybody logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Planted:
    """Two workspaces that are full of secrets, crawled twice each and recorded, and the standard estate's names."""

    def __init__(self, folder: Path, *, beside: bool) -> None:
        self.folder = folder
        self.beside = beside
        self.planter = Planter(beside=beside)
        self.said: list[Said] = []
        self.log = Log()
        root = logging.getLogger()
        before = root.level
        root.addHandler(self.log)
        root.setLevel(logging.DEBUG)
        try:
            for number, made_up in enumerate((contoso(), everything())):
                there = folder / str(number)
                there.mkdir()
                self._crawl(made_up, there)
        finally:
            root.setLevel(before)
            root.removeHandler(self.log)

    def _crawl(self, made_up: Any, there: Path) -> None:
        with serve(made_up.estate, there) as emulator:
            emulator.retold = self.planter
            desk = Desk(emulator, there)
            desk.index = self.folder / "index.db"
            for number, workspace in enumerate(made_up.estate.workspaces):
                self.said.append(desk.crawl(workspace.uri, "--record", there / f"{number}.jsonl"))
                self.said.append(desk.crawl(workspace.uri))
            self.said.append(desk.crawl(f"azureml://registries/{made_up.estate.registries[-1].name}"))


@pytest.fixture(scope="module", params=["beside", "everywhere"])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return Planted(tmp_path_factory.mktemp(request.param), beside=request.param == "beside")


@pytest.fixture
def names(planted: Planted) -> list[str]:
    """Everything that the index holds, by name."""
    with open_index(planted.folder / "index.db").view() as view:
        return [node.text for node in view.list_nodes(NodeFilter(), limit=10_000)]


def test_every_shape_was_planted_and_the_crawls_ended(planted: Planted, names: list[str]) -> None:
    """Else nothing here would mean anything."""
    assert len(planted.planter.planted) == 51
    assert min(planted.planter.planted.values()) > 20
    # Everywhere is in the names as well, and the next secret makes another name: most of what was there seems gone.
    assert {said.code for said in planted.said} == ({0} if planted.beside else {0, 6})
    assert len(names) > 100


def test_secrets_beside_what_a_text_says_leave_the_lineage_as_it_was(tmp_path: Path) -> None:
    """The estate with one of everything: the same things and edges with the secrets as without."""
    graphs = []
    for number, retold in enumerate((None, Planter(beside=True))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = everything()
        with serve(found.estate, folder) as emulator:
            emulator.retold = retold
            desk = Desk(emulator, folder)
            assert desk.crawl(found.ws.uri).code == 0
        with open_index(desk.index).view() as view:
            nodes = {node.key: node.text for node in view.list_nodes(NodeFilter(), limit=10_000)}
            graphs.append({(nodes[e.effect], e.relation, nodes[e.cause]) for e in view.causes(list(nodes))})

    assert graphs[0] == graphs[1]


def test_none_is_in_a_file(planted: Planted) -> None:
    """Index, log of the index, recordings, whatever else a crawl left; row by row too, as a page may cut a text."""
    with closing(sqlite3.connect(planted.folder / "index.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                for value in row:
                    if isinstance(value, bytes | str):
                        assert leaks(value) == [], table
    files = [path for path in planted.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".jsonl"}
    for path in files:
        assert leaks(path.read_bytes()) == [], path


def test_none_is_said_by_a_crawl_or_logged(planted: Planted) -> None:
    for said in planted.said:
        assert leaks(said.out) == []
        assert leaks(said.err) == []
    for line in planted.log.lines:
        assert leaks(line) == []


def answers(index: Path, names: list[str]) -> Iterator[tuple[tuple[str, ...], Said]]:
    """What every command that asks says, for people and for programs."""
    asked: list[tuple[str, ...]] = [
        *(("status",), ("gaps", "--limit", "1000"), ("models", "--limit", "1000"), ("coverage",), ("population",)),
    ]
    versions = [name for name in names if "/versions/" in name]
    for name in random.Random(7).sample(versions, min(len(versions), 25)):
        asked += [("trace", name), ("impact", name), ("explain", name)]
    for one in asked:
        for more in ((), ("--json",)):
            yield one, lineage(*one, *more, "--index", index)


def test_none_is_told_by_a_command(planted: Planted, names: list[str]) -> None:
    codes = set()
    for asked, said in answers(planted.folder / "index.db", names):
        codes.add(said.code)
        assert leaks(said.out + said.err) == [], asked
    assert 0 in codes


def test_none_is_answered_by_the_service(planted: Planted, names: list[str]) -> None:
    """The documented operations, and questions made up over the whole schema."""
    service = Service(open_index(planted.folder / "index.db"), seconds=60)
    with open_index(planted.folder / "index.db").view() as view:
        keys = [str(node.key) for node in view.list_nodes(NodeFilter(), limit=10_000)]
    requests = [Request(document.text, {}) for document in documents()]
    few, none = (1, 3, 10), (None,)
    pools: dict[str, Sequence[Any]] = dict.fromkeys(("Int", "first", "maxDepth", "k"), few)
    pools |= dict.fromkeys(("ids", "id"), keys) | dict.fromkeys(("uri", "prefix"), names)
    pools |= dict.fromkeys(("workspace", "workspaces", "after", "instant", "DateTime"), none)
    pools |= {"Boolean": (True, False), "String": ("x",), "text": ("a", "e"), "generation": (1,)}
    for seed in range(QUERIES):
        asked = made(random.Random(seed), _CORE, pools)
        requests.append(Request(asked.text, asked.variables))
    size = 0
    for request in requests:
        said = msgspec.json.encode(service.answer(request).body)
        size += len(said)
        assert leaks(said) == [], request
    assert size > 100_000


def test_none_is_in_a_report_or_an_export(planted: Planted, names: list[str], tmp_path: Path) -> None:
    """Every file of the three reports, the answers behind them included, and every format."""
    index = planted.folder / "index.db"
    models = [name for name in names if "/models/" in name and "/versions/" in name]
    random.Random(3).shuffle(models)
    # A secret in the name of a thing leaves a name that need not be a reference any more.
    models = [name for name in models[:40] if lineage("trace", name, "--index", index).code == 0][:3]
    assert len(models) == 3
    commands: list[tuple[str, ...]] = [("audit", "estate"), ("impact", models[0])]
    commands += [("audit", "model", name) for name in models]
    made_up = [(*command, "-o", str(tmp_path / str(number))) for number, command in enumerate(commands)]
    made_up += [("export", models[0], "--format", name, "-o", str(tmp_path / name)) for name in FORMATS]
    for command in made_up:
        said = lineage(*command, "--index", index)
        assert said.code == 0, said.err
        assert leaks(said.out + said.err) == [], command
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 50
    for path in files:
        assert leaks(path.read_bytes()) == [], path
