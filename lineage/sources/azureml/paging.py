"""The pages of a listing, from the first to the last, whatever happens between them.

a link that was followed before     the listing leads in a circle: the last reply is a failure, LOOP
a hundred pages without news        it leads nowhere, though by new links: LOOP
items that were there a page ago    the service pages by offset, so one that is inserted moves all others on:
                                    they are told once
400 or 410 to a later page          the continuation has expired: the listing is read once more from its start
fewer items than a page ago         one was deleted, and all others moved up, one of them past us: the same, so that
                                    what was only skipped is not taken for deleted
"""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from lineage.records import GapReason
from lineage.sources.azureml.wire import Reply, Request

MAX_PAGES: Final = 100_000
"""Pages of one listing: five million items, which is the service's own limit of a workspace."""
_EXPIRED: Final = frozenset({400, 410})
_RECENT: Final = 4
"""Pages whose items are remembered."""
_BARREN: Final = 100
"""Pages without a new item, one after another, that are followed."""
_TOKEN: Final = re.compile(r"[?&]\$(?:skipToken|continuationToken)=([^&]+)", re.IGNORECASE)
_COUNT: Final = re.compile(rb'"TotalCount": ?(\d{1,12})\b')
_GZIP: Final = 31


class Pages:
    """A listing on its way: it may be read in turns, and knows where it stands.

    page: number of the next page. listed: items told so far, each once. ended: there is no next page.
    """

    def __init__(self, first: Request) -> None:
        self.page = 1
        self.listed = 0
        self.ended = False
        self._first = first
        self._restarted = False
        self._link: str = ""
        self._begin()

    @property
    def left(self) -> int:
        """How many items there are beyond those told, as far as the service's continuation counts them; else 0."""
        return max(0, (self._total or 0) - self.listed)

    def turn(self, send: Callable[[Request], Reply], most: int = MAX_PAGES + 1) -> Iterator[Reply]:
        """At most so many pages; the last reply is a failure when the listing does not end as it should."""
        for _ in range(most):
            first = self._first
            reply = send(Request(first.method, first.url, first.body, self.page, self._link))
            shrunk = reply.ok and self._shrunk(reply.next)
            if (shrunk or (self.page > 1 and reply.status in _EXPIRED)) and not self._restarted:
                self._restarted = True
                self._begin()
                continue
            reply = self._news(reply)
            if shrunk:
                reply = Reply(
                    200, failure=GapReason.UNREACHABLE, detail="items were deleted while it was listed, twice"
                )
            self.ended = not reply.ok or not reply.next
            yield reply
            if self.ended:
                self._forget()
                return
            circle = self._circle(reply.next)
            if circle:
                self.ended = True
                self._forget()
                yield Reply(200, failure=GapReason.LOOP, detail=circle)
                return
            self._followed.add(reply.next)
            self.page, self._link = self.page + 1, reply.next

    def _begin(self) -> None:
        self.page, self._link, self.listed = 1, "", 0
        self._forget()

    def _forget(self) -> None:
        self._followed: set[str] = set()
        self._recent: deque[set[str]] = deque(maxlen=_RECENT)
        self._barren = 0
        self._total: int | None = None

    def _shrunk(self, link: str) -> bool:
        """Whether the service counts fewer items than a page ago, as far as its continuation tells."""
        before, self._total = self._total, _total(link)
        return before is not None and self._total is not None and self._total < before

    def _news(self, reply: Reply) -> Reply:
        """The page without what was told a moment ago."""
        items = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
        if not isinstance(items, list):
            return reply
        here: set[str] = set()
        news = []
        for item in items:
            identity = _identity(item)
            if identity and (identity in here or any(identity in page for page in self._recent)):
                continue
            here.add(identity)
            news.append(item)
        self._recent.append(here)
        self._barren = 0 if news else self._barren + 1
        self.listed += len(news)
        return reply if len(news) == len(items) else msgspec.structs.replace(reply, body={**reply.body, "value": news})

    def _circle(self, link: str) -> str:
        """Why this link is not followed; '' when it is."""
        if link in self._followed:
            return f"page {self.page + 1} leads back to an earlier page"
        if self._barren >= _BARREN:
            return f"{_BARREN} pages without a new item, the last of them page {self.page}"
        return f"more than {MAX_PAGES} pages" if self.page >= MAX_PAGES else ""


def _identity(item: Any) -> str:
    """What an item is told apart by; '' for one that says nothing of itself."""
    if not isinstance(item, dict):
        return ""
    return next((said for name in ("id", "runId", "name") if isinstance(said := item.get(name), str) and said), "")


def _total(link: str) -> int | None:
    """The number of items that a continuation counts: base64url of gzipped JSON. None for any other kind."""
    found = _TOKEN.search(link)
    if found is None:
        return None
    try:
        packed = urlsafe_b64decode(unquote(found[1]))
        count = _COUNT.search(zlib.decompressobj(_GZIP).decompress(packed, 1 << 14))
        return None if count is None else int(count[1])
    except (ValueError, zlib.error):
        return None
