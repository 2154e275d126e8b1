"""The ledgers that were read last: a page of a long one is cut from it, and the next must not read it all again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from lineage.api.session import RememberingView
from lineage.ledger import Ledger
from lineage.ports import Index, View

_KEPT: Final = 2
"""Ledgers of one index that are kept: one of gaps and one of loose ends. One may hold as many entries as there are."""

Entries = TypeVar("Entries", bound=Ledger[Any])
Wanted = TypeVar("Wanted")

_kept: WeakKeyDictionary[Any, OrderedDict[Any, Any]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def remembered(
    index: Index, view: RememberingView, wanted: Wanted, read: Callable[[Index, View, Wanted], Entries]
) -> Entries:
    """`read(index, view, wanted)`, or what it gave before for the same generation: a generation never changes."""
    key = (read, view.generation.number, view.generation.digest, wanted)
    with _lock:
        known = _kept.setdefault(index, OrderedDict())
        if key in known:
            known.move_to_end(key)
            found: Entries = known[key]
            return found
    told = read(index, view, wanted)
    with _lock:
        known[key] = told
        while len(known) > _KEPT:
            known.popitem(last=False)
    return told
