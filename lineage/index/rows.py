"""What rows mean: the values packed into them, read back, and their canonical forms for the digest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from struct import Struct
from typing import Any, Final, NamedTuple

import msgspec

from lineage.index.codes import CERTAINTIES, DERIVATIONS, GAP_REASONS, LOOSE_REASONS, RECORD_KINDS, RELATIONS
from lineage.locations import split
from lineage.ports import Generation
from lineage.records import Gap, Record

NUMBERS: Final = Struct(">QQBBI").pack
"""What tells edges apart beside their evidence: owner, record, derivation, certainty, rank."""
_HASH: Final = blake2b(digest_size=8).copy  # a copy is made a quarter faster than a new one
GENERATION_COLUMNS: Final = "number, published, rules, digest, root, started, finished, counts"


class Stored(msgspec.Struct, array_like=True, frozen=True):
    """A record as its `body` row keeps it; kind and listing stand in other columns."""

    subject: str
    scope: str
    seen: str
    body: dict[str, Any]


class PackedEdge(msgspec.Struct, array_like=True, frozen=True):
    """What an edge carries beside its ends: evidence without the record's name, input or output name, path."""

    record_kind: str
    field: str
    value: str
    name: str
    path: str


class PackedLoose(msgspec.Struct, array_like=True, frozen=True):
    record_kind: str
    field: str
    value: str
    remedy: str


unpack_stored: Final = msgspec.json.Decoder(Stored).decode
unpack_edge: Final = msgspec.msgpack.Decoder(PackedEdge).decode
unpack_loose: Final = msgspec.msgpack.Decoder(PackedLoose).decode
unpack_gap: Final = msgspec.json.Decoder(Gap).decode
_unpack_counts: Final = msgspec.json.Decoder(dict[str, int]).decode


class RecordRow(NamedTuple):
    """One root's record of a subject and kind."""

    subject: int
    kind: int
    root: int
    scope: int
    valid_from: int
    valid_to: int
    hash: bytes
    stored: bytes

    def precedence(self) -> tuple[bool, int, int]:
        """Which of several roots' records counts: that of the scope's own root, else the one that changed last."""
        return self.scope == self.root, self.valid_from, self.root

    def record(self, listing: str = "") -> Record:
        told = unpack_stored(self.stored)
        return Record(told.subject, RECORD_KINDS.words[self.kind], told.scope, told.body, listing, told.seen)


def content_key(packed: bytes) -> int:
    """63 bits of the content: tells rows apart that agree in everything else of their key."""
    hashed = _HASH()
    hashed.update(packed)
    return int.from_bytes(hashed.digest(), "big") >> 1


def content_hash(record: Record) -> bytes:
    """Hash of a record's content and name: two names with one key never share a body unseen."""
    return blake2b(record.content_hash() + record.subject.encode(), digest_size=16).digest()


RECORD_COLUMNS: Final = "r.subject, r.kind, r.root, r.scope, r.valid_from, r.valid_to, r.hash, b.stored"


def instant(value: datetime | str) -> str:
    """An instant as the index keeps it: UTC with milliseconds, `2026-11-30T06:00:00.000Z`."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def generation_of(row: Sequence[Any]) -> Generation:
    """A generation from its `GENERATION_COLUMNS`."""
    number, published, rules, hexed, root, started, finished, counts = row
    return Generation(number, published, rules, hexed, root, started, finished, _unpack_counts(counts))


def location(text: str, key: int, hashed: Callable[[str], int]) -> tuple[int, int, str, int]:
    """The `location` row of a place. '/' becomes U+0001 so that rows sort segment by segment."""
    root, path = split(text)
    place = hashed(root)
    return place >> 57, place, path.replace("/", "\x01"), key


def record_row(subject: int, kind: int, content: bytes) -> tuple[Any, ...]:
    return subject, RECORD_KINDS.values[kind], content.hex()


def edge_row(effect: int, cause: int, relation: int, name: str, derivation: int, certainty: int) -> tuple[Any, ...]:
    return (
        effect,
        cause,
        RELATIONS.values[relation],
        name,
        DERIVATIONS.values[derivation],
        CERTAINTIES.values[certainty],
    )


def gap_row(subject: int, kind: int, reason: int) -> tuple[Any, ...]:
    return subject, RECORD_KINDS.values[kind], GAP_REASONS.values[reason]


def loose_row(record: int, reason: int, packed: bytes) -> tuple[Any, ...]:
    told = unpack_loose(packed)
    return record, told.record_kind, told.field, told.value, LOOSE_REASONS.values[reason]
