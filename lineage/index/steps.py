"""A closure of a few things, in plain Python: it costs what it visits, and nothing for the size of the graph.

Where a thing leads is remembered in the form in which it is walked: the numbers of what leads on, and the names of the
thing itself and of what leads nowhere, which need no step of their own. Half of what is upstream of a typical model is
such: raw data, images, pipelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lineage.index.links import Links, Things

ROWS: Final = 50_000
"""Rows that are remembered, some 300 bytes each; past them all are forgotten and made again as they are asked."""

SHORT: Final = 64
"""Neighbours up to which a row is remembered."""

LONG: Final = 256
"""Neighbours of one thing past which a closure is none of a few things."""

Row = tuple[tuple[int, ...], tuple[int, ...]]
"""Steps that lead on, and names: of the thing itself and of neighbours that lead nowhere."""


class Many(Exception):
    """There is more than plain Python is good for; never leaves this package."""


class Steps(dict[int, Row]):
    """The row of each thing along one adjacency, made when it is first asked.

    Upstream, `part` leads to parents: a thing met only as one stands here as its complement, and leads only to its own
    parents. Safe to use from several threads: a row is made twice at worst.
    """

    __slots__ = ("_links", "_part", "_things")

    def __init__(self, things: Things, links: Links, part: Links | None) -> None:
        super().__init__()
        self._things = things
        self._links = links
        self._part = part if part is not None and len(part.ends) else None

    def __missing__(self, step: int) -> Row:
        thing = step if step >= 0 else ~step
        links, part, names = self._links, self._part, self._things.names_of
        inner: list[int] = []
        told = names(thing)
        if step >= 0:
            starts = links.start_of
            begin, end = starts[thing], starts[thing + 1]
            if end - begin > LONG:
                raise Many
            for one in links.end_of[begin:end]:
                if starts[one] != starts[one + 1] or (
                    part is not None and part.start_of[one] != part.start_of[one + 1]
                ):
                    inner.append(one)
                else:
                    told += names(one)
        if part is not None:
            starts = part.start_of
            begin, end = starts[thing], starts[thing + 1]
            if end - begin > LONG:
                raise Many
            for one in part.end_of[begin:end]:
                if part.leads(one):
                    inner.append(~one)
                else:
                    told += names(one)
        row = tuple(inner), tuple(told)
        if len(inner) + len(told) <= SHORT:
            if len(self) >= ROWS:
                self.clear()
            self[step] = row
        return row


def names(steps: Steps, start: Sequence[int], few: int) -> set[int]:
    """The names of everything that `start` leads to, its own included. Raises Many past about `few` of them."""
    order = list(start)
    met = set(order)
    found: list[int] = []
    meet, follow = met.add, order.append
    room = len(order) + few
    # The list grows while it is walked.
    for step in order:
        inner, told = steps[step]
        found += told
        if inner:
            for end in inner:
                if end not in met:
                    meet(end)
                    follow(end)
            if len(found) > room:
                raise Many
    return set(found)
