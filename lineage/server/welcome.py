"""Three questions to begin with, chosen from what an index holds, and their answers in a line each."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Final, NamedTuple

from lineage import catalogue
from lineage.answers import count
from lineage.catalogue import ModelRow
from lineage.errors import LineageError
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.impact import Impact, impact
from lineage.lookup import Found, find
from lineage.ports import Index, View
from lineage.trace import Trace, trace
from lineage.traversal import Budget

_LOOKED_AT: Final = 200
_BUDGET: Final = Budget(max_nodes=5_000)
_WORDS: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.DEPLOYMENT: ("deployment", "deployments"),
    Kind.MODEL_VERSION: ("model version", "model versions"),
    Kind.JOB: ("job", "jobs"),
    Kind.DATA_VERSION: ("data version", "data versions"),
    Kind.LOCATION: ("place", "places"),
    Kind.ENVIRONMENT_VERSION: ("environment", "environments"),
    Kind.CODE_VERSION: ("code snapshot", "code snapshots"),
}


class Question(NamedTuple):
    """A question in words, the command that asks it and its answer in a line."""

    question: str
    command: str
    answer: str


def questions(index: Index) -> tuple[Question, ...]:
    """Three questions that this index can answer; fewer when it holds too little, none when it cannot be read.

    They are about the model version that most rests on, among the first few hundred.
    """
    try:
        with index.view() as view:
            return _questions(view)
    except LineageError:
        return ()


def _questions(view: View) -> tuple[Question, ...]:
    rows = catalogue.models(view, limit=_LOOKED_AT).rows
    if not rows:
        return ()
    rows = tuple(row for row in rows if row.node.state is State.LIVE) or rows
    row = max(rows, key=lambda row: _interest(view, row))
    model = row.node
    called = f"{model.facts.get('name', model.text)}:{model.facts.get('version', '')}".rstrip(":")
    made = trace(view, Found(model), _BUDGET, ends=False)
    asked = [
        Question(f"Where did {called} come from?", f"lineage trace {_spelt(view, model)}", _origin(view, row, made)),
        Question(
            f"What rests on {called}?",
            f"lineage impact {_spelt(view, model)}",
            _affected(impact(view, (Found(model),), _BUDGET)),
        ),
    ]
    data = _deepest(made)
    if data is not None:
        asked.append(
            Question(
                f"What breaks if the data it began with was wrong ({_short(data)})?",
                f"lineage impact {_spelt(view, data)}",
                _affected(impact(view, (Found(data),), _BUDGET)),
            )
        )
    return tuple(asked)


def _interest(view: View, row: ModelRow) -> tuple[bool, bool, int]:
    struck = impact(view, (Found(row.node),), Budget(max_depth=4, max_nodes=200))
    return bool(row.jobs), any(one.traffic for one in struck.deployments), sum(struck.counts.values())


def _origin(view: View, row: ModelRow, made: Trace) -> str:
    if not row.jobs:
        return "no job is known to have made it; the trace says why"
    job = view.nodes(row.jobs[:1])[row.jobs[0]]
    behind = _counted(made, (Kind.DATA_VERSION, Kind.JOB, Kind.CODE_VERSION, Kind.ENVIRONMENT_VERSION))
    return f"job {job.facts.get('displayName') or _short(job)} ({row.provenance.lower()}); behind it {behind}"


def _affected(struck: Impact) -> str:
    parts = [count(struck.counts[kind], *_WORDS[kind]) for kind in _WORDS if struck.counts.get(kind)]
    live = [f"{_short(one.deployment)} takes {one.traffic} %" for one in struck.deployments if one.traffic]
    return (", ".join(parts) or "nothing that is known") + (f"; live: {', '.join(live[:3])}" if live else "")


def _counted(made: Trace, kinds: tuple[Kind, ...]) -> str:
    behind = [n for key, n in made.nodes.items() if made.depth[key] > 0 and made.things.get(key, key) == key]
    numbers = {kind: sum(node.kind is kind for node in behind) for kind in kinds}
    return ", ".join(count(numbers[kind], *_WORDS[kind]) for kind in kinds if numbers[kind]) or "nothing that is known"


def _deepest(made: Trace) -> Node | None:
    """The data that lies furthest behind: a registered data version, else a place."""
    for kind in (Kind.DATA_VERSION, Kind.LOCATION):
        found = [node for node in made.nodes.values() if node.kind is kind and made.depth[node.key] > 0]
        found = [node for node in found if node.state is State.LIVE] or found
        if found:
            return max(found, key=lambda node: (made.depth[node.key], node.text))
    return None


def _spelt(view: View, node: Node) -> str:
    """The shortest spelling that means this thing here, quoted for a shell where it must be."""
    short = _short(node)
    try:
        if find(view, short).node.key == node.key:
            return quote(short)
    except LineageError:
        pass
    return quote(node.text)


def _short(node: Node) -> str:
    name, version = node.facts.get("name"), node.facts.get("version")
    return f"{name}:{version}" if name and version else str(name or node.text.rsplit("/", 1)[-1])
