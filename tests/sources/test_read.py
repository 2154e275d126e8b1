"""The crawl where the service's answers are not what they should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import ids
from lineage.errors import SourceForbidden, SourceUnauthorised, SourceUnreachable
from lineage.records import Gap, GapReason, Listing, Record, RecordKind
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.service import CALLS, Addresses
from lineage.sources.azureml.wire import Reply
from tests.sources.silent import Canned, Silent

WS = ids.workspace("s", "g", "w")
ROOT = WS.text
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
ADDRESSES = Addresses("https://management.azure.com/", "https://eastus.api.azureml.ms/")
WORKSPACE = {
    "id": ARM,
    "name": "w",
    "properties": {"workspaceId": "GUID-1", "discoveryUrl": "https://westeurope.api.azureml.ms/discovery"},
}
NOTHING = {"value": []}
LISTED = (
    *("datastores", "models", "jobs", "data", "environments", "components"),
    *("onlineEndpoints", "batchEndpoints", "schedules"),
)
ANSWERS = {
    "/workspaces/w": WORKSPACE,
    "/discovery": {"api": "https://westeurope.api.azureml.ms"},
    **dict.fromkeys(map("/{}".format, LISTED), NOTHING),
}


def crawl(**answers):
    """Facts of the empty workspace with these answers put in (`path` with `_` for `/`)."""
    changed = {f"/{path.replace('_', '/')}": answer for path, answer in answers.items()}
    transport = Canned(ANSWERS | changed)
    return list(Crawl(transport, WS, ADDRESSES, "sign in").facts(Silent())), transport


def model(version, **properties):
    return {"id": f"{ARM}/models/m/versions/{version}", "name": version, "properties": properties}


def one_model(**properties):
    """A workspace with the model m:1."""
    return {"models": {"value": [{"name": "m"}]}, "models_m_versions": {"value": [model("1", **properties)]}}


def gaps(facts):
    return {(fact.subject.removeprefix(f"{ROOT}/"), str(fact.kind)): fact for fact in facts if isinstance(fact, Gap)}


def subjects(facts, kind):
    return {fact.subject.removeprefix(f"{ROOT}/") for fact in facts if isinstance(fact, Record) and fact.kind is kind}


def test_an_empty_workspace_is_whole():
    """Listings with nothing in them, and no gap: that is a fact, not a failure."""
    facts, transport = crawl()

    assert [fact for fact in facts if isinstance(fact, Gap)] == []
    assert [(f.text, f.complete, f.listed) for f in facts if isinstance(f, Listing)] == [
        (f"{ROOT}/{name}", True, 0) for name in LISTED
    ]
    assert len(transport.asked) == 2 + len(LISTED)


@pytest.mark.parametrize(
    ("reply", "error", "message", "remedy"),
    [
        (401, SourceUnauthorised, "refused the token: HTTP 401 Code: words", "sign in"),
        (403, SourceForbidden, "may not be read with this credential", "az role assignment create --role Reader"),
        (404, SourceUnreachable, "there is no workspace w in resource group g", "az account list"),
        (429, SourceUnreachable, "is throttled", "crawl again later"),
        (503, SourceUnreachable, "could not be reached: HTTP 503", "proxy"),
        (GapReason.UNREACHABLE, SourceUnreachable, "could not be reached: said so", "proxy"),
        (GapReason.HOST_REFUSED, SourceUnreachable, "could not be reached: said so", "--cloud metadata.json"),
        (Reply(200, ["no object"]), SourceUnreachable, "an answer that is not an object", "crawl again"),
        (
            Reply(0, failure=GapReason.UNREACHABLE, detail="h: [SSL: CERTIFICATE_VERIFY_FAILED]"),
            SourceUnreachable,
            "CERTIFICATE_VERIFY_FAILED",
            "--ca-bundle FILE",
        ),
    ],
)
def test_a_workspace_that_cannot_be_read_ends_the_crawl_with_a_remedy(reply, error, message, remedy):
    with pytest.raises(error, match=message) as raised:
        crawl(workspaces_w=reply)
    assert remedy in raised.value.remedy


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (403, GapReason.FORBIDDEN),
        (404, GapReason.NOT_FOUND),
        (410, GapReason.NOT_FOUND),
        (401, GapReason.UNAUTHORISED),
        (429, GapReason.THROTTLED),
        (500, GapReason.UNREACHABLE),
        (400, GapReason.UNPARSABLE),
        (GapReason.TOO_LARGE, GapReason.TOO_LARGE),
        ({"items": []}, GapReason.UNPARSABLE),
        ({"value": None}, GapReason.UNPARSABLE),
        ([], GapReason.UNPARSABLE),
        ("text", GapReason.UNPARSABLE),
        (Reply(200, None), GapReason.UNPARSABLE),
    ],
)
def test_a_listing_that_fails_is_a_gap_and_is_not_whole(answer, reason):
    """And costs no other listing."""
    facts, _ = crawl(models=answer)

    gap = gaps(facts)["models", "model"]
    assert gap.reason is reason
    assert gap.remedy
    assert {f.text.rsplit("/")[-1]: f.complete for f in facts if isinstance(f, Listing)} == {
        name: name != "models" for name in LISTED
    }


@pytest.mark.parametrize("collection", LISTED)
def test_a_listing_that_may_not_be_read_names_the_permission_that_it_needs(collection):
    """As the table of calls has it, which the documentation prints."""
    facts, _ = crawl(**{collection: 403})
    (gap,) = gaps(facts).values()

    assert gap.remedy.startswith(f"grant {CALLS[collection].permission}: az role assignment create")
    assert CALLS[collection].permission == f"Microsoft.MachineLearningServices/workspaces/{collection}/read"


@pytest.mark.parametrize("collection", ["models", "data", "environments", "components"])
def test_versions_that_may_not_be_read_name_the_permission_that_they_need(collection):
    listed = {collection: {"value": [{"name": "n"}]}, f"{collection}_n_versions": 403}
    (gap,) = gaps(crawl(**listed)[0]).values()

    assert gap.remedy.startswith(f"grant {CALLS[f'{collection}/versions'].permission}: az")


@pytest.mark.parametrize("item", [None, 1, "m", [], {}, {"name": None}, {"name": ""}, {"id": "/models/m"}])
def test_an_entry_without_a_name_is_a_gap_and_the_listing_is_not_whole(item):
    """The entries beside it are kept."""
    facts, _ = crawl(models={"value": [item, {"name": "m"}]}, models_m_versions={"value": []})

    assert gaps(facts)["models", "model"].reason is GapReason.UNPARSABLE
    assert subjects(facts, RecordKind.MODEL) == {"models/m"}
    assert not next(f for f in facts if isinstance(f, Listing) and f.text.endswith("/models")).complete


def test_a_version_is_known_by_the_end_of_its_id():
    """Registries call a version by its model's name."""
    facts, _ = crawl(
        models={"value": [{"name": "m"}]},
        models_m_versions={"value": [model("1"), {"name": "m", "id": "x/versions/2"}, {"name": "3"}]},
    )

    assert subjects(facts, RecordKind.MODEL_VERSION) == {f"models/m/versions/{v}" for v in "123"}


def test_names_are_quoted_in_addresses():
    """A name is a name, whatever is in it: no path, no query, no other host."""
    name = "a b/../ö?x#y%2F"
    _, transport = crawl(models={"value": [{"name": name}]})
    asked = [r.url for r in transport.asked if "/versions" in r.url]

    quoted = "a%20b%2F..%2F%C3%B6%3Fx%23y%252F"
    query = "api-version=2023-08-01-preview&listViewType=All"
    assert asked == [f"https://management.azure.com{ARM}/models/{quoted}/versions?{query}"]


def test_a_job_is_read_twice_and_its_children_too():
    """The resource manager says little of a child; run history says all."""
    facts, transport = crawl(
        **one_model(jobName="p"),
        jobs_p={"name": "p", "properties": {"jobType": "Pipeline"}},
        runs_p_children={"value": [{"runId": "c"}, {"noise": 1}, None]},
        rundata={"runMetadata": {"runType": "azureml.StepRun"}, "runDefinition": None},
    )

    assert subjects(facts, RecordKind.JOB) == {"jobs/p"}
    assert subjects(facts, RecordKind.RUN) == {"jobs/p", "jobs/c"}
    assert [r.url.partition("?")[0].rsplit("/", 2)[-2:] for r in transport.asked if "children" in r.url] == [
        ["p", "children"]
    ]
    assert [r.body["runId"] for r in transport.asked if r.method == "POST"] == ["p", "c"]


STEP = {"runMetadata": {"runType": "azureml.StepRun"}}


@pytest.mark.parametrize(
    ("job", "run", "wanted"),
    [
        (404, 404, {("jobs/j", "job"): GapReason.NOT_FOUND}),
        (403, 403, {("jobs/j", "job"): GapReason.FORBIDDEN}),
        (404, STEP, {}),
        (403, STEP, {("jobs/j", "job"): GapReason.FORBIDDEN}),
        ({"properties": {"jobType": "Command"}}, 404, {}),
        ({"properties": {"jobType": "Command"}}, 403, {("jobs/j", "run"): GapReason.FORBIDDEN}),
        ({"properties": {"jobType": "Command"}}, 500, {("jobs/j", "run"): GapReason.UNREACHABLE}),
        (["no object"], STEP, {("jobs/j", "job"): GapReason.UNPARSABLE}),
    ],
)
def test_a_job_is_missing_only_when_neither_side_has_it(job, run, wanted):
    """One of two answers is enough to know that it is there."""
    facts, _ = crawl(**one_model(jobName="j"), jobs_j=job, rundata=run)

    assert {about: gap.reason for about, gap in gaps(facts).items()} == wanted


def test_children_that_cannot_be_listed_are_a_gap_of_their_own():
    facts, _ = crawl(
        **one_model(jobName="p"),
        jobs_p={"properties": {"jobType": "Pipeline"}},
        rundata={"runMetadata": {}},
        runs_p_children=403,
    )

    assert gaps(facts)["jobs/p/children", "run"].reason is GapReason.FORBIDDEN


@pytest.mark.parametrize("hosts", [403, {"api": None}, {}, [], GapReason.HOST_REFUSED])
def test_without_run_history_jobs_are_still_read(hosts):
    """One gap says that no run could be read."""
    facts, _ = crawl(**one_model(jobName="j"), discovery=hosts, jobs_j={"properties": {"jobType": "Command"}})

    assert set(gaps(facts)) == {("runs", "run")}
    assert subjects(facts, RecordKind.JOB) == {"jobs/j"}


def test_an_absent_job_that_is_only_a_guess_is_no_deletion():
    """`azureml_X_output_Y` is a habit; nobody said that X exists."""
    facts, _ = crawl(**one_model(datasets=[{"id": f"{ARM}/data/azureml_x_output_data_y/versions/1"}]))

    assert set(gaps(facts)) == {("data/azureml_x_output_data_y/versions/1", "data_version")}


def test_a_run_named_by_a_blob_address_is_looked_for_where_the_container_belongs():
    """The container is a datastore of this workspace; one that is nobody's is left alone."""
    store = {"accountName": "acct", "containerName": "azureml", "endpoint": "core.windows.net"}
    facts, transport = crawl(
        datastores={"value": [{"name": "workspaceartifactstore", "properties": store}]},
        models={"value": [{"name": "m"}]},
        models_m_versions={
            "value": [
                model("1", modelUri="https://acct.blob.core.windows.net/azureml/ExperimentRun/dcid.r1/model"),
                model("2", modelUri="https://stranger.blob.core.windows.net/azureml/ExperimentRun/dcid.r2/model"),
            ]
        },
        jobs_r1={"properties": {"jobType": "Command"}},
    )

    assert subjects(facts, RecordKind.JOB) == {"jobs/r1"}
    assert not any("r2" in request.url for request in transport.asked)


def test_a_workspace_known_by_its_guid_is_this_one():
    """Its own body says the GUID; the facts carry its names."""
    facts, _ = crawl(
        **one_model(datasets=[{"id": "azureml://locations/westeurope/workspaces/guid-1/data/d/versions/1"}]),
        data_d_versions_1={"properties": {}},
    )

    assert subjects(facts, RecordKind.DATA_VERSION) == {"data/d/versions/1"}


def test_a_guid_that_nobody_owns_is_a_gap():
    facts, _ = crawl(**one_model(datasets=[{"id": "azureml://locations/l/workspaces/guid-2/data/d/versions/1"}]))
    gap = gaps(facts)["azureml://locations/l/workspaces/guid-2/data/d/versions/1", "data_version"]

    assert gap.reason is GapReason.UNREACHABLE
    assert "guid-2" in gap.detail
    assert "crawl the workspace with that id" in gap.remedy


def test_another_workspace_is_opened_once_and_read_by_name():
    """What it is asked for is exactly what was named there."""
    other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w2"
    facts, transport = crawl(
        **one_model(datasets=[{"id": f"{other}/data/d/versions/1"}, {"id": f"{other}/data/e/versions/1"}]),
        workspaces_w2=WORKSPACE | {"id": other},
        workspaces_w2_data_d_versions_1={"properties": {}},
    )
    asked = [r.url.partition("/workspaces/w2")[2].partition("?")[0] for r in transport.asked if "/w2" in r.url]

    assert asked == ["", "/data/d/versions/1", "/data/e/versions/1"]
    there = [f for f in facts if isinstance(f, Record | Gap) and f.scope.endswith("/w2")]
    assert [(type(f).__name__, str(f.kind)) for f in there] == [
        ("Record", "workspace"),
        ("Record", "data_version"),
        ("Gap", "data_version"),
    ]


@pytest.mark.parametrize(("status", "reason"), [(403, GapReason.FORBIDDEN), (404, GapReason.UNREACHABLE)])
def test_a_scope_that_cannot_be_opened_costs_what_was_wanted_from_it(status, reason):
    """Each thing is a gap without being asked for; a hidden scope's things are not called deleted."""
    other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w2"
    facts, transport = crawl(
        **one_model(datasets=[{"id": f"{other}/data/d/versions/1"}], jobName="j"),
        workspaces_w2=status,
        jobs_j={"properties": {"jobType": "Command"}},
    )
    gap = gaps(facts)[f"{ids.workspace('s', 'g', 'w2').text}/data/d/versions/1", "data_version"]

    assert gap.reason is reason
    assert "could not be read: HTTP" in gap.detail
    assert sum("/w2" in request.url for request in transport.asked) == 1
    assert subjects(facts, RecordKind.JOB) == {"jobs/j"}


DISCOVERED = {
    "registryName": "R",
    "primaryRegionResourceProviderUri": "https://cert-eastus.experiments.azureml.net/",
    "subscriptionId": "rs",
    "resourceGroup": "rg",
}


def test_a_registrys_assets_are_asked_for_at_its_own_host():
    """The discovery says where; labels list all versions, because a label is settled by time."""
    facts, transport = crawl(
        **one_model(
            datasets=[
                {"id": "azureml://registries/R/models/b/versions/1"},
                {"id": "azureml://registries/R/environments/e/labels/latest"},
            ]
        ),
        registries_r_discovery=DISCOVERED,
        models_b_versions_1={"name": "b", "properties": {}},
        environments_e_versions={"value": [{"name": "e", "id": "x/versions/4"}]},
    )
    base = (
        "https://cert-eastus.experiments.azureml.net/mferp/managementfrontend/subscriptions/rs/resourceGroups/rg"
        "/providers/Microsoft.MachineLearningServices/registries/r"
    )

    assert [r.url for r in transport.asked if "registries" in r.url] == [
        "https://eastus.api.azureml.ms/registrymanagement/v1.0/registries/r/discovery?api-version=v1.0",
        f"{base}/models/b/versions/1?api-version=2021-10-01-dataplanepreview",
        f"{base}/environments/e/versions?api-version=2021-10-01-dataplanepreview&listViewType=All",
    ]
    assert subjects(facts, RecordKind.REGISTRY) == {"azureml://registries/r"}
    assert subjects(facts, RecordKind.ENVIRONMENT_VERSION) == {"azureml://registries/r/environments/e/versions/4"}
    assert "azureml://registries/r/models/b/versions/1" in subjects(facts, RecordKind.MODEL_VERSION)


@pytest.mark.parametrize(
    "answer",
    [403, [], {}, DISCOVERED | {"subscriptionId": None}, DISCOVERED | {"primaryRegionResourceProviderUri": ""}],
)
def test_a_registry_that_cannot_be_found_is_a_gap_of_it_and_of_its_assets(answer):
    facts, _ = crawl(
        **one_model(datasets=[{"id": "azureml://registries/R/models/b/versions/1"}]), registries_r_discovery=answer
    )

    assert set(gaps(facts)) == {
        ("azureml://registries/r", "registry"),
        ("azureml://registries/r/models/b/versions/1", "model_version"),
    }


def test_the_same_thing_is_said_once_however_often_it_is_named():
    """Listed and named, named twice, named by a circle."""
    facts, transport = crawl(
        models={"value": [{"name": "m"}]},
        models_m_versions={
            "value": [model("1", datasets=[{"id": f"{ARM}/models/m/versions/2"}], jobName="j"), model("2", jobName="j")]
        },
        jobs_j={"properties": {"jobType": "Command", "inputs": {"a": {"uri": f"{ARM}/models/m/versions/1"}}}},
        rundata={"runMetadata": {"parentRunId": "j"}},
    )
    keys = [(f.subject, f.kind) for f in facts if isinstance(f, Record)]

    assert len(keys) == len(set(keys))
    assert sum(request.url.partition("?")[0].endswith("/jobs/j") for request in transport.asked) == 1
    assert not any("/models/m/versions/" in request.url for request in transport.asked)


def test_an_entry_that_paging_shows_twice_is_said_once():
    """Paging is by offset: what is inserted meanwhile moves entries onto the next page."""
    entry = {"name": "m"}
    facts, _ = crawl(models={"value": [entry, entry]}, models_m_versions={"value": [model("1"), model("1")]})
    keys = [(f.subject, f.kind) for f in facts if isinstance(f, Record)]

    assert len(keys) == len(set(keys))
    assert subjects(facts, RecordKind.MODEL_VERSION) == {"models/m/versions/1"}


def test_a_workspace_met_by_its_guid_first_and_by_its_names_later_is_read():
    """What waited for the GUID is asked for when the workspace has been opened."""
    other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w2"
    facts, _ = crawl(
        **one_model(datasets=[{"id": "azureml://locations/l/workspaces/guid-2/data/d/versions/1"}], jobName="j"),
        jobs_j={"properties": {"jobType": "Command", "inputs": {"a": {"uri": f"{other}/data/e/versions/1"}}}},
        workspaces_w2={"id": other, "properties": {"workspaceId": "guid-2", "discoveryUrl": "https://h/discovery"}},
        workspaces_w2_data_d_versions_1={"properties": {}},
        workspaces_w2_data_e_versions_1={"properties": {}},
    )
    there = ids.workspace("s", "g", "w2").text

    assert subjects(facts, RecordKind.DATA_VERSION) == {f"{there}/data/{name}/versions/1" for name in "de"}
    assert gaps(facts) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["m", "j", "", f"{ARM}/models/m/versions/2", "/"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "name", "id", "properties", "jobName", "runId", "runMetadata", "api", "jobType"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
ROUTES = ["discovery", "datastores", "models", "models_m_versions", "jobs_j", "rundata", "runs_j_children"]


@given(st.dictionaries(st.sampled_from(ROUTES), JSON, max_size=7))
def test_no_answer_but_the_workspaces_own_stops_a_crawl(answers):
    """Whatever a service or a proxy says: facts, and for what is amiss a gap with a remedy."""
    facts, _ = crawl(**one_model(jobName="j") | answers)

    assert any(isinstance(fact, Record) and fact.kind is RecordKind.WORKSPACE for fact in facts)
    assert all(gap.detail and gap.remedy for gap in gaps(facts).values())
