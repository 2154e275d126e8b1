"""Crawled text made harmless for what will open it: a spreadsheet, a Markdown reader, an SVG viewer, a terminal.

HTML is escaped by its templates. Nothing here hides text: what could act is shown as text.
"""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), and the wide forms that some fold."""

_CONTROL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Characters that show nothing, turn text around, or may not stand in XML; tab and line feed are not among them."""

_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>#|~&$@=]|^[-+]|^\d{1,9}(?=[.)])|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What may begin something in Markdown or its usual extensions, where it may begin it."""


def visible(text: str) -> str:
    """`text` with characters that act without being seen written out: `\\x1b`, `\\u202e`."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def cell(text: str) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula: such a one gets an apostrophe in front."""
    return "'" + text if text.startswith(_FORMULA) else text


def markdown(text: str) -> str:
    """`text` on one line, meaning nothing to a Markdown reader, links and raw HTML included."""
    line = " ".join(visible(text).split())
    return _MARKDOWN.sub(lambda match: match[0] + "\\" if match[0].isdecimal() else "\\" + match[0], line)


def code(text: str) -> str:
    """`text` as a Markdown code span, in a fence longer than any in it; nothing in it is interpreted."""
    line = " ".join(visible(text).split()).replace("|", "\\|")
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def xml(text: str) -> str:
    """`text` for an XML text node or attribute in double quotes."""
    return escape(visible(text), {'"': "&quot;"})


def clipped(text: str, width: int) -> str:
    """At most `width` characters; what was cut is marked by `…` in the middle, where names differ least."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :]
