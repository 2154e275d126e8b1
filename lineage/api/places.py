"""The object types of where things lie and live: storage, compute, workspaces, registries, and anything else."""

from __future__ import annotations

from typing import ClassVar

import strawberry

from lineage import locations
from lineage.api.lineages import LineageNode, Node
from lineage.api.telling import DESCRIPTION, Copies, Tag, a, as_names, as_tags, as_text, detail, fact, noted, tags_of
from lineage.api.words import DateTime
from lineage.ids import Kind
from lineage.ports import ScopeCoverage


@a(Kind.LOCATION, "A place in a storage account or a datastore. What lies inside it is a place of its own.")
class Location(LineageNode, Node):
    copies: ClassVar[Copies] = ()

    @strawberry.field(
        description="What the path is in, as a canonical reference: a container of a storage account, or a datastore."
    )
    def root_reference(self) -> str:
        return locations.split(self.reference)[0]

    @strawberry.field(
        description="The path below `rootReference`, without a slash before it; null for the root itself."
    )
    def path(self) -> str | None:
        return locations.split(self.reference)[1] or None

    @strawberry.field(
        description="The storage place that a path in a datastore stands for, `https://ACCOUNT.blob.…/CONTAINER/PATH`, "
        "where the datastore was read; null when it was not, and for a place that has that form already."
    )
    def storage_url(self) -> str | None:
        root, path = locations.split(self.reference)
        stands_for = self.page.view.datastores().get(root)
        return locations.join(stands_for, path) if stands_for else None


@a(Kind.DATASTORE, "A datastore of a workspace (Azure ML `datastores/{name}`).")
class Datastore(LineageNode, Node):
    type: str | None = strawberry.field(
        description="Datastore type, such as `AzureBlob` (`properties.datastoreType`); null when no record says."
    )
    storage: str | None = strawberry.field(
        description="The storage place it stands for, `https://ACCOUNT.blob.…/CONTAINER`; null when no record says."
    )
    copies: ClassVar[Copies] = (("type", "type", as_text), ("storage", "storage", as_text))
    description = fact("description", str | None, DESCRIPTION, as_text)
    account = detail(
        "account", str | None, "Name of the storage account (`properties.accountName`); null when no record says."
    )
    container = detail(
        "container",
        str | None,
        "Name of the container, file system or file share (`containerName`, `filesystem`, `fileShareName`); null when "
        "no record says.",
    )
    credentials_type = detail(
        "credentials",
        str | None,
        "What opens it, `AccountKey`, `Sas`, `ServicePrincipal` or `None` for the caller's own identity "
        "(`credentials.credentialsType`); never the secret; null when no record says.",
    )
    access_identity = detail(
        "access_identity",
        str | None,
        "As whom the service's own features read it (`serviceDataAccessAuthIdentity`); null when no record says.",
    )
    is_default = detail(
        "is_default",
        bool | None,
        "Whether the workspace puts things there that name no other (`properties.isDefault`); null when no record "
        "says.",
    )
    properties = noted()


@a(Kind.COMPUTE, "A compute target (Azure ML `computes/{name}`).")
class Compute(LineageNode, Node):
    copies: ClassVar[Copies] = ()


def _coverage(of: LineageNode) -> ScopeCoverage | None:
    return next((one for one in of.page.view.coverage() if one.scope == of.reference), None)


def _crawled(of: LineageNode) -> DateTime | None:
    told = _coverage(of)
    return DateTime(told.crawled) if told is not None else None


def _complete(of: LineageNode) -> bool | None:
    told = _coverage(of)
    return told.complete if told is not None else None


@a(Kind.WORKSPACE, "An Azure ML workspace.")
class Workspace(LineageNode, Node):
    guid: str | None = strawberry.field(
        description="The GUID by which data-plane names call it (`properties.workspaceId`); null when no record says."
    )
    location: str | None = strawberry.field(description="The Azure region; null when no record says.")
    copies: ClassVar[Copies] = (("guid", "guid", as_text), ("location", "location", as_text))
    display_name = fact(
        "friendlyName",
        str | None,
        "The name that the studio shows (`properties.friendlyName`); null when no record says.",
        as_text,
    )
    description = fact("description", str | None, DESCRIPTION, as_text)
    tags = detail("tags", list[Tag], "Its tags in Azure, by key; empty when there are none or no record says.", tags_of)
    type = detail(
        "type", str | None, "`Default`, `Hub`, `Project` or `FeatureStore` (`kind`); null when no record says."
    )
    identity = detail(
        "identity",
        str | None,
        "As whom it gets at other resources, such as `SystemAssigned` (`identity.type`); null when no record says.",
    )
    tenant = detail(
        "tenant", str | None, "Id of its Entra ID tenant (`properties.tenantId`); null when no record says."
    )
    storage_account = detail(
        "storage_account", str | None, "ARM id of its storage account (`storageAccount`); null when no record says."
    )
    key_vault = detail("key_vault", str | None, "ARM id of its key vault (`keyVault`); null when no record says.")
    container_registry = detail(
        "container_registry",
        str | None,
        "ARM id of its container registry (`containerRegistry`); null when it has none yet or no record says.",
    )
    app_insights = detail(
        "app_insights",
        str | None,
        "ARM id of its Application Insights (`applicationInsights`); null when it has none or no record says.",
    )
    public_network_access = detail(
        "public_network_access",
        str | None,
        "Whether it answers from outside the private network, `Enabled` or `Disabled`; null when no record says.",
    )
    is_high_business_impact = detail(
        "high_business_impact",
        bool | None,
        "Whether it was made for sensitive data, so that Microsoft collects less (`hbiWorkspace`); null when no record "
        "says.",
    )
    tracking_uri = detail(
        "tracking_uri",
        str | None,
        "Address of its MLflow server (`properties.mlFlowTrackingUri`); null when no record says.",
    )

    @strawberry.field(description="When a crawl read it last, as of this generation; null when none did.")
    def crawled_at(self) -> DateTime | None:
        return _crawled(self)

    @strawberry.field(description="Whether each of its listings was read to the end; null when no crawl read it.")
    def is_complete(self) -> bool | None:
        return _complete(self)


@a(Kind.REGISTRY, "An Azure ML registry: models and other assets shared between workspaces.")
class Registry(LineageNode, Node):
    copies: ClassVar[Copies] = ()
    location = detail(
        "location", str | None, "The primary Azure region (discovery's `primaryRegion`); null when no record says."
    )
    regions = detail(
        "regions",
        list[str],
        "The regions it is replicated to (discovery's `regions`); empty when no record says.",
        as_names,
    )
    subscription = detail(
        "subscription", str | None, "Id of its subscription (discovery's `subscriptionId`); null when no record says."
    )
    resource_group = detail(
        "resource_group", str | None, "Its resource group (discovery's `resourceGroup`); null when no record says."
    )
    tenant = detail("tenant", str | None, "Id of its Entra ID tenant; null when no record says.")

    @strawberry.field(description="When a crawl read it last, as of this generation; null when none did.")
    def crawled_at(self) -> DateTime | None:
        return _crawled(self)

    @strawberry.field(description="Whether each of its listings was read to the end; null when no crawl read it.")
    def is_complete(self) -> bool | None:
        return _complete(self)


@a(Kind.OTHER, "Anything else with an absolute name: the container of a dataset, an experiment.")
class OtherThing(LineageNode, Node):
    copies: ClassVar[Copies] = ()
    description = fact("description", str | None, DESCRIPTION, as_text)
    latest_version = fact(
        "latestVersion",
        str | None,
        "Of the container of an asset, the version that the service calls latest (`properties.latestVersion`); null "
        "for anything else or when no record says.",
        as_text,
    )

    @strawberry.field(description="The tags somebody set in Azure ML, by key; empty when there are none.")
    def tags(self) -> list[Tag]:
        return as_tags(self.found.node.facts.get("tags"))
