"""An answer of a documented operation as facts and a table, for people.

It knows GraphQL's and Relay's form and nothing about particular questions: the
rows are the edges of the first connection, the facts are what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_HIDDEN: Final = frozenset({"cursor", "id", "hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "digest"})


def rows(data: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of the first connection in `data`; nothing when it has none or an empty one."""
    edges = next(_connections(data), [])
    flat = [dict(_flat(edge)) for edge in edges]
    columns = list(dict.fromkeys(name for line in flat for name in line))
    used = [name for name in columns if any(line.get(name) for line in flat)]
    return [label(name) for name in used], [[line.get(name, "") for name in used] for line in flat]


def facts(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What `data` says beside its connections."""
    return [(label(name), value) for name, value in _flat(data) if value]


def label(name: str) -> str:
    """`rootPath.totalCount` as people write it: the last two words of the path at most."""
    words = name.split(".")[-2:]
    if len(words) == 2 and words[0] in (
        "node",
        "generation",
        "evidence",
        "resolve",
        "upstream",
        "downstream",
        "models",
    ):
        words = words[1:]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", " ".join(words)).lower()
    return "kind" if spaced == "__typename" else spaced


def _connections(value: Any) -> Iterator[list[dict[str, Any]]]:
    if isinstance(value, dict):
        edges = value.get("edges")
        if isinstance(edges, list) and edges:
            yield edges
        for inner in value.values():
            yield from _connections(inner)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if "edges" in value:
            value = {name: inner for name, inner in value.items() if name not in ("edges", "pageInfo")}
        for name, inner in value.items():
            if name not in _HIDDEN:
                yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield path, "; ".join(_brief(one) for one in value)
    else:
        yield path, _brief(value)


def _brief(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return " ".join(_brief(inner) for inner in value.values() if not isinstance(inner, (dict, list)))
    return str(value)
