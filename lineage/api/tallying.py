"""What is remembered of a generation's findings: which things lie behind a model version, and how many there are.

A generation never changes, so what one request found out serves the next.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from lineage import findings
from lineage.api.session import RememberingView, Session
from lineage.errors import QueryTooSlow
from lineage.findings import Behind, Code, Position, Severity

_KEPT: Final = 4
"""Generations of an index that are remembered."""

Tally = Mapping[tuple[Code, Severity, str], int]
"""Findings by rule, weight and workspace."""


class Known:
    """What is remembered of one generation: which things lie behind a model, and how far everything is counted."""

    def __init__(self) -> None:
        self.behind = Behind()
        self._counted: Counter[tuple[Code, Severity, str]] = Counter()
        self._after: Position | None = None
        self._done = False
        self._lock = threading.Lock()

    def tally(self, session: Session, view: RememberingView) -> Tally:
        """All findings of the generation, counted; a request that runs out of time leaves what it counted to the next.

        Raises QueryTooSlow.
        """

        def pulse(reached: Position) -> None:
            self._after = reached
            if session.expired():
                raise self._slow()

        while not self._lock.acquire(timeout=0.1):  # another request counts
            if session.expired():
                raise self._slow()
        try:
            if not self._done:
                judged = findings.estate(view.unremembered, after=self._after, behind=self.behind, pulse=pulse)
                for one in judged:
                    self._counted[one.code, one.severity, one.scope] += 1
                    self._after = findings.position(one)
                self._done = True
            return self._counted
        finally:
            self._lock.release()

    def _slow(self) -> QueryTooSlow:
        return QueryTooSlow(
            f"the request ran out of time after {sum(self._counted.values()):,} findings were counted",
            "ask again: counting goes on from there; or leave counts out",
        )


_remembered: WeakKeyDictionary[Any, dict[int, Known]] = WeakKeyDictionary()


def known(session: Session, view: RememberingView) -> Known:
    """What is remembered of the generation that is viewed."""
    kept = _remembered.setdefault(session.index, {})
    number = view.generation.number
    if number not in kept:
        while len(kept) >= _KEPT:
            kept.pop(next(iter(kept)), None)
        kept[number] = Known()
    return kept[number]
