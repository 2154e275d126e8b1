"""Lists of things of one kind, as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lineage.answers import scope_text
from lineage.cli.render import Page, place, plain, table
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.listing import SERVED, Listed
from lineage.ports import Generation


def _fact(name: str, longest: int = 60) -> Callable[[Node], str]:
    return lambda node: plain(str(node.facts.get(name) or ""), longest)


def _day(name: str) -> Callable[[Node], str]:
    return lambda node: plain(str(node.facts.get(name) or ""))[:10]


def _minute(name: str) -> Callable[[Node], str]:
    return lambda node: plain(str(node.facts.get(name) or ""))[:16].replace("T", " ")


def _served(node: Node) -> str:
    return next((kind for kind, part in SERVED.items() if part in node.text), "")


def _traffic(node: Node) -> str:
    live, copied = node.facts.get("traffic") or {}, node.facts.get("mirrorTraffic") or {}
    shares = [f"{name} {share} %" for name, share in sorted(live.items(), key=lambda one: (-one[1], one[0]))]
    return plain(", ".join([*shares, *(f"{name} {share} % mirrored" for name, share in sorted(copied.items()))]))


_CREATED: Final = {"CREATED": _day("createdAt"), "BY": _fact("createdBy", 30)}
COLUMNS: Final[dict[Kind, dict[str, Callable[[Node], str]]]] = {
    Kind.JOB: {
        "TYPE": _fact("jobType", 24),
        "STATUS": _fact("status", 20),
        "EXPERIMENT": _fact("experiment", 30),
        "STARTED": _minute("startTime"),
        "BY": _fact("createdBy", 30),
    },
    Kind.DATA_VERSION: {"TYPE": _fact("type", 20), **_CREATED},
    Kind.ENVIRONMENT_VERSION: {"IMAGE": _fact("image", 80), **_CREATED},
    Kind.COMPONENT_VERSION: {"TYPE": _fact("type", 20), **_CREATED},
    Kind.ENDPOINT: {"TYPE": _served, "STATUS": _fact("provisioningState", 20), "TRAFFIC": _traffic, **_CREATED},
    Kind.DEPLOYMENT: {
        "TYPE": _served,
        "STATUS": _fact("provisioningState", 20),
        "MACHINE": _fact("instanceType", 30),
        **_CREATED,
    },
    Kind.WORKSPACE: {"REGION": _fact("location", 20), "GUID": _fact("guid", 40)},
    Kind.REGISTRY: {"REGION": _fact("location", 20)},
}
"""What a list shows of each thing of a kind beside its name, its scope and its state."""


def page_of(kind: Kind, listed: Listed, generation: Generation, several: bool) -> Page:
    """One line a thing, then how to see more."""
    page = Page()
    columns = COLUMNS[kind]
    where = several and kind not in (Kind.WORKSPACE, Kind.REGISTRY)
    rows = []
    for node in listed.nodes:
        page.home = scope_text(node.text)
        name = plain(place(node.text)) if kind in (Kind.WORKSPACE, Kind.REGISTRY) else page.name(node.text)
        state = "" if node.state is State.LIVE else node.state.value
        home = [place(page.home)] if where else []
        rows.append([name, *home, *(column(node) for column in columns.values()), state])
    if rows:
        for line in table([[kind.value.upper(), *(["IN"] if where else []), *columns, "STATE"], *rows]):
            page.add(line)
    else:
        page.add("nothing passes")
    if listed.after:
        page.add(f"more: --after {plain(listed.after)}")
    page.add(page.paint(f"generation {generation.number}, published {plain(generation.published)}", "dim"))
    return page


def document(question: str, listed: Listed, generation: Generation) -> dict[str, Any]:
    """The list as one JSON document."""
    from lineage.cli import shapes

    return {
        "question": question,
        "generation": shapes.generation(generation),
        "things": [
            {
                "key": str(node.key),
                "text": node.text,
                "kind": node.kind.value,
                "name": node.facts.get("name"),
                "version": node.facts.get("version"),
                "state": node.state.value,
                "facts": node.facts,
            }
            for node in listed.nodes
        ],
        "after": listed.after,
    }
