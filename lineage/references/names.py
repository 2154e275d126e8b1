"""Reads `azureml:NAME…` and bare names."""

from __future__ import annotations

import re
from typing import Final

from lineage.references.assets import AssetRef, NameRef
from lineage.references.azureml import read_uri
from lineage.references.base import STEPS, Form, Miss

_NAME: Final = re.compile(r"\w[\w.-]*")
_BARE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]+)(?::([A-Za-z0-9][A-Za-z0-9_.+-]*)|@([A-Za-z][A-Za-z0-9_-]*))")
_COLLECTIONS: Final = {
    "models": "models",
    "data": "data",
    "environments": "environments",
    "components": "components",
    "codes": "codes",
}


def read_prefixed(text: str) -> Form:
    """`azureml:` and what is neither a URI nor an ARM id. Position 8 is the first character after the prefix."""
    if text.startswith("azureml:", 8):
        raise Miss("one azureml: only", position=8)
    return _with_slashes(text) if "/" in text else _name(text, 8)


def read_bare(text: str) -> Form | None:
    """`NAME:VERSION` or `NAME@LABEL` without a prefix; None when the text is neither."""
    match = _BARE.fullmatch(text) if len(text) < 1024 else None
    return NameRef(match[1], match[2] or "", match[3] or "") if match else None


def _name(text: str, i: int) -> NameRef:
    end = len(text)
    at = text.find("@", i)
    colon = text.find(":", i)
    cut = min(at if at >= 0 else end, colon if colon >= 0 else end)
    name = _checked(text, i, cut)
    if cut == end:
        return NameRef(name)
    rest = text[cut + 1 :]
    if not rest:
        raise Miss("a version" if cut == colon else "a label", position=cut + 1)
    if rest in STEPS:
        raise Miss("a name, not a relative step", position=cut + 1)
    if cut == colon:
        if at >= 0:
            raise Miss("either :VERSION or @LABEL", position=at)
        return NameRef(name, rest)
    if colon >= 0 or "@" in rest:
        raise Miss("a label of letters, digits, '.', '_' and '-'", position=max(colon, text.rfind("@")))
    return NameRef(name, "", rest)


def _checked(text: str, i: int, end: int) -> str:
    """The name between `i` and `end`."""
    if i == end:
        raise Miss("a name", position=i)
    match = _NAME.match(text, i, end)
    if match is None or match.end() != end:
        raise Miss("a name of letters, digits, '.', '_' and '-'", position=match.end() if match else i)
    return match[0]


def _with_slashes(text: str) -> Form:
    """`azureml:NAME/versions/V`, `azureml:models/NAME:V`, `azureml:registries/R/…`: relative ids seen in the wild."""
    first, _, rest = text[8:].partition("/")
    if rest.startswith(("versions/", "labels/")) and first.lower() not in _COLLECTIONS:
        word, _, value = rest.partition("/")
        name, at = _checked(text, 8, 8 + len(first)), 8 + len(first) + len(word) + 2
        if not value or "/" in value or "@" in value or (word == "labels" and ":" in value):
            raise Miss("a version" if word == "versions" else "a label", position=at)
        return NameRef(name, value) if word == "versions" else NameRef(name, "", value)
    segs = text[8:].split("/")
    try:
        found = read_uri(["azureml:", "", *segs])
    except Miss as miss:
        raise Miss(miss.expected, position=8 + sum(len(seg) + 1 for seg in segs[: miss.index - 2])) from None
    if isinstance(found, AssetRef) or first.lower() not in _COLLECTIONS:
        return found
    raise Miss("a name", position=8)
