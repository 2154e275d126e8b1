"""The sample estate indexed once, and a small report of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lineage import cli
from lineage.api.answering import questions
from lineage.api.documents import document
from lineage.cli import packs
from lineage.index import open_index
from lineage.ports import Questions, Reporter
from lineage.questions import edges
from lineage.reports.manifest import Manifest
from lineage.reports.pack import Part
from lineage.reports.verifying import verify


class Silent:
    """A Reporter that says nothing."""

    def progress(self, task: str, done: int, total: int | None = None) -> None: ...

    def note(self, message: str) -> None: ...


def names(asked: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Iterator[Part]:
    """A report in ten lines: the names of all model versions, and how many there are."""
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for edge in edges(asked, "ModelList", at=("models",), size=parameters["size"]):
            count += 1
            yield f"{edge['node']['id']}\n".encode()

    yield Part("names.txt", "text/plain", "every model version", lines(), order="id")
    yield Part.json("count.json", "how many", {"models": count})


KINDS = {"names": lambda: names}


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "index.db"
    assert cli.run(["crawl", "sample", "--index", str(path)]) == 0
    return path


def made(index: Path, target: Path, **more: Any) -> Manifest:
    with questions(open_index(index)) as asked:
        return packs.write(str(target), "names", names, {"size": 10}, asked, Silent(), **more)


def checked(target: Path) -> list[str]:
    return list(verify(packs.Directory(target), KINDS, document, Silent()))
