"""How long work goes, on standard error: bars with counts and rate on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from lineage.ports import Reporter

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID
    from rich.text import Text


class Lines:
    """A Reporter that writes a line for work that lasts: one every `every` seconds, and one when it is done."""

    def __init__(self, stream: TextIO, every: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._every = every
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        now = self._clock()
        begun = self._begun.setdefault(task, now)
        waited = now - self._last.get(task, begun)
        ended = total is not None and done >= total
        # The end of a wave is the end of the task until the next wave names more: those lines are kept apart.
        if waited < self._every and not (ended and (task not in self._last or waited >= 1.0)):
            return
        self._last[task] = now
        of = f" of {total:,}" if total is not None else ""
        rate = f" ({done / (now - begun):,.0f}/s)" if now - begun >= 1.0 else ""
        print(f"{task}: {done:,}{of}{rate}", file=self._stream, flush=True)

    def note(self, message: str) -> None:
        print(message, file=self._stream, flush=True)


class Bars:
    """A Reporter that draws a bar for each task."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        if task not in self._tasks:
            self._tasks[task] = self._bars.add_task(task, total=total)
        self._bars.update(self._tasks[task], completed=done, total=total)

    def note(self, message: str) -> None:
        self._bars.console.print(message, highlight=False, markup=False)


@contextmanager
def reporter() -> Iterator[Reporter]:
    """The Reporter that fits standard error."""
    if not sys.stderr.isatty():
        yield Lines(sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text as RichText

    class Rate(ProgressColumn):
        """Things a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return RichText("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield Bars(bars)
