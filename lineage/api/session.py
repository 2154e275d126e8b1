"""One request's hold on the index: its views, its memory and its budget.

A request opens each generation it reads once and keeps it until it is answered,
so all of an answer comes from the generation that it names. What was read is
remembered: a page of a hundred nodes that each ask for their upstream reads the
index once a level, not a hundred times (`Session.gather`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from lineage.api.remembering import Remembered
from lineage.api.watching import Watched
from lineage.changing import Changes
from lineage.errors import QueryTooSlow
from lineage.graph import Direction, Edge, Loose, LooseReason, Node, Relation
from lineage.ids import Kind
from lineage.ports import (
    Asked,
    Generation,
    Hits,
    Holding,
    Index,
    NodeFilter,
    Order,
    ScopeCoverage,
    Spell,
    Step,
    Unread,
    View,
)
from lineage.records import Gap, GapReason, Record
from lineage.traversal import Budget, Closure, Follow, closure, reach

MAX_NODES: Final = 200_000
"""Nodes that one request may visit over all its traversals; beyond it answers say `NODE_LIMIT`."""

SECONDS: Final = 10.0
"""Time that one request may spend before its traversals stop with `TIME_LIMIT`."""

GRACE: Final = 5.0
"""Seconds more until whatever still asks the index is ended with `query_too_slow`: counts, filtered lists."""

T = TypeVar("T")


class RememberingView:
    """A `ports.View` that never asks the index twice for the same node or the same links.

    `calls` counts how often the index was asked. `allow` is called before each asking and may end the request.
    """

    def __init__(self, view: View, allow: Callable[[], None]) -> None:
        self._view = view
        self._allow = allow
        self._nodes: dict[int, Node | None] = {}
        self._causes: dict[int, list[Edge]] = {}
        self._effects: dict[int, list[Edge]] = {}
        self._same: dict[int, list[Edge]] = {}
        self._loose: dict[int, list[Loose]] = {}
        self._coverage: list[ScopeCoverage] | None = None
        self._datastores: dict[str, str] | None = None
        self._guids: dict[str, str] | None = None
        self.calls = 0

    def _ask(self) -> None:
        self._allow()
        self.calls += 1

    @property
    def generation(self) -> Generation:
        return self._view.generation

    @property
    def unremembered(self) -> View:
        """The view below, for a pass over everything, which asks nothing twice."""
        self._ask()
        return self._view

    def causes(self, keys: Sequence[int]) -> list[Edge]:
        return self._linked(self._causes, keys, self._view.causes, lambda edge: (edge.effect,))

    def effects(self, keys: Sequence[int]) -> list[Edge]:
        return self._linked(self._effects, keys, self._view.effects, lambda edge: (edge.cause,))

    def same(self, keys: Sequence[int]) -> list[Edge]:
        found = self._linked(self._same, keys, self._view.same, lambda edge: (edge.effect, edge.cause))
        return list(dict.fromkeys(found))

    def closure(
        self,
        seeds: Sequence[int],
        direction: Direction,
        budget: Budget | None = None,
        path: str = "",
        follow: Follow | None = None,
    ) -> Closure | None:
        """What the view below offers; see `traversal.Closing`."""
        self._ask()
        return closure(self._view, seeds, direction, budget, path, follow)

    def nodes(self, keys: Sequence[int]) -> dict[int, Node]:
        known = self._nodes
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            self._ask()
            read = self._view.nodes(missing)
            for key in missing:
                known[key] = read.get(key)
        return {key: node for key in keys if (node := known[key]) is not None}

    def list_nodes(self, wanted: NodeFilter, after: str = "", limit: int = 100) -> list[Node]:
        self._ask()
        listed = self._view.list_nodes(wanted, after, limit)
        for node in listed:
            self._nodes[node.key] = node
        return listed

    def page_nodes(self, kind: Kind, wanted: NodeFilter, order: Order, after: Node | None, limit: int) -> list[Node]:
        self._ask()
        listed = self._view.page_nodes(kind, wanted, order, after, limit)
        for node in listed:
            self._nodes[node.key] = node
        return listed

    def count_nodes(self, wanted: NodeFilter) -> int:
        self._ask()
        return self._view.count_nodes(wanted)

    def keys(self, wanted: NodeFilter) -> list[int]:
        self._ask()
        return self._view.keys(wanted)

    def steps(self, keys: Sequence[int], relations: Collection[Relation]) -> list[Step]:
        self._ask()
        return self._view.steps(keys, relations)

    def reason_counts(self) -> tuple[dict[GapReason, int], dict[LooseReason, int]]:
        self._ask()
        return self._view.reason_counts()

    def under(self, place: str, limit: int) -> list[Node]:
        self._ask()
        return self._view.under(place, limit)

    def starting(self, place: str, limit: int) -> list[Node]:
        self._ask()
        return self._view.starting(place, limit)

    def holding(self, kind: Kind, said: str, limit: int) -> list[Node]:
        self._ask()
        return self._view.holding(kind, said, limit)

    def records(self, subject: str) -> list[Record]:
        self._ask()
        return self._view.records(subject)

    def records_of(self, keys: Sequence[int]) -> dict[int, list[Record]]:
        self._ask()
        return self._view.records_of(keys)

    def gaps(self, subject: str | None = None, limit: int = 1000, reason: GapReason | None = None) -> list[Gap]:
        self._ask()
        return self._view.gaps(subject, limit, reason)

    def gaps_of(self, keys: Sequence[int]) -> dict[int, list[Gap]]:
        self._ask()
        return self._view.gaps_of(keys)

    def loose_of(self, keys: Sequence[int]) -> dict[int, list[Loose]]:
        missing = [key for key in dict.fromkeys(keys) if key not in self._loose]
        if missing:
            self._ask()
            found = self._view.loose_of(missing)
            self._loose.update((key, found.get(key, [])) for key in missing)
        return {key: ends for key in keys if (ends := self._loose[key])}

    def gap_spells(self) -> Iterator[Spell[Gap]]:
        self._ask()
        return self._view.gap_spells()

    def loose_spells(self) -> Iterator[Spell[Loose]]:
        self._ask()
        return self._view.loose_spells()

    def loose(self, record: str | None = None, limit: int = 1000, reason: LooseReason | None = None) -> list[Loose]:
        self._ask()
        return self._view.loose(record, limit, reason)

    def changes_from(self, number: int, among: Sequence[int] | None = None) -> Changes:
        self._ask()
        return Watched(self._view.changes_from(number, among), self._allow)

    def coverage(self) -> list[ScopeCoverage]:
        if self._coverage is None:
            self._ask()
            self._coverage = self._view.coverage()
        return self._coverage

    def holdings(self) -> Iterator[Holding]:
        self._ask()
        return self._view.holdings()

    def most_used(self, kinds: Sequence[Kind], limit: int) -> list[tuple[int, int]]:
        self._ask()
        return self._view.most_used(kinds, limit)

    def unread(self) -> Iterator[Unread]:
        self._ask()
        return self._view.unread()

    def search(self, wanted: Asked, limit: int) -> Hits:
        self._ask()
        return self._view.search(wanted, limit)

    def datastores(self) -> dict[str, str]:
        if self._datastores is None:
            self._ask()
            self._datastores = self._view.datastores()
        return self._datastores

    def workspace_guids(self) -> dict[str, str]:
        if self._guids is None:
            self._ask()
            self._guids = self._view.workspace_guids()
        return self._guids

    def _linked(
        self,
        known: dict[int, list[Edge]],
        keys: Sequence[int],
        read: Callable[[Sequence[int]], Iterable[Edge]],
        ends: Callable[[Edge], tuple[int, ...]],
    ) -> list[Edge]:
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            self._ask()
            found: dict[int, list[Edge]] = {key: [] for key in missing}
            for edge in read(missing):
                for end in set(ends(edge)) & found.keys():
                    found[end].append(edge)
            known.update(found)
        return [edge for key in keys for edge in known[key]]


class Impatient(BaseException):
    """Whoever waits for the answer will wait no longer. Not an Exception, so that no resolver's error is made of it."""


class Session:
    """What the resolvers of one request share. Use it as a context manager, in one thread.

    `max_nodes` and `seconds` bound the request as a whole; `clock` is monotonic, in seconds. Past `patience` seconds,
    or once `gone` says that nobody waits for the answer, whatever asks the index next raises Impatient.
    """

    def __init__(
        self,
        index: Index,
        *,
        max_nodes: int = MAX_NODES,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
        patience: float = float("inf"),
        gone: Callable[[], bool] | None = None,
    ) -> None:
        self.index = index
        self.visited = 0
        self._max_nodes = max_nodes
        self._clock = clock
        now = clock()
        self._deadline = now + seconds
        self._patience = now + patience
        self._gone = gone
        self._open = ExitStack()
        self._views: dict[int, RememberingView] = {}
        self._named: dict[int | str | None, RememberingView] = {}
        self.answers: Remembered[Any, Any] | None = None
        """What earlier requests of the same asker were answered, where pages of one answer are cut from one walk."""
        self.totals: Remembered[Any, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def calls(self) -> int:
        """How often the index was asked, over all views."""
        return sum(view.calls for view in self._views.values())

    def view(self, as_of: int | str | None = None) -> RememberingView:
        """The view of a generation, opened at the first asking; None is the newest as of then.

        Raises UnknownReference when there is no such generation.
        """
        if as_of in self._named:
            return self._named[as_of]
        if isinstance(as_of, int) and as_of in self._views:
            return self._views[as_of]
        opened = self._open.enter_context(self.index.view(as_of))
        number = opened.generation.number
        self._named[as_of] = self._views.setdefault(number, RememberingView(opened, self._allow))
        return self._named[as_of]

    def kept(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` makes; what it made for an earlier request with this key, where such are kept."""
        return make() if self.answers is None else self.answers.made(key, make)

    def total(self, view: RememberingView, of: Hashable, count: Callable[[], int | None]) -> int | None:
        """How many things a list has over all its pages: counted once for a generation, whoever asks.

        of: which list, with all that it is filtered by. None when `count` ran out of time, which is not remembered.
        """
        if self.totals is None:
            return count()
        key = (view.generation.number, view.generation.digest, of)
        total = self.totals.get(key)
        if total is None and (total := count()) is not None:
            self.totals.put(key, total)
        return total

    def expired(self) -> bool:
        return self._now() > self._deadline

    def _now(self) -> float:
        now = self._clock()
        if now > self._patience or (self._gone is not None and self._gone()):
            raise Impatient
        return now

    def _allow(self) -> None:
        if self._now() > self._deadline + GRACE:
            raise QueryTooSlow(
                "the request ran out of time", "narrow the filter, ask for a smaller page, or leave counts out"
            )

    def budget(self, max_depth: int | None) -> Budget:
        """What the next traversal may still spend."""
        return Budget(max_depth, max(1, self._max_nodes - self.visited), self.expired)

    def gather(
        self,
        view: RememberingView,
        seeds: Sequence[int],
        direction: Direction,
        max_depth: int | None,
        follow: Follow | None = None,
    ) -> None:
        """Read ahead, together, what traversals from each of `seeds` will ask for one by one.

        A joint search visits everything that the single ones visit, at no greater depth, so afterwards
        they find every link in the view's memory. It costs one call of the index a level.
        """
        reached = reach(view, seeds, direction, self.budget(max_depth), follow=follow)
        view.nodes(list(reached.depth))
        if direction is Direction.UPSTREAM:
            view.loose_of(list(reached.depth))
