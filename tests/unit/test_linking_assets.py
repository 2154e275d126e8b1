"""What the records of models, data, environments, components and code link to: where it holds and where not."""

from __future__ import annotations

from lineage.records import RecordKind
from tests.linked import (
    GUID,
    LAKE,
    LOCATED,
    OTHER,
    REGISTRY,
    W,
    arm,
    component,
    data,
    datastore,
    edges,
    environment,
    job,
    link,
    loose,
    model,
    output,
    place,
    record,
    run,
    workspace,
)

M = "models/m/versions/1"
BLOB = "https://contoso.blob.core.windows.net/reg-guid/ExperimentRun/dcid.j1/model"
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
STORED = "artifacts:ExperimentRun/dcid.j1/model"
ARTIFACTS = place("ExperimentRun/dcid.j1/model", "workspaceartifactstore")


def test_a_model_of_a_deleted_job_still_leads_to_its_output_and_job() -> None:
    """Both the declared job and the path name j1, so one edge stands for both, by the better evidence."""
    settled = link(model(modelUri=ARTIFACTS, jobName="j1"))
    assert edges(settled) == [
        f"{STORED} wasGeneratedBy jobs/j1/outputs/artifacts [model] MATERIALISED_PATH INFERRED",
        "jobs/j1/outputs/artifacts wasGeneratedBy jobs/j1 SERVICE_FIELD CONFIRMED",
        f"{M} wasDerivedFrom {STORED} SERVICE_FIELD CONFIRMED",
        f"{M} wasDerivedFrom jobs/j1/outputs/artifacts [model] SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == []


def test_the_declared_job_and_the_run_in_the_path_are_both_kept() -> None:
    """A pipeline p declared, its step c wrote: neither overwrites the other, and nothing relates them yet."""
    settled = link(model(modelUri=place("azureml/c/folder/"), jobName="p"))
    assert edges(settled, M) == [
        f"{M} wasDerivedFrom datastores/lake/paths/azureml/c/folder SERVICE_FIELD CONFIRMED",
        f"{M} wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH INFERRED",
        f"{M} wasDerivedFrom jobs/p/outputs/folder SERVICE_FIELD CONFIRMED",
    ]
    assert edges(settled, "jobs/c") == edges(settled, "jobs/p") == []


def test_a_path_is_confirmed_once_the_run_that_it_names_was_read() -> None:
    """MATERIALISED_PATH is INFERRED while nobody has seen that run, whichever of its two records comes."""
    asset = model(modelUri=place("azureml/c/folder"))
    assert f"{M} wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH INFERRED" in edges(link(asset))
    for seen in (job("c"), run("c")):
        assert f"{M} wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH CONFIRMED" in edges(link(asset, seen))
    elsewhere = edges(link(asset, job("c", scope=OTHER)))
    assert f"{M} wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH INFERRED" in elsewhere


def test_the_declared_output_is_the_one_that_the_job_puts_at_that_place() -> None:
    """An output with a path of its own names no run; the job's record tells which output it is."""
    asset = model(modelUri=place("shop/model"), jobName="j1")
    read = job("j1", outputs={"best": output(place("shop/model")), "logs": output(place("shop/logs"))})
    assert f"{M} wasDerivedFrom jobs/j1/outputs/best SERVICE_FIELD CONFIRMED" in edges(link(asset, read))


def test_without_a_word_about_the_output_the_model_leads_to_the_job_itself() -> None:
    """Neither the path nor the job's record tells the output: say the job, and no more."""
    settled = link(model(modelUri=place("shop/model"), jobName="j1"))
    assert edges(settled, M) == [
        f"{M} wasDerivedFrom datastores/lake/paths/shop/model SERVICE_FIELD CONFIRMED",
        f"{M} wasGeneratedBy jobs/j1 SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == []


def test_an_output_that_the_jobs_record_does_not_list_is_not_invented() -> None:
    """The path says `folder`, the declared pipeline lists only `trained`: the edge goes to the pipeline."""
    settled = link(model(modelUri=place("azureml/c/folder"), jobName="p"), job("p", outputs={"trained": output()}))
    assert f"{M} wasGeneratedBy jobs/p SERVICE_FIELD CONFIRMED" in edges(settled, M)
    assert not any("jobs/p/outputs/folder" in edge for edge in edges(settled))


def test_a_pipelines_output_is_found_through_its_wiring() -> None:
    """The step's `folder` is published as `trained`, so the model came from the pipeline's `trained`."""
    pipeline = job(
        "p",
        jobType="Pipeline",
        outputs={"trained": output()},
        jobs={"train": {"outputs": {"folder": {"value": "${{parent.outputs.trained}}", "type": "literal"}}}},
    )
    settled = link(
        model(modelUri=place("azureml/c/folder"), jobName="p"),
        pipeline,
        run("c", parentRunId="p", rootRunId="p", displayName="train"),
    )
    assert edges(settled, M) == [
        f"{M} wasDerivedFrom datastores/lake/paths/azureml/c/folder SERVICE_FIELD CONFIRMED",
        f"{M} wasDerivedFrom jobs/c/outputs/folder MATERIALISED_PATH CONFIRMED",
        f"{M} wasDerivedFrom jobs/p/outputs/trained SERVICE_FIELD CONFIRMED",
    ]
    assert edges(settled, "jobs/p/outputs/trained", "wasDerivedFrom") == [
        "jobs/p/outputs/trained wasDerivedFrom jobs/c/outputs/folder NAMING INFERRED"
    ]
    assert edges(settled, "jobs/c") == ["jobs/c partOf jobs/p RUN_HISTORY CONFIRMED"]


def test_a_model_uploaded_from_a_local_path_ends_there() -> None:
    """There is no job behind it, and the remedy says so."""
    for uri in (place("LocalUpload/0123456789abcdef0123456789abcdef/m"), "./model", "C:\\models\\m"):
        settled = link(model(modelUri=uri))
        assert loose(settled) == [f"{M} properties.modelUri LOCAL_UPLOAD"]
        assert "uploaded from a local path" in settled.loose[0].remedy
        assert "register it from the job's output" in settled.loose[0].remedy
        assert not any("jobs/" in edge for edge in edges(settled))


def test_the_same_upload_is_one_place() -> None:
    """Equal hashes in one store are one node, and mean equal bytes, not a producer."""
    uri = place("LocalUpload/0123456789abcdef0123456789abcdef/m")
    settled = link(model("a", modelUri=uri), model("b", modelUri=uri))
    assert len({edge.cause for edge in settled.links}) == 1
    assert {edge.relation for edge in settled.links} == {"wasDerivedFrom"}


def test_a_reference_to_a_job_output_is_followed_as_it_stands() -> None:
    """Registered records of older days keep the reference itself; both spellings are one output."""
    for uri in ("runs:/j1/model/", "azureml://jobs/j1/outputs/artifacts/paths/model"):
        settled = link(model(modelUri=uri))
        assert edges(settled) == [
            "jobs/j1/outputs/artifacts wasGeneratedBy jobs/j1 REFERENCE CONFIRMED",
            f"{M} wasDerivedFrom jobs/j1/outputs/artifacts [model] REFERENCE CONFIRMED",
        ]


def test_broken_and_opaque_references_cost_one_edge_each() -> None:
    """The other fields of the record are read all the same."""
    settled = link(
        model(modelUri="azureml://jobs/", jobName="j1", datasets=[{"name": "train", "id": "azureml:d:1"}, {"id": "??"}])
    )
    assert edges(settled) == [
        f"{M} wasDerivedFrom(train) data/d/versions/1 SERVICE_FIELD CONFIRMED",
        f"{M} wasGeneratedBy jobs/j1 SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == [
        f"{M} properties.datasets[1].id OPAQUE",
        f"{M} properties.modelUri BROKEN",
    ]


def test_fields_of_another_type_say_nothing() -> None:
    """A body may hold anything anywhere."""
    settled = link(model(modelUri=["x"], jobName={"a": 1}, datasets="none", originAssetId=7))
    assert edges(settled) == []
    assert loose(settled) == []


# registries


def test_a_registry_copy_keeps_the_job_of_the_workspace_it_came_from() -> None:
    """originAssetId says which workspace, by GUID; the run in the blob's path is of that workspace too."""
    copy = model(
        scope=REGISTRY,
        modelUri=BLOB,
        jobName="j1",
        originAssetId=f"{LOCATED}/models/m/versions/3",
    )
    settled = link(copy)
    assert edges(settled) == [
        "guid:jobs/j1/outputs/artifacts wasGeneratedBy guid:jobs/j1 SERVICE_FIELD CONFIRMED",
        "r:models/m/versions/1 copiedFrom guid:models/m/versions/3 SERVICE_FIELD CONFIRMED",
        "r:models/m/versions/1 wasDerivedFrom guid:jobs/j1/outputs/artifacts [model] SERVICE_FIELD CONFIRMED",
        f"r:models/m/versions/1 wasDerivedFrom {BLOB} SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == []
    tied = edges(link(copy, workspace()), relation="sameAs")
    assert tied == [
        "guid:jobs/j1 sameAs jobs/j1 SERVICE_FIELD CONFIRMED",
        "guid:jobs/j1/outputs/artifacts sameAs jobs/j1/outputs/artifacts SERVICE_FIELD CONFIRMED",
        "guid:models/m/versions/3 sameAs models/m/versions/3 SERVICE_FIELD CONFIRMED",
    ]


def test_a_registry_copy_of_a_pipelines_output_is_known_under_both_names_of_the_workspace() -> None:
    """The step wrote the bytes, the pipeline published them: its output too is met by GUID and by name."""
    copy = model(
        scope=REGISTRY,
        modelUri="https://contoso.blob.core.windows.net/reg-guid/azureml/c/fitted/",
        jobName="p",
        originAssetId=f"{LOCATED}/models/m/versions/3",
    )
    steps = {"train": {"outputs": {"fitted": {"value": "${{parent.outputs.trained}}"}}}}
    pipeline = job("p", jobType="Pipeline", jobs=steps, outputs={"trained": output()})
    settled = link(copy, workspace(), pipeline, run("c", parentRunId="p", displayName="train"))

    assert "r:models/m/versions/1 wasDerivedFrom guid:jobs/p/outputs/trained SERVICE_FIELD CONFIRMED" in edges(settled)
    assert edges(settled, "guid:jobs/p/outputs/trained", "sameAs") == [
        "guid:jobs/p/outputs/trained sameAs jobs/p/outputs/trained REFERENCE CONFIRMED"
    ]


def test_the_upload_behind_a_registry_copy_is_the_originals_to_explain() -> None:
    """The copy leads on to the original, so it is no loose end itself."""
    uri = "https://feed.blob.core.windows.net/feed-guid/LocalUpload/0123456789abcdef0123456789abcdef/m"
    assert loose(link(model(scope=REGISTRY, modelUri=uri, originAssetId=f"{LOCATED}/models/m/versions/2"))) == []
    assert loose(link(model(scope=REGISTRY, modelUri=uri))) == [
        "r:models/m/versions/1 properties.modelUri LOCAL_UPLOAD"
    ]


def test_a_registry_copy_without_an_origin_finds_its_job_by_run_id() -> None:
    """One run of that id was read: inferred. Two: one of them. None: a loose end that says what to crawl."""
    copy = model(scope=REGISTRY, jobName="j1", created="2024-05-01T00:00:00Z")
    assert edges(link(copy, job("j1")), "r:models/m/versions/1") == [
        "r:models/m/versions/1 wasGeneratedBy jobs/j1 SERVICE_FIELD INFERRED"
    ]
    both = link(copy, job("j1", created="2024-04-01T00:00:00Z"), job("j1", scope=OTHER, created="2024-04-02T00:00:00Z"))
    assert edges(both, "r:models/m/versions/1") == [
        "r:models/m/versions/1 wasGeneratedBy jobs/j1 SERVICE_FIELD AMBIGUOUS #1",
        "r:models/m/versions/1 wasGeneratedBy other:jobs/j1 SERVICE_FIELD AMBIGUOUS #0",
    ]
    none = link(copy, job("j2"))
    assert loose(none) == ["r:models/m/versions/1 properties.jobName NO_WRITER"]
    assert "crawl the workspace in which it ran" in none.loose[0].remedy


# data and names


def test_data_leads_to_its_place_and_to_the_run_that_its_path_names() -> None:
    """dataUri and referencedUris are read alike."""
    settled = link(data(dataUri=place("azureml/c/clean"), referencedUris=[place("azureml/c2/more/part"), 3]))
    assert edges(settled, "data/d/versions/1") == [
        "data/d/versions/1 wasDerivedFrom datastores/lake/paths/azureml/c/clean SERVICE_FIELD CONFIRMED",
        "data/d/versions/1 wasDerivedFrom datastores/lake/paths/azureml/c2/more/part SERVICE_FIELD CONFIRMED",
        "data/d/versions/1 wasDerivedFrom jobs/c/outputs/clean MATERIALISED_PATH INFERRED",
        "data/d/versions/1 wasDerivedFrom jobs/c2/outputs/more [part] MATERIALISED_PATH INFERRED",
    ]


def test_data_outside_azure_is_an_end() -> None:
    """S3 and the web are told as such."""
    assert loose(link(data(dataUri="s3://bucket/x"))) == ["data/d/versions/1 properties.dataUri EXTERNAL"]


def test_an_implicit_name_counts_only_for_a_run_that_was_read() -> None:
    """azureml_<run>_output_data_<output> is a name, and names can lie."""
    asset = data("azureml_c_output_data_clean")
    assert edges(link(asset)) == []
    assert edges(link(asset, run("c")), "data/azureml_c_output_data_clean/versions/1") == [
        "data/azureml_c_output_data_clean/versions/1 wasDerivedFrom jobs/c/outputs/clean NAMING INFERRED"
    ]
    assert edges(link(asset, run("c", scope=OTHER))) == []


def test_an_implicit_name_with_several_known_readings_is_one_of_them() -> None:
    """Run ids may hold `_output_` themselves."""
    name = "azureml_a_output_b_output_c"
    asset = model(name)
    effect = f"models/{name}/versions/1"
    one = edges(link(asset, job("a_output_b")), effect)
    assert one == [f"{effect} wasDerivedFrom jobs/a_output_b/outputs/c NAMING INFERRED"]
    two = edges(link(asset, job("a_output_b"), job("a")), effect)
    assert len(two) == 2
    assert all("NAMING AMBIGUOUS" in edge for edge in two)
    assert {edge.split(" NAMING")[0] for edge in two} == {
        f"{effect} wasDerivedFrom jobs/a_output_b/outputs/c",
        f"{effect} wasDerivedFrom jobs/a/outputs/b_output_c",
    }


def test_an_asset_that_is_only_named_is_read_by_its_name_too() -> None:
    """A job used it, no record of it was read; the run that it is named after was."""
    settled = link(
        job("j2", inputs={"x": {"uri": "azureml:azureml_c_output_data_clean:1", "jobInputType": "uri_folder"}}),
        run("c"),
    )
    assert "data/azureml_c_output_data_clean/versions/1 wasDerivedFrom jobs/c/outputs/clean NAMING INFERRED" in edges(
        settled
    )


def test_a_name_with_a_workspace_guid_is_the_named_one_once_the_guid_is_known() -> None:
    """The two names stay two nodes, tied by the workspace's own record."""
    reader = job("j2", inputs={"x": {"uri": f"{LOCATED}/data/d/versions/1", "jobInputType": "uri_folder"}})
    assert edges(link(reader), relation="sameAs") == []
    settled = link(reader, workspace())
    assert edges(settled, relation="sameAs") == [
        "guid:data/d/versions/1 sameAs data/d/versions/1 SERVICE_FIELD CONFIRMED"
    ]
    (tie,) = [edge for edge in settled.links if edge.relation == "sameAs"]
    assert (tie.evidence.record, tie.evidence.field, tie.evidence.value) == (W, "properties.workspaceId", GUID)


# software


def test_code_and_environments_lie_at_a_place_and_an_upload_is_nothing_to_tell() -> None:
    """Code always is an upload."""
    code = record(f"{W}/codes/c/versions/1", RecordKind.CODE_VERSION, arm({"codeUri": f"{LAKE}/LocalUpload/abc"}))
    settled = link(code, environment("e", "1", build={"contextUri": place("LocalUpload/abc/ctx")}, image="mcr/x"))
    assert edges(settled) == [
        f"codes/c/versions/1 wasDerivedFrom {LAKE}/LocalUpload/abc SERVICE_FIELD CONFIRMED",
        "environments/e/versions/1 wasDerivedFrom datastores/lake/paths/LocalUpload/abc/ctx SERVICE_FIELD CONFIRMED",
    ]
    assert loose(settled) == []


def test_a_component_names_its_code_its_environment_and_its_steps() -> None:
    """An environment given inline, and a code folder beside the file, name nothing."""
    spec = {
        "environment": "azureml://registries/azureml/environments/sk/versions/1",
        "code": f"azureml:{ARM}/codes/c/versions/1",
        "jobs": {"prep": {"component": "azureml:prep:2"}},
    }
    assert edges(link(component("k", "1", spec))) == [
        "components/k/versions/1 instanceOf(prep) components/prep/versions/2 SERVICE_FIELD CONFIRMED",
        "components/k/versions/1 ranCode codes/c/versions/1 SERVICE_FIELD CONFIRMED",
        "components/k/versions/1 ranIn azureml://registries/azureml/environments/sk/versions/1 SERVICE_FIELD CONFIRMED",
    ]
    settled = link(component("k", "1", {"environment": {"image": "x"}, "code": "./src"}))
    assert (edges(settled), loose(settled)) == ([], [])


def test_a_label_in_a_record_means_the_newest_version_of_that_time() -> None:
    """Later versions do not reach back; the raw label stays in the evidence."""
    versions = [
        environment("e", "1", created="2024-01-01T00:00:00Z"),
        environment("e", "2", created="2024-02-01T00:00:00.5Z"),
        environment("e", "3", created="2024-03-01T00:00:00Z"),
    ]
    settled = link(job("j", environmentId="azureml:e@latest", created="2024-02-10T00:00:00+00:00"), *versions)
    assert edges(settled, "jobs/j") == ["jobs/j ranIn environments/e/versions/2 NAMING INFERRED"]
    assert settled.links[0].evidence.value == "azureml:e@latest"


def test_a_label_older_than_every_version_ends_there() -> None:
    """No version of that time: a loose end, not a guess."""
    settled = link(
        job("j", environmentId="azureml:e@latest", created="2023-01-01T00:00:00Z"),
        environment("e", "1", created="2024-01-01T00:00:00Z"),
    )
    assert edges(settled) == []
    assert loose(settled) == ["jobs/j properties.environmentId NO_VERSION"]
    assert loose(link(job("j", environmentId="azureml:e@latest"))) == ["jobs/j properties.environmentId NO_VERSION"]


def test_an_undated_label_is_one_of_all_versions_newest_first() -> None:
    """The record does not say when it was made."""
    settled = link(
        job("j", environmentId="azureml:e@latest"),
        environment("e", "1", created="2024-01-01T00:00:00Z"),
        environment("e", "2", created="2024-02-01T00:00:00Z"),
    )
    assert edges(settled, "jobs/j") == [
        "jobs/j ranIn environments/e/versions/1 NAMING AMBIGUOUS #1",
        "jobs/j ranIn environments/e/versions/2 NAMING AMBIGUOUS #0",
    ]


def test_a_name_without_a_version_ends_there() -> None:
    """`azureml:e` says which environment, not which version of it."""
    assert loose(link(job("j", environmentId="azureml:e"))) == ["jobs/j properties.environmentId NO_VERSION"]


def test_a_reference_to_the_wrong_kind_of_thing_is_no_edge() -> None:
    """A deployment is not an environment, whatever the field says."""
    settled = link(job("j", environmentId=f"{W}/models/m/versions/1"))
    assert edges(settled) == []
    assert loose(settled) == ["jobs/j properties.environmentId OPAQUE"]
    assert "ranIn leads to EnvironmentVersion" in settled.loose[0].remedy


def test_datastores_are_known_by_their_container() -> None:
    """The spelling through the datastore and the URL are two names of one place, tied when both are used."""
    settled = link(datastore(), data("a", dataUri=place("raw/x")), data("b", dataUri=f"{LAKE}/raw/x"))
    (tie,) = [edge for edge in settled.links if edge.relation == "sameAs"]
    assert (tie.effect, tie.cause) == (place("raw/x"), f"{LAKE}/raw/x")
    assert tie.evidence.record == f"{W}/datastores/lake"
    alone = link(datastore(), data("a", dataUri=place("raw/x")))
    assert edges(alone, relation="sameAs") == []


def test_a_record_that_names_itself_says_nothing() -> None:
    """A model of itself would be a cause of itself."""
    settled = link(model(modelUri=f"{W}/models/m/versions/1"))
    assert (edges(settled), loose(settled)) == ([], [f"{M} properties.modelUri OPAQUE"])


def test_both_records_of_a_run_date_and_place_it_together() -> None:
    """Whichever comes first: one has the date, the other the place of the output."""
    copy = model(scope=REGISTRY, jobName="j1", created="2024-05-01T00:00:00Z")
    for records in (
        [job("j1"), run("j1", created="2024-04-03T00:00:00Z")],
        [run("j1", created="2024-04-03T00:00:00Z"), job("j1")],
    ):
        settled = link(copy, *records, job("j1", scope=OTHER, created="2024-04-02T00:00:00Z"))
        assert edges(settled, "r:models/m/versions/1") == [
            "r:models/m/versions/1 wasGeneratedBy jobs/j1 SERVICE_FIELD AMBIGUOUS #0",
            "r:models/m/versions/1 wasGeneratedBy other:jobs/j1 SERVICE_FIELD AMBIGUOUS #1",
        ]
    asset = model(modelUri=place("shop/model"), jobName="j1")
    silent, telling = output(), output(place("shop/model"))
    placed = {"outputData": {"best": {"outputLocation": {"uri": {"path": place("shop/model")}}}}}
    for records in (
        [job("j1", outputs={"best": silent}), run("j1", placed)],
        [job("j1", outputs={"best": telling}), run("j1", {"outputData": {"best": {}}})],
    ):
        assert f"{M} wasDerivedFrom jobs/j1/outputs/best SERVICE_FIELD CONFIRMED" in edges(link(asset, *records))


def test_of_the_readings_of_a_name_the_likelier_comes_first() -> None:
    """calm_output_abcdefghij looks like a run of the service, calm does not."""
    name = "azureml_calm_output_abcdefghij_output_x"
    effect = f"models/{name}/versions/1"
    assert edges(link(model(name), job("calm"), job("calm_output_abcdefghij")), effect) == [
        f"{effect} wasDerivedFrom jobs/calm/outputs/abcdefghij_output_x NAMING AMBIGUOUS #1",
        f"{effect} wasDerivedFrom jobs/calm_output_abcdefghij/outputs/x NAMING AMBIGUOUS #0",
    ]


def test_instants_are_compared_as_instants() -> None:
    """An offset is counted, a missing one means UTC, and fewer digits are the same time."""
    version = environment("e", "1", created="2024-02-01T02:00:00.000+02:00")
    before = job("j", environmentId="azureml:e@latest", created="2024-01-31T23:59:59.9999999")
    assert loose(link(before, version)) == ["jobs/j properties.environmentId NO_VERSION"]
    then = job("j", environmentId="azureml:e@latest", created="2024-02-01T00:00:00Z")
    assert edges(link(then, version), "jobs/j") == ["jobs/j ranIn environments/e/versions/1 NAMING INFERRED"]


def test_a_run_whose_id_only_begins_alike_is_another_run() -> None:
    """They meet at one key, for the sake of names that can be read both ways."""
    settled = link(model(scope=REGISTRY, jobName="a"), job("a_output_b"))
    assert edges(settled) == []
    assert loose(settled) == ["r:models/m/versions/1 properties.jobName NO_WRITER"]


def test_a_model_made_of_a_whole_job_was_generated_by_it() -> None:
    """A reference to a job without an output names none."""
    assert edges(link(model(modelUri="azureml://jobs/j1"))) == [f"{M} wasGeneratedBy jobs/j1 REFERENCE CONFIRMED"]


def test_a_model_made_of_a_run_without_a_path_comes_from_its_artifact_root() -> None:
    """`runs:/R` is to `runs:/R/p` what the whole output is to a path in it."""
    assert edges(link(model(modelUri="runs:/j1"))) == [
        "jobs/j1/outputs/artifacts wasGeneratedBy jobs/j1 REFERENCE CONFIRMED",
        f"{M} wasDerivedFrom jobs/j1/outputs/artifacts REFERENCE CONFIRMED",
    ]


def test_which_step_published_an_output_is_told_by_the_run_in_the_path() -> None:
    """Two steps call their output alike, and the pipeline publishes both under names of its own."""
    pipeline = job(
        "p",
        outputs={"small": output(), "large": output()},
        jobs={
            step: {"outputs": {"folder": {"value": f"${{{{parent.outputs.{step}}}}}"}}} for step in ("small", "large")
        },
    )
    asset = model(modelUri=place("azureml/c2/folder"), jobName="p")
    steps = [run("c1", parentRunId="p", displayName="small"), run("c2", parentRunId="p", displayName="large")]
    assert f"{M} wasDerivedFrom jobs/p/outputs/large SERVICE_FIELD CONFIRMED" in edges(link(asset, pipeline, *steps))
    assert f"{M} wasGeneratedBy jobs/p SERVICE_FIELD CONFIRMED" in edges(link(asset, pipeline))


def test_pipelines_of_one_name_in_two_workspaces_are_two() -> None:
    """Neither steps nor outputs are taken from the other."""
    wiring = {"train": {"outputs": {"folder": {"value": "${{parent.outputs.best}}"}}}}
    settled = link(
        model(modelUri=place("azureml/c/folder"), jobName="p"),
        job("p", scope=OTHER, jobs=wiring),
        run("c", parentRunId="p", displayName="train"),
    )
    assert f"{M} wasDerivedFrom jobs/p/outputs/folder SERVICE_FIELD CONFIRMED" in edges(settled)
    assert edges(settled, "other:jobs/p/outputs/best") == []
