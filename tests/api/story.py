"""An estate for the questions of the service, small enough to know by heart."""

from __future__ import annotations

from typing import Any

from lineage.graph import Certainty, Derivation, LooseReason, Relation, State
from tests.memory import Estate, MemoryIndex

WORKSPACE = "azureml://subscriptions/s1/resourceGroups/rg/workspaces/mlw-credit-dev"
FIVE = f"{WORKSPACE}/models/credit-scoring/versions/5"
SIX = f"{WORKSPACE}/models/credit-scoring/versions/6"
RAW = f"{WORKSPACE}/data/bureau-extracts/versions/1"
TRAIN = f"{WORKSPACE}/jobs/train_1"


def credit() -> Estate:
    """A scorecard from raw data to live traffic.

    bureau-extracts 1 -> prepare_1 -> clean -> train_1 -> model -> credit-scoring 5 -> deployment blue (90 %)
                                                                -> credit-scoring 6 -> deployment green (10 %)
    credit-scoring 6 was also claimed by the job retrain_9, which was deleted. early-warning 1 is an upload.
    """
    estate = Estate("mlw-credit-dev", group="rg", subscription="s1")
    raw = estate.data("bureau-extracts", "1", source=estate.place("lake", "raw/2026"), type="uri_folder")
    environment = estate.environment("sklearn", "12", image="mcr.example/sklearn:12")
    prepare = estate.job("prepare_1", used={"raw": raw}, displayName="prepare", status="Completed")
    clean = estate.output(prepare, "clean")
    code = estate.code("train-code", "1")
    train = estate.job(
        "train_1",
        used={"data": clean},
        environment=environment,
        code=code,
        status="Completed",
        git={"repo": "https://git.example/credit", "branch": "main", "commit": "c0ffee", "dirty": "True"},
    )
    five = estate.model(
        "credit-scoring",
        "5",
        source=estate.output(train, "model"),
        path="scorecard/model.pkl",
        stage="Production",
        createdAt="2026-10-02T09:00:00.1234567Z",
        createdBy="Priya",
        tags={"team": "credit"},
    )
    six = estate.model("credit-scoring", "6", source=estate.output(train, "model"), createdAt="2026-10-09T09:00:00Z")
    gone = estate.job(
        "retrain_9", state=State.DELETED, reason="the service answers 404", remedy="crawl an older recording"
    )
    estate.link(
        six,
        gone,
        Relation.WAS_GENERATED_BY,
        derivation=Derivation.NAMING,
        certainty=Certainty.INFERRED,
        field="properties.jobName",
    )
    upload = estate.model("early-warning", "1")
    estate.loose(upload, "properties.modelUri", "./artifacts", LooseReason.LOCAL_UPLOAD, "register from a job's output")
    endpoint = estate.endpoint("credit-live", traffic={"blue": 90, "green": 10})
    estate.deployment(endpoint, "blue", model=five)
    estate.deployment(endpoint, "green", model=six)
    return estate


def many(models: int) -> Estate:
    """So many model versions, each made by a job of its own from one shared data version."""
    estate = Estate("mlw-many", group="rg", subscription="s1")
    raw = estate.data("shared", "1")
    for number in range(models):
        job = estate.job(f"job_{number:04}", used={"data": raw})
        estate.model(
            "scorer",
            f"{number:04}",
            source=estate.output(job, "model"),
            createdAt=f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z",
        )
    return estate


class Growing:
    """An index into which new generations are published while it is read."""

    def __init__(self, *views: Any) -> None:
        self.views = list(views)

    def view(self, as_of: int | str | None = None) -> Any:
        return MemoryIndex(*self.views).view(as_of)

    def generations(self) -> Any:
        return MemoryIndex(*self.views).generations()
