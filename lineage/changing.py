"""What came, went and changed between two generations: the words of it, and one definition of it.

A thing is the same thing by its name, a link by its ends, relation, name, path and the field that it was read from, a
gap by what was asked for and whose crawl asked, a loose end by the place in the record. What is the same and says
something else has changed. `compared` is the definition, over everything that two generations hold; an index reads
the same off its history without looking at what has not changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import zip_longest
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from lineage.graph import Edge, Loose, Node
from lineage.ids import Kind
from lineage.records import Gap

Told = TypeVar("Told", Gap, Loose)


class Change(StrEnum):
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    CHANGED = "CHANGED"


class NodeMark(NamedTuple):
    """That a node changed, without what it says. before, after: its kind on each side, None where it is not there.

    generation: the one that made it what it is on the later side. rows: where what it says is read.
    """

    text: str
    before: Kind | None
    after: Kind | None
    generation: int
    rows: tuple[int, int]

    @property
    def change(self) -> Change:
        return change_of(self.before, self.after)

    @property
    def kind(self) -> Kind:
        kind = self.before if self.after is None else self.after
        assert kind is not None
        return kind


class NodeChange(msgspec.Struct, frozen=True):
    """A node on both sides; None where it is not there. generation: as in `NodeMark`."""

    before: Node | None
    after: Node | None
    generation: int

    @property
    def change(self) -> Change:
        return change_of(self.before, self.after)


class EdgeChange(msgspec.Struct, frozen=True):
    """A link on both sides. effect, kind: canonical text and kind of its effect. generation: as in `NodeMark`."""

    effect: str
    kind: Kind
    before: Edge | None
    after: Edge | None
    generation: int

    @property
    def change(self) -> Change:
        return change_of(self.before, self.after)

    @property
    def edge(self) -> Edge:
        """As it is on the later side, else as it was."""
        edge = self.before if self.after is None else self.after
        assert edge is not None
        return edge


class ToldChange(msgspec.Struct, Generic[Told], frozen=True):
    """A gap or a loose end on both sides. root: the crawl that met it, '' for a loose end. generation: as above."""

    before: Told | None
    after: Told | None
    root: str
    generation: int

    @property
    def change(self) -> Change:
        return change_of(self.before, self.after)

    @property
    def told(self) -> Told:
        """As it is on the later side, else as it was."""
        told = self.before if self.after is None else self.after
        assert told is not None
        return told


class Changes(Protocol):
    """Everything that differs between two generations, read as it is taken.

    Reading takes time in proportion to what changed between them, and hardly any memory.
    """

    def node_marks(self) -> Iterator[NodeMark]:
        """In order of canonical text."""
        ...

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        """What these nodes say on both sides, in the order of `marks`."""
        ...

    def edges(self) -> Iterator[EdgeChange]:
        """In order of the effect's canonical text, then relation, then cause."""
        ...

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        """By subject, in an order of its own that is always the same."""
        ...

    def loose(self) -> Iterator[ToldChange[Loose]]:
        """By record, in an order of its own that is always the same."""
        ...


def change_of(before: object, after: object) -> Change:
    if before is None:
        return Change.ADDED
    return Change.REMOVED if after is None else Change.CHANGED


def edge_name(edge: Edge) -> tuple[str, ...]:
    """What makes it this link among those of one relation between the same things."""
    told = edge.evidence
    return edge.name, edge.path, told.record, told.record_kind, told.field


def edge_says(edge: Edge) -> tuple[str, str, int, str]:
    """What of a link may change while it stays this link."""
    return edge.certainty.value, edge.derivation.value, edge.rank, edge.evidence.value


def loose_name(end: Loose) -> tuple[str, ...]:
    return end.record, end.record_kind, end.field, end.value


def gap_says(gap: Gap) -> tuple[object, ...]:
    """What of a gap may change: not its wording, which may name a request."""
    return gap.scope, gap.reason, gap.status


def paired(before: Sequence[Edge], after: Sequence[Edge]) -> Iterator[tuple[Edge | None, Edge | None]]:
    """Links of one relation between the same two things, those that say the same on both sides left out."""
    return _paired(before, after, edge_name, edge_says)


def paired_ends(before: Sequence[Loose], after: Sequence[Loose]) -> Iterator[tuple[Loose | None, Loose | None]]:
    """Loose ends of one record, those that say the same on both sides left out."""
    return _paired(before, after, loose_name, lambda end: (end.reason.value,))


One = TypeVar("One")


def _paired(
    before: Sequence[One],
    after: Sequence[One],
    name: Callable[[One], tuple[str, ...]],
    says: Callable[[One], tuple[Any, ...]],
) -> Iterator[tuple[One | None, One | None]]:
    ours, theirs = _grouped(before, name), _grouped(after, name)
    for one in sorted(ours.keys() | theirs.keys()):
        left, came = sorted(ours.get(one, ()), key=says), sorted(theirs.get(one, ()), key=says)
        common = Counter(map(says, left)) & Counter(map(says, came))
        yield from zip_longest(_rest(left, common, says), _rest(came, common, says))


def _grouped(many: Iterable[One], name: Callable[[One], tuple[str, ...]]) -> dict[tuple[str, ...], list[One]]:
    groups: dict[tuple[str, ...], list[One]] = {}
    for one in many:
        groups.setdefault(name(one), []).append(one)
    return groups


def _rest(many: Iterable[One], common: Counter[tuple[Any, ...]], says: Callable[[One], tuple[Any, ...]]) -> list[One]:
    """What is left of `many` without as many of each as `common` has."""
    left = Counter(common)
    rest = []
    for one in many:
        if left[says(one)] > 0:
            left[says(one)] -= 1
        else:
            rest.append(one)
    return rest
