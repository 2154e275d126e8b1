"""What may come of looking up a reference. The expected outcomes are types, not errors."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import lookup
from lineage.api import things
from lineage.api.lineages import LineageNode, NodeConnection, NodeEdge, thing
from lineage.api.naming import NodeRef, scope_of
from lineage.api.paging import First, Within, cut
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.errors import AmbiguousReference, InvalidReference, UnknownReference
from lineage.graph import State
from lineage.ids import Kind, key
from lineage.lookup import Found
from lineage.redaction import redact_text


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


__all__ = ["Ambiguous", "NodeRef", "Resolution", "Unresolved", "resolve", "scope_of"]
