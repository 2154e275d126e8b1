"""The sample estate: a bank's credit-risk team, ready to be asked.

Two recordings of a crawl by the real SDK, one for each workspace, so that
every question of the README has an answer before anybody has signed in.

**The story.** Priya trains scorecards in `mlw-credit-dev`, Maya keeps what the
model board approved in the registry `contoso-models`, Tom serves it in
`mlw-credit-prod`. Version 5 of `credit-scoring` decides on every loan: it came
out of the pipeline `calm_pepper_q1w8z5n3rt`, whose training step did not run,
because the pipeline of the week before had done the same work. Version 6, from
the better of two trials of a sweep, sees a mirrored tenth of the traffic. A
model of customer segments was since trained on the scorer's answers.

Around it stands what real teams have: a folder of fraud models that two jobs
overwrite, a complaint classifier tuned twice from a base model and one that a
fine-tuning job made of it, arrears predicted by AutoML on what a Spark job
prepared, a model that the registry calls by another name and a batch endpoint
serves by night, a watch on drift that runs by the clock, a model from a laptop,
a model whose job somebody deleted, one whose job we may not read, and a version
that was archived.

`QUESTIONS` are three good ones to begin with. `make sample` records the
estate again from the emulator under `tests/`; a test does so too and compares.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

NAMES: Final = ("mlw-credit-dev.jsonl", "mlw-credit-prod.jsonl")
"""The recordings, in the order in which they are crawled."""

DEV: Final = "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev"
PROD: Final = (
    "azureml://subscriptions/b1e94c76-3d20-4f8b-a6c5-0d9f1e72c354/resourceGroups/rg-credit-prod/workspaces/"
    "mlw-credit-prod"
)


class Question(NamedTuple):
    """What a user may ask of the sample: a sentence, the arguments of `lineage`, and the heart of the answer."""

    asks: str
    arguments: tuple[str, ...]
    answer: str


QUESTIONS: Final = (
    Question(
        "Where does the model that decides on every loan come from, and which run really trained it?",
        ("trace", "credit-scoring:5"),
        "The pipeline calm_pepper_q1w8z5n3rt says so, but the bytes are of run d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4: "
        "the training step was reused.",
    ),
    Question(
        "The August applications were wrong. What was made from them, and what of it is live?",
        ("impact", "applications:3"),
        "Two deployments, one of them with 100 % of the live traffic, and models in both workspaces and the registry.",
    ),
    Question(
        "Two jobs overwrite one folder. Which of them made this fraud model?",
        ("trace", "fraud-screen:1"),
        "One of two, and nobody can be certain: brave_owl_3m8t6y1w5e wrote there last before it was registered.",
    ),
)


def recording_path(name: str = NAMES[0]) -> Path:
    """Where one recording lies. The package is always installed as files, never run from an archive."""
    return Path(str(files(__name__).joinpath(name)))


def recording_paths() -> tuple[Path, ...]:
    """All recordings, in the order in which they are crawled; together they are the sample."""
    return tuple(recording_path(name) for name in NAMES)
