"""What the record of a schedule says: what starts when, and by whose clock."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lineage.details.pairs import Authors, Pair, authors, body, pairs, said, truth
from lineage.linking.bodies import obj
from lineage.records import Record


class ScheduleDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule. starts_at, ends_at: as the service wrote them, in `time_zone`. command: of the job it starts."""

    authors: Authors = Authors()
    properties: tuple[Pair, ...] = ()
    is_enabled: bool | None = None
    time_zone: str | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    job_type: str | None = None
    command: str | None = None
    experiment: str | None = None
    provisioning_state: str | None = None


def schedule(records: Sequence[Record]) -> ScheduleDetails:
    properties = obj(body(records), "properties")
    trigger, started = obj(properties, "trigger"), obj(properties, "action", "jobDefinition")
    return ScheduleDetails(
        authors=authors(records),
        properties=pairs(obj(properties, "properties")),
        is_enabled=truth(properties, "isEnabled"),
        time_zone=said(trigger, "timeZone"),
        starts_at=said(trigger, "startTime"),
        ends_at=said(trigger, "endTime"),
        job_type=said(started, "jobType"),
        command=said(started, "command"),
        experiment=said(started, "experimentName"),
        provisioning_state=said(properties, "provisioningState"),
    )
