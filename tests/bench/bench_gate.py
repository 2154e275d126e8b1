"""How much of a read limit the gate uses, beside the SDK's retries and a fixed rate.

20,000 reads by 32 workers, a tenth of a second each, behind Azure's limit (250 at once, 25 a second after that), in
simulated time: the same law and the same limit as in earnest, without the sleeping. `contended` means that another
client of the same principal asks for a third of what flows in. A read is lost when its client gives it up.

`used` is the reads that were served, of those that the limit and the other client left: 1 is all of it.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from lineage.sources.polite.gate import Pace
from tests.emulator.limits import Limit

READS = 20_000
WORKERS = 32
LATENCY = 0.1
THIRD = 25 / 3


@dataclass(frozen=True)
class Figures:
    """What became of the reads: `used` of what was left, `refused` answers, reads `lost`, `seconds` it took."""

    used: float
    refused: int
    lost: int
    seconds: float
    others: float
    """The share that the other client got of what it asked for; 1 when there is none."""


class Client(Protocol):
    """How a client paces itself. All times in seconds."""

    def delay(self, now: float) -> float:
        """How long until the next request may go."""
        ...

    def went(self, now: float) -> None: ...

    def came(self, now: float, sent: float, status: int, headers: dict[str, str]) -> None: ...

    def again(self, tries: int, headers: dict[str, str]) -> float | None:
        """How long a refused read waits by itself before it queues again; None when it is given up."""
        ...


class Gated(Pace):
    """Ours: nothing is given up, and nothing waits for itself alone."""

    def again(self, tries: int, headers: dict[str, str]) -> float | None:
        return 0.0


class Retries:
    """azure-core's RetryPolicy as it comes: three retries on a status, each worker for itself."""

    def delay(self, now: float) -> float:
        return 0.0

    def went(self, now: float) -> None:
        pass

    def came(self, now: float, sent: float, status: int, headers: dict[str, str]) -> None:
        pass

    def again(self, tries: int, headers: dict[str, str]) -> float | None:
        return float(headers["Retry-After"]) if tries <= 3 else None


class Fixed(Retries):
    """Twenty reads a second, evenly, with the SDK's retries behind."""

    def __init__(self, rate: float = 20) -> None:
        self._between = 1 / rate
        self._next = 0.0

    def delay(self, now: float) -> float:
        return max(0.0, self._next - now)

    def went(self, now: float) -> None:
        self._next = max(self._next, now) + self._between


Work = Generator[float | None, None, None]


def run(client: Client, limit: Limit, *, reads: int = READS, workers: int = WORKERS) -> Figures:
    """All reads, to their end."""
    todo, line = iter(range(reads)), deque[int]()
    events: list[tuple[float, int, Work]] = []
    now, lost, order = 0.0, 0, count()

    def work(me: int) -> Work:
        """One worker: yields the seconds that it lets pass, None for as long as it takes."""
        nonlocal lost
        for _ in todo:
            for tries in count(1):
                line.append(me)
                if line[0] != me:
                    yield None  # until whoever stands before calls
                while (delay := client.delay(now)) > 0:
                    yield min(delay, 1.0)
                client.went(now)
                line.popleft()
                if line:
                    heapq.heappush(events, (now, next(order), crew[line[0]]))
                sent = now
                yield LATENCY / 2
                verdict = limit.take(now)
                yield LATENCY / 2
                client.came(now, sent, 200 if verdict.allowed else 429, verdict.headers)
                pause = None if verdict.allowed else client.again(tries, verdict.headers)
                if pause is None:
                    lost += not verdict.allowed
                    break
                yield pause

    crew = [work(number) for number in range(workers)]
    for worker in crew:
        heapq.heappush(events, (0.0, next(order), worker))
    while events:
        now, _, worker = heapq.heappop(events)
        passed = next(worker, None)
        if passed is not None:
            heapq.heappush(events, (now + passed, next(order), worker))
    asked = now * limit.others
    return Figures(limit.served / limit.left(), limit.refused, lost, now, limit.taken / asked if asked else 1.0)


def measure(reads: int = READS, workers: int = WORKERS) -> list[tuple[str, str, Figures]]:
    """(client, circumstances, figures) for each client in each of the circumstances."""
    rows = []
    for retry_after in (5.0, 1.0):
        for others, who in ((0.0, "alone"), (THIRD, "contended")):
            what = f"{who}, Retry-After {retry_after:.0f}"
            for name, make, says in CLIENTS:
                limit = Limit(others=others, retry_after=retry_after, says=says)
                rows.append((name, what, run(make(), limit, reads=reads, workers=workers)))
    return rows


CLIENTS: tuple[tuple[str, Callable[[], Client], bool], ...] = (
    ("gate", lambda: Gated(random.Random(1).random), True),
    ("gate, no remaining reads said", lambda: Gated(random.Random(1).random), False),
    ("SDK retries", Retries, True),
    ("fixed 20/s, SDK retries", Fixed, True),
)


def main() -> None:
    print(f"{READS:,} reads, {WORKERS} workers, 250 at once and 25/s; the other client asks {THIRD:.1f}/s")
    print(f"  {'':<31}{'':<25}   used   lost   refused   seconds   the other got")
    for name, what, it in measure():
        print(
            f"  {name:<31}{what:<25}{it.used:>7.3f}{it.lost:>7,}{it.refused:>10,}{it.seconds:>10,.0f}{it.others:>16.2f}"
        )
    print("  limit: gate used >= 0.95, lost 0")


if __name__ == "__main__":
    main()
