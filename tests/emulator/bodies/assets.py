"""Containers and versions of models, data, environments, components and code."""

from __future__ import annotations

from tests.emulator.bodies.common import Json, system_data
from tests.emulator.estate import PROVIDER, Registry, Workspace
from tests.emulator.things import Model, Version


def container(scope: Workspace | Registry, collection: str, name: str, versions: list[Version]) -> Json:
    """The container of an asset; it has the latest version's number and neither its tags nor its properties."""
    latest = max(versions, key=lambda version: version.created)
    numbered = [int(v.version) for v in versions if v.version.isdigit()]
    shared = isinstance(scope, Registry)
    return {
        "id": f"{scope.arm}/{collection}/{name}",
        "name": name,
        "type": collection if shared else f"{PROVIDER}/workspaces/{collection}",
        "properties": {
            "description": None,
            "tags": {},
            "properties": {},
            "isArchived": all(version.archived for version in versions),
            "latestVersion": None if collection == "components" else latest.version,
            "nextVersion": None if collection == "components" else str(max(numbered, default=0) + 1),
        },
        "systemData": system_data(
            min(version.created for version in versions), latest.user, z=True, modified=latest.created
        ),
    }


def version(it: Version) -> Json:
    shared = isinstance(it.scope, Registry)
    own = _model_properties(it) if isinstance(it, Model) else it.body
    return {
        "id": it.arm,
        "name": it.name if shared else it.version,
        "type": it.collection if shared else f"{PROVIDER}/workspaces/{it.collection}/versions",
        "properties": {
            "description": it.description,
            "tags": it.tags,
            "properties": it.properties,
            "isArchived": it.archived,
            "isAnonymous": it.anonymous,
            **own,
        },
        "systemData": system_data(it.created, it.user),
    }


def _model_properties(it: Model) -> Json:
    shared = {"originAssetId": it.origin} if isinstance(it.scope, Registry) else {}
    return {
        "autoDeleteSetting": None,
        "flavors": it.flavors,
        "modelType": it.type,
        "modelUri": it.uri,
        "jobName": it.job_name,
        "provisioningState": "Succeeded",
        "stage": it.stage,
        "intellectualProperty": None,
        **shared,
    }
