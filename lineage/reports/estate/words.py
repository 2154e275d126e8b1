"""`estate.json`: the report on an estate for machines. The long lists stand in the CSV files beside it."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


class Group(msgspec.Struct, frozen=True, rename="camel"):
    """A grouping of coverage. by: what the groups are. rows: key (null for those that have none) and tally."""

    title: str
    by: str
    rows: list[Json]
    more: int


class EstateReport(msgspec.Struct, frozen=True, rename="camel"):
    """`estate.json`. coverage: the tally over everything. changed: since the report before, null without one."""

    format: str
    version: int
    generation: Json
    coverage: Json
    is_complete: bool
    truncations: list[Json]
    groups: list[Group]
    findings_by_code: list[Json]
    findings_by_severity: list[Json]
    gaps_by_reason: list[Json]
    loose_ends_by_reason: list[Json]
    trend: list[Json]
    largest: Json
    changed: Json | None
