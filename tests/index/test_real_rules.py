"""The law of the index under the rules in use, on a synthetic estate with bodies as the service sends them."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from lineage.index import open_index
from lineage.ports import NodeFilter
from lineage.records import Fact, Record, RecordKind
from tests.bench.estates import estate
from tests.index.conftest import publish


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_grown_index_equals_a_fresh_one(tmp_path: Path, seed: int) -> None:
    """After crawls of a part, of less, with changes and in other orders, the whole is what one crawl of it says."""
    built = estate(500, seed)
    chance = random.Random(seed)
    grown = open_index(tmp_path / "grown.db", create=True)
    for share in (0.7, 0.5, 0.9):
        facts: list[Fact] = [
            _changed(fact, chance) for fact in built.facts if not isinstance(fact, Record) or chance.random() < share
        ]
        chance.shuffle(facts)
        publish(grown, facts, root=built.root, accept_shrink=True)
    last = publish(grown, chance.sample(built.facts, len(built.facts)), root=built.root, accept_shrink=True)
    fresh = publish(open_index(tmp_path / "fresh.db", create=True), built.facts, root=built.root)

    assert (last.digest, last.counts) == (fresh.digest, fresh.counts)
    assert last.counts["edges"] > last.counts["records"] > 100
    assert grown.rebuild().difference == ""
    assert grown.verify().difference == ""
    with grown.view() as view:
        keys = [node.key for node in view.list_nodes(NodeFilter(), limit=10_000)]
        assert sorted(map(repr, view.causes(keys))) == sorted(map(repr, view.effects(keys)))
        assert all(edge.evidence.record for edge in view.causes(keys))


def _changed(fact: Fact, chance: random.Random) -> Fact:
    """Now and then a model that names another job, or a datastore that stands for another container."""
    if not isinstance(fact, Record) or chance.random() < 0.8:
        return fact
    properties = dict(fact.body["properties"])
    if fact.kind is RecordKind.MODEL_VERSION:
        properties["jobName"] = "another_job"
    elif fact.kind is RecordKind.DATASTORE:
        properties["containerName"] = "another"
    return msgspec.structs.replace(fact, body={**fact.body, "properties": properties})
