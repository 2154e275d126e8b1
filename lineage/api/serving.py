"""The object types of what answers requests: endpoints and the deployments behind them."""

from __future__ import annotations

from typing import Any, ClassVar

import strawberry

from lineage.api.assets import CodeVersion, EnvironmentVersion, ModelVersion
from lineage.api.lineages import LineageNode, Node
from lineage.api.telling import DESCRIPTION, TAGS, Copies, Tag, a, as_tags, as_text, detail, end, noted
from lineage.graph import Relation
from lineage.ids import Kind
from lineage.lookup import Found


@strawberry.type(description="What share of an endpoint's requests one deployment gets.")
class TrafficShare:
    deployment: str = strawberry.field(description="The deployment's name.")
    percent: int | None = strawberry.field(
        description="Percent of the live requests (`properties.traffic`); null when only requests are mirrored to it."
    )
    mirror_percent: int | None = strawberry.field(
        description="Percent of the live requests that are copied to it (`properties.mirrorTraffic`); null when none "
        "are."
    )


def _type(reference: str) -> str | None:
    return next((kind for kind in ("online", "batch", "serverless") if f"/{kind}Endpoints/" in reference), None)


def _location(of: str) -> Any:
    return detail("location", str | None, f"The Azure region {of} is in (`location`); null when no record says.")


@a(Kind.ENDPOINT, "An online or batch endpoint (Azure ML `onlineEndpoints/{name}`, `batchEndpoints/{name}`).")
class Endpoint(LineageNode, Node):
    scoring_uri: str | None = strawberry.field(
        description="The address that callers use (`properties.scoringUri`); null when no record says."
    )
    provisioning_state: str | None = strawberry.field(
        description="Whether it could be set up, such as `Succeeded` (`properties.provisioningState`); null when no "
        "record says."
    )
    tags: list[Tag] = strawberry.field(description=TAGS)
    copies: ClassVar[Copies] = (
        ("scoring_uri", "scoringUri", as_text),
        ("provisioning_state", "provisioningState", as_text),
        ("tags", "tags", as_tags),
    )
    auth_mode = detail(
        "auth_mode",
        str | None,
        "How callers prove who they are, `Key`, `AMLToken` or `AADToken` (`properties.authMode`); null when no record "
        "says.",
    )
    identity = detail(
        "identity",
        str | None,
        "As whom it gets at other resources, `SystemAssigned` or `UserAssigned` (`identity.type`); null when no record "
        "says.",
    )
    public_network_access = detail(
        "public_network_access",
        str | None,
        "Whether it answers from outside the private network, `Enabled` or `Disabled` "
        "(`properties.publicNetworkAccess`); null when no record says.",
    )
    default_deployment = detail(
        "default",
        str | None,
        "Of a batch endpoint, the deployment that runs when none is named (`defaults.deploymentName`); null for any "
        "other.",
    )
    location = _location("it")
    properties = noted()

    @strawberry.field(description="`online`, `batch` or `serverless`, by its collection; null for any other.")
    def type(self) -> str | None:
        return _type(self.reference)

    @strawberry.field(description="The description somebody wrote in Azure ML; null when there is none.")
    def description(self) -> str | None:
        return as_text(self.found.node.facts.get("description"))

    @strawberry.field(
        description="How its live requests are shared out, most first (`properties.traffic`, `mirrorTraffic`); empty "
        "for a batch endpoint or when the service did not say."
    )
    def traffic_shares(self) -> list[TrafficShare]:
        facts = self.found.node.facts
        live, mirrored = facts.get("traffic") or {}, facts.get("mirrorTraffic") or {}
        names = sorted({*live, *mirrored}, key=lambda name: (-live.get(name, -1), name))
        return [TrafficShare(deployment=one, percent=live.get(one), mirror_percent=mirrored.get(one)) for one in names]


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
    instance_count = detail(
        "instance_count",
        int | None,
        "Number of machines (`sku.capacity`, of a batch deployment `resources.instanceCount`); null when no record "
        "says.",
    )
    compute = detail(
        "compute",
        str | None,
        "Of a batch deployment, name of the compute it runs on (`properties.compute`); null for any other.",
    )
    model_reference = detail(
        "model",
        str | None,
        "The model as it was submitted (`properties.model`, `model.assetId`); null when no record says.",
    )
    scoring_script = detail(
        "scoring_script",
        str | None,
        "The script that answers (`codeConfiguration.scoringScript`); null when none is needed or no record says.",
    )
    scale_type = detail(
        "scale",
        str | None,
        "How the number of machines follows the load, `Default` or `TargetUtilization` (`scaleSettings.scaleType`); "
        "null when no record says.",
    )
    min_instances = detail(
        "min_instances", int | None, "Machines at least (`scaleSettings.minInstances`); null when it does not scale."
    )
    max_instances = detail(
        "max_instances", int | None, "Machines at most (`scaleSettings.maxInstances`); null when it does not scale."
    )
    request_timeout = detail(
        "timeout",
        str | None,
        "Longest time an answer may take, an ISO 8601 duration (`requestSettings.requestTimeout`); null when no record "
        "says.",
    )
    collects_data = detail(
        "collects_data",
        bool | None,
        "Whether requests and answers are kept for monitoring (`properties.dataCollector`); null when no record says.",
    )
    app_insights_enabled = detail(
        "app_insights",
        bool | None,
        "Whether it logs to Application Insights (`properties.appInsightsEnabled`); null when no record says.",
    )
    egress_public_network_access = detail(
        "egress",
        str | None,
        "Whether it may reach out of the private network (`egressPublicNetworkAccess`); null when no record says.",
    )
    location = _location("it")
    properties = noted()
    model = end(
        Relation.DEPLOYS,
        ModelVersion,
        "The model version that it serves (link `DEPLOYS`); null when it serves a place or none is known.",
    )
    environment = end(
        Relation.RAN_IN, EnvironmentVersion, "The environment it runs in (link `RAN_IN`); null when none is known."
    )
    code = end(Relation.RAN_CODE, CodeVersion, "The code that it runs (link `RAN_CODE`); null when none is known.")

    @strawberry.field(description="`online`, `batch` or `serverless`, as its endpoint; null for any other.")
    def type(self) -> str | None:
        return _type(self.reference)

    @strawberry.field(description=DESCRIPTION)
    def description(self) -> str | None:
        return as_text(self.found.node.facts.get("description"))

    @strawberry.field(description=TAGS)
    def tags(self) -> list[Tag]:
        return as_tags(self.found.node.facts.get("tags"))

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
