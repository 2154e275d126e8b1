"""`impact.json`: the report on an impact for machines."""

from __future__ import annotations

from typing import Any

import msgspec

Json = dict[str, Any]


class Level(msgspec.Struct, frozen=True, rename="camel"):
    """One step of the work, 1 first: what can be put right once the levels before it are."""

    level: int
    counts: dict[str, int]


class Owner(msgspec.Struct, frozen=True, rename="camel"):
    """Whom to ask about how many things; name null when no record says."""

    name: str | None
    counts: dict[str, int]


class ImpactReport(msgspec.Struct, frozen=True, rename="camel"):
    """`impact.json`. affected: every thing with its link, level, owner and, when that was asked, whether it is new."""

    format: str
    version: int
    sources: list[Json]
    generation: Json
    since: int | None
    is_complete: bool
    truncations: list[Json]
    counts: list[Json]
    endpoint_count: int
    deployments: list[Json]
    levels: list[Level]
    owners: list[Owner]
    affected: list[Json]
