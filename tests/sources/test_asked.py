"""What headers ask for, in every spelling, and what they cannot mean."""

from __future__ import annotations

import pytest

from lineage.sources.polite import asked

NOON = "Tue, 01 Dec 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"RETRY-AFTER": "0"}, 0.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "9", "x-ms-retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "9", "retry-after-ms": "soon"}, 9.0),
        ({"Retry-After": "Tue, 01 Dec 2026 12:00:30 GMT", "Date": NOON}, 30.0),
        ({"Retry-After": "Tuesday, 01-Dec-26 12:00:30 GMT", "Date": NOON}, 30.0),
        ({"Retry-After": "Tue, 01 Dec 2026 13:00:30 +0100", "date": NOON}, 30.0),
        ({"Retry-After": "Tue, 01 Dec 2026 11:59:00 GMT", "Date": NOON}, 0.0),
        ({"Retry-After": "Tue, 01 Dec 2026 12:00:30 GMT"}, None),
        ({"Retry-After": "Tue, 01 Dec 2026 12:00:30 GMT", "Date": "today"}, None),
        ({"Retry-After": "Tue, 99 Foo 2026"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "86400"}, 3600.0),
        ({"Retry-After": "9" * 400}, None),
        ({"Retry-After": "1e300"}, 3600.0),
        ({"Retry-After": "Fri, 01 Dec 9999 12:00:00 GMT", "Date": NOON}, 3600.0),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_spelling_and_nonsense_was_not_said(headers, seconds):
    """A date is taken against the answer's own `Date`: a local clock that is a day off changes nothing."""
    assert asked.wait(headers) == seconds


def test_when_to_come_back_is_told_in_the_services_own_time():
    assert asked.when({"Date": NOON}, 1800) == "2026-12-01 12:30 UTC"
    assert asked.when({"date": "Tue, 01 Dec 2026 13:00:00 +0100"}, 60) == "2026-12-01 12:01 UTC"
    assert asked.when({}, 1800) == ""


def test_remaining_reads_are_all_counts_of_reads():
    headers = {
        "X-Ms-Ratelimit-Remaining-Subscription-Reads": "249",
        "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
        "x-ms-ratelimit-remaining-tenant-reads": "12",
        "x-ms-ratelimit-remaining-subscription-writes": "7",
        "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/Get3Min;5",
        "x-ms-ratelimit-remaining-garbage-reads": "many",
        "x-ms-ratelimit-remaining-negative-reads": "-1",
    }
    assert {name.removeprefix("x-ms-ratelimit-remaining-"): left for name, left in asked.remaining(headers)} == {
        "subscription-reads": 249.0,
        "subscription-global-reads": 3749.0,
        "tenant-reads": 12.0,
    }
