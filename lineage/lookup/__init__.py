"""From any spelling to the node that it means.

    azureml://…  runs:/…  /subscriptions/…  https://…   whatever `references.parse` reads
    NAME:VERSION  NAME@LABEL  NAME                       a model version first, then a job, then any other asset
    a decimal number                                     the key of a node

A relative reference is read in the scope that is given; without one, in the single indexed workspace; with
several indexed, in each of them, and must then mean one thing. What is known only by another spelling answers
alike: a place through its datastore or its account, a workspace by name or GUID, an output by where it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lineage import answers, ids, locations, references
from lineage.errors import InvalidReference
from lineage.graph import Node, State
from lineage.ids import Kind, Target
from lineage.lookup import near, spellings
from lineage.lookup.versions import Listed, is_container, of_container, of_label
from lineage.ports import View

COLLECTIONS: Final = (
    *("", "models", "jobs", "data", "onlineEndpoints", "batchEndpoints", "environments", "components", "codes"),
    *("datastores", "computes"),
)
"""What a bare name may be a name of, in the order in which it is tried."""

INSIDE_LIMIT: Final = 10_000
"""Places inside a place, or versions of a model, that one answer may start from."""


class Found(msgspec.Struct, frozen=True):
    """What a reference means in one generation.

    node: the thing, by the best of its names (`answers.best`); for a place that is no node itself but has known places
    inside or around it, a node in state UNRESOLVED that stands for it. path: the place inside the job output that was
    asked about, or ''. same: the thing under its other names. inside: places inside this place, versions of this
    model. around: places known to hold it, nearest first. crowded: there are more inside than `INSIDE_LIMIT`.
    """

    node: Node
    path: str = ""
    same: tuple[Node, ...] = ()
    inside: tuple[Node, ...] = ()
    around: tuple[Node, ...] = ()
    crowded: bool = False

    @property
    def names(self) -> tuple[int, ...]:
        """Keys of the thing under each of its names."""
        return tuple(dict.fromkeys(node.key for node in (self.node, *self.same)))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Keys of the thing and of everything inside it."""
        return tuple(dict.fromkeys((*self.names, *(node.key for node in self.inside))))


def find(view: View, text: str, scope: ids.Scope | None = None) -> Found:
    """What `text` means in this generation.

    Raises InvalidReference for broken text, UnknownReference when nothing answers to it (with near names),
    AmbiguousReference when several things do.
    """
    asked = text.strip()
    if not asked:
        raise InvalidReference(text, 0, "a reference")
    try:
        asked.encode()
    except UnicodeEncodeError as broken:
        raise InvalidReference(asked.encode(errors="replace").decode(), broken.start, "text in Unicode") from None
    if asked.isascii() and asked.isdecimal():
        node = view.nodes([int(asked)]).get(int(asked)) if len(asked) <= 19 else None
        if node is not None:
            target = Target(node.kind, node.text)
            return _model(view, [target]) or _whole(view, target, node)
    tried: dict[str, Target] = {}
    for group in _scopes(view, scope):
        for collection, targets in _readings(asked, group):
            if not collection and (model := _model(view, targets)) is not None:
                return model
            fresh = {target.canonical: target for target in targets if target.canonical not in tried}
            tried.update(fresh)
            found = _one(view, asked, _located(view, fresh.values()))
            if found is not None:
                return found
    for target in tried.values():
        found = _place(view, target) or _run(view, target)
        if found is not None:
            return found
    raise near.unknown(view, asked, list(tried.values()), scope)


def default_scope(view: View) -> ids.Scope | None:
    """The single indexed workspace, or None when there is none or more than one."""
    found = [scope for scope in _covered(view) if isinstance(scope, ids.Workspace)]
    return found[0] if len(found) == 1 else None


def _covered(view: View) -> list[ids.Scope]:
    # A workspace read both ways is covered twice.
    scopes = dict.fromkeys(ids.scope_of(coverage.scope) for coverage in view.coverage())
    return [scope for scope in scopes if scope is not None]


def _scopes(view: View, scope: ids.Scope | None) -> list[list[ids.Scope | None]]:
    """Scopes to read a reference in, in groups: a later group counts only where the earlier ones hold nothing."""
    if scope is not None:
        return [[scope]]
    covered = _covered(view)
    workspaces: list[ids.Scope | None] = [one for one in covered if isinstance(one, ids.Workspace)]
    rest: list[ids.Scope | None] = [one for one in covered if not isinstance(one, ids.Workspace)]
    return [group for group in (workspaces or [None], rest) if group]


def _readings(text: str, scopes: Sequence[ids.Scope | None]) -> Iterable[tuple[str, list[Target]]]:
    """What the text may mean in these scopes, the likeliest reading first.

    Each with the collection that a bare name was taken to be of, '' where the text says itself.
    """
    reference = references.parse(text)
    bare = _as_name(text)
    for collection in COLLECTIONS:
        targets = [reference.resolve(scope, collection) for scope in scopes]
        if bare is not None and collection:
            targets += [bare.resolve(scope, collection) for scope in scopes]
        found = {target.canonical: target for target in targets if target is not None}
        if found:
            yield collection, list(found.values())


def _model(view: View, targets: Sequence[Target]) -> Found | None:
    """A model, or another asset whose container was listed, that the text names as such: its versions are inside it."""
    keys = {ids.key(one.text): one for one in targets if one.kind is Kind.MODEL or is_container(one)}
    known = view.nodes(list(keys))
    if len(known) != 1:
        return None
    ((key, node),) = known.items()
    versions = of_container(view, keys[key])
    return Found(node, inside=tuple(versions[:INSIDE_LIMIT]), crowded=len(versions) > INSIDE_LIMIT)


def _as_name(text: str) -> references.Reference | None:
    """The text read as a bare name (`credit`), which on its own could be a file's."""
    if "/" in text or "\\" in text or text.startswith("azureml:"):
        return None
    try:
        return references.parse(f"azureml:{text}")
    except InvalidReference:
        return None


def _located(view: View, targets: Iterable[Target]) -> list[tuple[Target, Node]]:
    """Targets with the nodes they mean, looked up by every name they go by."""
    found: list[tuple[Target, Node]] = []
    for target in targets:
        if target.label:
            found += _settled(target, of_label(view, target))
        elif is_container(target):
            found += _settled(target, of_container(view, target))
        else:
            key = ids.key(target.text)
            node = view.nodes([key]).get(key)
            if node is not None:
                found.append((target, node))
            else:
                found += _by_other_names(view, target)
    return found


def _settled(target: Target, nodes: Listed) -> list[tuple[Target, Node]]:
    return [(Target(node.kind, node.text, target.path), node) for node in nodes]


def _by_other_names(view: View, target: Target) -> list[tuple[Target, Node]]:
    """The first other name of the target that is a node."""
    names = {ids.key(named.text): named for named in spellings.others(view, target)}
    known = view.nodes(list(names))
    return [(named, known[key]) for key, named in names.items() if key in known][:1]


def _one(view: View, text: str, found: list[tuple[Target, Node]]) -> Found | None:
    """The one thing that was found; None for none. Several names of one thing are one thing."""
    if not found:
        return None
    target, node = found[0]
    whole = _whole(view, target, node)
    strangers = [other for _, other in found[1:] if other.key not in whole.names]
    if strangers:
        raise near.ambiguous(text, [node, *strangers])
    return whole


def _whole(view: View, target: Target, node: Node) -> Found:
    """The found thing with its other names and, for a place, what lies inside and around it."""
    names = {node.key: node, **answers.same_things(view, [node.key])[0]}
    if node.kind not in (Kind.LOCATION, Kind.DATASTORE):
        return _told(names, target.path)
    texts = [*spellings.places(view, Target(node.kind, node.text)), *(one.text for one in names.values())]
    texts = list(dict.fromkeys(texts))
    names.update(view.nodes([ids.key(text) for text in texts]))
    inside, crowded = _inside(view, texts, set(names))
    around = tuple(one for one in _around(view, texts) if one.key not in names)
    return _told(names, target.path, inside, around, crowded)


def _told(
    names: dict[int, Node],
    path: str,
    inside: tuple[Node, ...] = (),
    around: tuple[Node, ...] = (),
    crowded: bool = False,
) -> Found:
    """A thing under the best of its names, so that every spelling of it answers alike."""
    chosen = answers.best(names.values())
    rest = sorted((node for node in names.values() if node is not chosen), key=lambda node: node.text)
    return Found(chosen, path, tuple(rest), inside, around, crowded)


def _run(view: View, target: Target) -> Found | None:
    """The job whose artifacts the target names: every job has them, whether or not anything was read of them."""
    job, _, output = target.text.rpartition("/outputs/")
    if target.kind is not Kind.JOB_OUTPUT or output != "artifacts":
        return None
    return _one(view, job, _located(view, [Target(Kind.JOB, job)]))


def _place(view: View, target: Target) -> Found | None:
    """A place that is no node itself, told by the places inside and around it; None when there are none."""
    if target.kind not in (Kind.LOCATION, Kind.DATASTORE):
        return None
    texts = spellings.places(view, target)
    inside, crowded = _inside(view, texts, set())
    around = _around(view, texts)
    if not inside and not around:
        return None
    reason = "nothing names this place itself; the answer is about the places inside it and around it"
    node = Node(ids.key(target.text), target.text, target.kind, State.UNRESOLVED, reason=reason)
    return Found(node, inside=inside, around=around, crowded=crowded)


def _inside(view: View, texts: Sequence[str], without: set[int]) -> tuple[tuple[Node, ...], bool]:
    found: dict[int, Node] = {}
    for text in texts:
        for node in view.under(text, INSIDE_LIMIT + 1):
            if node.key not in without:
                found[node.key] = node
    return tuple(found.values())[:INSIDE_LIMIT], len(found) > INSIDE_LIMIT


def _around(view: View, texts: Sequence[str]) -> tuple[Node, ...]:
    """Known places that hold one of these, nearest first; never a store or a prefix that everybody shares."""
    held = [locations.ancestors(text) for text in texts]
    keys = [ids.key(above) for steps in held for above in steps]
    known = view.nodes(list(dict.fromkeys(keys)))
    nodes = {key: known[key] for key in keys if key in known}
    return tuple(sorted(nodes.values(), key=lambda node: -locations.split(node.text)[1].count("/")))


__all__ = ["COLLECTIONS", "INSIDE_LIMIT", "Found", "default_scope", "find"]
