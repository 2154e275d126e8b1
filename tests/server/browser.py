"""A client that calls the application in this process, over HTTP's own words."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx

from lineage.server.guard import App


class Browser:
    """Sends requests to an ASGI application, one after the other. Close it, or use it as a context manager."""

    def __init__(self, app: App, base: str = "http://localhost:8000") -> None:
        self._loop = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base)  # type: ignore[arg-type]

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._loop.run(self._client.request(method, path, **options))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def close(self) -> None:
        self._loop.run(self._client.aclose())
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
