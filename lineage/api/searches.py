"""Full text over everything: ranked hits, and how many there are of each kind, state, scope and certainty of origin."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import strawberry

from lineage import catalogue
from lineage.api import cursors
from lineage.api.arguments import PagedWhen, as_of_page
from lineage.api.lineages import KindCount
from lineage.api.naming import scope_of
from lineage.api.nodes import LineageNode, thing
from lineage.api.paging import After, First, Generation, PageInfo, generation, page_info
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.words import say
from lineage.catalogue import Provenance
from lineage.graph import State
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import Asked
from lineage.search import MOST, Field, search

_LISTING = "search"

say(
    Field,
    "SearchField",
    "Where a word was found.",
    {
        Field.NAME: "In its name or version.",
        Field.DISPLAY_NAME: "In the name that the studio shows.",
        Field.REFERENCE: "In another name of its canonical reference: the job of an output, the datastore of a place.",
        Field.TAGS: "In a tag, its name or its value.",
        Field.EXPERIMENT: "In the experiment's name.",
        Field.PEOPLE: "In the name of who created it or changed it last.",
        Field.COMMIT: "In the git checkout, the code snapshot or a hash.",
        Field.DESCRIPTION: "In its description.",
        Field.OTHER: "In another fact: type, status, stage, image, compute, flavor, region and so on.",
    },
)


@strawberry.input(description="Which things a search finds; every condition that is given must hold.")
class SearchFilter:
    kinds: list[Kind] | None = strawberry.field(
        default=None, description="Only things of these kinds; null or empty for any."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="Only things in these states; null or empty for any."
    )
    workspace: str | None = strawberry.field(
        default=None, description="Canonical reference of the workspace or registry it lives in; null for any."
    )

    def wanted(self) -> Asked:
        """The filter of the pure question. Raises InvalidOption for a workspace that is none."""
        scope = scope_of(self.workspace)
        return Asked(
            kinds=tuple(self.kinds or ()),
            states=tuple(self.states or ()),
            scope=scope.text if scope is not None else "",
        )


@strawberry.type(description="How many things were found in one state.")
class StateCount:
    state: State = strawberry.field(description="The state.")
    count: int = strawberry.field(description="Things in it.")


@strawberry.type(description="How many things were found in one workspace or registry.")
class SearchScopeCount:
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry; null for places in storage accounts."
    )
    count: int = strawberry.field(description="Things in it.")


@strawberry.type(description="For how many model versions the job behind them is known so surely.")
class OriginCount:
    provenance: Provenance = strawberry.field(description="What is known of the job.")
    count: int = strawberry.field(description="Model versions.")


@strawberry.type(description="A thing that was found.")
class SearchEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: LineageNode = strawberry.field(description="The thing.")
    tier: int = strawberry.field(
        description="How well it fits: 0 when its name begins with what was asked for and holds all of it, 1 when its "
        "name holds all of it, 2 when that takes its shown name or reference, 3 tags, experiment, people or commit, 4 "
        "its description or another fact."
    )
    field: Field = strawberry.field(description="The best field in which the first of the words was found.")
    snippet: str = strawberry.field(description="That field, or the part of it around the word, in one line.")


class _Put(NamedTuple):
    view: RememberingView
    text: str
    wanted: Asked


@strawberry.type(
    description="What a search found. Counts are of everything that was found, over all pages, and pass the filter."
)
class SearchConnection:
    edges: list[SearchEdge] = strawberry.field(
        description="The hits of this page, the best tier first; then what was read before what is only named; then "
        "models, what serves, data and jobs; then by name. A thing with several names stands once for each."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Things that were found, over all pages.")
    is_complete: bool = strawberry.field(
        description=f"Whether the pages together show all of them: of more than {MOST:,} hits the {MOST:,} of the best "
        "tiers can be paged through. Narrow the search when it is false."
    )
    kinds: list[KindCount] = strawberry.field(description="How many of each kind, the most first.")
    states: list[StateCount] = strawberry.field(description="How many in each state, the most first.")
    scopes: list[SearchScopeCount] = strawberry.field(
        description="How many in each workspace and registry, the most first; at most 20."
    )
    generation: Generation = strawberry.field(description="The published state that was searched.")
    put: strawberry.Private[_Put]

    @strawberry.field(
        description="Of the model versions that were found, how surely the job behind them is known, the surest first; "
        f"null when more than {MOST:,} of them were found."
    )
    def origins(self) -> list[OriginCount] | None:
        counted = catalogue.origins(*self.put)
        if counted is None:
            return None
        return [OriginCount(provenance=provenance, count=count) for provenance, count in counted.items()]


@strawberry.type
class SearchQueries:
    """The root field `search`."""

    @strawberry.field(
        description="Things by the words of their names, references, tags, people, commits and descriptions. Every "
        "word has to be found and may be the beginning of one; case and accents do not matter. A canonical reference "
        "may be pasted. Any generation is searched as it was. Null only beside an error (`invalid_option` for text "
        "without a word, `search_not_ready` while the words of a large index are still being read)."
    )
    def search(
        self,
        info: strawberry.Info[Session, None],
        query: Annotated[str, strawberry.argument(description="Up to 16 words, 400 characters. Nothing is syntax.")],
        first: First,
        after: After = None,
        filter: Annotated[  # noqa: A002
            SearchFilter | None, strawberry.argument(description="Which to find; null finds all.")
        ] = None,
        as_of: PagedWhen = None,
    ) -> SearchConnection | None:
        session = info.context
        size = cursors.page_size(first)
        view = session.view(as_of_page(as_of, after, _LISTING))
        wanted = (filter or SearchFilter()).wanted()
        start = cursors.read(after, _LISTING).position if after is not None else 0
        found = search(view, query, wanted, start, size)
        number = view.generation.number
        page = Page(session, view, (hit.node.key for hit in found.rows))
        edges = [
            SearchEdge(
                cursor=str(cursors.Cursor(_LISTING, number, hit.node.key)),
                node=thing(Found(hit.node), page),
                tier=hit.tier,
                field=hit.field,
                snippet=hit.snippet,
            )
            for hit in found.rows
        ]
        return SearchConnection(
            edges=edges,
            page_info=page_info([edge.cursor for edge in edges], after, more=bool(found.after)),
            total_count=found.total,
            is_complete=found.listed == found.total,
            kinds=[KindCount(kind=kind, count=count) for kind, count in found.kinds.items()],
            states=[StateCount(state=state, count=count) for state, count in found.states.items()],
            scopes=[
                SearchScopeCount(scope=scope or None, count=count) for scope, count in list(found.scopes.items())[:20]
            ],
            generation=generation(found.generation),
            put=_Put(view, query, wanted),
        )
