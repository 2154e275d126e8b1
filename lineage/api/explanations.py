"""`explain`: how a reference is read, what it means, what else it could mean, and why or why not."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import explain as reader
from lineage.api.arguments import AsOf
from lineage.api.lineages import LineageNode, LooseEnd, loose_end, thing
from lineage.api.outcomes import scope_of
from lineage.api.paging import First, Generation, PageInfo, Within, cut, generation
from lineage.api.proof import Evidence, evidence
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.choosing import Choice, Chosen, choices
from lineage.coverage import Reason
from lineage.explain import Explanation
from lineage.graph import Certainty, Derivation, Edge, Relation
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found

_ENDS = 20


@strawberry.type(description="A named piece of a reference, as it is spelt.")
class ReferencePart:
    name: str = strawberry.field(description="What the piece is: `job`, `output`, `path`, `datastore` and so on.")
    value: str = strawberry.field(description="The piece, with secrets removed.")


@strawberry.type(description="Why text could not be read as a reference.")
class ReferenceProblem:
    code: str = strawberry.field(description="The error's code.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")
    position: int | None = strawberry.field(
        description="The character at which reading stopped, counted from 0; null when it is none in particular."
    )
    expected: str | None = strawberry.field(description="What the grammar wanted there; null when it wanted nothing.")


@strawberry.type(
    description="One thing that a reference may mean, or that what it means may have been made from or written by."
)
class ReferenceChoice:
    reference: str = strawberry.field(description="Canonical reference.")
    node: LineageNode | None = strawberry.field(description="The thing; null when the generation does not hold it.")
    reason: str = strawberry.field(description="Why it is one, in a sentence.")
    at: str | None = strawberry.field(
        description="When its job ended or it was made, as the service wrote it; null when no record says."
    )
    is_chosen: bool = strawberry.field(description="Whether it is what is believed.")
    relation: Relation | None = strawberry.field(description="What the link to it says; null for a name.")
    derivation: Derivation | None = strawberry.field(description="What the link was read from; null for a name.")
    certainty: Certainty | None = strawberry.field(description="How far it may be trusted; null for a name.")
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other.")
    evidence: Evidence | None = strawberry.field(description="Why the link is believed; null for a name.")


@strawberry.type(description="An entry of a list of choices.")
class ReferenceChoiceEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: ReferenceChoice = strawberry.field(description="The choice.")


@strawberry.type(description="What a reference, or what it was made from, could mean.")
class ReferenceChoiceConnection:
    edges: list[ReferenceChoiceEdge] = strawberry.field(description="The choices of this page, the likeliest first.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Choices in all.")


@strawberry.type(description="A link that an explanation rests on.")
class ExplainedLinkEdge:
    cursor: str = strawberry.field(description="Where this entry stands.")
    node: LineageNode = strawberry.field(description="The other end: a cause of the thing, or another name of it.")
    relation: Relation = strawberry.field(description="What the link says, read from effect to cause.")
    name: str | None = strawberry.field(description="Name of the input or output; null when the link has none.")
    path: str | None = strawberry.field(description="Path inside the cause's output; null for the whole output.")
    derivation: Derivation = strawberry.field(description="What the link was read from.")
    certainty: Certainty = strawberry.field(description="How far it may be trusted.")
    rank: int = strawberry.field(description="Order among ambiguous candidates, 0 first; 0 for any other link.")
    evidence: Evidence = strawberry.field(description="Why it is believed.")
    since: int = strawberry.field(description="Number of the generation that first published it as it is.")


@strawberry.type(description="The links from a thing to its causes and its other names, at most 100.")
class ExplainedLinkConnection:
    edges: list[ExplainedLinkEdge] = strawberry.field(description="The links of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="Links in all.")


@strawberry.type(description="How a reference is read, what it means in one generation, and why or why not.")
class ReferenceExplanation:
    reference: str = strawberry.field(description="The text, with secrets removed.")
    form: str | None = strawberry.field(description="Name of the grammar's form that it has; null for broken text.")
    parts: list[ReferencePart] = strawberry.field(description="Its pieces, as they are spelt; empty for broken text.")
    problem: ReferenceProblem | None = strawberry.field(description="Why it could not be read; null when it could.")
    canonical: str | None = strawberry.field(
        description="Absolute name of what it means; null when it names nothing, or is relative and no workspace is "
        "given."
    )
    kind: Kind | None = strawberry.field(description="What the name names; null when it names nothing.")
    spellings: list[str] = strawberry.field(
        description="Other ways to write it, which all mean the same; at most some twenty."
    )
    node: LineageNode | None = strawberry.field(
        description="The thing, with its state; its `otherNames` are followed as one. Null when the generation "
        "holds none."
    )
    path: str | None = strawberry.field(
        description="The place inside the job's output that is meant; null for the whole thing."
    )
    reason: str = strawberry.field(description="Why it means this, or why it means nothing, in a sentence.")
    remedy: str | None = strawberry.field(
        description="What to do next, in a sentence; null when there is nothing to do."
    )
    gap: Reason | None = strawberry.field(
        description="Why no job that was read is known behind it: the job was deleted, it was uploaded, several jobs "
        "wrote there. Null when a job is known, or when it is nothing that a job makes."
    )
    generation: Generation = strawberry.field(description="The published state that it was looked up in.")
    told: strawberry.Private[Explanation]
    weighed: strawberry.Private[Chosen]
    page: strawberry.Private[Page]

    @strawberry.field(
        description="What it could mean when several things answer, names like it when none does, else what it may "
        "have been made from or written by, the likeliest first. Null only beside an error."
    )
    def choices(self, first: First, after: Within = None) -> ReferenceChoiceConnection | None:
        every, number = self.weighed.choices, self.page.view.generation.number
        page, marks, info = cut(every, first, after, "choices", number, _choice_key)
        around = self.page.around(one.node.key for one in page if one.node is not None)
        edges = [
            ReferenceChoiceEdge(cursor=mark, node=_choice(one, around)) for one, mark in zip(page, marks, strict=True)
        ]
        return ReferenceChoiceConnection(edges=edges, page_info=info, total_count=len(every))

    @strawberry.field(
        description="What it rests on: the links to its causes and other names, with their evidence. Null only beside "
        "an error."
    )
    def links(self, first: First, after: Within = None) -> ExplainedLinkConnection | None:
        told, number = self.told, self.page.view.generation.number
        names = {one.key for one in (told.node, *told.same) if one is not None}
        known = [(edge, other) for edge in told.edges if (other := _other(edge, names)) in told.ends]
        page, marks, info = cut(known, first, after, "explainedLinks", number, lambda one: _link_key(one[0]))
        around = self.page.around(other for _, other in page)
        edges = [
            _link(edge, thing(Found(told.ends[other]), around), mark)
            for (edge, other), mark in zip(page, marks, strict=True)
        ]
        return ExplainedLinkConnection(edges=edges, page_info=info, total_count=len(known))

    @strawberry.field(description="References in its records that could not be followed, at most 20.")
    def loose_ends(self) -> list[LooseEnd]:
        return [loose_end(end) for end in self.told.loose[:_ENDS]]


@strawberry.type
class ExplanationQueries:
    """The root field `explain`."""

    @strawberry.field(
        description="How a reference is read, what it means and why; what else it could mean; and when it means "
        "nothing or no job is known behind it, the exact reason and what to do. Any text is answered. Null only beside "
        "an error."
    )
    def explain(
        self,
        info: strawberry.Info[Session, None],
        reference: Annotated[str, strawberry.argument(description="The text, in any spelling, broken or not.")],
        workspace: Annotated[
            str | None,
            strawberry.argument(
                description="Canonical reference of the workspace or registry that a relative reference is meant in; "
                "null means the only one that was crawled."
            ),
        ] = None,
        as_of: Annotated[
            AsOf | None, strawberry.argument(description="As of when to answer; null means the newest generation.")
        ] = None,
    ) -> ReferenceExplanation | None:
        session = info.context
        view = session.view(as_of.value() if as_of else None)
        told = reader.explain(reference, scope_of(workspace), view)
        return _explanation(session, view, told)


def _explanation(session: Session, view: RememberingView, told: Explanation) -> ReferenceExplanation:
    reading, weighed = told.reading, choices(view, told)
    page = Page(session, view, (told.node.key,) if told.node is not None else ())
    problem = reading.error
    return ReferenceExplanation(
        reference=reading.reference,
        form=reading.form,
        parts=[ReferencePart(name=name, value=value) for name, value in reading.parts.items() if value],
        problem=ReferenceProblem(
            code=problem.code, message=problem.message, position=problem.position, expected=problem.expected
        )
        if problem is not None
        else None,
        canonical=reading.canonical,
        kind=told.kind,
        spellings=list(told.spellings),
        node=thing(Found(told.node, told.path, told.same), page) if told.node is not None else None,
        path=told.path or None,
        reason=told.reason,
        remedy=told.remedy or weighed.remedy or None,
        gap=weighed.gap,
        generation=generation(view.generation),
        told=told,
        weighed=weighed,
        page=page,
    )


def _choice(one: Choice, page: Page) -> ReferenceChoice:
    edge = one.edge
    return ReferenceChoice(
        reference=one.text,
        node=thing(Found(one.node), page) if one.node is not None else None,
        reason=one.reason,
        at=one.at or None,
        is_chosen=one.chosen,
        relation=edge.relation if edge is not None else None,
        derivation=edge.derivation if edge is not None else None,
        certainty=edge.certainty if edge is not None else None,
        rank=edge.rank if edge is not None else 0,
        evidence=evidence(edge.evidence) if edge is not None else None,
    )


def _link(edge: Edge, node: LineageNode, cursor: str) -> ExplainedLinkEdge:
    return ExplainedLinkEdge(
        cursor=cursor,
        node=node,
        relation=edge.relation,
        name=edge.name or None,
        path=edge.path or None,
        derivation=edge.derivation,
        certainty=edge.certainty,
        rank=edge.rank,
        evidence=evidence(edge.evidence),
        since=edge.since,
    )


def _other(edge: Edge, names: set[int]) -> int:
    return edge.effect if edge.relation is Relation.SAME_AS and edge.cause in names else edge.cause


def _link_key(edge: Edge) -> int:
    told = edge.evidence
    return key_of(
        f"{edge.effect} {edge.cause} {edge.relation} {edge.name} {edge.derivation} {edge.rank} {edge.path}"
        f" {told.record} {told.record_kind} {told.field}"
    )


def _choice_key(one: Choice) -> int:
    return key_of(one.text) if one.edge is None else _link_key(one.edge)
