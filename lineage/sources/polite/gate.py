"""One gate in front of each limit, and whoever reads behind that limit goes through it.

Azure counts reads by host, subscription and principal, and refuses with 429 what goes beyond. It says neither how
many reads it allows nor how many other programs take from the same count, so the gate learns, from three things:

    a 429                   stop for as long as it says; then go on at 0.7 of what got through lately,
                            and a little faster with every second that stays quiet
    remaining reads         how fast the count falls, less our own reads, is what flows in and is left for us:
                            the pace is that flow, plus what lies in the bucket spread over ten seconds
    neither                 no limit is known: the workers' own number is the only one

`Pace` is the law, a plain object that is given the time. `Gate` is `Pace` with a clock, for threads: one at a time
stands at the gate, so an answer that changes the pace changes it for the very next request.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import inf
from statistics import median
from typing import Final, Protocol
from urllib.parse import urlsplit

from lineage.errors import ThrottledOut
from lineage.sources.polite import asked

DECREASE: Final = 0.7
INCREASE: Final = 0.2
"""Reads a second, gained with each quiet second; a hundredth of the pace before the cut where that is more."""
SLOWEST: Final = 0.5
"""Reads a second that are tried in any case, to notice that the limit is gone."""
_FIRST: Final = 5.0
"""Reads a second to go on at when the first refusal comes before anything could be measured."""
_LATELY: Final = 10.0
"""Seconds over which the pace is measured, and over which a bucket's content is spread."""
_CREDIT: Final = 1.0
"""Seconds of the pace that may be caught up when the workers were busy elsewhere."""
_RESERVE: Final = 25.0
"""Reads left in a bucket, at most, for whoever comes in between."""
_STUCK: Final = 50
"""Reads after which a count that has not moved is doubted."""


class Clock(Protocol):
    """Where time comes from. `now` only ever grows; it is no time of day."""

    def now(self) -> float:
        """Seconds since some instant."""
        ...

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Let that time pass; True, and at once, when `stop` is set."""
        ...


class SystemClock:
    """The machine's monotonic clock: setting the time of day does not move it."""

    def now(self) -> float:
        return time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return stop.wait(seconds)


class _Bucket:
    """What one header of remaining reads tells: how much is left, and how much flows in for us."""

    def __init__(self) -> None:
        self.most = 0.0
        self.left = 0.0
        self.stuck = False
        self._since: tuple[float, float, int] | None = None
        self._same = 0
        self._flows: deque[float] = deque(maxlen=5)

    def heard(self, now: float, left: float, served: int) -> None:
        if self._since is None:
            self._since = (now, left, served)
        begun, before, counted = self._since
        if now - begun >= 2.0:
            self._flows.append(max(0.0, (left - before + served - counted) / (now - begun)))
            self._since = (now, left, served)
        if left != self.left:
            self._same = served
        self.left, self.most = left, max(self.most, left)
        self.stuck = served - self._same >= _STUCK

    def rate(self, flying: int) -> float:
        """Reads a second that keep the bucket at its reserve. `flying` reads are not in its count yet."""
        reserve = min(_RESERVE, 0.05 * self.most)
        flow = median(self._flows) if self._flows else 0.0
        rate = max(SLOWEST, flow + (self.left - flying - reserve) / _LATELY)
        # A count that stands still is in balance, or is none: going faster tells which.
        return 2 * rate if self.stuck else rate


class Pace:
    """How fast to ask behind one limit. Every method is told the time; nothing here waits.

    `chance` gives numbers from 0 to 1: waits are drawn out by a tenth of themselves, so that programs that were
    refused together do not come back together.
    """

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._ceiling = inf
        self._rise = 0.0
        self._risen = 0.0
        self._cut = -inf
        self._opens = -inf
        self._next = -inf
        self._held = False
        self._streak = 0
        self._begun = inf
        self._sent = 0
        self._answered = 0
        self._served = 0
        self._lately: deque[float] = deque()
        self._buckets: dict[str, _Bucket] = {}

    @property
    def rate(self) -> float:
        """Reads a second that are asked at most; infinite while no limit is known."""
        flying = self._sent - self._answered
        return min(self._ceiling, *(bucket.rate(flying) for bucket in self._buckets.values()), inf)

    @property
    def opens(self) -> float:
        """When a 429's wait is over."""
        return self._opens

    def delay(self, now: float) -> float:
        """Seconds until the next request may go; 0 when it may go now, and then `went` is called."""
        wait = max(self._opens, self._next) - now
        if wait <= 0:
            return 0.0
        self._held = True
        return wait

    def went(self, now: float) -> None:
        """A request goes now."""
        self._begun = min(self._begun, now)
        self._sent += 1
        rate = self.rate
        self._next = max(self._next, now - _CREDIT, self._opens) + (0.0 if rate == inf else 1.0 / rate)

    def came(self, now: float, sent: float, status: int, headers: Mapping[str, str]) -> None:
        """The answer to the request that went at `sent`; status 0 when there was none."""
        self._answered += 1
        if status == 429:
            self._refused(now, sent, headers)
        elif status:
            self._streak = 0
            self._served += 1
            self._lately.append(now)
            self._grow(now)
        for name, left in asked.remaining(headers):
            self._buckets.setdefault(name, _Bucket()).heard(now, left, self._served)

    def _refused(self, now: float, sent: float, headers: Mapping[str, str]) -> None:
        fresh = sent >= self._cut  # what was already under way at the last cut says nothing new
        if fresh:
            self._streak += 1
        wait = asked.wait(headers)
        if wait is None:
            wait = 2.0 ** min(self._streak - 1, 6)
        opens = now + max(wait, 0.1) * (1.0 + 0.1 * self._chance())
        if fresh and now - self._cut >= 1.0:
            lately = min(self._ceiling, self.measured(now))
            least = _FIRST if self._ceiling == inf else 0.5 * self._ceiling
            self._ceiling = max(SLOWEST, least, DECREASE * lately)
            self._rise = max(INCREASE, 0.01 * lately)
            self._cut = now
        self._opens = max(self._opens, opens)
        self._risen = max(self._risen, self._opens)

    def _grow(self, now: float) -> None:
        """Faster, for the time since the last look, if the pace is what holds us back."""
        if self._ceiling < inf and now > self._risen:
            if self._held:
                self._ceiling += self._rise * (now - self._risen)
            self._risen = now
            self._held = False

    def measured(self, now: float) -> float:
        """Reads a second that got through in the last ten seconds, waits and all."""
        while self._lately and self._lately[0] < now - _LATELY:
            self._lately.popleft()
        return len(self._lately) / min(_LATELY, max(1.0, now - self._begun))


class Gate:
    """A `Pace` that threads stand in front of. `tell` is given a sentence when a wait is worth one."""

    def __init__(self, host: str, clock: Clock, chance: Callable[[], float], tell: Callable[[str], object]) -> None:
        self.host = host
        self._clock = clock
        self._tell = tell
        self._pace = Pace(chance)
        self._state = threading.Lock()
        self._turn = threading.Lock()
        self._told = -inf

    @property
    def rate(self) -> float:
        """Reads a second that are asked at most; infinite while no limit is known."""
        with self._state:
            return self._pace.rate

    def enter(self, patience: float, stop: threading.Event) -> float:
        """Wait for the turn, or until `stop`; the instant at which it came. Raises ThrottledOut beyond `patience`."""
        with self._turn:
            while True:
                with self._state:
                    now = self._clock.now()
                    delay = self._pace.delay(now)
                    if delay <= 0:
                        self._pace.went(now)
                        return now
                    opens, shut = self._pace.opens, self._pace.opens - now
                    new = shut >= 1.0 and opens > self._told
                    rate = self._pace.rate
                if shut > patience:
                    raise impatient(self.host, shut, patience)
                if new:
                    self._told = opens
                    self._tell(f"throttled by {self.host}: waiting {shut:,.0f} s, then {rate:,.3g} reads/s")
                # Short sleeps: what other answers say meanwhile may change how long it takes.
                if self._clock.wait(min(delay, 1.0), stop):
                    with self._state:
                        self._pace.went(now)
                    return now

    def leave(self, sent: float, status: int, headers: Mapping[str, str]) -> float:
        """What came of a request that entered at `sent` (status 0: nothing); seconds that the gate stays shut."""
        with self._state:
            now = self._clock.now()
            self._pace.came(now, sent, status, headers)
            return max(0.0, self._pace.opens - now)


class Gates:
    """The gates of a process: one for each host, subscription and principal."""

    def __init__(self, clock: Clock | None = None, chance: Callable[[], float] = random.random) -> None:
        self.clock: Clock = clock or SystemClock()
        self.chance = chance
        self._gates: dict[tuple[str, str, str], Gate] = {}
        self._lock = threading.Lock()

    def gate(self, url: str, principal: str, tell: Callable[[str], object]) -> Gate:
        """The gate that a request to this URL goes through."""
        parts = urlsplit(url)
        key = (parts.netloc.lower(), _subscription(parts.path), principal)
        with self._lock:
            if key not in self._gates:
                self._gates[key] = Gate(parts.netloc.lower(), self.clock, self.chance, tell)
            return self._gates[key]


def _subscription(path: str) -> str:
    """The subscription that a path names, in lower case; '' when it names none."""
    segments = path.lower().split("/")
    return next((after for name, after in pairwise(segments) if name == "subscriptions"), "")


def impatient(host: str, wait: float, patience: float, waited: float = 0.0, when: str = "") -> ThrottledOut:
    """The error for a wait beyond what the user wants to wait.

    `waited` seconds have passed since the first 429 for the same read; `when` is the time of day at which the wait
    ends, by the service's own clock.
    """
    still = f" after {_span(waited)} of it" if waited >= 1 else ""
    return ThrottledOut(
        f"{host} throttles{still} and asks to wait {_span(wait)}, longer than the {_span(patience)} of --patience",
        f"crawl again {f'after {when}' if when else f'in {_span(wait)}'}, or give it time: "
        f"--patience {waited + wait + 60:.0f}",
        wait,
    )


def _span(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.2g} s"
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"
