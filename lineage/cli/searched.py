"""What a search found, as text and as JSON: how many of what, then the best of them with where the word stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage.answers import count
from lineage.catalogue import Provenance
from lineage.cli.render import Page, place, plain, table
from lineage.graph import State
from lineage.search import Field, Found

_MADE = {
    Provenance.CONFIRMED: "a job confirmed",
    Provenance.INFERRED: "a job inferred",
    Provenance.AMBIGUOUS: "one of several jobs",
    Provenance.NONE: "no job known",
}
_SCOPES = 5


def page_of(asked: str, found: Found, origins: Mapping[Provenance, int] | None) -> Page:
    """Counts, then a line a hit, then how to see more."""
    page = Page(next(iter(found.scopes), "") if len(found.scopes) == 1 else "")
    if not found.total:
        page.add(f"nothing is found by {plain(asked)!r}")
        page.add("  → try the beginning of one word; `lineage explain` reads a whole reference")
        return page
    page.add(page.paint(f"FOUND {count(found.total, 'thing')}", "bold"))
    page.add("  " + ", ".join(f"{number:,} {kind.value}" for kind, number in found.kinds.items()))
    if list(found.states) != [State.LIVE]:
        page.add("  " + ", ".join(f"{number:,} {state.value}" for state, number in found.states.items()))
    if len(found.scopes) > 1:
        named = [f"{number:,} in {place(scope) if scope else 'storage'}" for scope, number in found.scopes.items()]
        more = len(named) - _SCOPES
        page.add("  " + plain(", ".join(named[:_SCOPES]) + (f" and {more:,} more scopes" if more > 0 else "")))
    if origins:
        page.add("  models: " + ", ".join(f"{number:,} {_MADE[made]}" for made, number in origins.items()))
    page.add()
    rows = []
    for hit in found.rows:
        state = "" if hit.node.state is State.LIVE else hit.node.state.value
        where = "" if hit.field in (Field.NAME, Field.REFERENCE) else f"{hit.field.value.lower()}: {hit.snippet}"
        rows.append([page.name(hit.node.text), hit.node.kind.value, state, plain(where)])
    for line in table([["THING", "KIND", "STATE", "FOUND IN"], *rows]):
        page.add(line)
    if found.after:
        page.add(f"more: --after {found.after}")
    if found.listed < found.total:
        page.add(f"the best {found.listed:,} can be paged through: narrow it with --kind, --workspace or another word")
    one = found.generation
    page.add(page.paint(f"generation {one.number}, published {plain(one.published)}", "dim"))
    return page


def document(found: Found, origins: Mapping[Provenance, int] | None) -> dict[str, Any]:
    """The answer as one JSON document."""
    from lineage.cli import shapes

    return {
        "question": "search",
        "generation": shapes.generation(found.generation),
        "total": found.total,
        "listed": found.listed,
        "kinds": {kind.value: number for kind, number in found.kinds.items()},
        "states": {state.value: number for state, number in found.states.items()},
        "scopes": dict(found.scopes),
        "origins": None if origins is None else {made.value: number for made, number in origins.items()},
        "hits": [
            {
                "key": str(hit.node.key),
                "text": hit.node.text,
                "kind": hit.node.kind.value,
                "name": hit.node.facts.get("name"),
                "version": hit.node.facts.get("version"),
                "state": hit.node.state.value,
                "tier": hit.tier,
                "field": hit.field.value,
                "snippet": hit.snippet,
            }
            for hit in found.rows
        ],
        "after": str(found.after) if found.after else "",
    }
