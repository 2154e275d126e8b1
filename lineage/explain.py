"""How a reference is read, what it means, and why or why not.

`read` needs text alone, answers anything, and is quick enough for a stream of
references. `explain` adds what one generation of an index knows of it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lineage import ids, lookup, references
from lineage.errors import AmbiguousReference, InvalidReference, UnknownReference
from lineage.graph import Edge, Loose, Node, State
from lineage.ids import Kind, Target
from lineage.lookup import spellings
from lineage.lookup.near import EXPLAIN
from lineage.ports import View
from lineage.redaction import redact_text

_NAMES_NOTHING: Final = {
    "ExternalRef": "it names a place outside Azure ML, which has no lineage here",
    "MlflowArtifactRef": "it names a file behind an MLflow server, which has no lineage here",
    "LocalRef": "it is a path on somebody's disk: what is registered from it is uploaded, with no job behind it",
    "TemplateRef": "it is a template that was never filled in",
    "OpaqueRef": "it is text in no scheme that is known here",
    "StoredPathRef": "it is a path in a store that it does not name",
}
_NOTHING_TO_DO: Final = "nothing: no thing of Azure ML goes by this text"
_REGISTER: Final = "to have lineage, register from the job that made it: azureml://jobs/<job>/outputs/<output>"
_ANYTHING: Final = "a reference"
_EDGES: Final = 100
_SCOPES: Final = 3


class Problem(msgspec.Struct, frozen=True):
    """Why text could not be read. position: 0-based character; expected: what the grammar wanted there."""

    code: str
    message: str
    position: int | None = None
    expected: str | None = None


class Reading(msgspec.Struct, frozen=True):
    """What the text alone says.

    reference: the text, secrets cut. form: name of the form, None for broken text. canonical: the absolute name
    of the thing, None when the text needs a scope and has none or names nothing. parts: named pieces as spelt.
    """

    reference: str
    form: str | None
    canonical: str | None
    parts: dict[str, str]
    error: Problem | None = None


class Explanation(msgspec.Struct, frozen=True):
    """A reading, and what it means in one generation when there is one.

    kind: what the name names. spellings: what else may be written for it. node: the thing, if known; path: the
    place in its output; same: its other names. edges: why it is believed (its causes and other names, at most 100),
    ends: their nodes. loose: references in its record that could not be followed. reason: one sentence why it means
    this, or why it means nothing; remedy: what to do next. candidates: canonical texts, when several things answer or
    names are near; near: whether they only are near.
    """

    reading: Reading
    kind: Kind | None = None
    spellings: tuple[str, ...] = ()
    node: Node | None = None
    path: str = ""
    same: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    ends: dict[int, Node] = {}
    reason: str = ""
    remedy: str = ""
    candidates: tuple[str, ...] = ()
    loose: tuple[Loose, ...] = ()
    near: bool = False


def read(text: str, scope: ids.Scope | None = None) -> Reading:
    """How the text is read. Total: broken text is a `Reading` with an error."""
    return _read(text, scope)[0]


def explain(text: str, scope: ids.Scope | None = None, view: View | None = None) -> Explanation:
    """How the text is read and what it means. Total: what cannot be answered is told, never raised."""
    if view is not None:
        scope = scope or lookup.default_scope(view)
    reading, target = _read(text, scope)
    if reading.error is not None:
        return Explanation(reading, reason="it cannot be read", remedy=f"write {reading.error.expected} there")
    if view is None:
        return _by_text(reading, target)
    try:
        found = lookup.find(view, text, scope)
    except UnknownReference as error:
        return _unknown(error, reading, target, scope, view)
    except AmbiguousReference as error:
        known = _by_text(reading, target, view)
        return msgspec.structs.replace(known, reason=str(error), remedy=error.remedy, candidates=error.candidates)
    node = found.node
    meant = Target(node.kind, node.text, found.path)
    edges = (*view.causes(found.names), *view.same(found.names))
    edges = tuple(dict.fromkeys(edges))[:_EDGES]
    return Explanation(
        reading if target is not None else msgspec.structs.replace(reading, canonical=meant.canonical),
        node.kind,
        tuple(spellings.written(meant, view)),
        node,
        found.path,
        found.same,
        edges,
        view.nodes(list(dict.fromkeys(key for edge in edges for key in (edge.effect, edge.cause)))),
        _why(reading, target, meant, node),
        node.remedy,
        loose=tuple(dict.fromkeys(end for one in (node, *found.same) for end in view.loose(one.text))),
    )


def _unknown(
    error: UnknownReference, reading: Reading, target: Target | None, scope: ids.Scope | None, view: View
) -> Explanation:
    """Nothing answers: because it names nothing, because it is relative, or because it was never met."""
    known = _by_text(reading, target, view)
    if reading.form in _NAMES_NOTHING:
        return known
    reason, remedy = str(error), error.remedy.removesuffix(f", or {EXPLAIN}")
    if target is None and scope is None and reading.form != "NameRef" and view.coverage():
        scopes = [one.scope for one in view.coverage() if isinstance(ids.scope_of(one.scope), ids.Workspace)]
        reason = f"{reason}: it is relative, and there are several workspaces to read it in"
        remedy = " or ".join(f"--workspace {text}" for text in scopes[:_SCOPES])
        remedy = f"say which is meant: {remedy or '--workspace URI'}"
    return msgspec.structs.replace(known, reason=reason, remedy=remedy, candidates=error.near, near=True)


def _read(text: str, scope: ids.Scope | None) -> tuple[Reading, Target | None]:
    if not text.isascii():
        # Half a character cannot be stored, printed or looked up.
        text = text.encode(errors="replace").decode()
    shown = redact_text(text)
    if not text.strip():
        message = str(InvalidReference(shown, 0, _ANYTHING))
        return Reading(shown, None, None, {}, Problem(InvalidReference.code, message, 0, _ANYTHING)), None
    try:
        reference = references.parse(text)
    except InvalidReference as error:
        message = str(error) if shown is text else redact_text(str(error))
        return Reading(shown, None, None, {}, Problem(error.code, message, error.position, error.expected)), None
    parts = reference.parts()
    target = reference.resolve(scope)
    canonical = target.canonical if target is not None else None
    if shown is not text:
        parts = {name: redact_text(value) for name, value in parts.items()}
        canonical = redact_text(canonical) if canonical is not None else None
    return Reading(shown, reference.form, canonical, parts), target


def _by_text(reading: Reading, target: Target | None, view: View | None = None) -> Explanation:
    """What text alone can tell of a reference."""
    if target is not None:
        return Explanation(
            reading,
            target.kind,
            tuple(spellings.written(target, view)),
            reason="the text alone says so; no index was asked",
            remedy="give --index to see what is known of it",
        )
    nothing = _NAMES_NOTHING.get(reading.form or "")
    if nothing:
        local = reading.form == "LocalRef" or reading.parts.get("scheme") == "file"
        reason = _NAMES_NOTHING["LocalRef"] if local else nothing
        return Explanation(reading, reason=reason, remedy=_REGISTER if local else _NOTHING_TO_DO)
    if reading.form == "NameRef":
        return Explanation(
            reading,
            reason="its text does not say what it is a name of: a model, data, an environment, …",
            remedy="give --index: there it means what goes by that name, models first",
        )
    return Explanation(
        reading,
        reason="it is relative, and there is no workspace to read it in",
        remedy="give --workspace azureml://subscriptions/S/resourceGroups/G/workspaces/W",
    )


def _why(reading: Reading, target: Target | None, meant: Target, node: Node) -> str:
    if node.state is State.UNRESOLVED and node.reason:
        return node.reason
    label = target.label if target is not None else reading.parts.get("label")
    if label:
        return f"the label {label} means this version as of this generation"
    if target is None:
        return f"the index holds one thing by that name, a {node.kind}"
    if target.text == meant.text:
        return f"its text names this {node.kind}"
    return f"the index knows what the text names, {target.canonical}, by this name"
