"""Small integers for the enumerated words that rows hold.

A code is the word's place in its tuple. Codes are stored for ever: append, never reorder.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Generic, TypeVar

from lineage.graph import Certainty, Derivation, LooseReason, Relation, State
from lineage.ids import Kind
from lineage.records import GapReason, RecordKind

W = TypeVar("W", bound=StrEnum)


class Codes(Generic[W]):
    """One enumeration's words and their codes, both ways."""

    def __init__(self, *words: W) -> None:
        self.words: Final[tuple[W, ...]] = words
        self.values: Final[tuple[str, ...]] = tuple(word.value for word in words)
        self.of: Final[dict[str, int]] = {word: code for code, word in enumerate(words)}


KINDS: Final = Codes(
    Kind.WORKSPACE,
    Kind.REGISTRY,
    Kind.MODEL,
    Kind.MODEL_VERSION,
    Kind.DATA_VERSION,
    Kind.ENVIRONMENT_VERSION,
    Kind.COMPONENT_VERSION,
    Kind.CODE_VERSION,
    Kind.ASSET_VERSION,
    Kind.JOB,
    Kind.JOB_OUTPUT,
    Kind.LOCATION,
    Kind.DATASTORE,
    Kind.COMPUTE,
    Kind.ENDPOINT,
    Kind.DEPLOYMENT,
    Kind.OTHER,
)

RECORD_KINDS: Final = Codes(
    RecordKind.WORKSPACE,
    RecordKind.REGISTRY,
    RecordKind.DATASTORE,
    RecordKind.MODEL,
    RecordKind.MODEL_VERSION,
    RecordKind.DATA_VERSION,
    RecordKind.ENVIRONMENT_VERSION,
    RecordKind.COMPONENT_VERSION,
    RecordKind.CODE_VERSION,
    RecordKind.JOB,
    RecordKind.RUN,
    RecordKind.ENDPOINT,
    RecordKind.DEPLOYMENT,
    RecordKind.OTHER,
    RecordKind.MLFLOW_MODEL,
    RecordKind.MLFLOW_MODEL_VERSION,
    RecordKind.MLFLOW_RUN,
    RecordKind.MLFLOW_LOGGED_MODEL,
    RecordKind.MLFLOW_DATASET,
)

RELATIONS: Final = Codes(
    Relation.WAS_GENERATED_BY,
    Relation.WAS_DERIVED_FROM,
    Relation.USED,
    Relation.RAN_IN,
    Relation.RAN_CODE,
    Relation.INSTANCE_OF,
    Relation.PART_OF,
    Relation.REUSED_FROM,
    Relation.COPIED_FROM,
    Relation.DEPLOYS,
    Relation.SAME_AS,
)

DERIVATIONS: Final = Codes(
    Derivation.SERVICE_FIELD,
    Derivation.REFERENCE,
    Derivation.MATERIALISED_PATH,
    Derivation.RUN_HISTORY,
    Derivation.NAMING,
    Derivation.CONTAINMENT,
)

CERTAINTIES: Final = Codes(Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)

STATES: Final = Codes(State.LIVE, State.ARCHIVED, State.DELETED, State.FORBIDDEN, State.UNRESOLVED)

GAP_REASONS: Final = Codes(
    GapReason.FORBIDDEN,
    GapReason.NOT_FOUND,
    GapReason.UNAUTHORISED,
    GapReason.THROTTLED,
    GapReason.UNREACHABLE,
    GapReason.UNPARSABLE,
    GapReason.UNKNOWN_KIND,
    GapReason.HOST_REFUSED,
    GapReason.LOOP,
    GapReason.TOO_LARGE,
    GapReason.NOT_LISTED,
)

LOOSE_REASONS: Final = Codes(
    LooseReason.LOCAL_UPLOAD,
    LooseReason.OPAQUE,
    LooseReason.BROKEN,
    LooseReason.TEMPLATE,
    LooseReason.TOO_BROAD,
    LooseReason.NO_VERSION,
    LooseReason.NO_WRITER,
    LooseReason.EXTERNAL,
)
