"""Relay's paging: page information, and the generations and scopes that every answer names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import strawberry

from lineage import ports, records
from lineage.api import cursors
from lineage.api.words import DateTime
from lineage.errors import InvalidOption
from lineage.ids import key as key_of

First = Annotated[
    int,
    strawberry.argument(description="How many entries the page may have, 1 to 1,000. There is no default on purpose."),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="`endCursor` of the page before; null starts at the beginning. The page is read from the "
        "generation in the cursor, so it fits the page before even when something was published since."
    ),
]

Within = Annotated[
    str | None,
    strawberry.argument(
        description="`endCursor` of the page before; null starts at the beginning. The list belongs to the answer "
        "around it: ask for that with `asOf` of the same generation when something was published since."
    ),
]


@strawberry.type(description="Where a page lies in its list (Relay).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether entries follow this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether this page was asked for with `after`. Pages are read forwards only."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first entry; null when the page is empty.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last entry, to pass as `after`; null when the page is empty."
    )


T = TypeVar("T")


def page_info(marks: Sequence[str], after: str | None, *, more: bool) -> PageInfo:
    """The information about a page with these cursors."""
    return PageInfo(
        has_next_page=more,
        has_previous_page=after is not None,
        start_cursor=marks[0] if marks else None,
        end_cursor=marks[-1] if marks else None,
    )


def cut(
    things: Sequence[T],
    first: int,
    after: str | None,
    listing: str,
    generation: int,
    key: Callable[[T], int],
    places: Callable[[], Mapping[int, int]] | None = None,
) -> tuple[list[T], list[str], PageInfo]:
    """The page of `things`, which are in their order, with the cursor of each and the page's information.

    places: how many things stand up to each key, for a list so long that the key of each is not made for each page.
    Raises InvalidOption for a page size out of range and for a cursor of another list.
    """
    size = cursors.page_size(first)
    start = 0
    if after is not None:
        mark = cursors.read(after, listing)
        start = _after(things, mark.position, key)
        if mark.generation != generation:
            raise InvalidOption(
                f"the cursor belongs to generation {mark.generation} and the answer around it to {generation}",
                f"ask for that answer with asOf: {{generation: {mark.generation}}}",
            )
        if start == 0:
            raise cursors.foreign()
    page = list(things[start : start + size])
    marks = [str(cursors.Cursor(listing, generation, key(thing))) for thing in page]
    return page, marks, page_info(marks, after, more=start + size < len(things))


def _after(things: Sequence[T], position: int, key: Callable[[T], int]) -> int:
    """The place after the thing of this key; 0 when there is none. Some sequences know where their things stand."""
    place: Callable[[int], int | None] | None = getattr(things, "place", None)
    if place is None:
        return next((at for at, thing in enumerate(things, 1) if key(thing) == position), 0)
    found = place(position)
    return 0 if found is None else found + 1


@strawberry.type(description="One published state of the index. A generation never changes once it is published.")
class Generation:
    number: int = strawberry.field(description="1, 2, …; a higher number was published later.")
    published: DateTime = strawberry.field(description="When it became visible to readers.")
    digest: str = strawberry.field(
        description="Hex digest of its logical content: equal digests mean equal content, whatever the order or the "
        "number of crawls that led there."
    )
    rules: int = strawberry.field(description="Version of the linking rules that made its links.")
    root: str | None = strawberry.field(
        description="Reference of the workspace or registry whose crawl published it; null for a relink, which reads "
        "nothing."
    )
    started: DateTime | None = strawberry.field(description="When the crawl behind it began; null for a relink.")
    finished: DateTime | None = strawberry.field(description="When the crawl behind it ended; null for a relink.")
    record_count: int = strawberry.field(description="Records of the service that are valid in it.")
    node_count: int = strawberry.field(description="Things it knows, in every state.")
    edge_count: int = strawberry.field(description="Links between them.")
    gap_count: int = strawberry.field(description="Things or listings that could not be read (403, 404, throttled …).")
    loose_count: int = strawberry.field(description="References that could not be followed to a thing.")


def generation(of: ports.Generation) -> Generation:
    counts = of.counts
    return Generation(
        number=of.number,
        published=DateTime(of.published),
        digest=of.digest,
        rules=of.rules,
        root=of.root or None,
        started=DateTime(of.started) if of.started else None,
        finished=DateTime(of.finished) if of.finished else None,
        record_count=counts.get("records", 0),
        node_count=counts.get("nodes", 0),
        edge_count=counts.get("edges", 0),
        gap_count=counts.get("gaps", 0),
        loose_count=counts.get("loose", 0),
    )


@strawberry.type(description="One collection of a workspace or registry, as the crawl listed it.")
class Listing:
    reference: str = strawberry.field(description="Canonical name of the collection, `<scope>/models` and the like.")
    is_complete: bool = strawberry.field(
        description="Whether it was read to its last page. Only then does absence from it mean anything."
    )
    listed: int = strawberry.field(description="How many items the service showed.")


@strawberry.type(description="An entry of a list of listings.")
class ListingEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: Listing = strawberry.field(description="The listing.")


@strawberry.type(description="Listings of one workspace or registry.")
class ListingConnection:
    edges: list[ListingEdge] = strawberry.field(description="The entries of this page, by reference.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Listings in all.")


@strawberry.type(description="How completely one workspace or registry was read, as of one generation.")
class ScopeCoverage:
    scope: str = strawberry.field(description="Canonical reference of the workspace or registry.")
    crawled: DateTime | None = strawberry.field(description="When it was last crawled; null if that is not known.")
    is_complete: bool = strawberry.field(description="Whether each of its listings was read to the end.")
    gap_count: int = strawberry.field(description="Things in it that could not be read.")
    source: strawberry.Private[ports.ScopeCoverage]
    generation: strawberry.Private[int]

    @strawberry.field(description="The collections that were listed in it. Null only beside an error.")
    def listings(self, first: First, after: Within = None) -> ListingConnection | None:
        every: Sequence[records.Listing] = sorted(self.source.listings, key=lambda one: one.text)
        page, marks, info = cut(every, first, after, "listings", self.generation, lambda one: key_of(one.text))
        edges = [
            ListingEdge(cursor=mark, node=Listing(reference=one.text, is_complete=one.complete, listed=one.listed))
            for one, mark in zip(page, marks, strict=True)
        ]
        return ListingConnection(edges=edges, page_info=info, total_count=len(every))


@strawberry.type(description="An entry of a list of scopes.")
class ScopeEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: ScopeCoverage = strawberry.field(description="The scope and how completely it was read.")


@strawberry.type(description="Workspaces and registries, with how completely each was read.")
class ScopeConnection:
    edges: list[ScopeEdge] = strawberry.field(description="The entries of this page, by reference.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Scopes in all.")


def scopes(of: Sequence[ports.ScopeCoverage], first: int, after: str | None, number: int) -> ScopeConnection:
    """The page of these scopes, as of the generation with this number."""
    every = sorted(of, key=lambda one: one.scope)
    page, marks, info = cut(every, first, after, "scopes", number, lambda one: key_of(one.scope))
    edges = [
        ScopeEdge(
            cursor=mark,
            node=ScopeCoverage(
                scope=one.scope,
                crawled=DateTime(one.crawled) if one.crawled else None,
                is_complete=one.complete,
                gap_count=one.gaps,
                source=one,
                generation=number,
            ),
        )
        for one, mark in zip(page, marks, strict=True)
    ]
    return ScopeConnection(edges=edges, page_info=info, total_count=len(every))
