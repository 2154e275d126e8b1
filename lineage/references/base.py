"""What every form of reference shares: scope, parts, and the way a reading fails.

A form keeps its scope as it was spelt, in a tuple whose length says what it is:

    ()                         relative: the reader's own workspace
    (REGISTRY,)                azureml://registries/R/…
    (LOCATION, GUID)           azureml://locations/L/workspaces/GUID/…     (location '' when the text names none)
    (SUBSCRIPTION, GROUP, WS)  azureml://subscriptions/S/resourceGroups/G/workspaces/W/…   (subscription '' likewise)
    (SCHEME, HOST, PORT, ROOT) mlflow+SCHEME://HOST[:PORT][/ROOT]/…                        (port and root '' likewise)
"""

from __future__ import annotations

from typing import Final

import msgspec

from lineage import ids
from lineage.ids import fold

Scope = tuple[str, ...]

STEPS: Final = frozenset({".", ".."})
"""Names that would be relative steps in a path."""

_SCOPE_PARTS: Final[tuple[tuple[str, ...], ...]] = (
    (),
    ("registry",),
    ("location", "guid"),
    ("subscription", "resource_group", "workspace"),
    ("scheme", "host", "port", "root"),
)


class Form(msgspec.Struct, frozen=True, gc=False):
    """A typed reference. `str()` spells it so that it reads back as itself."""

    @property
    def form(self) -> str:
        """The stable name of this form."""
        return type(self).__name__

    def parts(self) -> dict[str, str]:
        """The named pieces of the text, as spelt; pieces that the text does not have are left out, save `path`."""
        out: dict[str, str] = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if name == "scope":
                out.update((k, v) for k, v in zip(_SCOPE_PARTS[len(value)], value, strict=True) if v)
            elif value or name == "path":
                out[name] = value
        return out

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        """The absolute name of what this refers to.

        `scope` stands in where the text is relative and is ignored where it is not. `collection` says
        what kind of thing a bare `name:version` means (`models`, `data`, …). None when the text needs a
        scope or collection and has none, or names nothing that has an absolute name.
        """
        return None


def absolute(own: Scope, given: ids.Scope | None) -> ids.Scope | None:
    """The scope that a reference is in: its own if it has one, else the given one."""
    match own:
        case ():
            return given
        case (subscription, group, name):
            if subscription:
                return ids.Workspace(fold(subscription), fold(group), fold(name))
            if isinstance(given, ids.Workspace):
                return ids.Workspace(given.subscription, fold(group), fold(name))
            return None
        case (location, guid):
            return ids.LocatedWorkspace(fold(location), fold(guid))
        case (scheme, host, port, root):
            return ids.mlflow_server(scheme, host, port, root)
        case _:
            return ids.Registry(fold(own[0]))


def prefix(own: Scope) -> str:
    """The text before a relative form's first segment: `azureml://` and the scope."""
    match own:
        case (subscription, group, name):
            head = f"subscriptions/{subscription}/" if subscription else ""
            return f"azureml://{head}resourceGroups/{group}/workspaces/{name}/"
        case (location, guid):
            head = f"locations/{location}/" if location else ""
            return f"azureml://{head}workspaces/{guid}/"
        case (registry,):
            return f"azureml://registries/{registry}/"
        case (scheme, host, port, root):
            at = f":{port}" if port else ""
            return f"mlflow+{scheme}://{host}{at}/" + (f"{root}/" if root else "")
        case _:
            return "azureml://"


def tail(path: str) -> str:
    """`/paths/P`, or nothing when there is no path."""
    return f"/paths/{path}" if path else ""


class Miss(Exception):
    """A near miss while reading: segment `index` of the split text does not fit (or position, if given)."""

    def __init__(self, expected: str, index: int = -1, position: int = -1) -> None:
        super().__init__(expected)
        self.expected = expected
        self.index = index
        self.position = position
