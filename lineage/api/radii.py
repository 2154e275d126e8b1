"""`largestImpacts`: on what most of the estate rests."""

from __future__ import annotations

from typing import Annotated, Final

import strawberry

from lineage import radii
from lineage.api.arguments import When
from lineage.api.lineages import KindCount
from lineage.api.nodes import LineageNode, thing
from lineage.api.paging import Generation, generation
from lineage.api.reading import Page
from lineage.api.session import Session
from lineage.errors import InvalidOption
from lineage.ids import Kind

MAX: Final = 50
"""Things that one answer may tell: each is an impact of its own."""


@strawberry.type(description="A thing and how much rests on it.")
class ImpactSize:
    node: LineageNode = strawberry.field(description="The thing.")
    uses: int = strawberry.field(description="Links that lead to it directly.")
    total: int = strawberry.field(description="Things that were made from it or serve what was, over all steps.")
    counts: list[KindCount] = strawberry.field(description="The same by kind, what users feel first.")
    is_cut: bool = strawberry.field(description="Whether there is more: the walk reached a limit of this request.")


@strawberry.type(description="The things on which most rests.")
class LargestImpacts:
    nodes: list[ImpactSize] = strawberry.field(description="The largest first.")
    looked: int = strawberry.field(
        description="How many things were counted to find these: those that are used directly the most. One that few "
        "use directly, and many through those few, may be missed."
    )
    generation: Generation = strawberry.field(description="The published state that the answer was read from.")


@strawberry.type
class RadiusQueries:
    """The root field `largestImpacts`."""

    @strawberry.field(
        description="The data, places, environments, models, components and code on which most of the estate rests. "
        "Null only beside an error."
    )
    def largest_impacts(
        self,
        info: strawberry.Info[Session, None],
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50. There is no default on purpose.")],
        kinds: Annotated[
            list[Kind] | None,
            strawberry.argument(description="Only things of these kinds; null or empty for all kinds named above."),
        ] = None,
        as_of: When = None,
    ) -> LargestImpacts | None:
        if not 1 <= first <= MAX:
            raise InvalidOption(f"`first` is {first}", f"ask for 1 to {MAX}: each is an impact of its own")
        session = info.context
        view = session.view(as_of.value() if as_of else None)
        told = radii.largest(view, kinds or (), first, session.budget(None))
        session.visited += sum(row.impact.total for row in told.rows)
        page = Page(session, view, [row.found.node.key for row in told.rows])
        return LargestImpacts(
            nodes=[
                ImpactSize(
                    node=thing(row.found, page),
                    uses=row.uses,
                    total=row.impact.total,
                    counts=[KindCount(kind=kind, count=count) for kind, count in row.impact.counts.items()],
                    is_cut=bool(row.impact.truncations),
                )
                for row in told.rows
            ],
            looked=told.looked,
            generation=generation(told.generation),
        )
