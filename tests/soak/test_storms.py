"""Hundreds of bad days: the laws of `tests/sources/test_simulation.py` over many seeds and storms of every strength."""

from __future__ import annotations

import random

import pytest

from lineage.records import Fact
from tests.emulator.contoso import Contoso, contoso
from tests.sources.simulated import Simulated, Storm, crawl
from tests.sources.test_simulation import check_ruin

pytestmark = pytest.mark.soak
DAYS = 400


@pytest.fixture(scope="module")
def story() -> Contoso:
    return contoso()


@pytest.fixture(scope="module", params=["dev", "prod"])
def told(request: pytest.FixtureRequest, story: Contoso) -> tuple[str, list[Fact]]:
    """A workspace, and what a crawl says of it on a quiet day."""
    return request.param, crawl(Simulated(story.estate), getattr(story, request.param))


def strength(seed: int) -> tuple[float, float, float]:
    """Shares of passing failures, 429s and pages that come out wrong. Eight at once in the worst of it fail often
    enough, one after another, that the host counts as down; so the even seeds are milder."""
    chance = random.Random(f"strength {seed}")
    return chance.uniform(0, 0.6 if seed % 2 else 0.25), chance.uniform(0, 0.6), chance.uniform(0, 0.8)


def workers(seed: int) -> int:
    return 1 if seed % 2 else 8


@pytest.mark.parametrize("seed", range(DAYS))
def test_what_passes_leaves_no_trace(story, told, seed):
    name, calm = told
    facts = crawl(Simulated(story.estate, Storm(1000 + seed, *strength(seed))), getattr(story, name), workers(seed))

    assert facts == calm


@pytest.mark.parametrize("seed", range(DAYS))
def test_what_never_succeeds_is_a_gap_and_nothing_else_is_lost(story, told, seed):
    name, calm = told
    ruin = random.Random(f"ruin {seed}").uniform(0.01, 0.3)
    workspace = getattr(story, name)
    opening = f"/workspaces/{workspace.name}"
    wire = Simulated(story.estate, Storm(5000 + seed, *strength(seed), ruin=ruin, spared=opening))

    check_ruin(crawl(wire, workspace), calm)


@pytest.mark.parametrize("seed", range(40))
def test_a_seed_is_a_day(story, seed):
    """One worker: the same facts, the same faults, the same waits."""
    first, second = (Simulated(story.estate, Storm(9000 + seed, *strength(seed))) for _ in range(2))

    assert crawl(first, story.dev, workers=1) == crawl(second, story.dev, workers=1)
    assert (first.met, first.clock.waits) == (second.met, second.clock.waits)
