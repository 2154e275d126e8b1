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

from functools import partial
from typing import Any, Final

import anyio
import anyio.to_thread
import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from lineage.api import faults
from lineage.api.execution import Request, Response, Service
from lineage.api.trusted import Trusted
from lineage.server.guard import Refused, problem

MODERN: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"
AT_ONCE: Final = 4
"""Queries that run at the same time; others wait. Connections are not limited, so health answers under load."""

MAX_ANSWER: Final = 32 * 1024 * 1024
"""Bytes that one answer may have."""

_STATUS: Final = {"parse": 400, "validate": 422}


class Named(msgspec.Struct, frozen=True):
    """A GraphQL request that tells the hash of its document instead of the text."""

    document: str
    variables: dict[str, Any] = {}
    operation: str | None = None


class Endpoint:
    """Answers GraphQL requests with a `Service`, those for the documents that are trusted."""

    def __init__(self, service: Service, trusted: Trusted | None = None) -> None:
        self._service = service
        self._trusted = Trusted({}) if trusted is None else trusted
        self._room = anyio.Semaphore(AT_ONCE)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            media = accepted(request.headers.get("accept", ""))
        except Refused as refused:
            return refusal(refused, LEGACY)
        try:
            asked = read(request.method, request.headers.get("content-type", ""), await request.body())
        except Refused as refused:
            return refusal(refused, media)
        if isinstance(asked, Named) or not self._trusted.allows(asked.query):
            known = self._known(asked)
            if isinstance(known, Response):
                return HttpResponse(encode(known), self._status(known, media), media_type=f"{media}; charset=utf-8")
            asked = known
        async with self._room:
            status, body = await anyio.to_thread.run_sync(partial(self._answer, asked, media))
        return HttpResponse(body, status, media_type=f"{media}; charset=utf-8")

    def _known(self, asked: Request | Named) -> Request | Response:
        """The request with the text of the document that it names, or why there is no answer."""
        if isinstance(asked, Request):
            said, code = "this service answers only the documents that it was told to trust", "document_untrusted"
        elif (text := self._trusted.text(asked.document)) is not None:
            return Request(text, asked.variables, asked.operation)
        else:
            said, code = "this service knows no document by this hash", "document_unknown"
        return Response({"errors": [faults.said(said, code)]}, "validate")

    @staticmethod
    def _status(response: Response, media: str) -> int:
        return status_of(response) if media == MODERN else 200

    def _answer(self, asked: Request, media: str) -> tuple[int, bytes]:
        response = self._service.answer(asked)
        body = encode(response)
        if len(body) > MAX_ANSWER:
            said = f"the answer has {len(body):,} bytes, {MAX_ANSWER:,} are allowed; ask for smaller pages"
            response = Response(problem(said, "answer_too_large"), "validate")
            body = encode(response)
        return self._status(response, media), body


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


def refusal(refused: Refused, media: str) -> HttpResponse:
    body = msgspec.json.encode(problem(str(refused), refused.code))
    response = HttpResponse(body, refused.status, media_type=f"{media}; charset=utf-8")
    if refused.status == 405:
        response.headers["allow"] = "POST"
    return response
