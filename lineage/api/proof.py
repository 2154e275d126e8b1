"""Why a link is believed."""

from __future__ import annotations

import strawberry

from lineage import graph


@strawberry.type(description="Why a link is believed: the place in a record of the service that it was read from.")
class Evidence:
    record: str = strawberry.field(description="Canonical reference of the thing whose record it is.")
    record_kind: str = strawberry.field(
        description="Which answer of the service about that thing: `model_version`, `job`, `run` and so on."
    )
    field: str = strawberry.field(description="Dotted path of the field in that answer (`properties.modelUri`).")
    value: str = strawberry.field(description="What stood there, with secrets removed.")


def evidence(of: graph.Evidence) -> Evidence:
    return Evidence(record=of.record, record_kind=of.record_kind, field=of.field, value=of.value)
