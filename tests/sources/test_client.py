"""The transport over the SDK: what it waits for, what it refuses, and what it never lets out."""

from __future__ import annotations

import gzip
import logging
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from lineage import ids
from lineage.errors import InvalidOption, SourceUnauthorised
from lineage.records import GapReason
from lineage.sources.azureml.client import MAX_BODY, SdkTransport, SdkWire
from lineage.sources.azureml.clouds import Cloud
from lineage.sources.azureml.retry import ATTEMPTS
from lineage.sources.azureml.wire import Request
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.sources.clocks import Hand

TOKEN = "eyJhbGciOiJub25lIn0.eyJ0aWQiOiJ0In0.Y2FuYXJ5LW9mLXRoZS10b2tlbg"
WORKSPACE = ids.workspace("s", "g", "w")


class Credential:
    def get_token(self, *scopes, **options):
        return AccessToken(TOKEN, 4_000_000_000)


class Refusing:
    def __init__(self):
        self.asked = 0

    def get_token(self, *scopes, **options):
        self.asked += 1
        raise ClientAuthenticationError("AADSTS7000215: Invalid client secret provided: abc8Q~" + "x" * 34)


class Drip(bytes):
    """A body that is written byte by byte, each `every` seconds after the one before."""

    every: float

    def __new__(cls, content: bytes, every: float) -> Drip:
        made = super().__new__(cls, content)
        made.every = every
        return made


class Reset(bytes):
    """A body after which the connection is reset."""


class Scripted:
    """An HTTPS server that answers each path with the next of its replies: (status, headers, body)."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.replies: list[tuple[int, dict[str, str], bytes]] = []
        self.seen: list[tuple[str, str, str]] = []
        self.patience = threading.Event()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                scripted.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
                status, headers, body = scripted.replies.pop(0) if scripted.replies else (200, {}, b"{}")
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                self.write(body)

            def write(self, body: bytes) -> None:
                if not isinstance(body, Drip | Reset):
                    self.wfile.write(body)
                    return
                self.close_connection = True
                with suppress(OSError):
                    for byte in body if isinstance(body, Drip) else [body]:
                        self.wfile.write(bytes([byte]) if isinstance(byte, int) else byte)
                        self.wfile.flush()
                        scripted.patience.wait(getattr(body, "every", 0))
                if isinstance(body, Reset):
                    # A linger of no time makes the close a reset.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.patience.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Scripted]:
    made = Scripted(tmp_path)
    yield made
    made.close()


def cloud_of(url: str) -> Cloud:
    names = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id", "registry_discovery_endpoint")
    metadata = dict.fromkeys(names, url) | {"storage_endpoint": "core.windows.net"}
    return Cloud(f"test {url}", url, url, url, (), metadata)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def connect(server: Scripted, clock: Hand) -> Iterator[Callable[..., SdkTransport]]:
    """`connect()` is a transport to the server that waits on the clock; arguments may say otherwise."""
    made: list[SdkTransport] = []

    def make(url: str = "", credential: object = None, ca: str | None = "given") -> SdkTransport:
        manners = Manners(gates=Gates(clock, lambda: 0.0))
        bundle = str(server.ca) if ca == "given" else ca
        where = cloud_of(url or server.url)
        made.append(
            SdkTransport(WORKSPACE, where, credential or Credential(), "sign in with `az login`", bundle, manners)
        )
        return made[-1]

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def transport(connect: Callable[..., SdkTransport]) -> SdkTransport:
    return connect()


def wire(server: Scripted, **bounds: float) -> SdkWire:
    return SdkWire(WORKSPACE, cloud_of(server.url), Credential(), "sign in", str(server.ca), **bounds)


def test_the_sdk_still_has_the_door_that_requests_go_through():
    """One private attribute, `models._service_client`, whose `send_request` takes azure-core's own HttpRequest.

    When a new azure-ai-ml fails here, look where its operations keep their generated client.
    """
    import inspect

    from azure.ai.ml import MLClient

    client = MLClient(Credential(), "s", "g", "w", cloud="AzureCloud", enable_telemetry=False)
    door = client.models._service_client

    assert list(inspect.signature(door.send_request).parameters) == ["request", "stream", "kwargs"]
    assert callable(door.close)


def test_a_token_goes_with_every_request(transport, server):
    """Signing in is the SDK's: the bearer of the credential, over TLS that the bundle trusts."""
    server.replies = [(200, {}, b'{"a": 1}')]

    assert transport.send(Request("GET", f"{server.url}x?api-version=1")).body == {"a": 1}
    assert server.seen == [("GET", "/x?api-version=1", f"Bearer {TOKEN}")]


def test_what_stays_unavailable_is_given_up_after_bounded_tries(transport, server, clock):
    """Four tries, waits doubling from half a second."""
    server.replies = [(503, {}, b'{"error": {"code": "Busy", "message": "m"}}')] * 9

    reply = transport.send(Request("GET", f"{server.url}x"))

    assert (reply.status, reply.ok) == (503, False)
    assert len(server.seen) == ATTEMPTS == 4
    assert clock.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_is_not_asked_again(transport, server, clock, status):
    server.replies = [(status, {}, b"<html>not json</html>")]

    assert transport.send(Request("GET", f"{server.url}x")).status == status
    assert clock.waits == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(transport, server, tmp_path, status):
    """Not even within the host: nothing that this program asks for redirects, and a token must not travel."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Scripted(folder)
    server.replies = [(status, {"Location": f"{other.url}steal?sig=canary"}, b"")]

    reply = transport.send(Request("GET", f"{server.url}x"))
    other.close()

    assert reply.failure is GapReason.HOST_REFUSED
    assert "127.0.0.1" in reply.detail
    assert "canary" not in reply.detail
    assert other.seen == []
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/x",
        "http://127.0.0.1:{port}/x",
        "https://127.0.0.1:1/x",
        "https://user:pass@127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}@elsewhere.example/x",
        "https://127.0.0.1:{port}\\@elsewhere.example/x",
        "//elsewhere.example/x",
        "ftp://127.0.0.1/x",
        "https://[",
        "https://127.0.0.1:{port}/x\n",
        "https://127.0.0.1:{port}\t.elsewhere.example/x",
        "nonsense",
    ],
)
def test_a_link_outside_the_cloud_is_refused_before_anything_is_sent(transport, server, link):
    """Other hosts, other ports, plain http, and spellings that two readers would read differently."""
    link = link.format(port=server.url.rsplit(":", 1)[-1].strip("/"))

    reply = transport.send(Request("GET", f"{server.url}x", page=2, link=link))

    assert reply.failure is GapReason.HOST_REFUSED
    assert reply.detail
    assert "pass" not in reply.detail
    assert server.seen == []


def test_a_body_that_inflates_beyond_the_limit_is_not_read_to_its_end(transport, server):
    """100 kB on the wire, 96 MiB in memory: refused at the limit."""
    bomb = gzip.compress(b" " * (MAX_BODY + (32 << 20)))
    server.replies = [(200, {"Content-Encoding": "gzip"}, bomb)]

    reply = transport.send(Request("GET", f"{server.url}x"))

    assert reply.failure is GapReason.TOO_LARGE
    assert len(server.seen) == 1


def test_a_body_that_drips_is_dropped_at_the_deadline_of_the_whole(server):
    """A byte every tenth of a second keeps a socket's own timeout away for ever."""
    server.replies = [(200, {"Content-Length": "600"}, Drip(b"x" * 600, 0.1))]
    slow = wire(server, deadline=0.5)
    started = time.monotonic()
    answer = slow.exchange("GET", f"{server.url}x", None)
    slow.close()

    assert answer.failure is GapReason.UNREACHABLE
    assert "longer than" in answer.detail
    assert time.monotonic() - started < 5


def test_a_server_that_hangs_is_dropped_after_the_silence(server):
    """It takes the request and says nothing."""
    server.replies = [(200, {"Content-Length": "6"}, Drip(b"x" * 6, 5))]
    slow = wire(server, silence=0.2)
    answer = slow.exchange("GET", f"{server.url}x", None)
    slow.close()

    assert answer.failure is GapReason.UNREACHABLE
    assert "timed out" in answer.detail


@pytest.mark.parametrize("sent", [0, 40])
def test_a_connection_that_is_reset_is_asked_again(transport, server, clock, sent):
    """Before the first byte of the body, and in its middle."""
    server.replies = [(200, {"Content-Length": "80"}, Reset(b"x" * sent)), (200, {}, b'{"a": 1}')]

    assert transport.send(Request("GET", f"{server.url}x")).body == {"a": 1}
    assert clock.waits == [0.5]


def test_a_host_that_has_no_address_is_unreachable(connect, clock):
    """`.invalid` never resolves."""
    reply = connect("https://lineage.invalid/").send(Request("GET", "https://lineage.invalid/x"))

    assert reply.failure is GapReason.UNREACHABLE
    assert reply.detail.startswith("lineage.invalid: ")
    assert len(clock.waits) == 3


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"description": "a \\ud83d b", "n": 1}', {"description": "a \\ud83d b", "n": 1}),
        (b'\xef\xbb\xbf{"n": NaN, "m": 1e999}', {"n": None, "m": None}),
        (b'{"name": "caf\xe9"}', {"name": "caf\ufffd"}),
    ],
)
def test_json_that_is_a_little_wrong_is_still_read(transport, server, content, body):
    """A broken character in one description must not cost a page of fifty things."""
    server.replies = [(200, {}, content)]

    assert transport.send(Request("GET", f"{server.url}x")).body == body


@pytest.mark.parametrize(
    "content", [b"<!doctype html>", b'{"value": [', b"[" * 100_000 + b"]" * 100_000, b"", b" ", b"null"]
)
def test_what_is_no_json_is_asked_again_and_then_unparsable(transport, server, clock, content):
    """A page to sign in on, JSON cut by a proxy that counted again, nesting without end, and nothing at all."""
    server.replies = [(200, {}, content)] * 4

    assert transport.send(Request("GET", f"{server.url}x")).failure is GapReason.UNPARSABLE
    assert len(clock.waits) == 3


def test_a_continuation_token_is_a_link(transport, server):
    """Run history may page by a token in the body instead of a link."""
    server.replies = [(200, {}, b'{"value": [], "continuationToken": "a/b="}'), (200, {}, b'{"value": []}')]
    first = transport.send(Request("GET", f"{server.url}runs?api-version=v1.0"))
    transport.send(Request("GET", f"{server.url}runs?api-version=v1.0", page=2, link=first.next))

    assert "continuationToken" not in first.body
    assert server.seen[1][1] == "/runs?api-version=v1.0&$continuationToken=a%2Fb%3D"


def test_nobody_there_is_unreachable_after_bounded_tries(connect, clock):
    """A closed port; the detail names the host."""
    reply = connect("https://127.0.0.1:9/").send(Request("GET", "https://127.0.0.1:9/x"))

    assert reply.failure is GapReason.UNREACHABLE
    assert reply.detail.startswith("127.0.0.1: ")
    assert len(clock.waits) == 3


def test_an_untrusted_certificate_is_told_as_one(connect, server):
    reply = connect(ca=None).send(Request("GET", f"{server.url}x"))

    assert reply.failure is GapReason.UNREACHABLE
    assert "CERTIFICATE_VERIFY_FAILED" in reply.detail
    assert server.seen == []


def test_a_credential_that_gives_no_token_ends_the_crawl(connect, server):
    """With the remedy of that credential, at once, and without the secret that the message quotes."""
    credential = Refusing()
    with pytest.raises(SourceUnauthorised, match="AADSTS7000215") as error:
        connect(credential=credential).send(Request("GET", f"{server.url}x"))

    assert error.value.remedy == "sign in with `az login`"
    assert "8Q~" not in str(error.value)
    assert credential.asked == 1
    assert server.seen == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.pem", "No such file or directory"),
        ("garbage.pem", "no certificate in it"),
        ("empty.pem", "no certificate in it"),
        ("folder", "."),
    ],
)
def test_a_ca_bundle_that_cannot_be_used_is_told_before_anything_is_sent(server, tmp_path, name, message):
    (tmp_path / "garbage.pem").write_text("garbage")
    (tmp_path / "empty.pem").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidOption, match=f"cannot read the CA bundle .*{name}: .*{message}"):
        SdkTransport(WORKSPACE, cloud_of(server.url), Credential(), "sign in", str(tmp_path / name))


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br"},
        {"Content-Length": "100"},
        {"Transfer-Encoding": "chunked", "Content-Length": None},
    ],
)
def test_bytes_that_do_not_add_up_are_unreachable_after_bounded_tries(transport, server, clock, headers):
    """No gzip, what was not asked for, fewer bytes than promised, no chunks: a broken proxy, not a crash."""
    server.replies = [(200, {**headers, "Connection": "close"}, b'{"a": 1}')] * 4

    assert transport.send(Request("GET", f"{server.url}x")).failure is GapReason.UNREACHABLE
    assert len(clock.waits) == 3


def test_a_compressed_body_that_ends_early_is_asked_again(transport, server, clock):
    """Cut by a proxy that counted again: as long as it says, and all of the JSON may be there but not its check."""
    whole = gzip.compress(b'{"a": 1}')
    server.replies = [(200, {"Content-Encoding": "gzip"}, whole[:-8]), (200, {"Content-Encoding": "gzip"}, whole)]

    assert transport.send(Request("GET", f"{server.url}x")).body == {"a": 1}
    assert clock.waits == [0.5]


def test_no_log_holds_the_token_or_a_signature(transport, server, caplog):
    """Even for who has turned every logger on."""
    with caplog.at_level(logging.DEBUG):
        server.replies = [(200, {}, b'{"value": "https://a.blob.core.windows.net/c?sig=canarysignature"}')]
        transport.send(Request("GET", f"{server.url}x?sig=canarysignature"))

    assert TOKEN not in caplog.text
    assert "canarysignature" not in caplog.text


def test_closing_ends_a_wait(server):
    """Ctrl-C does not sit out what a header asked for; this one waits on the machine's own clock."""
    server.replies = [(429, {"Retry-After": "50"}, b"{}")] * 4
    transport = SdkTransport(WORKSPACE, cloud_of(server.url), Credential(), "sign in", str(server.ca))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(transport.send(Request("GET", f"{server.url}x")).status))
    thread.start()
    while not server.seen:
        thread.join(0.01)
    transport.close()
    thread.join(5)

    assert answers == [429]
