"""Things found by what is said of them: one pass of SQLite over the things of one kind, never one of Python.

A fact is looked for as it is written in the stored JSON, so that a thing which does not hold it is passed over
without being read into Python. For all jobs of a million things that is a fraction of a second.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from typing import Any, Final

from lineage import ids
from lineage.ids import Kind
from lineage.index.codes import KINDS
from lineage.index.rows import location

NODE: Final = "n.key, n.text, n.kind, n.state, n.seen, n.reason, n.remedy, n.facts"
_HOLDING: Final = (
    f"SELECT {NODE} FROM node n WHERE n.kind = ?1 AND n.valid_from <= ?2 AND n.valid_to > ?2"
    " AND instr(n.facts, ?3) > 0 ORDER BY n.text LIMIT ?4"
)
_PLACES: Final = (
    f"SELECT {NODE} FROM location l CROSS JOIN node n ON n.bucket = l.key >> 57 AND n.key = l.key"
    " AND n.valid_from <= ?1 AND n.valid_to > ?1 WHERE l.bucket = ?2 AND l.place = ?3"
)


def holding(connection: sqlite3.Connection, number: int, kind: Kind, said: str, limit: int) -> list[tuple[Any, ...]]:
    """Rows of the nodes of a kind whose facts, as JSON without spaces, hold `said`; in order of text."""
    # Both are bytes: SQLite compares them as they are stored.
    return connection.execute(_HOLDING, (KINDS.of[kind], number, said.encode(), limit)).fetchall()


def under(connection: sqlite3.Connection, number: int, place: str, limit: int) -> list[tuple[Any, ...]]:
    """Rows of the places at or inside the place with this text, in path order."""
    bucket, root, path, _ = location(place, 0, ids.key)
    inside, values = "", []
    if path:
        inside = " AND (l.path = ?4 OR l.path > ?5 AND l.path < ?6)"
        values = [path, path + "\x01", path + "\x02"]
    return _places(connection, [number, bucket, root, *values], inside, limit)


def starting(connection: sqlite3.Connection, number: int, place: str, limit: int) -> list[tuple[Any, ...]]:
    """Rows of the places whose text starts with this one, though it ends within a segment; in path order."""
    bucket, root, path, _ = location(place, 0, ids.key)
    if not path:
        return _places(connection, [number, bucket, root], "", limit)
    return _places(
        connection, [number, bucket, root, path, path + "\U0010ffff"], " AND l.path >= ?4 AND l.path < ?5", limit
    )


def _places(connection: sqlite3.Connection, values: list[Any], inside: str, limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"{_PLACES}{inside} ORDER BY l.path LIMIT ?{len(values) + 1}", (*values, limit)
    ).fetchall()
