"""Walking the lists of an answer to their end.

    for edge in edges(questions, "ModelList", at=("models",)):
        print(edge["node"]["name"], edge["provenance"])

A list has any length and a page has at most 10,000 entries: what stands here asks
for one page after the other, by the cursor of the page before, when the entries
before were taken. A cursor names its generation, so all pages are of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.errors import Unanswered
from lineage.ports import Questions

PAGE: Final = 1000
"""Entries of a page unless the caller says another number: enough for speed, few enough to hold."""


def pages(
    questions: Questions,
    operation: str,
    variables: Mapping[str, object] | None = None,
    *,
    at: Sequence[str],
    size: int = PAGE,
    first: str = "first",
    after: str = "after",
) -> Iterator[dict[str, Any]]:
    """`data` of the operation for every page of the connection that stands at `at`, read as they are taken.

    at: names of the fields that lead to the connection, as they stand in the answer.
    first, after: the operation's variables for its page size and its cursor.
    A connection that is not there, as when a thing on the way is null, has one page. Raises as `Questions.run`, and
    Unanswered when a page gets no further.
    """
    asked: dict[str, object] = {**(variables or {}), first: size}
    while True:
        data = questions.run(operation, asked)
        yield data
        connection = _at(data, at)
        if connection is None or not connection["pageInfo"]["hasNextPage"]:
            return
        if asked.get(after) == connection["pageInfo"]["endCursor"]:
            raise Unanswered(f"{operation} goes round in circles: a page ends where it began", "report it as a bug")
        asked[after] = connection["pageInfo"]["endCursor"]


def edges(
    questions: Questions,
    operation: str,
    variables: Mapping[str, object] | None = None,
    *,
    at: Sequence[str],
    size: int = PAGE,
    first: str = "first",
    after: str = "after",
) -> Iterator[dict[str, Any]]:
    """Every entry of the connection that stands at `at`, in order, over all of its pages. See `pages`."""
    for data in pages(questions, operation, variables, at=at, size=size, first=first, after=after):
        connection = _at(data, at)
        if connection is not None:
            yield from connection["edges"]


def _at(data: Any, path: Sequence[str]) -> dict[str, Any] | None:
    for name in path:
        if data is None:
            return None
        data = data[name]
    found: dict[str, Any] | None = data
    return found
