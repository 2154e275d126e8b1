"""`lineage audit`: reports that stand on their own, for whoever gets files and no login."""

from __future__ import annotations

import gc
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from lineage import ids
from lineage.cli.asking import TEXT, as_of_option, index_option, json_option, options, store, when, workspace_option
from lineage.errors import InvalidOption

_out = click.option("-o", "--out", metavar="DIR", type=TEXT, required=True, help="Where the files go: a new directory.")
_previous = click.option(
    "--previous", metavar="DIR", type=TEXT, help="The report before this one: chained by its hash, and compared with."
)
_replace = click.option("--replace", is_flag=True, help="Replace an earlier report in DIR.")

_AFTER = """\b
The directory holds index.html to read and print, the same as text and as JSON, tables as CSV, every
answer behind them, and manifest.json, which names each file by its hash. Then:
  lineage verify DIR                    everything hashed and made again, offline
  lineage sign DIR --key key.pem        vouch for it

\b
JSON: {question: model | estate, directory, id, generation, files: [{path, mediaType, about, bytes, sha256, rows}]}
"""


@click.group()
def audit() -> None:
    """Reports for an auditor: files that stand on their own and can be checked."""


@audit.command(
    epilog="""\b
Examples:
  lineage audit model credit-scoring:5 -o dossier/
  lineage audit model credit-scoring:5 -o q4/ --previous q3/ --attest said.toml

\b
FILE of --attest says what a person has to say, by field (lineage frameworks lists them):
  [attestation]
  text = "Scores consumer credit applications; limits are in the model card."
  name = "Ada Lovelace"
  role = "Model risk officer"
  date = "2026-11-30"

"""
    + _AFTER
)
@click.argument("reference", metavar="REF", type=TEXT)
@_out
@options(index_option, workspace_option, as_of_option)
@_previous
@click.option("--attest", metavar="FILE", type=TEXT, help="What people have said, to stand in their fields.")
@_replace
@json_option
def model(
    reference: str,
    out: str,
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    previous: str | None,
    attest: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """The dossier of a model version: 23 fields that auditors ask for, each with its evidence."""
    from lineage import lookup
    from lineage.cli import packs
    from lineage.ids import Kind

    said = _attested(attest)
    opened = store(index)
    chained = packs.chained(opened, previous)
    with opened.view(when(as_of)) as view:
        found = lookup.find(view, reference, workspace)
        number = view.generation.number
    if found.node.kind is not Kind.MODEL_VERSION:
        raise InvalidOption(
            f"{found.node.text} is no model version but of kind {found.node.kind.value}",
            "give a model version (name:version); lineage impact REF -o DIR reports on anything else",
        )
    parameters = {"reference": found.node.text, "since": chained and chained.generation, "attested": said}
    command = f"lineage audit model {found.node.text} --as-of {number} -o DIR"
    write("model", out, parameters, opened, number, chained, command, replace=replace, as_json=as_json)


@audit.command(
    epilog="""\b
Examples:
  lineage audit estate -o estate-2026-11/
  lineage audit estate -o estate-2026-12/ --previous estate-2026-11/ --team owner

"""
    + _AFTER
)
@_out
@options(index_option, as_of_option)
@_previous
@click.option(
    "--team", default="team", metavar="TAG", type=TEXT, help="The tag that names a model's team. Default: team."
)
@_replace
@json_option
def estate(
    out: str, index: str | None, as_of: str | None, previous: str | None, team: str, replace: bool, as_json: bool
) -> None:
    """Everything that was crawled: inventory, coverage, findings, gaps, on what most rests."""
    from lineage.cli import packs

    opened = store(index)
    chained = packs.chained(opened, previous)
    with opened.view(when(as_of)) as view:
        number = view.generation.number
    parameters = {"team": team, "since": chained and chained.generation}
    command = f"lineage audit estate --team {shlex.quote(team)} --as-of {number} -o DIR"
    write("estate", out, parameters, opened, number, chained, command, replace=replace, as_json=as_json)


def write(
    kind: str,
    out: str,
    parameters: Mapping[str, Any],
    opened: Any,
    number: int,
    chained: Any,
    command: str,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    """Makes the report of this kind and says what is in the directory."""
    import msgspec

    from lineage.api.answering import questions
    from lineage.cli import packs, render
    from lineage.cli.progress import reporter
    from lineage.cli.reported import REPORTS

    again = [command, "lineage verify DIR"]
    # An estate asks for the impact of many things at once, which is worth its adjacency in memory.
    warm = opened.warmed(at_once=True) if kind == "estate" else nullcontext()
    with reporter() as progress, _fewer_looks(), warm, questions(opened, number) as asked:
        report = REPORTS[kind]()
        of = packs.write(out, kind, report, parameters, asked, progress, chained, again, replace=replace)
    if as_json:
        files = msgspec.to_builtins(of.files)
        told = {"question": kind, "directory": out, "id": of.id, "generation": number, "files": files}
        render.document(told)
        return
    for file in of.files:
        rows = f", {file.rows:,} rows" if file.rows is not None else ""
        click.echo(f"  {file.path:<28} {file.bytes:>11,} bytes{rows}  {file.about}")
    click.echo(f"{len(of.files)} files of generation {number} in {out}, named in manifest.json")
    click.echo(f"  lineage verify {out}")


@contextmanager
def _fewer_looks() -> Iterator[None]:
    """Within the block the collector looks for cycles less often: pages are made of many objects and few cycles."""
    before = gc.get_threshold()
    gc.freeze()  # what was imported lives to the end
    gc.set_threshold(100_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _attested(path: str | None) -> dict[str, dict[str, str]]:
    """What people have said, by field. Raises InvalidOption, naming the file and the field."""
    if path is None:
        return {}
    from lineage import frameworks

    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidOption(f"cannot read {path}: {error.strerror}", "give the file with what was said") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidOption(f"{path} is not TOML: {error}", "correct it there") from None
    known = [field.id for field in frameworks.fields()]
    for name, one in said.items():
        if name not in known:
            raise InvalidOption(f"{path}: there is no field {name!r}", f"the fields are {', '.join(known)}")
        if not isinstance(one, dict) or not one.get("text") or not one.keys() <= {"text", "name", "role", "date"}:
            raise InvalidOption(f"{path}: [{name}] needs text, and may have name, role and date", "write them there")
    return {name: {key: str(value) for key, value in one.items()} for name, one in said.items()}
