"""A question that goes back to the gate as often as it is refused for its pace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

from lineage.sources.polite import asked
from lineage.sources.polite.gate import Gate, impatient
from lineage.sources.polite.manners import Manners

_LONGEST: Final = 60.0
"""Seconds that one refused question waits for itself, at most."""


class Answered(Protocol):
    """What a service said, as far as pace goes. status: 0 when it said nothing."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


A = TypeVar("A", bound=Answered)


def through(gate: Gate, manners: Manners, stop: threading.Event, ask: Callable[[], A]) -> tuple[A, float]:
    """The first answer that is no 429, and how many seconds it took. Raises ThrottledOut, and what `ask` raises."""
    clock, patience, since, refusals = manners.gates.clock, manners.patience, 0.0, 0
    while True:
        sent = gate.enter(patience, stop)
        try:
            answer = ask()
        except BaseException:
            gate.leave(sent, 0, {})
            raise
        shut = gate.leave(sent, answer.status, answer.headers)
        now = clock.now()
        if answer.status != 429 or stop.is_set():
            return answer, now - sent
        refusals += 1
        since = since or sent
        if now - since + shut > patience:
            raise impatient(gate.host, shut, patience, now - since, asked.when(answer.headers, shut))
        if refusals > 2:
            # Everybody else gets through and this one does not: it has a limit of its own.
            own = min(_LONGEST, 0.5 * 2.0 ** (refusals - 3)) * (0.5 + manners.gates.chance())
            clock.wait(min(own, patience), stop)
