"""`lineage export`: a lineage in the formats that other tools read."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineage import ids
from lineage.cli.asking import TEXT, as_of_option, index_option, options, store, when, workspace_option
from lineage.errors import InvalidOption, Unanswered

if TYPE_CHECKING:
    from lineage.reports.exports.whole import Whole

_FORMATS = (
    *("cyclonedx", "cyclonedx-1.6", "spdx", "prov", "prov-turtle", "openlineage", "ro-crate"),
    *("graphml", "dot", "mermaid"),
)


@click.command(
    epilog="""\b
Formats:
  cyclonedx, cyclonedx-1.6   CycloneDX ML-BOM 1.7 and 1.6
  spdx                       SPDX 3.0.1, AI, Dataset and Build profiles, JSON-LD
  prov, prov-turtle          W3C PROV as PROV-JSON and as PROV-O in Turtle
  openlineage                OpenLineage 2-0-2 run events, one a line
  ro-crate                   RO-Crate 1.1, Process Run Crate 0.5: ro-crate-metadata.json
  graphml, dot, mermaid      the plain graph, for tools that draw

\b
Examples:
  lineage export credit-scoring:5 --format cyclonedx -o bom.json
  lineage export credit-scoring:5 --format dot | dot -Tsvg -o lineage.svg
  lineage export credit-scoring:5 --format openlineage --to http://marquez:5000

\b
All but cyclonedx, graphml, dot and mermaid need: pip install 'azureml-lineage[export]'
"""
)
@click.argument("reference", metavar="REF", type=TEXT)
@click.option("--format", "name", type=click.Choice(_FORMATS), required=True, help="The format; see below.")
@click.option(
    "--direction",
    type=click.Choice(["upstream", "downstream", "both"]),
    default="upstream",
    help="Where it came from, what was made from it, or both. Default: upstream.",
)
@click.option("-o", "--out", metavar="FILE", type=TEXT, help="Write to FILE. Default: standard output.")
@click.option("--to", metavar="URL", type=TEXT, help="Send openlineage events there ($OPENLINEAGE_API_KEY).")
@options(index_option, workspace_option, as_of_option)
def export(
    reference: str,
    name: str,
    direction: str,
    out: str | None,
    to: str | None,
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
) -> None:
    """The lineage of REF in a format that other tools read."""
    from lineage import lookup
    from lineage.api.answering import questions
    from lineage.reports import exports
    from lineage.reports.exports.whole import ask

    if to is not None and (name != "openlineage" or out is not None):
        raise InvalidOption("--to sends OpenLineage events", "say --format openlineage, and not -o")
    opened = store(index)
    with opened.view(when(as_of)) as view:
        found = lookup.find(view, reference, workspace)
        number = view.generation.number
    with questions(opened, number) as asked:
        whole = ask(asked, found.node.text, direction)
    if to is not None:
        click.echo(f"sent {_send(to, whole):,} events to {to}", err=True)
    elif out is None:
        for chunk in exports.export(name, whole):
            sys.stdout.buffer.write(chunk)
    else:
        _write(Path(out), exports.export(name, whole))
        click.echo(f"{out}: {exports.FORMATS[name].about}, {len(whole.things):,} things", err=True)


def _write(where: Path, chunks: Iterator[bytes]) -> None:
    """Writes the file whole or not at all."""
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{where.name}.", dir=where.parent)
    except OSError as error:
        raise InvalidOption(f"cannot write to {where}: {error.strerror}", "give a file that you may write") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(chunks)
        os.chmod(aside, 0o644)  # noqa: PTH101 - a name of mkstemp
        Path(aside).replace(where)
    except OSError as error:
        raise InvalidOption(f"cannot write to {where}: {error.strerror}", "give a file that you may write") from None
    finally:
        Path(aside).unlink(missing_ok=True)


def _send(url: str, whole: Whole) -> int:
    """Sends the events with the official client, in their order. Raises Unanswered when one is not taken."""
    from lineage.reports.exports.openlineage import send

    try:
        return send(whole, url, os.environ.get("OPENLINEAGE_API_KEY", ""))
    except OSError as error:
        raise Unanswered(
            f"{url} did not take the events: {error}", "check the address; what was sent may be sent again"
        ) from None
