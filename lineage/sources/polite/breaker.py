"""A host that is down is not asked ten thousand times.

    closed      every request goes
    open        after ten failures in a row: nobody goes but one probe, after five seconds, ten, … a minute;
                whoever comes meanwhile waits for the probe, three minutes in all, and is then told at once

A host that never gave an answer is not waited for: it cannot be reached from here. A failure is a 5xx or no answer at
all; a refusal, whatever its number, is an answer.
"""

from __future__ import annotations

import threading
from math import inf
from typing import Final

from lineage.sources.polite.gate import Clock

FAILURES: Final = 10
OUTAGE: Final = 180.0
"""Seconds that requests wait for a host that has worked before."""
_FIRST: Final = 5.0
_LAST: Final = 60.0


class Breaker:
    """One for each host, shared by all who ask it."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop
        self._lock = threading.Lock()
        self._worked = False
        self._failed = 0
        self._opened = inf
        self._probe = 0.0
        self._pause = _FIRST

    def enter(self) -> str:
        """'' when a request may go, perhaps after a wait; else one sentence that says why it need not be sent."""
        while True:
            with self._lock:
                now = self._clock.now()
                if self._opened == inf:
                    return ""
                if now >= self._probe:
                    # This request is the probe; if nothing comes of it, the next one has its turn after the pause.
                    self._probe = now + self._pause
                    self._pause = min(2 * self._pause, _LAST)
                    return ""
                if not self._worked or now - self._opened > OUTAGE:
                    return f"{self._failed:,} failures in a row; not asked again for {self._probe - now:,.0f} s"
                wait = self._probe - now
            if self._clock.wait(min(wait, 1.0), self._stop):
                return "stopped"

    def leave(self, *, failed: bool) -> None:
        """What came of a request that entered."""
        with self._lock:
            if not failed:
                self._worked, self._failed, self._opened, self._pause = True, 0, inf, _FIRST
                return
            self._failed += 1
            if self._failed >= FAILURES and self._opened == inf:
                self._opened = self._clock.now()
                self._probe = self._opened + self._pause
                self._pause *= 2
