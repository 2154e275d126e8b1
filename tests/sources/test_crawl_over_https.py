"""The crawl against the emulator, over HTTPS, through the real SDK."""

from __future__ import annotations

import os
from collections import Counter
from types import SimpleNamespace

import pytest

from lineage import ids
from lineage.errors import SourceUnauthorised, SourceUnreachable, ThrottledOut
from lineage.index import open_index
from lineage.indexing import crawl
from lineage.records import Gap, GapReason, Listing, Record, RecordKind, canonical_json
from lineage.sources.recording import RecordingSource
from tests.emulator import server
from tests.emulator.contoso import CANARIES
from tests.emulator.credential import EmulatorCredential
from tests.sources.silent import Silent


def facts_of(source):
    return list(source.crawl(Silent()))


def gaps(facts):
    return {fact.subject: fact for fact in facts if isinstance(fact, Gap)}


def records(facts, kind):
    return {fact.subject: fact for fact in facts if isinstance(fact, Record) and fact.kind is kind}


def test_everything_upstream_of_the_models_is_read(source, story):
    """Containers, all versions, the jobs they name with children and parents, data, environments, code, components."""
    facts = facts_of(source(story.dev))
    root = ids.scope_of(story.dev.uri.lower().replace("resourcegroups", "resourceGroups")).text

    jobs = records(facts, RecordKind.JOB)
    runs = records(facts, RecordKind.RUN)
    for name in ("september", "affordability", "first", "second", "sweep"):
        assert f"{root}/jobs/{story.jobs[name].name}" in jobs, name
        assert f"{root}/jobs/{story.jobs[name].name}" in runs, name
    for name in ("prepare", "fit", "again", "refit"):
        assert f"{root}/jobs/{story.jobs[name].name}" in runs, name
    assert f"{root}/data/applications/versions/3" in records(facts, RecordKind.DATA_VERSION)
    assert f"{root}/environments/credit-train/versions/2" in records(facts, RecordKind.ENVIRONMENT_VERSION)
    assert f"{root}/components/train/versions/1" in records(facts, RecordKind.COMPONENT_VERSION)
    assert len(records(facts, RecordKind.CODE_VERSION)) == 2
    assert "azureml://registries/contoso-models/models/contoso-bert/versions/3" in records(
        facts, RecordKind.MODEL_VERSION
    )
    assert {fact.subject for fact in facts if isinstance(fact, Record) and fact.kind is RecordKind.DATASTORE} == {
        f"{root}/datastores/{name}" for name in ("workspaceblobstore", "workspaceartifactstore", "lake")
    }


def test_archived_versions_come_and_say_so(source, story):
    """A list asked without a view type would leave them out, and with them the lineage of what still runs."""
    kept = records(facts_of(source(story.dev)), RecordKind.MODEL_VERSION)
    archived = {name.rsplit("/models/")[-1] for name, it in kept.items() if it.body["properties"]["isArchived"]}

    assert archived == {"legacy-scorecard/versions/1"}


def test_deployments_lead_into_the_registry_and_the_other_workspace(source, story):
    """What serves in production was shared through a registry and trained elsewhere; the crawl goes there by itself."""
    facts = facts_of(source(story.prod))

    assert len(records(facts, RecordKind.DEPLOYMENT)) == 4
    assert len(records(facts, RecordKind.ENDPOINT)) == 2
    assert "azureml://registries/contoso-models" in records(facts, RecordKind.REGISTRY)
    models = records(facts, RecordKind.MODEL_VERSION)
    assert "azureml://registries/contoso-models/models/credit-scoring/versions/5" in models
    assert all(fact.scope == ids.scope_of(fact.subject).text for fact in facts if isinstance(fact, Record))


def test_what_cannot_be_read_is_a_gap_with_its_reason_and_remedy(source, story):
    """A deleted job, a locked job and locked data cost themselves, and nothing else."""
    found = gaps(facts_of(source(story.dev)))
    by_name = {subject.rsplit("/", 1)[-1]: gap for subject, gap in found.items()}

    deleted = by_name[story.jobs["deleted"].name]
    assert (deleted.reason, deleted.status, deleted.kind) == (GapReason.NOT_FOUND, 404, RecordKind.JOB)
    locked = by_name[story.jobs["forbidden"].name]
    assert (locked.reason, locked.status) == (GapReason.FORBIDDEN, 403)
    assert locked.remedy.startswith("grant Microsoft.MachineLearningServices/workspaces/jobs/read: az role assignment")
    pii = next(gap for subject, gap in found.items() if "customer-pii" in subject)
    assert (pii.reason, pii.kind) == (GapReason.FORBIDDEN, RecordKind.DATA_VERSION)
    assert all(gap.detail and gap.remedy for gap in found.values())


def test_every_listing_says_that_it_is_whole(source, story):
    """Absence counts only in a listing read to its end."""
    listings = [fact for fact in facts_of(source(story.dev)) if isinstance(fact, Listing)]
    last = {listing.text.rsplit("/workspaces/mlw-credit-dev/")[-1]: listing for listing in listings}

    assert all(listing.complete for listing in listings)
    assert last["models/credit-scoring/versions"].listed == 6
    assert {"datastores", "models", "onlineEndpoints", "batchEndpoints"} <= set(last)


def test_two_crawls_say_the_same_and_record_the_same_bytes(source, story, tmp_path):
    """Threads answer in any order; the facts, their order and the recording do not depend on it."""
    one, two = tmp_path / "one.jsonl.gz", tmp_path / "two.jsonl.gz"

    first = facts_of(source(story.dev, record=one))
    second = facts_of(source(story.dev, record=two))

    assert first == second
    assert one.read_bytes() == two.read_bytes()


def test_a_recording_gives_the_facts_and_the_digest_of_the_live_crawl(source, story, tmp_path):
    """What an auditor replays is what was crawled."""
    path = tmp_path / "dev.jsonl"
    live = open_index(tmp_path / "live.db", create=True)
    crawl(source(story.dev, record=path), live, Silent())
    replayed = open_index(tmp_path / "replayed.db", create=True)
    crawl(RecordingSource(path), replayed, Silent())

    assert facts_of(RecordingSource(path)) == facts_of(source(story.dev))
    assert live.digest == replayed.digest


def test_no_secret_of_the_estate_reaches_a_fact_or_a_recording(source, story, emulator, tmp_path):
    """Planted: a SAS, a PAT, an environment variable's value, an account key, a deployment's key; and the token."""
    path = tmp_path / "dev.jsonl"
    said = b"".join(canonical_json(fact) for ws in (story.dev, story.prod) for fact in facts_of(source(ws)))
    facts_of(source(story.dev, record=path))
    said += path.read_bytes()
    facts_of(source(story.prod, record=path))
    said += path.read_bytes()

    for secret in (*CANARIES, emulator.token, emulator.token.split(".")[2], "skipToken"):
        assert secret.encode() not in said


def test_the_sdk_leaves_no_trace_in_the_environment(source, story, monkeypatch):
    """Constructing an MLClient names its cloud in a variable that every later client would obey."""
    monkeypatch.delenv("AZUREML_CURRENT_CLOUD", raising=False)
    facts_of(source(story.prod))
    assert "AZUREML_CURRENT_CLOUD" not in os.environ

    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", "AzureChinaCloud")
    facts_of(source(story.prod))
    assert os.environ["AZUREML_CURRENT_CLOUD"] == "AzureChinaCloud"


def test_the_credential_is_asked_once_for_a_whole_crawl(source, story, emulator):
    """Some credentials start a process for every token."""
    credential = EmulatorCredential(emulator.token)
    facts_of(source(story.dev, credential=credential))

    assert credential.asked == 1


def test_progress_counts_to_its_totals(source, story):
    report = Silent()
    list(source(story.dev).crawl(report))

    assert report.told["listings"] == (9, 9)
    assert all(done == total for done, total in report.told.values())
    assert set(report.told) >= {"versions", "jobs", "runs", "assets"}


# What goes wrong on the way.


@pytest.mark.parametrize("kind", ["throttle", "unavailable", "html", "cut"])
def test_a_passing_fault_costs_nothing(source, story, emulator, kind):
    """Throttled, out of service, a sign-in page, half a body: asked again, and the facts are the same."""
    undisturbed = facts_of(source(story.prod))
    emulator.forget()
    emulator.fault(kind, "/models", times=2)

    assert facts_of(source(story.prod)) == undisturbed


def test_retry_after_that_is_no_number_does_not_stop_the_crawl(source, story, emulator):
    """The SDK's own retry raises a bare ValueError on it."""
    undisturbed = facts_of(source(story.prod))
    emulator.forget()
    emulator.fault("throttle", "/models", times=1, retry_after="soon")

    assert facts_of(source(story.prod)) == undisturbed


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        ("html", GapReason.UNPARSABLE, 200),
        ("unauthorised", GapReason.UNAUTHORISED, 401),
        ("foreign_link", GapReason.HOST_REFUSED, None),
        ("loop", GapReason.LOOP, 200),
    ],
)
def test_a_lasting_fault_is_a_gap_of_one_listing_which_is_then_not_whole(
    source, story, emulator, monkeypatch, kind, reason, status
):
    """The rest of the workspace is read as before."""
    if kind == "foreign_link":
        monkeypatch.setattr(server, "PAGE", 1)
    emulator.fault(kind, "/mlw-credit-dev/models/credit-scoring/versions")
    facts = facts_of(source(story.dev))
    listing = next(f for f in facts if isinstance(f, Listing) and "credit-scoring/versions" in f.text)
    gap = gaps(facts)[listing.text]

    assert (gap.reason, gap.status, gap.kind) == (reason, status, RecordKind.MODEL_VERSION)
    assert not listing.complete
    assert len(records(facts, RecordKind.MODEL)) == len(story.dev.assets["models"]) - _implied(story)


def test_a_read_that_is_throttled_for_ever_ends_the_crawl(source, story, emulator):
    """A 429 is no gap: either the read is served in the end, or the crawl says that it is to be tried later."""
    emulator.fault("throttle", "/mlw-credit-dev/models/credit-scoring/versions", retry_after="60")
    with pytest.raises(ThrottledOut) as error:
        facts_of(source(story.dev))

    assert error.value.code == "try_later"
    assert error.value.remedy.startswith("crawl again after ")


def _implied(story):
    return sum(not any(v.listed for v in versions.values()) for versions in story.dev.assets["models"].values())


def test_no_token_goes_to_a_host_outside_the_cloud(source, story, emulator, monkeypatch):
    """A link to elsewhere.example is refused before anything is sent, and the gap names the host."""
    monkeypatch.setattr(server, "PAGE", 2)
    emulator.fault("foreign_link", "/models")
    facts = facts_of(source(story.dev))

    refused = [gap for gap in gaps(facts).values() if gap.reason is GapReason.HOST_REFUSED]
    assert refused
    assert all("elsewhere.example" in gap.detail for gap in refused)


@pytest.mark.parametrize("page", [1, 3])
def test_the_size_of_pages_changes_nothing(source, story, emulator, monkeypatch, page):
    """Empty pages that link on, and pages of one: the same facts."""
    whole = facts_of(source(story.dev))
    monkeypatch.setattr(server, "PAGE", page)
    emulator.fault("empty_page", "/models")

    assert Counter(map(str, facts_of(source(story.dev)))) == Counter(map(str, whole))


def test_a_loop_recorded_is_a_loop_replayed(source, story, emulator, tmp_path):
    """A recording keeps no links, and still ends where the live crawl ended."""
    emulator.fault("loop", "/mlw-credit-prod/models")
    path = tmp_path / "loop.jsonl"
    live = facts_of(source(story.prod, record=path))

    assert any(gap.reason is GapReason.LOOP for gap in gaps(live).values())
    assert facts_of(RecordingSource(path)) == live


# What ends a crawl before it begins.


def test_a_workspace_that_is_not_there_is_said_so(source, story):
    """404 of the workspace itself: which names to check."""
    absent = source(SimpleNamespace(uri=story.dev.uri.replace("mlw-credit-dev", "mlw-credit-dew")))

    with pytest.raises(SourceUnreachable, match="there is no workspace mlw-credit-dew in resource group") as error:
        facts_of(absent)
    assert "az account list" in error.value.remedy


def test_a_refused_token_is_said_so(source, story):
    with pytest.raises(SourceUnauthorised, match="refused the token"):
        facts_of(source(story.dev, credential=EmulatorCredential("wrong")))


def test_nothing_is_recorded_of_a_crawl_that_failed(source, story, tmp_path):
    """Half a recording would be believed."""
    path = tmp_path / "half.jsonl"
    with pytest.raises(SourceUnauthorised):
        facts_of(source(story.dev, credential=EmulatorCredential("wrong"), record=path))

    assert list(tmp_path.glob("half*")) == []
