"""Fifty crawls killed at moments that nobody chose, each followed by one that goes on."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from lineage.index import open_index
from tests.index.test_kill import leftovers
from tests.killed import BATCH, Mortal, crawl, start

pytestmark = pytest.mark.soak
KILLS = 50


def test_fifty_kills(tmp_path: Path) -> None:
    """Every resumed crawl ends in the digest of an undisturbed one, and leaves nothing that no record names."""
    chance = random.Random(50)
    wanted = crawl(open_index(tmp_path / "calm.db", create=True, batch=BATCH))
    begun = time.monotonic()
    assert start(tmp_path / "whole.db").wait(60) == 0
    whole = time.monotonic() - begun
    ends: Counter[str] = Counter()
    for number in range(KILLS):
        path = tmp_path / f"{number}.db"
        turns = chance.randrange(1, 4)
        for _ in range(turns):
            process = start(path)
            time.sleep(chance.uniform(0.2, 1.0) * whole)
            process.send_signal(signal.SIGKILL)
            ends["killed" if process.wait(60) == -signal.SIGKILL else "ended first"] += 1
        index = open_index(path, create=True, batch=BATCH)
        before = len(index.generations())
        workspace = Mortal()
        generation = crawl(index, workspace)
        ends["went on" if workspace.asked["batches of runs"] < 4 else "began anew"] += 1

        assert (generation.digest, generation.counts) == (wanted.digest, wanted.counts), number
        assert generation.number == before + 1
        assert set(leftovers(path).values()) == {0}
        assert index.verify().difference == ""
        index.close()
    print(f"\n{KILLS} crawls: {dict(sorted(ends.items()))}")
    assert ends["killed"] >= KILLS
