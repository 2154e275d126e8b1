"""The tables of an index, and nothing else.

Every primary key of a large table begins with the routing bucket (`ids.bucket` of the
key that the table is routed by), so that the same tables can be spread over several
machines: no foreign key, no trigger, no unique constraint outside the primary key.

    generation, published, scope   reference tables, small; `published` is the one row that makes a generation visible
    name            key -> text, content-addressed and never changed (scopes, listings, what datastores stand for)
    body            what the service said, content-addressed by record and content hash, written once
    record          which body is valid when, for each root that saw it                  history
    claim           what a record says at a meeting key, where others may answer         history
    node            one thing                                                            history
    edge_out        effect -> cause with its evidence, clustered by effect               history
    edge_in         the same edges, clustered by cause                                   history
    location        storage places in path order within their container or datastore ('/' stored as U+0001, below all)
    gap, loose      what could not be read, what could not be followed                   history
    total           running digest of each table and bucket (`digest`)
    listed          how the newest crawl of each root listed its collections, for the next one
    checkpoint      crawls that are not published yet; stage… their facts

Tables of short rows are clustered by their key; `body` and `node` have long rows and are not, since in a clustered
table long rows leave pages half empty.

History is `valid_from` and `valid_to` (exclusive) in generation numbers; `OPEN` means still valid.
A claim is kept as the key where it meets and a hash of what it says: the record says it again whenever it is asked,
which takes a third of the room. Those that nobody else can answer (they meet at their own record) are not kept at all.
"""

# ruff: noqa: S608 - statements are put together from constants of this package.

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x4C4E4731  # "LNG1"
VERSION: Final = 3
OPEN: Final = 2**31 - 1
"""`valid_to` of a row that is still valid."""

TABLES: Final = """
CREATE TABLE generation (
    number INTEGER PRIMARY KEY, published TEXT NOT NULL, rules INTEGER NOT NULL, digest TEXT NOT NULL,
    root TEXT NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL, counts BLOB NOT NULL, known INTEGER NOT NULL
) STRICT;
CREATE TABLE published (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO published VALUES (1, 0);
CREATE TABLE scope (
    root INTEGER NOT NULL, scope INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    crawled TEXT NOT NULL, complete INTEGER NOT NULL, gaps INTEGER NOT NULL, listings INTEGER NOT NULL,
    PRIMARY KEY (root, scope, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE name (
    bucket INTEGER NOT NULL, key INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (bucket, key)
) STRICT;
CREATE TABLE body (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, hash BLOB NOT NULL,
    stored BLOB NOT NULL, PRIMARY KEY (bucket, subject, kind, hash)
) STRICT;
CREATE TABLE record (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, root INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    scope INTEGER NOT NULL, listing INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (bucket, subject, kind, root, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE claim (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL,
    meets INTEGER NOT NULL, claim INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    PRIMARY KEY (bucket, subject, kind, meets, claim, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE node (
    bucket INTEGER NOT NULL, key INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    kind INTEGER NOT NULL, state INTEGER NOT NULL, text TEXT NOT NULL, seen TEXT NOT NULL,
    reason TEXT NOT NULL, remedy TEXT NOT NULL, facts BLOB NOT NULL,
    PRIMARY KEY (bucket, key, valid_from)
) STRICT;
CREATE TABLE edge_out (
    bucket INTEGER NOT NULL, effect INTEGER NOT NULL, relation INTEGER NOT NULL, cause INTEGER NOT NULL,
    link INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    derivation INTEGER NOT NULL, certainty INTEGER NOT NULL, rank INTEGER NOT NULL,
    owner INTEGER NOT NULL, record INTEGER NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (bucket, effect, relation, cause, link, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE edge_in (
    bucket INTEGER NOT NULL, cause INTEGER NOT NULL, relation INTEGER NOT NULL, effect INTEGER NOT NULL,
    link INTEGER NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    derivation INTEGER NOT NULL, certainty INTEGER NOT NULL, rank INTEGER NOT NULL,
    PRIMARY KEY (bucket, cause, relation, effect, link, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE location (
    bucket INTEGER NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, key INTEGER NOT NULL,
    PRIMARY KEY (bucket, place, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE gap (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, root INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL, reason INTEGER NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (bucket, subject, kind, root, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE loose (
    bucket INTEGER NOT NULL, record INTEGER NOT NULL, loose INTEGER NOT NULL,
    valid_from INTEGER NOT NULL, valid_to INTEGER NOT NULL,
    owner INTEGER NOT NULL, reason INTEGER NOT NULL, packed BLOB NOT NULL,
    PRIMARY KEY (bucket, record, loose, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE total (
    bucket INTEGER NOT NULL, part INTEGER NOT NULL, amount BLOB NOT NULL, PRIMARY KEY (bucket, part)
) STRICT, WITHOUT ROWID;
"""

STAGING: Final = """
CREATE TABLE listed (
    root INTEGER NOT NULL, listing INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (root, listing)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint (
    root INTEGER PRIMARY KEY, began TEXT NOT NULL, rules INTEGER NOT NULL, program TEXT NOT NULL, turn INTEGER NOT NULL
) STRICT;
CREATE TABLE stage (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, root INTEGER NOT NULL,
    hash BLOB NOT NULL, listing INTEGER NOT NULL, scope INTEGER NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (bucket, subject, kind, root, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE stage_gap (
    bucket INTEGER NOT NULL, subject INTEGER NOT NULL, kind INTEGER NOT NULL, root INTEGER NOT NULL,
    packed BLOB NOT NULL, turn INTEGER NOT NULL,
    PRIMARY KEY (bucket, subject, kind, root)
) STRICT, WITHOUT ROWID;
CREATE TABLE stage_listing (
    root INTEGER NOT NULL, listing INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (root, listing)
) STRICT, WITHOUT ROWID;
"""

INDEXES: Final = {
    "record_listing": f"CREATE INDEX record_listing ON record (listing) WHERE valid_to = {OPEN} AND listing <> 0",
    "claim_meets": f"CREATE INDEX claim_meets ON claim (meets) WHERE valid_to = {OPEN}",
    "edge_owner": f"CREATE INDEX edge_owner ON edge_out (owner) WHERE valid_to = {OPEN}",
    "loose_owner": f"CREATE INDEX loose_owner ON loose (owner) WHERE valid_to = {OPEN}",
    "node_text": "CREATE INDEX node_text ON node (kind, text)",
}
"""Secondary indexes, none unique. A first publication builds them after its rows, which is faster than row by row."""


HISTORY: Final = {
    f"{table}_{what}": f"CREATE INDEX IF NOT EXISTS {table}_{what} ON {name} ({column}) WHERE {column} {rows}"
    for table, name in (("node", "node"), ("edge", "edge_out"), ("gap", "gap"), ("loose", "loose"))
    for what, column, rows in (("came", "valid_from", "> 1"), ("gone", "valid_to", f"< {OPEN}"))
}
"""Which rows were opened and closed when (`changes`). An estate that was crawled once has none of them."""


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty database and mark it as an index of this version."""
    connection.executescript(
        f"PRAGMA application_id = {APPLICATION_ID}; BEGIN; {TABLES} {STAGING}"
        f"{'; '.join([*INDEXES.values(), *HISTORY.values()])};"
        f"PRAGMA user_version = {VERSION}; COMMIT;"
    )


_FROM_1: Final = f"""
DELETE FROM body WHERE rowid IN (SELECT b.rowid FROM stage s JOIN body b ON b.bucket = s.bucket
    AND b.subject = s.subject AND b.kind = s.kind AND b.hash = s.hash LEFT JOIN record r ON r.bucket = s.bucket
    AND r.subject = s.subject AND r.kind = s.kind AND r.hash = s.hash WHERE r.subject IS NULL);
DROP TABLE stage; DROP TABLE stage_gap; DROP TABLE stage_listing;
{STAGING}
{INDEXES["record_listing"]};
"""
"""Version 1 kept nothing of an interrupted crawl."""
_FROM_2: Final = "; ".join(HISTORY.values())
"""Version 2 could not tell what had changed without looking at everything."""


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring an index that an earlier version wrote to this one, in one transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    steps = [_FROM_1, _FROM_2][version - 1 :]
    if steps:
        connection.executescript(f"BEGIN IMMEDIATE; {'; '.join(steps)}; PRAGMA user_version = {VERSION}; COMMIT;")
