"""A service without a network, and everything that can go wrong between it and a crawl, drawn from a seed.

    Simulated(estate)                       answers as the emulator does, three items a page
    Simulated(estate, Storm(seed))          with faults that pass: no request fails more than three times in a row
    Simulated(estate, Storm(seed, ruin=…))  where some requests never succeed

What befalls a request depends on the seed, the request and how often it was asked, and on nothing else: neither on
threads nor on the order of other requests. Nothing takes time: each thread has its own, which its waits move on.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from lineage import ids
from lineage.ids import Workspace
from lineage.records import Fact, GapReason, Json
from lineage.sources.azureml.clouds import KNOWN
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.retry import Patient
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.wire import Answer
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.emulator import bodies
from tests.emulator import estate as declared
from tests.emulator.routes import Call, Refused, answer
from tests.sources.clocks import Strands
from tests.sources.silent import Silent

PAGE = 3
CLOUD = KNOWN["AzureCloud"]
_HTML = b"<!doctype html><title>Sign in</title>"
_DATES = datetime(2026, 12, 1, tzinfo=UTC)

PASSING = ("reset", "truncated", "cut", "empty", "html", "hang", "busy", "broken", "bom")
PAGING = ("repeat", "blank", "expired")


@dataclass(frozen=True)
class Storm:
    """rate: share of exchanges that fail in passing. throttled: share of 429s. paging: share of pages that come out
    wrong. ruin: share of requests that never succeed. kinds: of passing faults. spared: the end of a path that is
    never ruined, where a crawl could not begin without it. order: of the items of listings, drawn from it; the
    service's own when None.
    """

    seed: int
    rate: float = 0.2
    throttled: float = 0.2
    paging: float = 0.2
    ruin: float = 0.0
    kinds: tuple[str, ...] = PASSING
    spared: str = "/"
    order: int | None = None


CALM = Storm(0, 0, 0, 0)


class Simulated:
    """A `Wire`. `met` counts the faults by their names; `gone` holds ends of paths that are 404 from the start."""

    def __init__(self, estate: declared.Estate, storm: Storm = CALM, clock: Strands | None = None) -> None:
        self.clock = clock or Strands()
        self.met: Counter[str] = Counter()
        self.gone: tuple[str, ...] = ()
        self._estate = estate
        self._storm = storm
        self._url = f"https://{estate.workspaces[0].location}.api.azureml.ms"
        self._asked: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def exchange(self, method: str, url: str, body: Json | None) -> Answer:
        key = f"{method} {url} {json.dumps(body, sort_keys=True)}"
        with self._lock:
            self._asked[key] += 1
            chance = random.Random(f"{self._storm.seed} {key} {self._asked[key]}")
            befalls = self._befalls(key, chance)
            if befalls:
                self.met[befalls] += 1
        return (
            self._fault(befalls, chance, self._served(method, url, body))
            if befalls
            else self._served(method, url, body)
        )

    def renew(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""

    def _befalls(self, key: str, chance: random.Random) -> str:
        storm = self._storm
        spared = f"{storm.spared}?" in key
        if random.Random(f"{storm.seed} ruin {key}").random() < storm.ruin and not spared:
            return random.Random(f"{storm.seed} how {key}").choice(storm.kinds[:8])
        if chance.random() < storm.throttled:
            return "throttled"
        if chance.random() < storm.rate and self._failed[key] < 3:
            self._failed[key] += 1
            return chance.choice(storm.kinds)
        return ""

    def _fault(self, kind: str, chance: random.Random, good: Answer) -> Answer:
        match kind:
            case "throttled":
                return Answer(429, _retry_after(chance), b'{"error": {"code": "TooManyRequests"}}')
            case "hang":
                self.clock.pass_by(60)
                return Answer(0, failure=GapReason.UNREACHABLE, detail="h: Read timed out")
            case "reset" | "truncated":
                return Answer(0, failure=GapReason.UNREACHABLE, detail=f"h: {kind}")
            case "cut":
                return Answer(200, {}, good.content[: chance.randrange(1, max(2, len(good.content)))].rstrip(b"}] "))
            case "empty":
                return Answer(200)
            case "html":
                return Answer(200, {}, _HTML)
            case "busy":
                return Answer(503, _retry_after(chance), _HTML)
            case "broken":
                return Answer(500, {}, b'{"error": {"code": "InternalServerError", "message": "m"}}')
            case "bom":
                return Answer(good.status, good.headers, b"\xef\xbb\xbf" + good.content)
        raise AssertionError(kind)

    def _served(self, method: str, url: str, body: Json | None) -> Answer:
        split = urlsplit(url)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        segments = tuple(unquote(part) for part in split.path.strip("/").split("/"))
        if split.path.endswith(self.gone) and self.gone:
            return _json(404, bodies.error("UserError", "It was not found."))
        try:
            found = answer(Call(self._estate, self._url, method, segments, query, body))
            if found.items is None:
                return _json(200, found.body)
            items = list(found.items)
            if self._storm.order is not None:
                random.Random(self._storm.order).shuffle(items)
            return self._page(items, split.scheme + "://" + split.netloc + split.path, query)
        except Refused as refusal:
            return _json(refusal.status, refusal.body)

    def _page(self, items: list[Json], base: str, query: dict[str, str]) -> Answer:
        """By offset. A repeated page begins with the end of the one before; a blank one links to itself once."""
        start, blank = int(query.pop("$skipToken", 0)), query.pop("blank", "")
        chance = random.Random(f"{self._storm.seed} page {base} {start}")
        befalls = chance.choice(PAGING) if chance.random() < self._storm.paging else ""
        if befalls == "expired" and start:
            with self._lock:
                first = not self._failed[f"expired {base}"]
                self._failed[f"expired {base}"] += 1
                self.met[befalls] += first
            if first:
                return _json(
                    chance.choice((400, 410)), bodies.error("BadRequest", "The continuation token is invalid.")
                )
        if befalls == "blank" and not blank:
            self.met[befalls] += 1
            return _json(200, {"value": [], "nextLink": _link(base, {**query, "$skipToken": str(start), "blank": "1"})})
        since = max(0, start - 2) if befalls == "repeat" else start
        self.met[befalls] += befalls == "repeat" and since != start
        page: Json = {"value": items[since : start + PAGE]}
        if start + PAGE < len(items):
            page["nextLink"] = _link(base, {**query, "$skipToken": str(start + PAGE)})
        return _json(200, page)


def _link(base: str, query: dict[str, str]) -> str:
    return f"{base}?{urlencode(query, safe='$', quote_via=quote)}"


def _json(status: int, body: Any) -> Answer:
    return Answer(status, {}, json.dumps(body).encode())


def _retry_after(chance: random.Random) -> dict[str, str]:
    """A wait of up to eight seconds in any spelling, by a service whose clock is up to a day off; or nonsense."""
    date = _DATES + timedelta(seconds=chance.randrange(-86_400, 86_400))
    seconds = chance.randrange(9)
    return chance.choice(
        (
            {},
            {"Retry-After": str(seconds)},
            {"Retry-After": "soon"},
            {"Retry-After": "-1"},
            {"retry-after-ms": str(seconds * 1000)},
            {"x-ms-retry-after-ms": str(seconds * 100)},
            {
                "Retry-After": format_datetime(date + timedelta(seconds=seconds), usegmt=True),
                "Date": format_datetime(date, usegmt=True),
            },
        )
    )


def crawl(wire: Simulated, workspace: declared.Workspace, workers: int = 8) -> list[Fact]:
    """Every fact of a crawl over that wire."""
    root = ids.workspace(workspace.subscription, workspace.group, workspace.name)
    assert isinstance(root, Workspace)
    manners = Manners(3600, workers, Gates(wire.clock, random.Random(1).random))
    transport = Patient(wire, CLOUD, manners)
    try:
        return list(Crawl(transport, root, Addresses(CLOUD.manager, CLOUD.discovery), workers=workers).facts(Silent()))
    finally:
        transport.close()
