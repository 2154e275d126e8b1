"""What records of an MLflow server come to."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.graph import LooseReason
from lineage.linking import Known, claims, describe, settle
from lineage.records import Record, RecordKind

SERVER = ids.mlflow_server("https", "MLflow.Contoso.com", "443")
WORKSPACE = ids.workspace("s", "g", "w")
RUN, OTHER = "8c1f" * 8, "0d2e" * 8
MODEL = "m-" + "7a" * 16


def version(scope=SERVER, **body):
    return Record(f"{scope.text}/models/credit/versions/3", RecordKind.MLFLOW_MODEL_VERSION, scope.text, body)


def run_record(run, scope=SERVER, **body):
    return Record(f"{scope.text}/jobs/{run}", RecordKind.MLFLOW_RUN, scope.text, {"info": {"run_id": run}} | body)


def settled(*records):
    """Edges as (effect, relation, cause, path, derivation, certainty), and loose ends, of these records together."""
    meetings = {}
    for record in records:
        for claim in claims(record, Known()):
            meetings.setdefault(claim.meets, []).append(claim)
    links, loose = [], []
    for meets, held in meetings.items():
        result = settle(meets, held)
        links += result.links
        loose += result.loose
    head = records[0].scope
    edges = {
        (
            x.effect.removeprefix(head),
            str(x.relation),
            x.cause.removeprefix(head),
            x.path,
            str(x.derivation),
            str(x.certainty),
        )
        for x in links
    }
    return edges, loose


ME = "/models/credit/versions/3"


SAID = ("SERVICE_FIELD", "CONFIRMED")
BY_PATH = ("MATERIALISED_PATH", "INFERRED")
FILES = f"/jobs/{OTHER}/outputs/artifacts"


@pytest.mark.parametrize(
    ("source", "cause", "path", "known"),
    [
        (f"runs:/{OTHER}/model", FILES, "model", SAID),
        (f"mlflow-artifacts:/4/{OTHER}/artifacts/a/b", FILES, "a/b", BY_PATH),
        (f"mlflow-artifacts://h:5000/4/{OTHER}/artifacts", FILES, "", BY_PATH),
        (f"s3://bucket/ml/4/{OTHER}/artifacts/model", FILES, "model", BY_PATH),
        (f"dbfs:/databricks/mlflow/4/{OTHER}/artifacts/model/", FILES, "model", BY_PATH),
        (f"models:/{MODEL}", f"/loggedModels/{MODEL}", "", SAID),
        (f"gs://bucket/4/models/{MODEL}/artifacts", f"/loggedModels/{MODEL}", "", BY_PATH),
    ],
)
def test_a_source_leads_to_the_run_or_logged_model_that_it_names(source, cause, path, known):
    """By reference, or by MLflow's own layout in whatever storage."""
    edges, loose = settled(version(source=source))

    assert (ME, "wasDerivedFrom", cause, path, *known) in edges
    assert loose == []


def test_a_path_that_names_a_run_is_sure_once_that_run_was_read_or_told():
    """By the run's own record, or by the version's run_id."""
    source = f"s3://bucket/4/{RUN}/artifacts/model"
    wanted = (ME, "wasDerivedFrom", f"/jobs/{RUN}/outputs/artifacts", "model", "MATERIALISED_PATH", "CONFIRMED")

    assert wanted in settled(version(source=source), run_record(RUN))[0]
    assert wanted in settled(version(source=source, run_id=RUN))[0]
    assert wanted not in settled(version(source=source, run_id=OTHER))[0]


def test_a_version_from_its_own_run_s_artifacts_has_one_edge_to_them():
    """And one to the run as well where the source names something else."""
    by_run = (ME, "wasGeneratedBy", f"/jobs/{RUN}", "", "SERVICE_FIELD", "CONFIRMED")

    assert by_run not in settled(version(source=f"runs:/{RUN}/model", run_id=RUN))[0]
    assert by_run in settled(version(source=f"models:/{MODEL}", run_id=RUN))[0]
    assert by_run in settled(version(source=f"runs:/{OTHER}/model", run_id=RUN))[0]


def test_a_copied_version_is_a_copy_and_a_folder_of_one_is_not():
    edges, _ = settled(version(source="models:/base/7"))
    assert (ME, "copiedFrom", "/models/base/versions/7", "", "SERVICE_FIELD", "CONFIRMED") in edges

    edges, _ = settled(version(source="models:/base/7/adapter"))
    assert {edge[1] for edge in edges} == {"wasDerivedFrom"}


def test_a_logged_model_named_beside_the_source_is_told_once():
    edges, _ = settled(version(source=f"models:/{MODEL}", model_id=MODEL))
    assert edges == {(ME, "wasDerivedFrom", f"/loggedModels/{MODEL}", "", "SERVICE_FIELD", "CONFIRMED")}

    edges, _ = settled(version(source=f"runs:/{RUN}/model", model_id=MODEL))
    assert (ME, "wasDerivedFrom", f"/loggedModels/{MODEL}", "", "SERVICE_FIELD", "CONFIRMED") in edges


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        ({"source_type": "local", "source": '{"uri": "/home/ana/raw.csv"}'}, LooseReason.LOCAL_UPLOAD),
        ({"source_type": "s3", "source": '{"uri": "s3://bucket/raw.csv"}'}, LooseReason.EXTERNAL),
        ({"source_type": "hugging_face", "source": '{"path": "imdb"}'}, LooseReason.EXTERNAL),
        ({"source_type": "code", "source": '{"tags": {"mlflow.source.name": "train.py"}}'}, LooseReason.OPAQUE),
        ({"source_type": "delta_table", "source": "{broken"}, LooseReason.OPAQUE),
        ({}, LooseReason.OPAQUE),
    ],
)
def test_data_whose_source_cannot_be_followed_says_why(dataset, reason):
    """A disk, a store elsewhere, a hub, no address at all, an address that is none."""
    record = Record(f"{SERVER.text}/data/d/versions/1", RecordKind.MLFLOW_DATASET, SERVER.text, dataset)
    edges, loose = settled(record)

    assert edges == set()
    assert [end.reason for end in loose] == [reason]
    assert loose[0].remedy


def test_data_in_a_workspace_s_storage_meets_who_wrote_there():
    """The address that MLflow kept is the place that a datastore of Azure ML stands for."""
    place = "https://lake.blob.core.windows.net/c/clean/2026.csv"
    record = Record(
        f"{SERVER.text}/data/d/versions/1",
        RecordKind.MLFLOW_DATASET,
        SERVER.text,
        {"source_type": "http", "source": f'{{"url": "{place}"}}'},
    )
    job = Record(
        f"{WORKSPACE.text}/jobs/clean",
        RecordKind.JOB,
        WORKSPACE.text,
        {"properties": {"outputs": {"out": {"uri": "https://lake.blob.core.windows.net/c/clean"}}}},
    )
    edges, _ = settled(record, job)

    output = f"{WORKSPACE.text}/jobs/clean/outputs/out"
    assert ("/data/d/versions/1", "wasDerivedFrom", output, "", "CONTAINMENT", "INFERRED") in {
        (effect, relation, cause, "", derivation, certainty)
        for effect, relation, cause, _, derivation, certainty in edges
    }


def test_a_run_in_storage_that_others_read_writes_there():
    """Its artifacts are a place like any other, so that whoever reads them is downstream of the run."""
    record = run_record(RUN)
    body = {"info": {"run_id": RUN, "artifact_uri": f"wasbs://ml@lake.blob.core.windows.net/runs/{RUN}"}}
    edges, loose = settled(Record(record.subject, record.kind, record.scope, body))

    place = f"https://lake.blob.core.windows.net/ml/runs/{RUN}"
    assert (place, "wasGeneratedBy", f"/jobs/{RUN}/outputs/artifacts", "", "SERVICE_FIELD", "CONFIRMED") in edges
    assert loose == []


def test_a_data_set_in_a_workspace_is_not_a_data_asset_of_that_name():
    """A digest that looks like a version is none."""
    body = {"inputs": {"dataset_inputs": [{"dataset": {"name": "raw", "digest": "1"}}]}}
    edges, _ = settled(run_record("train", WORKSPACE, **body))

    assert ("/jobs/train", "used", "/data/raw/versions/mlflow:1", "", "SERVICE_FIELD", "CONFIRMED") in edges


def test_a_name_with_separators_stays_one_name():
    """A data set may be called anything; its canonical text still reads back as itself."""
    from lineage import references
    from lineage.linking.mlflow import dataset_of

    target = dataset_of(SERVER, {"name": "a/b?c#d 100%", "digest": "x/y"})
    assert target is not None
    assert target.text == f"{SERVER.text}/data/a%2Fb%3Fc%23d 100%25/versions/x%2Fy"
    assert references.parse(target.text).resolve(None) == target


def test_a_deleted_run_is_archived_until_it_is_purged():
    deleted = describe(run_record(RUN, info={"lifecycle_stage": "deleted", "run_name": "r"}))
    kept = describe(run_record(RUN, info={"lifecycle_stage": "active"}))

    assert deleted is not None
    assert kept is not None
    assert (deleted.archived, kept.archived) == (True, False)
    assert deleted.facts["displayName"] == "r"
