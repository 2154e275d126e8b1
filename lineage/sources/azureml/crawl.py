"""What is asked next, until nothing new is named.

    the workspace and its region's hosts
    its datastores, model containers, online and batch endpoints          listed to the last page
    the versions of each model, the deployments of each endpoint          listed to the last page
    whatever those name: jobs (both bodies, and children), data,          got by name, here and in other
    environments, code, components, models, datastores, runs              workspaces and registries of the cloud
    … and whatever that names

The work goes in waves. A wave is asked by several threads, but its answers are
taken in the order of its questions and the next wave is made from them alone,
so the same estate gives the same facts in the same order.

One thing that cannot be read is a Gap and costs only itself. A scope that
cannot be opened costs what was wanted from it, each a Gap with that reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lineage import ids
from lineage.ids import LocatedWorkspace, Scope, Workspace
from lineage.ports import Reporter
from lineage.records import Fact, Gap, GapReason, Json, Record, RecordKind
from lineage.sources.azureml import faults, read
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored
from lineage.sources.azureml.read import Done, Opened, Reader, Task
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.wire import Reply, Transport
from lineage.sources.azureml.workers import Workers

WORKERS: Final = 4
"""Requests in flight. Four at a tenth of a second each stay near the 25 reads a second that Azure refills."""
_WAVE: Final = 256
"""Questions handed to the threads at once; bounds what is held in memory."""

_LABELS: Final = {
    read.List: "listings",
    read.Versions: "model versions",
    read.Deployments: "deployments",
    read.Open: "workspaces and registries",
    Job: "jobs",
    Asset: "assets",
    Datastore: "datastores",
}


class Crawl:
    """One crawl of one workspace over one transport."""

    def __init__(self, transport: Transport, root: Workspace, addresses: Addresses, remedy: str = "") -> None:
        self._reader = Reader(transport, addresses)
        self._root = root
        self._remedy = remedy
        self._opened: dict[Scope, Opened | Gap] = {}
        self._guids: dict[str, Workspace] = {}
        self._containers: dict[str, Workspace] = {}
        self._asked: set[Task] = set()
        self._said: set[tuple[str, RecordKind]] = set()
        self._done: Counter[str] = Counter()

    def facts(self, report: Reporter) -> Iterator[Fact]:
        """Every fact, as it comes. Raises a SourceError when the workspace itself cannot be read."""
        root = self._reader.open_workspace(self._root)
        if isinstance(root, Reply):
            raise faults.fatal(self._root, root, self._remedy)
        self._learn(root)
        yield from self._new(root.facts)
        pending: list[Task] = [
            read.List(self._root, name) for name in ("datastores", "models", "onlineEndpoints", "batchEndpoints")
        ]
        homeless: dict[Task, None] = {}
        workers = Workers(WORKERS, self._ask)
        try:
            while pending:
                known = len(self._guids)
                wave, pending, gaps = self._sort_out(pending, homeless)
                yield from self._new(gaps)
                for done in self._run(workers, wave, report):
                    self._learn(done)
                    pending.extend(done.tasks)
                    yield from self._new(done.facts)
                if len(self._guids) > known:
                    pending.extend(homeless)
                    homeless = {}
        finally:
            workers.stop()
        yield from self._new(_without_home(task) for task in homeless)

    def _run(self, workers: Workers[Task, Done], wave: list[Task], report: Reporter) -> Iterator[Done]:
        totals = Counter(self._done)
        totals.update(_LABELS[type(task)] for task in wave)
        for start in range(0, len(wave), _WAVE):
            part = wave[start : start + _WAVE]
            for task, done in zip(part, workers.answers(part), strict=True):
                label = _LABELS[type(task)]
                self._done[label] += 1
                report.progress(label, self._done[label], totals[label])
                yield done

    def _ask(self, task: Task) -> Done:
        """Runs in a thread; reads what earlier waves learnt and changes nothing."""
        match task:
            case read.Open(scope):
                return self._reader.open(scope)
            case Stored():
                raise AssertionError("a stored run has a workspace before it is asked for")
            case _:
                opened = self._opened[task.scope]
                assert isinstance(opened, Opened)
                return self._reader.read(task, opened)

    def _sort_out(self, tasks: list[Task], homeless: dict[Task, None]) -> tuple[list[Task], list[Task], list[Gap]]:
        """What is asked now, what waits for its scope to be opened, and what is lost with its scope."""
        wave: list[Task] = []
        waiting: list[Task] = []
        gaps: list[Gap] = []
        # A certain name before a guess at the same one, so that the guess is not asked at all.
        for named in sorted(tasks, key=lambda task: isinstance(task, Job) and task.guess):
            task = self._at_home(named)
            if task is None:
                if not isinstance(named, Stored):
                    homeless[named] = None
                continue
            if task in self._asked or (isinstance(task, Job) and Job(task.scope, task.name) in self._asked):
                continue
            assert not isinstance(task, Stored)
            scope = task.scope
            if not isinstance(task, read.Open) and scope not in self._opened:
                opener = read.Open(scope)
                if opener not in self._asked:
                    self._asked.add(opener)
                    wave.append(opener)
                waiting.append(task)
                continue
            self._asked.add(task)
            opened = self._opened.get(scope)
            if isinstance(opened, Gap):
                gaps.extend(read.lost(task, opened))
            else:
                wave.append(task)
        return wave, waiting, gaps

    def _at_home(self, task: Task) -> Task | None:
        """The task in a workspace known by its names; None when no crawled fact says which that is."""
        if isinstance(task, Stored):
            owner = self._containers.get(task.container)
            return Job(owner, task.run, guess=True) if owner else None
        if isinstance(task.scope, LocatedWorkspace):
            owner = self._guids.get(task.scope.guid)
            return msgspec.structs.replace(task, scope=owner) if owner else None
        return task

    def _learn(self, done: Done) -> None:
        self._asked.update(done.covered)
        for scope, opened in done.opened:
            self._opened[scope] = opened
        for fact in done.facts:
            if isinstance(fact, Record) and fact.kind in (RecordKind.WORKSPACE, RecordKind.DATASTORE):
                self._learn_names(fact)

    def _learn_names(self, record: Record) -> None:
        owner = ids.scope_of(record.scope)
        properties = record.body.get("properties")
        if not isinstance(owner, Workspace) or not isinstance(properties, dict):
            return
        guid = properties.get("workspaceId")
        if record.kind is RecordKind.WORKSPACE and isinstance(guid, str) and guid:
            self._guids[ids.fold(guid)] = owner
        container = _container(properties)
        if record.kind is RecordKind.DATASTORE and container:
            self._containers.setdefault(container, owner)

    def _new(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        """The facts less those said before: a thing may be listed and named."""
        for fact in facts:
            if isinstance(fact, Record | Gap):
                about = (fact.subject, fact.kind)
                if about in self._said:
                    continue
                self._said.add(about)
            yield fact


def _container(properties: Json) -> str:
    """The blob container that a datastore stands for, as references spell it; '' for other kinds."""
    account, endpoint = properties.get("accountName"), properties.get("endpoint")
    container = properties.get("containerName") or properties.get("filesystem")
    if not (isinstance(account, str) and isinstance(endpoint, str) and isinstance(container, str)):
        return ""
    return ids.storage_path(account, "blob", endpoint, container).text


def _without_home(task: Task) -> Gap:
    """What is known only by the GUID of a workspace that nothing led to."""
    assert not isinstance(task, Stored)
    guid = task.scope.guid if isinstance(task.scope, LocatedWorkspace) else ""
    return Gap(
        read.subject(task),
        read.kind(task),
        task.scope.text,
        GapReason.UNREACHABLE,
        f"no workspace that was read has the id {guid}",
        "crawl the workspace with that id as well: az ml workspace list --query \"[?workspace_id=='…']\"",
    )
