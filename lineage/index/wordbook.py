"""The words of an index, in a file beside it: made when somebody first searches, and brought up to date when needed.

    doc      one row a row of `node`, under its rowid: key, kind, state, scope, and in which generations it holds
    words    the full text of the same rows (FTS5, without the text itself)
    scope    workspaces and registries by number
    state    up to which row of `node`, and for which generation, the rest is whole

Rows of `node` are never changed but for their end, nor taken away, so the file grows by what was added since and
answers for every generation that it has come to. It is no part of the index: lost, damaged, or left behind by an
index that was replaced, it is made again. Several processes may bring it up to date at once: each batch begins where
the last one ended, whoever made it, and a killed one leaves whole batches behind. Where the folder may not be written,
the file lives in a temporary folder as long as the process.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from lineage import search
from lineage.errors import IndexFailure

APPLICATION_ID: Final = 0x4C4E5731  # "LNW1"
VERSION: Final = 1
"""Raised with every change of the tables, or of what `search.searched` and `search.fold` make of a node."""

BATCH: Final = 20_000
COLUMNS: Final = tuple(f"c{place}" for place in range(len(search.FIELDS)))

_TABLES: Final = f"""
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), row INTEGER NOT NULL, generation INTEGER NOT NULL, digest TEXT NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0, 0, '');
CREATE TABLE scope (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE doc (
    id INTEGER PRIMARY KEY, key INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL,
    scope INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE words USING fts5({", ".join(COLUMNS)}, content='', columnsize=0, tokenize='ascii');
"""
_ROWS: Final = (
    "SELECT rowid, key, kind, state, text, facts, valid_from, valid_to FROM node WHERE rowid > ? AND rowid <= ?"
    " ORDER BY rowid LIMIT ?"
)
_ENDED: Final = "SELECT valid_to, rowid FROM node WHERE valid_to > ? AND valid_to <= ? AND rowid <= ?"
_INSERT: Final = f"INSERT INTO words (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_ELSEWHERE: Final = ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY")
"""Errors that say nothing of what is in the file."""

_facts: Final = msgspec.json.Decoder(dict[str, Any]).decode

Told = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""


class Wordbook:
    """The file beside the index at `index`. Not safe to share between threads while it is refreshed."""

    def __init__(self, index: Path, path: Path) -> None:
        self.index = index
        self.path = path

    def behind(self, main: sqlite3.Connection, generation: int) -> int:
        """How many rows are missing for this generation, which `main` sees; 0 when the file may answer for it."""
        with self.reading() as side:
            row, upto, _ = _state(side)
        if upto >= generation:
            return 0
        (last,) = main.execute("SELECT coalesce(max(rowid), 0) FROM node").fetchone()
        return max(1, int(last) - row)

    def prepare(self, main: sqlite3.Connection) -> None:
        """Make the file where there is none for this index. Raises OSError and sqlite3.Error where it cannot be."""
        if self.path.exists():
            if self._fits(main):
                return
            self._remove()
        with closing(self._connect("rwc")) as side:
            side.execute("PRAGMA journal_mode = WAL")
            side.execute("BEGIN IMMEDIATE")
            if not _mark(side):  # nobody else has made it meanwhile
                for statement in (
                    f"PRAGMA application_id = {APPLICATION_ID}",
                    f"PRAGMA user_version = {VERSION}",
                    *_TABLES.split(";"),
                ):
                    side.execute(statement)
            side.execute("COMMIT")

    def refresh(self, main: sqlite3.Connection, told: Told, stop: Callable[[], bool] = bool) -> None:
        """Bring the file up to the newest generation that `main` sees in its transaction, unless `stop` ends it."""
        number, digest = main.execute(
            "SELECT number, digest FROM generation WHERE number = (SELECT number FROM published)"
        ).fetchone()
        (last,) = main.execute("SELECT coalesce(max(rowid), 0) FROM node").fetchone()
        with closing(self._connect("rw")) as side:
            for pragma in ("busy_timeout = 30000", "synchronous = NORMAL", "cache_size = -65536"):
                side.execute(f"PRAGMA {pragma}")
            while not stop():
                side.execute("BEGIN IMMEDIATE")
                try:
                    whole = self._batch(main, side, number, digest, last, told)
                    side.execute("COMMIT")
                except BaseException:
                    side.execute("ROLLBACK")
                    raise
                if whole:
                    break
            side.execute("PRAGMA busy_timeout = 0")
            with suppress(sqlite3.OperationalError):  # somebody is reading: the next one does it
                side.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _batch(
        self, main: sqlite3.Connection, side: sqlite3.Connection, number: int, digest: str, last: int, told: Told
    ) -> bool:
        """Add the next rows; with the last of them the generation is whole, and True is returned."""
        row, upto, _ = _state(side)
        if upto >= number:
            return True
        rows = main.execute(_ROWS, (row, last, BATCH)).fetchall()
        if rows:
            _add(side, rows)
            row = rows[-1][0]
            side.execute("UPDATE state SET row = ?", (row,))
            told(row, last)
        if row < last:
            return False
        ended = main.execute(_ENDED, (upto, number, last))
        side.executemany("UPDATE doc SET valid_to = ? WHERE id = ?", ended)
        side.execute("UPDATE state SET generation = ?, digest = ?", (number, digest))
        return True

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._reader()
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()

    def _reader(self) -> sqlite3.Connection:
        connection = self._connect("ro")
        try:
            _state(connection)
        except sqlite3.OperationalError:
            connection.close()
            # A folder that may not be written holds no shared memory for the log; `refresh` leaves none behind.
            connection = self._connect("ro&immutable=1")
        connection.execute("PRAGMA mmap_size = 1073741824")
        connection.execute("PRAGMA busy_timeout = 5000")
        return connection

    def _fits(self, main: sqlite3.Connection) -> bool:
        """Whether the file is of the index that `main` reads. Raises IndexFailure when it is another program's."""
        with closing(self._connect("ro")) as side:
            try:
                if _mark(side) != APPLICATION_ID:
                    if side.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                        raise foreign(self.path)
                    return False
                if side.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                    return False
                row, upto, digest = _state(side)
                # Rows that were renumbered, or those of another index, are told by a few of them.
                for one in [1 + (row - 1) * part // 16 for part in range(17)] if row else ():
                    ours = side.execute("SELECT key, valid_from FROM doc WHERE id = ?", (one,)).fetchone()
                    theirs = main.execute("SELECT key, valid_from FROM node WHERE rowid = ?", (one,)).fetchone()
                    if ours != theirs:
                        return False
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "").startswith(_ELSEWHERE):
                    raise
                return False
        said = main.execute("SELECT digest FROM generation WHERE number = ?", (upto,)).fetchone()
        return upto == 0 or (said is not None and said[0] == digest)

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )


def foreign(path: Path) -> IndexFailure:
    return IndexFailure(
        f"{path} is a database of another program, and the words of the index would be kept there",
        "move that file away, then search again",
    )


def _mark(side: sqlite3.Connection) -> int:
    return int(side.execute("PRAGMA application_id").fetchone()[0])


def _state(side: sqlite3.Connection) -> tuple[int, int, str]:
    row, generation, digest = side.execute("SELECT row, generation, digest FROM state").fetchone()
    return row, generation, digest


def _add(side: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    scopes = dict(side.execute("SELECT text, id FROM scope"))
    docs = []
    texts = []
    for number, key, kind, state, text, facts, since, until in rows:
        scope = search.scope_text(text)
        place = scopes.get(scope)
        if place is None:
            place = scopes[scope] = len(scopes) + 1
            side.execute("INSERT INTO scope VALUES (?, ?)", (place, scope))
        docs.append((number, key, kind, state, place, since, until))
        texts.append((number, *map(search.fold, search.searched(text, _facts(facts)))))
    side.executemany("INSERT INTO doc VALUES (?, ?, ?, ?, ?, ?, ?)", docs)
    side.executemany(_INSERT, texts)
