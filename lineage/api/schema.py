"""The schema: its root, and the one place where it is built.

python -m lineage.api.schema        prints it as SDL (`graphql/schema.graphql`)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, Undefined
from strawberry.schema.config import StrawberryConfig

from lineage.api import cursors, ledgers, lists, outcomes
from lineage.api.arguments import AsOf, MaxDepth, PagedWhen, Shown, WorkspaceArgument, as_of_page
from lineage.api.comparisons import ComparisonQueries
from lineage.api.coverages import CoverageQueries
from lineage.api.differences import DifferenceQueries
from lineage.api.explanations import ExplanationQueries
from lineage.api.findings import FindingQueries
from lineage.api.impacts import ImpactQueries
from lineage.api.lineages import (
    COLLECTIONS,
    THINGS,
    LineageConnection,
    LineageNode,
    Node,
    lineage,
    thing,
)
from lineage.api.listings import ListQueries
from lineage.api.naming import StopAt, Stopping
from lineage.api.outcomes import NodeRef, Resolution
from lineage.api.paging import After, First
from lineage.api.pathways import PathQueries
from lineage.api.populations import PopulationQueries
from lineage.api.radii import RadiusQueries
from lineage.api.reading import Page
from lineage.api.searches import SearchQueries
from lineage.api.session import Session
from lineage.api.traces import TraceQueries
from lineage.api.words import SCALARS
from lineage.errors import InvalidOption
from lineage.graph import Direction
from lineage.lookup import Found, find

Info = strawberry.Info[Session, None]

When = Annotated[
    AsOf | None,
    strawberry.argument(description="As of when to answer; null means the newest generation."),
]
Reference = Annotated[NodeRef, strawberry.argument(description="The thing that is meant.")]


def _root(
    session: Session,
    ref: NodeRef,
    direction: Direction,
    first: int,
    after: str | None,
    max_depth: int | None,
    wanted: Any,
    stop: StopAt | None,
    workspace: str | None,
    when: AsOf | None,
) -> LineageConnection | None:
    view = session.view(as_of_page(when, after, direction.value))
    scope = outcomes.scope_of(workspace)
    found = find(view, ref.text(), scope)
    of = thing(found, Page(session, view, (found.node.key,)))
    return lineage(of, direction, first, after, max_depth, wanted, stop, None, scope)


@strawberry.type(description="Questions about the lineage of an Azure Machine Learning estate. Nothing can be changed.")
class Query(
    ComparisonQueries,
    CoverageQueries,
    DifferenceQueries,
    ExplanationQueries,
    FindingQueries,
    ImpactQueries,
    ListQueries,
    PathQueries,
    PopulationQueries,
    RadiusQueries,
    SearchQueries,
    TraceQueries,
):
    @strawberry.field(
        description="The thing with this id (Relay); null when the generation holds none. Fetching it again by the "
        "same id gives the same thing. Its lineage takes `asOf`; for its facts as of earlier ask `nodes`."
    )
    def node(
        self,
        info: Info,
        # No other argument: Relay's compiler makes queries that fetch a thing again only where there is none.
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of a node.")],  # noqa: A002
    ) -> Node | None:
        return _nodes(info.context, [id], None)[0]

    @strawberry.field(
        description="The things with these ids, in their order (Relay); null where the generation holds none. At most "
        "1,000. Null as a whole only beside an error."
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids of nodes, at most 1,000.")],
        as_of: When = None,
    ) -> list[Node | None] | None:
        return list(_nodes(info.context, ids, as_of))

    @strawberry.field(
        description="The thing that a reference means, whatever its spelling, or one of the ways in which there is "
        "none to show. Null only beside an error."
    )
    def resolve(
        self, info: Info, ref: Reference, workspace: WorkspaceArgument = None, as_of: When = None
    ) -> Resolution | None:
        session = info.context
        return outcomes.resolve(session, session.view(as_of.value() if as_of else None), ref, workspace)

    @strawberry.field(description="Model versions of the estate. Null only beside an error.")
    def models(
        self,
        info: Info,
        first: First,
        after: After = None,
        filter: Annotated[  # noqa: A002
            lists.ModelFilter | None, strawberry.argument(description="Which to show; null shows all.")
        ] = None,
        order_by: Annotated[
            lists.ModelOrder | None,
            strawberry.argument(description="In which order; null means by reference, ascending, which is cheapest."),
        ] = None,
        as_of: PagedWhen = None,
    ) -> lists.ModelConnection | None:
        session = info.context
        view = session.view(as_of_page(as_of, after, "models"))
        wanted = (filter or lists.ModelFilter()).wanted()
        return lists.models(session, view, first, after, wanted, order_by)

    @strawberry.field(
        description="Where a thing came from: as `resolve` and then `upstream`, in one step. Null only beside an "
        "error, which a reference that cannot be answered is here (`unknown_reference`, `invalid_reference`, "
        "`ambiguous_reference`)."
    )
    def upstream(
        self,
        info: Info,
        ref: Reference,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        workspace: WorkspaceArgument = None,
        as_of: PagedWhen = None,
    ) -> LineageConnection | None:
        return _root(info.context, ref, Direction.UPSTREAM, first, after, max_depth, filter, stop_at, workspace, as_of)

    @strawberry.field(
        description="What breaks if a thing was wrong: as `resolve` and then `downstream`, in one step. Null only "
        "beside an error, which a reference that cannot be answered is here (`unknown_reference`, "
        "`invalid_reference`, `ambiguous_reference`)."
    )
    def downstream(
        self,
        info: Info,
        ref: Reference,
        first: First,
        after: After = None,
        max_depth: MaxDepth = None,
        filter: Shown = None,  # noqa: A002
        stop_at: Stopping = None,
        workspace: WorkspaceArgument = None,
        as_of: PagedWhen = None,
    ) -> LineageConnection | None:
        way = Direction.DOWNSTREAM
        return _root(info.context, ref, way, first, after, max_depth, filter, stop_at, workspace, as_of)

    @strawberry.field(
        description="What could not be read, why, since when, and what to do about it. `looseEnds` tells what could "
        "not be followed. Null only beside an error."
    )
    def gaps(
        self,
        info: Info,
        first: First,
        after: After = None,
        filter: Annotated[  # noqa: A002
            ledgers.GapFilter | None, strawberry.argument(description="Which to show; null shows all.")
        ] = None,
        as_of: PagedWhen = None,
    ) -> ledgers.GapConnection | None:
        session = info.context
        view = session.view(as_of_page(as_of, after, "gaps"))
        return ledgers.gaps(session, view, first, after, (filter or ledgers.GapFilter()).wanted())

    @strawberry.field(
        description="References in the records of the service that could not be followed to a thing, why, since when, "
        "and what to do about it. Null only beside an error."
    )
    def loose_ends(
        self,
        info: Info,
        first: First,
        after: After = None,
        filter: Annotated[  # noqa: A002
            ledgers.LooseEndFilter | None, strawberry.argument(description="Which to show; null shows all.")
        ] = None,
        as_of: PagedWhen = None,
    ) -> ledgers.LooseEndEntryConnection | None:
        session = info.context
        view = session.view(as_of_page(as_of, after, "looseEndEntries"))
        return ledgers.loose_ends(session, view, first, after, (filter or ledgers.LooseEndFilter()).wanted())

    @strawberry.field(
        description="What the index holds, how fresh it is and what it lacks. Null only beside an error, as when "
        "nothing was published yet."
    )
    def status(self, info: Info, as_of: When = None) -> lists.Status | None:
        session = info.context
        return lists.status(session, session.view(as_of.value() if as_of else None))


def _nodes(session: Session, ids: Iterable[str], as_of: AsOf | None) -> list[LineageNode | None]:
    asked = [int(text) if text.isascii() and text.isdecimal() and len(text) <= 19 else -1 for text in ids]
    if len(asked) > cursors.MAX_PAGE:
        raise InvalidOption(f"{len(asked):,} ids in one list", f"ask for at most {cursors.MAX_PAGE:,} at a time")
    view = session.view(as_of.value() if as_of else None)
    known = view.nodes([key for key in asked if 0 <= key < 2**63])
    page = Page(session, view, known)
    return [thing(Found(known[key]), page) if key in known else None for key in asked]


class LineageSchema(strawberry.Schema):
    """The schema. What goes wrong is told and logged by `lineage.api.execution`, never here."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Strawberry logs the whole query for each error; a short request could fill the log."""


def _corrected(schema: LineageSchema) -> LineageSchema:
    """Two corrections of what Strawberry builds.

    Optional arguments and input fields lose their `= null`: leaving one out says the same, and reads better.
    Inputs of exactly one key are told to graphql-core, which then refuses others while it validates.
    """
    core = schema._schema
    for type_ in core.type_map.values():
        inputs = []
        if isinstance(type_, GraphQLInputObjectType):
            inputs += type_.fields.values()
            told = type_.extensions.get("strawberry-definition")
            type_.is_one_of = bool(told and told.is_one_of)
        elif isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)) and not type_.name.startswith("__"):
            inputs += [argument for field in type_.fields.values() for argument in field.args.values()]
        for one in inputs:
            if one.default_value is None:
                one.default_value = Undefined
    return schema


SCHEMA = _corrected(
    LineageSchema(
        query=Query,
        types=[*THINGS.values(), *COLLECTIONS.values()],
        config=StrawberryConfig(scalar_map=dict(SCALARS), disable_field_suggestions=True),
    )
)
"""The one schema. `SCHEMA.as_str()` is the public contract, kept in `graphql/schema.graphql`."""


def sdl() -> str:
    """The schema as text, as it stands in `graphql/schema.graphql`."""
    return SCHEMA.as_str().rstrip("\n") + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(sdl())
