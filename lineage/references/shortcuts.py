"""The commonest texts, read without ceremony.

A crawl reads millions of references, and nearly all need no cleaning and have
one of a few exact shapes. Each function here knows a few shapes, hands other
clean text to the grammar, and gives None for whatever needs a closer look. It
never decides what a text means. The law, which the tests hold it to: what a
shortcut reads is what `reading.read` reads.

Every line is here for its nanoseconds. Membership of one character is a single
`memchr`; `name > "/"` is one comparison that refuses the empty name, `.` and
`..` (and a few harmless ones, which then go the longer way); deleting the plain
characters of a short text leaves its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lineage.references.assets import AssetRef, NameRef
from lineage.references.azureml import read_arm, read_uri
from lineage.references.base import Form, Miss, Scope
from lineage.references.cleaning import has_step
from lineage.references.jobs import EntityRef, FlowRef, JobRef
from lineage.references.places import ArtifactRef, DatastoreRef, StorageRef, StoredPathRef
from lineage.references.resources import ComputeRef, EndpointRef
from lineage.references.storage import read_hadoop

Shortcut = Callable[[str], Form | None]

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ENDS: Final = frozenset(_LETTERS + "_-./*=~+)")
"""Last characters that nothing has to be cut off before."""
_NAME: Final = (_LETTERS + "_-.").encode()
_ASSETS: Final = frozenset({"models", "data", "environments", "components", "codes"})
_WORKSPACES: Final = "/providers/Microsoft.MachineLearningServices/workspaces/"

SCOPES: Final[dict[str, Scope]] = {}
"""Text before `/datastores/`, or before the provider of an ARM id -> the scope in it.

A crawl meets few workspaces and names them in every reference, so their names are taken apart once.
"""
_SCOPES_KEPT: Final = 4096


def named(text: str) -> Form | None:
    """`azureml:NAME:VERSION`, `azureml:NAME@LABEL` and `azureml:NAME`, of letters, digits, `-`, `.` and `_` alone."""
    if text[:8] != "azureml:":
        return None
    try:
        shape = text.encode().translate(None, _NAME)
    except UnicodeEncodeError:  # a lone surrogate
        return None
    if shape == b"::":
        _, name, version = text.split(":")
        return NameRef(name, version) if name > "/" and version and name != "azureml" else None
    name, _, label = text[8:].partition("@")
    if shape == b":@":
        return NameRef(name, "", label) if name > "/" and label else None
    return NameRef(name) if shape == b":" and name > "/" else None


def workspace(text: str) -> Form | None:
    """`azureml://subscriptions/S/resourceGroups/G/workspaces/W/…`."""
    if "?" in text:
        text = text[: text.index("?")]
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    head, _, rest = text.partition("/datastores/")
    if rest:
        scope = SCOPES.get(head)
        if scope is None:
            scope = _learn(head)
        if scope is not None:
            name, _, path = rest.partition("/paths/")
            if path > "/" and name > "/" and "/" not in name and not ("/." in path and has_step(path)):
                return DatastoreRef(name, path.rstrip("/") if path[-1] == "/" else path, scope)
    return uri(text)


def datastore(text: str) -> Form | None:
    """`azureml://datastores/D/paths/P`."""
    if "?" in text:
        text = text[: text.index("?")]
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    head, _, path = text.partition("/paths/")
    name = head[21:]
    if path > "/" and name > "/" and "/" not in name and head[:21] == "azureml://datastores/" and "/." not in path:
        return DatastoreRef(name, path.rstrip("/") if path[-1] == "/" else path)
    return uri(text)


def registry(text: str) -> Form | None:
    """`azureml://registries/R/T/N/versions/V`."""
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    segs = text.split("/", 8)
    if len(segs) == 8:
        _, _, head, owner, collection, name, word, version = segs
        if (
            word == "versions"
            and head == "registries"
            and owner > "/"
            and name > "/"
            and version > "/"
            and collection in _ASSETS
            and "?" not in text
        ):
            return AssetRef(collection, name, version, "", "", (owner,))
    return uri(text)


def located(text: str) -> Form | None:
    """`azureml://locations/L/workspaces/GUID/…` and `azureml://location/L/workspaceId/GUID/type/T/objectId/X`."""
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    segs = text.split("/", 10)
    if len(segs) == 10 and "?" not in text:
        _, _, head, location, first, guid, collection, name, word, last = segs
        if location > "/" and guid > "/" and name > "/" and last > "/":
            if head == "locations" and first == "workspaces":
                if word == "versions" and collection in _ASSETS:
                    return AssetRef(collection, name, last, "", "", (location, guid))
                if word == "flowRuns" and collection == "flows":
                    return FlowRef(name, last, (location, guid))
            elif head == "location" and first == "workspaceId" and collection == "type" and word == "objectId":
                return EntityRef(name, last, (location, guid))
    return uri(text)


def uri(text: str) -> Form | None:
    """Clean text of any other shape that begins with `azureml:`; the grammar decides."""
    text = _clean(text)
    segs = text.split("/")
    if len(segs) < 3 or segs[0] != "azureml:":
        return None
    try:
        if segs[1]:
            return read_arm(segs) if segs[1] == "subscriptions" else None
        return read_uri(segs)
    except Miss:
        return None


def arm(text: str) -> Form | None:
    """`/subscriptions/…` and `azureml:/subscriptions/…`."""
    if "?" in text:
        text = text[: text.index("?")]
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    head, _, rest = text.partition(_WORKSPACES)
    if rest:
        scope = SCOPES.get(head)
        if scope is None:
            scope = _learn_group(head)
        if scope is not None and "/." not in rest:
            segs = rest.split("/", 5)
            if len(segs) == 5:
                space, collection, name, word, version = segs
                if word == "versions" and space > "/" and name > "/" and version > "/" and collection in _ASSETS:
                    return AssetRef(collection, name, version, "", "", (scope[0], scope[1], space))
            elif len(segs) == 3:
                space, collection, name = segs
                if space > "/" and name > "/":
                    if collection == "jobs":
                        return JobRef(name, (scope[0], scope[1], space))
                    if collection == "computes":
                        return ComputeRef(name, (scope[0], scope[1], space))
                    if collection == "onlineEndpoints" or collection == "batchEndpoints":
                        return EndpointRef(collection, name, (scope[0], scope[1], space))
    text = _clean(text)
    if not text.startswith(("/subscriptions/", "azureml:/subscriptions/")):
        return None
    try:
        return read_arm(text.split("/"))
    except Miss:
        return None


def https(text: str) -> Form | None:
    """`https://ACCOUNT.blob.SUFFIX/CONTAINER/PATH`."""
    if "?" in text:
        text = text[: text.index("?")]
    if "%" in text or "{" in text or "<" in text or "$" in text or "&" in text or text[-1:] not in _ENDS:
        return None
    segs = text.split("/", 4)
    if len(segs) == 5:
        _, _, host, container, path = segs
        account, _, cloud = host.partition(".blob.core.")
        if (
            cloud
            and path > "/"
            and container > "/"
            and account
            and "." not in account
            and "@" not in account
            and ":" not in host
            and "#" not in text
            and not ("/." in path and has_step(path))
        ):
            return StorageRef(
                account, "blob", f"core.{cloud}", container, path.rstrip("/") if path[-1] == "/" else path
            )
    return None


def hadoop(text: str) -> Form | None:
    """`wasbs://` and `abfss://` with CONTAINER@ACCOUNT."""
    text = _clean(text)
    try:
        return read_hadoop(text) if "://" in text else None
    except Miss:
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
        or ("/." in text and has_step(text))
    ):
        return None
    if text[-1] == "/":
        text = text.rstrip("/")
        if "/" not in text:
            return None
    if text[:14] == "ExperimentRun/":
        return ArtifactRef(text)
    return StoredPathRef(text) if text[:12] == "LocalUpload/" or text[:20] == "PromptFlowArtifacts/" else None


def _clean(text: str) -> str:
    """`text` without query and trailing slashes; nothing when it needs a closer look."""
    if "?" in text:
        text = text[: text.index("?")]
    if (
        "%" in text
        or "{" in text
        or "<" in text
        or "$" in text
        or "&" in text
        or text[-1:] not in _ENDS
        or ("/." in text and has_step(text))
    ):
        return ""
    return text.rstrip("/") if text[-1] == "/" else text


def _learn(head: str) -> Scope | None:
    """The scope of a text that begins with `head`; None when it is not `azureml://subscriptions/…/workspaces/W`."""
    segs = head.split("/")
    if len(segs) != 8:
        return None
    scheme, empty, word, subscription, groups, group, spaces, space = segs
    if (scheme, empty, word, spaces) != ("azureml:", "", "subscriptions", "workspaces") or space <= "/":
        return None
    return _keep(head, groups, (subscription, group, space))


def _learn_group(head: str) -> Scope | None:
    """Subscription and group of an ARM id that begins with `head`."""
    segs = head.split("/")
    if len(segs) != 5 or segs[0] not in {"", "azureml:"} or segs[1] != "subscriptions":
        return None
    return _keep(head, segs[3], (segs[2], segs[4]))


def _keep(head: str, groups: str, scope: Scope) -> Scope | None:
    if groups.lower() != "resourcegroups" or scope[0] <= "/" or scope[1] <= "/":
        return None
    if len(SCOPES) >= _SCOPES_KEPT:
        SCOPES.clear()
    SCOPES[head] = scope
    return scope


SHORTCUTS: Final[dict[str, Shortcut]] = {
    "//sub": workspace,
    "//dat": datastore,
    "//reg": registry,
    "//loc": located,
    "//job": uri,
    "//exp": uri,
    "//wor": uri,
    "/subs": arm,
    "ption": arm,
}
"""Characters 8 to 12 of a text that begins with `azureml:` or `/subscri` -> its shortcut."""

OTHERS: Final[dict[str, Shortcut]] = {
    "azureml:": uri,
    "https://": https,
    "wasbs://": hadoop,
    "abfss://": hadoop,
    "Experime": stored,
    "LocalUpl": stored,
    "PromptFl": stored,
}
"""First eight characters of any other text -> its shortcut."""
