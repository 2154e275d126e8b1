"""`modelDifference`: two model versions side by side, aspect by aspect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import strawberry

from lineage import comparison, graph
from lineage.api.arguments import AsOf
from lineage.api.lineages import LineageNode, Truncation, thing, truncations
from lineage.api.outcomes import NodeRef, scope_of
from lineage.api.paging import First, Generation, PageInfo, ScopeConnection, Within, cut, generation, scopes
from lineage.api.proof import Evidence, evidence
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.words import say
from lineage.comparison import Aspect, Change, Comparison, Row
from lineage.graph import Certainty
from lineage.ids import key as key_of
from lineage.lookup import Found, find
from lineage.profile import Value

LISTING = "modelChanges"

say(
    Aspect,
    "ModelAspect",
    "What a value tells of a model version.",
    {
        Aspect.DATA: "What the job read, by the input's name.",
        Aspect.ORIGIN: "Data with nothing known before it, by the name of the input by which some job on the way read "
        "it.",
        Aspect.PLACE: "Where data lies (`properties.dataUri`), by the same names.",
        Aspect.CODE: "`version` (the snapshot that was uploaded), `hash`, `files`, `repository`, `branch`, `commit`, "
        "`dirty`, `script`.",
        Aspect.ENVIRONMENT: "`version`, `image`, `conda file`, `os`, `build context`, `dockerfile`.",
        Aspect.PACKAGE: "What the conda file asks for, by the package's name.",
        Aspect.COMPONENT: "`version` of the component that ran, and its `command`.",
        Aspect.PARAMETER: "What the job was given by value: literal inputs, MLflow parameters, what a trial of a sweep "
        "drew; of a pipeline's step as `step.input`.",
        Aspect.BASE_MODEL: "Models that the job read, by the input's name, and what a copy was `copied from`.",
        Aspect.COMPUTE: "`target`, `instance type`, `instances`, `distribution`.",
        Aspect.SUBMITTER: "Who submitted the job (`by`, `identity type`) and as whom it ran (`runs as`).",
        Aspect.JOB: "The `job`, its `type`, `experiment`, `command`, `status`, and when it was `created`.",
        Aspect.SOURCE: "As it was registered: `reference`, `declared job`, and the `output` and `path` it names.",
        Aspect.REGISTRATION: "Who registered it (`by`, `identity type`), and when (`at`).",
        Aspect.MODEL: "`type`, `stage`, `description`, `aliases`.",
        Aspect.FLAVOR: "MLflow flavors, by name.",
        Aspect.TAG: "Tags, by name.",
        Aspect.METRIC: "Metrics of the run, by name, as an MLflow server had them at the crawl.",
    },
)

say(
    Change,
    "ValueChange",
    "How a value of the first version stands to that of the second.",
    {
        Change.CHANGED: "Both have one, and they differ.",
        Change.ADDED: "Only the second has one.",
        Change.REMOVED: "Only the first has one.",
        Change.UNKNOWN: "It cannot be told, because one side or both could not be read: `reason` says which and why.",
        Change.SAME: "Both have the same.",
    },
)


@strawberry.input(description="Which lines of a comparison to show; every condition that is given must hold.")
class ModelChangeFilter:
    aspects: list[Aspect] | None = strawberry.field(
        default=None, description="Only of these aspects; null or empty for all."
    )
    changes: list[Change] | None = strawberry.field(
        default=None, description="Only these changes; null or empty for all, `SAME` included."
    )

    def shows(self, row: Row) -> bool:
        return (not self.aspects or row.aspect in self.aspects) and (not self.changes or row.change in self.changes)


@strawberry.type(description="A value of one version, and why it is believed.")
class ModelValue:
    text: str = strawberry.field(
        description="What stands there, with secrets removed and cut to 1,024 characters (it is compared whole); of a "
        "thing its canonical reference."
    )
    node: LineageNode | None = strawberry.field(description="The thing that it is; null when it is a plain value.")
    certainty: Certainty = strawberry.field(
        description="How far it may be believed. `AMBIGUOUS` when one of several jobs made the version and they do not "
        "agree in this."
    )
    evidence: Evidence = strawberry.field(description="The place in a record of the service that it was read from.")


@strawberry.type(description="One line of a comparison.")
class ModelChange:
    aspect: Aspect = strawberry.field(description="What it tells of.")
    name: str | None = strawberry.field(
        description="Which of its aspect: an input, a parameter, `commit`; null when nothing is known of the whole "
        "aspect."
    )
    change: Change = strawberry.field(description="How the two values stand to each other.")
    before: ModelValue | None = strawberry.field(
        description="The value of the first version; null when it has none or it is not known."
    )
    after: ModelValue | None = strawberry.field(
        description="The value of the second version; null when it has none or it is not known."
    )
    reason: str | None = strawberry.field(
        description="Of `UNKNOWN`, which side is not known and why, in a sentence; null for any other change."
    )
    remedy: str | None = strawberry.field(
        description="What to do to be able to compare it, in a sentence; null when there is nothing to do."
    )


@strawberry.type(description="An entry of a comparison.")
class ModelChangeEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: ModelChange = strawberry.field(description="The line.")


@strawberry.type(description="The lines of a comparison, by aspect and then by name.")
class ModelChangeConnection:
    edges: list[ModelChangeEdge] = strawberry.field(description="The lines of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Lines that pass `filter`, over all pages.")


@strawberry.type(description="How many lines there are of one aspect and change.")
class ModelChangeCount:
    aspect: Aspect = strawberry.field(description="The aspect.")
    change: Change = strawberry.field(description="The change.")
    count: int = strawberry.field(description="Lines, before `filter` and paging.")


class Sides(msgspec.Struct, frozen=True):
    """The ground of a comparison: each side is read from a view of its own. A `Ground`."""

    session: Session
    then: RememberingView
    view: RememberingView
    nodes: Mapping[int, graph.Node] = {}


@strawberry.type(
    description="Two model versions side by side, or one at two times: data, code, environment, parameters, compute "
    "and people, each value with its evidence."
)
class ModelDifference:
    before: LineageNode = strawberry.field(description="The first version.")
    after: LineageNode = strawberry.field(description="The second version.")
    generation: Generation = strawberry.field(description="The published state that the second was read from.")
    before_generation: Generation = strawberry.field(
        description="The published state that the first was read from: the same unless `fromAsOf` was given."
    )
    is_complete: bool = strawberry.field(
        description="Whether everything that the two rest on was read. False always comes with `truncations`."
    )
    truncations: list[Truncation] = strawberry.field(
        description="Why something may be missing; empty when it is complete."
    )
    counts: list[ModelChangeCount] = strawberry.field(
        description="How many lines there are of each aspect and change, by aspect."
    )
    told: strawberry.Private[Comparison]
    sides: strawberry.Private[Sides]

    @strawberry.field(description="The lines, by aspect and then by name. Null only beside an error.")
    def changes(
        self,
        first: First,
        after: Within = None,
        filter: Annotated[  # noqa: A002
            ModelChangeFilter | None, strawberry.argument(description="Which lines to show; null shows all.")
        ] = None,
    ) -> ModelChangeConnection | None:
        rows = [row for row in self.told.rows if filter is None or filter.shows(row)]
        page, marks, info = cut(rows, first, after, LISTING, self.told.header.generation.number, _key)
        before = things_of(self.sides.session, self.sides.then, [row.before for row in page])
        then = things_of(self.sides.session, self.sides.view, [row.after for row in page])
        edges = [
            ModelChangeEdge(cursor=mark, node=_row(row, before, then)) for row, mark in zip(page, marks, strict=True)
        ]
        return ModelChangeConnection(edges=edges, page_info=info, total_count=len(rows))

    @strawberry.field(
        description="The workspaces and registries that the two touch, with when and how completely each was read. "
        "Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.told.header
        return scopes(header.scopes, first, after, header.generation.number)


@strawberry.type
class ComparisonQueries:
    """The root field `modelDifference`."""

    @strawberry.field(
        description="What differs between two model versions: data, code, environment, parameters, compute, who "
        "submitted and who registered; and what could not be compared, with the reason. Also one version as of two "
        "times. Null only beside an error, which a reference that cannot be answered is here, and one that is no model "
        "version (`invalid_option`)."
    )
    def model_difference(
        self,
        info: strawberry.Info[Session, None],
        from_: Annotated[NodeRef, strawberry.argument(name="from", description="The first model version.")],
        to: Annotated[NodeRef, strawberry.argument(description="The second model version.")],
        workspace: Annotated[
            str | None,
            strawberry.argument(
                description="Canonical reference of the workspace or registry that relative references are meant in; "
                "null means the only one that was crawled."
            ),
        ] = None,
        as_of: Annotated[
            AsOf | None, strawberry.argument(description="As of when to answer; null means the newest generation.")
        ] = None,
        from_as_of: Annotated[
            AsOf | None,
            strawberry.argument(description="As of when to read the first version; null means as the second."),
        ] = None,
    ) -> ModelDifference | None:
        session = info.context
        view = session.view(as_of.value() if as_of else None)
        then = session.view(from_as_of.value()) if from_as_of else view
        scope = scope_of(workspace)
        before, after = find(then, from_.text(), scope), find(view, to.text(), scope)
        told = comparison.model_difference(view, before, after, session.budget(None), then=then)
        session.visited += len(told.before.values) + len(told.after.values)
        sides = Sides(session, then, view)
        return ModelDifference(
            before=thing(before, Page(session, then, (before.node.key,))),
            after=thing(after, Page(session, view, (after.node.key,))),
            generation=generation(told.after.header.generation),
            before_generation=generation(told.before.header.generation),
            is_complete=told.header.is_complete,
            truncations=truncations(told.header, sides),
            counts=[
                ModelChangeCount(aspect=aspect, change=change, count=count)
                for (aspect, change), count in told.counts.items()
            ],
            told=told,
            sides=sides,
        )


def things_of(session: Session, view: RememberingView, values: list[Value | None]) -> dict[int, LineageNode]:
    """The API's objects of the things among these values, by key, read at once."""
    nodes = {one.node.key: one.node for one in values if one is not None and one.node is not None}
    page = Page(session, view, nodes)
    return {key: thing(Found(node), page) for key, node in nodes.items()}


def _row(row: Row, before: dict[int, LineageNode], after: dict[int, LineageNode]) -> ModelChange:
    return ModelChange(
        aspect=row.aspect,
        name=row.name or None,
        change=row.change,
        before=model_value(row.before, before),
        after=model_value(row.after, after),
        reason=row.reason or None,
        remedy=row.remedy or None,
    )


def model_value(one: Value | None, nodes: dict[int, LineageNode]) -> ModelValue | None:
    """The API's object for a value. nodes: see `things_of`."""
    if one is None:
        return None
    node = nodes[one.node.key] if one.node is not None else None
    return ModelValue(text=one.text, node=node, certainty=one.certainty, evidence=evidence(one.evidence))


def _key(row: Row) -> int:
    sides = (one.identity if one is not None else "" for one in (row.before, row.after))
    return key_of(f"{row.aspect} {row.name} {row.change} {' '.join(sides)}")
