"""Answers too large to be read as a whole, told by the page over arrays in memory (`lineage.wide`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from lineage import graph
from lineage.answers import Header
from lineage.api.arguments import LineageFilter
from lineage.api.arranging import Step
from lineage.api.session import RememberingView, Session
from lineage.graph import Direction, Loose
from lineage.ids import Kind
from lineage.impact import by_path
from lineage.lookup import Found
from lineage.spread import LARGE
from lineage.traversal import Budget, Follow, Truncation
from lineage.wide import Rows, Wide

MAX_WIDE: Final = 5_000_000
"""Things that one answer over arrays may hold. None of them is visited until a page shows it."""


def widened(
    session: Session,
    view: RememberingView,
    founds: Sequence[Found],
    max_depth: int | None,
    follow: Follow | None,
    cuts: Sequence[Truncation] = (),
) -> Wide | None:
    """The impact of `founds` over arrays; None when it is small, or the generation is not held in memory."""
    groups = by_path(founds)
    if len(groups) != 1:
        return None
    ((path, seeds),) = groups.items()
    closure = view.closure(seeds, Direction.DOWNSTREAM, Budget(max_depth, MAX_WIDE, session.expired), path, follow)
    if closure is None or len(closure) <= LARGE:
        return None
    return Wide(view, founds, closure, follow, path, cuts, lambda: view.unremembered)


class WideAnswer:
    """A large answer as connections tell it. An `arranging.Told`."""

    direction = Direction.DOWNSTREAM

    def __init__(self, session: Session, view: RememberingView, wide: Wide) -> None:
        self.session = session
        self.view = view
        self.wide = wide
        self.nodes: Mapping[int, graph.Node] = {}
        self.loose: Mapping[int, Sequence[Loose]] = {}
        self._waiting: dict[int, graph.Node] = {}
        self._steps: dict[int, list[Step]] = {}

    @cached_property
    def header(self) -> Header:
        return self.wide.header()

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        return self.wide.counts

    def rows(self, wanted: LineageFilter | None) -> Rows:
        """What `downstream` shows: what the question spans beside what was asked as well."""
        kinds, states = (wanted.kinds or (), wanted.states or ()) if wanted is not None else ((), ())
        return self.wide.rows(kinds, states, seeds=True)

    def read(self, nodes: Sequence[graph.Node]) -> None:
        self.session.visited += len(nodes)
        self._waiting.update((node.key, node) for node in nodes if node.key not in self._steps)

    def depth(self, key: int) -> int:
        return self.wide.spread.depths((key,))[0] or 0

    def steps(self, key: int) -> list[Step]:
        if key not in self._steps:
            # All of the page at once.
            for one, steps in self.wide.links(list(self._waiting.values())).items():
                self._steps[one] = [Step(near, edge) for near, edge in steps]
            self._waiting.clear()
        return self._steps.get(key, [])
