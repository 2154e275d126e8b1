"""The list of models and the state of the index as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lineage.answers import count, scope_text
from lineage.catalogue import ModelPage, Provenance, Status
from lineage.cli.render import WHY, Page, place, plain, table
from lineage.graph import Loose, Node, State
from lineage.ports import View
from lineage.records import Gap

_SURE = {Provenance.CONFIRMED: "", Provenance.INFERRED: "likely ", Provenance.AMBIGUOUS: "one of "}


def models_page(answer: ModelPage, jobs: Mapping[int, Node], view: View) -> Page:
    """One line a model version, then how to see more."""
    page = Page()
    several = len(view.coverage()) > 1
    rows = []
    for row in answer.rows:
        facts = row.node.facts
        page.home = scope_text(row.node.text)
        names = [page.name(jobs[key].text) for key in row.jobs if key in jobs]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        made = f"{_SURE[row.provenance]}{shown}" if names else "no job known"
        state = "" if row.node.state is State.LIVE else row.node.state.value
        created, stage = (plain(str(facts.get(field) or "")) for field in ("createdAt", "stage"))
        where = [place(page.home)] if several else []
        rows.append([page.name(row.node.text), *where, created[:10], stage, state, made])
    if rows:
        heads = ["MODEL", *(["IN"] if several else []), "CREATED", "STAGE", "STATE", "MADE BY"]
        for line in table([heads, *rows]):
            page.add(line)
    else:
        page.add("no model version passes")
    if answer.after:
        page.add(f"more: --after {plain(answer.after)}")
    one = view.generation
    page.add(page.paint(f"generation {one.number}, published {plain(one.published)}", "dim"))
    return page


def status_page(answer: Status, gaps: Sequence[Gap], ends: Sequence[Loose]) -> Page:
    """Gaps first, then scopes, coverage and counts."""
    page = Page(answer.scopes[0].scope if len(answer.scopes) == 1 else "")
    _gaps(page, answer, gaps)
    _loose(page, answer, ends)
    page.add(page.paint("SCOPES", "bold"))
    for scope in answer.scopes:
        whole = "listed to its end" if scope.complete else page.paint("not listed to its end", "red")
        page.add(f"  {plain(scope.scope)}  crawled {plain(scope.crawled)}, {whole}, {count(scope.gaps, 'gap')}")
        for listing in scope.listings:
            if not listing.complete:
                page.add(f"    incomplete: {plain(listing.text)} ({listing.listed:,} listed)")
    page.add()
    made = answer.coverage
    page.add(page.paint(f"PROVENANCE of {count(made.total, 'model version')}", "bold"))
    shares = (
        (made.confirmed, "a job confirmed"),
        (made.inferred, "a job inferred"),
        (made.ambiguous, "one of several jobs"),
        (made.none, "no job known"),
    )
    for number, words in shares:
        share = 100 * number / made.total if made.total else 0.0
        page.add(f"  {share:5.1f} %  {number:>9,}  {words}")
    page.add()
    page.add(page.paint("HOLDS", "bold"))
    for name, number in sorted(answer.counts.items()):
        page.add(f"  {number:>11,}  {plain(name.removeprefix('nodes.'))}")
    page.add()
    page.add(page.paint("GENERATIONS", "bold"))
    for one in answer.generations[-10:]:
        here = "  <- this one" if one.number == answer.generation.number else ""
        page.add(f"  {one.number:>5}  {plain(one.published)}  rules {one.rules}  {plain(one.root) or 'relink'}{here}")
    page.add(page.paint(f"digest {answer.generation.digest}", "dim"))
    return page


def _gaps(page: Page, answer: Status, gaps: Sequence[Gap]) -> None:
    if not answer.gaps:
        return
    page.add(page.paint(f"GAPS: {count(sum(answer.gaps.values()), 'thing')} could not be read", "red", "bold"))
    for reason, number in answer.gaps.items():
        page.add(f"  {number:>9,}  {reason}")
        for gap in gaps:
            if gap.reason is reason:
                page.add(f"             {page.name(gap.subject)}: {plain(gap.detail)}")
                if gap.remedy:
                    page.add(f"               {plain(gap.remedy)}")
    page.add("  all of them, and since when: lineage gaps")
    page.add()


def _loose(page: Page, answer: Status, ends: Sequence[Loose]) -> None:
    if not answer.loose:
        return
    page.add(
        page.paint(
            f"LOOSE ENDS: {count(sum(answer.loose.values()), 'reference')} with nothing at the end", "yellow", "bold"
        )
    )
    for reason, number in answer.loose.items():
        page.add(f"  {number:>9,}  {reason}: {WHY[reason]}")
        for end in ends:
            if end.reason is reason:
                page.add(f"             {page.name(end.record)}  {plain(end.field)} = {plain(end.value, 120)}")
    page.add()
