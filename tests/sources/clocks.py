"""Time that tests hold in their hand."""

from __future__ import annotations

import threading
import time


class Hand:
    """A clock that a wait moves on at once. `waits` holds every wait; `stop` makes all of them end early."""

    def __init__(self, now: float = 1000.0) -> None:
        self.waits: list[float] = []
        self._now = now
        self._stopped = False
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def wait(self, seconds: float) -> bool:
        with self._lock:
            if not self._stopped:
                self.waits.append(seconds)
                self._now += seconds
            return self._stopped

    def stop(self) -> None:
        with self._lock:
            self._stopped = True

    @property
    def waited(self) -> float:
        return round(sum(self.waits), 6)


class Fast:
    """The machine's clock, `times` as fast: what takes a minute takes a second."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._stopped = threading.Event()

    def now(self) -> float:
        return time.monotonic() * self._times

    def wait(self, seconds: float) -> bool:
        return self._stopped.wait(seconds / self._times)

    def stop(self) -> None:
        self._stopped.set()
