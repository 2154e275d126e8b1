"""The emulator's HTTPS server: one estate, on a free port of 127.0.0.1.

    with serve(estate) as emulator:
        emulator.url            https://127.0.0.1:PORT
        emulator.cloud          what `MLClient(cloud_metadata=…)` and `lineage crawl --cloud` take
        emulator.ca_bundle      path of the certificate to trust
        emulator.token          the only token that it takes
        emulator.count("models.versions")    how often that route was asked

    with serve_as_azure(estate, folder) as emulator:
        emulator.proxy          an HTTPS proxy behind which management.azure.com and its like are the emulator

It answers reads only. Every request is kept in `emulator.requests` with its
route, so that tests can say how much work a crawl did. Faults are put in with
`emulator.fault(…)`.
"""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import trustme

from tests.emulator import bodies
from tests.emulator.credential import token_for
from tests.emulator.estate import Estate
from tests.emulator.limits import Limit, Verdict
from tests.emulator.routes import Answer, Call, Refused, answer

PAGE = 50


@dataclass(frozen=True)
class Seen:
    """One request that arrived: `route` is its name (`models.versions`), `path` unquoted."""

    method: str
    route: str
    path: str
    query: dict[str, str]
    status: int


@dataclass
class Fault:
    """Something that goes wrong for requests whose path contains `where`, `times` times (-1: always).

    kind: `throttle` (429 with `retry_after` seconds), `unavailable` (503), `unauthorised` (401), `html` (200 with a
    web page), `foreign_link` (a nextLink to another host), `loop` (a nextLink to the page itself), `cut` (half a body),
    `empty_page` (a page without items that links on).
    """

    kind: str
    where: str = ""
    times: int = -1
    retry_after: str = "0"


@dataclass
class Emulator:
    estate: Estate
    url: str
    token: str
    ca_bundle: Path
    proxy: str = ""
    requests: list[Seen] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    limit: Limit | None = None
    """What its resource manager allows; nothing is limited without one."""
    clock: Callable[[], float] = time.monotonic
    """The time of that limit, in seconds."""
    retold: Callable[[Any], Any] | None = None
    """What becomes of every JSON body before it is sent."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def cloud(self) -> dict[str, str]:
        return {
            "azure_portal": self.url,
            "resource_manager": self.url,
            "active_directory": self.url,
            "aml_resource_id": self.url,
            "storage_endpoint": "core.windows.net",
            "registry_discovery_endpoint": f"{self.url}/",
        }

    def count(self, route: str = "") -> int:
        """How many requests that route had; all of them when no route is named."""
        return sum(1 for seen in self.requests if not route or seen.route == route)

    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(seen.route for seen in self.requests).items()))

    def forget(self) -> None:
        """Start counting again, without faults."""
        self.requests.clear()
        self.faults.clear()
        self.limit, self.clock = None, time.monotonic

    def fault(self, kind: str, where: str = "", *, times: int = -1, retry_after: str = "0") -> None:
        self.faults.append(Fault(kind, where, times, retry_after))

    def metered(self) -> Verdict:
        """What the limit says to one more read."""
        with self.lock:
            return Verdict(True, 11999) if self.limit is None else self.limit.take(self.clock())

    def strike(self, path: str) -> Fault | None:
        """The fault that this request meets, used up once."""
        with self.lock:
            for fault in self.faults:
                if fault.where in path and fault.times != 0:
                    fault.times -= 1
                    return fault
        return None


@contextmanager
def serve(estate: Estate, folder: Path) -> Iterator[Emulator]:
    """Serve the estate until the block ends; the certificate to trust is written into `folder`."""
    tls, ca_bundle = _certificate(folder, "127.0.0.1", "localhost")
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    url = f"https://127.0.0.1:{server.server_port}"
    server.emulator = Emulator(estate, url, token_for(estate.tenant), ca_bundle)
    with _running(server):
        yield server.emulator


@contextmanager
def serve_as_azure(estate: Estate, folder: Path) -> Iterator[Emulator]:
    """Serve the estate under Azure's own host names, to clients that go through `emulator.proxy`.

    What they hear holds no port, so that the same estate makes the same bytes.
    """
    tls, ca_bundle = _certificate(folder, "management.azure.com", "*.api.azureml.ms")
    server = _Server(("127.0.0.1", 0), _Connect)
    server.tls = tls
    url = f"https://{estate.workspaces[0].location}.api.azureml.ms"
    proxy = f"http://127.0.0.1:{server.server_port}"
    server.emulator = Emulator(estate, url, token_for(estate.tenant), ca_bundle, proxy)
    with _running(server):
        yield server.emulator


def _certificate(folder: Path, *hosts: str) -> tuple[ssl.SSLContext, Path]:
    authority = trustme.CA()
    ca_bundle = folder / "emulator-ca.pem"
    authority.cert_pem.write_to_path(str(ca_bundle))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(tls)
    return tls, ca_bundle


@contextmanager
def _running(server: _Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64
    emulator: Emulator
    tls: ssl.SSLContext

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def inside(self, request: socket.socket) -> None:
        self._open.add(request)

    def left(self, request: socket.socket) -> None:
        self._open.discard(request)

    def hang_up(self) -> None:
        """Close what clients keep open, so that no thread waits for a next request."""
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server
    _verdict = Verdict(True, 11999)

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._serve(json.loads(self.rfile.read(length) or b"null"))

    def do_PUT(self) -> None:
        self._refuse_write()

    do_DELETE = do_PATCH = do_PUT  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: `emulator.requests` is the log."""

    def _refuse_write(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._send(405, bodies.error("MethodNotAllowed", "The emulator is read only."), "write", {})

    def _serve(self, sent: Any) -> None:
        emulator = self.server.emulator
        split = urlsplit(self.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        # Split before unquoting: a name may hold an encoded slash.
        segments = tuple(unquote(part) for part in split.path.strip("/").split("/"))
        call = Call(emulator.estate, emulator.url, self.command, segments, query, sent)
        fault = emulator.strike(split.path)
        route = "refused"
        self._verdict = emulator.metered()
        try:
            if not self._verdict.allowed:
                raise Refused(429, bodies.error("TooManyRequests", "The request was throttled."), "throttled")
            self._check(query, split.path)
            if fault is not None and fault.kind in _INSTEAD:
                status, body, headers = _INSTEAD[fault.kind](fault)
                return self._send(status, body, f"fault.{fault.kind}", query, headers)
            found = answer(call)
            route = found.route
            body = found.body if found.items is None else self._page(found, query, split.path, fault)
            self._send(200, body, route, query, cut=fault is not None and fault.kind == "cut")
        except Refused as refusal:
            self._send(refusal.status, refusal.body, refusal.route or route, query)

    def _check(self, query: dict[str, str], path: str) -> None:
        if path == "/discovery":
            return  # public, and the SDK asks it without a token and without a version
        if self.headers.get("Authorization") != f"Bearer {self.server.emulator.token}":
            raise Refused(401, bodies.error("InvalidAuthenticationToken", "The access token is invalid."))
        if "api-version" not in query and not path.startswith(_VERSIONED_BY_PATH):
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise Refused(400, bodies.error("MissingApiVersionParameter", message))

    def _page(self, found: Answer, query: dict[str, str], path: str, fault: Fault | None) -> dict[str, Any]:
        """Offset paging, as the real token shows it: base64url(gzip(json)) with the number to skip."""
        assert found.items is not None
        history = found.route.startswith("run")
        name = "$continuationToken" if history else "$skipToken"
        given = next((value for key, value in query.items() if key.lower() == name.lower()), "")
        start = skipped(given) if given else int(query.get("$skip", 0))
        top = query.get("$top") or query.get("count")
        size = min(int(top), PAGE) if top and (history or found.route == "datastores") else PAGE
        items = found.items
        if top and not history and found.route != "datastores":
            items = items[: int(top)]
        page = items[start : start + size]
        here = f"https://{self.headers['Host']}"
        body: dict[str, Any] = {"value": page}
        after = start + len(page)
        if fault is not None and fault.kind == "empty_page" and not given:
            body, after = {"value": []}, start
        if fault is not None and fault.kind == "loop":
            body["nextLink"] = f"{here}{self.path}"
        elif after < len(items):
            token = skip_token(after, len(items))
            rest = {k: v for k, v in query.items() if k.lower() != name.lower()} | {name: token}
            base = "https://elsewhere.example" if fault and fault.kind == "foreign_link" else here
            body["nextLink"] = f"{base}{path}?{urlencode(rest, safe='$', quote_via=quote)}"
            if history:
                body["continuationToken"] = token
        return body

    def _send(
        self,
        status: int,
        body: Any,
        route: str,
        query: dict[str, str],
        headers: dict[str, str] | None = None,
        *,
        cut: bool = False,
    ) -> None:
        emulator = self.server.emulator
        with emulator.lock:
            path = unquote(urlsplit(self.path).path)
            emulator.requests.append(Seen(self.command, route, path, query, status))
        page = isinstance(body, str)
        if emulator.retold is not None and not page:
            body = emulator.retold(body)
        content = body.encode() if page else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if page else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in {**self._verdict.headers, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut


class _Connect(BaseHTTPRequestHandler):
    """The proxy's side: whatever host a client asks for, it gets the emulator."""

    server: _Server

    def do_CONNECT(self) -> None:
        self.send_response(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        with self.server.tls.wrap_socket(self.connection, server_side=True) as inner:
            self.server.inside(inner)
            _Handler(inner, self.client_address, self.server)
            self.server.left(inner)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet, as inside."""


def skip_token(skip: int, total: int) -> str:
    inner = {"NextSkip": skip, "IsShardDone": False, "DidShardFail": False, "TotalCount": total}
    text = json.dumps({"ShardToShardContinuationToken": {"Multitenant": inner}})
    return urlsafe_b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def skipped(token: str) -> int:
    try:
        text = json.loads(gzip.decompress(urlsafe_b64decode(token)))
        return int(text["ShardToShardContinuationToken"]["Multitenant"]["NextSkip"])
    except (ValueError, OSError, KeyError) as bad:
        raise Refused(400, bodies.error("BadRequest", "The continuation token is invalid.")) from bad


_VERSIONED_BY_PATH = ("/history/", "/data/", "/registrymanagement/")
_INSTEAD: dict[str, Callable[[Fault], tuple[int, Any, dict[str, str]]]] = {
    "throttle": lambda fault: (
        429,
        bodies.error("TooManyRequests", "The request was throttled."),
        {"Retry-After": fault.retry_after},
    ),
    "unavailable": lambda _: (503, bodies.error("ServiceUnavailable", "The service is unavailable."), {}),
    "unauthorised": lambda _: (401, bodies.error("ExpiredAuthenticationToken", "The access token has expired."), {}),
    "html": lambda _: (200, "<!doctype html><title>Sign in</title><p>Sign in to your account", {}),
}
