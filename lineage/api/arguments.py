"""Arguments that several fields take: as of when, how far, and what to show."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import graph
from lineage.api import cursors
from lineage.api.words import DateTime
from lineage.errors import InvalidOption
from lineage.graph import State
from lineage.ids import Kind


@strawberry.input(
    one_of=True,
    description="As of when to answer, in transaction time: what this index knew then. Give exactly one key.",
)
class AsOf:
    generation: int | None = strawberry.field(default=strawberry.UNSET, description="The generation with this number.")
    instant: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="The newest generation published at or before this instant."
    )

    def value(self) -> int | str:
        return self.generation if isinstance(self.generation, int) else str(self.instant)


@strawberry.input(
    description="Which of the things that were reached to show. It hides things, it never stops the walk."
)
class LineageFilter:
    kinds: list[Kind] | None = strawberry.field(
        default=None, description="Only things of these kinds; null or empty shows every kind."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="Only things in these states; null or empty shows every state."
    )

    def shows(self, node: graph.Node) -> bool:
        return (not self.kinds or node.kind in self.kinds) and (not self.states or node.state in self.states)


MaxDepth = Annotated[
    int | None,
    strawberry.argument(description="How many links to follow at most; `SAME_AS` counts none. Null follows all."),
]
Shown = Annotated[
    LineageFilter | None, strawberry.argument(description="Which of the things reached to show; null shows all.")
]
When = Annotated[
    AsOf | None,
    strawberry.argument(
        description="As of when to answer; null means the generation that the thing was read from, and for a root "
        "field the newest. With `after` it must agree with the cursor's generation."
    ),
]


def as_of_page(when: AsOf | None, after: str | None, listing: str) -> int | str | None:
    """Which generation to read: the cursor's when there is one. Raises InvalidOption when both disagree."""
    if after is None:
        return when.value() if when is not None else None
    number = cursors.read(after, listing).generation
    if when is not None and isinstance(when.value(), int) and when.value() != number:
        raise InvalidOption(
            f"the cursor belongs to generation {number} and `asOf` asks for {when.value()}",
            "leave `asOf` out when paging on: the cursor names its generation",
        )
    return number
