"""`lineage population`: the control total."""

from __future__ import annotations

import click

from lineage.cli.asking import as_of_option, index_option, json_option, opened, options


@click.command(
    epilog="""\b
  listed + referenced = stored + forbidden + deleted + failed + unaccounted
\b
  listed        things that the service showed in a listing
  referenced    things asked for because something named them
  unaccounted   shown, not held, and no gap says why: 0 when the numbers add up
\b
JSON: {question, generation, reconciles, total: ROW, rows: [ROW]}
ROW = {scope, collection, complete, listings, listed, referenced, stored, archived, forbidden, deleted,
failed, unaccounted, surplus}
"""
)
@options(index_option, as_of_option, json_option)
def population(index: str | None, as_of: str | None, as_json: bool) -> None:
    """Is everything that the crawls met accounted for? The control total, by workspace and by collection."""
    from lineage.population import population as ask

    with opened(index, as_of) as view:
        census = ask(view)
    if as_json:
        import msgspec

        from lineage.cli import render, shapes

        render.document(
            {
                "question": "population",
                "generation": shapes.generation(census.generation),
                "reconciles": census.total.reconciles,
                "total": msgspec.to_builtins(census.total),
                "rows": msgspec.to_builtins(census.rows),
            }
        )
        return
    from lineage.cli.populated import page_of

    page_of(census).print()
