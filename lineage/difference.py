"""What changed between two times: things, links, gaps and loose ends that came, went or say something else now.

    told = difference(then, now)                what changed in everything that the index holds
    told = difference(then, now, of=reference)  what changed in the lineage of one thing

Counts come first; what changed is read from the history as it is paged through, and never held whole. Of the lineage
of one thing both lineages are read: what was believed of it then, and what is believed now.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec

from lineage import answers, ids, lookup
from lineage.answers import Header
from lineage.changing import (
    Change,
    Changes,
    EdgeChange,
    NodeChange,
    NodeMark,
    ToldChange,
    gap_says,
    paired,
    paired_ends,
)
from lineage.errors import UnknownReference
from lineage.graph import Direction, Edge, Loose, LooseReason, Node, Relation
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import Generation, Index, View
from lineage.records import Gap, GapReason
from lineage.trace import Trace, trace
from lineage.traversal import Budget

T = TypeVar("T")


class Wanted(msgspec.Struct, frozen=True):
    """Which changes are shown; every field narrows, empty is any.

    kinds: of the thing, of a link's effect. relations: of links. scope: workspace or registry of the thing, of a
    link's effect, of what a gap or a loose end is about. text: case-insensitive part of its canonical text.
    """

    changes: tuple[Change, ...] = ()
    kinds: tuple[Kind, ...] = ()
    relations: tuple[Relation, ...] = ()
    scope: str = ""
    text: str = ""

    def _names(self, text: str) -> bool:
        return (not self.scope or text == self.scope or text.startswith(self.scope + "/")) and (
            self.text.lower() in text.lower()
        )

    def node(self, mark: NodeMark) -> bool:
        return (
            (not self.changes or mark.change in self.changes)
            and (not self.kinds or mark.before in self.kinds or mark.after in self.kinds)
            and self._names(mark.text)
        )

    def edge(self, change: EdgeChange) -> bool:
        return (
            (not self.changes or change.change in self.changes)
            and (not self.kinds or change.kind in self.kinds)
            and (not self.relations or change.edge.relation in self.relations)
            and self._names(change.effect)
        )

    def told(self, change: ToldChange[Any], about: str) -> bool:
        return (not self.changes or change.change in self.changes) and self._names(about)


class Brought(msgspec.Struct, frozen=True):
    """What one generation, and so one crawl, brought of all that changed: how many of each."""

    generation: Generation
    nodes: int
    edges: int
    gaps: int
    loose: int


class Counts(msgspec.Struct, frozen=True):
    """How many changes there are of each sort; every table has the largest number first."""

    nodes: dict[tuple[Kind, Change], int]
    edges: dict[tuple[Relation, Change], int]
    gaps: dict[tuple[GapReason, Change], int]
    loose: dict[tuple[LooseReason, Change], int]
    generations: dict[int, Brought]


class Difference(msgspec.Struct, frozen=True):
    """From the generation `before` to the generation `after`, which may be the earlier one.

    header: of both sides. changes: read it for what changed. of: the thing whose lineage this is, by the name that
    both sides know it by; None for everything. known: whether each side knows the thing.
    """

    before: Generation
    after: Generation
    header: Header
    changes: Changes
    of: Node | None = None
    known: tuple[bool, bool] = (True, True)


def difference(
    then: View,
    now: View,
    of: str | None = None,
    scope: ids.Scope | None = None,
    budget: Budget | None = None,
) -> Difference:
    """What changed from `then` to `now`; in the lineage of `of` when that is given, a reference in any spelling.

    Raises what `lookup.find` raises when neither side knows the thing.
    """
    one, other = then.generation, now.generation
    if of is not None:
        return _of(then, now, of, scope, budget)
    heads = [answers.header(view, (), (), Direction.DOWNSTREAM) for view in (then, now)]
    later, earlier = (now, one) if other.number >= one.number else (then, other)
    changes: Changes = later.changes_from(earlier.number)
    if later is then:
        changes = Turned(changes)
    return Difference(one, other, answers.joined(*heads), changes)


def counted(changes: Changes, index: Index) -> Counts:
    """Everything that changed, counted. One reading of all of it."""
    nodes: Counter[tuple[Kind, Change]] = Counter()
    edges: Counter[tuple[Relation, Change]] = Counter()
    gaps: Counter[tuple[GapReason, Change]] = Counter()
    loose: Counter[tuple[LooseReason, Change]] = Counter()
    brought: dict[int, list[int]] = {}

    def note(number: int, sort: int) -> None:
        brought.setdefault(number, [0, 0, 0, 0])[sort] += 1

    for mark in changes.node_marks():
        nodes[mark.kind, mark.change] += 1
        note(mark.generation, 0)
    for edge in changes.edges():
        edges[edge.edge.relation, edge.change] += 1
        note(edge.generation, 1)
    for gap in changes.gaps():
        gaps[gap.told.reason, gap.change] += 1
        note(gap.generation, 2)
    for end in changes.loose():
        loose[end.told.reason, end.change] += 1
        note(end.generation, 3)
    generations = {one.number: one for one in index.generations()} if brought else {}
    return Counts(
        _most(nodes),
        _most(edges),
        _most(gaps),
        _most(loose),
        {number: Brought(generations[number], *brought[number]) for number in sorted(brought) if number in generations},
    )


def nodes(changes: Changes, wanted: Wanted, skip: int, limit: int) -> tuple[int, list[NodeChange]]:
    """How many nodes pass, and those from the `skip`-th on, at most `limit`."""
    total, page = _page((mark for mark in changes.node_marks() if wanted.node(mark)), skip, limit)
    return total, changes.nodes(page)


def edges(changes: Changes, wanted: Wanted, skip: int, limit: int) -> tuple[int, list[EdgeChange]]:
    """As `nodes`, of links."""
    return _page((one for one in changes.edges() if wanted.edge(one)), skip, limit)


def gaps(changes: Changes, wanted: Wanted, skip: int, limit: int) -> tuple[int, list[ToldChange[Gap]]]:
    """As `nodes`, of gaps."""
    return _page((one for one in changes.gaps() if wanted.told(one, one.told.subject)), skip, limit)


def loose(changes: Changes, wanted: Wanted, skip: int, limit: int) -> tuple[int, list[ToldChange[Loose]]]:
    """As `nodes`, of loose ends."""
    return _page((one for one in changes.loose() if wanted.told(one, one.told.record)), skip, limit)


def facts_changed(change: NodeChange) -> list[tuple[str, Any, Any]]:
    """What a node says otherwise: `state`, `reason`, `remedy`, `seenAs` or a fact, with both values; None for none."""
    before, after = change.before, change.after
    if before is None or after is None:
        return []
    told: list[tuple[str, Any, Any]] = [
        (name, one or None, other or None)
        for name, one, other in (
            ("kind", before.kind.value, after.kind.value),
            ("state", before.state.value, after.state.value),
            ("reason", before.reason, after.reason),
            ("remedy", before.remedy, after.remedy),
            ("seenAs", before.seen, after.seen),
        )
        if one != other
    ]
    names = sorted(before.facts.keys() | after.facts.keys())
    pairs = ((name, before.facts.get(name), after.facts.get(name)) for name in names)
    return told + [(name, one, other) for name, one, other in pairs if one != other]


class Turned:
    """Changes the other way round: from the later generation to the earlier one. A `Changes`."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def node_marks(self) -> Iterator[NodeMark]:
        for mark in self._changes.node_marks():
            yield mark._replace(before=mark.after, after=mark.before, rows=(mark.rows[1], mark.rows[0]))

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        back = [
            mark._replace(before=mark.after, after=mark.before, rows=(mark.rows[1], mark.rows[0])) for mark in marks
        ]
        return [NodeChange(one.after, one.before, one.generation) for one in self._changes.nodes(back)]

    def edges(self) -> Iterator[EdgeChange]:
        return map(_turned, self._changes.edges())

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        return map(_turned, self._changes.gaps())

    def loose(self) -> Iterator[ToldChange[Loose]]:
        return map(_turned, self._changes.loose())


One = TypeVar("One", EdgeChange, ToldChange[Gap], ToldChange[Loose])


def _turned(one: One) -> One:
    return msgspec.structs.replace(one, before=one.after, after=one.before)


class Side(msgspec.Struct, frozen=True):
    """The lineage of a thing on one side; empty where the thing is not known."""

    view: View
    told: Trace | None

    @property
    def nodes(self) -> Mapping[int, Node]:
        return self.told.nodes if self.told is not None else {}

    @property
    def edges(self) -> Sequence[Edge]:
        return self.told.edges if self.told is not None else ()


def _of(then: View, now: View, of: str, scope: ids.Scope | None, budget: Budget | None) -> Difference:
    founds: list[Found | None] = [None, None]
    missing: UnknownReference | None = None
    for place, view in ((1, now), (0, then)):
        known = founds[1]
        try:
            # A label may mean another version on each side; the thing that is meant is the later side's.
            founds[place] = lookup.find(view, of if known is None else known.node.text, scope)
        except UnknownReference as error:
            missing = missing or error
    found = founds[1] or founds[0]
    if found is None:
        assert missing is not None
        raise missing
    sides = [
        Side(view, trace(view, one, budget) if one is not None else None)
        for view, one in zip((then, now), founds, strict=True)
    ]
    heads = [
        side.told.header if side.told is not None else answers.header(side.view, (), (), Direction.UPSTREAM)
        for side in sides
    ]
    swapped = now.generation.number < then.generation.number
    earlier, later = (sides[1], sides[0]) if swapped else (sides[0], sides[1])
    changes: Changes = LineageChanges(earlier, later)
    if swapped:
        changes = Turned(changes)
    both = (founds[0] is not None, founds[1] is not None)
    return Difference(then.generation, now.generation, answers.joined(*heads), changes, found.node, both)


_NEVER: Final = math.inf


class LineageChanges:
    """What changed in the lineage of one thing. A `Changes`.

    What came into the lineage came with the generation that completed the way to it, and what left it left with the
    one that broke the last way, even where the thing itself is as it was.
    """

    def __init__(self, then: Side, now: Side) -> None:
        self._then = then
        self._now = now
        keys = list({**then.nodes, **now.nodes})
        history = now.view.changes_from(then.view.generation.number, keys)
        self._restated = {mark.text: mark.generation for mark in history.node_marks()}
        self._relinked = {_place(one.edge): one.generation for one in history.edges() if one.after is None}
        self._retold = {_about(gap): gap.generation for gap in history.gaps()}
        self._retold |= {_about(end): end.generation for end in history.loose()}
        self._entered = _ways(now, lambda edge: edge.since)
        self._left = _ways(then, lambda edge: -self._relinked.get(_place(edge), _NEVER))

    def node_marks(self) -> Iterator[NodeMark]:
        then, now = self._then.nodes, self._now.nodes
        for key in sorted(then.keys() | now.keys(), key=lambda key: (now.get(key) or then[key]).text):
            before, after = then.get(key), now.get(key)
            if before == after:
                continue
            text = (after or then[key]).text
            number = self._number(key, before, after, self._restated.get(text))
            kinds = [one.kind if one is not None else None for one in (before, after)]
            yield NodeMark(text, kinds[0], kinds[1], number, (key, key))

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        then, now = self._then.nodes, self._now.nodes
        return [NodeChange(then.get(mark.rows[0]), now.get(mark.rows[1]), mark.generation) for mark in marks]

    def edges(self) -> Iterator[EdgeChange]:
        named = {**self._then.nodes, **self._now.nodes}
        sides = [_between(side.edges) for side in (self._then, self._now)]
        places = [place for place in sides[0].keys() | sides[1].keys() if place[0] in named]
        for place in sorted(places, key=lambda place: (named[place[0]].text, *place[1:])):
            effect = named[place[0]]
            for before, after in paired(sides[0].get(place, []), sides[1].get(place, [])):
                if after is not None:
                    own = after.since
                    number = own if before is not None else max(own, self._number(effect.key, None, after, None))
                else:
                    gone = self._relinked.get(_place(before)) if before is not None else None
                    number = min(filter(None, (gone, self._number(effect.key, before, None, gone))))
                yield EdgeChange(effect.text, effect.kind, before, after, number)

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        sides = [
            {(gap.subject, gap.kind): gap for told in side.view.gaps_of(list(side.nodes)).values() for gap in told}
            for side in (self._then, self._now)
        ]
        for place in sorted(sides[0].keys() | sides[1].keys()):
            before, after = (side.get(place) for side in sides)
            if before is None or after is None or gap_says(before) != gap_says(after):
                yield self._told(ids.key(place[0]), ToldChange(before, after, "", 0))

    def loose(self) -> Iterator[ToldChange[Loose]]:
        sides = [side.told.loose if side.told is not None else {} for side in (self._then, self._now)]
        named = {**self._then.nodes, **self._now.nodes}
        for key in sorted(sides[0].keys() | sides[1].keys(), key=lambda key: named[key].text):
            for before, after in paired_ends(sides[0].get(key, ()), sides[1].get(key, ())):
                yield self._told(key, ToldChange(before, after, "", 0))

    def _told(self, key: int, one: ToldChange[Any]) -> ToldChange[Any]:
        number = self._number(key, one.before, one.after, self._retold.get(_about(one)))
        return msgspec.structs.replace(one, generation=number)

    def _number(self, key: int, before: object, after: object, own: int | None) -> int:
        """The generation that brought a change: that of the thing's own history, else that of the way to it."""
        first, last = self._then.view.generation.number, self._now.view.generation.number
        if before is not None and after is not None:
            return own or last
        way = self._entered.get(key) if before is None else -self._left.get(key, -_NEVER)
        told = [number for number in (own, way) if number is not None and first < number <= last]
        return int(max(told) if before is None else min(told)) if told else last


def _place(edge: Edge | None) -> tuple[Any, ...]:
    assert edge is not None
    told = edge.evidence
    return edge.effect, edge.relation, edge.cause, edge.name, edge.path, told.record, told.record_kind, told.field


def _about(one: ToldChange[Any]) -> tuple[str, ...]:
    told = one.told
    if isinstance(told, Gap):
        return told.subject, told.kind
    return told.record, told.record_kind, told.field, told.value


def _between(edges: Iterable[Edge]) -> dict[tuple[int, str, int], list[Edge]]:
    groups: dict[tuple[int, str, int], list[Edge]] = {}
    for edge in edges:
        groups.setdefault((edge.effect, edge.relation, edge.cause), []).append(edge)
    return groups


def _ways(side: Side, weight: Callable[[Edge], float]) -> dict[int, float]:
    """Of everything in a lineage the smallest possible largest weight on a way to it."""
    if side.told is None:
        return {}
    steps: dict[int, list[tuple[int, float]]] = {}
    for edge in side.edges:
        heavy = weight(edge)
        steps.setdefault(edge.effect, []).append((edge.cause, heavy))
        if edge.relation is Relation.SAME_AS:
            steps.setdefault(edge.cause, []).append((edge.effect, heavy))
    best: dict[int, float] = {}
    waiting = [(-_NEVER, key) for key in side.told.found.seeds]
    heapq.heapify(waiting)
    while waiting:
        heavy, key = heapq.heappop(waiting)
        if key in best:
            continue
        best[key] = heavy
        for there, more in steps.get(key, ()):
            if there not in best:
                heapq.heappush(waiting, (max(heavy, more), there))
    return best


def _page(many: Iterable[T], skip: int, limit: int) -> tuple[int, list[T]]:
    total, page = 0, []
    for one in many:
        if skip <= total < skip + limit:
            page.append(one)
        total += 1
    return total, page


def _most(told: Counter[T]) -> dict[T, int]:
    return dict(sorted(told.items(), key=lambda item: (-item[1], str(item[0]))))
