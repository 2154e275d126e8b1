"""What need not be asked: what an index holds and cannot have changed, and what was read before an interruption.

    versions of an asset       held, if its container says the same of them as when they were listed
    children of a run          held, if it had ended when they were listed
    a run, a job by its name   held, if it has ended
    code, data, environment,   held: a version never changes
    component by its name

What was met in a listing is held only as long as that listing shows it, or is not made. What could not be read last
time is asked again. Everything else is asked, and the answer of a crawl that was interrupted a short while ago is
as good as one of now, if it was got by name: listings are read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import unquote

import msgspec

from lineage import ids
from lineage.ids import LocatedWorkspace, Workspace
from lineage.ports import Held
from lineage.records import Fact, Gap, GapReason, Kept, Listing, Record, RecordKind
from lineage.sources.azureml.marks import ended
from lineage.sources.azureml.mentions import Asset, Datastore, Job, Stored, mentions
from lineage.sources.azureml.runs import follow, job_tasks, tells_all
from lineage.sources.azureml.tasks import Children, Done, Opened, Run, Runs, Task, Versions, kind, subject

_UNCHANGING: Final = frozenset({"codes", "data", "environments", "components"})
"""Collections whose versions are what they are for ever."""


class Memory:
    """Answers tasks from what is held, for one crawl. Not from threads."""

    def __init__(self, held: Held | None) -> None:
        self._held = held
        self._listed: set[str] = set()

    def learn(self, facts: Iterable[Fact]) -> None:
        """Take note of the listings that were made."""
        self._listed.update(fact.text for fact in facts if isinstance(fact, Listing))

    def listed(self, text: str) -> int:
        """How many things an earlier crawl of this root met in a list; 0 when it did not list it."""
        said = self._held.listing(text) if self._held is not None else None
        return said.listed if said is not None else 0

    def answer(self, task: Task, opened: Opened) -> Done | None:
        """What came of a task, if that is known without asking."""
        if self._held is None:
            return None
        match task:
            case Versions(mark=mark) | Children(mark=mark):
                return self._listing(task, mark) if mark else None
            case Run(Workspace() as scope):
                return self._run(self._held, task, scope)
            case Job(Workspace() as scope):
                return self._job(self._held, task, scope, opened.history)
            case Asset() | Datastore():
                return self._named(self._held, task)
        return None

    def follow_lost(self, facts: Sequence[Fact]) -> Done:
        """What could not be read is still held: keep what it names, and its children."""
        done = Done()
        held = self._held.always if self._held is not None else None
        if held is None or not any(isinstance(fact, Gap) for fact in facts):
            return done
        read = {(fact.subject, fact.kind) for fact in facts if isinstance(fact, Record | Kept)}
        for gap in facts:
            if not isinstance(gap, Gap) or (gap.subject, gap.kind) in read:
                continue
            scope = ids.scope_of(gap.scope)
            if scope is None:
                continue
            kinds = {gap.kind, RecordKind.RUN} if gap.kind is RecordKind.JOB else {gap.kind}
            for which in sorted(kinds):
                record = held.record(gap.subject, which)
                if record is not None:
                    done.tasks.extend(mentions(record, scope))
            if RecordKind.RUN in kinds and isinstance(scope, Workspace) and gap.reason is GapReason.NOT_FOUND:
                self._keep_children(held, f"{gap.subject}/children", scope, done)
        return done

    def keep_forgotten(self, task: Task, done: Done) -> None:
        """A job that is there, and of which run history says nothing any more: what it once said stays."""
        runs = task.runs if isinstance(task, Runs) else (task,) if isinstance(task, Run) else ()
        if self._held is None or not runs:
            return
        told = {fact.subject for fact in done.facts if isinstance(fact, Record | Gap)}
        told.update(subject(later) for later in done.tasks if isinstance(later, Run))
        for run in runs:
            record = self._held.always.record(subject(run), RecordKind.RUN) if run.has_body else None
            if record is not None and record.subject not in told and isinstance(run.scope, Workspace):
                done.kept(record, run.scope)
                follow(run, run.scope, record.body, done)

    def homeless(self, task: Task) -> Gap | None:
        """Why something could not be read that is known only by the GUID of a workspace to which nothing led.

        None where that workspace was crawled by itself, and read it or told why it could not.
        """
        assert not isinstance(task, Stored)
        guid = task.scope.guid if isinstance(task.scope, LocatedWorkspace) else ""
        text = self._held.workspace(ids.fold(guid)) if self._held is not None else ""
        owner = ids.scope_of(text)
        if self._held is None or not isinstance(owner, Workspace):
            detail = f"no workspace that was read has the id {guid}"
            remedy = "crawl the workspace with that id as well: az ml workspace list --query \"[?workspace_id=='…']\""
            return Gap(subject(task), kind(task), task.scope.text, GapReason.UNREACHABLE, detail, remedy)
        there = msgspec.structs.replace(task, scope=owner)
        kinds = (RecordKind.JOB, RecordKind.RUN) if isinstance(task, Job) else (kind(task),)
        if (isinstance(task, Asset) and not task.version) or self._held.is_told(subject(there), kinds):
            return None
        detail = f"the newest crawl of {owner.text} did not meet it"
        remedy = f"crawl that workspace again: lineage crawl {owner.text}"
        return Gap(subject(task), kind(task), task.scope.text, GapReason.UNREACHABLE, detail, remedy)

    def _keep_children(self, held: Held, text: str, scope: Workspace, done: Done) -> None:
        """Children of a run that is gone: nobody can be asked for them, and what they did stays true."""
        said = held.listing(text)
        if said is None or text in self._listed:
            return
        done.facts.append(said)
        for record in held.listed(text):
            done.kept(record, scope)
            done.covered.append(Job(scope, _last(record)))
            done.covered.append(Run(scope, _last(record)))
            self._keep_children(held, f"{record.subject}/children", scope, done)

    def _listing(self, task: Versions | Children, mark: str) -> Done | None:
        assert self._held is not None
        text = subject(task)
        said = self._held.listing(text)
        if said is None or not said.complete or said.mark != mark:
            return None
        records = self._held.listed(text)
        if len(records) != said.listed or any(self._is_lost(record) for record in records):
            return None
        done, scope = Done([said]), task.scope
        for record in records:
            name = _last(record)
            if isinstance(task, Versions):
                done.kept(record, scope)
                done.covered.append(Asset(scope, task.collection, task.name, name))
            else:
                assert isinstance(scope, Workspace)
                done.tasks.append(Run(scope, name, listing=text))
        return done

    def _run(self, held: Held, task: Run, scope: Workspace) -> Done | None:
        text, done = subject(task), Done()
        if task.lost is not None:
            return None  # the job is gone: whether its run is there too has to be asked
        record = held.record(text, RecordKind.RUN)
        if record is not None and ended(record.body) and not self._is_lost(record):
            if record.listing == task.listing:
                done.kept(record, scope)
            else:
                done.record(msgspec.structs.replace(record, listing=task.listing), scope)
            follow(task, scope, record.body, done)
            return done
        match held.fresh(text, RecordKind.RUN):
            case Record() as record:
                done.record(msgspec.structs.replace(record, listing=task.listing), scope)
                follow(task, scope, record.body, done)
                return done
            case Gap() as gap:
                return Done([gap])
        return None

    def _job(self, held: Held, task: Job, scope: Workspace, history: str) -> Done | None:
        text = subject(task)
        record = held.record(text, RecordKind.JOB)
        run = held.record(text, RecordKind.RUN)
        over = ended(record.body) if record is not None else ""
        over = over or (ended(run.body) if run is not None else "")
        if (
            record is not None
            and over
            and self._stands(record)
            and not self._is_lost(record)
            and tells_all(record.body)
        ):
            done = Done()
            done.kept(record, scope)
        else:
            match held.fresh(text, RecordKind.JOB):
                case Record(listing="") as record if tells_all(record.body):
                    done = Done()
                    done.record(record, scope)
                case Gap() as gap:
                    done = Done([gap])
                    if history and gap.reason is not GapReason.NOT_FOUND:
                        done.tasks.append(Run(scope, task.name, guess=True))
                    return done
                case _:
                    return None
        if task.guess:
            done.covered.append(Job(scope, task.name))
        if history:
            done.tasks.extend(job_tasks(task, scope, record.body))
        return done

    def _named(self, held: Held, task: Asset | Datastore) -> Done | None:
        text, which, done = subject(task), kind(task), Done()
        if isinstance(task, Asset) and not task.version:
            return None
        if isinstance(task, Asset) and task.collection in _UNCHANGING:
            record = held.record(text, which)
            if record is not None and self._stands(record) and not self._is_lost(record):
                done.kept(record, task.scope)
                return done
        match held.fresh(text, which):
            case Record(listing="") as record:
                done.record(record, task.scope)
                return done
            case Gap() as gap:
                return Done([gap])
        return None

    def _stands(self, record: Record) -> bool:
        """Whether no listing was made that should have shown this record, or the asset it is of, and did not."""
        asset, _, last = record.listing.rpartition("/")
        containers = asset.rpartition("/")[0] if last == "versions" else ""
        return not {record.listing, containers} & self._listed

    def _is_lost(self, record: Record) -> bool:
        assert self._held is not None
        return self._held.is_lost(record.subject, record.kind)


def _last(record: Record) -> str:
    """The last name in a record's subject."""
    return unquote(record.subject.rpartition("/")[2])
