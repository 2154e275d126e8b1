"""What things of one page share, so that what one of them asks for is read for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from lineage import answers, graph
from lineage.api.session import RememberingView, Session
from lineage.graph import Direction
from lineage.impact import Served, served


class Page:
    """What things read together share: what one of them asks for is read ahead for all."""

    def __init__(self, session: Session, view: RememberingView, keys: Iterable[int]) -> None:
        self.session = session
        self.view = view
        self.keys = tuple(keys)
        self._gathered: set[tuple[Direction, int | None]] = set()
        self._names: dict[int, list[graph.Node]] | None = None
        self._served: dict[int, Served] | None = None

    def around(self, keys: Iterable[int]) -> Page:
        """A page of other things, read from the same generation."""
        return Page(self.session, self.view, keys)

    def read_ahead(self, direction: Direction, max_depth: int | None) -> None:
        if len(self.keys) > 1 and (direction, max_depth) not in self._gathered:
            self._gathered.add((direction, max_depth))
            self.session.gather(self.view, self.keys, direction, max_depth)

    def names(self, node: graph.Node) -> list[graph.Node]:
        """The other names of a thing of this page, by canonical text, read for all of the page at once."""
        if self._names is None:
            known, edges = answers.same_things(self.view, self.keys)
            groups: dict[int, list[graph.Node]] = {}
            stands = answers.things(known, edges)
            for key, one in stands.items():
                groups.setdefault(one, []).append(known[key])
            self._names = {key: groups[one] for key, one in stands.items()}
        others = [one for one in self._names.get(node.key, ()) if one.key != node.key]
        return sorted(others, key=lambda one: one.text)

    def served(self, deployment: graph.Node) -> Served:
        """The traffic of a deployment of this page, read for all of them at once."""
        if self._served is None:
            known = self.view.nodes(self.keys)
            self._served = {row.deployment.key: row for row in served(self.view, known.values())}
        row = self._served.get(deployment.key)
        return row if row is not None else Served(deployment, None, None, None)
