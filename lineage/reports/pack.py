"""The files of a report, as they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from lineage.ports import Questions, Reporter
from lineage.records import canonical_json


class Part:
    """One file: its place in the pack, what it is, and its bytes, which are made while they are taken, once.

    path: relative, with `/`, of lower-case letters, digits, `.`, `-`, `_`. media_type: as in RFC 6838.
    about: what it holds, in half a sentence, for the manifest. rows, nulls, order: of a table, known when its bytes
    have been taken: rows without the head, empty cells by column, and what the rows are sorted by.
    """

    def __init__(self, path: str, media_type: str, about: str, chunks: Iterable[bytes], order: str = "") -> None:
        self.path = path
        self.media_type = media_type
        self.about = about
        self.chunks = chunks
        self.order = order
        self.rows: int | None = None
        self.nulls: dict[str, int] = {}

    @classmethod
    def text(cls, path: str, media_type: str, about: str, content: str) -> Part:
        return cls(path, media_type, about, (content.encode(),))

    @classmethod
    def json(cls, path: str, about: str, content: Any, media_type: str = "application/json") -> Part:
        """Sorted keys, two spaces, a line break at the end."""
        return cls(path, media_type, about, (msgspec.json.format(canonical_json(content), indent=2) + b"\n",))


class Report(Protocol):
    """Makes one kind of report.

    parameters: what was asked for, as JSON; they stand in the manifest and suffice, with the answers, to make the
    files again. A report asks in an order that depends on parameters and answers alone.
    """

    def __call__(self, questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Iterator[Part]: ...


def schema(of: type) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file's contents."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(of)}


Reports = Mapping[str, Callable[[], Report]]
"""Kinds of report, each loaded when it is made."""
