"""The application: routes, health, and how the process starts and ends.

GET  /           what can be asked, with the answers of this index
POST /graphql    questions
GET  /livez      the process answers; it depends on nothing
GET  /readyz     there is a generation to answer from, and the service is not about to stop
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lineage.api.documents import documents
from lineage.api.execution import Service
from lineage.api.trusted import Trusted, manifest
from lineage.errors import AddressRefused, LineageError
from lineage.ports import Index
from lineage.server.endpoint import Endpoint
from lineage.server.guard import Guard, problem
from lineage.server.page import POLICY, StartPage
from lineage.server.wire import Wire

DRAIN_SECONDS: Final = 20
"""How long answers under way may take after the process was told to stop."""

PAGE_NODES: Final = 20_000
PAGE_SECONDS: Final = 2.0
"""What each answer on the start page may spend: examples, which say where they stop."""

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class Health:
    """Whether the service is alive and ready. `draining` is set when the process was told to stop."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.draining = False

    async def live(self, _: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(self, _: Request) -> Response:
        if self.draining:
            return JSONResponse({"status": "stopping"}, 503)
        return await anyio.to_thread.run_sync(self._ready)

    def _ready(self) -> Response:
        try:
            with self._index.view() as view:
                return JSONResponse({"status": "ready", "generation": view.generation.number})
        except LineageError as error:
            told = {"status": "not ready", "code": error.code, "message": str(error), "remedy": error.remedy}
            return JSONResponse(told, 503)


def application(
    index: Index,
    *,
    health: Health | None = None,
    introspection: bool = True,
    trusted: Trusted | None = None,
    **limits: Any,
) -> Guard:
    """The whole service over an index, guard included. `limits` go to `Service`.

    trusted: the documents that may be asked for by their hash, and whether nothing else is answered. None: the
    documented operations, beside any other query.
    """
    health = health or Health(index)
    service = Service(index, introspection=introspection, **limits)
    page = StartPage(Service(index, max_nodes=PAGE_NODES, seconds=PAGE_SECONDS))

    async def start(request: Request) -> Response:
        html = await anyio.to_thread.run_sync(partial(page.html, request.headers.get("host", "")))
        return Response(html, media_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY})

    async def wrong(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = "not_found" if error.status_code == 404 else "method_not_allowed"
        said = f"there is nothing to {request.method} at this address; open / to see what there is"
        return JSONResponse(problem(said, code), error.status_code, headers=error.headers)

    endpoint = Endpoint(service, Trusted(manifest(documents())) if trusted is None else trusted)
    starlette = Starlette(
        routes=[
            Route("/", start, methods=["GET"]),
            Route("/livez", health.live, methods=["GET"]),
            Route("/readyz", health.ready, methods=["GET"]),
        ],
        exception_handlers={404: wrong, 405: wrong},
    )
    return Guard(starlette, {"/graphql": endpoint})


class Server(uvicorn.Server):
    """uvicorn, telling the health of the service when the process is told to stop."""

    def __init__(self, config: uvicorn.Config, health: Health, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._health = health
        self._started = started

    def handle_exit(self, sig: int, frame: Any) -> None:
        self._health.draining = True
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM and then simply return: a stop that was asked for is no failure."""
        kept = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            self._started()
            yield
        finally:
            for one, handler in kept.items():
                signal.signal(one, handler)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on a loopback address. Port 0 takes a free one. Raises AddressRefused."""
    if host not in LOOPBACK:
        raise AddressRefused(
            f"will not listen on {host}: whoever reaches the service can read the whole index, and there is no log-in "
            "yet",
            "listen on 127.0.0.1, and reach it from elsewhere through an SSH tunnel (ssh -L 8000:127.0.0.1:8000 HOST)",
        )
    if not 0 <= port <= 65535:
        raise AddressRefused(f"there is no port {port}", "choose a port between 0 and 65535")
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1" if host == "localhost" else host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise AddressRefused(
            f"cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}",
            f"stop what uses port {port}, or choose another with --port (--port 0 takes a free one)",
        ) from None
    return listening


def serve(
    index: Index,
    listening: socket.socket,
    started: Callable[[], None],
    *,
    introspection: bool = True,
    trusted: Trusted | None = None,
) -> None:
    """Serve until the process is told to stop (SIGTERM or SIGINT); answers under way are finished first.

    `started` is called once, when requests are taken and a stop would be an orderly one. `introspection` and
    `trusted` as for `application`.
    """
    health = Health(index)
    config = uvicorn.Config(
        application(index, health=health, introspection=introspection, trusted=trusted),
        log_config=None,
        # A request that is no HTTP is the client's to know, not a line of the log for every few bytes.
        log_level="error",
        access_log=False,
        # Nothing stands before this service whose word on who asks would be believed.
        proxy_headers=False,
        server_header=False,
        date_header=False,
        ws="none",
        lifespan="off",
        timeout_keep_alive=15,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        http=Wire,
    )
    with index.warmed():
        Server(config, health, started).run(sockets=[listening])
