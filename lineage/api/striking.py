"""One impact while it is answered: what of it was asked for is read once, what was not is never read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from lineage.answers import Header
from lineage.api.arguments import LineageFilter
from lineage.api.arranging import Answer, Told, told_in_order
from lineage.api.cuts import Truncation, truncations
from lineage.api.links import first_link
from lineage.api.session import RememberingView, Session
from lineage.api.widening import WideAnswer, widened
from lineage.graph import Direction, Node
from lineage.ids import Kind
from lineage.impact import Impact, Served, impact, level_of, tally, tally_of, work
from lineage.owners import NOBODY, Owner, owners, shares
from lineage.suspects import Start
from lineage.traversal import Follow
from lineage.wide import Wide

LISTING = "impact"


class Some(msgspec.Struct, frozen=True):
    """Affected things that belong together: at one level, or of one owner.

    number: of the level, or of the owner among the owners. name: of the owner.
    """

    number: int
    name: str
    counts: Mapping[Kind, int]
    things: Sequence[Node]


class Struck:
    """The answer of one `impact` field. A `Ground`.

    Everything is read in one budget, taken when the question came. `number` is that of the generation. What is too
    large to be read as a whole is told over arrays (`wide`), else `whole` is.
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
        self._max_depth = max_depth
        self._wanted = wanted
        self._budget = session.budget(max_depth)
        self._whose: dict[int, Owner] = {}

    @cached_property
    def wide(self) -> Wide | None:
        """The impact over arrays, when it is large."""
        return widened(self.session, self.view, self._founds, self._max_depth, self._follow, self._cuts)

    @cached_property
    def whole(self) -> Impact:
        """The impact with its things and links."""
        told = impact(self.view, self._founds, self._budget, self._follow, self._cuts)
        self.session.visited += len(told.depth)
        return told

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        if self.wide is not None:
            return self.wide.counts
        if "whole" in self.__dict__:
            return tally_of(self.whole).counts
        return tally(self.view, self._founds, self._budget, self._follow).counts

    @property
    def total(self) -> int:
        """How many things pass the filter."""
        wanted = self._wanted
        if wanted is not None and wanted.states:
            return len(self.shown)
        kinds = (wanted.kinds if wanted else None) or self.counts
        return sum(self.counts.get(kind, 0) for kind in set(kinds))

    @cached_property
    def header(self) -> Header:
        return self.whole.header if self.wide is None else self.wide.header()

    @property
    def nodes(self) -> Mapping[int, Node]:
        return self.whole.nodes if self.wide is None else {}

    @property
    def truncations(self) -> list[Truncation]:
        return truncations(self.header, self)

    @cached_property
    def shown(self) -> Sequence[Node]:
        """The affected things that pass the filter, in the order of pages."""
        wanted = self._wanted
        if self.wide is None:
            return [node for node in self._affected if wanted is None or wanted.shows(node)]
        return self.wide.rows(wanted.kinds or (), wanted.states or ()) if wanted is not None else self.wide.rows()

    @cached_property
    def levels(self) -> list[Some]:
        """The list of work, what to fix first first."""
        wide = self.wide
        if wide is None:
            return [Some(one.number, "", one.counts, self._ordered(one.things)) for one in work(self.whole)]
        return [Some(number, "", counts, wide.rows(level=number)) for number, counts in wide.levels()]

    @cached_property
    def owners(self) -> list[Some]:
        """What is whose, those with the most first, nobody last."""
        wide = self.wide
        if wide is not None:
            return [Some(at, part.name, part.counts, wide.owned(part)) for at, part in enumerate(wide.owners())]
        nodes = self.whole.nodes
        self._learn(self._affected)
        told = shares(self._affected, self._whose)
        return [Some(at, share.name, share.counts, [nodes[key] for key in share.keys]) for at, share in enumerate(told)]

    @cached_property
    def deployments(self) -> Sequence[Served]:
        return self.whole.deployments if self.wide is None else self.wide.deployments()

    @property
    def endpoints(self) -> int:
        return self.whole.endpoints if self.wide is None else self.wide.deployments().endpoints

    def read(self, nodes: Sequence[Node]) -> None:
        """Take note of a page, before anything of its things is asked."""
        self._answer.read(nodes)
        self._learn(nodes)

    def level(self, key: int) -> int:
        if self.wide is not None:
            return next(iter(self.wide.spread.levels((key,))), 0)
        return self._level.get(key, 0)

    def owner(self, key: int) -> Owner:
        return self._whose.get(key, NOBODY)

    def first_link(self, key: int, cursor: str) -> dict[str, Any]:
        """What an edge tells of the link that reached a thing first."""
        return first_link(self._answer, key, cursor)

    @cached_property
    def _affected(self) -> list[Node]:
        return self._ordered(self.whole.all_affected)

    def _ordered(self, nodes: Sequence[Node]) -> list[Node]:
        return told_in_order(nodes, self.whole.depth, self.whole.things, len(self.whole.depth))

    def _learn(self, nodes: Sequence[Node]) -> None:
        unknown = [node for node in nodes if node.key not in self._whose]
        if unknown:
            self._whose.update(owners(self.view, unknown))

    @cached_property
    def _level(self) -> dict[int, int]:
        return level_of(self.whole)

    @cached_property
    def _answer(self) -> Told:
        if self.wide is not None:
            return WideAnswer(self.session, self.view, self.wide)
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
