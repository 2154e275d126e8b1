"""Spells of gaps and loose ends: what the index kept of them over generations."""

from __future__ import annotations

from pathlib import Path

from lineage import ledger
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.records import Gap, GapReason, RecordKind
from tests import linked
from tests.linked import W

UPLOAD = "azureml://datastores/lake/paths/LocalUpload/0123456789abcdef0123456789abcdef/m"


def denied(detail: str, reason: GapReason = GapReason.FORBIDDEN) -> Gap:
    return Gap(f"{W}/jobs/secret", RecordKind.JOB, W, reason, detail, "grant it", 403)


def test_the_index_tells_since_when_whatever_was_crawled_in_between(tmp_path: Path):
    """A gap that goes and comes back began when it came back; another root's crawl changes nothing; words do not."""
    store = open_index(tmp_path / "index.db", create=True)
    estate = [linked.workspace(), linked.datastore(), linked.model("credit", "2", modelUri=UPLOAD)]
    crawls = [
        (W, [*estate, denied("first")]),
        (W, estate),
        (W, [*estate, denied("again")]),
        ("azureml://registries/r", []),
        (W, [*estate, denied("in other words")]),
    ]
    for day, (root, facts) in enumerate(crawls, 1):
        now = f"2026-11-{day:02}T00:00:00Z"
        store.publish(root, iter(facts), Quiet(), started=now, clock=lambda now=now: now)

    with store.view() as view:
        gaps = ledger.gaps(store, view)
        ends = ledger.loose_ends(store, view)
    with store.view(1) as view:
        first = ledger.gaps(store, view)
    store.close()

    assert [(entry.told.subject, entry.root, entry.since) for entry in gaps.entries] == [(f"{W}/jobs/secret", W, 3)]
    assert [point.count for point in gaps.trend] == [1, 0, 1, 1, 1]
    assert [(entry.told.record, entry.told.reason, entry.since) for entry in ends.entries] == [
        (f"{W}/models/credit/versions/2", "LOCAL_UPLOAD", 1)
    ]
    assert [entry.told.detail for entry in first.entries] == ["first"]
