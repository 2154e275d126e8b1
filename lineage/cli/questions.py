"""`lineage trace` and `paths`: where a thing came from, and how two are connected."""

from __future__ import annotations

import click

from lineage import ids, lookup
from lineage.answers import scope_text
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
from lineage.traversal import Budget

_REF = """\b
REF is any spelling of a thing:
  credit:3   credit@latest   credit   lemon_net_2wttv098sl
  azureml://jobs/J/outputs/O/paths/P   runs:/R/P   models:/N/V
  azureml://subscriptions/S/resourceGroups/G/workspaces/W/models/N/versions/V
  /subscriptions/S/…/workspaces/W/…   azureml://registries/R/models/N/versions/V
  azureml://datastores/D/paths/P   https://ACCOUNT.blob.core.windows.net/C/P
  the decimal key of a node
"""

_shared = options(index_option, workspace_option, as_of_option, depth_option, json_option)
_limit = click.option(
    "--limit", type=click.IntRange(min=1), default=100_000, metavar="N", help="At most N things. Default: 100,000."
)


@click.command(
    epilog=_REF + "\n\b\nJSON: {question, found, summary, generation, isComplete, truncations, scopes, nodes, edges,"
    "\nlooseEnds}"
)
@click.argument("reference", metavar="REF", type=TEXT)
@_shared
@narrowing
@_limit
def trace(
    reference: str,
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
) -> None:
    """Where did REF come from? Jobs, outputs, data, code and environments upstream of it, with the evidence."""
    from lineage.trace import trace as ask

    with opened(index, as_of) as view:
        follow = Narrow(relation, certainty, within, stop_at).follow(view, workspace)
        answer = ask(view, lookup.find(view, reference, workspace), Budget(depth, limit), follow=follow)
    if as_json:
        from lineage.cli import render, shapes

        render.document(shapes.trace(answer))
        return
    from lineage.cli.render import Page
    from lineage.cli.summed import block
    from lineage.cli.trees import Branches, tree
    from lineage.graph import Direction
    from lineage.summary import summary

    page = Page(scope_text(answer.found.node.text))
    page.gaps(answer.header, answer.nodes)
    block(page, summary(answer), answer.found.node)
    starts = [answer.found.node.key, *(key for key, steps in answer.depth.items() if steps == 0)]
    branches = Branches(answer.edges, starts, Direction.UPSTREAM, answer.things, answer.nodes)
    for root in branches.roots:
        about = page.about(answer.found) if root == answer.found.node.key else ()
        tree(page, branches, root, answer.nodes, answer.loose, answer.ancestors, about)
    page.add()
    page.footer(answer.header)
    page.print()


@click.command(
    epilog=_REF + "\n\b\nJSON: {question, start, end, direction, generation, isComplete, truncations, scopes,"
    "\npaths: [[EDGE]], nodes}"
)
@click.argument("one", metavar="REF", type=TEXT)
@click.argument("other", metavar="REF", type=TEXT)
@_shared
@click.option(
    "--limit", "-k", type=click.IntRange(1, 100), default=3, metavar="N", help="The N shortest paths. Default: 3."
)
def paths(
    one: str,
    other: str,
    index: str | None,
    workspace: ids.Scope | None,
    as_of: str | None,
    depth: int | None,
    as_json: bool,
    limit: int,
) -> None:
    """How are two things connected? The shortest ways between them, with the evidence of each step.

    A place in storage stands for everything inside it, a model without a version for all its versions.
    """
    from lineage.paths import paths as ask

    with opened(index, as_of) as view:
        start, end = (lookup.find(view, text, workspace) for text in (one, other))
        answer = ask(view, start, end, limit, Budget(depth))
    if as_json:
        from lineage.cli import render, shapes

        render.document(shapes.paths(answer))
        return
    from lineage.cli.render import Page
    from lineage.graph import Direction, Relation

    page = Page(scope_text(answer.start.node.text))
    page.gaps(answer.header, answer.nodes)
    if not answer.paths:
        both = f"{page.name(answer.start.node.text)} and {page.name(answer.end.node.text)}"
        page.add(f"nothing known connects {both}: neither was made from the other")
    for number, way in enumerate(answer.paths, 1):
        steps = sum(edge.relation is not Relation.SAME_AS for edge in way)
        page.add(page.paint(f"path {number}: {steps} step{'' if steps == 1 else 's'}", "bold"))
        first = answer.start if answer.direction is Direction.UPSTREAM else answer.end
        begin = answer.nodes[answer.things.get(way[0].effect, way[0].effect)] if way else first.node
        page.add(f"  {page.thing(first.node if begin.key in first.names else begin)}")
        for edge in way:
            if edge.relation is not Relation.SAME_AS:
                node = answer.nodes[answer.things.get(edge.cause, edge.cause)]
                page.add(f"  └─ {page.relation(edge)}  {page.thing(node)}")
                page.add(f"       {page.evidence(edge)}")
                if state := page.state(node):
                    page.add(f"       {state}")
        page.add()
    page.footer(answer.header)
    page.print()
