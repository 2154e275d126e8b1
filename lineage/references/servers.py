"""Reads `mlflow+https://HOST[:PORT][/ROOT][/COLLECTION/…]`: an MLflow server, and what is on it.

ROOT is the path that the server is served under; it ends before the first of
`ids.MLFLOW_COLLECTIONS`. The server that comes with an Azure ML workspace says
so in its path, and is read as that workspace.
"""

from __future__ import annotations

import re
from typing import Final

from lineage.ids import MLFLOW_COLLECTIONS
from lineage.references.azureml import read_inside, read_tracking
from lineage.references.base import Form, Miss
from lineage.references.resources import ServerRef

_HOST: Final = re.compile(r"((?:[^\s:@\[\]#\\]+)|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")


def read_server(text: str) -> Form:
    """`mlflow+http(s)://…`. A user and password have no place in a name."""
    scheme, _, rest = text.partition(":")
    if not rest.startswith("//"):
        raise Miss("//", position=len(scheme) + 1)
    at = len(scheme) + 3
    segs = text.split("/")
    if "@" in segs[2]:
        raise Miss("a host without user and password", position=at)
    host = _HOST.fullmatch(segs[2])
    if host is None or int(host[2] or 0) > 65535:
        raise Miss("HOST or HOST:PORT", position=at)
    if _of_workspace(segs):
        # The service spells the same address with its own scheme.
        return read_tracking(["azureml:", *segs[1:]])
    start = next((i for i in range(3, len(segs)) if segs[i] in MLFLOW_COLLECTIONS), len(segs))
    root = "/".join(filter(None, segs[3:start]))
    scope = (scheme.lower().removeprefix("mlflow+"), host[1], host[2] or "", root)
    return read_inside(segs, start, scope) if start < len(segs) else ServerRef(scope)


def _of_workspace(segs: list[str]) -> bool:
    """Whether the path is that of an Azure ML workspace's server, which hosts of many names serve."""
    return len(segs) > 5 and segs[3].lower() == "mlflow" and segs[5].lower() in ("subscriptions", "registries")
