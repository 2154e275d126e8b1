"""Reads a reference: cleans the text, finds its scheme, and hands it to the reader of that scheme.

Text as services send it has one of a few exact shapes and takes a shortcut.
Everything else (quotes and HTML glued on, prefixes set twice, escapes,
placeholders, any other case) is read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lineage.errors import InvalidReference
from lineage.references import azureml, mlflow, names, servers, storage
from lineage.references.base import Form, Miss
from lineage.references.cleaning import (
    has_step,
    placeholder,
    step,
    trimmed,
    unowned_placeholder,
    unqueried,
    unwrapped,
    without_tail,
)
from lineage.references.escapes import normal
from lineage.references.others import ExternalRef, LocalRef, MlflowArtifactRef, OpaqueRef, TemplateRef

_ECHO: Final = 400
_ELSEWHERE: Final = (ExternalRef, MlflowArtifactRef)

Reader = Callable[[str], Form]


def read(text: str) -> Form:
    """What `parse` promises, without its shortcuts."""
    start, body = unwrapped(*trimmed(text))
    reader = _scheme(body)
    if reader is None:
        return _unowned(text, body)
    body = without_tail(body.partition("?")[0])
    if reader is not storage.read_external:
        while body.endswith("/") and (less := without_tail(bare := body.rstrip("/"))) != bare:
            body = less
    if found := placeholder(body):
        return TemplateRef(body, found)
    try:
        return _strict(reader, body)
    except Miss as miss:
        raise InvalidReference(echo(text), start + _position(miss, body), miss.expected) from None


def _strict(reader: Reader, body: str) -> Form:
    if "%" not in body:
        return _stepless(reader, body)
    plain = normal(body)
    try:
        found = _stepless(reader, plain)
    except Miss as miss:
        _stepless(reader, body)  # raises at the right place, unless only undoing the escapes shows the fault:
        index = plain.count("/", 0, miss.position) if miss.position >= 0 else miss.index
        raise Miss(miss.expected, index) from None
    return reader(body) if isinstance(found, _ELSEWHERE) else found


def _stepless(reader: Reader, body: str) -> Form:
    found = reader(body)
    if "/." in body and has_step(body) and not isinstance(found, _ELSEWHERE):
        raise Miss("a name, not a relative step", position=step(body))
    return found


def _position(miss: Miss, body: str) -> int:
    if miss.position >= 0:
        return min(miss.position, len(body))
    at = 0
    for _ in range(miss.index):
        at = body.find("/", at) + 1
        if at == 0:
            return len(body)
    return at


def echo(text: str) -> str:
    """`text` fit to be shown: without its query and secrets, encodable, and not longer than a few lines."""
    # Only a failure is echoed, and the rules of redaction take longer to load than most questions to answer.
    from lineage.redaction import redact_text

    shown = redact_text(text.partition("?")[0][:_ECHO])
    return shown.encode("utf-8", "backslashreplace").decode()


def _azureml(body: str) -> Form:
    """Everything that begins with `azureml:`."""
    if body.endswith("/") and len(body) > 10:
        body = body[:10] + body[10:].rstrip("/")
    if body[8:10] == "//":
        return azureml.read_uri(body.split("/"))
    if body[8:9] != "/":
        return names.read_prefixed(body)
    if body[8:23].lower() == "/subscriptions/":
        return azureml.read_arm(body.split("/"))
    if body[8:20].lower() == "/workspaces/":
        try:
            return azureml.read_uri(["azureml:", "", *body.split("/")[1:]])
        except Miss as miss:
            raise Miss(miss.expected, miss.index - 1) from None
    raise Miss("/subscriptions/ or a name", position=8)


def _arm(body: str) -> Form:
    return azureml.read_arm(body.rstrip("/").split("/"))


def _slashless_arm(body: str) -> Form:
    """An ARM id that lost its first slash."""
    try:
        return azureml.read_arm(["", *body.rstrip("/").split("/")])
    except Miss as miss:
        raise Miss(miss.expected, miss.index - 1) from None


_SCHEMES: Final[dict[str, Reader]] = {
    "azureml": _azureml,
    "runs": mlflow.read_run,
    "models": mlflow.read_model,
    "mlflow-artifacts": mlflow.read_artifact,
    "mlflow+https": servers.read_server,
    "mlflow+http": servers.read_server,
    "aml": mlflow.read_legacy,
    "https": storage.read_https,
    "http": storage.read_https,
    "wasb": storage.read_hadoop,
    "wasbs": storage.read_hadoop,
    "abfs": storage.read_hadoop,
    "abfss": storage.read_hadoop,
    "adl": storage.read_lake,
} | dict.fromkeys(
    ("s3", "s3a", "s3n", "gs", "hdfs", "dbfs", "file", "ftp", "ssh", "git", "git+https", "git+http", "git+ssh"),
    storage.read_external,
)
_NEED_NO_SLASHES: Final = frozenset({"azureml", "runs", "models", "mlflow-artifacts", "dbfs", "file"})


def _scheme(body: str) -> Reader | None:
    """The reader of the text's scheme; None when the text is in none of ours."""
    word, colon, _ = body[:20].partition(":")
    if colon and "/" not in word:
        reader = _SCHEMES.get(word) or _SCHEMES.get(word.lower())
        if reader is None or word.lower() in _NEED_NO_SLASHES or body.startswith("://", len(word)):
            return reader
        return None
    if body[:15].lower() == "/subscriptions/":
        return _arm
    if body[:14].lower() == "subscriptions/" and "/resourcegroups/" in body.lower():
        return _slashless_arm
    return storage.read_stored if body.startswith(storage.STORED) else None


def _unowned(text: str, body: str) -> Form:
    """Text in no scheme of ours: a placeholder, a bare name, a local path, or anything."""
    body = unqueried(body)
    if found := unowned_placeholder(body):
        return TemplateRef(body, found)
    if found_name := names.read_bare(body):
        return found_name
    if "://" not in body and "\n" not in body and ("/" in body or "\\" in body or body in {".", ".."}):
        return LocalRef(body)
    return OpaqueRef(unqueried(text))
