"""Listing or getting: which way the jobs of the crawled workspace are read, decided when it is known what is wanted.

`planning` has the law and the prices. Here stands the list that waits, and how many jobs were got instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from lineage.ids import Registry, Scope, Workspace
from lineage.ports import Reporter
from lineage.records import Fact, Gap, GapReason, Listing, RecordKind
from lineage.sources.azureml import tasks
from lineage.sources.azureml.mentions import Job
from lineage.sources.azureml.planning import PAGE, Planner
from lineage.sources.azureml.tasks import Task

_REMEDY: Final = "to know every job, crawl once with --jobs list, or --full"


class Choice:
    """The jobs of one crawl. has: how many jobs an earlier crawl listed, whose runs are held; 0 for none."""

    def __init__(self, root: Workspace | Registry, planner: Planner, has: int = 0) -> None:
        self._root = root
        self._planner = planner
        self._has = has
        self._waiting: tasks.More | None = None
        self._there = 0
        self._got = 0
        self._free = False

    def first(self, collection: str) -> tasks.List:
        """How a collection of the root is begun."""
        return tasks.List(self._root, collection, self._planner.probe(collection))

    def holds(self, task: Task) -> bool:
        """Take the rest of a list that waits; whether it was taken."""
        if not (isinstance(task, tasks.More) and isinstance(task.of, tasks.List) and task.page == 2):
            return False
        if not 0 < task.of.probe < task.pages.left:
            return False
        self._waiting, self._there = task, task.pages.left
        return True

    @property
    def busy(self) -> Scope | None:
        """The scope whose jobs may still be listed, so that none is got by its name yet."""
        return self._root if self._waiting is not None and not self._free else None

    def decide(self, pending: list[Task], wanted: Callable[[Task], bool]) -> list[Task]:
        """What goes on: nothing changes as long as other things are asked, which may name more jobs.

        wanted: whether a task for a job would have to be asked.
        """
        self._free = False
        if self._waiting is None or not all(isinstance(it, Job) and it.scope == self._root for it in pending):
            return pending
        # A thing that several others name is one request.
        names = {task.name: task for task in pending if isinstance(task, Job)}
        named = sum(map(wanted, names.values()))
        price = self._planner.jobs(self._there, self._got + named, max(0, self._there - self._has))
        if price.lists:
            rest, self._waiting = self._waiting, None
            return [rest, *pending]
        self._got += named
        self._free = True
        return pending

    def unlisted(self, report: Reporter) -> Iterator[Fact]:
        """What is said, when all is done, of a list that was not read."""
        if isinstance(self._root, Registry) or (self._planner.way != "get" and self._waiting is None):
            return
        text = f"{self._root.text}/jobs"
        pages = -(-self._there // PAGE)
        spared = f" instead of {pages:,} more pages of their list" if pages else ""
        report.note(
            f"jobs were got by name{spared}: those that nothing names are not known, and what uses a thing may be "
            f"more than is told; {_REMEDY}"
        )
        detail = "jobs were got by name and not listed: those that nothing names are not known"
        yield Gap(text, RecordKind.JOB, self._root.text, GapReason.NOT_LISTED, detail, _REMEDY)
        yield Listing(text, self._root.text, False, self._waiting.pages.listed if self._waiting else 0)
