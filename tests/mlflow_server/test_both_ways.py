"""One Azure ML workspace, read through its own interface and through its MLflow server: one graph."""

from __future__ import annotations

import json

import pytest

from lineage import ids
from lineage.answers import header
from lineage.graph import Direction
from lineage.index import open_index
from lineage.indexing import crawl
from lineage.lookup import default_scope
from lineage.ports import NodeFilter
from lineage.sources.azureml.source import AzureMLSource
from lineage.sources.mlflow.source import MlflowSource
from tests.emulator.credential import EmulatorCredential
from tests.emulator.estate import Estate
from tests.emulator.server import serve
from tests.mlflow_server.conftest import source_of
from tests.sources.silent import Silent

PROVIDER = "providers/Microsoft.MachineLearningServices"


@pytest.fixture
def both(told, door, tmp_path):
    """The workspace in which the story happened: its runs are jobs, its registered versions are models."""
    estate = Estate()
    workspace = estate.workspace("mlw-both", group="RG-Both")
    workspace.command_job(told["prep"], "prep")
    workspace.command_job(told["train"], "train")
    workspace.model("credit", "2", given=f"azureml://jobs/{told['prep']}/outputs/artifacts/paths/tables")
    root = f"/mlflow/v2.0/subscriptions/{workspace.subscription}/resourceGroups/RG-Both/{PROVIDER}/workspaces/mlw-both"
    way = door(root=root)
    with serve(estate, tmp_path) as emulator:
        cloud = tmp_path / "cloud.json"
        cloud.write_text(json.dumps(emulator.cloud))
        azure = AzureMLSource(
            workspace.uri,
            credential=EmulatorCredential(emulator.token),
            cloud=str(cloud),
            ca_bundle=str(emulator.ca_bundle),
        )
        yield azure, source_of(way.url)


def graph(store):
    """Nodes, and edges by text with what they say."""
    with store.view() as view:
        nodes = {node.key: node for node in view.list_nodes(NodeFilter(), limit=1000)}
        edges = [
            (nodes[e.effect].text, str(e.relation), nodes[e.cause].text, e.name, e.path, str(e.certainty))
            for e in view.causes(list(nodes))
        ]
        return {node.text: node for node in nodes.values()}, sorted(edges)


def test_a_run_is_its_job_and_a_version_is_the_workspace_s(both, told, tmp_path):
    """Nothing is there twice: not the run, its artifacts, the model, the version, nor an edge between them."""
    azure, mlflow = both
    store = open_index(tmp_path / "i.db", create=True)
    crawl(azure, store, Silent())
    workspace, before = azure.root, graph(store)
    crawl(mlflow, store, Silent())
    nodes, edges = graph(store)

    assert mlflow.root == f"{workspace}/tracking/mlflow"
    assert not [text for text in nodes if text.startswith("mlflow+")]
    assert len(edges) == len({edge[:5] for edge in edges})
    version, run = f"{workspace}/models/credit/versions/2", f"{workspace}/jobs/{told['prep']}"
    from_output = [edge for edge in edges if edge[0] == version and edge[2].startswith(f"{run}/outputs")]
    assert from_output == [(version, "wasDerivedFrom", f"{run}/outputs/artifacts", "", "tables", "CONFIRMED")]
    # All that the workspace said of itself stands, and what MLflow alone knows has come to it.
    assert set(before[1]) <= set(edges)
    assert set(before[0]) <= set(nodes)
    assert nodes[run].facts["jobType"] == "Command"
    assert nodes[run].facts["tags"]["team"] == "risk"
    assert (run, "used", f"{workspace}/data/raw/versions/mlflow:d1g35t", "training", "", "CONFIRMED") in edges
    train = f"{workspace}/jobs/{told['train']}"
    assert (f"{workspace}/jobs/{told['fold']}", "partOf", train, "", "", "CONFIRMED") in edges
    with store.view() as view:
        kinds = {record.kind.value for record in view.records(run)}
        assert {record.scope for record in view.records(run)} == {workspace}
        scope = default_scope(view)
    assert kinds == {"job", "run", "mlflow_run"}
    assert scope is not None
    assert scope.text == workspace


def test_the_order_in_which_a_workspace_is_read_does_not_matter(both, tmp_path):
    """And each crawl leaves what the other one said as it is."""
    azure, mlflow = both
    found = []
    for name, order in (("one", (azure, mlflow)), ("two", (mlflow, azure, mlflow, azure))):
        store = open_index(tmp_path / f"{name}.db", create=True)
        for source in order:
            crawl(source, store, Silent())
        nodes, edges = graph(store)
        found.append(({text: (node.kind, node.state, node.facts) for text, node in nodes.items()}, edges))

    assert found[0] == found[1]


def test_a_workspace_read_by_mlflow_alone_says_what_that_leaves_open(both, told, tmp_path):
    """Upstream the answer knows its crawl; downstream it says that nobody listed what else reads there."""
    azure, mlflow = both
    store = open_index(tmp_path / "i.db", create=True)
    crawl(mlflow, store, Silent())
    with store.view() as view:
        run = view.nodes([ids.key(f"{azure.root}/jobs/{told['prep']}")]).values()
        up, down = (header(view, run, (), direction) for direction in (Direction.UPSTREAM, Direction.DOWNSTREAM))

    assert [scope.scope for scope in up.scopes] == [mlflow.root]
    assert (up.scopes[0].complete, up.is_complete) == (True, True)
    assert [cut.detail for cut in down.truncations] == [
        f"{azure.root} was never listed, so its other consumers are not known"
    ]


def test_both_spellings_of_a_workspace_s_server_are_one_source():
    """The tracking URI as Azure ML shows it, and the address that MLflow is given."""
    path = f"subscriptions/S/resourceGroups/G/{PROVIDER}/workspaces/W"
    shown = MlflowSource(f"azureml://eastus.api.azureml.ms/mlflow/v1.0/{path}?")
    given = MlflowSource(f"mlflow+https://eastus.api.azureml.ms/mlflow/v2.0/{path}")

    assert shown.root == given.root == "azureml://subscriptions/s/resourceGroups/g/workspaces/w/tracking/mlflow"
