"""Documented operations asked of a service far away: what comes back is bounded, and a token goes to nobody else."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from lineage.api.documents import document
from lineage.cli.remote import RemoteQuestions, endpoint, remote
from lineage.errors import InvalidOption, LineageError, SourceUnauthorised, SourceUnreachable, UnknownReference
from tests.cli.conftest import Said

Answer = Callable[["Handler"], None]
GENERATION = {"data": {"status": {"generation": {"number": 7}}}}


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says; `asked` keeps what came."""

    answer: Answer
    asked: list[tuple[str, dict[str, str], Any]]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(content)))
        type(self).answer(self)

    def do_GET(self) -> None:
        self.asked.append((self.path, {}, None))
        self.tell(200, b"{}")

    def tell(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, *args: Any) -> None:
        pass


@contextmanager
def service(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[Any]]]:
    """A service that answers so: its address, and what it was asked."""
    handler = type("Told", (Handler,), {"answer": staticmethod(answer), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", handler.asked  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(body: Any, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda handler: handler.tell(status, content, **headers)


def test_an_operation_is_sent_as_it_is_with_its_variables() -> None:
    """The text to the last character, so that a service that trusts documents only knows it."""
    with service(says({"data": {"models": {}}})) as (url, asked):
        assert RemoteQuestions(url).run("ModelList", {"first": 2}) == {"models": {}}

    ((path, headers, body),) = asked
    assert path == "/graphql"
    assert headers["accept"] == "application/graphql-response+json, application/json;q=0.9"
    assert "authorization" not in headers
    one = document("ModelList")
    assert body == {"query": one.text, "operationName": "ModelList", "variables": {"first": 2}}


def test_all_answers_are_of_the_generation_that_was_asked_for_once() -> None:
    """Whatever is published meanwhile; an operation without `asOf` is sent as it is, and the caller's own stands."""
    with service(says(GENERATION)) as (url, asked), remote(url) as questions:
        assert questions.generation == 7
        questions.run("ModelList")
        questions.run("ModelList", {"asOf": {"generation": 3}})
        assert questions.generation == 7

    assert [body["variables"] for _, _, body in asked] == [
        {},
        {"asOf": {"generation": 7}},
        {"asOf": {"generation": 3}},
    ]


def test_an_earlier_generation_is_asked_for_by_an_instant() -> None:
    """The service says which it is."""
    with service(says(GENERATION)) as (url, asked), remote(url, when={"instant": "2026-03-31"}) as questions:
        assert questions.generation == 7

    assert asked[0][2]["variables"] == {"asOf": {"instant": "2026-03-31"}}


def test_a_token_is_sent_and_shown_nowhere() -> None:
    """As a bearer; not in an error."""
    with service(says(b"no", 401)) as (url, asked), pytest.raises(SourceUnauthorised) as raising:
        RemoteQuestions(url, token="s3cr3t").run("ModelList")

    assert asked[0][1]["authorization"] == "Bearer s3cr3t"
    assert "s3cr3t" not in f"{raising.value} {raising.value.remedy}"
    assert "LINEAGE_TOKEN" in raising.value.remedy


def test_no_redirect_is_followed() -> None:
    """Another place gets neither the question nor the token."""
    with service(says({"data": {}})) as (elsewhere, asked):
        for status in (301, 302, 303, 307, 308):
            sending = service(says(b"", status, location=f"{elsewhere}/graphql"))
            with sending as (url, _), pytest.raises(SourceUnreachable, match=rf"elsewhere \(HTTP {status}\)"):
                RemoteQuestions(url, token="s3cr3t").run("ModelList")

    assert asked == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says(b"<html>", 502), r"no GraphQL \(HTTP 502\)"),
        (says(b"[1]"), r"no GraphQL \(HTTP 200\)"),
        (says({"data": None}), r"no GraphQL \(HTTP 200\)"),
        (says({"errors": []}), r"no GraphQL \(HTTP 200\)"),
        (says({"errors": ["x"]}), r"no GraphQL \(HTTP 200\)"),
        (says(b"\xff\xfe"), r"no GraphQL \(HTTP 200\)"),
        (says(b'{"data": {', **{"content-length": "100"}), "breaks off after 10 bytes"),
    ],
)
def test_what_is_no_answer_is_told(answer: Answer, said: str) -> None:
    """A page of a proxy, half an answer: a sentence with the address, and exit code 5."""

    def shutting(handler: Handler) -> None:
        handler.close_connection = True
        answer(handler)

    with service(shutting) as (url, _), pytest.raises(SourceUnreachable, match=said) as raising:
        RemoteQuestions(url).run("ModelList")

    assert url in str(raising.value)
    assert raising.value.exit_code == 5


@pytest.mark.parametrize("status", [200, 400, 422, 500])
def test_an_error_of_the_service_is_raised_as_it_is(status: int) -> None:
    """Whatever its status: code, sentence and remedy."""
    error = {"message": "nothing there", "extensions": {"code": "unknown_reference", "remedy": "look elsewhere"}}
    telling = service(says({"data": {"models": None}, "errors": [error]}, status))
    with telling as (url, _), pytest.raises(UnknownReference, match="nothing there") as raising:
        RemoteQuestions(url).run("ModelList")

    assert raising.value.remedy == "look elsewhere"


def test_an_answer_is_read_no_further_than_its_limit() -> None:
    """However much follows."""

    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(10_000):
                handler.wfile.write(b"x" * 10_000)
                handler.asked.append(None)  # type: ignore[arg-type]
        except OSError:
            return

    with service(endless) as (url, asked), pytest.raises(LineageError, match="more than 50,000 bytes") as raising:
        RemoteQuestions(url, max_bytes=50_000).run("ModelList")

    assert raising.value.code == "answer_too_large"
    assert len(asked) < 10_000


def test_a_service_that_says_nothing_is_left() -> None:
    """After the silence that is allowed."""
    silent = service(lambda handler: time.sleep(0.6))
    with silent as (url, _), pytest.raises(SourceUnreachable, match="did not answer in time"):
        RemoteQuestions(url, silence=0.2).run("ModelList")


def test_a_service_that_trickles_is_left() -> None:
    """Each byte in time, the whole never."""

    def trickling(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            for _ in range(40):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    begun = time.monotonic()
    with service(trickling) as (url, _), pytest.raises(SourceUnreachable, match="did not answer in time"):
        RemoteQuestions(url, seconds=0.3).run("ModelList")

    assert time.monotonic() - begun < 5


def test_certificates_are_verified() -> None:
    """One that nobody vouches for is refused with its reason; one that is vouched for is taken."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with service(says(GENERATION), server) as (url, asked):
        with pytest.raises(SourceUnreachable, match="certificate is not trusted") as raising:
            RemoteQuestions(url, token="s3cr3t").run("IndexGeneration")
        assert asked == []
        assert "SSL_CERT_FILE" in raising.value.remedy
        assert RemoteQuestions(url, token="s3cr3t", trust=trusting).generation == 7


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/graphql"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/graphql"),
        ("https://h.example/graphql", "https://h.example/graphql"),
        ("https://h.example/lineage/graphql?x=1#y", "https://h.example/lineage/graphql"),
        ("http://[::1]:8000", "http://[::1]:8000/graphql"),
    ],
)
def test_an_address_is_of_the_service_or_of_its_endpoint(url: str, expected: str) -> None:
    """Either is taken."""
    assert endpoint(url) == expected


@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        ("127.0.0.1:8000", "", "no address"),
        ("ftp://host/", "", "no address"),
        ("file:///etc/passwd", "", "no address"),
        ("http://", "", "no address"),
        ("http://h:port/", "", "no address"),
        ("http://[::1/", "", "no address"),
        ("http://h/\n", "", "no address"),
        ("https://user:pw@h/", "", "a name or a password"),
        ("http://h.example/", "t", "others can read it"),
        ("https://h.example/", "a b", "holds no token"),
        ("https://h.example/", "a\r\nx: y", "holds no token"),
    ],
)
def test_an_address_that_must_not_be_asked_is_refused(url: str, token: str, said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidOption, match=said) as raising:
        endpoint(url, token)

    assert raising.value.remedy
    assert "pw" not in str(raising.value)


def test_the_command_asks_the_service(
    say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`--url`, the token of the environment and `--as-of`; the index here is not looked at."""
    monkeypatch.setenv("LINEAGE_TOKEN", "t0ken")
    monkeypatch.setenv("LINEAGE_INDEX", str(tmp_path / "none.db"))
    with service(says(GENERATION)) as (url, asked):
        said = say("query", "IndexGeneration", "--url", url, "--as-of", "5")
        day = say("query", "IndexGeneration", "--url", url, "--as-of", "2026-03-31")

    assert said.json == day.json == GENERATION["data"]
    assert [body["variables"] for _, _, body in asked] == [
        {"asOf": {"generation": 5}},
        {"asOf": {"instant": "2026-03-31"}},
    ]
    assert asked[0][1]["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--url", "http://127.0.0.1:1"), 5, "cannot reach http://127.0.0.1:1/graphql: connection refused"),
        (("--url", "http://nowhere.invalid"), 5, "cannot reach http://nowhere.invalid/graphql"),
        (("--url", "nowhere"), 2, "no address of a service"),
        (("--url", "http://127.0.0.1:1", "--index", "x.db"), 2, "two places to ask"),
    ],
)
def test_a_service_that_cannot_be_asked_is_told(
    say: Callable[..., Said], arguments: tuple[str, ...], code: int, said: str
) -> None:
    """A sentence and an exit code, never a traceback."""
    told = say("query", "IndexGeneration", *arguments)

    assert (told.code, told.out) == (code, "")
    assert said in told.err
