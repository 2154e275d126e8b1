"""One question after another: how each thing is asked for, and the facts that its answer is.

Every function here returns a `Done`; nothing is remembered between two of them. Jobs are in `runs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lineage import ids
from lineage.ids import Registry, Scope, Workspace
from lineage.records import GapReason, Listing, RecordKind
from lineage.sources.azureml import faults, service
from lineage.sources.azureml.answers import is_object, not_a_page, own_name, record_of
from lineage.sources.azureml.marks import mark_of
from lineage.sources.azureml.mentions import Asset, Datastore, Job
from lineage.sources.azureml.paging import Pages
from lineage.sources.azureml.planning import OPTIONAL
from lineage.sources.azureml.runs import JobReader
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tasks import (
    Children,
    Deployments,
    Done,
    List,
    More,
    Opened,
    Run,
    Runs,
    Task,
    Versions,
    kind,
    subject,
)
from lineage.sources.azureml.wire import Reply, Request, Transport

TURN: Final = 20
"""Pages of one listing that are read before what they named is asked for; bounds what is held in memory."""

_EVERYTHING: Final = {"listViewType": "All"}
"""Archived ones come only when asked for."""
_VIEWED: Final = frozenset({"models", "jobs", "data", "environments", "components", "schedules"}) | frozenset(
    {"featuresets", "featurestoreEntities"}
)


class Reader:
    """Asks over one transport."""

    def __init__(self, transport: Transport, addresses: Addresses) -> None:
        self._send = transport.send
        self._at = addresses
        self._jobs = JobReader(transport, addresses)

    def open_root(self, scope: Workspace | Registry) -> Done | Reply:
        """The scope that a crawl begins with; the reply when it could not be had."""
        return self._workspace(scope) if isinstance(scope, Workspace) else self._registry(scope)

    def open(self, scope: Scope) -> Done:
        """A scope that something named."""
        assert isinstance(scope, Workspace | Registry)
        found = self.open_root(scope)
        if isinstance(found, Done):
            return found
        call = "workspace" if isinstance(scope, Workspace) else "registry"
        which = RecordKind.WORKSPACE if isinstance(scope, Workspace) else RecordKind.REGISTRY
        gap = faults.gap(scope.text, which, scope, found, call)
        done = Done([gap])
        done.opened.append((scope, gap))
        return done

    def _workspace(self, workspace: Workspace) -> Done | Reply:
        """The workspace's body and its region's hosts; the reply when the body could not be had."""
        reply = is_object(self._send(self._at.get(workspace, "workspace")))
        if not reply.ok:
            return reply
        done = Done([record_of(reply.body, RecordKind.WORKSPACE, workspace.text, workspace)])
        properties = reply.body.get("properties")
        discovery = properties.get("discoveryUrl") if isinstance(properties, dict) else None
        if isinstance(discovery, str) and discovery:
            hosts = self._send(Request("GET", discovery))
        else:
            hosts = Reply(200, failure=GapReason.UNPARSABLE, detail="the workspace names no discoveryUrl")
        api = hosts.body.get("api") if hosts.ok and isinstance(hosts.body, dict) else None
        if isinstance(api, str) and api:
            done.opened.append((workspace, Opened(workspace, history=service.history(api, workspace))))
            return done
        if hosts.ok:
            hosts = Reply(hosts.status, failure=GapReason.UNPARSABLE, detail="the discovery names no run history")
        done.facts.append(faults.gap(f"{workspace.text}/runs", RecordKind.RUN, workspace, hosts, "discovery"))
        done.opened.append((workspace, Opened(workspace)))
        return done

    def _registry(self, registry: Registry) -> Done | Reply:
        """A registry's hosts; the reply when they could not be had."""
        reply = is_object(self._send(self._at.registry(registry)))
        if not reply.ok:
            return reply
        said = [
            reply.body.get(name) for name in ("primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup")
        ]
        if not all(isinstance(text, str) and text for text in said):
            return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="the discovery names no host")
        provider, subscription, group = map(str, said)
        base = service.registry_assets(provider, subscription, group, registry)
        done = Done([record_of(reply.body, RecordKind.REGISTRY, registry.text, registry)])
        done.opened.append((registry, Opened(registry, assets=base)))
        return done

    def read(self, task: Task, opened: Opened) -> Done:
        """What a task asks for, in a scope that is open."""
        match task:
            case List() | Versions() | Deployments():
                return self._list(task, opened, Pages(self._listing(task, opened)), True)
            case More(of, _, whole, pages):
                return self._list(of, opened, pages, whole)
            case Asset(scope, collection, name, version):
                return self._one(task, scope, self._asset(opened, collection, name, "versions", version))
            case Job(Workspace() as scope):
                return self._jobs.job(task, scope, opened.history)
            case Run(Workspace() as scope):
                return self._jobs.run(task, scope, opened.history)
            case Runs(Workspace() as scope):
                return self._jobs.runs(task, scope, opened.history)
            case Children(Workspace() as scope):
                return self._jobs.children(task, scope, opened.history)
            case Datastore(Workspace() as scope, name):
                return self._one(task, scope, self._at.get(scope, "datastore", "datastores", name))
        return Done()  # a registry has neither jobs nor datastores

    def _listing(self, task: List | Versions | Deployments, opened: Opened) -> Request:
        """The first page of a listing."""
        match task:
            case List(Workspace() as scope, collection):
                parameters = _EVERYTHING if collection in _VIEWED else {}
                return self._at.get(scope, collection, collection, **parameters)
            case List(_, collection):
                return service.registry_asset(opened.assets, collection, **_EVERYTHING)
            case Versions(_, collection, name):
                return self._asset(opened, collection, name, "versions", **_EVERYTHING)
            case Deployments(scope, collection, endpoint):
                assert isinstance(scope, Workspace)
                return self._at.get(scope, f"{collection}/deployments", collection, endpoint, "deployments")

    def _asset(self, opened: Opened, collection: str, *names: str, **parameters: str) -> Request:
        if isinstance(opened.scope, Workspace):
            return self._at.get(opened.scope, f"{collection}/versions", collection, *names, **parameters)
        return service.registry_asset(opened.assets, collection, *names, **parameters)

    def _one(self, task: Task, scope: Scope, request: Request) -> Done:
        reply = is_object(self._send(request))
        done = Done()
        if reply.ok:
            done.record(record_of(reply.body, kind(task), subject(task), scope), scope)
        else:
            done.facts.append(faults.gap(subject(task), kind(task), scope, reply, _call(task)))
        return done

    def _list(self, task: List | Versions | Deployments, opened: Opened, pages: Pages, whole: bool) -> Done:
        """Some pages of a listing; what is left of it is a task of its own."""
        done, text = Done(), subject(task)
        for reply in self._turn(task, pages):
            items = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
            if not isinstance(items, list):
                if reply.status == 404 and isinstance(task, List) and task.collection in OPTIONAL:
                    return done
                whole = False
                pages.ended = True
                done.facts.append(faults.gap(text, kind(task), task.scope, not_a_page(reply), _call(task)))
                break
            for item in items:
                whole = self._item(task, opened, item, done) and whole
        if pages.ended:
            mark = task.mark if isinstance(task, Versions) else ""
            done.facts.append(Listing(text, task.scope.text, whole, pages.listed, mark))
        else:
            done.tasks.append(More(task, pages.page, whole, pages))
        return done

    def _turn(self, task: List | Versions | Deployments, pages: Pages) -> Iterator[Reply]:
        """Some pages; the first alone, where it shows that there are more than are read without another look."""
        if isinstance(task, List) and task.probe and pages.page == 1:
            yield from pages.turn(self._send, 1)
            if pages.ended or pages.left > task.probe:
                return
        yield from pages.turn(self._send, TURN)

    def _item(self, task: List | Versions | Deployments, opened: Opened, item: Any, done: Done) -> bool:
        """One entry of a listing; False when it has no name to be kept under."""
        scope = task.scope
        name = own_name(item, last="versions" if isinstance(task, Versions) else "")
        if not name:
            reply = Reply(200, failure=GapReason.UNPARSABLE, detail="an entry of the listing has no name")
            done.facts.append(faults.gap(subject(task), kind(task), scope, reply, _call(task)))
            return False
        listing = subject(task)
        match task:
            case List(Workspace() as workspace, "jobs"):
                job = Job(workspace, name)
                done.covered.append(job)
                self._jobs.listed(job, workspace, item, opened.history, done, listing)
                return True
            case List(_, "datastores"):
                done.covered.append(Datastore(scope, name))
                text = ids.datastore(scope, name).text
            case List(_, "schedules"):
                text = ids.resource(scope, f"schedules/{name}").text
            case List(_, "onlineEndpoints" | "batchEndpoints" as collection):
                done.tasks.append(Deployments(scope, collection, name))
                text = ids.endpoint(scope, collection, name).text
            case List(_, collection):
                done.tasks.append(Versions(scope, collection, name, mark_of(item)))
                text = ids.container(scope, collection, name).text
            case Versions(_, collection, asset):
                done.covered.append(Asset(scope, collection, asset, name))
                text = ids.asset(scope, collection, asset, name).text
            case Deployments(_, collection, endpoint):
                text = ids.deployment(scope, collection, endpoint, name).text
        done.record(record_of(item, kind(task), text, scope, listing), scope)
        return True


def _call(task: Task) -> str:
    """The row of `service.CALLS` behind a task."""
    match task:
        case List(Registry()) | Versions(Registry()) | Asset(Registry()):
            return "registry/assets"
        case List(_, collection):
            return collection
        case Versions(_, collection) | Asset(_, collection):
            return f"{collection}/versions"
        case Deployments(_, collection):
            return f"{collection}/deployments"
        case Datastore():
            return "datastore"
    raise AssertionError(f"{task} is asked for in `runs`")
