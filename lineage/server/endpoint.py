"""`POST /graphql`, as GraphQL over HTTP says.

A client that accepts `application/graphql-response+json` gets the status of the
outcome; any other gets `application/json` and 200 for whatever GraphQL answered.

    200  the query ran (also with errors beside data)
    400  no JSON request, or text that is not GraphQL
    405  not a POST
    406  no media type that this service can answer with
    415  a body that is not application/json
    422  the document does not fit the schema or a limit, or a variable does not fit its type
    500  nothing could be answered because of a bug
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any, Final

import msgspec

from lineage.api import faults
from lineage.api.execution import Request, Response, Service
from lineage.api.session import Impatient
from lineage.api.trusted import Trusted
from lineage.server.guard import Headers, Receive, Refused, Reply, Scope, problem

MODERN: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"
AT_ONCE: Final = 4
"""Queries that run at the same time; others wait. Connections are not limited, so health answers under load."""

MAX_ANSWER: Final = 32 * 1024 * 1024
"""Bytes that one answer may have."""

QUICK: Final = 0.005
"""Seconds. A request that was last answered within them is answered at once, without a thread of its own."""

PATIENCE: Final = 0.02
"""Seconds after which such a request is given a thread after all, when it asks the index once more."""

KEPT: Final = 1_024
KEPT_BYTES: Final = 8 * 1024
"""Requests that are remembered as they were read, and the bytes that each of them may have."""

_STATUS: Final = {"parse": 400, "validate": 422}


class Named(msgspec.Struct, frozen=True):
    """A GraphQL request that tells the hash of its document instead of the text."""

    document: str
    variables: dict[str, Any] = {}
    operation: str | None = None


class Endpoint:
    """Answers GraphQL requests with a `Service`, those for the documents that are trusted.

    What a body asks for depends on its bytes alone and is remembered by them. Whether it is answered at once or in a
    thread is decided by how long the same body took the last time; the answer is the same.
    at_once_count, aside: how many were answered in either way.
    """

    def __init__(self, service: Service, trusted: Trusted | None = None) -> None:
        self._service = service
        self._trusted = Trusted({}) if trusted is None else trusted
        self._threads = ThreadPoolExecutor(AT_ONCE, "lineage-answer")
        # Used by the event loop alone.
        self._read: OrderedDict[tuple[str, bytes], Request | Response] = OrderedDict()
        self._quick: OrderedDict[bytes, None] = OrderedDict()
        self.at_once_count = 0
        self.aside = 0

    def at_once(self, headers: Headers, body: bytes) -> Reply | None:
        """The answer to a POST that was answered before, and quickly; None when it is for `reply`."""
        if body not in self._quick:
            return None
        content_type, accept = _told(headers)
        asked = self._read.get((content_type, body))
        if not isinstance(asked, Request):
            return None
        try:
            return self._answer_at_once(asked, _media(accept), body)
        except Refused:
            return None

    async def reply(self, scope: Scope, body: bytes, receive: Receive) -> Reply | None:
        content_type, accept = _told(scope["headers"])
        media = LEGACY
        try:
            media = _media(accept)
            asked = self._asked(scope["method"], content_type, body)
        except Refused as refused:
            return refusal(refused, media)
        if isinstance(asked, Response):
            return _reply(self._status(asked, media), media, encode(asked))
        if body in self._quick and (reply := self._answer_at_once(asked, media, body)) is not None:
            return reply
        answered = await self._answered_aside(asked, media, receive)
        if answered is None:
            return None
        reply, took = answered
        if took <= QUICK and len(body) <= KEPT_BYTES:
            _keep(self._quick, body, None)
        return reply

    def _answer_at_once(self, asked: Request, media: str, body: bytes) -> Reply | None:
        try:
            reply, took = self._answer(asked, media, PATIENCE)
        except Impatient:
            del self._quick[body]
            return None
        self.at_once_count += 1
        if took > QUICK:
            del self._quick[body]
        return reply

    def _asked(self, method: str, content_type: str, body: bytes) -> Request | Response:
        """The request, or why there is no answer. Raises Refused."""
        if method == "POST" and (known := self._read.get((content_type, body))) is not None:
            return known
        said = read(method, content_type, body)
        asked = self._known(said)
        if len(body) + len(content_type) <= KEPT_BYTES:
            _keep(self._read, (content_type, body), asked)
        return asked

    async def _answered_aside(self, asked: Request, media: str, receive: Receive) -> tuple[Reply, float] | None:
        """The answer, from a thread; None, and the work ends soon, when the client goes away."""
        self.aside += 1
        gone = threading.Event()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, partial(self._answer, asked, media, gone=gone))
        watch = loop.create_task(_left(receive))
        try:
            await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else None
        finally:
            gone.set()
            watch.cancel()
            if not work.cancel():
                # Nobody reads how a run ended that nobody waits for.
                work.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _known(self, asked: Request | Named) -> Request | Response:
        """The request with the text of the document that it names, or why there is no answer."""
        if isinstance(asked, Request) and self._trusted.knows(asked.query):
            return Request(asked.query, asked.variables, asked.operation, trusted=True)
        if isinstance(asked, Request) and not self._trusted.only:
            return asked
        if isinstance(asked, Request):
            said, code = "this service answers only the documents that it was told to trust", "document_untrusted"
        elif (text := self._trusted.text(asked.document)) is not None:
            return Request(text, asked.variables, asked.operation, trusted=True)
        else:
            said, code = "this service knows no document by this hash", "document_unknown"
        return Response({"errors": [faults.said(said, code)]}, "validate")

    @staticmethod
    def _status(response: Response, media: str) -> int:
        return status_of(response) if media == MODERN else 200

    def _answer(
        self, asked: Request, media: str, patience: float = float("inf"), gone: threading.Event | None = None
    ) -> tuple[Reply, float]:
        """The answer and how many seconds it took. Raises Impatient."""
        begun = time.perf_counter()
        response = self._service.answer(asked, patience=patience, gone=None if gone is None else gone.is_set)
        body = encode(response)
        if len(body) > MAX_ANSWER:
            said = f"the answer has {len(body):,} bytes, {MAX_ANSWER:,} are allowed; ask for smaller pages"
            response = Response(problem(said, "answer_too_large"), "validate")
            body = encode(response)
        return _reply(self._status(response, media), media, body), time.perf_counter() - begun


async def _left(receive: Receive) -> None:
    """Returns when the client goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _told(headers: Headers) -> tuple[str, str]:
    """The content type, and all that the client accepts."""
    content_type = accept = ""
    for name, value in headers:
        if name == b"content-type":
            content_type = content_type or value.decode("latin-1")
        elif name == b"accept":
            accept = f"{accept},{value.decode('latin-1')}" if accept else value.decode("latin-1")
    return content_type, accept


def _media(accept: str) -> str:
    return _accepted(accept) if len(accept) < 256 else accepted(accept)


def _keep(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > KEPT:
        memory.popitem(last=False)


_TYPES: Final = {media: (b"content-type", f"{media}; charset=utf-8".encode()) for media in (MODERN, LEGACY)}


def _reply(status: int, media: str, body: bytes) -> Reply:
    return Reply(status, [_TYPES[media], (b"content-length", b"%d" % len(body))], body)


def encode(response: Response) -> bytes:
    return msgspec.json.encode(response.body)


def status_of(response: Response) -> int:
    """The status of a response for a client that reads statuses."""
    if response.stage in _STATUS:
        return _STATUS[response.stage]
    return 500 if response.body.get("data") is None else 200


def accepted(accept: str) -> str:
    """The media type to answer with. Raises Refused (406) when the client takes none of ours."""
    ranges: dict[str, float] = {}
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = float(parameter[2:])
                except ValueError:
                    quality = 0.0
        ranges[name] = max(quality, ranges.get(name, 0.0))
    anything = max(ranges.get("*/*", 0.0), ranges.get("application/*", 0.0))
    modern, legacy = ranges.get(MODERN, 0.0), max(ranges.get(LEGACY, 0.0), anything)
    if modern > 0 and modern >= ranges.get(LEGACY, 0.0):
        return MODERN
    if legacy > 0:
        return LEGACY
    raise Refused(406, "not_acceptable", f"answers are {MODERN} or {LEGACY}; accept one of them")


def read(method: str, content_type: str, body: bytes) -> Request | Named:
    """The GraphQL request in an HTTP request. Raises Refused with the status that says what is wrong."""
    if method != "POST":
        raise Refused(
            405,
            "method_not_allowed",
            "queries are not read from addresses, which end up in histories and logs; "
            'send a POST with a JSON body {"query": "…", "variables": {…}}',
        )
    name, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [piece.partition("=")[2].strip('"') for piece in parameters if piece.startswith("charset=")]
    if name != LEGACY or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise Refused(
            415, "unsupported_media_type", f"the body is not {LEGACY} in UTF-8; send it so, and say so in content-type"
        )
    try:
        asked: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise Refused(400, "request_not_json", "the body is not JSON; send one JSON object") from None
    query, named = _document(asked) if isinstance(asked, dict) else (None, None)
    if query is None and named is None:
        raise Refused(
            400, "request_not_graphql", 'the body is no GraphQL request; send one JSON object with a text "query"'
        )
    variables, operation = asked.get("variables"), asked.get("operationName")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "request_not_graphql", '"variables" is no object; send an object or null')
    if operation is not None and not isinstance(operation, str):
        raise Refused(400, "request_not_graphql", '"operationName" is no text; send the name of an operation or null')
    if query is None:
        return Named(named or "", variables or {}, operation or None)
    return Request(query, variables or {}, operation or None)


def _document(asked: dict[str, Any]) -> tuple[str | None, str | None]:
    """The text of a request's document, or the hash that stands for it. Raises Refused when they do not fit."""
    query, named, extensions = asked.get("query"), asked.get("documentId"), asked.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(400, "request_not_graphql", '"extensions" is no object; send an object or null')
    persisted = (extensions or {}).get("persistedQuery")
    if isinstance(persisted, dict) and named is None:
        named = persisted.get("sha256Hash")
    if query is None:
        return None, named if isinstance(named, str) else None
    if not isinstance(query, str):
        return None, None
    return query, None


def refusal(refused: Refused, media: str) -> Reply:
    reply = _reply(refused.status, media, msgspec.json.encode(problem(str(refused), refused.code)))
    if refused.status == 405:
        reply.headers.append((b"allow", b"POST"))
    return reply


_accepted = lru_cache(256)(accepted)
