"""Does everything that was met add up?"""

from __future__ import annotations

import msgspec
import pytest

from lineage.graph import State
from lineage.population import Population, population
from lineage.ports import ScopeCoverage
from lineage.records import GapReason, Listing, Record, RecordKind
from tests.memory import Estate, MemoryView

WORKSPACE = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"
SHARED = "azureml://registries/shared"


def view_of(estate: Estate, *listings: Listing) -> MemoryView:
    """The estate as it is after a crawl that read these listings; each record was met in the listing it lies in."""
    shown = {listing.text for listing in listings}
    met = [
        msgspec.structs.replace(
            record, listing=parent if (parent := record.subject.rpartition("/")[0]) in shown else ""
        )
        for record in estate._records
    ]
    estate._records[:] = met
    estate._scopes[WORKSPACE] = ScopeCoverage(WORKSPACE, "2026-11-30T05:58:00Z", True, listings, 0)
    return estate.view()


@pytest.fixture
def estate() -> Estate:
    """Two versions of a model, one archived; a job with both its records; one job that only a model names."""
    estate = Estate()
    assert estate.scope.text == WORKSPACE
    for version, state in (("1", State.ARCHIVED), ("2", State.LIVE)):
        estate.record(estate.model("m", version, state=state), RecordKind.MODEL_VERSION, {})
    job = estate.job("train")
    estate.record(job, RecordKind.JOB, {})
    estate.record(job, RecordKind.RUN, {})
    return estate


def test_what_listings_showed_and_things_named_is_what_is_held_and_what_is_not(estate):
    """Each thing counts once, however many records it has; a gap accounts for what nobody listed."""
    estate.gap(estate.job("closed"), GapReason.FORBIDDEN)
    estate.gap(estate.job("gone"), GapReason.NOT_FOUND)
    estate.gap(estate.job("slow"), GapReason.THROTTLED)
    versions = Listing(f"{WORKSPACE}/models/m/versions", WORKSPACE, True, 2)

    census = population(view_of(estate, versions))

    assert census.rows == (
        Population(WORKSPACE, "jobs", None, referenced=4, stored=1, forbidden=1, deleted=1, failed=1),
        Population(WORKSPACE, "models/*/versions", True, listings=1, listed=2, stored=2, archived=1),
    )
    assert census.total == Population(
        *("", "", True),
        listings=1,
        listed=2,
        referenced=4,
        stored=3,
        archived=1,
        forbidden=1,
        deleted=1,
        failed=1,
    )
    assert census.total.reconciles


def test_a_thing_that_was_listed_and_refused_is_not_met_twice(estate):
    """The gap of something that a listing showed fills the place that the listing left open."""
    estate.gap(estate.job("closed"), GapReason.FORBIDDEN)

    (row, _) = population(view_of(estate, Listing(f"{WORKSPACE}/jobs", WORKSPACE, True, 2))).rows

    assert (row.listed, row.referenced, row.stored, row.forbidden, row.unaccounted) == (2, 0, 1, 1, 0)


def test_what_nothing_accounts_for_is_said(estate):
    """Three were shown, two are held, no gap says why: the total does not reconcile."""
    census = population(view_of(estate, Listing(f"{WORKSPACE}/models/m/versions", WORKSPACE, True, 3)))

    assert (census.total.unaccounted, census.total.surplus, census.total.reconciles) == (1, 0, False)


def test_more_than_was_shown_is_said(estate):
    census = population(view_of(estate, Listing(f"{WORKSPACE}/models/m/versions", WORKSPACE, False, 1)))

    assert (census.total.unaccounted, census.total.surplus, census.total.reconciles) == (0, 1, False)
    assert census.total.complete is False


def test_a_listing_that_could_not_be_read_is_no_thing(estate):
    """Its gap is told by completeness, not counted among things."""
    estate._gaps.append(
        msgspec.structs.replace(estate.gap(estate.job("x"), GapReason.FORBIDDEN), subject=f"{WORKSPACE}/data")
    )
    del estate._gaps[0]

    census = population(view_of(estate, Listing(f"{WORKSPACE}/data", WORKSPACE, False, 0)))

    assert next((row.collection, row.complete, row.forbidden) for row in census.rows) == ("data", False, 0)


def test_workspaces_and_registries_lie_in_no_scope(estate):
    estate._records.append(Record(SHARED, RecordKind.REGISTRY, SHARED, {}))

    assert population(view_of(estate)).rows[0] == Population("", "registries", None, referenced=1, stored=1)
