"""Sources are tested over the emulator with the real SDK, and over a tiny transport where a network adds nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lineage.sources.azureml.source import AzureMLSource
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.emulator.credential import EmulatorCredential
from tests.emulator.estate import Workspace
from tests.emulator.fixtures import emulator, served, story
from tests.emulator.server import Emulator
from tests.sources.clocks import Hand

__all__ = ["emulator", "served", "story"]


@pytest.fixture(autouse=True)
def no_cloud_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `MLClient` made by a test names its cloud in a variable that `lineage crawl` obeys."""
    monkeypatch.setenv("AZUREML_CURRENT_CLOUD", "set so that it is put back")
    monkeypatch.delenv("AZUREML_CURRENT_CLOUD")


@pytest.fixture
def cloud_for(tmp_path: Path) -> Callable[[Emulator], Path]:
    """`cloud_for(emulator)` is a file that describes it as a cloud."""

    def describe(emulator: Emulator) -> Path:
        path = tmp_path / "cloud.json"
        path.write_text(json.dumps(emulator.cloud))
        return path

    return describe


@pytest.fixture
def cloud_file(emulator: Emulator, cloud_for: Callable[[Emulator], Path]) -> str:
    """The emulator described as a cloud."""
    return str(cloud_for(emulator))


def unhurried() -> Manners:
    """Manners whose waits take no time; `test_retry` looks at the seconds."""
    return Manners(gates=Gates(Hand()))


@pytest.fixture
def source(emulator: Emulator, cloud_file: str) -> Callable[..., AzureMLSource]:
    """`source(workspace)` reads that workspace of the emulator through the real SDK."""

    def make(workspace: Workspace, **more: Any) -> AzureMLSource:
        options = {"credential": EmulatorCredential(emulator.token), "cloud": cloud_file, "manners": unhurried()} | more
        return AzureMLSource(workspace.uri, ca_bundle=str(emulator.ca_bundle), **options)

    return make
