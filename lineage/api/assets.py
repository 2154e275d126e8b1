"""The object types of registered assets: models, data, environments, components, code and the rest."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from lineage.api.arguments import When
from lineage.api.findings import FindingConnection, ThingFindings, findings_of
from lineage.api.lineages import LineageNode, Node
from lineage.api.paging import After, First
from lineage.api.telling import (
    DESCRIPTION,
    TAGS,
    VERSION,
    Copies,
    Tag,
    a,
    as_names,
    as_tags,
    as_text,
    detail,
    fact,
    noted,
    other,
)
from lineage.details import Pair
from lineage.graph import Relation
from lineage.ids import Kind


def _anonymous() -> Any:
    return detail(
        "is_anonymous",
        bool | None,
        "Whether the service made it for a job and no list of the studio shows it (`properties.isAnonymous`); null "
        "when no record says.",
    )


@strawberry.type(description="A data set that a model version names as what it was made with.")
class ModelDataset:
    name: str = strawberry.field(description="The name it goes by there, such as `training`.")
    reference: str | None = strawberry.field(description="The asset id as it stands there; null when there is none.")


def _datasets(pairs: tuple[Pair, ...]) -> list[ModelDataset]:
    return [ModelDataset(name=one.name, reference=one.value) for one in pairs]


@strawberry.type(description="A name that points to one version of a model, and may be moved to another (MLflow).")
class ModelAlias:
    name: str = strawberry.field(description="The alias, such as `champion`.")
    version: str | None = strawberry.field(description="The version it points to; null when no record says.")


def _aliases(value: Any) -> list[ModelAlias]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [ModelAlias(name=str(name), version=as_text(version)) for name, version in sorted(pairs)]


@a(Kind.MODEL_VERSION, "One version of a registered model (Azure ML `models/{name}/versions/{version}`).")
class ModelVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    type: str | None = strawberry.field(
        description="Model type, `custom_model`, `mlflow_model` or `triton_model` (`properties.modelType`); null when "
        "no record says."
    )
    stage: str | None = strawberry.field(
        description="The stage somebody gave it, such as `Production` (`properties.stage`); null when none was given."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    flavors: list[str] = strawberry.field(
        description="The MLflow flavors it can be loaded as (`properties.flavors`); empty when it has none or no "
        "record says."
    )
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("type", "type", as_text),
        ("stage", "stage", as_text),
        ("description", "description", as_text),
        ("flavors", "flavors", as_names),
        ("tags", "tags", as_tags),
    )
    aliases = fact(
        "aliases",
        list[str],
        "The MLflow aliases that point to it, such as `champion`; empty when there are none or no MLflow server was "
        "asked.",
        as_names,
    )
    is_anonymous = _anonymous()
    source = detail(
        "source",
        str | None,
        "Where its files lie, as it was registered (`properties.modelUri`, on an MLflow server `source`); null when no "
        "record says.",
    )
    job_name = detail(
        "job",
        str | None,
        "Name of the job that the service noted at registration (`properties.jobName`, on an MLflow server `run_id`); "
        "null when it noted none. `upstream` tells the job that made it, with how surely.",
    )
    origin = detail(
        "origin",
        str | None,
        "Of a copy in a registry, the asset id it was copied from (`properties.originAssetId`); null for any other.",
    )
    datasets = detail(
        "datasets",
        list[ModelDataset],
        "The data sets it names as what it was made with (`properties.datasets`), at most 200; empty when it names "
        "none.",
        _datasets,
    )
    provisioning_state = detail(
        "provisioning_state",
        str | None,
        "Whether it could be set up, such as `Succeeded` (`properties.provisioningState`); null when no record says.",
    )
    properties = noted()

    @strawberry.field(
        description="The model version it was copied from (link `COPIED_FROM`); null when it is no copy, or of "
        "something that nothing names."
    )
    def copied_from(self) -> ModelVersion | None:
        return other(self, Relation.COPIED_FROM, ModelVersion)

    @strawberry.field(
        description="What an auditor would ask about it, about what it was made from, and about what deploys and tests "
        "it: the weightiest first. Null only beside an error."
    )
    def findings(
        self,
        first: First,
        after: After = None,
        filter: ThingFindings = None,  # noqa: A002
        as_of: When = None,
    ) -> FindingConnection | None:
        return findings_of(self, first, after, filter, as_of)


@a(Kind.MODEL, "A registered model without a version: the container of its versions (Azure ML `models/{name}`).")
class Model(LineageNode, Node):
    latest_version: str | None = strawberry.field(
        description="The version that the service calls latest (`properties.latestVersion`); null when no record says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("latest_version", "latestVersion", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )
    version_aliases = fact(
        "aliases",
        list[ModelAlias],
        "The MLflow aliases of its versions, by name; empty when there are none or no MLflow server was asked.",
        _aliases,
    )
    properties = noted()


@a(Kind.DATA_VERSION, "One version of a registered data asset (Azure ML `data/{name}/versions/{version}`).")
class DataVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    type: str | None = strawberry.field(
        description="Data type, `uri_file`, `uri_folder` or `mltable` (`properties.dataType`); null when no record "
        "says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("type", "type", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )
    is_anonymous = _anonymous()
    path = detail(
        "source",
        str | None,
        "Where it lies, as it was registered (`properties.dataUri`; of a data set on an MLflow server `source`); null "
        "when no record says.",
    )
    referenced_uris = detail(
        "referenced",
        list[str],
        "The places that an `mltable` reads from (`properties.referencedUris`), at most 200; empty for other types or "
        "when no record says.",
        as_names,
    )
    digest = detail("digest", str | None, "Of a data set that an MLflow run logged, its digest; null for a data asset.")
    properties = noted()


@strawberry.type(description="Where an environment's image is built from.")
class EnvironmentBuild:
    context: str = strawberry.field(description="The folder that is built (`properties.build.contextUri`).")
    dockerfile: str | None = strawberry.field(
        description="The Dockerfile in it (`properties.build.dockerfilePath`); null means `Dockerfile`."
    )


@a(Kind.ENVIRONMENT_VERSION, "One version of an environment (Azure ML `environments/{name}/versions/{version}`).")
class EnvironmentVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    image: str | None = strawberry.field(
        description="The base image (`properties.image`); null when it is built from a Dockerfile or no record says."
    )
    os: str | None = strawberry.field(
        description="The operating system, `Linux` or `Windows` (`properties.osType`); null when no record says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("image", "image", as_text),
        ("os", "os", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )
    is_anonymous = _anonymous()
    type = detail(
        "type",
        str | None,
        "Who keeps it, `Curated` (Microsoft) or `UserCreated` (`properties.environmentType`); null when no record "
        "says.",
    )
    conda = detail(
        "conda",
        str | None,
        "The conda file, up to 100,000 characters (`properties.condaFile`); null when it has none or no record says.",
    )
    properties = noted()

    @strawberry.field(
        description="The digest that pins the base image (`sha256:…` in `properties.image`); null when the image is "
        "named by a tag, which may be moved, or there is none."
    )
    def image_digest(self) -> str | None:
        image = str(self.found.node.facts.get("image") or "")
        return image.partition("@")[2] or None

    @strawberry.field(description="Where its image is built from; null when it is not built, or no record says.")
    def build_context(self) -> EnvironmentBuild | None:
        told = self.page.details(self.found.node)
        return EnvironmentBuild(context=told.context, dockerfile=told.dockerfile) if told.context else None


@a(Kind.COMPONENT_VERSION, "One version of a component (Azure ML `components/{name}/versions/{version}`).")
class ComponentVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    display_name: str | None = strawberry.field(
        description="The name that the studio shows (`componentSpec.display_name`); null when no record says."
    )
    type: str | None = strawberry.field(
        description="Component type, such as `command` or `pipeline` (`componentSpec.type`); null when no record says."
    )
    description: str | None = strawberry.field(description=DESCRIPTION)
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("version", "version", as_text),
        ("display_name", "displayName", as_text),
        ("type", "type", as_text),
        ("description", "description", as_text),
        ("tags", "tags", as_tags),
    )
    is_anonymous = _anonymous()
    command = detail(
        "command",
        str | None,
        "What it runs, with secrets removed (`componentSpec.command`); null when it runs no command or no record says.",
    )
    is_deterministic = detail(
        "is_deterministic",
        bool | None,
        "Whether equal inputs may reuse an earlier result (`componentSpec.is_deterministic`); null when no record "
        "says.",
    )
    properties = noted()


@a(Kind.CODE_VERSION, "One uploaded snapshot of code (Azure ML `codes/{name}/versions/{version}`).")
class CodeVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    hash: str | None = strawberry.field(
        description="SHA-256 of the snapshot's files, hex (`properties.properties.hash_sha256`); null when no record "
        "says."
    )
    copies: ClassVar[Copies] = (("version", "version", as_text), ("hash", "hash", as_text))
    is_anonymous = _anonymous()
    path = detail("source", str | None, "Where its files lie (`properties.codeUri`); null when no record says.")
    properties = noted()


@a(Kind.ASSET_VERSION, "One version of an asset of another type (feature set, evaluator, flow and others).")
class AssetVersion(LineageNode, Node):
    version: str | None = strawberry.field(description=VERSION)
    copies: ClassVar[Copies] = (("version", "version", as_text),)
    is_anonymous = _anonymous()
    path = detail("source", str | None, "Where its files lie (`properties.path`); null when no record says.")
    properties = noted()
