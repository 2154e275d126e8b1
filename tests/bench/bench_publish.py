"""Records to a published index, beside the least that any program must do for it.

The floor decodes the same JSON and inserts the very rows that the index holds, ready made and in the order of their
keys, into the same tables and indexes under the same pragmas. What lies between the two is the work: hashing, claims,
settling, evidence, digest. `bulk` is a floor that also builds its indexes after the rows, as a first publication does.

A large first publication is made by two processes; processor time is that of both together, so the ratio of wall times
is what a user waits, and the ratio of processor times is what it costs.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from lineage.index import open_index
from lineage.index.opening import make, writer
from lineage.index.schema import INDEXES
from lineage.index.sqlite import Quiet
from lineage.records import Fact, Listing, Record
from lineage.redaction import redact
from tests.bench.estates import estate, lines

NOW = "2026-03-31T12:00:00Z"
ROUNDS = 3
_decoder = msgspec.json.Decoder(Record)


class Spent(msgspec.Struct, frozen=True):
    """Seconds that passed, and seconds of processor time, of other processes too; the latter moves less when the
    machine has other work."""

    wall: float
    cpu: float


class Measured(msgspec.Struct, frozen=True):
    """Medians over interleaved rounds; bytes are the file's.

    ours: decode, link and store. whole: decode, redact, link and store. floor, bulk: the least, see above.
    again: the same facts once more.
    """

    records: int
    nodes: int
    edges: int
    ours: Spent
    whole: Spent
    floor: Spent
    bulk: Spent
    again: Spent
    bytes: int
    bytes_read: int


def measure(n_records: int, rounds: int = ROUNDS) -> Measured:
    """Publish an estate of about `n_records` records, and do the least for the same rows, in turn."""
    built = estate(int(n_records * 3.1))
    said = list(lines(built))
    # Only the lines stay: a million objects of the bench's own would be walked by every garbage collection.
    root, listings = built.root, [fact for fact in built.facts if isinstance(fact, Listing)]
    del built
    gc.collect()
    gc.freeze()
    spent: dict[str, list[Spent]] = {name: [] for name in ("ours", "whole", "floor", "bulk", "again")}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            path = Path(folder) / f"ours{number}.db"
            rows: dict[str, list[Any]] = {}

            def publish(path: Path, *, redacted: bool = False) -> None:
                index = open_index(path, create=True)
                index.publish(root, _facts(said, listings, redacted), Quiet(), started=NOW, clock=lambda: NOW)
                index.close()

            def clocked(name: str, work: Callable[[], None], number: int = number) -> None:
                wall, cpu = time.perf_counter(), _processor()
                work()
                # The first round imports and compiles, which no later one does.
                if number:
                    spent[name].append(Spent(time.perf_counter() - wall, _processor() - cpu))

            clocked("ours", partial(publish, path))
            rows = _rows(path)
            clocked("floor", partial(_least, Path(folder) / f"least{number}.db", said, rows, bulk=False))
            clocked("bulk", partial(_least, Path(folder) / f"bulk{number}.db", said, rows, bulk=True))
            del rows
            clocked("whole", partial(publish, Path(folder) / f"whole{number}.db", redacted=True))
            clocked("again", partial(publish, path))
            for old in Path(folder).iterdir():
                if old != path:
                    old.unlink()
        index = open_index(path)
        counts = index.generations()[-1].counts
        index.close()
        size = path.stat().st_size
    medians = {
        name: Spent(statistics.median(one.wall for one in all_of), statistics.median(one.cpu for one in all_of))
        for name, all_of in spent.items()
    }
    return Measured(len(said), counts["nodes"], counts["edges"], **medians, bytes=size, bytes_read=sum(map(len, said)))


def _processor() -> float:
    """Processor time of this process and of those that it has seen to their end."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _facts(said: list[bytes], listings: list[Listing], redacted: bool) -> Iterator[Fact]:
    """The records decoded from their JSON as a recording's are, redacted as a crawl's are, then the listings."""
    decode = _decoder.decode
    for line in said:
        record = decode(line)
        yield msgspec.structs.replace(record, body=redact(record.body)) if redacted else record
    yield from listings


def _rows(path: Path) -> dict[str, list[Any]]:
    """Every row of every table that holds any, in the order in which the file keeps them."""
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    return {name: found for name, found in rows.items() if found}


def _least(path: Path, said: list[bytes], rows: dict[str, list[Any]], *, bulk: bool) -> None:
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


def main() -> None:
    columns = ("records", "nodes", "edges", "", "records/s", "ratio", "CPU us", "ratio", "limit", "file", "JSON")
    print(" ".join(f"{name:>11}" for name in columns))
    for size in (3_000, 30_000):
        found = measure(size)
        for name, spent in (
            ("link, store", found.ours),
            ("+ redact", found.whole),
            ("floor", found.floor),
            ("bulk floor", found.bulk),
            ("again", found.again),
        ):
            told = (
                f"{found.records:,}",
                f"{found.nodes:,}",
                f"{found.edges:,}",
                name,
                f"{found.records / spent.wall:,.0f}",
                f"{found.floor.wall / spent.wall:.2f}",
                f"{spent.cpu / found.records * 1e6:,.0f}",
                f"{found.floor.cpu / spent.cpu:.2f}",
                f"{1 / 3:.2f}" if spent in (found.ours, found.whole) else "",
                f"{found.bytes / 1e6:,.0f} MB",
                f"{found.bytes_read / 1e6:,.0f} MB",
            )
            print(" ".join(f"{value:>11}" for value in told))


if __name__ == "__main__":
    main()
