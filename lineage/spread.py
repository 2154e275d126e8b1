"""What a large closure holds, without its nodes: things in an order that every page agrees on, and where each stands.

The order is by depth, then by the least key that a thing goes by: it needs no text, so that a page out of the middle
of half a million things costs that page. An answer of more than `LARGE` things is told in it.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any, Final, Protocol

from lineage.graph import State
from lineage.ids import Kind

LARGE: Final = 5_000
"""Things up to which an answer is read as a whole, and told by depth and then by name."""


class Chosen(Protocol):
    """Some of the things of a `Spread`, in its order. A thing is told by the least key that it goes by."""

    def __len__(self) -> int: ...

    def keys(self, start: int, stop: int) -> list[int]:
        """The things from one place up to another."""
        ...

    def place(self, key: int) -> int | None:
        """Where the thing stands that goes by this key, or by this among others; None when it is not one of these."""
        ...


class Spread(Protocol):
    """All things of a closure that has its adjacency in memory.

    memory: what was made of it for an answer and may be wanted for the next page, kept as long as it is itself; a few
    bytes a thing at most.
    """

    @property
    def memory(self) -> dict[Hashable, Any]: ...

    def choose(
        self,
        kinds: Collection[Kind] = (),
        states: Collection[State] = (),
        without: Collection[int] = (),
        *,
        beyond: bool = False,
        level: int | None = None,
    ) -> Chosen:
        """Things of one of these kinds and states (empty takes any), without those that go by some keys.

        beyond: only things that were not seeds. level: only those of one level.
        """
        ...

    def twins(self, keys: Sequence[int]) -> list[int]:
        """Those of these keys whose thing goes by others as well."""
        ...

    def depths(self, keys: Sequence[int]) -> list[int | None]:
        """The depth of the thing with each key; None for what was not reached."""
        ...

    def levels(self, keys: Sequence[int]) -> list[int]:
        """The level of the thing with each key, which was reached (`lineage.levels`)."""
        ...

    def steps(self) -> list[tuple[int, dict[Kind, int]]]:
        """Each level that something beyond the seeds has, in order, with how many of what kind."""
        ...

    def unread(self, kinds: Collection[Kind]) -> list[int]:
        """All keys of things of these kinds that no name of was read, without outputs of jobs that were reached."""
        ...


__all__ = ["LARGE", "Chosen", "Spread"]
