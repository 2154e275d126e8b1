"""An impact as text: counts, then what serves users, then the rest by kind, what to fix first and whom to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from lineage.answers import scope_text
from lineage.cli.render import Page, kind_name, plain
from lineage.cli.trees import Branches, via
from lineage.graph import Direction, Node
from lineage.ids import Kind
from lineage.impact import ORDER, Impact, Level, Served, level_of, work
from lineage.owners import Share, owners, shares
from lineage.ports import View
from lineage.redaction import redact_text
from lineage.suspects import By, Start


class Work:
    """What is to be done about an impact: levels, what is whose, and what each suspect meant."""

    def __init__(self, view: View, answer: Impact, starts: Sequence[Start]) -> None:
        self.starts = starts
        self.levels = work(answer)
        self.level_of = level_of(answer)
        nodes = answer.all_affected
        self.owners = owners(view, nodes)
        self.shares = shares(nodes, self.owners)


def page_of(answer: Impact, todo: Work, show: int) -> Page:
    """The whole answer, at most `show` lines of each section."""
    page = Page(scope_text(answer.found[0].node.text))
    page.gaps(answer.header, answer.nodes)
    for start in todo.starts:
        _asked(page, start, show)
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
    if todo.levels:
        _section(page, "what to fix first", [_level(page, todo, one) for one in todo.levels], show)
        _section(page, "whom to ask", [_share(page, one) for one in todo.shares], show)
    page.footer(answer.header)
    return page


_SAID: Final = {
    By.PREFIX: "places under",
    By.ENVIRONMENT: "environment",
    By.IMAGE: "image",
    By.COMMIT: "commit",
    By.CODE: "code",
    By.COMPUTE: "compute",
}
_NAMED: Final = 5


def _asked(page: Page, start: Start, show: int) -> None:
    """What may be wrong: the thing itself, or what was said and the things that it means."""
    if start.suspect.by is By.REFERENCE:
        for found in start.founds:
            page.add(page.thing(found.node))
            for line in filter(None, [page.state(found.node), *page.about(found)]):
                page.add(f"  {line}")
        return
    of = f" of {plain(redact_text(start.suspect.repository))}" if start.suspect.repository else ""
    nodes = [found.node for found in start.founds] if start.suspect.by is not By.PREFIX else list(start.nodes)
    counts = Counter(node.kind for node in nodes)
    told = ", ".join(kind_name(kind, number) for kind, number in counts.items())
    page.add(f"{_SAID[start.suspect.by]} {page.paint(plain(start.shown), 'bold')}{of}: {told}")
    for node in nodes[:show]:
        page.add(f"  {page.thing(node)}")
    if len(nodes) > show:
        page.add(f"  and {len(nodes) - show:,} more: --show {len(nodes)}, or --json for all")


def _level(page: Page, todo: Work, level: Level) -> str:
    """`level 2  1 job: train (Priya)`: how many of what, and the first of them with their owners."""
    names = []
    place = {kind: number for number, kind in enumerate(ORDER)}
    for node in sorted(level.things, key=lambda node: place.get(node.kind, len(place)))[:_NAMED]:
        owner = todo.owners[node.key].name
        names.append(page.name(node.text) + (f" ({plain(owner)})" if owner else ""))
    more = f", and {len(level.things) - _NAMED:,} more" if len(level.things) > _NAMED else ""
    counts = ", ".join(kind_name(kind, number) for kind, number in level.counts.items())
    return f"{page.paint(f'level {level.number}', 'bold')}  {counts}: {', '.join(names)}{more}"


def _share(page: Page, share: Share) -> str:
    counts = ", ".join(kind_name(kind, number) for kind, number in share.counts.items())
    return f"{page.paint(plain(share.name) or 'nobody that a record names', 'bold')}  {counts}"


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
