"""The laws of a crawl under whatever the network and the service do, by seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from lineage.index import open_index
from lineage.indexing import crawl as publish
from lineage.records import Fact, Gap, GapReason, Listing, Record, RecordKind, canonical_json
from tests.emulator.contoso import Contoso, contoso
from tests.sources.silent import Silent
from tests.sources.simulated import CALM, PAGING, PASSING, Simulated, Storm, crawl

Facts = list[Fact]


@pytest.fixture(scope="module")
def story() -> Contoso:
    return contoso()


@pytest.fixture(scope="module")
def calm(story: Contoso) -> Facts:
    """What a crawl says on a quiet day."""
    return crawl(Simulated(story.estate), story.dev)


def bodies(facts: Facts) -> dict[tuple[str, str], bytes]:
    return {(fact.subject, fact.kind): canonical_json(fact.body) for fact in facts if isinstance(fact, Record)}


def gaps(facts: Facts) -> dict[tuple[str, str], Gap]:
    return {(fact.subject, fact.kind): fact for fact in facts if isinstance(fact, Gap)}


def check_ruin(facts: Facts, calm: Facts) -> None:
    """The laws that hold when some requests never succeed."""
    said, whole = bodies(facts), bodies(calm)
    new = gaps(facts).keys() - gaps(calm).keys()
    # What is said is true, unless a gap beside it says that a part of it is missing; what is missing is explained.
    # A child whose parent told nothing of it may be asked for at the resource manager, which then says its part.
    partly = {subject.removesuffix("/fineTuningDetails") for subject, _ in new}
    true = {about for about in said.keys() & whole.keys() if about[0] not in partly}
    assert {about: said[about] for about in true} == {about: whole[about] for about in true}
    assert {kind for _, kind in said.keys() - whole.keys()} <= {RecordKind.JOB}
    assert new or whole.keys() <= said.keys()
    # Absence is claimed only where it was seen: never a false deletion, never a listing that is called whole.
    gone = {about for about, gap in gaps(facts).items() if gap.reason is GapReason.NOT_FOUND}
    assert gone <= {about for about, gap in gaps(calm).items() if gap.reason is GapReason.NOT_FOUND}
    complete = {fact.text for fact in facts if isinstance(fact, Listing) and fact.complete}
    shown = {(fact.subject, fact.kind) for fact in calm if isinstance(fact, Record) and fact.listing in complete}
    assert shown <= said.keys() | gaps(facts).keys()
    assert all(gap.remedy for gap in gaps(facts).values())


def test_a_quiet_day_has_something_to_say(calm):
    """The laws below would hold of an empty crawl."""
    assert len(bodies(calm)) > 60
    assert sum(isinstance(fact, Listing) and fact.listed > 9 for fact in calm) >= 2


@pytest.mark.parametrize("seed", range(6))
def test_what_passes_leaves_no_trace(story, calm, seed):
    """Resets, cuts, hangs, sign-in pages, 5xx, 429s in every spelling, pages that repeat or expire: the same facts,
    in the same order, with eight threads."""
    wire = Simulated(story.estate, Storm(seed))

    assert crawl(wire, story.dev) == calm
    assert wire.met["throttled"] > 10
    assert len(wire.met) > 8


def test_every_fault_was_met(story):
    """Over the seeds that are tried here."""
    met: Counter[str] = Counter()
    for seed in range(6):
        wire = Simulated(story.estate, Storm(seed))
        crawl(wire, story.dev)
        met += wire.met

    assert set(met) == {"throttled", *PASSING, *PAGING}


@pytest.mark.parametrize("kind", PASSING)
def test_each_fault_by_itself_leaves_no_trace(story, calm, kind):
    wire = Simulated(story.estate, Storm(7, rate=0.3, throttled=0, paging=0, kinds=(kind,)))

    assert crawl(wire, story.dev) == calm
    assert wire.met[kind] > 5


def test_a_storm_of_429s_loses_nothing(story, calm):
    """Two of three requests are refused."""
    wire = Simulated(story.estate, Storm(8, rate=0, throttled=0.67, paging=0))

    assert crawl(wire, story.dev) == calm
    assert wire.met["throttled"] > 100


@pytest.mark.parametrize("seed", range(4))
def test_what_never_succeeds_is_a_gap_and_nothing_else_is_lost(story, calm, seed):
    wire = Simulated(story.estate, Storm(100 + seed, rate=0.1, throttled=0.1, ruin=0.05))
    facts = crawl(wire, story.dev)

    check_ruin(facts, calm)


def test_a_seed_is_a_day(story):
    """The same seed, the same facts and the same faults, also where some requests never succeed."""
    first, second = (Simulated(story.estate, Storm(42, ruin=0.05)) for _ in range(2))

    assert crawl(first, story.dev, workers=1) == crawl(second, story.dev, workers=1)
    assert first.met == second.met
    assert first.clock.waits == second.clock.waits


@pytest.mark.parametrize(
    ("end", "lost"),
    [("/environments/sklearn-1.5/versions/24", 1), ("/models/credit-scoring/versions", 5)],
    ids=["named by a job", "listed a moment ago"],
)
def test_what_is_deleted_between_its_listing_and_its_get_is_a_gap(story, calm, end, lost):
    """404 is the one answer that says deleted; what named it is kept, and so is everything else."""
    wire = Simulated(story.estate)
    wire.gone = (end,)
    facts = crawl(wire, story.dev)
    gap = next(gap for (subject, _), gap in gaps(facts).items() if subject.endswith(end))

    assert (gap.reason, gap.status) == (GapReason.NOT_FOUND, 404)
    assert len(bodies(calm).keys() - bodies(facts).keys()) >= lost
    assert all(end in subject for subject, _ in bodies(calm).keys() - bodies(facts).keys())


class Told:
    """A source that says the facts of a simulated crawl."""

    def __init__(self, story: Contoso, storm: Storm) -> None:
        self.root = story.dev.uri
        self._crawl = lambda: crawl(Simulated(story.estate, storm), story.dev)

    def crawl(self, report: object, held: object = None) -> Iterator[Fact]:
        return iter(self._crawl())


def test_the_same_estate_is_the_same_digest_however_it_is_told(story, tmp_path):
    """Twice into one index, with listings in another order, and through a storm: one content."""
    storms = [CALM, CALM, Storm(0, 0, 0, 0, order=5), Storm(0, 0, 0, 0, order=6), Storm(11, order=7)]
    with_index = open_index(tmp_path / "one.db", create=True)
    same = [publish(Told(story, storm), with_index, Silent()).digest for storm in storms]
    apart = [
        publish(Told(story, storm), open_index(tmp_path / f"{number}.db", create=True), Silent()).digest
        for number, storm in enumerate(storms)
    ]

    assert set(same + apart) == {same[0]}
