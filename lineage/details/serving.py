"""What the records of endpoints and deployments say."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from lineage.details.pairs import Authors, Pair, authors, body, number, pairs, said, truth
from lineage.linking.bodies import obj
from lineage.records import Record


class EndpointDetails(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint. auth_mode: `Key`, `AMLToken`, `AADToken`. default: of a batch endpoint, the deployment it runs."""

    authors: Authors = Authors()
    properties: tuple[Pair, ...] = ()
    auth_mode: str | None = None
    identity: str | None = None
    location: str | None = None
    public_network_access: str | None = None
    default: str | None = None


class DeploymentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment. model: as it was submitted. scale: `Default`, `TargetUtilization`. timeout: ISO 8601 duration."""

    authors: Authors = Authors()
    properties: tuple[Pair, ...] = ()
    model: str | None = None
    instance_count: int | None = None
    compute: str | None = None
    scoring_script: str | None = None
    scale: str | None = None
    min_instances: int | None = None
    max_instances: int | None = None
    timeout: str | None = None
    collects_data: bool | None = None
    app_insights: bool | None = None
    egress: str | None = None
    location: str | None = None


def endpoint(records: Sequence[Record]) -> EndpointDetails:
    told = body(records)
    properties = obj(told, "properties")
    return EndpointDetails(
        authors=authors(records),
        properties=pairs(obj(properties, "properties")),
        auth_mode=said(properties, "authMode"),
        identity=said(obj(told, "identity"), "type"),
        location=said(told, "location"),
        public_network_access=said(properties, "publicNetworkAccess"),
        default=said(obj(properties, "defaults"), "deploymentName"),
    )


def deployment(records: Sequence[Record]) -> DeploymentDetails:
    told = body(records)
    properties = obj(told, "properties")
    model, scale = obj(properties, "model"), obj(properties, "scaleSettings")
    count = number(obj(properties, "resources"), "instanceCount")
    collector = properties.get("dataCollector", ())
    return DeploymentDetails(
        authors=authors(records),
        properties=pairs(obj(properties, "properties")),
        model=said(properties, "model") or said(model, "assetId") or said(model, "path"),
        instance_count=number(obj(told, "sku"), "capacity") if count is None else count,
        compute=(said(properties, "compute") or "").rpartition("/")[2] or None,
        scoring_script=said(obj(properties, "codeConfiguration"), "scoringScript"),
        scale=said(scale, "scaleType"),
        min_instances=number(scale, "minInstances"),
        max_instances=number(scale, "maxInstances"),
        timeout=said(obj(properties, "requestSettings"), "requestTimeout"),
        collects_data=None if collector == () else bool(obj(collector, "collections")),
        app_insights=truth(properties, "appInsightsEnabled"),
        egress=said(properties, "egressPublicNetworkAccess"),
        location=said(told, "location"),
    )
