"""Many rows into one table, many a statement: each step of a statement costs a call and a lock of its own."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

_VALUES: Final = 900
"""Values bound by one statement: below what every SQLite allows, and past a few hundred nothing is gained."""


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]], otherwise: str = "") -> None:
    """Insert `rows`, which have a value for every column of `table`.

    otherwise: an `ON CONFLICT` clause.
    """
    if not rows:
        return
    run, width = connection.execute, len(rows[0])
    block = _VALUES // width
    whole = len(rows) - len(rows) % block
    statement = _statement(table, width, block, otherwise)
    for start in range(0, whole, block):
        run(statement, list(chain.from_iterable(rows[start : start + block])))
    connection.executemany(_statement(table, width, 1, otherwise), rows[whole:])


@lru_cache(maxsize=64)
def _statement(table: str, width: int, rows: int, otherwise: str) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * rows)} {otherwise}"
