"""`lineage diff`: two model versions side by side, or one index at two times."""

from __future__ import annotations

import click

from lineage import ids, lookup
from lineage.cli.asking import (
    TEXT,
    as_of_option,
    index_option,
    json_option,
    options,
    store,
    when,
    workspace_option,
)
from lineage.errors import InvalidOption

_EPILOG = """\b
  lineage diff credit:4 credit:5          what differs between two model versions

\b
JSON of two versions: {question, from, to, fromGeneration, generation, isComplete,
truncations, scopes, counts: [{aspect, change, count}], changes: [{aspect, name, change,
before: VALUE, after: VALUE, reason, remedy}]}
VALUE = null or {text, isThing, certainty, evidence: {record, recordKind, field, value}}
aspect: DATA ORIGIN PLACE CODE ENVIRONMENT PACKAGE COMPONENT PARAMETER BASE_MODEL COMPUTE
SUBMITTER JOB SOURCE REGISTRATION MODEL FLAVOR TAG METRIC
change: CHANGED ADDED REMOVED UNKNOWN (could not be read: see reason) SAME
"""


@click.command(epilog=_EPILOG)
@click.argument("references", metavar="[REF [REF]]", type=TEXT, nargs=-1)
@options(index_option, workspace_option, as_of_option, json_option)
def diff(
    references: tuple[str, ...],
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """What differs between two model versions: data, code, environment, parameters, compute, people?"""
    if len(references) != 2:
        raise InvalidOption(
            "two model versions are compared" if references else "nothing to compare",
            "name two: lineage diff credit:4 credit:5",
        )
    _versions(references, index, workspace, as_of, as_json)


def _versions(
    references: tuple[str, ...], index: str | None, workspace: ids.Scope | None, as_of: str | None, as_json: bool
) -> None:
    from lineage.cli import compared, render
    from lineage.comparison import model_difference

    with store(index).view(when(as_of)) as view:
        before, after = (lookup.find(view, text, workspace) for text in references)
        answer = model_difference(view, before, after)
    if as_json:
        render.document(compared.document_of(answer))
        return
    compared.page_of(answer).print()
