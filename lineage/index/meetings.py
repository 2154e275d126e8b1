"""Claims by the key at which they meet, for when every record is claimed at once.

They are held in memory up to a limit and beyond it in temporary files, one for each bucket of meeting keys.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, Final

import msgspec

from lineage.ids import BUCKETS

LIMIT: Final = 16 * 1024 * 1024
"""Claims in memory, by the bytes that they take when packed (with the objects it is about five times as much)."""

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]]).decode


class Meetings:
    """Takes claims in any order and gives them back meeting by meeting. A context manager: it may hold files."""

    def __init__(self, decode: Callable[[bytes], Any], limit: int = LIMIT) -> None:
        """`decode` reads a packed claim."""
        self._decode = decode
        self._limit = limit
        self._size = 0
        self._held: list[list[tuple[int, bytes, Any]]] = [[] for _ in range(BUCKETS)]
        self._files: list[IO[bytes] | None] = [None] * BUCKETS

    def __enter__(self) -> Meetings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            if file is not None:
                file.close()

    def add(self, meets: int, packed: bytes, claim: Any) -> None:
        """`packed` is what `decode` would read the claim from."""
        self._held[meets >> 57].append((meets, packed, claim))
        self._size += len(packed)
        if self._size > self._limit:
            self._spill()

    def buckets(self) -> Iterator[dict[int, list[Any]]]:
        """The meetings, a bucket of keys at a time. What was given is given up."""
        for bucket in range(BUCKETS):
            met: dict[int, list[Any]] = {}
            decode = self._decode
            for meets, packed in self._spilt(bucket):
                met.setdefault(meets, []).append(decode(packed))
            for meets, _, claim in self._held[bucket]:
                met.setdefault(meets, []).append(claim)
            self._held[bucket] = []
            if met:
                yield met

    def _spilt(self, bucket: int) -> Iterator[tuple[int, bytes]]:
        file = self._files[bucket]
        if file is None:
            return
        file.seek(0)
        while head := file.read(8):
            yield from _unpack(file.read(int.from_bytes(head, "big")))

    def _spill(self) -> None:
        for bucket, held in enumerate(self._held):
            if held:
                file = self._files[bucket]
                if file is None:
                    file = self._files[bucket] = tempfile.TemporaryFile(prefix="lineage-")  # noqa: SIM115 - closed on exit
                block = _pack([(meets, packed) for meets, packed, _ in held])
                file.write(len(block).to_bytes(8, "big") + block)
        self._held = [[] for _ in range(BUCKETS)]
        self._size = 0
