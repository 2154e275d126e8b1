"""The one use case that writes: crawl a source and publish what it says as a new generation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lineage.ports import Generation, Held, Index, Reporter, Source
from lineage.records import Listing, Record, RecordKind


def utc_now() -> str:
    """The present instant in ISO 8601, UTC with Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def crawl(
    source: Source,
    index: Index,
    report: Reporter,
    clock: Callable[[], Any] = utc_now,
    accept_shrink: bool = False,
    fresh: bool = False,
    full: bool = False,
) -> Generation:
    """Read `source` to its end and publish; nothing is published when it cannot be read.

    What an earlier crawl of the same root read before it was interrupted is not read again, unless `fresh`. What the
    index holds and cannot have changed is not read again, unless `full`.

    `clock` gives an instant, as text in ISO 8601 or a `datetime`. `accept_shrink` consents to losing more than half
    of what the index holds of this source.

    Raises SourceError (nothing could be read), ShrinkRefused, IndexBusy, IndexFailure.
    """
    started = clock()
    return index.publish(
        source.root,
        lambda held: source.crawl(report, _OnlyFresh(held) if full else held),
        report,
        started=started if isinstance(started, str) else started.isoformat(),
        clock=clock,
        accept_shrink=accept_shrink,
        resume=not fresh,
    )


class _OnlyFresh:
    """A `Held` of which a crawl that verifies everything believes nothing but what was read a short while ago."""

    def __init__(self, held: Held) -> None:
        self.always = held
        self.fresh = held.fresh
        self.workspace = held.workspace
        self.is_told = held.is_told

    def record(self, subject: str, kind: RecordKind) -> Record | None:
        return None

    def is_lost(self, subject: str, kind: RecordKind) -> bool:
        return False

    def listing(self, text: str) -> Listing | None:
        return None

    def listed(self, text: str) -> list[Record]:
        return []
