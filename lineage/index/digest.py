"""The digest: one value for the logical content of a generation.

Each row that counts has a canonical form, a JSON array. Per part and bucket the digest keeps the
sum modulo 2^256 of blake2b-256 of those forms, so a change costs what changed; the order of rows, generation
numbers and times count for nothing. All sums hashed together are the digest.

    scope    [root, scope, complete]                                          everything in bucket 0
    record   [subject key, kind, hash of content and name]                    bucket of the subject
    node     [text, kind, state]                                              bucket of the node
    edge     [effect key, cause key, relation, name, derivation, certainty]   bucket of the effect
    gap      [subject key, kind, reason]                                      bucket of the subject
    loose    [record key, record kind, field, value, reason]                  bucket of the record
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from lineage.ids import BUCKETS

PARTS: Final = ("scope", "record", "node", "edge", "gap", "loose")
SCOPE, RECORD, NODE, EDGE, GAP, LOOSE = range(len(PARTS))
_MODULUS: Final = 1 << 256
_encode: Final = msgspec.json.Encoder().encode
_HASH: Final = blake2b(digest_size=32).copy  # a copy is made a quarter faster than a new one


def weight(row: tuple[Any, ...]) -> int:
    """What one canonical row adds to the sum of its part and bucket."""
    return int.from_bytes(blake2b(_encode(row), digest_size=32).digest(), "big")


class Totals:
    """The running sums of a generation, to read, change and hash."""

    def __init__(self, rows: Iterable[tuple[int, int, bytes]] = ()) -> None:
        """`rows` are (bucket, part, amount) as stored."""
        self._sums = [[0] * BUCKETS for _ in PARTS]
        for bucket, part, amount in rows:
            self._sums[part][bucket] = int.from_bytes(amount, "big")
        self._stored = [list(sums) for sums in self._sums]

    def add(self, part: int, bucket: int, row: tuple[Any, ...]) -> None:
        self._sums[part][bucket] += int.from_bytes(blake2b(_encode(row), digest_size=32).digest(), "big")

    def add_all(self, part: int, rows: Iterable[tuple[int, tuple[Any, ...]]]) -> None:
        """Add many rows, each with its bucket."""
        sums, encode, new = self._sums[part], _encode, _HASH
        for bucket, row in rows:
            hashed = new()
            hashed.update(encode(row))
            sums[bucket] += int.from_bytes(hashed.digest(), "big")

    def remove(self, part: int, bucket: int, row: tuple[Any, ...]) -> None:
        self._sums[part][bucket] -= weight(row)

    def shift(self, amounts: Mapping[tuple[int, int], int]) -> None:
        """Add `amounts`, which may be negative, by (part, bucket)."""
        for (part, bucket), amount in amounts.items():
            self._sums[part][bucket] += amount

    def changed(self) -> list[tuple[int, int, bytes]]:
        """The (bucket, part, amount) rows that are no longer as they were stored."""
        return [
            (bucket, part, (amount % _MODULUS).to_bytes(32, "big"))
            for part, sums in enumerate(self._sums)
            for bucket, amount in enumerate(sums)
            if amount != self._stored[part][bucket]
        ]

    def first_difference(self, other: Totals) -> tuple[str, int] | None:
        """The first (part, bucket) in which the two differ."""
        for part, name in enumerate(PARTS):
            for bucket in range(BUCKETS):
                if (self._sums[part][bucket] - other._sums[part][bucket]) % _MODULUS:
                    return name, bucket
        return None

    def digest(self) -> str:
        """Hex of the whole."""
        whole = blake2b(digest_size=32)
        for part, name in enumerate(PARTS):
            for bucket in range(BUCKETS):
                whole.update(b"%b %d " % (name.encode(), bucket))
                whole.update((self._sums[part][bucket] % _MODULUS).to_bytes(32, "big"))
        return whole.hexdigest()
