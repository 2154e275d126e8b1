"""Where an edge may lead, and what to tell when a reference leads nowhere."""

from __future__ import annotations

from typing import Final

from lineage import ids
from lineage.graph import LooseReason, Relation
from lineage.ids import Kind
from lineage.records import RecordKind

ALLOWED: Final[dict[Relation, frozenset[Kind]]] = {
    Relation.USED: frozenset(
        {Kind.DATA_VERSION, Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION, Kind.DATASTORE, Kind.ASSET_VERSION}
        | {Kind.JOB}
    ),
    Relation.WAS_DERIVED_FROM: frozenset(
        {Kind.DATA_VERSION, Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION, Kind.DATASTORE, Kind.ASSET_VERSION}
        | {Kind.JOB}
    ),
    Relation.RAN_IN: frozenset({Kind.ENVIRONMENT_VERSION}),
    Relation.RAN_CODE: frozenset({Kind.CODE_VERSION, Kind.LOCATION}),
    Relation.INSTANCE_OF: frozenset({Kind.COMPONENT_VERSION}),
    Relation.DEPLOYS: frozenset({Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION, Kind.JOB}),
    Relation.COPIED_FROM: frozenset({Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.ENVIRONMENT_VERSION})
    | frozenset({Kind.COMPONENT_VERSION, Kind.CODE_VERSION, Kind.ASSET_VERSION}),
    Relation.PART_OF: frozenset({Kind.JOB, Kind.ENDPOINT}),
    Relation.REUSED_FROM: frozenset({Kind.JOB}),
}
"""What a relation may lead to. A reference to anything else is a loose end, not an edge."""

REMEDIES: Final = {
    LooseReason.LOCAL_UPLOAD: "it was uploaded from a local path, so there is no job behind it; "
    "register it from the job's output to get lineage",
    LooseReason.OPAQUE: "the text names nothing that can be looked up; "
    "open the record in Azure ML studio to see what is meant",
    LooseReason.BROKEN: "the reference breaks the grammar of its scheme; "
    "correct it where it was written and crawl again",
    LooseReason.TEMPLATE: "the placeholder was never filled in; take the final path from the job's outputs in studio",
    LooseReason.TOO_BROAD: "a whole store or a prefix that every job shares says nothing about what was read; "
    "name the folder or the data asset that is meant",
    LooseReason.NO_VERSION: "no version of it was created before the record that names it; name a version, "
    "or crawl the workspace or registry that holds it",
    LooseReason.NO_WRITER: "no job that was read writes there; register the data as an asset, "
    "or crawl the workspace whose job writes it",
    LooseReason.EXTERNAL: "it lies outside Azure ML; what made it has to be told by whoever owns it",
}

UPLOADS: Final = {
    RecordKind.MODEL_VERSION: "",
    RecordKind.DATA_VERSION: "",
    RecordKind.DEPLOYMENT: "",
    RecordKind.MLFLOW_MODEL_VERSION: "",
    RecordKind.MLFLOW_DATASET: "",
    RecordKind.JOB: "it was uploaded from a local path when the job was submitted, so no job made it; "
    "register it as a data asset to give it a name and a history",
    RecordKind.RUN: "it was uploaded from a local path when the run was submitted, so no job made it; "
    "register it as a data asset to give it a name and a history",
}
"""Records for which an upload is an end worth telling; code and environments always are uploads."""

FORMS: Final = {
    "TemplateRef": LooseReason.TEMPLATE,
    "LocalRef": LooseReason.LOCAL_UPLOAD,
    "ExternalRef": LooseReason.EXTERNAL,
    "MlflowArtifactRef": LooseReason.EXTERNAL,
    "DataLakeRef": LooseReason.EXTERNAL,
}


def is_container(text: str) -> bool:
    """Whether the text names an asset without saying which version."""
    return text.rsplit("/", 2)[-2] in ids.ASSET_KINDS
