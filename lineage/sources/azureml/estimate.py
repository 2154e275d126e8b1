"""About how many requests a crawl of a workspace or registry takes, before it asks anything.

What an earlier crawl of it listed is known to the index: then every listing is counted by its own length. Of what was
never crawled only the least is known: its hosts, and one page of each collection.

    open          the scope itself and its hosts
    COLLECTION    one request for each page of a listing, an empty one too
    …/versions    the same for the versions of each asset, the deployments of each endpoint, the children of each job
    runs          one for each batch of jobs, from run history
    by name       one for each job and version that no listing shows and something names
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from lineage.ids import Kind, Registry, Workspace
from lineage.records import Listing
from lineage.sources.azureml.planning import AT_ONCE, BATCH, PAGE, Planner, Way

ASSUMPTIONS: Final = (
    f"a page holds {PAGE} items, and a request to run history {BATCH} runs",
    "requests: everything is read again, as with --full; of what was never crawled only the first pages are counted",
    "unchanged: what is held is not read again; the lists are, and what could not be read last time",
    f"jobs: listed; with --jobs get, and of a list of more than {AT_ONCE} pages where it is cheaper, got by name",
    "not counted: what a crawl asks of other workspaces and registries, and what is asked again",
)

NAMED: Final = {
    Kind.JOB: ("jobs", "jobs/children"),
    Kind.MODEL_VERSION: ("models/versions",),
    Kind.DATA_VERSION: ("data/versions",),
    Kind.ENVIRONMENT_VERSION: ("environments/versions",),
    Kind.COMPONENT_VERSION: ("components/versions",),
    Kind.CODE_VERSION: (),
}
"""Kinds of things that are got by name where they are in none of these listings."""


class Line(msgspec.Struct, frozen=True):
    """Requests of one kind. things: how many items they bring, None where nobody knows."""

    kind: str
    requests: int
    things: int | None = None


class Estimate(msgspec.Struct, frozen=True):
    """Requests that reading everything takes. known: whether an earlier crawl told; else it is the least it can be.

    unchanged: requests when nothing has changed since.
    """

    scope: str
    known: bool
    lines: tuple[Line, ...]
    requests: int
    unchanged: int


def estimate(
    scope: Workspace | Registry,
    listings: Iterable[Listing] = (),
    things: Mapping[Kind, int] | None = None,
    gaps: int = 0,
    kind: str = "",
    jobs: Way = "auto",
) -> Estimate:
    """What a crawl of the scope takes, given what the last one listed and how many things of a kind it has.

    gaps: how many things in it could not be read. kind: the service's word for the workspace (`FeatureStore` has
    collections of its own). jobs: how they are read.
    """
    planner = Planner(jobs)
    there = [listing for listing in listings if listing.scope == scope.text]
    if jobs == "get":
        there = [listing for listing in there if listing.text != f"{scope.text}/jobs"]
    collections = planner.collections(scope, {"kind": kind})
    opening = Line("open", 1 if isinstance(scope, Registry) else 2)
    if not there:
        lines = (opening, *(Line(name, 1) for name in collections))
        least = opening.requests + len(collections)
        return Estimate(scope.text, False, lines, least, least)
    pages: dict[str, int] = {}
    items: dict[str, int] = {}
    for listing in there:
        name = _kind(listing.text.removeprefix(f"{scope.text}/"))
        pages[name] = pages.get(name, 0) + max(1, -(-listing.listed // PAGE))
        items[name] = items.get(name, 0) + listing.listed
    known = things or {}
    named = sum(max(0, known.get(it, 0) - sum(items.get(name, 0) for name in shown)) for it, shown in NAMED.items())
    ran = known.get(Kind.JOB, 0)
    found = (Line("runs", planner.runs(ran), ran), Line("by name", named, named))
    listed = (Line(name, pages[name], items[name]) for name in sorted(pages))
    lines = (opening, *listed, *(line for line in found if line.requests))
    top = sum(pages[name] for name in pages if "/" not in name)
    return Estimate(scope.text, True, lines, sum(line.requests for line in lines), opening.requests + top + gaps)


def _kind(path: str) -> str:
    """`models/N/versions` -> `models/versions`, `jobs/J/children` -> `jobs/children`, `models` as it is."""
    first, _, rest = path.partition("/")
    return f"{first}/{rest.rpartition('/')[2]}" if rest else first
