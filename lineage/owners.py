"""Whom to ask about affected things, and how much of the damage is whose.

    TAG       the thing's `owner` tag, whatever its case: somebody said who
    CREATOR   who created it (`systemData.createdBy`, for a job the run history's)
    MODIFIER  who changed it last (`systemData.lastModifiedBy`), when the service did not say who created it
    JOB       for an output of a job, the owner of the job

The first that says something counts. Places in storage belong to nobody that Azure ML knows of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from lineage import ids
from lineage.graph import Node
from lineage.ids import Kind
from lineage.ports import View


class Basis(StrEnum):
    """What says who an owner is."""

    TAG = "TAG"
    CREATOR = "CREATOR"
    MODIFIER = "MODIFIER"
    JOB = "JOB"


class Owner(msgspec.Struct, frozen=True):
    """Who is to be asked about one thing. name: '' when nothing says; basis is None then."""

    name: str = ""
    basis: Basis | None = None


class Share(msgspec.Struct, frozen=True):
    """What one owner has to put right. counts: things by kind, the most first. keys: the things, in their order."""

    name: str
    counts: dict[Kind, int]
    keys: tuple[int, ...]


NOBODY = Owner()


def owner(node: Node) -> Owner:
    """The owner that the thing's own records tell."""
    facts = node.facts
    tags = facts.get("tags")
    if isinstance(tags, dict):
        for key, value in tags.items():
            if key.lower() == "owner" and isinstance(value, str) and value.strip():
                return Owner(value.strip(), Basis.TAG)
    for fact, basis in (("createdBy", Basis.CREATOR), ("lastModifiedBy", Basis.MODIFIER)):
        said = facts.get(fact)
        if isinstance(said, str) and said.strip():
            return Owner(said.strip(), basis)
    return NOBODY


def owners(view: View, nodes: Sequence[Node]) -> dict[int, Owner]:
    """The owner of each node, by key. Jobs of outputs are read together where they are not among `nodes`."""
    made = {node.key: ids.key(node.text.rpartition("/outputs/")[0]) for node in nodes if node.kind is Kind.JOB_OUTPUT}
    jobs = {node.key: node for node in nodes if node.kind is Kind.JOB}
    missing = [job for job in dict.fromkeys(made.values()) if job not in jobs]
    jobs.update(view.nodes(missing) if missing else {})
    told: dict[int, Owner] = {}
    for node in nodes:
        found = owner(node)
        if found is NOBODY and node.key in made and (job := jobs.get(made[node.key])) is not None:
            name = owner(job).name
            found = Owner(name, Basis.JOB) if name else NOBODY
        told[node.key] = found
    return told


def shares(nodes: Iterable[Node], told: Mapping[int, Owner]) -> tuple[Share, ...]:
    """Things by owner, those with the most first, what belongs to nobody last."""
    keys: dict[str, list[int]] = {}
    counts: dict[str, dict[Kind, int]] = {}
    for node in nodes:
        name = told[node.key].name
        keys.setdefault(name, []).append(node.key)
        counted = counts.setdefault(name, {})
        counted[node.kind] = counted.get(node.kind, 0) + 1
    order = sorted(keys, key=lambda name: (not name, -len(keys[name]), name))
    return tuple(
        Share(
            name,
            dict(sorted(counts[name].items(), key=lambda one: (-one[1], one[0].value))),
            tuple(keys[name]),
        )
        for name in order
    )
