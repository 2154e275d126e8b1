"""What to say when a reference means nothing, or too much."""

from __future__ import annotations

from collections.abc import Sequence

from lineage import ids
from lineage.answers import scope_text
from lineage.errors import AmbiguousReference, UnknownReference
from lineage.graph import Node
from lineage.ids import Kind, Target
from lineage.ports import NodeFilter, View

_SHOWN = 5
_LOOKED_AT = 5000
_SEARCHED = 50_000
"""Nodes up to which every name is looked at."""
_ALIKE = 3
EXPLAIN = "run `lineage explain` with it to see how it is read"
"""What every remedy ends with that knows no more; nothing to say to somebody who has just done so."""


def unknown(view: View, text: str, targets: Sequence[Target], scope: ids.Scope | None) -> UnknownReference:
    """The error for a reference that nothing answers to, with what to do next and up to five near names."""
    from lineage.redaction import redact_text

    shown = redact_text(text)
    number = view.generation.number
    message = f"nothing in generation {number} of the index answers to {shown!r}"
    close = _near(view, text, targets)
    unread = _unread(view, targets)
    if unread:
        remedy = f"{unread} is not in this index: read it with `lineage crawl {unread}`"
    elif not targets and scope is None and not view.coverage():
        remedy = "the index is empty: run `lineage crawl` first"
    elif not targets:
        remedy = f"see `lineage models` for the names there are, or {EXPLAIN}"
    else:
        remedy = f"crawl again if it is new, or {EXPLAIN}"
    if close:
        remedy = f"did you mean {' or '.join(close[:3])}? Otherwise {remedy}"
    return UnknownReference(message, remedy, close)


def ambiguous(text: str, nodes: Sequence[Node]) -> AmbiguousReference:
    """The error for a reference that several things answer to, the likeliest first."""
    from lineage.redaction import redact_text

    shown = redact_text(text)
    containers = {node.text.rpartition("/versions/")[0] for node in nodes}
    candidates = tuple(node.text for node in nodes)
    if len(containers) == 1 and "" not in containers:
        name = nodes[0].text.rpartition("/versions/")[0].rsplit("/", 1)[1]
        version = nodes[0].text.rsplit("/", 1)[1]
        message = f"{shown!r} has {len(nodes)} versions"
        return AmbiguousReference(message, candidates, f"say which, for example {name}:{version} or {name}@latest")
    message = f"{shown!r} means {len(nodes)} things"
    remedy = "say which by its whole name, or give --workspace: " + "  ".join(candidates[:_SHOWN])
    return AmbiguousReference(message, candidates, remedy)


def _unread(view: View, targets: Sequence[Target]) -> str:
    """The workspace or registry that the reference is in, when this index was never given it."""
    covered = {coverage.scope for coverage in view.coverage()} | set(view.workspace_guids().values())
    guids = view.workspace_guids()
    for target in targets:
        text = scope_text(target.text)
        scope = ids.scope_of(text)
        if isinstance(scope, ids.LocatedWorkspace) and scope.guid in guids:
            continue
        if text and text not in covered and not isinstance(scope, ids.LocatedWorkspace):
            return text
    return ""


def _near(view: View, text: str, targets: Sequence[Target]) -> tuple[str, ...]:
    """Up to five canonical texts that look like what was asked for."""
    job = next((t.text.rpartition("/outputs/")[0] for t in targets if t.kind is Kind.JOB_OUTPUT), "")
    if job and view.nodes([ids.key(job)]):
        outputs = view.list_nodes(NodeFilter((Kind.JOB_OUTPUT,), scope=f"{job}/outputs"), limit=_SHOWN - 1)
        return (*(node.text for node in outputs), job)
    name = _name(text, targets)
    if len(name) < 2:
        return ()
    if view.generation.counts.get("nodes", 0) > _SEARCHED:
        looked_at = _beginning_alike(view, name)
    else:
        kinds = (Kind.MODEL_VERSION, Kind.DATA_VERSION, Kind.JOB, Kind.DEPLOYMENT)
        looked_at = view.list_nodes(NodeFilter(kinds, text=name), limit=_SHOWN)
        if looked_at:
            return tuple(node.text for node in looked_at)
        looked_at = view.list_nodes(NodeFilter(kinds), limit=_LOOKED_AT)
    from difflib import get_close_matches

    known: dict[str, str] = {}
    for node in looked_at:
        known.setdefault(_word(node.text).lower(), node.text)
    return tuple(known[word] for word in get_close_matches(name.lower(), known, n=_SHOWN, cutoff=0.7))


def _beginning_alike(view: View, name: str) -> list[Node]:
    """Models, data and jobs whose names begin like this one: all that a large index can be asked for at once."""
    found: list[Node] = []
    for coverage in view.coverage():
        for collection, kind in (("models", Kind.MODEL_VERSION), ("data", Kind.DATA_VERSION), ("jobs", Kind.JOB)):
            start = f"{coverage.scope}/{collection}/{name[:_ALIKE]}"
            page = view.list_nodes(NodeFilter((kind,), scope=coverage.scope), after=start, limit=_LOOKED_AT // 10)
            found += [node for node in page if node.text.startswith(start)]
    return found


def _name(text: str, targets: Sequence[Target]) -> str:
    if targets:
        return _word(targets[0].text)
    return text.rpartition("/")[2].partition(":")[0].partition("@")[0]


def _word(text: str) -> str:
    """The word that people know a thing by: an asset's name, a job's, else the last segment."""
    for mark in ("/versions/", "/labels/", "/outputs/"):
        head, found, _ = text.rpartition(mark)
        if found:
            return head.rsplit("/", 1)[1]
    return text.rsplit("/", 1)[-1]
