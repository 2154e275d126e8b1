"""A second process that makes rows beside this one: started for a large first publication, never needed.

It reads what is committed and writes nothing but answers, in files of a temporary folder. Whatever it fails to
answer, because it was killed, cannot start or sees something else than this process, is made here instead. It ends
with this process, however that ends: its input is closed then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final

import msgspec

from lineage.index.making import Made

MOST: Final = 2
"""Tasks that it has at a time: one at work, and one so that it need not wait for the next."""
PATIENCE: Final = 120.0
"""Seconds for one task, past which it is given up: a task takes a tenth of a second, or a few for a great bucket."""

_encode: Final = msgspec.msgpack.Encoder().encode
_made: Final = msgspec.msgpack.Decoder(Made).decode


class Setup(msgspec.Struct, array_like=True):
    """What the other process is told first."""

    index: str
    folder: str
    number: int
    datastores: dict[str, str]
    guids: dict[str, str]


class Task(msgspec.Struct, array_like=True):
    """Make these records' rows (subject; kind and content hash of each record; gaps), or, if none, the meetings'.

    The claims that met are in the file of the folder that is named for the task, and so is then the answer.
    """

    number: int
    records: list[tuple[int, list[tuple[int, bytes]], list[bytes]]] | None


class Answer(msgspec.Struct, array_like=True):
    """done: the file named for the task holds what was made; otherwise it is to be made elsewhere."""

    number: int
    done: bool


def send(pipe: IO[bytes], message: Any) -> None:
    packed = _encode(message)
    pipe.write(len(packed).to_bytes(4, "big") + packed)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None when the other side has ended."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    packed = pipe.read(int.from_bytes(head, "big"))
    return packed if len(packed) == int.from_bytes(head, "big") else None


def answer_path(folder: str | Path, number: int) -> Path:
    return Path(folder) / f"{number}.made"


def claims_path(folder: str | Path, number: int) -> Path:
    return Path(folder) / f"{number}.claims"


def processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class Helper:
    """The other process. A context manager; `start` it inside."""

    def __init__(self) -> None:
        self._folder = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: SimpleQueue[bytes | None] = SimpleQueue()
        self.asked: set[int] = set()
        """Numbers of the tasks that are not answered yet."""
        self._claims: dict[int, bytes] = {}

    def start(self, setup: Setup) -> None:
        """Start it; where that cannot be done there is none."""
        try:
            self._folder = setup.folder = tempfile.mkdtemp(prefix="lineage-")
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from lineage.index.helper import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(part).absolute()) for part in sys.path)},
            )
            assert self._process.stdin is not None
            send(self._process.stdin, setup)
        except OSError:
            self._end()
            return
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def __enter__(self) -> Helper:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def free(self) -> bool:
        """Whether it takes another task."""
        return self._process is not None and len(self.asked) < MOST

    def ask(self, task: Task, claims: bytes | None = None) -> None:
        """Give it a task, with the claims that met if these are what it is about."""
        self.asked.add(task.number)
        try:
            if claims is not None:
                self._claims[task.number] = claims
                claims_path(self._folder, task.number).write_bytes(claims)
            if self._process is not None and self._process.stdin is not None:
                send(self._process.stdin, task)
        except OSError:
            self._end()

    def claims(self, number: int) -> bytes:
        """The claims that were given with a task, for whoever makes it instead."""
        return self._claims.pop(number)

    def answer(self, *, wait: bool) -> tuple[int, Made | None] | None:
        """The next task that is answered and what was made, or None for what is to be made here.

        None when there is nothing to wait for, or without `wait` nothing yet.
        """
        if not self.asked:
            return None
        if self._process is not None:
            try:
                packed = self._answers.get(wait, PATIENCE) if wait else self._answers.get_nowait()
            except Empty:
                if not wait:
                    return None
                packed = None
            if packed is not None:
                told = msgspec.msgpack.decode(packed, type=Answer)
                self.asked.discard(told.number)
                return told.number, self._read(told)
            self._end()
        return self.asked.pop(), None

    def _read(self, told: Answer) -> Made | None:
        path = answer_path(self._folder, told.number)
        try:
            made = _made(path.read_bytes()) if told.done else None
            path.unlink(missing_ok=True)
        except (OSError, msgspec.MsgspecError):
            return None
        if made is not None:
            self._claims.pop(told.number, None)
        return made

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        try:
            while (packed := receive(process.stdout)) is not None:
                self._answers.put(packed)
        except (OSError, ValueError):  # closed meanwhile
            pass
        self._answers.put(None)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was left to be sent to it
                        pipe.close()
