"""What things of one page share, so that what one of them asks for is read for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lineage import answers, details, graph
from lineage.api.session import RememberingView, Session
from lineage.details import Port
from lineage.graph import Certainty, Direction, Edge, Relation
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.impact import Served, served
from lineage.traversal import Follow

_BODIES: Final = 200
"""Things whose records are read at a time: bodies may be large, what is kept of them is not."""

_LED_TO: Final = frozenset(
    {Relation.RAN_IN, Relation.RAN_CODE, Relation.INSTANCE_OF, Relation.PART_OF, Relation.DEPLOYS}
    | {Relation.REUSED_FROM, Relation.COPIED_FROM, Relation.WAS_GENERATED_BY}
)
_SUREST: Final = {Certainty.CONFIRMED: 0, Certainty.INFERRED: 1, Certainty.AMBIGUOUS: 2}


class Page:
    """What things read together share: what one of them asks for is read ahead for all."""

    def __init__(self, session: Session, view: RememberingView, keys: Iterable[int]) -> None:
        self.session = session
        self.view = view
        self.keys = tuple(keys)
        self._read = False
        self._gathered: set[tuple[Direction, int | None, Follow | None]] = set()
        self._names: dict[int, list[graph.Node]] | None = None
        self._served: dict[int, Served] | None = None
        self._details: dict[int, Any] = {}
        self._ends: dict[tuple[int, Relation, str], int] | None = None
        self._beyond: Page | None = None
        self._makers: Page | None = None

    def around(self, keys: Iterable[int]) -> Page:
        """A page of other things, read from the same generation."""
        return Page(self.session, self.view, keys)

    def node(self, key: int) -> graph.Node | None:
        """A thing of this page, read for all of the page at once."""
        if not self._read:
            self._read = True
            self.view.nodes(self.keys)
        return self.view.nodes((key,)).get(key)

    def read_ahead(self, direction: Direction, max_depth: int | None, follow: Follow | None = None) -> None:
        if len(self.keys) > 1 and (direction, max_depth, follow) not in self._gathered:
            self._gathered.add((direction, max_depth, follow))
            self.session.gather(self.view, self.keys, direction, max_depth, follow)

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

    def details(self, node: graph.Node) -> Any:
        """What the records of a thing of this page say of it, read for all of its kind at once (`lineage.details`)."""
        if node.key not in self._details:
            known = self.view.nodes(self.keys)
            alike = [key for key, one in known.items() if one.kind is node.kind and key not in self._details]
            if node.key not in known:
                alike.append(node.key)
            for start in range(0, len(alike), _BODIES):
                chunk = alike[start : start + _BODIES]
                records = self.view.records_of(chunk)
                for key in chunk:
                    self._details[key] = details.of(node.kind, records.get(key, ()))
        return self._details[node.key]

    def end(self, node: graph.Node, relation: Relation, role: str = "") -> tuple[graph.Node, Page] | None:
        """The thing at the far end of a thing's surest link of this relation and name, by the name that stands for it,
        and the page of all such ends of this page, for which it was read."""
        if self._ends is None or self._beyond is None:
            led = _surest(self.view.causes(list(dict.fromkeys((*self.keys, node.key)))))
            stands = answers.things(*answers.same_things(self.view, list(dict.fromkeys(led.values()))))
            self._ends = {way: stands.get(there, there) for way, there in led.items()}
            self._beyond = self.around(dict.fromkeys(self._ends.values()))
            self._beyond.view.nodes(self._beyond.keys)
        there = self._ends.get((node.key, relation, role))
        found = self.view.nodes((there,)).get(there) if there is not None else None
        return (found, self._beyond) if found is not None else None

    def port(self, output: graph.Node) -> Port | None:
        """How the job of an output of this page declares it."""
        job, _, name = output.text.rpartition("/outputs/")
        if self._makers is None:
            known = self.view.nodes(self.keys).values()
            texts = [one.text.rpartition("/outputs/")[0] for one in known if one.kind is Kind.JOB_OUTPUT]
            self._makers = self.around(dict.fromkeys(key_of(text) for text in (*texts, job)))
        maker = self._makers.node(key_of(job))
        ports = self._makers.details(maker).outputs if maker is not None else ()
        return next((port for port in ports if _spelt(port.name) == name), None)


def _spelt(output: str) -> str:
    """The name of an output as a canonical text has it."""
    return "artifacts" if output == "default" else output


def _surest(edges: Iterable[Edge]) -> dict[tuple[int, Relation, str], int]:
    """The far end of each thing's surest link of a relation and name."""
    led = [edge for edge in edges if edge.relation in _LED_TO]
    led.sort(key=lambda edge: (_SUREST[edge.certainty], edge.rank))
    found: dict[tuple[int, Relation, str], int] = {}
    for edge in led:
        name = edge.name if edge.relation in _NAMED else ""
        found.setdefault((edge.effect, edge.relation, name), edge.cause)
    return found


_NAMED: Final = frozenset({Relation.RAN_IN, Relation.RAN_CODE, Relation.INSTANCE_OF, Relation.PART_OF})
"""Relations whose name tells whose link it is: a pipeline's step, the root of a tree of jobs."""
