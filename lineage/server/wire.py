"""HTTP/1.1 on a connection: uvicorn over the parser that Node uses, with bounds that it has none for.

431, closed   the head of a request has more than `MAX_HEAD` bytes
closed        the head does not arrive within `HEAD_SECONDS`, or the client stopped reading its answer
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lineage.server.guard import problem

MAX_HEAD: Final = 16 * 1024
HEAD_SECONDS: Final = 10.0
"""How long a request line and its headers may take to arrive, from their first byte or the connection's beginning."""
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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
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
        super().on_headers_complete()

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
