"""The one use case that writes: crawl a source and publish what it says as a new generation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lineage.ports import Generation, Index, Reporter, Source


def utc_now() -> str:
    """The present instant in ISO 8601, UTC with Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def crawl(
    source: Source,
    index: Index,
    report: Reporter,
    clock: Callable[[], Any] = utc_now,
    accept_shrink: bool = False,
) -> Generation:
    """Read `source` to its end and publish; nothing is published when it cannot be read.

    `clock` gives an instant, as text in ISO 8601 or a `datetime`. `accept_shrink` consents to losing more than half
    of what the index holds of this source.

    Raises SourceError (nothing could be read), ShrinkRefused, IndexBusy, IndexFailure.
    """
    started = clock()
    return index.publish(
        source.root,
        source.crawl(report),
        report,
        started=started if isinstance(started, str) else started.isoformat(),
        clock=clock,
        accept_shrink=accept_shrink,
    )
