"""What may come of looking up a reference. The expected outcomes are types, not errors."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import lookup
from lineage.api import things
from lineage.api.lineages import LineageNode, NodeConnection, NodeEdge, thing
from lineage.api.paging import First, Within, cut
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.errors import AmbiguousReference, InvalidOption, InvalidReference, UnknownReference
from lineage.graph import State
from lineage.ids import Kind, Scope, key
from lineage.ids import scope_of as scope_of_text
from lineage.lookup import Found
from lineage.redaction import redact_text


@strawberry.input(
    one_of=True,
    description="A reference to a thing. Give exactly one key.",
)
class NodeRef:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The `id` of a node, from an earlier answer."
    )
    uri: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any spelling that Azure ML, MLflow or storage use for it: an Azure ML URI short or long, an ARM "
        "id, `runs:/…`, `models:/…`, a storage URL, a canonical reference.",
    )
    model: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A model version as `name:version`, or `name@label`, in the workspace of the `workspace` argument "
        "or the only one that was crawled.",
    )
    job: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A job's name (MLflow: run id), in the workspace of the `workspace` argument or the only one that "
        "was crawled.",
    )

    def text(self) -> str:
        """The reference as the look-up reads it."""
        if isinstance(self.id, str):
            return _id(self.id)
        if isinstance(self.model, str):
            return self.model
        if isinstance(self.job, str):
            return f"azureml://jobs/{self.job}"
        return str(self.uri)


def _id(text: str) -> str:
    if text.isdecimal() and text.isascii() and len(text) <= 19:
        return text
    raise InvalidReference(text[:64], 0, "an id as an answer of this service gives it")


@strawberry.type(
    description="Something names the thing, and no record of the service describes it: it was never read. What is "
    "known is its reference, what leads to it, and what to do."
)
class Unresolved:
    reference: str = strawberry.field(description="Canonical reference.")
    node: LineageNode = strawberry.field(description="The thing, with the links that name it.")
    reason: str = strawberry.field(description="Why nothing describes it, in a sentence.")
    remedy: str | None = strawberry.field(description="What to do, in a sentence; null when there is nothing to do.")


@strawberry.type(
    name="UnknownReference", description="A well-formed reference to something that this generation does not hold."
)
class UnknownReferenceOutcome:
    reference: str = strawberry.field(description="The reference as it was asked, with secrets removed.")
    message: str = strawberry.field(description="What is not known, in a sentence.")
    remedy: str = strawberry.field(description="What to do next, in a sentence.")


@strawberry.type(name="InvalidReference", description="Text that claims a known scheme and breaks its grammar.")
class InvalidReferenceOutcome:
    reference: str = strawberry.field(description="The text as it was asked, with secrets removed.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")
    remedy: str = strawberry.field(description="What to do next, in a sentence.")
    position: int = strawberry.field(description="The character at which reading stopped, counted from 0.")
    expected: str = strawberry.field(description="What the grammar wanted there.")


@strawberry.type(description="More than one thing answers to the reference.")
class Ambiguous:
    message: str = strawberry.field(description="What is ambiguous, in a sentence.")
    remedy: str = strawberry.field(description="How to say which one is meant, in a sentence.")
    texts: strawberry.Private[tuple[str, ...]]
    page: strawberry.Private[Page]

    @strawberry.field(
        description="The things that answer to it: ask again with the `reference` of one. Null only beside an error."
    )
    def candidates(self, first: First, after: Within = None) -> NodeConnection | None:
        view = self.page.view
        known = list(view.nodes([key(text) for text in self.texts]).values())
        nodes, marks, info = cut(known, first, after, "candidates", view.generation.number, lambda node: node.key)
        page = Page(self.page.session, view, (node.key for node in nodes))
        edges = [NodeEdge(cursor=mark, node=thing(Found(node), page)) for mark, node in zip(marks, nodes, strict=True)]
        return NodeConnection(edges=edges, page_info=info, total_count=len(known))


Resolution = Annotated[
    things.ModelVersion
    | things.Job
    | things.JobOutput
    | things.DataVersion
    | things.Location
    | things.EnvironmentVersion
    | things.ComponentVersion
    | things.CodeVersion
    | things.AssetVersion
    | things.Endpoint
    | things.Deployment
    | things.Model
    | things.Datastore
    | things.Compute
    | things.Workspace
    | things.Registry
    | things.Schedule
    | things.OtherThing
    | Unresolved
    | UnknownReferenceOutcome
    | InvalidReferenceOutcome
    | Ambiguous,
    strawberry.union(
        name="Resolution",
        description="What may come of looking up a reference: the thing, or one of the ways in which there is none to "
        "show.",
    ),
]

_DESCRIBED = frozenset(
    {
        Kind.MODEL_VERSION,
        Kind.DATA_VERSION,
        Kind.ENVIRONMENT_VERSION,
        Kind.COMPONENT_VERSION,
        Kind.CODE_VERSION,
        Kind.ASSET_VERSION,
        Kind.JOB,
        Kind.ENDPOINT,
        Kind.DEPLOYMENT,
    }
)
"""Kinds that the service has records of. Of the others there is never more to know than their links."""


def scope_of(workspace: str | None) -> Scope | None:
    """The scope of relative references. Raises InvalidOption when the argument names none."""
    if workspace is None:
        return None
    scope = scope_of_text(workspace)
    if scope is None:
        raise InvalidOption(
            f"`workspace` names no workspace or registry: {redact_text(workspace[:200])!r}",
            "write azureml://subscriptions/S/resourceGroups/G/workspaces/W, as `status` lists them",
        )
    return scope


def resolve(session: Session, view: RememberingView, ref: NodeRef, workspace: str | None) -> Resolution:
    """Look a reference up. Raises only what `scope_of` raises."""
    scope = scope_of(workspace)
    asked = ""
    try:
        asked = ref.text()
        found = lookup.find(view, asked, scope)
    except InvalidReference as error:
        return InvalidReferenceOutcome(
            reference=error.text,
            message=str(error),
            remedy=error.remedy,
            position=error.position,
            expected=error.expected,
        )
    except UnknownReference as error:
        return UnknownReferenceOutcome(reference=redact_text(asked), message=str(error), remedy=error.remedy)
    except AmbiguousReference as error:
        page = Page(session, view, ())
        return Ambiguous(message=str(error), remedy=error.remedy, texts=error.candidates, page=page)
    node = thing(found, Page(session, view, (found.node.key,)))
    if found.node.state is State.UNRESOLVED and found.node.kind in _DESCRIBED:
        reason = found.node.reason or "something names it and no crawl has read it"
        return Unresolved(reference=node.reference, node=node, reason=reason, remedy=node.remedy)
    return node  # type: ignore[return-value]  # an object type of THINGS, each of which is in the union
