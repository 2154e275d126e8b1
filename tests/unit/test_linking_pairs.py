"""The nine pairs of what was registered and what the service gave back, with every node and edge written out.

The table is `tests/data/pairs.json`: `where` abbreviates scopes, `given` is what was registered, `records` what
came back. Found in recordings and notebooks of the real service.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lineage.graph import Link
from lineage.records import Record, RecordKind
from tests.linked import link

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "pairs.json").read_text("utf-8"))
assert len(PAIRS) == 9, "a table that lost rows would pass with them"


def records(pair: dict[str, Any]) -> list[Record]:
    made = []
    for told in pair["records"]:
        body = told.get("body") or {"properties": told["properties"]}
        subject = full(pair, told["subject"])
        scope = full(pair, told.get("scope", told["subject"].partition("/")[0]))
        made.append(Record(subject, RecordKind(told["kind"]), scope, body))
    return made


def full(pair: dict[str, Any], text: str) -> str:
    letter, slash, rest = text.partition("/")
    return pair["where"][letter] + slash + rest if letter in pair["where"] else text


def short(pair: dict[str, Any], text: str) -> str:
    for letter, scope in pair["where"].items():
        if text == scope or text.startswith(f"{scope}/"):
            return letter + text.removeprefix(scope)
    return text


def words(pair: dict[str, Any], edge: Link) -> str:
    path = f" [{edge.path}]" if edge.path else ""
    ends = f"{short(pair, edge.effect)} {edge.relation} {short(pair, edge.cause)}{path}"
    return f"{ends} {edge.derivation} {edge.certainty}"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"].partition(":")[0])
def test_what_came_back_links_to_what_was_meant(pair: dict[str, Any]) -> None:
    """Exactly these nodes, edges and loose ends, and none else."""
    settled = link(*records(pair))
    assert sorted(words(pair, edge) for edge in settled.links) == sorted(pair["edges"])
    ends = {(kind, text) for e in settled.links for kind, text in ((e.effect_kind, e.effect), (e.cause_kind, e.cause))}
    assert sorted(f"{kind} {short(pair, text)}" for kind, text in ends) == sorted(pair["nodes"])
    assert [f"{short(pair, end.record)} {end.field} {end.reason}" for end in settled.loose] == pair["loose"]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"].partition(":")[0])
def test_every_edge_names_its_evidence(pair: dict[str, Any]) -> None:
    """The record, the field in it and the value that stood there."""
    bodies = {(r.subject, r.kind.value): r.body for r in records(pair)}
    for edge in link(*records(pair)).links:
        said = edge.evidence
        value: Any = bodies[said.record, said.record_kind]
        for name in said.field.split("."):
            value = value[name]
        if isinstance(value, dict):  # an output that is listed: its name is the evidence
            value = said.field.rpartition(".")[2]
        assert said.value == value
