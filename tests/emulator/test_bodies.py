"""The emulator's bodies have the fields that the service's have."""

from __future__ import annotations

import re

import pytest

from tests.emulator import bodies
from tests.emulator.contoso import Contoso

URL = "https://127.0.0.1:1"

SYSTEM = "createdAt createdBy createdByType lastModifiedAt lastModifiedBy lastModifiedByType"
ASSET = "description tags properties isArchived isAnonymous"
JOB = "description tags properties displayName status experimentName services computeId isArchived identity componentId"
RUN = """runNumber rootRunId createdUtc createdBy userId token tokenExpiryTimeUtc error warnings revision statusRevision
    runUuid parentRunUuid rootRunUuid lastStartTimeUtc currentComputeTime computeDuration effectiveStartTimeUtc
    lastModifiedBy lastModifiedUtc duration cancelationReason currentAttemptId runId parentRunId experimentId status
    startTimeUtc endTimeUtc scheduleId displayName name dataContainerId description hidden runType runTypeV2 properties
    parameters actionUris scriptName target uniqueChildRunComputeTargets tags settings services inputDatasets
    outputDatasets runDefinition jobSpecification primaryMetricName createdFrom cancelUri completeUri diagnosticsUri
    computeRequest compute retainForLifetimeOfWorkspace queueingInfo inputs outputs"""

RECORDED = {
    "workspace": """friendlyName description storageAccount keyVault applicationInsights hbiWorkspace tenantId
        imageBuildCompute provisioningState v1LegacyMode softDeleteEnabled containerRegistry notebookInfo
        storageHnsEnabled workspaceId linkedModelInventoryArmId privateLinkCount publicNetworkAccess discoveryUrl
        mlFlowTrackingUri sdkTelemetryAppInsightsKey sasGetterUri enableDataIsolation""",
    "datastore": """description tags properties isDefault credentials intellectualProperty subscriptionId resourceGroup
        datastoreType accountName containerName endpoint protocol serviceDataAccessAuthIdentity""",
    "container": "description tags properties isArchived latestVersion nextVersion",
    "model": f"""{ASSET} autoDeleteSetting flavors modelType modelUri jobName provisioningState stage
        intellectualProperty""",
    "registry model": f"{ASSET} flavors modelType modelUri originAssetId jobName",
    "data": f"{ASSET} dataUri dataType",
    "environment": f"{ASSET} environmentType condaFile osType",
    "code": f"{ASSET} codeUri",
    "component": f"{ASSET} componentSpec",
    "command": f"""{JOB} jobType resources codeId command environmentId inputs outputs distribution autologgerSettings
        limits environmentVariables parameters""",
    "pipeline": f"{JOB} jobType settings jobs inputs outputs sourceJobId",
    "sweep": f"""{JOB} notificationSetting jobType searchSpace samplingAlgorithm limits earlyTermination objective trial
        inputs outputs queueSettings""",
    "online deployment": """description properties codeConfiguration environmentId environmentVariables scaleSettings
        requestSettings modelMountPath appInsightsEnabled livenessProbe readinessProbe provisioningState instanceType
        model egressPublicNetworkAccess endpointComputeType""",
    "batch deployment": """description properties codeConfiguration environmentId environmentVariables compute
        errorThreshold retrySettings miniBatchSize loggingLevel model maxConcurrencyPerInstance outputAction
        outputFileName resources provisioningState""",
}
"""The members of `properties` in recorded answers of the real service."""


def made(story: Contoso) -> dict[str, bodies.Json]:
    dev, jobs = story.dev, story.jobs
    nightly = story.prod.endpoints["portfolio-rescoring"].deployments["nightly"]
    return {
        "workspace": bodies.workspace(dev, URL),
        "datastore": bodies.datastore(dev.datastores["workspaceblobstore"]),
        "container": bodies.container(dev, "models", "churn", [story.models["churn:1"]]),
        "model": bodies.version(story.models["churn:1"]),
        "registry model": bodies.version(story.models["registry credit-scoring:5"]),
        "data": bodies.version(story.data["applications 2026-06"]),
        "environment": bodies.version(dev.assets["environments"]["credit-train"]["1"]),
        "code": bodies.version(next(dev.versions("codes"))),
        "component": bodies.version(dev.assets["components"]["train"]["1"]),
        "command": bodies.job(jobs["september"], URL),
        "pipeline": bodies.job(jobs["first"], URL),
        "sweep": bodies.job(jobs["sweep"], URL),
        "online deployment": bodies.deployment(story.endpoint.deployments["blue"]),
        "batch deployment": bodies.deployment(nightly),
    }


@pytest.mark.parametrize("kind", RECORDED)
def test_a_body_has_every_property_that_the_service_sends(story: Contoso, kind: str) -> None:
    """A crawler that reads a field of the real service finds it here."""
    body = made(story)[kind]

    assert {"id", "name", "type", "properties", "systemData"} <= set(body)
    assert set() == set(RECORDED[kind].split()) - set(body["properties"])


def test_a_run_has_every_member_that_run_history_sends(story: Contoso) -> None:
    body = bodies.rundata(story.jobs["fit"])

    assert {"runMetadata", "runDefinition", "jobSpecification", "systemSettings"} == set(body)
    assert set(RUN.split()) == set(body["runMetadata"])


def test_a_pipelines_child_has_no_properties_in_arm_and_its_lineage_in_run_history(story: Contoso) -> None:
    """The one body that the SDK cannot read without run history."""
    reused = story.jobs["refit"]
    metadata = bodies.run(reused)

    assert {"id", "name", "type", "systemData"} == set(bodies.job(reused, URL))
    assert metadata["parentRunId"] == "calm_pepper_q1w8z5n3rt"
    assert metadata["dataContainerId"] == "dcid.d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4"
    assert metadata["properties"]["azureml.isreused"] == "true"
    assert metadata["properties"]["azureml.reusedrunid"] == "d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4"
    assert metadata["properties"]["azureml.reusedpipelinerunid"] == "frosty_kite_7h2k9x0p4m"


def test_instants_carry_seven_fractional_digits_as_the_service_writes_them(story: Contoso) -> None:
    for kind, body in made(story).items():
        written = body["systemData"]["createdAt"]
        assert re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}(Z|\+00:00)", written), kind


def test_an_output_without_a_path_of_its_own_comes_back_without_a_uri(story: Contoso) -> None:
    outputs = bodies.job(story.jobs["september"], URL)["properties"]["outputs"]

    assert outputs["model"]["uri"] is None
    assert (
        outputs["default"]["uri"]
        == "azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.lemon_net_2wttv098sl"
    )
