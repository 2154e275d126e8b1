"""What the crawl knows of the network: it sends a Request and gets a Reply.

A `Transport` is to the crawl what a post office is to a letter: the SDK's
pipeline is one, a recording is another, and the crawl cannot tell. Bodies come
out of it redacted, so nothing behind it ever sees a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from lineage.records import GapReason, Json


class Request(msgspec.Struct, frozen=True):
    """One question to the service.

    url: absolute, with only the parameters that this program sets. body: of a POST.
    page, link: for the second and later pages of a listing, the page's number (from 2) and the link the service gave
    for it; `url` stays that of the first page.
    """

    method: str
    url: str
    body: Json | None = None
    page: int = 1
    link: str = ""

    @property
    def key(self) -> str:
        """What tells two questions apart, the same in every crawl."""
        body = "" if self.body is None else msgspec.json.encode(self.body, order="sorted").decode()
        return f"{self.url} {self.page:06d} {self.method} {body}"


class Reply(msgspec.Struct, frozen=True):
    """One answer. `body` is redacted JSON.

    status: the HTTP status; 0 when there was no answer, and then `failure` and `detail` say why.
    next: the link to the next page of a listing; '' on its last.
    """

    status: int
    body: Any = None
    next: str = ""
    failure: GapReason | None = None
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.failure is None and 200 <= self.status < 300


class Answer(msgspec.Struct, frozen=True):
    """One exchange as it went over the wire, before anybody looked into it. `content` is inflated.

    status: 0 when nothing came or not all of it, and then `failure` and `detail` say why.
    """

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    content: bytes = b""
    failure: GapReason | None = None
    detail: str = ""


class Wire(Protocol):
    """Exchanges one request for one answer, once. It may be called from several threads.

    Raises a SourceError only when no request can succeed any more, for lack of a credential.
    """

    def exchange(self, method: str, url: str, body: Json | None) -> Answer: ...

    def renew(self) -> bool:
        """Forget the token in hand; False when there can be no other."""
        ...

    def close(self) -> None: ...


class Transport(Protocol):
    """Sends requests. `send` may be called from several threads.

    It returns a Reply whatever the service says, and raises a SourceError only when no request can succeed any more
    (no credential, a recording that cannot be read, a service that asks to wait longer than the user wants to).
    """

    def send(self, request: Request) -> Reply: ...

    def close(self) -> None: ...
