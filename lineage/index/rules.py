"""What an index needs of the rules of provenance. `lineage.linking` is the one in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lineage.graph import Link, Loose
from lineage.ids import Kind
from lineage.records import Record


class Description(Protocol):
    """The node that a record is about."""

    @property
    def text(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def archived(self) -> bool: ...
    @property
    def facts(self) -> dict[str, Any]: ...


class Known(Protocol):
    """Crawled facts by which every record is read; nothing else in a record's claims comes from outside it."""

    @property
    def datastores(self) -> dict[str, str]: ...
    @property
    def guids(self) -> dict[str, str]: ...


class Settled(Protocol):
    """What was decided at one meeting key."""

    @property
    def links(self) -> Sequence[Link]: ...
    @property
    def loose(self) -> Sequence[Loose]: ...


class Rules(Protocol):
    """Pure functions from records to edges, with a version. An index stores claims and never looks inside.

    A claim has an attribute `meets`, the text of its meeting key. One that needs nobody meets at
    `record:<subject>|<record kind>` of its own record.
    """

    @property
    def RULES(self) -> int: ...  # noqa: N802 - a constant of the module that plays this part

    @property
    def Claim(self) -> Any: ...  # noqa: N802 - a class of that module

    def known(self, records: Iterable[Record]) -> Known: ...

    def describe(self, record: Record) -> Description | None: ...

    def claims(self, record: Record, known: Any) -> Sequence[Any]: ...

    def settle(self, meets: str, claims: Sequence[Any]) -> Settled: ...


def own_meeting(record: Record) -> str:
    """Where a record's claims that need nobody meet."""
    return f"record:{record.subject}|{record.kind.value}"


def current_rules() -> Rules:
    """The rules of this version; imported only when something is to be linked."""
    from typing import cast

    from lineage import linking

    return cast(Rules, linking)
