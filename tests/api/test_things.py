"""What things tell beyond their facts: details from the bodies of records, and the things they lead to."""

from __future__ import annotations

from typing import Any

from lineage.api.execution import Request, Service
from lineage.graph import Certainty, Relation
from lineage.ids import Kind, Target
from lineage.records import RecordKind
from tests.api.test_reading import Counting
from tests.memory import Estate, MemoryIndex, MemoryView


def answered(view: MemoryView, query: str, **variables: Any) -> dict[str, Any]:
    response = Service(MemoryIndex(view)).answer(Request(query, variables))
    assert "errors" not in response.body, response.body["errors"]
    data: dict[str, Any] = response.body["data"]
    return data


def test_a_job_tells_its_details_and_leads_to_what_it_ran_with() -> None:
    estate = Estate("w")
    environment = estate.environment("sklearn", "3", image="mcr.example/sk@sha256:abc")
    code = estate.code("c", "1")
    pipeline = estate.job("pipe")
    parent = estate.job("sub")
    step = estate.job("step", environment=environment, code=code, snapshot="snap-1", experimentId="guid")
    estate.link(step, parent, Relation.PART_OF)
    estate.link(step, pipeline, Relation.PART_OF, name="root")
    estate.record(
        step,
        RecordKind.JOB,
        {
            "properties": {
                "command": "python x.py",
                "resources": {"instanceCount": 2},
                "inputs": {"n": {"value": "5"}},
            },
            "systemData": {"createdByType": "User", "lastModifiedAt": "2026-01-01T00:00:00Z"},
        },
    )
    times = {"startTimeUtc": "2026-01-01T00:00:00Z", "endTimeUtc": "2026-01-01T00:01:00Z"}
    estate.record(step, RecordKind.RUN, {"runMetadata": times})

    data = answered(
        estate.view(),
        "query ($id: ID!) { node(id: $id) { ... on Job { createdBy createdByType modifiedAt command durationSeconds"
        " nodeSeconds instanceCount instanceType snapshot experimentId parameters { name value } hasRunHistory"
        " environment { name version image imageDigest conda } code { name } component { name }"
        " parent { name } root { name parent { name } root { name } } reusedFrom { name } sweep { goal } } } }",
        id=str(step.key),
    )

    assert data["node"] == {
        "createdBy": None,
        "createdByType": "User",
        "modifiedAt": "2026-01-01T00:00:00Z",
        "command": "python x.py",
        "durationSeconds": 60.0,
        "nodeSeconds": 120.0,
        "instanceCount": 2,
        "instanceType": None,
        "snapshot": "snap-1",
        "experimentId": "guid",
        "parameters": [{"name": "n", "value": "5"}],
        "hasRunHistory": True,
        "environment": {
            "name": "sklearn",
            "version": "3",
            "image": "mcr.example/sk@sha256:abc",
            "imageDigest": "sha256:abc",
            "conda": None,
        },
        "code": {"name": "c"},
        "component": None,
        "parent": {"name": "sub"},
        "root": {"name": "pipe", "parent": None, "root": None},
        "reusedFrom": None,
        "sweep": None,
    }


def test_of_several_links_the_surest_leads_and_the_name_that_stands_for_the_thing_is_told() -> None:
    """A run names its environment by the workspace's GUID: the environment that was read is the same thing."""
    estate = Estate("w")
    read = estate.environment("sklearn", "3", image="mcr.example/sk:3")
    named = estate.thing(
        Target(Kind.ENVIRONMENT_VERSION, "azureml://locations/x/workspaces/g/environments/sklearn/versions/3")
    )
    estate.same(named, read)
    guessed = estate.environment("other", "1")
    job = estate.job("j")
    estate.link(job, guessed, Relation.RAN_IN, certainty=Certainty.AMBIGUOUS)
    estate.link(job, named, Relation.RAN_IN)
    pipeline = estate.job("p")
    estate.link(pipeline, read, Relation.RAN_IN, name="step")

    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Job { environment { reference } } } }"
    data = answered(estate.view(), query, ids=[str(job.key), str(pipeline.key)])

    assert data["nodes"] == [{"environment": {"reference": read.text}}, {"environment": None}]


def test_details_of_a_page_are_read_for_all_of_it_at_once() -> None:
    """Five hundred jobs with their commands, environments and parents: a handful of readings, whatever the number."""
    estate = Estate("w")
    environment = estate.environment("sklearn", "3")
    parent = estate.job("top")
    jobs = []
    for number in range(500):
        job = estate.job(f"j{number:03}", environment=environment)
        estate.link(job, parent, Relation.PART_OF)
        estate.record(job, RecordKind.JOB, {"properties": {"command": f"run {number}"}})
        jobs.append(job)
    nodes = {}
    calls = {}
    for asked in ("name", "command createdByType environment { name conda } parent { name }"):
        view = Counting(estate.view())
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Job {{ name {asked} }} }} }}"
        response = Service(MemoryIndex(view)).answer(Request(query, {"ids": [str(job.key) for job in jobs]}))
        assert response.codes == ()
        nodes[asked], calls[asked] = response.body["data"]["nodes"], view.calls

    assert nodes[asked][7] == {
        "name": "j007",
        "command": "run 7",
        "createdByType": None,
        "environment": {"name": "sklearn", "conda": None},
        "parent": {"name": "top"},
    }
    few, many = calls.values()
    assert many - few <= 8  # three times 200 jobs, the links, their ends, other names, what those ends say


def test_an_output_tells_how_its_job_declares_it() -> None:
    """`artifacts` is what the job calls `default`."""
    estate = Estate("w")
    job = estate.job("j")
    model, logged, bare = (estate.output(job, name) for name in ("model", "artifacts", "unsaid"))
    outputs = {"model": {"jobOutputType": "mlflow_model", "assetName": "m"}, "default": {"uri": "azureml://x"}}
    estate.record(job, RecordKind.JOB, {"properties": {"outputs": outputs}})

    query = (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on JobOutput { output port { type uri asset } job { name } } } }"
    )
    data = answered(estate.view(), query, ids=[str(one.key) for one in (model, logged, bare)])

    assert data["nodes"] == [
        {"output": "model", "port": {"type": "mlflow_model", "uri": None, "asset": "m"}, "job": {"name": "j"}},
        {"output": "artifacts", "port": {"type": None, "uri": "azureml://x", "asset": None}, "job": {"name": "j"}},
        {"output": "unsaid", "port": None, "job": {"name": "j"}},
    ]


def test_a_schedule_is_a_type_of_its_own() -> None:
    """It has no kind of its own; by its collection it is told apart from anything else without one."""
    estate = Estate("w")
    schedule = estate.thing(
        Target(Kind.OTHER, f"{estate.scope.text}/schedules/nightly"), type="CreateJob", trigger="Cron 0 6"
    )
    container = estate.thing(Target(Kind.OTHER, f"{estate.scope.text}/data/raw"), latestVersion="7")
    body = {"properties": {"isEnabled": False, "trigger": {"timeZone": "UTC"}, "action": {"jobDefinition": {}}}}
    estate.record(schedule, RecordKind.OTHER, body)

    query = (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Schedule { type trigger isEnabled timeZone }"
        " ... on OtherThing { latestVersion } } }"
    )
    data = answered(estate.view(), query, ids=[str(schedule.key), str(container.key)])

    assert data["nodes"] == [
        {"__typename": "Schedule", "type": "CreateJob", "trigger": "Cron 0 6", "isEnabled": False, "timeZone": "UTC"},
        {"__typename": "OtherThing", "latestVersion": "7"},
    ]


def test_endpoints_and_deployments_tell_what_serves_whom() -> None:
    estate = Estate("w")
    model = estate.model("m", "1")
    endpoint = estate.endpoint("live", traffic={"blue": 90, "green": 10}, mirrorTraffic={"grey": 5})
    blue = estate.deployment(endpoint, "blue", model=model, tags={"team": "x"})
    estate.record(endpoint, RecordKind.ENDPOINT, {"properties": {"authMode": "Key"}})
    estate.record(blue, RecordKind.DEPLOYMENT, {"sku": {"capacity": 2}, "properties": {"model": "azureml:m:1"}})

    query = (
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Endpoint { authMode trafficShares { deployment percent"
        " mirrorPercent } } ... on Deployment { instanceCount modelReference model { reference } tags { key value }"
        " environment { name } } } }"
    )
    data = answered(estate.view(), query, ids=[str(endpoint.key), str(blue.key)])

    assert data["nodes"] == [
        {
            "authMode": "Key",
            "trafficShares": [
                {"deployment": "blue", "percent": 90, "mirrorPercent": None},
                {"deployment": "green", "percent": 10, "mirrorPercent": None},
                {"deployment": "grey", "percent": None, "mirrorPercent": 5},
            ],
        },
        {
            "instanceCount": 2,
            "modelReference": "azureml:m:1",
            "model": {"reference": model.text},
            "tags": [{"key": "team", "value": "x"}],
            "environment": None,
        },
    ]
