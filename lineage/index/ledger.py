"""Gaps and loose ends with the generations that held them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from lineage.graph import Loose
from lineage.index.codes import LOOSE_REASONS
from lineage.index.rows import unpack_gap, unpack_loose
from lineage.ports import Spell
from lineage.records import Gap

_GAPS: Final = (
    "SELECT g.packed, coalesce(n.text, ''), g.valid_from, g.valid_to FROM gap g"
    " LEFT JOIN name n ON n.bucket = g.root >> 57 AND n.key = g.root WHERE g.valid_from <= ?1"
)
_LOOSE: Final = (
    "SELECT l.packed, l.reason, l.valid_from, l.valid_to,"
    " (SELECT n.text FROM node n WHERE n.bucket = l.bucket AND n.key = l.record LIMIT 1)"
    " FROM loose l WHERE l.valid_from <= ?1"
)


def gap_spells(connection: sqlite3.Connection, number: int) -> Iterator[Spell[Gap]]:
    """Every gap up to the generation with this number."""
    for packed, root, since, until in connection.execute(_GAPS, (number,)):
        yield Spell(unpack_gap(packed), root, since, min(until, number + 1))


def loose_spells(connection: sqlite3.Connection, number: int) -> Iterator[Spell[Loose]]:
    """Every loose end up to the generation with this number."""
    for packed, reason, since, until, record in connection.execute(_LOOSE, (number,)):
        told = unpack_loose(packed)
        end = Loose(record or "", told.record_kind, told.field, told.value, LOOSE_REASONS.words[reason], told.remedy)
        yield Spell(end, "", since, min(until, number + 1))
