"""Lists of things by kind: jobs, data, environments, components, endpoints, deployments, workspaces, registries."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import strawberry

from lineage import listing
from lineage.api import cursors, lists
from lineage.api.arguments import PagedWhen, as_of_page
from lineage.api.naming import scope_of
from lineage.api.nodes import thing
from lineage.api.paging import After, First, Generation, PageInfo, generation, page_info
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.things import (
    ComponentVersion,
    DataVersion,
    Deployment,
    Endpoint,
    EnvironmentVersion,
    Job,
    Registry,
    Workspace,
)
from lineage.api.words import DateTime
from lineage.graph import State
from lineage.ids import Kind
from lineage.listing import Wanted
from lineage.lookup import Found

Info = strawberry.Info[Session, None]
Order = Annotated[
    lists.ListOrder | None,
    strawberry.argument(description="In which order; null means by reference, ascending, which is cheapest."),
]


@strawberry.input(description="Which workspaces or registries a list shows; every condition that is given must hold.")
class ScopeFilter:
    text: str | None = strawberry.field(
        default=None, description="A part of the canonical reference, in any case of letters; null for any."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="The states it may be in; null or empty for any. What a crawl read is `LIVE`."
    )
    name: str | None = strawberry.field(
        default=None, description="Its name, whole, in any case of letters; null for any."
    )

    def wanted(self) -> Wanted:
        """The filter of the pure question."""
        return Wanted(text=self.text or "", states=tuple(self.states or ()), name=self.name or "")


@strawberry.input(description="Which things a list shows; every condition that is given must hold.")
class ListFilter(ScopeFilter):
    workspace: str | None = strawberry.field(
        default=None, description="Canonical reference of the workspace or registry it lives in; null for any."
    )
    types: list[str] | None = strawberry.field(
        default=None,
        description="The types it may have, in any case of letters (`uri_folder`, `command`; of endpoints and "
        "deployments `online`, `batch` or `serverless`); null or empty for any.",
    )
    tags: list[str] | None = strawberry.field(
        default=None, description="Tags it must have, each `key` or `key=value`; null or empty for any."
    )
    created_by: list[str] | None = strawberry.field(
        default=None,
        description="Who may have created or submitted it, as the service names them, in any case of letters; null or "
        "empty for anybody.",
    )
    created_from: DateTime | None = strawberry.field(
        default=None, description="Created or submitted at or after this instant; null for any time."
    )
    created_to: DateTime | None = strawberry.field(
        default=None,
        description="Created or submitted at or before this instant, a day alone meaning all of it; null for any time.",
    )
    statuses: list[str] | None = strawberry.field(
        default=None,
        description="The statuses it may have, in any case of letters (`Completed`, `Failed`; of endpoints and "
        "deployments the provisioning state, `Succeeded`); null or empty for any.",
    )

    def wanted(self) -> Wanted:
        """The filter of the pure question. Raises InvalidOption for a workspace or an instant that is none."""
        scope = scope_of(self.workspace)
        return Wanted(
            text=self.text or "",
            scope=scope.text if scope is not None else "",
            states=tuple(self.states or ()),
            name=self.name or "",
            types=tuple(self.types or ()),
            tags=tuple(self.tags or ()),
            created_by=tuple(self.created_by or ()),
            created_from=lists.instant("createdFrom", self.created_from),
            created_to=lists.instant("createdTo", self.created_to),
            statuses=tuple(self.statuses or ()),
            **self.more(),
        )

    def more(self) -> dict[str, Any]:
        """What a list of one kind filters by beside."""
        return {}


@strawberry.input(description="Which jobs a list shows; every condition that is given must hold.")
class JobFilter(ListFilter):
    experiments: list[str] | None = strawberry.field(
        default=None,
        description="The experiments it may belong to, in any case of letters; null or empty for any.",
    )
    computes: list[str] | None = strawberry.field(
        default=None,
        description="The computes it may have run on, by name, in any case of letters; null or empty for any.",
    )

    def more(self) -> dict[str, Any]:
        return {"experiments": tuple(self.experiments or ()), "computes": tuple(self.computes or ())}


@strawberry.input(description="Which environments a list shows; every condition that is given must hold.")
class EnvironmentFilter(ListFilter):
    images: list[str] | None = strawberry.field(
        default=None,
        description="The base images it may be built on, whole, with tag or digest; null or empty for any.",
    )

    def more(self) -> dict[str, Any]:
        return {"images": tuple(self.images or ())}


class _Put(NamedTuple):
    session: Session
    view: RememberingView
    kind: Kind
    wanted: Wanted


def _connection(of: Any, name: str, things: str) -> Any:
    """The connection type of a list of `of`."""
    edge = type(
        f"{name}Edge",
        (),
        {
            "__annotations__": {"cursor": str, "node": of},
            "cursor": strawberry.field(description="Where this entry stands. It names the generation."),
            "node": strawberry.field(description="The thing."),
        },
    )
    edge = strawberry.type(edge, description="An entry of a list of things of one kind.")

    def total_count(self: Any) -> int | None:
        session, view, kind, wanted = self.put
        total: int | None = session.total(
            view, (kind, wanted), lambda: listing.count(view, kind, wanted, session.expired)
        )
        return total

    total_count.__annotations__ = {"return": int | None}
    connection = type(
        f"{name}Connection",
        (),
        {
            "__annotations__": {
                "edges": list[edge],  # type: ignore[valid-type]
                "page_info": PageInfo,
                "generation": Generation,
                "put": strawberry.Private[_Put],
            },
            "edges": strawberry.field(description=f"The {things} of this page."),
            "page_info": strawberry.field(description="Where this page lies."),
            "generation": strawberry.field(description="The published state that the page was read from."),
            "total_count": strawberry.field(
                resolver=total_count,
                description="Things that pass the filter, over all pages; null when counting them would take the "
                "request's time.",
            ),
        },
    )
    made: Any = strawberry.type(connection, description=f"A list of {things}.")
    made.of = edge
    return made


JobConnection: Any = _connection(Job, "Job", "jobs")
DataVersionConnection: Any = _connection(DataVersion, "DataVersion", "data versions")
EnvironmentVersionConnection: Any = _connection(EnvironmentVersion, "EnvironmentVersion", "environment versions")
ComponentVersionConnection: Any = _connection(ComponentVersion, "ComponentVersion", "component versions")
EndpointConnection: Any = _connection(Endpoint, "Endpoint", "endpoints")
DeploymentConnection: Any = _connection(Deployment, "Deployment", "deployments")
WorkspaceConnection: Any = _connection(Workspace, "Workspace", "workspaces")
RegistryConnection: Any = _connection(Registry, "Registry", "registries")


def listed(
    made: Any,
    session: Session,
    kind: Kind,
    first: int,
    after: str | None,
    filter: ScopeFilter | None,  # noqa: A002
    order: lists.ListOrder | None,
    when: Any,
) -> Any:
    """A page of the things of a kind, as a `made`. Raises InvalidOption."""
    size = cursors.page_size(first)
    name = kind.value
    view = session.view(as_of_page(when, after, name))
    wanted = filter.wanted() if filter is not None else Wanted()
    told = listing.things(view, kind, wanted, lists.order_of(order), lists.start_of(view, after, name), size)
    number = view.generation.number
    page = Page(session, view, (node.key for node in told.nodes))
    edges = [
        made.of(cursor=str(cursors.Cursor(name, number, node.key)), node=thing(Found(node), page))
        for node in told.nodes
    ]
    info = page_info([edge.cursor for edge in edges], after, more=bool(told.after))
    put = _Put(session, view, kind, wanted)
    return made(edges=edges, page_info=info, generation=generation(view.generation), put=put)


def _field(python_name: str, kind: Kind, made: Any, filtered: type, description: str) -> Any:
    """The root field of a list."""

    def resolve(
        self: Any,
        info: Any,
        first: Any,
        after: Any = None,
        filter: Any = None,  # noqa: A002
        order_by: Any = None,
        as_of: Any = None,
    ) -> Any:
        return listed(made, info.context, kind, first, after, filter, order_by, as_of)

    resolve.__name__ = python_name
    resolve.__annotations__ = {
        "info": Info,
        "first": First,
        "after": After,
        "filter": Annotated[filtered | None, strawberry.argument(description="Which to show; null shows all.")],
        "order_by": Order,
        "as_of": PagedWhen,
        "return": made | None,
    }
    return strawberry.field(resolver=resolve, description=f"{description} Null only beside an error.")


@strawberry.type
class ListQueries:
    """The root fields that list things by kind."""

    jobs = _field(
        "jobs",
        Kind.JOB,
        JobConnection,
        JobFilter,
        "Jobs of the estate, those that run history alone knows included.",
    )
    data = _field("data", Kind.DATA_VERSION, DataVersionConnection, ListFilter, "Versions of data assets.")
    environments = _field(
        "environments",
        Kind.ENVIRONMENT_VERSION,
        EnvironmentVersionConnection,
        EnvironmentFilter,
        "Versions of environments.",
    )
    components = _field(
        "components", Kind.COMPONENT_VERSION, ComponentVersionConnection, ListFilter, "Versions of components."
    )
    endpoints = _field("endpoints", Kind.ENDPOINT, EndpointConnection, ListFilter, "Online and batch endpoints.")
    deployments = _field(
        "deployments", Kind.DEPLOYMENT, DeploymentConnection, ListFilter, "Deployments behind endpoints."
    )
    workspaces = _field(
        "workspaces",
        Kind.WORKSPACE,
        WorkspaceConnection,
        ScopeFilter,
        "Workspaces that were read or that something names.",
    )
    registries = _field(
        "registries",
        Kind.REGISTRY,
        RegistryConnection,
        ScopeFilter,
        "Registries that were read or that something names.",
    )

    @strawberry.field(
        description="Published generations, the newest first: what was published when, from which crawl, under which "
        "rules, and how much it holds. Null only beside an error."
    )
    def generations(self, info: Info, first: First, after: After = None) -> lists.GenerationConnection | None:
        session = info.context
        view = session.view(as_of_page(None, after, "generations"))
        return lists.generations(session.index, view.generation.number, first, after)
