"""The commonest texts, read without ceremony.

A crawl reads millions of references, and nearly all need no cleaning and have
one of a few exact shapes. Each function here knows a few shapes, hands other
clean text to the grammar, and gives None for whatever needs a closer look. It
never decides what a text means. The law, which the tests hold it to: what a
shortcut reads is what `reading.read` reads.

Every line is here for its nanoseconds: membership of one character is a single
`memchr`, and `name > "/"` is one comparison that refuses the empty name, `.`
and `..` (and a few harmless ones, which then go the longer way).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lineage.references.assets import AssetRef, NameRef
from lineage.references.azureml import read_arm, read_uri
from lineage.references.base import Form, Miss
from lineage.references.jobs import EntityRef, JobRef
from lineage.references.places import ArtifactRef, DatastoreRef, StorageRef, StoredPathRef

_ENDS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./*=~+)")
"""Last characters that nothing has to be cut off before."""
_ASSETS: Final = frozenset({"models", "data", "environments", "components", "codes"})


def azureml(text: str) -> Form | None:
    """`azureml://…` and `azureml:NAME…`."""
    if "?" in text:
        text = text[: text.index("?")]
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or "#" in text or text[-1:] not in _ENDS:
        return None
    if "/" not in text:
        _, name, *more = text.split(":")
        if "@" in text:
            name, _, label = name.partition("@")
            if not more and label.isidentifier() and _is_name(name):
                return NameRef(name, "", label)
        elif len(more) == 1 and more[0] and name != "azureml" and _is_name(name):
            return NameRef(name, more[0])
        return None
    segs = text.split("/", 11)
    n = len(segs)
    if n == 12:
        scheme, empty, head, subscription, groups, group, spaces, space, collection, name, word, rest = segs
        if (
            spaces == "workspaces"
            and head == "subscriptions"
            and (groups == "resourceGroups" or groups == "resourcegroups")
            and subscription > "/"
            and group > "/"
            and space > "/"
            and name > "/"
            and rest > "/"
            and not empty
            and scheme == "azureml:"
        ):
            if word == "paths" and collection == "datastores":
                if "/." not in rest:
                    if rest[-1] == "/":
                        rest = rest.rstrip("/")
                    return DatastoreRef(name, rest, (subscription, group, space))
            elif word == "versions" and collection in _ASSETS and "/" not in rest:
                return AssetRef(collection, name, rest, "", "", (subscription, group, space))
    elif n == 8:
        _, empty, head, registry, collection, name, word, version = segs
        if (
            word == "versions"
            and head == "registries"
            and registry > "/"
            and name > "/"
            and version > "/"
            and not empty
            and collection in _ASSETS
        ):
            return AssetRef(collection, name, version, "", "", (registry,))
    elif n == 10:
        _, empty, head, location, first, guid, collection, name, word, last = segs
        if location > "/" and guid > "/" and name > "/" and last > "/" and not empty:
            if word == "versions" and head == "locations" and first == "workspaces":
                if collection in _ASSETS:
                    return AssetRef(collection, name, last, "", "", (location, guid))
            elif word == "objectId" and head == "location" and first == "workspaceId" and collection == "type":
                return EntityRef(name, last, (location, guid))
    return _grammar(text)


def _is_name(name: str) -> bool:
    return name[:1] not in "-." and f"_{name}".replace("-", "_").replace(".", "_").isidentifier()


def _grammar(text: str) -> Form | None:
    """Clean text of any other shape. A near miss is for `reading.read` to tell."""
    if "/." in text:
        return None
    try:
        segs = text.rstrip("/").split("/")
        if text[:10] == "azureml://":
            return read_uri(segs)
        return read_arm(segs) if text[:23] == "azureml:/subscriptions/" else None
    except Miss:
        return None


def arm(text: str) -> Form | None:
    """`/subscriptions/…`."""
    if "?" in text:
        text = text[: text.index("?")]
    if (
        "%" in text
        or "{" in text
        or "<" in text
        or "$" in text
        or "&" in text
        or "#" in text
        or text[-1:] not in _ENDS
        or "/." in text
    ):
        return None
    segs = text.split("/")
    n = len(segs)
    if n == 13:
        _, head, subscription, groups, group, _, provider, spaces, space, collection, name, word, version = segs
        if (
            word == "versions"
            and collection in _ASSETS
            and provider == "Microsoft.MachineLearningServices"
            and spaces == "workspaces"
            and groups == "resourceGroups"
            and head == "subscriptions"
            and segs[5] == "providers"
            and subscription
            and group
            and space
            and name
            and version
        ):
            return AssetRef(collection, name, version, "", "", (subscription, group, space))
    elif n == 11:
        _, head, subscription, groups, group, _, provider, spaces, space, collection, name = segs
        if (
            collection == "jobs"
            and provider == "Microsoft.MachineLearningServices"
            and spaces == "workspaces"
            and groups == "resourceGroups"
            and head == "subscriptions"
            and segs[5] == "providers"
            and subscription
            and group
            and space
            and name
        ):
            return JobRef(name, (subscription, group, space))
    if text[:15] != "/subscriptions/":
        return None
    try:
        return read_arm(text.rstrip("/").split("/"))
    except Miss:
        return None


def https(text: str) -> Form | None:
    """`https://ACCOUNT.blob.SUFFIX/CONTAINER/PATH`."""
    if "?" in text:
        text = text[: text.index("?")]
    if (
        "%" in text
        or "{" in text
        or "<" in text
        or "$" in text
        or "&" in text
        or "#" in text
        or text[-1:] not in _ENDS
        or "/." in text
    ):
        return None
    segs = text.split("/", 4)
    if len(segs) != 5:
        return None
    _, _, host, container, path = segs
    parts = host.split(".", 2)
    if len(parts) != 3 or ":" in host or "@" in host:
        return None
    account, service, suffix = parts
    if (service == "blob" or service == "dfs") and account and container and path and suffix[:5] == "core.":
        return StorageRef(account, service, suffix, container, path.rstrip("/") if path[-1] == "/" else path)
    return None


def stored(text: str) -> Form | None:
    """`ExperimentRun/dcid.…`, `LocalUpload/…`, `PromptFlowArtifacts/…`."""
    if "?" in text:
        text = text[: text.index("?")]
    if (
        "%" in text
        or "{" in text
        or "<" in text
        or "$" in text
        or "&" in text
        or "#" in text
        or text[-1:] not in _ENDS
        or "/." in text
        or text[-1] == "/"
    ):
        return None
    if text[:14] == "ExperimentRun/":
        return ArtifactRef(text)
    return StoredPathRef(text) if text[:12] == "LocalUpload/" or text[:20] == "PromptFlowArtifacts/" else None


READERS: Final[dict[str, Callable[[str], Form | None]]] = {
    "azureml:": azureml,
    "/subscri": arm,
    "https://": https,
    "Experime": stored,
    "LocalUpl": stored,
    "PromptFl": stored,
}
"""First eight characters of a text -> its shortcut."""
