"""The JSON that the service sends for each thing, shape for shape as it was recorded.

Traps kept on purpose, because the real service sets them: ids spell
`resourceGroups` while data URIs spell `resourcegroups`; instants carry seven
fractional digits and two different suffixes; a pipeline's child has no
`properties` in ARM and its whole lineage in run history; a job output without a
path of its own comes back with `uri: null`; a registry calls a version by the
model's name; environment variables, git addresses and URLs may hold secrets.
"""

from __future__ import annotations

from tests.emulator.bodies.assets import container, version
from tests.emulator.bodies.common import Json, error, run_error
from tests.emulator.bodies.jobs import job
from tests.emulator.bodies.runs import batch, run, run_type, rundata
from tests.emulator.bodies.scopes import datastore, discovery, registry, registry_discovery, workspace
from tests.emulator.bodies.serving import deployment, endpoint, schedule

__all__ = [
    "Json",
    "batch",
    "container",
    "datastore",
    "deployment",
    "discovery",
    "endpoint",
    "error",
    "job",
    "registry",
    "registry_discovery",
    "run",
    "run_error",
    "run_type",
    "rundata",
    "schedule",
    "version",
    "workspace",
]
