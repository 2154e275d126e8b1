"""Each rule: what it finds, and the nearest case in which it finds nothing. Records are linked as a crawl's are."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.findings import Code, Finding, Severity, Wanted
from lineage.findings import estate as estate_of
from lineage.graph import Certainty, Relation
from lineage.records import Fact, Gap, GapReason, Listing, Record, RecordKind
from tests.findings.bank import (
    ARM,
    CONDA,
    DIGEST,
    GIT,
    OTHER,
    REGISTRY,
    W,
    by,
    data,
    deployment,
    environment,
    gone,
    job,
    model,
    output,
    place,
    record,
    run,
    sound,
    spec,
    train,
    workspace,
)
from tests.findings.conftest import Judge
from tests.memory import Estate

E, N, Wn = Severity.ERROR, Severity.NOTE, Severity.WARNING


def words(found: list[Finding]) -> list[str]:
    """Findings as `CODE SEVERITY subject`, the workspace cut off."""
    return [f"{one.code} {one.severity} {one.subject.removeprefix(W + '/')}" for one in found]


def one_of(found: list[Finding], code: Code) -> Finding:
    chosen = [one for one in found if one.code is code]
    assert len(chosen) == 1, words(found)
    return chosen[0]


def proofs(finding: Finding) -> list[tuple[str, str, str]]:
    """Record (workspace cut off), field and value of each piece of evidence."""
    return [(proof.record.removeprefix(W + "/"), proof.field, proof.value) for proof in finding.evidence]


def bent(*more: Fact, **changed: Fact | None) -> list[Fact]:
    """The sound estate with some things changed, left out (None) or added."""
    estate = {name: changed.get(name, one) for name, one in sound().items()}
    return [*(one for one in estate.values() if one is not None), *more]


def test_nothing_is_said_of_a_sound_estate(judged: Judge) -> None:
    """Declared, registered, pinned, committed, and through three people's hands."""
    assert words(judged(*bent())) == []


# NO_PROVENANCE


@pytest.mark.parametrize(
    ("properties", "why", "field"),
    [
        ({"modelUri": place("LocalUpload/0a1b/model")}, "it was uploaded from a local path", "properties.modelUri"),
        ({"modelUri": place("models/bert/")}, "nobody is known to have written where it lies", "properties.modelUri"),
        ({"modelUri": "some words"}, "its source is text that names no thing", "properties.modelUri"),
        ({}, "its record names no source", "properties.jobName"),
    ],
)
def test_a_model_version_without_a_job_has_no_provenance(
    judged: Judge, properties: dict[str, Any], why: str, field: str
) -> None:
    found = one_of(judged(*bent(model=model(**properties), deployment=None)), Code.NO_PROVENANCE)

    assert (found.severity, found.subject) == (E, f"{W}/models/m/versions/1")
    assert found.sentence == f"No job is known to have made m:1: {why}."
    assert field in [proof.field for proof in found.evidence]
    assert ("models/m/versions/1", "properties.jobName", "") in proofs(found)


def test_a_copy_from_a_registry_counts_by_what_it_was_copied_from(judged: Judge) -> None:
    """A copy of a model with a job has that job; a copy of what nobody read has none."""
    copy = model("copy", scope=REGISTRY, originAssetId=f"{W}/models/m/versions/1")
    blind = model("blind", scope=REGISTRY, originAssetId=f"{OTHER}/models/x/versions/1")

    found = judged(*bent(copy, blind), codes=(Code.NO_PROVENANCE,))

    assert [one.sentence for one in found] == [
        "No job is known to have made blind:1: it is a copy of x:1, which was never read."
    ]


# LOOSE_SOURCE


def test_a_reference_that_leads_nowhere_is_loose(judged: Judge) -> None:
    bad = train(inputs={"a": spec("azureml://datastores/lake"), "b": spec("${{parent.inputs.b}}")})

    found = one_of(judged(*bent(job=bad)), Code.LOOSE_SOURCE)

    assert (found.severity, found.subject) == (Wn, f"{W}/jobs/train")
    assert found.sentence == (
        "2 references of train cannot be followed: its source is a whole store, or a prefix that everybody shares "
        "and its source is a template that was never filled in."
    )
    assert sorted(proofs(found)) == [
        ("jobs/train", "properties.inputs.a.uri", "azureml://datastores/lake"),
        ("jobs/train", "properties.inputs.b.uri", "${{parent.inputs.b}}"),
    ]


def test_where_lineage_ends_of_itself_nothing_is_loose(judged: Judge) -> None:
    """Data from outside, or uploaded, is no mistake in a reference."""
    origins = {"s3": spec("s3://bucket/raw"), "up": spec(place("LocalUpload/0a1b/x.csv")), "raw": spec(place("raw/x"))}

    assert words(judged(*bent(job=train(inputs=origins)), codes=(Code.LOOSE_SOURCE,))) == []


# AMBIGUOUS_PRODUCER


def _written_twice(second: str) -> list[Fact]:
    outputs = {name: {"model": output(place(path))} for name, path in (("old", "shared/"), ("new", second))}
    times = {
        "old": {"StartTimeUtc": "2026-10-01 08:00:00", "EndTimeUtc": "2026-10-01 09:00:00"},
        "new": {"StartTimeUtc": "2026-10-05 08:00:00", "EndTimeUtc": "2026-10-05 09:00:00"},
    }
    jobs = [
        job(name, created=f"2026-10-0{day}T08:00:00Z", outputs=outputs[name], properties=times[name])
        for name, day in (("old", 1), ("new", 5))
    ]
    made = model(created="2026-10-03T00:00:00Z", modelUri=place("shared/"))
    return bent(*jobs, model=made, job=None, deployment=None)


def test_a_place_that_two_jobs_wrote_makes_the_producer_ambiguous(judged: Judge) -> None:
    """Both are told with their times, the last before the model version first."""
    found = one_of(judged(*_written_twice("shared/")), Code.AMBIGUOUS_PRODUCER)

    assert (found.severity, found.subject) == (E, f"{W}/models/m/versions/1")
    assert found.sentence == (
        "m:1 was made from datastores/lake/paths/shared/, which several jobs wrote: "
        "old (ended 2026-10-01 09:00:00) and new (ended 2026-10-05 09:00:00)."
    )
    assert [(proof.cause.removeprefix(W + "/"), proof.says) for proof in found.evidence] == [
        ("jobs/old/outputs/model", "candidate 1: ended 2026-10-01 09:00:00"),
        ("jobs/new/outputs/model", "candidate 2: ended 2026-10-05 09:00:00"),
    ]


def test_writers_of_different_places_are_not_ambiguous(judged: Judge) -> None:
    assert words(judged(*_written_twice("elsewhere/"), codes=(Code.AMBIGUOUS_PRODUCER,))) == []


def test_two_names_of_one_writer_are_one_writer() -> None:
    estate = Estate()
    one, other = (estate.output(estate.job(name), "o") for name in ("j", "also-j"))
    made = estate.model("m", "1")
    for rank, writer in enumerate((one, other)):
        estate.link(made, writer, Relation.WAS_DERIVED_FROM, certainty=Certainty.AMBIGUOUS, rank=rank)

    assert [found.code for found in estate_of(estate.view(), Wanted((Code.AMBIGUOUS_PRODUCER,)))] == [
        Code.AMBIGUOUS_PRODUCER
    ]
    estate.same(one, other)
    assert list(estate_of(estate.view(), Wanted((Code.AMBIGUOUS_PRODUCER,)))) == []


# JOB_DIFFERS


def _declares(declared: str, *more: Record) -> list[Fact]:
    made = model(jobName=declared, modelUri=place("azureml/step/model/", "workspaceblobstore"))
    step = run("step", created="2026-10-02T08:00:00Z", outputs={"model": {"assetId": "x", "type": "UriFolder"}})
    return bent(*more, step, model=made, job=None, deployment=None)


def test_a_declared_job_that_did_not_write_the_files_is_told(judged: Judge) -> None:
    found = one_of(judged(*_declares("other", job("other"))), Code.JOB_DIFFERS)

    assert (found.severity, found.subject) == (Wn, f"{W}/models/m/versions/1")
    assert found.sentence == (
        "m:1 declares job other, and its files lie in the output of step; no record tells how the two belong together."
    )
    assert [(proof.field, proof.value, proof.says) for proof in found.evidence] == [
        ("properties.jobName", "other", "the declared job"),
        ("properties.modelUri", place("azureml/step/model/", "workspaceblobstore"), "the run that wrote the files"),
    ]


def test_a_step_of_the_declared_pipeline_is_a_note(judged: Judge) -> None:
    made = model(jobName="pipe", modelUri=place("azureml/step/model/", "workspaceblobstore"))
    step = run("step", parentRunId="pipe", rootRunId="pipe")

    found = judged(*bent(step, job("pipe", jobType="Pipeline"), model=made, job=None), codes=(Code.JOB_DIFFERS,))

    assert [one.severity for one in found] == [N]
    assert found[0].sentence.endswith("its files lie in the output of step, which is a step of it.")


def test_an_earlier_run_that_a_step_reused_is_a_note(judged: Judge) -> None:
    made = model(jobName="pipe", modelUri=place("azureml/step/model/", "workspaceblobstore"))
    again = run("again", parentRunId="pipe", properties={"azureml.isreused": "true", "azureml.reusedrunid": "step"})
    records = bent(run("step"), again, job("pipe", jobType="Pipeline"), model=made, job=None)

    found = judged(*records, codes=(Code.JOB_DIFFERS,))

    assert [one.severity for one in found] == [N]
    assert found[0].sentence.endswith("its files lie in the output of step, an earlier run that its step reused.")


def test_a_declared_job_that_wrote_the_files_is_not_told(judged: Judge) -> None:
    assert words(judged(*_declares("step"), codes=(Code.JOB_DIFFERS,))) == []


# JOB_DELETED


def test_a_job_that_was_deleted_is_told_with_what_names_it(judged: Judge) -> None:
    found = one_of(judged(*bent(gone(f"{W}/jobs/train"), job=None)), Code.JOB_DELETED)

    assert (found.severity, found.subject) == (E, f"{W}/jobs/train")
    assert ("jobs/train", "", "HTTP 404") in proofs(found)
    assert found.evidence[0].says == "404 UserError: not found"


def test_a_job_that_may_not_be_read_is_not_called_deleted(judged: Judge) -> None:
    closed = Gap(f"{W}/jobs/train", RecordKind.JOB, W, GapReason.FORBIDDEN, "403", "grant Reader", 403)

    assert words(judged(*bent(closed, job=None), codes=(Code.JOB_DELETED,))) == []


def test_a_deleted_job_that_nothing_was_made_from_is_nobodys_business(judged: Judge) -> None:
    assert words(judged(*bent(gone(f"{W}/jobs/experiment")), codes=(Code.JOB_DELETED,))) == []


# CROSS_WORKSPACE


def test_a_source_in_another_workspace_is_told(judged: Judge) -> None:
    away = train(inputs={"raw": spec(place("raw", scope=OTHER))})

    found = one_of(judged(*bent(job=away)), Code.CROSS_WORKSPACE)

    assert (found.severity, found.subject) == (Wn, f"{W}/jobs/train")
    assert found.sentence == "train used datastores/lake/paths/raw in workspace other; other was never crawled."
    assert found.remedy == f"crawl it too, to see what lies behind: lineage crawl {OTHER}"
    assert proofs(found) == [("jobs/train", "properties.inputs.raw.uri", place("raw", scope=OTHER))]


def test_a_copy_through_a_registry_is_not_told(judged: Judge) -> None:
    shared = train(inputs={"base": {"uri": f"{REGISTRY}/models/base/versions/1", "jobInputType": "mlflow_model"}})
    base = model("base", scope=REGISTRY)

    assert words(judged(*bent(base, job=shared), codes=(Code.CROSS_WORKSPACE,))) == []


def test_a_workspace_named_by_its_guid_is_no_other_workspace(judged: Judge) -> None:
    guid = "azureml://locations/westeurope/workspaces/11111111-2222-3333-4444-555555555555"
    same = train(inputs={"raw": spec(f"{guid}/data/d/versions/1")})

    assert words(judged(*bent(job=same), codes=(Code.CROSS_WORKSPACE,))) == []
    assert words(judged(*bent(job=same, workspace=None), codes=(Code.CROSS_WORKSPACE,))) == [
        "CROSS_WORKSPACE WARNING jobs/train"
    ], "a GUID that nobody knows may be anybody's"


# DIRTY_GIT, NO_GIT


def test_changes_not_committed_are_told(judged: Judge) -> None:
    dirty = train(properties={**GIT, "azureml.git.dirty": "True"})

    found = one_of(judged(*bent(job=dirty)), Code.DIRTY_GIT)

    assert (found.severity, found.subject) == (Wn, f"{W}/jobs/train")
    assert found.sentence == "Job train was submitted with changes not committed: commit c0ffeec0ffee is not what ran."
    assert proofs(found) == [("jobs/train", "properties.properties.azureml.git.dirty", "True")]


def test_a_dirty_experiment_that_nothing_was_made_from_is_not_told(judged: Judge) -> None:
    dirty = train("experiment", properties={**GIT, "azureml.git.dirty": "True"})

    assert words(judged(*bent(dirty), codes=(Code.DIRTY_GIT,))) == []


def test_code_without_a_commit_is_told(judged: Judge) -> None:
    found = one_of(judged(*bent(job=train(properties={}))), Code.NO_GIT)

    assert (found.severity, found.subject) == (N, f"{W}/jobs/train")
    assert proofs(found) == [
        ("jobs/train", "properties.codeId", f"{ARM}/codes/c/versions/1"),
        ("jobs/train", "properties.properties.mlflow.source.git.commit", ""),
    ]


def test_a_job_without_code_needs_no_commit(judged: Judge) -> None:
    automl = train(jobType="AutoML", codeId=None, properties={})

    assert words(judged(*bent(job=automl), codes=(Code.NO_GIT,))) == []


def test_the_commit_of_the_pipeline_is_that_of_its_steps(judged: Judge) -> None:
    """The client writes git properties where it submits: at the root."""
    step = run("step", parentRunId="pipe", properties={"ContentSnapshotId": "5a"})
    made = model(jobName="step", modelUri="azureml://jobs/step/outputs/model")
    with_git = job("pipe", jobType="Pipeline", properties=GIT)
    without = job("pipe", jobType="Pipeline", properties={})

    assert words(judged(*bent(step, with_git, model=made, job=None), codes=(Code.NO_GIT,))) == []
    assert words(judged(*bent(step, without, model=made, job=None), codes=(Code.NO_GIT,))) == ["NO_GIT NOTE jobs/step"]


# MUTABLE_ENVIRONMENT, UNPINNED_PACKAGES


@pytest.mark.parametrize(
    ("image", "severity"),
    [
        ("mcr.microsoft.com/azureml/base:latest", Wn),
        ("localhost:5000/base", Wn),
        ("mcr.microsoft.com/azureml/base:20260801.v1", N),
        (DIGEST, None),
    ],
)
def test_an_image_that_may_move_is_told(judged: Judge, image: str, severity: Severity | None) -> None:
    found = judged(*bent(environment=environment("e", "1", image=image)), codes=(Code.MUTABLE_ENVIRONMENT,))

    assert [one.severity for one in found] == ([severity] if severity else [])
    assert [proofs(one) for one in found] == ([[("environments/e/versions/1", "properties.image", image)]] * len(found))


def test_an_environment_named_by_a_label_is_told(judged: Judge) -> None:
    labelled = train(environmentId="azureml:e@latest")

    found = one_of(judged(*bent(job=labelled)), Code.MUTABLE_ENVIRONMENT)

    assert (found.severity, found.subject) == (Wn, f"{W}/jobs/train")
    assert proofs(found) == [("jobs/train", "properties.environmentId", "azureml:e@latest")]


def test_packages_without_a_version_are_told(judged: Judge) -> None:
    conda = "dependencies:\n  - python\n  - numpy=1.26\n  - pip:\n    - mlflow>=2\n    - scikit-learn==1.5.2\n"

    found = one_of(
        judged(*bent(environment=environment("e", "1", image=DIGEST, condaFile=conda))), Code.UNPINNED_PACKAGES
    )

    assert (found.severity, found.subject) == (Wn, f"{W}/environments/e/versions/1")
    assert found.sentence == "Environment e:1 asks for python and mlflow>=2 without a fixed version."
    assert [proof.value for proof in found.evidence] == ["python", "mlflow>=2"]


def test_fixed_packages_are_not_told(judged: Judge) -> None:
    kept = environment("e", "1", image=DIGEST, condaFile=CONDA)

    assert words(judged(*bent(environment=kept), codes=(Code.UNPINNED_PACKAGES,))) == []


# RAW_URI


@pytest.mark.parametrize("path", ["raw/2026/", "raw/2026", "raw/2026/06/part.csv"])
def test_a_path_for_which_an_asset_is_registered_is_told(judged: Judge, path: str) -> None:
    """The same place, or one inside the folder that the asset is."""
    found = one_of(judged(*bent(job=train(inputs={"x": spec(place(path))}))), Code.RAW_URI)

    assert (found.severity, found.subject) == (Wn, f"{W}/jobs/train")
    assert found.sentence == f"Job train read datastores/lake/paths/{path.rstrip('/')} for which d:1 is registered."
    assert found.remedy == "name the input by its asset: azureml:d:1"
    assert proofs(found) == [("jobs/train", "properties.inputs.x.uri", place(path))]


def test_the_physical_spelling_of_a_registered_place_is_told_too(judged: Judge) -> None:
    https = "https://lakeaccount.blob.core.windows.net/lake/raw/2026/06"

    found = judged(*bent(job=train(inputs={"x": spec(https)})), codes=(Code.RAW_URI,))

    assert words(found) == ["RAW_URI WARNING jobs/train"]


def test_a_path_that_nobody_registered_is_not_told(judged: Judge) -> None:
    other = train(inputs={"x": spec(place("raw/2027/"))})
    late = data(dataUri=place("raw/2026/"), created="2026-11-01T08:00:00Z")
    raw = train(inputs={"x": spec(place("raw/2026/"))})
    implicit = data("azureml_train_input_data_x", dataUri=place("raw/2026/"), created="2026-10-01T08:00:00Z")

    assert words(judged(*bent(job=other), codes=(Code.RAW_URI,))) == []
    assert words(judged(*bent(job=raw, data=late), codes=(Code.RAW_URI,))) == [], "registered after the job"
    assert words(judged(*bent(job=raw, data=implicit), codes=(Code.RAW_URI,))) == [], "registered by the service"


def test_an_input_that_run_history_knows_as_an_asset_is_not_told(judged: Judge) -> None:
    """ARM shows the path that an asset stands for; the run says that it was the asset."""
    by_asset = run("train", inputs={"x": {"assetId": f"{W}/data/d/versions/1", "type": "UriFolder"}})
    shown = train(inputs={"x": spec(place("raw/2026/"))})

    assert words(judged(*bent(by_asset, job=shown), codes=(Code.RAW_URI,))) == []


# TRAIN_TEST_OVERLAP


def _evaluated(test_input: dict[str, Any], *more: Record, trained_on: dict[str, Any] | None = None) -> list[Fact]:
    """The model, evaluated by a job on something."""
    judge = by(
        job(
            "evaluate",
            created="2026-10-04T08:00:00Z",
            inputs={
                "model_input": {"uri": "azureml:m:1", "jobInputType": "mlflow_model"},
                "test_data": test_input,
            },
        ),
        "Maya Okafor",
    )
    changed = {"job": train(inputs=trained_on)} if trained_on else {}
    return bent(judge, *more, **changed)


def test_evaluating_on_the_training_data_is_told(judged: Judge) -> None:
    found = one_of(judged(*_evaluated(spec("azureml:d:1"))), Code.TRAIN_TEST_OVERLAP)

    assert (found.severity, found.subject) == (E, f"{W}/jobs/evaluate")
    assert found.sentence == "Job evaluate: its test_data is the same as applications of train."
    assert proofs(found) == [
        ("jobs/evaluate", "properties.inputs.test_data.uri", "azureml:d:1"),
        ("jobs/train", "properties.inputs.applications.uri", f"azureml:{ARM}/data/d/versions/1"),
    ]


def test_a_test_path_inside_the_training_data_is_told(judged: Judge) -> None:
    found = judged(*_evaluated(spec(place("raw/2026/06"))), codes=(Code.TRAIN_TEST_OVERLAP,))

    assert [one.severity for one in found] == [E]
    assert found[0].sentence == "Job evaluate: its test_data shares files with applications of train."


def test_test_data_made_from_the_training_data_is_a_warning(judged: Judge) -> None:
    """It may hold other rows: only whoever wrote the program knows."""
    sample = job(
        "sample",
        created="2026-10-03T08:00:00Z",
        inputs={"raw": spec("azureml:d:1")},
        outputs={"rows": output("azureml://datastores/lake/paths/rows/")},
    )

    found = judged(*_evaluated(spec("azureml://jobs/sample/outputs/rows"), sample), codes=(Code.TRAIN_TEST_OVERLAP,))

    assert [one.severity for one in found] == [Wn]
    assert found[0].sentence == "Job evaluate: its test_data was derived from applications of train."


def test_two_outputs_of_one_split_do_not_overlap(judged: Judge) -> None:
    """Both come from the same raw data, and neither from the other."""
    split = job(
        "split",
        created="2026-09-30T08:00:00Z",
        inputs={"raw": spec("azureml:d:1")},
        outputs={name: output(f"azureml://datastores/lake/paths/split/{name}/") for name in ("train", "test")},
    )
    trained_on = {"train_data": spec("azureml://jobs/split/outputs/train")}

    records = _evaluated(spec("azureml://jobs/split/outputs/test"), split, trained_on=trained_on)

    assert words(judged(*records, codes=(Code.TRAIN_TEST_OVERLAP,))) == []


def test_one_job_that_tests_on_what_it_trains_on_is_told(judged: Judge) -> None:
    both = train(inputs={"trainingData": spec("azureml:d:1"), "validationData": spec("azureml:d:1")})
    apart = train(inputs={"trainingData": spec("azureml:d:1"), "validationData": spec("azureml:v:1")})
    held_out = data("v", dataUri=place("held/"), created="2026-10-01T08:00:00Z")

    found = one_of(judged(*bent(job=both)), Code.TRAIN_TEST_OVERLAP)

    assert found.sentence == "Job train: its validationData is the same as trainingData."
    assert words(judged(*bent(held_out, job=apart), codes=(Code.TRAIN_TEST_OVERLAP,))) == []


def test_scoring_the_training_data_is_no_test(judged: Judge) -> None:
    """Only an input that is called test data is taken for it."""
    score = job("score", inputs={"model": {"uri": "azureml:m:1"}, "customers": spec("azureml:d:1")})

    assert words(judged(*bent(score), codes=(Code.TRAIN_TEST_OVERLAP,))) == []


# RETIRED_DEPLOYED, UNRESOLVED_DEPLOYED


def test_an_archived_model_version_that_is_deployed_is_told_with_its_traffic(judged: Judge) -> None:
    old = model(jobName="train", modelUri="azureml://jobs/train/outputs/model", isArchived=True)

    found = one_of(judged(*bent(model=old)), Code.RETIRED_DEPLOYED)

    assert (found.severity, found.subject) == (E, f"{W}/onlineEndpoints/e/deployments/blue")
    assert found.sentence == "Deployment e/blue serves m:1, which is archived and gets 90 % of the live traffic."
    assert ("models/m/versions/1", "properties.isArchived", "true") in proofs(found)


def test_a_deleted_model_version_that_is_deployed_is_told(judged: Judge) -> None:
    lost = gone(f"{W}/models/m/versions/1", RecordKind.MODEL_VERSION)

    found = one_of(judged(*bent(lost, model=None)), Code.RETIRED_DEPLOYED)

    assert ("models/m/versions/1", "", "HTTP 404") in proofs(found)


def test_an_archived_model_version_that_nobody_deploys_is_not_told(judged: Judge) -> None:
    old = model(jobName="train", modelUri="azureml://jobs/train/outputs/model", isArchived=True)

    assert words(judged(*bent(model=old, deployment=None), codes=(Code.RETIRED_DEPLOYED,))) == []


def test_a_deployment_of_something_unread_is_told(judged: Judge) -> None:
    unread = deployment("green", model="azureml://registries/r/models/never/versions/2")

    found = one_of(judged(*bent(unread)), Code.UNRESOLVED_DEPLOYED)

    assert (found.severity, found.subject) == (E, f"{W}/onlineEndpoints/e/deployments/green")
    assert found.sentence == (
        "Deployment e/green serves never:2, which was never read and gets 10 % of the live traffic."
    )


def test_a_deployment_whose_model_reference_leads_nowhere_is_told(judged: Judge) -> None:
    broken = deployment("green", model="./local/model")

    found = one_of(judged(*bent(broken)), Code.UNRESOLVED_DEPLOYED)

    assert proofs(found) == [("onlineEndpoints/e/deployments/green", "properties.model", "./local/model")]


def test_a_deployment_without_a_model_is_not_told(judged: Judge) -> None:
    """A container that brings its own model, or none."""
    assert words(judged(*bent(deployment("green")), codes=(Code.UNRESOLVED_DEPLOYED,))) == []


# SAME_PERSON


def _hands(deployer: str, kind: str = "User", registrar: str = "Priya Raman") -> list[Fact]:
    made = by(model(jobName="train", modelUri="azureml://jobs/train/outputs/model"), registrar)
    served = deployment("blue", model=f"{ARM}/models/m/versions/1")
    return bent(model=made, deployment=by(served, deployer, kind) if deployer else served)


def test_one_person_who_trained_registered_and_deployed_is_told(judged: Judge) -> None:
    found = one_of(judged(*_hands("Priya Raman")), Code.SAME_PERSON)

    assert (found.severity, found.subject) == (Wn, f"{W}/onlineEndpoints/e/deployments/blue")
    assert found.sentence == (
        "Priya Raman submitted train and registered m:1, and deployed it as e/blue, "
        "which gets 90 % of the live traffic."
    )
    assert [(proof.record.rpartition("/")[2], proof.value, proof.says) for proof in found.evidence][:3] == [
        ("train", "Priya Raman", "submitted the job"),
        ("1", "Priya Raman", "registered the model"),
        ("blue", "Priya Raman", "deployed it"),
    ]


def test_who_deployed_is_not_guessed(judged: Judge) -> None:
    """Where the service does not tell, the finding is a note and says what is not known."""
    found = one_of(judged(*_hands("")), Code.SAME_PERSON)

    assert found.severity is N
    assert found.sentence.endswith("who deployed it as e/blue is not told by the service.")
    assert ("onlineEndpoints/e/deployments/blue", "systemData.createdBy", "") in proofs(found)


def test_an_application_is_a_note(judged: Judge) -> None:
    """It does not say who started it."""
    found = one_of(judged(*_hands("Priya Raman", "Application")), Code.SAME_PERSON)

    assert found.severity is N
    assert found.sentence.endswith("It is an application: who started it is not told by the service.")


@pytest.mark.parametrize(("deployer", "registrar"), [("Tom Becker", "Priya Raman"), ("Priya Raman", "Maya Okafor")])
def test_two_pairs_of_hands_are_enough(judged: Judge, deployer: str, registrar: str) -> None:
    assert words(judged(*_hands(deployer, registrar=registrar), codes=(Code.SAME_PERSON,))) == []


# STALE_SCOPE


def test_an_old_crawl_is_told_by_the_clock_that_is_given(judged: Judge) -> None:
    """The rule has no clock of its own; without one it counts to the publication."""
    codes = (Code.STALE_SCOPE,)

    assert words(judged(*bent(), codes=codes, now="2026-12-07T11:00:00Z")) == []
    assert words(judged(*bent(), codes=codes)) == []
    found = judged(*bent(), codes=codes, now="2026-12-10T12:00:00Z")
    assert [(one.severity, one.subject, one.kind) for one in found] == [(Wn, W, None)]
    assert "was last crawled 10.0 days before 2026-12-10T12:00:00Z" in found[0].sentence
    assert found[0].remedy == f"crawl it again: lineage crawl {W}"
    assert judged(*bent(), codes=codes, now="2026-12-10T12:00:00Z", stale_days=30) == []


def test_a_listing_that_was_not_read_to_its_end_is_told(judged: Judge) -> None:
    found = one_of(judged(*bent(listing=Listing(f"{W}/jobs", W, complete=False, listed=50))), Code.STALE_SCOPE)

    assert found.sentence == "w was not read to its end (jobs)."
    assert proofs(found) == [("jobs", "complete", "false")]


def test_the_workspace_is_named_by_what_the_service_calls_it(judged: Judge) -> None:
    """Scopes of findings are canonical texts, so that they can be filtered by workspace."""
    found = judged(*bent(job=train(properties={}), workspace=workspace()))

    assert {one.scope for one in found} == {W}
    assert record(W, RecordKind.WORKSPACE, {}).scope == W
