"""Filters by facts, and orders by them, in SQLite: a node that does not pass is never made in Python."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from lineage.graph import Node
from lineage.index.finding import NODE
from lineage.ports import FactFilter, Order

_JSON: Final = "CAST(n.facts AS TEXT)"
_TAG: Final = f"EXISTS (SELECT 1 FROM json_each({_JSON}, '$.tags') t WHERE t.key = ?"


def fact(name: str) -> str:
    """SQL for a fact of a node. `name` is of this program, never of a user."""
    return f"json_extract({_JSON}, '$.{name}')"


def passing(wanted: FactFilter) -> tuple[list[str], list[Any]]:
    """Conditions on `node n` that together are `listing.holds`, and the values they are bound to."""
    where: list[str] = []
    values: list[Any] = []
    for name, texts in wanted.one_of:
        # SQLite's own lower() knows ASCII only.
        lower = "lower" if all(text.isascii() for text in texts) else "lower_unicode"
        where.append(f"{lower}(coalesce({fact(name)}, '')) IN ({', '.join('?' * len(texts))})")
        values += texts
    for tag in wanted.tags:
        name, equals, value = tag.partition("=")
        where.append(f"{_TAG}{' AND t.value = ?' if equals else ''})")
        values += [name, value] if equals else [name]
    if wanted.since:
        where.append(f"substr({fact('createdAt')}, 1, ?) >= ?")
        values += [len(wanted.since), wanted.since]
    if wanted.until:
        where.append(f"{fact('createdAt')} <> '' AND substr({fact('createdAt')}, 1, ?) <= ?")
        values += [len(wanted.until), wanted.until]
    return where, values


def page(
    connection: sqlite3.Connection, where: str, values: Sequence[Any], order: Order, after: Node | None, limit: int
) -> list[tuple[Any, ...]]:
    """Rows of `node n` in an order, those after a node of the same list."""
    way = " DESC" if order.descending else ""
    beyond = "<" if order.descending else ">"
    if not order.fact:
        start = f" AND n.text {beyond} ?" if after is not None else ""
        bound = [*values, after.text] if after is not None else [*values]
        return _rows(connection, f"{where}{start} ORDER BY n.text{way}", bound, limit)
    told = fact(order.fact)
    rows: list[tuple[Any, ...]] = []
    last = str(after.facts.get(order.fact) or "") if after is not None else ""
    if after is None or last:
        start = f" AND ({told}, n.text) {beyond} (?, ?)" if after is not None else ""
        bound = [*values, last, after.text] if after is not None else [*values]
        rows = _rows(connection, f"{where} AND {told} <> ''{start} ORDER BY {told}{way}, n.text{way}", bound, limit)
        after = None
    if len(rows) < limit:
        start = " AND n.text > ?" if after is not None else ""
        bound = [*values, after.text] if after is not None else [*values]
        rest = f"{where} AND coalesce({told}, '') = ''{start} ORDER BY n.text"
        rows += _rows(connection, rest, bound, limit - len(rows))
    return rows


def _rows(connection: sqlite3.Connection, where: str, values: Sequence[Any], limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT {NODE} FROM node n WHERE {where} LIMIT ?", (*values, limit)).fetchall()
