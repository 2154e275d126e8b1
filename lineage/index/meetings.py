"""Claims by the key at which they meet, for when every record is claimed at once.

They are held packed: in memory up to a limit and beyond it in temporary files, one for each bucket of meeting keys.
"""

from __future__ import annotations

import tempfile
from types import TracebackType
from typing import IO, Final

import msgspec

from lineage.ids import BUCKETS

LIMIT: Final = 32 * 1024 * 1024
"""Claims in memory, in bytes; what holds them takes about as much again."""

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[tuple[int, bytes]]).decode


class Meetings:
    """Takes packed claims in any order and gives them back meeting by meeting, a bucket of keys at a time.

    A context manager: it may hold files.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._held: list[list[tuple[int, bytes]]] = [[] for _ in range(BUCKETS)]
        self._files: list[IO[bytes] | None] = [None] * BUCKETS

    def __enter__(self) -> Meetings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            if file is not None:
                file.close()

    def add(self, meets: int, packed: bytes) -> None:
        """A claim at the meeting with this key."""
        self._held[meets >> 57].append((meets, packed))
        self._size += len(packed)
        if self._size > self._limit:
            self._spill()

    def take(self, bucket: int) -> dict[int, list[bytes]]:
        """The claims of each meeting in this bucket, which are given up."""
        met: dict[int, list[bytes]] = {}
        file = self._files[bucket]
        if file is not None:
            file.seek(0)
            met = unpacked(file.read())
            self._close(bucket)
        for meets, packed in self._held[bucket]:
            met.setdefault(meets, []).append(packed)
        self._held[bucket] = []
        return met

    def take_packed(self, bucket: int) -> bytes:
        """The same for another process, which has it `unpacked`."""
        packed = b""
        file = self._files[bucket]
        if file is not None:
            file.seek(0)
            packed = file.read()
            self._close(bucket)
        held, self._held[bucket] = self._held[bucket], []
        return packed + _block(held) if held else packed

    def _close(self, bucket: int) -> None:
        file = self._files[bucket]
        if file is not None:
            file.close()
            self._files[bucket] = None

    def _spill(self) -> None:
        for bucket, held in enumerate(self._held):
            if held:
                file = self._files[bucket]
                if file is None:
                    file = self._files[bucket] = tempfile.TemporaryFile(prefix="lineage-")  # noqa: SIM115 - closed on exit
                file.write(_block(held))
        self._held = [[] for _ in range(BUCKETS)]
        self._size = 0


def unpacked(packed: bytes) -> dict[int, list[bytes]]:
    """The claims of each meeting, as `Meetings.take_packed` gives them."""
    met: dict[int, list[bytes]] = {}
    view, start = memoryview(packed), 0
    while start < len(packed):
        end = start + 8 + int.from_bytes(view[start : start + 8], "big")
        for meets, claim in _unpack(view[start + 8 : end]):
            met.setdefault(meets, []).append(claim)
        start = end
    return met


def _block(held: list[tuple[int, bytes]]) -> bytes:
    packed = _pack(held)
    return len(packed).to_bytes(8, "big") + packed
