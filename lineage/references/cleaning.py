"""Takes off what the world glues onto references: quotes, HTML, prefixes set twice, queries.

Also finds placeholders that nobody filled in. Every function is linear in the
length of its text, whatever the text.
"""

from __future__ import annotations

import re
from typing import Final

QUOTES: Final = "\"'`’” \t\r\n"
_CLEAN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./*")

_ENTITY: Final = re.compile(r"&(?:quot|apos|amp|lt|gt|#x?[0-9a-fA-F]{1,6});?")
_PLACEHOLDER: Final = re.compile(
    r"\$\{\{.*?(?:\}\}|\Z)|\$\{.*?(?:\}|\Z)|\$\(.*?(?:\)|\Z)|\{.*?(?:\}+|\Z)|<.*?(?:>|\Z)"
    r"|(?:(?<=[/:@=])|\A)\$[A-Za-z_]\w*|(?<=[/:@])%[sd](?=[/:@]|\Z)",
    re.DOTALL,
)
_CONTAINERS: Final = frozenset({"$web", "$root", "$logs", "$blobchangefeed"})
"""Containers that storage itself names with a dollar sign."""

_QUERY: Final = re.compile(r"\?[\w.$-]{1,64}=")
_OUTER: Final = ("azureml://azureml:", "azureml:azureml:", "folder:azureml:", "file:azureml:")


def has_step(text: str) -> bool:
    """Whether a segment after the first is a relative step, `.` or `..`."""
    return "/./" in text or "/../" in text or text.endswith(("/.", "/.."))


def step(text: str) -> int:
    """Where the first relative step stands; -1 when there is none."""
    found = [at for word in ("/./", "/../") if (at := text.find(word)) >= 0]
    found += [len(text) - len(word) for word in ("/.", "/..") if text.endswith(word)]
    return min(found, default=-2) + 1


def trimmed(text: str) -> tuple[int, str]:
    """Where the text really starts, and the text from there without quotes and white space around it."""
    if text[:1] in _CLEAN and text[-1:] in _CLEAN:
        return 0, text
    body = text.lstrip(QUOTES)
    return len(text) - len(body), body.rstrip(QUOTES)


def unwrapped(start: int, body: str) -> tuple[int, str]:
    """Drops prefixes set twice: `azureml:azureml:`, `folder:azureml://`, `azureml://azureml://`."""
    at = 0
    while body.startswith(_OUTER, at):
        at = body.index("azureml:", at + 5)
    return (start + at, body[at:]) if at else (start, body)


def without_tail(body: str) -> str:
    """`body` without HTML entities, quotes and white space at its end."""
    if body[-1:] in _CLEAN and "&" not in body[-10:]:
        return body
    end = len(body)
    while end:
        if body[end - 1] in QUOTES:
            end -= 1
            continue
        at = body.rfind("&", max(0, end - 10), end)
        if at < 0 or _ENTITY.fullmatch(body, at, end) is None:
            break
        end = at
    return body[:end]


def unqueried(text: str) -> str:
    """`text` without its query, if it has what looks like one."""
    found = _QUERY.search(text)
    return text[: found.start()] if found else text


def placeholder(body: str) -> str:
    """The first gap of a template, or ''."""
    if "$" in body or "{" in body or "<" in body or "%s" in body or "%d" in body:
        for found in _PLACEHOLDER.finditer(body):
            if found[0] not in _CONTAINERS:
                return found[0][:200]
    return ""


def unowned_placeholder(body: str) -> str:
    """The same for text that is no reference by itself, where JSON or markup is not to be mistaken for a template."""
    found = placeholder(body)
    return "" if found.startswith(('{"', "{'", "{ ", "{\n", "{}", "</", "<!", "<?")) else found
