"""From the edges of an answer to what hangs under what on the page. A thing with several names is one thing here."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lineage.cli.render import Page
from lineage.graph import Direction, Edge, Loose, Node, Relation
from lineage.ids import Kind

_ORDER: Final = {relation: place for place, relation in enumerate(Relation)}


class Branch(NamedTuple):
    """Edges that say the same of the same two things, each with evidence of its own."""

    here: int
    there: int
    edges: list[Edge]


class Branches:
    """The edges of an answer by where they leave from, and the one branch under which each thing is told in full.

    That is the shortest way to it, of several the one that is read first. `things` gives the key that stands for all
    names of a thing; every key here is such a one.
    """

    def __init__(
        self,
        edges: Iterable[Edge],
        roots: Sequence[int],
        direction: Direction,
        things: Mapping[int, int],
        nodes: Mapping[int, Node],
    ) -> None:
        self._nodes = nodes
        merged: dict[tuple[int, int, Relation, str, str], Branch] = {}
        for edge in edges:
            ends = things.get(edge.effect, edge.effect), things.get(edge.cause, edge.cause)
            here, there = ends if direction is Direction.UPSTREAM else ends[::-1]
            if edge.relation is not Relation.SAME_AS and here != there:
                label = (here, there, edge.relation, edge.name, edge.path)
                merged.setdefault(label, Branch(here, there, [])).edges.append(edge)
        self._out: dict[int, list[Branch]] = {}
        for branch in merged.values():
            self._out.setdefault(branch.here, []).append(branch)
        self.roots = tuple(dict.fromkeys(things.get(key, key) for key in roots))
        self._parent: dict[int, Branch | None] = dict.fromkeys(self.roots)
        waiting = deque(self.roots)
        while waiting:
            for branch in self.children(waiting.popleft()):
                if branch.there not in self._parent:
                    self._parent[branch.there] = branch
                    waiting.append(branch.there)

    def leads(self, branch: Branch) -> bool:
        """Whether this is the branch under which its end is told in full."""
        return self._parent.get(branch.there) is branch

    def way(self, key: int) -> Iterator[int]:
        """The things between `key` and the root it was reached from, nearest to `key` first."""
        branch = self._parent.get(key)
        while branch is not None:
            key = branch.here
            branch = self._parent.get(key)
            if branch is not None:
                yield key

    def children(self, key: int) -> list[Branch]:
        """Branches from `key` in reading order: by relation, name, then candidate; places after what wrote them."""
        return sorted(self._out.get(key, ()), key=self._place)

    def _place(self, branch: Branch) -> tuple[int, str, int, bool]:
        first = branch.edges[0]
        there = self._nodes.get(branch.there)
        return _ORDER[first.relation], first.name, first.rank, there is not None and there.kind is Kind.LOCATION


def tree(
    page: Page,
    branches: Branches,
    root: int,
    nodes: Mapping[int, Node],
    loose: Mapping[int, tuple[Loose, ...]],
    ancestors: frozenset[int] = frozenset(),
    about: Sequence[str] = (),
) -> None:
    """Everything under `root` with its evidence. A thing met again is named again but told once, above or below.

    `about` are lines about the root itself.
    """
    children = branches.children(root)
    page.add(_thing(page, nodes, root))
    stem = "│  " if children else "   "
    for line in about:
        page.add(stem + line)
    _notes(page, nodes, loose, root, stem)
    waiting = [("", branch, number == 1) for number, branch in enumerate(reversed(children), 1)]
    told = {root}
    while waiting:
        indent, branch, last = waiting.pop()
        full = branches.leads(branch)
        children = branches.children(branch.there) if full else []
        said = _thing(page, nodes, branch.there)
        above = page.paint("  (ancestry only)", "dim") if branch.there in ancestors else ""
        where = "above" if branch.there in told else "below"
        again = "" if full else page.paint(f"  (told {where})", "dim")
        told.update((branch.there,) if full else ())
        page.add(f"{indent}{'└─' if last else '├─'} {page.relation(branch.edges[0])}  {said}{above}{again}")
        indent += "   " if last else "│  "
        stem = indent + ("│  " if children else "   ")
        for edge in _witnesses(branch.edges):
            page.add(stem + page.evidence(edge, len(stem)))
        if full:
            _notes(page, nodes, loose, branch.there, stem)
        waiting.extend((indent, child, number == 1) for number, child in enumerate(reversed(children), 1))


def via(page: Page, branches: Branches, key: int, nodes: Mapping[int, Node], limit: int = 4) -> str:
    """` via train ← prep`: the jobs between a thing and what was asked about, nearest first."""
    jobs = [page.name(nodes[step].text) for step in branches.way(key) if step in nodes and nodes[step].kind is Kind.JOB]
    if not jobs:
        return ""
    more = f" ← … {len(jobs) - limit} more" if len(jobs) > limit else ""
    return page.paint(f"  via {' ← '.join(jobs[:limit])}{more}", "dim")


def _thing(page: Page, nodes: Mapping[int, Node], key: int) -> str:
    return page.thing(nodes[key]) if key in nodes else f"{key} (not in the index)"


def _notes(page: Page, nodes: Mapping[int, Node], loose: Mapping[int, tuple[Loose, ...]], key: int, stem: str) -> None:
    """Why a thing is not live, and what of it could not be followed."""
    node = nodes.get(key)
    if node is not None and (state := page.state(node)):
        page.add(stem + state)
    for line in dict.fromkeys(page.loose(end, len(stem)) for end in loose.get(key, ())):
        page.add(stem + line)


def _witnesses(edges: Iterable[Edge]) -> Iterable[Edge]:
    """One edge for each field that says so: a field that several records share is one witness."""
    said: dict[tuple[str, str, str, int], Edge] = {}
    for edge in edges:
        said.setdefault((edge.certainty, edge.derivation, edge.evidence.field, edge.rank), edge)
    return said.values()
