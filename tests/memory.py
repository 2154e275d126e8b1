"""A `ports.View` over things told in a test, and an estate that reads like a story.

    estate = Estate()
    raw = estate.place("lake", "raw")
    prep = estate.job("prep", used={"raw": raw})
    clean = estate.output(prep, "clean")
    train = estate.job("train", used={"data": clean})
    credit = estate.model("credit", "3", source=estate.output(train, "model"))
    view = estate.view()

Nothing here decides anything about provenance: every edge is there because the
test said so. It keeps the promises of `ports.View` and nothing more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lineage import ids
from lineage.errors import UnknownReference
from lineage.graph import (
    Certainty,
    Derivation,
    Edge,
    Evidence,
    Loose,
    LooseReason,
    Node,
    Relation,
    State,
)
from lineage.ids import Kind
from lineage.listing import ordered, passes
from lineage.ports import Asked, Generation, Hits, Holding, NodeFilter, Order, ScopeCoverage, Spell, Step, Unread
from lineage.records import Gap, GapReason, Record, RecordKind, canonical_json
from lineage.search import hits
from tests.changes import MemoryChanges


class MemoryView:
    """One generation held in memory; answers in the orders that `ports.View` promises."""

    def __init__(
        self,
        nodes: Sequence[Node],
        edges: Sequence[Edge],
        *,
        records: Sequence[Record] = (),
        gaps: Sequence[Gap] = (),
        loose: Sequence[Loose] = (),
        coverage: Sequence[ScopeCoverage] = (),
        datastores: dict[str, str] | None = None,
        guids: dict[str, str] | None = None,
        generation: Generation | None = None,
    ) -> None:
        self._nodes = {node.key: node for node in nodes}
        self._edges = list(edges)
        self._records = list(records)
        self._gaps = list(gaps)
        self._loose = list(loose)
        self._coverage = list(coverage)
        self._datastores = dict(datastores or {})
        self._guids = dict(guids or {})
        self._causes: dict[int, list[Edge]] = {}
        self._effects: dict[int, list[Edge]] = {}
        for edge in self._edges:
            self._causes.setdefault(edge.effect, []).append(edge)
            self._effects.setdefault(edge.cause, []).append(edge)
        self._generation = generation or _generation(1, self._counts())
        self.before: tuple[MemoryView, ...] = ()
        """The generations before this one, where a test has them."""
        self.asked: list[int] = []
        """How many keys each call of `causes` or `effects` asked for, in order."""

    @property
    def generation(self) -> Generation:
        return self._generation

    def causes(self, keys: Sequence[int]) -> list[Edge]:
        self.asked.append(len(keys))
        return [edge for key in keys for edge in self._causes.get(key, ())]

    def effects(self, keys: Sequence[int]) -> list[Edge]:
        self.asked.append(len(keys))
        return [edge for key in keys for edge in self._effects.get(key, ())]

    def same(self, keys: Sequence[int]) -> list[Edge]:
        return [
            edge
            for key in keys
            for edge in (*self._causes.get(key, ()), *self._effects.get(key, ()))
            if edge.relation is Relation.SAME_AS
        ]

    def nodes(self, keys: Sequence[int]) -> dict[int, Node]:
        return {key: self._nodes[key] for key in keys if key in self._nodes}

    def list_nodes(self, wanted: NodeFilter, after: str = "", limit: int = 100) -> list[Node]:
        found = [node for node in self._nodes.values() if passes(node, wanted) and node.text > after]
        return sorted(found, key=lambda node: node.text)[:limit]

    def page_nodes(self, kind: Kind, wanted: NodeFilter, order: Order, after: Node | None, limit: int) -> list[Node]:
        passing = [node for node in self._nodes.values() if node.kind is kind and passes(node, wanted)]
        # A cursor may be of a thing that this filter does not let pass.
        found = ordered([*passing, after] if after is not None and after not in passing else passing, order)
        return found[1 + found.index(after) if after is not None else 0 :][:limit]

    def count_nodes(self, wanted: NodeFilter) -> int:
        return sum(passes(node, wanted) for node in self._nodes.values())

    def keys(self, wanted: NodeFilter) -> list[int]:
        return [node.key for node in self._nodes.values() if passes(node, wanted)]

    def steps(self, keys: Sequence[int], relations: Collection[Relation]) -> list[Step]:
        found = []
        for key in keys:
            edges = [(edge, edge.cause) for edge in self._causes.get(key, ())]
            edges += [(edge, edge.effect) for edge in self._effects.get(key, ()) if edge.relation is Relation.SAME_AS]
            for edge, there in edges:
                same = edge.relation is Relation.SAME_AS
                if (same or edge.relation in relations) and there in self._nodes:
                    found.append(Step(key, there, self._nodes[there].kind, edge.certainty, edge.rank, same))
        return found

    def reason_counts(self) -> tuple[dict[GapReason, int], dict[LooseReason, int]]:
        return dict(Counter(gap.reason for gap in self._gaps)), dict(Counter(end.reason for end in self._loose))

    def under(self, place: str, limit: int) -> list[Node]:
        inside = [
            node
            for node in self._nodes.values()
            if node.kind is Kind.LOCATION and (node.text == place or node.text.startswith(place + "/"))
        ]
        return sorted(inside, key=lambda node: node.text.split("/"))[:limit]

    def starting(self, place: str, limit: int) -> list[Node]:
        found = [node for node in self._nodes.values() if node.kind is Kind.LOCATION and node.text.startswith(place)]
        return sorted(found, key=lambda node: node.text.split("/"))[:limit]

    def holding(self, kind: Kind, said: str, limit: int) -> list[Node]:
        told = said.encode()
        found = [one for one in self._nodes.values() if one.kind is kind and told in canonical_json(one.facts)]
        return sorted(found, key=lambda node: node.text)[:limit]

    def records(self, subject: str) -> list[Record]:
        return [record for record in self._records if record.subject == subject]

    def records_of(self, keys: Sequence[int]) -> dict[int, list[Record]]:
        wanted = set(keys)
        found: dict[int, list[Record]] = {}
        for record in self._records:
            if ids.key(record.subject) in wanted:
                found.setdefault(ids.key(record.subject), []).append(record)
        return found

    def gaps(self, subject: str | None = None, limit: int = 1000, reason: GapReason | None = None) -> list[Gap]:
        return [gap for gap in self._gaps if subject in (None, gap.subject) and reason in (None, gap.reason)][:limit]

    def loose(self, record: str | None = None, limit: int = 1000, reason: LooseReason | None = None) -> list[Loose]:
        return [end for end in self._loose if record in (None, end.record) and reason in (None, end.reason)][:limit]

    def gaps_of(self, keys: Sequence[int]) -> dict[int, list[Gap]]:
        subjects = {ids.key(gap.subject): gap.subject for gap in self._gaps}
        return {key: self.gaps(subjects[key]) for key in keys if key in subjects}

    def loose_of(self, keys: Sequence[int]) -> dict[int, list[Loose]]:
        holders = {ids.key(end.record): end.record for end in self._loose}
        return {key: self.loose(holders[key]) for key in keys if key in holders}

    def gap_spells(self) -> Iterator[Spell[Gap]]:
        return self._spells(lambda view: view._gaps)

    def loose_spells(self) -> Iterator[Spell[Loose]]:
        return self._spells(lambda view: view._loose)

    def _spells(self, told: Callable[[MemoryView], list[Any]]) -> Iterator[Spell[Any]]:
        """One spell for each generation that held it, of this one and those before."""
        for view in (*self.before, self):
            for one in told(view):
                yield Spell(one, "", view.generation.number, view.generation.number + 1)

    def changes_from(self, number: int, among: Sequence[int] | None = None) -> MemoryChanges:
        return MemoryChanges([view for view in (*self.before, self) if view.generation.number >= number], among)

    def coverage(self) -> list[ScopeCoverage]:
        return list(self._coverage)

    def holdings(self) -> Iterator[Holding]:
        met: dict[tuple[str, bool], set[str]] = {}
        for subject in {record.subject for record in self._records}:
            for listing in {record.listing for record in self._records if record.subject == subject} - {""} or {""}:
                where = (listing, True) if listing else (subject.rpartition("/")[0], False)
                met.setdefault(where, set()).add(subject)
        for (collection, listed), subjects in met.items():
            states = [self._nodes[ids.key(subject)].state for subject in subjects if ids.key(subject) in self._nodes]
            yield Holding(collection, listed, len(subjects), states.count(State.ARCHIVED))

    def most_used(self, kinds: Sequence[Kind], limit: int) -> list[tuple[int, int]]:
        found = []
        for key, node in self._nodes.items():
            uses = sum(edge.relation is not Relation.SAME_AS for edge in self._effects.get(key, ()))
            if uses and node.kind in kinds:
                found.append((key, uses))
        return sorted(found, key=lambda one: (-one[1], one[0]))[:limit]

    def unread(self) -> Iterator[Unread]:
        held = {record.subject for record in self._records}
        held |= {listing.text for covered in self._coverage for listing in covered.listings}
        reasons = {gap.subject: gap.reason for gap in self._gaps if gap.subject not in held}
        counts = Counter((subject.rpartition("/")[0], reason) for subject, reason in reasons.items())
        for (collection, reason), things in counts.items():
            yield Unread(collection, reason, things)

    def search(self, wanted: Asked, limit: int) -> Hits:
        return hits(self._nodes.values(), wanted, limit)

    def datastores(self) -> dict[str, str]:
        return dict(self._datastores)

    def workspace_guids(self) -> dict[str, str]:
        return dict(self._guids)

    def _counts(self) -> dict[str, int]:
        counts = {
            "records": len(self._records),
            "nodes": len(self._nodes),
            "edges": len(self._edges),
            "gaps": len(self._gaps),
            "loose": len(self._loose),
        }
        for node in self._nodes.values():
            counts[f"nodes.{node.kind}"] = counts.get(f"nodes.{node.kind}", 0) + 1
        return counts


class MemoryIndex:
    """The reading half of `ports.Index` over views, the last one newest."""

    def __init__(self, *views: MemoryView) -> None:
        self._views = views
        for number, view in enumerate(views):
            view.before = views[:number]

    @contextmanager
    def view(self, as_of: int | str | None = None) -> Iterator[MemoryView]:
        for view in reversed(self._views):
            generation = view.generation
            if as_of is None or as_of == generation.number:
                break
            if isinstance(as_of, str) and generation.published <= as_of:
                break
        else:
            raise UnknownReference(f"no generation as of {as_of}", "run `lineage status` to see the generations")
        yield view

    def generations(self) -> list[Generation]:
        return [view.generation for view in self._views]

    def read_words(self, report: Any) -> None:
        """Nothing has to be ready."""


class Estate:
    """Things and their relations, told one sentence at a time. Each sentence returns the node it tells of."""

    def __init__(self, name: str = "w1", *, group: str = "g1", subscription: str = "s1") -> None:
        self.scope: ids.Scope = ids.workspace(subscription, group, name)
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._records: list[Record] = []
        self._gaps: list[Gap] = []
        self._loose: list[Loose] = []
        self._datastores: dict[str, str] = {}
        self._guids: dict[str, str] = {}
        self._scopes: dict[str, ScopeCoverage] = {}
        self.covered(self.scope)

    # things

    def thing(self, target: ids.Target, *, state: State = State.LIVE, **facts: Any) -> Node:
        """The node of this name; told again, it takes the newer state and facts."""
        remedy = facts.pop("remedy", "")
        reason = facts.pop("reason", "")
        seen = facts.pop("seen", "")
        node = Node(ids.key(target.text), target.text, target.kind, state, seen, reason, remedy, facts)
        self._nodes[node.text] = node
        return node

    def job(
        self,
        name: str,
        *,
        used: dict[str, Node] | None = None,
        parent: Node | None = None,
        reused_from: Node | None = None,
        environment: Node | None = None,
        code: Node | None = None,
        component: Node | None = None,
        scope: ids.Scope | None = None,
        state: State = State.LIVE,
        **facts: Any,
    ) -> Node:
        node = self.thing(ids.job(scope or self.scope, name), state=state, **{"name": name, **facts})
        for input_name, cause in (used or {}).items():
            self.link(node, cause, Relation.USED, name=input_name, field=f"properties.inputs.{input_name}.uri")
        if parent is not None:
            self.link(node, parent, Relation.PART_OF, field="runMetadata.parentRunId")
        if reused_from is not None:
            self.link(node, reused_from, Relation.REUSED_FROM, field="runMetadata.properties.azureml.reusedrunid")
        if environment is not None:
            self.link(node, environment, Relation.RAN_IN, field="properties.environmentId")
        if code is not None:
            self.link(node, code, Relation.RAN_CODE, field="properties.codeId")
        if component is not None:
            self.link(node, component, Relation.INSTANCE_OF, field="properties.componentId")
        return node

    def output(self, job: Node, name: str, *, state: State = State.LIVE) -> Node:
        target = ids.Target(Kind.JOB_OUTPUT, f"{job.text}/outputs/{name}")
        node = self.thing(target, state=state, name=name)
        self.link(node, job, Relation.WAS_GENERATED_BY, name=name, field=f"properties.outputs.{name}")
        return node

    def place(self, datastore: str, path: str, *, written_by: Node | None = None) -> Node:
        return self._written(self.thing(ids.datastore_path(self.scope, datastore, path)), written_by)

    def storage(self, account: str, container: str, path: str, *, written_by: Node | None = None) -> Node:
        target = ids.storage_path(account, "blob", "core.windows.net", container, path)
        return self._written(self.thing(target), written_by)

    def model(
        self,
        name: str,
        version: str,
        *,
        source: Node | None = None,
        path: str = "",
        copied_from: Node | None = None,
        scope: ids.Scope | None = None,
        state: State = State.LIVE,
        **facts: Any,
    ) -> Node:
        target = ids.asset(scope or self.scope, "models", name, version)
        node = self.thing(target, state=state, **{"name": name, "version": version, **facts})
        if source is not None:
            self.link(node, source, Relation.WAS_DERIVED_FROM, path=path, field="properties.modelUri")
        if copied_from is not None:
            self.link(node, copied_from, Relation.COPIED_FROM, field="properties.originAssetId")
        return node

    def data(self, name: str, version: str, *, source: Node | None = None, **facts: Any) -> Node:
        node = self._asset("data", name, version, facts)
        if source is not None:
            self.link(node, source, Relation.WAS_DERIVED_FROM, field="properties.dataUri")
        return node

    def environment(self, name: str, version: str, **facts: Any) -> Node:
        return self._asset("environments", name, version, facts)

    def code(self, name: str, version: str, **facts: Any) -> Node:
        return self._asset("codes", name, version, facts)

    def component(self, name: str, version: str, **facts: Any) -> Node:
        return self._asset("components", name, version, facts)

    def endpoint(self, name: str, *, traffic: dict[str, int] | None = None, **facts: Any) -> Node:
        target = ids.Target(Kind.ENDPOINT, f"{self.scope.text}/onlineEndpoints/{name}")
        return self.thing(target, **{"name": name, "traffic": dict(traffic or {}), **facts})

    def deployment(self, endpoint: Node, name: str, *, model: Node | None = None, **facts: Any) -> Node:
        target = ids.Target(Kind.DEPLOYMENT, f"{endpoint.text}/deployments/{name}")
        node = self.thing(target, **{"name": name, **facts})
        self.link(node, endpoint, Relation.PART_OF, field="id")
        if model is not None:
            self.link(node, model, Relation.DEPLOYS, field="properties.model")
        return node

    # relations and what is not known

    def link(
        self,
        effect: Node,
        cause: Node,
        relation: Relation,
        *,
        name: str = "",
        path: str = "",
        derivation: Derivation = Derivation.SERVICE_FIELD,
        certainty: Certainty = Certainty.CONFIRMED,
        field: str = "properties",
        value: str = "",
        rank: int = 0,
    ) -> Edge:
        evidence = Evidence(effect.text, _RECORD_OF.get(effect.kind, "other"), field, value or cause.text)
        edge = Edge(effect.key, cause.key, relation, derivation, certainty, evidence, name, path, rank, since=1)
        self._edges.append(edge)
        return edge

    def same(self, one: Node, other: Node) -> Edge:
        return self.link(one, other, Relation.SAME_AS, field="properties.containerName")

    def record(self, subject: Node, kind: RecordKind, body: dict[str, Any]) -> Record:
        record = Record(subject.text, kind, self.scope.text, body)
        self._records.append(record)
        return record

    def gap(self, subject: Node, reason: GapReason, detail: str = "", remedy: str = "") -> Gap:
        kind = RecordKind(_RECORD_OF.get(subject.kind, "other"))
        gap = Gap(subject.text, kind, self.scope.text, reason, detail or f"the service said {reason}", remedy)
        self._gaps.append(gap)
        return gap

    def loose(self, record: Node, field: str, value: str, reason: LooseReason, remedy: str = "") -> Loose:
        loose = Loose(record.text, _RECORD_OF.get(record.kind, "other"), field, value, reason, remedy)
        self._loose.append(loose)
        return loose

    def datastore(self, name: str, account: str, container: str) -> Node:
        target = ids.datastore(self.scope, name)
        self._datastores[target.text] = ids.storage_path(account, "blob", "core.windows.net", container).text
        return self.thing(target, name=name)

    def guid(self, guid: str, scope: ids.Scope | None = None) -> None:
        self._guids[guid] = (scope or self.scope).text

    def covered(self, scope: ids.Scope, *, complete: bool = True, gaps: int = 0) -> None:
        self._scopes[scope.text] = ScopeCoverage(scope.text, "2026-11-30T05:58:00Z", complete, (), gaps)

    def view(self, number: int = 1, published: str = "2026-11-30T06:00:00Z") -> MemoryView:
        view = MemoryView(
            list(self._nodes.values()),
            self._edges,
            records=self._records,
            gaps=self._gaps,
            loose=self._loose,
            coverage=[self._scopes[text] for text in sorted(self._scopes)],
            datastores=self._datastores,
            guids=self._guids,
        )
        view._generation = _generation(number, view.generation.counts, published, self.scope.text)
        return view

    def _asset(self, collection: str, name: str, version: str, facts: dict[str, Any]) -> Node:
        state = facts.pop("state", State.LIVE)
        scope = facts.pop("scope", self.scope)
        target = ids.asset(scope, collection, name, version)
        return self.thing(target, state=state, **{"name": name, "version": version, **facts})

    def _written(self, place: Node, output: Node | None) -> Node:
        if output is not None:
            self.link(place, output, Relation.WAS_GENERATED_BY, field="runDefinition.outputs")
        return place


_RECORD_OF = {
    Kind.MODEL_VERSION: "model_version",
    Kind.DATA_VERSION: "data_version",
    Kind.ENVIRONMENT_VERSION: "environment_version",
    Kind.COMPONENT_VERSION: "component_version",
    Kind.CODE_VERSION: "code_version",
    Kind.JOB: "job",
    Kind.JOB_OUTPUT: "job",
    Kind.DEPLOYMENT: "deployment",
    Kind.ENDPOINT: "endpoint",
    Kind.DATASTORE: "datastore",
}


def _generation(
    number: int, counts: dict[str, int], published: str = "2026-11-30T06:00:00Z", root: str = ""
) -> Generation:
    return Generation(
        number,
        published,
        rules=1,
        digest="0" * 64,
        root=root,
        started="2026-11-30T05:55:00Z",
        finished="2026-11-30T05:58:00Z",
        counts=counts,
    )
