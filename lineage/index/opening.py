"""Opening the file: refuse what is no index of ours, in a sentence, before anything is read from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lineage.errors import IndexBusy, IndexFailure, IndexInvalid, IndexMissing
from lineage.index.lock import publisher, unwritable
from lineage.index.schema import APPLICATION_ID, VERSION, create

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100
_AGAIN: Final = "move the file away and crawl again (`lineage crawl`), or restore it from a backup"
CACHE_KIB: Final = 64 * 1024


def check_file(path: Path) -> None:
    """Refuse a file that is missing, empty, foreign, truncated or newer, by its header and its size.

    Raises IndexMissing, IndexInvalid.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except FileNotFoundError:
        raise IndexMissing(
            f"there is no index at {path}",
            "make one with `lineage crawl`, or name another with --index or $LINEAGE_INDEX",
        ) from None
    except IsADirectoryError:
        raise IndexInvalid(f"{path} is a folder, not an index", "name the index file itself, with --index") from None
    except PermissionError:
        raise IndexInvalid(f"{path} may not be read by this user", "change its permissions, or name another") from None
    if size == 0:
        raise IndexInvalid(f"{path} is empty, not an index", f"delete it; {_AGAIN}")
    if not header.startswith(_MAGIC):
        raise IndexInvalid(f"{path} is not an index: it is no database at all", "name an index with --index")
    if size < _HEADER:
        raise IndexInvalid(f"{path} is truncated: its header ends after {size} bytes", _AGAIN)
    if _number(header, 68) != APPLICATION_ID:
        raise IndexInvalid(f"{path} is a database of another program, not an index", "name an index with --index")
    if _number(header, 60) > VERSION:
        raise newer(path, _number(header, 60))
    page = int.from_bytes(header[16:18], "big")
    pages = _number(header, 28)
    expected = (65536 if page == 1 else page) * pages
    # While a write-ahead log waits, a checkpoint may have written the new size before the new pages.
    if size < expected and not _has_log(path):
        raise IndexInvalid(f"{path} is truncated: {size:,} of {expected:,} bytes are there", _AGAIN)


def identity(path: Path) -> tuple[int, int]:
    """Tells one file at a path from another that takes its place; (0, 0) when there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def newer(path: Path, version: int) -> IndexInvalid:
    return IndexInvalid(
        f"{path} was written by a newer version of this program (schema {version}, this one reads up to {VERSION})",
        "update azureml-lineage, or name another index with --index",
    )


def check_published(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse an index whose published row does not name its newest generation."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise newer(path, version)
    row = connection.execute("SELECT number FROM published WHERE one = 1").fetchone()
    last = connection.execute("SELECT number, digest FROM generation ORDER BY number DESC LIMIT 1").fetchone()
    if row is None or row[0] != (last[0] if last else 0) or (last and len(last[1]) != 64):
        raise IndexInvalid(f"{path} is damaged: what it says is published is not there", _AGAIN)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Inside the block, what SQLite says of the file becomes a sentence with a remedy."""
    try:
        yield
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise IndexBusy(
                f"another program is writing {path}", "wait until it has finished, then try again"
            ) from None
        if name.startswith("SQLITE_FULL"):
            raise IndexFailure(
                f"the disk that holds {path} is full; what was published before is still there",
                "make room, then run the same command again",
            ) from None
        if name.startswith("SQLITE_READONLY"):
            raise unwritable(path, "the file or its folder is read-only") from None
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
            raise IndexFailure(
                f"{path} cannot be read or written: {error}", "check the disk and its permissions"
            ) from None
        raise
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise IndexInvalid(f"{path} is damaged: {error}", _AGAIN) from None
        raise


def reader(path: Path) -> sqlite3.Connection:
    """A connection that reads, from any thread; the file is not written through it."""
    connection = _connect(path, "ro")
    try:
        connection.execute("SELECT number FROM published").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if _has_log(path):
            raise
        # A folder that may not be written holds no shared memory for the log; without a log none is needed.
        connection = _connect(path, "ro&immutable=1")
    connection.execute("PRAGMA mmap_size = 1073741824")
    return connection


def writer(path: Path) -> sqlite3.Connection:
    """A connection that publishes. Staging commits without waiting for the disk; publishing waits."""
    connection = _connect(path, "rw")
    for pragma in (
        "busy_timeout = 5000",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"cache_size = -{CACHE_KIB}",
        # A crawl writes megabytes a batch: copying them back to the file once in 64 MB is enough.
        "wal_autocheckpoint = 16384",
        "journal_size_limit = 67108864",
        # A million rows are sorted for an index in files: in memory that takes more than all the rest.
        "temp_store = FILE",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def make(path: Path) -> None:
    """Make an empty index, whole or not at all; one that somebody else has made meanwhile stays.

    Raises IndexBusy, IndexFailure.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, str(error.strerror)) from None
    with publisher(path, "just now"):
        if path.exists():
            return
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            create(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        new.replace(path)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # The path is quoted by as_uri, so a name with '?' or '#' cannot set options.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
    )


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > 0
    except FileNotFoundError:
        return False


def _number(header: bytes, offset: int) -> int:
    return int.from_bytes(header[offset : offset + 4], "big")
