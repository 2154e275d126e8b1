"""Options that keep a walk to some links and workspaces, and end it where the user wants."""

from __future__ import annotations

from typing import NamedTuple

import click

from lineage import ids, lookup
from lineage.cli.asking import TEXT, Scope, options
from lineage.graph import Certainty, Relation
from lineage.ids import Kind
from lineage.ports import View
from lineage.traversal import Follow


class Narrow(NamedTuple):
    """What these options say."""

    relation: tuple[str, ...]
    certainty: tuple[str, ...]
    within: tuple[ids.Scope, ...]
    stop_at: tuple[str, ...]

    def follow(self, view: View, scope: ids.Scope | None) -> Follow | None:
        """What to follow; None when that is everything. Raises what the look-up raises for a thing to stop at."""
        if not any(self):
            return None
        kinds = {kind.value.lower(): kind for kind in Kind}
        things = [text for text in self.stop_at if text.lower() not in kinds]
        return Follow(
            frozenset(map(Relation, self.relation)),
            frozenset(map(Certainty, self.certainty)),
            frozenset(one.text for one in self.within),
            frozenset(kinds[text.lower()] for text in self.stop_at if text.lower() in kinds),
            frozenset(key for text in things for key in lookup.find(view, text, scope).names),
        )


narrowing = options(
    click.option(
        "--relation",
        type=click.Choice([one.value for one in Relation if one is not Relation.SAME_AS], case_sensitive=False),
        multiple=True,
        help="Follow only links that say this. Repeat for several.",
    ),
    click.option(
        "--certainty",
        type=click.Choice([one.value for one in Certainty], case_sensitive=False),
        multiple=True,
        help="Follow only links of this certainty. Repeat for several.",
    ),
    click.option(
        "--within",
        type=Scope(),
        metavar="URI",
        multiple=True,
        help="Follow only to things in this workspace or registry, and to places in storage. Repeat for several.",
    ),
    click.option(
        "--stop-at",
        type=TEXT,
        metavar="KIND|REF",
        multiple=True,
        help="Show things of this kind (ModelVersion, Job, …), or this thing, and follow nothing from them.",
    ),
)
"""Give the command's parameters `relation`, `certainty`, `within` and `stop_at` to `Narrow`."""
