"""What a run says in run history: parents, reuse, the assets that went in and came out, the component."""

from __future__ import annotations

from typing import Any

from lineage import ids, references
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.bodies import clean, entries, obj, objects, text
from lineage.linking.claiming import Notes, run_key
from lineage.linking.executions import HISTORY, Execution, collection_of, is_name
from lineage.linking.telling import Step


def history(notes: Notes, body: Any) -> None:
    """A run as run history tells it: {"runMetadata": …, "runDefinition": …}."""
    run = Execution(notes)
    meta = obj(body, "runMetadata")
    definition = obj(body, "runDefinition")
    extra = obj(meta, "properties")
    where = "runMetadata"
    run.part_of(
        [
            (text(meta, "parentRunId"), f"{where}.parentRunId", ""),
            (text(extra, "azureml.pipelinerunid"), f"{where}.properties.azureml.pipelinerunid", ""),
            (text(meta, "rootRunId"), f"{where}.rootRunId", "root"),
        ]
    )
    container = text(meta, "dataContainerId")
    physical = container.removeprefix("dcid.") if container.startswith("dcid.") else ""
    run.reused(physical, f"{where}.dataContainerId", container)
    told = text(extra, "azureml.reusedrunid")
    run.reused(told, f"{where}.properties.azureml.reusedrunid", told)
    wrote = physical or told or run.run
    _declared_ports(run, meta, wrote)
    _defined_ports(run, definition, extra, wrote)
    _run_software(run, definition, extra)
    _flow(run, extra)
    run.scheduled(text(meta, "scheduleId"), f"{where}.scheduleId")
    run.invoked(extra, f"{where}.properties")
    automl = text(meta, "runType").lower() in ("automl", "azureml.automl")
    for place, part, key in (
        ("properties", extra, "best_child_run_id"),
        ("tags", obj(meta, "tags"), "automl_best_child_run_id"),
    ):
        run.best_child(text(part, key), f"{where}.{place}.{key}", "artifacts" if automl else "")
    run.read(True)
    parent = text(meta, "parentRunId")
    step = text(meta, "displayName")
    home = run.job(parent)
    if home is not None and step:
        ports = {*obj(meta, "inputs"), *obj(definition, "inputAssets"), *obj(definition, "inputData")}
        notes.file(
            run_key(parent),
            Step(
                notes.short(notes.known.home(home.text)),
                step,
                tuple(sorted(map(clean, ports))),
                tuple(sorted(run.outputs)),
            ),
        )


def _declared_ports(run: Execution, meta: dict[str, Any], wrote: str) -> None:
    """The assets that went in and came out, by the ids that the service gave them. wrote: the run that really ran."""
    for name, spec in entries(meta, "inputs"):
        run.used(name, f"runMetadata.inputs.{name}.assetId", text(spec, "assetId"), collection_of(spec), HISTORY)
    for position, spec in objects(meta, "inputDatasets"):
        field, value = _dataset(spec)
        name = text(obj(spec, "consumptionDetails"), "inputName") or text(spec, "name")
        run.used(name, f"runMetadata.inputDatasets[{position}].{field}", value, "data", HISTORY)
    for name, spec in entries(meta, "outputs"):
        _came_out(
            run, name, f"runMetadata.outputs.{name}", "assetId", text(spec, "assetId"), collection_of(spec), wrote
        )
    for position, spec in objects(meta, "outputDatasets"):
        field, value = _dataset(spec)
        name = text(obj(spec, "outputDetails"), "outputName") or text(spec, "name")
        _came_out(run, name, f"runMetadata.outputDatasets[{position}]", field, value, "data", wrote)


def _came_out(run: Execution, name: str, where: str, field: str, value: str, collection: str, wrote: str) -> None:
    """The asset that an output is: made by this run, or made by another and only passed on."""
    output = run.output(name, where, HISTORY)
    if output is None or not value:
        return
    at = f"{where}.{field}"
    target = run.notes.resolve(at, value, collection)
    if target is None:
        return
    if target.label or target.kind not in (Kind.DATA_VERSION, Kind.MODEL_VERSION):
        run.notes.lose(
            at, value, LooseReason.OPAQUE, f"an output is a version of data or of a model, not a {target.kind}"
        )
        return
    makers = {maker for maker, _ in references.implicit_asset(target)} or {wrote}
    if run.run in makers:
        run.registered(output, target, at, value, HISTORY)
    else:
        run.notes.point(output, Relation.WAS_DERIVED_FROM, target, at, value, derivation=HISTORY)


def _dataset(spec: dict[str, Any]) -> tuple[str, str]:
    """The field of a dataset entry that names it, and its value; older runs nest it differently."""
    inner, identifier = obj(spec, "dataset"), obj(spec, "identifier")
    for field, value in (
        ("assetId", text(spec, "assetId")),
        ("dataset.assetId", text(inner, "assetId")),
        ("dataset.id", text(inner, "id")),
        ("identifier.savedId", text(identifier, "savedId")),
        ("id", text(spec, "id")),
    ):
        if value:
            return field, value
    return "", ""


def _defined_ports(run: Execution, definition: dict[str, Any], extra: dict[str, Any], physical: str) -> None:
    """What the run was submitted with: data by place, and where each output goes."""
    for name, spec in entries(definition, "inputAssets"):
        asset = obj(spec, "asset")
        run.used(
            name,
            f"runDefinition.inputAssets.{name}.asset.assetId",
            text(asset, "assetId"),
            collection_of(asset),
            Derivation.REFERENCE,
        )
    for name, spec in entries(definition, "inputData"):
        path = text(obj(spec, "dataLocation", "uri"), "path")
        run.used(name, f"runDefinition.inputData.{name}.dataLocation.uri.path", path, "data", Derivation.REFERENCE)
    for name, spec in entries(definition, "outputData"):
        where = f"runDefinition.outputData.{name}"
        output = run.output(name, where, HISTORY)
        path = text(obj(spec, "outputLocation", "uri"), "path")
        if output is None or not path:
            continue
        store = text(extra, "azureml.defaultDataStoreName")
        gaps = {"name": physical, "output_name": name, "default_datastore": store}
        run.written(output, f"{where}.outputLocation.uri.path", path, gaps, HISTORY, publishes=physical != run.run)


def _run_software(run: Execution, definition: dict[str, Any], extra: dict[str, Any]) -> None:
    notes = run.notes
    notes.follow(
        run.me,
        Relation.RAN_IN,
        "runDefinition.environment.assetId",
        text(obj(definition, "environment"), "assetId"),
        collection="environments",
        derivation=HISTORY,
    )
    module, name = text(extra, "azureml.moduleid"), text(extra, "azureml.moduleName")
    version = text(extra, "azureml.moduleVersion")
    if notes.scope is not None and is_name(module) and name == "azureml_anonymous":
        component = ids.asset(notes.scope, "components", name, module)
        field, certainty = "runMetadata.properties.azureml.moduleid", Certainty.CONFIRMED
        tie = notes.tie(run.me, Relation.INSTANCE_OF, component, field, module, HISTORY, certainty)
    elif notes.scope is not None and is_name(name) and is_name(version):
        component = ids.asset(notes.scope, "components", name, version)
        field = "runMetadata.properties.azureml.moduleName"
        tie = notes.tie(
            run.me,
            Relation.INSTANCE_OF,
            component,
            field,
            f"{name}:{version}",
            Derivation.NAMING,
            Certainty.INFERRED,
        )
    else:
        _identified(run, text(obj(definition, "componentConfiguration"), "componentIdentifier"))
        return
    notes.ties.append(tie)


def _identified(run: Execution, identifier: str) -> None:
    """A component told only by `componentIdentifier`, which mostly is an internal id that names no version."""
    if identifier:
        field = "runDefinition.componentConfiguration.componentIdentifier"
        run.notes.follow(run.me, Relation.INSTANCE_OF, field, identifier, collection="components", derivation=HISTORY)


def _flow(run: Execution, extra: dict[str, Any]) -> None:
    """A prompt flow's run keeps its lineage in properties."""
    place = "runMetadata.properties.azureml.promptflow"
    data, previous = text(extra, "azureml.promptflow.input_data"), text(extra, "azureml.promptflow.input_run_id")
    flow = text(extra, "azureml.promptflow.flow_definition_resource_id")
    resumed = text(extra, "azureml.promptflow.resume_from_run_id")
    run.used("data", f"{place}.input_data", data, "data", Derivation.REFERENCE)
    run.used("flow", f"{place}.flow_definition_resource_id", flow, "models", Derivation.REFERENCE)
    if run.job(previous) is not None:
        run.used("run", f"{place}.input_run_id", f"azureml://jobs/{previous}/outputs/flow_outputs", "", HISTORY)
    run.reused(resumed, f"{place}.resume_from_run_id", resumed)
