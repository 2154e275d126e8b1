"""`lineage models` and `lineage status`: what the index holds, and what it lacks."""

from __future__ import annotations

import click

from lineage import ids
from lineage.cli.asking import (
    TEXT,
    Scope,
    as_of_option,
    index_option,
    json_option,
    opened,
    options,
    store,
    when,
)
from lineage.graph import State


@click.command(
    epilog="""\b
JSON: {question, generation, models: [{key, text, name, version, state, stage, tags,
createdAt, createdBy, provenance, jobs: [canonical text]}], after}; `after` is what to
give to --after for the next page, "" at the end.
provenance: CONFIRMED | INFERRED | AMBIGUOUS (one of several jobs) | NONE
"""
)
@click.argument("text", required=False, default="", metavar="[TEXT]", type=TEXT)
@options(index_option, as_of_option)
@click.option("--workspace", metavar="URI", type=Scope(), help="Only those in this workspace or registry.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value.lower() for state in State], case_sensitive=False),
    help="Only versions in this state; may be given several times.",
)
@click.option("--stage", default="", metavar="STAGE", type=TEXT, help="Only versions in this stage.")
@click.option("--tag", "tags", multiple=True, metavar="NAME[=VALUE]", type=TEXT, help="Only versions with this tag.")
@click.option("--produced/--not-produced", default=None, help="Only versions with, or without, a known job.")
@click.option("--from", "created_from", default="", metavar="DATE", type=TEXT, help="Created on DATE or later.")
@click.option("--to", "created_to", default="", metavar="DATE", type=TEXT, help="Created on DATE or earlier.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, metavar="N", help="At most N. Default: 100.")
@click.option("--after", default="", metavar="TEXT", type=TEXT, help="Only those after this canonical text.")
@json_option
def models(
    text: str,
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    states: tuple[str, ...],
    stage: str,
    tags: tuple[str, ...],
    produced: bool | None,
    created_from: str,
    created_to: str,
    limit: int,
    after: str,
    as_json: bool,
) -> None:
    """Which model versions are there, and how surely is the job behind each known? TEXT is any part of the name."""
    from lineage import catalogue

    wanted = catalogue.ModelFilter(
        text,
        workspace.text if workspace is not None else "",
        tuple(State(state.upper()) for state in states),
        stage,
        tags,
        produced,
        _date(created_from),
        _date(created_to),
    )
    with opened(index, as_of) as view:
        page = catalogue.models(view, wanted, after, limit)
        jobs = view.nodes(list(dict.fromkeys(key for row in page.rows for key in row.jobs)))
        if as_json:
            from lineage.cli import render, shapes

            render.document(shapes.models(page, jobs, view))
            return
        from lineage.cli.listed import models_page

        models_page(page, jobs, view).print()


@click.command(
    epilog="""\b
JSON: {question, generation, generations, scopes: [{scope, crawled, complete, gaps,
listings: [{text, complete, listed}]}], counts, coverage: {modelVersions, confirmed,
inferred, ambiguous, none}, gaps: {REASON: n}, gapExamples, loose: {REASON: n}, looseExamples}
"""
)
@options(index_option, as_of_option)
@click.option("--limit", type=click.IntRange(0, 1000), default=3, metavar="N", help="Examples a reason. Default: 3.")
@json_option
def status(index: str | None, as_of: str | None, limit: int, as_json: bool) -> None:
    """What does the index hold, how well is it covered, and what is missing and why?"""
    from lineage import catalogue

    opened_index = store(index)
    with opened_index.view(when(as_of)) as view:
        answer = catalogue.status(opened_index, view)
        gaps = catalogue.gap_examples(view, limit)
        ends = catalogue.loose_examples(view, limit)
    if as_json:
        from lineage.cli import render, shapes

        render.document(shapes.status(answer, gaps, ends))
        return
    from lineage.cli.listed import status_page

    status_page(answer, gaps, ends).print()


def _date(text: str) -> str:
    """An ISO 8601 date or instant as it was written. Raises InvalidOption for anything else."""
    if not text:
        return ""
    from datetime import datetime

    from lineage.errors import InvalidOption

    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise InvalidOption(f"not a date: {text!r}", "write 2026-03-31 or 2026-03-31T12:00:00Z") from None
    return text
