"""The outermost layer of the service: what is refused before anything reads it.

Plain ASGI, no framework. It lets through requests for a loopback name, reads the
body of a POST within a size and a time, and checks that it is UTF-8 and JSON of
bounded depth. What it refuses gets a small JSON body in GraphQL's form, so that
every client reads it alike:

    421 host_refused            the Host header is no loopback name
    413 request_too_large       the body has too many bytes
    408 request_timeout         the body did not arrive in time
    400 request_not_utf8        the body is not UTF-8
    400 request_too_deep        its JSON nests too deeply

Every answer that leaves carries the security headers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY: Final = 256 * 1024
MAX_DEPTH: Final = 32
BODY_SECONDS: Final = 10.0

_LOOPBACK: Final = re.compile(rb"(localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]{1,5})?")
_SIGNS: Final = re.compile(rb'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|[\[\]{}]')
"""A whole string (to the end of the text when nothing closes it), or a bracket. Linear whatever the text."""

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_CLOSED_POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_ALL_HEADERS: Final = (*_HEADERS, _CLOSED_POLICY)


Headers = Sequence[tuple[bytes, bytes]]


class Reply(NamedTuple):
    """A whole answer. The guard adds the security headers."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Answering(Protocol):
    """What answers at one address, whatever the method, without an application between."""

    def at_once(self, headers: Headers, body: bytes) -> Reply | None:
        """The answer to a POST, when there is one within milliseconds; None when it is for `reply`."""
        ...

    async def reply(self, scope: Scope, body: bytes, receive: Receive) -> Reply | None:
        """The answer; None when the client went away first. `receive` tells when it does."""
        ...


class Refused(Exception):
    """A request that is not let through. `message` says what is wrong and, after a semicolon, what to do."""

    def __init__(self, status: int, code: str, message: str, *, close: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.close = close


class Guard:
    """Wraps an ASGI application. `body_seconds` is how long the whole body may take to arrive.

    answers: by path, what answers there without the application.
    """

    def __init__(
        self,
        app: App,
        answers: Mapping[str, Answering] | None = None,
        *,
        max_body: int = MAX_BODY,
        max_depth: int = MAX_DEPTH,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._answers = answers or {}
        self._max_body = max_body
        self._max_depth = max_depth
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = self._answers.get(scope["path"])
        reads = scope["method"] not in ("GET", "HEAD", "OPTIONS")
        body = b""
        try:
            _check_host(scope["headers"])
            if reads:
                async with asyncio.timeout(self._body_seconds):
                    body = await self._body(scope, receive)
                _check_text(body, self._max_depth)
        except TimeoutError:
            late = f"the body did not arrive within {self._body_seconds:g} seconds; send it again at once"
            await refuse(_secured(send), Refused(408, "request_timeout", late, close=True))
        except Refused as refused:
            await refuse(_secured(send), refused)
        else:
            if answer is None:
                await self._app(scope, _replay(body, receive) if reads else receive, _secured(send))
            elif (reply := await answer.reply(scope, body, receive)) is not None:
                headers = [*reply.headers, *_ALL_HEADERS]
                await send({"type": "http.response.start", "status": reply.status, "headers": headers})
                await send({"type": "http.response.body", "body": reply.body})

    def at_once(self, path: str, headers: Headers, body: bytes) -> Reply | None:
        """The whole answer to a POST, when it can be given within milliseconds; None when it is to be called."""
        answer = self._answers.get(path)
        if answer is None:
            return None
        try:
            _check_host(headers)
        except Refused:
            return None
        reply = answer.at_once(headers, body)
        if reply is not None:
            reply.headers.extend(_ALL_HEADERS)
        return reply

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and int(announced[:20]) > self._max_body:
            raise self._too_large()
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(
                    400,
                    "request_cut_off",
                    "the client went away before the body was complete; send it again",
                    close=True,
                )
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_body:
                raise self._too_large()
            if not parts and not message.get("more_body"):
                return bytes(part)
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    def _too_large(self) -> Refused:
        said = f"the body has more than {self._max_body:,} bytes; send a smaller query, or several"
        return Refused(413, "request_too_large", said, close=True)


def problem(message: str, code: str) -> dict[str, Any]:
    """A response of one error in GraphQL's form; what stands after the semicolon of the message is its remedy."""
    said, _, remedy = message.partition("; ")
    return {"errors": [{"message": said, "extensions": {"code": code, "remedy": remedy}}]}


async def refuse(send: Send, refused: Refused) -> None:
    """Answer with the reason in GraphQL's form."""
    body = msgspec.json.encode(problem(str(refused), refused.code))
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if refused.close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _check_host(headers: Headers) -> None:
    """Only loopback names: else a page of another site could reach this service by a name of its own."""
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or _LOOPBACK.fullmatch(hosts[0].lower()) is None:
        raise Refused(
            421,
            "host_refused",
            "this service answers only to the loopback names; open it as localhost, 127.0.0.1 or [::1]",
            close=True,
        )


def _check_text(body: bytes, max_depth: int) -> None:
    try:
        if not body.isascii():
            body.decode("utf-8")
    except UnicodeDecodeError as error:
        said = f"the body is not UTF-8 at byte {error.start + 1}; send it as UTF-8"
        raise Refused(400, "request_not_utf8", said) from None
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return
    depth = 0
    for sign in _SIGNS.finditer(body):
        first = body[sign.start()]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                said = f"the JSON nests more than {max_depth} levels deep; send flatter variables"
                raise Refused(400, "request_too_deep", said)
        elif first in b"]}":
            depth -= 1


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, and then what the server gives."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _secured(send: Send) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            told = {name for name, _ in headers}
            headers += [pair for pair in _ALL_HEADERS if pair[0] not in told]
            message = {**message, "headers": headers}
        await send(message)

    return secured
