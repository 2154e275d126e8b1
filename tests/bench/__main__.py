"""`make bench`: every figure beside its peer, measured in one run.

Each module prints its own table with the size it measured. Absolute times move
with the machine; the ratios are what is meant.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

MODULES = (
    "bench_references",
    "bench_publish",
    "bench_questions",
    "bench_search",
    "bench_closure",
    "bench_impact",
    "bench_lists",
    "bench_gate",
    "bench_cost",
    "bench_graphql",
    "bench_reports",
)


def main() -> None:
    chosen = sys.argv[1:] or MODULES
    print(f"python {platform.python_version()} · {os.cpu_count()} cores · {platform.machine()}")
    for name in chosen:
        print(f"\n== {name.removeprefix('bench_')}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
