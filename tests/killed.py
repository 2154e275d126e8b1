"""A crawl in a process of its own, to be killed.

python -m tests.killed INDEX               crawl to the end, slowly
python -m tests.killed INDEX stage N       die at the N-th checkpoint
python -m tests.killed INDEX link|… N      die at the N-th word of that progress
python -m tests.killed INDEX request N     die while the N-th request is asked
python -m tests.killed INDEX fact N        die when the N-th fact has come
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from lineage import indexing
from lineage.index import SqliteIndex, open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation, Held, Reporter
from lineage.records import Fact
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.wire import Reply, Request
from tests.teeming import ADDRESSES, ROOT, Size, Teeming

SIZE = Size(containers=60, versions=3, jobs=120, pipelines=12, tables=5, environments=3, codes=6)
BATCH = 120
"""Facts of a checkpoint, so that this small workspace has several."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Dying(Quiet):
    """A Reporter that kills its process at some word of progress."""

    def __init__(self, where: str, at: int) -> None:
        self._where, self._at = where, at
        self.told: list[str] = []

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        self.told.append(task)
        if task == self._where and self.told.count(task) == self._at:
            die()


class Mortal(Teeming):
    """The workspace, whose `at`-th request kills who asks; every request takes `pause` seconds."""

    def __init__(self, at: int = 0, pause: float = 0.0) -> None:
        super().__init__(SIZE)
        self._left, self._pause, self._counting = at, pause, threading.Lock()

    def send(self, request: Request) -> Reply:
        with self._counting:
            self._left -= 1
            if self._left == 0:
                die()
        time.sleep(self._pause)
        return super().send(request)


class MortalSource:
    """A `ports.Source` that dies when the `at`-th fact is asked for."""

    root = ROOT.text

    def __init__(self, workspace: Teeming, at: int = 0) -> None:
        self._workspace, self._at = workspace, at

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        facts = Crawl(self._workspace, ROOT, ADDRESSES, held=held).facts(report)
        for number, fact in enumerate(facts, 1):
            if number == self._at:
                die()
            yield fact


def crawl(index: SqliteIndex, workspace: Teeming | None = None) -> Generation:
    """The crawl that nothing disturbs."""
    return indexing.crawl(MortalSource(workspace or Mortal()), index, Quiet())


def start(path: Path, *more: object) -> subprocess.Popen[bytes]:
    """This module as a process."""
    arguments = [sys.executable, "-m", "tests.killed", str(path), *map(str, more)]
    return subprocess.Popen(arguments, cwd=Path(__file__).parents[1])


def main(path: str, where: str = "", at: str = "0") -> None:
    number = int(at)
    workspace = Mortal(number if where == "request" else 0, 0.0 if where else 0.004)
    source = MortalSource(workspace, number if where == "fact" else 0)
    indexing.crawl(source, open_index(path, create=True, batch=BATCH), Dying(where, number))


if __name__ == "__main__":
    main(*sys.argv[1:])
