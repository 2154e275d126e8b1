"""The object types: one for each kind of thing, with what Azure ML says about it.

A fact is null when no record of the service said it, whatever the reason; the
thing's `state` and `reason` tell which. Import this module to have all of them.
"""

from __future__ import annotations

from lineage.api.assets import (
    AssetVersion,
    CodeVersion,
    ComponentVersion,
    DataVersion,
    EnvironmentVersion,
    Model,
    ModelVersion,
)
from lineage.api.executions import Git, Job, JobOutput, Schedule
from lineage.api.places import Compute, Datastore, Location, OtherThing, Registry, Workspace
from lineage.api.serving import Deployment, Endpoint
from lineage.api.telling import Tag

__all__ = [
    "AssetVersion",
    "CodeVersion",
    "ComponentVersion",
    "Compute",
    "DataVersion",
    "Datastore",
    "Deployment",
    "Endpoint",
    "EnvironmentVersion",
    "Git",
    "Job",
    "JobOutput",
    "Location",
    "Model",
    "ModelVersion",
    "OtherThing",
    "Registry",
    "Schedule",
    "Tag",
    "Workspace",
]
