"""Claims by the key at which they meet, for when every record is claimed at once.

They are kept packed, in memory up to a limit and beyond it in temporary files, one for each bucket of meeting keys.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, Final

import msgspec

from lineage.ids import BUCKETS

LIMIT: Final = 256 * 1024 * 1024
"""Bytes of claims in memory."""

_Frame = list[tuple[int, bytes]]
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final[Callable[[bytes], _Frame]] = msgspec.msgpack.Decoder(_Frame).decode


class Meetings:
    """Takes claims in any order and gives them back meeting by meeting. A context manager: it may hold files."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._size = 0
        self._held: list[_Frame] = [[] for _ in range(BUCKETS)]
        self._files: list[IO[bytes] | None] = [None] * BUCKETS

    def __enter__(self) -> Meetings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            if file is not None:
                file.close()

    def add(self, meets: int, payload: bytes) -> None:
        self._held[meets >> 57].append((meets, payload))
        self._size += len(payload)
        if self._size > self._limit:
            self._spill()

    def buckets(self) -> Iterator[dict[int, list[bytes]]]:
        """The meetings, a bucket of keys at a time. What was given is given up."""
        for bucket in range(BUCKETS):
            met: dict[int, list[bytes]] = {}
            for frame in self._frames(bucket):
                for meets, payload in frame:
                    met.setdefault(meets, []).append(payload)
            if met:
                yield met

    def _frames(self, bucket: int) -> Iterator[_Frame]:
        file = self._files[bucket]
        if file is not None:
            file.seek(0)
            while head := file.read(8):
                yield _decode(file.read(int.from_bytes(head, "big")))
        yield self._held[bucket]
        self._held[bucket] = []

    def _spill(self) -> None:
        for bucket, frame in enumerate(self._held):
            if frame:
                file = self._files[bucket]
                if file is None:
                    file = self._files[bucket] = tempfile.TemporaryFile(prefix="lineage-")  # noqa: SIM115 - closed on exit
                packed: Any = _encode(frame)
                file.write(len(packed).to_bytes(8, "big") + packed)
        self._held = [[] for _ in range(BUCKETS)]
        self._size = 0
