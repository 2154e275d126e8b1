"""What a crawl may rely on instead of asking: what was published of its root, and what an interrupted crawl staged."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lineage.index.codes import GAP_REASONS, RECORD_KINDS
from lineage.index.rows import unpack_gap, unpack_stored
from lineage.index.schema import OPEN
from lineage.records import Gap, GapReason, Listing, Record, RecordKind

LASTING: Final = frozenset(
    {GapReason.FORBIDDEN, GapReason.NOT_FOUND, GapReason.UNPARSABLE, GapReason.TOO_LARGE, GapReason.HOST_REFUSED}
)
"""Reasons that a second question a few minutes later would get again."""

_BESIDE_A_RECORD: Final = frozenset(GAP_REASONS.of[reason] for reason in (GapReason.UNKNOWN_KIND, GapReason.UNPARSABLE))
"""Reasons that say something of what was read."""

_BODY: Final = "b.bucket = {0}.bucket AND b.subject = {0}.subject AND b.kind = {0}.kind AND b.hash = {0}.hash"
_NAME: Final = "LEFT JOIN name n ON n.bucket = {0}.listing >> 57 AND n.key = {0}.listing"


class _Known(msgspec.Struct):
    """What a generation knows of names, as `view` reads it too."""

    guids: dict[str, str] = {}


_unpack_known: Final = msgspec.json.Decoder(_Known).decode
_unpack_listing: Final = msgspec.json.Decoder(Listing).decode


class SqliteHeld:
    """A `ports.Held` over the connection that stages; `turn` is the crawl's own."""

    def __init__(self, connection: sqlite3.Connection, key: Callable[[str], int], root: int, turn: int) -> None:
        self._connection = connection
        self._key = key
        self._root = root
        self._turn = turn
        self._guids: dict[str, str] | None = None

    @property
    def always(self) -> SqliteHeld:
        return self

    def record(self, subject: str, kind: RecordKind) -> Record | None:
        place = self._key(subject)
        row = self._connection.execute(
            f"SELECT b.stored, n.text FROM record r JOIN body b ON {_BODY.format('r')} {_NAME.format('r')}"
            " WHERE r.bucket = ? AND r.subject = ? AND r.kind = ? AND r.root = ? AND r.valid_to = ?",
            (place >> 57, place, RECORD_KINDS.of[kind], self._root, OPEN),
        ).fetchone()
        return None if row is None else _record(kind, *row)

    def is_lost(self, subject: str, kind: RecordKind) -> bool:
        place = self._key(subject)
        row = self._connection.execute(
            "SELECT reason FROM gap WHERE bucket = ? AND subject = ? AND kind = ? AND root = ? AND valid_to = ?",
            (place >> 57, place, RECORD_KINDS.of[kind], self._root, OPEN),
        ).fetchone()
        return row is not None and row[0] not in _BESIDE_A_RECORD

    def listing(self, text: str) -> Listing | None:
        row = self._connection.execute(
            "SELECT packed FROM listed WHERE root = ? AND listing = ?", (self._root, self._key(text))
        ).fetchone()
        return None if row is None else _unpack_listing(row[0])

    def listed(self, text: str) -> list[Record]:
        rows = self._connection.execute(
            f"SELECT r.kind, b.stored FROM record r INDEXED BY record_listing JOIN body b ON {_BODY.format('r')}"
            f" WHERE r.listing = ? AND r.root = ? AND r.valid_to = {OPEN} AND r.listing <> 0"
            " ORDER BY r.bucket, r.subject, r.kind",
            (self._key(text), self._root),
        )
        return [_record(RECORD_KINDS.words[kind], stored, text) for kind, stored in rows]

    def workspace(self, guid: str) -> str:
        if self._guids is None:
            row = self._connection.execute(
                "SELECT n.text FROM generation g JOIN name n ON n.bucket = g.known >> 57 AND n.key = g.known"
                " ORDER BY g.number DESC LIMIT 1"
            ).fetchone()
            self._guids = {} if row is None else _unpack_known(row[0]).guids
        return self._guids.get(guid, "")

    def is_told(self, subject: str, kinds: Sequence[RecordKind]) -> bool:
        place = self._key(subject)
        return any(
            self._connection.execute(
                f"SELECT 1 FROM {table} WHERE bucket = ? AND subject = ? AND kind = ? AND valid_to = ? LIMIT 1",
                (place >> 57, place, RECORD_KINDS.of[kind], OPEN),
            ).fetchone()
            for table in ("record", "gap")
            for kind in kinds
        )

    def fresh(self, subject: str, kind: RecordKind) -> Record | Gap | None:
        if self._turn == 1:
            return None
        place = self._key(subject)
        where = (place >> 57, place, RECORD_KINDS.of[kind], self._root, self._turn)
        row = self._connection.execute(
            f"SELECT b.stored, n.text FROM stage s JOIN body b ON {_BODY.format('s')} {_NAME.format('s')}"
            " WHERE s.bucket = ? AND s.subject = ? AND s.kind = ? AND s.root = ? AND s.turn < ?"
            " ORDER BY s.turn DESC, s.listing <> 0 DESC, s.hash DESC LIMIT 1",
            where,
        ).fetchone()
        if row is not None:
            return _record(kind, *row)
        row = self._connection.execute(
            "SELECT packed FROM stage_gap WHERE bucket = ? AND subject = ? AND kind = ? AND root = ? AND turn < ?",
            where,
        ).fetchone()
        gap = None if row is None else unpack_gap(row[0])
        return gap if gap is not None and gap.reason in LASTING else None


def _record(kind: RecordKind, stored: bytes, listing: str | None) -> Record:
    told = unpack_stored(stored)
    return Record(told.subject, kind, told.scope, told.body, listing or "", told.seen)
