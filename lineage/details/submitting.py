"""How a job was asked to run: on how many machines, over which trials, for which task; and how it failed."""

from __future__ import annotations

import msgspec

from lineage.details.pairs import Pair, number, pairs, said
from lineage.linking.bodies import obj
from lineage.records import Json


class Distribution(msgspec.Struct, frozen=True):
    """How a job spreads over processes. type: `PyTorch`, `Mpi`, `TensorFlow`, `Ray`."""

    type: str
    processes_per_instance: int | None = None
    workers: int | None = None
    parameter_servers: int | None = None


class Sweep(msgspec.Struct, frozen=True):
    """What a sweep looks for. search_space: of each parameter what may be drawn, as JSON. best: run of the best."""

    goal: str | None
    metric: str | None
    sampling: str | None
    max_trials: int | None
    max_concurrent_trials: int | None
    search_space: tuple[Pair, ...]
    best: str | None


class Task(msgspec.Struct, frozen=True):
    """What an AutoML or fine-tuning job learns. model: what fine-tuning starts from, as submitted."""

    type: str
    metric: str | None
    target: str | None
    model: str | None


class Failure(msgspec.Struct, frozen=True):
    """How a job failed, in the service's words."""

    code: str | None
    message: str | None


def distribution(part: Json) -> Distribution | None:
    told = obj(part, "distribution")
    kind = said(told, "distributionType") or said(told, "type")
    if kind is None:
        return None
    processes = number(told, "processCountPerInstance")
    return Distribution(kind, processes, number(told, "workerCount"), number(told, "parameterServerCount"))


def sweep(properties: Json, meta: Json) -> Sweep | None:
    objective, sampling, limits = (obj(properties, name) for name in ("objective", "samplingAlgorithm", "limits"))
    if not (objective or sampling):
        return None
    extra = obj(properties, "properties")
    return Sweep(
        said(objective, "goal"),
        said(objective, "primaryMetric"),
        said(sampling, "samplingAlgorithmType"),
        number(limits, "maxTotalTrials"),
        number(limits, "maxConcurrentTrials"),
        pairs(obj(properties, "searchSpace")),
        said(extra, "best_child_run_id") or said(obj(meta, "properties"), "best_child_run_id"),
    )


def task(properties: Json) -> Task | None:
    for group in ("taskDetails", "fineTuningDetails"):
        told = obj(properties, group)
        if kind := said(told, "taskType"):
            model = said(obj(told, "model"), "uri")
            return Task(kind, said(told, "primaryMetric"), said(told, "targetColumnName"), model)
    return None


def failure(meta: Json) -> Failure | None:
    told = obj(meta, "error")
    told = obj(told, "error") or told
    code, message = said(told, "code"), said(told, "message")
    return Failure(code, message) if code or message else None
