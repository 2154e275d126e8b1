"""What changed between two times: things, links, gaps and loose ends that came, went or say something else now.

    told = difference(then, now)                what changed in everything that the index holds
    told = difference(then, now, of=reference)  what changed in the lineage of one thing

Counts come first; what changed is read from the history as it is paged through, and never held whole. Of the lineage
of one thing both lineages are read: what was believed of it then, and what is believed now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

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
)
from lineage.errors import UnknownReference
from lineage.graph import Direction, Loose, LooseReason, Node, Relation
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import Generation, Index, View
from lineage.records import Gap, GapReason
from lineage.retraced import LineageChanges, Side
from lineage.trace import trace
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
    both sides know it by; None for everything. known: whether each side knows the thing. reached: things in both
    lineages together.
    """

    before: Generation
    after: Generation
    header: Header
    changes: Changes
    of: Node | None = None
    known: tuple[bool, bool] = (True, True)
    reached: int = 0


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
    reached = sum(len(side.nodes) for side in sides)
    return Difference(then.generation, now.generation, answers.joined(*heads), changes, found.node, both, reached)


def _page(many: Iterable[T], skip: int, limit: int) -> tuple[int, list[T]]:
    total, page = 0, []
    for one in many:
        if skip <= total < skip + limit:
            page.append(one)
        total += 1
    return total, page


def _most(told: Counter[T]) -> dict[T, int]:
    return dict(sorted(told.items(), key=lambda item: (-item[1], str(item[0]))))
