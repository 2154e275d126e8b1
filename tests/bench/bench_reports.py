"""The dossier of a lineage of about 500 things, and the report on an estate of 100,000 model versions.

Each is a process of its own, from its start to the last file: seconds by the clock, the most memory of its own
(`RssAnon`, looked at twenty times a second), and the most with the pages of the index that are mapped (`VmHWM`). The
index is made before. The limits are 2 s for the dossier, 60 s and 500 MiB for the estate.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from lineage import lookup, traversal
from lineage.graph import Direction
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from tests.bench.estates import NODES_A_JOB, Estate, estate

NOW = "2026-03-31T12:00:00Z"
VERSIONS = 100_000
THINGS = 500
_TRIED = 400
_VERSIONS_A_JOB = 0.6


class Measured(msgspec.Struct, frozen=True):
    """One report. mib: the most memory of its own; mapped: with the mapped pages of the index. size: of all its files,
    in bytes.
    """

    what: str
    seconds: float
    mib: float
    mapped: float
    size: int
    limit: str


def measure(what: str, arguments: list[str], target: Path, limit: str) -> Measured:
    """Runs the command in a process of its own. Raises RuntimeError when it fails."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from lineage.cli import main; main()", *arguments, "-o", str(target)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        own = mapped = 0
        while process.poll() is None:
            own, mapped = _memory(process.pid, own, mapped)
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        told = process.stderr.read() if process.stderr is not None else ""
    if process.returncode != 0:
        raise RuntimeError(told)
    size = sum((Path(folder) / name).stat().st_size for folder, _, names in os.walk(target) for name in names)
    return Measured(what, seconds, own / 1024, mapped / 1024, size, limit)


def _memory(pid: int, own: int, mapped: int) -> tuple[int, int]:
    """The greatest `RssAnon` and `VmHWM` so far, in KiB. A peak between two looks is missed."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:  # it has just ended
        return own, mapped
    told = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith(("RssAnon", "VmHWM"))}
    return max(own, int(told.get("RssAnon", 0))), max(mapped, int(told.get("VmHWM", 0)))


def about(index: Path, made: Estate, things: int) -> tuple[str, int]:
    """The model version whose lineage, both ways, is nearest to so many things, of those that are tried."""
    best = ("", 0)
    with open_index(index).view() as view:
        for text in made.models[:: max(1, len(made.models) // _TRIED)]:
            found = lookup.find(view, text)
            size = sum(
                len(traversal.reach(view, found.seeds, direction, traversal.Budget(max_nodes=4 * things)).depth)
                for direction in (Direction.UPSTREAM, Direction.DOWNSTREAM)
            )
            if abs(size - things) < abs(best[1] - things):
                best = (text, size)
    return best


def main(versions: int = VERSIONS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index.db"
        made = estate(round(versions * NODES_A_JOB / _VERSIONS_A_JOB))
        store = open_index(index, create=True)
        store.publish(made.root, iter(made.facts), Quiet(), started=NOW, clock=lambda: NOW)
        nodes = store.generations()[-1].counts["nodes"]
        store.close()
        model, size = about(index, made, THINGS)
        asked = ["--index", str(index)]
        rows = [
            measure(f"dossier, {size:,} things", ["audit", "model", model, *asked], Path(folder) / "dossier", "2 s"),
            measure(
                f"estate, {len(made.models):,} model versions",
                ["audit", "estate", *asked],
                Path(folder) / "estate",
                "60 s, 500 MiB",
            ),
        ]
        print(f"index of {nodes:,} things")
        print(f"{'report':<40} {'seconds':>9} {'MiB':>7} {'mapped':>7} {'files, MB':>10}   limit")
        for row in rows:
            own = f"{row.seconds:>9.2f} {row.mib:>7.0f} {row.mapped:>7.0f} {row.size / 1e6:>10.1f}"
            print(f"{row.what:<40} {own}   {row.limit}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else VERSIONS)
