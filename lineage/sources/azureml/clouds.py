"""Azure's clouds, and the hosts of each that may see a token.

A name (`AzureCloud`, `AzureUSGovernment`, `AzureChinaCloud`) or a JSON file with the keys that
`MLClient(cloud_metadata=…)` takes:

    {"azure_portal": "https://…", "resource_manager": "https://…", "active_directory": "https://…",
     "aml_resource_id": "https://…", "storage_endpoint": "core.…", "registry_discovery_endpoint": "https://…"}

A token may go to the resource manager, to the registry discovery, and to hosts of the data plane: those that share
the discovery's domain (`eastus.api.azureml.ms` -> `*.api.azureml.ms`). Nowhere else, and only over https.
"""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from lineage.errors import InvalidOption

DEFAULT: Final = "AzureCloud"

_KEYS: Final = (
    *("azure_portal", "resource_manager", "active_directory"),
    *("aml_resource_id", "storage_endpoint", "registry_discovery_endpoint"),
)


class Cloud(msgspec.Struct, frozen=True):
    """One cloud.

    name: what `MLClient(cloud=…)` is called with. metadata: what it takes beside it, None for a cloud the SDK knows.
    manager: base URL of the resource manager, discovery: of the registry discovery, both with their slash.
    authority: where azure-identity signs in. domains: suffixes, each with its leading dot, of data-plane hosts.
    """

    name: str
    manager: str
    discovery: str
    authority: str
    domains: tuple[str, ...]
    metadata: dict[str, str] | None = None

    def allows(self, url: str) -> bool:
        """Whether a token may be sent to this URL."""
        where = _address(url)
        if where is None:
            return False
        if where in (_address(self.manager), _address(self.discovery)):
            return True
        host, port = where
        return port == 443 and host.endswith(self.domains)


def _address(url: str) -> tuple[str, int] | None:
    """(host, port) of a plain https URL; None for any other, and for one with credentials in it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    # What two readers of URLs would read differently is nobody's address.
    if parts.scheme != "https" or not host or "@" in parts.netloc or "\\" in url or any(c <= " " for c in url):
        return None
    return host.lower(), port or 443


KNOWN: Final = {
    "AzureCloud": Cloud(
        "AzureCloud",
        "https://management.azure.com/",
        "https://eastus.api.azureml.ms/",
        "https://login.microsoftonline.com/",
        (".api.azureml.ms", ".experiments.azureml.net"),
    ),
    "AzureUSGovernment": Cloud(
        "AzureUSGovernment",
        "https://management.usgovcloudapi.net/",
        "https://usgovarizona.api.ml.azure.us/",
        "https://login.microsoftonline.us/",
        (".api.ml.azure.us", ".experiments.ml.azure.us"),
    ),
    "AzureChinaCloud": Cloud(
        "AzureChinaCloud",
        "https://management.chinacloudapi.cn/",
        "https://chinaeast2.api.ml.azure.cn/",
        "https://login.chinacloudapi.cn/",
        (".api.ml.azure.cn", ".experiments.ml.azure.cn"),
    ),
}


def load(option: str) -> Cloud:
    """The cloud of that name or of that metadata file. Raises InvalidOption."""
    if option in KNOWN:
        return KNOWN[option]
    path = Path(option)
    if not option.lower().endswith(".json") and not path.is_file():
        raise InvalidOption(
            f"there is no cloud named {option!r}",
            f"choose one of {', '.join(KNOWN)}, or give a JSON file with the keys {', '.join(_KEYS)}",
        )
    remedy = f"give a JSON object with the keys {', '.join(_KEYS)}, each an https URL (storage_endpoint: a domain)"
    try:
        metadata = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except OSError as error:
        raise InvalidOption(f"cannot read the cloud metadata {option}: {error.strerror}", remedy) from error
    except msgspec.DecodeError as error:
        raise InvalidOption(f"the cloud metadata {option} is not a JSON object of texts: {error}", remedy) from error
    missing = [key for key in _KEYS if not metadata.get(key)]
    if missing:
        raise InvalidOption(f"the cloud metadata {option} lacks {', '.join(missing)}", remedy)
    for key in ("resource_manager", "registry_discovery_endpoint"):
        if _address(metadata[key]) is None:
            raise InvalidOption(f"{key} in {option} is not an https URL: {metadata[key]!r}", remedy)
    kept = {key: metadata[key] for key in _KEYS}
    # The SDK keeps clouds by name for the whole process and never replaces one, so a name stands for one content.
    mark = blake2b(msgspec.json.encode(kept, order="sorted"), digest_size=4).hexdigest()
    return Cloud(
        f"custom-{mark}",
        kept["resource_manager"].rstrip("/") + "/",
        kept["registry_discovery_endpoint"].rstrip("/") + "/",
        kept["active_directory"],
        _siblings(kept["registry_discovery_endpoint"]),
        kept,
    )


def _siblings(discovery: str) -> tuple[str, ...]:
    """The data-plane domain that a discovery host stands in; none for an address or a short name."""
    host = urlsplit(discovery).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        _, _, domain = host.partition(".")
        return (f".{domain}",) if domain.count(".") >= 2 else ()
    return ()
