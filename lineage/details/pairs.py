"""Names with values, and who made and changed a thing: what every kind of record has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from lineage.linking.bodies import clean, obj, text
from lineage.records import Json, Record, RecordKind

MOST: Final = 200
"""Entries of one list of a thing that are told; the service allows fewer of nearly everything."""

LONGEST: Final = 100_000
"""Characters of one text that are told: a conda file, a command."""


class Pair(msgspec.Struct, frozen=True):
    """A name and its value in words; None for null."""

    name: str
    value: str | None


class Authors(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a thing and who changed it last.

    created_by_type, modified_by_type: what kind of identity, in the service's word: `User`, `Application`,
    `ManagedIdentity`, `Key`. created_by_id: object id of the identity in Entra ID, for jobs.
    """

    created_by_type: str | None = None
    created_by_id: str | None = None
    modified_at: str | None = None
    modified_by: str | None = None
    modified_by_type: str | None = None


def authors(records: Sequence[Record]) -> Authors:
    """From `systemData`, and for a run from run history; the first record that says a thing counts."""
    system = obj(body(records), "systemData")
    meta = obj(run_of(records), "runMetadata")
    return Authors(
        created_by_type=said(system, "createdByType"),
        created_by_id=said(obj(meta, "createdBy"), "userObjectId"),
        modified_at=said(system, "lastModifiedAt") or said(meta, "lastModifiedUtc"),
        modified_by=said(system, "lastModifiedBy") or said(obj(meta, "lastModifiedBy"), "userName"),
        modified_by_type=said(system, "lastModifiedByType"),
    )


def body(records: Sequence[Record]) -> Json:
    """The body of the thing's own record: the first that is not run history."""
    return next((record.body for record in records if record.kind is not RecordKind.RUN), {})


def run_of(records: Sequence[Record]) -> Json:
    """What run history says; {} when it was not read."""
    return next((record.body for record in records if record.kind is RecordKind.RUN), {})


def said(source: Any, name: str) -> str | None:
    """The text at `name`, or None when there is none."""
    return text(source, name)[:LONGEST] or None


def number(source: Any, name: str) -> int | None:
    """The whole number at `name`, also where the service wrote it as text."""
    value = source.get(name) if type(source) is dict else None
    if type(value) is str and value.isascii() and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int and -(2**31) <= value < 2**31 else None


def truth(source: Any, name: str) -> bool | None:
    """The boolean at `name`, also where the service wrote it as text."""
    value = source.get(name) if type(source) is dict else None
    if type(value) is str:
        return {"true": True, "false": False}.get(value.lower())
    return value if type(value) is bool else None


def words(value: Any) -> str | None:
    """A value in words: text as it is, anything else as JSON; None for null."""
    if value is None:
        return None
    if type(value) is str:
        return clean(value)[:LONGEST]
    try:
        return clean(msgspec.json.encode(value).decode("utf-8", "replace"))[:LONGEST]
    except (TypeError, ValueError):
        return clean(str(value))[:LONGEST]


def pairs(source: Mapping[str, Any]) -> tuple[Pair, ...]:
    """The entries of an object by name."""
    return tuple(Pair(clean(name), words(source[name])) for name in sorted(source)[:MOST])


def names(value: Any) -> tuple[str, ...]:
    """The texts of a list, in its order."""
    return tuple(clean(one) for one in value[:MOST] if type(one) is str) if type(value) is list else ()
