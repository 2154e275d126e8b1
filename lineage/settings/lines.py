"""On which line of a TOML file a key stands: the reader of the standard library does not tell.

Enough for the file that we describe: tables `[a]`, `[[a]]` with keys of their own lines. What stands elsewhere (an
inline table, a dotted key) is found by its name, or its table's line is told.
"""

from __future__ import annotations

import re
from typing import Final

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r"""^\s*(["']?)([A-Za-z0-9_-]+)\1\s*[=.]""")

Place = tuple[str | int, ...]


def line_of(text: str, path: Place) -> int:
    """The line (from 1) of the key at that path, such as `("sources", 1, "kind")`; of its table; 1 when unknown."""
    table: Place = ()
    counts: dict[str, int] = {}
    best = (0, 1)
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header is not None:
            table = _table(header[1], header[2], counts)
            here = table
        elif key is not None:
            here = (*table, key[2])
        else:
            continue
        shared = _shared(here, path)
        # The longest part of the path, and of equals the first: a table's head before its keys.
        if shared == len(here) and shared > best[0]:
            best = (shared, number)
    if best[0] < len(path) and isinstance(path[-1], str):
        return _named(text, path[-1]) or best[1]
    return best[1]


def _table(bracket: str, name: str, counts: dict[str, int]) -> Place:
    plain = name.strip("\"' ")
    if bracket == "[":
        return (plain,)
    counts[plain] = counts.get(plain, -1) + 1
    return (plain, counts[plain])


def _shared(one: Place, other: Place) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _named(text: str, name: str) -> int:
    """The first line on which this key is given a value, wherever that is; 0 for none."""
    found = re.compile(rf"""(?<![\w-])["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if found.search(line.split("#")[0])), 0)
