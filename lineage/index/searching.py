"""Searching one generation by its words (`wordbook`), and having them ready."""

from __future__ import annotations

import logging
import sqlite3
import threading
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import msgspec

from lineage import search
from lineage.errors import LineageError, SearchNotReady
from lineage.graph import State
from lineage.ids import Kind
from lineage.index import opening
from lineage.index.codes import KINDS, STATES
from lineage.index.wordbook import COLUMNS, Told, Wordbook
from lineage.ports import Asked, Generation, Hits

AT_ONCE: Final = 50_000
"""Rows that a service adds while a question waits; more are added by a thread, and the question is refused."""

PATIENCE: Final = 0.2
"""Seconds that a question waits for a thread that is adding rows; whoever waits holds a place at the service."""

_FOUND: Final = (
    "FROM words w CROSS JOIN doc d ON d.id = w.rowid WHERE words MATCH ? AND d.valid_from <= ? AND d.valid_to > ?"
)
_NODES: Final = (
    "SELECT n.rowid, n.key, n.text, n.kind, n.state FROM json_each(?1) j CROSS JOIN node n ON n.rowid = j.value"
)
_log: Final = logging.getLogger(__name__)


class Searcher:
    """Answers searches of the index at `index`. Safe to use from several threads.

    reading: gives a connection to the index in a transaction that sees the newest generation.
    """

    def __init__(self, index: Path, reading: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._index = index
        self._reading = reading
        self._lock = threading.Lock()
        self._book: Wordbook | None = None
        self._file = (0, 0)
        self._ready = 0
        self._aside: Path | None = None
        self._drop: weakref.finalize[..., Searcher] | None = None
        self._worker: threading.Thread | None = None
        self._ending = threading.Event()
        self._done = (0, 0)
        self.waits = True
        """Whether a question waits for words that are missing, however many. A service does not."""

    def hits(self, main: sqlite3.Connection, generation: Generation, wanted: Asked, limit: int) -> Hits:
        """As `ports.View.search`, for a view that reads through `main`. Raises SearchNotReady."""
        book = self._up_to(generation.number)
        where, values = _narrowed(wanted)
        counts: dict[tuple[Kind, State, str], int] = {}
        found: dict[int, int] = {}
        with book.reading() as side:
            scopes = {place: text for text, place in side.execute("SELECT text, id FROM scope")}
            if wanted.scope:
                place = next((place for place, text in scopes.items() if text == wanted.scope), 0)
                where += f" AND d.scope = {place}"
            number = generation.number
            rows = side.execute(
                f"SELECT d.kind, d.state, d.scope, count(*) {_FOUND}{where} GROUP BY 1, 2, 3",
                (_match(wanted.words, len(COLUMNS)), number, number, *values),
            )
            for kind, state, scope, many in rows:
                counts[KINDS.words[kind], STATES.words[state], scopes[scope]] = many
            total = min(limit, sum(counts.values()))
            for tier, many in enumerate(search.TIERS):
                if len(found) == total:
                    break
                asked = (_match(wanted.words, many, tier), number, number, *values, limit)
                for (row,) in side.execute(f"SELECT d.id {_FOUND}{where} LIMIT ?", asked):
                    if row not in found and len(found) < total:
                        found[row] = tier
        told = main.execute(_NODES, (msgspec.json.encode(sorted(found)).decode(),))
        best = [(key, text, KINDS.words[kind], STATES.words[state], found[row]) for row, key, text, kind, state in told]
        best.sort(key=lambda hit: hit[4])
        return Hits(counts, tuple(best))

    def refresh(self, told: Told | None = None) -> None:
        """Bring the words up to the newest generation."""
        with self._lock:
            self._refresh(told or _quiet)

    def ahead(self) -> None:
        """Bring the words up to the newest generation in a thread, where somebody has searched this index before."""
        if beside(self._index).exists():
            with self._lock:
                self._start()

    def close(self) -> None:
        """End what a thread is doing, after the batch that it is at, and drop what is temporary."""
        self._ending.set()
        worker = self._worker
        if worker is not None:
            worker.join()
        with self._lock:
            self._book, self._ready, self._worker = None, 0, None
            if self._drop is not None:
                self._drop()
            self._aside = None
        self._ending.clear()

    def _up_to(self, number: int) -> Wordbook:
        book = self._book
        if book is not None and self._ready >= number and self._file == opening.identity(self._index):
            return book
        worker = self._worker
        if worker is not None:
            worker.join(PATIENCE)
            if worker.is_alive():
                raise self._not_yet()
        with self._lock:
            with self._reading() as main:
                book = self._open(main)
                missing = book.behind(main, number)
                if not missing:
                    self._ready = max(self._ready, number)
                    return book
            if missing > AT_ONCE and not self.waits:
                self._done = (0, missing)
                self._start()
                raise self._not_yet()
            self._refresh(_quiet)
            return book

    def _refresh(self, told: Told) -> None:
        with self._reading() as main:
            book = self._open(main)
            (number,) = main.execute("SELECT number FROM published").fetchone()
            missing = book.behind(main, number) if number else 0
            if missing:
                self._done = (0, missing)
                book.refresh(main, told, self._ending.is_set)
            if not self._ending.is_set():
                self._ready = number

    def _start(self) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, name="lineage-words", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        def told(done: int, total: int) -> None:
            self._done = (done, total)

        try:
            with self._lock:
                self._refresh(told)
        except LineageError:
            pass  # nothing is published yet, or the index is no more: whoever asks is told
        except Exception:
            _log.exception("the words of the index cannot be brought up to date; the next search tries again")

    def _not_yet(self) -> SearchNotReady:
        done, total = self._done
        how_far = f": {done:,} of {total:,} rows are done" if total else ""
        return SearchNotReady(
            f"the words of the index are being read{how_far}",
            "search again in a few seconds",
        )

    def _folder(self) -> Path:
        """A temporary folder that goes with this searcher."""
        if self._aside is None:
            import shutil
            import tempfile

            self._aside = Path(tempfile.mkdtemp(prefix="lineage-"))
            self._drop = weakref.finalize(self, shutil.rmtree, self._aside, ignore_errors=True)
        return self._aside

    def _open(self, main: sqlite3.Connection) -> Wordbook:
        """The wordbook beside the index, or in a temporary folder where none can be made there."""
        file = opening.identity(self._index)
        if self._book is not None and self._file == file:
            return self._book
        self._ready = 0
        book = Wordbook(self._index, beside(self._index))
        try:
            book.prepare(main)
            if book.behind(main, _published(main)):
                _writable(book)
        except (OSError, sqlite3.OperationalError):
            book = Wordbook(self._index, beside(self._folder() / self._index.name))
            book.prepare(main)
        self._book, self._file = book, file
        return book


def beside(index: Path) -> Path:
    """Where the words of an index are kept."""
    return index.with_name(index.name + ".words")


def _published(main: sqlite3.Connection) -> int:
    number: int = main.execute("SELECT number FROM published").fetchone()[0]
    return number


def _writable(book: Wordbook) -> None:
    """Raises where the file cannot be written."""
    with book.path.open("r+b"):
        pass
    probe = book.path.with_name(book.path.name + "-probe")
    probe.touch()
    probe.unlink(missing_ok=True)


def _match(words: tuple[str, ...], columns: int, tier: int = 1) -> str:
    """What FTS5 is asked. Words hold letters and digits alone, so nothing in them is syntax."""
    asked = ("" if tier else "^ ") + " AND ".join(f'"{word}" *' for word in words)
    return asked if columns == len(COLUMNS) else f"{{{' '.join(COLUMNS[:columns])}}} : ({asked})"


def _narrowed(wanted: Asked) -> tuple[str, list[Any]]:
    where = ""
    values: list[Any] = []
    for column, codes in (
        ("kind", [KINDS.of[kind] for kind in wanted.kinds]),
        ("state", [STATES.of[state] for state in wanted.states]),
    ):
        if codes:
            where += f" AND d.{column} IN ({', '.join('?' * len(codes))})"
            values += codes
    return where, values


def _quiet(done: int, total: int) -> None:
    pass
