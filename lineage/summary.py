"""A trace at one glance: who made it, from which data, by which code, in what environment, and how sure that is.

Everything here is read off a `Trace`; nothing is looked up. What the service declares and what really happened may
differ: a registration names a pipeline whose step wrote the files, or whose step was reused from another run. The
job that wrote the bytes is the last one on the way from the thing, through outputs, places and copies; a job on the
way that the registration names is `declared`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

import msgspec

from lineage.graph import Certainty, Derivation, Edge, Loose, Node, Relation
from lineage.ids import Kind
from lineage.producing import Provenance
from lineage.trace import Trace

_STRENGTH: Final = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)
_THROUGH: Final = frozenset(
    {Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.COPIED_FROM, Relation.DEPLOYS}
)
_ASSETS: Final = frozenset({Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.ASSET_VERSION, Kind.DEPLOYMENT})
_PLACED: Final = _ASSETS | {Kind.LOCATION}
_MADE: Final = _ASSETS | {Kind.JOB_OUTPUT, Kind.LOCATION, Kind.JOB}
_DATA: Final = frozenset({Kind.DATA_VERSION, Kind.LOCATION, Kind.ASSET_VERSION})


class Maker(msgspec.Struct, frozen=True):
    """A job and what of it this came from.

    output: name of its output, path: the place in it; '' when not known or the whole. certainty: that of the weakest
    link on the surest way to it. rank: order among candidates, 0 first.
    """

    job: Node
    output: str
    path: str
    certainty: Certainty
    rank: int = 0


class Root(msgspec.Struct, frozen=True):
    """Data with nothing known before it: a data asset with the places it stands for, or a place that a job read."""

    node: Node
    places: tuple[Node, ...] = ()


class Code(msgspec.Struct, frozen=True):
    """What ran. git: `repo`, `branch`, `commit`, `dirty` as far as the service says; version: the uploaded snapshot."""

    git: dict[str, str]
    version: Node | None


class Summary(msgspec.Struct, frozen=True):
    """The short answer.

    made: the jobs that wrote it, surest first. candidates: when it is one of several jobs, those, likeliest first.
    declared: jobs that the registration names beside those. story: one sentence when declared and made differ, else
    ''. copied_from: what it is a copy of. data: where the data began. base_models: models that the makers read.
    certainty: how surely a job is known. loose: why none is, when none is.
    """

    made: tuple[Maker, ...]
    candidates: tuple[Maker, ...]
    declared: tuple[Maker, ...]
    story: str
    copied_from: tuple[Node, ...]
    data: tuple[Root, ...]
    code: tuple[Code, ...]
    environments: tuple[Node, ...]
    base_models: tuple[Node, ...]
    certainty: Provenance
    loose: tuple[Loose, ...]


def summary(answer: Trace) -> Summary:
    """What the trace says in short."""
    return _Reader(answer).read()


class _Reader:
    def __init__(self, answer: Trace) -> None:
        self._answer = answer
        things = answer.things
        self._nodes = {things.get(key, key): answer.nodes[things.get(key, key)] for key in answer.nodes}
        self._out: dict[int, list[tuple[int, Edge]]] = {}
        for edge in answer.edges:
            here, there = things.get(edge.effect, edge.effect), things.get(edge.cause, edge.cause)
            if edge.relation is not Relation.SAME_AS and here != there and here in self._nodes and there in self._nodes:
                self._out.setdefault(here, []).append((there, edge))
        starts = [answer.found.node.key, *(key for key, depth in answer.depth.items() if depth == 0)]
        self._starts = dict.fromkeys(things.get(key, key) for key in starts)

    def read(self) -> Summary:
        ways, declared, assets = self._ways()
        last = {key: maker for key, maker in ways.items() if not self._goes_on(key)} or ways
        written = self._merged(self._really(maker) for maker in self._by_path(last, declared))
        sure = [maker for maker in written if maker.certainty is not Certainty.AMBIGUOUS]
        unsure = [maker for maker in written if maker.certainty is Certainty.AMBIGUOUS]
        made = {maker.job.key for maker in written}
        said = self._merged(maker for maker in declared if maker.job.key not in made)
        jobs = [maker.job for maker in (*written, *said)]
        strengths = [_STRENGTH.index(maker.certainty) for maker in ways.values()]
        return Summary(
            tuple(sure),
            tuple(unsure),
            tuple(said),
            self._story(said[0].job, sure[0].job) if said and sure else "",
            tuple(
                self._nodes[there]
                for key in assets
                for there, edge in self._out.get(key, ())
                if edge.relation is Relation.COPIED_FROM
            ),
            self._roots(),
            self._code(jobs),
            self._first_of(jobs, Relation.RAN_IN),
            self._used_models(jobs),
            Provenance(_STRENGTH[min(strengths)].value) if strengths else Provenance.NONE,
            () if written else tuple(end for key in assets for end in self._loose(key)),
        )

    def _ways(self) -> tuple[dict[int, Maker], list[Maker], dict[int, None]]:
        """The makers by the key of what they made on the way, the declared ones, and the assets before any job."""
        best: dict[int, tuple[int, int]] = dict.fromkeys(self._starts, (0, 0))
        paths: dict[int, str] = dict.fromkeys(self._starts, self._answer.found.path)
        assets = dict.fromkeys(key for key in self._starts if self._nodes[key].kind in _PLACED)
        ways: dict[int, Maker] = {}
        declared: dict[tuple[int, int], Maker] = {}
        waiting = list(self._starts)
        for key in self._starts:
            if self._nodes[key].kind is Kind.JOB:
                ways[key] = Maker(self._nodes[key], "", "", Certainty.CONFIRMED)
        while waiting:
            following: list[int] = []
            for here in waiting:
                for there, edge in self._out.get(here, ()):
                    if edge.relation not in _THROUGH or self._nodes[there].kind not in _MADE:
                        continue
                    weakness, rank = best[here]
                    arrived = (
                        max(weakness, _STRENGTH.index(edge.certainty)),
                        edge.rank if edge.certainty is Certainty.AMBIGUOUS else rank,
                    )
                    near, far = self._nodes[here], self._nodes[there]
                    if far.kind is Kind.JOB:
                        output = edge.name or _last(near) if near.kind is Kind.JOB_OUTPUT else ""
                        maker = Maker(far, output, paths.get(here, ""), _STRENGTH[arrived[0]], arrived[1])
                        known = ways.get(here)
                        if known is None or _surer(maker, known):
                            ways[here] = maker
                        if self._is_declared(here, near, edge, assets):
                            declared.setdefault((here, there), maker)
                        continue
                    # Of ways that are equally sure the shortest has the say: it was ranked for this thing.
                    if there not in best or arrived[0] < best[there][0]:
                        best[there] = arrived
                        paths.setdefault(there, edge.path)
                        following.append(there)
                    if here in assets and far.kind in _PLACED:
                        assets[there] = None
                    if far.kind is Kind.JOB_OUTPUT and self._is_declared(here, near, edge, assets):
                        for job, way in self._out.get(there, ()):
                            if self._nodes[job].kind is Kind.JOB:
                                name = way.name or _last(far)
                                maker = Maker(self._nodes[job], name, edge.path, _STRENGTH[arrived[0]], arrived[1])
                                declared.setdefault((there, job), maker)
            waiting = following
        return ways, list(declared.values()), assets

    def _is_declared(self, here: int, near: Node, edge: Edge, assets: Container[int]) -> bool:
        if near.kind is Kind.JOB_OUTPUT:
            return here in self._starts
        return here in assets and near.kind in _ASSETS and edge.derivation is not Derivation.MATERIALISED_PATH

    def _goes_on(self, key: int) -> bool:
        """Whether what stands behind this output or asset was written by another job still."""
        own = {there for there, edge in self._out.get(key, ()) if self._nodes[there].kind is Kind.JOB}
        met = {key}
        waiting = [key]
        while waiting:
            here = waiting.pop()
            for there, edge in self._out.get(here, ()):
                kind = self._nodes[there].kind
                if edge.relation not in _THROUGH or kind not in _MADE or there in met:
                    continue
                if kind is Kind.JOB:
                    if there not in own:
                        return True
                    continue
                met.add(there)
                waiting.append(there)
        return False

    def _by_path(self, last: dict[int, Maker], declared: list[Maker]) -> list[Maker]:
        """Without the jobs that are only declared, where the path of the files says which job wrote them."""
        told = {
            there
            for ways in self._out.values()
            for there, edge in ways
            if edge.derivation is Derivation.MATERIALISED_PATH and edge.certainty is not Certainty.AMBIGUOUS
        }
        wrote = [maker for key, maker in last.items() if key in told]
        named = {maker.job.key for maker in declared}
        return [maker for key, maker in last.items() if key in told or not wrote or maker.job.key not in named]

    def _really(self, maker: Maker) -> Maker:
        """The job that a reused step was reused from did the work."""
        met = {maker.job.key}
        job = maker.job
        while True:
            earlier = next((there for there, edge in self._edges(job.key, Relation.REUSED_FROM)), None)
            if earlier is None or earlier in met:
                break
            met.add(earlier)
            job = self._nodes[earlier]
        return msgspec.structs.replace(maker, job=job)

    def _merged(self, makers: Iterable[Maker]) -> list[Maker]:
        """One of each job, the surest first, then candidates by rank; of equally sure ones that which says more."""
        ordered = sorted(makers, key=lambda one: (*_trust(one), not one.output))
        found: dict[int, Maker] = {}
        for maker in ordered:
            known = found.setdefault(maker.job.key, maker)
            if not known.output and maker.output:
                found[maker.job.key] = msgspec.structs.replace(known, output=maker.output, path=maker.path)
        return list(found.values())

    def _story(self, declared: Node, writer: Node) -> str:
        """Declared by one, written by another: in one sentence."""
        begun = f"declared by {said(declared)}; the bytes were written by "
        if declared.key in self._parents(writer.key):
            return f"{begun}its {said(writer)}"
        reusing = any(
            declared.key in self._parents(key) or key == declared.key
            for key in self._out
            for there, _ in self._edges(key, Relation.REUSED_FROM)
            if there == writer.key
        )
        parent = next((self._nodes[key] for key in self._parents(writer.key)), None)
        of = f" of {said(parent)}" if parent is not None else ""
        return f"{begun}{said(writer)}{of}{', reused' if reusing else ''}"

    def _parents(self, key: int) -> list[int]:
        """Jobs that this one is part of, nearest first."""
        found: list[int] = []
        waiting = [key]
        while waiting:
            for there, _ in self._edges(waiting.pop(), Relation.PART_OF):
                if there != key and there not in found:
                    found.append(there)
                    waiting.append(there)
        return found

    def _roots(self) -> tuple[Root, ...]:
        """Data that some job on the way read and that nothing known was before."""
        met = dict.fromkeys(self._starts, False)
        waiting = list(self._starts)
        order: dict[int, None] = {}
        direct: set[int] = set()
        while waiting:
            following: list[int] = []
            for here in waiting:
                for there, edge in self._out.get(here, ()):
                    used = edge.relation is Relation.USED
                    if not used and edge.relation not in _THROUGH and edge.relation is not Relation.REUSED_FROM:
                        continue
                    data = used or (met[here] and self._nodes[here].kind in _DATA)
                    if data and self._nodes[there].kind in _DATA:
                        order[there] = None
                        if self._nodes[here].kind not in _DATA:
                            direct.add(there)
                    if there not in met or (data and not met[there]):
                        met[there] = data
                        following.append(there)
            waiting = following
        roots = []
        for key in order:
            before = [there for there, edge in self._out.get(key, ()) if edge.relation in _THROUGH]
            leaves = [there for there in before if there in order and not self._out.get(there)]
            if key in direct and len(leaves) == len(before):
                roots.append(Root(self._nodes[key], tuple(self._nodes[there] for there in leaves)))
        told = {place.key for root in roots for place in root.places}
        return tuple(root for root in roots if root.node.key not in told)

    def _code(self, jobs: Iterable[Node]) -> tuple[Code, ...]:
        """The code of the first job that says: its own, its component's, or the git state of what it is part of."""
        for job in jobs:
            versions = self._of(job.key, Relation.RAN_CODE)
            line = [job, *(self._nodes[key] for key in self._parents(job.key))]
            git = next((told for one in line if (told := _git(one.facts))), {})
            if versions or git:
                return tuple(Code(git, version) for version in versions) or (Code(git, None),)
        return ()

    def _first_of(self, jobs: Iterable[Node], relation: Relation) -> tuple[Node, ...]:
        return next((told for job in jobs if (told := self._of(job.key, relation))), ())

    def _of(self, job: int, relation: Relation) -> tuple[Node, ...]:
        """What a job, else its component, stands in this relation to."""
        own = [there for there, _ in self._edges(job, relation)]
        if not own:
            parts = [there for there, _ in self._edges(job, Relation.INSTANCE_OF)]
            own = [there for part in parts for there, _ in self._edges(part, relation)]
        return tuple(self._nodes[there] for there in dict.fromkeys(own))

    def _used_models(self, jobs: Iterable[Node]) -> tuple[Node, ...]:
        used = [there for job in jobs for there, _ in self._edges(job.key, Relation.USED)]
        return tuple(self._nodes[there] for there in dict.fromkeys(used) if self._is_model(there))

    def _is_model(self, key: int) -> bool:
        return self._nodes[key].kind in (Kind.MODEL_VERSION, Kind.MODEL) and key not in self._starts

    def _edges(self, key: int, relation: Relation) -> list[tuple[int, Edge]]:
        return [(there, edge) for there, edge in self._out.get(key, ()) if edge.relation is relation]

    def _loose(self, key: int) -> tuple[Loose, ...]:
        return self._answer.loose.get(key, ())


def _trust(maker: Maker) -> tuple[int, int]:
    return _STRENGTH.index(maker.certainty), maker.rank


def _surer(one: Maker, other: Maker) -> bool:
    return _trust(one) < _trust(other)


def said(job: Node) -> str:
    """A job as a sentence names it: what it is, its display name, its id."""
    name = _last(job)
    display = str(job.facts.get("displayName") or "")
    called = f'"{display}" ({name})' if display and display != name else name
    return f"{job_word(job)} {called}"


def job_word(job: Node) -> str:
    """`pipeline`, `step`, `sweep`, `trial` or `job`, by what the service says of its type; a trial by its name too."""
    kind = str(job.facts.get("jobType") or "").lower()
    if "pipeline" in kind:
        return "pipeline"
    if "sweep" in kind or "hyperdrive" in kind:
        return "sweep"
    parent = str(job.facts.get("parent") or "")
    number = _last(job).removeprefix(f"{parent}_").removeprefix("HD_")
    if parent and "steprun" not in kind and number.isascii() and number.isdecimal():
        return "trial"
    return "step" if "steprun" in kind or parent else "job"


def _git(facts: Mapping[str, Any]) -> dict[str, str]:
    told = facts.get("git")
    return {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _last(node: Node) -> str:
    return node.text.rpartition("/")[2]
