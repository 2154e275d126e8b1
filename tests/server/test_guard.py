"""The guard alone, over bare ASGI messages: slow, broken and endless bodies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from lineage.server.guard import Guard, Message, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that sends back how many bytes it was given."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def post(parts: Sequence[bytes | float | None], headers: Sequence[tuple[bytes, bytes]] = (), **limits: Any) -> Any:
    """What the guard answers to a body that arrives in these parts.

    None: the client goes away. A number: so many seconds of silence. Gives status, the body and the headers.
    """
    sent: list[Message] = []
    waiting = list(parts)

    async def receive() -> Message:
        part = waiting.pop(0)
        if isinstance(part, float):
            await asyncio.sleep(part)
            return await receive()
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost"), *headers]}
    asyncio.run(Guard(echo, **limits)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


def code(body: bytes) -> str:
    told: str = msgspec.json.decode(body)["errors"][0]["extensions"]["code"]
    return told


def test_a_body_in_parts_reaches_the_application_whole() -> None:
    """However it was cut."""
    assert post([b'{"a":', b"", b"1}"])[:2] == (200, b"7")


def test_a_body_that_does_not_arrive_in_time_is_refused() -> None:
    """A slow client costs a bounded time, and the connection is closed."""
    status, body, headers = post([b"{", 5.0, b"}"], body_seconds=0.05)

    assert (status, code(body)) == (408, "request_timeout")
    assert headers[b"connection"] == b"close"


def test_a_body_larger_than_it_said_is_refused() -> None:
    """The bytes are counted, whatever the client announced."""
    status, body, _ = post([b"x" * 60, b"x" * 60], [(b"content-length", b"10")], max_body=100)

    assert (status, code(body)) == (413, "request_too_large")


def test_a_body_announced_too_large_is_refused_unread() -> None:
    """Not one byte of it is waited for."""
    status, body, headers = post([5.0, b""], [(b"content-length", b"101")], max_body=100, body_seconds=1.0)

    assert (status, code(body)) == (413, "request_too_large")
    assert headers[b"connection"] == b"close"


def test_a_client_that_goes_away_is_no_error() -> None:
    """Nothing is run for it."""
    status, body, _ = post([b"{", None])

    assert (status, code(body)) == (400, "request_cut_off")


def test_two_host_headers_are_refused() -> None:
    """Which of them is meant cannot be known."""
    status, body, _ = post([b"{}"], [(b"host", b"localhost")])

    assert (status, code(body)) == (421, "host_refused")


def test_the_depth_of_hostile_texts_is_found_in_linear_time() -> None:
    """Unclosed strings and escapes cannot make the scan quadratic."""
    started = time.perf_counter()
    for text in (b'"' * 250_000, b'\\"' * 125_000, b'"\\' * 125_000, b'{"' * 125_000, b"\\" * 250_000):
        post([text])

    assert time.perf_counter() - started < 2.0


def test_web_sockets_are_closed_at_once() -> None:
    """There are no subscriptions to open one for."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(Guard(echo)({"type": "websocket", "headers": []}, receive, send))

    assert sent == [{"type": "websocket.close", "code": 1008}]
