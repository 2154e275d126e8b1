"""An answer of a documented operation as facts, notes and a table, for people.

It knows GraphQL's and Relay's form and nothing about particular questions: the
rows are the edges of the first connection, the notes are the truncations, the
facts are what stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_HIDDEN: Final = frozenset({"cursor", "id", "hasNextPage", "hasPreviousPage", "startCursor", "endCursor", "digest"})
_COLUMNS: Final = (
    "depth",
    "node.__typename",
    "node.reference",
    "node.name",
    "node.version",
    "node.stage",
    "node.traffic",
)
"""Columns that come first, in this order; the others follow as the answer has them."""

_LEFT_OUT: Final = frozenset({"derivation", "since", "node.mirrorTraffic"})
"""Columns that stand only in the JSON, to keep the table readable."""

_PARENTS: Final = frozenset({"node", "evidence", "resolve", "upstream", "downstream", "models", "status"})
_WORD: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*")
"""A value of an enum, as GraphQL writes it."""

_REFERENCE: Final = re.compile(
    r"azureml://(?:subscriptions/[^/\s]+/resourceGroups/[^/\s]+/workspaces/|registries/|locations/[^/\s]+/workspaces/)"
    r"|(?:azureml:)?/subscriptions/[^/\s]+/resourceGroups/[^/\s]+/providers/Microsoft\.MachineLearningServices/workspaces/",
    re.IGNORECASE,
)


def rows(data: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of the first connection in `data`; nothing when it has none or an empty one."""
    edges = next(_connections(data), [])
    flat = [dict(_flat(edge)) for edge in edges]
    columns = list(dict.fromkeys(name for line in flat for name in line))
    used = [name for name in columns if name not in _LEFT_OUT and any(line.get(name) for line in flat)]
    if "node.reference" in used:
        # The reference tells the name.
        used = [name for name in used if name not in ("node.name", "node.version")]
    used.sort(key=lambda name: _COLUMNS.index(name) if name in _COLUMNS else len(_COLUMNS))
    return [label(name) for name in used], [[line.get(name, "") for name in used] for line in flat]


def facts(data: dict[str, Any]) -> list[tuple[str, str]]:
    """What `data` says beside its connections and truncations."""
    return [(label(name), value) for name, value in _flat(data) if value and not name.endswith("truncations")]


def notes(data: dict[str, Any]) -> list[str]:
    """What `data` says that it may lack."""
    found = []
    for value in data.values():
        if isinstance(value, dict):
            found += [str(cut["detail"]) for cut in value.get("truncations") or () if "detail" in cut]
    return found


def short(text: str) -> str:
    """`text` with each reference cut to its workspace or registry and what follows."""
    return _REFERENCE.sub("", text)


def label(name: str) -> str:
    """`upstream.totalCount` as people write it: the last two words of the path at most."""
    words = name.split(".")[-2:]
    if words == ["generation", "number"]:
        return "generation"
    if len(words) == 2 and words[0] in (*_PARENTS, "generation", "coverage"):
        words = words[1:]
    if words[-1] == "name" and name.endswith("node.name"):
        words = ["name"]
    elif name == "name":
        words = ["link name"]
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
        if "edges" in value and path.endswith("links"):
            # The links of one thing go into one cell, a line each.
            lines = [
                " ".join(text for key, text in _flat(edge) if text and key not in ("rank", "since"))
                for edge in value["edges"]
            ]
            yield path, "\n".join(lines)
            return
        if "edges" in value:
            value = {name: inner for name, inner in value.items() if name not in ("edges", "pageInfo")}
        for name, inner in value.items():
            if name not in _HIDDEN:
                yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield path, ", ".join(_brief(one) for one in value)
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
        told = [_brief(inner) for inner in value.values() if not isinstance(inner, (dict, list))]
        # A count of a kind or a reason reads "3 JOB".
        return " ".join(reversed(told) if isinstance(list(value.values())[-1], int) else told)
    text = str(value)
    return text.replace("_", " ").lower() if _WORD.fullmatch(text) else text
