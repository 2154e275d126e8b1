"""Clocks that are wrong: ours, the service's, and a service that speaks of the future."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from msgspec import structs

from lineage import sample
from lineage.index import open_index
from lineage.indexing import crawl
from lineage.records import Json, Record, canonical_json
from lineage.sources.azureml.wire import Answer, Request
from lineage.sources.recording import RecordingSource
from tests.emulator.contoso import contoso
from tests.sources.clocks import Hand
from tests.sources.silent import Silent
from tests.sources.simulated import Simulated
from tests.sources.simulated import crawl as read
from tests.sources.wires import ARM, Scripted, patient, refused

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def steady(since: datetime) -> Callable[[], datetime]:
    ticks = count()
    return lambda: since + timedelta(seconds=next(ticks))


def backwards(since: datetime) -> Callable[[], datetime]:
    """Set back an hour with every look."""
    ticks = count()
    return lambda: since - timedelta(hours=next(ticks))


@pytest.mark.parametrize(
    "second",
    [steady(NOW - timedelta(days=1)), steady(NOW + timedelta(days=1)), backwards(NOW), steady(NOW)],
    ids=["a day behind", "a day ahead", "set back during the crawl", "right"],
)
def test_the_order_of_generations_is_that_of_publishing(tmp_path: Path, second: Callable[[], datetime]) -> None:
    """The newest is the one published last, whatever the clock said, and its content is the same."""
    source = RecordingSource(sample.recording_paths()[0])
    index = open_index(tmp_path / "index.db", create=True)
    first = crawl(source, index, Silent(), clock=steady(NOW))
    again = crawl(source, index, Silent(), clock=second)
    with index.view() as view:
        newest = view.generation.number

    assert [first.number, again.number, newest] == [1, 2, 2]
    assert first.digest == again.digest
    assert [generation.number for generation in index.generations()] in ([1, 2], [2, 1])


class Future(Simulated):
    """A service that lives in 2099 and tells it to seven digits of a second."""

    def exchange(self, method: str, url: str, body: Json | None) -> Answer:
        answer = super().exchange(method, url, body)
        return structs.replace(answer, content=_later(answer.content))


def _later(body: bytes) -> bytes:
    return re.sub(rb'("createdAt": ?)"[^"]*"', rb'\1"2099-02-28T23:59:59.1234567+05:30"', body)


def test_times_are_kept_as_the_service_gave_them() -> None:
    """Seven digits, an offset, and a year to come: nothing is read into our clock's time and back."""
    story = contoso()
    today, future = (read(wire(story.estate), story.dev) for wire in (Simulated, Future))
    expected = [_later(canonical_json(fact.body)) for fact in today if isinstance(fact, Record)]

    assert [canonical_json(fact.body) for fact in future if isinstance(fact, Record)] == expected
    assert sum(b"2099-02-28T23:59:59.1234567+05:30" in body for body in expected) > 30


@pytest.mark.parametrize("date", ["Mon, 30 Nov 2026 12:00:00 GMT", "Wed, 02 Dec 2026 12:00:00 GMT"])
def test_a_service_whose_clock_is_a_day_off_is_waited_for_as_long_as_it_means(date: str) -> None:
    """Its `Retry-After` is a date of the same clock as its `Date`."""
    clock = Hand()
    until = date.replace("12:00:00", "12:00:20")
    wire = Scripted(refused(429, retry_after=until, date=date))
    patient(wire, clock).send(Request("GET", ARM))

    assert clock.waited == pytest.approx(20.0)
