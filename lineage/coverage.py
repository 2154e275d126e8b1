"""How much of an estate's models can be traced to a job, and why not the rest: the score and its reasons.

    coverage(view, Wanted(by=Grouping.WORKSPACE))

    total = confirmed + inferred + ambiguous + none = documented + the sum of `reasons`

A version is `documented` when the service says which job made it and that job was read. Every other one has exactly
one reason, so the numbers add up. A version with several names counts once. Memory holds one batch of versions and
one line for each group, however many versions there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from lineage import answers, ids, producing
from lineage.answers import Header
from lineage.errors import InvalidOption, QueryTooSlow
from lineage.graph import Certainty, Direction, Loose, LooseReason, Node, State
from lineage.ids import Kind
from lineage.ports import NodeFilter, View
from lineage.producing import Walk

_BATCH: Final = 10_000
"""Versions that are looked at together."""


class Reason(StrEnum):
    """Why a model version is not documented. Those of loose ends keep their names (`graph.LooseReason`)."""

    JOB_DELETED = "JOB_DELETED"
    JOB_FORBIDDEN = "JOB_FORBIDDEN"
    JOB_NOT_CRAWLED = "JOB_NOT_CRAWLED"  # it lives in a workspace that was never crawled
    JOB_UNREAD = "JOB_UNREAD"  # it lives in one that was
    CONVENTION = "CONVENTION"  # a job is inferred, no field of the service says so
    AMBIGUOUS_WRITERS = "AMBIGUOUS_WRITERS"  # one of several jobs
    LOCAL_UPLOAD = "LOCAL_UPLOAD"
    EXTERNAL = "EXTERNAL"
    BROKEN = "BROKEN"
    TEMPLATE = "TEMPLATE"
    OPAQUE = "OPAQUE"
    TOO_BROAD = "TOO_BROAD"
    NO_VERSION = "NO_VERSION"
    NO_WRITER = "NO_WRITER"
    VERSION_DELETED = "VERSION_DELETED"  # the version itself was not read
    VERSION_FORBIDDEN = "VERSION_FORBIDDEN"
    VERSION_UNREAD = "VERSION_UNREAD"
    UNSAID = "UNSAID"  # its record names neither job nor source


REMEDIES: Final[dict[Reason, str]] = {
    Reason.JOB_DELETED: "nothing brings a deleted job back; keep jobs as long as what they made",
    Reason.JOB_FORBIDDEN: "let the identity that crawls read the job: `lineage gaps --reason FORBIDDEN` names the role",
    Reason.JOB_NOT_CRAWLED: "crawl the workspace that the job ran in",
    Reason.JOB_UNREAD: "crawl again; `lineage gaps` tells why it could not be read",
    Reason.CONVENTION: "register from the job's output (azureml://jobs/<job>/outputs/<output>) to have it confirmed",
    Reason.AMBIGUOUS_WRITERS: "let each job write to a place of its own, and register from the job's output",
    Reason.LOCAL_UPLOAD: "register from the job that made it: azureml://jobs/<job>/outputs/<output>",
    Reason.EXTERNAL: "bring the files in by a job that names where it has them from",
    Reason.BROKEN: "register again with a reference that can be read; `lineage explain` says what is wrong",
    Reason.TEMPLATE: "register again with the template filled in",
    Reason.OPAQUE: "register again from a job's output or a storage place",
    Reason.TOO_BROAD: "register from the folder that the job wrote, not from the whole store",
    Reason.NO_VERSION: "register again naming the version instead of a label",
    Reason.NO_WRITER: "register from the output of the job that wrote there, or crawl the workspace that it ran in",
    Reason.VERSION_DELETED: "nothing brings a deleted version back; what names it is kept",
    Reason.VERSION_FORBIDDEN: "let the identity that crawls read it: `lineage gaps --reason FORBIDDEN` names the role",
    Reason.VERSION_UNREAD: "crawl the workspace or registry that it lives in",
    Reason.UNSAID: "register from the job's output (azureml://jobs/<job>/outputs/<output>)",
}
"""What to do about each."""


class Grouping(StrEnum):
    """By what model versions are grouped."""

    WORKSPACE = "WORKSPACE"
    REGISTRY = "REGISTRY"
    TAG = "TAG"
    MONTH = "MONTH"
    CREATOR = "CREATOR"


class Wanted(msgspec.Struct, frozen=True):
    """Which model versions, and how they are grouped.

    by: None for the sum alone. tag: of TAG, its name. scope, states, text: as in `ports.NodeFilter`.
    """

    by: Grouping | None = None
    tag: str = ""
    scope: str = ""
    states: tuple[State, ...] = ()
    text: str = ""


class Tally(msgspec.Struct, frozen=True):
    """Model versions by how surely their job is known. documented: confirmed, by a job that was read.

    reasons: of all others, the most first.
    """

    total: int
    documented: int
    confirmed: int
    inferred: int
    ambiguous: int
    none: int
    reasons: dict[Reason, int]


class Group(msgspec.Struct, frozen=True):
    """The versions that have one key: a workspace, a registry, a tag's value, a month (`2026-10`), a person.

    None for those that have none.
    """

    key: str | None
    tally: Tally


class Coverage(msgspec.Struct, frozen=True):
    """groups: the largest first, months in their order; empty without grouping."""

    header: Header
    total: Tally
    groups: tuple[Group, ...]


class Verdict(msgspec.Struct, frozen=True):
    """How surely the job of one version is known: its weakness, None without a job; and why it is not documented."""

    weakness: int | None
    reason: Reason | None


class Sum:
    """A tally while it is counted."""

    __slots__ = ("documented", "reasons", "strengths")

    def __init__(self) -> None:
        self.strengths: Counter[int | None] = Counter()
        self.reasons: Counter[Reason] = Counter()
        self.documented = 0

    def add(self, one: Verdict) -> None:
        self.strengths[one.weakness] += 1
        if one.reason is None:
            self.documented += 1
        else:
            self.reasons[one.reason] += 1

    def tally(self) -> Tally:
        confirmed, inferred, ambiguous = (self.strengths[place] for place in range(len(producing.STRENGTH)))
        reasons = dict(sorted(self.reasons.items(), key=lambda item: (-item[1], item[0])))
        total = sum(self.strengths.values())
        return Tally(total, self.documented, confirmed, inferred, ambiguous, self.strengths[None], reasons)


def coverage(view: View, wanted: Wanted | None = None, expired: Callable[[], bool] | None = None) -> Coverage:
    """The score of all model versions that are wanted, and of each group of them.

    Raises InvalidOption for TAG without a name, QueryTooSlow when time runs out: a part of a score is none.
    """
    (told,) = coverages(view, (wanted or Wanted(),), expired)
    return told


def coverages(view: View, several: Sequence[Wanted], expired: Callable[[], bool] | None = None) -> tuple[Coverage, ...]:
    """The scores of the same model versions grouped in several ways, read once: all want the same but the grouping.

    Raises as `coverage`.
    """
    for wanted in several:
        if (wanted.by is Grouping.TAG) != bool(wanted.tag):
            raise InvalidOption(
                "grouping by tag needs the tag's name"
                if not wanted.tag
                else "a tag is named and nothing is grouped by it",
                "say which tag: its value is the group",
            )
    total = Sum()
    groups: list[dict[str | None, Sum]] = [{} for _ in several]
    first = several[0]
    narrow = NodeFilter((Kind.MODEL_VERSION,), first.states, first.scope, first.text)
    for node, verdict in verdicts(view, view.keys(narrow), expired):
        total.add(verdict)
        for wanted, into in zip(several, groups, strict=True):
            if wanted.by is not None:
                into.setdefault(_key(node, wanted), Sum()).add(verdict)
    head = answers.header(view, (), (), Direction.DOWNSTREAM)
    whole = total.tally()
    return tuple(Coverage(head, whole, _ordered(wanted, into)) for wanted, into in zip(several, groups, strict=True))


def _ordered(wanted: Wanted, groups: dict[str | None, Sum]) -> tuple[Group, ...]:
    """Months in their order, other groups by how many versions they hold."""
    told = [Group(key, one.tally()) for key, one in groups.items()]
    in_time = wanted.by is Grouping.MONTH
    told.sort(key=lambda group: (0 if in_time else -group.tally.total, group.key is None, group.key or ""))
    return tuple(told)


def verdicts(view: View, keys: list[int], expired: Callable[[], bool] | None = None) -> Iterator[tuple[Node, Verdict]]:
    """How surely the job of each of these model versions is known; names of a thing with a better one are left out."""
    crawled = {scope.scope for scope in view.coverage()}
    guids = view.workspace_guids()
    keys.sort()  # in the order of the tables, so that neighbours are read together
    for start in range(0, len(keys), _BATCH):
        if expired is not None and expired():
            raise QueryTooSlow(
                f"the time ran out after {start:,} of {len(keys):,} model versions",
                "narrow the question to one workspace, or ask `lineage coverage`, which has no limit of time",
            )
        yield from _Batch(view, keys[start : start + _BATCH], crawled, guids).verdicts()


class _Batch:
    def __init__(self, view: View, keys: list[int], crawled: set[str], guids: dict[str, str]) -> None:
        self._view = view
        self._keys = keys
        self._crawled = crawled
        self._guids = guids

    def verdicts(self) -> Iterator[tuple[Node, Verdict]]:
        hidden = producing.hidden(self._view, self._keys)
        keys = [key for key in self._keys if key not in hidden]
        nodes = self._view.nodes(keys)
        ways = producing.walk(self._view, keys)
        surest = producing.surest(ways, ways.jobs)
        unread = self._unread(ways.jobs)
        documented = producing.surest(ways, ways.jobs - unread.keys()) if unread else surest
        behind = self._behind(ways, unread)
        without = self._without([nodes[key] for key in keys if key not in surest and key in nodes])
        for key in keys:
            node = nodes.get(key)
            if node is None:
                continue
            weakness = surest.get(key)
            if weakness is None:
                yield node, Verdict(None, without[key])
            elif weakness == _AMBIGUOUS:
                yield node, Verdict(weakness, Reason.AMBIGUOUS_WRITERS)
            elif weakness:
                yield node, Verdict(weakness, Reason.CONVENTION)
            elif documented.get(key) == weakness:
                yield node, Verdict(weakness, None)
            else:
                yield node, Verdict(weakness, next(why for why, reached in behind if reached.get(key) == weakness))

    def _unread(self, jobs: set[int]) -> dict[int, Reason]:
        """Why those jobs that were not read were not; a job that was read by another name was."""
        lacking = {key: node for key, node in self._view.nodes(list(jobs)).items() if node.state not in _READ}
        known, edges = answers.same_things(self._view, lacking)
        stands = answers.things(known, edges)
        found: dict[int, Reason] = {}
        for key, node in lacking.items():
            best = known[stands[key]] if key in stands else node
            if best.state not in _READ:
                found[key] = self._why(best)
        return found

    def _why(self, job: Node) -> Reason:
        if job.state is State.DELETED:
            return Reason.JOB_DELETED
        if job.state is State.FORBIDDEN:
            return Reason.JOB_FORBIDDEN
        scope = ids.scope_of(job.text)
        text = self._guids.get(scope.guid, scope.text) if isinstance(scope, ids.LocatedWorkspace) else ""
        return Reason.JOB_UNREAD if (text or answers.scope_text(job.text)) in self._crawled else Reason.JOB_NOT_CRAWLED

    def _behind(self, ways: Walk, unread: dict[int, Reason]) -> list[tuple[Reason, dict[int, int]]]:
        """For each reason what comes from jobs that were not read for it."""
        jobs: dict[Reason, list[int]] = {}
        for job, why in unread.items():
            jobs.setdefault(why, []).append(job)
        return [(why, producing.surest(ways, jobs[why])) for why in sorted(jobs, key=_ORDER.index)]

    def _without(self, nodes: Sequence[Node]) -> dict[int, Reason]:
        """Why no job is known of these versions: their own loose ends, else those of what they came through."""
        if not nodes:
            return {}
        ends = self._view.loose_of([node.key for node in nodes])
        found = {node.key: _of_ends(ends[node.key]) for node in nodes if node.key in ends}
        rest = [node for node in nodes if node.key not in found]
        if rest:
            found |= self._inherited([node.key for node in rest if node.state in _READ])
        for node in rest:
            found.setdefault(node.key, _UNREAD.get(node.state, Reason.UNSAID))
        return found

    def _inherited(self, keys: list[int]) -> dict[int, Reason]:
        ways = producing.walk(self._view, keys)
        ends = self._view.loose_of(list(ways.came_from)) if ways.came_from else {}
        starts: dict[Reason, list[int]] = {}
        for key, told in ends.items():
            starts.setdefault(_of_ends(told), []).append(key)
        found: dict[int, Reason] = {}
        for why in sorted(starts, key=_ORDER.index):
            reached = producing.surest(ways, starts[why])
            for key in keys:
                if key in reached:
                    found.setdefault(key, why)
        return found


_AMBIGUOUS: Final = producing.WEAKNESS[Certainty.AMBIGUOUS]
_READ: Final = frozenset({State.LIVE, State.ARCHIVED})
_UNREAD: Final = {
    State.DELETED: Reason.VERSION_DELETED,
    State.FORBIDDEN: Reason.VERSION_FORBIDDEN,
    State.UNRESOLVED: Reason.VERSION_UNREAD,
}
_ORDER: Final = tuple(Reason)
_OF_END: Final = {reason: Reason(reason.value) for reason in LooseReason}


def _of_ends(ends: Iterable[Loose]) -> Reason:
    """Of several loose ends the reason that says most of why there is no job."""
    return min((_OF_END[end.reason] for end in ends), key=_ORDER.index)


def _key(node: Node, wanted: Wanted) -> str | None:
    facts = node.facts
    match wanted.by:
        case Grouping.TAG:
            tags = facts.get("tags") or {}
            return str(tags[wanted.tag]) if wanted.tag in tags else None
        case Grouping.MONTH:
            return str(facts.get("createdAt") or "")[:7] or None
        case Grouping.CREATOR:
            return str(facts.get("createdBy") or "") or None
    registry = isinstance(ids.scope_of(node.text), ids.Registry)
    return (answers.scope_text(node.text) or None) if registry is (wanted.by is Grouping.REGISTRY) else None
