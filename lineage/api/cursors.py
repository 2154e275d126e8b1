"""Cursors: where a page ended, in which generation.

A cursor is opaque to clients: the base64url form of the list it came from, the
generation it was read from and the key of the node that it stands behind. The
next page is read from the same generation, whatever was published meanwhile.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from lineage.errors import InvalidOption

MAX_PAGE = 1000
"""The largest page that a client may ask for."""

TRUSTED_PAGE = 10_000
"""The largest page of a trusted document. It may cost no more than any other."""

_largest: ContextVar[int] = ContextVar("largest page", default=MAX_PAGE)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor holds. `listing` names the kind of list, `position` the key of the last thing seen."""

    listing: str
    generation: int
    position: int

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).rstrip(b"=").decode()


def read(text: str, listing: str) -> Cursor:
    """The cursor in `text`. Raises InvalidOption when this list never gave it."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.msgpack.decode(raw, type=Cursor)
    except (ValueError, NotBase64, msgspec.DecodeError):
        cursor = None
    if cursor is None or cursor.listing != listing:
        raise foreign()
    return cursor


def foreign() -> InvalidOption:
    """The error for a cursor that belongs to another list or another question."""
    return InvalidOption(
        "this cursor was not given by this list",
        "pass `endCursor` of a page of the same field with the same arguments as `after`, or leave `after` out",
    )


@contextmanager
def allowing(page: int) -> Iterator[None]:
    """Within the block pages may have so many entries."""
    token = _largest.set(page)
    try:
        yield
    finally:
        _largest.reset(token)


def largest() -> int:
    """The largest page of the request that is answered."""
    return _largest.get()


def page_size(first: int) -> int:
    """`first`, checked. Raises InvalidOption outside 1 to `largest`."""
    most = _largest.get()
    if 1 <= first <= most:
        return first
    raise InvalidOption(
        f"`first` is {first}; a page has 1 to {most:,} entries",
        f"ask for at most {most:,} and page on with `after`",
    )
