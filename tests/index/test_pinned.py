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
    "record": ("subject, kind, root, scope, listing, hash", "80ac4e057ac4f22d28371975c022f8c2"),
    "claim": ("subject, kind, meets, claim", "a8eb349726455acbcb3bdb99deeea0bc"),
    "node": ("key, kind, state, text, seen, facts", "36a89a5a0a072df4cbdfe6133bd9db37"),
    "edge_out": (
        "effect, relation, cause, link, derivation, certainty, rank, owner, record, packed",
        "cf586fb90e80a5eaa34c5fb99606dc12",
    ),
    "edge_in": ("cause, relation, effect, link, derivation, certainty, rank", "0157582f764e65fd7a175432502e6c20"),
    "location": ("place, path, key", "2386680f63e8ffdde23a92dc21708faf"),
    "loose": ("record, loose, owner, reason, packed", "02fb6daed2d7fa4ff4810f4267b86c07"),
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
    rows = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
    connection.close()
    told = sha256()
    for row in sorted(map(repr, rows)):
        told.update(row.encode())
    assert (len(rows) > 20, told.hexdigest()[:32]) == (True, expected)
