"""What an estate comes to, written out: whoever makes publishing faster may not change what is published."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from lineage.index import SqliteIndex, open_index
from tests.bench.estates import estate
from tests.index.conftest import publish

DIGEST = "4d67494da8b7aa64c442a99fe4b2124f53c1a7ac913a617edbeeec8284edf344"
ROWS = {
    "record": ("subject, kind, root, scope, listing, hash", "?"),
    "claim": ("subject, kind, meets, claim", "?"),
    "node": ("key, kind, state, text, seen, facts", "?"),
    "edge_out": ("effect, relation, cause, link, derivation, certainty, rank, owner, record, packed", "?"),
    "edge_in": ("cause, relation, effect, link, derivation, certainty, rank", "?"),
    "location": ("place, path, key", "?"),
    "loose": ("record, loose, owner, reason, packed", "?"),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SqliteIndex:
    """A seeded estate, published once by the rules in use."""
    built = estate(600)
    made = open_index(Path(tmp_path_factory.mktemp("pinned")) / "index.db", create=True)
    publish(made, built.facts, root=built.root)
    return made


def test_an_estate_has_the_digest_that_it_always_had(index: SqliteIndex) -> None:
    """The digest is written out here; it moves only when the rules, or the estate, mean something else."""
    assert index.digest == DIGEST


@pytest.mark.parametrize("table", sorted(ROWS))
def test_an_estate_has_the_rows_that_it_always_had(index: SqliteIndex, table: str) -> None:
    """Not only what the digest counts stays: evidence, candidates, claims and places are the same bytes."""
    columns, expected = ROWS[table]
    connection = sqlite3.connect(index.path)
    rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608 - both written above
    connection.close()
    told = sha256()
    for row in sorted(map(repr, rows)):
        told.update(row.encode())
    assert (len(rows) > 20, told.hexdigest()[:32]) == (True, expected)
