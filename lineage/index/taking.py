"""What a crawl staged, taken over: which records, gaps and scopes are new, changed or gone.

Absence counts only where the crawl has listed everything.
"""

# ruff: noqa: S608 - statements are put together from constants of this package; values are always bound.

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec

from lineage.errors import ShrinkRefused
from lineage.index import digest
from lineage.index.codes import GAP_REASONS
from lineage.index.rows import gap_row, unpack_gap
from lineage.index.schema import OPEN
from lineage.records import Gap, GapReason, Listing

_listing_decoder: Final = msgspec.json.Decoder(Listing)


def written_name(connection: sqlite3.Connection, key: Callable[[str], int], text: str) -> int:
    """The key of a name, which is in its table then."""
    named = key(text)
    connection.execute("INSERT OR IGNORE INTO name VALUES (?, ?, ?)", (named >> 57, named, text))
    return named


class Taking:
    """One publication's change of records, gaps and scopes, inside its transaction.

    Adds to `subjects` those whose records or gaps changed.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        key: Callable[[str], int],
        number: int,
        totals: digest.Totals,
        counts: Counter[str],
        subjects: set[int],
    ) -> None:
        self._connection = connection
        self._key = key
        self._number = number
        self._totals = totals
        self._counts = counts
        self._subjects = subjects

    def take(self, root: str, root_key: int, crawled: str, *, accept_shrink: bool) -> None:
        """Bring records, gaps and scopes of `root` to what the stage says."""
        listings = {
            key: _listing_decoder.decode(packed)
            for key, packed in self._connection.execute(
                "SELECT listing, packed FROM stage_listing WHERE root = ? ORDER BY listing", (root_key,)
            )
        }
        gaps = {
            (subject, kind): unpack_gap(packed)
            for subject, kind, packed in self._connection.execute(
                "SELECT subject, kind, packed FROM stage_gap WHERE root = ?", (root_key,)
            )
        }
        self._take_records(root, root_key, listings, {subject for subject, _ in gaps}, accept_shrink)
        self._take_gaps(root_key, gaps)
        self._take_scopes(root, root_key, crawled, listings, gaps)
        self._connection.execute("DELETE FROM listed WHERE root = ?", (root_key,))
        self._connection.execute("INSERT INTO listed SELECT * FROM stage_listing WHERE root = ?", (root_key,))

    def _take_records(
        self, root: str, root_key: int, listings: dict[int, Listing], gapped: set[int], accept_shrink: bool
    ) -> None:
        run = self._connection.execute
        held = run("SELECT count(*) FROM record WHERE root = ? AND valid_to = ?", (root_key, OPEN)).fetchone()[0]
        seen = run("SELECT count(*) FROM stage WHERE root = ?", (root_key,)).fetchone()[0]
        same_record = "r.bucket = s.bucket AND r.subject = s.subject AND r.kind = s.kind AND r.root = s.root"
        current = f"r.root = {root_key} AND r.valid_to = {OPEN}"
        gone = []
        if held:
            # Of a listing that was not made this time (its own parent is gone), only a whole crawl can tell.
            whole = bool(listings) and all(listing.complete for listing in listings.values())
            for bucket, subject, kind, listing in run(
                f"SELECT r.bucket, r.subject, r.kind, r.listing FROM record r LEFT JOIN stage s ON {same_record}"
                f" WHERE {current} AND s.subject IS NULL"
            ):
                listed = listings.get(listing)
                if subject not in gapped and (whole if listed is None else listed.complete):
                    gone.append((bucket, subject, kind))
            self._guard(root, held, seen, len(gone), accept_shrink)
        changed = []
        if held:
            changed = run(
                "SELECT s.bucket, s.subject, s.kind, s.scope, s.listing, s.hash FROM stage s"
                f" LEFT JOIN record r ON {same_record} AND {current}"
                f" WHERE s.root = {root_key} AND (r.subject IS NULL OR r.hash <> s.hash OR r.listing <> s.listing)"
            ).fetchall()
            self._connection.executemany(
                f"UPDATE record SET valid_to = {self._number} WHERE bucket = ? AND subject = ? AND kind = ?"
                f" AND root = {root_key} AND valid_to = {OPEN}",
                [*gone, *(row[:3] for row in changed)],
            )
            self._connection.executemany(
                f"INSERT INTO record VALUES (?, ?, ?, {root_key}, {self._number}, {OPEN}, ?, ?, ?)", changed
            )
            self._subjects.update(row[1] for row in gone)
            self._subjects.update(row[1] for row in changed)
        else:
            run(
                f"INSERT INTO record SELECT bucket, subject, kind, {root_key}, {self._number}, {OPEN},"
                f" scope, listing, hash FROM stage WHERE root = {root_key}"
            )
            self._subjects.update(row[0] for row in run(f"SELECT subject FROM stage WHERE root = {root_key}"))

    def _guard(self, root: str, held: int, seen: int, gone: int, accept_shrink: bool) -> None:
        if accept_shrink or (seen and gone * 2 <= held):
            return
        found = f"found {seen:,} of them again" if seen else "found none of them"
        raise ShrinkRefused(
            f"the index holds {held:,} records of {root} and this crawl {found}; nothing was published",
            "check that the identity may still read it; if things are really gone, crawl again with --accept-shrink",
        )

    def _take_gaps(self, root_key: int, gaps: dict[tuple[int, int], Gap]) -> None:
        number = self._number
        rows = self._connection.execute(
            f"SELECT subject, kind, packed FROM gap WHERE root = {root_key} AND valid_to = {OPEN}"
        ).fetchall()
        held = {(subject, kind): unpack_gap(packed) for subject, kind, packed in rows}
        gaps = gaps | self._last_seen(root_key, {place: gap for place, gap in gaps.items() if place not in held})
        closed = [place for place, gap in held.items() if _steady(gap) != _steady(gaps.get(place))]
        added = [place for place, gap in gaps.items() if _steady(gap) != _steady(held.get(place))]
        self._connection.executemany(
            f"UPDATE gap SET valid_to = {number} WHERE bucket = ? AND subject = ? AND kind = ?"
            f" AND root = {root_key} AND valid_to = {OPEN}",
            [(subject >> 57, subject, kind) for subject, kind in closed],
        )
        self._connection.executemany(
            f"INSERT INTO gap VALUES (?, ?, ?, {root_key}, {number}, {OPEN}, ?, ?)",
            [
                (place[0] >> 57, *place, GAP_REASONS.of[gaps[place].reason], msgspec.json.encode(gaps[place]))
                for place in added
            ],
        )
        for place in closed:
            self._totals.remove(digest.GAP, place[0] >> 57, gap_row(*place, GAP_REASONS.of[held[place].reason]))
        for place in added:
            self._totals.add(digest.GAP, place[0] >> 57, gap_row(*place, GAP_REASONS.of[gaps[place].reason]))
        self._counts["gaps"] += len(added) - len(closed)
        self._subjects.update(subject for subject, _ in (*closed, *added))

    def _last_seen(self, root_key: int, gaps: dict[tuple[int, int], Gap]) -> dict[tuple[int, int], Gap]:
        """Those of things that are gone and were there in an earlier crawl, saying when that was."""
        missing = {place: gap for place, gap in gaps.items() if gap.reason is GapReason.NOT_FOUND}
        run = self._connection.execute
        before = run(f"SELECT max(crawled) FROM scope WHERE root = {root_key} AND valid_to = {OPEN}").fetchone()[0]
        if not missing or before is None:
            return {}
        return {
            place: msgspec.structs.replace(gap, detail=f"{gap.detail}; last seen {before}")
            for place, gap in missing.items()
            if run(
                f"SELECT 1 FROM record WHERE bucket = ? AND subject = ? AND kind = ? AND root = {root_key}"
                f" AND valid_to = {OPEN}",
                (place[0] >> 57, *place),
            ).fetchone()
        }

    def _take_scopes(
        self,
        root: str,
        root_key: int,
        crawled: str,
        listings: dict[int, Listing],
        gaps: dict[tuple[int, int], Gap],
    ) -> None:
        run = self._connection.execute
        closed = run(
            "SELECT n.text, s.complete FROM scope s JOIN name n ON n.bucket = s.scope >> 57 AND n.key = s.scope"
            f" WHERE s.root = {root_key} AND s.valid_to = {OPEN}"
        ).fetchall()
        run(f"UPDATE scope SET valid_to = {self._number} WHERE root = {root_key} AND valid_to = {OPEN}")
        for text, complete in closed:
            self._totals.remove(digest.SCOPE, 0, (root, text, bool(complete)))
        lost = Counter(gap.scope for gap in gaps.values())
        by_scope: dict[str, list[Listing]] = {}
        for listing in listings.values():
            # The mark is for the next crawl; what is kept for ever need not hold it.
            by_scope.setdefault(listing.scope, []).append(msgspec.structs.replace(listing, mark=""))
        for scope in sorted({root, *lost, *by_scope}):
            inside = sorted(by_scope.get(scope, ()), key=lambda x: x.text)
            complete = bool(inside) and all(listing.complete for listing in inside)
            run(
                "INSERT INTO scope VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    root_key,
                    written_name(self._connection, self._key, scope),
                    self._number,
                    OPEN,
                    crawled,
                    complete,
                    lost[scope],
                    written_name(self._connection, self._key, msgspec.json.encode(inside).decode()),
                ),
            )
            self._totals.add(digest.SCOPE, 0, (root, scope, complete))


def _steady(gap: Gap | None) -> tuple[Any, ...] | None:
    """What of a gap counts as a change: not its wording, which may name a request."""
    return None if gap is None else (gap.subject, gap.scope, gap.reason, gap.status)
