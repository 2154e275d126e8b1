"""What the fields of a dossier are read with: values of an aspect, things of a kind, what is not known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lineage.reports.dossier.asking import Told
from lineage.reports.dossier.words import Json, Line


def makers(told: Told) -> list[Json]:
    """The jobs that wrote it, or else those of which one did."""
    made: list[Json] = told.origin["madeBy"] or told.origin["candidates"]
    return made


def no_job(told: Told, lines: Sequence[Line]) -> Sequence[str]:
    """What to say of a field without lines when no job is known."""
    if lines or makers(told):
        return ()
    return ("No job behind it is known: see the source as registered.",)


def of_kind(things: Mapping[str, Json], kind: str) -> list[Json]:
    """The things of this kind, the nearest first."""
    return sorted(
        (one for one in things.values() if one["__typename"] == kind), key=lambda one: (one["depth"], one["reference"])
    )


def values_of(told: Told, aspect: str, prefix: str = "", but: Sequence[str] = ()) -> Iterator[Line]:
    """The values of an aspect, each with its evidence; `prefix` stands before their labels."""
    for row in told.values:
        value = row["value"]
        if row["aspect"] == aspect and value is not None and row["name"] not in but:
            proof = value["evidence"]
            label = prefix + (row["name"] or spelled(aspect))
            yield Line(label, value["text"], value["certainty"], proof["record"], proof["field"], proof["value"])


def lacking(told: Told, *aspects: str) -> list[str]:
    """Why something of these aspects is not known, and what to do, a sentence each."""
    return [
        f"{spelled(row['aspect'])}: {row['reason']}. {row['remedy'] or ''}".strip()
        for row in told.values
        if row["aspect"] in aspects and row["value"] is None and row["reason"]
    ]


def plain(label: str, value: Any, note: str = "", certainty: str = "") -> list[Line]:
    """One line, or none for no value."""
    return [Line(label, str(value), certainty, note=note)] if value not in (None, "") else []


def spelled(enum: str) -> str:
    """The words of a name in capitals."""
    return enum.replace("_", " ").lower()


def duration(seconds: float) -> str:
    """`2 h 05 min 09 s`."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours} h {minutes:02} min {last:02} s" if hours else f"{minutes} min {last:02} s"
