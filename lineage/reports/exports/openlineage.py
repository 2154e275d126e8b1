"""OpenLineage 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json): one start and one end event for each job.

An Azure ML job is a run of OpenLineage; what is run again and again is named by its component or its experiment. The
run's id is made from the job's canonical reference, so that it is the same in every export. Data and models are data
sets, named by where they live.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from openlineage.client import OpenLineageClient, event_v2, set_producer
from openlineage.client.facet_v2 import (
    dataset_type_dataset,
    dataset_version_dataset,
    documentation_dataset,
    execution_parameters_run,
    job_type_job,
    nominal_time_run,
    parent_run,
    processing_engine_run,
    source_code_location_job,
)
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport

from lineage import __version__
from lineage.reports.exports.whole import Json, Whole
from lineage.reports.naming import below_scope, moment
from lineage.reports.safe import visible

PRODUCER: Final = f"urn:azureml-lineage:{__version__}"
_ENDS: Final = {
    "Completed": event_v2.RunState.COMPLETE,
    "Finished": event_v2.RunState.COMPLETE,
    "Failed": event_v2.RunState.FAIL,
    "Canceled": event_v2.RunState.ABORT,
    "Cancelled": event_v2.RunState.ABORT,
}


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """The events as JSON, one a line, in the order of their times."""
    for event in events(whole):
        yield Serde.to_json(event).encode() + b"\n"


def events(whole: Whole) -> list[event_v2.RunEvent]:
    """A START and, where the job has ended, an end event for each job."""
    set_producer(PRODUCER)
    found = []
    for reference, one in whole.of_kind("Job"):
        run, job = _run(whole, reference, one), _job(whole, reference, one)
        inputs, outputs = _inputs(whole, reference), _outputs(whole, reference)
        start = _time(one.get("startedAt")) or _time(one.get("createdAt")) or whole.generation["published"]
        found.append(_event(start, event_v2.RunState.START, run, job, inputs, []))
        state = _ENDS.get(one.get("status") or "")
        if state is not None:
            end = _time(one.get("endedAt")) or start
            found.append(_event(end, state, run, job, inputs, outputs))
    first = event_v2.RunState.START
    return sorted(found, key=lambda event: (event.eventTime, event.run.runId, event.eventType != first))


def _event(
    when: str,
    state: event_v2.RunState,
    run: event_v2.Run,
    job: event_v2.Job,
    inputs: list[event_v2.InputDataset],
    outputs: list[event_v2.OutputDataset],
) -> event_v2.RunEvent:
    return event_v2.RunEvent(
        eventTime=when, producer=PRODUCER, eventType=state, run=run, job=job, inputs=inputs, outputs=outputs
    )


def run_id(reference: str) -> str:
    """The UUID of the run of a job, from its canonical reference."""
    return str(uuid5(NAMESPACE_URL, reference))


def _run(whole: Whole, reference: str, one: Json) -> event_v2.Run:
    facets: dict[str, Any] = {
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
            version="unknown", name="Azure Machine Learning", openlineageAdapterVersion=__version__
        )
    }
    if start := _time(one.get("startedAt")):
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(start, _time(one.get("endedAt")))
    parents = [link.cause for link in whole.causes(reference, "PART_OF") if link.cause in whole.things]
    if parents:
        above = whole.things[parents[0]]
        named = _job(whole, parents[0], above)
        facets["parent"] = parent_run.ParentRunFacet(
            parent_run.Run(run_id(parents[0])), parent_run.Job(named.namespace, named.name)
        )
    if one.get("parameters"):
        given = [(visible(told["name"]), told["value"]) for told in one["parameters"]]
        facets["executionParameters"] = execution_parameters_run.ExecutionParametersRunFacet(
            [execution_parameters_run.ExecutionParameter(key=key, name=key, value=value) for key, value in given]
        )
    return event_v2.Run(run_id(reference), facets)


def _job(whole: Whole, reference: str, one: Json) -> event_v2.Job:
    component = next((link.cause for link in whole.causes(reference, "INSTANCE_OF")), None)
    experiment = one.get("experiment")
    name = (
        below_scope(component) if component else f"experiments/{experiment}" if experiment else below_scope(reference)
    )
    facets: dict[str, Any] = {
        "jobType": job_type_job.JobTypeJobFacet("BATCH", "AZURE_ML", integration_type(one.get("type")))
    }
    git = one.get("git") or {}
    if git.get("commit") and git.get("repository"):
        where = visible(git["repository"])
        facets["sourceCodeLocation"] = source_code_location_job.SourceCodeLocationJobFacet(
            "git", where, where, version=git["commit"], branch=git.get("branch")
        )
    return event_v2.Job(_namespace(reference), visible(name), facets)


def integration_type(kind: str | None) -> str:
    """The type of job in upper case, as OpenLineage writes such words."""
    return (kind or "job").upper()


def _inputs(whole: Whole, job: str) -> list[event_v2.InputDataset]:
    causes = {link.cause: None for link in whole.causes(job, "USED") if link.cause in whole.things}
    return [event_v2.InputDataset(*_dataset(whole, cause)) for cause in causes]


def _outputs(whole: Whole, job: str) -> list[event_v2.OutputDataset]:
    seen, waiting = {job}, [job]
    while waiting:
        for link in whole.effects(waiting.pop(), "WAS_GENERATED_BY", "WAS_DERIVED_FROM"):
            if link.effect in seen or link.effect not in whole.things:
                continue
            seen.add(link.effect)
            if whole.things[link.effect]["__typename"] in ("JobOutput", "Location"):
                waiting.append(link.effect)
    return [event_v2.OutputDataset(*_dataset(whole, made)) for made in sorted(seen - {job})]


def _dataset(whole: Whole, reference: str) -> tuple[str, str, dict[str, Any]]:
    one = whole.things[reference]
    kind = "MODEL" if one["__typename"] == "ModelVersion" else "FILE"
    facets: dict[str, Any] = {"datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(kind)}
    if one.get("version"):
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(visible(one["version"]))
    if one.get("description"):
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(visible(one["description"]))
    if reference.startswith("https://"):
        head, _, path = reference.removeprefix("https://").partition("/")
        return f"https://{head}", visible(path or "/"), facets
    return _namespace(reference), visible(below_scope(reference)), facets


def _namespace(reference: str) -> str:
    rest = below_scope(reference)
    return reference.removesuffix(rest).rstrip("/") or reference


def _time(text: str | None) -> str | None:
    shown = moment(text)
    return f"{shown[:10]}T{shown[11:19]}Z" if shown.endswith(" UTC") else None


def send(whole: Whole, url: str, key: str = "") -> int:
    """Sends every event with OpenLineage's own client; returns how many.

    key: a token, '' for none. Raises OSError (of requests) when the service cannot be reached or refuses one. An event
    that is sent twice means the same: its run has the same id.
    """
    transport = HttpTransport(HttpConfig.from_dict({"url": url, **({"auth": _key(key)} if key else {})}))
    client = OpenLineageClient(transport=transport)
    found = events(whole)
    for event in found:
        client.emit(event)
    return len(found)


def _key(key: str) -> dict[str, str]:
    return {"type": "api_key", "apiKey": key}
