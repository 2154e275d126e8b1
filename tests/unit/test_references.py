"""Every spelling of a reference, read and resolved."""

from __future__ import annotations

from lineage import ids
from lineage.references import JobOutputRef, parse

HERE = ids.workspace("S", "G", "W")


def test_a_run_artifact_and_a_job_output_are_one_thing():
    """MLflow's spelling and Azure ML's spelling of the same artifact give one canonical text."""
    run = parse("runs:/R/model/").resolve(HERE)
    job = parse("azureml://jobs/R/outputs/artifacts/paths/model/").resolve(HERE)

    assert run == job
    assert run is not None
    assert run.canonical == "azureml://subscriptions/s/resourceGroups/g/workspaces/w/jobs/R/outputs/artifacts/paths/model"


def test_an_output_without_a_path_is_read():
    assert parse("azureml://jobs/J/outputs/O") == JobOutputRef("J", "O")
