"""What the service stores for a path that a user registers.

It resolves the path, keeps the *resolved* place as `modelUri` and sets
`jobName` to the job that the path named. Afterwards only those two exist.

    given                                        modelUri                                          jobName
    …jobs/J/outputs/{artifacts|default}[/paths]/P  …workspaceartifactstore/paths/ExperimentRun/dcid.R/P  J
    runs:/J/P                                    the same                                          J
    …jobs/J/outputs/O[[/paths]/P]                …workspaceblobstore/paths/azureml/R/O/[P]         J
    azureml://datastores/D/paths/P               the long form of it                               null
    azureml://subscriptions/…/datastores/D/…     itself, with the service's `resourceGroups`       null
    a local path                                 …workspaceblobstore/paths/LocalUpload/HASH/NAME   null
    anything else                                itself                                            null

R is the run whose bytes they are: J itself, the run that J reuses, or the
child whose output the pipeline J publishes.
"""

from __future__ import annotations

import re
from hashlib import md5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.emulator.estate import Workspace
    from tests.emulator.things import Job

_PROVIDER = r"(?:/providers/Microsoft\.MachineLearningServices)?"
_SUB = rf"azureml://subscriptions/[^/]+/resource[gG]roups/[^/]+{_PROVIDER}/workspaces/[^/]+"
_JOB = re.compile(rf"(?:azureml:/|{_SUB})/jobs/(?P<job>[^/]+)/outputs/(?P<output>[^/]+)(?:/(?P<rest>.*))?")
_RUN = re.compile(r"runs:/(?P<job>[^/]+)/(?P<rest>.*)")
_SHORT = re.compile(r"azureml://datastores/(?P<store>[^/]+)/paths/(?P<path>.*)")
_LONG = re.compile(rf"(?P<scope>{_SUB})/datastores/(?P<store>[^/]+)/paths/(?P<path>.*)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def materialise(workspace: Workspace, given: str) -> tuple[str, str | None]:
    """(modelUri, jobName) for a path given at registration in that workspace."""
    if found := _RUN.fullmatch(given):
        return _artifact(workspace, workspace.jobs[found["job"]], found["rest"]), found["job"]
    if found := _JOB.fullmatch(given):
        job, output = workspace.jobs[found["job"]], found["output"]
        rest = (found["rest"] or "").removeprefix("paths/")
        if output in ("artifacts", "default"):
            return _artifact(workspace, job, rest), job.name
        return output_place(workspace, job, output) + rest, job.name
    if found := _SHORT.fullmatch(given):
        return workspace.place(found["path"], found["store"]), None
    if _LONG.fullmatch(given):
        return given.replace("/resourcegroups/", "/resourceGroups/"), None
    if _SCHEME.match(given):
        return given, None
    name = re.split(r"[\\/]", given)[-1]
    return workspace.place(f"LocalUpload/{md5(given.encode()).hexdigest()}/{name}"), None


def output_place(workspace: Workspace, job: Job, name: str) -> str:
    """The place of a job's named output, ending in a slash when it is the service's own choice of folder."""
    output = job.outputs[name]
    if output.of is not None:
        step, step_output = output.of
        return output_place(workspace, step, step_output)
    if output.uri:
        filled = output.uri.replace("${{name}}", job.ran_as)
        place, _ = materialise(workspace, filled)
        return place
    return workspace.place(f"azureml/{job.ran_as}/{name}/")


def tail_of(uri: str) -> str:
    """The path below the datastore or the container: what a copy to a registry keeps."""
    found = _LONG.fullmatch(uri)
    return found["path"] if found else uri.split("/", 4)[-1]


def _artifact(workspace: Workspace, job: Job, path: str) -> str:
    return workspace.place(f"ExperimentRun/dcid.{job.ran_as}/{path}", "workspaceartifactstore")
