"""Rules on what something was made from: references that lead nowhere, several writers, another workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lineage import ids
from lineage.findings.ground import Ground, is_implicit, listed, said
from lineage.findings.words import Code, Finding, Proof, of_edge, of_end
from lineage.graph import Certainty, Edge, LooseReason, Node, Relation
from lineage.ids import Kind

ENDS: Final = {
    LooseReason.LOCAL_UPLOAD: "it was uploaded from a local path",
    LooseReason.OPAQUE: "its source is text that names no thing",
    LooseReason.BROKEN: "its source cannot be read",
    LooseReason.TEMPLATE: "its source is a template that was never filled in",
    LooseReason.TOO_BROAD: "its source is a whole store, or a prefix that everybody shares",
    LooseReason.NO_VERSION: "its source names a version that was not there",
    LooseReason.NO_WRITER: "nobody is known to have written where it lies",
    LooseReason.EXTERNAL: "it comes from outside Azure ML",
}
"""Each reason for a loose end as a clause on the thing that has it."""
NATURAL: Final = frozenset({LooseReason.LOCAL_UPLOAD, LooseReason.EXTERNAL, LooseReason.NO_WRITER})
"""Where lineage ends because there is nothing more in Azure ML. (`trace` has the same.)"""

_MADE: Final = (Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.USED, Relation.REUSED_FROM)


def loose(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """LOOSE_SOURCE."""
    ground.ends(node.key for node in things)
    for node in things:
        ends = [end for end in ground.loose(node.key) if end.reason not in NATURAL]
        if ends:
            many = len(ends) > 1
            sentence = (
                f"{len(ends)} references of {said(node.text)} cannot be followed"
                if many
                else f"A reference of {said(node.text)} cannot be followed"
            )
            proofs = [of_end(end, f"{end.reason.value}: {ENDS[end.reason]}") for end in ends]
            remedies = dict.fromkeys(end.remedy for end in ends if end.remedy)
            yield ground.finding(
                Code.LOOSE_SOURCE,
                node,
                f"{sentence}: {listed([ENDS[end.reason] for end in ends])}.",
                proofs,
                next(iter(remedies)) if len(remedies) == 1 else "",
            )


def ambiguous(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """AMBIGUOUS_PRODUCER."""
    found: list[tuple[Node, list[list[Edge]]]] = []
    for node in things:
        inputs: dict[str, list[Edge]] = {}
        for edge in ground.causes(node.key, *_MADE):
            cause = ground.nodes.get(edge.cause)
            if (
                edge.certainty is Certainty.AMBIGUOUS
                and cause is not None
                and cause.kind in (Kind.JOB_OUTPUT, Kind.JOB)
            ):
                inputs.setdefault(edge.name, []).append(edge)
        if inputs:
            found.append((node, list(inputs.values())))
    ground.name(key for _, several in found for edges in several for edge in edges for key in _ends(edge, ground))
    for node, candidates in found:
        several = [edges for edges in candidates if len({ground.lead(edge.cause) for edge in edges}) > 1]
        if not several:
            continue
        proofs: list[Proof] = []
        writers: list[str] = []
        for edges in several:
            for edge in sorted(edges, key=lambda edge: (edge.rank, edge.cause)):
                job = ground.thing(ground.job_of(edge.cause))
                name = said(job.text) if job is not None else said(ground.nodes[edge.cause].text)
                proofs.append(of_edge(edge, ground.nodes[edge.cause].text, f"candidate {edge.rank + 1}: {_when(job)}"))
                writers.append(f"{name} ({_when(job)})")
        verb = "used" if node.kind is Kind.JOB else "was made from"
        where = dict.fromkeys(said(edges[0].evidence.value) for edges in several)
        yield ground.finding(
            Code.AMBIGUOUS_PRODUCER,
            node,
            f"{said(node.text)} {verb} {listed(list(where))}, which several jobs wrote: {listed(writers, 5)}.",
            proofs,
        )


def elsewhere(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """CROSS_WORKSPACE."""
    crawled: set[str] | None = None
    hits: list[tuple[Node, str, list[Edge]]] = []
    for node in things:
        home = ground.asked.scope(node.text)
        if _is_workspace(home) and not is_implicit(node.text):
            inside = home + "/"
            edges = [
                edge
                for edge in ground.causes(node.key, *_MADE)
                if (cause := ground.nodes.get(edge.cause)) is not None and not cause.text.startswith(inside)
            ]
            if edges:
                hits.append((node, home, edges))
    ground.name(edge.cause for _, _, edges in hits for edge in edges)
    for node, home, edges in hits:
        proofs = []
        away: dict[str, list[str]] = {}
        for edge in edges:
            cause = ground.thing(edge.cause)
            if cause is None:
                continue
            there = ground.asked.scope(cause.text)
            if there != home and _is_workspace(there):
                away.setdefault(there, []).append(said(cause.text))
                proofs.append(of_edge(edge, cause.text, f"in workspace {_workspace(there)}"))
        if proofs:
            if crawled is None:
                crawled = {covered.scope for covered in ground.view.coverage()}
            lacking = [there for there in away if there not in crawled]
            more = f"; {listed([_workspace(there) for there in lacking])} was never crawled" if lacking else ""
            told = listed([f"{listed(names)} in workspace {_workspace(there)}" for there, names in away.items()])
            verb = "used" if node.kind is Kind.JOB else "was made from"
            yield ground.finding(
                Code.CROSS_WORKSPACE,
                node,
                f"{said(node.text)} {verb} {told}{more}.",
                proofs,
                f"crawl it too, to see what lies behind: lineage crawl {lacking[0]}" if lacking else "",
            )


def _ends(edge: Edge, ground: Ground) -> tuple[int, int]:
    """What an edge leads to, and the job of that."""
    return edge.cause, ground.job_of(edge.cause)


def _when(job: Node | None) -> str:
    if job is None:
        return "time unknown"
    facts = job.facts
    if facts.get("endTime"):
        return f"ended {facts['endTime']}"
    return f"created {facts['createdAt']}" if facts.get("createdAt") else "time unknown"


def _is_workspace(scope: str) -> bool:
    return isinstance(ids.scope_of(scope), ids.Workspace | ids.LocatedWorkspace) if scope else False


def _workspace(scope: str) -> str:
    return scope.rpartition("/")[2]
