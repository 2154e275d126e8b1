"""What the resource manager lists above workspaces: subscriptions, and what each holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator import bodies
from tests.emulator.estate import PROVIDER
from tests.emulator.things import guid

if TYPE_CHECKING:
    from tests.emulator.routes import Answer, Call, Json


def listed(call: Call) -> Answer | None:
    """The answer to a list above workspaces; None when the call is for something else."""
    from tests.emulator.routes import Answer, Refused

    match call.segments:
        case ("subscriptions",):
            return Answer("subscriptions", items=[_subscription(call, name) for name in _seen(call)])
        case ("subscriptions", name, "providers", provider, ("workspaces" | "registries") as collection):
            assert provider == PROVIDER
            route = f"subscription.{collection}"
            if name.lower() not in _seen(call):
                message = f"The subscription '{name}' could not be found."
                raise Refused(404, bodies.error("SubscriptionNotFound", message), route)
            if {name.lower(), f"{name.lower()}/{collection}"} & call.estate.closed:
                message = (
                    "The client 'lineage-reader' with object id '3d1f6a52-7c41-4c1e-9a55-2f6f3a0a9b11' does not have "
                    f"authorization to perform action '{PROVIDER}/{collection}/read' over scope "
                    f"'/subscriptions/{name}' or the scope is invalid."
                )
                raise Refused(403, bodies.error("AuthorizationFailed", message), route)
            if collection == "workspaces":
                mine = [ws for ws in call.estate.workspaces if ws.subscription.lower() == name.lower()]
                return Answer(route, items=[bodies.workspace(ws, call.url) for ws in mine])
            kept = [it for it in call.estate.registries if it.subscription.lower() == name.lower()]
            return Answer(route, items=[bodies.registry(it, call.url) for it in kept])
    return None


def _seen(call: Call) -> list[str]:
    """Subscriptions that the reader sees: its own, not those of whoever else publishes a registry."""
    own = {ws.subscription.lower() for ws in call.estate.workspaces}
    return sorted(own | {name.lower() for name in call.estate.subscriptions})


def _subscription(call: Call, name: str) -> Json:
    return {
        "id": f"/subscriptions/{name}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": name,
        "tenantId": call.estate.tenant,
        "displayName": f"contoso-{guid('name', name)[:4]}",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }
