from __future__ import annotations

import subprocess
import sys

CODE = """
import gc
from lineage.server.collector import settle
settle()
print(gc.get_threshold()[0], gc.get_freeze_count() > 1000, gc.isenabled())
"""


def test_a_warm_process_leaves_what_lives_alone() -> None:
    """The objects of the imports are frozen, and cycles among new ones are still found, at a higher count."""
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["100000", "True", "True"]
