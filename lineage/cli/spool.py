"""Findings on their way: judged once, told several times (counts, a page, SARIF, JUnit), however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from lineage.findings.policy import Judged

_LENGTH: Final = 4
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Judged).decode


class Spool:
    """A file without a name, gone when it is closed. Add all, then read as often as wanted."""

    def __init__(self) -> None:
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed when the spool is
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, judged: Judged) -> None:
        packed = _encode(judged)
        self._file.write(len(packed).to_bytes(_LENGTH, "big") + packed)
        self.count += 1

    def __iter__(self) -> Iterator[Judged]:
        self._file.seek(0)
        while head := self._file.read(_LENGTH):
            yield _decode(self._file.read(int.from_bytes(head, "big")))
