"""What is counted over many nodes: edges without their evidence, gaps and loose ends by reason."""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from lineage.graph import LooseReason, Relation
from lineage.ids import Kind
from lineage.index.codes import CERTAINTIES, GAP_REASONS, KINDS, LOOSE_REASONS, RELATIONS
from lineage.ports import Step
from lineage.records import GapReason

_SAME: Final = RELATIONS.of[Relation.SAME_AS]
_END: Final = " CROSS JOIN node n ON n.bucket = {0} >> 57 AND n.key = {0} AND n.valid_from <= ?2 AND n.valid_to > ?2"
_CAUSES: Final = (
    "SELECT o.effect, o.cause, n.kind, o.certainty, o.rank, o.relation FROM json_each(?1) j CROSS JOIN edge_out o"
    " ON o.bucket = j.value >> 57 AND o.effect = j.value AND o.relation IN ({0})"
    " AND o.valid_from <= ?2 AND o.valid_to > ?2" + _END.format("o.cause")
)
_OTHER_NAMES: Final = (
    "SELECT i.cause, i.effect, n.kind, i.certainty, i.rank, i.relation FROM json_each(?1) j CROSS JOIN edge_in i"
    f" ON i.bucket = j.value >> 57 AND i.cause = j.value AND i.relation = {_SAME}"
    " AND i.valid_from <= ?2 AND i.valid_to > ?2" + _END.format("i.effect")
)


def steps(
    connection: sqlite3.Connection, number: int, keys: Sequence[int], relations: Collection[Relation]
) -> list[Step]:
    """As `ports.View.steps`."""
    asked = msgspec.json.encode(sorted(keys)).decode()
    codes = sorted({_SAME, *(RELATIONS.of[relation] for relation in relations)})
    causes = connection.execute(_CAUSES.replace("{0}", ", ".join(map(str, codes))), (asked, number))
    found = [*causes, *connection.execute(_OTHER_NAMES, (asked, number))]
    kinds, certainties = KINDS.words, CERTAINTIES.words
    return [
        Step(here, there, kinds[kind], certainties[certainty], rank, relation == _SAME)
        for here, there, kind, certainty, rank, relation in found
    ]


def most_used(connection: sqlite3.Connection, number: int, kinds: Sequence[Kind], limit: int) -> list[tuple[int, int]]:
    """As `ports.View.most_used`: one walk over the links."""
    codes = ", ".join(str(KINDS.of[kind]) for kind in dict.fromkeys(kinds))
    rows = connection.execute(
        "SELECT i.cause, i.uses FROM (SELECT bucket, cause, count(*) AS uses FROM edge_in"
        f" WHERE relation <> {_SAME} AND valid_from <= ?1 AND valid_to > ?1 GROUP BY bucket, cause) i"
        " JOIN node n ON n.bucket = i.bucket AND n.key = i.cause AND n.valid_from <= ?1 AND n.valid_to > ?1"
        f" WHERE n.kind IN ({codes}) ORDER BY i.uses DESC, i.cause LIMIT ?2",
        (number, limit),
    )
    return list(rows)


def reason_counts(connection: sqlite3.Connection, number: int) -> tuple[dict[GapReason, int], dict[LooseReason, int]]:
    """As `ports.View.reason_counts`."""
    counted = "SELECT reason, count(*) FROM {} WHERE valid_from <= ?1 AND valid_to > ?1 GROUP BY reason"
    gaps = connection.execute(counted.format("gap"), (number,))
    loose = connection.execute(counted.format("loose"), (number,))
    return {GAP_REASONS.words[code]: many for code, many in gaps}, {
        LOOSE_REASONS.words[code]: many for code, many in loose
    }
