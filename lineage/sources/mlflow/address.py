"""What a target names: an MLflow server by its address, or the one that comes with an Azure ML workspace.

    mlflow+https://HOST[:PORT][/ROOT]                             a server of its own
    mlflow+http://127.0.0.1:PORT                                  the same, on this machine only
    azureml://REGION.api.azureml.ms/mlflow/v2.0/subscriptions/…   a workspace (its MLflow tracking URI)
    mlflow+https://REGION.api.azureml.ms/mlflow/v2.0/…            the same

A workspace is the same place whichever way it is read, so that a run is its
job and a registered version is the workspace's.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import msgspec

from lineage import ids
from lineage.errors import InvalidOption, InvalidReference
from lineage.ids import MlflowServer, Scope, Workspace
from lineage.references import ServerRef, TrackingRef, parse
from lineage.references.base import absolute

_REMEDY: Final = (
    "write mlflow+https://HOST[:PORT][/ROOT], or the workspace's MLflow tracking URI "
    "(az ml workspace show --query mlflow_tracking_uri)"
)


class Address(msgspec.Struct, frozen=True):
    """Where a server is and what it tells about.

    url: base address of its REST interface. scope: what its things lie in.
    root: canonical text of the source, under which its listings and gaps are kept. For a workspace it is a part of it:
    the workspace as a whole is another source, which lists what MLflow never shows (endpoints, data assets).
    """

    url: str
    scope: Scope
    root: str


def is_target(target: str) -> bool:
    """Whether the target is for this source to read."""
    low = target.strip().lower()
    if low.startswith(("mlflow+https:", "mlflow+http:")):
        return True
    if not low.startswith("azureml:"):
        return False
    try:
        return isinstance(parse(target), TrackingRef)
    except InvalidReference:
        return False


def address(target: str) -> Address:
    """The server that a target names. Raises InvalidOption."""
    text = target.strip()
    try:
        found = parse(text)
    except InvalidReference as error:
        raise InvalidOption(f"the target names no MLflow server: {error}", _REMEDY) from error
    scheme = "http" if text.lower().startswith("mlflow+http:") else "https"
    match found:
        case ServerRef(scope):
            server = absolute(scope, None)
            assert isinstance(server, MlflowServer)
            _check(scheme, scope[1])
            return Address(server.address, server, server.text)
        case TrackingRef(host=host, api=api, scope=(_, _, _) as scope):
            workspace = absolute(scope, None)
            assert isinstance(workspace, Workspace)
            _check(scheme, host.rpartition(":")[0] or host)
            subscription, group, name = scope
            path = f"subscriptions/{subscription}/resourceGroups/{group}"
            path = f"{path}/providers/Microsoft.MachineLearningServices/workspaces/{name}"
            url = f"{scheme}://{ids.fold(host)}/mlflow/{api}/{path}"
            return Address(url, workspace, f"{workspace.text}/tracking/mlflow")
    raise InvalidOption(f"the target {text!r} names something on an MLflow server, not the server", _REMEDY)


def _check(scheme: str, host: str) -> None:
    """Over plain http whoever listens on the way could read the token and change the answers."""
    if scheme == "https" or host.lower() == "localhost":
        return
    try:
        if ipaddress.ip_address(host.strip("[]")).is_loopback:
            return
    except ValueError:
        pass
    raise InvalidOption(
        f"the MLflow server at {host} is to be read over plain http, which is for this machine's own servers only",
        f"write mlflow+https://{host}",
    )
