"""Which names lie in a workspace or a registry, told by ranges of their texts: one text is read for each scope."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from lineage import ids
from lineage.index.codes import KINDS

_VALID: Final = "valid_from <= ?1 AND valid_to > ?1"
_NEXT: Final = f"SELECT text FROM node WHERE kind = ?2 AND text >= ?3 AND text < ?4 AND {_VALID} ORDER BY text LIMIT 1"
_KEYS: Final = f"SELECT key FROM node WHERE kind = ?2 AND text >= ?3 AND text < ?4 AND {_VALID}"
_TEXTS: Final = f"SELECT key, text FROM node WHERE kind = ?2 AND text >= ?3 AND text < ?4 AND {_VALID}"
_AZURE: Final = "azureml:", "azureml;"
_SERVERS: Final = "mlflow+", "mlflow,"
"""Ranges of the texts that may lie in a scope; any other lies in none."""


def keys(
    connection: sqlite3.Connection, generation: int, scopes: Collection[str], guids: Mapping[str, str]
) -> list[int]:
    """The keys of every node of a generation that lies in one of `scopes` or in none.

    `guids` tells the workspace of each GUID (`ports.View.workspace_guids`), for names that say it by GUID.
    """
    found: list[int] = []
    for kind in range(len(KINDS.words)):
        for begin, end in _ranges(connection, generation, kind, scopes, guids):
            found += [key for (key,) in connection.execute(_KEYS, (generation, kind, begin, end))]
        # A server may be served under a path of another's: their texts are no ranges.
        for key, text in connection.execute(_TEXTS, (generation, kind, *_SERVERS)):
            scope = ids.scope_of(text)
            if scope is None or scope.text in scopes:
                found.append(key)
    return found


def _ranges(
    connection: sqlite3.Connection, generation: int, kind: int, scopes: Collection[str], guids: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Ranges of texts of one kind that are inside, without those of servers."""
    yield "", _AZURE[0]
    yield _AZURE[1], _SERVERS[0]
    yield _SERVERS[1], "\U0010ffff"
    here, end = _AZURE
    while row := connection.execute(_NEXT, (generation, kind, here, end)).fetchone():
        text = row[0]
        scope = ids.scope_of(text)
        if scope is None or text == scope.text:
            begin, here = text, text + "\x00"
        else:
            # '/' and what follows it; '0' is the character after '/'.
            begin, here = scope.text + "/", scope.text + "0"
        if scope is None or _inside(scope, scopes, guids):
            yield begin, here


def _inside(scope: ids.Scope, scopes: Collection[str], guids: Mapping[str, str]) -> bool:
    told = guids.get(scope.guid, "") if isinstance(scope, ids.LocatedWorkspace) else scope.text
    return told in scopes or scope.text in scopes
