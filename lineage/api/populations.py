"""The control total: what was met, what is held, and what is neither."""

from __future__ import annotations

import strawberry

from lineage import population
from lineage.api.arguments import When, as_of_page
from lineage.api.paging import After, First, Generation, PageInfo, cut, generation
from lineage.api.session import Session
from lineage.ids import key as key_of

_LISTING = "population"


@strawberry.type(
    description="The things of one collection in one workspace or registry, counted. `listed` + `referenced` = "
    "`stored` + `forbidden` + `deleted` + `failed` + `unaccounted`."
)
class Population:
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry; null for workspaces and registries themselves, "
        "and in the total."
    )
    collection: str | None = strawberry.field(
        description="What lists them, below the scope, names as `*`: `jobs`, `models/*/versions`; null in the total."
    )
    is_complete: bool | None = strawberry.field(
        description="Whether each of its listings was read to the end; null when there is no listing, only things that "
        "something named."
    )
    listings: int = strawberry.field(description="How many listings were read.")
    listed: int = strawberry.field(description="Things that the service showed in them.")
    referenced: int = strawberry.field(
        description="Things that were asked for because something named them and no listing showed them."
    )
    stored: int = strawberry.field(description="Things that the index holds.")
    archived: int = strawberry.field(description="How many of those are archived.")
    forbidden: int = strawberry.field(description="Things that the identity of the crawl may not read.")
    deleted: int = strawberry.field(description="Things that the service no longer has.")
    failed: int = strawberry.field(description="Things that could not be read for any other reason.")
    unaccounted: int = strawberry.field(
        description="Things that a listing showed, that are not held, and for which no gap says why. 0 when the "
        "numbers add up."
    )
    surplus: int = strawberry.field(
        description="Things held of a listing beyond what it showed. 0 when the numbers add up."
    )
    reconciles: bool = strawberry.field(description="Whether the numbers add up.")


@strawberry.type(description="A collection of the population.")
class PopulationEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: Population = strawberry.field(description="The collection, counted.")


@strawberry.type(description="What the crawls met, counted by workspace or registry and by collection.")
class PopulationConnection:
    edges: list[PopulationEdge] = strawberry.field(description="The collections of this page, by scope, then name.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Collections in all.")
    total: Population = strawberry.field(description="The sum over all pages: the control total.")
    generation: Generation = strawberry.field(description="The published state that the page was read from.")


@strawberry.type
class PopulationQueries:
    """The root field `population`."""

    @strawberry.field(
        description="Whether everything that was met is accounted for: what listings showed and what things named, "
        "against what is held and what could not be read. Null only beside an error."
    )
    def population(
        self, info: strawberry.Info[Session, None], first: First, after: After = None, as_of: When = None
    ) -> PopulationConnection | None:
        view = info.context.view(as_of_page(as_of, after, _LISTING))
        census = population.population(view)
        page, marks, where = cut(
            census.rows,
            first,
            after,
            _LISTING,
            view.generation.number,
            lambda row: key_of(f"{row.scope} {row.collection}"),
        )
        return PopulationConnection(
            edges=[PopulationEdge(cursor=mark, node=_row(row)) for row, mark in zip(page, marks, strict=True)],
            page_info=where,
            total_count=len(census.rows),
            total=_row(census.total),
            generation=generation(census.generation),
        )


def _row(row: population.Population) -> Population:
    return Population(
        scope=row.scope or None,
        collection=row.collection or None,
        is_complete=row.complete,
        listings=row.listings,
        listed=row.listed,
        referenced=row.referenced,
        stored=row.stored,
        archived=row.archived,
        forbidden=row.forbidden,
        deleted=row.deleted,
        failed=row.failed,
        unaccounted=row.unaccounted,
        surplus=row.surplus,
        reconciles=row.reconciles,
    )
