"""What the records of one thing say of it beyond the few facts that its node carries.

    details.of(Kind.JOB, records).command        "python train.py --lr 0.1"

A node's `facts` are what lists show, kept beside the text. These are read from
the bodies of the records when somebody asks, so they cost a crawl nothing. The
bodies were redacted before they were stored. Every field is None, or empty,
when no record says it; none of the functions raises, whatever the shape of a body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lineage.details.assets import (
    AssetDetails,
    CodeDetails,
    ComponentDetails,
    DataDetails,
    EnvironmentDetails,
    ModelDetails,
    asset,
    code,
    component,
    data,
    environment,
    model,
)
from lineage.details.executions import JobDetails, job
from lineage.details.pairs import Authors, Pair, authors
from lineage.details.ports import Port
from lineage.details.scopes import (
    DatastoreDetails,
    RegistryDetails,
    WorkspaceDetails,
    datastore,
    registry,
    workspace,
)
from lineage.details.serving import DeploymentDetails, EndpointDetails, deployment, endpoint
from lineage.details.submitting import Distribution, Failure, Sweep, Task
from lineage.details.timetable import ScheduleDetails, schedule
from lineage.ids import Kind
from lineage.records import Record

Details = (
    ModelDetails
    | DataDetails
    | EnvironmentDetails
    | ComponentDetails
    | CodeDetails
    | AssetDetails
    | JobDetails
    | EndpointDetails
    | DeploymentDetails
    | DatastoreDetails
    | WorkspaceDetails
    | RegistryDetails
    | ScheduleDetails
)

_OF: Final[Mapping[Kind, Callable[[Sequence[Record]], Details]]] = {
    Kind.MODEL_VERSION: model,
    Kind.DATA_VERSION: data,
    Kind.ENVIRONMENT_VERSION: environment,
    Kind.COMPONENT_VERSION: component,
    Kind.CODE_VERSION: code,
    Kind.JOB: job,
    Kind.ENDPOINT: endpoint,
    Kind.DEPLOYMENT: deployment,
    Kind.DATASTORE: datastore,
    Kind.WORKSPACE: workspace,
    Kind.REGISTRY: registry,
    Kind.OTHER: schedule,
}


def of(kind: Kind, records: Sequence[Record]) -> Details:
    """What these records say of the thing of this kind that they are about."""
    return _OF.get(kind, asset)(records)


__all__ = [
    "AssetDetails",
    "Authors",
    "CodeDetails",
    "ComponentDetails",
    "DataDetails",
    "DatastoreDetails",
    "DeploymentDetails",
    "Details",
    "Distribution",
    "EndpointDetails",
    "EnvironmentDetails",
    "Failure",
    "JobDetails",
    "ModelDetails",
    "Pair",
    "Port",
    "RegistryDetails",
    "ScheduleDetails",
    "Sweep",
    "Task",
    "WorkspaceDetails",
    "authors",
    "of",
]
