"""`lineage diff`: two model versions side by side, or what changed between two times."""

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
from lineage.graph import Relation
from lineage.ids import Kind

_EPILOG = """\b
  lineage diff credit:4 credit:5          what differs between two model versions
  lineage diff --from 3                   what changed from generation 3 to now
  lineage diff --from 2026-03-31 credit:5 what was believed of a thing then, and what now
\b
A time is a generation's number or an instant: the newest published by then.
\b
JSON of two versions: {question, from, to, fromGeneration, generation, isComplete,
truncations, scopes, counts: [{aspect, change, count}], changes: [{aspect, name, change,
before: VALUE, after: VALUE, reason, remedy}]}
VALUE = null or {text, isThing, certainty, evidence: {record, recordKind, field, value}}
aspect: DATA ORIGIN PLACE CODE ENVIRONMENT PACKAGE COMPONENT PARAMETER BASE_MODEL COMPUTE
SUBMITTER JOB SOURCE REGISTRATION MODEL FLAVOR TAG METRIC
change: CHANGED ADDED REMOVED UNKNOWN (could not be read: see reason) SAME
\b
JSON of two times: {question, of, fromGeneration, toGeneration, isComplete, truncations,
scopes, counts: {nodes, edges, gaps, looseEnds}: [{kind|relation|reason, change, count}],
broughtBy: [{generation, published, root, nodes, edges, gaps, looseEnds}], nodes, edges,
gaps, looseEnds: {total, entries: [{change, generation, before, after, …}]}, values}
values: of a model version, as `changes` above without what is the same; else null
"""


@click.command(epilog=_EPILOG)
@click.argument("references", metavar="[REF [REF]]", type=TEXT, nargs=-1)
@options(index_option, workspace_option, as_of_option)
@click.option("--from", "then", metavar="WHEN", type=TEXT, help="The earlier time: then REF may be one thing, or none.")
@click.option("--to", "now", metavar="WHEN", type=TEXT, help="The later time. Default: the newest generation.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    type=click.Choice([kind.value for kind in Kind], case_sensitive=False),
    help="With --from: only things of this kind (ModelVersion, Job, …), and links from them.",
)
@click.option(
    "--relation",
    "relations",
    multiple=True,
    metavar="RELATION",
    type=click.Choice([relation.value for relation in Relation], case_sensitive=False),
    help="With --from: only links of this relation (used, wasDerivedFrom, …).",
)
@click.option(
    "--in", "inside", metavar="URI", type=TEXT, help="With --from: only what is in this workspace or registry."
)
@click.option(
    "--show",
    type=click.IntRange(0, 10_000),
    default=20,
    metavar="N",
    help="With --from: at most N of each. Default: 20.",
)
@json_option
def diff(
    references: tuple[str, ...],
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    then: str | None,
    now: str | None,
    kinds: tuple[str, ...],
    relations: tuple[str, ...],
    inside: str | None,
    show: int,
    as_json: bool,
) -> None:
    """What differs between two model versions, or between two times?"""
    if then is None:
        for given, name in ((now, "--to"), (kinds, "--kind"), (relations, "--relation"), (inside, "--in")):
            if given:
                raise InvalidOption(f"{name} is given without --from", "say from when: --from 3 or --from 2026-03-31")
        _check(len(references) == 2, "two model versions are compared, or two times")
        _versions(references, index, workspace, as_of, as_json)
        return
    _check(as_of is None, "--as-of names one time, and --from and --to name two")
    _check(len(references) < 2, "two times are compared, of one thing or of everything")
    _times(next(iter(references), None), index, workspace, (then, now), (kinds, relations, inside), show, as_json)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise InvalidOption(message, "lineage diff credit:4 credit:5, or lineage diff --from 3 --to 5 [REF]")


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


def _times(
    reference: str | None,
    index: str | None,
    workspace: ids.Scope | None,
    times: tuple[str, str | None],
    narrow: tuple[tuple[str, ...], tuple[str, ...], str | None],
    show: int,
    as_json: bool,
) -> None:
    from lineage import difference
    from lineage.cli import differing, render
    from lineage.cli.asking import scope_option
    from lineage.comparison import Comparison, model_difference

    kinds, relations, inside = narrow
    wanted = difference.Wanted(
        (),
        tuple(Kind(kind) for kind in kinds),
        tuple(Relation(relation) for relation in relations),
        scope_option(inside).text if inside else "",
    )
    opened = store(index)
    with opened.view(when(times[0])) as then, opened.view(when(times[1])) as now:
        told = difference.difference(then, now, reference, workspace)
        values: Comparison | None = None
        if told.of is not None and told.of.kind is Kind.MODEL_VERSION and all(told.known):
            before, after = (lookup.find(view, told.of.text, workspace) for view in (then, now))
            values = model_difference(now, before, after, then=then)
        page = differing.Shown(told, difference.counted(told.changes, opened), wanted, show, values)
        if as_json:
            render.document(differing.document_of(page, (then, now)))
            return
        differing.page_of(page, (then, now)).print()
