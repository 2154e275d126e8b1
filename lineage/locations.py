"""Storage places: one physical spelling, what contains what, and in which order.

A place is to a storage account what a folder is to a disk. The same bytes have
two names, one through a datastore of a workspace and one through the account:

    azureml://subscriptions/S/resourceGroups/G/workspaces/W/datastores/D/paths/P
    https://ACCOUNT.blob.SUFFIX/CONTAINER/P

Which datastore is which container is a crawled fact, so the names stay two
names (`ids`), and places *meet* under the physical one: `physical` gives it
when the datastore is known and the text itself when it is not.

A place has a root (the datastore or the container) and a path. Containment is
by whole segments: `a/b` holds `a/b/c`, not `a/bc`. The root, and the prefixes
that the service gives to every job of a workspace (`SHARED`), contain nothing:
whoever reads all of them has said nothing about what was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SHARED: Final = frozenset(
    {
        "azureml",  # default named outputs: azureml/<run>/<output>
        "azureml/ExperimentRun",
        "ExperimentRun",  # run artifacts: ExperimentRun/dcid.<run>
        "LocalUpload",  # uploads: LocalUpload/<hash>
        "ServiceReplicated",  # the same, replicated by the service
        "az-ml-artifacts",  # the same, by older clients
        "dataset",  # outputs of older runs: dataset/<run>/<output>
        "promptflow",  # flow runs: promptflow/PromptFlowArtifacts/<run>
        "promptflow/PromptFlowArtifacts",
    }
)
"""Paths below a root that belong to nobody in particular."""

_DATASTORES: Final = "/datastores/"
_PATHS: Final = "/paths/"


def split(text: str) -> tuple[str, str]:
    """Root and path of a place given by its canonical text; the path of a root is ''.

    Text that is no place is its own root.
    """
    if text.startswith("https://"):
        account_end = text.find("/", 8)
        container_end = text.find("/", account_end + 1) if account_end > 0 else -1
        return (text, "") if container_end < 0 else (text[:container_end], text[container_end + 1 :])
    if text.startswith("adl://"):  # a first-generation lake has no containers
        lake, _, path = text.removeprefix("adl://").partition("/")
        return f"adl://{lake}", path
    store = text.find(_DATASTORES)
    start = text.find(_PATHS, store + len(_DATASTORES)) if store >= 0 else -1
    return (text, "") if start < 0 else (text[:start], text[start + len(_PATHS) :])


def join(root: str, path: str) -> str:
    """The place at `path` below `root`; the inverse of `split`."""
    if not path:
        return root
    return f"{root}{_PATHS}{path}" if root.startswith("azureml://") else f"{root}/{path}"


def physical(text: str, datastores: Mapping[str, str]) -> str:
    """The spelling under which places meet.

    `datastores` maps the text of a datastore to the container (or container and
    folder) that it stands for. A place in a datastore that is not there, and a
    place that is spelled physically already, stay as they are.
    """
    if text.startswith("https://"):
        return text
    root, path = split(text)
    storage = datastores.get(root)
    return text if storage is None else join(storage, path)


def is_too_broad(text: str) -> bool:
    """Whether the place is a root or a shared prefix: it contains nothing and was written by nobody."""
    path = split(text)[1].rstrip("/")
    return not path or path in SHARED


def ancestors(text: str) -> tuple[str, ...]:
    """The places that contain this one, nearest first, without the root and the shared prefixes."""
    root, path = split(text)
    found = []
    end = path.rfind("/")
    while end > 0:
        above = path[:end].rstrip("/")
        if above and above not in SHARED:
            found.append(join(root, above))
        end = path.rfind("/", 0, len(above))
    return tuple(found)


def bay(text: str) -> str:
    """The outermost place that may contain this one: itself, or its farthest ancestor.

    Two places of which one contains the other have the same bay. It is where
    all that can say something about a place comes together.
    """
    root, path = split(text)
    end = path.find("/")
    while end >= 0:
        above = path[:end]
        if above.rstrip("/") not in SHARED and above.strip("/"):
            return join(root, above)
        end = path.find("/", end + 1)
    return text


def contains(outer: str, inner: str) -> bool:
    """Whether `inner` lies strictly inside `outer` (both in one spelling)."""
    low, high = inside(outer)
    return low <= inner < high


def inside(text: str) -> tuple[str, str]:
    """Half-open range of the texts strictly inside a place: all sort in `low <= text < high`.

    Texts sort by code point, which is also the order of their UTF-8 bytes.
    """
    root, path = split(text)
    low = f"{text}/" if path or not root.startswith("azureml://") else f"{root}{_PATHS}"
    return low, low[:-1] + "0"  # '0' is the character after '/'
