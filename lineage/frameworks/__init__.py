"""Which fields of a dossier are evidence for which point of which rule book.

A rule book is a data file beside this module, so that a new edition of it is a
new file and no new program. A file says what it was read from: where nobody has
held it against the rule book's own text, `needs_primary` is true, and whoever
prints it says so. What it maps is evidence for a point, no verdict on it: each
point says what is left for a person.

    fields()             the 23 fields, in order
    frameworks()         every mapping that ships with the program
    framework(name)      one of them
    read(text, where)    a mapping of the user's own, checked in the same way
"""

from __future__ import annotations

import tomllib
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec

from lineage.errors import InvalidOption

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class FieldStatus(StrEnum):
    """How much of a field, or of a point, the service's records can tell."""

    DERIVED = "derived"  # all of it, with evidence
    PARTLY = "partly"  # some of it; a person completes it
    ATTEST = "attest"  # nothing: a person says it and signs


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of a model version's dossier. number: place in the report. id: stable. source: where in Azure ML."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    id: _Text
    title: _Text
    status: FieldStatus
    source: _Text


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a mapping rests on. primary: the rule book itself. read: the mapping was held against it."""

    text: _Text
    primary: bool
    read: bool
    url: str = ""


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point of a rule book.

    fields: ids of what is evidence for it. left: what a person has to add, empty for nothing.
    """

    id: _Text
    asks: _Text
    fields: tuple[str, ...]
    status: FieldStatus
    left: str


class Framework(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule book and its points. version: of the rule book. checked: the day on which its status was looked up."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*\Z")]
    title: _Text
    version: _Text
    status: _Text
    checked: date
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1)]
    points: Annotated[tuple[Point, ...], msgspec.Meta(min_length=1)]

    @property
    def needs_primary(self) -> bool:
        """Whether nobody has yet held this mapping against the rule book's own text."""
        return not any(source.primary and source.read for source in self.sources)

    def points_of(self, field: str) -> tuple[Point, ...]:
        """The points that a field is evidence for."""
        return tuple(point for point in self.points if field in point.fields)


_FIELDS: Final = "fields.toml"


@lru_cache(maxsize=1)
def fields() -> tuple[Field, ...]:
    """The fields of a dossier, in order."""
    said = tomllib.loads(_shipped(_FIELDS))
    return msgspec.convert(said["fields"], tuple[Field, ...])


@lru_cache(maxsize=1)
def frameworks() -> tuple[Framework, ...]:
    """Every mapping that ships with the program, in order of names."""
    names = sorted(file.name for file in files(__package__).iterdir() if file.name.endswith(".toml"))
    return tuple(read(_shipped(name), name) for name in names if name != _FIELDS)


def framework(name: str) -> Framework:
    """The mapping of this name. Raises InvalidOption, with names like it, when there is none."""
    known = {one.name: one for one in frameworks()}
    if name in known:
        return known[name]
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.4)
    told = f"did you mean {near[0]}? " if near else ""
    raise InvalidOption(
        f"there is no mapping for {name[:60]!r}",
        f"{told}there are {', '.join(known)}; a file of your own is named by its path, which ends in .toml",
    )


def read(text: str, where: str) -> Framework:
    """The mapping that a TOML text holds. Raises InvalidOption, naming `where` and the point, when it is none."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidOption(f"{where} is not TOML: {error}", "correct it there") from error
    try:
        found = msgspec.convert(said, Framework)
    except msgspec.ValidationError as error:
        raise InvalidOption(f"{where}: {_plain(str(error), said)}", "see lineage/frameworks for examples") from error
    known = {field.id: field for field in fields()}
    seen: set[str] = set()
    for point in found.points:
        _check(point, where, known)
        if point.id in seen:
            raise InvalidOption(f"{where}: the point {point.id!r} stands twice", "say it once, with all its fields")
        seen.add(point.id)
    return found


def _check(point: Point, where: str, known: dict[str, Field]) -> None:
    """A point says of itself no more than its fields can tell."""
    for name in point.fields:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            told = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(known)}"
            raise InvalidOption(f"{where}: the point {point.id!r} names {name!r}, which is no field", told)
    if not point.fields:
        raise InvalidOption(f"{where}: the point {point.id!r} names no field", 'write fields = ["attestation"]')
    statuses = {known[name].status for name in point.fields}
    if point.status is FieldStatus.DERIVED and statuses != {FieldStatus.DERIVED}:
        raise InvalidOption(
            f"{where}: the point {point.id!r} is called derived, and a person has to complete some of its fields",
            "write status = 'partly', and in `left` what a person adds",
        )
    if point.status is not FieldStatus.ATTEST and statuses == {FieldStatus.ATTEST}:
        raise InvalidOption(
            f"{where}: the point {point.id!r} is called {point.status}, and nothing in its fields is derived",
            "write status = 'attest'",
        )
    if (point.status is FieldStatus.DERIVED) == bool(point.left):
        raise InvalidOption(
            f"{where}: the point {point.id!r} is called {point.status}, and `left` says {point.left or 'nothing'!r}",
            "`left` tells what a person has to add, and is empty exactly where everything is derived",
        )


def _plain(message: str, said: dict[str, Any]) -> str:
    """msgspec's message with the point it is about, where it is about one."""
    what, _, place = message.partition(" - at `$")
    if place.startswith(".points[") and place[8:].partition("]")[0].isdecimal():
        point = said["points"][int(place[8:].partition("]")[0])]
        name = point.get("id") if isinstance(point, dict) else None
        return f"the point {name!r}: {what}" if name else f"{what} at {place.strip('.`')}"
    return f"{what} at {place.strip('.`')}" if place.strip(".`") else what


def _shipped(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
