"""Jobs and runs: in lists, in batches, and where the service offers neither."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.records import Gap, GapReason, Record, RecordKind
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.planning import Planner
from lineage.sources.azureml.service import CALLS, Addresses
from lineage.sources.azureml.wire import Reply
from tests.sources.silent import Canned, Silent

ROOT = ids.workspace("s", "g", "w")
ADDRESSES = Addresses("https://management.azure.com/", "https://eastus.api.azureml.ms/")
WORKSPACE = {"properties": {"discoveryUrl": "https://westeurope.api.azureml.ms/discovery"}}


def crawl(planner=None, **answers):
    """Facts of a workspace with these answers (`path` with `_` for `/`); whatever else it lists is empty."""
    named = {f"/{path.replace('_', '/')}": answer for path, answer in answers.items()}
    listed = {f"/{name}": {"value": []} for name in Planner().collections(ROOT, {})}
    hosts = {"/workspaces/w": WORKSPACE, "/discovery": {"api": "https://westeurope.api.azureml.ms"}}
    transport = Canned(hosts | listed | named)
    facts = list(Crawl(transport, ROOT, ADDRESSES, planner=planner).facts(Silent()))
    return facts, [request.url.partition("?")[0].rpartition("/workspaces/w")[2] for request in transport.asked]


def job(name, kind="Command", **properties):
    return {"name": name, "properties": {"jobType": kind, **properties}}


def subjects(facts, kind):
    found = [fact.subject.rpartition("/jobs/")[2] for fact in facts if isinstance(fact, Record) and fact.kind is kind]
    return sorted(found)


def gaps(facts):
    return {
        (fact.subject.removeprefix(f"{ROOT.text}/"), str(fact.kind)): fact.reason
        for fact in facts
        if isinstance(fact, Gap)
    }


def told(*names, **failed):
    return {
        "successfulResults": {name: {"runMetadata": {"runId": name}} for name in names},
        "failedResults": failed,
    }


TWO = {"value": [job("a"), job("b")]}
SINGLE = {"runMetadata": {"runType": "azureml.scriptrun"}}


def test_what_the_list_of_jobs_showed_is_not_got_by_name():
    """A model names one of them; its body is there already, and the runs of both come in one request."""
    model = {"name": "1", "properties": {"jobName": "a"}}
    facts, asked = crawl(
        jobs=TWO, models={"value": [{"name": "m"}]}, models_m_versions={"value": [model]}, batchrundata=told("a", "b")
    )

    assert subjects(facts, RecordKind.JOB) == subjects(facts, RecordKind.RUN) == ["a", "b"]
    assert asked.count("/jobs") == asked.count("/batchrundata") == 1
    assert not [path for path in asked if path.startswith("/jobs/") or path == "/rundata"]


@pytest.mark.parametrize("refusal", [400, 404, 405, 501, {"unexpected": True}])
def test_a_host_without_batches_is_asked_for_runs_one_by_one(refusal):
    """It is asked once for a batch, and remembered."""
    many = {"value": [job(f"j{number}") for number in range(120)]}
    facts, asked = crawl(jobs=many, batchrundata=refusal, rundata=SINGLE)

    assert len(subjects(facts, RecordKind.RUN)) == 120
    assert asked.count("/batchrundata") == 1
    assert asked.count("/rundata") == 120
    assert gaps(facts) == {}


def test_a_run_of_which_a_batch_tells_nothing_is_asked_for_alone():
    """One is left out, one failed without a status: neither is lost, and the host goes on taking batches."""
    three = {"value": [job("a"), job("b"), job("c")]}
    facts, asked = crawl(jobs=three, batchrundata=told("a", b={"error": {"code": "UserError"}}), rundata=SINGLE)

    assert subjects(facts, RecordKind.RUN) == ["a", "b", "c"]
    assert asked.count("/batchrundata") == 1
    assert asked.count("/rundata") == 2


def test_a_run_that_a_batch_refuses_is_a_gap_of_its_own():
    """And one that is not there says nothing where its job is."""
    facts, _ = crawl(jobs=TWO, batchrundata=told(a={"statusCode": 403}, b={"statusCode": 404}))

    assert gaps(facts) == {("jobs/a", "run"): GapReason.FORBIDDEN}


@pytest.mark.parametrize("answer", [500, 503, GapReason.UNREACHABLE])
def test_a_run_that_breaks_the_service_costs_itself_and_not_its_batch(answer):
    """Halves are asked for until it stands alone: thirteen requests for fifty runs, and no other run is lost."""

    class Broken(Canned):
        def send(self, request):
            named = [request.body.get("runId"), *request.body.get("requests", {})] if request.body else []
            if "j23" in named:
                self.asked.append(request)
                return Reply(answer) if isinstance(answer, int) else Reply(0, failure=answer, detail="reset")
            reply = super().send(request)
            if request.url.partition("?")[0].endswith("/batchrundata"):
                return Reply(200, told(*request.body["requests"]))
            return reply

    listed = {f"/{name}": {"value": []} for name in Planner().collections(ROOT, {})}
    jobs = {"/jobs": {"value": [job(f"j{number}") for number in range(50)]}}
    hosts = {"/workspaces/w": WORKSPACE, "/discovery": {"api": "https://westeurope.api.azureml.ms"}}
    transport = Broken(hosts | listed | jobs | {"/rundata": SINGLE})
    facts = list(Crawl(transport, ROOT, ADDRESSES).facts(Silent()))

    assert gaps(facts) == {("jobs/j23", "run"): GapReason.UNREACHABLE}
    assert len(subjects(facts, RecordKind.RUN)) == 49
    assert sum(request.method == "POST" for request in transport.asked) <= 13


@pytest.mark.parametrize("answer", [429, 403])
def test_a_batch_that_fails_costs_its_runs_and_not_the_jobs(answer):
    facts, asked = crawl(jobs=TWO, batchrundata=answer)

    assert set(gaps(facts)) == {("jobs/a", "run"), ("jobs/b", "run")}
    assert subjects(facts, RecordKind.JOB) == ["a", "b"]
    assert "/rundata" not in asked


def test_a_batch_that_is_too_large_is_asked_for_in_single_runs():
    facts, _ = crawl(jobs=TWO, batchrundata=GapReason.TOO_LARGE, rundata=SINGLE)

    assert subjects(facts, RecordKind.RUN) == ["a", "b"]
    assert gaps(facts) == {}


def test_the_children_of_a_sweep_are_read_and_those_of_a_command_not_asked_for():
    both = {"value": [job("s", "Sweep"), job("c")]}
    children = {"value": [{"runId": "s_1"}]}
    facts, asked = crawl(jobs=both, jobs_s=404, runs_s_children=children, batchrundata=told("s", "c"), rundata=SINGLE)

    assert subjects(facts, RecordKind.RUN) == ["c", "s", "s_1"]
    assert [path for path in asked if path.endswith("/children")] == ["/runs/s/children"]


def test_a_planner_may_leave_the_list_out():
    """Then jobs are got by name, as far as something names them."""

    class ByName(Planner):
        def collections(self, scope, body):
            return tuple(name for name in super().collections(scope, body) if name != "jobs")

    model = {"name": "1", "properties": {"jobName": "a"}}
    answers = {"models": {"value": [{"name": "m"}]}, "models_m_versions": {"value": [model]}, "rundata": SINGLE}
    facts, asked = crawl(ByName(), jobs=TWO, jobs_a=job("a"), **answers)

    assert subjects(facts, RecordKind.JOB) == ["a"]
    assert "/jobs" not in asked


def test_the_price_of_both_ways_is_known_before():
    """Fifty jobs on a page, one in a request; a tie is listed, because a list sees what nobody names."""
    assert Planner().jobs(there=5000, named=100).lists
    assert not Planner().jobs(there=1_000_000, named=500).lists
    assert Planner().jobs(there=0, named=0).listing == 1
    assert (Planner().runs(101), Planner().runs(101, batched=False)) == (3, 101)


def test_a_listing_of_many_pages_is_read_to_its_end_before_a_job_is_got_by_name():
    """The model's job stands on the last page."""
    pages = {}

    class Paged(Canned):
        def send(self, request):
            path = request.url.partition("?")[0]
            if path.endswith("/w/jobs"):
                pages[request.page] = request.link
                following = str(request.page + 1) if request.page < 45 else ""
                return Reply(200, {"value": [job(f"j{request.page}")]}, following)
            return super().send(request)

    listed = {f"/{name}": {"value": []} for name in Planner().collections(ROOT, {})}
    model = {"name": "1", "properties": {"jobName": "j45"}}
    named = {"/models": {"value": [{"name": "m"}]}, "/models/m/versions": {"value": [model]}}
    hosts = {"/workspaces/w": WORKSPACE, "/discovery": {"api": "https://westeurope.api.azureml.ms"}}
    transport = Paged(hosts | listed | named | {"/rundata": SINGLE, "/batchrundata": 404})
    facts = list(Crawl(transport, ROOT, ADDRESSES).facts(Silent()))

    assert len(subjects(facts, RecordKind.JOB)) == len(pages) == 45
    assert not [request.url for request in transport.asked if "/jobs/j45" in request.url]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (job("x", "Quantum"), GapReason.UNKNOWN_KIND),
        (job("x", None), GapReason.UNKNOWN_KIND),
        ({"name": "x", "properties": {}}, GapReason.UNKNOWN_KIND),
        ({"name": "x", "properties": ["no object"]}, GapReason.UNPARSABLE),
        (job("x", outputs=["no object"]), GapReason.UNPARSABLE),
    ],
)
def test_a_job_of_an_unknown_kind_or_shape_is_kept_and_said(body, reason):
    facts, _ = crawl(jobs={"value": [body]}, rundata=SINGLE)

    assert gaps(facts)["jobs/x", "job"] is reason
    (kept,) = [fact for fact in facts if isinstance(fact, Record) and fact.kind is RecordKind.JOB]
    assert kept.body == body


def test_a_listed_body_without_properties_is_that_of_a_child():
    """The SDK stops at it; here its run tells what it did, and whether it has children."""
    run = {"runMetadata": {"runType": "azureml.PipelineRun"}}
    facts, asked = crawl(jobs={"value": [{"name": "c"}]}, rundata=run, runs_c_children={"value": []})

    assert gaps(facts) == {}
    assert subjects(facts, RecordKind.JOB) == subjects(facts, RecordKind.RUN) == ["c"]
    assert "/runs/c/children" in asked


def test_a_fine_tuning_job_is_asked_for_again_in_the_version_that_tells_its_model():
    whole = job("f", "FineTuning", fineTuningDetails={"model": {"uri": "azureml://registries/r/models/m/versions/1"}})
    facts, asked = crawl(jobs={"value": [job("f", "FineTuning")]}, jobs_f=whole, rundata=SINGLE)

    (kept,) = [fact for fact in facts if isinstance(fact, Record) and fact.kind is RecordKind.JOB]
    assert kept.body == whole
    assert asked.count("/jobs/f") == 1
    assert CALLS["jobs/fine-tuning"].version == "2024-10-01-preview"


def test_a_fine_tuning_job_that_the_newer_version_refuses_is_kept_as_it_was():
    facts, _ = crawl(jobs={"value": [job("f", "FineTuning")]}, jobs_f=403, rundata=SINGLE)

    assert gaps(facts) == {("jobs/f/fineTuningDetails", "job"): GapReason.FORBIDDEN}
    assert subjects(facts, RecordKind.JOB) == ["f"]


def test_a_workspace_without_schedules_is_whole():
    """The collection is not everywhere; nothing is missing where it is not."""
    facts, _ = crawl(schedules=404)

    assert gaps(facts) == {}


def test_a_feature_store_is_asked_for_what_only_feature_stores_have():
    plain, features = (
        Planner().collections(ROOT, {"kind": "Default"}),
        Planner().collections(ROOT, {"kind": "FeatureStore"}),
    )

    assert set(features) - set(plain) == {"featuresets", "featurestoreEntities"}
