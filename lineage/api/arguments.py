"""Arguments that several fields take: as of when, how far, and what to show."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import graph
from lineage.api import cursors
from lineage.api.words import DateTime
from lineage.errors import InvalidOption
from lineage.graph import Certainty, Relation, State
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
    description="Narrows lineage in two ways. `relations`, `certainties` and `workspaces` say what is *followed*: what "
    "lies behind a link or in a workspace that is not named is neither reached nor counted. `kinds` and `states` say "
    "what is *shown* of the things that were reached: they hide things, never stop the walk, and `counts` are before "
    "them. What was asked about is always walked from."
)
class LineageFilter:
    kinds: list[Kind] | None = strawberry.field(
        default=None, description="Show only things of these kinds; null or empty shows every kind."
    )
    states: list[State] | None = strawberry.field(
        default=None, description="Show only things in these states; null or empty shows every state."
    )
    relations: list[Relation] | None = strawberry.field(
        default=None,
        description="Follow only links that say one of these; null or empty follows any. `SAME_AS` is always followed: "
        "another name of a thing is the thing.",
    )
    certainties: list[Certainty] | None = strawberry.field(
        default=None,
        description="Follow only links of one of these certainties; null or empty follows any. `[CONFIRMED]` leaves "
        "out whatever is inferred or one of several candidates.",
    )
    workspaces: list[str] | None = strawberry.field(
        default=None,
        description="Follow only to things in one of these workspaces and registries (canonical references, as "
        "`scopes` tells them) or in none, as a place in a storage account is; null or empty follows anywhere.",
    )

    def shows(self, node: graph.Node) -> bool:
        return (not self.kinds or node.kind in self.kinds) and (not self.states or node.state in self.states)


MaxDepth = Annotated[
    int | None,
    strawberry.argument(description="How many links to follow at most; `SAME_AS` counts none. Null follows all."),
]
Shown = Annotated[
    LineageFilter | None,
    strawberry.argument(description="What to follow, and which of the things reached to show; null is everything."),
]
When = Annotated[
    AsOf | None,
    strawberry.argument(
        description="As of when to answer; null means the generation that the thing was read from, and for a root "
        "field the newest. With `after` it must agree with the cursor's generation."
    ),
]


WorkspaceArgument = Annotated[
    str | None,
    strawberry.argument(
        description="Canonical reference of the workspace or registry that a relative reference is meant in; null "
        "means the only one that was crawled."
    ),
]
PagedWhen = Annotated[
    AsOf | None,
    strawberry.argument(
        description="As of when to answer; null means the newest generation. With `after` it must agree with the "
        "cursor's generation."
    ),
]


def deep(max_depth: int | None) -> int | None:
    """`maxDepth`, checked. Raises InvalidOption below 1."""
    if max_depth is not None and max_depth < 1:
        raise InvalidOption(f"`maxDepth` is {max_depth}", "ask for 1 link or more, or leave it out to follow all")
    return max_depth


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
