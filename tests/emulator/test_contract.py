"""The real SDK accepts what the emulator says, over HTTPS, with nothing patched.

These pin our shapes to `azure.ai.ml`: when a new release of it stops reading
them, or asks other questions, a test here goes red before a user's crawl does.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.emulator.contoso import Contoso
from tests.emulator.crowded import AWKWARD, CHILDREN, CONTAINERS, DEPLOYMENTS, VERSIONS, crowded
from tests.emulator.estate import Workspace
from tests.emulator.fixtures import client
from tests.emulator.server import Emulator, serve

Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Emulator, Workspace]]:
    estate, workspace = crowded()
    with serve(estate, tmp_path_factory.mktemp("crowd")) as emulator:
        yield emulator, workspace


def test_models_are_listed_as_containers(connect: Connect, story: Contoso) -> None:
    found = [(m.name, m.version, m.latest_version) for m in connect(story.dev).models.list()]

    assert ("credit-scoring", None, "6") in found
    assert ("complaint-triage", None, "2") in found
    assert len(found) == 13


def test_a_model_version_names_the_job_and_the_place_it_lies_in(connect: Connect, story: Contoso) -> None:
    model = connect(story.dev).models.get("credit-scoring", "5")

    assert model.job_name == "calm_pepper_q1w8z5n3rt"
    assert model.path == (
        "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/workspaces/"
        "mlw-credit-dev/datastores/workspaceblobstore/paths/azureml/d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4/fitted/"
    )
    assert model.stage == "Production"
    assert model.creation_context.created_by == "Priya Raman"


def test_the_label_latest_is_the_newest_by_creation(connect: Connect, story: Contoso, emulator: Emulator) -> None:
    assert connect(story.dev).models.get("credit-scoring", label="latest").version == "6"

    asked = emulator.requests[-1].query
    assert (asked["$orderBy"], asked["$top"]) == ("createdtime desc", "1")


@pytest.mark.parametrize(("view", "expected"), [("ACTIVE_ONLY", ["2"]), ("ARCHIVED_ONLY", ["1"]), ("ALL", ["2", "1"])])
def test_archived_versions_are_shown_when_asked_for(
    connect: Connect, story: Contoso, view: str, expected: list[str]
) -> None:
    from azure.ai.ml.constants import ListViewType

    asked = getattr(ListViewType, view)
    found = connect(story.dev).models.list(name="legacy-scorecard", list_view_type=asked)

    assert expected == [model.version for model in found]


def test_a_command_job_reads_back_with_its_inputs_outputs_environment_and_code(
    connect: Connect, story: Contoso
) -> None:
    job = connect(story.dev).jobs.get("lemon_net_2wttv098sl")

    assert job.type == "command"
    assert job.environment == "credit-train:2"
    assert {"applications", "bureau", "outcomes", "c"} == set(job.inputs)
    assert {"model", "report", "default"} == set(job.outputs)
    assert job.properties["mlflow.source.git.commit"] == "9f3b2c71d04e5a68b7c1f2a9e8d37460b5c4a1f2"


def test_jobs_are_listed_without_children_and_a_pipelines_children_by_run_history(
    connect: Connect, story: Contoso
) -> None:
    ml = connect(story.dev)
    # An entry that the SDK cannot read is None to it: the fine-tuning job, whose details only a newer version tells.
    jobs = list(ml.jobs.list())
    listed = {job.name: job.type for job in jobs if job is not None}
    children = {job.name: job.display_name for job in ml.jobs.list(parent_job_name="calm_pepper_q1w8z5n3rt")}

    assert listed["calm_pepper_q1w8z5n3rt"] == "pipeline"
    assert listed["patient_lime_k4v7c2x9bd"] == "sweep"
    assert listed["jolly_ocean_t5g9b3n7mk"] == "automl"
    assert listed["rapid_delta_c4v8b2n6mz"] == "spark"
    assert len(jobs) - len(listed) == 1
    assert not {"proud_cedar_y6h1j5k9lp", "jolly_ocean_t5g9b3n7mk_1"} & set(listed)
    assert "80fa3e19-5c2d-4b7a-a6e8-1d94c70b2f53" not in listed
    assert children == {
        "80fa3e19-5c2d-4b7a-a6e8-1d94c70b2f53": "prepare",
        "e5b1027c-6f98-4d34-9a0c-7c28d1f6e4a9": "train",
    }


def test_a_fine_tuning_job_reads_back_with_its_model_and_data(connect: Connect, story: Contoso) -> None:
    """The SDK asks a second time, in a newer version of the API."""
    job = connect(story.dev).jobs.get("proud_cedar_y6h1j5k9lp")

    assert job.type == "finetuning"
    assert job.model.path == "azureml://registries/contoso-models/models/contoso-bert/versions/3"
    assert job.training_data.path == "azureml:complaints:1"


def test_schedules_read_back_with_what_they_do(connect: Connect, story: Contoso) -> None:
    schedule = connect(story.dev).schedules.get("drift-watch")
    (listed,) = connect(story.prod).schedules.service_client.list(story.prod.group, story.prod.name)

    assert (schedule.trigger.expression, schedule.is_enabled) == ("0 6 * * 1", True)
    assert schedule.create_job.type == "command"
    assert listed.properties.action.action_type == "InvokeBatchEndpoint"


def test_runs_are_read_in_one_request_and_what_is_not_there_is_told_beside_them(
    connect: Connect, story: Contoso, emulator: Emulator
) -> None:
    """The SDK's own client speaks to it; of the real service no recording is known."""
    from azure.ai.ml._restclient.runhistory.models import BatchRunDataRequest, GetRunDataRequest

    ml = connect(story.dev)
    next(iter(ml.jobs.list(parent_job_name="calm_pepper_q1w8z5n3rt")))  # finds the region's host
    wanted = {name: GetRunDataRequest(run_id=name, select_run_metadata=True) for name in ("lemon_net_2wttv098sl", "no")}
    runs = ml.jobs._runs_operations._operation
    found = runs.batch_get_run_data(
        story.dev.subscription, story.dev.group, story.dev.name, body=BatchRunDataRequest(requests=wanted)
    )

    assert found.successful_results["lemon_net_2wttv098sl"].run_metadata.run_id == "lemon_net_2wttv098sl"
    assert found.failed_results["no"].error.code == "UserError"
    assert emulator.count("batchrundata") == 1


def test_a_child_is_read_through_discovery_and_run_history(
    connect: Connect, story: Contoso, emulator: Emulator
) -> None:
    child = connect(story.dev).jobs.get("e5b1027c-6f98-4d34-9a0c-7c28d1f6e4a9")

    assert child.properties["azureml.reusedrunid"] == "d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4"
    assert emulator.counts() == {"discovery": 1, "job": 1, "run": 1, "workspace": 1}


def test_run_data_tells_a_childs_inputs_outputs_and_where_its_artifacts_lie(connect: Connect, story: Contoso) -> None:
    found = connect(story.dev).jobs._runs_operations.get_run_data("d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4")
    by_guid = f"azureml://locations/westeurope/workspaces/{story.dev.guid}"

    assert found.run_metadata.data_container_id == "dcid.d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4"
    assert found.run_metadata.inputs["features"]["assetId"] == (
        f"{by_guid}/data/azureml_1c7e5d42-93ab-4f06-8e21-5b0d9a64c3f7_output_data_features/versions/1"
    )
    assert found.run_metadata.outputs["fitted"]["assetId"] == (
        f"{by_guid}/models/azureml_d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4_output_fitted/versions/1"
    )


def test_data_environments_datastores_and_components_read_back(connect: Connect, story: Contoso) -> None:
    ml = connect(story.dev)

    assert ml.data.get("applications", "2").path == "azureml://datastores/lake/paths/raw/applications/2026-07/"
    assert [d.version for d in ml.data.list(name="bureau-scores")] == ["2", "1"]
    assert ml.environments.get("credit-train", "1").conda_file["name"] == "credit"
    assert [s.name for s in ml.datastores.list()] == ["workspaceblobstore", "workspaceartifactstore", "lake"]
    assert ml.components.get("train", "1").type == "command"


def test_an_implicit_asset_is_got_by_name_and_never_listed(connect: Connect, story: Contoso) -> None:
    ml = connect(story.dev)
    name = "azureml_lemon_net_2wttv098sl_output_data_report"

    assert ml.data.get(name, "1").path == (
        "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourcegroups/rg-credit-dev/workspaces/"
        "mlw-credit-dev/datastores/workspaceblobstore/paths/azureml/lemon_net_2wttv098sl/report/"
    )
    assert name not in [d.name for d in ml.data.list()]


def test_the_data_plane_resolves_an_asset_to_its_place(connect: Connect, story: Contoso) -> None:
    """What the SDK asks when it downloads a job's named output."""
    asset = story.data["applications 2026-08"].located
    found = connect(story.dev).jobs._dataset_dataplane_operations.get_batch_dataset_uris([asset])

    assert found.values_property[asset]["uri"] == "azureml://datastores/lake/paths/raw/applications/2026-08/"


def test_a_workspace_and_its_registry_tell_where_they_are(connect: Connect, story: Contoso, emulator: Emulator) -> None:
    ml = connect(story.dev)
    workspace = ml.workspaces.get("mlw-credit-dev")

    assert workspace.location == "westeurope"
    assert workspace.discovery_url == f"{emulator.url}/discovery"
    assert [it.name for it in ml.workspaces.list()] == ["mlw-credit-dev"]


def test_a_registry_is_discovered_and_its_copy_keeps_the_job_and_names_its_origin(
    connect: Connect, story: Contoso, emulator: Emulator
) -> None:
    ml = connect(story.registry)
    copy = ml.models.get("credit-scoring", "5")

    assert copy.job_name == "calm_pepper_q1w8z5n3rt"
    assert copy.path.endswith("/azureml/d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4/fitted/")
    assert ml.models._get("credit-scoring", "5").properties["originAssetId"] == (
        f"azureml://locations/westeurope/workspaces/{story.dev.guid}/models/credit-scoring/versions/5"
    )
    assert [m.name for m in ml.models.list()] == ["contoso-bert", "credit-scoring", "decision-reasons"]
    assert emulator.count("registry.discovery") == 1


def test_endpoints_tell_their_traffic_and_deployments_their_models(connect: Connect, story: Contoso) -> None:
    ml = connect(story.prod)
    (online,) = ml.online_endpoints.list()
    deployed = {d.name: d.model for d in ml.online_deployments.list("credit-decisions")}
    nightly, _ = ml.batch_deployments.list("portfolio-rescoring")

    assert (online.traffic, online.mirror_traffic) == ({"blue": 100, "green": 0}, {"green": 10})
    assert deployed == {
        "blue": "azureml://registries/contoso-models/models/credit-scoring/versions/5",
        "green": "azureml://registries/contoso-models/models/credit-scoring/versions/6",
    }
    assert nightly.model == f"{story.prod.arm}/models/affordability/versions/1"


def test_what_may_not_be_read_is_refused_with_403_and_what_is_gone_with_404(connect: Connect, story: Contoso) -> None:
    ml = connect(story.dev)
    with pytest.raises(HttpResponseError, match="AuthorizationFailed") as forbidden:
        ml.data.get("customer-pii", "1")
    with pytest.raises(HttpResponseError, match="does not have authorization") as locked:
        ml.jobs.get("quiet_vault_t7r1p4k9sd")
    with pytest.raises(ResourceNotFoundError, match="Job lost_cloud_h5n2m8v4cx was not found") as gone:
        ml.jobs.get("lost_cloud_h5n2m8v4cx")
    with pytest.raises(ResourceNotFoundError, match="runId=lost_cloud_h5n2m8v4cx was not found"):
        ml.jobs._runs_operations.get_run_data("lost_cloud_h5n2m8v4cx")

    assert (forbidden.value.status_code, locked.value.status_code, gone.value.status_code) == (403, 403, 404)


def test_lists_come_in_pages_of_fifty_with_an_absolute_link(crowd: tuple[Emulator, Workspace]) -> None:
    """120 containers and two more, less an archived one, are three pages; 104 versions are three."""
    emulator, workspace = crowd
    emulator.forget()
    ml = client(emulator, workspace)
    names = [model.name for model in ml.models.list()]
    versions = [model.version for model in ml.models.list(name="nightly")]

    assert len(names) == len(set(names)) == CONTAINERS + 2 - 1
    assert "store-007" not in names
    assert sorted(versions, key=int) == [str(number) for number in range(1, VERSIONS + 1)]
    assert emulator.counts() == {"models": 3, "models.versions": 3}


def test_children_come_in_pages_and_the_sdk_reads_only_the_first(crowd: tuple[Emulator, Workspace]) -> None:
    """The SDK drops run history's nextLink; a crawl must follow it, or lose every child after the fiftieth."""
    emulator, workspace = crowd
    emulator.forget()
    by_sdk = list(client(emulator, workspace).jobs.list(parent_job_name="many_bees_6f7g8h9i0j"))
    _, first = ask(emulator, f"/history/v1.0{workspace.arm}/runs/many_bees_6f7g8h9i0j/children?api-version=v1.0")
    _, second = ask(emulator, first["nextLink"].removeprefix(emulator.url))

    assert (len(by_sdk), len(first["value"]), len(second["value"])) == (50, 50, CHILDREN - 50)
    assert len({run["runId"] for run in first["value"] + second["value"]}) == CHILDREN
    assert "nextLink" not in second


def test_deployments_and_data_come_in_pages(crowd: tuple[Emulator, Workspace]) -> None:
    emulator, workspace = crowd
    emulator.forget()
    ml = client(emulator, workspace)

    assert len(list(ml.online_deployments.list("shops"))) == DEPLOYMENTS
    assert len(list(ml.data.list())) == 58
    assert emulator.counts() == {"data": 2, "deployments": 2}


def test_an_awkward_name_survives_the_url(crowd: tuple[Emulator, Workspace]) -> None:
    emulator, workspace = crowd

    assert client(emulator, workspace).models.get(AWKWARD, "1").job_name == "busy_ant_1a2b3c4d5e"


def ask(emulator: Emulator, path: str, token: str | None = None) -> tuple[int, Any]:
    """A bare request, for what the SDK would never send."""
    request = urllib.request.Request(f"{emulator.url}{path}")
    request.add_header("Authorization", f"Bearer {emulator.token if token is None else token}")
    trust = ssl.create_default_context(cafile=str(emulator.ca_bundle))
    try:
        with urllib.request.urlopen(request, context=trust) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_no_other_token_is_taken(emulator: Emulator, story: Contoso) -> None:
    status, body = ask(emulator, f"{story.dev.arm}?api-version=2024-10-01-preview", token="another")

    assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_a_request_without_an_api_version_is_refused(emulator: Emulator, story: Contoso) -> None:
    status, body = ask(emulator, f"{story.dev.arm}/models")

    assert (status, body["error"]["code"]) == (400, "MissingApiVersionParameter")


def test_a_path_is_split_before_it_is_unquoted(emulator: Emulator, story: Contoso) -> None:
    """An encoded slash is part of a name, as it is for the service."""
    status, body = ask(emulator, f"{story.dev.arm}/models/a%2Fb/versions/1?api-version=2023-08-01-preview")

    assert status == 404
    assert body["error"]["message"] == "Could not find asset or resource with name: a/b:1"


def test_a_workspace_that_is_not_there_is_a_404_in_arms_words(emulator: Emulator, story: Contoso) -> None:
    status, body = ask(emulator, f"{story.dev.arm}x/models?api-version=2023-08-01-preview")

    assert (status, body["error"]["code"]) == (404, "ResourceNotFound")


def test_a_write_is_refused(connect: Connect, story: Contoso) -> None:
    """The estate of a test is what it was declared to be; and nothing of ours ever writes."""
    ml = connect(story.dev)
    with pytest.raises(HttpResponseError) as refused:
        ml.models.archive("credit-scoring", "1")

    assert refused.value.status_code == 405


@pytest.mark.parametrize("member", ["activeonly", "ListViewType.ACTIVE_ONLY"])
def test_the_name_of_the_sdks_enumeration_is_understood(emulator: Emulator, story: Contoso, member: str) -> None:
    query = f"api-version=2023-08-01-preview&listViewType={member}"
    _, body = ask(emulator, f"{story.dev.arm}/models/legacy-scorecard/versions?{query}")

    assert [version["name"] for version in body["value"]] == ["2"]


def test_a_throttled_request_says_when_to_come_back(emulator: Emulator, connect: Connect, story: Contoso) -> None:
    emulator.fault("throttle", "/models/churn/versions/1", times=2)

    assert connect(story.dev).models.get("churn", "1").job_name == "lost_cloud_h5n2m8v4cx"
    assert emulator.counts() == {"fault.throttle": 2, "models.version": 1}


def test_a_link_to_another_host_a_loop_and_a_page_for_people_can_be_put_in(emulator: Emulator, story: Contoso) -> None:
    models = f"{story.dev.arm}/models?api-version=2023-08-01-preview"
    emulator.fault("loop", "/models", times=1)
    emulator.fault("empty_page", "/models", times=1)
    emulator.fault("unauthorised", "/models", times=1)
    emulator.fault("unavailable", "/models", times=1)
    _, looping = ask(emulator, models)
    _, empty = ask(emulator, models)
    expired, _ = ask(emulator, models)
    down, _ = ask(emulator, models)

    assert looping["nextLink"] == f"{emulator.url}{models}"
    assert (empty["value"], empty["nextLink"].startswith(emulator.url)) == ([], True)
    assert (expired, down) == (401, 503)


def test_paging_to_another_host_can_be_put_in(crowd: tuple[Emulator, Workspace]) -> None:
    emulator, workspace = crowd
    emulator.forget()
    emulator.fault("foreign_link", "/models", times=1)
    _, body = ask(emulator, f"{workspace.arm}/models?api-version=2023-08-01-preview")

    assert body["nextLink"].startswith("https://elsewhere.example/subscriptions/")
    assert len(body["value"]) == 50
