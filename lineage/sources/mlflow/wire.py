"""Every request of MLflow's client, through the gate and within bounds.

MLflow sends through sessions of `requests`, which it keeps by their settings, and on which an adapter is the way that
their user may change how things are sent. The one session that its REST calls use is had from
`mlflow.utils.request_utils._get_request_session`: one private name, checked here, and the client checks that requests
come by.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import requests

from lineage.errors import SourceError
from lineage.sources.polite.bounded import Bounded
from lineage.sources.polite.manners import Manners
from lineage.sources.polite.patience import through

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of one answer, inflated: a thousand runs are an order less."""
DEADLINE: Final = 120.0
"""Seconds that one answer may take from the request to its last byte."""
_SCHEMES: Final = ("https://", "http://")


class _Answered(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    response: Any


class Polite:
    """An adapter of `requests`. asked: how many requests came by."""

    def __init__(self, manners: Manners, stop: threading.Event) -> None:
        self.asked = 0
        self._manners = manners
        self._stop = stop
        self._inside: Any = Bounded(MAX_BODY, DEADLINE, manners.gates.clock.now, manners.concurrency)

    def send(self, request: Any, **options: Any) -> Any:
        """The response, however long the gate takes. Raises ThrottledOut, TooLarge, and what `requests` raises."""
        self.asked += 1
        gate = self._manners.gates.gate(request.url, "mlflow", self._manners.tell)

        def ask() -> _Answered:
            response = self._inside.send(request, **options)
            return _Answered(response.status_code, response.headers, response)

        return through(gate, self._manners, self._stop, ask)[0].response

    def close(self) -> None:
        """Close every connection."""
        self._inside.close()


class Mounted:
    """The adapter on MLflow's session, until `close`. Raises SourceError where the session is not to be found."""

    def __init__(self, manners: Manners, stop: threading.Event) -> None:
        self.adapter = Polite(manners, stop)
        self._session = _session()
        self._before = {scheme: self._session.adapters.get(scheme) for scheme in _SCHEMES}
        for scheme in _SCHEMES:
            self._session.mount(scheme, self.adapter)

    def check(self) -> None:
        """Raises SourceError when a question has been answered of which the adapter saw nothing."""
        if not self.adapter.asked:
            raise _hidden()

    def close(self) -> None:
        """Put back what was there."""
        for scheme, adapter in self._before.items():
            if adapter is not None:
                self._session.mount(scheme, adapter)
        self.adapter.close()


def _session() -> Any:
    from mlflow import environment_variables as settings
    from mlflow.utils import request_utils, rest_utils

    try:
        found = request_utils._get_request_session(
            settings.MLFLOW_HTTP_REQUEST_MAX_RETRIES.get(),
            settings.MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.get(),
            settings.MLFLOW_HTTP_REQUEST_BACKOFF_JITTER.get(),
            rest_utils._TRANSIENT_FAILURE_RESPONSE_CODES,
            True,
            settings.MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER.get(),
        )
    except (AttributeError, TypeError) as error:
        raise _hidden() from error
    if not isinstance(found, requests.Session):
        raise _hidden()
    return found


def _hidden() -> SourceError:
    from importlib.metadata import PackageNotFoundError, version

    try:
        which = f"mlflow-skinny {version('mlflow-skinny')}"
    except PackageNotFoundError:
        which = "this mlflow"
    return SourceError(
        f"{which} hides the session that requests are sent through",
        "install the newest mlflow-skinny that this version was tested with: pip install 'mlflow-skinny==3.17.2'",
    )
