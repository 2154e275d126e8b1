"""Asking the rules: of one thing and what it was made from, or of everything.

Things are judged in batches of one kind: a batch asks the index the same number of questions whether it holds one
thing or hundreds. The findings of everything come one after the other, by kind and then by canonical text, and only
a batch of them is in memory at a time, beside the numbers of the things that lie behind a model version.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from lineage.answers import Header
from lineage.findings import environments, jobs, models, overlap, scopes, serving, sources
from lineage.findings.ground import Asked, Ground
from lineage.findings.rules import ORDER, RULES
from lineage.findings.words import Code, Finding, Severity
from lineage.graph import Edge, Node, Relation, State
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.lookup import Found
from lineage.names import all_names
from lineage.ports import NodeFilter, View
from lineage.trace import trace
from lineage.traversal import Budget

BATCH: Final = 500
"""Things that are judged together."""
KINDS: Final = (
    Kind.DEPLOYMENT,
    Kind.MODEL_VERSION,
    Kind.JOB,
    Kind.DATA_VERSION,
    Kind.ENVIRONMENT_VERSION,
)
"""Kinds that are judged, in the order in which the findings of everything come; scopes come after them."""
_SEEN: Final = (State.LIVE, State.ARCHIVED)
_WAVE: Final = 10_000
_WANTED: Final = frozenset({Kind.JOB, Kind.DATA_VERSION, Kind.ENVIRONMENT_VERSION})
_LEADS: Final = _WANTED | {Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.DEPLOYMENT, Kind.ASSET_VERSION, Kind.OTHER}
_RAN: Final = (Relation.USED, Relation.RAN_IN, Relation.REUSED_FROM)
_MADE_BY: Final = (
    Relation.WAS_GENERATED_BY,
    Relation.WAS_DERIVED_FROM,
    Relation.COPIED_FROM,
    Relation.DEPLOYS,
    Relation.RAN_IN,
    Relation.USED,
)
_LAST: Final = tuple(RULES)[-1]
_WEIGHT: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


class Wanted(msgspec.Struct, frozen=True):
    """Which findings are shown; every field narrows.

    codes, severities: none for all. scope: canonical text of a workspace or registry, '' for all.
    """

    codes: tuple[Code, ...] = ()
    severities: tuple[Severity, ...] = ()
    scope: str = ""

    def passes(self, finding: Finding) -> bool:
        return (
            (not self.codes or finding.code in self.codes)
            and (not self.severities or finding.severity in self.severities)
            and self.scope in ("", finding.scope)
        )

    def speaks_of(self, kind: Kind | None) -> bool:
        """Whether a finding that passes may be about this kind of thing; None stands for workspaces and registries."""
        chosen = [RULES[code] for code in self.codes] or list(RULES.values())
        return any(kind in rule.about if kind is not None else not rule.about for rule in chosen)


class Findings(msgspec.Struct, frozen=True):
    """What the rules say of one thing and of what it was made from.

    header: of the lineage that was looked at. judged: how many things that was, by kind. findings: weightiest first,
    then in the order of the rules, then by canonical text. codes, severities: how many of each.
    """

    header: Header
    judged: dict[Kind, int]
    findings: tuple[Finding, ...]
    codes: dict[Code, int]
    severities: dict[Severity, int]


def of(
    view: View,
    found: Found,
    wanted: Wanted | None = None,
    *,
    now: str = "",
    stale_days: float = 7.0,
    budget: Budget | None = None,
) -> Findings:
    """The findings of a thing and of everything upstream of it; for a model version also of what deploys and tests it.

    now: the instant that the age of a crawl is counted to; '' for the publication of the generation.
    """
    asked = Asked(view, now, stale_days)
    wanted = wanted or Wanted()
    told = trace(view, found, budget, ends=False)
    nodes = dict(told.nodes)
    serving_it, testing_it = _consumers(view, told.edges, nodes, found)
    chosen: dict[Kind, list[int]] = {kind: [] for kind in KINDS}
    for key, node in nodes.items():
        if node.kind in chosen and told.things.get(key, key) == key:
            chosen[node.kind].append(key)
    chosen[Kind.DEPLOYMENT] = list(dict.fromkeys([*chosen[Kind.DEPLOYMENT], *serving_it]))
    served_in = (
        [edge.cause for edge in view.causes(serving_it) if edge.relation is Relation.RAN_IN] if serving_it else []
    )
    chosen[Kind.ENVIRONMENT_VERSION] = list(dict.fromkeys([*chosen[Kind.ENVIRONMENT_VERSION], *served_in]))
    findings: dict[tuple[Code, int], Finding] = {}
    judged: Counter[Kind] = Counter()

    def keep(more: Iterable[Finding]) -> None:
        for finding in more:
            if wanted.passes(finding):
                findings.setdefault((finding.code, finding.key), finding)

    for kind, keys in chosen.items():
        judged[kind] += len(keys)
        if wanted.speaks_of(kind):
            for start in range(0, len(keys), BATCH):
                ground = Ground(asked)
                ground.load(keys[start : start + BATCH])
                keep(judge(kind, _things(ground, keys[start : start + BATCH]), ground, wanted.codes))
    if testing_it and _asks_overlap(wanted):
        for start in range(0, len(testing_it), BATCH):
            ground = Ground(asked)
            ground.load(testing_it[start : start + BATCH])
            keep(overlap.overlap(_things(ground, testing_it[start : start + BATCH]), ground))
    keep(scopes.stale(told.header.scopes, asked))
    ordered = tuple(sorted(findings.values(), key=weight))
    return Findings(told.header, dict(judged), ordered, *counted(ordered))


class Position(msgspec.Struct, frozen=True):
    """Where a finding stands among all. kind: None for scopes."""

    kind: Kind | None
    subject: str
    code: Code


def position(finding: Finding) -> Position:
    return Position(finding.kind, finding.subject, finding.code)


def estate(
    view: View,
    wanted: Wanted | None = None,
    *,
    now: str = "",
    stale_days: float = 7.0,
    after: Position | None = None,
    behind: Behind | None = None,
    pulse: Callable[[Position], None] | None = None,
) -> Iterator[Finding]:
    """Every finding of the generation, by kind (`KINDS`, then scopes), canonical text, and rule.

    Jobs, data and environments are judged that lie behind a model version or a deployment: `behind` knows which, for
    whoever asks more than once. now: as in `of`. after: the finding behind which to begin. pulse: called after each
    batch with the place that was reached; what it raises ends this.
    """
    asked = Asked(view, now, stale_days)
    wanted = wanted or Wanted()
    behind = behind or Behind()
    begun = after is None
    for kind in KINDS:
        here = after is not None and after.kind is kind
        begun = begun or here
        if not begun or not wanted.speaks_of(kind):
            continue
        text = ""
        if here and after is not None:
            text = after.subject
            rest = _judged(asked, kind, view.nodes([key_of(text)]).values(), wanted, behind)
            yield from (one for one in rest if ORDER[one.code] > ORDER[after.code])
        while True:
            page = view.list_nodes(NodeFilter((kind,), scope=wanted.scope), text, BATCH)
            yield from _judged(asked, kind, page, wanted, behind)
            if pulse is not None and page:
                pulse(Position(kind, page[-1].text, _LAST))
            if len(page) < BATCH:
                break
            text = page[-1].text
    if wanted.speaks_of(None):
        text = after.subject if after is not None and after.kind is None else ""
        stale = scopes.stale(view.coverage(), asked)
        yield from (one for one in stale if wanted.passes(one) and one.subject > text)


def _judged(asked: Asked, kind: Kind, page: Iterable[Node], wanted: Wanted, behind: Behind) -> list[Finding]:
    """The findings of one page of a list, in order."""
    page = list(page)
    everything = kind in (Kind.DEPLOYMENT, Kind.MODEL_VERSION)
    if not everything:
        behind.look(asked.view)
    inside = [node.key for node in page if everything or node.key in behind]
    ground = Ground(asked)
    ground.load(inside)
    found = [*judge(kind, _leading(ground, inside), ground, wanted.codes)]
    if kind is Kind.JOB and _asks_overlap(wanted):
        met = set(inside)
        testers = _testers(asked.view, [node for node in page if node.key not in met])
        ground.load(testers)
        found += overlap.overlap(_leading(ground, testers), ground)
    found.sort(key=lambda one: (one.subject, ORDER[one.code]))
    return [one for one in found if wanted.passes(one)]


class Behind:
    """Which jobs, data versions and environments lie behind a model version or a deployment, by any of their names.

    They are kept as numbers, eight bytes each. Nothing is behind until `look` was called, with a view of any.
    """

    def __init__(self) -> None:
        self._keys: array[int] = array("q")
        self._looked = False

    def look(self, view: View) -> None:
        """Find them, unless that was done."""
        if not self._looked:
            self._keys = array("q", sorted(_upstream(view)))
            self._looked = True

    def __contains__(self, key: int) -> bool:
        place = bisect_left(self._keys, key)
        return place < len(self._keys) and self._keys[place] == key


def _upstream(view: View) -> set[int]:
    """As `traversal.reach` walks, without its edges: what a job is part of is reached, and not what that used.

    Places are not walked through: who reads one has edges of its own to the outputs that were written there.
    """
    full = set(view.keys(NodeFilter((Kind.MODEL_VERSION, Kind.DEPLOYMENT))))
    above: set[int] = set()
    judged: set[int] = set()
    others, made = sorted(full), list[int]()
    while others or made:
        following: dict[bool, set[int]] = {True: set(), False: set()}  # jobs, and what else has causes
        for wave, relations in ((others, _MADE_BY), (made, _RAN)):
            for start in range(0, len(wave), _WAVE):
                part = wave[start : start + _WAVE]
                for step in view.steps([key for key in part if key in full], relations):
                    if step.there not in full and step.kind in _LEADS:
                        full.add(step.there)
                        following[step.kind is Kind.JOB].add(step.there)
                        if step.kind in _WANTED:
                            judged.add(step.there)
        for start in range(0, len(made), _WAVE):
            # Other names of what is only above something are above it too.
            for step in view.steps(made[start : start + _WAVE], (Relation.PART_OF,)):
                if step.there not in full and step.there not in above and step.kind is Kind.JOB:
                    above.add(step.there)
                    following[True].add(step.there)
                    judged.add(step.there)
        made, others = sorted(following[True]), sorted(following[False])
    return judged


def judge(kind: Kind, things: Sequence[Node], ground: Ground, codes: Collection[Code] = ()) -> Iterator[Finding]:
    """What the rules say of things of one kind, which are loaded. codes: the rules that are asked; none for all."""
    seen = [node for node in things if node.state in _SEEN]

    def on(*some: Code) -> bool:
        return not codes or any(code in codes for code in some)

    if kind in (Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.JOB):
        if on(Code.AMBIGUOUS_PRODUCER):
            yield from sources.ambiguous(seen, ground)
        if on(Code.CROSS_WORKSPACE):
            yield from sources.elsewhere(seen, ground)
    if kind in (Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.JOB, Kind.DEPLOYMENT) and on(Code.LOOSE_SOURCE):
        yield from sources.loose(seen, ground)
    match kind:
        case Kind.MODEL_VERSION:
            if on(Code.NO_PROVENANCE):
                yield from models.no_provenance(seen, ground)
            if on(Code.JOB_DIFFERS):
                yield from models.job_differs(seen, ground)
        case Kind.JOB:
            if on(Code.JOB_DELETED):
                yield from jobs.deleted([node for node in things if node.state is State.DELETED], ground)
            if on(Code.DIRTY_GIT):
                yield from jobs.dirty_git(seen, ground)
            if on(Code.NO_GIT):
                yield from jobs.no_git(seen, ground)
            if on(Code.RAW_URI):
                yield from jobs.raw_uri(seen, ground)
            if on(Code.MUTABLE_ENVIRONMENT):
                yield from jobs.labelled(seen, ground)
            if on(Code.TRAIN_TEST_OVERLAP):
                yield from overlap.overlap(seen, ground)
        case Kind.ENVIRONMENT_VERSION:
            if on(Code.MUTABLE_ENVIRONMENT, Code.UNPINNED_PACKAGES):
                yield from environments.environments(seen, ground)
        case Kind.DEPLOYMENT:
            if on(Code.RETIRED_DEPLOYED):
                yield from serving.retired(seen, ground)
            if on(Code.UNRESOLVED_DEPLOYED):
                yield from serving.unresolved(seen, ground)
            if on(Code.SAME_PERSON):
                yield from serving.same_person(seen, ground)
            if on(Code.MUTABLE_ENVIRONMENT):
                yield from jobs.labelled(seen, ground)


def weight(finding: Finding) -> tuple[int, int, str]:
    """Weightiest first, then in the order of the rules, then by canonical text."""
    return _WEIGHT[finding.severity], ORDER[finding.code], finding.subject


def counted(findings: Iterable[Finding]) -> tuple[dict[Code, int], dict[Severity, int]]:
    """How many there are of each rule and of each severity, in their order; those with none left out."""
    codes: Counter[Code] = Counter()
    severities: Counter[Severity] = Counter()
    for finding in findings:
        codes[finding.code] += 1
        severities[finding.severity] += 1
    return (
        {code: codes[code] for code in Code if codes[code]},
        {severity: severities[severity] for severity in Severity if severities[severity]},
    )


def _things(ground: Ground, keys: Iterable[int]) -> list[Node]:
    once = dict.fromkeys(ground.lead(key) for key in keys)
    return [ground.nodes[key] for key in once if key in ground.nodes]


def _leading(ground: Ground, keys: Iterable[int]) -> list[Node]:
    """The nodes of those keys that are the best names of their things."""
    return [ground.nodes[key] for key in keys if ground.lead(key) == key and key in ground.nodes]


def _testers(view: View, nodes: Sequence[Node]) -> list[int]:
    """Of jobs that nothing was made from, those with inputs enough to have tested something."""
    used = Counter(
        step.here
        for step in view.steps([node.key for node in nodes if node.state in _SEEN], (Relation.USED,))
        if not step.same
    )
    return [node.key for node in nodes if used[node.key] > 1]


def _asks_overlap(wanted: Wanted) -> bool:
    return not wanted.codes or Code.TRAIN_TEST_OVERLAP in wanted.codes


def _consumers(view: View, edges: Sequence[Edge], nodes: dict[int, Node], found: Found) -> tuple[list[int], list[int]]:
    """Deployments of the model versions that were asked about, and jobs that used these or what they were made from."""
    seeds = set(found.seeds)
    own = {edge.cause for edge in edges if edge.relation is Relation.DEPLOYS and edge.effect in seeds}
    asked = [key for key in (seeds | own) if key in nodes and nodes[key].kind is Kind.MODEL_VERSION]
    if not asked:
        return [], []
    names, _ = all_names(view, asked)
    of_them = set(names)
    made = {
        edge.cause
        for edge in edges
        if edge.relation is Relation.WAS_DERIVED_FROM
        and edge.effect in of_them
        and edge.cause in nodes
        and nodes[edge.cause].kind is Kind.JOB_OUTPUT
    }
    after = list(view.effects([*names, *made]))
    serving_it = [edge.effect for edge in after if edge.relation is Relation.DEPLOYS]
    testing_it = [edge.effect for edge in after if edge.relation is Relation.USED]
    return list(dict.fromkeys(serving_it)), list(dict.fromkeys(testing_it))
