"""Records to a published index, beside the least that any program must do for it.

The floor decodes the same JSON and inserts the very rows that the index holds, ready made and in the order of their
keys, into the same tables and indexes under the same pragmas. What lies between the two is the work: hashing, claims,
settling, evidence, digest. `bulk` is a floor that also builds its indexes after the rows, as a first publication does.
"""

from __future__ import annotations

import gc
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from lineage.index import open_index
from lineage.index.opening import make, writer
from lineage.index.schema import INDEXES
from lineage.index.sqlite import Quiet
from lineage.records import Fact, Listing, Record
from tests.bench.estates import estate, lines

NOW = "2026-03-31T12:00:00Z"
ROUNDS = 3
_decoder = msgspec.json.Decoder(Record)


class Measured(msgspec.Struct, frozen=True):
    """Seconds are medians over interleaved rounds; bytes are the file's."""

    records: int
    nodes: int
    edges: int
    seconds: float
    floor_seconds: float
    bulk_seconds: float
    again_seconds: float
    bytes: int
    bytes_read: int

    @property
    def ratio(self) -> float:
        """Our speed as a share of the floor's; the limit is 1/3."""
        return self.floor_seconds / self.seconds


def measure(n_records: int, rounds: int = ROUNDS) -> Measured:
    """Publish an estate of about `n_records` records, and do the least for the same rows, in turn."""
    built = estate(int(n_records * 3.1))
    said = list(lines(built))
    # Only the lines stay: a million objects of the bench's own would be walked by every garbage collection.
    root, listings = built.root, [fact for fact in built.facts if isinstance(fact, Listing)]
    del built
    gc.collect()
    gc.freeze()
    ours, floor, bulk, again = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / f"ours{number}.db"
            begun = time.perf_counter()
            index = open_index(path, create=True)
            generation = index.publish(root, _facts(said, listings), Quiet(), started=NOW, clock=lambda: NOW)
            ours.append(time.perf_counter() - begun)
            rows = _rows(path)
            floor.append(_least(Path(folder) / f"least{number}.db", said, rows, bulk=False))
            bulk.append(_least(Path(folder) / f"bulk{number}.db", said, rows, bulk=True))
            begun = time.perf_counter()
            index.publish(root, _facts(said, listings), Quiet(), started=NOW, clock=lambda: NOW)
            again.append(time.perf_counter() - begun)
            index.close()
        size = path.stat().st_size
    return Measured(
        len(said),
        generation.counts["nodes"],
        generation.counts["edges"],
        statistics.median(ours),
        statistics.median(floor),
        statistics.median(bulk),
        statistics.median(again),
        size,
        sum(map(len, said)),
    )


def _facts(said: list[bytes], listings: list[Listing]) -> Iterator[Fact]:
    """The records decoded from their JSON as a recording's are, then the listings."""
    decode = _decoder.decode
    for line in said:
        yield decode(line)
    yield from listings


def _rows(path: Path) -> dict[str, list[Any]]:
    """Every row of every table that holds any, in the order in which the file keeps them."""
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    return {name: found for name, found in rows.items() if found}


def _least(path: Path, said: list[bytes], rows: dict[str, list[Any]], *, bulk: bool) -> float:
    begun = time.perf_counter()
    make(path)
    decode = _decoder.decode
    for line in said:
        decode(line)
    connection = writer(path)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if bulk:
        for name in INDEXES:
            connection.execute(f"DROP INDEX {name}")
    connection.execute("DELETE FROM published")
    for name, found in rows.items():
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
    if bulk:
        for statement in INDEXES.values():
            connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    return time.perf_counter() - begun


def main() -> None:
    columns = ("records", "nodes", "edges", "ours/s", "floor/s", "ratio", "limit", "bulk/s", "again", "file", "JSON")
    print(" ".join(f"{name:>9}" for name in columns))
    for size in (3_000, 30_000):
        found = measure(size)
        told = (
            f"{found.records:,}",
            f"{found.nodes:,}",
            f"{found.edges:,}",
            f"{found.records / found.seconds:,.0f}",
            f"{found.records / found.floor_seconds:,.0f}",
            f"{found.ratio:.2f}",
            f"{1 / 3:.2f}",
            f"{found.records / found.bulk_seconds:,.0f}",
            f"{found.again_seconds:.2f} s",
            f"{found.bytes / 1e6:,.0f} MB",
            f"{found.bytes_read / 1e6:,.0f} MB",
        )
        print(" ".join(f"{value:>9}" for value in told))


if __name__ == "__main__":
    main()
