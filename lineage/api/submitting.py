"""The parts of a job: its inputs and outputs, parameters, metrics, what it looks for, how it failed."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from lineage import details
from lineage.api.telling import Property, as_properties
from lineage.details import Pair, Port


@strawberry.type(description="An input or output of a job as its record declares it.")
class JobPort:
    name: str = strawberry.field(description="Its name in the job.")
    type: str | None = strawberry.field(
        description="`uri_folder`, `uri_file`, `mltable`, `mlflow_model`, `custom_model`, `literal`, … "
        "(`jobInputType`, `jobOutputType`; in run history spelt `UriFolder`); null when no record says."
    )
    mode: str | None = strawberry.field(
        description="How the job gets at it, such as `ReadOnlyMount`, `Download` or `Upload`; null when no record says."
    )
    uri: str | None = strawberry.field(
        description="Where it points, as submitted, or the asset id that run history gives it, with secrets removed; "
        "null for a literal, and for an output whose place the service chose."
    )
    value: str | None = strawberry.field(description="The value of a literal input; null for any other.")
    asset: str | None = strawberry.field(
        description="`name:version` that an output is registered as; null when it is not."
    )


@strawberry.type(description="A value that a job was given, under its name.")
class Parameter:
    name: str = strawberry.field(description="The parameter's name.")
    value: str | None = strawberry.field(description="Its value in words; null for an explicit null.")


@strawberry.type(description="A number that a job logged with MLflow.")
class Metric:
    name: str = strawberry.field(description="The metric's name.")
    value: float = strawberry.field(description="The last value that was logged, in the unit of whoever logged it.")


@strawberry.type(description="How a job spreads over processes and machines.")
class ProcessDistribution:
    type: str = strawberry.field(description="`PyTorch`, `Mpi`, `TensorFlow` or `Ray` (`distributionType`).")
    processes_per_instance: int | None = strawberry.field(
        description="Processes on each machine (`processCountPerInstance`); null when the type has no such count."
    )
    workers: int | None = strawberry.field(description="TensorFlow's workers (`workerCount`); null for any other type.")
    parameter_servers: int | None = strawberry.field(
        description="TensorFlow's parameter servers (`parameterServerCount`); null for any other type."
    )


@strawberry.type(description="What a sweep looks for, and how.")
class Sweep:
    goal: str | None = strawberry.field(
        description="`Maximize` or `Minimize` (`objective.goal`); null when no record says."
    )
    metric: str | None = strawberry.field(
        description="The metric that decides (`objective.primaryMetric`); null when no record says."
    )
    sampling: str | None = strawberry.field(
        description="How trials are drawn, `Random`, `Grid` or `Bayesian` (`samplingAlgorithm`); null when no record "
        "says."
    )
    max_trials: int | None = strawberry.field(
        description="Trials at most (`limits.maxTotalTrials`); null when no record says."
    )
    max_concurrent_trials: int | None = strawberry.field(
        description="Trials at a time (`limits.maxConcurrentTrials`); null when no record says."
    )
    search_space: list[Property] = strawberry.field(
        description="What may be drawn for each parameter, as JSON (`properties.searchSpace`), at most 200."
    )
    best_trial: str | None = strawberry.field(
        description="Name of the job that was the best trial (`best_child_run_id`); null when none is known."
    )


@strawberry.type(description="What an AutoML or fine-tuning job learns.")
class TrainingTask:
    type: str = strawberry.field(
        description="`Classification`, `Regression`, `Forecasting`, `TextClassification`, … (`taskType`)."
    )
    metric: str | None = strawberry.field(
        description="The metric that decides (`primaryMetric`); null when none is set."
    )
    target: str | None = strawberry.field(
        description="The column that is learnt (`targetColumnName`); null when none is named."
    )
    model: str | None = strawberry.field(
        description="What fine-tuning starts from, as submitted (`fineTuningDetails.model.uri`); null for AutoML."
    )


@strawberry.type(description="How a job failed, in the service's words.")
class JobError:
    code: str | None = strawberry.field(description="The service's code, such as `UserError`; null when it gave none.")
    message: str | None = strawberry.field(
        description="What went wrong, with secrets removed; null when the service does not say."
    )


def as_ports(ports: Sequence[Port]) -> list[JobPort]:
    return [
        JobPort(name=one.name, type=one.type, mode=one.mode, uri=one.uri, value=one.value, asset=one.asset)
        for one in ports
    ]


def as_parameters(pairs: Sequence[Pair]) -> list[Parameter]:
    return [Parameter(name=one.name, value=one.value) for one in pairs]


def as_metrics(pairs: Sequence[tuple[str, float]]) -> list[Metric]:
    return [Metric(name=name, value=value) for name, value in pairs]


def as_distribution(told: details.Distribution) -> ProcessDistribution:
    return ProcessDistribution(
        type=told.type,
        processes_per_instance=told.processes_per_instance,
        workers=told.workers,
        parameter_servers=told.parameter_servers,
    )


def as_sweep(told: details.Sweep) -> Sweep:
    return Sweep(
        goal=told.goal,
        metric=told.metric,
        sampling=told.sampling,
        max_trials=told.max_trials,
        max_concurrent_trials=told.max_concurrent_trials,
        search_space=as_properties(told.search_space),
        best_trial=told.best,
    )


def as_task(told: details.Task) -> TrainingTask:
    return TrainingTask(type=told.type, metric=told.metric, target=told.target, model=told.model)


def as_error(told: details.Failure) -> JobError:
    return JobError(code=told.code, message=told.message)
