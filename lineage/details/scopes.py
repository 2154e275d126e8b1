"""What the records of workspaces, registries and datastores say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lineage.details.pairs import Authors, Pair, authors, body, names, pairs, said, truth
from lineage.linking.bodies import obj
from lineage.records import Record


class WorkspaceDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace. type: `Default`, `Hub`, `Project`, `FeatureStore`. The other resources are ARM ids."""

    authors: Authors = Authors()
    tags: tuple[Pair, ...] = ()
    type: str | None = None
    identity: str | None = None
    tenant: str | None = None
    storage_account: str | None = None
    key_vault: str | None = None
    container_registry: str | None = None
    app_insights: str | None = None
    public_network_access: str | None = None
    high_business_impact: bool | None = None
    tracking_uri: str | None = None


class RegistryDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A registry. location: the primary region; regions: all it is replicated to."""

    authors: Authors = Authors()
    location: str | None = None
    regions: tuple[str, ...] = ()
    subscription: str | None = None
    resource_group: str | None = None
    tenant: str | None = None


class DatastoreDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A datastore. credentials: the kind, `AccountKey`, `Sas`, `None`, `ServicePrincipal`; never what they are."""

    authors: Authors = Authors()
    properties: tuple[Pair, ...] = ()
    account: str | None = None
    container: str | None = None
    credentials: str | None = None
    access_identity: str | None = None
    is_default: bool | None = None


def workspace(records: Sequence[Record]) -> WorkspaceDetails:
    told = body(records)
    properties = obj(told, "properties")
    return WorkspaceDetails(
        authors=authors(records),
        tags=pairs(obj(told, "tags")),
        type=said(told, "kind"),
        identity=said(obj(told, "identity"), "type"),
        tenant=said(properties, "tenantId"),
        storage_account=said(properties, "storageAccount"),
        key_vault=said(properties, "keyVault"),
        container_registry=said(properties, "containerRegistry"),
        app_insights=said(properties, "applicationInsights"),
        public_network_access=said(properties, "publicNetworkAccess"),
        high_business_impact=truth(properties, "hbiWorkspace"),
        tracking_uri=said(properties, "mlFlowTrackingUri"),
    )


def registry(records: Sequence[Record]) -> RegistryDetails:
    """The answer of registry discovery."""
    told = body(records)
    return RegistryDetails(
        authors=authors(records),
        location=said(told, "primaryRegion"),
        regions=names(told.get("regions")),
        subscription=said(told, "subscriptionId"),
        resource_group=said(told, "resourceGroup"),
        tenant=said(told, "tenantId"),
    )


def datastore(records: Sequence[Record]) -> DatastoreDetails:
    properties = obj(body(records), "properties")
    return DatastoreDetails(
        authors=authors(records),
        properties=pairs(obj(properties, "properties")),
        account=said(properties, "accountName") or said(properties, "storeName"),
        container=said(properties, "containerName")
        or said(properties, "filesystem")
        or said(properties, "fileShareName"),
        credentials=said(obj(properties, "credentials"), "credentialsType"),
        access_identity=said(properties, "serviceDataAccessAuthIdentity"),
        is_default=truth(properties, "isDefault"),
    )
