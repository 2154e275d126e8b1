"""`ports.Questions` to a service far away, over HTTP.

    with remote("https://lineage.example.com", token=os.environ.get("LINEAGE_TOKEN", "")) as asked:
        asked.run("ModelOrigin", {"ref": {"model": "credit-scoring:5"}})

What comes back is bounded in bytes and in time. Certificates are verified (`SSL_CERT_FILE` names others than the
system's), `HTTPS_PROXY` and `NO_PROXY` are heeded, redirects are not followed, and a token is sent to nobody who could
be overheard.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, HTTPSHandler, OpenerDirector, Request, build_opener

import msgspec

from lineage import __version__
from lineage.api.answering import data_of
from lineage.api.documents import document
from lineage.errors import InvalidOption, SourceUnauthorised, SourceUnreachable, Unanswered
from lineage.ports import Document

MAX_BYTES: Final = 64 * 1024 * 1024
"""The longest answer that is read."""

SECONDS: Final = 120.0
"""How long one answer may take from the first byte sent to the last received."""

SILENCE: Final = 30.0
"""How long the service may say nothing at all."""

_CHUNK: Final = 64 * 1024
_PINNING: Final = "IndexGeneration"
_ACCEPT: Final = "application/graphql-response+json, application/json;q=0.9"


class RemoteQuestions:
    """Runs documented operations at a service. Every answer is of the generation `when`, an `AsOf`; None: the newest.

    url: of the service or of its `/graphql`. token: sent as `Authorization: Bearer`, when there is one.
    Raises InvalidOption for an address that cannot be asked.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        when: Mapping[str, object] | None = None,
        max_bytes: int = MAX_BYTES,
        seconds: float = SECONDS,
        silence: float = SILENCE,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.url = endpoint(url, token)
        self._when = dict(when) if when else None
        self._number: int | None = None
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._silence = min(silence, seconds)
        self._opener = _opener(trust)
        self._headers = {
            "accept": _ACCEPT,
            "content-type": "application/json",
            "user-agent": f"azureml-lineage/{__version__}",
        }
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    @property
    def generation(self) -> int:
        """The generation that is asked; the service is asked for it once, and from then on for no other."""
        if self._number is None:
            told = self.run(_PINNING)["status"]["generation"]
            self._number = int(told["number"])
            self._when = {"generation": self._number}
        return self._number

    def document(self, operation: str) -> Document:
        return document(operation)

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        told = document(operation)
        asked = dict(variables or {})
        if self._when and "asOf" in told.variables and asked.get("asOf") is None:
            asked["asOf"] = self._when
        body = {"query": told.text, "operationName": told.name, "variables": asked}
        status, content = self._post(msgspec.json.encode(body))
        return data_of(self._read(status, content))

    def _post(self, body: bytes) -> tuple[int, bytes]:
        request = Request(self.url, body, self._headers, method="POST")  # noqa: S310 - endpoint() checked the scheme
        deadline = time.monotonic() + self._seconds
        try:
            with self._opener.open(request, timeout=self._silence) as answer:
                return answer.status, self._content(answer, deadline)
        except TimeoutError:
            raise self._late() from None
        except (OSError, HTTPException) as error:
            # An URLError is an OSError, and holds what really happened.
            reason = error.reason if isinstance(error, URLError) else error
            if isinstance(reason, TimeoutError):
                raise self._late() from None
            why = (
                reason.strerror or str(reason) if isinstance(reason, OSError) else str(reason) or type(reason).__name__
            )
            if isinstance(reason, ssl.SSLCertVerificationError):
                why = f"its certificate is not trusted: {reason.verify_message}"
            raise SourceUnreachable(
                f"cannot reach {self.url}: {why.lower() if why[:2].istitle() else why}",
                "check the address, and whether `lineage serve` runs there; SSL_CERT_FILE names a certificate "
                "authority of your own",
            ) from None

    def _content(self, answer: HTTPResponse, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := answer.read1(_CHUNK):
            size += len(part)
            if size > self._max_bytes:
                raise Unanswered(
                    f"the answer of {self.url} has more than {self._max_bytes:,} bytes",
                    "ask for smaller pages with the variable `first`",
                    "answer_too_large",
                )
            if time.monotonic() > deadline:
                raise self._late()
            parts.append(part)
        if answer.length:
            raise SourceUnreachable(f"the answer of {self.url} breaks off after {size:,} bytes", "try again")
        return b"".join(parts)

    def _late(self) -> SourceUnreachable:
        return SourceUnreachable(
            f"{self.url} did not answer in time", "try again, or ask for less: smaller pages, a narrower filter"
        )

    def _read(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            body = msgspec.json.decode(content)
        except msgspec.DecodeError:
            body = None
        if isinstance(body, dict) and (isinstance(body.get("data"), dict) or _are_errors(body.get("errors"))):
            return body
        if status in (401, 403):
            raise SourceUnauthorised(
                f"{self.url} asks who you are (HTTP {status})",
                "put a token for it into the environment variable LINEAGE_TOKEN, or renew the one that is there",
            )
        if 300 <= status < 400:
            raise SourceUnreachable(
                f"{self.url} sends elsewhere (HTTP {status}), and redirects are not followed",
                "give the address of the service itself",
            )
        raise SourceUnreachable(
            f"what {self.url} answers is no GraphQL (HTTP {status})",
            "give the address that `lineage serve` prints, or its /graphql",
        )


@contextmanager
def remote(url: str, *, token: str = "", when: Mapping[str, object] | None = None) -> Iterator[RemoteQuestions]:
    """Questions to the service at `url`, all of one generation: the newest, or that of `when`."""
    asked = RemoteQuestions(url, token=token, when=when)
    _ = asked.generation
    yield asked


def endpoint(url: str, token: str = "") -> str:
    """The address to post to. Raises InvalidOption for one that cannot be asked, or must not be told a token."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise InvalidOption(
            f"--url is no address of a service: {_public(url)!r}", "write http://127.0.0.1:8000 or https://HOST/graphql"
        )
    if parts.username or parts.password:
        raise InvalidOption(
            "--url holds a name or a password",
            "leave them out; a token goes into the environment variable LINEAGE_TOKEN",
        )
    if token and parts.scheme == "http" and host not in ("127.0.0.1", "localhost", "::1"):
        raise InvalidOption(
            f"a token would go to {host} where others can read it",
            "use an https:// address, or unset LINEAGE_TOKEN",
        )
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise InvalidOption("LINEAGE_TOKEN holds no token", "put the token alone there, without line ends or spaces")
    path = parts.path if parts.path.strip("/") else "/graphql"
    return parts._replace(path=path, query="", fragment="").geturl()


def _public(url: str) -> str:
    from lineage.redaction import redact_text

    return redact_text(url[:200])


def _are_errors(told: Any) -> bool:
    return isinstance(told, list) and bool(told) and all(isinstance(one, dict) for one in told)


class _AsItIs(HTTPErrorProcessor):
    """Hands every answer over, whatever its status. So no redirect is followed: nobody else gets question or token."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response

    https_response = http_response


def _opener(trust: ssl.SSLContext | None) -> OpenerDirector:
    return build_opener(_AsItIs(), HTTPSHandler(context=trust or ssl.create_default_context()))
