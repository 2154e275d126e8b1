"""`lineage models` and `lineage status`: what the index holds, and what it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from lineage import ids
from lineage.cli.asking import (
    TEXT,
    Command,
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
from lineage.ids import Kind

if TYPE_CHECKING:
    from lineage.ports import Order


class ORDERS:
    """By what lists are ordered on the command line, and the facts that these are."""

    FACTS: Final = {
        "reference": "",
        "name": "name",
        "created": "createdAt",
        "modified": "lastModifiedAt",
        "started": "startTime",
        "ended": "endTime",
    }

    @classmethod
    def order(cls, by: str, descending: bool) -> Order:
        from lineage.ports import Order

        return Order(cls.FACTS[by], descending)


def order_options(kind: Kind) -> Callable[[Command], Command]:
    """`--order` and `--desc` of a list of things of this kind."""
    names = list(ORDERS.FACTS) if kind is Kind.JOB else list(ORDERS.FACTS)[:4]
    return lambda command: options(
        click.option(
            "--order", type=click.Choice(names), default="reference", help="By what to order. Default: reference."
        ),
        click.option("--desc", "descending", is_flag=True, help="Last or newest first."),
    )(command)


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
@click.option("--name", default="", metavar="NAME", type=TEXT, help="Only versions of the model of this name, whole.")
@click.option("--type", "types", multiple=True, metavar="TYPE", type=TEXT, help="Only of this type (mlflow_model).")
@click.option("--by", "created_by", multiple=True, metavar="WHO", type=TEXT, help="Only registered by this person.")
@click.option(
    "--provenance",
    "provenances",
    multiple=True,
    type=click.Choice(["confirmed", "inferred", "ambiguous", "none"], case_sensitive=False),
    help="Only those whose job is known so surely; may be given several times.",
)
@order_options(Kind.MODEL_VERSION)
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
    name: str,
    types: tuple[str, ...],
    created_by: tuple[str, ...],
    provenances: tuple[str, ...],
    order: str,
    descending: bool,
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
        date(created_from),
        date(created_to),
        name,
        types,
        created_by,
        tuple(catalogue.Provenance(one.upper()) for one in provenances),
    )
    with opened(index, as_of) as view:
        page = catalogue.models(view, wanted, after, limit, ORDERS.order(order, descending))
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


def date(text: str) -> str:
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
