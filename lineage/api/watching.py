"""Changes between two generations, read under the clock of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from lineage.changing import Changes, EdgeChange, NodeChange, NodeMark, ToldChange
from lineage.graph import Loose
from lineage.records import Gap

_PULSE: Final = 500
"""Changes between two looks at the clock."""
T = TypeVar("T")


class Watched:
    """A `changing.Changes` that calls `allow` now and then, which may end the request."""

    def __init__(self, changes: Changes, allow: Callable[[], None]) -> None:
        self._changes = changes
        self._allow = allow

    def node_marks(self) -> Iterator[NodeMark]:
        return self._watched(self._changes.node_marks())

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        self._allow()
        return self._changes.nodes(marks)

    def edges(self) -> Iterator[EdgeChange]:
        return self._watched(self._changes.edges())

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        return self._watched(self._changes.gaps())

    def loose(self) -> Iterator[ToldChange[Loose]]:
        return self._watched(self._changes.loose())

    def _watched(self, many: Iterable[T]) -> Iterator[T]:
        for place, one in enumerate(many):
            if place % _PULSE == 0:
                self._allow()
            yield one
