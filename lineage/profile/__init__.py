"""What one model version was made from, by value: what its records and those of its job say, with the evidence.

    profile(view, found).values     DATA features -> applications:3, PARAMETER lr = 0.1, CODE commit = c0ffee, …

The job is the one that wrote the bytes (`summary`). What it does not say itself is taken from the jobs that it is
part of, then from those that the registration names. When one of several jobs may have made the version, each of
them is read: where they agree it is known all the same, and where they do not every value is AMBIGUOUS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from lineage.graph import Certainty, Edge, Evidence, Node, Relation, State
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import View
from lineage.profile.bodies import Said, first, said, tells
from lineage.profile.words import LONGEST, OF_THE_JOB, OF_THE_MODEL, Aspect, Profile, Unknown, Value
from lineage.records import Record, RecordKind
from lineage.summary import Summary, summary
from lineage.trace import Trace, trace
from lineage.traversal import Budget

_CANDIDATES: Final = 20
"""Jobs of which one may have made the version, of which so many are read."""
_STRENGTH: Final = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)
_DATA: Final = (Kind.DATA_VERSION, Kind.ASSET_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION)
"""What an input may be, what says most of it first: of one input only that is told."""
_MODELS: Final = (Kind.MODEL_VERSION, Kind.MODEL)
_HANDED_DOWN: Final = frozenset({Aspect.PARAMETER, Aspect.CODE, Aspect.COMPUTE, Aspect.SUBMITTER, Aspect.METRIC})
"""What a job that says nothing of it has from the job that it is part of."""
_SOFTWARE: Final = (
    (Relation.RAN_IN, Aspect.ENVIRONMENT),
    (Relation.RAN_CODE, Aspect.CODE),
    (Relation.INSTANCE_OF, Aspect.COMPONENT),
)
_METRICS_ELSEWHERE: Final = Unknown(
    "metrics are held of runs that were read from an MLflow server",
    "crawl the workspace's MLflow server too to compare metrics",
)


def profile(view: View, found: Found, budget: Budget | None = None) -> Profile:
    """What `found`, a model version, was made from."""
    answer = trace(view, found, budget)
    return _Reader(view, answer, summary(answer)).read()


class _Reader:
    def __init__(self, view: View, answer: Trace, short: Summary) -> None:
        self._view = view
        self._answer = answer
        self._short = short
        things = answer.things
        self._nodes = {things.get(key, key): answer.nodes[things.get(key, key)] for key in answer.nodes}
        self._out: dict[int, list[tuple[int, Edge]]] = {}
        for edge in answer.edges:
            here, there = things.get(edge.effect, edge.effect), things.get(edge.cause, edge.cause)
            if edge.relation is not Relation.SAME_AS and here != there and here in self._nodes and there in self._nodes:
                self._out.setdefault(here, []).append((there, edge))
        self._me = self._nodes[things.get(answer.found.node.key, answer.found.node.key)]
        self._records: dict[int, list[Record]] = {}
        self._unknown: dict[Aspect, Unknown] = {}

    def read(self) -> Profile:
        values = [*self._of_model(), *self._copied()]
        made, candidates = self._short.made, self._short.candidates[:_CANDIDATES]
        declared = [maker.job for maker in self._short.declared]
        if made:
            jobs = [maker.job for maker in made]
            line = [*jobs, *(node for job in jobs for node in self._parents(job)), *declared]
            values += self._of_jobs(line, len(jobs), made[0].certainty)
        elif candidates:
            told = [
                list(self._of_jobs([maker.job, *self._parents(maker.job), *declared], 1, Certainty.CONFIRMED))
                for maker in candidates
            ]
            values += _agreed(told)
        elif declared:
            values += self._of_jobs(declared, len(declared), Certainty.CONFIRMED)
        else:
            self._no_job()
        values += self._origins(Certainty.AMBIGUOUS if candidates and not made else Certainty.CONFIRMED)
        order = {aspect: place for place, aspect in enumerate(Aspect)}
        values.sort(key=lambda one: (order[one.aspect], one.name, one.text))
        return Profile(self._answer.header, self._answer.found, tuple(_once(values)), self._unknown)

    def _of_model(self) -> Iterator[Value]:
        names = [self._me.key, *self._answer.found.names]
        records = next((told for key in names if (told := self._held([key])[key])), [])
        if not records:
            self._missing(OF_THE_MODEL, _unread(self._me))
        for record, one in first((held, told) for held in records for told in said(held)):
            yield _value(record, one)
        maker = next(iter((*self._short.made, *self._short.candidates)), None)
        way = self._way_to(maker.job) if maker is not None else None
        if maker is not None and way is not None:
            for name, text in (("output", maker.output), ("path", maker.path)):
                if text:
                    yield _text(Aspect.SOURCE, name, text, way.evidence, maker.certainty)

    def _copied(self) -> Iterator[Value]:
        met = {self._me.key}
        waiting = [self._me.key]
        while waiting:
            for there, edge in self._edges(waiting.pop(), Relation.COPIED_FROM):
                if there not in met:
                    met.add(there)
                    waiting.append(there)
                    yield self._node(Aspect.BASE_MODEL, "copied from", there, edge)

    def _of_jobs(self, line: Sequence[Node], own: int, certainty: Certainty) -> Iterator[Value]:
        """What jobs say: the first `own` made the version, the others are what they are part of or declared by."""
        line = list({job.key: job for job in line}.values())
        held = self._held([job.key for job in line])
        if not any(tells(record) for job in line for record in held[job.key]):
            unread = next((job for job in line if job.state is not State.LIVE), line[0])
            self._missing(OF_THE_JOB, _unread(unread))
            self._missing((Aspect.BASE_MODEL,), _unread(unread))
        elif not any(record.kind is RecordKind.MLFLOW_RUN for job in line for record in held[job.key]):
            self._missing((Aspect.METRIC,), _METRICS_ELSEWHERE)
        for job in line[:own]:
            way = self._way_to(job)
            if way is not None:
                yield self._node(Aspect.JOB, "job", job.key, way, certainty)
        told = (
            (record, one)
            for place, job in enumerate(line)
            for record in held[job.key]
            for one in said(record)
            if place < own or one.aspect in _HANDED_DOWN or (one.aspect is Aspect.JOB and one.name == "experiment")
        )
        for record, one in first(told):
            yield _value(record, one, certainty)
        yield from self._software(line, certainty)
        yield from self._inputs(line, certainty)

    def _software(self, line: Iterable[Node], certainty: Certainty) -> Iterator[Value]:
        line = list(line)
        for relation, aspect in _SOFTWARE:
            ways = next((ways for job in line if (ways := self._own_or_parts(job.key, relation))), [])
            for there, edge in ways:
                yield self._node(aspect, edge.name or "version", there, edge, certainty)
            for key, records in self._held([there for there, _ in ways]).items():
                if not records and aspect is Aspect.ENVIRONMENT:
                    self._missing((Aspect.PACKAGE,), _unread(self._nodes[key]))
                for record in records:
                    for one in said(record):
                        yield _value(record, one, certainty)

    def _inputs(self, line: Iterable[Node], certainty: Certainty) -> Iterator[Value]:
        models: dict[tuple[str, int], Edge] = {}
        read: dict[str, dict[int, Edge]] = {}
        for job in line:
            for there, edge in self._edges(job.key, Relation.USED):
                if self._nodes[there].kind in _MODELS and there != self._me.key:
                    models.setdefault((edge.name, there), edge)
                elif self._nodes[there].kind in _DATA:
                    read.setdefault(edge.name, {}).setdefault(there, edge)
            if read:
                break  # what a job's parent or the job that it is declared by read is its own
        for (name, there), edge in models.items():
            yield self._node(Aspect.BASE_MODEL, name, there, edge, certainty)
        for name, ways in read.items():
            best = min(_DATA.index(self._nodes[there].kind) for there in ways)
            for there, edge in ways.items():
                if _DATA.index(self._nodes[there].kind) == best:
                    yield self._node(Aspect.DATA, name, there, edge, certainty)
                    yield from self._places(name, there, certainty)

    def _origins(self, certainty: Certainty) -> Iterator[Value]:
        """Data with nothing known before it, by the input that it went in by."""
        ways: dict[int, dict[str, Edge]] = {root.node.key: {} for root in self._short.data}
        for edges in self._out.values():
            for there, edge in edges:
                if there in ways and edge.relation is Relation.USED:
                    ways[there].setdefault(edge.name, edge)
        for there, names in ways.items():
            for name, edge in names.items():
                # A pipeline has the inputs of its steps under the step's name too.
                if name.partition(".")[2] not in names:
                    yield self._node(Aspect.ORIGIN, name, there, edge, certainty)
                    yield from self._places(name, there, certainty)

    def _places(self, name: str, data: int, certainty: Certainty) -> Iterator[Value]:
        for there, edge in self._edges(data, Relation.WAS_DERIVED_FROM):
            if self._nodes[there].kind is Kind.LOCATION:
                yield self._node(Aspect.PLACE, name, there, edge, certainty)

    def _no_job(self) -> None:
        end = next(iter(self._short.loose), None)
        if self._me.state in (State.FORBIDDEN, State.DELETED, State.UNRESOLVED):
            why = _unread(self._me)
        elif end is not None:
            why = Unknown(f"no job is known: {end.reason.value} at {end.field}", end.remedy)
        else:
            why = Unknown("no job is known: the record names none", "register from the job's output")
        self._missing((*OF_THE_JOB, Aspect.BASE_MODEL), why)

    def _missing(self, aspects: Iterable[Aspect], why: Unknown) -> None:
        for aspect in aspects:
            self._unknown.setdefault(aspect, why)

    def _way_to(self, job: Node) -> Edge | None:
        """The link that names the job, from what it made."""
        best: Edge | None = None
        for edges in self._out.values():
            for there, edge in edges:
                if there == job.key and edge.relation is Relation.WAS_GENERATED_BY and _surer(edge, best):
                    best = edge
        return best

    def _parents(self, job: Node) -> list[Node]:
        found: dict[int, Node] = {}
        waiting = [job.key]
        while waiting:
            for there, _ in self._edges(waiting.pop(0), Relation.PART_OF):
                if there != job.key and there not in found:
                    found[there] = self._nodes[there]
                    waiting.append(there)
        return [node for node in found.values() if node.kind is Kind.JOB]

    def _own_or_parts(self, job: int, relation: Relation) -> list[tuple[int, Edge]]:
        """What a job, else its component, stands in this relation to."""
        own = self._edges(job, relation)
        if not own and relation is not Relation.INSTANCE_OF:
            parts = [there for there, _ in self._edges(job, Relation.INSTANCE_OF)]
            own = [way for part in parts for way in self._edges(part, relation)]
        return list({there: (there, edge) for there, edge in own}.values())

    def _edges(self, key: int, relation: Relation) -> list[tuple[int, Edge]]:
        return [(there, edge) for there, edge in self._out.get(key, ()) if edge.relation is relation]

    def _held(self, keys: Sequence[int]) -> dict[int, list[Record]]:
        missing = [key for key in keys if key not in self._records]
        if missing:
            read = self._view.records_of(missing)
            self._records.update((key, read.get(key, [])) for key in missing)
        return {key: self._records[key] for key in keys}

    def _node(
        self, aspect: Aspect, name: str, key: int, edge: Edge, certainty: Certainty = Certainty.CONFIRMED
    ) -> Value:
        node = self._nodes[key]
        return Value(aspect, name, node.text, node.text, _cut(edge.evidence), node, _weaker(edge.certainty, certainty))


def _once(values: Iterable[Value]) -> Iterator[Value]:
    """Each thing under each name once, as surely as any way tells it."""
    met: dict[tuple[Aspect, str, str], Value] = {}
    for one in values:
        place = (one.aspect, one.name, one.identity)
        known = met.setdefault(place, one)
        if _STRENGTH.index(one.certainty) < _STRENGTH.index(known.certainty):
            met[place] = one
    yield from met.values()


def _agreed(told: Sequence[Sequence[Value]]) -> Iterator[Value]:
    """What several candidates say, each thing once: as sure as it was where all of them say the same."""
    groups: list[dict[tuple[Aspect, str], set[str]]] = []
    for values in told:
        group: dict[tuple[Aspect, str], set[str]] = {}
        for one in values:
            group.setdefault((one.aspect, one.name), set()).add(one.identity)
        groups.append(group)
    met: set[tuple[Aspect, str, str]] = set()
    for values in told:
        for one in values:
            place = (one.aspect, one.name)
            if (*place, one.identity) in met:
                continue
            met.add((*place, one.identity))
            agreed = all(group.get(place) == groups[0].get(place) for group in groups)
            yield one if agreed else msgspec.structs.replace(one, certainty=Certainty.AMBIGUOUS)


def _value(record: Record, one: Said, certainty: Certainty = Certainty.CONFIRMED) -> Value:
    evidence = Evidence(record.subject, record.kind.value, one.field, one.value)
    return _text(one.aspect, one.name, one.value, evidence, certainty)


def _text(aspect: Aspect, name: str, text: str, evidence: Evidence, certainty: Certainty) -> Value:
    whole = text if len(text) <= LONGEST else blake2b(text.encode(), digest_size=32).hexdigest()
    return Value(aspect, name, text[:LONGEST], whole, _cut(evidence), None, certainty)


def _cut(evidence: Evidence) -> Evidence:
    if len(evidence.value) <= LONGEST:
        return evidence
    return msgspec.structs.replace(evidence, value=evidence.value[:LONGEST])


def _weaker(one: Certainty, other: Certainty) -> Certainty:
    return max(one, other, key=_STRENGTH.index)


def _surer(edge: Edge, than: Edge | None) -> bool:
    return than is None or (_STRENGTH.index(edge.certainty), edge.rank) < (_STRENGTH.index(than.certainty), than.rank)


def _unread(node: Node) -> Unknown:
    """Why nothing is told of a thing."""
    name = node.text.rpartition("/")[2] if node.kind is Kind.JOB else node.text
    what = "".join(f" {char.lower()}" if char.isupper() else char for char in node.kind.value).strip()
    why = node.reason or "no record of it is held"
    return Unknown(f"{what} {name} is {node.state.value}: {why}", node.remedy, node)


__all__ = ["Aspect", "Profile", "Unknown", "Value", "profile"]
