"""The plain graph, for tools that draw: GraphML through networkx, DOT, Mermaid.

GraphML: http://graphml.graphdrawing.org. DOT: https://graphviz.org/doc/info/lang.html. Mermaid: flowchart syntax.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import networkx as nx

from lineage.reports.exports.whole import Whole
from lineage.reports.safe import clipped, visible

_STYLES: Final = {"INFERRED": "dashed", "AMBIGUOUS": "dotted"}
_SHAPES: Final = {
    "Job": "box",
    "JobOutput": "note",
    "DataVersion": "cylinder",
    "Location": "folder",
    "Deployment": "house",
}
_LONG: Final = 60


def write(whole: Whole, name: str) -> Iterator[bytes]:
    """The graph; arrows point from cause to effect, as work flowed."""
    if name == "graphml":
        yield from _graphml(whole)
    elif name == "dot":
        yield from _dot(whole)
    else:
        yield from _mermaid(whole)


def _graphml(whole: Whole) -> Iterator[bytes]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for reference, one in whole.things.items():
        graph.add_node(
            visible(reference),
            label=visible(whole.label(reference)),
            kind=one["__typename"],
            state=one["state"],
            created=one.get("createdAt") or "",
            creator=visible(one.get("createdBy") or ""),
        )
    for link in whole.links:
        graph.add_edge(
            visible(link.cause),
            visible(link.effect),
            relation=link.relation,
            name=visible(link.name),
            path=visible(link.path),
            certainty=link.certainty,
            derivation=link.derivation,
            field=visible(link.field),
        )
    yield b"<?xml version='1.0' encoding='utf-8'?>\n"
    for line in nx.generate_graphml(graph, named_key_ids=True):
        yield f"{line}\n".encode()


def _dot(whole: Whole) -> Iterator[bytes]:
    ids = {reference: f"n{number}" for number, reference in enumerate(whole.things)}
    yield b'digraph lineage {\n  rankdir=LR;\n  node [fontname="Helvetica", fontsize=10];\n'
    for reference, one in whole.things.items():
        label = f"{clipped(whole.label(reference), _LONG)}\n{one['__typename']}"
        shape = _SHAPES.get(one["__typename"], "ellipse")
        bold = ", penwidth=3" if reference == whole.subject else ""
        faded = ", style=dashed" if one["state"] != "LIVE" else ""
        line = (
            f"  {ids[reference]} [label={_quoted(label)}, tooltip={_quoted(reference)}, shape={shape}{bold}{faded}];\n"
        )
        yield line.encode()
    for link in whole.links:
        said = link.relation.replace("_", " ").lower() + (f" ({link.name})" if link.name else "")
        style = f", style={_STYLES[link.certainty]}" if link.certainty in _STYLES else ""
        yield f"  {ids[link.cause]} -> {ids[link.effect]} [tooltip={_quoted(said)}{style}];\n".encode()
    yield b"}\n"


def _quoted(text: str) -> str:
    """A double-quoted DOT string; a line feed becomes DOT's own."""
    lines = (visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'


def _mermaid(whole: Whole) -> Iterator[bytes]:
    ids = {reference: f"n{number}" for number, reference in enumerate(whole.things)}
    yield b"flowchart LR\n"
    for reference, one in whole.things.items():
        label = f"{_entities(clipped(whole.label(reference), _LONG))}<br/>{one['__typename']}"
        yield f'  {ids[reference]}["{label}"]\n'.encode()
    for link in whole.links:
        arrow = "-->" if link.certainty == "CONFIRMED" else "-.->"
        yield f"  {ids[link.cause]} {arrow} {ids[link.effect]}\n".encode()
    yield f"  style {ids[whole.subject]} stroke-width:3px\n".encode()


def _entities(text: str) -> str:
    """Text that means nothing to Mermaid: all but letters, digits and a few signs as numbered entities."""
    return "".join(char if char.isalnum() or char in " .:,-/…" else f"#{ord(char)};" for char in visible(text))
