"""The sample estate: a bank's credit-risk team, ready to be asked.

Two recordings of a crawl by the real SDK, one for each workspace, so that
every question of the README has an answer before anybody has signed in.

**The story.** Priya trains scorecards in `mlw-credit-dev`, Maya keeps what the
model board approved in the registry `contoso-models`, Tom serves it in
`mlw-credit-prod`. Version 5 of `credit-scoring` decides on every loan: it came
out of the pipeline `calm_pepper_q1w8z5n3rt`, whose training step did not run,
because the pipeline of the week before had done the same work. Version 6, from
a sweep, sees a mirrored tenth of the traffic. A model of customer segments was
since trained on the scorer's answers.

Around it stands what real teams have: a folder of fraud models that two jobs
overwrite, a complaint classifier tuned twice from a base model, a model from a
laptop, a model whose job somebody deleted, one whose job we may not read, and
a version that was archived.

**Three good questions.**

    lineage trace azureml://registries/contoso-models/models/credit-scoring/versions/5
        Where does the model that decides today come from, and which run really trained it?

    lineage impact azureml://datastores/lake/paths/raw/applications/2026-08/ --workspace $DEV
        The August applications were wrong: which models, which deployments, how much live traffic?

    lineage trace fraud-screen:1 --workspace $DEV
        Which of the two jobs that overwrite the folder made this version?

with DEV=azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev

`make sample` records it again from the emulator under `tests/`; a test does so
too and compares.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

NAMES: Final = ("mlw-credit-dev.jsonl", "mlw-credit-prod.jsonl")
"""The recordings, in the order in which they are crawled."""

DEV: Final = "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev"
PROD: Final = (
    "azureml://subscriptions/b1e94c76-3d20-4f8b-a6c5-0d9f1e72c354/resourceGroups/rg-credit-prod/workspaces/"
    "mlw-credit-prod"
)


def recording_path(name: str = NAMES[0]) -> Path:
    """Where one recording lies. The package is always installed as files, never run from an archive."""
    return Path(str(files(__name__).joinpath(name)))


def recording_paths() -> tuple[Path, ...]:
    """All recordings, in the order in which they are crawled; together they are the sample."""
    return tuple(recording_path(name) for name in NAMES)
