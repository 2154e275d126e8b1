"""SIGKILL at any moment of a publication leaves the last generation; the next publication is as if nothing had been."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation
from lineage.records import Fact, Listing
from tests.index.conftest import NOON, publish
from tests.index.toy import WS, ToyRules, job, store

BEFORE, AFTER = 900, 2100  # more than one batch of facts and one chunk of records
MOMENTS = 8


def estate(size: int) -> list[Fact]:
    """A chain of jobs through places; a greater `size` adds jobs and changes what was read by the last ones."""
    facts: list[Fact] = [store("lake", "https://acct.blob.core.windows.net/c")]
    facts += [
        job(
            f"j{n}", listing=f"{WS}/jobs", writes=[f"lake/p{n}"], reads=[f"lake/p{n * 7 % size}"], made=["o"], odd=["?"]
        )
        for n in range(size)
    ]
    return [*facts, Listing(f"{WS}/jobs", WS, True, size), Listing(f"{WS}/datastores", WS, True, 1)]


class Killing(Quiet):
    """A Reporter that kills its own process at the n-th word of progress, in whatever transaction that is."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.told: list[str] = []

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        self.told.append(task)
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def dying(facts: list[Fact], at: int) -> Iterator[Fact]:
    """Facts that kill their own process after `at` of them."""
    for count, fact in enumerate(facts):
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        yield fact


def main(path: str, where: str, at: int) -> None:
    index = open_index(path, rules=ToyRules())
    facts = estate(AFTER)
    report = Killing(at if where == "progress" else 0)
    taken = dying(facts, at) if where == "facts" else iter(facts)
    index.publish(WS, taken, report, started=NOON, clock=lambda: NOON)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an index with one generation."""
    index = open_index(tmp_path_factory.mktemp("kill") / "before.db", create=True, rules=ToyRules())
    publish(index, estate(BEFORE))
    index.close()
    return index.path


@pytest.fixture(scope="module")
def undisturbed(before: Path) -> tuple[Generation, list[str]]:
    """The generation that nothing disturbed, and what its reporter was told."""
    path = before.with_name("undisturbed.db")
    shutil.copy(before, path)
    index = open_index(path, rules=ToyRules())
    report = Killing(0)
    generation = publish(index, estate(AFTER), report=report)
    index.close()
    return generation, report.told


def test_progress_is_told_at_every_stage(undisturbed: tuple[Generation, list[str]]) -> None:
    """The moments below are moments of these stages; the last is inside the transaction, before the commit."""
    told = undisturbed[1]

    assert list(dict.fromkeys(told)) == ["stage", "link", "settle", "nodes", "publish"]
    assert told[-1] == "publish"
    assert len(told) == MOMENTS


@pytest.mark.parametrize(
    ("where", "at"), [("facts", 1), ("facts", AFTER - 1), *(("progress", at) for at in range(1, MOMENTS + 1))]
)
def test_a_killed_publication_never_was(
    before: Path, undisturbed: tuple[Generation, list[str]], tmp_path: Path, where: str, at: int
) -> None:
    """The generation before is whole; the next one ends in the same digest and clears what the killed one left."""
    path = tmp_path / "index.db"
    shutil.copy(before, path)
    first = open_index(path).generations()
    wanted, _ = undisturbed

    killed = subprocess.run(
        [sys.executable, "-m", "tests.index.test_kill", str(path), where, str(at)],
        cwd=Path(__file__).parents[2],
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    index = open_index(path, rules=ToyRules())
    assert index.generations() == first
    assert index.verify().difference == ""
    again = publish(index, estate(AFTER))
    assert (again.number, again.digest, again.counts) == (2, wanted.digest, wanted.counts)
    assert leftovers(path) == {"stage": 0, "stage_gap": 0, "stage_listing": 0, "bodies without a record": 0}


def leftovers(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    try:
        found = {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("stage", "stage_gap", "stage_listing")
        }
        found["bodies without a record"] = connection.execute(
            "SELECT count(*) FROM body b WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.bucket = b.bucket"
            " AND r.subject = b.subject AND r.kind = b.kind AND r.hash = b.hash)"
        ).fetchone()[0]
        return found
    finally:
        connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
