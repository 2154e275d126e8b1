"""`lineage serve`: the service and its start page, on loopback."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click
import msgspec

from lineage import settings

if TYPE_CHECKING:
    from lineage.api.trusted import Trusted
    from lineage.server.welcome import Question


@click.command(short_help="Answer questions over GraphQL and on a page, on this machine only.")
@click.option("--index", "index_option", metavar="FILE", help="The index [default: $LINEAGE_INDEX or the user's own].")
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address; others are refused.")
@click.option("--port", default=8000, show_default=True, help="The port; 0 takes a free one.")
@click.option(
    "--introspection/--no-introspection",
    default=True,
    help="Whether clients may ask for the schema and get hints for misspelt names [default: they may, on loopback].",
)
@click.option(
    "--trusted-only", is_flag=True, help="Answer the documented operations, and those of --documents, and nothing else."
)
@click.option(
    "--documents",
    "manifests",
    multiple=True,
    metavar="FILE",
    help="A manifest of more documents to trust and to know by their hash: {hash: text}, or Apollo's. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it listens as one JSON object.")
def serve(
    index_option: str | None,
    host: str,
    port: int,
    introspection: bool,
    trusted_only: bool,
    manifests: tuple[str, ...],
    as_json: bool,
) -> None:
    """Answer questions over GraphQL, and on a start page with the answers of this index.

    The service listens on loopback only: there is no log-in, and whoever reaches it can read the whole index.
    It follows what is published while it runs. It stops on Ctrl-C or SIGTERM, after the answers under way.
    """
    from lineage.index import open_index
    from lineage.server.app import listen, serve
    from lineage.server.collector import settle
    from lineage.server.welcome import questions

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    index = open_index(settings.index_path(index_option))
    trusted = _trusted(manifests, trusted_only)
    listening = listen(host, port)
    name, port = ("[::1]" if host == "::1" else host), listening.getsockname()[1]
    root = f"http://{name}:{port}"

    def say() -> None:
        settle()
        if not as_json:
            _greet(root, questions(index), f" --index {quote(index_option)}" if index_option else "")
            return
        told = {"open": f"{root}/", "graphql": f"{root}/graphql", "livez": f"{root}/livez", "readyz": f"{root}/readyz"}
        click.echo(msgspec.json.encode(told).decode())

    serve(index, listening, say, introspection=introspection, trusted=trusted)


def _trusted(manifests: Sequence[str], only: bool) -> Trusted:
    """The documented operations and those of the files. Raises InvalidOption for a file that holds no manifest."""
    from lineage.api.documents import documents
    from lineage.api.trusted import MAX_BYTES, Trusted, manifest, read
    from lineage.errors import InvalidOption

    known = manifest(documents())
    for name in manifests:
        try:
            with Path(name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or str(error)).lower()
            raise InvalidOption(f"cannot read {name!r}: {why}", "name a manifest of documents") from None
        if len(content) > MAX_BYTES:
            raise InvalidOption(f"{name} has more than {MAX_BYTES:,} bytes", "name a manifest of documents")
        known |= read(content, name)
    return Trusted(known, only=only)


def _greet(root: str, asked: Sequence[Question], index: str) -> None:
    click.echo(f"Open     {root}/\nGraphQL  {root}/graphql   (POST, application/json)\n")
    if asked:
        click.echo("Questions to begin with, here and on the page:\n")
    for one in asked:
        click.echo(f"  {one.question}\n    $ {one.command}{index}\n    {one.answer}\n")
    click.echo("Ctrl-C stops it.")
