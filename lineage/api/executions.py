"""The object types of jobs, of what they put out, and of the schedules that start them."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from lineage.api.assets import CodeVersion, ComponentVersion, EnvironmentVersion
from lineage.api.lineages import LineageNode, Node
from lineage.api.submitting import (
    JobError,
    JobPort,
    Metric,
    Parameter,
    ProcessDistribution,
    Sweep,
    TrainingTask,
    as_distribution,
    as_error,
    as_metrics,
    as_parameters,
    as_ports,
    as_sweep,
    as_task,
)
from lineage.api.telling import (
    DESCRIPTION,
    TAGS,
    Copies,
    Tag,
    a,
    as_instant,
    as_tags,
    as_text,
    detail,
    end,
    fact,
    noted,
    other,
)
from lineage.api.words import DateTime
from lineage.details import Port
from lineage.graph import Relation
from lineage.ids import Kind


@strawberry.type(
    description="The git checkout that a job was submitted from, as the client that submitted it found it."
)
class Git:
    repository: str | None = strawberry.field(
        description="Address of the remote, with secrets removed; null when it has none."
    )
    branch: str | None = strawberry.field(description="The branch; null when no record says.")
    commit: str | None = strawberry.field(description="The commit's hash; null when no record says.")
    is_dirty: bool | None = strawberry.field(
        description="Whether files differed from the commit, so that the commit does not tell the code; null when no "
        "record says."
    )


def as_git(value: Any) -> Git | None:
    if not isinstance(value, dict):
        return None
    dirty = as_text(value.get("dirty"))
    return Git(
        repository=as_text(value.get("repo")),
        branch=as_text(value.get("branch")),
        commit=as_text(value.get("commit")),
        is_dirty=None if dirty is None else dirty.lower() == "true",
    )


@a(Kind.JOB, "One execution (Azure ML `jobs/{name}`; MLflow and OpenLineage call it a run).")
class Job(LineageNode, Node):
    display_name: str | None = strawberry.field(
        description="The name that the studio shows (`properties.displayName`); null when no record says."
    )
    type: str | None = strawberry.field(
        description="Job type, such as `Command`, `Pipeline`, `Sweep` or `AutoML` (`properties.jobType`; for a child "
        "of a pipeline the run history's `runType`); null when no record says."
    )
    status: str | None = strawberry.field(
        description="Status at the time of the crawl, such as `Completed` or `Failed` (`properties.status`); null when "
        "no record says."
    )
    experiment: str | None = strawberry.field(
        description="The experiment it belongs to (`properties.experimentName`); null when no record says."
    )
    started_at: DateTime | None = strawberry.field(
        description="When it began to run (`startTimeUtc`); null when it has not or no record says."
    )
    ended_at: DateTime | None = strawberry.field(
        description="When it ended (`endTimeUtc`); null when it has not or no record says."
    )
    compute: str | None = strawberry.field(
        description="Name of the compute it ran on (`properties.computeId`, or the run's `target`); null when no "
        "record says."
    )
    git: Git | None = strawberry.field(
        description="The state of the git checkout it was submitted from; null when no record says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("display_name", "displayName", as_text),
        ("type", "jobType", as_text),
        ("status", "status", as_text),
        ("experiment", "experiment", as_text),
        ("started_at", "startTime", as_instant),
        ("ended_at", "endTime", as_instant),
        ("compute", "compute", as_text),
        ("git", "git", as_git),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )
    created_by_id = detail(
        "authors",
        str | None,
        "Object id in Entra ID of who submitted it (run history's `createdBy.userObjectId`); null when no record says.",
        lambda authors: authors.created_by_id,
    )
    experiment_id = fact(
        "experimentId",
        str | None,
        "GUID of the experiment (run history's `experimentId`); null when no record says.",
        as_text,
    )
    snapshot = fact(
        "snapshot",
        str | None,
        "Id of the code snapshot that ran (`ContentSnapshotId`); null when it ran no uploaded code or no record says.",
        as_text,
    )
    duration_seconds = detail(
        "seconds",
        float | None,
        "Seconds of wall clock from `startTimeUtc` to `endTimeUtc`, or the run history's `duration`; null while it "
        "runs or when no record says.",
    )
    command = detail(
        "command",
        str | None,
        "What ran, with secrets removed: `properties.command`, of a sweep its trial's, of a Spark job the file and "
        "`args`, of a run its script and arguments; null when no record says.",
    )
    parameters = detail(
        "parameters",
        list[Parameter],
        "What it was given by value, by name, at most 200: literal inputs (`properties.inputs.*.value`), what a sweep "
        "drew for a trial, MLflow parameters; empty when there is nothing or no record says.",
        as_parameters,
    )
    metrics = detail(
        "metrics",
        list[Metric],
        "MLflow metrics as they were at the crawl, the last value of each, at most 200; empty when it logged none or "
        "the workspace's MLflow server was not asked.",
        as_metrics,
    )
    instance_type = detail(
        "instance_type",
        str | None,
        "Machine size (`resources.instanceType`, the run's `compute.instanceType` or `vmSize`); null when the "
        "compute decides or no record says.",
    )
    instance_count = detail(
        "instance_count",
        int | None,
        "Number of machines (`resources.instanceCount`, the run's `compute.instanceCount`); null when no record says.",
    )
    distribution = detail(
        "distribution",
        ProcessDistribution | None,
        "How it spreads over processes (`properties.distribution`); null when it does not or no record says.",
        as_distribution,
    )
    identity = detail(
        "identity",
        str | None,
        "As whom it ran, `UserIdentity`, `Managed` or `AMLToken` (`identity.identityType`); null means the "
        "workspace's default, or that no record says.",
    )
    timeout = detail(
        "timeout", str | None, "Longest time it may run, an ISO 8601 duration (`limits.timeout`); null for no limit."
    )
    job_tier = detail(
        "priority",
        str | None,
        "Tier of the queue, such as `Standard` (`queueSettings.jobTier`); null when none is set.",
    )
    sweep = detail("sweep", Sweep | None, "What a sweep looks for; null for any other job.", as_sweep)
    task = detail("task", TrainingTask | None, "What AutoML or fine-tuning learns; null for any other job.", as_task)
    error = detail("failure", JobError | None, "How it failed; null when it did not or no record says.", as_error)
    inputs = detail(
        "inputs",
        list[JobPort],
        "Its inputs as they were submitted, by name, at most 200 (`properties.inputs`, AutoML's `taskDetails`, else "
        "the run history's `inputs`); empty when it has none or no record says. `upstream` tells what they lead to.",
        as_ports,
    )
    outputs = detail(
        "outputs",
        list[JobPort],
        "Its outputs as they were submitted, by name, at most 200 (`properties.outputs`, the run history's `outputs` "
        "and `outputData`); empty when it has none or no record says.",
        as_ports,
    )
    studio_url = detail("studio", str | None, "Its page in the studio (`services.Studio`); null when no record says.")
    has_run_history = detail(
        "has_run_history",
        bool,
        "Whether run history was read: without it parents, reuse and what really ran are not known.",
    )
    properties = noted()
    environment = end(
        Relation.RAN_IN,
        EnvironmentVersion,
        "The environment it ran in (link `RAN_IN`); null when none is known, and for a pipeline, whose steps have one "
        "each.",
    )
    code = end(
        Relation.RAN_CODE,
        CodeVersion,
        "The code asset it ran (link `RAN_CODE`); null when none is known, and for a pipeline. `snapshot` may be known "
        "where this is not.",
    )
    component = end(
        Relation.INSTANCE_OF,
        ComponentVersion,
        "The component that it executes (link `INSTANCE_OF`); null when none is known, and for a pipeline.",
    )

    @strawberry.field(
        description="Machine time: `durationSeconds` times `instanceCount`, in seconds; null when either is null."
    )
    def node_seconds(self) -> float | None:
        told = self.page.details(self.found.node)
        return told.seconds * told.instance_count if None not in (told.seconds, told.instance_count) else None

    @strawberry.field(
        description="The job it is a child of: the pipeline of a step, the sweep of a trial (link `PART_OF`); null for "
        "a job of its own."
    )
    def parent(self) -> Job | None:
        return other(self, Relation.PART_OF, Job)

    @strawberry.field(
        description="The job at the top of its pipeline or sweep (`rootRunId`); null for a job of its own. The parent "
        "when nothing lies between."
    )
    def root(self) -> Job | None:
        return other(self, Relation.PART_OF, Job, "root") or other(self, Relation.PART_OF, Job)

    @strawberry.field(
        description="The job whose results it took instead of running (link `REUSED_FROM`, from `reusedrunid` and "
        "`dataContainerId`); null when it ran itself."
    )
    def reused_from(self) -> Job | None:
        return other(self, Relation.REUSED_FROM, Job)


@a(Kind.JOB_OUTPUT, "A result of a job, by the output's name (Azure ML `jobs/{job}/outputs/{output}`).")
class JobOutput(LineageNode, Node):
    copies: ClassVar[Copies] = ()

    @strawberry.field(description="The output's name in the job, such as `model`; `artifacts` is what it logged.")
    def output(self) -> str:
        return self.reference.rpartition("/outputs/")[2]

    @strawberry.field(
        description="How the record of its job declares it: type, place, asset; null when no record says."
    )
    def port(self) -> JobPort | None:
        port: Port | None = self.page.port(self.found.node)
        return as_ports((port,))[0] if port is not None else None

    @strawberry.field(description="The job it is a result of; null when the generation holds no such job.")
    def job(self) -> Job | None:
        return other(self, Relation.WAS_GENERATED_BY, Job)


@a(Kind.OTHER, "A schedule: what it starts and when (Azure ML `schedules/{name}`).", "schedules")
class Schedule(LineageNode, Node):
    display_name: str | None = strawberry.field(
        description="The name that the studio shows (`properties.displayName`); null when no record says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    type: str | None = strawberry.field(
        description="What it does, `CreateJob`, `InvokeBatchEndpoint`, `CreateMonitor`, … (`action.actionType`); null "
        "when no record says."
    )
    trigger: str | None = strawberry.field(
        description="When, `Cron` with its expression or `Recurrence` with its frequency (`properties.trigger`); null "
        "when no record says."
    )
    endpoint_name: str | None = strawberry.field(
        description="Name of the batch endpoint that it invokes (`endpointInvocationDefinition`); null for any other."
    )
    copies: ClassVar[Copies] = (
        ("display_name", "displayName", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
        ("type", "type", as_text),
        ("trigger", "trigger", as_text),
        ("endpoint_name", "endpoint", as_text),
    )
    is_enabled = detail(
        "is_enabled", bool | None, "Whether it is switched on (`properties.isEnabled`); null when no record says."
    )
    time_zone = detail(
        "time_zone", str | None, "The clock it goes by, such as `UTC` (`trigger.timeZone`); null when no record says."
    )
    starts_at = detail(
        "starts_at",
        str | None,
        "From when on, in `timeZone`, as the service wrote it (`trigger.startTime`); null means at once.",
    )
    ends_at = detail(
        "ends_at",
        str | None,
        "Until when, in `timeZone`, as the service wrote it (`trigger.endTime`); null means for ever.",
    )
    job_type = detail(
        "job_type", str | None, "Type of the job that it starts (`jobDefinition.jobType`); null when it starts none."
    )
    command = detail(
        "command",
        str | None,
        "Command of the job that it starts, with secrets removed (`jobDefinition.command`); null when it has none.",
    )
    experiment = detail(
        "experiment",
        str | None,
        "Experiment of the jobs that it starts (`jobDefinition.experimentName`); null when it starts none.",
    )
    provisioning_state = detail(
        "provisioning_state",
        str | None,
        "Whether it could be set up, such as `Succeeded` (`properties.provisioningState`); null when no record says.",
    )
    properties = noted()
