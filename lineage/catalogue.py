"""What the index holds: the models with what is known of their making, and how much is known at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from lineage import answers
from lineage.graph import Certainty, Loose, LooseReason, Node, Relation, State
from lineage.ids import Kind
from lineage.ports import Generation, Index, NodeFilter, ScopeCoverage, View
from lineage.records import Gap, GapReason

_PAGE: Final = 10_000
ALL: Final = 1_000_000_000
"""More rows than any list holds: no limit."""


class Provenance(StrEnum):
    """How surely a job is known to have made a model version."""

    CONFIRMED = "CONFIRMED"
    INFERRED = "INFERRED"
    AMBIGUOUS = "AMBIGUOUS"  # one of several jobs
    NONE = "NONE"  # no producing job is known


Reason = TypeVar("Reason", bound=StrEnum)
Told = TypeVar("Told", Gap, Loose)

_STRENGTH: Final = (Provenance.CONFIRMED, Provenance.INFERRED, Provenance.AMBIGUOUS, Provenance.NONE)
_THROUGH: Final = frozenset({Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.COPIED_FROM})
_MADE_OF: Final = frozenset({Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION})
"""What a model version may come through on the way to its job; data that a job only read is not on the way."""


class ModelFilter(msgspec.Struct, frozen=True):
    """Which model versions a list shows; every field narrows.

    text: case-insensitive part of the canonical text. scope: text of a workspace or registry. stage: as the service
    has it, case-insensitive. tags: `name` or `name=value`, all of them. produced: whether a producing job is known.
    created_from, created_to: ISO 8601, both inclusive; a day alone means the whole day.
    """

    text: str = ""
    scope: str = ""
    states: tuple[State, ...] = ()
    stage: str = ""
    tags: tuple[str, ...] = ()
    produced: bool | None = None
    created_from: str = ""
    created_to: str = ""


class ModelRow(msgspec.Struct, frozen=True):
    """A model version and the jobs known to have made it, surest first."""

    node: Node
    provenance: Provenance
    jobs: tuple[int, ...]


class ModelPage(msgspec.Struct, frozen=True):
    """Rows in order of canonical text. after: what to pass as `after` for the next page; '' at the end."""

    rows: tuple[ModelRow, ...]
    after: str


class Coverage(msgspec.Struct, frozen=True):
    """Model versions by how surely their job is known."""

    total: int
    confirmed: int
    inferred: int
    ambiguous: int
    none: int


class Status(msgspec.Struct, frozen=True):
    """What one generation holds and lacks. counts: as in `Generation`. generations: all, oldest first."""

    generation: Generation
    generations: tuple[Generation, ...]
    scopes: tuple[ScopeCoverage, ...]
    counts: dict[str, int]
    coverage: Coverage
    gaps: dict[GapReason, int]
    loose: dict[LooseReason, int]


def models(view: View, wanted: ModelFilter | None = None, after: str = "", limit: int = 100) -> ModelPage:
    """Model versions that pass the filter, at most `limit`, those after the canonical text `after`.

    A model version with several names is listed once, by the best of them.
    """
    wanted = wanted or ModelFilter()
    rows: list[ModelRow] = []
    sparse = (
        bool(wanted.stage or wanted.tags or wanted.created_from or wanted.created_to) or wanted.produced is not None
    )
    for page in _pages(view, wanted, after, max(limit + 1, 2000 if sparse else 100)):
        chosen = [node for node in page if _passes(wanted, node)]
        made = producers(view, [node.key for node in chosen])
        for node in _things(view, chosen):
            provenance, jobs = made[node.key]
            if wanted.produced is None or wanted.produced == (provenance is not Provenance.NONE):
                rows.append(ModelRow(node, provenance, jobs))
        if len(rows) > limit:
            return ModelPage(tuple(rows[:limit]), rows[limit - 1].node.text if limit else after)
    return ModelPage(tuple(rows), "")


def producers(view: View, keys: Sequence[int]) -> dict[int, tuple[Provenance, tuple[int, ...]]]:
    """For each model version, how surely its job is known and which jobs it may be, surest first.

    A way to a job is as sure as its weakest edge, a model version as its surest way. Ways lead through outputs,
    places and the model versions that it was copied or derived from.
    """
    best: dict[int, dict[int, int]] = {key: {key: 0} for key in keys}
    jobs: dict[int, dict[int, int]] = {key: {} for key in keys}
    wave = {key: {(key, 0)} for key in keys}
    while wave:
        steps = _steps(view, list(wave))
        following: dict[int, set[tuple[int, int]]] = {}
        for here, arrivals in wave.items():
            for there, kind, weakness in steps.get(here, ()):
                for origin, so_far in arrivals:
                    worst = max(so_far, weakness)
                    known = jobs[origin] if kind is Kind.JOB else best[origin]
                    if worst >= known.get(there, len(_STRENGTH)):
                        continue
                    known[there] = worst
                    if kind is not Kind.JOB:
                        following.setdefault(there, set()).add((origin, worst))
        wave = following
    names, edges = answers.same_things(view, dict.fromkeys(job for found in jobs.values() for job in found))
    stands = answers.things(names, edges)
    return {key: _verdict(jobs[key], stands) for key in keys}


def status(index: Index, view: View) -> Status:
    """What the viewed generation holds and lacks."""
    made: Counter[Provenance] = Counter()
    for page in _pages(view, ModelFilter(), "", _PAGE):
        keys = [node.key for node in _things(view, page)]
        made.update(provenance for provenance, _ in producers(view, keys).values())
    return Status(
        view.generation,
        tuple(index.generations()),
        tuple(view.coverage()),
        dict(view.generation.counts),
        Coverage(
            sum(made.values()),
            made[Provenance.CONFIRMED],
            made[Provenance.INFERRED],
            made[Provenance.AMBIGUOUS],
            made[Provenance.NONE],
        ),
        _tally(gap.reason for gap in view.gaps(None, ALL)),
        _tally(end.reason for end in view.loose(None, ALL)),
    )


def examples(told: Iterable[Told], each: int) -> list[Told]:
    """The first `each` gaps or loose ends of every reason, in the order they come."""
    met: Counter[str] = Counter()
    chosen = []
    for one in told:
        met[one.reason] += 1
        if met[one.reason] <= each:
            chosen.append(one)
    return chosen


def _pages(view: View, wanted: ModelFilter, after: str, size: int) -> Iterable[list[Node]]:
    narrow = NodeFilter((Kind.MODEL_VERSION,), wanted.states, wanted.scope, wanted.text)
    while True:
        page = view.list_nodes(narrow, after=after, limit=size)
        if page:
            yield page
        if len(page) < size:
            return
        after = page[-1].text


def _things(view: View, nodes: list[Node]) -> list[Node]:
    """`nodes` without names of a thing that is listed by a better one."""
    known, edges = answers.same_things(view, [node.key for node in nodes])
    stands = answers.things(known, edges)
    return [node for node in nodes if stands.get(node.key, node.key) == node.key]


def _passes(wanted: ModelFilter, node: Node) -> bool:
    facts = node.facts
    if wanted.stage and str(facts.get("stage") or "").lower() != wanted.stage.lower():
        return False
    tags = facts.get("tags") or {}
    for tag in wanted.tags:
        name, equals, value = tag.partition("=")
        if name not in tags or (equals and str(tags[name]) != value):
            return False
    created = str(facts.get("createdAt") or "")
    if wanted.created_from and created < wanted.created_from:
        return False
    return not wanted.created_to or ("" < created[: len(wanted.created_to)] <= wanted.created_to)


def _steps(view: View, keys: list[int]) -> dict[int, list[tuple[int, Kind, int]]]:
    """From each key towards jobs: where to, of what kind, and how weak the step is."""
    edges = [edge for edge in view.causes(keys) if edge.relation in _THROUGH]
    asked = set(keys)
    pairs = [(edge.effect, edge.cause, _weakness(edge.certainty)) for edge in edges]
    for edge in view.same(keys):
        weakness = _weakness(edge.certainty)
        pairs += [(one, two, weakness) for one, two in _both(edge.effect, edge.cause) if one in asked]
    kinds = {key: node.kind for key, node in view.nodes(list(dict.fromkeys(pair[1] for pair in pairs))).items()}
    found: dict[int, list[tuple[int, Kind, int]]] = {}
    for here, there, weakness in pairs:
        kind = kinds.get(there)
        if kind is Kind.JOB or kind in _MADE_OF:
            found.setdefault(here, []).append((there, kind, weakness))
    return found


def _both(one: int, other: int) -> tuple[tuple[int, int], tuple[int, int]]:
    return (one, other), (other, one)


def _weakness(certainty: Certainty) -> int:
    return _STRENGTH.index(Provenance(certainty.value))


def _verdict(jobs: dict[int, int], stands: dict[int, int]) -> tuple[Provenance, tuple[int, ...]]:
    """The surest way's strength, and the jobs, each by the name that stands for it."""
    if not jobs:
        return Provenance.NONE, ()
    surest = sorted(jobs, key=lambda key: jobs[key])
    return _STRENGTH[jobs[surest[0]]], tuple(dict.fromkeys(stands.get(key, key) for key in surest))


def _tally(reasons: Iterable[Reason]) -> dict[Reason, int]:
    """How often each reason stands, most frequent first."""
    return dict(Counter(reasons).most_common())
