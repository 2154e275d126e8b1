"""From records to nodes and edges, for those subjects whose records or gaps changed.

records of a subject -> claims -> those that meet at the record itself are settled on the spot
                               -> the others are kept, and every meeting key that gained or lost one is settled again
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, Final

import msgspec

from lineage.ids import BUCKETS
from lineage.index import digest, nodes
from lineage.index.codes import RECORD_KINDS
from lineage.index.edges import EdgeWriter
from lineage.index.first import First, setup_of
from lineage.index.making import Maker
from lineage.index.meetings import Meetings
from lineage.index.rows import RECORD_COLUMNS, RecordRow, content_key, record_row, unpack_gap
from lineage.index.rules import Rules, own_meeting
from lineage.index.schema import OPEN
from lineage.index.staging import collision
from lineage.index.writing import insert
from lineage.ports import Reporter
from lineage.records import Gap, Record

CHUNK: Final = 2_000
_pack: Final = msgspec.msgpack.Encoder().encode

_RECORDS: Final = (
    f"SELECT {RECORD_COLUMNS} FROM json_each(?) j"
    " CROSS JOIN record r ON r.bucket = j.value >> 57 AND r.subject = j.value AND r.valid_to >= ?"
    " CROSS JOIN body b ON b.bucket = r.bucket AND b.subject = r.subject AND b.kind = r.kind AND b.hash = r.hash"
)


class Projection:
    """One publication's work on claims, edges and nodes, inside its transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        rules: Rules,
        known: Any,
        number: int,
        totals: digest.Totals,
        counts: Counter[str],
        key: Callable[[str], int],
        *,
        fresh: bool,
        everything: bool,
        helped: bool = False,
    ) -> None:
        """`fresh`: there is nothing in the index yet. `everything`: settle also what did not change.

        helped: a second process would make the same of what is committed (with `fresh`).
        """
        self._connection = connection
        self._rules = rules
        self._known = known
        self._number = number
        self._totals = totals
        self._counts = counts
        self._key = key
        self._fresh = fresh
        self._everything = everything
        self._helped = helped
        self._edges = EdgeWriter(connection, number, totals, counts, key)
        self._nodes = nodes.NodeWriter(connection, number, totals, counts, key, fresh=fresh)
        self._claim_rows: list[tuple[Any, ...]] = []
        self._touched: set[int] = set()
        self._owners: set[int] = set()
        self._with_records: dict[int, str] = {}
        self._without_records: set[int] = set()
        self._decode = msgspec.msgpack.Decoder(rules.Claim).decode
        self._meetings = Meetings() if everything else None

    def run(self, subjects: Sequence[int], report: Reporter) -> None:
        """Bring everything that depends on the records and gaps of `subjects` (sorted) up to date."""
        if self._fresh or self._everything:
            told = self._connection.execute(f"SELECT subject FROM record WHERE valid_to = {OPEN}")
            self._edges.recorded.update((subject, -1) for (subject,) in told)
        if self._fresh:
            self._fill(subjects, report)
        else:
            self._change(subjects, report)
        self._edges.flush()
        self._ends(report)
        self._nodes.finish()

    def _fill(self, subjects: Sequence[int], report: Reporter) -> None:
        maker = Maker(self._rules, self._known, self._number, self._key)
        first = First(self._connection, maker, self._edges, self._nodes, self._counts)
        first.run(subjects, report, setup_of(self._connection, self._number, self._known) if self._helped else None)
        self._without_records = first.bare

    def _change(self, subjects: Sequence[int], report: Reporter) -> None:
        with self._meetings or nullcontext():
            for start in range(0, len(subjects), CHUNK):
                self._chunk(subjects[start : start + CHUNK])
                report.progress("link", min(start + CHUNK, len(subjects)), len(subjects))
            self._write_claims()
            self._settle(report)

    def _chunk(self, subjects: Sequence[int]) -> None:
        before, after = self._records(subjects)
        gaps = self._gaps(subjects)
        old_claims = self._old_claims(subjects)
        settled: list[tuple[int, Any, Any]] = []
        owners: list[int] = []
        wanted: dict[int, nodes.NodeRow | None] = {}
        for subject in subjects:
            was, now = before.get(subject, {}), after.get(subject, {})
            self._count_records(subject, was, now)
            records = [now[kind].record() for kind in sorted(now)]
            if len(records) > 1 and any(record.subject != records[0].subject for record in records):
                raise collision(records[0].subject, next(r.subject for r in records if r.subject != records[0].subject))
            new: set[tuple[int, int, int]] = set()
            old = old_claims.get(subject, set())
            for record in records:
                owner = self._claims(subject, record, old, new, settled)
                owners.append(owner)
            owners.extend(self._key(own_meeting(was[kind].record())) for kind in was.keys() - now.keys())
            self._retire_claims(subject, old - new)
            if records:
                described = [self._rules.describe(record) for record in records]
                # What another root reads very well is not refused to this index.
                about = [gap for gap, kind, root in gaps.get(subject, ()) if kind not in now or now[kind].root == root]
                wanted[subject] = nodes.of_records(records, described, about)
                if subject in self._edges.recorded:
                    self._edges.meet(subject, records[0].subject)
                else:
                    self._with_records[subject] = records[0].subject
            else:
                self._without_records.add(subject)
        if self._everything:
            self._owners.update(owners)
        self._edges.replace(owners, settled)
        self._nodes.apply(wanted)
        if len(self._claim_rows) > CHUNK * 10:
            self._write_claims()

    def _records(
        self, subjects: Sequence[int]
    ) -> tuple[dict[int, dict[int, RecordRow]], dict[int, dict[int, RecordRow]]]:
        """What counted for each subject and kind before this publication, and what counts after it."""
        before: dict[int, dict[int, RecordRow]] = {}
        after: dict[int, dict[int, RecordRow]] = {}
        for values in self._connection.execute(_RECORDS, (_json(subjects), self._number)):
            row = RecordRow(*values)
            if row.valid_from < self._number:
                _prefer(before, row)
            if row.valid_to == OPEN:
                _prefer(after, row)
        return before, after

    def _count_records(self, subject: int, was: dict[int, RecordRow], now: dict[int, RecordRow]) -> None:
        self._counts["records"] += len(now) - len(was)
        for kind, row in was.items():
            if kind not in now or now[kind].hash != row.hash:
                self._totals.remove(digest.RECORD, subject >> 57, record_row(subject, kind, row.hash))
        for kind, row in now.items():
            if kind not in was or was[kind].hash != row.hash:
                self._totals.add(digest.RECORD, subject >> 57, record_row(subject, kind, row.hash))

    def _claims(
        self,
        subject: int,
        record: Record,
        old: set[tuple[int, int, int]],
        new: set[tuple[int, int, int]],
        settled: list[tuple[int, Any, Any]],
    ) -> int:
        """Keep what meets elsewhere, settle what meets here; returns the key of its own meeting."""
        own, key, meetings = own_meeting(record), self._key, self._meetings
        owner = key(own)
        kind = RECORD_KINDS.of[record.kind]
        alone = []
        for claim in self._rules.claims(record, self._known):
            if claim.meets == own:
                alone.append(claim)
                continue
            meets, payload = key(claim.meets), _pack(claim)
            name = (kind, meets, content_key(payload))
            if name in new:
                continue
            new.add(name)
            if meetings is not None:
                meetings.add(meets, payload)
            if name not in old:
                self._claim_rows.append((subject >> 57, subject, *name, self._number, OPEN))
                if meetings is None:
                    self._touched.add(meets)
        if alone:
            decided = self._rules.settle(own, alone)
            settled.append((owner, decided.links, decided.loose))
        return owner

    def _old_claims(self, subjects: Sequence[int]) -> dict[int, set[tuple[int, int, int]]]:
        found: dict[int, set[tuple[int, int, int]]] = {}
        rows = self._connection.execute(
            "SELECT c.subject, c.kind, c.meets, c.claim FROM json_each(?) j CROSS JOIN claim c"
            " ON c.bucket = j.value >> 57 AND c.subject = j.value AND c.valid_to = ?",
            (_json(subjects), OPEN),
        )
        for subject, *name in rows:
            found.setdefault(subject, set()).add((name[0], name[1], name[2]))
        return found

    def _retire_claims(self, subject: int, gone: set[tuple[int, int, int]]) -> None:
        if not gone:
            return
        self._touched.update(meets for _, meets, _ in gone)
        self._connection.executemany(
            f"UPDATE claim SET valid_to = {self._number} WHERE bucket = ? AND subject = ? AND kind = ? AND meets = ?"
            f" AND claim = ? AND valid_to = {OPEN}",
            [(subject >> 57, subject, *name) for name in gone],
        )

    def _write_claims(self) -> None:
        self._claim_rows.sort()
        insert(self._connection, "claim", self._claim_rows)
        self._claim_rows.clear()

    def _settle(self, report: Reporter) -> None:
        """Settle every touched meeting key with all the claims that are there now; in a full projection every key."""
        done = 0
        for met in self._met() if self._meetings is None else self._all_met(self._meetings):
            settled = []
            for meets, claims in met.items():
                text: str = claims[0].meets if claims else ""
                for claim in claims:
                    if claim.meets != text:
                        raise collision(text, claim.meets)
                if claims:
                    decided = self._rules.settle(text, claims)
                    settled.append((meets, decided.links, decided.loose))
            self._edges.replace(list(met), settled)
            if self._everything:
                self._owners.update(met)
            done += len(met)
            report.progress("settle", done)
        if self._everything:
            self._drop_orphans()

    def _all_met(self, meetings: Meetings) -> Iterator[dict[int, list[Any]]]:
        """Every meeting key with its claims."""
        for bucket in range(BUCKETS):
            met = meetings.take(bucket)
            yield {meets: [self._decode(packed) for packed in claims] for meets, claims in met.items()}

    def _met(self) -> Iterator[dict[int, list[Any]]]:
        """The touched meeting keys with the claims that are there now, said again by their records."""
        touched = sorted(self._touched)
        for start in range(0, len(touched), CHUNK):
            met: dict[int, list[Any]] = {key: [] for key in touched[start : start + CHUNK]}
            rows = self._connection.execute(
                "SELECT DISTINCT c.subject FROM json_each(?) j CROSS JOIN claim c INDEXED BY claim_meets"
                f" ON c.meets = j.value AND c.valid_to = {OPEN}",
                (_json(list(met)),),
            )
            subjects = sorted(subject for (subject,) in rows)
            for first in range(0, len(subjects), CHUNK):
                _, now = self._records(subjects[first : first + CHUNK])
                for kinds in now.values():
                    for row in kinds.values():
                        self._say_again(row.record(), met)
            yield met

    def _say_again(self, record: Record, met: dict[int, list[Any]]) -> None:
        said = set()
        for claim in self._rules.claims(record, self._known):
            claims = met.get(self._key(claim.meets))
            if claims is not None and (payload := _pack(claim)) not in said:
                said.add(payload)
                claims.append(claim)

    def _drop_orphans(self) -> None:
        """Close what meeting keys settled that the present rules do not know."""
        self._edges.flush()
        for table in ("edge_out", "loose"):
            rows = self._connection.execute(f"SELECT DISTINCT owner FROM {table} WHERE valid_to = {OPEN}").fetchall()
            orphans = sorted({owner for (owner,) in rows} - self._owners)
            if orphans:
                self._edges.replace(orphans, ())

    def _gaps(self, subjects: Sequence[int]) -> dict[int, list[tuple[Gap, int, int]]]:
        """The gaps of each subject, with the code of the record kind and the root."""
        rows = self._connection.execute(
            "SELECT g.subject, g.packed, g.kind, g.root FROM json_each(?) j CROSS JOIN gap g"
            " ON g.bucket = j.value >> 57 AND g.subject = j.value AND g.valid_to = ?",
            (_json(subjects), OPEN),
        )
        found: dict[int, list[tuple[Gap, int, int]]] = {}
        for subject, packed, kind, root in rows:
            found.setdefault(subject, []).append((unpack_gap(packed), kind, root))
        return found

    def _ends(self, report: Reporter) -> None:
        """Nodes that no record is about: those of gaps, and ends of edges."""
        ends = self._edges.ends
        for key, text in self._with_records.items():
            if key in ends and ends[key][0] != text:
                raise collision(text, ends[key][0])
        others = ends.keys() | self._edges.left | self._without_records
        others -= self._with_records.keys()
        others -= self._edges.recorded.keys()
        self._edges.recorded.clear()
        # Outputs come last, because they stand as their jobs do.
        outputs = {key for key, (_, kind) in ends.items() if kind == nodes.OUTPUT}
        self._bring(sorted(others - outputs), report)
        self._bring(sorted((others & outputs) | self._nodes.restated_outputs()), report)

    def _bring(self, keys: Sequence[int], report: Reporter) -> None:
        """Bring the nodes of `keys`, if no record is about them, to what gaps and edges say."""
        ends = self._edges.ends
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            current = self._nodes.current(chunk)
            recorded = self._recorded(chunk)
            gaps = self._gaps(chunk)
            ending = self._ending([key for key in chunk if key not in ends])
            wanted: dict[int, nodes.NodeRow | None] = {}
            named: dict[int, tuple[str, int]] = {}
            for key in chunk:
                if key in recorded:
                    self._same_text(key, ends, current)
                elif key in gaps and (row := nodes.of_gaps([gap for gap, _, _ in gaps[key]])) is not None:
                    wanted[key] = row
                elif key in ends or key in ending:
                    # An end that stays keeps the text and kind that it has.
                    named[key] = ends.get(key) or (current[key].text, current[key].kind)
                else:
                    wanted[key] = None
            jobs = {key: self._key(nodes.job_of(text)) for key, (text, kind) in named.items() if kind == nodes.OUTPUT}
            standing = self._nodes.standing(set(jobs.values()))
            for key, (text, kind) in named.items():
                wanted[key] = nodes.of_end(text, kind, standing.get(jobs[key]) if key in jobs else None)
            self._nodes.apply(wanted, current)
            report.progress("nodes", min(start + CHUNK, len(keys)), len(keys))

    def _same_text(self, key: int, ends: dict[int, tuple[str, int]], current: dict[int, nodes.NodeRow]) -> None:
        if key in ends and key in current and ends[key][0] != current[key].text:
            raise collision(current[key].text, ends[key][0])

    def _recorded(self, keys: Sequence[int]) -> set[int]:
        """Those of `keys` that a record is about."""
        if self._fresh:
            return set()
        rows = self._connection.execute(
            "SELECT DISTINCT r.subject FROM json_each(?) j CROSS JOIN record r ON r.bucket = j.value >> 57"
            " AND r.subject = j.value AND r.valid_to = ?",
            (_json(keys), OPEN),
        )
        return {key for (key,) in rows}

    def _ending(self, keys: Sequence[int]) -> set[int]:
        """Those of `keys` in which an edge ends."""
        found: set[int] = set()
        for table, column in (("edge_out", "effect"), ("edge_in", "cause")):
            rows = self._connection.execute(
                f"SELECT j.value FROM json_each(?) j WHERE EXISTS (SELECT 1 FROM {table} e"
                f" WHERE e.bucket = j.value >> 57 AND e.{column} = j.value AND e.valid_to = {OPEN})",
                (_json(keys),),
            )
            found.update(key for (key,) in rows)
        return found


def _prefer(kept: dict[int, dict[int, RecordRow]], row: RecordRow) -> None:
    rows = kept.setdefault(row.subject, {})
    other = rows.get(row.kind)
    if other is None or row.precedence() > other.precedence():
        rows[row.kind] = row


def _json(keys: Sequence[int]) -> str:
    return msgspec.json.encode(keys).decode()
