"""Python's cyclic garbage collector, tuned for a process that answers requests.

A page of ten thousand things makes hundreds of thousands of objects that live
for milliseconds and hold no cycles. By default the collector looks for cycles
among them every 700 objects, and now and then through everything imported.
"""

from __future__ import annotations

import gc
from typing import Final

YOUNG: Final = 100_000
"""Objects that may be made before the young ones are looked through."""


def settle() -> None:
    """Call once, when the process is warm: what lives now is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
