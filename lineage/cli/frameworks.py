"""`lineage frameworks`: which fields of a report are evidence for which point of a rule book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lineage.cli.asking import TEXT, json_option

if TYPE_CHECKING:
    from lineage.frameworks import Framework


@click.command(
    epilog="""\b
derived   read from the service's records, with evidence
partly    some of it is; `left` tells what a person adds
attest    nothing in the service says it: a person does, and signs

\b
JSON: {question, fields: [{number, id, title, status, source}], frameworks: [{name, title, version, status, checked,
needsPrimary, sources: [{text, primary, read, url}], points: [{id, asks, fields: [id], status, left}]}]}
"""
)
@click.argument("name", metavar="[NAME | FILE.toml]", required=False, type=TEXT)
@json_option
def frameworks(name: str | None, as_json: bool) -> None:
    """Which fields of a report are evidence for which point of the EU AI Act, SR 26-2, ISO/IEC 42001, …?

    Without NAME: the rule books that are mapped. A mapping of your own is named by its path and checked as these are.
    """
    from lineage import frameworks as books

    if name is None:
        chosen = books.frameworks()
    elif name.endswith(".toml"):
        chosen = (_own(Path(name)),)
    else:
        chosen = (books.framework(name),)
    if as_json:
        from lineage.cli import render

        render.document(
            {
                "question": "frameworks",
                "fields": [_plain(field) for field in books.fields()],
                "frameworks": [_shape(one) for one in chosen],
            }
        )
        return
    from lineage.cli.mapped import book_page, list_page

    (list_page(chosen) if name is None else book_page(chosen[0])).print()


def _own(path: Path) -> Framework:
    from lineage import frameworks as books
    from lineage.errors import InvalidOption

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidOption(f"cannot read {path}: {error.strerror}", "give the path of a mapping") from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"{path} is not UTF-8 text", "save it as UTF-8, without a byte order mark") from error
    return books.read(text, str(path))


def _shape(book: Framework) -> dict[str, Any]:
    return {**_plain(book), "needsPrimary": book.needs_primary}


def _plain(one: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(one)
