"""Trusted documents: the only operations that a service may be told to answer.

    {"<hash>": "<text>", …}       as Relay's compiler writes it, and `lineage query --manifest`
    {"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": …, "body": …}, …]}

A client sends the text, or only its hash: in `extensions.persistedQuery.sha256Hash`, as Apollo and urql do, or in
`documentId`, as the draft of GraphQL over HTTP does. The text is the same to the last character, or it is another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from lineage.errors import InvalidOption
from lineage.ports import Document

MAX_BYTES: Final = 32 * 1024 * 1024
"""The largest manifest that is read."""

_APOLLO: Final = "apollo-persisted-query-manifest"


def manifest(documents: Iterable[Document]) -> dict[str, str]:
    """Each document's text by the SHA-256 of it, in hex."""
    return {one.sha256: one.text for one in documents}


def read(content: bytes, name: str) -> dict[str, str]:
    """Texts by their hash or id, from a manifest of either form. Raises InvalidOption; `name` says which it was."""
    remedy = "give the file that Relay's compiler, Apollo's generator or `lineage query --manifest` wrote"
    try:
        told: Any = msgspec.json.decode(content)
    except msgspec.DecodeError as error:
        raise InvalidOption(f"{name} is no manifest of documents: not JSON: {error}", remedy) from None
    if isinstance(told, dict) and told.get("format") == _APOLLO and isinstance(told.get("operations"), list):
        told = {str(one.get("id")): one.get("body") for one in told["operations"] if isinstance(one, dict)}
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise InvalidOption(f"{name} is no manifest of documents: it is no object of texts", remedy)
    if not told:
        raise InvalidOption(f"{name} holds no document", remedy)
    return told


class Trusted:
    """Which documents are known by a hash, and whether others are answered at all.

    only: whether nothing else is answered.
    """

    def __init__(self, known: Mapping[str, str], *, only: bool = False) -> None:
        self.only = only
        self._texts = {name.lower(): text for name, text in known.items()}
        self._texts |= {hashlib.sha256(text.encode()).hexdigest(): text for text in known.values()}
        self._known = frozenset(known.values())

    def __len__(self) -> int:
        return len(self._known)

    def text(self, name: str) -> str | None:
        """The document of this hash or id; `sha256:` may stand before a hash."""
        return self._texts.get(name.lower().removeprefix("sha256:"))

    def knows(self, text: str) -> bool:
        """Whether this is the text of one of them."""
        return text in self._known
