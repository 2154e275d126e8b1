"""What a finding says, in words that stay: codes, severities, evidence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from lineage.graph import Edge, Loose, Node
from lineage.ids import Kind
from lineage.records import Gap


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "ERROR"  # the lineage, or what is served, cannot be relied on
    WARNING = "WARNING"  # something that an auditor will ask about
    NOTE = "NOTE"  # worth knowing; often meant so


class Code(StrEnum):
    """The rules. A code never changes its meaning; `rules.RULES` tells each in words."""

    NO_PROVENANCE = "NO_PROVENANCE"
    LOOSE_SOURCE = "LOOSE_SOURCE"
    AMBIGUOUS_PRODUCER = "AMBIGUOUS_PRODUCER"
    JOB_DIFFERS = "JOB_DIFFERS"
    JOB_DELETED = "JOB_DELETED"
    CROSS_WORKSPACE = "CROSS_WORKSPACE"
    DIRTY_GIT = "DIRTY_GIT"
    NO_GIT = "NO_GIT"
    MUTABLE_ENVIRONMENT = "MUTABLE_ENVIRONMENT"
    UNPINNED_PACKAGES = "UNPINNED_PACKAGES"
    RAW_URI = "RAW_URI"
    TRAIN_TEST_OVERLAP = "TRAIN_TEST_OVERLAP"
    RETIRED_DEPLOYED = "RETIRED_DEPLOYED"
    UNRESOLVED_DEPLOYED = "UNRESOLVED_DEPLOYED"
    SAME_PERSON = "SAME_PERSON"
    STALE_SCOPE = "STALE_SCOPE"


MOST: Final = 20
"""Pieces of evidence that one finding carries; `more` counts the rest."""
_LONGEST: Final = 1024


class Rule(msgspec.Struct, frozen=True):
    """A rule in words, the same in reports, SARIF and `lineage check --explain`.

    severity: of its findings, where they do not say another. title: a few words. help: what is meant, how it is
    found, and what it cannot know. remedy: what to do in general. about: kinds of things that it speaks of, none for
    workspaces and registries.
    """

    code: Code
    severity: Severity
    title: str
    help: str
    remedy: str
    about: tuple[Kind, ...]


class Proof(msgspec.Struct, frozen=True):
    """One piece of evidence: what stood in which field of which record, and what was read from it.

    record: canonical text of the thing whose record says it; for a gap, of what could not be read.
    record_kind: which record. field: dotted path in it, or '' where the record as a whole is meant.
    value: what stood there, redacted; '' for nothing. says: what follows from it, in words.
    relation, cause: the edge that it founds, where it founds one.
    """

    record: str
    record_kind: str
    field: str
    value: str
    says: str = ""
    relation: str = ""
    cause: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One rule's word on one thing. There is at most one for a rule and a thing.

    subject: canonical text. kind: of the thing; None for a workspace or registry as something that was crawled.
    key: `ids.key(subject)`. scope: canonical text of the workspace or registry that it is in, '' for none.
    sentence: what is the case. remedy: what to do about it here. evidence: at most `MOST`, `more` beyond them.
    """

    code: Code
    severity: Severity
    subject: str
    key: int
    kind: Kind | None
    scope: str
    sentence: str
    remedy: str
    evidence: tuple[Proof, ...]
    more: int = 0


def of_edge(edge: Edge, cause: str, says: str = "") -> Proof:
    """The evidence of an edge to the thing with the text `cause`."""
    told = edge.evidence
    value = told.value[:_LONGEST]
    return Proof(told.record, told.record_kind, told.field, value, says, edge.relation.value, cause)


def of_end(end: Loose, says: str = "") -> Proof:
    """The evidence of a loose end."""
    return Proof(end.record, end.record_kind, end.field, end.value[:_LONGEST], says)


def of_gap(gap: Gap) -> Proof:
    """The evidence of something that could not be read."""
    return Proof(gap.subject, gap.kind.value, "", "" if gap.status is None else f"HTTP {gap.status}", gap.detail)


def of_fact(node: Node, kind: str, field: str, value: str, says: str = "") -> Proof:
    """What a record says of the thing itself."""
    return Proof(node.text, kind, field, value[:_LONGEST], says)


def cut(proofs: Sequence[Proof]) -> tuple[tuple[Proof, ...], int]:
    """As much evidence as one finding carries, each piece once, and how much there is beyond."""
    once = tuple(dict.fromkeys(proofs))
    return once[:MOST], max(0, len(once) - MOST)
