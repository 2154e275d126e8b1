"""Rules on deployments: what they serve, whether it still counts, and who put it there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from lineage.catalogue import Provenance, producers
from lineage.findings.ground import Ground, listed, said
from lineage.findings.words import Code, Finding, Proof, Severity, of_edge, of_end, of_fact, of_gap
from lineage.graph import Edge, Node, Relation, State
from lineage.ids import Kind
from lineage.records import RecordKind

_RETIRED: Final = (State.ARCHIVED, State.DELETED)
_UNKNOWN: Final = (State.UNRESOLVED, State.FORBIDDEN)
_TYPE: Final = ("systemData", "createdByType")


def retired(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """RETIRED_DEPLOYED."""
    hits = [(node, edge, model) for node, edge, model in _served(things, ground) if model.state in _RETIRED]
    gaps = ground.gaps(model.key for _, _, model in hits)
    for node, edge, model in hits:
        what = "archived" if model.state is State.ARCHIVED else "deleted"
        proofs = [of_edge(edge, model.text), *(of_gap(gap) for gap in gaps[model.key])]
        if model.state is State.ARCHIVED:
            proofs.append(of_fact(model, RecordKind.MODEL_VERSION.value, "properties.isArchived", "true"))
        yield ground.finding(
            Code.RETIRED_DEPLOYED,
            node,
            f"Deployment {said(node.text)} serves {said(model.text)}, which is {what}{_traffic(node, ground, ' and')}.",
            proofs,
        )


def unresolved(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """UNRESOLVED_DEPLOYED."""
    served: dict[int, list[tuple[Edge, Node]]] = {node.key: [] for node in things}
    for node, edge, model in _served(things, ground):
        served[node.key].append((edge, model))
    ground.ends(node.key for node in things)
    unknown = [model.key for models in served.values() for _, model in models if model.state in _UNKNOWN]
    gaps = ground.gaps(unknown)
    for node in things:
        proofs: list[Proof] = []
        told: list[str] = []
        for edge, model in served[node.key]:
            if model.state in _UNKNOWN:
                why = "may not be read" if model.state is State.FORBIDDEN else "was never read"
                proofs += [of_edge(edge, model.text, why), *(of_gap(gap) for gap in gaps[model.key])]
                told.append(f"{said(model.text)}, which {why}")
        for end in ground.loose(node.key):
            if end.field.startswith("properties.model"):
                proofs.append(of_end(end, end.reason.value))
                told.append(f"{end.value[:200]!r}, which leads nowhere")
        if proofs:
            sentence = f"Deployment {said(node.text)} serves {listed(told)}{_traffic(node, ground, ' and')}."
            yield ground.finding(Code.UNRESOLVED_DEPLOYED, node, sentence, proofs)


class _Hands(msgspec.Struct):
    """Through whose hands a deployed model version went. jobs: those that surely made it."""

    node: Node
    edge: Edge
    model: Node
    jobs: list[Node]


def same_person(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """SAME_PERSON."""
    served = [one for one in _served(things, ground) if one[2].facts.get("createdBy")]
    made = producers(ground.view, list(dict.fromkeys(model.key for _, _, model in served)))
    ground.name(job for strength, jobs in made.values() if strength is Provenance.CONFIRMED for job in jobs)
    hits: list[_Hands] = []
    for node, edge, model in served:
        strength, keys = made[model.key]
        who, deployer = _who(model), _who(node)
        jobs = [job for key in keys if strength is Provenance.CONFIRMED and (job := ground.thing(key)) is not None]
        own = [job for job in jobs if _who(job) == who]
        if own and deployer in ("", who):
            hits.append(_Hands(node, edge, model, own))
    ground.read(key for one in hits for key in (one.node.key, one.model.key, *(job.key for job in one.jobs)))
    told: set[int] = set()
    for one in hits:
        if one.node.key not in told:
            told.add(one.node.key)
            yield _same(one, ground)


def _same(one: _Hands, ground: Ground) -> Finding:
    name = str(one.model.facts["createdBy"])
    proofs: list[Proof] = []
    for job in one.jobs:
        proofs += ground.stood(
            job.key,
            (RecordKind.JOB, ("systemData", "createdBy")),
            (RecordKind.RUN, ("runMetadata", "createdBy", "userName")),
            says="submitted the job",
        ) or [
            of_fact(job, RecordKind.JOB.value, "systemData.createdBy", str(job.facts["createdBy"]), "submitted the job")
        ]
    proofs.append(
        of_fact(one.model, RecordKind.MODEL_VERSION.value, "systemData.createdBy", name, "registered the model")
    )
    models = f"{listed([said(job.text) for job in one.jobs])} and registered {said(one.model.text)}"
    if not one.node.facts.get("createdBy"):
        proofs.append(
            of_fact(one.node, RecordKind.DEPLOYMENT.value, "systemData.createdBy", "", "the service does not say")
        )
        sentence = f"{name} submitted {models}; who deployed it as {said(one.node.text)} is not told by the service."
        return ground.finding(Code.SAME_PERSON, one.node, sentence, proofs, severity=Severity.NOTE)
    deployer = str(one.node.facts["createdBy"])
    proofs.append(of_fact(one.node, RecordKind.DEPLOYMENT.value, "systemData.createdBy", deployer, "deployed it"))
    kinds = ground.stood(one.node.key, (RecordKind.DEPLOYMENT, _TYPE), says="the kind of identity that deployed")
    machine = any(proof.value not in ("User", "") for proof in kinds)
    sentence = (
        f"{name} submitted {models}, and deployed it as {said(one.node.text)}{_traffic(one.node, ground, ', which')}."
    )
    if machine:
        sentence += " It is an application: who started it is not told by the service."
    return ground.finding(
        Code.SAME_PERSON, one.node, sentence, [*proofs, *kinds], severity=Severity.NOTE if machine else None
    )


def _who(node: Node) -> str:
    """The identity that made a thing, to be compared; '' when the service does not say."""
    return str(node.facts.get("createdBy") or "").strip().casefold()


def _served(things: Sequence[Node], ground: Ground) -> Iterator[tuple[Node, Edge, Node]]:
    """Each deployment with each model version that it names, by its best name, once."""
    ground.name(edge.cause for node in things for edge in ground.causes(node.key, Relation.DEPLOYS))
    for node in things:
        seen: set[int] = set()
        for edge in ground.causes(node.key, Relation.DEPLOYS):
            model = ground.thing(edge.cause)
            if model is not None and model.key not in seen:
                seen.add(model.key)
                yield node, edge, model


def _traffic(node: Node, ground: Ground, joint: str) -> str:
    """How much of its endpoint's requests a deployment gets, as the end of a sentence; '' when it is not told."""
    name = str(node.facts.get("name") or node.text.rpartition("/")[2])
    for edge in ground.causes(node.key, Relation.PART_OF):
        endpoint = ground.thing(edge.cause)
        if endpoint is not None and endpoint.kind is Kind.ENDPOINT:
            for fact, what in (("traffic", "of the live traffic"), ("mirrorTraffic", "of the traffic as a copy")):
                share = (endpoint.facts.get(fact) or {}).get(name)
                if share:
                    return f"{joint} gets {share} % {what}"
    return ""
