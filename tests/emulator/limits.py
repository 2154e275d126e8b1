"""The limit that a resource manager puts on reads: a bucket of tokens that refills, and who else takes from it.

    limit = Limit(burst=250, refill=25, others=8.3)
    limit.take(now)     -> Verdict(allowed, remaining, retry_after)

`now` is in seconds of the limit's own time, so that a test may let its time run faster than the world's. The other
client asks at even intervals, first come first served, and takes what it asks for when it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Verdict:
    """What one request meets. `retry_after`: seconds, when it is refused."""

    allowed: bool
    remaining: int | None
    retry_after: float = 0.0

    @property
    def headers(self) -> dict[str, str]:
        said = {} if self.remaining is None else {"x-ms-ratelimit-remaining-subscription-reads": str(self.remaining)}
        return said if self.allowed else said | {"Retry-After": f"{self.retry_after:g}"}


class Limit:
    """`burst` tokens that refill by `refill` a second; `others` are taken a second by another client. `says`: whether
    answers tell how many remain; 429s say when to come in any case.
    """

    def __init__(
        self, burst: float = 250, refill: float = 25, others: float = 0, retry_after: float = 5, says: bool = True
    ) -> None:
        self.burst, self.refill, self.others, self.retry_after = burst, refill, others, retry_after
        self.says = says
        self.tokens = float(burst)
        self.served = 0
        self.refused = 0
        self.taken = 0
        """What the other client got."""
        self._between = 1 / others if others else inf
        self._other = self._between
        self._begun: float | None = None
        self._last = 0.0
        self._half: tuple[float, int, int, float] | None = None

    def take(self, now: float) -> Verdict:
        if self._begun is None:
            self._begun = self._last = now
            self._other += now
        now = max(now, self._last)
        while self._other <= now:
            self._fill(self._other)
            if self.tokens >= 1:
                self.tokens -= 1
                self.taken += 1
            self._other += self._between
        self._fill(now)
        if self.tokens < 1:
            self.refused += 1
            return Verdict(False, 0 if self.says else None, self.retry_after)
        self.tokens -= 1
        self.served += 1
        if self._half is None and self.tokens < self.burst / 2:
            self._half = (self._last, self.served, self.taken, self.tokens)
        return Verdict(True, int(self.tokens) if self.says else None)

    def left(self) -> float:
        """How many reads the limit and the other client left for us until the last one that we asked."""
        assert self._begun is not None
        return self.burst + self.refill * (self._last - self._begun) - self.taken

    def used(self) -> float:
        """The share that we got of what was left for us since half of the bucket was gone; what still lies in it is
        no waste, and neither is what ran over before there was anything to ask for.
        """
        assert self._half is not None
        since, served, taken, tokens = self._half
        left = tokens + self.refill * (self._last - since) - (self.taken - taken) - self.tokens
        return (self.served - served) / left

    def _fill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + self.refill * (now - self._last))
        self._last = now
