"""How a question is answered: at once or in a thread, and not at all when nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from lineage.api.execution import Service
from lineage.server import endpoint
from lineage.server.endpoint import Endpoint
from lineage.server.guard import Message, Reply
from tests.api.story import credit
from tests.memory import MemoryIndex

QUERY = msgspec.json.encode({"query": "{ models(first: 1) { totalCount edges { node { id } } } }"})
HEADERS = [(b"host", b"localhost"), (b"content-type", b"application/json")]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick is whatever this machine does today."""
    monkeypatch.setattr(endpoint, "QUICK", 60.0)
    monkeypatch.setattr(endpoint, "PATIENCE", 60.0)


class Slow:
    """An index that opens its view only when it is let go. `opened` counts; `left` is set when a view was closed."""

    def __init__(self) -> None:
        self.index = MemoryIndex(credit().view())
        self.go = threading.Event()
        self.go.set()
        self.opened = 0
        self.begun = threading.Event()

    @contextmanager
    def view(self, as_of: int | str | None = None) -> Iterator[Any]:
        self.opened += 1
        self.begun.set()
        assert self.go.wait(20)
        with self.index.view(as_of) as view:
            yield view

    def generations(self) -> Any:
        return self.index.generations()


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def ask(serving: Endpoint, body: bytes = QUERY, receive: Any = never) -> Any:
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": HEADERS}
    return serving.reply(scope, body, receive)


def data(reply: Reply | None) -> Any:
    assert reply is not None
    return msgspec.json.decode(reply.body)["data"]


def test_a_question_that_was_quick_is_answered_at_once_the_next_time() -> None:
    """The answer is the same; a body of other bytes is another question."""
    serving = Endpoint(Service(Slow()))  # type: ignore[arg-type]

    async def several() -> list[Reply]:
        return [await ask(serving) for _ in range(3)] + [await ask(serving, QUERY + b" ")]

    replies = asyncio.run(several())
    assert len({reply.body for reply in replies}) == 1
    assert (serving.at_once_count, serving.aside) == (2, 2)


def test_a_question_that_became_slow_is_given_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its patience is over it starts again in a thread, and is answered there from then on."""
    index = Slow()
    serving = Endpoint(Service(index))  # type: ignore[arg-type]

    async def several() -> list[Any]:
        first = await ask(serving)
        monkeypatch.setattr(endpoint, "PATIENCE", -1.0)
        monkeypatch.setattr(endpoint, "QUICK", -1.0)
        return [first, await ask(serving), await ask(serving)]

    replies = asyncio.run(several())
    assert len({reply.body for reply in replies}) == 1
    assert (serving.at_once_count, serving.aside) == (0, 3)
    assert index.opened == 4


def test_a_slow_answer_at_once_was_the_last_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    serving = Endpoint(Service(Slow()))  # type: ignore[arg-type]

    async def several() -> None:
        await ask(serving)
        monkeypatch.setattr(endpoint, "QUICK", -1.0)
        await ask(serving)
        await ask(serving)

    asyncio.run(several())
    assert (serving.at_once_count, serving.aside) == (1, 2)


def test_what_is_remembered_of_questions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many bodies, none of them long."""
    monkeypatch.setattr(endpoint, "KEPT", 3)
    serving = Endpoint(Service(Slow()))  # type: ignore[arg-type]

    async def several() -> None:
        for size in range(10):
            await ask(serving, QUERY + b" " * size)
        await ask(serving, QUERY + b" " * endpoint.KEPT_BYTES)

    asyncio.run(several())
    assert (len(serving._read), len(serving._quick)) == (3, 3)
    assert max(map(len, serving._quick)) < endpoint.KEPT_BYTES


def test_work_ends_when_the_client_goes_away() -> None:
    """The run that nobody waits for stops at its next look at the index, and its thread answers others."""
    index = Slow()
    index.go.clear()
    service = Service(index)  # type: ignore[arg-type]
    ended: list[BaseException | None] = []
    answer = service.answer

    def watched(*given: Any, **named: Any) -> Any:
        try:
            told = answer(*given, **named)
        except BaseException as error:
            ended.append(error)
            raise
        ended.append(None)
        return told

    service.answer = watched  # type: ignore[method-assign]
    serving = Endpoint(service)

    async def leave() -> Message:
        while not index.begun.is_set():
            await asyncio.sleep(0.002)
        return {"type": "http.disconnect"}

    async def several() -> Any:
        assert await ask(serving, receive=leave) is None
        index.go.set()
        return await ask(serving)

    assert data(asyncio.run(several()))["models"]["totalCount"] == 3
    until = time.monotonic() + 20
    while len(ended) < 2 and time.monotonic() < until:
        time.sleep(0.002)
    assert sorted(type(one).__name__ for one in ended) == ["Impatient", "NoneType"]


def test_what_waits_for_a_thread_is_not_begun_for_a_client_that_left() -> None:
    """Five questions, four threads: the fifth client leaves before its turn and costs nothing."""
    index = Slow()
    index.go.clear()
    serving = Endpoint(Service(index))  # type: ignore[arg-type]

    async def leave() -> Message:
        while index.opened < endpoint.AT_ONCE:
            await asyncio.sleep(0.002)
        return {"type": "http.disconnect"}

    async def several() -> list[Any]:
        waiting = [asyncio.create_task(ask(serving, QUERY + b" " * n)) for n in range(endpoint.AT_ONCE)]
        fifth = await asyncio.create_task(ask(serving, QUERY + b"\n", leave))
        index.go.set()
        return [fifth, *await asyncio.gather(*waiting)]

    fifth, *others = asyncio.run(several())
    assert fifth is None
    assert all(data(one) for one in others)
    assert index.opened == endpoint.AT_ONCE


def test_bytes_that_were_read_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the JSON nor the document, its cost, its variables and its arguments; the index is, every time."""
    index = Slow()
    service = Service(index)  # type: ignore[arg-type]
    serving = Endpoint(service)
    body = msgspec.json.encode(
        {"query": "query ($n: Int!) { models(first: $n) { edges { node { id } } } }", "variables": {"n": 2}}
    )
    given: list[Any] = []
    compiled = service.compiled
    assert compiled is not None
    ready = compiled._ready
    monkeypatch.setattr(compiled, "_ready", lambda *told: given.append(told) or ready(*told))

    async def several() -> list[Reply | None]:
        found = [serving.at_once(HEADERS, body)]
        for _ in range(3):
            found.append(await ask(serving, body))
        return [*found, serving.at_once(HEADERS, body)]

    none, *replies = asyncio.run(several())
    assert none is None
    assert len({reply.body for reply in replies if reply is not None}) == 1
    assert (len(given), index.opened, compiled.runs) == (1, 4, 4)
