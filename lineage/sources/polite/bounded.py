"""Bodies read within bounds: so many bytes inflated, so many seconds from the request to the last byte.

The libraries bound neither: their timeout is for one read of the socket, so that a byte now and then keeps it away
for ever, and a compressed body becomes as long as it says. `Bounded` is an adapter of `requests`, which is where the
SDK's transport lets its user in; it reads the body itself and passes it on, inflated.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import HTTPError

_AT_ONCE: Final = 1 << 16
_GZIP_OR_ZLIB: Final = 47


class TooLarge(Exception):
    """The body is longer than the limit."""


class Bounded:
    """limit: bytes of one inflated body. deadline: seconds of one answer. now: a clock. pool: connections kept."""

    def __init__(self, limit: int, deadline: float, now: Callable[[], float], pool: int) -> None:
        self._limit = limit
        self._deadline = deadline
        self._now = now
        never = Retry(total=False, redirect=False, raise_on_status=False)
        self._inside = HTTPAdapter(max_retries=never, pool_maxsize=pool)

    def send(self, request: Any, **options: Any) -> Any:
        """The response with its body in memory. Raises TooLarge, and what `requests` raises."""
        started = self._now()
        response = self._inside.send(request, **(options | {"stream": True}))
        try:
            content = self._read(response.raw, response.headers.get("Content-Encoding", ""), started)
        except zlib.error as error:
            raise requests.exceptions.ContentDecodingError(f"a body that cannot be inflated: {error}") from error
        except HTTPError as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        finally:
            # A body read to its end has given its connection back before; any other connection is of no use.
            response.raw.close()
        response.raw = _Body(content)
        for name in ("Content-Encoding", "Content-Length", "Transfer-Encoding"):
            response.headers.pop(name, None)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._inside.close()

    def _read(self, raw: Any, encoding: str, started: float) -> bytes:
        inflate = _inflater(encoding)
        chunks: list[bytes] = []
        size = 0
        while wire := raw.read1(_AT_ONCE, decode_content=False):
            while wire:
                chunk, wire = (wire, b"") if inflate is None else _some(inflate, wire)
                size += len(chunk)
                chunks.append(chunk)
                if size > self._limit:
                    raise TooLarge
            if self._now() - started > self._deadline:
                raise requests.exceptions.ReadTimeout(f"the answer took longer than {self._deadline:.0f} s")
        if inflate is not None and size and not inflate.eof:
            raise zlib.error("it ends early")
        return b"".join(chunks)


class _Body(BytesIO):
    """A body in memory, on which the SDK sets what it would set on a connection."""


def _inflater(encoding: str) -> Any:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(_GZIP_OR_ZLIB)
        case other:
            raise requests.exceptions.ContentDecodingError(f"a body in the encoding {other[:40]!r}, not asked for")


def _some(inflate: Any, wire: bytes) -> tuple[bytes, bytes]:
    """A bounded piece of what the bytes inflate to, and the bytes still to inflate."""
    chunk = inflate.decompress(wire, _AT_ONCE)
    return chunk, inflate.unconsumed_tail
