"""`lineage coverage`: how many model versions can be traced to a job, and why not the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lineage import ids
from lineage.cli.asking import TEXT, Scope, as_of_option, index_option, json_option, options, store, when
from lineage.errors import InvalidOption
from lineage.graph import State

if TYPE_CHECKING:
    from lineage.trending import Point

_BY = ("workspace", "registry", "month", "creator")


@click.command(
    epilog="""\b
  total = confirmed + inferred + ambiguous + none = documented + the sum of the reasons
\b
  documented    the service says which job made it, and that job was read
  confirmed     the service says which job made it
  inferred      a convention or containment says so
  ambiguous     one of several jobs made it
  none          no job is known
\b
JSON: {question, generation, isComplete, truncations, scopes, by, tag, total: TALLY,
groups: [{key, …TALLY}], trend: [{generation, published, …numbers}]}
TALLY = {total, documented, confirmed, inferred, ambiguous, none, reasons: {REASON: n}}
"""
)
@options(index_option, as_of_option)
@click.option(
    "--by",
    metavar="WHAT",
    type=TEXT,
    help="Group by workspace, registry, month, creator, or tag:NAME. Default: workspace.",
)
@click.option("--workspace", metavar="URI", type=Scope(), help="Only versions in this workspace or registry.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value.lower() for state in State], case_sensitive=False),
    help="Only versions in this state; may be given several times.",
)
@click.option("--text", default="", metavar="TEXT", type=TEXT, help="Only versions whose name has this part.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=30, metavar="N", help="At most N groups. Default: 30."
)
@click.option(
    "--trend",
    "points",
    type=click.IntRange(0, 20),
    default=0,
    metavar="N",
    help="Also the last N generations, at most 20.",
)
@json_option
def coverage(
    index: str | None,
    as_of: str | None,
    by: str | None,
    workspace: ids.Scope | None,
    states: tuple[str, ...],
    text: str,
    limit: int,
    points: int,
    as_json: bool,
) -> None:
    """How many model versions can be traced to a job, in each workspace, and why not the rest?"""
    from lineage import coverage as counted

    grouping, tag = _grouping(by or "workspace")
    wanted = counted.Wanted(
        counted.Grouping(grouping.upper()),
        tag,
        workspace.text if workspace is not None else "",
        tuple(State(state.upper()) for state in states),
        text,
    )
    opened = store(index)
    with opened.view(when(as_of)) as view:
        answer = counted.coverage(view, wanted)
        went: tuple[Point, ...] = ()
        if points:
            from lineage.trending import trend

            went = trend(opened, view, wanted, points)
    from lineage.cli import covered, render

    if as_json:
        render.document(covered.document_of(answer, wanted, went))
        return
    covered.page_of(answer, wanted, limit, went).print()


def _grouping(by: str) -> tuple[str, str]:
    word, _, tag = by.partition(":")
    if word.lower() == "tag" and tag:
        return "tag", tag
    if by.lower() in _BY:
        return by.lower(), ""
    raise InvalidOption(f"--by {by!r} groups nothing", f"use {', '.join(_BY)} or tag:NAME")
