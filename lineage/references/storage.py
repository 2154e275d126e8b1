"""Reads URLs: storage accounts of every cloud in all their schemes, and places outside Azure."""

from __future__ import annotations

from typing import Final

from lineage.references.base import STEPS, Form, Miss
from lineage.references.others import ExternalRef
from lineage.references.places import ArtifactRef, DataLakeRef, StorageRef, StoredPathRef

_SERVICES: Final = frozenset({"blob", "dfs", "file"})
STORED: Final = (
    "ExperimentRun/",
    "LocalUpload/",
    "PromptFlowArtifacts/",
    "az-ml-artifacts/",
    "ServiceReplicated/",
)
"""How a path inside a store begins when the store is left out."""


def read_https(text: str) -> Form:
    """`http(s)://…`: a storage place when the host is a storage account's, else an external one."""
    at = text.index("://") + 3
    rest = text[at:].partition("#")[0] if "#" in text else text[at:]
    host, _, path = rest.partition("/")
    if "@" in host:
        host = host.rpartition("@")[2]  # credentials are not part of a name
    account = _account(host)
    if account is None:
        return ExternalRef(text[: at - 3].lower(), host, rest[len(rest.partition("/")[0]) :])
    if not account[0]:
        raise Miss("a storage account name", position=at)
    if path.endswith("/"):
        path = path.rstrip("/")
    container, _, path = path.partition("/")
    if not container and path:
        raise Miss("a container name", position=text.index("/", at) + 1)
    return StorageRef(*account, container, path)


def read_hadoop(text: str) -> Form:
    """`wasb(s)://` and `abfs(s)://`: CONTAINER@ACCOUNT, and the spelling ACCOUNT.HOST/CONTAINER seen in the wild."""
    at = text.index("://") + 3
    authority, slash, path = text[at:].partition("/")
    if "#" in authority:
        raise Miss("CONTAINER@ACCOUNT", position=at + authority.index("#"))
    container, sign, host = authority.rpartition("@")
    account = _account(host)
    if account is None:
        if not authority:
            raise Miss("CONTAINER@ACCOUNT", position=at)
        return ExternalRef(text[: at - 3].lower(), _anonymous(authority), slash + path)
    if not account[0]:
        raise Miss("a storage account name", position=at + len(container) + len(sign))
    path = path.rstrip("/")
    if "#" in path:
        path = path.replace("#", "%23")  # a fragment in a URL, a plain character here
    if sign:
        if not container or container in STEPS:
            raise Miss("a container name", position=at)
        return StorageRef(*account, container, path)
    container, _, path = path.partition("/")
    if not container:
        raise Miss("a container name", position=at + len(authority) + len(slash))
    return StorageRef(*account, container, path)


def read_lake(text: str) -> Form:
    """`adl://ACCOUNT.azuredatalakestore.net/PATH`."""
    at = text.index("://") + 3
    host, slash, path = text[at:].partition("/")
    account, _, suffix = host.partition(".")
    if suffix.lower() != "azuredatalakestore.net" or not account:
        return ExternalRef("adl", _anonymous(host), slash + path)
    return DataLakeRef(account, path.rstrip("/"))


def read_external(text: str) -> Form:
    """Any other URL, kept as it is save for credentials."""
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if not rest.startswith("//"):
        return ExternalRef(scheme, "", rest)
    host, slash, path = rest[2:].partition("/")
    if scheme.startswith("git"):
        host = host.rpartition("@")[2]
    return ExternalRef(scheme, _anonymous(host), slash + path)


def read_stored(text: str) -> Form:
    """A path inside a store that is left out; run artifacts lie in the artifact store of the workspace."""
    path = text.partition("#")[0].rstrip("/")
    if "/" not in path:
        return StoredPathRef(f"{path}/")
    return ArtifactRef(path) if path.startswith(STORED[0]) else StoredPathRef(path)


def _anonymous(host: str) -> str:
    """`host` without a user and password; `container@account` is neither."""
    user, _, rest = host.rpartition("@")
    return rest if ":" in user else host


def _account(host: str) -> tuple[str, str, str] | None:
    """Account, service and suffix of a storage host; None when it is no storage host."""
    if ":" in host:
        host = host.partition(":")[0]
    name, _, rest = host.partition(".")
    service, _, suffix = rest.partition(".")
    service = service.lower()
    if service in _SERVICES and suffix[:5].lower() == "core." and len(suffix) > 5:
        return name, service, suffix
    zone, _, after = suffix.partition(".")
    if zone.lower() in _SERVICES and after.lower() == "storage.azure.net":  # accounts with a DNS zone of their own
        return f"{name}.{service}", zone.lower(), after
    return None
