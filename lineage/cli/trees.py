"""From the edges of an answer to what hangs under what on the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lineage.cli.render import Page
from lineage.graph import Direction, Edge, Loose, Node, Relation
from lineage.ids import Kind

_ORDER: Final = {relation: place for place, relation in enumerate(Relation)}
_MISSING: Final = "(not in the index)"


class Branches:
    """The edges of an answer by where they leave from, and the one edge under which each thing is told in full."""

    def __init__(self, edges: Iterable[Edge], roots: Sequence[int], direction: Direction) -> None:
        self.out: dict[int, list[tuple[Edge, int]]] = {}
        for edge in edges:
            here, there = edge.effect, edge.cause
            if direction is Direction.DOWNSTREAM:
                here, there = there, here
            self.out.setdefault(here, []).append((edge, there))
            if edge.relation is Relation.SAME_AS:
                self.out.setdefault(there, []).append((edge, here))
        self.roots = tuple(roots)
        self.parent: dict[int, tuple[int, Edge] | None] = dict.fromkeys(roots)
        waiting = deque(roots)
        while waiting:
            here = waiting.popleft()
            for edge, there in self.out.get(here, ()):
                if there not in self.parent:
                    self.parent[there] = (here, edge)
                    if edge.relation is Relation.SAME_AS:
                        waiting.appendleft(there)
                    else:
                        waiting.append(there)

    def way(self, key: int) -> Iterator[int]:
        """The things between `key` and the root it was reached from, nearest to `key` first."""
        step = self.parent.get(key)
        while step is not None:
            key = step[0]
            step = self.parent.get(key)
            if step is not None:
                yield key

    def children(self, key: int) -> list[tuple[Edge, int]]:
        """Edges from `key` in reading order: by relation, name, then candidate."""
        step = self.parent.get(key)
        found = [(edge, there) for edge, there in self.out.get(key, ()) if step is None or (there, edge) != step]
        return sorted(found, key=lambda branch: (_ORDER[branch[0].relation], branch[0].name, branch[0].rank))


def tree(
    page: Page,
    branches: Branches,
    root: int,
    nodes: Mapping[int, Node],
    loose: Mapping[int, tuple[Loose, ...]],
    ancestors: frozenset[int] = frozenset(),
) -> None:
    """Everything under `root` with its evidence. A thing met again is named again but told once."""
    _told(page, nodes, loose, root, "")
    waiting = [(edge, root, there, "", last) for edge, there, last in _last(branches.children(root))]
    waiting.reverse()
    while waiting:
        edge, here, there, indent, last = waiting.pop()
        below = indent + ("   " if last else "│  ")
        full = branches.parent.get(there) == (here, edge)
        children = branches.children(there) if full else []
        node = nodes.get(there)
        said = page.thing(node) if node is not None else f"{there} {_MISSING}"
        again = "" if full else page.paint("  (told elsewhere)", "dim")
        above = page.paint("  (ancestry only)", "dim") if there in ancestors else ""
        page.add(f"{indent}{'└─' if last else '├─'} {page.relation(edge)}  {said}{above}{again}")
        stem = below + ("│  " if children else "   ")
        page.add(f"{stem}{page.evidence(edge)}")
        if full:
            _notes(page, nodes, loose, there, stem)
        waiting.extend(reversed([(more, there, onward, below, end) for more, onward, end in _last(children)]))


def via(page: Page, branches: Branches, key: int, nodes: Mapping[int, Node], limit: int = 4) -> str:
    """` via train ← prep`: the jobs between a thing and what was asked about, nearest first."""
    jobs = [page.name(nodes[step].text) for step in branches.way(key) if step in nodes and nodes[step].kind is Kind.JOB]
    if not jobs:
        return ""
    more = f" ← … {len(jobs) - limit} more" if len(jobs) > limit else ""
    return page.paint(f"  via {' ← '.join(jobs[:limit])}{more}", "dim")


def _told(page: Page, nodes: Mapping[int, Node], loose: Mapping[int, tuple[Loose, ...]], key: int, indent: str) -> None:
    node = nodes.get(key)
    page.add(indent + (page.thing(node) if node is not None else f"{key} {_MISSING}"))
    _notes(page, nodes, loose, key, indent + "│  ")


def _notes(page: Page, nodes: Mapping[int, Node], loose: Mapping[int, tuple[Loose, ...]], key: int, stem: str) -> None:
    """Why a thing is not live, and what of it could not be followed."""
    node = nodes.get(key)
    if node is not None and (state := page.state(node)):
        page.add(stem + state)
    for end in loose.get(key, ()):
        page.add(f"{stem}{page.loose(end)}")


def _last(branches: Sequence[tuple[Edge, int]]) -> Iterator[tuple[Edge, int, bool]]:
    for number, (edge, there) in enumerate(branches, 1):
        yield edge, there, number == len(branches)
