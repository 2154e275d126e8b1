"""The standard estate, crawled once for all tests that only look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.index import open_index
from lineage.ports import View
from tests.e2e.crawling import Desk, Said
from tests.emulator.contoso import Contoso
from tests.emulator.fixtures import emulator, served, story
from tests.emulator.server import Emulator

__all__ = ["emulator", "served", "story"]


class Crawled:
    """Both workspaces crawled, one after the other: what each crawl said and asked, and the recordings of them."""

    def __init__(self, desk: Desk, story: Contoso) -> None:
        self.desk = desk
        self.recordings: dict[str, Path] = {}
        self.said: dict[str, Said] = {}
        self.counts: dict[str, dict[str, int]] = {}
        for workspace in (story.dev, story.prod):
            desk.emulator.forget()
            recording = desk.folder / f"{workspace.name}.jsonl"
            said = desk.crawl(workspace.uri, "--record", recording)
            assert said.code == 0, said.err
            self.recordings[workspace.name] = recording
            self.said[workspace.name] = said
            self.counts[workspace.name] = desk.emulator.counts()
        desk.emulator.forget()


@pytest.fixture(scope="session")
def crawled(served: Emulator, story: Contoso, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return Crawled(Desk(served, tmp_path_factory.mktemp("crawled")), story)


@pytest.fixture
def view(crawled: Crawled) -> Iterator[View]:
    """The generation after both crawls."""
    with open_index(crawled.desk.index).view() as seen:
        yield seen


@pytest.fixture
def desk(emulator: Emulator, tmp_path: Path) -> Desk:
    """An empty folder and the served standard estate."""
    return Desk(emulator, tmp_path)
