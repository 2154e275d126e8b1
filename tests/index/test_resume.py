"""A crawl that is killed goes on where it was, whenever that is, and ends in the digest of an undisturbed one."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lineage import indexing
from lineage.index import open_index
from lineage.ports import Generation
from tests.index.test_kill import leftovers
from tests.killed import BATCH, Dying, Mortal, MortalSource, crawl, start
from tests.teeming import Teeming

CHECKPOINTS = 6
PUBLISHING = ("link", "settle", "nodes", "publish")
REQUESTS, FACTS = 101, 621
NOTHING = {"stage": 0, "stage_gap": 0, "stage_listing": 0, "bodies without a record": 0}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, Counter[str], list[str]]:
    """A generation, what it cost, and where its reporter was told something."""
    index = open_index(tmp_path_factory.mktemp("calm") / "index.db", create=True, batch=BATCH)
    workspace, report = Mortal(), Dying("nowhere", 0)
    generation = indexing.crawl(MortalSource(workspace), index, report)
    return generation, workspace.asked, report.told


def test_the_moments_below_are_there(undisturbed: tuple[Generation, Counter[str], list[str]]) -> None:
    """As many checkpoints, parts of publishing, requests and facts as the kills below are spread over."""
    generation, asked, told = undisturbed

    assert told.count("stage") == CHECKPOINTS
    assert set(PUBLISHING) < set(told)
    assert told[-1] == "publish"  # the last word before the commit
    assert asked.total() == REQUESTS
    assert generation.counts["records"] == FACTS - 87  # beside 87 listings


def moments() -> list[tuple[str, int]]:
    """Each checkpoint, each part of publishing, and some requests and facts drawn from a seed."""
    chance = random.Random(20261201)
    return [
        *(("stage", number) for number in range(1, CHECKPOINTS + 1)),
        *((task, 1) for task in PUBLISHING),
        *(("request", chance.randrange(1, REQUESTS)) for _ in range(3)),
        *(("fact", chance.randrange(1, FACTS)) for _ in range(3)),
    ]


@pytest.mark.parametrize(("where", "at"), moments())
def test_a_killed_crawl_goes_on(
    tmp_path: Path, undisturbed: tuple[Generation, Counter[str], list[str]], where: str, at: int
) -> None:
    """Nothing was published; the next crawl asks no more than the first, and ends in its digest and counts."""
    wanted, cost, _ = undisturbed
    path = tmp_path / "index.db"

    assert start(path, where, at).wait(60) == -signal.SIGKILL
    index = open_index(path, create=True, batch=BATCH)
    assert index.generations() == []
    workspace = Mortal()
    generation = crawl(index, workspace)

    assert (generation.digest, generation.counts) == (wanted.digest, wanted.counts)
    assert leftovers(path) == NOTHING
    assert index.verify().difference == ""
    assert workspace.asked.total() <= cost.total()
    if where in PUBLISHING:
        # Everything had been read: what is asked by name comes from the checkpoints.
        assert [workspace.asked[name] for name in ("batches of runs", "codes/versions")] == [0, 0]
        assert workspace.asked["models/versions"] == cost["models/versions"]  # lists are read again


def test_a_crawl_killed_again_and_again_ends(
    tmp_path: Path, undisturbed: tuple[Generation, Counter[str], list[str]]
) -> None:
    """Each time a bit further; the last crawl has what all of them read."""
    wanted, cost, _ = undisturbed
    path = tmp_path / "index.db"
    for at in (200, 350, 500, 620):
        assert start(path, "fact", at).wait(60) == -signal.SIGKILL
    workspace = Mortal()
    generation = crawl(open_index(path, batch=BATCH), workspace)

    assert (generation.digest, generation.counts) == (wanted.digest, wanted.counts)
    assert workspace.asked["batches of runs"] < cost["batches of runs"]
    assert leftovers(path) == NOTHING


def test_an_incremental_crawl_killed_goes_on(tmp_path: Path) -> None:
    """What the published generation holds and what the killed crawl staged add up."""
    path = tmp_path / "index.db"
    calm = tmp_path / "calm.db"
    changed = Mortal()
    for file in (path, calm):
        crawl(open_index(file, create=True, batch=BATCH), Mortal())
    _change(changed)
    wanted = crawl(open_index(calm, batch=BATCH), changed)
    assert start(path, "fact", 300).wait(60) == -signal.SIGKILL

    generation = crawl(open_index(path, batch=BATCH), changed)

    assert (generation.number, generation.digest, generation.counts) == (2, wanted.digest, wanted.counts)
    assert leftovers(path) == NOTHING


def _change(workspace: Teeming) -> None:
    workspace.add_version(7)
    workspace.start(3)


NO_ROOM = """
import resource, signal, sys
from pathlib import Path
from lineage.errors import LineageError
from lineage.index import open_index
from tests.killed import BATCH, crawl
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    crawl(open_index(path, create=True, batch=BATCH))
except LineageError as error:
    print(type(error).__name__, error.remedy, sep="|")
"""


def test_a_crawl_without_room_goes_on_with_room(
    tmp_path: Path, undisturbed: tuple[Generation, Counter[str], list[str]]
) -> None:
    """The disk is full in the middle: the sentence says so, and what had been staged is not read again."""
    wanted, cost, _ = undisturbed
    path = tmp_path / "index.db"
    arguments = [sys.executable, "-c", NO_ROOM, str(path), "1400000"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])

    assert done.stderr == ""
    assert done.stdout.startswith("IndexFailure|")
    workspace = Mortal()
    index = open_index(path, batch=BATCH)
    generation = crawl(index, workspace)
    assert (generation.number, generation.digest) == (1, wanted.digest)
    assert workspace.asked["batches of runs"] < cost["batches of runs"]
    assert index.verify().difference == ""
