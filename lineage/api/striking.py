"""One impact while it is answered: what of it was asked for is read once, what was not is never read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lineage.answers import Header
from lineage.api.arguments import LineageFilter
from lineage.api.arranging import Answer
from lineage.api.lineages import Truncation, first_link, truncations
from lineage.api.session import RememberingView, Session
from lineage.graph import Direction, Node
from lineage.impact import Impact, Level, Tally, impact, level_of, tally, tally_of, work
from lineage.owners import NOBODY, Owner, Share, owners, shares
from lineage.suspects import Start
from lineage.traversal import Follow

LISTING = "impact"


class Struck:
    """The answer of one `impact` field. A `Ground`.

    Everything is read in one budget, taken when the question came. `number` is that of the generation.
    """

    def __init__(
        self,
        session: Session,
        view: RememberingView,
        starts: Sequence[Start],
        follow: Follow | None,
        max_depth: int | None,
        wanted: LineageFilter | None,
    ) -> None:
        self.session = session
        self.view = view
        self.starts = starts
        self.number = view.generation.number
        self._founds = tuple(found for start in starts for found in start.founds)
        self._cuts = tuple(cut for start in starts for cut in start.cuts)
        self._follow = follow
        self._wanted = wanted
        self._budget = session.budget(max_depth)

    @cached_property
    def whole(self) -> Impact:
        """The impact with its things and links."""
        told = impact(self.view, self._founds, self._budget, self._follow, self._cuts)
        self.session.visited += len(told.depth)
        return told

    @cached_property
    def tally(self) -> Tally:
        if "whole" in self.__dict__:
            return tally_of(self.whole)
        return tally(self.view, self._founds, self._budget, self._follow)

    @property
    def total(self) -> int:
        """How many things pass the filter."""
        wanted = self._wanted
        if wanted is not None and wanted.states:
            return len(self.shown)
        kinds = (wanted.kinds if wanted else None) or self.tally.counts
        return sum(self.tally.counts.get(kind, 0) for kind in set(kinds))

    @property
    def header(self) -> Header:
        return self.whole.header

    @property
    def nodes(self) -> dict[int, Node]:
        return self.whole.nodes

    @property
    def truncations(self) -> list[Truncation]:
        return truncations(self.header, self)

    @cached_property
    def shown(self) -> list[Node]:
        """The affected things that pass the filter, nearest first, then by reference."""
        wanted = self._wanted
        return [node for node in self.whole.all_affected if wanted is None or wanted.shows(node)]

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        return work(self.whole)

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        return shares(self.whole.all_affected, self._owners)

    def level(self, key: int) -> int:
        return self._level.get(key, 0)

    def owner(self, key: int) -> Owner:
        return self._owners.get(key, NOBODY)

    def first_link(self, key: int, cursor: str) -> dict[str, Any]:
        """What an edge tells of the link that reached a thing first."""
        return first_link(self._answer, key, cursor)

    @cached_property
    def _level(self) -> dict[int, int]:
        return level_of(self.whole)

    @cached_property
    def _owners(self) -> dict[int, Owner]:
        rows = [row.deployment for row in self.whole.deployments]
        nodes = {node.key: node for node in (*self.whole.all_affected, *rows)}
        return owners(self.view, list(nodes.values()))

    @cached_property
    def _answer(self) -> Answer:
        told = self.whole
        return Answer(
            Direction.DOWNSTREAM,
            self._founds,
            told.header,
            told.nodes,
            told.depth,
            told.edges,
            self.session,
            self.view,
            told.things,
        )
