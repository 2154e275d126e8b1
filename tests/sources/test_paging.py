"""Listings that come in pages: what happens between two of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import pytest

from lineage.records import GapReason
from lineage.sources.azureml.paging import Pages
from lineage.sources.azureml.wire import Reply, Request
from tests.emulator.server import skip_token, skipped

FIRST = Request("GET", "https://h/list?api-version=1")


def items(*names: str) -> dict[str, Any]:
    return {"value": [{"id": name} for name in names]}


class Book:
    """A service of pages: link ('' for the first) -> replies, one after another, the last one for ever."""

    def __init__(self, **pages: Reply | list[Reply]) -> None:
        self._pages = {name: list(given) if isinstance(given, list) else [given] for name, given in pages.items()}
        self.asked: list[tuple[int, str]] = []

    def send(self, request: Request) -> Reply:
        link = request.link or "first"
        self.asked.append((request.page, link))
        replies = self._pages[link]
        return replies.pop(0) if len(replies) > 1 else replies[0]


def read(book: Book) -> tuple[list[str], list[Reply], Pages]:
    """Names in the order told, every reply, and the pages at their end."""
    pages = Pages(FIRST)
    replies = list(pages.turn(book.send))
    told = [item.get("id", "?") for reply in replies if reply.ok for item in reply.body["value"]]
    return told, replies, pages


def test_pages_are_read_to_the_last():
    book = Book(first=Reply(200, items("a", "b"), "p2"), p2=Reply(200, items("c")))

    told, _, pages = read(book)

    assert (told, pages.listed, pages.ended) == (["a", "b", "c"], 3, True)
    assert book.asked == [(1, "first"), (2, "p2")]


def test_they_may_be_read_in_turns():
    """What was followed and what was told stays known between two turns."""
    book = Book(first=Reply(200, items("a"), "p2"), p2=Reply(200, items("a", "b"), "p3"), p3=Reply(200, items("c")))
    pages = Pages(FIRST)
    turns = []
    while not pages.ended:
        turns.append([item["id"] for reply in pages.turn(book.send, 1) for item in reply.body["value"]])

    assert turns == [["a"], ["b"], ["c"]]
    assert pages.listed == 3


def test_an_empty_page_that_links_on_is_no_end():
    book = Book(first=Reply(200, items(), "p2"), p2=Reply(200, items("a")))

    assert read(book)[0] == ["a"]


@pytest.mark.parametrize(
    ("pages", "requests"),
    [
        ({"first": Reply(200, items("a"), "first")}, 2),
        ({"first": Reply(200, items("a"), "p2"), "p2": Reply(200, items("b"), "p2")}, 2),
        (
            {
                "first": Reply(200, items("a"), "p2"),
                "p2": Reply(200, items("b"), "p3"),
                "p3": Reply(200, items("c"), "p2"),
            },
            3,
        ),
    ],
    ids=["to the first", "to itself", "A and B"],
)
def test_a_listing_that_leads_in_a_circle_ends_as_a_failure(pages, requests):
    """Every item before it is told once."""
    book = Book(**pages)
    told, replies, _ = read(book)

    assert replies[-1].failure is GapReason.LOOP
    assert len(told) == len(set(told))
    assert len(book.asked) == requests


def test_a_listing_that_leads_nowhere_by_new_links_ends_as_a_failure():
    """A hundred pages without news; not a hundred thousand."""
    asked = []

    def send(request):
        asked.append(request.page)
        return Reply(200, items(), f"p{request.page + 1}")

    replies = list(Pages(FIRST).turn(send))

    assert replies[-1].failure is GapReason.LOOP
    assert "100 pages without a new item" in replies[-1].detail
    assert len(asked) == 100


def test_a_page_that_comes_twice_is_told_once():
    book = Book(
        first=Reply(200, items("a", "b"), "p2"), p2=Reply(200, items("a", "b"), "p3"), p3=Reply(200, items("c"))
    )
    told, _, pages = read(book)

    assert (told, pages.listed) == (["a", "b", "c"], 3)


def test_an_item_that_moved_to_the_next_page_is_told_once():
    """Something was inserted in front while the listing was read: the last of a page is the first of the next."""
    book = Book(first=Reply(200, items("a", "b"), "p2"), p2=Reply(200, items("b", "c")))

    assert read(book)[0] == ["a", "b", "c"]


def test_items_that_say_nothing_of_themselves_are_all_told():
    """They are gaps of their own later on."""
    body = {"value": [{"id": "a"}, {}, {}, "text", {"name": "n"}, {"name": "n"}, {"runId": "r"}]}
    pages = Pages(FIRST)
    (reply,) = pages.turn(lambda _: Reply(200, body))

    assert reply.body["value"] == [{"id": "a"}, {}, {}, "text", {"name": "n"}, {"runId": "r"}]


@pytest.mark.parametrize("status", [400, 410])
def test_a_continuation_that_has_expired_starts_the_listing_again(status):
    """Once: what was told before may be told again, the count begins anew."""
    book = Book(
        first=[Reply(200, items("a"), "old"), Reply(200, items("a", "b"), "new")],
        old=Reply(status),
        new=Reply(200, items("c")),
    )
    told, replies, pages = read(book)

    assert [reply.status for reply in replies] == [200, 200, 200]
    assert set(told) == {"a", "b", "c"}
    assert (pages.listed, pages.ended) == (3, True)
    assert book.asked == [(1, "first"), (2, "old"), (1, "first"), (2, "new")]


def test_a_continuation_that_expires_again_is_a_failure():
    book = Book(first=Reply(200, items("a"), "old"), old=Reply(410))
    _, replies, _ = read(book)

    assert replies[-1].status == 410
    assert book.asked == [(1, "first"), (2, "old")] * 2


def test_a_first_page_that_is_refused_is_a_failure_at_once():
    book = Book(first=Reply(400))

    assert [reply.status for reply in read(book)[1]] == [400]
    assert len(book.asked) == 1


def at(skip: int, total: int) -> str:
    """The link of a real service: its continuation counts the items."""
    return f"https://h/list?api-version=1&$skipToken={quote(skip_token(skip, total))}"


class Shelf:
    """A listing by offset, two a page, of items that disappear: `losses` maps a request's number to one of them."""

    def __init__(self, losses: dict[int, str]) -> None:
        self.items = list("abcdefgh")
        self._losses = losses
        self.asked = 0

    def send(self, request: Request) -> Reply:
        self.asked += 1
        start = skipped(unquote(request.link.rpartition("=")[2])) if request.link else 0
        page = items(*self.items[start : start + 2])
        after = start + 2
        reply = Reply(200, page, at(after, len(self.items)) if after < len(self.items) else "")
        if self.asked in self._losses:
            self.items.remove(self._losses[self.asked])
        return reply


def told_by(shelf: Shelf) -> tuple[set[str], list[Reply]]:
    replies = list(Pages(FIRST).turn(shelf.send))
    return {item["id"] for reply in replies if reply.ok for item in reply.body["value"]}, replies


def test_an_item_that_is_only_skipped_is_not_lost():
    """`a` is deleted after the first page, so that `c` moves onto it: it is there, and a whole listing shows it."""
    shelf = Shelf({1: "a"})
    told, replies = told_by(shelf)

    assert told >= set("bcdefgh")
    assert all(reply.ok for reply in replies)


def test_a_listing_that_shrinks_again_is_not_called_whole():
    _, replies = told_by(Shelf({1: "a", 3: "b"}))

    assert replies[-1].failure is GapReason.UNREACHABLE
    assert "deleted while it was listed" in replies[-1].detail


def test_a_listing_that_grows_is_read_on():
    shelf = Shelf({})
    shelf.items = list("abc")
    pages = Pages(FIRST)
    first = list(pages.turn(shelf.send, 1))
    shelf.items.insert(0, "new")
    rest = list(pages.turn(shelf.send))

    assert [item["id"] for reply in first + rest for item in reply.body["value"]] == ["a", "b", "c"]
    assert shelf.asked == 2


@pytest.mark.parametrize("token", ["", "x", "!!", "H4sIAAAA", "a" * 5000])
def test_a_continuation_of_another_kind_counts_nothing(token):
    book = Book(
        **{
            "first": Reply(200, items("a"), f"https://h?$skipToken={token}1"),
            f"https://h?$skipToken={token}1": Reply(200, items("b"), f"https://h?$skipToken={token}2"),
            f"https://h?$skipToken={token}2": Reply(200, items("c")),
        }
    )
    assert read(book)[0] == ["a", "b", "c"]
