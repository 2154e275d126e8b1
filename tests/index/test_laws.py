"""The law of the index: however a state was reached, what is published for it is the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.graph import Edge
from lineage.index import SqliteIndex, open_index
from lineage.ports import NodeFilter
from lineage.records import Fact, Gap, GapReason, Listing, RecordKind
from tests.index.conftest import NOON, publish
from tests.index.toy import WS, ToyRules, job, store

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
PLACES = st.sampled_from(["lake/x", "lake/y", "pond/x"])
FEW = {"max_size": 2, "unique": True}
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "made": st.lists(st.sampled_from(["o", "p"]), **FEW),  # type: ignore[arg-type]
        "uses": st.lists(st.sampled_from(["a/o", "b/q"]), **FEW),  # type: ignore[arg-type]
        "writes": st.lists(PLACES, **FEW),  # type: ignore[arg-type]
        "reads": st.lists(PLACES, **FEW),  # type: ignore[arg-type]
        "odd": st.lists(st.sampled_from(["?", "a"]), **FEW),  # type: ignore[arg-type]
        "archived": st.booleans(),
    },
)
STORES = st.dictionaries(
    st.sampled_from(["lake", "pond"]), st.sampled_from(["https://acct.blob.core.windows.net/c", "https://b.blob.x/d"])
)
GAPS = st.dictionaries(
    NAMES, st.sampled_from([GapReason.FORBIDDEN, GapReason.NOT_FOUND, GapReason.THROTTLED]), max_size=2
)
ESTATES = st.tuples(st.dictionaries(NAMES, BODIES), STORES)
MEMORY = Path("/dev/shm")
LAWS = settings(max_examples=50, deadline=None)


def facts_of(estate: tuple[dict, dict], gaps: dict[str, GapReason] | None = None) -> list[Fact]:  # type: ignore[type-arg]
    jobs, stores = estate
    gaps = gaps or {}
    facts: list[Fact] = [job(name, listing=f"{WS}/jobs", **body) for name, body in jobs.items() if name not in gaps]
    facts += [store(name, place) for name, place in stores.items()]
    facts += [Gap(f"{WS}/jobs/{name}", RecordKind.JOB, WS, reason, "refused") for name, reason in gaps.items()]
    return [*facts, Listing(f"{WS}/jobs", WS, True, len(jobs)), Listing(f"{WS}/datastores", WS, True, len(stores))]


@contextmanager
def indexes() -> Iterator[tuple[SqliteIndex, SqliteIndex]]:
    """Two new indexes under the toy rules."""
    # Hundreds of publications, each of which waits for the disk: in memory where there is such a folder.
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    try:
        one, two = (open_index(folder / f"{name}.db", create=True, rules=ToyRules()) for name in ("one", "two"))
        yield one, two
        one.close()
        two.close()
    finally:
        shutil.rmtree(folder)


@given(st.lists(ESTATES, min_size=2, max_size=4), st.randoms(use_true_random=False))
@LAWS
def test_incremental_equals_fresh_equals_rebuilt(estates, random) -> None:  # type: ignore[no-untyped-def]
    """After any sequence of crawls, facts in any order and some twice, the digest is that of one fresh crawl."""
    with indexes() as (grown, fresh):
        for estate in estates:
            facts = facts_of(estate)
            facts += random.sample(facts, min(2, len(facts)))
            random.shuffle(facts)
            last = publish(grown, facts, accept_shrink=True)
        once = publish(fresh, facts_of(estates[-1]))

        assert (last.digest, last.counts) == (once.digest, once.counts)
        assert _edges(grown) == _edges(fresh)
        assert grown.rebuild().difference == ""
        assert grown.verify().difference == ""


@given(st.lists(st.tuples(ESTATES, GAPS), min_size=2, max_size=4))
@LAWS
def test_with_gaps_the_index_still_says_what_its_records_say(states) -> None:  # type: ignore[no-untyped-def]
    """What is refused now is kept, so a fresh crawl may know less; linking what is kept from scratch gives the same."""
    with indexes() as (grown, _):
        for estate, gaps in states:
            publish(grown, facts_of(estate, gaps), accept_shrink=True)

        assert grown.rebuild().difference == ""
        assert grown.verify().difference == ""
        before = grown.digest
        assert grown.relink(clock=lambda: NOON).digest == before


@given(ESTATES, ESTATES, st.booleans())
@LAWS
def test_two_roots_in_either_order_are_one_index(one, two, again) -> None:  # type: ignore[no-untyped-def]
    """Crawling in two halves ends in the same digest, whichever half comes first or is crawled again."""
    other = WS + "2"
    halves = {
        WS: facts_of(one),
        other: [job(name, scope=other, **body) for name, body in two[0].items()]
        + [Listing(f"{other}/jobs", other, True, len(two[0]))],
    }
    with indexes() as (forth, back):
        for root, facts in halves.items():
            publish(forth, facts, root=root)
        if again:
            publish(forth, halves[WS], root=WS)
        for root, facts in reversed(halves.items()):
            publish(back, facts, root=root)

        assert forth.digest == back.digest
        assert forth.verify().difference == ""


@given(st.lists(ESTATES, min_size=2, max_size=3))
@LAWS
def test_every_earlier_generation_keeps_its_answers(estates) -> None:  # type: ignore[no-untyped-def]
    """As of a generation the graph is what it was when that generation was the newest."""
    with indexes() as (grown, _):
        told = []
        for estate in estates:
            generation = publish(grown, facts_of(estate), accept_shrink=True)
            told.append((generation, _everything(grown, None)))
        for generation, then in told:
            assert _everything(grown, generation.number) == then


def _edges(index: SqliteIndex) -> list[Edge]:
    """Every edge, the same from both ends, but for the generation since which it stands."""
    with index.view() as view:
        keys = [node.key for node in view.list_nodes(NodeFilter(), limit=1000)]
        causes, effects = (
            sorted((msgspec.structs.replace(edge, since=0) for edge in edges), key=repr)
            for edges in (view.causes(keys), view.effects(keys))
        )
        assert causes == effects
        return causes


def _everything(index: SqliteIndex, as_of: int | None) -> object:
    with index.view(as_of) as view:
        nodes = view.list_nodes(NodeFilter(), limit=1000)
        keys = [node.key for node in nodes]
        records = [view.records(node.text) for node in nodes]
        return nodes, view.causes(keys), view.effects(keys), records, view.gaps(), view.loose(), view.datastores()
