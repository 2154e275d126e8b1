"""A workspace of any size that exists only as it is asked: a `Transport` that counts what is asked of it.

Every body follows from its number, so a million of them take no room. What changes between two crawls is told with
`add_version`, `start`, `finish` and `delete`. Requests are counted by what they ask for, pages of a list one by one.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from lineage import ids
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.wire import Reply, Request
from tests.emulator.server import skip_token

ROOT: Final = ids.workspace("5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981", "rg-teeming", "mlw-teeming")
ADDRESSES: Final = Addresses("https://management.azure.com/", "https://eastus.api.azureml.ms/")
ARM: Final = (
    f"/subscriptions/{ROOT.subscription}/resourceGroups/{ROOT.resource_group}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{ROOT.name}"
)
PAGE: Final = 50
STEPS: Final = 3
"""Children of each pipeline."""
_API: Final = "https://westeurope.api.azureml.ms"
_EMPTY: Final = frozenset({"components", "onlineEndpoints", "batchEndpoints", "schedules"})


class Size(msgspec.Struct, frozen=True):
    """containers, versions: of models. jobs: of which every `pipelines`-th is a pipeline of `STEPS` steps."""

    containers: int
    versions: int
    jobs: int
    pipelines: int = 50
    tables: int = 20
    environments: int = 10
    codes: int = 40


class Teeming:
    """The workspace. `asked` counts requests by what they ask for."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.refused: dict[str, int] = {}
        """Status that every request for these gets instead."""
        self.asked: Counter[str] = Counter()
        self._more: Counter[int] = Counter()
        self._jobs = size.jobs
        self._running: set[int] = set()
        self._deleted: set[int] = set()
        self._lock = threading.Lock()

    def add_version(self, container: int) -> None:
        """Register one more version of a model."""
        self._more[container] += 1

    def start(self, jobs: int = 1) -> range:
        """Start more jobs; they run until `finish`. Their numbers."""
        started = range(self._jobs, self._jobs + jobs)
        self._jobs += jobs
        self._running.update(started)
        return started

    def finish(self) -> None:
        self._running.clear()

    def delete(self, job: int) -> None:
        self._deleted.add(job)

    def forget(self) -> dict[str, int]:
        """What was asked so far; counting begins again."""
        asked, self.asked = dict(sorted(self.asked.items())), Counter()
        return asked

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: Request) -> Reply:
        address = request.url.partition("?")[0]
        if address.startswith(_API):
            what, reply = self._history(address.removeprefix(_API), request)
        else:
            path = address.removeprefix(ADDRESSES.manager.rstrip("/")).removeprefix(ARM).strip("/")
            what, reply = self._managed([unquote(part) for part in path.split("/") if part], request)
        with self._lock:
            self.asked[what] += 1
        status = self.refused.get(what)
        return reply if status is None else Reply(status, {"error": {"code": "Refused", "message": "not now"}})

    def _managed(self, path: list[str], request: Request) -> tuple[str, Reply]:
        size = self.size
        match path:
            case []:
                properties = {
                    "workspaceId": "2c7669df-cc3c-5ca6-9009-dba6f8230c3c",
                    "discoveryUrl": f"{_API}/discovery",
                }
                return "workspace", Reply(200, {"id": ARM, "name": ROOT.name, "properties": properties})
            case ["datastores"]:
                return "datastores", _page(request, 1, lambda _: _datastore())
            case ["models"]:
                return "models", _page(request, size.containers, lambda n: self._container("models", n))
            case ["models", name, "versions"]:
                model = _number(name)
                count = self._versions(model)
                return "models/versions", _page(request, count, lambda n: self._model(model, n + 1))
            case ["data"]:
                return "data", _page(request, size.tables, lambda n: self._container("data", n))
            case ["environments"]:
                return "environments", _page(request, size.environments, lambda n: self._container("environments", n))
            case ["data" | "environments" as collection, name, "versions"]:
                return f"{collection}/versions", _page(request, 1, lambda _: _asset(collection, name))
            case ["codes", name, "versions", "1"]:
                return "codes/versions", Reply(200, _asset("codes", name))
            case ["jobs"]:
                there = [n for n in range(self._jobs) if n not in self._deleted] if self._deleted else range(self._jobs)
                reply = _page(request, len(there), lambda n: self._job(there[n]))
                # Of all lists only that of the jobs counts its items, as the service's links do.
                counted = f"{request.url}&$skipToken={skip_token(request.page * PAGE, len(there))}"
                return "jobs", msgspec.structs.replace(reply, next=counted if reply.next else "")
            case ["jobs", name] if (number := _number(name)) < self._jobs and number not in self._deleted:
                body = self._job(number)
                return "job", Reply(200, {"name": name} if "-step-" in name else body)
            case [collection] if collection in _EMPTY:
                return collection, Reply(200, {"value": []})
        return "missing", Reply(404, {"error": {"code": "NotFound", "message": "nothing here"}})

    def _history(self, path: str, request: Request) -> tuple[str, Reply]:
        if path == "/discovery":
            return "discovery", Reply(200, {"api": _API})
        end = path.rpartition(f"{ROOT.name}/")[2]
        if end == "batchrundata" and request.body:
            runs = list(request.body["requests"])
            return "batches of runs", Reply(200, {"successfulResults": {run: self._run(run) for run in runs}})
        if end == "rundata" and request.body:
            run = request.body["runId"]
            gone = _number(run) in self._deleted
            return "run", Reply(404, {"error": {"code": "NotFound"}}) if gone else Reply(200, self._run(run))
        name = end.split("/")[1]
        children = [f"{name}-step-{n}" for n in range(STEPS)] if self._is_pipeline(_number(name)) else []
        return "children", Reply(200, {"value": [{"runId": child} for child in children]})

    def _versions(self, model: int) -> int:
        return self.size.versions + self._more[model]

    def _is_pipeline(self, job: int) -> bool:
        return job % self.size.pipelines == 0

    def _status(self, job: int) -> str:
        return "Running" if job in self._running else "Completed"

    def _container(self, collection: str, number: int) -> dict[str, Any]:
        name = f"{_NAMES[collection]}-{number}"
        latest = self._versions(number) if collection == "models" else 1
        return {
            "id": f"{ARM}/{collection}/{name}",
            "name": name,
            "properties": {"latestVersion": str(latest), "nextVersion": str(latest + 1)},
            "systemData": {"lastModifiedAt": f"2026-11-{1 + latest % 28:02}T08:45:00.1234567+00:00"},
        }

    def _model(self, model: int, version: int) -> dict[str, Any]:
        job = (model * self.size.versions + version) % self.size.jobs
        return {
            "id": f"{ARM}/models/model-{model}/versions/{version}",
            "name": str(version),
            "properties": {
                "modelType": "custom_model",
                "jobName": f"job-{job}",
                "modelUri": f"azureml://jobs/job-{job}/outputs/model/paths/{model}",
                "isArchived": False,
            },
            "systemData": {"createdAt": "2026-11-01T08:00:00Z"},
        }

    def _job(self, number: int) -> dict[str, Any]:
        size, name = self.size, f"job-{number}"
        properties = {
            "jobType": "Pipeline" if self._is_pipeline(number) else "Command",
            "status": self._status(number),
            "experimentName": f"experiment-{number % 97}",
            "inputs": {"table": {"jobInputType": "uri_folder", "uri": f"azureml:table-{number % size.tables}:1"}},
            "outputs": {"model": {"jobOutputType": "uri_folder", "uri": None}},
        }
        if not self._is_pipeline(number):
            properties["environmentId"] = f"{ARM}/environments/environment-{number % size.environments}/versions/1"
            properties["codeId"] = f"{ARM}/codes/code-{number % size.codes}/versions/1"
        return {
            "id": f"{ARM}/jobs/{name}",
            "name": name,
            "properties": properties,
            "systemData": {"createdAt": "2026-11-01T08:00:00Z"},
        }

    def _run(self, name: str) -> dict[str, Any]:
        number, step = _number(name), "-step-" in name
        metadata: dict[str, Any] = {
            "runId": name,
            "status": self._status(number),
            "runType": "azureml.PipelineRun" if self._is_pipeline(number) and not step else "azureml.scriptrun",
            "startTimeUtc": "2026-11-01T08:00:00Z",
            "properties": {"azureml.git.commit": f"{number:040x}"},
        }
        if step:
            metadata |= {"runType": "azureml.StepRun", "parentRunId": name.partition("-step-")[0]}
        return {"runMetadata": metadata, "runDefinition": {"script": "train.py"}}


_NAMES: Final = {"models": "model", "data": "table", "environments": "environment"}


def _number(name: str) -> int:
    """The number in `job-12`, `job-12-step-1`, `model-7`."""
    return int(name.split("-")[1])


def _page(request: Request, count: int, body: Any) -> Reply:
    start = (request.page - 1) * PAGE
    end = min(start + PAGE, count)
    link = f"{request.url}&$skip={end}" if end < count else ""
    return Reply(200, {"value": [body(number) for number in range(start, end)]}, link)


def _asset(collection: str, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"isArchived": False}
    if collection == "data":
        properties |= {"dataType": "uri_folder", "dataUri": f"azureml://datastores/lake/paths/tables/{name}/"}
    return {"id": f"{ARM}/{collection}/{name}/versions/1", "name": "1", "properties": properties}


def _datastore() -> dict[str, Any]:
    properties = {
        "datastoreType": "AzureBlob",
        "accountName": "stteeming",
        "containerName": "lake",
        "endpoint": "core.windows.net",
    }
    return {"id": f"{ARM}/datastores/lake", "name": "lake", "properties": properties}
