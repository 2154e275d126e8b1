"""What the two records of a job say: the ARM body, and the run in run history."""

from __future__ import annotations

import re
from typing import Any, Final

from lineage import ids, references
from lineage.errors import InvalidReference
from lineage.graph import Certainty, Derivation, Link, LooseReason, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import entries, obj, objects, text
from lineage.linking.claiming import Notes, run_key
from lineage.linking.words import Binding, Bound, Says, Step, Suffix, WasRead
from lineage.locations import is_too_broad

_SERVICE: Final = Derivation.SERVICE_FIELD
_HISTORY: Final = Derivation.RUN_HISTORY
_MODELS: Final = frozenset(
    {"mlflow_model", "custom_model", "triton_model", "mlflowmodel", "custommodel", "tritonmodel"}
)
_TRIAL: Final = re.compile(r"(.+?)(?:_HD)?_\d+", re.ASCII | re.DOTALL)
_BINDING: Final = re.compile(r"\$\{\{\s*([^{}\s]+)\s*\}\}")
_STEP_OUTPUT: Final = re.compile(r"parent\.jobs\.([^.]+)\.outputs\.([^.]+)")


def _collection(spec: dict[str, Any]) -> str:
    """Whether an input or output that is named `name:version` is a model or data."""
    kind = text(spec, "jobInputType") or text(spec, "job_input_type") or text(spec, "jobOutputType")
    return "models" if (kind or text(spec, "type")).lower() in _MODELS else "data"


def _named(name: str) -> bool:
    """Whether a key of a body can be the name of an output."""
    return bool(name) and "/" not in name


class _Run:
    """A job while its record is read."""

    __slots__ = ("me", "notes", "outputs", "run")

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.me = Target(Kind.JOB, notes.subject)
        self.run = notes.subject.rpartition("/jobs/")[2]
        self.outputs: dict[str, str] = {}
        notes.key = run_key(self.run)
        notes.home_job = notes.known.home(notes.subject)

    def job(self, run: str) -> Target | None:
        """Another job of this workspace."""
        scope = self.notes.scope
        return ids.job(scope, run) if scope and run and "/" not in run and run != self.run else None

    def output(self, name: str, field: str, derivation: Derivation) -> Target | None:
        """This job's output of that name, which exists because the record says so."""
        scope = self.notes.scope
        if scope is None or not _named(name):
            return None
        output = ids.job_output(scope, self.run, name)
        self.outputs.setdefault(output.text.rpartition("/outputs/")[2], "")
        self.notes.links.append(self.notes.link(output, Relation.WAS_GENERATED_BY, self.me, field, name, derivation))
        return output

    def read(self, listed: bool) -> None:
        """Tells all who name this run that its record was read."""
        notes = self.notes
        seen = WasRead(notes.home_job, notes.subject, notes.created, self.outputs if listed else None)
        notes.file(notes.key, seen)
        if "_output_" in self.run:  # an asset named after this run is looked for under the shortest reading
            notes.file(
                run_key(self.run.partition("_output_")[0]), WasRead(notes.home_job, notes.subject, notes.created, None)
            )

    def part_of(self, parents: list[tuple[str, str, str]]) -> None:
        """The jobs that this one is part of: (run id, field, role), nearest first; else what its id suggests."""
        notes = self.notes
        told = False
        above: list[str] = []
        for run, field, role in parents:
            parent = self.job(run)
            if parent is None or notes.known.home(parent.text) in above:
                continue
            link = notes.link(self.me, Relation.PART_OF, parent, field, run, _HISTORY, name=role)
            notes.file(run_key(run), Says((link,)))
            above.append(notes.known.home(parent.text))
            told = True
        notes.above = tuple(above)
        trial = _TRIAL.fullmatch(self.run)
        parent = self.job(trial.group(1)) if trial else None
        if parent is not None:
            link = notes.link(self.me, Relation.PART_OF, parent, "name", self.run, _HISTORY, Certainty.INFERRED)
            notes.file(run_key(trial.group(1)) if trial else "", Suffix(link, notes.known.home(parent.text), told))

    def reused(self, run: str, field: str, value: str) -> None:
        """The run that really ran in this one's place."""
        original = self.job(run)
        if original is not None:
            self.notes.links.append(self.notes.link(self.me, Relation.REUSED_FROM, original, field, value, _HISTORY))

    def used(self, name: str, field: str, value: str, collection: str, derivation: Derivation) -> Target | None:
        return self.notes.follow(
            self.me, Relation.USED, field, value, collection=collection, name=name, derivation=derivation
        )

    def written(self, output: Target, field: str, uri: str, derivation: Derivation, *, publishes: bool) -> None:
        """The output lies at `uri`. publishes: if a run is named there, that run wrote it and this one passes it on."""
        notes = self.notes
        target = notes.resolve(field, uri, "")
        if target is None:
            return
        if target.kind is Kind.JOB_OUTPUT:
            if target.text != output.text:
                notes.point(output, Relation.WAS_DERIVED_FROM, target, field, uri)
            return
        if target.kind is not Kind.LOCATION or is_too_broad(target.text):
            notes.lose(field, uri, LooseReason.TOO_BROAD)
            return
        place = notes.known.physical(target.text)
        self.outputs[output.text.rpartition("/outputs/")[2]] = place
        found = references.materialised(target)
        passed_on = publishes and found is not None and found.run != self.run
        if passed_on and notes.run_in_path(output, Relation.WAS_DERIVED_FROM, target, place, field, uri, ""):
            notes.spelled(target, place)
            return
        notes.writes(target, output, field, uri, derivation)

    def registered(self, output: Target, asset: Target, field: str, value: str, derivation: Derivation) -> None:
        """The output was registered as an asset version."""
        self.notes.links.append(self.notes.link(asset, Relation.WAS_DERIVED_FROM, output, field, value, derivation))
        self.notes.mention(asset, field, value)

    def filled(self, path: str, output: str, run: str, store: str) -> str:
        """A path template with what this run knows put in; gaps that it cannot fill stay."""
        values = {"name": run, "output_name": output, "default_datastore": store}
        return _BINDING.sub(lambda gap: values.get(gap.group(1)) or gap.group(0), path)


def job(notes: Notes, body: Any) -> None:
    """The ARM body of a job of any type; a pipeline's child has no `properties`."""
    run = _Run(notes)
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
        _software(run, place, part, "")
    for name, spec in entries(properties, "inputs"):
        _input(run, f"properties.inputs.{name}", name, spec, inner=False)
    for group in ("taskDetails", "fineTuningDetails"):  # AutoML and fine-tuning keep their data here
        for name, spec in entries(properties, group):
            if uri := text(spec, "uri"):
                run.used(name, f"properties.{group}.{name}.uri", uri, _collection(spec), Derivation.REFERENCE)
    run.used(
        "data",
        "properties.dataConfiguration.dataAssetId",
        text(obj(properties, "dataConfiguration"), "dataAssetId"),
        "data",
        Derivation.REFERENCE,
    )
    pipeline = text(properties, "jobType").lower() == "pipeline" or bool(obj(properties, "jobs"))
    for name, spec in entries(properties, "outputs"):
        _output(run, name, spec, text(extra, "azureml.defaultDataStoreName"), pipeline)
    if pipeline:
        _steps(run, properties)
    run.read(type(properties.get("outputs")) is dict)


def _software(run: _Run, field: str, part: dict[str, Any], name: str) -> None:
    for relation, key, collection in (
        (Relation.RAN_IN, "environmentId", "environments"),
        (Relation.RAN_CODE, "codeId", "codes"),
        (Relation.INSTANCE_OF, "componentId", "components"),
    ):
        run.notes.follow(
            run.me, relation, f"{field}.{key}", text(part, key), collection=collection, name=name, derivation=_SERVICE
        )


def _input(run: _Run, field: str, name: str, spec: dict[str, Any], *, inner: bool) -> None:
    """One input. A literal is a value and names nothing, unless it is a binding that nobody filled in."""
    if uri := text(spec, "uri"):
        run.used(name, f"{field}.uri", uri, _collection(spec), Derivation.REFERENCE)
        return
    value = text(spec, "value")
    bound = _BINDING.fullmatch(value) if "{{" in value else None
    if bound and not inner and not bound.group(1).startswith(("parent.", "search_space.", "inputs.")):
        run.notes.lose(f"{field}.value", value, LooseReason.TEMPLATE)


def _output(run: _Run, name: str, spec: dict[str, Any], store: str, publishes: bool) -> None:
    field = f"properties.outputs.{name}"
    output = run.output(name, field, _SERVICE)
    if output is None:
        return
    if uri := text(spec, "uri"):
        filled = run.filled(uri, name, run.run, store)
        derivation = _SERVICE if filled == uri else Derivation.NAMING
        run.written(output, f"{field}.uri", filled, derivation, publishes=publishes)
    asset, version = text(spec, "assetName"), text(spec, "assetVersion")
    if not asset or run.notes.scope is None:
        return
    if version and _named(asset) and _named(version):
        target = ids.asset(run.notes.scope, _collection(spec), asset, version)
        run.registered(output, target, f"{field}.assetName", f"{asset}:{version}", _SERVICE)
    else:
        run.notes.lose(
            f"{field}.assetName",
            asset,
            LooseReason.NO_VERSION,
            "the job leaves the version to the service; the version that was made links to this job by its own path",
        )


def _steps(run: _Run, properties: dict[str, Any]) -> None:
    """A pipeline's steps: the components they run, what they read by themselves, and how they are wired."""
    notes = run.notes
    published: list[Binding] = []
    wired: list[Binding] = []
    fed: list[tuple[Binding, Link]] = []
    inputs = dict(entries(properties, "inputs"))
    for step, node in entries(properties, "jobs"):
        place = f"properties.jobs.{step}"
        _software(run, place, node, step)
        for port, spec in entries(node, "inputs"):
            field = f"{place}.inputs.{port}"
            _input(run, field, f"{step}.{port}", spec, inner=True)
            value = text(spec, "value")
            bound = _BINDING.fullmatch(value)
            path = bound.group(1) if bound else ""
            if other := _STEP_OUTPUT.fullmatch(path):
                wired.append(Binding(step, port, other.group(1), other.group(2), f"{field}.value", value))
            elif path.startswith("parent.inputs."):
                own = path.removeprefix("parent.inputs.")
                link = _feed(run, inputs.get(own, {}), f"{field}.value", value, port)
                if link is not None:
                    fed.append((Binding(step, port, "", own, f"{field}.value", value), link))
        for port, spec in entries(node, "outputs"):
            value = text(spec, "value")
            bound = _BINDING.fullmatch(value)
            path = bound.group(1) if bound else ""
            if path.startswith("parent.outputs.") and _named(port) and _named(path):
                own = path.removeprefix("parent.outputs.")
                published.append(Binding(step, port, "", own, f"{place}.outputs.{port}.value", value))
    if published or wired or fed:
        notes.file(
            notes.key,
            Bound(notes.subject, notes.home_job, notes.record.kind.value, tuple(published), tuple(wired), tuple(fed)),
        )


def _feed(run: _Run, spec: dict[str, Any], field: str, value: str, port: str) -> Link | None:
    """The edge from a step to what the pipeline's own input names; its effect is put in when the step is known."""
    uri = text(spec, "uri")
    if not uri:
        return None
    try:
        target = references.parse(uri).resolve(run.notes.scope, _collection(spec))
    except InvalidReference:
        return None
    if target is None or target.label or target.kind not in _FED:
        return None
    return run.notes.link(run.me, Relation.USED, target, field, value, Derivation.NAMING, Certainty.INFERRED, port)


_FED: Final = frozenset({Kind.DATA_VERSION, Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION})


def history(notes: Notes, body: Any) -> None:
    """A run as run history tells it: {"runMetadata": …, "runDefinition": …}."""
    run = _Run(notes)
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
    _declared_ports(run, meta)
    _defined_ports(run, definition, extra, physical or told or run.run)
    _run_software(run, definition, extra)
    _flow(run, extra)
    run.read(True)
    parent = text(meta, "parentRunId")
    step = text(meta, "displayName")
    home = run.job(parent)
    if home is not None and step:
        notes.file(
            run_key(parent),
            Step(
                notes.subject,
                notes.known.home(home.text),
                step,
                tuple(sorted({*obj(meta, "inputs"), *obj(definition, "inputAssets"), *obj(definition, "inputData")})),
                tuple(sorted(run.outputs)),
            ),
        )


def _declared_ports(run: _Run, meta: dict[str, Any]) -> None:
    """The assets that went in and came out, by the ids that the service gave them."""
    for name, spec in entries(meta, "inputs"):
        run.used(name, f"runMetadata.inputs.{name}.assetId", text(spec, "assetId"), _collection(spec), _HISTORY)
    for position, spec in objects(meta, "inputDatasets"):
        field, value = _dataset(spec)
        name = text(obj(spec, "consumptionDetails"), "inputName") or text(spec, "name")
        run.used(name, f"runMetadata.inputDatasets[{position}].{field}", value, "data", _HISTORY)
    for name, spec in entries(meta, "outputs"):
        _came_out(run, name, f"runMetadata.outputs.{name}.assetId", text(spec, "assetId"), _collection(spec))
    for position, spec in objects(meta, "outputDatasets"):
        field, value = _dataset(spec)
        name = text(obj(spec, "outputDetails"), "outputName") or text(spec, "name")
        _came_out(run, name, f"runMetadata.outputDatasets[{position}].{field}", value, "data")


def _came_out(run: _Run, name: str, field: str, value: str, collection: str) -> None:
    output = run.output(name, field, _HISTORY)
    if output is None or not value:
        return
    target = run.notes.resolve(field, value, collection)
    if target is not None and not target.label and target.kind in (Kind.DATA_VERSION, Kind.MODEL_VERSION):
        run.registered(output, target, field, value, _HISTORY)


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


def _defined_ports(run: _Run, definition: dict[str, Any], extra: dict[str, Any], physical: str) -> None:
    """What the run was submitted with: data by place, and where each output goes."""
    for name, spec in entries(definition, "inputAssets"):
        asset = obj(spec, "asset")
        run.used(
            name,
            f"runDefinition.inputAssets.{name}.asset.assetId",
            text(asset, "assetId"),
            _collection(asset),
            Derivation.REFERENCE,
        )
    for name, spec in entries(definition, "inputData"):
        path = text(obj(spec, "dataLocation", "uri"), "path")
        run.used(name, f"runDefinition.inputData.{name}.dataLocation.uri.path", path, "data", Derivation.REFERENCE)
    for name, spec in entries(definition, "outputData"):
        field = f"runDefinition.outputData.{name}.outputLocation.uri.path"
        output = run.output(name, field, _HISTORY)
        path = text(obj(spec, "outputLocation", "uri"), "path")
        if output is None or not path:
            continue
        filled = run.filled(path, name, physical, text(extra, "azureml.defaultDataStoreName"))
        derivation = _HISTORY if filled == path else Derivation.NAMING
        run.written(output, field, filled, derivation, publishes=physical != run.run)


def _run_software(run: _Run, definition: dict[str, Any], extra: dict[str, Any]) -> None:
    notes = run.notes
    notes.follow(
        run.me,
        Relation.RAN_IN,
        "runDefinition.environment.assetId",
        text(obj(definition, "environment"), "assetId"),
        collection="environments",
        derivation=_HISTORY,
    )
    module, name = text(extra, "azureml.moduleid"), text(extra, "azureml.moduleName")
    version = text(extra, "azureml.moduleVersion")
    if notes.scope is not None and _named(module) and name == "azureml_anonymous":
        component = ids.asset(notes.scope, "components", name, module)
        field, certainty = "runMetadata.properties.azureml.moduleid", Certainty.CONFIRMED
        link = notes.link(run.me, Relation.INSTANCE_OF, component, field, module, _HISTORY, certainty)
    elif notes.scope is not None and _named(name) and _named(version):
        component = ids.asset(notes.scope, "components", name, version)
        field = "runMetadata.properties.azureml.moduleName"
        link = notes.link(
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
    notes.links.append(link)


def _identified(run: _Run, identifier: str) -> None:
    """A component told only by `componentIdentifier`, which mostly is an internal id that names no version."""
    if identifier:
        field = "runDefinition.componentConfiguration.componentIdentifier"
        run.notes.follow(run.me, Relation.INSTANCE_OF, field, identifier, collection="components", derivation=_HISTORY)


def _flow(run: _Run, extra: dict[str, Any]) -> None:
    """A prompt flow's run keeps its lineage in properties."""
    place = "runMetadata.properties.azureml.promptflow"
    data, previous = text(extra, "azureml.promptflow.input_data"), text(extra, "azureml.promptflow.input_run_id")
    flow = text(extra, "azureml.promptflow.flow_definition_resource_id")
    resumed = text(extra, "azureml.promptflow.resume_from_run_id")
    run.used("data", f"{place}.input_data", data, "data", Derivation.REFERENCE)
    run.used("flow", f"{place}.flow_definition_resource_id", flow, "models", Derivation.REFERENCE)
    if run.job(previous) is not None:
        run.used("run", f"{place}.input_run_id", f"azureml://jobs/{previous}/outputs/flow_outputs", "", _HISTORY)
    run.reused(resumed, f"{place}.resume_from_run_id", resumed)
