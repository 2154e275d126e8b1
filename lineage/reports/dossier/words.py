"""The shape of a dossier's fields, the same in every format."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value. certainty: of the link or value, '' for what is counted here. record, field, said: where it was read,
    and the text that stands there. note: a remark for people."""

    label: str
    text: str
    certainty: str = ""
    record: str = ""
    field: str = ""
    said: str = ""
    note: str = ""


class Table(msgspec.Struct, frozen=True):
    """Rows of values under columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Attestation(msgspec.Struct, frozen=True):
    """What a person said and answers for. date: as they wrote it."""

    text: str
    name: str = ""
    role: str = ""
    date: str = ""


class Section(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of the dossier.

    status: `derived`, `partly` or `attest`, as `lineage.frameworks` has it. unknown: why there is nothing, or less than
    there should be, with what to do, one sentence each. attested: None where nobody has said anything.
    """

    number: int
    id: str
    title: str
    status: str
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    unknown: tuple[str, ...] = ()
    attested: Attestation | None = None

    @property
    def is_empty(self) -> bool:
        return not self.lines and not any(table.rows for table in self.tables)


class Graph(msgspec.Struct, frozen=True, rename="camel"):
    """One side of the lineage: everything reached, each with the links that lead to it, as GraphQL answers them."""

    things: list[Json]
    is_complete: bool
    truncations: list[Json]
    counts: list[Json]


class Field(msgspec.Struct, frozen=True, rename="camel"):
    """A field of the dossier, as `dossier.json` has it. See `Section`."""

    number: int
    id: str
    title: str
    status: str
    is_empty: bool
    lines: list[Line]
    tables: list[Table]
    unknown: list[str]
    attested: Attestation | None


class Dossier(msgspec.Struct, frozen=True, rename="camel"):
    """`dossier.json`. Its JSON Schema is made from this and stands beside it."""

    format: str
    version: int
    subject: Json
    generation: Json
    certainty: str
    is_complete: bool
    fields: list[Field]
    upstream: Graph
    downstream: Graph
    findings: list[Json]
