"""What run history links to: where it holds and where not."""

from __future__ import annotations

from tests.linked import GUID, LOCATED, child, edges, job, link, loose, place, run, workspace


def test_a_childs_lineage_is_in_its_run() -> None:
    """ARM has no properties for it; run history has parent, environment, component, ports and place."""
    settled = link(
        child("c"),
        run(
            "c",
            {
                "environment": {"assetId": "azureml://registries/r/environments/e/versions/1"},
                "outputData": {
                    "out": {
                        "outputLocation": {"uri": {"path": "azureml://datastores/lake/paths/azureml/${{name}}/out/"}}
                    }
                },
                "componentConfiguration": {"componentIdentifier": "azureml:/subscriptions/s/whatever"},
            },
            parentRunId="p",
            rootRunId="p",
            properties={"azureml.moduleName": "azureml_anonymous", "azureml.moduleid": "mod-1"},
            inputs={"src": {"assetId": "azureml:raw:1", "type": "UriFolder"}},
            outputs={"out": {"assetId": f"{LOCATED}/data/azureml_c_output_data_out/versions/1", "type": "UriFolder"}},
        ),
    )
    assert edges(settled) == [
        "datastores/lake/paths/azureml/c/out wasGeneratedBy jobs/c/outputs/out NAMING INFERRED",
        "guid:data/azureml_c_output_data_out/versions/1 wasDerivedFrom jobs/c/outputs/out RUN_HISTORY CONFIRMED",
        "jobs/c instanceOf components/azureml_anonymous/versions/mod-1 RUN_HISTORY CONFIRMED",
        "jobs/c partOf jobs/p RUN_HISTORY CONFIRMED",
        "jobs/c ranIn r:environments/e/versions/1 RUN_HISTORY CONFIRMED",
        "jobs/c used(src) data/raw/versions/1 RUN_HISTORY CONFIRMED",
        "jobs/c/outputs/out wasGeneratedBy jobs/c RUN_HISTORY CONFIRMED",
    ]
    assert loose(settled) == []


def test_a_reused_step_leads_to_the_run_that_really_ran() -> None:
    """dataContainerId of another run, and azureml.reusedrunid, say it; its own container says nothing."""
    assert edges(link(run("c", dataContainerId="dcid.c0"))) == ["jobs/c reusedFrom jobs/c0 RUN_HISTORY CONFIRMED"]
    told = run("c", dataContainerId="dcid.c0", properties={"azureml.isreused": "true", "azureml.reusedrunid": "c0"})
    assert edges(link(told)) == ["jobs/c reusedFrom jobs/c0 RUN_HISTORY CONFIRMED"]
    assert edges(link(run("c"))) == []
    assert edges(link(run("c", dataContainerId="c0"))) == []


def test_the_output_of_a_reused_step_lies_under_the_run_that_wrote_it() -> None:
    """The template is filled with the physical run, and the step's output derives from that run's."""
    definition = {
        "outputData": {
            "out": {"outputLocation": {"uri": {"path": "azureml://datastores/lake/paths/azureml/${{name}}/out"}}}
        }
    }
    settled = link(run("c", definition, dataContainerId="dcid.c0"), run("c0"))
    assert edges(settled, "jobs/c/outputs/out") == [
        "jobs/c/outputs/out wasDerivedFrom jobs/c0/outputs/out MATERIALISED_PATH CONFIRMED",
        "jobs/c/outputs/out wasGeneratedBy jobs/c RUN_HISTORY CONFIRMED",
    ]
    assert not any("azureml/c/out" in edge for edge in edges(settled))


def test_a_run_deep_in_a_pipeline_is_part_of_its_parent_and_of_the_root() -> None:
    """The parent in between may be gone; a run that is its own root has none."""
    assert edges(link(run("c", parentRunId="sub", rootRunId="p"))) == [
        "jobs/c partOf jobs/sub RUN_HISTORY CONFIRMED",
        "jobs/c partOf(root) jobs/p RUN_HISTORY CONFIRMED",
    ]
    assert edges(link(run("p", parentRunId=None, rootRunId="p"))) == []


def test_datasets_of_older_runs_are_read_where_they_name_an_asset() -> None:
    """Ids of the first SDK name nothing that can be looked up."""
    settled = link(
        run(
            "c",
            inputDatasets=[
                {"dataset": {"id": "azureml:d:1"}, "consumptionDetails": {"inputName": "train"}},
                {"dataset": {"id": "0f0f0f0f-0000-0000-0000-000000000000"}},
            ],
            outputDatasets=[{"assetId": "azureml:e:2", "outputDetails": {"outputName": "out"}}],
        )
    )
    assert edges(settled) == [
        "data/e/versions/2 wasDerivedFrom jobs/c/outputs/out RUN_HISTORY CONFIRMED",
        "jobs/c used(train) data/d/versions/1 RUN_HISTORY CONFIRMED",
        "jobs/c/outputs/out wasGeneratedBy jobs/c RUN_HISTORY CONFIRMED",
    ]
    assert loose(settled) == ["jobs/c runMetadata.inputDatasets[1].dataset.id OPAQUE"]


def test_a_named_component_is_known_by_its_modules_name_and_version() -> None:
    """By naming, because a module's version need not be the component's."""
    properties = {"azureml.moduleName": "train", "azureml.moduleVersion": "0.0.1", "azureml.moduleid": "x"}
    assert edges(link(run("c", properties=properties))) == [
        "jobs/c instanceOf components/train/versions/0.0.1 NAMING INFERRED"
    ]


def test_a_component_told_only_by_an_internal_id_is_a_loose_end() -> None:
    """`…/components/id/<guid>` names no version."""
    identifier = (
        "azureml:/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
        f"/id/{GUID}/components/id/{GUID}"
    )
    settled = link(run("c", {"componentConfiguration": {"componentIdentifier": identifier}}))
    assert loose(settled) == ["jobs/c runDefinition.componentConfiguration.componentIdentifier OPAQUE"]


def test_a_flow_run_keeps_its_lineage_in_properties() -> None:
    """Input data, the run whose outputs it evaluates, the flow's definition, the run that it resumes."""
    settled = link(
        run(
            "f",
            properties={
                "azureml.promptflow.input_data": "azureml:questions:1",
                "azureml.promptflow.input_run_id": "f0",
                "azureml.promptflow.flow_definition_resource_id": "azureml://registries/r/models/flow/versions/1",
                "azureml.promptflow.resume_from_run_id": "f1",
            },
        )
    )
    assert edges(settled) == [
        "jobs/f reusedFrom jobs/f1 RUN_HISTORY CONFIRMED",
        "jobs/f used(data) data/questions/versions/1 REFERENCE CONFIRMED",
        "jobs/f used(flow) r:models/flow/versions/1 REFERENCE CONFIRMED",
        "jobs/f used(run) jobs/f0/outputs/flow_outputs RUN_HISTORY CONFIRMED",
        "jobs/f0/outputs/flow_outputs wasGeneratedBy jobs/f0 RUN_HISTORY CONFIRMED",
    ]
    itself = link(run("f", properties={"azureml.promptflow.resume_from_run_id": "f"}))
    assert edges(itself) == []


def test_what_a_run_was_submitted_with_is_read_from_its_definition() -> None:
    """inputAssets by asset, inputData by place."""
    settled = link(
        run(
            "c",
            {
                "inputAssets": {"m": {"asset": {"assetId": "azureml:d:1"}}},
                "inputData": {"p": {"dataLocation": {"uri": {"path": place("azureml/c0/out/part")}}}},
            },
        )
    )
    assert edges(settled, "jobs/c") == [
        "jobs/c used(m) data/d/versions/1 REFERENCE CONFIRMED",
        "jobs/c used(p) datastores/lake/paths/azureml/c0/out/part SERVICE_FIELD CONFIRMED",
        "jobs/c used(p) jobs/c0/outputs/out [part] MATERIALISED_PATH INFERRED",
    ]


def test_an_asset_named_by_guid_and_by_workspace_is_tied() -> None:
    """Run history names assets by the workspace's GUID."""
    settled = link(run("c", outputs={"out": {"assetId": f"{LOCATED}/data/x/versions/1"}}), workspace(), job("p"))
    assert edges(settled, relation="sameAs") == [
        "guid:data/x/versions/1 sameAs data/x/versions/1 SERVICE_FIELD CONFIRMED"
    ]


def test_runs_without_metadata_say_nothing() -> None:
    """A body may be empty, or a list answer cut short."""
    record = run("c")
    record.body.clear()
    assert edges(link(record)) == []


def test_an_asset_that_a_reused_step_passes_on_is_not_its_doing() -> None:
    """Else the later run would be a cause of what the earlier one made."""
    asset = {"assetId": f"{LOCATED}/data/azureml_c0_output_data_out/versions/1"}
    again = run("c", dataContainerId="dcid.c0", outputs={"out": asset})
    settled = link(run("c0", outputs={"out": asset}), again)
    assert edges(settled, relation="wasDerivedFrom") == [
        "guid:data/azureml_c0_output_data_out/versions/1 wasDerivedFrom jobs/c0/outputs/out RUN_HISTORY CONFIRMED",
        "jobs/c/outputs/out wasDerivedFrom guid:data/azureml_c0_output_data_out/versions/1 RUN_HISTORY CONFIRMED",
    ]
    named = run("c", dataContainerId="dcid.c0", outputs={"out": {"assetId": "azureml:clean:1"}})
    assert edges(link(named), relation="wasDerivedFrom") == [
        "jobs/c/outputs/out wasDerivedFrom data/clean/versions/1 RUN_HISTORY CONFIRMED"
    ]
    pipeline = run("p", outputs={"best": asset})
    assert edges(link(pipeline), relation="wasDerivedFrom") == [
        "jobs/p/outputs/best wasDerivedFrom guid:data/azureml_c0_output_data_out/versions/1 RUN_HISTORY CONFIRMED"
    ]
    unreadable = run("c", outputs={"out": {"assetId": "azureml://registries/r/environments/e/versions/1"}})
    assert loose(link(unreadable)) == ["jobs/c runMetadata.outputs.out.assetId OPAQUE"]
