"""What is installed from a built wheel is all there: the documents travel with it, not with the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.api.documents import documents

ROOT = Path(__file__).parents[2]
Installed = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Runs `lineage` of the wheel, in a folder where there is nothing else; what it prints."""
    place, elsewhere = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    environment = {**os.environ, "PYTHONPATH": str(place), "LINEAGE_INDEX": str(elsewhere / "index.db")}
    start = f"import lineage; assert lineage.__file__.startswith({str(place)!r}); from lineage.cli import main; main()"

    def running(*arguments: str) -> str:
        command = [sys.executable, "-c", start, *arguments]
        done = subprocess.run(
            command, cwd=elsewhere, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return running


def test_the_documents_travel_in_the_wheel(wheel: Path) -> None:
    """Inside the package; a folder `graphql` beside it would shadow graphql-core."""
    names = set(zipfile.ZipFile(wheel).namelist())

    assert {f"lineage/documents/operations/{one.name}.graphql" for one in documents()} <= names
    assert {"lineage/documents/schema.graphql", "lineage/documents/README.md"} <= names
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"lineage"}


def test_the_wheel_prints_the_manifest_and_answers_by_its_documents(installed: Installed) -> None:
    """The same trusted documents as the checkout's, and a question answered from the sample in it."""
    installed("crawl", "sample")

    assert json.loads(installed("query", "--manifest")) == {one.sha256: one.text for one in documents()}
    assert json.loads(installed("query", "ModelOrigin", "--var", "first=1"))["upstream"]["totalCount"] > 10


def test_the_mappings_of_rule_books_travel_in_the_wheel(installed: Installed) -> None:
    """They are data files beside a module, which a build may leave behind."""
    told = json.loads(installed("frameworks", "--json"))

    assert [one["name"] for one in told["frameworks"]] == [
        "eu-ai-act",
        "g7-ai-sbom",
        "iso-42001",
        "nist-ai-rmf",
        "sr-26-2",
    ]
    assert len(told["fields"]) == 23
