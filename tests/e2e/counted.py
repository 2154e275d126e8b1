"""Crawls through the real SDK over HTTPS, of which the emulator counts the requests."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tests.e2e.crawling import Desk
from tests.emulator.crowded import Busy
from tests.emulator.server import serve

LISTS = (
    *("workspace", "discovery", "datastores", "models", "jobs", "data", "environments", "components"),
    *("onlineEndpoints", "batchEndpoints", "schedules"),
)
"""Routes of what any crawl must ask that sees what is new."""


class Counted(msgspec.Struct, frozen=True):
    """One crawl. requests: how often each route of the emulator was asked. seconds: of the whole command."""

    what: str
    requests: dict[str, int]
    digest: str
    records: int
    seconds: float

    @property
    def total(self) -> int:
        return sum(self.requests.values())

    @property
    def lists(self) -> int:
        return sum(self.requests.get(route, 0) for route in LISTS)

    def beyond_lists(self) -> dict[str, int]:
        return {route: number for route, number in self.requests.items() if route not in LISTS}


def count(busy: Busy, folder: Path) -> list[Counted]:
    """Three crawls of one workspace into one index, the third after 1 % has changed, and one that verifies all."""
    with serve(busy.estate, folder) as emulator:
        desk = Desk(emulator, folder)

        def crawl(what: str, *more: str) -> Counted:
            emulator.forget()
            begun = time.perf_counter()
            said = desk.crawl(busy.ws.uri, *more)
            assert (said.code, said.json["complete"]) == (0, True), said.err
            seconds = time.perf_counter() - begun
            return Counted(what, emulator.counts(), said.json["digest"], said.json["counts"]["records"], seconds)

        first, second = crawl("first"), crawl("second, unchanged")
        busy.change()
        return [first, second, crawl("third, 1 % changed"), crawl("--full, unchanged", "--full")]
