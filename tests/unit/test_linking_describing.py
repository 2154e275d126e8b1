"""The facts that lists show of each thing."""

from __future__ import annotations

from lineage import linking
from lineage.ids import Kind
from lineage.linking import Description, describe, merged
from lineage.records import Record, RecordKind
from tests.linked import (
    GUID,
    LAKE,
    W,
    arm,
    child,
    component,
    datastore,
    deployment,
    environment,
    model,
    record,
    run,
    workspace,
)

SYSTEM = {"createdAt": "2024-01-01T00:00:00Z", "createdBy": "Ada", "lastModifiedAt": "2024-01-02T00:00:00Z"}


def facts(one: Record) -> dict[str, object]:
    described = describe(one)
    assert described is not None
    return described.facts


def test_a_model_version_shows_name_version_and_what_the_service_said() -> None:
    """Tags of the scheduler's own are left out; what is null is not there."""
    one = model(
        "credit",
        "3",
        modelType="mlflow_model",
        flavors={"sklearn": {}, "python_function": {}},
        stage="Production",
        description=None,
        tags={"team": "risk", "_aml_system_x": "1", "n": 3},
        isArchived=True,
    )
    one.body["systemData"] = SYSTEM
    assert describe(one) == Description(
        f"{W}/models/credit/versions/3",
        Kind.MODEL_VERSION,
        True,
        {
            "name": "credit",
            "version": "3",
            "tags": {"team": "risk"},
            "createdAt": "2024-01-01T00:00:00Z",
            "createdBy": "Ada",
            "lastModifiedAt": "2024-01-02T00:00:00Z",
            "isArchived": True,
            "stage": "Production",
            "type": "mlflow_model",
            "flavors": ["python_function", "sklearn"],
        },
    )


def test_a_job_shows_status_times_and_git() -> None:
    """Both records of a job add to one description; the first that has a fact tells it."""
    body = arm(
        {
            "jobType": "Command",
            "status": "Completed",
            "displayName": "train",
            "experimentName": "credit",
            "computeId": f"{W}/computes/cpu",
            "properties": {
                "mlflow.source.git.repoURL": "https://example.org/r.git",
                "mlflow.source.git.commit": "abc",
                "azureml.git.dirty": "True",
                "ContentSnapshotId": "snap",
            },
        }
    )
    assert facts(record(f"{W}/jobs/j", RecordKind.JOB, body)) == {
        "name": "j",
        "displayName": "train",
        "jobType": "Command",
        "status": "Completed",
        "experiment": "credit",
        "compute": "cpu",
        "snapshot": "snap",
        "git": {"repo": "https://example.org/r.git", "commit": "abc", "dirty": "True"},
    }
    ran = run(
        "c",
        created="2024-01-01T00:00:07Z",
        displayName="step",
        status="Completed",
        startTimeUtc="2024-01-01T00:00:01Z",
        endTimeUtc="2024-01-01T00:00:09Z",
        parentRunId="p",
        createdBy={"userName": "Ada"},
        properties={"azureml.reusedrunid": "c0"},
    )
    both = merged(d for d in (describe(child("c", created="2024-01-01T00:00:00Z")), describe(ran)) if d)
    assert both == Description(
        f"{W}/jobs/c",
        Kind.JOB,
        False,
        {
            "name": "c",
            "createdAt": "2024-01-01T00:00:00Z",
            "createdBy": "Ada",
            "displayName": "step",
            "status": "Completed",
            "startTime": "2024-01-01T00:00:01Z",
            "endTime": "2024-01-01T00:00:09Z",
            "parent": "p",
            "reusedFrom": "c0",
        },
    )
    assert merged([]) is None


def test_an_endpoint_keeps_the_traffic_of_its_deployments() -> None:
    """Percent by deployment; a share that is no number is none."""
    body = arm(
        {"traffic": {"blue": 90, "green": 10, "odd": "x"}, "mirrorTraffic": {}, "provisioningState": "Succeeded"}
    )
    one = record(f"{W}/onlineEndpoints/e", RecordKind.ENDPOINT, body)
    assert facts(one) == {"name": "e", "provisioningState": "Succeeded", "traffic": {"blue": 90, "green": 10}}
    assert facts(deployment("blue", instanceType="Standard_DS3_v2")) == {
        "name": "blue",
        "instanceType": "Standard_DS3_v2",
    }


def test_software_and_stores_show_what_they_are() -> None:
    """Image, type of component, storage behind a datastore, GUID of a workspace."""
    assert facts(environment("e", "1", image="mcr/x", osType="Linux")) == {
        "name": "e",
        "version": "1",
        "image": "mcr/x",
        "os": "Linux",
    }
    assert facts(component("k", "1", {"type": "command", "display_name": "Train"})) == {
        "name": "k",
        "version": "1",
        "type": "command",
        "displayName": "Train",
    }
    assert facts(datastore()) == {"name": "lake", "type": "AzureBlob", "storage": LAKE}
    assert facts(workspace()) == {"name": "w", "guid": GUID}


def test_a_thing_without_a_kind_of_its_own_is_shown_by_its_name() -> None:
    """The container of a dataset, a schedule, a version of something new: a node each, and no edge by itself."""
    dataset = describe(record(f"{W}/data/sales", RecordKind.OTHER, arm({"latestVersion": "3"})))
    assert dataset is not None
    assert (dataset.kind, dataset.facts) == (Kind.OTHER, {"name": "sales", "latestVersion": "3"})
    features = describe(record(f"{W}/featuresets/f/versions/2", RecordKind.OTHER, {}))
    assert features is not None
    assert (features.kind, features.facts) == (Kind.ASSET_VERSION, {"name": "f", "version": "2"})
    assert linking.claims(record(f"{W}/x/y", RecordKind.OTHER, {"properties": 1}), linking.Known()) == []


def test_a_schedule_says_what_it_does_and_when() -> None:
    action = {"actionType": "InvokeBatchEndpoint", "endpointInvocationDefinition": {"endpointName": "nightly"}}
    trigger = {"triggerType": "Cron", "expression": "0 3 * * *"}
    body = arm({"action": action, "trigger": trigger, "isEnabled": False})
    about = describe(record(f"{W}/schedules/s", RecordKind.OTHER, body))

    assert about is not None
    assert about.facts == {
        "name": "s",
        "type": "InvokeBatchEndpoint",
        "trigger": "Cron 0 3 * * *",
        "status": "Disabled",
        "endpoint": "nightly",
    }


def test_an_anonymous_version_says_so() -> None:
    about = describe(record(f"{W}/components/c/versions/1", RecordKind.COMPONENT_VERSION, arm({"isAnonymous": True})))

    assert about is not None
    assert about.facts["isAnonymous"] is True


def test_storage_is_known_by_type() -> None:
    """Blob, second-generation lake and file share; anything else stands for no container."""

    def store(**properties: str) -> Record:
        return record(f"{W}/datastores/d", RecordKind.DATASTORE, arm(dict(properties)))

    lake = store(datastoreType="AzureDataLakeGen2", accountName="A", filesystem="fs", endpoint="core.chinacloudapi.cn")
    assert linking.known([lake]).datastores == {f"{W}/datastores/d": "https://a.blob.core.chinacloudapi.cn/fs"}
    files = store(datastoreType="AzureFile", accountName="a", fileShareName="share")
    assert linking.known([files]).datastores == {f"{W}/datastores/d": "https://a.file.core.windows.net/share"}
    assert linking.known([store(datastoreType="OneLake", accountName="a", containerName="c")]).datastores == {}
    assert linking.known([store(datastoreType="AzureBlob", accountName="a")]).datastores == {}


def test_a_guid_that_two_workspaces_claim_belongs_to_one() -> None:
    """Whatever the order in which they were read."""
    one, other = workspace(), workspace(scope=f"{W}2")
    assert linking.known([one, other]) == linking.known([other, one]) == linking.Known({}, {GUID: W})
