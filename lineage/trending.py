"""How a coverage score went from generation to generation.

The newest generation is counted, and then each step back only what changed between two generations: the versions
that changed, and those that come from anything that did. A step costs what it changed, not what the index holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from lineage import ids
from lineage.changing import Changes
from lineage.coverage import Verdict, Wanted, verdicts
from lineage.errors import QueryTooSlow
from lineage.graph import Certainty, Node, Relation
from lineage.ids import Kind
from lineage.ports import Generation, Index, NodeFilter, View
from lineage.producing import THROUGH, WEAKNESS

T = TypeVar("T")
_PULSE: Final = 4_096
"""Changes between two looks at the clock."""
POINTS: Final = 20
"""Generations that one trend may have."""
_ON: Final = THROUGH | {Relation.SAME_AS}
_ON_THE_WAY: Final = frozenset({Kind.MODEL_VERSION, Kind.JOB, Kind.JOB_OUTPUT, Kind.LOCATION})


class Point(msgspec.Struct, frozen=True):
    """The score in one generation; numbers as in `coverage.Tally`."""

    generation: Generation
    total: int
    documented: int
    confirmed: int
    inferred: int
    ambiguous: int
    none: int


def trend(
    index: Index,
    view: View,
    wanted: Wanted | None = None,
    points: int = 10,
    expired: Callable[[], bool] | None = None,
) -> tuple[Point, ...]:
    """The newest `points` generations up to the one that is viewed, oldest first; fewer when time runs out.

    wanted: which versions count; how they are grouped means nothing here. Raises QueryTooSlow when not even the
    newest can be counted in time.
    """
    wanted = wanted or Wanted()
    chosen = [one for one in index.generations() if one.number <= view.generation.number][-min(points, POINTS) :]
    narrow = NodeFilter((Kind.MODEL_VERSION,), wanted.states, wanted.scope, wanted.text)
    counts: Counter[str] = Counter()
    _count(counts, verdicts(view, view.keys(narrow), expired), 1)
    found = [_point(view.generation, counts)]
    for later, earlier in zip(reversed(chosen), reversed(chosen[:-1]), strict=False):
        if expired is not None and expired():
            break
        try:
            with index.view(later.number) as now, index.view(earlier.number) as then:
                affected = _affected(now, _touched(now.changes_from(earlier.number), expired), expired)
                for one, sign in ((now, -1), (then, 1)):
                    there = [node.key for node in one.nodes(affected).values() if _passes(wanted, node)]
                    _count(counts, verdicts(one, there, expired), sign)
        except QueryTooSlow:
            break
        found.append(_point(earlier, counts))
    return tuple(reversed(found))


def _count(counts: Counter[str], told: Iterable[tuple[Node, Verdict]], sign: int) -> None:
    for _, verdict in told:
        counts["total"] += sign
        counts["documented"] += sign * (verdict.reason is None)
        counts[_WORDS.get(verdict.weakness, "none")] += sign


_WORDS: Final[dict[int | None, str]] = {
    WEAKNESS[Certainty.CONFIRMED]: "confirmed",
    WEAKNESS[Certainty.INFERRED]: "inferred",
    WEAKNESS[Certainty.AMBIGUOUS]: "ambiguous",
}


def _point(generation: Generation, counts: Counter[str]) -> Point:
    return Point(generation, *(counts[name] for name in Point.__struct_fields__[1:]))


def _touched(changes: Changes, expired: Callable[[], bool] | None) -> list[int]:
    """Everything that changed and may be on the way from a version to its job."""
    found = {ids.key(mark.text) for mark in _watched(changes.node_marks(), expired) if mark.kind in _ON_THE_WAY}
    for one in _watched(changes.edges(), expired):
        if one.edge.relation in _ON:
            found.add(one.edge.effect)
            if one.edge.relation is Relation.SAME_AS:
                found.add(one.edge.cause)
    return list(found)


def _affected(now: View, touched: list[int], expired: Callable[[], bool] | None) -> list[int]:
    """Everything that comes from what changed, on either side.

    The later side is enough to look at: where a way of the earlier one is broken, the link that is gone was touched,
    and the rest of the way is still there.
    """
    met = set(touched)
    wave = touched
    while wave:
        following: set[int] = set()
        for edge in _watched(now.effects(wave), expired):
            if edge.relation in _ON:
                following.add(edge.effect)
        for edge in now.same(wave):
            following.update((edge.effect, edge.cause))
        wave = list(following - met)
        met |= following
    return list(met)


def _watched(many: Iterable[T], expired: Callable[[], bool] | None) -> Iterator[T]:
    for place, one in enumerate(many):
        if expired is not None and place % _PULSE == _PULSE - 1 and expired():
            raise QueryTooSlow("the time ran out", "ask for fewer generations")
        yield one


def _passes(wanted: Wanted, node: Node) -> bool:
    """As `ports.NodeFilter` has it."""
    return (
        node.kind is Kind.MODEL_VERSION
        and (not wanted.states or node.state in wanted.states)
        and (not wanted.scope or node.text == wanted.scope or node.text.startswith(wanted.scope + "/"))
        and wanted.text.lower() in node.text.lower()
    )
