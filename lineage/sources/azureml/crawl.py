"""What is asked next, until nothing new is named.

    the workspace and its region's hosts, or the registry and its hosts
    its collections (`planning`): datastores, jobs, models, data,         listed to the last page
    environments, components, endpoints, schedules
    the versions of each asset, the deployments of each endpoint          listed to the last page
    the runs of the jobs, in batches; the children of those that may      by name
    have some
    whatever those name: jobs, data, environments, code, components,      got by name, here and in other
    models, datastores, runs                                              workspaces and registries of the cloud
    … and whatever that names

The work goes in waves. A wave is asked by several threads, but its answers are
taken in the order of its questions and the next wave is made from them alone,
so the same estate gives the same facts in the same order. What a listing may
still show waits for its end: what came in a list is not asked for by name.

One thing that cannot be read is a Gap and costs only itself. A scope that
cannot be opened costs what was wanted from it, each a Gap with that reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from lineage import ids
from lineage.ids import LocatedWorkspace, Registry, Scope, Workspace
from lineage.ports import Held, Reporter
from lineage.records import Fact, Gap, Json, Kept, Record, RecordKind
from lineage.sources.azureml import faults, tasks
from lineage.sources.azureml.choosing import Choice
from lineage.sources.azureml.memory import Memory
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored
from lineage.sources.azureml.planning import BATCH, Planner
from lineage.sources.azureml.read import Reader
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tasks import Done, Opened, Task
from lineage.sources.azureml.wire import Reply, Transport
from lineage.sources.polite.manners import CONCURRENCY
from lineage.sources.polite.workers import Workers

_WAVE: Final = 256
"""Questions handed to the threads at once; bounds what is held in memory."""

_LABELS: Final = {
    tasks.List: "listings",
    tasks.More: "listings",
    tasks.Versions: "versions",
    tasks.Deployments: "deployments",
    tasks.Open: "workspaces and registries",
    tasks.Run: "runs",
    tasks.Runs: "runs",
    tasks.Children: "children of runs",
    Job: "jobs",
    Asset: "assets",
    Datastore: "datastores",
}


class Crawl:
    """One crawl of one workspace or registry over one transport, `workers` requests at once."""

    def __init__(
        self,
        transport: Transport,
        root: Workspace | Registry,
        addresses: Addresses,
        remedy: str = "",
        planner: Planner | None = None,
        workers: int = CONCURRENCY,
        held: Held | None = None,
    ) -> None:
        self._memory = Memory(held)
        self._workers = workers
        self._reader = Reader(transport, addresses)
        self._planner = planner or Planner()
        self._jobs = Choice(root, self._planner, self._memory.listed(f"{root.text}/jobs"))
        self._root = root
        self._remedy = remedy
        self._opened: dict[Scope, Opened | Gap] = {}
        self._guids: dict[str, Workspace] = {}
        self._containers: dict[str, Workspace] = {}
        self._batches: dict[str, bool] = {}
        # Hashes of 64 bits stand for tasks and facts: a crawl of a million things has room for no more.
        self._asked: set[int] = set()
        self._said: set[int] = set()
        self._done: Counter[str] = Counter()

    def facts(self, report: Reporter) -> Iterator[Fact]:
        """Every fact, as it comes. Raises a SourceError when the scope itself cannot be read."""
        root = self._reader.open_root(self._root)
        if isinstance(root, Reply):
            raise faults.fatal(self._root, root, self._remedy)
        self._learn(root)
        yield from self._new(root.facts)
        (body,) = (fact.body for fact in root.facts if isinstance(fact, Record))
        pending: list[Task] = [self._jobs.first(name) for name in self._planner.collections(self._root, body)]
        homeless: dict[Task, None] = {}
        workers = Workers(self._workers, self._ask)
        try:
            while pending := self._jobs.decide(pending, self._is_wanted):
                known = len(self._guids)
                wave, pending, known_already = self._sort_out(pending, homeless)
                for done in chain(known_already, self._run(workers, wave, report)):
                    for one in (done, self._memory.follow_lost(done.facts)):
                        self._learn(one)
                        pending.extend(task for task in one.tasks if self._is_new(task))
                        yield from self._new(one.facts)
                if len(self._guids) > known:
                    pending.extend(homeless)
                    homeless = {}
        finally:
            workers.stop()
        yield from self._new(gap for task in homeless if (gap := self._memory.homeless(task)) is not None)
        yield from self._jobs.unlisted(report)

    def _run(self, workers: Workers[Task, Done], wave: list[Task], report: Reporter) -> Iterator[Done]:
        totals = Counter(self._done)
        for task in wave:
            totals[_LABELS[type(task)]] += _weight(task)
        for start in range(0, len(wave), _WAVE):
            part = wave[start : start + _WAVE]
            for task, done in zip(part, workers.answers(part), strict=True):
                label = _LABELS[type(task)]
                self._done[label] += _weight(task)
                report.progress(label, self._done[label], totals[label])
                if isinstance(task, tasks.Runs):
                    opened = self._opened[task.scope]
                    assert isinstance(opened, Opened)
                    self._batches.setdefault(opened.history, not done.no_batches)
                self._memory.keep_forgotten(task, done)
                yield done

    def _ask(self, task: Task) -> Done:
        """Runs in a thread; reads what earlier waves learnt and changes nothing."""
        match task:
            case tasks.Open(scope):
                return self._reader.open(scope)
            case Stored():
                raise AssertionError("a stored run has a workspace before it is asked for")
            case _:
                opened = self._opened[task.scope]
                assert isinstance(opened, Opened)
                return self._reader.read(task, opened)

    def _sort_out(self, named: list[Task], homeless: dict[Task, None]) -> tuple[list[Task], list[Task], list[Done]]:
        """What is asked now, what waits, and what came of those tasks that need no asking or are lost with a scope."""
        wave: list[Task] = []
        waiting: list[Task] = []
        answered: list[Done] = []
        runs: dict[Opened, list[tasks.Run]] = {}
        busy = {listing for task in named if (listing := _listing(task)) is not None}
        if self._jobs.busy is not None:
            busy.add((self._jobs.busy, "jobs"))
        # A certain name before a guess at the same one, so that the guess is not asked at all.
        for one in sorted(named, key=_is_guess):
            task = self._at_home(one)
            if task is None:
                if not isinstance(one, Stored):
                    homeless[one] = None
                continue
            me = tasks.identity(task)
            if _hash(me) in self._asked or _hash(tasks.certain(me)) in self._asked:
                continue
            assert not isinstance(task, Stored)
            scope = task.scope
            if not isinstance(scope, Workspace | Registry):
                continue  # another kind of source reads it
            if not isinstance(task, tasks.Open) and scope not in self._opened:
                opener = tasks.Open(scope)
                if _hash(opener) not in self._asked:
                    self._asked.add(_hash(opener))
                    wave.append(opener)
                waiting.append(task)
                continue
            if _may_be_listed(task, busy):
                waiting.append(task)
                continue
            self._asked.add(_hash(me))
            opened = self._opened.get(scope)
            if isinstance(opened, Gap):
                answered.append(Done(list(tasks.lost(task, opened))))
            elif opened is not None and (known := self._memory.answer(task, opened)) is not None:
                answered.append(known)
            elif isinstance(task, tasks.Run) and opened is not None:
                runs.setdefault(opened, []).append(task)
            else:
                wave.append(task)
        for opened, wanted in runs.items():
            now, later = self._batched(opened, wanted)
            wave.extend(now)
            waiting.extend(later)
            self._asked.difference_update(_hash(tasks.identity(task)) for task in later)
        return wave, waiting, answered

    def _batched(self, opened: Opened, wanted: list[tasks.Run]) -> tuple[list[Task], list[tasks.Run]]:
        """Requests for runs of one workspace now, and those that wait until it is known whether it takes batches."""
        together = [run for run in wanted if not run.alone]
        now: list[Task] = [run for run in wanted if run.alone]
        known = self._batches.get(opened.history)
        if known is False:
            return [*now, *together], []
        parts = [together[start : start + BATCH] for start in range(0, len(together), BATCH)]
        ready = parts if known else parts[:1]
        now.extend(tasks.Runs(opened.scope, tuple(part)) if len(part) > 1 else part[0] for part in ready)
        return now, [] if known else [run for part in parts[1:] for run in part]

    def _is_new(self, task: Task) -> bool:
        """Whether it is to be asked: not yet, and not later by `_jobs`."""
        return _hash(tasks.identity(task)) not in self._asked and not self._jobs.holds(task)

    def _is_wanted(self, task: Task) -> bool:
        """Whether a job would have to be asked for, as far as can be seen without asking."""
        if {_hash(task), _hash(tasks.certain(task))} & self._asked:
            return False
        opened = self._opened[task.scope] if isinstance(task, Job) else None
        return isinstance(opened, Opened) and self._memory.answer(task, opened) is None

    def _at_home(self, task: Task) -> Task | None:
        """The task in a workspace known by its names; None when no crawled fact says which that is."""
        if isinstance(task, Stored):
            owner = self._containers.get(task.container)
            return Job(owner, task.run, guess=True) if owner else None
        if isinstance(task, Job | Asset | Datastore) and isinstance(task.scope, LocatedWorkspace):
            owner = self._guids.get(task.scope.guid)
            if owner is None:
                return None
            task = msgspec.structs.replace(task, scope=owner)
        return tasks.identity(task) if isinstance(task, Asset) else task

    def _learn(self, done: Done) -> None:
        self._memory.learn(done.facts)
        self._asked.update(_hash(tasks.identity(task)) for task in done.covered)
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
            if isinstance(fact, Record | Gap | Kept):
                about = hash((isinstance(fact, Gap), fact.subject, fact.kind))
                if about in self._said:
                    continue
                self._said.add(about)
            yield fact


def _hash(task: Task) -> int:
    return hash((type(task), task))


def _weight(task: Task) -> int:
    """How many things a task asks for."""
    return len(task.runs) if isinstance(task, tasks.Runs) else 1


def _is_guess(task: Task) -> bool:
    return isinstance(task, Job | tasks.Run) and task.guess


def _listing(task: Task) -> tuple[Scope, str] | None:
    """The collection of which a task shows a part. A run may have children, and those are jobs."""
    match task:
        case tasks.More(of):
            return _listing(of)
        case tasks.List(scope, collection) | tasks.Versions(scope, collection):
            return scope, collection
        case tasks.Children(scope) | tasks.Run(scope, _, _, _, False):
            return scope, "jobs"
    return None


def _may_be_listed(task: Task, busy: set[tuple[Scope, str]]) -> bool:
    """Whether something that has not ended may show what a task wants by name."""
    match task:
        case Job(scope):
            return (scope, "jobs") in busy
        case Datastore(scope):
            return (scope, "datastores") in busy
        case Asset(scope, collection, _, version):
            return bool(version) and (scope, collection) in busy
    return False


def _container(properties: Json) -> str:
    """The blob container that a datastore stands for, as references spell it; '' for other kinds."""
    account, endpoint = properties.get("accountName"), properties.get("endpoint")
    container = properties.get("containerName") or properties.get("filesystem")
    if not (isinstance(account, str) and isinstance(endpoint, str) and isinstance(container, str)):
        return ""
    return ids.storage_path(account, "blob", endpoint, container).text
