"""The words of the schema: enums over the domain's own, and the scalar `DateTime`.

A resolver hands out the domain's values as they are; only their descriptions
are added here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, EnumMeta
from typing import Any, Final, NewType

import strawberry

from lineage.catalogue import Provenance
from lineage.graph import Certainty, Derivation, LooseReason, Relation, State
from lineage.ids import Kind
from lineage.records import GapReason
from lineage.traversal import TruncationReason

DateTime = NewType("DateTime", str)
"""An instant as the service or the index wrote it."""

SCALARS: Final[Mapping[object, Any]] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description=(
            "An instant, RFC 3339. Instants of the service keep the digits that the service sent (up to seven "
            "after the second); instants of the index are UTC with `Z`."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        parse_value=str,
    ),
}


def say(enum: EnumMeta, name: str, description: str, values: Mapping[Any, str]) -> None:
    """Make a domain enum a GraphQL enum. A member without a description is a mistake and fails at import."""
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[enum[value.name]]


say(
    Kind,
    "Kind",
    "What a thing is, in Azure ML's words. Each kind has an object type of the same meaning.",
    {
        Kind.WORKSPACE: "An Azure ML workspace (`ModelVersion` and `Job` live in one). Object type `Workspace`.",
        Kind.REGISTRY: "An Azure ML registry, shared between workspaces. Object type `Registry`.",
        Kind.MODEL: "A registered model without a version (the container of its versions). Object type `Model`.",
        Kind.MODEL_VERSION: "One version of a registered model. Object type `ModelVersion`.",
        Kind.DATA_VERSION: "One version of a registered data asset. Object type `DataVersion`.",
        Kind.ENVIRONMENT_VERSION: "One version of an environment. Object type `EnvironmentVersion`.",
        Kind.COMPONENT_VERSION: "One version of a component. Object type `ComponentVersion`.",
        Kind.CODE_VERSION: "One uploaded snapshot of code. Object type `CodeVersion`.",
        Kind.ASSET_VERSION: "One version of an asset of another type (feature set, flow, …). Object type "
        "`AssetVersion`.",
        Kind.JOB: "One execution (MLflow and OpenLineage say *run*). Object type `Job`.",
        Kind.JOB_OUTPUT: "A result of a job, by the output's name. Object type `JobOutput`.",
        Kind.LOCATION: "A place in a storage account or a datastore. Object type `Location`.",
        Kind.DATASTORE: "A datastore of a workspace. Object type `Datastore`.",
        Kind.COMPUTE: "A compute target. Object type `Compute`.",
        Kind.ENDPOINT: "An online or batch endpoint. Object type `Endpoint`.",
        Kind.DEPLOYMENT: "A deployment behind an endpoint. Object type `Deployment`.",
        Kind.OTHER: "Anything else with a name: a schedule, the container of a dataset. Object type `OtherThing`.",
    },
)

say(
    State,
    "NodeState",
    "What is known of the thing itself, as of the generation that answers.",
    {
        State.LIVE: "The service showed it.",
        State.ARCHIVED: "The service showed it and marks it archived (`isArchived`).",
        State.DELETED: "Something names it and the service answers 404: deleted, or never there.",
        State.FORBIDDEN: "Something names it and the service answers 403 to the identity of the crawl.",
        State.UNRESOLVED: "Something names it and no answer of the service describes it. Places and outputs, of which "
        "the service has no record of their own, stay in this state unless a record describes them.",
    },
)

say(
    Relation,
    "Relation",
    "What a link says, from effect to cause, in the words of W3C PROV where PROV has one.",
    {
        Relation.WAS_GENERATED_BY: "An output by its job (PROV `wasGeneratedBy`), or a place by the output that "
        "wrote it.",
        Relation.WAS_DERIVED_FROM: "An asset from an output, a place or another asset (PROV `wasDerivedFrom`); also a "
        "pipeline's output from the child's output that it publishes.",
        Relation.USED: "A job, or its schedule, and an input of it (PROV `used`); the link's name is the input's name.",
        Relation.RAN_IN: "A job or deployment and its environment.",
        Relation.RAN_CODE: "A job or deployment and its code snapshot.",
        Relation.INSTANCE_OF: "A job and the component that it executes.",
        Relation.PART_OF: "A child job and its parent, a job and the schedule that started it, or a deployment and its "
        "endpoint.",
        Relation.REUSED_FROM: "A pipeline step whose result was reused, and the job that really ran.",
        Relation.COPIED_FROM: "A registry copy and the model version it was copied from (`originAssetId`).",
        Relation.DEPLOYS: "A deployment and the model version that it serves.",
        Relation.SAME_AS: "Two names of one thing, learnt from crawled facts. Followed both ways, at no depth.",
    },
)

say(
    Derivation,
    "Derivation",
    "What a link was read from.",
    {
        Derivation.SERVICE_FIELD: "A field that the service set (`jobName`, asset ids).",
        Derivation.REFERENCE: "An explicit reference to a job, a run or an asset.",
        Derivation.MATERIALISED_PATH: "A storage path that names the run (`ExperimentRun/dcid.RUN/…`, "
        "`azureml/RUN/OUTPUT/…`).",
        Derivation.RUN_HISTORY: "The run history's own fields (parent, reuse, container id).",
        Derivation.NAMING: "A naming convention of the service (implicit asset names, templates, labels).",
        Derivation.CONTAINMENT: "One storage place inside another.",
    },
)

say(
    Certainty,
    "Certainty",
    "How far a link may be trusted. There are no probabilities.",
    {
        Certainty.CONFIRMED: "The service says so.",
        Certainty.INFERRED: "It follows from a convention or from containment; the evidence says which.",
        Certainty.AMBIGUOUS: "One of several candidates, all of them told; `rank` orders them, the likeliest first.",
    },
)

say(
    TruncationReason,
    "TruncationReason",
    "Why an answer may lack something.",
    {
        TruncationReason.DEPTH: "`maxDepth` was reached and there is more beyond.",
        TruncationReason.NODE_LIMIT: "The request's node budget was used up.",
        TruncationReason.TIME_LIMIT: "The request's time was used up.",
        TruncationReason.FORBIDDEN: "A thing on the way may not be read by the identity of the crawl.",
        TruncationReason.UNRESOLVED: "A thing on the way is only named, never described.",
        TruncationReason.STALE_SCOPE: "A workspace or registry on the way was not read to the end.",
    },
)

say(
    Provenance,
    "Provenance",
    "What is known of the job behind a model version.",
    {
        Provenance.CONFIRMED: "The service says which job made it.",
        Provenance.INFERRED: "A convention or containment says which job made it.",
        Provenance.AMBIGUOUS: "One of several jobs made it.",
        Provenance.NONE: "No job is known: an upload, a deleted place, or a reference that could not be followed.",
    },
)

say(
    GapReason,
    "GapReason",
    "Why something could not be read.",
    {
        GapReason.FORBIDDEN: "403: the identity of the crawl may not read it.",
        GapReason.NOT_FOUND: "404: deleted, or never there.",
        GapReason.UNAUTHORISED: "401 in the middle of a crawl.",
        GapReason.THROTTLED: "429 beyond the crawl's patience.",
        GapReason.UNREACHABLE: "No answer: reset, timeout, or a server error to the end.",
        GapReason.UNPARSABLE: "An answer that has not the shape it should have.",
        GapReason.UNKNOWN_KIND: "A resource that this version has no rules for.",
        GapReason.HOST_REFUSED: "A link to a host outside the chosen cloud, or over plain http.",
        GapReason.LOOP: "Paging that comes back to itself.",
        GapReason.TOO_LARGE: "An answer beyond the size limit.",
        GapReason.NOT_LISTED: "A collection of which the crawl got by name what something names, to spare its list.",
    },
)

say(
    LooseReason,
    "LooseReason",
    "Why a reference could not be followed to what made it.",
    {
        LooseReason.LOCAL_UPLOAD: "Uploaded at registration: there is no job behind it.",
        LooseReason.OPAQUE: "Text in no scheme that names a thing.",
        LooseReason.BROKEN: "A known scheme with broken grammar.",
        LooseReason.TEMPLATE: "A template that was never filled in (`${{…}}`).",
        LooseReason.TOO_BROAD: "A whole store, or a prefix that everybody shares.",
        LooseReason.NO_VERSION: "A label or a name that matches no version in time.",
        LooseReason.NO_WRITER: "A place that nobody is known to have written.",
        LooseReason.EXTERNAL: "Outside Azure ML: another cloud, git, a web address.",
    },
)


class ModelOrderField(Enum):
    """By what a list of model versions is ordered."""

    REFERENCE = strawberry.enum_value(
        "reference", description="By canonical reference: workspace, then name, then version as text."
    )
    CREATED_AT = strawberry.enum_value(
        "createdAt",
        description="By time of registration (`systemData.createdAt`); versions without one come last. Each page goes "
        "over all versions.",
    )
    NAME = strawberry.enum_value(
        "name", description="By the model's name, then canonical reference. Each page goes over all versions."
    )
    MODIFIED_AT = strawberry.enum_value(
        "lastModifiedAt",
        description="By time of the last change (`systemData.lastModifiedAt`); versions without one come last. Each "
        "page goes over all versions.",
    )


class ListOrderField(Enum):
    """By what a list of things is ordered. The value is the fact."""

    REFERENCE = strawberry.enum_value(
        "reference", description="By canonical reference, which is cheapest: a page costs what it shows."
    )
    NAME = strawberry.enum_value("name", description="By name, then canonical reference.")
    CREATED_AT = strawberry.enum_value(
        "createdAt", description="By time of creation (for jobs, of submission); things without one come last."
    )
    MODIFIED_AT = strawberry.enum_value(
        "lastModifiedAt", description="By time of the last change; things without one come last."
    )
    STARTED_AT = strawberry.enum_value(
        "startTime", description="Of jobs, by when they began to run; things without such a time come last."
    )
    ENDED_AT = strawberry.enum_value(
        "endTime", description="Of jobs, by when they ended; things without such a time come last."
    )


class OrderDirection(Enum):
    """Which end of an order comes first."""

    ASC = strawberry.enum_value("asc", description="Smallest or oldest first.")
    DESC = strawberry.enum_value("desc", description="Largest or newest first.")


strawberry.enum(ModelOrderField, description="By what a list of model versions is ordered.")
strawberry.enum(
    ListOrderField,
    description="By what a list of things is ordered. Any but `REFERENCE` makes each page go over all things of the "
    "list's kind, about a second for a third of a million.",
)
strawberry.enum(OrderDirection, description="Which end of an order comes first.")
