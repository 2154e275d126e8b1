"""References: every way in which Azure ML, MLflow and Azure storage spell what they refer to.

A reference is to a workspace what a relative link is to a page: `parse` reads
the text into a typed value, `resolve` gives the absolute name of the thing
once the workspace is known.

    azureml://jobs/J/outputs/O[/paths/P]                 JobOutputRef     runs:/R/P   RunRef
    azureml://datastores/D/paths/P                       DatastoreRef     https://A.blob.…/C/P   StorageRef
    azureml://[registries/R/]models/N/versions/V         AssetRef         models:/N/V   ModelsRef
    azureml:NAME:VERSION   azureml:NAME@LABEL            NameRef
    /subscriptions/S/…/workspaces/W/…  (ARM)             the same forms
    mlflow+https://HOST/{jobs/R,models/N/versions/V,…}   the same forms, on an MLflow server
    ${{…}}, {…}, <…> anywhere                            TemplateRef
    text in no scheme of these                           LocalRef, ExternalRef, OpaqueRef

The modules `jobs`, `assets`, `places`, `resources` and `others` hold the whole
table. `parse` is total over text it does not own (kept verbatim) and strict
over text it does: a near miss raises `InvalidReference` with the position and
what was expected, rather than guess. Query strings are dropped before anything
else, because that is where secrets are. `parse(str(parse(t))) == parse(t)`.
"""

from lineage.references.assets import (
    AssetRef,
    ComponentIdRef,
    LegacyAssetRef,
    LoggedModelRef,
    ModelsRef,
    NameRef,
    RegistryArtifactRef,
)
from lineage.references.base import Form as Reference
from lineage.references.jobs import (
    EntityRef,
    ExperimentRef,
    FlowRef,
    JobOutputRef,
    JobRef,
    RunArtifactRef,
    RunRef,
    TrackingRef,
)
from lineage.references.materialised import (
    Materialised,
    content_hash,
    implicit_asset,
    is_local_upload,
    materialised,
)
from lineage.references.others import ExternalRef, LocalRef, MlflowArtifactRef, OpaqueRef, TemplateRef
from lineage.references.places import ArtifactRef, DataLakeRef, DatastoreRef, StorageRef, StoredPathRef
from lineage.references.resources import (
    ArmRef,
    ComputeRef,
    DeploymentRef,
    EndpointRef,
    RegistryRef,
    ResourceRef,
    ServerRef,
    VirtualClusterRef,
    WorkspaceRef,
)
from lineage.references.shortcuts import parse

__all__ = [
    "ArmRef",
    "ArtifactRef",
    "AssetRef",
    "ComponentIdRef",
    "ComputeRef",
    "DataLakeRef",
    "DatastoreRef",
    "DeploymentRef",
    "EndpointRef",
    "EntityRef",
    "ExperimentRef",
    "ExternalRef",
    "FlowRef",
    "JobOutputRef",
    "JobRef",
    "LegacyAssetRef",
    "LocalRef",
    "LoggedModelRef",
    "Materialised",
    "MlflowArtifactRef",
    "ModelsRef",
    "NameRef",
    "OpaqueRef",
    "Reference",
    "RegistryArtifactRef",
    "RegistryRef",
    "ResourceRef",
    "RunArtifactRef",
    "RunRef",
    "ServerRef",
    "StorageRef",
    "StoredPathRef",
    "TemplateRef",
    "TrackingRef",
    "VirtualClusterRef",
    "WorkspaceRef",
    "content_hash",
    "implicit_asset",
    "is_local_upload",
    "materialised",
    "parse",
]
