"""What a crawl lists, and what that costs in requests.

A job can be met in a list, fifty in one request, or be got by its name, one in
one request. Listing is complete and sees what nobody names: jobs that used
data and made nothing, a job that overwrote a folder. Getting is cheaper where a
few models of a workspace of a million jobs are wanted. So

    list    every page is read
    get     none is; the jobs that something names are got, and the crawl is not complete
    auto    the first page is read, which tells how many jobs there are. A list of up to `AT_ONCE` pages is read to its
            end whatever it costs. A longer one waits until everything else is read and it is known which jobs are
            wanted; then the cheaper of the two is done. When more and more jobs turn out to be wanted, and getting has
            cost as much as the list, the list is read after all: never more than twice the cheaper way
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

from lineage.ids import Registry, Scope

PAGE: Final = 50
"""Items on a page of the service's listings."""
BATCH: Final = 50
"""Runs asked for in one request of run history."""

AT_ONCE: Final = 250
"""Pages that are read without asking whether getting would be cheaper: reads that Azure allows at once, without a
wait. What such a list shows beyond what is named is worth more than what it costs."""

Way = Literal["auto", "list", "get"]
WAYS: Final[tuple[str, ...]] = get_args(Way)
"""How the jobs of a workspace are read."""

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
    """Plans the crawl of one workspace or registry. jobs: one of `WAYS`; at_once: as `AT_ONCE`."""

    def __init__(self, jobs: Way = "auto", at_once: int = AT_ONCE) -> None:
        self.way = jobs
        self.at_once = at_once

    def collections(self, scope: Scope, body: dict[str, Any]) -> tuple[str, ...]:
        """The collections that are listed, in this order. `body` is the scope's own."""
        if isinstance(scope, Registry):
            return _REGISTRY
        kind = body.get("kind")
        features = _FEATURE_STORE if isinstance(kind, str) and kind.lower() == "featurestore" else ()
        own = tuple(name for name in _WORKSPACE if name != "jobs") if self.way == "get" else _WORKSPACE
        return (*own, *features)

    def probe(self, collection: str) -> int:
        """As in `tasks.List`: beyond how many items more a list waits until it is known which of them are wanted."""
        return self.at_once * PAGE if collection == "jobs" and self.way == "auto" else 0

    def jobs(self, there: int, named: int, unread: int = 0) -> Price:
        """What `there` jobs cost to list, and what the `named` ones cost to get, their runs among it.

        unread: how many of those that are listed have runs that are not held.
        """
        return Price(max(1, -(-there // PAGE)) + self.runs(unread), named + self.runs(named))

    def runs(self, wanted: int, batched: bool = True) -> int:
        """Requests for the bodies that run history holds."""
        return -(-wanted // BATCH) if batched else wanted
