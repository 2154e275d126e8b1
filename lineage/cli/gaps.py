"""`lineage gaps`: the ledger of what could not be read or followed."""

from __future__ import annotations

import click

from lineage import ids
from lineage.cli.asking import TEXT, Scope, as_of_option, index_option, json_option, options, store, when
from lineage.graph import LooseReason
from lineage.records import GapReason, RecordKind

_REASONS = [reason.value for reason in (*GapReason, *LooseReason)]


@click.command(
    epilog="""\b
Reasons for which something could not be read:
  FORBIDDEN NOT_FOUND UNAUTHORISED THROTTLED UNREACHABLE UNPARSABLE UNKNOWN_KIND
  HOST_REFUSED LOOP TOO_LARGE NOT_LISTED
and for which a reference could not be followed:
  LOCAL_UPLOAD OPAQUE BROKEN TEMPLATE TOO_BROAD NO_VERSION NO_WRITER EXTERNAL

\b
JSON: {question, generation, gaps: LEDGER, looseEnds: LEDGER}
LEDGER = {total, reasons: {REASON: n}, scopes: {text: n}, kinds: {KIND: n},
trend: [{generation, published, count}], entries, more: how many follow}
entry of gaps: {subject, kind, scope, reason, detail, remedy, status, root, since, sinceTime}
entry of looseEnds: {record, recordKind, field, value, reason, remedy, scope, since, sinceTime}
`since` is the first generation that holds it without a break until now.
"""
)
@options(index_option, as_of_option)
@click.option("--workspace", metavar="URI", type=Scope(), help="Only what is in this workspace or registry.")
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="REASON",
    type=click.Choice(_REASONS, case_sensitive=False),
    help="Only for this reason; may be given several times.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    type=click.Choice([kind.value for kind in RecordKind], case_sensitive=False),
    help="Only when this was asked for (job, run, model_version, …); may be given several times.",
)
@click.option("--text", default="", metavar="TEXT", type=TEXT, help="Only where the name has this part.")
@click.option("--limit", type=click.IntRange(0, 10_000), default=20, metavar="N", help="At most N each. Default: 20.")
@click.option("--skip", type=click.IntRange(min=0), default=0, metavar="N", help="Leave the first N out, to page on.")
@json_option
def gaps(
    index: str | None,
    as_of: str | None,
    workspace: ids.Scope | None,
    reasons: tuple[str, ...],
    kinds: tuple[str, ...],
    text: str,
    limit: int,
    skip: int,
    as_json: bool,
) -> None:
    """What could not be read or followed, why, since when, and what to do about it?

    Counts by reason and by scope first, then how they went over the generations, then each with its remedy.
    """
    from lineage import ledger

    of_gaps = tuple(reason for reason in GapReason if reason.value in reasons)
    of_ends = tuple(reason for reason in LooseReason if reason.value in reasons)
    scope = workspace.text if workspace is not None else ""
    asked = tuple(RecordKind(kind) for kind in kinds)
    opened = store(index)
    with opened.view(when(as_of)) as view:
        unread = unfollowed = None
        if of_gaps or not of_ends:
            unread = ledger.gaps(opened, view, ledger.GapFilter(of_gaps, scope, asked, text))
        if of_ends or not of_gaps:
            unfollowed = ledger.loose_ends(opened, view, ledger.LooseFilter(of_ends, scope, asked, text))
        generation = view.generation
    if as_json:
        from lineage.cli import render, shapes

        render.document(shapes.gaps(generation, unread, unfollowed, skip, limit))
        return
    from lineage.cli.ledgers import page_of

    page_of(generation, unread, unfollowed, skip, limit).print()
