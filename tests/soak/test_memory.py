"""A crawl of a million records, whole, in a process whose memory is measured."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineage import indexing
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from tests.bench.bench_cost import TeemingSource
from tests.teeming import Size, Teeming

MILLION = 1_000_000
LIMIT = 600
"""MiB."""


class Watch(Quiet):
    """A Reporter that notes the peak at the end of each part."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        self.peaks[task] = peak()


def peak() -> float:
    """MiB that this process had at most so far."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main(path: str, records: str) -> None:
    """Crawl a workspace of about so many records: two fifths are models, the rest are jobs with their runs."""
    wanted = int(records)
    containers = max(1, wanted // 50)
    size = Size(containers, 20, jobs=round(wanted * 0.58 / 2.1), tables=200, environments=50, codes=2_000)
    watch = Watch()
    begun = time.perf_counter()
    generation = indexing.crawl(TeemingSource(Teeming(size)), open_index(path, create=True), watch)
    seconds = round(time.perf_counter() - begun, 1)
    counts = generation.counts
    print(json.dumps({"records": counts["records"], "seconds": seconds, "peak": peak(), "peaks": watch.peaks}))


@pytest.mark.soak
def test_a_million_records_stay_within_the_limit(tmp_path: Path) -> None:
    """Crawled, staged, linked and published in less than 600 MiB."""
    arguments = [sys.executable, "-m", "tests.soak.test_memory", str(tmp_path / "index.db"), str(MILLION)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    told = json.loads(done.stdout)
    print(f"\n{told}")

    assert told["records"] > MILLION * 0.97
    assert told["peak"] < LIMIT


if __name__ == "__main__":
    main(*sys.argv[1:])
