"""What the second process of a large first publication runs (see `helping`)."""

from __future__ import annotations

import gc
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import msgspec

from lineage import ids, linking
from lineage.index.helping import Answer, Setup, Task, answer_path, claims_path, receive, send
from lineage.index.keys import Keys
from lineage.index.making import Made, Maker, Told
from lineage.index.meetings import unpacked
from lineage.index.opening import reader


def main() -> None:
    """Answer tasks until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides when it is over
    gc.disable()  # what is made holds no cycles
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    told = receive(source)
    if told is None:
        return
    setup = msgspec.msgpack.decode(told, type=Setup)
    known = linking.Known(setup.datastores, setup.guids)
    maker = Maker(linking, known, setup.number, Keys(ids.key).__getitem__)
    encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Task).decode
    try:
        connection = reader(Path(setup.index))
        while (packed := receive(source)) is not None:
            task = decode(packed)
            try:
                made = _made(connection, maker, setup.folder, task)
                answer_path(setup.folder, task.number).write_bytes(encode(made))
            except Exception:
                # It is made again where the error can be told.
                send(sink, Answer(task.number, False))
            else:
                send(sink, Answer(task.number, True))
    finally:
        # Whoever asked may have been killed.
        shutil.rmtree(setup.folder, ignore_errors=True)


def _made(connection: sqlite3.Connection, maker: Maker, folder: str, task: Task) -> Made:
    if task.records is not None:
        return maker.records([_told(connection, *told) for told in task.records])
    path = claims_path(folder, task.number)
    met = unpacked(path.read_bytes())
    path.unlink()
    return maker.meetings(met)


def _told(connection: sqlite3.Connection, subject: int, records: list[tuple[int, bytes]], gaps: list[bytes]) -> Told:
    rows = []
    for kind, content in records:
        row = connection.execute(
            "SELECT stored FROM body WHERE bucket = ? AND subject = ? AND kind = ? AND hash = ?",
            (subject >> 57, subject, kind, content),
        ).fetchone()
        rows.append((kind, content, row[0]))
    return subject, rows, gaps
