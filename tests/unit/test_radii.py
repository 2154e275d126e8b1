"""On what most rests."""

from __future__ import annotations

from lineage import radii
from lineage.ids import Kind
from tests.memory import Estate


def estate() -> Estate:
    """`raw` is read by one job whose output ten models are made from; `side` by three jobs that made nothing more."""
    estate = Estate()
    raw, side = estate.data("raw", "1"), estate.data("side", "1")
    output = estate.output(estate.job("prepare", used={"in": raw}), "out")
    for number in range(10):
        job = estate.job(f"train{number}", used={"data": output})
        estate.model("m", str(number), source=estate.output(job, "model"))
    for number in range(3):
        estate.job(f"look{number}", used={"data": side})
    return estate


def test_what_most_rests_on_comes_first() -> None:
    """By everything that was made from it, not by who names it."""
    told = radii.largest(estate().view(), [Kind.DATA_VERSION], first=2)

    assert [(row.found.node.facts["name"], row.uses, row.impact.total) for row in told.rows] == [
        ("raw", 1, 32),
        ("side", 3, 3),
    ]
    assert told.looked == 2


def test_so_many_as_are_asked_for_are_told_and_only_of_these_kinds() -> None:
    told = radii.largest(estate().view(), first=1)

    assert [row.found.node.kind for row in told.rows] == [Kind.DATA_VERSION]
    assert radii.largest(estate().view(), [Kind.ENVIRONMENT_VERSION]).rows == ()
