"""Records to a published index, beside the least that any program must do for it.

The floor decodes the same JSON and inserts the very rows that the index holds, ready made and in the order of their
keys, into the same tables under the same pragmas, and builds the same indexes. What lies between the two is the work:
hashing, claims, settling, evidence, digest.
"""

from __future__ import annotations

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
from lineage.records import Fact, Record
from tests.bench.estates import Estate, estate, lines

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
    ours, floor, again = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            path = Path(folder) / f"ours{number}.db"
            begun = time.perf_counter()
            index = open_index(path, create=True)
            generation = index.publish(built.root, _facts(built, said), Quiet(), started=NOW, clock=lambda: NOW)
            ours.append(time.perf_counter() - begun)
            rows = _rows(path)
            floor.append(_least(Path(folder) / f"least{number}.db", said, rows))
            begun = time.perf_counter()
            index.publish(built.root, _facts(built, said), Quiet(), started=NOW, clock=lambda: NOW)
            again.append(time.perf_counter() - begun)
            index.close()
        size = path.stat().st_size
    return Measured(
        len(said),
        generation.counts["nodes"],
        generation.counts["edges"],
        statistics.median(ours),
        statistics.median(floor),
        statistics.median(again),
        size,
        sum(map(len, said)),
    )


def _facts(built: Estate, said: list[bytes]) -> Iterator[Fact]:
    """The records decoded from their JSON as a recording's are, then the listings."""
    decode = _decoder.decode
    for line in said:
        yield decode(line)
    for fact in built.facts:
        if not isinstance(fact, Record):
            yield fact


def _rows(path: Path) -> dict[str, list[Any]]:
    """Every row of every table that holds any, in the order in which the file keeps them."""
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    return {name: found for name, found in rows.items() if found}


def _least(path: Path, said: list[bytes], rows: dict[str, list[Any]]) -> float:
    begun = time.perf_counter()
    make(path)
    decode = _decoder.decode
    for line in said:
        decode(line)
    connection = writer(path)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    for name in INDEXES:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DELETE FROM published")
    for name, found in rows.items():
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
    for statement in INDEXES.values():
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    return time.perf_counter() - begun


def main() -> None:
    print(f"{'records':>9} {'nodes':>9} {'edges':>9} {'ours/s':>9} {'floor/s':>9} {'ratio':>6} {'limit':>6} "
          f"{'again':>8} {'file':>8} {'JSON':>8}")  # fmt: skip
    for size in (3_000, 30_000):
        found = measure(size)
        ratio, again = f"{found.ratio:>6.2f} {1 / 3:>6.2f}", f"{found.again_seconds:>7.2f}s"
        print(
            f"{found.records:>9,} {found.nodes:>9,} {found.edges:>9,} {found.records / found.seconds:>9,.0f} "
            f"{found.records / found.floor_seconds:>9,.0f} {ratio} {again} "
            f"{found.bytes / 1e6:>5,.0f} MB {found.bytes_read / 1e6:>5,.0f} MB"
        )


if __name__ == "__main__":
    main()
