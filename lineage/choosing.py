"""What a reference, or what it was made from, could mean; which of these is believed, and why; and why no job is known.

    told = choices(view, explain(text, scope, view))

Of a name that several things answer to these are the choices; of one that nothing answers to, names like it. Of a
thing they are what it may have been made from or written by, the likeliest first, each with when its job ended: the
last writer before somebody read the place is the likeliest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lineage import ids
from lineage.coverage import REMEDIES, Reason, verdicts
from lineage.explain import Explanation
from lineage.graph import Certainty, Derivation, Edge, Node, Relation, State
from lineage.ids import Kind, Target
from lineage.ports import View
from lineage.references import is_local_upload

_MADE: Final = frozenset({Relation.WAS_GENERATED_BY, Relation.WAS_DERIVED_FROM, Relation.COPIED_FROM})
_STRENGTH: Final = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)
_WHY: Final = {
    Derivation.SERVICE_FIELD: "a field that the service set says so",
    Derivation.REFERENCE: "a reference names it outright",
    Derivation.MATERIALISED_PATH: "the path of the files names the run",
    Derivation.RUN_HISTORY: "the run's history says so",
    Derivation.NAMING: "a name follows the service's convention",
    Derivation.CONTAINMENT: "one place lies inside the other",
}
_OF_JOB: Final = {
    State.DELETED: Reason.JOB_DELETED,
    State.FORBIDDEN: Reason.JOB_FORBIDDEN,
    State.UNRESOLVED: Reason.JOB_UNREAD,
}
_TIMES: Final = ("endTime", "startTime", "createdAt")


class Choice(msgspec.Struct, frozen=True):
    """One thing that may be meant, or that it may have been made from.

    text: canonical. node: None where it is not known. reason: why it is one, in a sentence. at: when its job ended or
    it was made, as the service wrote it; '' when no record says. chosen: whether it is what is believed. edge: the link
    that says so, with its derivation, certainty, rank and evidence; None for a name.
    """

    text: str
    node: Node | None
    reason: str
    at: str
    chosen: bool
    edge: Edge | None = None


class Chosen(msgspec.Struct, frozen=True):
    """choices: the likeliest first. gap: why no job that was read is known behind it, None when one is or none can be.
    remedy: what to do about that, '' for nothing."""

    choices: tuple[Choice, ...]
    gap: Reason | None = None
    remedy: str = ""


def choices(view: View, answer: Explanation) -> Chosen:
    """What there was to choose from."""
    if answer.node is None:
        return Chosen(tuple(_names(view, answer)))
    made = [edge for edge in answer.edges if edge.relation in _MADE and edge.effect in _keys(answer)]
    made.sort(key=lambda edge: (_STRENGTH.index(edge.certainty), edge.rank, _named(answer, edge)))
    gap = _gap(view, answer, made)
    return Chosen(tuple(_ways(view, answer, made)), gap, REMEDIES[gap] if gap is not None else "")


def _names(view: View, answer: Explanation) -> Iterable[Choice]:
    known = view.nodes([ids.key(text) for text in answer.candidates])
    like = "its name is like it" if answer.near else "it goes by this name"
    for text in answer.candidates:
        node = known.get(ids.key(text))
        at = str(node.facts.get("createdAt") or "") if node is not None else ""
        yield Choice(text, node, like, at, False)


def _ways(view: View, answer: Explanation, made: Sequence[Edge]) -> Iterable[Choice]:
    jobs = _jobs(view, answer, made)
    unsure = sum(edge.certainty is Certainty.AMBIGUOUS for edge in made)
    for place, edge in enumerate(made):
        node = answer.ends.get(edge.cause)
        told = jobs.get(edge.cause, node)
        reason = _WHY[edge.derivation]
        if edge.certainty is Certainty.AMBIGUOUS:
            reason = f"one of {unsure} that may have made it, the likeliest first: {reason}"
        yield Choice(_named(answer, edge), node, reason, _time(told), place == 0, edge)


def _jobs(view: View, answer: Explanation, made: Sequence[Edge]) -> dict[int, Node]:
    """The job behind each output on the way."""
    outputs = {
        edge.cause: ids.key(answer.ends[edge.cause].text.rpartition("/outputs/")[0])
        for edge in made
        if edge.cause in answer.ends and answer.ends[edge.cause].kind is Kind.JOB_OUTPUT
    }
    known = view.nodes(list(outputs.values()))
    return {output: known[job] for output, job in outputs.items() if job in known}


def _time(node: Node | None) -> str:
    if node is None:
        return ""
    return next((str(node.facts[name]) for name in _TIMES if node.facts.get(name)), "")


def _gap(view: View, answer: Explanation, made: Sequence[Edge]) -> Reason | None:
    node = answer.node
    assert node is not None
    match node.kind:
        case Kind.MODEL_VERSION:
            return next((verdict.reason for _, verdict in verdicts(view, [node.key])), None)
        case Kind.JOB | Kind.JOB_OUTPUT:
            return _OF_JOB.get(node.state)
        case Kind.LOCATION:
            if any(edge.certainty is Certainty.AMBIGUOUS for edge in made):
                return Reason.AMBIGUOUS_WRITERS
            if not made and any(is_local_upload(Target(one.kind, one.text)) for one in (node, *answer.same)):
                return Reason.LOCAL_UPLOAD
            return None if made else Reason.NO_WRITER
    return None


def _keys(answer: Explanation) -> set[int]:
    return {one.key for one in (answer.node, *answer.same) if one is not None}


def _named(answer: Explanation, edge: Edge) -> str:
    node = answer.ends.get(edge.cause)
    return node.text if node is not None else str(edge.cause)
