"""`lineage explain`: how a reference is read, and what it means."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

import click

from lineage import explain as reader
from lineage import ids
from lineage.cli.asking import TEXT, as_of_option, index_option, json_option, opened, options, workspace_option
from lineage.errors import IndexMissing, InvalidOption, UnknownReference
from lineage.explain import Explanation
from lineage.ports import View

_EPILOG = """\b
With --json and REF "-" it reads references from standard input, one a line, and
writes one JSON object a line, in order, for every line there is (an empty line
is an invalid reference), from the text and --workspace alone:
  {"reference": the line, secrets cut, "form": name of the form or null,
   "canonical": absolute name or null, "parts": {piece: text}, "error": null or
   {"code", "message", "position": 0-based, "expected"}}
Bytes that are no UTF-8 are read as U+FFFD. The exit code is 0 whatever the lines hold.

\b
JSON of one REF: the same five, and {question, generation, kind, node, path, same,
spellings, edges, reason, remedy, candidates, looseEnds, choices: [{text, reason, at, chosen,
certainty, derivation, rank}], gap: why no job that was read is known, or null}. Works without an index.
"""


@click.command(epilog=_EPILOG)
@click.argument("reference", metavar="REF", type=TEXT)
@options(index_option, workspace_option, as_of_option, json_option)
def explain(
    reference: str, index: str | None, workspace: ids.Scope | None, as_of: str | None, as_json: bool
) -> int | None:
    """How is REF read, what does it mean and why; or why not, and what to do. Works without an index too."""
    if reference == "-":
        if not as_json:
            raise InvalidOption("references from standard input are answered as JSON", "add --json")
        _stream(sys.stdin.buffer, sys.stdout.buffer, workspace)
        return None
    try:
        with opened(index, as_of) as view:
            answer = reader.explain(reference, workspace, view)
            return _show(answer, view, as_json)
    except IndexMissing:
        if index is not None or as_of is not None:
            raise
    except UnknownReference:
        if as_of is not None:
            raise
    return _show(reader.explain(reference, workspace), None, as_json)


def _stream(lines: BinaryIO, out: BinaryIO, scope: ids.Scope | None) -> None:
    """Answer line by line; what was read so far is out before more is waited for."""
    import gc

    import msgspec

    gc.enable()
    encode = msgspec.json.Encoder().encode
    read = reader.read
    for chunk in _chunks(lines):
        answers = [encode(read(line.decode(errors="replace"), scope)) for line in chunk]
        answers.append(b"")
        out.write(b"\n".join(answers))
        out.flush()


def _chunks(lines: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines as they come, without their ends; the last one may have none."""
    begun: list[bytes] = []
    while True:
        got: bytes = lines.read1(1 << 16) if hasattr(lines, "read1") else lines.read(1 << 16)
        if not got:
            break
        *whole, rest = got.split(b"\n")
        if whole:
            whole[0] = b"".join([*begun, whole[0]])
            begun = []
            yield [line.removesuffix(b"\r") for line in whole]
        begun.append(rest)
    last = b"".join(begun)
    if last:
        yield [last.removesuffix(b"\r")]


def _show(answer: Explanation, view: View | None, as_json: bool) -> int:
    from lineage.choosing import Chosen, choices
    from lineage.cli import explained, render

    chosen = choices(view, answer) if view is not None else Chosen(())
    if as_json:
        from lineage.cli import shapes

        render.document(shapes.explain(answer, view) | explained.chosen(chosen))
    else:
        explained.page_of(answer, view, chosen).print()
    return 2 if answer.reading.error is not None else 0
