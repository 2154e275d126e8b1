"""The object types: one for each kind of thing, with the facts that Azure ML says about it.

Every fact is a plain attribute, copied when the object is made. A fact is null
when no record of the service said it, whatever the reason; the thing's `state`
and `reason` tell which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import strawberry

from lineage.api.lineages import THINGS, LineageNode, Node
from lineage.api.words import DateTime
from lineage.ids import Kind
from lineage.lookup import Found

Copies = tuple[tuple[str, str, Callable[[Any], Any]], ...]
L = TypeVar("L", bound=type[LineageNode])


def as_text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def as_instant(value: Any) -> DateTime | None:
    return DateTime(str(value)) if value else None


@strawberry.type(description="A tag that somebody set on a thing in Azure ML.")
class Tag:
    key: str = strawberry.field(description="The tag's name.")
    value: str | None = strawberry.field(description="The tag's value; null when it has none.")


@strawberry.type(
    description="The git checkout that a job was submitted from, as the client that submitted it found it."
)
class Git:
    repository: str | None = strawberry.field(
        description="Address of the remote, with secrets removed; null when it has none."
    )
    branch: str | None = strawberry.field(description="The branch; null when no record says.")
    commit: str | None = strawberry.field(description="The commit's hash; null when no record says.")
    is_dirty: bool | None = strawberry.field(
        description="Whether files differed from the commit, so that the commit does not tell the code; null when no "
        "record says."
    )


def as_git(value: Any) -> Git | None:
    if not isinstance(value, dict):
        return None
    dirty = as_text(value.get("dirty"))
    return Git(
        repository=as_text(value.get("repo")),
        branch=as_text(value.get("branch")),
        commit=as_text(value.get("commit")),
        is_dirty=None if dirty is None else dirty.lower() == "true",
    )


def as_names(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def as_tags(value: Any) -> list[Tag]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [Tag(key=str(key), value=as_text(told)) for key, told in sorted(pairs)]


def a(kind: Kind, description: str) -> Callable[[L], L]:
    """Make a class the object type of a kind."""

    def made(cls: L) -> L:
        thing: Any = strawberry.type(cls, name=_NAMES.get(kind, kind.value), description=description)
        THINGS[kind] = thing
        return cls

    return made


_NAMES = {Kind.OTHER: "OtherThing"}

_DESCRIPTION = "The description somebody wrote in Azure ML; null when there is none."
_TAGS = "The tags somebody set in Azure ML, by key; empty when there are none or no record says."
_VERSION = "The version as Azure ML writes it: text, often digits; null when no record says."


@a(Kind.MODEL_VERSION, "One version of a registered model (Azure ML `models/{name}/versions/{version}`).")
class ModelVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    type: str | None = strawberry.field(
        description="Model type, `custom_model`, `mlflow_model` or `triton_model` (`properties.modelType`); null when "
        "no record says."
    )
    stage: str | None = strawberry.field(
        description="The stage somebody gave it, such as `Production` (`properties.stage`); null when none was given."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    flavors: list[str] = strawberry.field(
        description="The MLflow flavors it can be loaded as (`properties.flavors`); empty when it has none or no "
        "record says."
    )
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("type", "type", as_text),
        ("stage", "stage", as_text),
        ("description", "description", as_text),
        ("flavors", "flavors", as_names),
        ("tags", "tags", as_tags),
    )


@a(Kind.MODEL, "A registered model without a version: the container of its versions (Azure ML `models/{name}`).")
class Model(LineageNode, Node):
    latest_version: str | None = strawberry.field(
        description="The version that the service calls latest (`properties.latestVersion`); null when no record says."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("latest_version", "latestVersion", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.DATA_VERSION, "One version of a registered data asset (Azure ML `data/{name}/versions/{version}`).")
class DataVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    type: str | None = strawberry.field(
        description="Data type, `uri_file`, `uri_folder` or `mltable` (`properties.dataType`); null when no record "
        "says."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("type", "type", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.ENVIRONMENT_VERSION, "One version of an environment (Azure ML `environments/{name}/versions/{version}`).")
class EnvironmentVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    image: str | None = strawberry.field(
        description="The base image (`properties.image`); null when it is built from a Dockerfile or no record says."
    )
    os: str | None = strawberry.field(
        description="The operating system, `Linux` or `Windows` (`properties.osType`); null when no record says."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("image", "image", as_text),
        ("os", "os", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.COMPONENT_VERSION, "One version of a component (Azure ML `components/{name}/versions/{version}`).")
class ComponentVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    display_name: str | None = strawberry.field(
        description="The name that the studio shows (`componentSpec.display_name`); null when no record says."
    )
    type: str | None = strawberry.field(
        description="Component type, such as `command` or `pipeline` (`componentSpec.type`); null when no record says."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("display_name", "displayName", as_text),
        ("type", "type", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.CODE_VERSION, "One uploaded snapshot of code (Azure ML `codes/{name}/versions/{version}`).")
class CodeVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    hash: str | None = strawberry.field(
        description="SHA-256 of the snapshot's files, hex (`properties.properties.hash_sha256`); null when no record "
        "says."
    )
    copies: ClassVar[Copies] = (("version", "version", as_text), ("hash", "hash", as_text))


@a(Kind.ASSET_VERSION, "One version of an asset of another type (feature set, evaluator, flow and others).")
class AssetVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=_VERSION)
    copies: ClassVar[Copies] = (("version", "version", as_text),)


@a(Kind.JOB, "One execution (Azure ML `jobs/{name}`; MLflow and OpenLineage call it a run).")
class Job(LineageNode, Node):
    display_name: str | None = strawberry.field(
        description="The name that the studio shows (`properties.displayName`); null when no record says."
    )
    type: str | None = strawberry.field(
        description="Job type, such as `Command`, `Pipeline`, `Sweep` or `AutoML` (`properties.jobType`; for a child "
        "of a pipeline the run history's `runType`); null when no record says."
    )
    status: str | None = strawberry.field(
        description="Status at the time of the crawl, such as `Completed` or `Failed` (`properties.status`); null when "
        "no record says."
    )
    experiment: str | None = strawberry.field(
        description="The experiment it belongs to (`properties.experimentName`); null when no record says."
    )
    started_at: DateTime | None = strawberry.field(
        description="When it began to run (`startTimeUtc`); null when it has not or no record says."
    )
    ended_at: DateTime | None = strawberry.field(
        description="When it ended (`endTimeUtc`); null when it has not or no record says."
    )
    compute: str | None = strawberry.field(
        description="Name of the compute it ran on (`properties.computeId`, or the run's `target`); null when no "
        "record says."
    )
    git: Git | None = strawberry.field(
        description="The state of the git checkout it was submitted from; null when no record says."
    )
    description: str | None = strawberry.field(description=_DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("display_name", "displayName", as_text),
        ("type", "jobType", as_text),
        ("status", "status", as_text),
        ("experiment", "experiment", as_text),
        ("started_at", "startTime", as_instant),
        ("ended_at", "endTime", as_instant),
        ("compute", "compute", as_text),
        ("git", "git", as_git),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.JOB_OUTPUT, "A result of a job, by the output's name (Azure ML `jobs/{job}/outputs/{output}`).")
class JobOutput(LineageNode, Node):
    copies: ClassVar[Copies] = ()


@a(Kind.LOCATION, "A place in a storage account or a datastore. What lies inside it is a place of its own.")
class Location(LineageNode, Node):
    copies: ClassVar[Copies] = ()


@a(Kind.DATASTORE, "A datastore of a workspace (Azure ML `datastores/{name}`).")
class Datastore(LineageNode, Node):
    type: str | None = strawberry.field(
        description="Datastore type, such as `AzureBlob` (`properties.datastoreType`); null when no record says."
    )
    storage: str | None = strawberry.field(
        description="The storage place it stands for, `https://ACCOUNT.blob.…/CONTAINER`; null when no record says."
    )
    copies: ClassVar[Copies] = (("type", "type", as_text), ("storage", "storage", as_text))


@a(Kind.COMPUTE, "A compute target (Azure ML `computes/{name}`).")
class Compute(LineageNode, Node):
    copies: ClassVar[Copies] = ()


@a(Kind.ENDPOINT, "An online or batch endpoint (Azure ML `onlineEndpoints/{name}`, `batchEndpoints/{name}`).")
class Endpoint(LineageNode, Node):
    scoring_uri: str | None = strawberry.field(
        description="The address that callers use (`properties.scoringUri`); null when no record says."
    )
    provisioning_state: str | None = strawberry.field(
        description="Whether it could be set up, such as `Succeeded` (`properties.provisioningState`); null when no "
        "record says."
    )
    tags: list[Tag] = strawberry.field(description=_TAGS)
    copies: ClassVar[Copies] = (
        ("scoring_uri", "scoringUri", as_text),
        ("provisioning_state", "provisioningState", as_text),
        ("tags", "tags", as_tags),
    )


@a(Kind.DEPLOYMENT, "A deployment behind an endpoint (Azure ML `…Endpoints/{endpoint}/deployments/{name}`).")
class Deployment(LineageNode, Node):
    instance_type: str | None = strawberry.field(
        description="The machine size it runs on (`properties.instanceType`); null when no record says."
    )
    provisioning_state: str | None = strawberry.field(
        description="Whether it could be set up, such as `Succeeded` (`properties.provisioningState`); null when no "
        "record says."
    )
    copies: ClassVar[Copies] = (
        ("instance_type", "instanceType", as_text),
        ("provisioning_state", "provisioningState", as_text),
    )

    @strawberry.field(
        description="Percent of the endpoint's live requests that it gets (the endpoint's `properties.traffic`); null "
        "for a batch deployment or when the service did not say."
    )
    def traffic(self) -> int | None:
        return self.page.served(self.found.node).traffic

    @strawberry.field(
        description="Percent of the endpoint's live requests that are copied to it without its answer being used "
        "(`properties.mirrorTraffic`); null when the service did not say."
    )
    def mirror_traffic(self) -> int | None:
        return self.page.served(self.found.node).mirror

    @strawberry.field(description="The endpoint it stands behind; null when no record says.")
    def endpoint(self) -> Endpoint | None:
        endpoint = self.page.served(self.found.node).endpoint
        if endpoint is None:
            return None
        return Endpoint.build(Found(endpoint), self.page.around((endpoint.key,)))


@a(Kind.WORKSPACE, "An Azure ML workspace.")
class Workspace(LineageNode, Node):
    guid: str | None = strawberry.field(
        description="The GUID by which data-plane names call it (`properties.workspaceId`); null when no record says."
    )
    location: str | None = strawberry.field(description="The Azure region; null when no record says.")
    copies: ClassVar[Copies] = (("guid", "guid", as_text), ("location", "location", as_text))


@a(Kind.REGISTRY, "An Azure ML registry: models and other assets shared between workspaces.")
class Registry(LineageNode, Node):
    location: str | None = strawberry.field(description="The primary Azure region; null when no record says.")
    copies: ClassVar[Copies] = (("location", "location", as_text),)


@a(Kind.OTHER, "Anything else with an absolute name: a schedule, the container of a dataset, an experiment.")
class OtherThing(LineageNode, Node):
    copies: ClassVar[Copies] = ()
