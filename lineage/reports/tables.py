"""Tables as CSV (RFC 4180, UTF-8): every cell quoted, formulas disarmed, rows counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lineage.reports.pack import Part
from lineage.reports.safe import cell, visible

_CHUNK = 256


def table(path: str, about: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], order: str = "") -> Part:
    """A CSV file of these columns. A value that is None or missing is an empty cell, and counted as such.

    Text that a spreadsheet would run as a formula begins with an apostrophe; the JSON files have it as it was.
    """
    part = Part(path, "text/csv; charset=utf-8", about, (), order)
    part.rows = 0
    part.nulls = dict.fromkeys(columns, 0)
    part.chunks = _chunks(part, columns, rows)
    return part


def _chunks(part: Part, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    held = [_line(columns)]
    for row in rows:
        cells = [_text(row.get(column)) for column in columns]
        for column, text in zip(columns, cells, strict=True):
            if not text:
                part.nulls[column] += 1
        part.rows = (part.rows or 0) + 1
        held.append(_line(cells))
        if len(held) >= _CHUNK:
            yield "".join(held).encode()
            held = []
    part.nulls = {column: count for column, count in part.nulls.items() if count}
    yield "".join(held).encode()


def _line(cells: Iterable[str]) -> str:
    return ",".join('"' + cell(text).replace('"', '""') + '"' for text in cells) + "\r\n"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "; ".join(_text(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}={_text(one)}" for name, one in sorted(value.items()))
    return visible(str(value))
