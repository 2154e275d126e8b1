"""Connections of clients that are slow, silent, endless or gone, over real sockets."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from lineage.server import wire
from lineage.server.guard import Guard, Headers, Receive, Reply, Scope
from lineage.server.wire import Wire

LARGE = 24 * 1024 * 1024


class Echo:
    """Sends a body back; that of whole numbers at once, and `"large"` as a large one. It counts both."""

    def __init__(self) -> None:
        self.at_once_count = 0
        self.called = 0

    def at_once(self, headers: Headers, body: bytes) -> Reply | None:
        if not body.isdigit():
            return None
        self.at_once_count += 1
        return self._echo(b"x" * LARGE if body == b"9" else body)

    async def reply(self, scope: Scope, body: bytes, receive: Receive) -> Reply:
        self.called += 1
        return self._echo(b"x" * LARGE if body in (b'"large"', b"9") else body)

    def _echo(self, told: bytes) -> Reply:
        return Reply(200, [(b"content-length", b"%d" % len(told))], told)


async def nothing(scope: Scope, receive: Receive, send: Any) -> None:
    raise AssertionError("everything is answered directly")


class Serving:
    """A service in a thread that answers what it was sent, on `port`."""

    def __init__(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.echo = Echo()
        config = uvicorn.Config(
            Guard(nothing, {"/": self.echo}), http=Wire, log_config=None, log_level="error", lifespan="off", ws="none",
            timeout_keep_alive=1, proxy_headers=False,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listening],))
        self._thread.start()

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def serving() -> Iterator[Serving]:
    one = Serving()
    yield one
    one.stop()


def request(body: bytes = b"{}", *headers: str) -> bytes:
    lines = ["POST / HTTP/1.1", "host: localhost", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def whole(connection: socket.socket, least: int = 1) -> bytes:
    """What arrives until the other side closes or `least` bytes are there and no more come for a while."""
    told = b""
    connection.settimeout(5)
    while True:
        try:
            part = connection.recv(1 << 20)
        except (TimeoutError, ConnectionResetError):
            return told
        if not part:
            return told
        told += part
        if len(told) >= least:
            connection.settimeout(0.2)


def gone(serving: Serving, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while serving.connections and time.monotonic() < until:
        time.sleep(0.01)
    return not serving.connections


def test_requests_follow_one_another_on_a_connection(serving: Serving) -> None:
    """In parts of any size, and several at once."""
    with serving.connect() as connection:
        connection.sendall(request(b'{"a":1}')[:20])
        time.sleep(0.05)
        connection.sendall(request(b'{"a":1}')[20:])
        assert whole(connection).endswith(b'\r\n\r\n{"a":1}')
        connection.sendall(request(b"[1]") + request(b"[2]"))
        told = whole(connection)
        assert told.count(b"HTTP/1.1 200 OK") == 2
        assert told.endswith(b"[2]")


def for_ever(connection: socket.socket, seconds: float) -> None:
    """Sends a head that has no end."""
    until = time.monotonic() + seconds
    connection.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\n")
    while time.monotonic() < until:
        connection.sendall(b"x-more: " + b"y" * 1000 + b"\r\n")


def test_a_head_without_end_is_refused(serving: Serving) -> None:
    """The connection ends while the client would still send, however much the system takes before it tells."""
    with serving.connect() as connection, pytest.raises(ConnectionError):
        for_ever(connection, 20)
    assert gone(serving, 5)


def test_a_head_that_is_too_long_is_told_so(serving: Serving) -> None:
    with serving.connect() as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nx: " + b"y" * (wire.MAX_HEAD + 1))
        status, _, body = whole(connection).partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["errors"][0]["extensions"]["remedy"] == "send fewer or shorter headers"


@pytest.mark.parametrize("begun", [b"", b"POST / HTT", b"POST / HTTP/1.1\r\nhost: local"])
def test_a_head_that_does_not_arrive_ends_the_connection(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    """Also when not one byte of it does."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.2)
    serving = Serving()
    try:
        with serving.connect() as connection:
            connection.sendall(begun)
            assert whole(connection) == b""
        assert gone(serving, 5)
    finally:
        serving.stop()


def test_a_client_that_is_slow_between_requests_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is for one head, from its first byte; an idle connection ends as uvicorn ends it."""
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.2)
    serving = Serving()
    try:
        with serving.connect() as connection:
            for _ in range(3):
                connection.sendall(request())
                assert whole(connection).startswith(b"HTTP/1.1 200 OK")
                time.sleep(0.3)
    finally:
        serving.stop()


def test_a_client_that_stops_reading_is_cut(serving: Serving) -> None:
    """What it does not take is not kept for ever: four looks, a second apart, with nothing taken between them."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", serving.port))
        connection.sendall(request(b'"large"'))
        assert connection.recv(1000)
        assert gone(serving, 12)


def test_a_client_that_reads_slowly_gets_all_of_it(serving: Serving) -> None:
    """As long as it takes something between two looks."""
    with serving.connect() as connection:
        connection.sendall(request(b'"large"'))
        told = b""
        while len(told) < LARGE // 2:
            told += connection.recv(1 << 18)
            time.sleep(0.1)
        told += whole(connection, LARGE)
    assert len(told.partition(b"\r\n\r\n")[2]) == LARGE


def test_what_is_no_http_leaves_no_line_in_the_log(serving: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """The client is told; a few bytes do not become a line each time."""
    with caplog.at_level(logging.DEBUG):
        for junk in (b"\x16\x03\x01\x00\xa5\r\n\r\n", b"nonsense\r\n\r\n"):
            with serving.connect() as connection:
                connection.sendall(junk)
                assert whole(connection).startswith(b"HTTP/1.1 400 ")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_what_can_be_answered_at_once_is_not_called(serving: Serving) -> None:
    """On one connection with what cannot, in parts and together, in the order in which they were asked."""
    with serving.connect() as connection:
        connection.sendall(request(b"1"))
        assert whole(connection).endswith(b"\r\n\r\n1")
        connection.sendall(request(b"23")[:-1])
        time.sleep(0.05)
        connection.sendall(b"3" + request(b"[4]"))
        time.sleep(0.1)
        connection.sendall(request(b"5"))
        told = whole(connection)
    assert [part.rpartition(b"\r\n\r\n")[2] for part in told.split(b"HTTP/1.1 ")[1:]] == [b"23", b"[4]", b"5"]
    assert told.count(b"x-content-type-options: nosniff\r\n") == 3
    assert (serving.echo.at_once_count, serving.echo.called) == (3, 1)


def test_answers_that_are_not_read_do_not_pile_up(serving: Serving) -> None:
    """While one is going out the next waits its turn, as every request of uvicorn's does."""
    with serving.connect() as connection:
        connection.sendall(request(b"9") * 3)
        time.sleep(0.3)
        assert (serving.echo.at_once_count, serving.echo.called) == (1, 1)
        told = whole(connection, 3 * LARGE)
    assert told.count(b"HTTP/1.1 200 OK") == 3
    assert (serving.echo.at_once_count, serving.echo.called) == (1, 2)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("host: elsewhere.example",), b"1"),
        (("expect: 100-continue",), b"1"),
        (("upgrade: websocket", "connection: upgrade"), b"1"),
        ((), b"1" * (wire.SMALL + 1)),
    ],
    ids=["two hosts", "expects", "upgrades", "large"],
)
def test_what_is_out_of_the_common_goes_the_common_way(serving: Serving, headers: Any, body: bytes) -> None:
    with serving.connect() as connection:
        connection.sendall(request(body, *headers))
        assert b"HTTP/1.1 " in whole(connection)
    assert serving.echo.at_once_count == 0


def test_a_small_body_that_is_late_goes_the_common_way(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard then waits for it, and tells the client when it waited in vain."""
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.05)
    with serving.connect() as connection:
        connection.sendall(request(b"12")[:-1])
        time.sleep(0.3)
        connection.sendall(b"2")
        assert whole(connection).endswith(b"\r\n\r\n12")
    assert (serving.echo.at_once_count, serving.echo.called) == (0, 1)


def test_a_connection_that_is_to_be_closed_is(serving: Serving) -> None:
    """By the client's wish, or for a version that keeps none."""
    for text in (request(b"1", "connection: close"), request(b"1").replace(b"HTTP/1.1", b"HTTP/1.0")):
        with serving.connect() as connection:
            connection.sendall(text)
            told = whole(connection)
            assert b"connection: close\r\n" in told
            assert connection.recv(1) == b""
    assert serving.echo.at_once_count == 2
