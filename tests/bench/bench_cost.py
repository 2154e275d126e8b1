"""What crawls cost in requests: the first, one of the unchanged workspace, one after 1 % has changed.

`least` is what any program must ask that sees what is new: each page of each list of containers, jobs and endpoints,
the workspace and its hosts. What lies above it is what changed.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from lineage import indexing
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.ports import Generation, Held, Reporter
from lineage.records import Fact
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.planning import Planner, Way
from tests.e2e.counted import count
from tests.emulator.crowded import Busy
from tests.teeming import ADDRESSES, PAGE, ROOT, Size, Teeming

LISTS = (
    *("workspace", "discovery", "datastores", "models", "jobs", "data", "environments", "components"),
    *("onlineEndpoints", "batchEndpoints", "schedules"),
)


class TeemingSource:
    """A `ports.Source` over a workspace without a network."""

    root = ROOT.text

    def __init__(self, workspace: Teeming, jobs: Way = "auto") -> None:
        self.workspace = workspace
        self._planner = Planner(jobs)

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        return Crawl(self.workspace, ROOT, ADDRESSES, planner=self._planner, held=held).facts(report)


class Cost(msgspec.Struct, frozen=True):
    """One crawl. requests: by what they ask for."""

    what: str
    requests: dict[str, int]
    seconds: float
    generation: Generation

    @property
    def total(self) -> int:
        return sum(self.requests.values())

    @property
    def lists(self) -> int:
        return sum(self.requests.get(name, 0) for name in LISTS)


def change(workspace: Teeming) -> None:
    """1 % of the models get a version, and 1 % more jobs have run."""
    for container in range(0, workspace.size.containers, 100):
        workspace.add_version(container)
    workspace.start(workspace.size.jobs // 100)
    workspace.finish()


def measure(size: Size, folder: Path) -> list[Cost]:
    """Three crawls of one workspace into one index, and one that verifies everything."""
    workspace = Teeming(size)
    costs: list[Cost] = []

    def crawl(what: str, *, full: bool = False) -> None:
        begun = time.perf_counter()
        generation = indexing.crawl(TeemingSource(workspace), index, Quiet(), full=full)
        costs.append(Cost(what, workspace.forget(), time.perf_counter() - begun, generation))

    index = open_index(folder / "index.db", create=True)
    crawl("first")
    crawl("second, unchanged")
    change(workspace)
    crawl("third, 1 % changed")
    crawl("--full, unchanged", full=True)
    index.close()
    return costs


def over_https(containers: int, versions: int, jobs: int) -> None:
    """The same by the whole command, through the real SDK and TLS; the emulator counts."""
    print(f"\nthrough the real SDK over HTTPS: {containers:,} models of {versions} versions each, {jobs:,} jobs")
    with tempfile.TemporaryDirectory() as folder:
        costs = count(Busy(containers, versions, jobs), Path(folder))
    routes = sorted({route for cost in costs for route in cost.requests}, key=lambda route: (route not in LISTS, route))
    print(f"{'':>24}" + "".join(f"{cost.what:>20}" for cost in costs))
    for route in routes:
        print(f"{route:>24}" + "".join(f"{cost.requests.get(route, 0):>20,}" for cost in costs))
    print(f"{'requests':>24}" + "".join(f"{cost.total:>20,}" for cost in costs))
    print(f"{'the whole command':>24}" + "".join(f"{f'{cost.seconds:.1f} s':>20}" for cost in costs))


def main() -> None:
    size = Size(containers=2_000, versions=5, jobs=5_000)
    print(f"{size.containers:,} models of {size.versions} versions each, {size.jobs:,} jobs, {PAGE} items a page")
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(size, Path(folder))
    names = sorted(
        {name for cost in costs for name in cost.requests},
        key=lambda name: (name not in LISTS, -costs[0].requests.get(name, 0)),
    )
    print(f"{'':>24}" + "".join(f"{cost.what:>20}" for cost in costs))
    for name in names:
        print(f"{name:>24}" + "".join(f"{cost.requests.get(name, 0):>20,}" for cost in costs))
    for label, values in (
        ("least (lists)", [f"{cost.lists:,}" for cost in costs]),
        ("requests", [f"{cost.total:,}" for cost in costs]),
        ("at 25 reads a second", [f"{cost.total / 25:,.0f} s" for cost in costs]),
        ("our part", [f"{cost.seconds:.1f} s" for cost in costs]),
        ("records", [f"{cost.generation.counts['records']:,}" for cost in costs]),
        ("records/s of our part", [f"{cost.generation.counts['records'] / cost.seconds:,.0f}" for cost in costs]),
    ):
        print(f"{label:>24}" + "".join(f"{value:>20}" for value in values))
    over_https(2_000, 5, 5_000)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
