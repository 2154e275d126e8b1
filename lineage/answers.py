"""What every answer says about itself: which generation, how well it was read, and where it stops.

An answer is complete when nothing cut it short and nothing that it rests on was
left unread. Whatever did is a `Truncation` with the things behind which the
answer would go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lineage import ids
from lineage.graph import Direction, Node, State
from lineage.ids import Kind
from lineage.ports import Generation, ScopeCoverage, View
from lineage.traversal import Truncation, TruncationReason

LINEAGE_KINDS: Final = frozenset(
    {Kind.JOB, Kind.JOB_OUTPUT, Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.DEPLOYMENT, Kind.ENDPOINT}
)
"""Kinds with something behind them: left unread, they cut an answer. An unread environment or place cuts nothing."""

_SERVING: Final = ("/onlineEndpoints", "/batchEndpoints")


class Header(msgspec.Struct, frozen=True):
    """What an answer rests on.

    scopes: coverage of the workspaces and registries that the answer touches; of all, when it looks downstream,
    because a consumer may live in any of them.
    """

    generation: Generation
    scopes: tuple[ScopeCoverage, ...]
    is_complete: bool
    truncations: tuple[Truncation, ...]


def header(
    view: View,
    nodes: Iterable[Node],
    truncations: Sequence[Truncation] = (),
    direction: Direction = Direction.UPSTREAM,
) -> Header:
    """The header of an answer that shows `nodes`; adds what their states and scopes cut to `truncations`."""
    carrying = [node for node in nodes if node.kind in LINEAGE_KINDS]
    covered = {coverage.scope: coverage for coverage in view.coverage()}
    touched: dict[str, list[int]] = {}
    for node in carrying:
        touched.setdefault(scope_text(node.text), []).append(node.key)
    shown = list(covered) if direction is Direction.DOWNSTREAM else [text for text in covered if text in touched]
    cuts = [*truncations, *_unread(carrying)]
    for text in shown:
        if _lacks(covered[text], direction):
            detail = f"{text} was not read to its end, so something may be missing"
            cuts.append(Truncation(TruncationReason.STALE_SCOPE, detail, tuple(touched.get(text, ()))))
    if direction is Direction.DOWNSTREAM:
        for text in sorted(touched.keys() - covered.keys() - {""}):
            detail = f"{text} was never listed, so its other consumers are not known"
            cuts.append(Truncation(TruncationReason.STALE_SCOPE, detail, tuple(touched[text])))
    return Header(view.generation, tuple(covered[text] for text in shown), not cuts, tuple(cuts))


def scope_text(text: str) -> str:
    """The workspace or registry part of a canonical text; '' for a storage place."""
    scope = ids.scope_of(text)
    return scope.text if scope is not None else ""


def count(number: int, thing: str, things: str = "") -> str:
    """`1 job`, `2 jobs`, `1,234 jobs`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def _unread(nodes: Sequence[Node]) -> list[Truncation]:
    forbidden = tuple(node.key for node in nodes if node.state is State.FORBIDDEN)
    deleted = [node.key for node in nodes if node.state is State.DELETED]
    unread = [node.key for node in nodes if node.state is State.UNRESOLVED]
    cuts = []
    if forbidden:
        detail = f"{count(len(forbidden), 'thing')} may not be read by the identity that crawled"
        cuts.append(Truncation(TruncationReason.FORBIDDEN, detail, forbidden))
    if deleted or unread:
        said = [f"{count(len(deleted), 'thing')} deleted in the service"] if deleted else []
        said += [f"{count(len(unread), 'thing')} named but never read"] if unread else []
        detail = " and ".join(said) + ": what lies behind is not known"
        cuts.append(Truncation(TruncationReason.UNRESOLVED, detail, (*deleted, *unread)))
    return cuts


def _lacks(coverage: ScopeCoverage, direction: Direction) -> bool:
    """Whether what was not listed there could matter. Nothing upstream is found by listing endpoints."""
    if coverage.complete:
        return False
    if direction is Direction.DOWNSTREAM:
        return True
    unfinished = [listing.text for listing in coverage.listings if not listing.complete]
    return not unfinished or not all(any(word in text for word in _SERVING) for text in unfinished)
