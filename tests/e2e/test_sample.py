"""The sample in the package is what the emulator says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage import sample
from lineage.index import open_index
from tests.e2e.crawling import lineage
from tests.emulator import contoso
from tests.emulator.record_sample import record


def digests(index: Path, recordings: tuple[Path, ...]) -> list[str]:
    """The digest after each recording, in that new index."""
    for recording in recordings:
        assert lineage("crawl", recording, "--index", index).code == 0
    return [generation.digest for generation in open_index(index).generations()]


def test_recording_the_sample_again_gives_the_same_bytes_and_the_same_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the estate, the crawl or a body changes, `make sample` writes what this test wants."""
    again = tuple(record(tmp_path))
    capsys.readouterr()
    shipped = sample.recording_paths()

    assert [path.name for path in again] == [path.name for path in shipped]
    assert digests(tmp_path / "again.db", again) == digests(tmp_path / "shipped.db", shipped)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in shipped]


def test_the_sample_is_small() -> None:
    """It travels in every wheel."""
    assert sum(path.stat().st_size for path in sample.recording_paths()) < 450_000


def test_the_sample_holds_no_secret_and_no_address_of_the_machine_that_recorded_it() -> None:
    for path in sample.recording_paths():
        text = path.read_text()

        assert [secret for secret in contoso.CANARIES if secret in text] == []
        assert "127.0.0.1" not in text
        assert "localhost" not in text


def test_the_first_recording_is_the_workspace_that_the_story_begins_in() -> None:
    assert sample.recording_path() == sample.recording_paths()[0]
    assert sample.recording_path().name == "mlw-credit-dev.jsonl"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "index.db"
    said = lineage("crawl", "sample", "--index", path)
    assert said.code == 0, said.err
    return path


ANSWERS = {
    "trace credit-scoring:5": [
        "calm_pepper_q1w8z5n3rt",
        "d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4",
        "reusedFrom",
        "datastores/lake/paths/raw/applications/2026-08",
    ],
    "impact applications:3": ["2 deployments", "blue", "100 % of live traffic", "portfolio-segments:1"],
    "trace fraud-screen:1": ["brave_owl_3m8t6y1w5e", "gentle_fern_9p2d7k4s0a", "AMBIGUOUS (candidate 1)"],
}


@pytest.mark.parametrize("question", sample.QUESTIONS, ids=lambda question: " ".join(question.arguments))
def test_the_sample_answers_the_questions_that_it_suggests(index: Path, question: sample.Question) -> None:
    said = lineage(*question.arguments, "--index", index)

    assert said.code == 0, said.err
    for word in ANSWERS[" ".join(question.arguments)]:
        assert word in said.out
