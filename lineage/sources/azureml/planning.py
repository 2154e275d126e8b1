"""What a crawl lists, and what that costs in requests.

A job can be met in a list, fifty in one request, or be got by its name, one in
one request. Listing is complete and sees what nobody names; getting is cheaper
where a few models of a workspace of a million jobs are wanted. `Planner.jobs`
states both prices; a planner that leaves `jobs` out of `collections` has them
got by name, and the crawl is right either way.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from lineage.ids import Registry, Scope

PAGE: Final = 50
"""Items on a page of the service's listings."""
BATCH: Final = 50
"""Runs asked for in one request of run history."""

_WORKSPACE: Final = (
    *("datastores", "models", "jobs", "data", "environments", "components"),
    *("onlineEndpoints", "batchEndpoints", "schedules"),
)
_FEATURE_STORE: Final = ("featuresets", "featurestoreEntities")
_REGISTRY: Final = ("models", "data", "environments", "components")
OPTIONAL: Final = frozenset({"schedules", *_FEATURE_STORE})
"""Collections that not every workspace has; one that is not found there is empty."""


class Price(msgspec.Struct, frozen=True):
    """Requests that one way of reading costs, and the other."""

    listing: int
    getting: int

    @property
    def lists(self) -> bool:
        """Whether listing is not dearer. It sees more, so it wins a tie."""
        return self.listing <= self.getting


class Planner:
    """Plans the crawl of one workspace or registry."""

    def collections(self, scope: Scope, body: dict[str, Any]) -> tuple[str, ...]:
        """The collections that are listed, in this order. `body` is the scope's own."""
        if isinstance(scope, Registry):
            return _REGISTRY
        kind = body.get("kind")
        features = _FEATURE_STORE if isinstance(kind, str) and kind.lower() == "featurestore" else ()
        return (*_WORKSPACE, *features)

    def jobs(self, there: int, named: int) -> Price:
        """What `there` jobs cost to list, and what the `named` ones cost to get."""
        return Price(max(1, -(-there // PAGE)), named)

    def runs(self, wanted: int, batched: bool = True) -> int:
        """Requests for the bodies that run history holds."""
        return -(-wanted // BATCH) if batched else wanted
