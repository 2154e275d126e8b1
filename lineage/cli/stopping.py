"""A command that is asked to stop puts things in order first."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where the program stands, as Ctrl-C is."""


@contextmanager
def in_order() -> Iterator[None]:
    """Inside the block SIGTERM is raised as `Terminated`, so that what was begun is put aside or undone."""
    try:
        before = signal.signal(signal.SIGTERM, _raise)
    except ValueError:  # not the main thread: nobody sends signals to that
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise(number: int, frame: FrameType | None) -> None:
    raise Terminated
