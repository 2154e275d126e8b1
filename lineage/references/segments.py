"""Takes single segments out of a split text, or says which one does not fit."""

from __future__ import annotations

from lineage.references.base import Miss
from lineage.references.cleaning import without_tail
from lineage.references.escapes import exposed


def name_at(segs: list[str], i: int, expected: str) -> str:
    """The name at `i`, which must not be empty."""
    if i >= len(segs) or not segs[i]:
        raise Miss(expected, i)
    return segs[i]


def last_at(segs: list[str], i: int, expected: str) -> str:
    """The name at `i`, which must be the last segment."""
    name = name_at(segs, i, expected)
    if len(segs) > i + 1:
        raise Miss("the end of the reference", i + 1)
    return name


def word_at(segs: list[str], i: int, *words: str) -> str:
    """The keyword at `i` as it is spelt here; the service takes it in any case."""
    if i < len(segs):
        if segs[i] == words[0]:
            return words[0]
        seen = segs[i].lower()
        for word in words:
            if seen == word.lower():
                return word
    raise Miss(" or ".join(words), i)


def path_from(segs: list[str], i: int) -> str:
    """What follows `i`, which may be the keyword `paths`."""
    return "/".join(segs[i + 1 if segs[i] == "paths" else i :])


def exposed_name(name: str) -> str:
    """`name` where the path behind it turned out empty, so that it stands last when printed."""
    return exposed(name, name[len(without_tail(name)) :])
