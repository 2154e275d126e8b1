"""A census as text: whether it adds up, the sum, then a table for each workspace and registry."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from lineage.answers import count
from lineage.cli.render import Page, place, plain
from lineage.population import Census, Population

_COLUMNS: Final = ("listed", "referenced", "stored", "archived", "forbidden", "deleted", "failed", "unaccounted")


def page_of(census: Census) -> Page:
    """The whole census. Collections of which nothing was met are left out."""
    page = Page()
    total = census.total
    met = total.listed + total.referenced
    if total.reconciles:
        page.add(
            page.paint(f"ADDS UP: each of {count(met, 'thing')} that was met is held or has a gap", "green", "bold")
        )
    else:
        title = f"DOES NOT ADD UP: {total.unaccounted:,} unaccounted for, {total.surplus:,} more than was listed"
        page.add(page.paint(title, "red", "bold"))
        page.add("  → lineage crawl --full …, then ask again; lineage gaps tells what is known to be missing")
    if total.complete is False:
        page.add(page.paint("some listings were not read to their end: the last column says which", "yellow"))
    page.add()
    width = max([len(row.collection) for row in census.rows] + [len("collection")])
    head = "  ".join(f"{name:>{len(name)}}" for name in _COLUMNS)
    for scope, rows in groupby(census.rows, lambda row: row.scope):
        shown = [row for row in rows if row.listed or row.referenced or row.complete is False]
        if not shown:
            continue
        page.add(page.paint(plain(place(scope)) if scope else "workspaces and registries", "bold"))
        page.add("  " + page.paint(f"{'collection':<{width}}  {head}", "dim"))
        for row in shown:
            page.add(f"  {_line(row, plain(row.collection), width)}")
        page.add()
    page.add(_line(total, "sum", width + 2))
    page.add(
        page.paint(f"generation {census.generation.number}, published {plain(census.generation.published)}", "dim")
    )
    return page


def _line(row: Population, name: str, width: int) -> str:
    numbers = "  ".join(f"{getattr(row, column):>{len(column)},}" for column in _COLUMNS)
    return f"{name:<{width}}  {numbers}" + ("  not read to its end" if row.complete is False else "")
