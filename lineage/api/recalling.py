"""The ledgers that were read last: a page of a long one is cut from it, and the next must not read it all again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from lineage.api.session import RememberingView
from lineage.graph import Loose
from lineage.ledger import Entry, Ledger
from lineage.ports import Index, View
from lineage.records import Gap

_KEPT: Final = 2
"""Ledgers of one index that are kept: one of gaps and one of loose ends. One may hold as many entries as there are."""

Told = TypeVar("Told", Gap, Loose)
Wanted = TypeVar("Wanted")


class Kept(Generic[Told]):
    """A ledger, and where its entries stand: known when the second page is asked for."""

    def __init__(self, told: Ledger[Told], key: Callable[[Entry[Told]], int]) -> None:
        self.told: Ledger[Told] = told
        self._key: Callable[[Entry[Told]], int] = key

    @cached_property
    def places(self) -> dict[int, int]:
        """How many entries stand up to the one with this key; the first of those with one key counts."""
        return {self._key(entry): len(self.told.entries) - at for at, entry in enumerate(reversed(self.told.entries))}


_kept: WeakKeyDictionary[Any, OrderedDict[Any, Any]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def remembered(
    index: Index,
    view: RememberingView,
    wanted: Wanted,
    read: Callable[[Index, View, Wanted], Ledger[Told]],
    key: Callable[[Entry[Told]], int],
) -> Kept[Told]:
    """`read(index, view, wanted)`, or what it gave before for the same generation: a generation never changes."""
    asked = (read, view.generation.number, view.generation.digest, wanted)
    with _lock:
        known = _kept.setdefault(index, OrderedDict())
        if asked in known:
            known.move_to_end(asked)
            found: Kept[Told] = known[asked]
            return found
    told = Kept(read(index, view, wanted), key)
    with _lock:
        known[asked] = told
        while len(known) > _KEPT:
            known.popitem(last=False)
    return told
