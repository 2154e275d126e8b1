"""The wire over the SDK's own pipeline.

The generated client behind every group of operations of `azure.ai.ml.MLClient`
has azure-core's public `send_request`; so signing in, clouds, TLS, proxies and
connections are the SDK's, while bodies stay as the service sent them (the
SDK's entities lose and mix up fields). The way there is one private attribute,
`models._service_client`, named only in `_pipeline` and checked there.

What the SDK's defaults would do to a crawler is switched off: redirects (they
would carry the token to another host), its retries (they sleep as long as a
header says, for a day if it says so, and stop on a header they cannot read),
its telemetry, bodies without bounds. Waiting is done in `retry`, in front of
this.
"""

from __future__ import annotations

import logging
import os
import ssl
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from lineage.errors import InvalidOption, SourceError, SourceUnauthorised
from lineage.records import GapReason, Json
from lineage.redaction import redact_text
from lineage.sources.azureml.clouds import DEFAULT
from lineage.sources.azureml.retry import Patient, host
from lineage.sources.azureml.wire import Answer
from lineage.sources.polite.manners import Manners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lineage.ids import Workspace
    from lineage.sources.azureml.clouds import Cloud

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of one answer, inflated. The largest honest page (50 pipeline jobs) is two orders smaller."""
DEADLINE: Final = 120.0
"""Seconds that one answer may take from the request to its last byte."""
_CONNECT: Final = 15.0
_SILENCE: Final = 60.0
"""Seconds without a byte."""


class SdkTransport(Patient):
    """Sends requests through an MLClient, with patience.

    remedy: what to do when the credential gives no token. principal: who that credential signs in, for the gates.
    """

    def __init__(
        self,
        workspace: Workspace,
        cloud: Cloud,
        credential: Any,
        remedy: str,
        ca_bundle: str | None = None,
        manners: Manners | None = None,
        principal: str = "",
    ) -> None:
        manners = manners or Manners()
        wire = SdkWire(workspace, cloud, credential, remedy, ca_bundle, manners.concurrency)
        super().__init__(wire, cloud, manners, principal)


class SdkWire:
    """One exchange at a time and thread, through the SDK's pipeline.

    clock: seconds, for the deadline of a body. deadline, silence: seconds of an answer, and of none of its bytes.
    """

    def __init__(
        self,
        workspace: Workspace,
        cloud: Cloud,
        credential: Any,
        remedy: str,
        ca_bundle: str | None = None,
        connections: int = 10,
        *,
        clock: Callable[[], float] = time.monotonic,
        deadline: float = DEADLINE,
        silence: float = _SILENCE,
    ) -> None:
        if ca_bundle is not None:
            _check_bundle(ca_bundle)
        self._name = cloud.name
        self._remedy = remedy
        self._silence = silence
        self._credential = credential
        bounded = _session(deadline, clock, connections)
        self._client = _pipeline(workspace, cloud, credential, ca_bundle, bounded)

    def exchange(self, method: str, url: str, body: Json | None) -> Answer:
        """What came back, whole or not at all. Raises SourceUnauthorised when there is no token to send."""
        from azure.core.exceptions import AzureError, ClientAuthenticationError
        from azure.core.rest import HttpRequest

        from lineage.sources.polite.bounded import TooLarge

        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        asked = HttpRequest(method, url, json=body, headers=headers)
        bounds = {"connection_timeout": _CONNECT, "read_timeout": self._silence}
        try:
            response = self._client.send_request(asked, stream=True, retry_total=0, permit_redirects=False, **bounds)
            with response:
                if 300 <= response.status_code < 400:
                    where = host(response.headers.get("Location", "")) or "nowhere"
                    detail = f"a redirect to {where}; redirects are not followed"
                    return Answer(0, response.headers, failure=GapReason.HOST_REFUSED, detail=detail)
                return Answer(response.status_code, response.headers, b"".join(response.iter_bytes()))
        except ClientAuthenticationError as error:
            raise SourceUnauthorised(f"no token for {self._name}: {_said(error)}", self._remedy) from error
        except TooLarge:
            return Answer(0, failure=GapReason.TOO_LARGE, detail=f"an answer of more than {MAX_BODY >> 20} MiB")
        except AzureError as error:
            return Answer(0, failure=GapReason.UNREACHABLE, detail=f"{host(url)}: {_said(error)}")

    def renew(self) -> bool:
        """Have the credential forget its token, if it is one that can."""
        forget = getattr(self._credential, "forget", None)
        return bool(forget and forget())

    def close(self) -> None:
        self._client.close()


def _session(deadline: float, clock: Callable[[], float], connections: int) -> Any:
    """A session of `requests` whose bodies are bounded."""
    import requests

    from lineage.sources.polite.bounded import Bounded

    session = requests.Session()
    bounded: Any = Bounded(MAX_BODY, deadline, clock, connections)
    session.mount("https://", bounded)
    return session


def _check_bundle(path: str) -> None:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        said = (
            "no certificate in it" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", "") or str(error)
        )
        raise InvalidOption(
            f"cannot read the CA bundle {path}: {said}", "give a file of certificates in PEM form"
        ) from error


def _said(error: Exception) -> str:
    """The first line of what a library said, without secrets and object addresses."""
    text = redact_text(str(error)).strip() or type(error).__name__
    line = text.splitlines()[0]
    return line if len(line) <= 300 else line[:300] + "…"


def _pipeline(workspace: Workspace, cloud: Cloud, credential: Any, ca_bundle: str | None, session: Any) -> Any:
    """The SDK's client for that workspace: an object with `send_request` and `close`."""
    _quiet()
    with _cloud_variable_kept():
        from azure.ai.ml import MLClient
        from azure.core.pipeline.transport import RequestsTransport

        transport = RequestsTransport(session=session, connection_verify=True if ca_bundle is None else ca_bundle)
        options: dict[str, Any] = {"cloud": cloud.name, "enable_telemetry": False, "show_progress": False}
        options["transport"] = transport
        if cloud.metadata is not None:
            options["cloud_metadata"] = cloud.metadata
        client = MLClient(credential, workspace.subscription, workspace.resource_group, workspace.name, **options)
    generated = getattr(client.models, "_service_client", None)
    if not callable(getattr(generated, "send_request", None)):
        from importlib.metadata import version

        raise SourceError(
            f"azure-ai-ml {version('azure-ai-ml')} hides the client that requests are sent through",
            "install the newest azure-ai-ml that this version was tested with: pip install 'azure-ai-ml==1.35.2'",
        )
    return generated


def _quiet() -> None:
    """Keeps the libraries' warnings off the terminal, and their network traces (tokens, SAS) out of every log."""
    for name in ("azure", "msal", "urllib3", "requests", "opentelemetry"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.ERROR))


@contextmanager
def _cloud_variable_kept() -> Iterator[None]:
    """The SDK reads a variable when it is imported, and ends when that names a cloud it does not know, such as the file
    that `--cloud` may be; without it, it may ask a host for the clouds there are. It also writes the variable, which
    every later client of the process would obey. Within, it says a cloud that the SDK knows; which is used is an
    argument.
    """
    before = os.environ.get("AZUREML_CURRENT_CLOUD")
    os.environ["AZUREML_CURRENT_CLOUD"] = DEFAULT
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("AZUREML_CURRENT_CLOUD", None)
        else:
            os.environ["AZUREML_CURRENT_CLOUD"] = before
