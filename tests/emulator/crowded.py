"""An estate that is larger than a page wherever the service pages, and has names that need care in a URL."""

from __future__ import annotations

from tests.emulator.estate import Estate, Workspace

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
