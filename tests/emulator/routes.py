"""Which answer a request gets: the routes of ARM, run history, data and registries.

A path arrives split and unquoted, segment by segment. `answer` returns a body,
or the whole list that the server then pages; what the service would refuse is
raised as `Refused` with the service's own words. A list does not show what may
not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.emulator import bodies, subscriptions
from tests.emulator.estate import PROVIDER, Estate, Registry, Workspace
from tests.emulator.things import Endpoint, Job, Version

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request: `url` is the emulator's own base, `sent` the decoded body of a POST."""

    estate: Estate
    url: str
    method: str
    segments: tuple[str, ...]
    query: dict[str, str]
    sent: Any


@dataclass(frozen=True)
class Answer:
    """A body, or the items of a listing in the service's order; `route` is the name for counting."""

    route: str
    body: Any = None
    items: Sequence[Json] | None = None


class Lazy(Sequence[Json]):
    """Items whose bodies are made for the page that is asked for: a list of five thousand jobs has a hundred pages."""

    def __init__(self, things: list[Any], body: Callable[[Any], Json]) -> None:
        self._things, self._body = things, body

    def __len__(self) -> int:
        return len(self._things)

    def __getitem__(self, which: Any) -> Any:
        part = self._things[which]
        return [self._body(it) for it in part] if isinstance(which, slice) else self._body(part)


class Refused(Exception):
    """The service says no."""

    def __init__(self, status: int, body: Json, route: str = "") -> None:
        super().__init__(status)
        self.status, self.body, self.route = status, body, route


def answer(call: Call) -> Answer:
    above = subscriptions.listed(call)
    if above is not None:
        return above
    match call.segments:
        case ("discovery",):
            return Answer("discovery", bodies.discovery(call.url))
        case ("registrymanagement", "v1.0", "registries", name, "discovery"):
            return Answer("registry.discovery", bodies.registry_discovery(_registry(call, name), call.url))
        case ("history", "v1.0", *arm):
            return _history(call, *_workspace(call, arm))
        case ("data", "v1.0", *arm):
            return _data_plane(call, *_workspace(call, arm))
        case ("mferp", "managementfrontend", *arm) if _provider(arm) and arm[6] == "registries":
            registry = _registry(call, arm[7])
            _allow(registry, tuple(arm[8:]), "registry.refused")
            return _assets(call, registry, tuple(arm[8:]), "registry.")
        case ("subscriptions", _, "resourceGroups", _, "providers", _, "registries", name):
            return Answer("registry", bodies.registry(_registry(call, name), call.url))
        case ("subscriptions", _, "resourceGroups", group, "providers", _, "workspaces"):
            found = [ws for ws in call.estate.workspaces if ws.group.lower() == group.lower()]
            return Answer("workspaces", items=[bodies.workspace(ws, call.url) for ws in found])
        case ("subscriptions", *_):
            return _arm(call, *_workspace(call, call.segments))
        case _:
            raise Refused(404, bodies.error("NotFound", f"No route to /{'/'.join(call.segments)}"))


def _provider(arm: list[str] | tuple[str, ...]) -> bool:
    return len(arm) >= 8 and arm[0] == "subscriptions" and arm[5] == PROVIDER


def _workspace(call: Call, arm: list[str] | tuple[str, ...]) -> tuple[Workspace, tuple[str, ...]]:
    if not _provider(arm) or arm[6] != "workspaces":
        raise Refused(404, bodies.error("ResourceNotFound", f"The Resource '/{'/'.join(arm)}' was not found."))
    subscription, group, name = (part.lower() for part in (arm[1], arm[3], arm[7]))
    for ws in call.estate.workspaces:
        if (ws.subscription.lower(), ws.group.lower(), ws.name.lower()) == (subscription, group, name):
            return ws, tuple(arm[8:])
    message = (
        f"The Resource '{PROVIDER}/workspaces/{arm[7]}' under resource group '{arm[3]}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    raise Refused(404, bodies.error("ResourceNotFound", message), "workspace")


def _registry(call: Call, name: str) -> Registry:
    for registry in call.estate.registries:
        if registry.name.lower() == name.lower():
            return registry
    raise Refused(404, bodies.error("UserError", f"Registry {name} was not found."), "registry.discovery")


def _allow(scope: Workspace | Registry, path: tuple[str, ...], route: str) -> None:
    for length in range(len(path) + 1):
        if "/".join(path[:length]) in scope.forbidden:
            message = (
                "The client 'lineage-reader' with object id '3d1f6a52-7c41-4c1e-9a55-2f6f3a0a9b11' does not have "
                f"authorization to perform action '{_action(path)}' over scope "
                f"'{scope.arm}/{'/'.join(path)}' or the scope is invalid."
            )
            raise Refused(403, bodies.error("AuthorizationFailed", message), route)


def _action(path: tuple[str, ...]) -> str:
    """The action that reading this path needs: the kinds of its segments, without the names."""
    return "/".join((PROVIDER, "workspaces", *path[::2], "read"))


def _arm(call: Call, ws: Workspace, path: tuple[str, ...]) -> Answer:
    _allow(ws, path, f"{path[0]}.refused" if path else "workspace")
    match path:
        case ():
            return Answer("workspace", bodies.workspace(ws, call.url))
        case ("jobs",):
            mine = [job for job in ws.jobs.values() if job.parent is None and f"jobs/{job.name}" not in ws.forbidden]
            shown = _viewed(call, mine)
            wanted = call.query.get("jobType", "").lower()
            found = [job for job in reversed(shown) if wanted in ("", job.kind.lower())]
            return Answer("jobs", items=Lazy(found, lambda job: bodies.job(job, call.url, _version(call))))
        case ("jobs", name):
            if name in ws.jobs:
                return Answer("job", bodies.job(ws.jobs[name], call.url, _version(call)))
            raise Refused(404, bodies.error("UserError", f"Job {name} was not found."), "job")
        case ("datastores",):
            return Answer("datastores", items=[bodies.datastore(store) for store in ws.datastores.values()])
        case ("datastores", name):
            return Answer("datastore", bodies.datastore(_named(ws.datastores, name, "datastore")))
        case ("schedules",):
            return Answer("schedules", items=[bodies.schedule(it) for it in ws.schedules.values()])
        case ("schedules", name):
            return Answer("schedule", bodies.schedule(_named(ws.schedules, name, "schedule")))
        case ("onlineEndpoints" | "batchEndpoints" as collection, *rest):
            return _endpoints(ws, collection, rest)
        case _:
            return _assets(call, ws, path, "")


def _version(call: Call) -> str:
    return call.query.get("api-version", "")


def _endpoints(ws: Workspace, collection: str, rest: list[str]) -> Answer:
    mine: dict[str, Endpoint] = {n: e for n, e in ws.endpoints.items() if e.batch == (collection == "batchEndpoints")}
    match rest:
        case []:
            return Answer(collection, items=[bodies.endpoint(it) for it in mine.values()])
        case [name]:
            return Answer("endpoint", bodies.endpoint(_named(mine, name, "endpoint")))
        case [name, "deployments"]:
            found = _named(mine, name, "deployments").deployments
            return Answer("deployments", items=[bodies.deployment(it) for it in found.values()])
        case [name, "deployments", deployment]:
            found = _named(mine, name, "deployment").deployments
            return Answer("deployment", bodies.deployment(_named(found, deployment, "deployment")))
        case _:
            raise Refused(404, bodies.error("NotFound", "No such route."), collection)


_ASSETS = frozenset({"models", "data", "environments", "components", "codes"})
_FEATURES = frozenset({"featuresets", "featurestoreEntities"})


def _assets(call: Call, scope: Workspace | Registry, path: tuple[str, ...], prefix: str) -> Answer:
    collection = path[0] if path else ""
    features = isinstance(scope, Workspace) and scope.kind == "FeatureStore"
    if collection not in (_ASSETS | _FEATURES if features else _ASSETS):
        raise Refused(404, bodies.error("NotFound", f"The resource type '{collection}' could not be found."))
    kept = scope.assets.get(collection, {})
    match path[1:]:
        case ():
            mine = {name: v for name, v in kept.items() if f"{collection}/{name}" not in scope.forbidden}
            shown = {name: v for name, versions in mine.items() if (v := [x for x in versions.values() if x.listed])}
            view = _view(call)
            viewed = [(name, v) for name, v in shown.items() if view(all(version.archived for version in v))]
            items = Lazy(viewed, lambda one: bodies.container(scope, collection, *one))
            return Answer(f"{prefix}{collection}", items=items)
        case (name,):
            versions = _named(kept, name, f"{prefix}{collection}.container")
            found = bodies.container(scope, collection, name, list(versions.values()))
            return Answer(f"{prefix}{collection}.container", found)
        case (name, "versions"):
            route = f"{prefix}{collection}.versions"
            versions = list(_named(kept, name, route).values())
            return Answer(route, items=[bodies.version(it) for it in _ordered(call, _viewed(call, versions))])
        case (name, "versions", number):
            route = f"{prefix}{collection}.version"
            return Answer(route, bodies.version(_named(kept.get(name, {}), number, route, name)))
        case _:
            raise Refused(404, bodies.error("NotFound", "No such route."))


def _ordered(call: Call, versions: list[Version]) -> list[Version]:
    """Newest first, unless the caller asks otherwise; a stage narrows the list."""
    stage = call.query.get("stage")
    if stage:
        versions = [v for v in versions if getattr(v, "stage", None) == stage]
    oldest_first = call.query.get("$orderBy", "createdtime desc").lower().endswith("asc")
    return sorted(versions, key=lambda version: version.created, reverse=not oldest_first)


def _view(call: Call) -> Callable[[bool], bool]:
    """`listViewType`: the SDK may send the name of its enumeration's member instead of the value."""
    asked = call.query.get("listViewType", "ActiveOnly").rsplit(".", 1)[-1].replace("_", "").lower()
    return {"archivedonly": lambda archived: archived, "all": lambda _: True}.get(asked, lambda archived: not archived)


def _viewed(call: Call, things: list[Any]) -> list[Any]:
    view = _view(call)
    return [thing for thing in things if view(thing.archived)]


def _named(kept: dict[str, Any], name: str, route: str, of: str = "") -> Any:
    if name not in kept:
        what = f"{of}:{name}" if of else name
        raise Refused(404, bodies.error("UserError", f"Could not find asset or resource with name: {what}"), route)
    return kept[name]


def _history(call: Call, ws: Workspace, path: tuple[str, ...]) -> Answer:
    match path:
        case ("rundata",):
            found = _run(ws, str((call.sent or {}).get("runId")), "rundata")
            return Answer("rundata", bodies.rundata(found))
        case ("batchrundata",) if call.estate.batches:
            return Answer("batchrundata", _batch(ws, call.sent))
        case ("runs", name):
            return Answer("run", bodies.run(_run(ws, name, "run")))
        case ("runs", name, "children"):
            children = _run(ws, name, "run.children").children
            return Answer("run.children", items=[bodies.run(child) for child in reversed(children)])
        case _:
            raise Refused(404, bodies.error("NotFound", "No such route."), "history")


def _batch(ws: Workspace, sent: Any) -> Json:
    read, failed = {}, {}
    for key, asked in (sent or {}).get("requests", {}).items():
        try:
            read[key] = bodies.rundata(_run(ws, str(asked.get("runId")), "batchrundata"))
        except Refused as refusal:
            failed[key] = refusal.body | {"statusCode": refusal.status}
    return bodies.batch(read, failed)


def _run(ws: Workspace, name: str, route: str) -> Job:
    _allow(ws, ("jobs", name), route)
    if name not in ws.jobs:
        raise Refused(404, bodies.run_error(name, ws.location), route)
    return ws.jobs[name]


def _data_plane(call: Call, ws: Workspace, path: tuple[str, ...]) -> Answer:
    if path != ("dataversion", "batchGetResolvedUris"):
        raise Refused(404, bodies.error("NotFound", "No such route."), "data")
    answers = {}
    for asset in (call.sent or {}).get("values", []):
        name, _, number = asset.split("/data/", 1)[1].partition("/versions/")
        found = _named(ws.assets.get("data", {}).get(name, {}), number, "data.resolved")
        answers[asset] = {"uri": found.body["dataUri"], "type": bodies.run_type(found.body["dataType"])}
    return Answer("data.resolved", {"values": answers})
