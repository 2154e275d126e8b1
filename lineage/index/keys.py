"""Keys of names, each computed once while it is in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LIMIT: Final = 60_000
"""Names held at a time: about 20 MB."""


class Keys(dict[str, int]):
    """Name -> key. Hand `keys.__getitem__` to whoever needs keys: a name met again costs no hashing, nor a call.

    A publication meets every name about twice: as what a record is about, and wherever another names it.
    """

    def __init__(self, key: Callable[[str], int]) -> None:
        super().__init__()
        self._key = key

    def __missing__(self, text: str) -> int:
        if len(self) >= LIMIT:
            self.clear()
        key = self[text] = self._key(text)
        return key
