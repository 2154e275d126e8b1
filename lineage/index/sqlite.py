"""An index in one SQLite file: read by many while one publishes."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lineage import ids
from lineage.errors import InvalidOption, UnknownReference
from lineage.index import opening
from lineage.index.keeping import LOOK_SECONDS, WORTH, Keeper
from lineage.index.lock import publisher
from lineage.index.rows import GENERATION_COLUMNS, generation_of, instant
from lineage.index.schema import upgrade
from lineage.index.view import SqliteView
from lineage.ports import Asked, Generation, Held, Hits, Reporter
from lineage.records import Fact

if TYPE_CHECKING:
    from lineage.index.csr import Csr
    from lineage.index.publish import Clock
    from lineage.index.rules import Rules
    from lineage.index.searching import Searcher
    from lineage.index.verify import Rebuilt, Verification

_IDLE: Final = 8
_SLOW: Final = 50_000
"""Rows whose words take long enough to be told of."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Quiet:
    """A Reporter that says nothing."""

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        pass

    def note(self, message: str) -> None:
        pass


def open_index(
    path: Path | str,
    *,
    create: bool = False,
    rules: Rules | None = None,
    key: Callable[[str], int] = ids.key,
    batch: int | None = None,
) -> SqliteIndex:
    """The index at `path`, checked; with `create` a new one is made where nothing is.

    `rules` link records instead of `lineage.linking`; `key` makes keys instead of `ids.key` (both for tests).
    `batch` is after how many facts of a crawl there is a checkpoint, when it is not the usual number.
    Raises IndexMissing, IndexInvalid.
    """
    path = Path(path)
    if create and not path.exists():
        with opening.translated(path):
            opening.make(path)
    opening.check_file(path)
    return SqliteIndex(path, rules, key, batch)


class SqliteIndex:
    """A `ports.Index`. Safe to use from several threads; each view has a connection of its own."""

    def __init__(
        self,
        path: Path,
        rules: Rules | None = None,
        key: Callable[[str], int] = ids.key,
        batch: int | None = None,
    ) -> None:
        self.path = path
        self._batch = batch
        self._rules = rules
        self._key = key
        self._idle: deque[sqlite3.Connection] = deque()
        self._file = opening.identity(path)
        self._keeper: Keeper | None = None
        with self._reading():
            pass

    @contextmanager
    def view(self, as_of: int | str | None = None) -> Iterator[SqliteView]:
        keeper = self._keeper
        with self._reading() as connection:
            generation = self._generation(connection, as_of)
            held = None if keeper is None else keeper.of(generation)
            yield SqliteView(connection, generation, held, self._hits)

    @contextmanager
    def warmed(self, *, every: float = LOOK_SECONDS, worth: int = WORTH, at_once: bool = False) -> Iterator[Keeper]:
        """Within the block views of the newest generation may offer `closure`, which a worker thread sees to.

        every: seconds between two looks at what is published. worth: edges from which a graph is held at all.
        at_once: hold the newest generation before the block begins, and follow no later one.
        """
        keeper = Keeper(self._newest, self.adjacency, every=every, worth=worth)
        if at_once:
            keeper.look()
            self._keeper = keeper
            try:
                yield keeper
            finally:
                self._keeper = None
            return
        keeper.start()
        self._keeper = keeper
        self.searcher.waits = False
        self.searcher.ahead()
        try:
            yield keeper
        finally:
            self._keeper = None
            keeper.stop()
            self.searcher.close()
            self.searcher.waits = True

    @cached_property
    def searcher(self) -> Searcher:
        """Has the words of things ready for `View.search`."""
        from lineage.index.searching import Searcher

        return Searcher(self.path, self._reading)

    def read_words(self, report: Reporter) -> None:
        def told(done: int, total: int) -> None:
            if total > _SLOW:
                report.progress("words read", done, total)

        self.searcher.refresh(told)

    def _hits(self, connection: sqlite3.Connection, generation: Generation, wanted: Asked, limit: int) -> Hits:
        return self.searcher.hits(connection, generation, wanted, limit)

    def adjacency(self, generation: Generation) -> Csr:
        """The adjacency of a generation, read from the file; seconds and some 60 bytes a thing for millions."""
        from lineage.index.csr import load

        with self._reading() as connection:
            connection.execute("SELECT number FROM published").fetchone()
            return load(connection, generation.number, SqliteView(connection, generation).nodes)

    def _newest(self) -> Generation:
        with self._reading() as connection:
            return self._generation(connection, None)

    def generations(self) -> list[Generation]:
        """Every generation, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {GENERATION_COLUMNS} FROM generation ORDER BY number")
            return [generation_of(row) for row in rows]

    @property
    def digest(self) -> str:
        """Digest of the published generation; '' while there is none."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT digest FROM generation WHERE number = (SELECT number FROM published)"
            ).fetchone()
            return row[0] if row else ""

    def publish(
        self,
        root: str,
        facts: Iterator[Fact] | Callable[[Held], Iterator[Fact]],
        report: Reporter,
        *,
        started: str,
        clock: Clock,
        accept_shrink: bool = False,
        resume: bool = True,
    ) -> Generation:
        from lineage.index.publish import publish_facts
        from lineage.index.staging import BATCH

        with self._writing(instant(clock())) as connection:
            return publish_facts(
                connection,
                self._present_rules(),
                self._key,
                root,
                facts,
                report,
                started=started,
                clock=clock,
                accept_shrink=accept_shrink,
                resume=resume,
                batch=self._batch or BATCH,
            )

    def relink(self, report: Reporter | None = None, *, clock: Clock = utc_now) -> Generation:
        """Publish what is there under the present rules. Earlier generations stay as they are."""
        from lineage.index.publish import publish_again

        with self._writing(instant(clock())) as connection:
            if connection.execute("SELECT number FROM published").fetchone()[0] == 0:
                raise _nothing(self.path)
            return publish_again(connection, self._present_rules(), self._key, report or Quiet(), clock=clock)

    def verify(self, report: Reporter | None = None) -> Verification:
        """Count and hash every row of every generation again."""
        from lineage.index.verify import recount

        with self._reading() as connection:
            return recount(connection, self._key, report or Quiet())

    def rebuild(self, report: Reporter | None = None) -> Rebuilt:
        """Link the published generation's records from scratch, in a temporary index, and compare the two."""
        import tempfile

        from lineage.index.verify import rebuild

        if not self.digest:
            raise _nothing(self.path)
        with tempfile.TemporaryDirectory(prefix="lineage-") as folder, opening.translated(self.path):
            aside = Path(folder) / "aside.db"
            opening.make(aside)
            connection = opening.writer(aside)
            try:
                # What is thrown away need not survive a power loss, nor be undone.
                connection.execute("PRAGMA journal_mode = OFF")
                return rebuild(
                    self.path,
                    connection,
                    self._present_rules(),
                    self._key,
                    report or Quiet(),
                    instant(utc_now()),
                )
            finally:
                connection.close()

    def close(self) -> None:
        """Close the connections that no view is using, and drop what is temporary."""
        if "searcher" in self.__dict__:
            self.searcher.close()
        while self._idle:
            self._idle.pop().close()

    def _present_rules(self) -> Rules:
        from lineage.index.rules import current_rules

        return self._rules or current_rules()

    def _generation(self, connection: sqlite3.Connection, as_of: int | str | None) -> Generation:
        values: tuple[int | str, ...] = ()
        if as_of is None:
            where = "number = (SELECT number FROM published)"
        elif isinstance(as_of, int):
            where, values = "number = ?", (as_of,)
        else:
            where, values = "published <= ? ORDER BY number DESC LIMIT 1", (_upper(as_of),)
        # `published` is read first of all: from here on this transaction sees what it named.
        row = connection.execute(f"SELECT {GENERATION_COLUMNS} FROM generation WHERE {where}", values).fetchone()
        if row is not None:
            return generation_of(row)
        if as_of is None:
            raise _nothing(self.path)
        raise UnknownReference(
            f"the index holds no generation {as_of}" if isinstance(as_of, int) else f"nothing was published by {as_of}",
            "run `lineage status` to see which generations there are",
        )

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with opening.translated(self.path):
            connection = self._connection()
            file = self._file
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if len(self._idle) < _IDLE and file == self._file:
                    self._idle.append(connection)
                else:
                    connection.close()

    def _connection(self) -> sqlite3.Connection:
        file = opening.identity(self.path)
        if file != self._file:
            # Another file has taken the place of the one that was open.
            self.close()
            self._file = file
        try:
            return self._idle.pop()
        except IndexError:
            opening.check_file(self.path)
            connection = opening.reader(self.path)
            opening.check_published(connection, self.path)
            connection.create_function("lower_unicode", 1, str.lower, deterministic=True)
            return connection

    @contextmanager
    def _writing(self, since: str) -> Iterator[sqlite3.Connection]:
        with publisher(self.path, since), opening.translated(self.path):
            connection = opening.writer(self.path)
            try:
                opening.check_published(connection, self.path)
                upgrade(connection)
                yield connection
                # Readers of older generations may keep the log from shrinking now; the next publication tries again.
                connection.execute("PRAGMA busy_timeout = 0")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()


def _upper(text: str) -> str:
    """The instant that `as_of` means; a bare date means the end of that day, UTC."""
    try:
        if len(text) == len("2026-03-31"):
            return instant(datetime.combine(date.fromisoformat(text), datetime.max.time(), UTC))
        return instant(text)
    except ValueError:
        raise InvalidOption(
            f"{text!r} is neither a generation's number nor an instant",
            "write a number, a date (2026-03-31) or an instant (2026-03-31T12:00:00Z)",
        ) from None


def _nothing(path: Path) -> UnknownReference:
    return UnknownReference(
        f"nothing has been published into {path} yet", "run `lineage crawl` on a workspace to fill it"
    )
