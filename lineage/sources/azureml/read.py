"""One question after another: how each thing is asked for, and the facts that its answer is.

Every function here returns a `Done`; nothing is remembered between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from lineage import ids
from lineage.ids import Registry, Scope, Workspace
from lineage.records import Fact, Gap, GapReason, Json, Listing, Record, RecordKind
from lineage.sources.azureml import faults, service
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored, mentions
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.wire import Reply, Request, Transport

MAX_PAGES: Final = 100_000
"""Pages of one listing: five million items, which is the service's own limit of a workspace."""


class Open(msgspec.Struct, frozen=True):
    """A workspace or registry that something named: may it be read, and where are its hosts."""

    scope: Scope


class List(msgspec.Struct, frozen=True):
    """A whole collection of a workspace: `datastores`, `models`, `onlineEndpoints`, `batchEndpoints`."""

    scope: Scope
    collection: str


class Versions(msgspec.Struct, frozen=True):
    """All versions of one asset."""

    scope: Scope
    collection: str
    name: str


class Deployments(msgspec.Struct, frozen=True):
    """All deployments of one endpoint."""

    scope: Scope
    collection: str
    endpoint: str


Task = Open | List | Versions | Deployments | Job | Asset | Datastore | Stored


class Opened(msgspec.Struct, frozen=True):
    """A scope that can be read: base URLs of a workspace's run history ('' if unknown), of a registry's assets."""

    scope: Scope
    history: str = ""
    assets: str = ""


class Done(msgspec.Struct):
    """What came of a task: facts, what to ask next, which tasks need not be asked any more, scopes opened or not."""

    facts: list[Fact] = msgspec.field(default_factory=list)
    tasks: list[Task] = msgspec.field(default_factory=list)
    covered: list[Task] = msgspec.field(default_factory=list)
    opened: list[tuple[Scope, Opened | Gap]] = msgspec.field(default_factory=list)

    def record(self, record: Record, scope: Scope) -> None:
        """Keep a record, and ask for what it names."""
        self.facts.append(record)
        self.tasks.extend(mentions(record, scope))


_VERSION_KINDS: Final = {
    "models": RecordKind.MODEL_VERSION,
    "data": RecordKind.DATA_VERSION,
    "environments": RecordKind.ENVIRONMENT_VERSION,
    "components": RecordKind.COMPONENT_VERSION,
    "codes": RecordKind.CODE_VERSION,
}
_LIST_KINDS: Final = {
    "datastores": RecordKind.DATASTORE,
    "models": RecordKind.MODEL,
    "onlineEndpoints": RecordKind.ENDPOINT,
    "batchEndpoints": RecordKind.ENDPOINT,
}
_LEAVES: Final = frozenset({"Command", "Spark", "FineTuning", "Labeling", "Base"})
"""Job types that have no children."""


def subject(task: Task) -> str:
    """The canonical text of what a task asks for."""
    match task:
        case Open(scope):
            return scope.text
        case List(scope, collection):
            return f"{scope.text}/{collection}"
        case Versions(scope, collection, name) | Asset(scope, collection, name, ""):
            return f"{ids.container(scope, collection, name).text}/versions"
        case Deployments(scope, collection, endpoint):
            return f"{ids.endpoint(scope, collection, endpoint).text}/deployments"
        case Asset(scope, collection, name, version):
            return ids.asset(scope, collection, name, version).text
        case Job(scope, name):
            return ids.job(scope, name).text
        case Datastore(scope, name):
            return ids.datastore(scope, name).text
        case Stored(container, _):
            return container


def kind(task: Task) -> RecordKind:
    """The kind of record that a task asks for."""
    match task:
        case Open(Registry()):
            return RecordKind.REGISTRY
        case Open():
            return RecordKind.WORKSPACE
        case List(_, collection):
            return _LIST_KINDS[collection]
        case Versions(_, collection) | Asset(_, collection):
            return _VERSION_KINDS[collection]
        case Deployments():
            return RecordKind.DEPLOYMENT
        case Job() | Stored():
            return RecordKind.JOB
        case Datastore():
            return RecordKind.DATASTORE


def lost(task: Task, why: Gap) -> Iterator[Gap]:
    """The gap of a task whose scope could not be opened; none for a guess."""
    if isinstance(task, Job) and task.guess:
        return
    # A scope that is not found may be one that does not show itself to us; its things are not known to be deleted.
    reason = GapReason.UNREACHABLE if why.reason is GapReason.NOT_FOUND else why.reason
    detail = f"{why.scope} could not be read: {why.detail}"
    yield Gap(subject(task), kind(task), why.scope, reason, detail, why.remedy, why.status)


class Reader:
    """Asks over one transport."""

    def __init__(self, transport: Transport, addresses: Addresses) -> None:
        self._send = transport.send
        self._at = addresses

    def open_workspace(self, workspace: Workspace) -> Done | Reply:
        """The workspace's body and its region's hosts; the reply when the body could not be had."""
        reply = _object(self._send(self._at.get(workspace, "workspace")))
        if not reply.ok:
            return reply
        done = Done([_record(reply.body, RecordKind.WORKSPACE, workspace.text, workspace)])
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

    def open(self, scope: Scope) -> Done:
        """A scope that something named."""
        if isinstance(scope, Workspace):
            found = self.open_workspace(scope)
            if isinstance(found, Done):
                return found
            return _closed(scope, faults.gap(scope.text, RecordKind.WORKSPACE, scope, found, "workspace"))
        assert isinstance(scope, Registry)
        reply = _object(self._send(self._at.registry(scope)))
        body = reply.body if reply.ok else {}
        said = [body.get(name) for name in ("primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup")]
        if reply.ok and not all(isinstance(text, str) and text for text in said):
            reply = Reply(reply.status, failure=GapReason.UNPARSABLE, detail="the discovery names no host")
        if not reply.ok:
            return _closed(scope, faults.gap(scope.text, RecordKind.REGISTRY, scope, reply, "registry"))
        provider, subscription, group = map(str, said)
        base = service.registry_assets(provider, subscription, group, scope)
        done = Done([_record(body, RecordKind.REGISTRY, scope.text, scope)])
        done.opened.append((scope, Opened(scope, assets=base)))
        return done

    def read(self, task: Task, opened: Opened) -> Done:
        """What a task asks for, in a scope that is open."""
        match task:
            case List(Workspace() as scope, collection):
                return self._list(task, scope, self._at.get(scope, collection, collection, **_everything(collection)))
            case Versions(scope, collection, name) | Asset(scope, collection, name, ""):
                return self._list(task, scope, self._versions(opened, collection, name))
            case Deployments(Workspace() as scope, collection, endpoint):
                call = f"{collection}/deployments"
                return self._list(task, scope, self._at.get(scope, call, collection, endpoint, "deployments"))
            case Job(Workspace() as scope, name):
                return self._job(task, scope, name, opened.history)
            case Asset(scope, collection, name, version):
                return self._one(task, scope, self._version(opened, collection, name, version))
            case Datastore(Workspace() as scope, name):
                return self._one(task, scope, self._at.get(scope, "datastore", "datastores", name))
        return Done()  # a registry has neither jobs nor datastores

    def _versions(self, opened: Opened, collection: str, name: str) -> Request:
        names, everything = (collection, name, "versions"), {"listViewType": "All"}
        if isinstance(opened.scope, Workspace):
            return self._at.get(opened.scope, f"{collection}/versions", *names, **everything)
        return service.registry_asset(opened.assets, *names, **everything)

    def _version(self, opened: Opened, collection: str, name: str, version: str) -> Request:
        names = (collection, name, "versions", version)
        if isinstance(opened.scope, Workspace):
            return self._at.get(opened.scope, f"{collection}/versions", *names)
        return service.registry_asset(opened.assets, *names)

    def _one(self, task: Task, scope: Scope, request: Request) -> Done:
        reply = _object(self._send(request))
        done = Done()
        if reply.ok:
            done.record(_record(reply.body, kind(task), subject(task), scope), scope)
        else:
            done.facts.append(faults.gap(subject(task), kind(task), scope, reply, _call(task, scope)))
        return done

    def _list(self, task: Task, scope: Scope, request: Request) -> Done:
        done, text, listed, whole = Done(), subject(task), 0, True
        for reply in self._pages(request):
            items = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
            if not isinstance(items, list):
                whole = False
                done.facts.append(faults.gap(text, kind(task), scope, _not_a_page(reply), _call(task, scope)))
                break
            listed += len(items)
            for item in items:
                whole = self._item(task, scope, item, done) and whole
        done.facts.append(Listing(text, scope.text, whole, listed))
        return done

    def _item(self, task: Task, scope: Scope, item: Any, done: Done) -> bool:
        """One entry of a listing; False when it has no name to be kept under."""
        name = _name(item, last="versions" if isinstance(task, Versions | Asset) else "")
        if not name:
            detail = "an entry of the listing has no name"
            reply = Reply(200, failure=GapReason.UNPARSABLE, detail=detail)
            done.facts.append(faults.gap(subject(task), kind(task), scope, reply, _call(task, scope)))
            return False
        it: Task
        match task:
            case List(_, "datastores"):
                it = Datastore(scope, name)
                text = subject(it)
            case List(_, "models"):
                it = Versions(scope, "models", name)
                done.tasks.append(it)
                text = ids.container(scope, "models", name).text
            case List(_, collection):
                it = Deployments(scope, collection, name)
                done.tasks.append(it)
                text = ids.endpoint(scope, collection, name).text
            case Versions(_, collection, asset) | Asset(_, collection, asset, _):
                it = Asset(scope, collection, asset, name)
                text = subject(it)
            case Deployments(_, collection, endpoint):
                it = task
                text = ids.deployment(scope, collection, endpoint, name).text
            case _:
                raise AssertionError(f"{task} is no listing")
        if isinstance(it, Datastore | Asset):
            done.covered.append(it)
        done.record(_record(item, kind(task), text, scope, listing=subject(task)), scope)
        return True

    def _pages(self, request: Request) -> Iterator[Reply]:
        """The pages of a listing; the last reply is a failure when the listing does not end as it should."""
        followed: set[str] = set()
        for page in range(1, MAX_PAGES + 1):
            reply = self._send(request)
            yield reply
            if not reply.ok or not reply.next:
                return
            if reply.next in followed:
                yield Reply(200, failure=GapReason.LOOP, detail=f"page {page + 1} leads back to an earlier page")
                return
            followed.add(reply.next)
            request = Request(request.method, request.url, request.body, page + 1, reply.next)
        yield Reply(200, failure=GapReason.LOOP, detail=f"more than {MAX_PAGES} pages")

    def _job(self, task: Job, scope: Workspace, name: str, history: str) -> Done:
        """A job's two bodies, and its children. The resource manager says nothing of what a pipeline's child did."""
        done, text = Done(), subject(task)
        job = _object(self._send(self._at.get(scope, "jobs", "jobs", name)))
        run = _object(self._send(service.run_data(history, name))) if history else None
        for reply, which in ((job, RecordKind.JOB), (run, RecordKind.RUN)):
            if reply is not None and reply.ok:
                done.record(_record(reply.body, which, text, scope), scope)
        found = bool(done.facts)
        if not job.ok and not _absence_means_nothing(job, found or task.guess):
            done.facts.append(faults.gap(text, RecordKind.JOB, scope, job, "jobs"))
        if run is not None and not run.ok and job.ok and not _absence_means_nothing(run, found or task.guess):
            done.facts.append(faults.gap(text, RecordKind.RUN, scope, run, "rundata"))
        if found and task.guess:
            done.covered.append(Job(scope, name))
        if found and history and _may_have_children(job, run):
            self._children(text, scope, service.children(history, name), done)
        return done

    def _children(self, parent: str, scope: Workspace, request: Request, done: Done) -> None:
        for reply in self._pages(request):
            runs = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
            if not isinstance(runs, list):
                gap = faults.gap(f"{parent}/children", RecordKind.RUN, scope, _not_a_page(reply), "children")
                done.facts.append(gap)
                return
            names = [run.get("runId") for run in runs if isinstance(run, dict)]
            done.tasks.extend(Job(scope, name) for name in names if isinstance(name, str) and name)


def _record(body: Json, which: RecordKind, text: str, scope: Scope, listing: str = "") -> Record:
    seen = body.get("id")
    return Record(text, which, scope.text, body, listing, seen if isinstance(seen, str) else "")


def _closed(scope: Scope, gap: Gap) -> Done:
    done = Done([gap])
    done.opened.append((scope, gap))
    return done


def _everything(collection: str) -> dict[str, str]:
    """Archived ones come only when asked for."""
    return {"listViewType": "All"} if collection == "models" else {}


def _call(task: Task, scope: Scope) -> str:
    """The row of `service.CALLS` behind a task."""
    if isinstance(scope, Registry):
        return "registry/assets"
    match task:
        case List(_, collection):
            return collection
        case Versions(_, collection) | Asset(_, collection):
            return f"{collection}/versions"
        case Deployments(_, collection):
            return f"{collection}/deployments"
        case Datastore():
            return "datastore"
    return "jobs"


def _name(item: Any, last: str) -> str:
    """An entry's own name. A registry calls a version by its asset's name, so the end of the id goes first."""
    if not isinstance(item, dict):
        return ""
    identity = item.get("id")
    if last and isinstance(identity, str):
        _, found, version = identity.rpartition(f"/{last}/")
        if found and version and "/" not in version:
            return version
    name = item.get("name")
    return name if isinstance(name, str) else ""


def _object(reply: Reply) -> Reply:
    """The reply, or that it is none when its body is no object."""
    if not reply.ok or isinstance(reply.body, dict):
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not an object")


def _not_a_page(reply: Reply) -> Reply:
    if not reply.ok:
        return reply
    return Reply(reply.status, failure=GapReason.UNPARSABLE, detail="an answer that is not a list")


def _absence_means_nothing(reply: Reply, excused: bool) -> bool:
    """404 of a name that is only a guess, or of one of two bodies when the other is there, says nothing."""
    return excused and reply.status == 404


def _may_have_children(job: Reply, run: Reply | None) -> bool:
    properties = job.body.get("properties") if job.ok else None
    if isinstance(properties, dict):
        return properties.get("jobType") not in _LEAVES
    metadata = run.body.get("runMetadata") if run is not None and run.ok else None
    return not (isinstance(metadata, dict) and metadata.get("runType") == "azureml.StepRun")
