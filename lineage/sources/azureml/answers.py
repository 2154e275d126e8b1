"""Reading the service's answers: is it an object, a page of a list, a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from lineage.ids import Scope
from lineage.records import GapReason, Json, Record, RecordKind
from lineage.sources.azureml.wire import Reply, Request

MAX_PAGES: Final = 100_000
"""Pages of one listing: five million items, which is the service's own limit of a workspace."""


def record_of(body: Json, which: RecordKind, text: str, scope: Scope, listing: str = "") -> Record:
    """The record of a body, under the name that the crawl asked for it by."""
    seen = body.get("id")
    return Record(text, which, scope.text, body, listing, seen if isinstance(seen, str) else "")


def is_object(reply: Reply) -> Reply:
    """The reply, or that it is none when its body is no object."""
    if not reply.ok or isinstance(reply.body, dict):
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not an object")


def not_a_page(reply: Reply) -> Reply:
    """Why this reply is no page of a list."""
    if not reply.ok:
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not a list")


class Pages:
    """The pages of a listing, in turns: what was followed is kept between two of them."""

    def __init__(self, first: Request, page: int = 1, link: str = "", followed: frozenset[str] = frozenset()) -> None:
        self._first = first
        self.page = page
        self.link = link
        self._followed = set(followed)
        self.ended = False

    @property
    def followed(self) -> frozenset[str]:
        return frozenset(self._followed)

    def turn(self, send: Callable[[Request], Reply], most: int) -> Iterator[Reply]:
        """At most so many pages; the last reply is a failure when the listing does not end as it should."""
        for _ in range(most):
            first = self._first
            reply = send(Request(first.method, first.url, first.body, self.page, self.link))
            yield reply
            if not reply.ok or not reply.next:
                self.ended = True
                return
            if reply.next in self._followed or self.page >= MAX_PAGES:
                self.ended = True
                over = f"more than {MAX_PAGES} pages"
                back = f"page {self.page + 1} leads back to an earlier page"
                detail = back if reply.next in self._followed else over
                yield Reply(200, failure=GapReason.LOOP, detail=detail)
                return
            self._followed.add(reply.next)
            self.page, self.link = self.page + 1, reply.next


def pages(send: Callable[[Request], Reply], first: Request) -> Iterator[Reply]:
    """All pages of a listing."""
    return Pages(first).turn(send, MAX_PAGES + 1)


def own_name(item: Any, last: str) -> str:
    """An entry's own name. A registry calls a version by its asset's name, so the end of the id goes first."""
    if not isinstance(item, dict):
        return ""
    identity = item.get("id")
    if last and isinstance(identity, str):
        _, found, version = identity.rpartition(f"/{last}/")
        if found and version and "/" not in version:
            return version
    name = item.get("name")
    return name if isinstance(name, str) else ""
