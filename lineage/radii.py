"""Which things the most rests on: the largest blast radii of an estate.

What is used directly by many is looked at, and of these those with the largest
impact are told: a thing that few use directly, and many through those few, may be
missed. `looked` says how many were looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from lineage import lookup
from lineage.graph import State
from lineage.ids import Kind
from lineage.impact import Tally, tally
from lineage.lookup import Found
from lineage.ports import Generation, View
from lineage.traversal import Budget

KINDS: Final = (
    Kind.DATA_VERSION,
    Kind.LOCATION,
    Kind.ENVIRONMENT_VERSION,
    Kind.MODEL_VERSION,
    Kind.COMPONENT_VERSION,
    Kind.CODE_VERSION,
)
"""Kinds that somebody may change or lose: what jobs do to them is told by them."""

_LOOKED: Final = 3
"""For each thing that is told so many are looked at."""


class Radius(msgspec.Struct, frozen=True):
    """A thing and what rests on it. uses: things that name it directly. impact: what was made from it, counted."""

    found: Found
    uses: int
    impact: Tally


class Radii(msgspec.Struct, frozen=True):
    """The largest, first the one on which most rests. looked: things that were counted to find them."""

    generation: Generation
    rows: tuple[Radius, ...]
    looked: int


def largest(view: View, kinds: Sequence[Kind] = (), first: int = 20, budget: Budget | None = None) -> Radii:
    """The things of these kinds (`KINDS` when there are none) on which most rests, at most `first`."""
    seen: set[int] = set()
    rows = []
    for key, uses in view.most_used(tuple(kinds) or KINDS, first * _LOOKED):
        found = lookup.find(view, str(key))
        if found.node.key not in seen and found.node.state is not State.UNRESOLVED:
            seen.add(found.node.key)
            rows.append(Radius(found, uses, tally(view, [found], budget)))
    rows.sort(key=lambda row: (-row.impact.total, -row.uses, row.found.node.text))
    return Radii(view.generation, tuple(rows[:first]), len(rows))
