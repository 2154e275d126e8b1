"""`findings`: what an auditor would ask about, each with its evidence and what to do.

A page of everything is judged as it is asked for, from the finding that the cursor names. What is counted over all
pages takes a pass over the whole generation, so it is done when a count is asked for, and remembered: a generation
never changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Annotated, Final

import strawberry

from lineage import answers, findings, graph
from lineage.api import cursors
from lineage.api.arguments import AsOf, PagedWhen, WorkspaceArgument, as_of_page
from lineage.api.cursors import Cursor
from lineage.api.lineages import LineageNode, Truncation, things, truncations
from lineage.api.naming import NodeRef, scope_of
from lineage.api.paging import (
    After,
    First,
    Generation,
    PageInfo,
    ScopeConnection,
    Within,
    cut,
    generation,
    page_info,
    scopes,
)
from lineage.api.reading import Page
from lineage.api.session import RememberingView, Session
from lineage.api.tallying import Tally, known
from lineage.api.words import say
from lineage.errors import InvalidOption, QueryTooSlow
from lineage.findings import RULES, Code, Position, Proof, Severity, Wanted
from lineage.graph import Direction, Relation
from lineage.ids import key as key_of
from lineage.lookup import Found, find

say(
    Severity,
    "FindingSeverity",
    "How much a finding weighs.",
    {
        Severity.ERROR: "The lineage, or what is served, cannot be relied on.",
        Severity.WARNING: "Something that an auditor will ask about.",
        Severity.NOTE: "Worth knowing; often meant so.",
    },
)

say(
    Code,
    "FindingCode",
    "The rules. A code never changes its meaning.",
    {code: f"{rule.title}. {rule.help}" for code, rule in RULES.items()},
)

_ALL: Final = "findings"
_OF: Final = "findingsOf"
_CODES: Final = tuple(RULES)


@strawberry.input(description="Which findings on a thing are shown; every condition that is given must hold.")
class ThingFindingFilter:
    codes: list[Code] | None = strawberry.field(default=None, description="Only of these rules; null or empty for any.")
    severities: list[Severity] | None = strawberry.field(
        default=None, description="Only of these weights; null or empty for any."
    )


@strawberry.input(description="Which findings a list shows; every condition that is given must hold.")
class FindingFilter:
    codes: list[Code] | None = strawberry.field(default=None, description="Only of these rules; null or empty for any.")
    severities: list[Severity] | None = strawberry.field(
        default=None, description="Only of these weights; null or empty for any."
    )
    workspace: str | None = strawberry.field(
        default=None,
        description="Canonical reference of the workspace or registry that the subject is in; null for any.",
    )
    of: NodeRef | None = strawberry.field(
        default=None,
        description="Only findings on this thing and on what it was made from; of a model version also on what deploys "
        "it and what tests it. Null for everything.",
    )

    def wanted(self) -> Wanted:
        """The filter of the pure question. Raises InvalidOption for a workspace that is none."""
        scope = scope_of(self.workspace)
        text = scope.text if scope is not None else ""
        return Wanted(tuple(self.codes or ()), tuple(self.severities or ()), text)


@strawberry.type(description="One piece of evidence: what stood in which field of which record of the service.")
class FindingEvidence:
    record: str = strawberry.field(
        description="Canonical reference of the thing whose record it is; of a gap, what could not be read."
    )
    record_kind: str = strawberry.field(
        description="Which answer of the service about that thing: `model_version`, `job`, `run` and so on; `crawl` "
        "and `listing` are what the crawl itself noted."
    )
    field: str | None = strawberry.field(
        description="Dotted path of the field in that answer (`properties.modelUri`); null when the answer as a whole "
        "is meant."
    )
    value: str | None = strawberry.field(
        description="What stood there, with secrets removed; null when nothing did, which may be the point."
    )
    says: str | None = strawberry.field(description="What follows from it, in words; null when that is plain.")
    relation: Relation | None = strawberry.field(
        description="What the link says that it founds; null when it founds none."
    )
    cause: str | None = strawberry.field(
        description="Canonical reference of the thing that the link leads to; null when `relation` is."
    )


@strawberry.type(description="One rule's word on one thing. There is at most one for a rule and a thing.")
class Finding:
    code: Code = strawberry.field(description="The rule.")
    severity: Severity = strawberry.field(
        description="How much it weighs: as the rule has it, or less where the records explain it."
    )
    title: str = strawberry.field(description="The rule in a few words.")
    help: str = strawberry.field(description="What the rule means, how it finds, and what it cannot know.")
    subject: str = strawberry.field(description="Canonical reference of the thing that it is about.")
    scope: str | None = strawberry.field(
        description="Canonical reference of the workspace or registry that the subject is in; null for none."
    )
    sentence: str = strawberry.field(description="What is the case.")
    remedy: str = strawberry.field(description="What to do about it.")
    proofs: list[FindingEvidence] = strawberry.field(description="Where it stands: at most 20 pieces of evidence.")
    more_proofs: int = strawberry.field(description="Pieces of evidence beyond those.")


@strawberry.type(description="A finding of a list.")
class FindingEdge:
    cursor: str = strawberry.field(description="Where this entry stands. It names the generation.")
    node: Finding = strawberry.field(description="The finding.")
    of: LineageNode | None = strawberry.field(
        description="The thing that it is about; null for a workspace or registry that nothing describes."
    )


@strawberry.type(description="How many findings there are of one rule.")
class FindingCodeCount:
    code: Code = strawberry.field(description="The rule.")
    count: int = strawberry.field(description="Findings of it, over all pages.")


@strawberry.type(description="How many findings there are of one weight.")
class FindingSeverityCount:
    severity: Severity = strawberry.field(description="The weight.")
    count: int = strawberry.field(description="Findings of it, over all pages.")


class _Told:
    """What a connection is read from: counts when they are asked for."""

    def __init__(self, header: answers.Header, session: Session, view: RememberingView, wanted: Wanted) -> None:
        self.header = header
        self.session = session
        self.view = view
        self.nodes: Mapping[int, graph.Node] = {}
        self._wanted = wanted
        self._given: Sequence[findings.Finding] | None = None

    def of(self, given: Sequence[findings.Finding]) -> _Told:
        """All findings are here: they are counted as they are."""
        self._given = given
        return self

    @cached_property
    def tally(self) -> Tally:
        """Raises QueryTooSlow."""
        if self._given is not None:
            return Counter((one.code, one.severity, one.scope) for one in self._given)
        whole = known(self.session, self.view).tally(self.session, self.view)
        wanted = self._wanted
        return {
            (code, severity, scope): count
            for (code, severity, scope), count in whole.items()
            if (not wanted.codes or code in wanted.codes)
            and (not wanted.severities or severity in wanted.severities)
            and wanted.scope in ("", scope)
        }


@strawberry.type(description="Findings, and how far they can be trusted.")
class FindingConnection:
    edges: list[FindingEdge] = strawberry.field(
        description="The findings of this page. Of everything: deployments first, then model versions, jobs, data, "
        "environments, workspaces; each by reference and rule. Of one thing: the weightiest first."
    )
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    generation: Generation = strawberry.field(description="The published state that the page was read from.")
    is_complete: bool = strawberry.field(
        description="Whether everything that the rules looked at was read. False always comes with `truncations`: what "
        "was not read has no findings."
    )
    truncations: list[Truncation] = strawberry.field(description="Why some may be missing; empty when it is complete.")
    told: strawberry.Private[_Told]

    @strawberry.field(
        description="Findings that pass the filter, over all pages. Null beside an error: counting everything of a "
        "large estate takes longer than a request may, and `lineage findings` has no such limit."
    )
    def total_count(self) -> int | None:
        return sum(self.told.tally.values())

    @strawberry.field(
        description="How many of each rule, over all pages, in the order of the rules. Null beside an error, as "
        "`totalCount`."
    )
    def code_counts(self) -> list[FindingCodeCount] | None:
        counts: Counter[Code] = Counter()
        for (code, _, _), count in self.told.tally.items():
            counts[code] += count
        return [FindingCodeCount(code=code, count=counts[code]) for code in _CODES if counts[code]]

    @strawberry.field(
        description="How many of each weight, over all pages, the weightiest first. Null beside an error, as "
        "`totalCount`."
    )
    def severity_counts(self) -> list[FindingSeverityCount] | None:
        counts: Counter[Severity] = Counter()
        for (_, severity, _), count in self.told.tally.items():
            counts[severity] += count
        return [FindingSeverityCount(severity=one, count=counts[one]) for one in Severity if counts[one]]

    @strawberry.field(
        description="The workspaces and registries that were looked at, with when and how completely each was read. "
        "Null only beside an error."
    )
    def scopes(self, first: First, after: Within = None) -> ScopeConnection | None:
        header = self.told.header
        return scopes(header.scopes, first, after, header.generation.number)


Filter = Annotated[FindingFilter | None, strawberry.argument(description="Which to show; null shows all.")]


ThingFindings = Annotated[ThingFindingFilter | None, strawberry.argument(description="Which to show; null shows all.")]


@strawberry.type
class FindingQueries:
    """The root field `findings`."""

    @strawberry.field(
        description="What an auditor would ask about: models without a known job, code that was not committed, test "
        "data that trained the model, archived models that are served. Ages of crawls are counted up to when the "
        "generation was published. Null only beside an error, which a reference that cannot be answered is here."
    )
    def findings(
        self,
        info: strawberry.Info[Session, None],
        first: First,
        after: After = None,
        filter: Filter = None,  # noqa: A002
        workspace: WorkspaceArgument = None,
        as_of: PagedWhen = None,
    ) -> FindingConnection | None:
        session = info.context
        chosen = filter or FindingFilter()
        if isinstance(chosen.of, NodeRef):
            view = session.view(as_of_page(as_of, after, _OF))
            found = find(view, chosen.of.text(), scope_of(workspace))
            return of_thing(session, view, found, first, after, chosen.wanted())
        code, mark = _read(after)
        listing = _ALL if code is None else f"{_ALL}{code}"
        view = session.view(as_of_page(as_of, after, listing))
        return _everything(session, view, first, after, code, mark, chosen.wanted())


def of_thing(
    session: Session, view: RememberingView, found: Found, first: int, after: str | None, wanted: Wanted
) -> FindingConnection:
    """The findings of a thing and of what it was made from. Raises InvalidOption."""
    told = findings.of(view, found, wanted, budget=session.budget(None))
    page, marks, info = cut(told.findings, first, after, _OF, view.generation.number, _key)
    ground = _Told(told.header, session, view, wanted).of(told.findings)
    return _connection(ground, page, marks, info)


def findings_of(
    of: LineageNode, first: int, after: str | None, wanted: ThingFindingFilter | None, when: AsOf | None
) -> FindingConnection:
    """The findings of a thing that an answer holds. Raises InvalidOption."""
    page, found = of.page, of.found
    number = as_of_page(when, after, _OF)
    view = page.session.view(number) if number is not None else page.view
    if view is not page.view:
        found = find(view, found.node.text)
    chosen = wanted or ThingFindingFilter()
    return of_thing(
        page.session, view, found, first, after, Wanted(tuple(chosen.codes or ()), tuple(chosen.severities or ()))
    )


def _everything(
    session: Session,
    view: RememberingView,
    first: int,
    after: str | None,
    code: Code | None,
    mark: Cursor | None,
    wanted: Wanted,
) -> FindingConnection:
    size = cursors.page_size(first)
    begin = None
    if code is not None and mark is not None:
        node = view.nodes((mark.position,)).get(mark.position)
        if node is None:
            raise cursors.foreign()
        begin = Position(node.kind if RULES[code].about else None, node.text, code)

    def pulse(_: Position) -> None:
        if session.expired():
            raise QueryTooSlow(
                "the request ran out of time before the page was full",
                "ask for a smaller page, or for other rules; `lineage findings` has no such limit",
            )

    # What is judged on the way is not what other fields ask for: it is not remembered.
    behind = known(session, view).behind
    page = [*islice(findings.estate(view.unremembered, wanted, after=begin, behind=behind, pulse=pulse), size + 1)]
    shown = page[:size]
    marks = [str(Cursor(f"{_ALL}{one.code}", view.generation.number, one.key)) for one in shown]
    info = page_info(marks, after, more=len(page) > size)
    header = answers.header(view, (), (), Direction.DOWNSTREAM)
    return _connection(_Told(header, session, view, wanted), shown, marks, info)


def _connection(
    told: _Told, page: Sequence[findings.Finding], marks: Sequence[str], info: PageInfo
) -> FindingConnection:
    keys = list(told.view.nodes(list(dict.fromkeys(one.key for one in page))))
    nodes = dict(zip(keys, things(Page(told.session, told.view, keys), keys), strict=True))
    return FindingConnection(
        edges=[
            FindingEdge(cursor=mark, node=finding(one), of=nodes.get(one.key))
            for one, mark in zip(page, marks, strict=True)
        ],
        page_info=info,
        generation=generation(told.view.generation),
        is_complete=told.header.is_complete,
        truncations=truncations(told.header, told),
        told=told,
    )


def finding(of: findings.Finding) -> Finding:
    """The API's object for a finding."""
    rule = RULES[of.code]
    return Finding(
        code=of.code,
        severity=of.severity,
        title=rule.title,
        help=rule.help,
        subject=of.subject,
        scope=of.scope or None,
        sentence=of.sentence,
        remedy=of.remedy,
        proofs=[_evidence(proof) for proof in of.evidence],
        more_proofs=of.more,
    )


def _evidence(of: Proof) -> FindingEvidence:
    return FindingEvidence(
        record=of.record,
        record_kind=of.record_kind,
        field=of.field or None,
        value=of.value or None,
        says=of.says or None,
        relation=Relation(of.relation) if of.relation else None,
        cause=of.cause or None,
    )


def _key(of: findings.Finding) -> int:
    return key_of(f"{of.code} {of.subject}")


def _read(after: str | None) -> tuple[Code | None, Cursor | None]:
    """The rule and the place that a cursor of everything names. Raises InvalidOption."""
    if after is None:
        return None, None
    for code in _CODES:
        try:
            return code, cursors.read(after, f"{_ALL}{code}")
        except InvalidOption:
            continue
    raise cursors.foreign()
