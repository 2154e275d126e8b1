"""`lineage query`: the documented operations, here or at a service."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.asking import TEXT, as_of_option, index_option, options, store, when
from lineage.errors import InvalidOption

if TYPE_CHECKING:
    from lineage.ports import Document, Questions

TOKEN = "LINEAGE_TOKEN"  # noqa: S105 - the name of the variable, not a token
"""The environment variable whose token goes to the service of `--url`."""


@click.command(
    epilog="""\b
Examples:
  lineage query --list
  lineage query ModelOrigin --var ref=credit-scoring:5 --var first=10
  lineage query ModelList --variables '{"first": 100, "filter": {"produced": false}}'
  lineage query ModelList --variables @wanted.json --as-of 2026-03-31
  LINEAGE_TOKEN=… lineage query IndexStatus --url https://lineage.example.com

\b
A VALUE is read by the variable's type: a number, a text, a reference to a thing in any spelling, JSON for the rest.
A list may be given as JSON or by several --var. What is left out has the default that --list shows.
JSON: the `data` of the answer. An error in it is told on standard error, and then nothing is printed.
"""
)
@click.argument("name", required=False, default="", metavar="[NAME]", type=TEXT)
@click.option("--variables", "whole", default="", metavar="JSON|@FILE|-", type=TEXT, help="Variables as one object.")
@click.option("--var", "single", multiple=True, metavar="NAME=VALUE", type=TEXT, help="One variable; repeatable.")
@options(index_option, as_of_option)
@click.option("--url", default="", metavar="URL", type=TEXT, help="Ask a running service instead of an index here.")
@click.option("--list", "listing", is_flag=True, help="The operations, their questions and variables.")
@click.option("--text", "as_text", is_flag=True, help="The operation's GraphQL instead of its answer.")
@click.option("--manifest", is_flag=True, help="All operations by the SHA-256 of their text: {hash: text}.")
@click.option("--json", "as_json", is_flag=True, help="One line, also on a terminal.")
def query(
    name: str,
    whole: str,
    single: tuple[str, ...],
    index: str | None,
    as_of: str | None,
    url: str,
    listing: bool,
    as_text: bool,
    manifest: bool,
    as_json: bool,
) -> None:
    """Run a documented GraphQL operation: against an index, without a service, or at the service of --url."""
    from lineage.api.documents import document, documents
    from lineage.api.trusted import manifest as trusted

    if sum((listing, manifest, bool(name))) != 1:
        raise InvalidOption(
            "say which operation to run" if not (listing or manifest) else "several things to do at once",
            "lineage query NAME, or one of --list and --manifest",
        )
    if manifest:
        _show(trusted(documents()), as_json)
    elif listing and as_json:
        _show([_told(one) for one in documents()], as_json)
    elif listing:
        _list(documents())
    elif as_text:
        from lineage.cli import render

        render.write(document(name).text)
    else:
        from lineage.cli.variables import variables

        asked = variables(document(name), whole, single)
        with _questions(url, index, as_of, document(name)) as questions:
            answer = questions.run(name, asked)
        _show(answer, as_json)


def _questions(url: str, index: str | None, as_of: str | None, told: Document) -> AbstractContextManager[Questions]:
    if not url:
        from lineage.api.answering import questions

        return questions(store(index), when(as_of))
    from contextlib import nullcontext

    from lineage.cli.remote import RemoteQuestions

    if index is not None:
        raise InvalidOption("--index and --url name two places to ask", "leave one of them out")
    instant = when(as_of)
    if instant is not None and "asOf" not in told.variables:
        raise InvalidOption(f"{told.name} cannot be asked as of another time", "leave --as-of out")
    asked = None if instant is None else {"generation" if isinstance(instant, int) else "instant": instant}
    return nullcontext(RemoteQuestions(url, token=os.environ.get(TOKEN, ""), when=asked))


def _show(body: Any, as_json: bool) -> None:
    """JSON: for people in lines, for programs in one; a terminal gets nothing that it would act on."""
    import msgspec

    from lineage.cli import render

    if as_json or not sys.stdout.isatty():
        render.document(body)
        return
    text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    render.write("\n".join(printable(line) for line in text.splitlines()) + "\n")


def printable(line: str) -> str:
    """A line of JSON with whatever a terminal would act on as an escape: the same JSON."""
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else _units(char) for char in line)


def _units(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _told(one: Document) -> dict[str, Any]:
    return {
        "name": one.name,
        "question": one.question,
        "about": " ".join(one.about.split()),
        "sha256": one.sha256,
        "variables": [
            {"name": name, "type": type_, **({"default": one.defaults[name]} if name in one.defaults else {})}
            for name, type_ in one.variables.items()
        ],
    }


def _list(known: tuple[Document, ...]) -> None:
    import msgspec

    from lineage.cli.render import Page

    page = Page()
    for one in known:
        page.add(f"{page.paint(one.name, 'bold')}  {one.question}")
        for name, type_ in one.variables.items():
            default = f" = {msgspec.json.encode(one.defaults[name]).decode()}" if name in one.defaults else ""
            page.add(f"  {name}: {type_}{default}")
        page.add()
    page.add("lineage query NAME --var NAME=VALUE …")
    page.print()
