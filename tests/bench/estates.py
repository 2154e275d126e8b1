"""Synthetic estates in the shape of real ones: the same bodies, names of 150-250 characters, popularity by a power law.

    data -> job -> named output -> model version -> deployment,   with models fine-tuned from models

The shape is fixed by a seed, so a change in a figure is a change in the code.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec

from lineage import ids
from lineage.records import Fact, Listing, Record, RecordKind

SUBSCRIPTION = "5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981"
GROUP = "rg-credit-risk-analytics-westeurope-prod"
NAME = "mlw-credit-risk-analytics-prod-weu-001"
SCOPE = ids.workspace(SUBSCRIPTION, GROUP, NAME)
ARM = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{NAME}"
)
GUID = "2c7669df-cc3c-5ca6-9009-dba6f8230c3c"
CONTAINER = f"azureml-blobstore-{GUID}"
_WORDS = ("churn", "credit", "fraud", "demand", "pricing", "uplift", "scorecard", "segment", "retention", "default")

NODES_A_JOB = 6.58
"""About how many nodes one job brings with it (measured; see `nodes`)."""


class Estate(msgspec.Struct, frozen=True):
    """What a crawl of the estate says, and names worth asking about.

    models: canonical texts, most recent last. hub: the most popular data version. deployments: canonical texts.
    """

    root: str
    facts: list[Fact]
    models: list[str]
    hub: str
    deployments: list[str]

    @property
    def records(self) -> list[Record]:
        return [fact for fact in self.facts if isinstance(fact, Record)]


def estate(nodes: int, seed: int = 7) -> Estate:
    """An estate of about `nodes` nodes."""
    return _Builder(max(4, round(nodes / NODES_A_JOB)), random.Random(seed)).build()


class _Builder:
    def __init__(self, jobs: int, chance: random.Random) -> None:
        self._jobs = jobs
        self._chance = chance
        self._facts: list[Fact] = []
        self._models: list[tuple[str, str]] = []
        self._outputs: list[str] = []
        self._versions: dict[str, int] = {}
        self._deployments: list[str] = []
        self._clock = 0

    def build(self) -> Estate:
        self._places()
        data = [self._data(number) for number in range(max(2, self._jobs // 3))]
        environments = [self._asset("environments", f"train-{n}", "1") for n in range(max(1, self._jobs // 50))]
        codes = [self._asset("codes", self._guid(), "1") for _ in range(max(1, self._jobs // 8))]
        for _ in range(self._jobs):
            self._job(data, environments, codes)
        kinds = ("jobs", "data", "environments", "codes", "datastores", "onlineEndpoints", "models")
        self._facts += [Listing(f"{SCOPE.text}/{kind}", SCOPE.text, True, 0) for kind in kinds]
        models = [ids.asset(SCOPE, "models", name, version).text for name, version in self._models]
        hub = ids.asset(SCOPE, "data", *data[0]).text
        return Estate(SCOPE.text, self._facts, models, hub, self._deployments)

    def _popular(self, things: list[Any], sharp: float = 2.5) -> Any:
        """One of `things`, the first ones far more often (a power law)."""
        return things[int(len(things) * self._chance.random() ** sharp)]

    def _recent(self, things: list[Any]) -> Any:
        return things[-1 - int(min(len(things), 400) * self._chance.random() ** 1.5)]

    def _add(self, text: str, kind: RecordKind, arm: str, properties: dict[str, Any], type_: str) -> None:
        self._clock += 37
        created = (
            f"2026-{1 + self._clock // 2_400_000 % 12:02}-{1 + self._clock // 86_400 % 28:02}T08:00:00.1304697+00:00"
        )
        body = {
            "id": f"{ARM}/{arm}",
            "name": arm.rpartition("/")[2],
            "properties": properties,
            "systemData": {
                "createdAt": created,
                "createdBy": "Priya Raman",
                "createdByType": "User",
                "lastModifiedAt": created,
                "lastModifiedBy": "Priya Raman",
                "lastModifiedByType": "User",
            },
            "type": f"Microsoft.MachineLearningServices/workspaces/{type_}",
        }
        collection = text.removeprefix(f"{SCOPE.text}/").split("/")[0] if text != SCOPE.text else ""
        listing = f"{SCOPE.text}/{collection}" if collection else ""
        self._facts.append(Record(text, kind, SCOPE.text, body, listing, f"{ARM}/{arm}"))

    def _places(self) -> None:
        self._facts.append(
            Record(
                SCOPE.text,
                RecordKind.WORKSPACE,
                SCOPE.text,
                {"id": ARM, "name": NAME, "location": "westeurope", "properties": {"workspaceId": GUID}},
                "",
                ARM,
            )
        )
        for name, container in (("workspaceblobstore", CONTAINER), ("workspaceartifactstore", "azureml")):
            properties = {
                "datastoreType": "AzureBlob",
                "accountName": "stcreditprodweu001",
                "containerName": container,
                "endpoint": "core.windows.net",
                "protocol": "https",
            }
            self._add(
                ids.datastore(SCOPE, name).text, RecordKind.DATASTORE, f"datastores/{name}", properties, "datastores"
            )

    def _data(self, number: int) -> tuple[str, str]:
        name, version = f"{_WORDS[number % 10]}-applications-monthly-extract-{number:06}", "1"
        store = ids.datastore(SCOPE, "workspaceblobstore").text
        properties = {
            "dataType": "uri_folder",
            "dataUri": f"{store}/paths/raw/{_WORDS[number % 10]}/{number:06}/",
            "description": "Monthly extract of applications, deduplicated and joined with the bureau's scores.",
            "isAnonymous": False,
            "isArchived": False,
            "properties": {},
            "tags": {"owner": "risk-data", "pii": "true"},
        }
        self._add(
            ids.asset(SCOPE, "data", name, version).text,
            RecordKind.DATA_VERSION,
            f"data/{name}/versions/{version}",
            properties,
            "data/versions",
        )
        return name, version

    def _asset(self, collection: str, name: str, version: str) -> str:
        kind = RecordKind.ENVIRONMENT_VERSION if collection == "environments" else RecordKind.CODE_VERSION
        properties: dict[str, Any] = {"description": None, "isAnonymous": False, "isArchived": False, "tags": {}}
        if collection == "environments":
            properties |= {"image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:20230601.v1", "osType": "Linux"}
        else:
            properties["codeUri"] = (
                f"https://stcreditprodweu001.blob.core.windows.net/{CONTAINER}/LocalUpload/{self._hex(32)}"
            )
        arm = f"{collection}/{name}/versions/{version}"
        self._add(ids.asset(SCOPE, collection, name, version).text, kind, arm, properties, f"{collection}/versions")
        return f"{ARM}/{arm}"

    def _job(self, data: list[tuple[str, str]], environments: list[str], codes: list[str]) -> None:
        name = f"{self._chance.choice(_WORDS)}_{self._chance.choice(_WORDS)}_{self._hex(10)}"
        inputs: dict[str, Any] = {}
        for number in range(1 + (self._chance.random() < 0.4)):
            asset, version = self._popular(data)
            inputs[f"applications_{number}"] = self._input(f"azureml:{ARM}/data/{asset}/versions/{version}")
        if self._outputs and self._chance.random() < 0.35:
            inputs["features"] = self._input(f"azureml://jobs/{self._recent(self._outputs)}/outputs/trained_model")
        if self._models and self._chance.random() < 0.25:
            base, version = self._popular(self._models) if self._chance.random() < 0.5 else self._recent(self._models)
            inputs["base_model"] = self._input(f"azureml:{base}:{version}", "mlflow_model")
        folder = f"azureml://datastores/workspaceblobstore/paths/azureml/{name}/trained_model/"
        properties = {
            "codeId": self._chance.choice(codes),
            "command": "python train.py --data ${{inputs.applications_0}} --out ${{outputs.trained_model}} --epochs 40",
            "componentId": None,
            "computeId": f"{ARM}/computes/gpu-cluster-nc24",
            "description": None,
            "displayName": name.replace("_", "-"),
            "distribution": None,
            "environmentId": self._chance.choice(environments),
            "environmentVariables": {},
            "experimentName": "credit-risk-monthly-retraining",
            "identity": None,
            "inputs": inputs,
            "isArchived": False,
            "jobType": "Command",
            "limits": None,
            "notificationSetting": None,
            "outputs": {
                "default": self._output(f"azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.{name}"),
                "trained_model": self._output(folder),
            },
            "parameters": {},
            "properties": {
                "ContentSnapshotId": self._guid(),
                "ProcessInfoFile": "azureml-logs/process_info.json",
                "ProcessStatusFile": "azureml-logs/process_status.json",
                "_azureml.ComputeTargetType": "amlctrain",
                "azureml.git.dirty": "False",
                "mlflow.source.git.branch": "main",
                "mlflow.source.git.commit": self._hex(40),
                "mlflow.source.git.repoURL": "https://dev.azure.com/contoso/risk/_git/credit-models",
            },
            "resources": {"instanceCount": 1, "instanceType": None, "properties": {}, "shmSize": "2g"},
            "services": {
                "Studio": {"endpoint": f"https://ml.azure.com/runs/{name}", "jobServiceType": "Studio", "status": None}
            },
            "status": "Completed",
            "tags": {"team": "credit-risk"},
        }
        self._add(ids.job(SCOPE, name).text, RecordKind.JOB, f"jobs/{name}", properties, "jobs")
        self._outputs.append(name)
        if self._chance.random() < 0.6:
            self._model(name)

    def _model(self, job: str) -> None:
        name = f"{self._popular(list(_WORDS))}-{self._chance.randrange(max(2, self._jobs // 12)):05}"
        self._versions[name] = version = self._versions.get(name, 0) + 1
        forms = (
            f"azureml://jobs/{job}/outputs/trained_model",
            f"azureml:{ARM}/datastores/workspaceblobstore/paths/azureml/{job}/trained_model",
            ids.datastore_path(SCOPE, "workspaceblobstore", f"azureml/{job}/trained_model").text + "/",
        )
        properties = {
            "description": None,
            "flavors": {"python_function": {"data": {"loader_module": "mlflow.sklearn", "python_version": "3.11.9"}}},
            "isAnonymous": False,
            "isArchived": self._chance.random() < 0.05,
            "jobName": job,
            "modelType": "mlflow_model",
            "modelUri": self._chance.choice(forms),
            "properties": {"mlflow.modelSourceUri": f"runs:/{job}/trained_model"},
            "stage": "Production" if self._chance.random() < 0.1 else None,
            "tags": {"auc": "0.81", "team": "credit-risk"},
        }
        arm = f"models/{name}/versions/{version}"
        text = ids.asset(SCOPE, "models", name, str(version)).text
        self._add(text, RecordKind.MODEL_VERSION, arm, properties, "models/versions")
        self._models.append((name, str(version)))
        if self._chance.random() < 0.04:
            self._deployment(name, arm)

    def _deployment(self, name: str, model: str) -> None:
        endpoint = f"onlineEndpoints/{name}-{len(self._deployments)}"
        self._add(
            f"{SCOPE.text}/{endpoint}",
            RecordKind.ENDPOINT,
            endpoint,
            {
                "traffic": {"blue": 100},
                "provisioningState": "Succeeded",
                "scoringUri": f"https://{name}.weu.inference.ml.azure.com",
            },
            "onlineEndpoints",
        )
        arm = f"{endpoint}/deployments/blue"
        properties = {"model": f"{ARM}/{model}", "instanceType": "Standard_DS3_v2", "provisioningState": "Succeeded"}
        self._add(f"{SCOPE.text}/{arm}", RecordKind.DEPLOYMENT, arm, properties, "onlineEndpoints/deployments")
        self._deployments.append(f"{SCOPE.text}/{arm}")

    def _input(self, uri: str, type_: str = "uri_folder") -> dict[str, Any]:
        return {"description": None, "jobInputType": type_, "mode": "ReadOnlyMount", "uri": uri}

    def _output(self, uri: str) -> dict[str, Any]:
        return {
            "assetName": None,
            "assetVersion": None,
            "description": None,
            "jobOutputType": "uri_folder",
            "mode": "ReadWriteMount",
            "uri": uri,
        }

    def _hex(self, length: int) -> str:
        return f"{self._chance.getrandbits(length * 4):0{length}x}"

    def _guid(self) -> str:
        text = self._hex(32)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def lines(estate: Estate) -> Iterator[bytes]:
    """The records as JSON lines, as a crawl might have kept them."""
    encode = msgspec.json.Encoder().encode
    return (encode(record) for record in estate.records)
