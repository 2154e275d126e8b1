"""Lists of things of one kind: which pass a filter, in which order, page by page and counted.

By canonical text a page reads what it shows, and what its filter passes over on the way. By a fact the index goes
over all things of the kind for each page. What only the records or the lineage tells is no filter here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from lineage import answers, ids, producing
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.ports import FactFilter, NodeFilter, Order, View

_PAGE: Final = 10_000

TYPES: Final = {Kind.JOB: "jobType"}
"""The fact that tells the type of a thing, where it is not `type`."""
STATUSES: Final = {Kind.DEPLOYMENT: "provisioningState", Kind.ENDPOINT: "provisioningState"}
"""The fact that tells how a thing stands, where it is not `status`."""
SERVED: Final = {"online": "/onlineEndpoints/", "batch": "/batchEndpoints/", "serverless": "/serverlessEndpoints/"}
"""Types of endpoints and deployments, by the collection in their canonical text."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which things of a kind a list shows; every field narrows, and of several values one is enough.

    text: case-insensitive part of the canonical text. scope: text of a workspace or registry. name, types, statuses,
    experiments, computes, stages, created_by, images: as the service has them, in whatever case. tags: `name` or
    `name=value`, all of them. created_from, created_to: ISO 8601, both inclusive; a day alone means the whole day.
    """

    text: str = ""
    scope: str = ""
    states: tuple[State, ...] = ()
    name: str = ""
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    computes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    created_by: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    created_from: str = ""
    created_to: str = ""


class Listed(msgspec.Struct, frozen=True):
    """A page of things. after: what to pass as `after` for the next page; '' at the end."""

    nodes: tuple[Node, ...]
    after: str


def narrowed(kind: Kind, wanted: Wanted) -> NodeFilter:
    """The filter of the index."""
    served = kind in (Kind.ENDPOINT, Kind.DEPLOYMENT)
    pairs = (
        ("name", (wanted.name,) if wanted.name else ()),
        (TYPES.get(kind, "type"), () if served else wanted.types),
        (STATUSES.get(kind, "status"), wanted.statuses),
        ("experiment", wanted.experiments),
        ("compute", wanted.computes),
        ("stage", wanted.stages),
        ("image", wanted.images),
        ("createdBy", wanted.created_by),
    )
    one_of = tuple((fact, tuple(one.lower() for one in texts)) for fact, texts in pairs if texts)
    facts = FactFilter(one_of, wanted.tags, instant(wanted.created_from), instant(wanted.created_to))
    # A type that is none has no collection, and so nothing passes.
    parts = tuple(SERVED.get(one.lower(), "\n") for one in wanted.types) if served else ()
    return NodeFilter(
        (kind,),
        wanted.states,
        wanted.scope,
        wanted.text,
        parts,
        facts if facts != FactFilter() else None,
    )


def instant(text: str) -> str:
    """The beginning that instants of the service have at this time: UTC, to the second, without a zone."""
    if len(text) <= len("2026-03-31"):
        return text
    # Rules of linking take as long to load as all of a question: they are for lists that are filtered by time.
    from lineage.linking import bodies

    return bodies.instant(text)[:19] or text


def things(
    view: View, kind: Kind, wanted: Wanted | None = None, order: Order | None = None, after: str = "", limit: int = 100
) -> Listed:
    """Things of a kind that pass the filter, at most `limit`, those after the canonical text `after`.

    A thing with several names is listed once, by the best of them.
    """
    found: list[Node] = []
    for page in pages(view, kind, narrowed(kind, wanted or Wanted()), order, after, limit + 1):
        found += page
        if len(found) > limit:
            return Listed(tuple(found[:limit]), found[limit - 1].text)
    return Listed(tuple(found), "")


def pages(
    view: View, kind: Kind, narrow: NodeFilter, order: Order | None, after: str, size: int
) -> Iterator[list[Node]]:
    """Everything that passes, in order, without the names of things that go by a better one."""
    last = view.nodes((ids.key(after),)).get(ids.key(after)) if after else None
    if after and last is None:
        return
    while True:
        page = view.page_nodes(kind, narrow, order or Order(), last, size)
        if page:
            yield by_best_names(view, page)
        if len(page) < size:
            return
        last = page[-1]


def count(view: View, kind: Kind, wanted: Wanted, expired: Callable[[], bool] | None = None) -> int | None:
    """How many things `things` has over all its pages; None when time runs out before that is known."""
    return count_passing(view, narrowed(kind, wanted), expired)


def count_passing(view: View, narrow: NodeFilter, expired: Callable[[], bool] | None = None) -> int | None:
    """How many things pass, a thing with several names once; None when time runs out before that is known."""
    total = 0
    for keys in chunks(view.keys(narrow)):
        total += len(keys) - len(producing.hidden(view, keys))
        if expired is not None and expired():
            return None
    return total


def by_best_names(view: View, nodes: list[Node]) -> list[Node]:
    """`nodes` without names of a thing that is listed by a better one."""
    known, edges = answers.same_things(view, [node.key for node in nodes])
    stands = answers.things(known, edges)
    return [node for node in nodes if stands.get(node.key, node.key) == node.key]


def chunks(keys: list[int]) -> Iterator[list[int]]:
    # In the order of the tables, so that neighbours are read together.
    keys.sort()
    return (keys[start : start + _PAGE] for start in range(0, len(keys), _PAGE))


def holds(facts: dict[str, Any], wanted: FactFilter) -> bool:
    """Whether these facts pass: the definition. An index may have another way to the same answer."""
    for name, texts in wanted.one_of:
        if str(facts.get(name) or "").lower() not in texts:
            return False
    tags = facts.get("tags") or {}
    for tag in wanted.tags:
        name, equals, value = tag.partition("=")
        if name not in tags or (equals and str(tags[name]) != value):
            return False
    if not (wanted.since or wanted.until):
        return True
    created = str(facts.get("createdAt") or "")
    if created[: len(wanted.since)] < wanted.since:
        return False
    return bool(created) and (not wanted.until or created[: len(wanted.until)] <= wanted.until)


def passes(node: Node, wanted: NodeFilter) -> bool:
    """Whether a node passes a filter: the definition."""
    return (
        (not wanted.kinds or node.kind in wanted.kinds)
        and (not wanted.states or node.state in wanted.states)
        and (not wanted.scope or node.text == wanted.scope or node.text.startswith(wanted.scope + "/"))
        and wanted.text.lower() in node.text.lower()
        and (not wanted.parts or any(part in node.text for part in wanted.parts))
        and (wanted.facts is None or holds(node.facts, wanted.facts))
    )


def ordered(nodes: Iterable[Node], order: Order) -> list[Node]:
    """Nodes in an order: the definition."""
    if not order.fact:
        return sorted(nodes, key=lambda node: node.text, reverse=order.descending)
    held = [(str(node.facts.get(order.fact) or ""), node.text, node) for node in nodes]
    told = sorted((one for one in held if one[0]), key=lambda one: one[:2], reverse=order.descending)
    rest = sorted((one for one in held if not one[0]), key=lambda one: one[1])
    return [node for *_, node in (*told, *rest)]
