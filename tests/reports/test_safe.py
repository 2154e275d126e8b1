"""Crawled text cannot act in whatever opens a report."""

from __future__ import annotations

import csv
import io

import pytest
from markdown_it import MarkdownIt

from lineage.reports import safe
from lineage.reports.tables import table

NASTY = [
    '=HYPERLINK("http://evil","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](http://evil/p.png)",
    "| a | b |",
    "`code` ``more``",
    "https://evil.example",
    "<http://evil.example>",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe",
    "# head\n- item\n> quote",
    "***bold*** __under__ ~~gone~~",
    "&lt;b&gt; &amp;",
    "a\u2028b\ud800",
    "1. one",
    "12) two",
    "www.evil.example",
    "me@evil.example",
    "--- ",
    "setext\n===",
]


@pytest.mark.parametrize("text", NASTY)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    """Rendered by another's Markdown library with every extension: no link, image, emphasis, table or raw HTML."""
    reader = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for written in (safe.markdown(text), safe.code(text)):
        tokens = reader.parse(written)
        kinds = {token.type for token in tokens} | {child.type for token in tokens for child in token.children or ()}
        assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline"}, written
    shown = "".join(child.content for token in reader.parse(safe.markdown(text)) for child in token.children or ())
    assert shown == " ".join(safe.visible(text).split())


@pytest.mark.parametrize("text", NASTY)
def test_no_cell_is_a_formula(text: str) -> None:
    """Read back by a CSV reader, no cell begins as spreadsheets want their formulas to."""
    part = table("x.csv", "x", ["a", "b"], [{"a": text, "b": [text, text]}])
    rows = list(csv.reader(io.StringIO(b"".join(part.chunks).decode())))

    assert rows[0] == ["a", "b"]
    assert rows[1][0] in (safe.visible(text), "'" + safe.visible(text))
    for value in rows[1]:
        assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


def test_rows_and_empty_cells_are_counted() -> None:
    rows = [{"a": 1, "b": None}, {"a": "", "b": True}, {"b": {"x": 1.5, "y": [2]}}]
    part = table("x.csv", "x", ["a", "b"], rows, order="a")

    text = b"".join(part.chunks)

    assert text == b'"a","b"\r\n"1",""\r\n"","true"\r\n"","x=1.5; y=2"\r\n'
    assert (part.rows, part.nulls, part.order) == (3, {"a": 2, "b": 1}, "a")


def test_what_turns_text_around_is_written_out() -> None:
    assert safe.visible("a\u202eb\x1b[0m\x00\ufeff") == "a\\u202eb\\x1b[0m\\x00\\ufeff"
    assert safe.visible("línea — 線 🙂") == "línea — 線 🙂"


@pytest.mark.parametrize(
    ("text", "width", "clipped"), [("short", 5, "short"), ("abcdefghij", 5, "ab…ij"), ("abcdefghij", 6, "abc…ij")]
)
def test_what_is_too_long_is_cut_in_the_middle(text: str, width: int, clipped: str) -> None:
    assert safe.clipped(text, width) == clipped
