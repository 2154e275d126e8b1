"""`lineage impact`: what breaks if something was wrong, named by reference or by what many things share."""

from __future__ import annotations

from typing import Any

import click

from lineage import ids
from lineage.cli.asking import (
    TEXT,
    as_of_option,
    depth_option,
    index_option,
    json_option,
    opened,
    options,
    workspace_option,
)
from lineage.cli.narrowing import Narrow, narrowing
from lineage.errors import InvalidOption
from lineage.suspects import By, Suspect
from lineage.traversal import Budget

_EPILOG = """\b
REF is any spelling of a thing, as `lineage trace --help` lists them. A place in storage stands for
everything inside it. Everything that is named, in whatever way, is one question:
  lineage impact azureml:applications:3 --commit 8c1f2ab --image mcr.microsoft.com/azureml/openmpi
  lineage impact --prefix 'azureml://datastores/lake/paths/raw/2026-*' --stop-at ModelVersion

\b
JSON: {question, found, counts, generation, isComplete, truncations, scopes, deployments, nodes, edges,
sources: [{by, text, repository, things}], endpoints, levels: [{level, counts, things}],
owners: [{name, counts, things}]}; each of `nodes` has its `level`, `owner` and `ownerBasis`
"""


def _many(name: str, metavar: str, told: str) -> Any:
    return click.option(name, type=TEXT, metavar=metavar, multiple=True, help=told)


@click.command(epilog=_EPILOG)
@click.argument("references", metavar="[REF]...", type=TEXT, nargs=-1)
@options(
    _many("--prefix", "PATH", "Places under a datastore path or storage URL; with * it may end within a segment."),
    _many("--environment", "NAME[:VERSION]", "What ran in an environment: all its versions, or one."),
    _many("--image", "IMAGE", "What ran in a container image: REPOSITORY, REPOSITORY:TAG or sha256:… digest."),
    _many("--commit", "HASH", "What was submitted from a git commit, by seven hex digits or more."),
    _many("--repository", "URL", "The git remote that --commit is of, however it is reached. Default: any."),
    _many("--code", "CODE", "What ran a code snapshot (its id), or a code version (NAME[:VERSION], SHA-256)."),
    _many("--compute", "NAME", "What ran on a compute."),
)
@options(index_option, workspace_option, as_of_option, depth_option, json_option)
@narrowing
@click.option(
    "--limit", type=click.IntRange(min=1), default=100_000, metavar="N", help="At most N things. Default: 100,000."
)
@click.option(
    "--show", type=click.IntRange(min=1), default=20, metavar="N", help="At most N lines a section. Default: 20."
)
@click.option(
    "-o",
    "--out",
    metavar="DIR",
    type=TEXT,
    help="Write a report as files into a new directory: HTML, CSV, JSON, SVG.",
)
@click.option(
    "--since", type=click.IntRange(min=1), metavar="N", help="With -o: mark what generation N did not yet affect."
)
@click.option("--previous", metavar="DIR", type=TEXT, help="With -o: the report before this one, to chain to.")
@click.option("--replace", is_flag=True, help="With -o: replace an earlier report in DIR.")
def impact(
    references: tuple[str, ...],
    prefix: tuple[str, ...],
    environment: tuple[str, ...],
    image: tuple[str, ...],
    commit: tuple[str, ...],
    repository: tuple[str, ...],
    code: tuple[str, ...],
    compute: tuple[str, ...],
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    depth: int | None,
    as_json: bool,
    relation: tuple[str, ...],
    certainty: tuple[str, ...],
    within: tuple[ids.Scope, ...],
    stop_at: tuple[str, ...],
    limit: int,
    show: int,
    out: str | None,
    since: int | None,
    previous: str | None,
    replace: bool,
) -> None:
    """What breaks if REF was wrong? Everything made from it: deployments and their live traffic first.

    Then what to fix first, in levels, and whom to ask. What may be wrong is named by reference, or by what many
    things share: a path, an environment, an image, a commit, a code snapshot, a compute.
    """
    from lineage.impact import impact as ask
    from lineage.suspects import starts

    if repository and not commit:
        raise InvalidOption("--repository says which remote a commit is of", "give --commit as well")
    suspects = [
        *(Suspect(By.REFERENCE, text) for text in references),
        *(Suspect(By.PREFIX, text) for text in prefix),
        *(Suspect(By.ENVIRONMENT, text) for text in environment),
        *(Suspect(By.IMAGE, text) for text in image),
        *(Suspect(By.COMMIT, text, remote) for text in commit for remote in repository or ("",)),
        *(Suspect(By.CODE, text) for text in code),
        *(Suspect(By.COMPUTE, text) for text in compute),
    ]
    if not suspects:
        raise click.UsageError("Missing argument 'REF...', or one of the options that name what may be wrong.")
    narrow = Narrow(relation, certainty, within, stop_at)
    if out is not None:
        from lineage.cli import struck

        struck.write(
            suspects, narrow, out, index, workspace, as_of, depth, since, previous, replace=replace, as_json=as_json
        )
        return
    if since is not None or previous is not None or replace:
        raise InvalidOption("--since, --previous and --replace are of a report", "say with -o DIR where it goes")
    with opened(index, as_of) as view:
        told = starts(view, suspects, workspace)
        follow = narrow.follow(view, workspace)
        founds = [found for start in told for found in start.founds]
        answer = ask(view, founds, Budget(depth, limit), follow, [cut for start in told for cut in start.cuts])
        from lineage.cli.affected import Work, page_of

        work = Work(view, answer, told)
    if as_json:
        from lineage.cli import render, shapes

        render.document(shapes.impact(answer, work))
        return
    page_of(answer, work, show).print()
