"""Forms that name a run: jobs, their outputs, MLflow runs, flow runs.

    azureml://[SCOPE/]jobs/J                                            JobRef
    azureml://[SCOPE/]jobs/J/outputs/O[[/paths]/P]                      JobOutputRef
    runs:/R[/P]   runs://PROFILE@databricks/R/P                         RunRef
    azureml://[HOST/mlflow/API/][SCOPE/]experiments/E/runs/R/artifacts[/P]   RunArtifactRef
    azureml://[SCOPE/]experiments/E                                     ExperimentRef
    azureml://HOST/mlflow/API/SCOPE[?]                                  TrackingRef
    azureml://locations/L/workspaces/GUID/flows/F[/flowRuns/R]          FlowRef
    azureml://location/L/workspaceId/GUID/type/T/objectId/X             EntityRef

A run and a job are the same thing; a run's artifacts are its output `artifacts`
(older alias `default`).
"""

from __future__ import annotations

from lineage import ids
from lineage.references.base import Form, Scope, absolute, prefix, tail


class JobRef(Form, frozen=True, gc=False):
    """A job by its name."""

    job: str
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}jobs/{self.job}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.job(where, self.job) if where else None


class JobOutputRef(Form, frozen=True, gc=False):
    """A job's named output, or a path inside it."""

    job: str
    output: str
    path: str = ""
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}jobs/{self.job}/outputs/{self.output}{tail(self.path)}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.job_output(where, self.job, self.output, self.path) if where else None


class RunRef(Form, frozen=True, gc=False):
    """A run's artifact root, or an artifact in it. `profile` is the whole authority of a Databricks run."""

    run: str
    path: str = ""
    profile: str = ""

    def __str__(self) -> str:
        head = f"runs://{self.profile}/" if self.profile else "runs:/"
        return f"{head}{self.run}/{self.path}" if self.path else f"{head}{self.run}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        if scope is None or self.profile:
            return None
        return ids.job_output(scope, self.run, "artifacts", self.path)


class RunArtifactRef(Form, frozen=True, gc=False):
    """A run's artifacts as MLflow's store in Azure ML spells them. `host` and `api` come from a tracking URI."""

    experiment: str
    run: str
    path: str = ""
    scope: Scope = ()
    host: str = ""
    api: str = ""

    def __str__(self) -> str:
        head = tracking_head(self.host, self.api, self.scope) + "/" if self.host else prefix(self.scope)
        text = f"{head}experiments/{self.experiment}/runs/{self.run}/artifacts"
        return f"{text}/{self.path}" if self.path else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.job_output(where, self.run, "artifacts", self.path) if where else None


class ExperimentRef(Form, frozen=True, gc=False):
    """An experiment: a name that runs are filed under, without lineage of its own."""

    experiment: str
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}experiments/{self.experiment}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.resource(where, f"experiments/{self.experiment}") if where else None


class TrackingRef(Form, frozen=True, gc=False):
    """A workspace (or registry) as an MLflow tracking URI."""

    host: str
    api: str
    scope: Scope

    def __str__(self) -> str:
        return tracking_head(self.host, self.api, self.scope)

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        if where is None:
            return None
        kind = ids.Kind.REGISTRY if isinstance(where, ids.Registry) else ids.Kind.WORKSPACE
        return ids.target(kind, where.text)


def tracking_head(host: str, api: str, scope: Scope) -> str:
    """`azureml://HOST/mlflow/API/` and the workspace's ARM id, or the registry's."""
    if len(scope) == 1:
        return f"azureml://{host}/mlflow/{api}/registries/{scope[0]}"
    subscription, group, name = scope
    return (
        f"azureml://{host}/mlflow/{api}/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{name}"
    )


class FlowRef(Form, frozen=True, gc=False):
    """A prompt flow, or a run of it (a flow run is a job)."""

    flow: str
    run: str = ""
    scope: Scope = ()

    def __str__(self) -> str:
        text = f"{prefix(self.scope)}flows/{self.flow}"
        return f"{text}/flowRuns/{self.run}" if self.run else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        if where is None:
            return None
        if self.run:
            return ids.job(where, self.run)
        return ids.target(ids.Kind.OTHER, f"{where.text}/flows/{self.flow}")


class EntityRef(Form, frozen=True, gc=False):
    """An entry of the workspace's search index. `type` is `runs`, `flows`, …; `object` may repeat the GUID."""

    type: str
    object: str
    scope: Scope

    def __str__(self) -> str:
        location, guid = self.scope
        return f"azureml://location/{location}/workspaceId/{guid}/type/{self.type}/objectId/{self.object}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        if where is None:
            return None
        name = self.object.removeprefix(f"{self.scope[1]}:")
        if self.type == "runs":
            return ids.job(where, name)
        return ids.target(ids.Kind.OTHER, f"{where.text}/{self.type}/{name}") if self.type == "flows" else None
