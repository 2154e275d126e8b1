"""What the index knows of the standard estate after a crawl of both workspaces."""

from __future__ import annotations

from lineage import ids, lookup, trace
from lineage.graph import Certainty, Derivation, Edge, Relation, State
from lineage.ports import View
from lineage.records import GapReason
from tests.e2e.conftest import Crawled
from tests.emulator.contoso import Contoso
from tests.emulator.forms import DEV, FIT, PREPARE, PROD, REFIT, REGISTRY

AGAIN = "80fa3e19-5c2d-4b7a-a6e8-1d94c70b2f53"


def causes(view: View, effect: str, relation: Relation) -> dict[str, Edge]:
    edges = [edge for edge in view.causes([ids.key(effect)]) if edge.relation is relation]
    nodes = view.nodes([edge.cause for edge in edges])
    return {nodes[edge.cause].text: edge for edge in edges}


def state(view: View, text: str) -> State:
    return view.nodes([ids.key(text)])[ids.key(text)].state


def upstream(view: View, text: str) -> set[str]:
    """Everything that the thing came from, under any of its names."""
    found = trace.trace(view, lookup.find(view, text))
    return {node.text for node in found.nodes.values()}


# what could not be read


def test_a_deleted_job_is_known_to_be_deleted(view: View) -> None:
    """404 is a fact about the estate, not a failure of the crawl."""
    (gap,) = view.gaps(f"{DEV}/jobs/lost_cloud_h5n2m8v4cx")

    assert state(view, f"{DEV}/jobs/lost_cloud_h5n2m8v4cx") is State.DELETED
    assert (gap.reason, gap.status) == (GapReason.NOT_FOUND, 404)
    assert gap.remedy


def test_a_job_that_we_may_not_read_is_known_to_be_forbidden(view: View) -> None:
    (gap,) = view.gaps(f"{DEV}/jobs/quiet_vault_t7r1p4k9sd")

    assert state(view, f"{DEV}/jobs/quiet_vault_t7r1p4k9sd") is State.FORBIDDEN
    assert (gap.reason, gap.status) == (GapReason.FORBIDDEN, 403)
    assert "Microsoft.MachineLearningServices/workspaces/jobs/read" in gap.remedy


def test_data_that_we_may_not_read_is_known_by_the_job_that_used_it(view: View) -> None:
    used = causes(view, f"{DEV}/jobs/silver_moss_5x1r8n6q2c", Relation.USED)

    assert used[f"{DEV}/data/customer-pii/versions/1"].name == "customers"
    assert state(view, f"{DEV}/data/customer-pii/versions/1") is State.FORBIDDEN


def test_nothing_else_is_missing(view: View) -> None:
    assert {gap.subject for gap in view.gaps()} == {
        f"{DEV}/jobs/lost_cloud_h5n2m8v4cx",
        f"{DEV}/jobs/quiet_vault_t7r1p4k9sd",
        f"{DEV}/data/customer-pii/versions/1",
    }


def test_an_archived_version_is_marked_and_the_other_is_not(view: View) -> None:
    assert state(view, f"{DEV}/models/legacy-scorecard/versions/1") is State.ARCHIVED
    assert state(view, f"{DEV}/models/legacy-scorecard/versions/2") is State.LIVE


# pipelines


def test_a_reused_step_leads_to_the_run_that_did_the_work(view: View) -> None:
    for step, original in ((REFIT, FIT), (AGAIN, PREPARE)):
        (edge,) = causes(view, f"{DEV}/jobs/{step}", Relation.REUSED_FROM).values()

        assert view.nodes([edge.cause])[edge.cause].text == f"{DEV}/jobs/{original}"
        assert (edge.derivation, edge.certainty) == (Derivation.RUN_HISTORY, Certainty.CONFIRMED)


def test_steps_are_part_of_their_pipeline(view: View) -> None:
    for step, pipeline in ((FIT, "frosty_kite_7h2k9x0p4m"), (REFIT, "calm_pepper_q1w8z5n3rt")):
        assert list(causes(view, f"{DEV}/jobs/{step}", Relation.PART_OF)) == [f"{DEV}/jobs/{pipeline}"]


def test_a_pipelines_output_comes_from_the_step_that_fills_it(view: View) -> None:
    output = f"{DEV}/jobs/frosty_kite_7h2k9x0p4m/outputs/trained_model"

    made_of = causes(view, output, Relation.WAS_DERIVED_FROM)

    assert f"{DEV}/jobs/{FIT}/outputs/fitted" in made_of
    # Run history shows the pipeline's output as the very asset that the step made.
    others = [text.rpartition("/models/")[2] for text in made_of if "/jobs/" not in text]
    assert others == [f"azureml_{FIT}_output_fitted/versions/1"]


def test_a_step_leads_to_the_data_that_went_in(view: View) -> None:
    """ARM says nothing of a step; run history does."""
    assert f"{DEV}/datastores/lake/paths/raw/applications/2026-08" in upstream(view, f"{DEV}/jobs/{FIT}")


# places


def test_a_path_in_another_jobs_folder_leads_to_that_jobs_output(view: View) -> None:
    """Nobody named the job: the place did."""
    used = causes(view, f"{DEV}/jobs/silver_moss_5x1r8n6q2c", Relation.USED)
    edge = used[f"{DEV}/jobs/lemon_net_2wttv098sl/outputs/report"]

    assert (edge.name, edge.path) == ("baseline", "drift.json")
    assert (edge.derivation, edge.certainty) == (Derivation.MATERIALISED_PATH, Certainty.CONFIRMED)


def test_a_datastore_of_either_workspace_is_the_same_lake(view: View) -> None:
    """The portfolio is read under the other workspace's name for the store."""
    here = lookup.find(view, f"{DEV}/datastores/lake/paths/raw/portfolio/2026-11")
    there = lookup.find(view, "abfss://risk@stcontosolake.dfs.core.windows.net/raw/portfolio/2026-11/")

    assert set(here.seeds) & set(there.seeds)


def test_a_blob_of_another_workspaces_artifacts_leads_to_its_job(view: View) -> None:
    made = causes(view, f"{PROD}/models/affordability/versions/1", Relation.WAS_DERIVED_FROM)

    assert made[f"{DEV}/jobs/clever_roti_y385lbt48h/outputs/artifacts"].path == "model"


# models made of models


def test_a_model_tuned_twice_leads_to_the_base_model_of_the_registry(view: View) -> None:
    found = upstream(view, f"{DEV}/models/complaint-triage/versions/2")

    assert f"{DEV}/models/complaint-triage/versions/1" in found
    assert f"{REGISTRY}/models/contoso-bert/versions/3" in found


def test_a_registry_copy_leads_to_the_model_that_it_was_copied_from(view: View, story: Contoso) -> None:
    """The registry knows the workspace only by its GUID; the crawl of it says which that is."""
    by_guid = f"azureml://locations/westeurope/workspaces/{story.dev.guid}/models/credit-scoring/versions/5"
    copied = causes(view, f"{REGISTRY}/models/credit-scoring/versions/5", Relation.COPIED_FROM)

    assert {by_guid} <= set(copied) | {f"{DEV}/models/credit-scoring/versions/5"}
    assert f"{DEV}/models/credit-scoring/versions/5" in upstream(view, f"{REGISTRY}/models/credit-scoring/versions/5")


def test_the_live_deployment_leads_to_the_august_applications(view: View) -> None:
    """From what decides on loans today, through two workspaces and a registry, to the folder it all began with."""
    found = upstream(view, f"{PROD}/onlineEndpoints/credit-decisions/deployments/blue")

    assert f"{REGISTRY}/models/credit-scoring/versions/5" in found
    assert f"{DEV}/jobs/calm_pepper_q1w8z5n3rt" in found
    assert f"{DEV}/jobs/{FIT}" in found
    assert f"{DEV}/datastores/lake/paths/raw/applications/2026-08" in found


def test_deployments_know_their_share_of_the_traffic(view: View) -> None:
    from lineage import impact

    august = lookup.find(view, f"{DEV}/datastores/lake/paths/raw/applications/2026-08/")
    served = {one.deployment.text: (one.traffic, one.mirror) for one in impact.impact(view, [august]).deployments}

    assert served == {
        f"{PROD}/onlineEndpoints/credit-decisions/deployments/blue": (100, 0),
        f"{PROD}/onlineEndpoints/credit-decisions/deployments/green": (0, 10),
    }


def test_a_job_that_used_the_live_model_is_found_in_the_other_workspace(view: View) -> None:
    found = upstream(view, f"{PROD}/models/portfolio-segments/versions/1")

    assert f"{REGISTRY}/models/credit-scoring/versions/5" in found


# software


def test_a_job_ran_in_its_environment_and_its_code(view: View) -> None:
    september = f"{DEV}/jobs/lemon_net_2wttv098sl"

    assert f"{DEV}/environments/credit-train/versions/2" in causes(view, september, Relation.RAN_IN)
    (code,) = causes(view, september, Relation.RAN_CODE)
    assert code.startswith(f"{DEV}/codes/")
    assert state(view, code) is State.LIVE


def test_a_curated_environment_is_read_in_its_registry(view: View) -> None:
    ran_in = causes(view, f"{DEV}/jobs/clever_roti_y385lbt48h", Relation.RAN_IN)

    assert "azureml://registries/azureml/environments/sklearn-1.5/versions/24" in ran_in
    assert state(view, "azureml://registries/azureml/environments/sklearn-1.5/versions/24") is State.LIVE


# how complete, and how much work


def test_both_workspaces_were_listed_completely(view: View) -> None:
    coverage = {scope.scope: scope for scope in view.coverage()}

    assert coverage[DEV].complete
    assert coverage[PROD].complete
    assert coverage[DEV].gaps == 3


def test_the_crawl_of_a_workspace_asks_everything_once(crawled: Crawled) -> None:
    """A page or a body is asked once: the work is what the estate holds, and not a request more.

    What a list showed is not got by name: of the jobs only the one that was deleted and the one that is locked, and
    the fine-tuning job, whose details only a newer version tells. Children are asked for of two pipelines, a sweep
    and an AutoML job. Runs come in three batches: of the listed jobs, of the children, of those two.
    """
    assert crawled.counts["mlw-credit-dev"] == {
        "batchEndpoints": 1,
        "batchrundata": 3,
        "codes.version": 2,
        "components": 1,
        "components.versions": 2,
        "data": 1,
        "data.refused": 1,
        "data.version": 20,
        "data.versions": 5,
        "datastores": 1,
        "discovery": 1,
        "environments": 1,
        "environments.versions": 1,
        "job": 2,
        "jobs": 1,
        "jobs.refused": 1,
        "models": 1,
        "models.version": 2,
        "models.versions": 13,
        "onlineEndpoints": 1,
        "registry.discovery": 2,
        "registry.environments.version": 1,
        "registry.models.version": 1,
        "run.children": 4,
        "schedules": 1,
        "workspace": 1,
    }
