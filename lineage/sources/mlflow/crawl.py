"""What is asked of an MLflow server, in which order, and the facts that the answers are.

    its experiments                                       listed, deleted ones too
    the models that runs of each logged                   listed
    its runs                                              listed, and got one by one where there are logged models:
                                                          MLflow's listing leaves out which of them a run read
    its registered models and all their versions          listed
    runs and logged models that those name                got by name

A run that has ended, and stands in the index as it stands in the listing, is
not got again: what it read is known. One thing that cannot be read is a Gap and costs only itself; only when the
experiments cannot be listed is there nothing to read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Final, Protocol

from lineage import ids
from lineage.linking.mlflow import dataset_of, named
from lineage.ports import Held, Reporter
from lineage.records import Fact, GapReason, Json, Listing, Record, RecordKind, canonical_json
from lineage.sources.mlflow import bodies, faults
from lineage.sources.mlflow.address import Address
from lineage.sources.mlflow.faults import Refused
from lineage.sources.polite.manners import CONCURRENCY
from lineage.sources.polite.workers import Workers

PERMISSIONS: Final = {
    "experiments": ("READ on each experiment", "Microsoft.MachineLearningServices/workspaces/experiments/read"),
    "runs": ("READ on the experiment", "Microsoft.MachineLearningServices/workspaces/experiments/runs/read"),
    "logged models": ("READ on the experiment", "Microsoft.MachineLearningServices/workspaces/experiments/runs/read"),
    "registered models": ("READ on each model", "Microsoft.MachineLearningServices/workspaces/models/read"),
    "versions": ("READ on each model", "Microsoft.MachineLearningServices/workspaces/models/versions/read"),
}
"""What a listing needs: on a server with MLflow's own sign-in, and in an Azure ML workspace. The README's table."""

_AT_ONCE: Final = 64
"""Models whose versions are asked for before what came is told; bounds what is held in memory."""
_ENDED: Final = frozenset({"FINISHED", "FAILED", "KILLED"})

Pages = Iterator[list[Any]]


class Asked(Protocol):
    """The questions, as `client.Client` asks them; each raises Refused."""

    def experiments(self) -> Pages: ...
    def runs(self, experiment: str) -> Pages: ...
    def logged_models(self, experiment: str) -> Pages: ...
    def models(self) -> Pages: ...
    def versions(self, name: str = "") -> Pages: ...
    def run(self, run: str) -> Any: ...
    def logged_model(self, model: str) -> Any: ...
    def is_mlflow(self) -> bool: ...


class Crawl:
    """One crawl of one server, `workers` requests at once where things are got one by one."""

    def __init__(self, client: Asked, at: Address, held: Held | None = None, workers: int = CONCURRENCY) -> None:
        self._client = client
        self._workers = workers
        self._told: dict[str, Any] = {}
        self._held = held
        self._at = at
        self._scope = at.scope
        self._experiments: dict[str, str] = {}
        self._read: set[str] = set()
        self._runs: dict[str, None] = {}
        self._models: dict[str, None] = {}
        self._datasets: dict[str, Json] = {}
        self._listed_runs = 0
        self._has_logged_models = True
        self._aliases: dict[tuple[str, str], list[str]] = {}

    def facts(self, report: Reporter) -> Iterator[Fact]:
        """Every fact, as it comes. Raises a SourceError when the experiments cannot be listed."""
        self._threads = Workers(self._workers, _try)
        try:
            yield from self._facts(report)
        finally:
            self._threads.stop()

    def _facts(self, report: Reporter) -> Iterator[Fact]:
        yield self._list_experiments()
        experiments = sorted(self._experiments.items())
        for experiment, _ in experiments:
            if self._has_logged_models:
                yield from self._list_logged_models(experiment, report)
        for number, (experiment, name) in enumerate(experiments, start=1):
            yield from self._list_runs(experiment, name, report)
            report.progress("experiments", number, len(experiments))
        yield from self._list_models(report)
        yield from self._named(report)
        for subject in sorted(self._datasets):
            yield self._record(subject, RecordKind.MLFLOW_DATASET, self._datasets[subject])

    def _list_experiments(self) -> Listing:
        try:
            for page in self._client.experiments():
                self._experiments.update((str(one.experiment_id), str(one.name)) for one in page)
            if not self._experiments and isinstance(self._scope, ids.MlflowServer) and not self._client.is_mlflow():
                raise faults.no_server(self._at, "it lists no experiments and tells no version of MLflow")
        except Refused as why:
            raise faults.fatal(self._at, why) from why
        text = f"{self._at.root}/experiments"
        return Listing(text, self._at.root, True, len(self._experiments))

    def _list_runs(self, experiment: str, name: str, report: Reporter) -> Iterator[Fact]:
        text = f"{self._at.root}/experiments/{experiment}/runs"

        def facts(run: Any) -> Iterator[Fact]:
            body = bodies.run(run, name)
            if self._models_were_read():
                yield from self._models_read_by(body, text)
            yield from self._run(run, body, text)
            self._listed_runs += 1
            report.progress("runs", self._listed_runs)

        pages = self._with_details(self._client.runs(experiment))
        yield from self._list(text, RecordKind.MLFLOW_RUN, pages, facts)

    def _with_details(self, pages: Pages) -> Pages:
        """The same pages; what is got of each run one by one is got for a page at once, before the page comes."""
        for page in pages:
            if self._models_were_read():
                names = [run.info.run_id for run in page if self._is_new(run)]
                answers = self._threads.answers([partial(self._client.run, name) for name in names])
                self._told = dict(zip(names, answers, strict=True))
            yield page

    def _is_new(self, run: Any) -> bool:
        """Whether a listed run is not held as it is, or has not ended."""
        body = bodies.run(run, "")
        before = self._held.record(self._job(run.info.run_id), RecordKind.MLFLOW_RUN) if self._held else None
        return before is None or body["info"].get("status") not in _ENDED or before.body.get("info") != body["info"]

    def _list_logged_models(self, experiment: str, report: Reporter) -> Iterator[Fact]:
        text = f"{self._at.root}/experiments/{experiment}/loggedModels"
        try:
            pages = _begun(self._client.logged_models(experiment))
        except Refused as why:
            if why.status in (404, 405, 501) and not self._models_were_read():
                self._has_logged_models = False
                report.note("this server has no logged models: it is older than MLflow 3, or a service that has none")
                return
            yield faults.gap(text, RecordKind.MLFLOW_LOGGED_MODEL, self._at, why)
            yield Listing(text, self._at.root, False, 0)
            return
        yield from self._list(
            text, RecordKind.MLFLOW_LOGGED_MODEL, pages, lambda model: self._logged_model(model, text)
        )

    def _list_models(self, report: Reporter) -> Iterator[Fact]:
        text = f"{self._at.root}/models"
        names: list[str] = []

        def facts(model: Any) -> Iterator[Fact]:
            subject = ids.container(self._scope, "models", named(model.name)).text
            names.append(model.name)
            body = bodies.model(model)
            for alias, version in sorted(body["aliases"].items()):
                self._aliases.setdefault((model.name, str(version)), []).append(alias)
            yield self._record(subject, RecordKind.MLFLOW_MODEL, body, text)
            report.progress("registered models", len(names))

        yield from self._list(text, RecordKind.MLFLOW_MODEL, self._client.models(), facts)
        yield from self._list_versions(names, report)

    def _list_versions(self, names: list[str], report: Reporter) -> Iterator[Fact]:
        """All versions at once, else model by model: Azure ML's registry wants a name."""
        text = f"{self._at.root}/models/versions/all"
        count = 0

        def facts(version: Any) -> Iterator[Fact]:
            nonlocal count
            count += 1
            yield from self._version(version, text)
            report.progress("model versions", count)

        try:
            pages = _begun(self._client.versions())
        except Refused as why:
            if why.status != 400:
                yield faults.gap(text, RecordKind.MLFLOW_MODEL_VERSION, self._at, why)
                yield Listing(text, self._at.root, False, 0)
                return
        else:
            yield from self._list(text, RecordKind.MLFLOW_MODEL_VERSION, pages, facts)
            return
        whole = True
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            answers = self._threads.answers([partial(_all, self._client.versions, name) for name in part])
            for name, found in zip(part, answers, strict=True):
                if isinstance(found, Refused):
                    whole = False
                    subject = f"{ids.container(self._scope, 'models', named(name)).text}/versions"
                    yield faults.gap(subject, RecordKind.MLFLOW_MODEL_VERSION, self._at, found)
                    continue
                for version in found:
                    yield from facts(version)
        yield Listing(text, self._at.root, whole, count)

    def _named(self, report: Reporter) -> Iterator[Fact]:
        """What was named and not listed: a run whose experiment was purged, a model that was deleted."""
        done = 0
        while True:
            runs = [run for run in self._runs if self._job(run) not in self._read]
            models = [model for model in self._models if self._logged(model) not in self._read]
            if not runs and not models:
                return
            for run in runs:
                done += 1
                yield from self._got(self._job(run), RecordKind.MLFLOW_RUN, partial(self._one_run, run))
                report.progress("things named", done)
            for model in models:
                done += 1
                subject = self._logged(model)
                yield from self._got(subject, RecordKind.MLFLOW_LOGGED_MODEL, partial(self._one_logged_model, model))
                report.progress("things named", done)

    def _got(self, subject: str, kind: RecordKind, ask: Callable[[], Iterator[Fact]]) -> Iterator[Fact]:
        try:
            yield from ask()
        except Refused as why:
            yield faults.gap(subject, kind, self._at, why)
        self._read.add(subject)

    def _one_run(self, run: str) -> Iterator[Fact]:
        found = self._client.run(run)
        return self._run(found, bodies.run(found, self._experiments.get(str(found.info.experiment_id), "")), "")

    def _one_logged_model(self, model: str) -> Iterator[Fact]:
        return self._logged_model(self._client.logged_model(model), "")

    def _list(
        self, text: str, kind: RecordKind, pages: Pages, facts: Callable[[Any], Iterator[Fact]]
    ) -> Iterator[Fact]:
        """The facts of a listing, what of it could not be read, and whether it was read to its end."""
        listed, whole = 0, True
        try:
            for page in pages:
                for item in page:
                    listed += 1
                    try:
                        yield from facts(item)
                    except (AttributeError, TypeError, ValueError) as error:
                        whole = False
                        detail = f"an entry of the listing has not the shape it should have ({type(error).__name__})"
                        yield faults.gap(text, kind, self._at, Refused(GapReason.UNPARSABLE, detail))
        except Refused as why:
            whole = False
            yield faults.gap(text, kind, self._at, why)
        yield Listing(text, self._at.root, whole, listed)

    def _models_read_by(self, body: Json, listing: str) -> Iterator[Fact]:
        """Adds the logged models that a listed run read; a Gap when they cannot be told."""
        run = body["info"]["run_id"]
        before = self._held.record(self._job(run), RecordKind.MLFLOW_RUN) if self._held is not None else None
        known = before.body.get("inputs", {}).get("model_inputs", []) if before is not None else []
        ended = body["info"].get("status") in _ENDED
        if before is not None and ended and before.body.get("info") == body["info"]:
            models = known
        else:
            found = self._told.pop(run, None) or _try(partial(self._client.run, run))
            if isinstance(found, Refused):
                models = known
                yield faults.gap(f"{listing}/{run}/inputs", RecordKind.MLFLOW_RUN, self._at, found)
            else:
                models = bodies.run(found, "").get("inputs", {}).get("model_inputs", [])
        if models:
            body.setdefault("inputs", {"dataset_inputs": []})["model_inputs"] = models

    def _run(self, run: Any, body: Json, listing: str) -> Iterator[Fact]:
        subject = self._job(run.info.run_id)
        self._read.add(subject)
        parent = body["data"]["tags"].get("mlflow.parentRunId")
        if isinstance(parent, str) and parent:
            self._runs[parent] = None
        for group, end in (("inputs", "model_inputs"), ("outputs", "model_outputs")):
            self._models.update((one["model_id"], None) for one in body.get(group, {}).get(end, ()))
        for dataset in bodies.datasets(run):
            target = dataset_of(self._scope, dataset)
            if target is not None:
                held = self._datasets.get(target.text, dataset)
                # One name and digest with two addresses: which is kept must not hang on the order of the runs.
                self._datasets[target.text] = min(held, dataset, key=canonical_json)
        yield self._record(subject, RecordKind.MLFLOW_RUN, body, listing)

    def _logged_model(self, model: Any, listing: str) -> Iterator[Fact]:
        body = bodies.logged_model(model)
        subject = self._logged(body["model_id"])
        self._read.add(subject)
        if run := body.get("source_run_id"):
            self._runs[run] = None
        yield self._record(subject, RecordKind.MLFLOW_LOGGED_MODEL, body, listing)

    def _version(self, version: Any, listing: str) -> Iterator[Fact]:
        body = bodies.version(version)
        # The listing of all versions leaves their aliases out.
        body["aliases"] = sorted({*body["aliases"], *self._aliases.get((body["name"], body["version"]), ())})
        subject = ids.asset(self._scope, "models", named(body["name"]), named(body["version"])).text
        if run := body.get("run_id"):
            self._runs[run] = None
        if model := body.get("model_id"):
            self._models[model] = None
        yield self._record(subject, RecordKind.MLFLOW_MODEL_VERSION, body, listing)

    def _record(self, subject: str, kind: RecordKind, body: Json, listing: str = "") -> Record:
        return Record(subject, kind, self._scope.text, body, listing)

    def _job(self, run: str) -> str:
        return ids.job(self._scope, named(run)).text

    def _logged(self, model: str) -> str:
        return ids.logged_model(self._scope, named(model)).text

    def _models_were_read(self) -> bool:
        return any(subject.startswith(self._logged("")) for subject in self._read)


def _begun(pages: Pages) -> Pages:
    """The same pages, of which the first was asked for already: whether there is such a listing shows there."""
    return chain([next(pages, [])], pages)


def _try(ask: Callable[[], Any]) -> Any:
    """What came of a question: the answer, or why there is none. Runs in a thread."""
    try:
        return ask()
    except Refused as why:
        return why


def _all(versions: Callable[[str], Pages], name: str) -> list[Any]:
    """All versions of one model."""
    return [version for page in versions(name) for version in page]
