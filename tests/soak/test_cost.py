"""What crawls of a workspace of real size cost, through the real SDK over HTTPS, counted by the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.counted import count
from tests.emulator.crowded import Busy

pytestmark = pytest.mark.soak


def test_ten_thousand_models_in_two_thousand_containers(tmp_path: Path) -> None:
    """With 5,000 jobs: all of it once; then 149 pages of lists; then those and what has changed."""
    first, second, third, full = count(Busy(containers=2_000, versions=5, jobs=5_000), tmp_path)

    assert first.lists == 2 + 40 + 100 + 7
    assert first.beyond_lists() == {
        "models.versions": 2_000,
        "data.versions": 20,
        "environments.versions": 10,
        "components.versions": 1,
        "codes.version": 40,
        "data.version": 250,  # implicit assets: no list shows them
        "batchrundata": 110,  # twenty pages of jobs at a time, and their 20 pipelines' steps
        "run.children": 100,
    }
    assert (second.total, second.digest) == (149, first.digest)
    # A batch of the fifty new jobs, one of their pipeline's steps; the page of the 5,050th is one more.
    assert third.beyond_lists() == {"models.versions": 20, "batchrundata": 2, "run.children": 2}
    assert third.lists == 150
    assert (first.total, third.total, full.total) == (2_680, 174, 2_685)
    assert full.digest == third.digest
