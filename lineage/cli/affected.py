"""An impact as text: counts, then what serves users, then the rest by kind."""

from __future__ import annotations

from lineage.answers import scope_text
from lineage.cli.render import Page, kind_name
from lineage.cli.trees import Branches, via
from lineage.graph import Direction, Node
from lineage.ids import Kind
from lineage.impact import Impact, Served


def page_of(answer: Impact, show: int) -> Page:
    """The whole answer, at most `show` lines of each kind."""
    page = Page(scope_text(answer.found[0].node.text))
    page.gaps(answer.header, answer.nodes)
    for found in answer.found:
        page.add(page.thing(found.node))
        for line in filter(None, [page.state(found.node), *page.about(found)]):
            page.add(f"  {line}")
    if answer.counts:
        page.add("affects " + ", ".join(kind_name(kind, number) for kind, number in answer.counts.items()))
    else:
        page.add("affects nothing that is known: nothing in the index was made from it")
    page.add()
    branches = Branches(answer.edges, answer.seeds, Direction.DOWNSTREAM, answer.things, answer.nodes)
    if answer.deployments:
        lines = [
            _served(page, row) + via(page, branches, row.deployment.key, answer.nodes) for row in answer.deployments
        ]
        _section(page, kind_name(Kind.DEPLOYMENT, len(lines)), lines, show)
    for kind, number in answer.counts.items():
        if kind is not Kind.DEPLOYMENT:
            chosen = answer.affected(kind)
            lines = [line for node in chosen[:show] for line in _lines(page, branches, answer, node)]
            _section(page, kind_name(kind, number), lines, len(lines), number - min(number, show))
    page.footer(answer.header)
    return page


def _lines(page: Page, branches: Branches, answer: Impact, node: Node) -> list[str]:
    line = page.thing(node) + via(page, branches, node.key, answer.nodes)
    state = page.state(node)
    return [line, f"  {state}"] if state else [line]


def _section(page: Page, title: str, lines: list[str], show: int, left: int = 0) -> None:
    page.add(page.paint(title, "bold"))
    for line in lines[:show]:
        page.add(f"  {line}")
    left = left or len(lines) - len(lines[:show])
    if left > 0:
        page.add(f"  and {left:,} more: --show {left + show}, or --json for all")
    page.add()


def _served(page: Page, row: Served) -> str:
    name = page.paint(page.name(row.deployment.text), "bold")
    if row.endpoint is None or row.traffic is None:
        traffic = "traffic not known"
    else:
        traffic = f"{row.traffic} % of live traffic"
        if row.traffic:
            traffic = page.paint(traffic, "red")
    if row.mirror:
        traffic += f", {row.mirror} % mirrored"
    state = page.state(row.deployment)
    return f"{name}  {traffic}{'  ' + state if state else ''}"
