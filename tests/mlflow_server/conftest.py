"""One real `mlflow server` a worker, with the story told on it once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage.sources.mlflow.source import MlflowSource
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.mlflow_server.door import Door, opened
from tests.mlflow_server.server import environment, served
from tests.sources.clocks import Hand


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    with served(tmp_path_factory.mktemp("mlflow")) as url:
        yield url


@pytest.fixture(scope="session")
def told(server: str) -> dict[str, str]:
    """The ids of what the story made on the server."""
    command = [sys.executable, "-m", "tests.mlflow_server.story", server]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    ids: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return ids


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the variables nor the credentials file of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def door(server: str) -> Iterator[Callable[..., Door]]:
    """`door(…)` opens a door in front of the server."""
    held = []

    def make(**more: object) -> Door:
        context = opened(Door(server, **more))  # type: ignore[arg-type]
        held.append(context)
        return context.__enter__()

    yield make
    for context in held:
        context.__exit__(None, None, None)


def source_of(url: str, patience: float = 900.0) -> MlflowSource:
    """The source of the server at an http address, whose waits take no time."""
    return MlflowSource(f"mlflow+{url}", manners=Manners(patience, gates=Gates(Hand(), lambda: 0.5)))
