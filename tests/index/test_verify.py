"""A recount finds what was changed behind the program's back; a rebuild finds what the records do not say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from lineage.graph import Certainty, Derivation, LooseReason, Relation, State
from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index
from lineage.index.codes import (
    CERTAINTIES,
    DERIVATIONS,
    GAP_REASONS,
    KINDS,
    LOOSE_REASONS,
    RECORD_KINDS,
    RELATIONS,
    STATES,
    Codes,
)
from lineage.index.schema import HISTORY, INDEXES, OPEN, STAGING, TABLES
from lineage.records import Gap, GapReason, Listing, RecordKind
from tests.index.conftest import publish
from tests.index.toy import WS, ToyRules, job, store


@pytest.fixture
def grown(index: SqliteIndex) -> SqliteIndex:
    """Three generations with everything in them."""
    jobs = Listing(f"{WS}/jobs", WS, True, 3)
    gap = Gap(f"{WS}/jobs/lost", RecordKind.JOB, WS, GapReason.FORBIDDEN, "403")
    one = job("a", listing=jobs.text, made=["o"], writes=["lake/x"])
    two = job("b", listing=jobs.text, reads=["lake/x"], odd=["?"])
    publish(index, [one, two, gap, jobs])
    publish(index, [one, two, job("c", listing=jobs.text, writes=["lake/x"]), jobs])
    publish(index, [one, two, store("lake", "https://acct.blob.core.windows.net/c"), jobs])
    return index


def change(index: SqliteIndex, statement: str) -> None:
    index.close()
    connection = sqlite3.connect(index.path)
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_sound_index_has_no_difference(grown: SqliteIndex) -> None:
    verification = grown.verify()

    assert (verification.difference, verification.generation, verification.generations) == ("", 3, 3)
    assert verification.digest == grown.digest
    assert verification.rows["edge_out"] == verification.rows["edge_in"] > 0
    assert {"body", "record", "node", "gap", "loose", "scope"} <= verification.rows.keys()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "UPDATE body SET stored = CAST(replace(stored, '\"o\"', '\"q\"') AS BLOB)",
            "is not the one whose hash was published",
        ),
        ("UPDATE body SET stored = CAST('[1' AS BLOB)", "cannot be read"),
        ("UPDATE edge_out SET relation = 99", "cannot be read"),
        ("DELETE FROM body WHERE kind = 9", "has lost its body"),
        ("DELETE FROM edge_in WHERE valid_to < 1000", "is in edge_out and not in edge_in"),
        (f"UPDATE edge_in SET certainty = 2 WHERE valid_to = {OPEN}", "is in edge_out and not in edge_in"),
        ("UPDATE node SET text = text || 'x' WHERE kind = 9", "is kept under another key"),
        (f"UPDATE node SET state = 3 WHERE valid_to = {OPEN}", "was published with digest"),
        (f"DELETE FROM node WHERE kind = 10 AND valid_to = {OPEN}", "ends in no node"),
        ("UPDATE record SET valid_from = 2 WHERE valid_from = 1", "generation 1 was published with"),
        ("DELETE FROM gap", "was published with 1 gaps, 0 are there"),
        ("UPDATE loose SET reason = 3", "was published with digest"),
        ("UPDATE scope SET complete = 0", "generation 1 was published with digest"),
        ("UPDATE generation SET digest = replace(digest, substr(digest, 1, 1), 'z') WHERE number = 2", "generation 2"),
        ("DELETE FROM location", "is missing in the order of places"),
        ("UPDATE total SET amount = zeroblob(32) WHERE part = 2", "the running total of node"),
        (
            f"INSERT INTO gap SELECT bucket, subject, kind, root, 9, {OPEN}, reason, packed FROM gap",
            "there are rows of generation 9, which was never published",
        ),
    ],
)
def test_a_changed_row_is_found(grown: SqliteIndex, statement: str, sentence: str) -> None:
    """Whatever is changed, in whichever generation, the first difference is named."""
    change(grown, statement)

    assert sentence in grown.verify().difference


def test_a_rebuild_finds_an_edge_that_no_record_says(grown: SqliteIndex) -> None:
    """Consistently forged, with totals and digest: only linking again can tell."""
    assert grown.rebuild().difference == ""
    grown.close()
    connection = sqlite3.connect(grown.path)
    connection.execute("UPDATE generation SET digest = ? WHERE number = 3", ("0" * 64,))
    connection.commit()
    connection.close()

    rebuilt = grown.rebuild()
    assert (rebuilt.generation, rebuilt.published) == (3, "0" * 64)
    assert rebuilt.rebuilt != rebuilt.published
    assert rebuilt.difference != ""


def test_a_rebuild_under_other_rules_says_which(make: Callable[..., SqliteIndex]) -> None:
    index = make(rules=ToyRules(1))
    publish(index, [job("a", odd=["b"]), job("b")])

    rebuilt = open_index(index.path, rules=ToyRules(2)).rebuild()
    assert rebuilt.difference.endswith("under rules 2; it was linked under rules 1")
    assert len(index.generations()) == 1


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (KINDS, Kind),
        (RECORD_KINDS, RecordKind),
        (RELATIONS, Relation),
        (DERIVATIONS, Derivation),
        (CERTAINTIES, Certainty),
        (STATES, State),
        (GAP_REASONS, GapReason),
        (LOOSE_REASONS, LooseReason),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_word_has_a_code(codes: Codes, words: type) -> None:  # type: ignore[type-arg]
    """A word without one could not be stored; a new word is appended."""
    assert sorted(codes.words) == sorted(words)  # type: ignore[call-overload]
    assert [codes.of[word] for word in codes.words] == list(range(len(codes.words)))


def test_codes_that_were_stored_once_never_move() -> None:
    """The first and the last of each tuple, as they stand in files that users have."""
    assert (KINDS.of["Workspace"], KINDS.of["ModelVersion"], KINDS.of["Job"], KINDS.of["Other"]) == (0, 3, 9, 16)
    assert (RECORD_KINDS.of["workspace"], RECORD_KINDS.of["run"], RECORD_KINDS.of["other"]) == (0, 10, 13)
    assert (RELATIONS.of["wasGeneratedBy"], RELATIONS.of["used"], RELATIONS.of["sameAs"]) == (0, 2, 10)
    assert (STATES.of["LIVE"], STATES.of["UNRESOLVED"]) == (0, 4)
    assert (DERIVATIONS.of["CONTAINMENT"], CERTAINTIES.of["AMBIGUOUS"]) == (5, 2)
    assert (GAP_REASONS.of["TOO_LARGE"], GAP_REASONS.of["NOT_LISTED"], LOOSE_REASONS.of["EXTERNAL"]) == (9, 10, 7)


def test_the_schema_can_be_spread_over_machines() -> None:
    """Every large table is keyed by its bucket first; nothing is unique, foreign or triggered beside the keys."""
    reference = {"generation", "published", "scope", "listed", "checkpoint", "stage_listing"}
    connection = sqlite3.connect(":memory:")
    connection.executescript(TABLES + STAGING + ";".join([*INDEXES.values(), *HISTORY.values()]))
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    assert len(tables) >= 15
    for table in set(tables) - reference:
        columns = sorted((row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({table})") if row[5])
        assert columns[0] == (1, "bucket"), table
        assert connection.execute(f"PRAGMA foreign_key_list({table})").fetchall() == []
        assert {row[3] for row in connection.execute(f"PRAGMA index_list({table})") if row[2]} <= {"pk"}
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'").fetchone() == (0,)
    connection.close()
