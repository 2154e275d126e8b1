"""Asking for findings: of one thing or of everything, the same rules, in one order, with few questions to the index."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lineage import findings
from lineage.findings import Behind, Code, Severity, Wanted, estate, of, position
from lineage.graph import Direction
from lineage.ids import Kind
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.lookup import find
from lineage.ports import NodeFilter, View
from lineage.sample import recording_paths
from lineage.sources.recording import RecordingSource
from lineage.traversal import Budget, reach
from tests.findings.bank import ARM, GIT, W, bent_job, by, deployment, environment, job, model, sound, spec, train
from tests.findings.conftest import NOON, Open

JUDGED = (Kind.JOB, Kind.DATA_VERSION, Kind.ENVIRONMENT_VERSION)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The shipped sample, crawled."""
    index = open_index(tmp_path_factory.mktemp("sample") / "index.db", create=True)
    for path in recording_paths():
        source = RecordingSource(path)
        index.publish(source.root, source.crawl(Quiet()), Quiet(), started=NOON, clock=lambda: NOON)
    with index.view() as view:
        yield view


class Counting:
    """A view that counts what it is asked, by the name of the question."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        told = getattr(self._view, name)
        if not callable(told):
            return told

        def ask(*args: Any, **options: Any) -> Any:
            self.asked[name] += 1
            return told(*args, **options)

        return ask


def keys(found: Any) -> list[tuple[str, str]]:
    return [(one.code.value, one.subject) for one in found]


def test_everything_is_what_all_model_versions_and_deployments_say_together(sample: View) -> None:
    """A gate on one model and the report on the estate never disagree about a thing."""
    whole = dict(zip(keys(estate(sample)), estate(sample), strict=True))
    together: dict[tuple[str, str], findings.Finding] = {}
    for node in sample.list_nodes(NodeFilter((Kind.MODEL_VERSION, Kind.DEPLOYMENT)), limit=1000):
        told = of(sample, find(sample, str(node.key)))
        together.update(zip(keys(told.findings), told.findings, strict=True))

    assert len(whole) == 19
    assert together == whole


def test_each_thing_is_told_once_by_its_best_name(sample: View) -> None:
    """The sample names most things by the workspace's GUID as well."""
    found = keys(estate(sample))

    assert len(found) == len(set(found))
    assert not [subject for _, subject in found if "/locations/" in subject]


def test_behind_is_what_a_walk_reaches(sample: View) -> None:
    """One definition: the numbers kept for everything are those of the walk that traces one thing."""
    seeds = sample.keys(NodeFilter((Kind.MODEL_VERSION, Kind.DEPLOYMENT)))
    reached = set(reach(sample, seeds, Direction.UPSTREAM, Budget()).depth)
    behind = Behind()
    behind.look(sample)

    every = sample.keys(NodeFilter(JUDGED))
    assert {key for key in every if key in behind} == reached & set(every)
    assert 0 < len(reached & set(every)) < len(every)


def test_the_list_goes_on_behind_any_of_its_findings(sample: View) -> None:
    """Pages together are the whole, wherever they are cut."""
    whole = list(estate(sample, now="2027-01-31T00:00:00Z"))
    assert {one.kind for one in whole} >= {None, Kind.MODEL_VERSION, Kind.JOB, Kind.ENVIRONMENT_VERSION}

    for place, one in enumerate(whole, 1):
        rest = estate(sample, now="2027-01-31T00:00:00Z", after=position(one))
        assert keys(rest) == keys(whole[place:])


def test_what_is_wanted_narrows(sample: View) -> None:
    whole = list(estate(sample))

    errors = list(estate(sample, Wanted(severities=(Severity.ERROR,))))
    assert keys(errors) == keys(one for one in whole if one.severity is Severity.ERROR)
    scope = next(one.scope for one in whole if one.scope.startswith("azureml://registries/contoso"))
    there = list(estate(sample, Wanted(scope=scope)))
    assert keys(there) == keys(one for one in whole if one.scope == scope)
    for code in Code:
        assert keys(estate(sample, Wanted((code,)))) == keys(one for one in whole if one.code is code)


def test_counts_are_of_what_is_told(sample: View) -> None:
    told = of(sample, find(sample, "azureml://registries/contoso-models/models/credit-scoring/versions/5"))

    assert [(one.code, one.subject.rpartition("/workspaces/")[2] or one.subject) for one in told.findings] == [
        (Code.JOB_DIFFERS, "azureml://registries/contoso-models/models/credit-scoring/versions/5"),
        (Code.JOB_DIFFERS, "mlw-credit-dev/models/credit-scoring/versions/5"),
        (Code.MUTABLE_ENVIRONMENT, "mlw-credit-dev/environments/credit-train/versions/2"),
        (Code.MUTABLE_ENVIRONMENT, "mlw-credit-prod/environments/credit-serve/versions/1"),
    ]
    assert told.codes == {Code.JOB_DIFFERS: 2, Code.MUTABLE_ENVIRONMENT: 2}
    assert told.severities == {Severity.NOTE: 4}
    assert told.judged[Kind.DEPLOYMENT] == 1


def _crowd(many: int) -> list[Any]:
    """So many models, each with a job, an environment and a deployment of its own, and something wrong with all."""
    facts: list[Any] = [sound()[name] for name in ("workspace", "datastore", "listing", "data", "code")]
    for number in range(many):
        job_name = f"t{number:03}"
        facts += [
            environment(f"e{number}", "1", image="repo/image"),
            train(
                job_name,
                environmentId=f"{ARM}/environments/e{number}/versions/1",
                properties={**GIT, "azureml.git.dirty": "True"},
                inputs={"test_set": spec("azureml:d:1"), "train_set": spec("azureml:d:1")},
            ),
            by(
                model(f"m{number:03}", jobName=job_name, modelUri=f"azureml://jobs/{job_name}/outputs/model"),
                "Priya Raman",
            ),
            by(
                deployment(f"d{number}", model=f"{ARM}/models/m{number:03}/versions/1"),
                "Priya Raman",
            ),
            job(f"x{number}"),
        ]
    return facts


def test_a_batch_asks_as_few_questions_as_one_thing(opened: Open) -> None:
    """What is read does not depend on how many things there are, as long as they fit into a batch."""
    asked = {}
    for many in (1, 60):
        view = Counting(opened(*_crowd(many)))
        found = list(estate(view))  # type: ignore[arg-type]
        assert Counter(one.code for one in found) == {
            Code.SAME_PERSON: many,
            Code.DIRTY_GIT: many,
            Code.MUTABLE_ENVIRONMENT: many,
            Code.TRAIN_TEST_OVERLAP: many,
        }
        asked[many] = view.asked

    assert asked[60] == asked[1]
    assert sum(asked[60].values()) < 100


def test_one_thing_asks_as_few_questions_whatever_it_was_made_from(opened: Open) -> None:
    asked = {}
    for many in (1, 60):
        inputs = {f"i{number}": spec(f"azureml://jobs/p{number}/outputs/o") for number in range(many)}
        makers = [bent_job(f"p{number}") for number in range(many)]
        view = Counting(opened(*_without_job(), train(inputs=inputs), *makers))
        told = of(view, find(view, "m:1"))  # type: ignore[arg-type]
        assert told.codes == {Code.DIRTY_GIT: many}
        asked[many] = view.asked

    assert asked[60] == asked[1]


def _without_job() -> list[Any]:
    return [one for name, one in sound().items() if name != "job"]


def test_findings_of_a_model_version_tell_what_serves_and_what_tests_it(opened: Open) -> None:
    """Neither is upstream of it, and a gate asks about both."""
    judge = job(
        "evaluate",
        inputs={"model": {"uri": "azureml:m:1", "jobInputType": "mlflow_model"}, "test": spec("azureml:d:1")},
    )
    records = {
        **sound(),
        "green": by(deployment("green", model=f"{ARM}/models/m/versions/1"), "Priya Raman"),
        "model": by(model(jobName="train", modelUri="azureml://jobs/train/outputs/model"), "Priya Raman"),
    }
    view = opened(*records.values(), judge)

    told = of(view, find(view, "m:1"))

    assert keys(told.findings) == [
        ("TRAIN_TEST_OVERLAP", f"{W}/jobs/evaluate"),
        ("SAME_PERSON", f"{W}/onlineEndpoints/e/deployments/green"),
    ]
