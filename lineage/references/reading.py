"""Reads a reference: cleans the text, finds its scheme, and hands it to the reader of that scheme."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lineage.errors import InvalidReference
from lineage.redaction import redact_text
from lineage.references import azureml, mlflow, names, storage
from lineage.references.assets import LegacyAssetRef
from lineage.references.base import Form, Miss
from lineage.references.escapes import normal
from lineage.references.others import LocalRef, OpaqueRef, TemplateRef
from lineage.references.places import ArtifactRef, StoredPathRef

_ECHO: Final = 400
_QUOTES: Final = "\"'`’” \t\r\n"
_ENTITY: Final = re.compile(r"(?:&(?:quot|apos|amp|lt|gt|#x?[0-9a-fA-F]{1,6});?)+\Z")
_PLACEHOLDER: Final = re.compile(
    r"\$\{\{.*?(?:\}\}|\Z)|\$\{.*?(?:\}|\Z)|\{.*?(?:\}+|\Z)|<.*?(?:>|\Z)|(?:(?<=[/:@=])|\A)\$[A-Za-z_]\w*"
    r"|(?<=[/:@])%[sd](?=[/:@]|\Z)",
    re.DOTALL,
)
_CONTAINERS: Final = frozenset({"$web", "$root", "$logs", "$blobchangefeed"})
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_DOTS: Final = re.compile(r"(?<=/)\.\.?(?=/|\Z)")


def parse(text: str) -> Form:
    """Reads any reference.

    Raises InvalidReference when the text begins like one of our schemes and breaks its grammar, with the
    position in `text` and what was expected there. Text in no scheme of ours is kept as it is.
    """
    body = text.strip(_QUOTES)
    start = text.find(body) if body else 0
    start, body = _unwrap(body, start)
    reader = _scheme(body)
    if reader is None:
        return _unowned(body)
    cut = body.find("?")
    if cut >= 0:
        body = body[:cut]
    if "&" in body:
        body = _ENTITY.sub("", body)
    if ("$" in body or "{" in body or "<" in body or "%" in body) and (found := _placeholder(body)):
        return TemplateRef(body, found)
    try:
        return _read(reader, body)
    except Miss as miss:
        raise InvalidReference(echo(text), start + _position(miss, body), miss.expected) from None


def _read(reader: Callable[[str], Form], body: str) -> Form:
    if bad := _CONTROL.search(body):
        raise Miss("a printable character", position=bad.start())
    found = _checked(reader, body)
    if "%" in body:
        plain = normal(body)
        found = _checked(reader, plain)
    return found


def _checked(reader: Callable[[str], Form], body: str) -> Form:
    if "/." in body and (dots := _DOTS.search(body)) and reader not in _LAX:
        raise Miss("a name, not a relative step", position=dots.start())
    return reader(body)


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
    """`text` fit to be shown: without its query and secrets, and not longer than a screen."""
    return redact_text(text.partition("?")[0][:_ECHO])


def _unwrap(body: str, start: int) -> tuple[int, str]:
    """Drops prefixes set twice: `azureml:azureml:`, `folder:azureml://`, `azureml://azureml://`."""
    at = 0
    while True:
        for outer in ("azureml://", "azureml:", "folder:", "file:"):
            if body.startswith(outer + "azureml:", at):
                at += len(outer)
                break
        else:
            return start + at, body[at:] if at else body


def _placeholder(body: str) -> str:
    for found in _PLACEHOLDER.finditer(body):
        if found[0] not in _CONTAINERS:
            return found[0][:200]
    return ""


def _uri(body: str) -> Form:
    return azureml.read_uri(body.rstrip("/").split("/"))


def _arm(body: str) -> Form:
    return azureml.read_arm(body.rstrip("/").split("/"))


def _prefixed(body: str) -> Form:
    if body.startswith("azureml://"):
        return _uri("azureml:" + body[8:])
    if body[8:23].lower() == "/subscriptions/":
        return _arm(body)
    if body[8:20].lower() == "/workspaces/":
        return azureml.read_uri(["azureml:", "", *body.rstrip("/").split("/")[1:]])
    if body[8:9] == "/":
        raise Miss("/subscriptions/ or a name", position=8)
    return names.read_prefixed(body.rstrip("/"))


def _run(body: str) -> Form:
    return mlflow.read_run(_slashless(body, 7))


def _model(body: str) -> Form:
    return mlflow.read_model(_slashless(body, 9))


def _legacy(body: str) -> Form:
    head, _, rest = _slashless(body, 6)[6:].partition("/")
    if not rest:
        raise Miss("artifactId/PATH or asset/ID", position=6 if not head else len(body))
    if head == "artifactId":
        return ArtifactRef(rest)
    if head == "asset":
        return LegacyAssetRef(rest)
    raise Miss("artifactId or asset", position=6)


def _slashless(body: str, least: int) -> str:
    """`body` without its trailing slashes, but with its first `least` characters."""
    return body[:least] + body[least:].rstrip("/")


def _https(body: str) -> Form:
    return storage.read_https(_slashless(body, body.index("://") + 3))


def _hadoop(body: str) -> Form:
    return storage.read_hadoop(_slashless(body, body.index("://") + 3))


def _lake(body: str) -> Form:
    return storage.read_lake(_slashless(body, body.index("://") + 3))


def _artifact(body: str) -> Form:
    return ArtifactRef(body.rstrip("/"))


_SCHEMES: Final[dict[str, Callable[[str], Form]]] = {
    "azureml": _prefixed,
    "runs": _run,
    "models": _model,
    "mlflow-artifacts": mlflow.read_artifact,
    "aml": _legacy,
    "https": _https,
    "http": _https,
    "wasb": _hadoop,
    "wasbs": _hadoop,
    "abfs": _hadoop,
    "abfss": _hadoop,
    "adl": _lake,
    "s3": storage.read_external,
    "s3a": storage.read_external,
    "s3n": storage.read_external,
    "gs": storage.read_external,
    "hdfs": storage.read_external,
    "dbfs": storage.read_external,
    "file": storage.read_external,
    "ftp": storage.read_external,
    "git": storage.read_external,
    "git+https": storage.read_external,
    "git+ssh": storage.read_external,
    "git+http": storage.read_external,
    "ssh": storage.read_external,
}
_LAX: Final = frozenset({mlflow.read_artifact, storage.read_external})


def _scheme(body: str) -> Callable[[str], Form] | None:
    if body[:15].lower() == "/subscriptions/":
        return _arm
    colon = body.find(":", 0, 20)
    if colon < 1:
        return _artifact if body.startswith("ExperimentRun/dcid.") else None
    word = body[:colon].lower()
    reader = _SCHEMES.get(word)
    if reader is None or word in {"azureml", "runs", "models", "mlflow-artifacts", "dbfs", "file"}:
        return reader
    return reader if body.startswith("://", colon) else None


_STORED: Final = ("LocalUpload/", "PromptFlowArtifacts/", "az-ml-artifacts/", "ServiceReplicated/")


def _unowned(body: str) -> Form:
    """Text in no scheme of ours: a placeholder, a stored path, a bare name, a local path, or anything."""
    if ("$" in body or "{" in body or "<" in body) and (found := _placeholder(body)):
        return TemplateRef(body.partition("?")[0], found)
    if body.startswith(_STORED):
        return StoredPathRef(body.partition("?")[0].partition("#")[0].rstrip("/"))
    if found_name := names.read_bare(body):
        return found_name
    if ("/" in body or "\\" in body) and "://" not in body and "\n" not in body:
        return LocalRef(body)
    if "://" in body:
        return OpaqueRef(body.partition("?")[0])
    return OpaqueRef(body)
