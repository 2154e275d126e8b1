"""From MLflow's objects to the JSON that records hold: copied, redacted, nothing decided.

Tags, params and metrics become objects by name, because secrets are found by
the name that a value stands under. What can be large and says nothing of
origin is left out: the history of a metric, the models' own files
(`mlflow.log-model.history`), the schema and profile of a data set.
"""

from __future__ import annotations

import math
from typing import Any, Final

from lineage.records import Json
from lineage.redaction import redact

MOST_METRICS: Final = 200
"""Metrics of one run that are kept, the first by name."""
_DROPPED: Final = frozenset({"mlflow.log-model.history", "mlflow.loggedModels"})
_RUN_INFO: Final = (
    *("run_id", "run_name", "experiment_id", "user_id", "status"),
    *("start_time", "end_time", "lifecycle_stage", "artifact_uri"),
)
_VERSION: Final = (
    *("name", "version", "creation_timestamp", "user_id", "current_stage", "description", "source", "run_id"),
    *("run_link", "status", "status_message", "model_id"),
)


def run(found: Any, experiment: str) -> Json:
    """A run. `experiment` is the name of the experiment that it was listed in."""
    data, inputs, outputs = found.data, getattr(found, "inputs", None), getattr(found, "outputs", None)
    metrics = {name: _number(data.metrics[name]) for name in sorted(data.metrics)[:MOST_METRICS]}
    body: Json = {
        "info": _fields(found.info, _RUN_INFO),
        "data": {"tags": _tags(data.tags), "params": dict(data.params), "metrics": metrics},
        "experiment": {"experiment_id": found.info.experiment_id, "name": experiment},
    }
    if inputs is not None and (inputs.dataset_inputs or _of(inputs, "model_inputs")):
        body["inputs"] = {
            "dataset_inputs": [
                {
                    "dataset": {"name": one.dataset.name, "digest": one.dataset.digest},
                    "tags": {tag.key: tag.value for tag in one.tags},
                }
                for one in inputs.dataset_inputs
            ],
            "model_inputs": [{"model_id": one.model_id} for one in _of(inputs, "model_inputs")],
        }
    if outputs is not None and _of(outputs, "model_outputs"):
        body["outputs"] = {
            "model_outputs": [{"model_id": one.model_id, "step": one.step} for one in outputs.model_outputs]
        }
    return _clean(body)


def datasets(found: Any) -> list[Json]:
    """The data sets that went into a run."""
    inputs = getattr(found, "inputs", None)
    fields = ("name", "digest", "source_type", "source")
    return [_clean(_fields(one.dataset, fields)) for one in (inputs.dataset_inputs if inputs is not None else ())]


def model(found: Any) -> Json:
    """A registered model, without its versions."""
    body = _fields(found, ("name", "creation_timestamp", "description"))
    return _clean(body | {"tags": _tags(found.tags), "aliases": dict(_of(found, "aliases") or {})})


def version(found: Any) -> Json:
    """A registered version."""
    body = _fields(found, _VERSION) | {"tags": _tags(found.tags), "aliases": sorted(_of(found, "aliases"))}
    return _clean(body | {"version": str(found.version)})


def logged_model(found: Any) -> Json:
    """A model that a run logged."""
    body = _fields(found, ("model_id", "name", "experiment_id", "model_type", "source_run_id", "creation_timestamp"))
    status = getattr(found.status, "value", found.status)
    body |= {"artifact_uri": found.artifact_location, "status": str(status)}
    return _clean(body | {"tags": _tags(found.tags), "params": dict(found.params or {})})


def _fields(found: Any, names: tuple[str, ...]) -> Json:
    """The plain fields that have a value; an older client does not know them all."""
    values = {name: getattr(found, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None and value != ""}


def _of(found: Any, name: str) -> Any:
    return getattr(found, name, None) or ()


def _tags(tags: Any) -> Json:
    return {name: value for name, value in dict(tags or {}).items() if name not in _DROPPED}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _clean(body: Json) -> Json:
    redacted: Json = redact(body)
    return redacted
