"""Reads URLs: storage accounts of every cloud in all their schemes, and places outside Azure."""

from __future__ import annotations

from typing import Final

from lineage.references.base import Form, Miss
from lineage.references.others import ExternalRef
from lineage.references.places import DataLakeRef, StorageRef

_SERVICES: Final = frozenset({"blob", "dfs", "file"})


def read_https(text: str) -> Form:
    """`http(s)://…`: a storage place when the host is a storage account's, else an external one."""
    at = text.index("://") + 3
    host, _, rest = text[at:].partition("#")[0].partition("/")
    host = host.rpartition("@")[2]  # credentials in a URL are dropped
    account = _account(host)
    if account is None:
        return ExternalRef(text[: at - 3].lower(), host, "/" + rest if rest else "")
    if not account[0]:
        raise Miss("a storage account name", position=at)
    container, _, path = rest.partition("/")
    if not container and path:
        raise Miss("a container name", position=text.index("/", at) + 1)
    return StorageRef(*account, container, path)


def read_hadoop(text: str) -> Form:
    """`wasb(s)://` and `abfs(s)://`: CONTAINER@ACCOUNT, and the spelling ACCOUNT.HOST/CONTAINER seen in the wild."""
    at = text.index("://") + 3
    authority, _, rest = text[at:].partition("/")
    container, sign, host = authority.rpartition("@")
    account = _account(host)
    if account is None:
        if not authority:
            raise Miss("CONTAINER@ACCOUNT", position=at)
        return ExternalRef(text[: at - 3].lower(), authority, "/" + rest if rest else "")
    if not account[0]:
        raise Miss("a storage account name", position=at + len(container) + len(sign))
    if sign:
        if not container:
            raise Miss("a container name", position=at)
        return StorageRef(*account, container, rest)
    container, _, path = rest.partition("/")
    if not container:
        raise Miss("a container name", position=len(text) if not rest else at + len(authority) + 1)
    return StorageRef(*account, container, path)


def read_lake(text: str) -> Form:
    """`adl://ACCOUNT.azuredatalakestore.net/PATH`."""
    at = text.index("://") + 3
    host, _, path = text[at:].partition("/")
    account, _, suffix = host.partition(".")
    if suffix.lower() != "azuredatalakestore.net" or not account:
        return ExternalRef("adl", host, "/" + path if path else "")
    return DataLakeRef(account, path)


def read_external(text: str) -> Form:
    scheme, _, rest = text.partition(":")
    if not rest.startswith("//"):
        return ExternalRef(scheme.lower(), "", rest)
    host, slash, path = rest[2:].partition("/")
    if scheme.lower().startswith("git"):
        host = host.rpartition("@")[2]
    return ExternalRef(scheme.lower(), host, slash + path)


def _account(host: str) -> tuple[str, str, str] | None:
    """Account, service and suffix of a storage host; None when it is no storage host."""
    name, _, rest = host.partition(":")[0].partition(".")
    service, _, suffix = rest.partition(".")
    lowered = service.lower()
    if lowered in _SERVICES and suffix[:5].lower() == "core.":
        return name, lowered, suffix
    zone, _, after = suffix.partition(".")
    if zone.lower() in _SERVICES and after.lower() == "storage.azure.net":  # accounts with a DNS zone of their own
        return f"{name}.{service}", zone.lower(), after
    return None
