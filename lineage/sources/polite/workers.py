"""A few threads that answer in the order they were asked.

Unlike those of `concurrent.futures`, they never hold up the end of the
program: whoever presses Ctrl-C does not wait for a server that hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Workers(Generic[Q, A]):
    """`count` threads that call `ask`."""

    def __init__(self, count: int, ask: Callable[[Q], A]) -> None:
        self._ask = ask
        self._queue: SimpleQueue[tuple[Future[A], Q] | None] = SimpleQueue()
        self._count = count
        for number in range(count):
            threading.Thread(target=self._serve, name=f"crawl-{number}", daemon=True).start()

    def answers(self, questions: Sequence[Q]) -> Iterator[A]:
        """The answers in the order of the questions; an exception of `ask` is raised where its answer would stand."""
        futures: list[Future[A]] = [Future() for _ in questions]
        for future, question in zip(futures, questions, strict=True):
            self._queue.put((future, question))
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()

    def stop(self) -> None:
        """Let the threads go; what they are still asking is dropped."""
        for _ in range(self._count):
            self._queue.put(None)

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            future, question = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._ask(question))
            except BaseException as error:
                future.set_exception(error)
