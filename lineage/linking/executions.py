"""What the two records of a job have in common: its ports, its parents, where it writes."""

from __future__ import annotations

import re
from typing import Any, Final

from lineage import ids, references
from lineage.graph import Certainty, Derivation, LooseReason, Relation
from lineage.ids import Kind, Target
from lineage.linking.bodies import text
from lineage.linking.claiming import Notes, run_key, run_of
from lineage.linking.telling import Says, Suffix, WasRead
from lineage.locations import is_too_broad

SERVICE: Final = Derivation.SERVICE_FIELD
HISTORY: Final = Derivation.RUN_HISTORY
_MODELS: Final = frozenset(
    {"mlflow_model", "custom_model", "triton_model", "mlflowmodel", "custommodel", "tritonmodel"}
)
_BATCH: Final = "batchEndpoints"
_TRIAL: Final = re.compile(r"(.+?)(?:_HD)?_\d+", re.ASCII | re.DOTALL)
BINDING: Final = re.compile(r"\$\{\{\s*([^{}\s]+)\s*\}\}")


def collection_of(spec: dict[str, Any]) -> str:
    """Whether an input or output that is named `name:version` is a model or data."""
    kind = text(spec, "jobInputType") or text(spec, "job_input_type") or text(spec, "jobOutputType")
    return "models" if (kind or text(spec, "type")).lower() in _MODELS else "data"


def is_name(name: str) -> bool:
    """Whether a key of a body can be the name of an output."""
    return bool(name) and "/" not in name


class Execution:
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
        if scope is None or not is_name(name):
            return None
        output = ids.job_output(scope, self.run, name)
        self.outputs.setdefault(output.text.rpartition("/outputs/")[2], "")
        self.notes.ties.append(self.notes.tie(output, Relation.WAS_GENERATED_BY, self.me, field, name, derivation))
        return output

    def read(self, listed: bool) -> None:
        """Tells all who name this run that its record was read."""
        notes = self.notes
        home = "" if notes.home_job == notes.subject else notes.home_job
        outputs = self.outputs if listed else None
        notes.file(notes.key, WasRead(home, notes.created, outputs, tuple(notes.ties), tuple(notes.ends)))
        notes.ties, notes.ends = [], []
        if "_output_" in self.run:  # an asset named after this run is looked for under the shortest reading
            notes.file(run_key(self.run.partition("_output_")[0]), WasRead(home, notes.created))

    def part_of(self, parents: list[tuple[str, str, str]]) -> None:
        """The jobs that this one is part of: (run id, field, role), nearest first; else what its id suggests."""
        notes = self.notes
        told = False
        above: list[str] = []
        for run, field, role in parents:
            parent = self.job(run)
            if parent is None or notes.known.home(parent.text) in above:
                continue
            tie = notes.tie(self.me, Relation.PART_OF, parent, field, run, HISTORY, name=role)
            notes.file(run_key(run), Says((tie,)))
            above.append(notes.known.home(parent.text))
            told = True
        notes.above = tuple(above)
        trial = _TRIAL.fullmatch(self.run)
        parent = self.job(trial.group(1)) if trial else None
        if parent is not None:
            tie = notes.tie(self.me, Relation.PART_OF, parent, "name", self.run, HISTORY, Certainty.INFERRED)
            suffix = Suffix(tie, notes.short(notes.known.home(parent.text)), told)
            notes.file(run_key(run_of(parent.text)), suffix)

    def scheduled(self, name: str, field: str) -> None:
        """The schedule that started this run, told by its name."""
        scope = self.notes.scope
        if scope is not None and is_name(name):
            schedule = ids.resource(scope, f"schedules/{name}")
            tie = self.notes.tie(self.me, Relation.PART_OF, schedule, field, name, HISTORY, Certainty.INFERRED)
            self.notes.ties.append(tie)

    def invoked(self, extra: dict[str, Any], where: str) -> None:
        """The batch deployment whose invocation this run is: what it wrote was made with that deployment's model."""
        scope = self.notes.scope
        endpoint, name = text(extra, "azureml.endpointname"), text(extra, "azureml.deploymentname")
        if "batchdeployment" not in (text(extra, "azureml.runLineageType").lower(), text(extra, "runSource").lower()):
            return
        if scope is None or not is_name(endpoint):
            return
        if is_name(name):
            there, field, value = ids.deployment(scope, _BATCH, endpoint, name), "azureml.deploymentname", name
        else:
            there, field, value = ids.endpoint(scope, _BATCH, endpoint), "azureml.endpointname", endpoint
        self.notes.ties.append(self.notes.tie(self.me, Relation.USED, there, f"{where}.{field}", value, HISTORY))

    def best_child(self, run: str, field: str, output: str = "") -> None:
        """The outputs of this job are those of its best trial, each by its own name unless `output` names another."""
        best, scope = self.job(run), self.notes.scope
        if best is None or scope is None:
            return
        for name in sorted(self.outputs):
            if name == "artifacts":
                continue
            mine, its = ids.job_output(scope, self.run, name), ids.job_output(scope, run, output or name)
            tie = self.notes.tie(mine, Relation.WAS_DERIVED_FROM, its, field, run, HISTORY, Certainty.INFERRED)
            self.notes.say(its, tie)

    def reused(self, run: str, field: str, value: str) -> None:
        """The run that really ran in this one's place."""
        original = self.job(run)
        if original is not None:
            self.notes.ties.append(self.notes.tie(self.me, Relation.REUSED_FROM, original, field, value, HISTORY))

    def used(self, name: str, field: str, value: str, collection: str, derivation: Derivation) -> Target | None:
        return self.notes.follow(
            self.me, Relation.USED, field, value, collection=collection, name=name, derivation=derivation
        )

    def written(
        self,
        output: Target,
        field: str,
        uri: str,
        gaps: dict[str, str],
        derivation: Derivation,
        *,
        publishes: bool,
    ) -> None:
        """The output lies at `uri`.

        gaps: what placeholders in it stand for; a path that had some is known by naming only.
        publishes: if a run is named there, that run wrote it and this one passes it on.
        """
        notes = self.notes
        filled = BINDING.sub(lambda gap: gaps.get(gap.group(1)) or gap.group(0), uri) if "{{" in uri else uri
        if filled != uri:
            derivation = Derivation.NAMING
        target = notes.resolve(field, filled, "", uri)
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
        notes.writes(target, place, found, output, field, uri, derivation)

    def registered(self, output: Target, asset: Target, field: str, value: str, derivation: Derivation) -> None:
        """The output was registered as an asset version."""
        self.notes.ties.append(self.notes.tie(asset, Relation.WAS_DERIVED_FROM, output, field, value, derivation))
        self.notes.mention(asset, field, value)
