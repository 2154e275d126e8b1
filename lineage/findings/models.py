"""Rules on model versions: whether a job is known, and whether the declared one wrote the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lineage import ids
from lineage.catalogue import Provenance, producers
from lineage.findings.ground import Ground, listed, said
from lineage.findings.sources import ENDS
from lineage.findings.words import Code, Finding, Proof, Severity, of_edge, of_end
from lineage.graph import Derivation, Edge, Node, Relation, State
from lineage.ids import Kind
from lineage.records import RecordKind

_DIRECT: Final = (Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.COPIED_FROM)
_FIELD: Final = "properties.jobName"
_HEIGHT: Final = 8
"""Parents of parents that are looked at; a pipeline of pipelines has two."""


def no_provenance(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """NO_PROVENANCE."""
    unsaid = [node for node in things if not _has_maker(node, ground)]
    made = producers(ground.view, [node.key for node in unsaid])
    without = [node for node in unsaid if made[node.key][0] is Provenance.NONE]
    ground.ends(node.key for node in without)
    ground.name(edge.cause for node in without for edge in ground.causes(node.key, *_DIRECT))
    for node in without:
        edges = ground.causes(node.key, *_DIRECT)
        ends = ground.loose(node.key)
        proofs = [of_end(end, f"{end.reason.value}: {ENDS[end.reason]}") for end in ends]
        told = {(proof.field, proof.value) for proof in proofs}
        for edge in edges:
            cause = ground.thing(edge.cause)
            if cause is not None and (edge.evidence.field, edge.evidence.value) not in told:
                proofs.append(of_edge(edge, cause.text, _unread(cause)))
        if not isinstance(ids.scope_of(node.text), ids.MlflowServer):
            proofs.append(Proof(node.text, RecordKind.MODEL_VERSION.value, _FIELD, "", "names no job"))
        yield ground.finding(
            Code.NO_PROVENANCE,
            node,
            f"No job is known to have made {said(node.text)}: {_why(node, ground)}.",
            proofs,
            next((end.remedy for end in ends if end.remedy), ""),
        )


def _has_maker(node: Node, ground: Ground) -> bool:
    """Whether an edge leads from it to a job or to a job's output, so that nothing has to be walked to know."""
    kinds = (ground.nodes[edge.cause].kind for edge in ground.causes(node.key, *_DIRECT) if edge.cause in ground.nodes)
    return any(kind in (Kind.JOB, Kind.JOB_OUTPUT) for kind in kinds)


def _why(node: Node, ground: Ground) -> str:
    ends = ground.loose(node.key)
    if ends:
        return listed([ENDS[end.reason] for end in ends])
    for edge in ground.causes(node.key, Relation.COPIED_FROM):
        origin = ground.thing(edge.cause)
        if origin is not None:
            unread = _unread(origin)
            return f"it is a copy of {said(origin.text)}, which {unread or 'has none either'}"
    if ground.causes(node.key, *_DIRECT):
        return "nobody is known to have written where it lies"
    return "its record names no source"


def _unread(node: Node) -> str:
    return {
        State.DELETED: "was deleted in the service",
        State.FORBIDDEN: "may not be read by the identity that crawled",
        State.UNRESOLVED: "was never read",
    }.get(node.state, "")


class _Differs(msgspec.Struct):
    """A model version whose declared job (`said`) is not the run that its path names (`lies`). Keys of jobs, edges."""

    node: Node
    said: dict[int, Edge]
    lies: dict[int, Edge]


def job_differs(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """JOB_DIFFERS."""
    candidates = []
    for node in things:
        declared: dict[int, Edge] = {}
        physical: dict[int, Edge] = {}
        for edge in ground.causes(node.key, Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY):
            if edge.evidence.field == _FIELD:
                declared[ground.job_of(edge.cause)] = edge
            elif edge.derivation is Derivation.MATERIALISED_PATH:
                physical[ground.job_of(edge.cause)] = edge
        if declared and physical and not declared.keys() & physical.keys():
            candidates.append(_Differs(node, declared, physical))
    ground.name(key for one in candidates for key in (*one.said, *one.lies))
    found = [one for one in candidates if not _leads(one.said, ground) & _leads(one.lies, ground)]
    if not found:
        return
    runs = list(dict.fromkeys(key for one in found for key in _leads(one.lies, ground)))
    reusers = _reusers(runs, ground)
    _climb([*runs, *(key for keys in reusers.values() for key in keys)], ground)
    for one in found:
        meant, wrote = _leads(one.said, ground), _leads(one.lies, ground)
        names = {key: said(ground.nodes[key].text) for key in meant | wrote if key in ground.nodes}
        how = [_how(run, meant, reusers.get(run, ()), ground) for run in sorted(wrote)]
        explained = all(how)
        sentence = (
            f"{said(one.node.text)} declares job {listed([names.get(key, '?') for key in sorted(meant)])}, and its "
            f"files lie in the output of {listed([names.get(key, '?') for key in sorted(wrote)])}"
        )
        proofs = [of_edge(edge, _text(edge, ground), "the declared job") for edge in one.said.values()]
        proofs += [of_edge(edge, _text(edge, ground), "the run that wrote the files") for edge in one.lies.values()]
        yield ground.finding(
            Code.JOB_DIFFERS,
            one.node,
            f"{sentence}, {listed(how)}." if explained else f"{sentence}; no record tells how the two belong together.",
            proofs,
            severity=Severity.NOTE if explained else None,
        )


def _text(edge: Edge, ground: Ground) -> str:
    node = ground.nodes.get(edge.cause)
    return node.text if node is not None else edge.evidence.value


def _leads(keys: dict[int, Edge], ground: Ground) -> set[int]:
    return {ground.lead(key) for key in keys}


def _reusers(runs: Sequence[int], ground: Ground) -> dict[int, list[int]]:
    """By run, the jobs that say they reused it."""
    names = {name: run for run in runs for name in ground.names(run)}
    edges = [edge for edge in ground.view.effects(list(names)) if edge.relation is Relation.REUSED_FROM]
    ground.name(edge.effect for edge in edges)
    found: dict[int, list[int]] = {}
    for edge in edges:
        found.setdefault(names[edge.cause], []).append(ground.lead(edge.effect))
    return found


def _climb(keys: Sequence[int], ground: Ground) -> None:
    """Load these jobs and those that they are part of."""
    wave = list(keys)
    for _ in range(_HEIGHT):
        if not wave:
            return
        ground.load(wave)
        wave = [edge.cause for key in wave for edge in ground.causes(key, Relation.PART_OF)]


def _how(run: int, declared: set[int], reusers: Sequence[int], ground: Ground) -> str:
    """How a run belongs to the declared job, as a clause; '' when no record tells."""
    if _above(run, ground) & declared:
        return "which is a step of it"
    for job in reusers:
        if job in declared or _above(job, ground) & declared:
            return "an earlier run that its step reused"
    return ""


def _above(job: int, ground: Ground) -> set[int]:
    """Everything that a job is part of."""
    found: set[int] = set()
    wave = [job]
    for _ in range(_HEIGHT):
        wave = [ground.lead(edge.cause) for key in wave for edge in ground.causes(key, Relation.PART_OF)]
        wave = [key for key in wave if key not in found]
        found.update(wave)
    return found
