"""A small estate in a real index, and the command line as a user meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from lineage import cli
from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.records import Fact, Gap, GapReason, Listing, Record, RecordKind
from tests import linked
from tests.linked import W

ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"


def facts() -> list[Fact]:
    """raw -> prep -> train -> credit:3 -> blue; credit:2 was uploaded, the job of credit:1 may not be read."""
    return [
        linked.workspace(),
        linked.datastore(),
        linked.job(
            "prep",
            status="Completed",
            inputs={"raw": {"jobInputType": "uri_folder", "uri": "azureml://datastores/lake/paths/raw/"}},
            outputs={"clean": linked.output("azureml://datastores/lake/paths/clean/")},
        ),
        linked.job(
            "train",
            created="2026-03-01T08:00:00Z",
            status="Completed",
            displayName="train \x1b[31mred\x1b[0m",
            inputs={"data": {"jobInputType": "uri_folder", "uri": "azureml://jobs/prep/outputs/clean"}},
            outputs={"model": linked.output()},
        ),
        linked.model(
            "credit",
            "3",
            created="2026-03-02T08:00:00Z",
            jobName="train",
            modelUri="azureml://jobs/train/outputs/model/paths/best",
            stage="Production",
            tags={"team": "risk"},
        ),
        linked.model(
            "credit",
            "2",
            created="2026-02-01T08:00:00Z",
            modelUri="azureml://datastores/lake/paths/LocalUpload/0123456789abcdef0123456789abcdef/m",
        ),
        linked.model(
            "credit",
            "1",
            created="2026-01-01T08:00:00Z",
            isArchived=True,
            jobName="secret",
            modelUri="azureml://jobs/secret/outputs/model",
        ),
        Gap(
            f"{W}/jobs/secret",
            RecordKind.JOB,
            W,
            GapReason.FORBIDDEN,
            "HTTP 403 AuthorizationFailed",
            "grant Microsoft.MachineLearningServices/workspaces/jobs/read",
            403,
        ),
        Record(
            f"{W}/onlineEndpoints/score",
            RecordKind.ENDPOINT,
            W,
            linked.arm({"traffic": {"blue": 90, "green": 10}, "mirrorTraffic": {}}),
        ),
        linked.deployment("blue", "score", model=f"{ARM}/models/credit/versions/3"),
        *(Listing(f"{W}/{name}", W, True, 3) for name in ("models", "onlineEndpoints")),
    ]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations: the estate before the deployment, and after."""
    path = tmp_path_factory.mktemp("cli") / "index.db"
    told = facts()
    before = [fact for fact in told if not (isinstance(fact, Record) and fact.kind is RecordKind.DEPLOYMENT)]
    store = open_index(path, create=True)
    for now, crawl in (("2026-03-31T12:00:00Z", before), ("2026-04-30T12:00:00Z", told)):
        store.publish(W, iter(crawl), Quiet(), started=now, clock=lambda now=now: now)
    store.close()
    return path


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.out)


@pytest.fixture
def say(index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs the command line on that index."""
    monkeypatch.setenv("LINEAGE_INDEX", str(index))
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*arguments: str) -> Said:
        code = cli.run(arguments)
        return Said(code, *capsys.readouterr())

    return run
