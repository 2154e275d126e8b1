"""What a service asks for in the headers of an answer: to wait, and how many reads it still allows.

    Retry-After: 12                                  seconds
    Retry-After: Tue, 01 Dec 2026 08:00:00 GMT       a date, taken against the answer's own `Date`
    retry-after-ms, x-ms-retry-after-ms: 250         milliseconds, believed before the others
    x-ms-ratelimit-remaining-subscription-reads: 249
    x-ms-ratelimit-remaining-…-reads: …              tenant, global; the tightest one rules

What is no number, negative, not finite or a date without a `Date` beside it was not said. What is longer than an
hour, Azure's longest window, is an hour. The local clock, which may be wrong, is never looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 3600.0
"""Seconds that a wait is believed to be, at most."""

_WAITS: Final = (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0))
_REMAINING: Final = "x-ms-ratelimit-remaining-"


def wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, 0 to `LONGEST`; None when the answer does not say, or nothing that can be meant."""
    said = {name.lower(): text.strip() for name, text in headers.items()}
    for name, scale in _WAITS:
        text = said.get(name)
        if text is None:
            continue
        seconds = _number(text)
        if seconds is None and name == "retry-after":
            seconds = _until(text, said.get("date", ""))
        else:
            seconds = None if seconds is None else seconds * scale
        if seconds is not None:
            return min(seconds, LONGEST)
    return None


def when(headers: Mapping[str, str], seconds: float) -> str:
    """The service's own time of day that many seconds after the answer, `2026-12-01 08:00 UTC`; '' if it says none."""
    date = _date(next((text for name, text in headers.items() if name.lower() == "date"), ""))
    try:
        return "" if date is None else f"{date + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return ""


def remaining(headers: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """The counts of remaining reads, each with the name of its header."""
    for name, text in headers.items():
        key = name.lower()
        if key.startswith(_REMAINING) and key.endswith("reads"):
            left = _number(text)
            if left is not None:
                yield key, left


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(text: str, date: str) -> float | None:
    """Seconds from one HTTP date to another; 0 when it has passed."""
    then, now = _date(text), _date(date)
    return None if then is None or now is None else max(0.0, (then - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
