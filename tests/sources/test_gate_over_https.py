"""The gate against a limit that is enforced: 250 reads at once and 25 a second, through the real SDK and TLS.

The limit's time and the gate's run fast, by the same factor. What is asserted here are counts; how much of the limit
is used is asserted of the simulation in `test_gate`, and of longer crawls in `tests/soak`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lineage.sources.azureml.source import AzureMLSource
from lineage.sources.polite.gate import Gates
from lineage.sources.polite.manners import Manners
from tests.emulator.credential import EmulatorCredential
from tests.emulator.estate import Estate, Workspace
from tests.emulator.limits import Limit
from tests.emulator.server import Emulator, serve
from tests.sources.clocks import Fast
from tests.sources.silent import Silent

MODELS = 400
FAST = 4.0


def populated(models: int) -> tuple[Estate, Workspace]:
    """A workspace of many models: about as many reads as models."""
    estate = Estate()
    workspace = estate.workspace("mlw-many", group="rg-many")
    for number in range(models):
        workspace.model(f"model-{number:04}", given="./model")
    return estate, workspace


def crawl(emulator: Emulator, workspace: Workspace, folder: Path, told: list[str], fast: float = FAST) -> list[Any]:
    """The facts of a crawl whose time runs `fast` times as fast; `told` is what it says meanwhile."""

    class Listening(Silent):
        def note(self, message: str) -> None:
            told.append(message)

    cloud = folder / "cloud.json"
    cloud.write_text(json.dumps(emulator.cloud))
    source = AzureMLSource(
        *(workspace.uri, EmulatorCredential(emulator.token), str(cloud), str(emulator.ca_bundle)),
        manners=Manners(900, 8, Gates(Fast(fast))),
    )
    return list(source.crawl(Listening()))


def limited(emulator: Emulator, others: float, said: bool, fast: float = FAST) -> Limit:
    """The emulator with that limit, which knows nothing of earlier requests."""
    emulator.forget()
    emulator.limit = Limit(others=others, retry_after=3, says=said)
    emulator.clock = Fast(fast).now
    return emulator.limit


@pytest.mark.parametrize("said", [True, False], ids=["with remaining reads", "without"])
def test_a_limit_that_another_client_uses_too_loses_nothing(tmp_path, said):
    """The same facts as without a limit, and hardly a refusal."""
    estate, workspace = populated(MODELS)
    told: list[str] = []
    with serve(estate, tmp_path) as emulator:
        quiet = crawl(emulator, workspace, tmp_path, told)
        limit = limited(emulator, 25 / 3, said)
        facts = crawl(emulator, workspace, tmp_path, told)
        served = emulator.count() - emulator.count("throttled")

    assert len(facts) > MODELS
    assert facts == quiet
    assert limit.served == served > MODELS
    assert limit.refused <= 40
    if not said:
        assert limit.refused >= 1
        assert told[0].startswith("throttled by 127.0.0.1:")
        assert "waiting 3 s, then" in told[0]
