"""The provenance graph: nodes, edges and the evidence each edge carries.

An edge is stored effect -> cause (W3C PROV's direction). Callers say
`upstream` (towards causes) and `downstream` (towards effects) and never mind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from lineage.ids import Kind


class Relation(StrEnum):
    """What an edge says, in W3C PROV's words where PROV has one."""

    WAS_GENERATED_BY = "wasGeneratedBy"
    WAS_DERIVED_FROM = "wasDerivedFrom"
    USED = "used"
    RAN_IN = "ranIn"
    RAN_CODE = "ranCode"
    INSTANCE_OF = "instanceOf"
    PART_OF = "partOf"
    REUSED_FROM = "reusedFrom"
    COPIED_FROM = "copiedFrom"
    DEPLOYS = "deploys"
    SAME_AS = "sameAs"


class Derivation(StrEnum):
    """What an edge was read from."""

    SERVICE_FIELD = "SERVICE_FIELD"
    REFERENCE = "REFERENCE"
    MATERIALISED_PATH = "MATERIALISED_PATH"
    RUN_HISTORY = "RUN_HISTORY"
    NAMING = "NAMING"
    CONTAINMENT = "CONTAINMENT"


class Certainty(StrEnum):
    """How far an edge may be trusted. `AMBIGUOUS` means one of several candidates."""

    CONFIRMED = "CONFIRMED"
    INFERRED = "INFERRED"
    AMBIGUOUS = "AMBIGUOUS"


class State(StrEnum):
    """What is known of the thing itself."""

    LIVE = "LIVE"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"  # the service answered 404
    FORBIDDEN = "FORBIDDEN"  # the service answered 403
    UNRESOLVED = "UNRESOLVED"  # named by something, never read


class Direction(StrEnum):
    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


class Evidence(msgspec.Struct, frozen=True):
    """Why an edge is believed.

    record: subject of the record it was read from. record_kind: which answer.
    field: dotted path in that body (`properties.jobName`). value: what stood there, redacted.
    """

    record: str
    record_kind: str
    field: str
    value: str


class Link(msgspec.Struct, frozen=True):
    """An edge as the linker makes it: ends by name.

    effect, cause: canonical node texts with their kinds. name: input or output name, or ''.
    path: path inside the cause's job output, or ''. rank: order among AMBIGUOUS candidates, 0 first.
    """

    effect: str
    effect_kind: Kind
    cause: str
    cause_kind: Kind
    relation: Relation
    derivation: Derivation
    certainty: Certainty
    evidence: Evidence
    name: str = ""
    path: str = ""
    rank: int = 0


class Edge(msgspec.Struct, frozen=True):
    """An edge as an index returns it: ends by key. Fields as in `Link`.

    since: number of the generation in which it was first published as it is now.
    """

    effect: int
    cause: int
    relation: Relation
    derivation: Derivation
    certainty: Certainty
    evidence: Evidence
    name: str = ""
    path: str = ""
    rank: int = 0
    since: int = 0


class Node(msgspec.Struct, frozen=True):
    """One thing in one generation.

    key: `ids.key(text)`. seen: the spelling met first, for display. reason, remedy: why it is not
    LIVE and what to do. facts: the small set of service fields that questions and lists show
    (`name`, `version`, `createdAt`, `createdBy`, `status`, `stage`, `tags`, `traffic`, …); see `linking.facts_of`.
    """

    key: int
    text: str
    kind: Kind
    state: State
    seen: str = ""
    reason: str = ""
    remedy: str = ""
    facts: dict[str, Any] = {}


class LooseReason(StrEnum):
    """Why a reference could not be followed to a producer."""

    LOCAL_UPLOAD = "LOCAL_UPLOAD"  # uploaded at registration: no job behind it
    OPAQUE = "OPAQUE"  # text in no scheme that names a thing
    BROKEN = "BROKEN"  # one of our schemes with broken grammar
    TEMPLATE = "TEMPLATE"  # ${{…}} never filled in
    TOO_BROAD = "TOO_BROAD"  # a whole store, or a prefix everybody shares
    NO_VERSION = "NO_VERSION"  # a label or name that matches no version in time
    NO_WRITER = "NO_WRITER"  # a place nobody is known to have written
    EXTERNAL = "EXTERNAL"  # outside Azure ML (S3, git, a web address)


class Loose(msgspec.Struct, frozen=True):
    """A reference that could not be followed. `record`/`record_kind`/`field`/`value` as in `Evidence`."""

    record: str
    record_kind: str
    field: str
    value: str
    reason: LooseReason
    remedy: str


class Adjacency(Protocol):
    """The questions that traversal asks. Order of the answers is stable within a generation."""

    def causes(self, keys: Sequence[int]) -> Iterable[Edge]:
        """Edges whose effect is one of `keys` (towards upstream)."""
        ...

    def effects(self, keys: Sequence[int]) -> Iterable[Edge]:
        """Edges whose cause is one of `keys` (towards downstream)."""
        ...

    def same(self, keys: Sequence[int]) -> Iterable[Edge]:
        """`sameAs` edges with either end among `keys`.

        Asked apart, because `effects` of a popular thing is long and other names of it are few.
        """
        ...


class Subgraph(msgspec.Struct, frozen=True):
    """Nodes and edges taken out of one generation, to show or to take away."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def to_networkx(self) -> Any:
        """A `networkx.MultiDiGraph`, effect -> cause; its nodes are named by their canonical texts.

        Nodes have `kind`, `state` and `facts`; edges `relation`, `name`, `path`, `derivation`, `certainty`, and where
        they were read: `record`, `field`, `value`.
        """
        import networkx as nx

        graph: Any = nx.MultiDiGraph()
        names = {node.key: node.text for node in self.nodes}
        for node in self.nodes:
            graph.add_node(node.text, kind=node.kind.value, state=node.state.value, facts=node.facts)
        for edge in self.edges:
            if edge.effect in names and edge.cause in names:
                graph.add_edge(
                    names[edge.effect],
                    names[edge.cause],
                    relation=edge.relation.value,
                    name=edge.name,
                    path=edge.path,
                    derivation=edge.derivation.value,
                    certainty=edge.certainty.value,
                    record=edge.evidence.record,
                    field=edge.evidence.field,
                    value=edge.evidence.value,
                )
        return graph
