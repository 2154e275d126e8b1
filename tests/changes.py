"""What changed between two generations that are held in memory whole: the definition, without any history.

MemoryChanges(views of the generations from the earlier to the later, both included)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lineage.changing import EdgeChange, NodeChange, NodeMark, ToldChange, gap_says, paired, paired_ends
from lineage.graph import Edge, Loose
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.records import Gap


class MemoryChanges:
    """Two generations compared over everything that they hold. A generation brought a change when it first held what
    the later side has, without a break; what is gone went with the last generation that held it."""

    def __init__(self, views: Sequence[Any], among: Sequence[int] | None = None) -> None:
        self._views = views
        self._among = None if among is None else set(among)

    def _wanted(self, key: int) -> bool:
        return self._among is None or key in self._among

    def _number(self, holds: Callable[[Any], Any]) -> int:
        """The generation that made what `holds` reads off a view what it is in the last one."""
        last, number = holds(self._views[-1]), self._views[-1].generation.number
        for view in reversed(self._views):
            if holds(view) != last:
                break
            number = view.generation.number
        return int(number)

    def node_marks(self) -> Iterator[NodeMark]:
        first, last = self._views[0]._nodes, self._views[-1]._nodes
        for text, key in sorted((({**first, **last})[key].text, key) for key in first.keys() | last.keys()):
            before, after = first.get(key), last.get(key)
            if before != after and self._wanted(key):
                number = self._number(lambda view, key=key: view._nodes.get(key))
                yield NodeMark(text, before and before.kind, after and after.kind, number, (key, key))

    def nodes(self, marks: Sequence[NodeMark]) -> list[NodeChange]:
        first, last = self._views[0]._nodes, self._views[-1]._nodes
        return [NodeChange(first.get(mark.rows[0]), last.get(mark.rows[1]), mark.generation) for mark in marks]

    def edges(self) -> Iterator[EdgeChange]:
        texts = {key: (node.text, node.kind) for view in self._views for key, node in view._nodes.items()}
        sides: list[dict[tuple[int, str, int], list[Edge]]] = []
        for view in (self._views[0], self._views[-1]):
            groups: dict[tuple[int, str, int], list[Edge]] = {}
            for edge in view._edges:
                groups.setdefault((edge.effect, edge.relation, edge.cause), []).append(edge)
            sides.append(groups)
        for place in sorted(sides[0].keys() | sides[1].keys(), key=lambda place: (texts[place[0]][0], *place[1:])):
            if self._wanted(place[0]):
                for before, after in paired(sides[0].get(place, []), sides[1].get(place, [])):
                    text, kind = texts[place[0]]
                    yield EdgeChange(text, kind or Kind.OTHER, before, after, self._of_edge(before, after))

    def _of_edge(self, before: Edge | None, after: Edge | None) -> int:
        edge = _timeless(after if after is not None else before)
        return self._number(lambda view: [_timeless(one) for one in view._edges].count(edge))

    def gaps(self) -> Iterator[ToldChange[Gap]]:
        sides = [{(gap.subject, gap.kind): gap for gap in view._gaps} for view in (self._views[0], self._views[-1])]
        for place in sorted(sides[0].keys() | sides[1].keys()):
            before, after = (side.get(place) for side in sides)
            if (before is None or after is None or gap_says(before) != gap_says(after)) and self._wanted(
                key_of(place[0])
            ):
                yield ToldChange(before, after, "", self._number(lambda view, p=place: _said(view, p)))

    def loose(self) -> Iterator[ToldChange[Loose]]:
        first, last = self._views[0]._loose, self._views[-1]._loose
        for record in sorted({end.record for end in (*first, *last)}):
            if self._wanted(key_of(record)):
                for before, after in paired_ends(
                    [end for end in first if end.record == record], [end for end in last if end.record == record]
                ):
                    end = after if after is not None else before
                    yield ToldChange(before, after, "", self._number(lambda view, end=end: view._loose.count(end)))


def _timeless(edge: Edge | None) -> Any:
    assert edge is not None
    return [getattr(edge, name) for name in edge.__struct_fields__ if name != "since"]


def _said(view: Any, place: tuple[str, str]) -> Any:
    return next((gap_says(gap) for gap in view._gaps if (gap.subject, gap.kind) == place), None)
