"""`impact`: what breaks if this was wrong, counted first, then in the order and by the people to put it right.

Nothing is read for what is not asked: counts come from the index's own adjacency where it is in memory, and the
things, their links, levels and owners when a field of theirs is selected.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated

import strawberry

from lineage.api import cursors
from lineage.api.affected import AffectedConnection, AffectedDeploymentConnection, AffectedEdge, affected, serving
from lineage.api.arguments import MaxDepth, PagedWhen, Shown, WorkspaceArgument, as_of_page, deep
from lineage.api.lineages import KindCount, NodeConnection, NodeEdge, Truncation, thing
from lineage.api.naming import ImpactSource, NodeRef, Stopping, follow, scope_of, suspected
from lineage.api.paging import After, First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.reading import Page
from lineage.api.session import Session
from lineage.api.striking import LISTING, Some, Struck
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found
from lineage.suspects import By, Start, starts


@strawberry.type(description="One step of the work: things that can be put right once those of all lower levels are.")
class ImpactLevel:
    number: int = strawberry.field(description="1 for what to fix first, then up.")
    total_count: int = strawberry.field(description="Things at this level.")
    counts: list[KindCount] = strawberry.field(description="Things at this level by kind, deployments first.")
    some: strawberry.Private[Some]
    struck: strawberry.Private[Struck]

    @strawberry.field(description="The things at this level, in the order of `impact`. Null only beside an error.")
    def things(self, first: First, after: Within = None) -> AffectedConnection | None:
        return affected(self.struck, self.some.things, first, after, f"level{self.some.number}")


@strawberry.type(description="An entry of the list of work.")
class ImpactLevelEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: ImpactLevel = strawberry.field(description="The level.")


@strawberry.type(description="The list of work: affected things in levels, what to fix first first.")
class ImpactLevelConnection:
    edges: list[ImpactLevelEdge] = strawberry.field(description="The levels of this page, in their order.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Levels in all.")


@strawberry.type(description="What one owner has to put right.")
class ImpactOwner:
    name: str | None = strawberry.field(
        description="The owner, as the service names the identity or the `owner` tag the person; null for what belongs "
        "to nobody that a record names."
    )
    total_count: int = strawberry.field(description="Affected things of this owner.")
    counts: list[KindCount] = strawberry.field(description="The same by kind, the most first.")
    some: strawberry.Private[Some]
    struck: strawberry.Private[Struck]

    @strawberry.field(description="The things, in the order of `impact`. Null only beside an error.")
    def things(self, first: First, after: Within = None) -> AffectedConnection | None:
        return affected(self.struck, self.some.things, first, after, f"owned{self.some.number}")


@strawberry.type(description="An entry of the list of owners.")
class ImpactOwnerEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: ImpactOwner = strawberry.field(description="The owner and what is theirs.")


@strawberry.type(description="Whom to ask about the affected things.")
class ImpactOwnerConnection:
    edges: list[ImpactOwnerEdge] = strawberry.field(
        description="The owners of this page, those with the most things first, nobody last."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Owners in all, nobody included.")


@strawberry.type(description="A source of an impact, and the things that it means.")
class ImpactStart:
    by: By = strawberry.field(description="How it was named.")
    text: str = strawberry.field(description="As it was named, with secrets removed.")
    repository: str | None = strawberry.field(description="Of a commit, the remote it must be of; null for any.")
    total_count: int = strawberry.field(description="Things that it means, those inside a place included.")
    start: strawberry.Private[Start]
    struck: strawberry.Private[Struck]

    @strawberry.field(
        description="The things that it means: they are where the walk began, and not among what is affected. Null "
        "only beside an error."
    )
    def things(self, first: First, after: Within = None) -> NodeConnection | None:
        struck = self.struck
        nodes = self.start.nodes
        page, marks, info = cut(nodes, first, after, "impactStart", struck.number, lambda node: node.key)
        around = Page(struck.session, struck.view, (node.key for node in page))
        edges = [NodeEdge(cursor=mark, node=thing(Found(node), around)) for mark, node in zip(marks, page, strict=True)]
        return NodeConnection(edges=edges, page_info=info, total_count=len(nodes))


@strawberry.type(description="An entry of the list of sources.")
class ImpactStartEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: ImpactStart = strawberry.field(description="The source.")


@strawberry.type(description="What an impact was asked of.")
class ImpactStartConnection:
    edges: list[ImpactStartEdge] = strawberry.field(
        description="The sources of this page, in the order of the question."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Sources in all.")


@strawberry.type(
    description="What breaks if something was wrong: everything made from it and everything that serves it. `counts` "
    "and `totalCount` are there before anything is read; ask for the rest by the page."
)
class ImpactConnection:
    struck: strawberry.Private[Struck]
    first: strawberry.Private[int]
    after: strawberry.Private[str | None]

    @strawberry.field(
        description="The affected things of this page, each with the link that reached it first: by depth, then by "
        "reference; in an answer of more than 5,000 names by depth and then by the least id that a thing goes by."
    )
    def edges(self) -> list[AffectedEdge]:
        return self._page.edges

    @strawberry.field(description="Where this page lies.")
    def page_info(self) -> PageInfo:
        return self._page.page_info

    @cached_property
    def _page(self) -> AffectedConnection:
        return affected(self.struck, self.struck.shown, self.first, self.after, LISTING)

    @strawberry.field(description="Affected things that pass `filter`, over all pages.")
    def total_count(self) -> int:
        return self.struck.total

    @strawberry.field(
        description="Affected things by kind, deployments first, before what `filter` hides. A thing with several "
        "names counts once."
    )
    def counts(self) -> list[KindCount]:
        return [KindCount(kind=kind, count=count) for kind, count in self.struck.counts.items()]

    @strawberry.field(description="What was asked, and what each source means. Null only beside an error.")
    def sources(self, first: First, after: Within = None) -> ImpactStartConnection | None:
        struck = self.struck
        page, marks, info = cut(struck.starts, first, after, "impactSources", struck.number, _start_key)
        edges = [
            ImpactStartEdge(
                cursor=mark,
                node=ImpactStart(
                    by=start.suspect.by,
                    text=start.shown,
                    repository=start.suspect.repository or None,
                    total_count=len(start.nodes),
                    start=start,
                    struck=struck,
                ),
            )
            for mark, start in zip(marks, page, strict=True)
        ]
        return ImpactStartConnection(edges=edges, page_info=info, total_count=len(struck.starts))

    @strawberry.field(
        description="The affected things as a list of work, what to fix first first, whatever `filter` hides. Null "
        "only beside an error."
    )
    def levels(self, first: First, after: Within = None) -> ImpactLevelConnection | None:
        struck = self.struck
        page, marks, info = cut(struck.levels, first, after, "impactLevels", struck.number, lambda one: one.number)
        edges = [
            ImpactLevelEdge(
                cursor=mark,
                node=ImpactLevel(
                    number=level.number,
                    total_count=len(level.things),
                    counts=_counts(level.counts),
                    some=level,
                    struck=struck,
                ),
            )
            for mark, level in zip(marks, page, strict=True)
        ]
        return ImpactLevelConnection(edges=edges, page_info=info, total_count=len(struck.levels))

    @strawberry.field(
        description="Whom to ask about the affected things, whatever `filter` hides. Null only beside an error."
    )
    def owners(self, first: First, after: Within = None) -> ImpactOwnerConnection | None:
        struck = self.struck
        page, marks, info = cut(
            struck.owners, first, after, "impactOwners", struck.number, lambda one: key_of(one.name)
        )
        edges = [
            ImpactOwnerEdge(
                cursor=mark,
                node=ImpactOwner(
                    name=share.name or None,
                    total_count=len(share.things),
                    counts=_counts(share.counts),
                    some=share,
                    struck=struck,
                ),
            )
            for mark, share in zip(marks, page, strict=True)
        ]
        return ImpactOwnerConnection(edges=edges, page_info=info, total_count=len(struck.owners))

    @strawberry.field(
        description="The deployments that are affected with their endpoints and traffic, the most live traffic first, "
        "whatever `filter` hides. Null only beside an error."
    )
    def deployments(self, first: First, after: Within = None) -> AffectedDeploymentConnection | None:
        struck = self.struck
        rows = struck.deployments
        page, marks, info = cut(rows, first, after, "impactDeployments", struck.number, lambda row: row.deployment.key)
        return AffectedDeploymentConnection(edges=serving(struck, page, marks), page_info=info, total_count=len(rows))

    @strawberry.field(description="How many different endpoints the affected deployments stand behind.")
    def endpoint_count(self) -> int:
        return self.struck.endpoints

    @strawberry.field(description="The published state that the whole answer was read from.")
    def generation(self) -> Generation:
        return generation(self.struck.view.generation)

    @strawberry.field(
        description="Whether nothing cut the answer short and everything it rests on was read. False always comes with "
        "`truncations`."
    )
    def is_complete(self) -> bool:
        return self.struck.header.is_complete

    @strawberry.field(description="Why the answer may lack something; empty when it is complete.")
    def truncations(self) -> list[Truncation]:
        return self.struck.truncations

    @strawberry.field(
        description="Every workspace and registry, since a consumer may live in any, with when and how completely each "
        "was read. Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        return scopes(self.struck.header.scopes, first, after, self.struck.number)


@strawberry.type
class ImpactQueries:
    """The root field `impact`."""

    @strawberry.field(
        description="What breaks if something was wrong: everything made from any of `of` and `sources`, and "
        "everything that serves it, as one question. A place stands for everything inside it. Null only beside an "
        "error, which a source that nothing answers to is here (`unknown_reference`)."
    )
    def impact(
        self,
        info: strawberry.Info[Session, None],
        first: First,
        of: Annotated[
            list[NodeRef], strawberry.argument(description="Things that may be wrong, by reference. At most 1,000.")
        ] = [],  # noqa: B006
        sources: Annotated[
            list[ImpactSource],
            strawberry.argument(
                description="More that may be wrong: what shares a prefix, an environment, an image, a commit, a code "
                "snapshot or a compute. At most 100."
            ),
        ] = [],  # noqa: B006
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        workspace: WorkspaceArgument = None,
        as_of: PagedWhen = None,
    ) -> ImpactConnection | None:
        session = info.context
        cursors.page_size(first)
        deep(max_depth)
        suspects = suspected(of, sources)
        view = session.view(as_of_page(as_of, after, LISTING))
        scope = scope_of(workspace)
        found = starts(view, suspects, scope)
        struck = Struck(session, view, found, follow(view, filter, stop_at, scope), max_depth, filter)
        return ImpactConnection(struck=struck, first=first, after=after)


def _counts(counts: Mapping[Kind, int]) -> list[KindCount]:
    return [KindCount(kind=kind, count=count) for kind, count in counts.items()]


def _start_key(start: Start) -> int:
    return key_of(f"{start.suspect.by} {start.suspect.text} {start.suspect.repository}")
