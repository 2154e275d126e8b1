"""Every name that one thing goes by, as far as text and a few crawled facts tell.

`others` gives the canonical names that mean the same thing (a place through its datastore and through its
account, a workspace by name and by GUID, a job output by the place it was written to). `written` gives what a
person may write or paste for one of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lineage import ids, locations, references
from lineage.answers import scope_text
from lineage.ids import Kind, Target
from lineage.ports import View

_ARTIFACTS = "workspaceartifactstore"
_BLOBS = "workspaceblobstore"


def others(view: View, target: Target) -> list[Target]:
    """Other names of the target by what this generation knows, the likeliest first, without the target itself."""
    found = {target.text: target}
    for near in _by_workspace(view, target):
        found.setdefault(near.text, near)
    for named in list(found.values()):
        for near in _by_place(view, named):
            found.setdefault(near.text, near)
    for named in list(found.values()):
        for near in _by_writing(named):
            found.setdefault(near.text, near)
    return list(found.values())[1:]


def places(view: View, target: Target) -> list[str]:
    """The target's place under every name of it: through each datastore and through the account."""
    return [named.text for named in (target, *others(view, target)) if named.kind in (Kind.LOCATION, Kind.DATASTORE)]


def written(target: Target, view: View | None = None) -> list[str]:
    """What a person may write for the target, the canonical text first."""
    names = [target, *(others(view, target) if view is not None else ())]
    return list(dict.fromkeys(text for named in names for text in _forms(named)))


def _by_workspace(view: View, target: Target) -> Iterator[Target]:
    """The same in the workspace by its other name: GUID to name and, where its region is known, name to GUID."""
    scope = ids.scope_of(scope_text(target.text))
    rest = target.text.removeprefix(scope.text) if scope else ""
    if isinstance(scope, ids.LocatedWorkspace):
        named = view.workspace_guids().get(scope.guid)
        if named:
            yield msgspec.structs.replace(target, text=named + rest)
    elif isinstance(scope, ids.Workspace):
        for guid, named in view.workspace_guids().items():
            if named == scope.text:
                node = view.nodes([ids.key(named)]).get(ids.key(named))
                location = node.facts.get("location") if node is not None else None
                if isinstance(location, str) and location:
                    yield msgspec.structs.replace(target, text=ids.located(location, guid).text + rest)


def _by_place(view: View, target: Target) -> Iterator[Target]:
    """A place in a datastore by its account, and one in an account by each datastore that leads there."""
    if target.kind is Kind.DATASTORE or (target.kind is Kind.LOCATION and target.text.startswith("azureml:")):
        text = locations.physical(target.text, view.datastores())
        if text != target.text:
            yield Target(Kind.LOCATION, text)
    elif target.kind is Kind.LOCATION:
        for store, storage in view.datastores().items():
            if target.text == storage:
                yield Target(Kind.DATASTORE, store)
            elif target.text.startswith(storage + "/"):
                yield Target(Kind.LOCATION, locations.join(store, target.text[len(storage) + 1 :]))


def _by_writing(target: Target) -> Iterator[Target]:
    """A place whose path names a run by the output it is, and an output by the place the service gives it."""
    if target.kind is Kind.LOCATION:
        made = references.materialised(target)
        if made is not None and made.scope is not None:
            yield ids.job_output(made.scope, made.run, made.output, made.path)
    elif target.kind is Kind.JOB_OUTPUT:
        head, _, output = target.text.rpartition("/outputs/")
        scope, job = ids.scope_of(scope_text(head)), head.rsplit("/", 1)[-1]
        if scope is not None and not isinstance(scope, ids.MlflowServer):
            tail = f"/{target.path}" if target.path else ""
            if output == "artifacts":
                yield ids.datastore_path(scope, _ARTIFACTS, f"ExperimentRun/dcid.{job}{tail}")
            else:
                yield ids.datastore_path(scope, _BLOBS, f"azureml/{job}/{output}{tail}")


def _forms(target: Target) -> Iterator[str]:
    """Spellings that `references.parse` reads as this very target."""
    yield target.canonical
    scope = scope_text(target.text)
    rest = target.canonical.removeprefix(scope + "/") if scope else ""
    named = ids.scope_of(scope)
    on_server = isinstance(named, ids.MlflowServer)
    match target.text.removeprefix(scope + "/").split("/") if scope else []:
        case [collection, name, "versions", version]:
            if collection in ids.ASSET_KINDS and not on_server:
                yield f"azureml:{name}:{version}"
            if collection == "models":
                yield f"models:/{name}/{version}"
        case ["jobs", job, "outputs", "artifacts"] if target.path:
            yield f"runs:/{job}/{target.path}"
        case ["loggedModels", model]:
            yield f"models:/{model}/{target.path}" if target.path else f"models:/{model}"
    if rest and not on_server and rest.startswith(("jobs/", "datastores/", "models/", "data/")):
        yield f"azureml://{rest}"
    if isinstance(named, ids.Workspace) and target.kind not in (Kind.JOB_OUTPUT, Kind.LOCATION):
        arm = (
            f"/subscriptions/{named.subscription}/resourceGroups/{named.resource_group}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{named.name}"
        )
        yield f"{arm}/{rest}" if rest else arm
    if target.kind is Kind.LOCATION and target.text.startswith("https://"):
        yield from _storage_forms(target.text)


def _storage_forms(text: str) -> Iterator[str]:
    host, _, rest = text.removeprefix("https://").partition("/")
    account, service, suffix = (*host.split(".", 2), "", "")[:3]
    container, _, path = rest.partition("/")
    if service == "blob" and container:
        yield f"https://{account}.dfs.{suffix}/{rest}"
        yield f"abfss://{container}@{account}.dfs.{suffix}/{path}"
        yield f"wasbs://{container}@{account}.blob.{suffix}/{path}"
