"""Time that tests hold in their hand."""

from __future__ import annotations

import threading
import time


class Hand:
    """A clock that a wait moves on at once. `waits` holds every wait that was not cut short."""

    def __init__(self, now: float = 1000.0) -> None:
        self.waits: list[float] = []
        self._now = now
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        if stop.is_set():
            return True
        self.pass_by(seconds)
        with self._lock:
            self.waits.append(seconds)
        return False

    def pass_by(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    @property
    def waited(self) -> float:
        return round(sum(self.waits), 6)


class Strands(Hand):
    """A `Hand` in which each thread has a time of its own: what one waits for takes no time of the others."""

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()

    def now(self) -> float:
        now: float = getattr(self._own, "now", 1000.0)
        return now

    def pass_by(self, seconds: float) -> None:
        self._own.now = self.now() + seconds


class Fast:
    """The machine's clock, `times` as fast: what takes a minute takes a second."""

    def __init__(self, times: float) -> None:
        self._times = times

    def now(self) -> float:
        return time.monotonic() * self._times

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return stop.wait(seconds / self._times)
