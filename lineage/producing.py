"""From model versions to the jobs behind them, for many at once.

A way to a job is as sure as its weakest link, a model version as its surest way. Ways lead through outputs, places
and the model versions that it was copied or derived from; data that a job only read is not on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from lineage import answers
from lineage.graph import Certainty, Relation
from lineage.ids import Kind
from lineage.ports import View

THROUGH: Final = frozenset({Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.COPIED_FROM})
"""Links that lead from a model version towards its job."""
MADE_OF: Final = frozenset({Kind.MODEL_VERSION, Kind.JOB_OUTPUT, Kind.LOCATION})
"""What a model version may come through on the way to its job."""
STRENGTH: Final = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)
WEAKNESS: Final = {certainty: place for place, certainty in enumerate(STRENGTH)}
"""Place of a certainty in `STRENGTH`."""


class Provenance(StrEnum):
    """How surely a job is known to have made a model version."""

    CONFIRMED = "CONFIRMED"
    INFERRED = "INFERRED"
    AMBIGUOUS = "AMBIGUOUS"  # one of several jobs
    NONE = "NONE"  # no producing job is known


class Walk(msgspec.Struct, frozen=True):
    """Everything on the way from some things to their jobs.

    came_from: of each thing the things one step nearer and the weakness of that step. jobs: those reached.
    """

    came_from: dict[int, list[tuple[int, int]]]
    jobs: set[int]


def walk(view: View, keys: Sequence[int]) -> Walk:
    """The way from each of `keys` on, together: what is known of a step is known for everybody who goes on from it."""
    came_from: dict[int, list[tuple[int, int]]] = {}
    jobs: set[int] = set()
    met = set(keys)
    wave: Sequence[int] = keys
    while wave:
        following: dict[int, None] = {}
        for step in view.steps(wave, THROUGH):
            if step.kind is Kind.JOB:
                jobs.add(step.there)
            elif step.kind not in MADE_OF:
                continue
            elif step.there not in met:
                met.add(step.there)
                following[step.there] = None
            came_from.setdefault(step.there, []).append((step.here, WEAKNESS[step.certainty]))
        wave = list(following)
    return Walk(came_from, jobs)


def surest(ways: Walk, ends: Iterable[int]) -> dict[int, int]:
    """Of everything that comes from one of `ends`, the weakness of its surest way there."""
    best = dict.fromkeys(ends, 0)
    waiting: list[list[int]] = [list(best), *([] for _ in STRENGTH[1:])]
    for level, here in ((level, here) for level, reached in enumerate(waiting) for here in reached):
        if best[here] < level:
            continue
        for origin, weakness in ways.came_from.get(here, ()):
            worst = max(level, weakness)
            if worst < best.get(origin, len(STRENGTH)):
                best[origin] = worst
                waiting[worst].append(origin)
    return best


def hidden(view: View, keys: Sequence[int]) -> set[int]:
    """Those of `keys` that are names of a thing that goes by a better one."""
    met = set(keys)
    pairs: dict[tuple[int, int], None] = {}
    wave: Sequence[int] = keys
    while wave:
        names = [(step.here, step.there) for step in view.steps(wave, ())]
        pairs.update(dict.fromkeys(names))
        wave = list(dict.fromkeys(there for _, there in names if there not in met))
        met.update(wave)
    if not pairs:
        return set()
    nodes = view.nodes(list(dict.fromkeys(key for pair in pairs for key in pair)))
    stands = answers.stand_for(nodes, pairs)
    return {key for key in keys if stands.get(key, key) != key}
