"""`lineage search`: things by a word of their names, tags, people, commits or descriptions."""

from __future__ import annotations

import click

from lineage import ids
from lineage.cli.asking import TEXT, Scope, as_of_option, index_option, json_option, options, store, when
from lineage.graph import State
from lineage.ids import Kind


@click.command(
    epilog="""\b
Every word has to be found and may be the beginning of one; case and accents do not matter. Nothing is syntax, and a
canonical reference may be pasted. The words stand in FILE.words beside the index; the first search reads them, and
later ones what is new.
\b
JSON: {question, generation, total, listed, kinds: {Kind: n}, states: {STATE: n}, scopes: {text: n},
origins: {PROVENANCE: n} (of model versions; null when there are more than 10,000),
hits: [{key, text, kind, name, version, state, tier, field, snippet}], after}; `after` is what to give to --after for
the next page, "" at the end; of `total` things `listed` can be paged through.
tier: 0 the name begins with it | 1 the name holds it | 2 shown name, reference | 3 tags, experiment, people, commit
| 4 description, other facts
"""
)
@click.argument("text", nargs=-1, required=True, metavar="TEXT...", type=TEXT)
@options(index_option, as_of_option)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value.lower() for kind in Kind], case_sensitive=False),
    help="Only things of this kind; may be given several times.",
)
@click.option("--workspace", metavar="URI", type=Scope(), help="Only those in this workspace or registry.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value.lower() for state in State], case_sensitive=False),
    help="Only things in this state; may be given several times.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, metavar="N", help="At most N. Default: 20.")
@click.option("--after", default="", metavar="KEY", type=TEXT, help="Only those after this key, as an answer gives it.")
@json_option
def search(
    text: tuple[str, ...],
    index: str | None,
    as_of: str | None,
    kinds: tuple[str, ...],
    workspace: ids.Scope | None,
    states: tuple[str, ...],
    limit: int,
    after: str,
    as_json: bool,
) -> None:
    """What is there by this word, of which kinds, and where? TEXT is any word of it, or the beginning of one."""
    from lineage import catalogue
    from lineage import search as searching
    from lineage.cli.progress import reporter
    from lineage.ports import Asked

    words = " ".join(text)
    searching.words(words)  # what cannot be searched for is told before anything is read
    named = {kind.value.lower(): kind for kind in Kind}
    wanted = Asked(
        (),
        tuple(named[kind.lower()] for kind in kinds),
        tuple(State(state.upper()) for state in states),
        workspace.text if workspace is not None else "",
    )
    opened = store(index)
    with reporter() as report:
        opened.read_words(report)
    with opened.view(when(as_of)) as view:
        found = searching.search(view, words, wanted, _key(after), limit)
        origins = catalogue.origins(view, words, wanted)
    from lineage.cli import searched

    if as_json:
        from lineage.cli import render

        render.document(searched.document(found, origins))
        return
    searched.page_of(words, found, origins).print()


def _key(text: str) -> int:
    """The key that `--after` says. Raises InvalidOption."""
    if not text:
        return 0
    if text.isascii() and text.isdecimal() and len(text) <= 19:
        return int(text)
    from lineage.errors import InvalidOption

    raise InvalidOption(f"--after is no key: {text[:40]!r}", "give the `after` of the answer before")
