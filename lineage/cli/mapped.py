"""Mappings of rule books as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lineage.cli.render import Page, plain, table
from lineage.frameworks import FieldStatus, Framework, fields

_COLOURS: Final = {FieldStatus.DERIVED: "green", FieldStatus.PARTLY: "yellow", FieldStatus.ATTEST: "dim"}
_CAUTION: Final = "What is mapped is evidence for a point; whether a rule is met is for people to say."


def list_page(books: Sequence[Framework]) -> Page:
    """Every mapping in a line."""
    page = Page()
    rows = [
        (book.name, f"{len(book.points)} points", book.checked.isoformat(), plain(book.version), _primary(book))
        for book in books
    ]
    for line in table([("name", "mapped", "checked", "edition", ""), *rows]):
        page.add(line)
    page.add()
    page.add("lineage frameworks NAME tells one; 23 fields of a report are mapped")
    page.add(page.paint(_CAUTION, "dim"))
    return page


def book_page(book: Framework) -> Page:
    """One rule book: each point, the fields that are evidence for it, and what is left for a person."""
    page = Page()
    page.add(page.paint(plain(book.title), "bold"))
    page.add(f"  edition  {plain(book.version)}")
    page.add(f"  status   {plain(book.status)}, looked up on {book.checked.isoformat()}")
    for source in book.sources:
        read = "" if source.read else ", not yet held against its text"
        page.add(f"  source   {plain(source.text)}{read}" + (f" {plain(source.url)}" if source.url else ""))
    if book.needs_primary:
        page.add(
            page.paint(
                "  made from summaries: hold it against the rule book's own text before it is relied on", "yellow"
            )
        )
    page.add()
    numbers = {field.id: field for field in fields()}
    for point in book.points:
        status = page.paint(point.status.value, _COLOURS[point.status], "bold")
        page.add(f"{page.paint(plain(point.id), 'bold')}  {status}  {plain(point.asks)}")
        for name in point.fields:
            field = numbers[name]
            page.add(f"  {field.number:>2} {field.title}  {page.paint(field.status.value, _COLOURS[field.status])}")
        if point.left:
            page.add(page.paint(f"     left for a person: {plain(point.left)}", "dim"))
    page.add()
    page.add(page.paint(_CAUTION, "dim"))
    return page


def _primary(book: Framework) -> str:
    return "needs a primary source" if book.needs_primary else ""
