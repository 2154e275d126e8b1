"""A bounded memory of big answers: what was asked for the longest ago is forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What tells how many bytes it holds."""

    @property
    def nbytes(self) -> int: ...


V = TypeVar("V", bound=Sized)


class Remembered(Generic[V]):
    """At most `room` bytes of values by key. Safe to use from several threads. kept, found: how often either came."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = 0
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()
        self.kept = 0
        self.found = 0

    @property
    def nbytes(self) -> int:
        return self._held

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
                self.found += 1
            return value

    def keep(self, key: Hashable, value: V) -> None:
        """Remember a value that would fit; `nbytes` of it must not change from now on."""
        with self._lock:
            self.kept += 1
            if key in self._values or value.nbytes > self._room:
                return
            self._values[key] = value
            self._held += value.nbytes
            while self._held > self._room:
                self._held -= self._values.popitem(last=False)[1].nbytes
