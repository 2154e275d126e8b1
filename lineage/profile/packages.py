"""The packages that a conda file asks for, read off its text.

A conda file comes as YAML or as JSON. Only `dependencies` and the `pip` list in it
are read, entry by entry; what cannot be told apart line by line is left out: the
file itself is compared whole beside this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

_ENTRY: Final = re.compile(r"\s*-\s+(.*)")
_NAME: Final = re.compile(r"(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)")
_MOST: Final = 2_000


def packages(conda: str) -> dict[str, str]:
    """Package -> requirement as written, the last one said; names in lower case with `-` for `_`."""
    found: dict[str, str] = {}
    for entry in _entries(conda):
        name = _NAME.match(entry)
        if name is not None and len(found) < _MOST:
            found[name[1].lower().replace("_", "-")] = entry
    return found


def _entries(conda: str) -> Iterator[str]:
    if conda.lstrip().startswith("{"):
        try:
            told = msgspec.json.decode(conda)
        except (msgspec.DecodeError, RecursionError):
            return
        yield from _listed(told.get("dependencies") if type(told) is dict else None)
        return
    inside = False
    for line in conda.splitlines():
        bare = line.split(" #")[0].rstrip()
        if bare and not bare[0].isspace() and not bare.startswith("-"):
            inside = bare.startswith("dependencies:")
        entry = _ENTRY.match(bare) if inside else None
        if entry is not None:
            text = entry[1].strip().strip("'\"")
            if text and not text.endswith(":"):
                yield text


def _listed(entries: Any) -> Iterator[str]:
    for entry in entries if type(entries) is list else ():
        if type(entry) is str:
            yield entry
        elif type(entry) is dict:
            yield from (one for inner in entry.values() if type(inner) is list for one in inner if type(one) is str)
