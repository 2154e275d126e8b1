"""A door in front of a server: serves it under a path, asks for a password, refuses some questions, and counts."""

from __future__ import annotations

import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Door:
    """behind: address of the server. root: path that it is served under. wanted: the Authorization that opens.

    refused: end of a path -> status and body with which it is answered. passed: what came through, in order.
    retry_after: header of every 429.
    """

    behind: str
    root: str = ""
    wanted: str = ""
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    retry_after: str = ""
    url: str = ""

    def answer(self, method: str, path: str, body: bytes | None, authorization: str) -> tuple[int, bytes]:
        place, _, query = path.partition("?")
        if not place.startswith(self.root + "/"):
            return 404, b"<html>nothing here</html>"
        if self.wanted and authorization != self.wanted:
            return 401, b"You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html"
        place = place.removeprefix(self.root)
        self.passed.append(f"{method} {place}")
        for end, (status, body_said) in self.refused.items():
            if place.endswith(end):
                return status, body_said.encode()
        asked = urllib.request.Request(f"{self.behind}{place}{'?' + query if query else ''}", data=body, method=method)
        asked.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()


def said(code: str, message: str = "no") -> str:
    """An error as MLflow words it."""
    return json.dumps({"error_code": code, "message": message})


@contextmanager
def opened(door: Door, tls: ssl.SSLContext | None = None) -> Iterator[Door]:
    """The door on a port of its own; `url` is where it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            status, content = door.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", content.decode())
                content = b""
            if status == 429 and door.retry_after:
                self.send_header("Retry-After", door.retry_after)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    door.url = f"http{'s' if tls else ''}://localhost:{server.server_address[1]}{door.root}"
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
