"""A second process may take a part of a first publication; what is published never depends on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.index import SqliteIndex, first, open_index
from lineage.index.helping import Helper, Setup, Task
from lineage.index.making import Made
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from tests.bench.estates import Estate, estate
from tests.index.conftest import NOON, publish


@pytest.fixture(scope="module")
def built() -> Estate:
    return estate(4_000)


@pytest.fixture(scope="module")
def alone(built: Estate, tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """What one process publishes: there are fewer records than are worth a second one."""
    index = open_index(tmp_path_factory.mktemp("alone") / "index.db", create=True)
    assert len(built.records) < first.LARGE
    return publish(index, built.facts, root=built.root)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[Helper]]:
    """Every helper that is started, whatever the size; temporary files are in a folder of the test's own."""
    started: list[Helper] = []
    start = Helper.start

    def noted(helper: Helper, setup: Setup) -> None:
        start(helper, setup)
        started.append(helper)

    monkeypatch.setattr(Helper, "start", noted)
    monkeypatch.setattr(first, "LARGE", 10)
    monkeypatch.setattr(first, "CHUNK", 50)
    monkeypatch.setattr(first, "processors", lambda: 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    yield started
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def index(tmp_path: Path) -> SqliteIndex:
    return open_index(tmp_path / "index.db", create=True)


def test_two_processes_publish_what_one_does(
    built: Estate, alone: Generation, asked: list[Helper], index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same digest and counts, a sound index, and both took tasks of both sorts."""
    answered: list[bool] = []
    ask = Helper.ask

    def noted(helper: Helper, task: Task, claims: bytes | None = None) -> None:
        answered.append(claims is None)
        ask(helper, task, claims)

    monkeypatch.setattr(Helper, "ask", noted)
    told = publish(index, built.facts, root=built.root)

    assert (told.digest, told.counts) == (alone.digest, alone.counts)
    assert index.verify().difference == ""
    assert len(asked) == 1
    assert set(answered) == {True, False}


class Killing(Quiet):
    """Kills the helper at the n-th word of progress of a sort."""

    def __init__(self, started: list[Helper], task: str, at: int) -> None:
        self._started = started
        self._task = task
        self._left = at

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        self._left -= task == self._task
        if self._left == 0:
            process = self._started[0]._process
            if process is not None:
                os.kill(process.pid, signal.SIGKILL)
            self._left = -1


@pytest.mark.parametrize("task", ["link", "settle"])
@pytest.mark.parametrize("at", [1, 4])
def test_what_a_killed_helper_leaves_is_made_here(
    built: Estate, alone: Generation, asked: list[Helper], index: SqliteIndex, task: str, at: int
) -> None:
    """SIGKILL of the second process costs time and nothing else."""
    report = Killing(asked, task, at)
    told = index.publish(built.root, built.facts, report, started=NOON, clock=lambda: NOON)

    assert (told.digest, told.counts) == (alone.digest, alone.counts)
    assert asked[0]._process is None


def test_a_helper_that_cannot_start_is_not_needed(
    built: Estate, alone: Generation, asked: list[Helper], index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where programs may not be started, or Python is not where it says, one process does all."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert publish(index, built.facts, root=built.root).digest == alone.digest


def test_what_a_helper_cannot_see_is_made_here(built: Estate, asked: list[Helper], tmp_path: Path) -> None:
    """A helper that fails at a task says so and goes on."""
    empty = open_index(tmp_path / "empty.db", create=True)
    with Helper() as helper:
        helper.start(Setup(str(empty.path), "", 1, {}, {}))
        helper.ask(Task(7, [(5, [(9, b"0" * 16)], [])]))
        helper.ask(Task(8, []))
        answers = [helper.answer(wait=True), helper.answer(wait=True)]

    assert answers == [(7, None), (8, Made())]


def main(path: str) -> None:
    """Publish with a helper, and kill the process itself in the middle."""
    first.LARGE, first.CHUNK = 10, 50  # type: ignore[misc]
    first.processors = lambda: 2
    large = estate(4_000)
    open_index(path, create=True).publish(large.root, large.facts, _Dying(), started=NOON, clock=lambda: NOON)


class _Dying(Quiet):
    def progress(self, task: str, done: int, total: int | None = None) -> None:
        if task == "settle":
            os.kill(os.getpid(), signal.SIGKILL)


def test_a_helper_ends_with_the_process_that_asked_it(
    built: Estate, alone: Generation, index: SqliteIndex, tmp_path: Path
) -> None:
    """SIGKILL of the first process leaves no second one, no temporary file, and an index that goes on."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.index.test_helping", str(index.path)],
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(folder)},
    )
    assert done.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 30
    while any(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert list(folder.iterdir()) == []
    assert publish(index, built.facts, root=built.root).digest == alone.digest


if __name__ == "__main__":
    main(*sys.argv[1:])
