"""Rules on jobs: whether they are still there, whose code they ran, and by which name they were given their data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lineage import ids, locations
from lineage.findings.ground import Ground, is_implicit, listed, said
from lineage.findings.words import Code, Finding, Proof, of_edge, of_fact, of_gap
from lineage.graph import Derivation, Edge, Node, Relation
from lineage.ids import Kind
from lineage.linking.bodies import instant
from lineage.records import RecordKind

_DIRTY: Final = (
    (RecordKind.JOB, ("properties", "properties", "azureml.git.dirty")),
    (RecordKind.RUN, ("runMetadata", "properties", "azureml.git.dirty")),
)
_COMMIT: Final = "properties.properties.mlflow.source.git.commit"
_HEIGHT: Final = 8


def deleted(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """JOB_DELETED, of jobs in that state."""
    if not things:
        return
    gaps = ground.gaps(node.key for node in things)
    owners = {ids.key(node.text): node for node in things}
    naming: dict[int, list[Edge]] = {}
    for edge in ground.view.effects([name for node in things for name in ground.names(node.key)]):
        if edge.relation not in (Relation.SAME_AS, Relation.PART_OF):
            naming.setdefault(ground.lead(edge.cause), []).append(edge)
    for node in owners.values():
        proofs = [of_gap(gap) for gap in gaps[node.key]]
        proofs += [of_edge(edge, node.text, "names it") for edge in naming.get(node.key, ())]
        yield ground.finding(
            Code.JOB_DELETED,
            node,
            f"Job {said(node.text)} no longer exists in the service: what it ran, and on what, cannot be read there.",
            proofs,
        )


def dirty_git(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """DIRTY_GIT."""
    hits = [node for node in things if str(_git(node).get("dirty", "")).lower() == "true"]
    ground.read(node.key for node in hits)
    for node in hits:
        git = _git(node)
        proofs = ground.stood(node.key, *_DIRTY)
        if not proofs:
            proofs = [of_fact(node, RecordKind.JOB.value, "properties.properties.azureml.git.dirty", str(git["dirty"]))]
        commit = str(git.get("commit", ""))
        told = f": commit {commit[:12]} is not what ran" if commit else ""
        yield ground.finding(
            Code.DIRTY_GIT, node, f"Job {said(node.text)} was submitted with changes not committed{told}.", proofs
        )


def no_git(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """NO_GIT, of jobs that are loaded."""
    hits = [node for node in things if not _git(node).get("commit") and _code(node, ground)]
    wave = {node.key: {node.key} for node in hits}
    named: set[int] = set()
    for _ in range(_HEIGHT):
        ground.load(wave)
        above: dict[int, set[int]] = {}
        for key, origins in wave.items():
            node = ground.thing(key)
            if node is not None and _git(node).get("commit"):
                named |= origins
                continue
            for edge in ground.causes(key, Relation.PART_OF, Relation.REUSED_FROM):
                above.setdefault(ground.lead(edge.cause), set()).update(origins)
        wave = {key: left for key, origins in above.items() if (left := origins - named)}
    for node in hits:
        if node.key not in named:
            yield ground.finding(
                Code.NO_GIT,
                node,
                f"Job {said(node.text)} ran code, and names no commit of it.",
                [
                    *_code(node, ground),
                    of_fact(node, RecordKind.JOB.value, _COMMIT, "", "not there"),
                ],
            )


def _git(node: Node) -> dict[str, str]:
    git = node.facts.get("git")
    return git if isinstance(git, dict) else {}


def _code(node: Node, ground: Ground) -> list[Proof]:
    """What says that the job ran code of its submitter."""
    edges = ground.causes(node.key, Relation.RAN_CODE)
    proofs = [of_edge(edge, edge.evidence.value, "the code that it ran") for edge in edges]
    snapshot = str(node.facts.get("snapshot") or "")
    if snapshot and not proofs:
        field = "properties.properties.ContentSnapshotId"
        proofs = [of_fact(node, RecordKind.JOB.value, field, snapshot, "the code that it ran")]
    return proofs


def labelled(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """MUTABLE_ENVIRONMENT, of jobs and deployments that name their environment by a label."""
    for node in things:
        hits = []
        for edge in ground.causes(node.key, Relation.RAN_IN):
            value = edge.evidence.value
            if edge.derivation is Derivation.NAMING and ("@" in value or "/labels/" in value):
                hits.append(edge)
        if hits:
            values = listed([said(edge.evidence.value) for edge in hits])
            yield ground.finding(
                Code.MUTABLE_ENVIRONMENT,
                node,
                f"{said(node.text)} names its environment by a label ({values}): which version it got is inferred.",
                [of_edge(edge, edge.evidence.value) for edge in hits],
                "name the environment by version",
            )


def raw_uri(things: Sequence[Node], ground: Ground) -> Iterator[Finding]:
    """RAW_URI."""
    wanted: list[tuple[Node, list[Edge]]] = []
    for node in things:
        inputs: dict[str, list[Edge]] = {}
        assets: set[str] = set()
        for edge in ground.causes(node.key, Relation.USED):
            cause = ground.thing(edge.cause)
            if cause is None:
                continue
            if cause.kind is Kind.LOCATION:
                inputs.setdefault(edge.name, []).append(edge)
            elif cause.kind is Kind.DATA_VERSION and not is_implicit(cause.text):
                assets.add(edge.name)
        raw = [edge for name, edges in inputs.items() if name not in assets for edge in edges]
        if raw:
            wanted.append((node, raw))
    found = registered([edge.cause for _, edges in wanted for edge in edges], ground)
    for node, edges in wanted:
        created = instant(str(node.facts.get("createdAt") or ""))
        proofs: list[Proof] = []
        said_of: dict[str, str] = {}
        for edge in edges:
            asset = found.get(edge.cause)
            if asset is None:
                continue
            since = instant(str(asset.facts.get("createdAt") or ""))
            if created and since and since > created:
                continue
            place = ground.nodes[edge.cause].text
            proofs.append(of_edge(edge, place, f"{said(asset.text)} is registered for it ({asset.text})"))
            said_of[said(place)] = said(asset.text)
        if proofs:
            places = listed([f"{place} for which {asset} is registered" for place, asset in said_of.items()])
            once = list(dict.fromkeys(said_of.values()))
            yield ground.finding(
                Code.RAW_URI,
                node,
                f"Job {said(node.text)} read {places}.",
                proofs,
                f"name the input by its asset: azureml:{once[0]}" if len(once) == 1 else "",
            )


def registered(places: Sequence[int], ground: Ground) -> dict[int, Node]:
    """By place, the data version that was registered first for it, or for the nearest folder around it."""
    known = ground.asked.registered
    ground.name(places)
    around: dict[int, list[int]] = {}
    for key in dict.fromkeys(places):
        texts = [ground.nodes[name].text for name in ground.names(key) if name in ground.nodes]
        spelled = dict.fromkeys(one for text in texts for one in ground.asked.spellings(text))
        chains = [[text, *locations.ancestors(text)] for text in spelled]
        # Nearest first, whatever the spelling.
        depth = max(map(len, chains), default=0)
        ordered = [chain[level] for level in range(depth) for chain in chains if level < len(chain)]
        around[key] = [ids.key(text) for text in dict.fromkeys(ordered)]
    new = list(dict.fromkeys(key for keys in around.values() for key in keys if key not in known))
    if new:
        ground.name(new)
        names = {name: key for key in new for name in ground.names(key)}
        edges = [
            edge
            for edge in ground.view.effects(list(names))
            if edge.relation is Relation.WAS_DERIVED_FROM and edge.evidence.record_kind == RecordKind.DATA_VERSION
        ]
        ground.name(edge.effect for edge in edges)
        at: dict[int, list[Node]] = {}
        for edge in edges:
            asset = ground.thing(edge.effect)
            if asset is not None and asset.kind is Kind.DATA_VERSION and not is_implicit(asset.text):
                at.setdefault(ground.lead(edge.cause), []).append(asset)
        for key in new:
            there = at.get(ground.lead(key))
            known[key] = min(there, key=_age).key if there else 0
    chosen = {key: next((known[one] for one in keys if known[one]), 0) for key, keys in around.items()}
    ground.name(key for key in chosen.values() if key)
    return {key: node for key, asset in chosen.items() if asset and (node := ground.thing(asset)) is not None}


def _age(node: Node) -> tuple[str, str]:
    return instant(str(node.facts.get("createdAt") or "")) or "9", node.text
