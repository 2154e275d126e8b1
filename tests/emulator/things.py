"""What an estate holds: jobs with their inputs and outputs, versions of assets, endpoints.

Made through `estate.Workspace` and its kin, which know where things belong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

if TYPE_CHECKING:
    from tests.emulator.estate import Registry, Workspace


def guid(*names: str) -> str:
    """A GUID that only these names make."""
    return str(uuid5(NAMESPACE_DNS, "/".join((*names, "contoso.example"))))


@dataclass
class Input:
    """What a job was given. `literal` inputs are values, all others name data or models by `uri`."""

    uri: str = ""
    type: str = "uri_folder"
    literal: str | None = None


@dataclass
class Output:
    """What a job writes under a name.

    uri: where it was told to write; '' = the service's own place `azureml/<run>/<output>/`.
    asset: (name, version) that the job itself registers from it. of: the child's output that a pipeline publishes.
    """

    uri: str = ""
    type: str = "uri_folder"
    asset: tuple[str, str] | None = None
    of: tuple[Job, str] | None = None


@dataclass
class Git:
    """What a submitter's folder said of itself; `url` is whatever `git remote` printed, secrets included."""

    url: str
    commit: str
    branch: str = "main"
    dirty: bool = False

    def properties(self) -> dict[str, str]:
        return {
            "mlflow.source.git.repoURL": self.url,
            "mlflow.source.git.branch": self.branch,
            "mlflow.source.git.commit": self.commit,
            "azureml.git.dirty": str(self.dirty),
        }


@dataclass
class Job:
    """One execution. A pipeline's children are jobs that ARM shows without `properties`.

    reused_from: the run that really did the work; its artifacts and outputs stay under that run's name.
    best: of a sweep or an AutoML job, the trial that won. node: what kind of step a pipeline calls it.
    more: members of its ARM `properties` that need no rule.
    """

    workspace: Workspace
    name: str
    created: datetime
    kind: str = "Command"
    title: str = ""
    experiment: str = "credit-risk"
    inputs: dict[str, Input] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    environment: str = ""
    code: str = ""
    command: str = "python main.py"
    component: str = ""
    git: Git | None = None
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    parent: Job | None = None
    children: list[Job] = field(default_factory=list)
    reused_from: Job | None = None
    status: str = "Completed"
    archived: bool = False
    user: str = ""
    schedule: Schedule | None = None
    best: Job | None = None
    node: str = "command"
    more: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user = self.user or self.workspace.owner

    @property
    def ran_as(self) -> str:
        """The run under whose name the bytes lie: this one, or the one it reuses."""
        return self.reused_from.ran_as if self.reused_from else self.name

    def output(self, name: str, path: str | None = None) -> str:
        """The reference a user writes: `azureml://jobs/J/outputs/O[/paths/P]`."""
        tail = "" if path is None else f"/paths/{path}"
        return f"azureml://jobs/{self.name}/outputs/{name}{tail}"

    def child(
        self,
        name: str,
        title: str,
        *,
        inputs: dict[str, str | Input] | None = None,
        outputs: dict[str, str | Output] | None = None,
        component: str = "",
        environment: str = "",
        reuses: Job | None = None,
        node: str = "command",
    ) -> Job:
        """A step of this pipeline; with `reuses`, one that did not run because that job had done the same work."""
        ws = self.workspace
        step = Job(
            ws,
            name,
            ws.estate.tick(),
            kind="Step",
            title=title,
            experiment=self.experiment,
            inputs=inputs_of(inputs),
            outputs=outputs_of(outputs) if outputs is not None or reuses is None else dict(reuses.outputs),
            component=component or f"{ws.arm}/components/{title}/versions/1",
            environment=environment or (reuses.environment if reuses else ""),
            parent=self,
            reused_from=reuses,
            user=self.user,
            node=node,
        )
        self.children.append(step)
        ws.jobs[name] = step
        ws.imply_assets(step)
        return step

    def trial(self, number: int, *, outputs: dict[str, str | Output] | None = None, best: bool = False) -> Job:
        """A trial of this sweep or AutoML job; the service names it after the job."""
        ws = self.workspace
        trial = Job(
            ws,
            f"{self.name}_{number}",
            ws.estate.tick(),
            kind="Trial",
            title=f"{self.title}_{number}",
            experiment=self.experiment,
            inputs=dict(self.inputs),
            outputs=outputs_of(outputs),
            environment=self.environment,
            parent=self,
            user=self.user,
        )
        self.children.append(trial)
        ws.jobs[trial.name] = trial
        ws.imply_assets(trial)
        if best:
            self.best = trial
        return trial

    def publishes(self, name: str, step: Job, output: str, *, type: str = "uri_folder") -> None:  # noqa: A002
        """Bind this pipeline's output to the step's that fills it."""
        self.outputs[name] = Output(type=type, of=(step, output))

    def delete(self) -> None:
        """Remove the job as a user does: whatever was registered from it stays and keeps naming it."""
        self.workspace.jobs.pop(self.name)
        self.workspace.deleted.add(self.name)


@dataclass
class Version:
    """One version of an asset. `body` holds the `properties` that its kind adds to the common ones."""

    scope: Workspace | Registry
    collection: str
    name: str
    version: str
    created: datetime
    body: dict[str, object]
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    description: str | None = None
    archived: bool = False
    anonymous: bool = False
    listed: bool = True
    user: str = ""

    def __post_init__(self) -> None:
        self.user = self.user or self.scope.owner

    @property
    def arm(self) -> str:
        return f"{self.scope.arm}/{self.collection}/{self.name}/versions/{self.version}"

    @property
    def located(self) -> str:
        """The asset id of the data plane, which knows a workspace by its GUID."""
        where = f"azureml://locations/{self.scope.location}/workspaces/{self.scope.guid}"
        return f"{where}/{self.collection}/{self.name}/versions/{self.version}"

    @property
    def short(self) -> str:
        return f"azureml:{self.name}:{self.version}"

    def archive(self) -> None:
        self.archived = True


@dataclass
class Model(Version):
    """A model version. `given` is what the user registered; `uri` and `job_name` are what the service kept."""

    given: str = ""
    uri: str = ""
    job_name: str | None = None
    type: str = "custom_model"
    flavors: dict[str, object] = field(default_factory=dict)
    stage: str | None = None
    origin: str | None = None

    @property
    def id(self) -> str:
        """The canonical name, as `lineage` prints it."""
        return f"{self.scope.uri}/models/{self.name}/versions/{self.version}"


@dataclass
class Datastore:
    workspace: Workspace
    name: str
    account: str
    container: str
    kind: str = "AzureBlob"
    default: bool = False


@dataclass
class Deployment:
    endpoint: Endpoint
    name: str
    created: datetime
    model: str
    environment: str = ""
    code: str = ""
    variables: dict[str, str] = field(default_factory=dict)


@dataclass
class Endpoint:
    """Where models are served: `online` with a share of the traffic for each deployment, or `batch`."""

    workspace: Workspace
    name: str
    created: datetime
    batch: bool = False
    traffic: dict[str, int] = field(default_factory=dict)
    mirror: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)

    @property
    def arm(self) -> str:
        return f"{self.workspace.arm}/{'batch' if self.batch else 'online'}Endpoints/{self.name}"

    def invoked(self, name: str, deployment: Deployment, *, inputs: dict[str, str | Input] | None = None) -> Job:
        """The pipeline job that scores with a deployment of this batch endpoint."""
        marks = {
            "azureml.endpointname": self.name,
            "azureml.deploymentname": deployment.name,
            "azureml.runLineageType": "batchDeployment",
            "runSource": "BatchDeployment",
            "runType": "HTTP",
        }
        tags = {"azureml.batchrun": "true", "azureml.deploymentname": deployment.name}
        options = {"outputs": {"score": ""}, "properties": marks, "tags": tags}
        return self.workspace.pipeline(name, name, inputs=inputs, **options)  # type: ignore[arg-type]

    def deploys(
        self, name: str, model: str, *, traffic: int = 0, mirror: int = 0, environment: str = "", **variables: str
    ) -> Deployment:
        made = self.workspace.estate.tick()
        deployment = Deployment(self, name, made, model, environment, variables=variables)
        self.deployments[name] = deployment
        self.traffic[name] = traffic
        if mirror:
            self.mirror[name] = mirror
        return deployment


@dataclass
class Schedule:
    """Runs a job like `job`, or invokes the batch `endpoint`, by the clock; what it started names it."""

    workspace: Workspace
    name: str
    created: datetime
    cron: str
    job: Job | None = None
    endpoint: Endpoint | None = None
    enabled: bool = True


def inputs_of(given: dict[str, str | Input] | None) -> dict[str, Input]:
    return {name: value if isinstance(value, Input) else Input(value) for name, value in (given or {}).items()}


def outputs_of(given: dict[str, str | Output] | None) -> dict[str, Output]:
    return {name: value if isinstance(value, Output) else Output(value) for name, value in (given or {}).items()}
