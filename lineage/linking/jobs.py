"""What the ARM body of a job says: command, pipeline, sweep, AutoML, Spark, fine-tuning and any other type."""

from __future__ import annotations

import re
from typing import Any, Final

from lineage import ids, references
from lineage.errors import InvalidReference
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.bodies import entries, obj, text
from lineage.linking.claiming import Notes
from lineage.linking.executions import BINDING, SERVICE, Execution, collection_of, is_name
from lineage.linking.telling import Binding, Bound, Tie

_STEP_OUTPUT: Final = re.compile(r"parent\.jobs\.([^.]+)\.outputs\.([^.]+)")


def job(notes: Notes, body: Any) -> None:
    """The ARM body of a job of any type; a pipeline's child has no `properties`."""
    run = Execution(notes)
    properties = obj(body, "properties")
    extra = obj(properties, "properties")
    run.part_of([(text(extra, "azureml.pipelinerunid"), "properties.properties.azureml.pipelinerunid", "")])
    run.reused(
        text(extra, "azureml.reusedrunid"),
        "properties.properties.azureml.reusedrunid",
        text(extra, "azureml.reusedrunid"),
    )
    if source := text(properties, "sourceJobId"):
        notes.follow(run.me, Relation.REUSED_FROM, "properties.sourceJobId", source, collection="jobs")
    for place, part in (("properties", properties), ("properties.trial", obj(properties, "trial"))):
        if part:
            _software(run, place, part, "")
    for name, spec in entries(properties, "inputs"):
        _input(run, f"properties.inputs.{name}", name, spec)
    for group in ("taskDetails", "fineTuningDetails"):  # AutoML and fine-tuning keep their data here
        for name, spec in entries(properties, group):
            if uri := text(spec, "uri"):
                collection = "models" if name == "model" else collection_of(spec)
                run.used(name, f"properties.{group}.{name}.uri", uri, collection, Derivation.REFERENCE)
    run.used(
        "data",
        "properties.dataConfiguration.dataAssetId",
        text(obj(properties, "dataConfiguration"), "dataAssetId"),
        "data",
        Derivation.REFERENCE,
    )
    run.invoked(extra, "properties.properties")
    pipeline = text(properties, "jobType").lower() == "pipeline" or bool(obj(properties, "jobs"))
    for name, spec in entries(properties, "outputs"):
        _output(run, name, spec, text(extra, "azureml.defaultDataStoreName"), pipeline)
    if pipeline:
        _steps(run, properties)
    kind = text(properties, "jobType")
    for place, part, key in (
        ("properties.properties", extra, "best_child_run_id"),
        ("properties.tags", obj(properties, "tags"), "automl_best_child_run_id"),
    ):
        run.best_child(text(part, key), f"{place}.{key}", "artifacts" if kind == "AutoML" else "")
    run.read(type(properties.get("outputs")) is dict)


def _software(run: Execution, field: str, part: dict[str, Any], name: str) -> None:
    for relation, key, collection in (
        (Relation.RAN_IN, "environmentId", "environments"),
        (Relation.RAN_CODE, "codeId", "codes"),
        (Relation.INSTANCE_OF, "componentId", "components"),
    ):
        run.notes.follow(
            run.me, relation, f"{field}.{key}", text(part, key), collection=collection, name=name, derivation=SERVICE
        )


def _task(run: Execution, field: str, task: dict[str, Any], step: str) -> None:
    """A parallel step keeps what it runs in its task."""
    for relation, key, collection in (
        (Relation.RAN_IN, "environment", "environments"),
        (Relation.RAN_CODE, "code", "codes"),
    ):
        value = text(task, key)
        if not value.startswith("."):  # a folder beside the pipeline's own file
            run.notes.follow(
                run.me, relation, f"{field}.{key}", value, collection=collection, name=step, derivation=SERVICE
            )


def _input(run: Execution, field: str, name: str, spec: dict[str, Any]) -> None:
    """One input. A literal is a value and names nothing, unless it is a binding that nobody filled in."""
    if uri := text(spec, "uri"):
        run.used(name, f"{field}.uri", uri, collection_of(spec), Derivation.REFERENCE)
        return
    value = text(spec, "value")
    bound = BINDING.fullmatch(value) if "{{" in value else None
    if bound and not bound.group(1).startswith(("parent.", "search_space.", "inputs.")):
        run.notes.lose(f"{field}.value", value, LooseReason.TEMPLATE)


def _output(run: Execution, name: str, spec: dict[str, Any], store: str, publishes: bool) -> None:
    field = f"properties.outputs.{name}"
    output = run.output(name, field, SERVICE)
    if output is None:
        return
    if uri := text(spec, "uri"):
        gaps = {"name": run.run, "output_name": name, "default_datastore": store}
        run.written(output, f"{field}.uri", uri, gaps, SERVICE, publishes=publishes)
    asset, version = text(spec, "assetName"), text(spec, "assetVersion")
    if not asset or run.notes.scope is None:
        return
    if version and is_name(asset) and is_name(version):
        target = ids.asset(run.notes.scope, collection_of(spec), asset, version)
        run.registered(output, target, f"{field}.assetName", f"{asset}:{version}", SERVICE)
    else:
        run.notes.lose(
            f"{field}.assetName",
            asset,
            LooseReason.NO_VERSION,
            "the job leaves the version to the service; the version that was made links to this job by its own path",
        )


def _steps(run: Execution, properties: dict[str, Any]) -> None:
    """A pipeline's steps: the components they run, what they read by themselves, and how they are wired."""
    notes = run.notes
    published: list[Binding] = []
    wired: list[Binding] = []
    fed: list[tuple[Binding, Tie]] = []
    inputs = dict(entries(properties, "inputs"))
    for step, node in entries(properties, "jobs"):
        place = f"properties.jobs.{step}"
        _software(run, place, node, step)
        _task(run, f"{place}.task", obj(node, "task"), step)
        for port, spec in entries(node, "inputs"):
            field = f"{place}.inputs.{port}"
            _input(run, field, f"{step}.{port}", spec)
            value = text(spec, "value")
            bound = BINDING.fullmatch(value)
            path = bound.group(1) if bound else ""
            if other := _STEP_OUTPUT.fullmatch(path):
                wired.append(Binding(step, port, other.group(1), other.group(2), f"{field}.value", value))
            elif path.startswith("parent.inputs."):
                own = path.removeprefix("parent.inputs.")
                tie = _feed(run, inputs.get(own, {}), f"{field}.value", value, port)
                if tie is not None:
                    fed.append((Binding(step, port, "", own, f"{field}.value", value), tie))
        for port, spec in entries(node, "outputs"):
            value = text(spec, "value")
            bound = BINDING.fullmatch(value)
            path = bound.group(1) if bound else ""
            if path.startswith("parent.outputs.") and is_name(port) and is_name(path):
                own = path.removeprefix("parent.outputs.")
                published.append(Binding(step, port, "", own, f"{place}.outputs.{port}.value", value))
    if published or wired or fed:
        notes.file(
            notes.key,
            Bound(notes.short(notes.home_job), tuple(published), tuple(wired), tuple(fed)),
        )


def _feed(run: Execution, spec: dict[str, Any], field: str, value: str, port: str) -> Tie | None:
    """The edge from a step to what the pipeline's own input names; its effect is put in when the step is known."""
    uri = text(spec, "uri")
    if not uri:
        return None
    try:
        target = references.parse(uri).resolve(run.notes.scope, collection_of(spec))
    except InvalidReference:
        return None
    if target is None or target.label or target.kind not in _FED:
        return None
    return run.notes.tie(run.me, Relation.USED, target, field, value, Derivation.NAMING, Certainty.INFERRED, port)


_FED: Final = frozenset({Kind.DATA_VERSION, Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION})
