"""Which nodes exist, in what state, and what is written about them.

A node exists exactly when a record or a gap is about it, or an edge ends in it. Its state is that of the
record, unless the service refused it since: then the gap says so and the record stays as the last that was known.
Two kinds have no record of their own: a job's output stands as its job does, and a storage place is LIVE, because
nothing but its being named can be known of it. Any other end that nobody read is UNRESOLVED.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from lineage import ids
from lineage.graph import State
from lineage.ids import Kind
from lineage.index import digest
from lineage.index.codes import KINDS, STATES
from lineage.index.rows import location
from lineage.index.rules import Description
from lineage.index.schema import OPEN
from lineage.index.staging import collision
from lineage.index.writing import insert
from lineage.records import Gap, GapReason, Record, RecordKind, canonical_json

NEVER_READ: Final = "named by something that was read, but never read itself"
NEVER_READ_REMEDY: Final = "crawl the workspace or registry that it lives in"

_KIND_OF: Final = {
    RecordKind.WORKSPACE: Kind.WORKSPACE,
    RecordKind.REGISTRY: Kind.REGISTRY,
    RecordKind.DATASTORE: Kind.DATASTORE,
    RecordKind.MODEL: Kind.MODEL,
    RecordKind.MODEL_VERSION: Kind.MODEL_VERSION,
    RecordKind.DATA_VERSION: Kind.DATA_VERSION,
    RecordKind.ENVIRONMENT_VERSION: Kind.ENVIRONMENT_VERSION,
    RecordKind.COMPONENT_VERSION: Kind.COMPONENT_VERSION,
    RecordKind.CODE_VERSION: Kind.CODE_VERSION,
    RecordKind.JOB: Kind.JOB,
    RecordKind.RUN: Kind.JOB,
    RecordKind.ENDPOINT: Kind.ENDPOINT,
    RecordKind.DEPLOYMENT: Kind.DEPLOYMENT,
    RecordKind.OTHER: Kind.OTHER,
    RecordKind.MLFLOW_MODEL: Kind.MODEL,
    RecordKind.MLFLOW_MODEL_VERSION: Kind.MODEL_VERSION,
    RecordKind.MLFLOW_RUN: Kind.JOB,
    RecordKind.MLFLOW_LOGGED_MODEL: Kind.ASSET_VERSION,
    RecordKind.MLFLOW_DATASET: Kind.DATA_VERSION,
}


class NodeRow(NamedTuple):
    """What a `node` row says, in the order of its columns after the validity."""

    kind: int
    state: int
    text: str
    seen: str
    reason: str
    remedy: str
    facts: bytes


def of_records(records: Sequence[Record], described: Sequence[Description | None], gaps: Sequence[Gap]) -> NodeRow:
    """The node that these records (at least one, in order of kind) are about."""
    first = records[0]
    facts: dict[str, Any] = {}
    archived = False
    kind: Kind | None = None
    for about in described:
        if about is not None:
            facts = {**about.facts, **facts}
            archived = archived or about.archived
            kind = kind or about.kind
    state, reason, remedy = _standing({r.kind for r in records}, archived, gaps)
    return NodeRow(
        KINDS.of[kind or _KIND_OF.get(first.kind, Kind.OTHER)],
        STATES.of[state],
        first.subject,
        next((r.seen for r in records if r.seen), ""),
        reason,
        remedy,
        canonical_json(facts),
    )


def of_gaps(gaps: Sequence[Gap]) -> NodeRow | None:
    """The node that only gaps are about; None when they are about a listing, which is no thing."""
    text = gaps[0].subject
    if not is_thing(text):
        return None
    state, reason, remedy = _standing(set(), False, gaps)
    kind = min(_KIND_OF.get(gap.kind, Kind.OTHER) for gap in gaps)
    return NodeRow(KINDS.of[kind], STATES.of[state], text, "", reason, remedy, b"{}")


def of_end(text: str, kind: int, job: tuple[int, str, str] | None) -> NodeRow:
    """The node that only edges name. `job` is state, reason and remedy of the job, when it is a job's output."""
    if kind == _LOCATION:
        return NodeRow(kind, STATES.of[State.LIVE], text, "", "", "", b"{}")
    if kind == OUTPUT and job is not None:
        return NodeRow(kind, job[0], text, "", job[1], job[2], b"{}")
    return NodeRow(kind, STATES.of[State.UNRESOLVED], text, "", NEVER_READ, NEVER_READ_REMEDY, b"{}")


def counted(row: NodeRow) -> tuple[str, str, str]:
    """What the digest counts of a node."""
    return row.text, KINDS.values[row.kind], STATES.values[row.state]


def job_of(output: str) -> str:
    """The job's text in the text of its output."""
    return output.rpartition("/outputs/")[0]


def is_thing(text: str) -> bool:
    """Whether a subject is a thing (pairs of segments) and not a listing (`…/models`, `…/models/N/versions`)."""
    scope = ids.scope_of(text)
    return scope is not None and text.count("/", len(scope.text)) % 2 == 0


def _standing(kinds: set[RecordKind], archived: bool, gaps: Sequence[Gap]) -> tuple[State, str, str]:
    """State, reason and remedy of a thing with records of these kinds and these gaps."""
    # What the run history keeps to itself says nothing of a job whose own answer was read.
    about = [gap for gap in gaps if not (gap.kind is RecordKind.RUN and RecordKind.JOB in kinds)]
    for reason, state in ((GapReason.NOT_FOUND, State.DELETED), (GapReason.FORBIDDEN, State.FORBIDDEN)):
        for gap in about:
            if gap.reason is reason:
                return state, gap.detail, gap.remedy
    said = (gaps[0].detail, gaps[0].remedy) if gaps else ("", "")
    if kinds:
        return (State.ARCHIVED if archived else State.LIVE, *said)
    return State.UNRESOLVED, *said


class NodeWriter:
    """Brings node rows to what they should be and keeps count and digest."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        number: int,
        totals: digest.Totals,
        counts: Counter[str],
        key: Callable[[str], int],
        *,
        fresh: bool,
    ) -> None:
        self._connection = connection
        self._number = number
        self._totals = totals
        self._counts = counts
        self._key = key
        self._fresh = fresh
        self._places: list[tuple[int, int, str, int]] = []
        self._restated: list[str] = []

    def current(self, keys: Iterable[int]) -> dict[int, NodeRow]:
        """Rows valid until now, of those keys that have one."""
        if self._fresh:
            return {}
        found = self._connection.execute(
            "SELECT n.key, n.kind, n.state, n.text, n.seen, n.reason, n.remedy, n.facts FROM json_each(?) j"
            " CROSS JOIN node n ON n.bucket = j.value >> 57 AND n.key = j.value WHERE n.valid_to = ?",
            (msgspec.json.encode(list(keys)).decode(), OPEN),
        )
        return {key: NodeRow(*row) for key, *row in found}

    def apply(self, wanted: dict[int, NodeRow | None], current: dict[int, NodeRow] | None = None) -> None:
        """Make each key's node what `wanted` says; None means that there is none."""
        current = self.current(wanted) if current is None else current
        added, closed = [], []
        number = self._number
        kinds: Counter[int] = Counter()
        entered: list[tuple[int, tuple[Any, ...]]] = []
        for key, row in wanted.items():
            before = current.get(key)
            if before == row:
                continue
            if not self._fresh:
                self._restate(before, row)
            if before is not None:
                closed.append((number, key >> 57, key, OPEN))
                self._totals.remove(digest.NODE, key >> 57, counted(before))
                kinds[before.kind] -= 1
            if row is not None:
                if before is not None and before.text != row.text:
                    raise collision(before.text, row.text)
                added.append((key >> 57, key, number, OPEN, *row))
                entered.append((key >> 57, counted(row)))
                kinds[row.kind] += 1
                if row.kind == _LOCATION:
                    self._places.append(location(row.text, key, self._key))
        self._totals.add_all(digest.NODE, entered)
        for kind, change in kinds.items():
            self._counts["nodes"] += change
            self._counts[f"nodes.{KINDS.values[kind]}"] += change
        self._connection.executemany(
            "UPDATE node SET valid_to = ? WHERE bucket = ? AND key = ? AND valid_to = ?", closed
        )
        added.sort()
        insert(self._connection, "node", added)

    def take(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Nodes of an index that had none, as `node` rows, which the digest holds already."""
        kinds = Counter(row[4] for row in rows)
        for kind, found in kinds.items():
            self._counts["nodes"] += found
            self._counts[f"nodes.{KINDS.values[kind]}"] += found
        self._places += [location(row[6], row[1], self._key) for row in rows if row[4] == _LOCATION]
        insert(self._connection, "node", sorted(rows))

    def _restate(self, before: NodeRow | None, row: NodeRow | None) -> None:
        """Note a job whose outputs may stand otherwise now."""
        either = row or before
        if either is None or either.kind != _JOB:
            return
        if before is None or row is None or _standing_of(before) != _standing_of(row):
            self._restated.append(either.text)

    def standing(self, jobs: Iterable[int]) -> dict[int, tuple[int, str, str]]:
        """State, reason and remedy of these jobs, as they are now."""
        found = self._connection.execute(
            "SELECT n.key, n.state, n.reason, n.remedy FROM json_each(?) j CROSS JOIN node n"
            " ON n.bucket = j.value >> 57 AND n.key = j.value WHERE n.valid_to = ?",
            (msgspec.json.encode(list(jobs)).decode(), OPEN),
        )
        return {key: (state, reason, remedy) for key, state, reason, remedy in found}

    def restated_outputs(self) -> set[int]:
        """Outputs of the jobs whose state has changed."""
        found: set[int] = set()
        for job in self._restated:
            rows = self._connection.execute(
                "SELECT key FROM node WHERE kind = ? AND text > ? AND text < ? AND valid_to = ?",
                (OUTPUT, f"{job}/outputs/", f"{job}/outputs0", OPEN),  # '0' is the character after '/'
            )
            found.update(key for (key,) in rows)
        return found

    def finish(self) -> None:
        """Write the places that were met."""
        self._places.sort()
        insert(self._connection, "location", self._places, "ON CONFLICT DO NOTHING")


def _standing_of(row: NodeRow) -> tuple[int, str, str]:
    return row.state, row.reason, row.remedy


_LOCATION: Final = KINDS.of[Kind.LOCATION]
_JOB: Final = KINDS.of[Kind.JOB]
OUTPUT: Final = KINDS.of[Kind.JOB_OUTPUT]
