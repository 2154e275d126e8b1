"""HTTP/1.1 on a connection: uvicorn over the parser that Node uses, with bounds that it has none for.

A small POST is first offered to the application as a whole (`Guard.at_once`). What it answers goes out at once,
without a task and the messages of ASGI, which cost more than a page of a hundred things; anything else goes uvicorn's
way.

431, closed   the head of a request has more than `MAX_HEAD` bytes
closed        the head does not arrive within `HEAD_SECONDS`, or the client stopped reading its answer
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from lineage.server.guard import Headers, Reply, problem

AtOnce = Callable[[str, Headers, bytes], Reply | None]

MAX_HEAD: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
"""How long a request line and its headers may take to arrive, from their first byte or the connection's beginning."""
SMALL: Final = 8 * 1024
"""Bytes that a body may have to be offered as a whole."""
BODY_SECONDS: Final = 1.0
"""How long such a body may take, before the request goes uvicorn's way with what there is of it."""
LOOKS: Final = 4
"""Looks, as far apart as an idle connection may last, after which a client that took nothing of its answer is cut."""


class Wire(HttpToolsProtocol):
    """One connection. It counts the bytes of a head that has begun and is not complete."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = False
        self._head = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._unread = 0
        """Bytes of the last answer that the client had not taken at the last look."""
        self._looks = 0
        self._at_once: AtOnce | None = getattr(self.app, "at_once", None)
        self._whole: bytearray | None = None
        """The body of a request that is to be offered as a whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._whole is not None and self._waiting is None:
            self._waiting = self.loop.call_later(BODY_SECONDS, self._go_on)
        if not self._in_head or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > MAX_HEAD:
            self._refuse()
        elif self._waiting is None:
            self._wait()

    def on_message_begin(self) -> None:
        self._in_head = True
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait_no_more()
        if self._at_once is not None and self._is_small():
            self._whole = bytearray()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._whole is None:
            super().on_body(body)
            return
        self._whole += body
        if len(self._whole) > SMALL:
            self._go_on()

    def on_message_complete(self) -> None:
        if self._whole is None:
            super().on_message_complete()
            return
        assert self._at_once is not None
        self._wait_no_more()
        reply = self._at_once(self.url.decode("ascii", "replace"), self.headers, bytes(self._whole))
        if reply is None:
            self._go_on()
            super().on_message_complete()
            return
        self._whole = None
        self._send(reply)
        self.on_response_complete()

    def _is_small(self) -> bool:
        """Whether a request is a POST of a small body, and nothing before it on this connection is still going out."""
        size = next((value for name, value in self.headers if name == b"content-length"), b"")
        return (
            size.isdigit()
            and int(size[:20]) <= SMALL
            and self.parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.transport.get_write_buffer_size()
            and not (self.expect_100_continue or self.parser.should_upgrade() or self.transport.is_closing())
        )

    def _go_on(self) -> None:
        """Uvicorn's way, with what there is of the body."""
        body, self._whole = self._whole, None
        self._wait_no_more()
        super().on_headers_complete()
        if body:
            super().on_body(bytes(body))

    def _send(self, reply: Reply) -> None:
        keep = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
        headers = [*self.server_state.default_headers, *reply.headers]
        if not keep:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b\r\n" % pair for pair in headers]
        self.transport.write(b"".join([STATUS_LINE[reply.status], *lines, b"\r\n", reply.body]))
        if not keep:
            self.transport.close()

    def shutdown(self) -> None:
        """A request that has begun is answered first, also one that was to be offered as a whole."""
        if self._whole is not None:
            self._go_on()
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """The client asked nothing more for a while: it has left, or it is still reading."""
        left = self.transport.get_write_buffer_size()
        self._looks = self._looks + 1 if left == self._unread else 1
        self._unread = left
        if not left:
            super().timeout_keep_alive_handler()
        elif self._looks >= LOOKS:
            self.transport.abort()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self) -> None:
        said = f"the head of the request has more than {MAX_HEAD:,} bytes; send fewer or shorter headers"
        body = msgspec.json.encode(problem(said, "request_head_too_large"))
        head = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json; charset=utf-8\r\n"
        self.transport.write(head + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body)
        self.transport.close()
