"""A small bank's estate, in the shape of the service's records: each test bends one thing of it."""

from __future__ import annotations

from typing import Any

from lineage.records import Gap, GapReason, Listing, Record, RecordKind
from tests.linked import (
    OTHER,
    REGISTRY,
    W,
    data,
    datastore,
    deployment,
    environment,
    job,
    model,
    output,
    place,
    record,
    run,
    workspace,
)

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
DIGEST = "mcr.microsoft.com/azureml/base@sha256:" + "0123456789abcdef" * 4
CONDA = "dependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn==1.5.2\n"
GIT = {
    "mlflow.source.git.repoURL": "https://git.example/credit",
    "mlflow.source.git.commit": "c0ffee" * 6 + "c0ff",
    "azureml.git.dirty": "False",
}


def by(one: Record, who: str, kind: str = "User") -> Record:
    """The same record, made by somebody."""
    system = {**one.body.get("systemData", {}), "createdBy": who, "createdByType": kind}
    return Record(one.subject, one.kind, one.scope, {**one.body, "systemData": system})


def spec(uri: str | None) -> dict[str, Any]:
    return {"uri": uri, "jobInputType": "uri_folder", "mode": "ReadOnlyMount"}


def train(name: str = "train", **more: Any) -> Record:
    """A training job with code, an environment, one registered input and one output."""
    properties: dict[str, Any] = {
        "jobType": "Command",
        "status": "Completed",
        "codeId": f"{ARM}/codes/c/versions/1",
        "environmentId": f"{ARM}/environments/e/versions/1",
        "inputs": {"applications": spec(f"azureml:{ARM}/data/d/versions/1")},
        "outputs": {"model": output(f"azureml://datastores/lake/paths/out/{name}/")},
        "properties": {**GIT, "ContentSnapshotId": "5a"},
        **more,
    }
    return by(job(name, created="2026-10-02T08:00:00Z", **properties), "Priya Raman")


def sound() -> dict[str, Record | Listing]:
    """An estate of which no rule has anything to say."""
    return {
        "listing": Listing(f"{W}/jobs", W, complete=True, listed=1),
        "workspace": workspace(),
        "datastore": datastore(),
        "data": data(dataUri="azureml://datastores/lake/paths/raw/2026/", created="2026-10-01T08:00:00Z"),
        "environment": environment("e", "1", image=DIGEST, condaFile=CONDA),
        "code": record(f"{W}/codes/c/versions/1", RecordKind.CODE_VERSION, {"properties": {}}),
        "job": train(),
        "model": by(
            model(
                created="2026-10-03T08:00:00Z",
                jobName="train",
                modelUri="azureml://jobs/train/outputs/model",
                flavors={},
            ),
            "Maya Okafor",
        ),
        "endpoint": record(
            f"{W}/onlineEndpoints/e", RecordKind.ENDPOINT, {"properties": {"traffic": {"blue": 90, "green": 10}}}
        ),
        "deployment": by(
            deployment("blue", model=f"{ARM}/models/m/versions/1", environmentId=f"{ARM}/environments/e/versions/1"),
            "Tom Becker",
        ),
    }


def bent_job(name: str) -> Record:
    """A job that was submitted with changes not committed, with one output."""
    more = {"properties": {**GIT, "azureml.git.dirty": "True"}, "inputs": {}}
    return train(name, outputs={"o": output(f"azureml://datastores/lake/paths/made/{name}/")}, **more)


def gone(subject: str, kind: RecordKind = RecordKind.JOB) -> Gap:
    return Gap(subject, kind, W, GapReason.NOT_FOUND, "404 UserError: not found", "nothing to do", 404)


__all__ = [
    "ARM",
    "CONDA",
    "DIGEST",
    "GIT",
    "OTHER",
    "REGISTRY",
    "W",
    "bent_job",
    "by",
    "data",
    "datastore",
    "deployment",
    "environment",
    "gone",
    "job",
    "model",
    "output",
    "place",
    "record",
    "run",
    "sound",
    "spec",
    "train",
    "workspace",
]
