"""Two model versions side by side: what changed in data, code, environment, parameters, compute and people.

    compare(profile of credit-scoring:4, profile of credit-scoring:5)

Values meet under the same aspect and name: the input `applications` here with the
input `applications` there. What one side has under a name that the other has not
came or went; unless that side could not be read, for then nothing is known of it,
and the row says UNKNOWN with the reason. The two may be one version at two times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from lineage import answers
from lineage.answers import Header
from lineage.errors import InvalidOption
from lineage.graph import Node
from lineage.ids import Kind
from lineage.lookup import Found
from lineage.ports import View
from lineage.profile import Aspect, Profile, Unknown, Value, profile
from lineage.traversal import Budget


class Change(StrEnum):
    """How a value on one side stands to that on the other."""

    CHANGED = "CHANGED"
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    UNKNOWN = "UNKNOWN"  # one side or both could not be read
    SAME = "SAME"


class Row(msgspec.Struct, frozen=True):
    """One line of a comparison.

    name: '' where nothing is known of the whole aspect. before, after: the values; None where there is none.
    reason, remedy: of UNKNOWN, which side is not known and why, and what to do.
    """

    aspect: Aspect
    name: str
    change: Change
    before: Value | None = None
    after: Value | None = None
    reason: str = ""
    remedy: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """before, after: header of each side. rows: by aspect, then name, as `Aspect` has them in order."""

    before: Profile
    after: Profile
    header: Header
    rows: tuple[Row, ...]

    @property
    def counts(self) -> dict[tuple[Aspect, Change], int]:
        """How many rows there are of each aspect and change, in the order of the rows."""
        return dict(Counter((row.aspect, row.change) for row in self.rows))


_ASPECTS: Final = tuple(Aspect)


def model_difference(
    view: View, before: Found, after: Found, budget: Budget | None = None, *, then: View | None = None
) -> Comparison:
    """What differs between two model versions as of `view`; `before` is read as of `then` when that is given.

    Raises InvalidOption for a thing that is no model version.
    """
    for found in (before, after):
        _version(found.node)
    one, other = profile(then or view, before, budget), profile(view, after, budget)
    return compare(one, other)


def compare(before: Profile, after: Profile) -> Comparison:
    """Everything that the two have, row by row."""
    rows: list[Row] = []
    for aspect in _ASPECTS:
        rows += _aspect(aspect, before, after)
    return Comparison(before, after, answers.joined(before.header, after.header), tuple(rows))


def _version(node: Node) -> None:
    if node.kind is Kind.MODEL_VERSION:
        return
    name = node.text.rpartition("/")[2]
    if node.kind is Kind.MODEL:
        raise InvalidOption(
            f"{name} is a model with all its versions; two versions are compared",
            f"say which version is meant, as {name}:1 or {name}@latest",
        )
    raise InvalidOption(
        f"{node.text} is a {node.kind.value}; model versions are compared",
        "name two model versions, or one thing with two generations to see how its lineage changed",
    )


def _aspect(aspect: Aspect, before: Profile, after: Profile) -> Iterator[Row]:
    here, there = (_by_name(one.values, aspect) for one in (before, after))
    lost_here, lost_there = before.unknown.get(aspect), after.unknown.get(aspect)
    names = sorted(here.keys() | there.keys())
    if not names and (lost_here or lost_there):
        yield _not_known(aspect, lost_here, lost_there)
    for name in names:
        ours, theirs = here.get(name, []), there.get(name, [])
        common = {one.identity for one in ours} & {one.identity for one in theirs}
        yield from _same(aspect, name, ours, theirs, common)
        left = [one for one in ours if one.identity not in common]
        came = [one for one in theirs if one.identity not in common]
        for one, other in zip(left, came, strict=False):
            yield Row(aspect, name, Change.CHANGED, one, other)
        for one in left[len(came) :]:
            yield _lone(aspect, name, one, None, None if theirs else lost_there)
        for other in came[len(left) :]:
            yield _lone(aspect, name, None, other, None if ours else lost_here)


def _by_name(values: Iterable[Value], aspect: Aspect) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for one in values:
        if one.aspect is aspect:
            found.setdefault(one.name, []).append(one)
    return found


def _same(aspect: Aspect, name: str, ours: Sequence[Value], theirs: Sequence[Value], common: set[str]) -> Iterator[Row]:
    others = {one.identity: one for one in theirs}
    told: set[str] = set()
    for one in ours:
        if one.identity in common and one.identity not in told:
            told.add(one.identity)
            yield Row(aspect, name, Change.SAME, one, others[one.identity])


def _lone(aspect: Aspect, name: str, before: Value | None, after: Value | None, lost: Unknown | None) -> Row:
    """A value that the other side has not, or of which the other side is not known."""
    if lost is not None:
        side = "the second" if after is None else "the first"
        return Row(aspect, name, Change.UNKNOWN, before, after, f"of {side}: {lost.reason}", lost.remedy)
    return Row(aspect, name, Change.ADDED if before is None else Change.REMOVED, before, after)


def _not_known(aspect: Aspect, before: Unknown | None, after: Unknown | None) -> Row:
    if before is not None and after is not None and before.reason == after.reason:
        return Row(aspect, "", Change.UNKNOWN, reason=f"of both: {before.reason}", remedy=before.remedy)
    said = [(side, one) for side, one in (("the first", before), ("the second", after)) if one is not None]
    reason = "; ".join(f"of {side}: {one.reason}" for side, one in said)
    remedies = dict.fromkeys(one.remedy for _, one in said if one.remedy)
    return Row(aspect, "", Change.UNKNOWN, reason=reason, remedy="; ".join(remedies))


__all__ = ["Aspect", "Change", "Comparison", "Row", "compare", "model_difference"]
