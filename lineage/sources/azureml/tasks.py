"""The questions of a crawl, and what came of one.

A task is one thing to ask for; it is a value, so that nothing is asked twice.
`Done` is what its answer was turned into: facts, and what to ask next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lineage import ids
from lineage.ids import Registry, Scope
from lineage.records import Fact, Gap, GapReason, Kept, Record, RecordKind
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored, mentions
from lineage.sources.azureml.paging import Pages
from lineage.sources.azureml.shapes import oddity


class Open(msgspec.Struct, frozen=True):
    """A workspace or registry that something named: may it be read, and where are its hosts."""

    scope: Scope


class List(msgspec.Struct, frozen=True):
    """A whole collection of a workspace or registry: `jobs`, `models`, `data`, `datastores`, `onlineEndpoints`, …

    probe: items beyond its first page with which it is not read on without another look; 0 for any number.
    """

    scope: Scope
    collection: str
    probe: int = 0


class Versions(msgspec.Struct, frozen=True):
    """All versions of one asset. mark: what its container said of them, as in `records.Listing`."""

    scope: Scope
    collection: str
    name: str
    mark: str = ""


class Deployments(msgspec.Struct, frozen=True):
    """All deployments of one endpoint."""

    scope: Scope
    collection: str
    endpoint: str


class More(msgspec.Struct, frozen=True):
    """The rest of a listing, from its page `page`. whole: whether all that came before could be kept."""

    of: List | Versions | Deployments
    page: int
    whole: bool
    pages: Pages

    @property
    def scope(self) -> Scope:
        return self.of.scope


class Run(msgspec.Struct, frozen=True):
    """What run history says of a job.

    guess: as in `Job`. has_body: the resource manager gave one, so that nothing here means nothing.
    decided: whether it may have children is known already.
    alone: not in a batch again, which told nothing of it.
    lost: why the resource manager gave no body; that counts only if run history has none either.
    listing: text of the listing of children that it was met in.
    """

    scope: Scope
    name: str
    guess: bool = False
    has_body: bool = False
    decided: bool = False
    alone: bool = False
    lost: Gap | None = None
    listing: str = ""


class Runs(msgspec.Struct, frozen=True):
    """Several runs of one workspace, in one request."""

    scope: Scope
    runs: tuple[Run, ...]


class Children(msgspec.Struct, frozen=True):
    """The children of a run: steps of a pipeline, trials of a sweep or of AutoML. mark: how it ended, if it has."""

    scope: Scope
    name: str
    mark: str = ""


Task = Open | List | Versions | Deployments | More | Job | Run | Runs | Children | Asset | Datastore | Stored


class Opened(msgspec.Struct, frozen=True):
    """A scope that can be read: base URLs of a workspace's run history ('' if unknown), of a registry's assets."""

    scope: Scope
    history: str = ""
    assets: str = ""


class Done(msgspec.Struct):
    """What came of a task: facts, what to ask next, which tasks need not be asked any more, scopes opened or not.

    no_batches: base URL of the run history that answers no batch.
    """

    facts: list[Fact] = msgspec.field(default_factory=list)
    tasks: list[Task] = msgspec.field(default_factory=list)
    covered: list[Task] = msgspec.field(default_factory=list)
    opened: list[tuple[Scope, Opened | Gap]] = msgspec.field(default_factory=list)
    no_batches: str = ""

    def record(self, record: Record, scope: Scope) -> None:
        """Keep a record, say what is odd about it, and ask for what it names."""
        self._take(record, record, scope)

    def kept(self, record: Record, scope: Scope) -> None:
        """A record that is held need not be read: say so, and ask for what it names."""
        self._take(Kept(record.subject, record.kind), record, scope)

    def _take(self, fact: Fact, record: Record, scope: Scope) -> None:
        self.facts.append(fact)
        odd = oddity(record)
        if odd is not None:
            self.facts.append(odd)
        self.tasks.extend(mentions(record, scope))


_VERSION_KINDS: Final = {
    "models": RecordKind.MODEL_VERSION,
    "data": RecordKind.DATA_VERSION,
    "environments": RecordKind.ENVIRONMENT_VERSION,
    "components": RecordKind.COMPONENT_VERSION,
    "codes": RecordKind.CODE_VERSION,
    "datasets": RecordKind.DATA_VERSION,
}
_LIST_KINDS: Final = {
    "jobs": RecordKind.JOB,
    "datastores": RecordKind.DATASTORE,
    "models": RecordKind.MODEL,
    "onlineEndpoints": RecordKind.ENDPOINT,
    "batchEndpoints": RecordKind.ENDPOINT,
}
"""Everything else that is listed (containers of other assets, schedules) is OTHER."""


def identity(task: Task) -> Task:
    """What tells a task from those that ask for the same."""
    match task:
        case Asset(scope, collection, name, ""):
            return Versions(scope, collection, name)
        case Run(scope, name, guess, _, _, alone):
            return Run(scope, name, guess, alone=alone)
        case Versions(scope, collection, name) if task.mark:
            return Versions(scope, collection, name)
        case Children(scope, name) if task.mark:
            return Children(scope, name)
    return task


def certain(task: Task) -> Task:
    """The same question where its name is no guess."""
    match task:
        case Job(scope, name, True):
            return Job(scope, name)
        case Run(scope, name, True, _, _, alone):
            return Run(scope, name, alone=alone)
    return task


def subject(task: Task) -> str:
    """The canonical text of what a task asks for."""
    match task:
        case Open(scope) | Runs(scope):
            return scope.text
        case List(scope, collection):
            return f"{scope.text}/{collection}"
        case Versions(scope, collection, name) | Asset(scope, collection, name, ""):
            return f"{ids.container(scope, collection, name).text}/versions"
        case Deployments(scope, collection, endpoint):
            return f"{ids.endpoint(scope, collection, endpoint).text}/deployments"
        case More(of):
            return subject(of)
        case Asset(scope, collection, name, version):
            return ids.asset(scope, collection, name, version).text
        case Job(scope, name) | Run(scope, name):
            return ids.job(scope, name).text
        case Children(scope, name):
            return f"{ids.job(scope, name).text}/children"
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
            return _LIST_KINDS.get(collection, RecordKind.OTHER)
        case Versions(_, collection) | Asset(_, collection):
            return _VERSION_KINDS.get(collection, RecordKind.OTHER)
        case Deployments():
            return RecordKind.DEPLOYMENT
        case More(of):
            return kind(of)
        case Job() | Stored():
            return RecordKind.JOB
        case Run() | Runs() | Children():
            return RecordKind.RUN
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
