"""Jobs by name, and what run history says of them: one by one, in batches, and their children.

The resource manager says nothing of what a pipeline's child did, and run
history nothing of how a pipeline is wired; so a job has two bodies. Where one
of them is absent and the other is there, nothing is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from lineage.ids import Workspace
from lineage.records import Fact, GapReason, Json, Listing, RecordKind
from lineage.sources.azureml import faults, service
from lineage.sources.azureml.answers import is_object, not_a_page, record_of
from lineage.sources.azureml.marks import ended
from lineage.sources.azureml.mentions import Job
from lineage.sources.azureml.paging import Pages
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tasks import Children, Done, Run, Runs, subject
from lineage.sources.azureml.wire import Reply, Transport

NO_BATCHES: Final = frozenset({400, 404, 405, 501})
"""Answers of a host that does not know batches."""

_LEAVES: Final = frozenset({"Command", "Spark", "FineTuning", "Labeling", "Distillation", "Base"})
"""Types of job that have no children."""
_LEAF_RUNS: Final = frozenset({"azureml.StepRun", "azureml.scriptrun", "azureml.promptflow.FlowRun"})
_LEAF_STEPS: Final = frozenset({"", "PythonScriptStep", "CommandStep"})


class JobReader:
    """Asks for jobs over one transport."""

    def __init__(self, transport: Transport, addresses: Addresses) -> None:
        self._send = transport.send
        self._at = addresses

    def job(self, task: Job, scope: Workspace, history: str) -> Done:
        """The body of a job at the resource manager; run history is asked next."""
        done, text = Done(), subject(task)
        reply = is_object(self._send(self._at.get(scope, "jobs", "jobs", task.name)))
        if reply.ok:
            self.listed(task, scope, reply.body, history, done, "")
            if task.guess:
                done.covered.append(Job(scope, task.name))
            return done
        gap = faults.gap(text, RecordKind.JOB, scope, reply, "jobs")
        if history and gap.reason is GapReason.NOT_FOUND:
            done.tasks.append(Run(scope, task.name, guess=task.guess, lost=gap))
        else:
            if not (task.guess and reply.status == 404):
                done.facts.append(gap)
            if history:
                done.tasks.append(Run(scope, task.name, guess=True))
        return done

    def listed(self, task: Job, scope: Workspace, body: Json, history: str, done: Done, listing: str) -> None:
        """Keep a job's body, whoever gave it, and ask for what it does not say."""
        text = subject(task)
        body, gap = self._whole(task, scope, body)
        done.record(record_of(body, RecordKind.JOB, text, scope, listing), scope)
        done.facts.extend(gap)
        if history:
            done.tasks.extend(job_tasks(task, scope, body))

    def _whole(self, task: Job, scope: Workspace, body: Json) -> tuple[Json, list[Fact]]:
        """A fine-tuning job tells its model and data only to a newer API version."""
        if tells_all(body):
            return body, []
        reply = is_object(self._send(self._at.get(scope, "jobs/fine-tuning", "jobs", task.name)))
        if reply.ok:
            return reply.body, []
        about = f"{subject(task)}/fineTuningDetails"
        return body, [faults.gap(about, RecordKind.JOB, scope, reply, "jobs/fine-tuning")]

    def run(self, task: Run, scope: Workspace, history: str) -> Done:
        """One run, with its definition."""
        done = Done()
        self._told(task, scope, is_object(self._send(service.run_data(history, task.name))), done)
        return done

    def runs(self, task: Runs, scope: Workspace, history: str) -> Done:
        """Many runs in one request. Those of which it tells nothing are asked for alone.

        Where the service breaks over a batch, each half is asked for: one run that it cannot tell costs itself only.
        """
        done = Done()
        reply = is_object(self._send(service.batch_run_data(history, [run.name for run in task.runs])))
        read, failed = _part(reply, "successfulResults"), _part(reply, "failedResults")
        if reply.status in NO_BATCHES or (reply.ok and not read and not failed):
            done.no_batches = history
        elif reply.status >= 500 or reply.failure is GapReason.UNREACHABLE:
            middle = len(task.runs) // 2
            for half in (task.runs[:middle], task.runs[middle:]):
                alone = msgspec.structs.replace(half[0], alone=True)
                done.tasks.append(Runs(scope, half) if len(half) > 1 else alone)
            return done
        elif not reply.ok and reply.failure not in (GapReason.TOO_LARGE, GapReason.UNPARSABLE):
            for run in task.runs:
                self._told(run, scope, reply, done)
            return done
        for run in task.runs:
            status = _status(failed.get(run.name))
            if isinstance(read.get(run.name), dict):
                self._told(run, scope, Reply(200, read[run.name]), done)
            elif status:
                self._told(run, scope, Reply(status, failed[run.name]), done)
            else:
                done.tasks.append(msgspec.structs.replace(run, alone=True))
        return done

    def _told(self, task: Run, scope: Workspace, reply: Reply, done: Done) -> None:
        """What an answer says of one run."""
        text = subject(task)
        if reply.ok:
            done.record(record_of(reply.body, RecordKind.RUN, text, scope, task.listing), scope)
            follow(task, scope, reply.body, done)
            return
        if task.lost is not None:
            if not task.guess:
                done.facts.append(task.lost)
        elif not task.guess and not (task.has_body and reply.status == 404):
            done.facts.append(faults.gap(text, RecordKind.RUN, scope, reply, "rundata"))

    def children(self, task: Children, scope: Workspace, history: str) -> Done:
        """The names of a run's children; their bodies are asked for next."""
        done, text, whole, listed = Done(), subject(task), True, 0
        for reply in Pages(service.children(history, task.name)).turn(self._send):
            runs = reply.body.get("value") if reply.ok and isinstance(reply.body, dict) else None
            if not isinstance(runs, list):
                done.facts.append(faults.gap(text, RecordKind.RUN, scope, not_a_page(reply), "children"))
                whole = False
                break
            listed += len(runs)
            names = [run.get("runId") for run in runs if isinstance(run, dict)]
            done.tasks.extend(Run(scope, name, listing=text) for name in names if isinstance(name, str) and name)
        done.facts.append(Listing(text, scope.text, whole, listed, task.mark))
        return done


def tells_all(body: Json) -> bool:
    """Whether a job's body has what it fine-tunes, if it does."""
    properties = body.get("properties")
    if not isinstance(properties, dict) or properties.get("jobType") != "FineTuning":
        return True
    return isinstance(properties.get("fineTuningDetails"), dict)


def job_tasks(task: Job, scope: Workspace, body: Json) -> Iterator[Run | Children]:
    """What run history is asked about a job whose body is known."""
    properties = body.get("properties")
    yield Run(scope, task.name, has_body=True, decided=isinstance(properties, dict))
    if isinstance(properties, dict) and properties.get("jobType") not in _LEAVES:
        yield Children(scope, task.name, ended(body))


def follow(task: Run, scope: Workspace, body: Json, done: Done) -> None:
    """What need not be asked any more, and what is asked next, once a run's body is known."""
    if task.guess:
        done.covered.append(Run(scope, task.name))
    metadata = body.get("runMetadata")
    if task.lost is not None or (isinstance(metadata, dict) and metadata.get("parentRunId")):
        done.covered.append(Job(scope, task.name))
    if not task.decided and _may_have_children(metadata):
        done.tasks.append(Children(scope, task.name, ended(body)))


def _part(reply: Reply, name: str) -> dict[str, Any]:
    part = reply.body.get(name) if reply.ok else None
    return part if isinstance(part, dict) else {}


def _status(failed: Any) -> int:
    """The HTTP status of one failure inside a batch; 0 when it does not tell, and then the run is asked for alone."""
    status = failed.get("statusCode") if isinstance(failed, dict) else None
    return status if type(status) is int and 400 <= status < 600 else 0


def _may_have_children(metadata: Any) -> bool:
    if not isinstance(metadata, dict):
        return False
    properties = metadata.get("properties")
    step = properties.get("StepType") if isinstance(properties, dict) else None
    return metadata.get("runType") not in _LEAF_RUNS or (isinstance(step, str) and step not in _LEAF_STEPS)
