"""How many things there are of each sort, and whether the numbers add up: the control total of an audit.

What a crawl met is what listings showed plus what it read because something named
it. Each of these is held, or there is a gap that says why not. What is neither is
`unaccounted`, and an auditor is told so.

    listed + referenced = stored + forbidden + deleted + failed + unaccounted
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from lineage import ids
from lineage.ports import Generation, Holding, Unread, View
from lineage.records import GapReason

_DELETED: Final = frozenset({GapReason.NOT_FOUND})
_FORBIDDEN: Final = frozenset({GapReason.FORBIDDEN, GapReason.UNAUTHORISED})


class Population(msgspec.Struct, frozen=True):
    """The things of one collection in one workspace or registry. All numbers are things, not requests or records.

    scope: canonical text. collection: what lists them, below the scope, names as `*`: `models/*/versions`, `jobs`.
    complete: every listing of it was read to its end; None where it is not listed at all, only read by reference.
    listings: how many. listed: things that they showed. referenced: things asked for because something named them.
    stored: things held, `archived` of them archived. forbidden, deleted, failed: things asked for and not held, by why.
    unaccounted: things that a listing showed and that are neither held nor told by a gap. surplus: things held of a
    listing beyond what it showed. Both are 0 when the numbers add up.
    """

    scope: str
    collection: str
    complete: bool | None
    listings: int = 0
    listed: int = 0
    referenced: int = 0
    stored: int = 0
    archived: int = 0
    forbidden: int = 0
    deleted: int = 0
    failed: int = 0
    unaccounted: int = 0
    surplus: int = 0

    @property
    def reconciles(self) -> bool:
        """Whether everything that was met is accounted for."""
        return self.unaccounted == 0 and self.surplus == 0


class Census(msgspec.Struct, frozen=True):
    """All populations of one generation, by scope and collection, and their sum (scope and collection are '')."""

    generation: Generation
    rows: tuple[Population, ...]
    total: Population


class _Sum:
    """One row while it is counted.

    named: held without a listing. missing: listed and not held. more: held beyond what was listed.
    """

    __slots__ = ("archived", "complete", "gaps", "listed", "listings", "missing", "more", "named", "stored")

    def __init__(self) -> None:
        self.complete: bool | None = None
        self.listings = self.listed = self.stored = self.named = self.archived = self.missing = self.more = 0
        self.gaps: dict[str, int] = {"forbidden": 0, "deleted": 0, "failed": 0}

    def row(self, scope: str, collection: str) -> Population:
        lost = sum(self.gaps.values())
        shown = min(lost, self.missing)
        return Population(
            scope,
            collection,
            self.complete,
            self.listings,
            self.listed,
            self.named + lost - shown,
            self.stored,
            self.archived,
            **self.gaps,
            unaccounted=self.missing - shown,
            surplus=self.more,
        )


def population(view: View) -> Census:
    """Everything that the crawls behind this generation met, counted.

    Reads one row for each listing and each gap, and one for each thing that no listing showed.
    """
    sums: dict[tuple[str, str], _Sum] = {}
    held: dict[str, Holding] = {}
    for holding in view.holdings():
        if holding.listed:
            held[holding.collection] = holding
        else:
            one = _of(sums, holding.collection)
            one.named += holding.things
            one.stored += holding.things
            one.archived += holding.archived
    for covered in view.coverage():
        for listing in covered.listings:
            one = _of(sums, listing.text)
            found = held.pop(listing.text, Holding(listing.text, True, 0, 0))
            one.complete = listing.complete and one.complete is not False
            one.listings += 1
            one.listed += listing.listed
            one.stored += found.things
            one.archived += found.archived
            one.missing += max(0, listing.listed - found.things)
            one.more += max(0, found.things - listing.listed)
    for holding in held.values():  # of listings that no crawl of this generation made: kept from an earlier one
        one = _of(sums, holding.collection)
        one.complete = False
        one.named += holding.things
        one.stored += holding.things
        one.archived += holding.archived
    for unread in view.unread():
        _of(sums, unread.collection).gaps[_why(unread)] += unread.things
    rows = tuple(one.row(scope, collection) for (scope, collection), one in sorted(sums.items()))
    return Census(view.generation, rows, _total(rows))


def _why(unread: Unread) -> str:
    if unread.reason in _DELETED:
        return "deleted"
    return "forbidden" if unread.reason in _FORBIDDEN else "failed"


def _of(sums: dict[tuple[str, str], _Sum], collection: str) -> _Sum:
    scope = ids.scope_of(collection)
    if scope is None:  # workspaces and registries lie in none
        return sums.setdefault(("", collection.rpartition("/")[2]), _Sum())
    text = scope.text
    rest = collection[len(text) :].strip("/")
    # Every second part is a name: models/NAME/versions.
    starred = "/".join("*" if place % 2 else part for place, part in enumerate(rest.split("/")))
    return sums.setdefault((text, starred), _Sum())


def _total(rows: Iterable[Population]) -> Population:
    listed = [row for row in rows if row.complete is not None]
    complete = all(row.complete for row in listed) if listed else None
    numbers = {
        name: sum(getattr(row, name) for row in rows)
        for name in Population.__struct_fields__
        if name not in ("scope", "collection", "complete")
    }
    return Population("", "", complete, **numbers)
