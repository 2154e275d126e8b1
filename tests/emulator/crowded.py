"""Large estates: one that is larger than a page wherever the service pages, and has names that need care in a URL;
and one of any size, whose crawls are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.emulator.estate import Estate, Workspace
from tests.emulator.things import Job

CONTAINERS, VERSIONS, CHILDREN, DEPLOYMENTS, JOBS = 120, 104, 64, 53, 130
AWKWARD = "a b%2Fc:ö+v"
"""A model name with everything that breaks a path: a blank, an escape, a colon, letters beyond ASCII, a plus."""


def crowded() -> tuple[Estate, Workspace]:
    """122 models, one with 104 versions; a pipeline of 64 children among 132 jobs; 53 deployments; 58 tables."""
    estate = Estate()
    ws = estate.workspace("mlw-crowd", group="rg-crowd")
    train = ws.command_job("busy_ant_1a2b3c4d5e", outputs={"model": ""})
    for number in range(CONTAINERS):
        ws.model(f"store-{number:03}", given=train.output("model", f"{number:03}"))
    for number in range(VERSIONS - 1):
        ws.model("nightly", given=train.output("artifacts", f"night/{number:03}"))
    ws.model(AWKWARD, given=train.output("model", "awkward"))
    ws.assets["models"]["store-007"]["1"].archive()
    for number in range(JOBS):
        ws.command_job(f"idle_{number:03}", archived=number % 2 == 0)
    pipeline = ws.pipeline("many_bees_6f7g8h9i0j", "fan-out")
    for number in range(CHILDREN):
        pipeline.child(f"many_bees_6f7g8h9i0j_{number}", f"part-{number:02}", outputs={"part": ""})
    ws.model("nightly", given=pipeline.output("artifacts", "merged"))
    endpoint = ws.endpoint("shops")
    for number in range(DEPLOYMENTS):
        model = f"{ws.arm}/models/store-{number + 8:03}/versions/1"
        endpoint.deploys(f"shop-{number:02}", model, traffic=100 if number == 0 else 0)
    for number in range(58):
        ws.data(f"table-{number:02}", path=f"azureml://datastores/workspaceblobstore/paths/tables/{number:02}/")
    return estate, ws


@dataclass
class Busy:
    """A workspace of `containers` models with `versions` each, made by `jobs` jobs; every fiftieth is a pipeline of
    three steps, every twentieth of the others has a named output, and with it an implicit asset that lists do not show.
    """

    containers: int
    versions: int
    jobs: int

    def __post_init__(self) -> None:
        self.estate = Estate()
        self.ws = ws = self.estate.workspace("mlw-busy", group="rg-busy")
        self.environments = [ws.environment(f"env-{number}", image="mcr.microsoft.com/base:1") for number in range(10)]
        self.code = [ws.code_snapshot(f"code-{number}") for number in range(40)]
        for number in range(20):
            ws.data(f"table-{number}", path=f"azureml://datastores/workspaceblobstore/paths/tables/{number}/")
        self.component = ws.component("step", code=self.code[0].arm, environment=self.environments[0].arm)
        self._made = [self._run(number) for number in range(self.jobs)]
        for number in range(self.containers * self.versions):
            self._register(number % self.containers, number)

    def change(self) -> None:
        """One model of a hundred gets a version, and one job more of a hundred has run."""
        self._made.extend(self._run(len(self._made) + number) for number in range(self.jobs // 100))
        for number in range(0, self.containers, 100):
            self._register(number, number)

    def _run(self, number: int) -> Job:
        ws, table = self.ws, f"azureml:table-{number % 20}:1"
        self.estate.clock -= timedelta(minutes=2, seconds=50)  # else they would fill a year
        if number % 50 == 0:
            pipeline = ws.pipeline(f"job_{number}", "nightly", inputs={"table": table})
            for step in range(3):
                pipeline.child(f"job_{number}_{step}", f"step-{step}", component=self.component.arm)
            return pipeline
        return ws.command_job(
            f"job_{number}",
            "train",
            inputs={"table": table},
            outputs={"report": ""} if number % 20 == 1 else {},
            environment=self.environments[number % 10].arm,
            code=self.code[number % 40].arm,
        )

    def _register(self, container: int, number: int) -> None:
        self.ws.model(f"model-{container}", given=self._made[number % self.jobs].output("artifacts", "model"))
