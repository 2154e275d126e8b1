"""What the index holds: the models with what is known of their making, and how much is known at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from lineage import answers, listing, producing, search
from lineage.graph import Certainty, Loose, LooseReason, Node, State
from lineage.ids import Kind
from lineage.ports import Asked, Generation, Index, NodeFilter, Order, ScopeCoverage, Step, View
from lineage.producing import MADE_OF, THROUGH, WEAKNESS
from lineage.producing import Provenance as Provenance
from lineage.records import Gap, GapReason

_PAGE: Final = 10_000


Reason = TypeVar("Reason", bound=StrEnum)

_STRENGTH: Final = (Provenance.CONFIRMED, Provenance.INFERRED, Provenance.AMBIGUOUS, Provenance.NONE)
_NEVER: Final = (len(_STRENGTH), 0)


class ModelFilter(msgspec.Struct, frozen=True):
    """Which model versions a list shows; every field narrows, and of several values one is enough.

    text: case-insensitive part of the canonical text. scope: text of a workspace or registry. stage, name, types,
    created_by: as the service has them, in whatever case. tags: `name` or `name=value`, all of them. produced: whether
    a producing job is known; provenances: how surely. created_from, created_to: ISO 8601, both inclusive; a day alone
    means the whole day.
    """

    text: str = ""
    scope: str = ""
    states: tuple[State, ...] = ()
    stage: str = ""
    tags: tuple[str, ...] = ()
    produced: bool | None = None
    created_from: str = ""
    created_to: str = ""
    name: str = ""
    types: tuple[str, ...] = ()
    created_by: tuple[str, ...] = ()
    provenances: tuple[Provenance, ...] = ()


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


def models(
    view: View, wanted: ModelFilter | None = None, after: str = "", limit: int = 100, order: Order | None = None
) -> ModelPage:
    """Model versions that pass the filter, at most `limit`, those after the canonical text `after`.

    A model version with several names is listed once, by the best of them.
    """
    page = model_nodes(view, wanted, after, limit, order)
    made = producers(view, [node.key for node in page.nodes])
    return ModelPage(tuple(ModelRow(node, *made[node.key]) for node in page.nodes), page.after)


def model_nodes(
    view: View, wanted: ModelFilter | None = None, after: str = "", limit: int = 100, order: Order | None = None
) -> listing.Listed:
    """The same model versions, without asking for the jobs behind those that are listed."""
    wanted = wanted or ModelFilter()
    nodes: list[Node] = []
    size = max(limit + 1, 2000 if _by_origin(wanted) else 100)
    for page in listing.pages(view, Kind.MODEL_VERSION, _narrowed(wanted), order, after, size):
        nodes += _made_so(view, wanted, page)[: limit + 1 - len(nodes)]
        if len(nodes) > limit:
            return listing.Listed(tuple(nodes[:limit]), nodes[limit - 1].text if limit else after)
    return listing.Listed(tuple(nodes), "")


def producers(view: View, keys: Sequence[int]) -> dict[int, tuple[Provenance, tuple[int, ...]]]:
    """For each model version, how surely its job is known and which jobs it may be, surest first,
    candidates by rank.

    A way to a job is as sure as its weakest edge, a model version as its surest way. Ways lead through outputs,
    places and the model versions that it was copied or derived from.
    """
    best: dict[int, dict[int, int]] = {key: {key: 0} for key in keys}
    jobs: dict[int, dict[int, tuple[int, int]]] = {key: {} for key in keys}
    wave = {key: {(key, 0, 0)} for key in keys}
    while wave:
        steps = _steps(view, list(wave))
        following: dict[int, set[tuple[int, int, int]]] = {}
        for here, arrivals in wave.items():
            for step in steps.get(here, ()):
                for origin, so_far, place in arrivals:
                    worst = max(so_far, WEAKNESS[step.certainty])
                    # Of ways that are equally sure the shortest has the say: it was ranked for this thing.
                    rank = step.rank if step.certainty is Certainty.AMBIGUOUS else place
                    if step.kind is Kind.JOB:
                        if (worst, rank) < jobs[origin].get(step.there, _NEVER):
                            jobs[origin][step.there] = (worst, rank)
                    elif worst < best[origin].get(step.there, len(_STRENGTH)):
                        best[origin][step.there] = worst
                        following.setdefault(step.there, set()).add((origin, worst, rank))
        wave = following
    names, edges = answers.same_things(view, dict.fromkeys(job for found in jobs.values() for job in found))
    stands = answers.things(names, edges)
    return {key: _verdict(jobs[key], stands) for key in keys}


def status(index: Index, view: View) -> Status:
    """What the viewed generation holds and lacks."""
    gaps, loose = view.reason_counts()
    return Status(
        view.generation,
        tuple(index.generations()),
        tuple(view.coverage()),
        dict(view.generation.counts),
        coverage(view),
        _most(gaps),
        _most(loose),
    )


def coverage(view: View) -> Coverage:
    """How many model versions there are by how surely their job is known; a thing with several names counts once."""
    made = [0] * len(_STRENGTH)
    for keys in listing.chunks(view.keys(NodeFilter((Kind.MODEL_VERSION,)))):
        hidden = producing.hidden(view, keys)
        ways = producing.walk(view, keys)
        surest = producing.surest(ways, ways.jobs)
        for key in keys:
            if key not in hidden:
                made[surest.get(key, -1)] += 1
    confirmed, inferred, ambiguous, none = made
    return Coverage(sum(made), confirmed, inferred, ambiguous, none)


def origins(view: View, text: str, wanted: Asked) -> dict[Provenance, int] | None:
    """Of the model versions that a search finds, how many there are by how surely their job is known.

    None when there are more than `search.MOST`. Raises InvalidOption.
    """
    if wanted.kinds and Kind.MODEL_VERSION not in wanted.kinds:
        return {}
    asked = msgspec.structs.replace(wanted, words=search.words(text), kinds=(Kind.MODEL_VERSION,))
    hits = view.search(asked, search.MOST)
    if sum(hits.counts.values()) > len(hits.found):
        return None
    keys = [key for key, *_ in hits.found]
    ways = producing.walk(view, keys)
    surest = producing.surest(ways, ways.jobs)
    made = Counter(surest.get(key, -1) for key in keys)
    return {provenance: made[at] for at, provenance in zip((0, 1, 2, -1), _STRENGTH, strict=True) if made[at]}


def count(view: View, wanted: ModelFilter, expired: Callable[[], bool] | None = None) -> int | None:
    """How many rows `models` has for this filter over all its pages; None when time runs out before that is known."""
    if not _by_origin(wanted):
        return listing.count_passing(view, _narrowed(wanted), expired)
    total, after = 0, ""
    while True:
        page = models(view, wanted, after, _PAGE)
        total += len(page.rows)
        after = page.after
        if not after:
            return total
        if expired is not None and expired():
            return None


def gap_examples(view: View, each: int) -> list[Gap]:
    """The first `each` gaps of every reason."""
    return [gap for reason in view.reason_counts()[0] for gap in view.gaps(None, each, reason)] if each else []


def loose_examples(view: View, each: int) -> list[Loose]:
    """The first `each` loose ends of every reason."""
    return [end for reason in view.reason_counts()[1] for end in view.loose(None, each, reason)] if each else []


def _narrowed(wanted: ModelFilter) -> NodeFilter:
    chosen = listing.Wanted(
        text=wanted.text,
        scope=wanted.scope,
        states=wanted.states,
        name=wanted.name,
        types=wanted.types,
        stages=(wanted.stage,) if wanted.stage else (),
        created_by=wanted.created_by,
        tags=wanted.tags,
        created_from=wanted.created_from,
        created_to=wanted.created_to,
    )
    return listing.narrowed(Kind.MODEL_VERSION, chosen)


def _made_so(view: View, wanted: ModelFilter, nodes: list[Node]) -> list[Node]:
    """Those of which so much is known of the job as the filter wants. Nobody's jobs are looked for."""
    if not _by_origin(wanted):
        return nodes
    ways = producing.walk(view, [node.key for node in nodes])
    surest = producing.surest(ways, ways.jobs)
    found = []
    for node in nodes:
        provenance = _STRENGTH[surest.get(node.key, -1)]
        known = provenance is not Provenance.NONE
        if wanted.produced in (None, known) and (not wanted.provenances or provenance in wanted.provenances):
            found.append(node)
    return found


def _by_origin(wanted: ModelFilter) -> bool:
    """Whether a filter looks at what only the lineage tells."""
    return bool(wanted.provenances) or wanted.produced is not None


def _steps(view: View, keys: list[int]) -> dict[int, list[Step]]:
    """From each key towards jobs."""
    found: dict[int, list[Step]] = {}
    for step in view.steps(keys, THROUGH):
        if step.kind is Kind.JOB or step.kind in MADE_OF:
            found.setdefault(step.here, []).append(step)
    return found


def _verdict(jobs: dict[int, tuple[int, int]], stands: dict[int, int]) -> tuple[Provenance, tuple[int, ...]]:
    """The surest way's strength, and the jobs, each by the name that stands for it."""
    if not jobs:
        return Provenance.NONE, ()
    surest = sorted(jobs, key=lambda key: jobs[key])
    return _STRENGTH[jobs[surest[0]][0]], tuple(dict.fromkeys(stands.get(key, key) for key in surest))


def _most(counted: dict[Reason, int]) -> dict[Reason, int]:
    """How often each reason stands, most frequent first."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
