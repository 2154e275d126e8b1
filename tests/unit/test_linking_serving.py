"""What deployments link to: where it holds and where not."""

from __future__ import annotations

from tests.linked import deployment, edges, link, loose, place

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
D = "onlineEndpoints/e/deployments/blue"


def test_a_deployment_serves_a_model_with_code_in_an_environment() -> None:
    """The model as text, the way online deployments have it."""
    settled = link(
        deployment(
            "blue",
            model=f"{ARM}/models/m/versions/2",
            environmentId="azureml://registries/r/environments/e/versions/9",
            codeConfiguration={"codeId": f"{ARM}/codes/c/versions/1", "scoringScript": "score.py"},
        )
    )
    assert edges(settled) == [
        f"{D} deploys models/m/versions/2 SERVICE_FIELD CONFIRMED",
        f"{D} partOf onlineEndpoints/e SERVICE_FIELD CONFIRMED",
        f"{D} ranCode codes/c/versions/1 SERVICE_FIELD CONFIRMED",
        f"{D} ranIn r:environments/e/versions/9 SERVICE_FIELD CONFIRMED",
    ]


def test_a_batch_deployment_tells_which_kind_of_reference_its_model_is() -> None:
    """By id, by a path in a datastore, by a path in a job's outputs, by a bare path."""
    for model, expected in (
        ({"referenceType": "Id", "assetId": f"{ARM}/models/m/versions/2"}, ["models/m/versions/2"]),
        (
            {"referenceType": "DataPath", "datastoreId": f"{ARM}/datastores/lake", "path": "shop/model"},
            ["datastores/lake/paths/shop/model"],
        ),
        (
            {"referenceType": "OutputPath", "jobId": f"{ARM}/jobs/j", "path": "model"},
            ["jobs/j/outputs/artifacts [model]"],
        ),
        (
            {"referenceType": "DataPath", "path": place("azureml/j/out/m")},
            ["datastores/lake/paths/azureml/j/out/m", "jobs/j/outputs/out [m]"],
        ),
    ):
        settled = link(deployment("blue", model=model))
        deployed = [edge.split(" deploys ")[1] for edge in edges(settled, D, "deploys")]
        assert [edge.rsplit(" ", 2)[0] for edge in deployed] == expected


def test_a_deployment_without_a_readable_model_is_told() -> None:
    """It is still part of its endpoint."""
    settled = link(deployment("blue", model="model-id", environmentId=None, codeConfiguration=None))
    assert edges(settled) == [f"{D} partOf onlineEndpoints/e SERVICE_FIELD CONFIRMED"]
    assert loose(settled) == [f"{D} properties.model OPAQUE"]
    settled = link(
        deployment("blue", model={"referenceType": "Id", "assetId": f"{ARM}/onlineEndpoints/e/deployments/blue"})
    )
    assert loose(settled) == [f"{D} properties.model.assetId OPAQUE"]
