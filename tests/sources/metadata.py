"""The service at which a machine in Azure asks for its identity's tokens, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class InstanceMetadata(ThreadingHTTPServer):
    """Gives `token` to whoever asks as a machine does, or says that it has no identity when `token` is empty."""

    daemon_threads = True

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = token
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: InstanceMetadata

    def do_GET(self) -> None:
        split = urlsplit(self.path)
        query = dict(parse_qsl(split.query))
        assert split.path == "/metadata/identity/oauth2/token"
        assert self.headers["Metadata"] == "true"
        self.server.asked.append(query)
        status, body = (
            200,
            {
                "access_token": self.server.token,
                "expires_in": "86400",
                "resource": query["resource"],
                "token_type": "Bearer",
            },
        )
        if not self.server.token:
            status, body = 400, {"error": "invalid_request", "error_description": "Identity not found"}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet: `asked` is the log."""


@contextmanager
def metadata(token: str) -> Iterator[InstanceMetadata]:
    server = InstanceMetadata(token)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
