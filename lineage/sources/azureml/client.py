"""The transport over the SDK's own pipeline.

The generated client behind every group of operations of `azure.ai.ml.MLClient`
has azure-core's public `send_request`; so signing in, clouds, TLS, proxies and
connections are the SDK's, while bodies stay as the service sent them (the
SDK's entities lose and mix up fields). The way there is one private attribute,
`models._service_client`, named only in `_pipeline` and checked there.

What the SDK's defaults would do to a crawler is switched off: redirects (they
would carry the token to another host), its retries (they sleep as long as a
header says, for a day if it says so, and stop on a header they cannot read),
its telemetry. Waiting is done here, bounded.
"""

from __future__ import annotations

import json
import logging
import math
import os
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from lineage.errors import InvalidOption, SourceError, SourceUnauthorised
from lineage.records import GapReason
from lineage.redaction import redact, redact_text
from lineage.sources.azureml.wire import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lineage.ids import Workspace
    from lineage.sources.azureml.clouds import Cloud

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of one answer, inflated. The largest honest page (50 pipeline jobs) is two orders smaller."""
ATTEMPTS: Final = 4
MAX_WAIT: Final = 60.0
"""Seconds that one wait may last, whatever `Retry-After` says."""
DEADLINE: Final = 120.0
"""Seconds that one answer may take from the first byte to the last."""

_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_NEXT: Final = ("nextLink", "nextlink")


class SdkTransport:
    """Sends requests through an MLClient. `sleep` and `clock` are time's own unless a test says otherwise.

    `remedy` is what to do when the credential gives no token.
    """

    def __init__(
        self,
        workspace: Workspace,
        cloud: Cloud,
        credential: Any,
        remedy: str,
        ca_bundle: str | None = None,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cloud = cloud
        self._remedy = remedy
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._clock = clock
        if ca_bundle is not None:
            _check_bundle(ca_bundle)
        self._verify = ca_bundle
        self._client = _pipeline(workspace, cloud, credential, ca_bundle)

    def send(self, request: Request) -> Reply:
        """The answer, after at most `ATTEMPTS` tries with bounded waits between them."""
        url = request.link or request.url
        if not self._cloud.allows(url):
            return Reply(0, failure=GapReason.HOST_REFUSED, detail=_refusal(url))
        for attempt in range(1, ATTEMPTS + 1):
            reply, headers = self._once(request, url)
            again = reply.status in _AGAIN or reply.failure in (GapReason.UNREACHABLE, GapReason.UNPARSABLE)
            if not again or attempt == ATTEMPTS or self._stopped.is_set():
                return reply
            self._sleep(_wait(headers, attempt))
        raise AssertionError("the loop returns")

    def close(self) -> None:
        """End waits and connections."""
        self._stopped.set()
        self._client.close()

    def _once(self, request: Request, url: str) -> tuple[Reply, Mapping[str, str]]:
        from azure.core.exceptions import AzureError, ClientAuthenticationError
        from azure.core.rest import HttpRequest

        asked = HttpRequest(request.method, url, json=request.body, headers={"Accept": "application/json"})
        try:
            response = self._client.send_request(
                asked, stream=True, retry_total=0, permit_redirects=False, connection_timeout=15, read_timeout=60
            )
            try:
                status, headers = response.status_code, response.headers
                if 300 <= status < 400:
                    return self._redirect(headers.get("Location", "")), headers
                content = self._read(response)
            finally:
                response.close()
        except ClientAuthenticationError as error:
            raise SourceUnauthorised(f"no token for {self._cloud.name}: {_said(error)}", self._remedy) from error
        except AzureError as error:
            return Reply(0, failure=GapReason.UNREACHABLE, detail=f"{_host(url)}: {_said(error)}"), {}
        if content is None:
            return Reply(0, failure=GapReason.TOO_LARGE, detail=f"an answer of more than {MAX_BODY >> 20} MiB"), {}
        return _reply(status, content, request.url), headers

    def _read(self, response: Any) -> bytes | None:
        """The inflated body; None when it is larger than any honest one."""
        from azure.core.exceptions import ServiceResponseError

        started, chunks, size = self._clock(), [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > MAX_BODY:
                return None
            if self._clock() - started > DEADLINE:
                raise ServiceResponseError(f"the answer took longer than {DEADLINE:.0f} s")
            chunks.append(chunk)
        return b"".join(chunks)

    def _redirect(self, location: str) -> Reply:
        where = _host(location) or "nowhere"
        return Reply(0, failure=GapReason.HOST_REFUSED, detail=f"a redirect to {where}; redirects are not followed")


def _check_bundle(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        said = (
            "no certificate in it" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", "") or str(error)
        )
        raise InvalidOption(
            f"cannot read the CA bundle {path}: {said}", "give a file of certificates in PEM form"
        ) from error


def _reply(status: int, content: bytes, url: str) -> Reply:
    """The answer's JSON, redacted, with the next page's link set apart. Run history may give a token instead."""
    try:
        body = _decode(content) if content.strip() else None
        link = ""
        if isinstance(body, dict):
            link = next((body.pop(name) for name in _NEXT if isinstance(body.get(name), str)), "")
            token = body.pop("continuationToken", None)
            if not link and isinstance(token, str) and token:
                link = f"{url}{'&' if '?' in url else '?'}$continuationToken={quote(token, safe='')}"
        return Reply(status, redact(body), link)
    except (ValueError, RecursionError) as error:
        if status >= 400:
            return Reply(status)
        start = redact_text(content[:60].decode(errors="replace"))
        detail = f"an answer that is not JSON ({type(error).__name__}), beginning {start!r}"
        return Reply(status, failure=GapReason.UNPARSABLE, detail=detail)


def _decode(content: bytes) -> Any:
    """JSON, also where it is a little wrong: one half of a surrogate pair in a description must not cost a page."""
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return _encodable(json.loads(content.decode("utf-8-sig", errors="replace")))


def _encodable(value: Any) -> Any:
    """`value` such that it can be written as JSON again: surrogates as escapes, infinities and NaN as null."""
    match value:
        case dict():
            return {_encodable(name): _encodable(held) for name, held in value.items()}
        case list():
            return [_encodable(held) for held in value]
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case float() if not math.isfinite(value):
            return None
    return value


def _wait(headers: Mapping[str, str], attempt: int) -> float:
    """Seconds until the next try: what the service asks for, else half a second doubling; at most MAX_WAIT."""
    seconds = 0.5 * 2 ** (attempt - 1)
    for name, scale in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("Retry-After", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) * scale
        except ValueError:
            try:
                seconds = parsedate_to_datetime(text).timestamp() - time.time()
            except ValueError:
                continue  # neither a number nor a date: wait as if nothing had been said
        break
    return min(max(seconds, 0.0), MAX_WAIT) if math.isfinite(seconds) else MAX_WAIT


def _refusal(url: str) -> str:
    if not url.lower().startswith("https://"):
        return f"a link that is not https, to {_host(url) or 'nowhere'}"
    return f"a link to {_host(url) or 'nowhere'}, which is outside this cloud"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _said(error: Exception) -> str:
    """The first line of what a library said, without secrets and object addresses."""
    text = redact_text(str(error)).strip() or type(error).__name__
    line = text.splitlines()[0]
    return line if len(line) <= 300 else line[:300] + "…"


def _pipeline(workspace: Workspace, cloud: Cloud, credential: Any, ca_bundle: str | None) -> Any:
    """The SDK's client for that workspace: an object with `send_request` and `close`."""
    _quiet()
    with _cloud_variable_kept():
        from azure.ai.ml import MLClient

        options: dict[str, Any] = {"cloud": cloud.name, "enable_telemetry": False, "show_progress": False}
        if cloud.metadata is not None:
            options["cloud_metadata"] = cloud.metadata
        if ca_bundle is not None:
            options["connection_verify"] = ca_bundle
        client = MLClient(credential, workspace.subscription, workspace.resource_group, workspace.name, **options)
    generated = getattr(client.models, "_service_client", None)
    if not callable(getattr(generated, "send_request", None)):
        from importlib.metadata import version

        raise SourceError(
            f"azure-ai-ml {version('azure-ai-ml')} hides the client that requests are sent through",
            "install the newest azure-ai-ml that this version was tested with: pip install 'azure-ai-ml==1.35.2'",
        )
    return generated


def _quiet() -> None:
    """Keeps the libraries' warnings off the terminal, and their network traces (tokens, SAS) out of every log."""
    for name in ("azure", "msal", "urllib3", "requests", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.ERROR))


@contextmanager
def _cloud_variable_kept() -> Iterator[None]:
    """Constructing an MLClient writes a variable that every later client of the process would obey."""
    before = os.environ.get("AZUREML_CURRENT_CLOUD")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("AZUREML_CURRENT_CLOUD", None)
        else:
            os.environ["AZUREML_CURRENT_CLOUD"] = before
