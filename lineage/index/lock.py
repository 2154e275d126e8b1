"""One publisher at a time, by a lock that dies with its process.

The lock is the operating system's, on a small file beside the index. Killed processes
release it by dying, so a stale lock cannot exist; the file's text only names the holder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lineage.errors import IndexBusy, IndexFailure

if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def publisher(index: Path, since: str) -> Iterator[None]:
    """Be the only publisher of `index` inside the block.

    Raises IndexBusy, naming the process that is publishing and since when; IndexFailure when the folder is read-only.
    """
    path = index.with_name(index.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(index, str(error.strerror)) from None
    try:
        try:
            _take(handle)
        except OSError:
            raise busy(index, os.read(handle, 200).decode(errors="replace")) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} since {since}".encode())
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def unwritable(path: Path, why: str) -> IndexFailure:
    return IndexFailure(
        f"{path} cannot be written: {why}", "change its permissions, or name another index with --index"
    )


def busy(index: Path, holder: str) -> IndexBusy:
    """The error for an index that somebody else is writing; `holder` as the lock file names them."""
    return IndexBusy(
        f"{holder or 'another process'} is publishing into {index}",
        "wait until it has finished, or stop it; what it has published so far stays",
    )
