"""The versions of an asset: all of them, or the one that a label means in this generation."""

from __future__ import annotations

from lineage import ids
from lineage.graph import Node, State
from lineage.ids import Kind, Target
from lineage.ports import NodeFilter, View

Listed = list[Node]

_PAGE = 1000


def is_container(target: Target) -> bool:
    """Whether the target names an asset without saying which version."""
    scope = ids.scope_of(target.text)
    rest = target.text.removeprefix(scope.text + "/").split("/") if scope is not None else []
    return len(rest) == 2 and rest[0] in ids.ASSET_KINDS


def of_container(view: View, target: Target) -> Listed:
    """Every version of the asset with this text (`…/models/N`), newest first."""
    return _newest_first(_versions(view, target.text))


def of_label(view: View, target: Target) -> Listed:
    """The version that the label means as of this generation, or nothing.

    `latest` is the newest one that is neither archived nor gone, and so is `default` of a component. Any other
    label is an MLflow alias, else a stage; of several versions in it, the newest.
    """
    container = target.text.removesuffix(f"/labels/{target.label}")
    live = [node for node in _newest_first(_versions(view, container)) if node.state is State.LIVE]
    if target.label.lower() in ("latest", "default"):
        return live[:1]
    called = [node for node in live if target.label in (node.facts.get("aliases") or ())]
    staged = [node for node in live if str(node.facts.get("stage") or "").lower() == target.label.lower()]
    return (called or staged)[:1]


def _versions(view: View, container: str) -> Listed:
    collection = container.rsplit("/", 2)[1]
    wanted = NodeFilter((ids.ASSET_KINDS.get(collection, Kind.ASSET_VERSION),), scope=f"{container}/versions")
    found: Listed = []
    while True:
        page = view.list_nodes(wanted, after=found[-1].text if found else "", limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return found


def _newest_first(nodes: Listed) -> Listed:
    return sorted(nodes, key=_age, reverse=True)


def _age(node: Node) -> tuple[str, int, str]:
    version = node.text.rsplit("/", 1)[1]
    number = int(version) if version.isascii() and version.isdecimal() else -1
    return (str(node.facts.get("createdAt") or ""), number, version)
