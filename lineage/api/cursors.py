"""Cursors: where a page ended, in which generation.

A cursor is opaque to clients: the base64url form of the list it came from, the
generation it was read from and the key of the node that it stands behind. The
next page is read from the same generation, whatever was published meanwhile.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

import msgspec

from lineage.errors import InvalidOption

MAX_PAGE = 1000
"""The largest page that a client may ask for."""


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


def page_size(first: int) -> int:
    """`first`, checked. Raises InvalidOption outside 1 to 1,000."""
    if 1 <= first <= MAX_PAGE:
        return first
    raise InvalidOption(
        f"`first` is {first}; a page has 1 to {MAX_PAGE:,} entries",
        f"ask for at most {MAX_PAGE:,} and page on with `after`",
    )
