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
from lineage.graph import Direction, Edge, Node, State
from lineage.ids import Kind
from lineage.names import all_names, best, stand_for, things
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


def same_things(view: View, keys: Iterable[int]) -> tuple[dict[int, Node], list[Edge]]:
    """Every name of these things, however many `sameAs` steps away, as nodes and the edges between them."""
    met, edges = all_names(view, keys)
    return (view.nodes(met) if edges else {}), edges


def header(
    view: View,
    nodes: Iterable[Node],
    truncations: Sequence[Truncation] = (),
    direction: Direction = Direction.UPSTREAM,
) -> Header:
    """The header of an answer that shows `nodes`; adds what their states and scopes cut to `truncations`."""
    carrying = [node for node in nodes if node.kind in LINEAGE_KINDS]
    present = {node.key for node in carrying}
    carrying = _without_twins(view, carrying)
    covered = {coverage.scope: coverage for coverage in view.coverage()}
    touched: dict[str, list[int]] = {}
    guids = view.workspace_guids() if carrying else {}
    for node in carrying:
        scope = ids.scope_of(node.text)
        text = scope.text if scope is not None else ""
        if isinstance(scope, ids.LocatedWorkspace):
            text = guids.get(scope.guid, text)
        touched.setdefault(text, []).append(node.key)
    everything = direction is Direction.DOWNSTREAM
    shown = [text for text in covered if everything or scope_text(text) in touched]
    cuts = [*truncations, *_unread(carrying, present)]
    for text in shown:
        if _lacks(covered[text], direction):
            detail = f"{text} was not read to its end, so something may be missing"
            cuts.append(Truncation(TruncationReason.STALE_SCOPE, detail, tuple(touched.get(scope_text(text), ()))))
    if direction is Direction.DOWNSTREAM:
        for text in sorted(touched.keys() - covered.keys() - {""}):
            detail = f"{text} was never listed, so its other consumers are not known"
            cuts.append(Truncation(TruncationReason.STALE_SCOPE, detail, tuple(touched[text])))
    return Header(view.generation, tuple(covered[text] for text in shown), not cuts, tuple(cuts))


def joined(one: Header, other: Header) -> Header:
    """The header of an answer that rests on both; its generation is that of the later one."""
    newer, older = (other, one) if other.generation.number >= one.generation.number else (one, other)
    scopes = {scope.scope: scope for scope in (*older.scopes, *newer.scopes)}
    cuts = tuple(dict.fromkeys((*one.truncations, *other.truncations)))
    complete = one.is_complete and other.is_complete
    return Header(newer.generation, tuple(scopes[text] for text in sorted(scopes)), complete, cuts)


def scope_text(text: str) -> str:
    """The workspace or registry part of a canonical text; '' for a storage place."""
    scope = ids.scope_of(text)
    return scope.text if scope is not None else ""


def count(number: int, thing: str, things: str = "") -> str:
    """`1 job`, `2 jobs`, `1,234 jobs`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def _without_twins(view: View, nodes: list[Node]) -> list[Node]:
    """`nodes` without those that were never read by this name, but were by another."""
    unread = [node.key for node in nodes if node.state is State.UNRESOLVED]
    if not unread:
        return nodes
    known, edges = same_things(view, unread)
    stands = things(known, edges)
    return [node for node in nodes if stands.get(node.key, node.key) == node.key]


def _unread(nodes: Sequence[Node], present: set[int]) -> list[Truncation]:
    lacking = [node for node in nodes if node.state in (State.FORBIDDEN, State.DELETED, State.UNRESOLVED)]
    # An output is as unread as its job: told once.
    whole = [node for node in lacking if node.kind is not Kind.JOB_OUTPUT or _job_of(node) not in present]
    forbidden = tuple(node.key for node in whole if node.state is State.FORBIDDEN)
    deleted = [node.key for node in whole if node.state is State.DELETED]
    unread = [node.key for node in whole if node.state is State.UNRESOLVED]
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


def _job_of(output: Node) -> int:
    return ids.key(output.text.rpartition("/outputs/")[0])


def _lacks(coverage: ScopeCoverage, direction: Direction) -> bool:
    """Whether what was not listed there could matter. Nothing upstream is found by listing endpoints."""
    if coverage.complete:
        return False
    if direction is Direction.DOWNSTREAM:
        return True
    unfinished = [listing.text for listing in coverage.listings if not listing.complete]
    return not unfinished or not all(any(word in text for word in _SERVING) for text in unfinished)


__all__ = ["LINEAGE_KINDS", "Header", "best", "count", "header", "same_things", "scope_text", "stand_for", "things"]
