"""The questions to an MLflow server, through MLflow's own client.

Signing in is MLflow's: `MLFLOW_TRACKING_TOKEN`, `MLFLOW_TRACKING_USERNAME` and
`MLFLOW_TRACKING_PASSWORD`, its credentials file, client certificates. What its
defaults would do to a crawler is switched off for as long as the client is
open: redirects (they would lead away from the server that was named), retries
(they sleep as long as a header says), the reports of use that it sends to its
makers, bodies without bounds. Waiting is done here: for a 429 at the gate that
all sources share, as long as the user's patience lasts; for a server that
breaks, a few times.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lineage.errors import InvalidOption, ThrottledOut
from lineage.records import GapReason
from lineage.redaction import redact_text
from lineage.sources.mlflow.faults import UNTRUSTED, Refused, reason_of
from lineage.sources.polite.manners import Manners

if TYPE_CHECKING:
    from lineage.sources.mlflow.wire import Mounted

ATTEMPTS: Final = 5
FIRST_WAIT: Final = 0.5
"""Seconds before the second try; each further wait is twice as long."""
MAX_PAGES: Final = 100_000
_PAGE: Final = 1000
_LOGGED_PAGE: Final = 50
_AGAIN: Final = frozenset({GapReason.THROTTLED, GapReason.UNREACHABLE})
_STATUS: Final = re.compile(r"error code (\d{3}) !=|too many (\d{3}) error responses")
_WORDS: Final = (("authenticat", 401), ("unauthorized", 401), ("forbidden", 403), ("authoriz", 403), ("notfound", 404))
_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Client:
    """A connection to one server. Several threads may ask. Raises InvalidOption, SourceError.

    manners: patience, gates and requests at once, whose clock is also that of the waits between two tries.
    """

    def __init__(self, url: str, ca_bundle: str | None = None, manners: Manners | None = None) -> None:
        self._stopped = threading.Event()
        self._manners = manners or Manners()
        self._mounted: Mounted | None = None
        self._url = url
        settings = dict(_SETTINGS)
        if ca_bundle is not None:
            if not os.path.isfile(ca_bundle):  # noqa: PTH113 - a question, not a path to keep
                raise InvalidOption(f"there are no certificates at {ca_bundle}", "name a PEM file with --ca-bundle")
            settings["MLFLOW_TRACKING_SERVER_CERT_PATH"] = ca_bundle
        self._before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            self._client = _client(url)
            self._mounted = _mounted(self._manners, self._stopped)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End waits, and put back the settings of MLflow that were changed."""
        self._stopped.set()
        if self._mounted is not None:
            self._mounted.close()
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def experiments(self) -> Iterator[list[Any]]:
        """Every experiment, deleted ones too, in pages. This and what follows raise Refused."""
        search = self._client.search_experiments
        return self._pages(lambda token: search(view_type=_ALL, max_results=_PAGE, page_token=token))

    def runs(self, experiment: str) -> Iterator[list[Any]]:
        """Every run of an experiment, deleted ones too."""
        search = self._client.search_runs
        return self._pages(lambda token: search([experiment], run_view_type=_ALL, max_results=_PAGE, page_token=token))

    def logged_models(self, experiment: str) -> Iterator[list[Any]]:
        """Every model that runs of an experiment logged."""
        search = self._client.search_logged_models
        return self._pages(lambda token: search([experiment], max_results=_LOGGED_PAGE, page_token=token))

    def models(self) -> Iterator[list[Any]]:
        """Every registered model."""
        search = self._client.search_registered_models
        return self._pages(lambda token: search(max_results=_PAGE, page_token=token))

    def versions(self, name: str = "") -> Iterator[list[Any]]:
        """Every version of one registered model, or of all of them at once, which not every server can tell."""
        search = self._client.search_model_versions
        mark = '"' if "'" in name else "'"
        wanted = f"name={mark}{name}{mark}" if name else ""
        return self._pages(lambda token: search(wanted, max_results=_PAGE, page_token=token))

    def run(self, run: str) -> Any:
        """A run by its id."""
        return self._ask(lambda: self._client.get_run(run))

    def logged_model(self, model: str) -> Any:
        """A logged model by its id."""
        return self._ask(lambda: self._client.get_logged_model(model))

    def is_mlflow(self) -> bool:
        """Whether the server says MLflow's version; asked when nothing else shows what answers there."""
        from mlflow.utils.credentials import get_default_host_creds
        from mlflow.utils.rest_utils import http_request

        response = self._ask(lambda: http_request(get_default_host_creds(self._url), "/version", "GET"))
        return response.status_code == 200 and re.fullmatch(r"\d+\.\d+\S{0,40}", response.text.strip()) is not None

    def _pages(self, ask: Callable[[str | None], Any]) -> Iterator[list[Any]]:
        token: str | None = None
        followed: set[str] = set()
        for page in range(1, MAX_PAGES + 1):
            following = token
            found = self._ask(lambda: ask(following))  # noqa: B023 - asked before the next turn
            yield list(found)
            token = found.token or None
            if token is None:
                return
            if token in followed:
                raise Refused(GapReason.LOOP, f"page {page + 1} leads back to an earlier page")
            followed.add(token)
        raise Refused(GapReason.LOOP, f"more than {MAX_PAGES} pages")

    def _ask(self, question: Callable[[], T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found = question()
            except Exception as error:
                if out := _behind(error, ThrottledOut):
                    raise out from None
                refused = _refused(error)
                if refused.reason not in _AGAIN or attempt == ATTEMPTS or self._stopped.is_set():
                    raise refused from error
            else:
                if self._mounted is not None:
                    self._mounted.check()
                return found
            self._manners.gates.clock.wait(FIRST_WAIT * 2 ** (attempt - 1), self._stopped)
        raise AssertionError("the loop returns")


_ALL: Final = 3
"""MLflow's `ViewType.ALL`: active and deleted."""


def _client(url: str) -> Any:
    """MLflow's client for that server. Raises InvalidOption when MLflow is not installed."""
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise InvalidOption(
            "an MLflow server is read with MLflow's own client, which is not installed",
            "pip install 'azureml-lineage[mlflow]'",
        ) from error
    for name in ("mlflow", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.ERROR))
    return MlflowClient(tracking_uri=url, registry_uri=url)


def _mounted(manners: Manners, stopped: threading.Event) -> Mounted:
    from lineage.sources.mlflow.wire import Mounted

    return Mounted(manners, stopped)


def _behind(error: BaseException | None, kind: type[E]) -> E | None:
    """The exception of that kind that this one was raised over: the client wraps whatever it meets in its own."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _refused(error: Exception) -> Refused:
    """What an exception of the client means. One that is not the client's own is an answer that it cannot read."""
    from mlflow.exceptions import MlflowException

    from lineage.sources.mlflow.wire import MAX_BODY
    from lineage.sources.polite.bounded import TooLarge

    text = str(error)
    if _behind(error, TooLarge):
        return Refused(GapReason.TOO_LARGE, f"an answer of more than {MAX_BODY >> 20} MiB")
    if not isinstance(error, MlflowException):
        return Refused(GapReason.UNPARSABLE, f"an answer that MLflow's client cannot read ({_short(text)})")
    told = getattr(error, "json", None)
    status = 0
    if isinstance(told, dict):
        status = _status(told, error)
    elif found := _STATUS.search(text):
        status = int(found[1] or found[2])
        text = f"HTTP {status} {text.partition('Response body: ')[2]}" if found[1] else f"HTTP {status}"
    elif "not in a valid JSON format" in text:
        return Refused(GapReason.UNPARSABLE, "an answer that is not JSON")
    elif "CERTIFICATE_VERIFY_FAILED" in text:
        text = f"its certificate is not one that is trusted ({UNTRUSTED})"
    return Refused(reason_of(status), _short(text), status)


def _status(told: dict[str, Any], error: Any) -> int:
    """The HTTP status behind an error body; the client keeps only the body."""
    if isinstance(told.get("error_code"), str):
        code: int = error.get_http_status_code()
        return code
    inner = told.get("error")
    for held in (told, inner if isinstance(inner, dict) else {}):
        number = held.get("statusCode")
        if isinstance(number, int):
            return number
    # Azure ML's own shape: {"error": {"code": "AuthenticationFailed", "message": …}}
    word = str(inner.get("code") if isinstance(inner, dict) else inner or told.get("code") or "").lower()
    word = word.replace(" ", "").replace("_", "")
    return next((status for part, status in _WORDS if part in word), 400)


def _short(text: str) -> str:
    """The first line of what the client said, without secrets."""
    line = next(iter(redact_text(text).strip().splitlines()), "no words")
    return line if len(line) <= 300 else line[:300] + "…"
