"""One spelling for every name and path: percent-escapes decoded once, then written again only where needed.

    a%20b  ->  a b          an escape that only hid an ordinary character is undone
    a%2fb  ->  a%2Fb        never undone: it would become a separator
    100%   ->  100%25       a bare percent sign could otherwise begin an escape

An escape stays (in upper case) when undoing it would change how the text is
read: `/ % ? # { < \\`, control characters, `$` at the start of a segment, a
space or quote at the end of the text, and whatever is no valid UTF-8. Then
`normal(normal(x)) == normal(x)`, which is what makes canonical text canonical.
"""

from __future__ import annotations

import re
from typing import Final

_RUN: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%")
_KEPT: Final = frozenset("/%?#{<\\\u2028\u2029")
_ENTITY: Final = re.compile(r"&((?:quot|apos|amp|lt|gt|#x?[0-9a-fA-F]{1,6});?)\Z")
_TAIL: Final = "\"'`’” "
"""What a reader cuts off the end of a reference, so an escape of it at the end must stay."""


_INNER: Final = {
    f"{high}{low}": char
    for code in range(0x20, 0x7F)
    if (char := chr(code)) not in _KEPT and char != "$"
    for high in {f"{code:02X}"[0], f"{code:02x}"[0]}
    for low in {f"{code:02X}"[1], f"{code:02x}"[1]}
}
"""Escapes that are undone anywhere but at the end of a text."""


def normal(text: str) -> str:
    """`text` with its escapes decoded once and kept only where needed. Linear in its length."""
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    out = [first]
    for piece in rest:
        char = _INNER.get(piece[:2])
        if char is None or (len(piece) == 2 and char in _TAIL):
            return _guarded(_RUN.sub(_decode, text))
        out += (char, piece[2:])
    return _guarded("".join(out))


def _guarded(text: str) -> str:
    """`text` with what would be taken for an HTML entity at its end written as an escape."""
    return _ENTITY.sub(r"%26\1", text) if "&" in text[-10:] else text


def exposed(name: str, tail: str) -> str:
    """`name` where it comes to stand last; `tail` is what a reader would cut off it."""
    if not tail:
        return name
    at = len(name) - len(tail)
    return name[:at] + "".join(f"%{byte:02X}" for byte in name[at].encode()) + name[at + 1 :]


def _decode(match: re.Match[str]) -> str:
    run, text = match[0], match.string
    if run == "%":
        return "%25"
    chars = bytes.fromhex(run.replace("%", "")).decode("utf-8", "surrogateescape")
    at_start = match.start() == 0 or text[match.start() - 1] in "/:@"
    last = len(chars) - 1 if match.end() == len(text) else -1
    out = []
    for index, char in enumerate(chars):
        if "\udc80" <= char <= "\udcff":
            out.append(f"%{ord(char) - 0xDC00:02X}")
        elif (
            char in _KEPT
            or char < " "
            or "\x7f" <= char <= "\x9f"
            or (char == "$" and at_start)
            or (index == last and char in _TAIL)
        ):
            out.append("".join(f"%{byte:02X}" for byte in char.encode()))
        else:
            out.append(char)
        at_start = False
    return "".join(out)
