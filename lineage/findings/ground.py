"""What the rules stand on: a batch of things with their names, causes, loose ends and records, read together.

A rule never asks the index for one thing. It says which things it is about to
look at (`load`, `name`), and what is read then costs the same number of
questions for one as for five hundred. Edges hang on names and a thing may have
several: here all that is told of a thing is told of its best name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from lineage import ids, locations
from lineage.findings.rules import RULES
from lineage.findings.words import Code, Finding, Proof, Severity, cut
from lineage.graph import Edge, Loose, Node, Relation
from lineage.ids import Kind
from lineage.names import all_names, best, groups
from lineage.ports import View
from lineage.records import Gap, Record, RecordKind

_LED_TO: Final = frozenset(Relation) - {Relation.RAN_IN, Relation.RAN_CODE, Relation.INSTANCE_OF, Relation.SAME_AS}


class Asked:
    """What one asking for findings has in common, whatever the batch.

    now: the instant that ages are counted to, '' for the publication of the generation. stale_days: how old a crawl
    may be. `registered` remembers, by place, the data version registered there first (`assets`).
    """

    def __init__(self, view: View, now: str = "", stale_days: float = 7.0) -> None:
        self.view = view
        self.now = now or view.generation.published
        self.stale_days = stale_days
        self.registered: dict[int, int] = {}
        self._guids: dict[str, str] | None = None
        self._datastores: dict[str, str] | None = None
        self._stores: dict[str, list[tuple[str, str]]] | None = None

    @property
    def datastores(self) -> dict[str, str]:
        if self._datastores is None:
            self._datastores = self.view.datastores()
        return self._datastores

    def spellings(self, place: str) -> list[str]:
        """A place as it may be spelled: as it is, physically, and through every datastore that it lies in."""
        physical = locations.physical(place, self.datastores)
        if self._stores is None:
            self._stores = {}
            for store, storage in sorted(self.datastores.items()):
                self._stores.setdefault(locations.split(storage)[0], []).append((store, storage))
        found = [place, physical]
        for store, storage in self._stores.get(locations.split(physical)[0], ()):
            if physical.startswith(storage + "/"):
                found.append(locations.join(store, physical[len(storage) + 1 :]))
        return list(dict.fromkeys(found))

    def scope(self, text: str) -> str:
        """The workspace or registry of a canonical text, by its name where the GUID is known; '' for none."""
        scope = ids.scope_of(text)
        if isinstance(scope, ids.LocatedWorkspace):
            if self._guids is None:
                self._guids = self.view.workspace_guids()
            return self._guids.get(scope.guid, scope.text)
        return scope.text if scope is not None else ""


class Ground:
    """What was read so far, for one batch."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.view = asked.view
        self.nodes: dict[int, Node] = {}
        self._lead: dict[int, int] = {}
        self._names: dict[int, list[int]] = {}
        self._causes: dict[int, list[Edge]] = {}
        self._records: dict[int, list[Record]] = {}
        self._loose: dict[int, list[Loose]] = {}

    # reading

    def name(self, keys: Iterable[int]) -> None:
        """Read the nodes of these things, by all of their names."""
        new = [key for key in dict.fromkeys(keys) if key not in self._lead]
        if not new:
            return
        met, edges = all_names(self.view, new)
        self.nodes.update(self.view.nodes([key for key in met if key not in self.nodes]))
        for key in met:
            self._lead[key] = key
        pairs = ((edge.effect, edge.cause) for edge in edges)
        for group in groups((one, other) for one, other in pairs if one in self.nodes and other in self.nodes):
            lead = best(self.nodes[key] for key in group).key
            self._names[lead] = group
            for key in group:
                self._lead[key] = lead

    def load(self, keys: Iterable[int]) -> None:
        """Read these things with their causes, and the nodes of what they were made from, used or deploy.

        Of a cause only the name that its edge has is read: a rule that has to know what else it is called names it.
        """
        keys = list(dict.fromkeys(keys))
        self.name(keys)
        new = list(dict.fromkeys(lead for key in keys if (lead := self.lead(key)) not in self._causes))
        if not new:
            return
        for key in new:
            self._causes[key] = []
        edges = [
            edge
            for edge in self.view.causes([name for key in new for name in self.names(key)])
            if edge.relation is not Relation.SAME_AS
        ]
        for edge in edges:
            self._causes[self.lead(edge.effect)].append(edge)
        ends = dict.fromkeys(edge.cause for edge in edges if edge.relation in _LED_TO)
        self.nodes.update(self.view.nodes([key for key in ends if key not in self.nodes]))

    def read(self, keys: Iterable[int]) -> None:
        """Read the records of these things."""
        new = [key for key in self._all(keys) if key not in self._records]
        if new:
            found = self.view.records_of(new)
            self._records.update((key, found.get(key, [])) for key in new)

    def ends(self, keys: Iterable[int]) -> None:
        """Read the loose ends of these things."""
        new = [key for key in self._all(keys) if key not in self._loose]
        if new:
            found = self.view.loose_of(new)
            self._loose.update((key, found.get(key, [])) for key in new)

    def gaps(self, keys: Iterable[int]) -> dict[int, list[Gap]]:
        """What could not be read of these things, by thing."""
        keys = list(keys)
        found = self.view.gaps_of(self._all(keys))
        return {key: [gap for name in self.names(key) for gap in found.get(name, ())] for key in keys}

    # what was read

    def lead(self, key: int) -> int:
        """The key of the name that stands for this thing."""
        return self._lead.get(key, key)

    def names(self, key: int) -> Sequence[int]:
        """Every name of a thing."""
        return self._names.get(self.lead(key), (key,))

    def thing(self, key: int) -> Node | None:
        """The node of a thing by its best name; None when this generation has none."""
        return self.nodes.get(self.lead(key))

    def causes(self, key: int, *relations: Relation) -> list[Edge]:
        """Edges from a thing that was loaded towards its causes: of these relations, or of all."""
        found = self._causes.get(self.lead(key), [])
        return [edge for edge in found if edge.relation in relations] if relations else found

    def records(self, key: int) -> Iterator[Record]:
        for name in self.names(key):
            yield from self._records.get(name, ())

    def loose(self, key: int) -> list[Loose]:
        return [end for name in self.names(key) for end in self._loose.get(name, ())]

    def job_of(self, key: int) -> int:
        """The job that an output belongs to, as a key; the key itself for what is no output."""
        node = self.nodes.get(key)
        if node is None or node.kind is not Kind.JOB_OUTPUT:
            return key
        return ids.key(node.text.rpartition("/outputs/")[0])

    def stood(self, key: int, *fields: tuple[RecordKind, tuple[str, ...]], says: str = "") -> list[Proof]:
        """What the records of a thing say at these places, where they say something."""
        found = []
        for record in self.records(key):
            for kind, path in fields:
                value = _at(record.body, path) if record.kind is kind else None
                if value is not None:
                    field = ".".join(path)
                    found.append(Proof(record.subject, record.kind.value, field, _text(value)[:1024], says))
        return found

    def finding(
        self,
        code: Code,
        node: Node,
        sentence: str,
        proofs: Iterable[Proof],
        remedy: str = "",
        severity: Severity | None = None,
    ) -> Finding:
        """The word of a rule on a thing."""
        rule = RULES[code]
        evidence, more = cut(list(proofs))
        return Finding(
            code,
            severity or rule.severity,
            node.text,
            node.key,
            node.kind,
            self.asked.scope(node.text),
            sentence,
            remedy or rule.remedy,
            evidence,
            more,
        )

    def _all(self, keys: Iterable[int]) -> list[int]:
        return list(dict.fromkeys(name for key in keys for name in self.names(key)))


def is_implicit(text: str) -> bool:
    """Whether a data version is one that the service registers by itself for an input or output of each run."""
    return "/data/azureml_" in text


def said(text: str) -> str:
    """The short name of a thing, as people say it, without the workspace or registry that it is in."""
    scope = ids.scope_of(text)
    rest = text.removeprefix(scope.text + "/") if scope is not None else text
    match rest.split("/"):
        case [_, name, "versions", version]:
            return f"{name}:{version}"
        case ["jobs", job]:
            return job
        case ["jobs", job, "outputs", output]:
            return f"output {output} of {job}"
        case [_, endpoint, "deployments", deployment]:
            return f"{endpoint}/{deployment}"
        case [] | [""]:
            return text
    return rest


def listed(words: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 more`."""
    once = list(dict.fromkeys(words))
    if len(once) > most:
        once = [*once[:most], f"{len(once) - most:,} more"]
    return once[0] if len(once) == 1 else f"{', '.join(once[:-1])} and {once[-1]}" if once else "nothing"


def _at(body: Any, path: Sequence[str]) -> Any:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
