"""The ledger: counts first, since when, and the trend, of gaps and of loose ends."""

from __future__ import annotations

import pytest

from lineage import ids, ledger
from lineage.graph import LooseReason
from lineage.ledger import GapFilter, LooseFilter, Point
from lineage.records import Gap, GapReason, RecordKind
from tests.memory import Estate, MemoryIndex, MemoryView, _generation

W1, W2 = (ids.workspace("s1", "g1", name).text for name in ("w1", "w2"))


def gap(name: str, reason: GapReason, scope: str = W1, kind: RecordKind = RecordKind.JOB) -> Gap:
    return Gap(f"{scope}/jobs/{name}", kind, scope, reason, f"HTTP {reason}", "grant it", 403)


def index(*generations: list[Gap]) -> MemoryIndex:
    """One generation for each list of gaps, published on the first, the second, … of November."""
    views = []
    for number, gaps in enumerate(generations, 1):
        made = _generation(number, {}, f"2026-11-{number:02}T00:00:00Z")
        views.append(MemoryView([], [], gaps=gaps, generation=made))
    return MemoryIndex(*views)


def asked(store: MemoryIndex, as_of: int | None = None, **wanted) -> ledger.Ledger[Gap]:
    with store.view(as_of) as view:
        return ledger.gaps(store, view, GapFilter(**wanted))


FORBIDDEN = gap("secret", GapReason.FORBIDDEN)
GONE = gap("gone", GapReason.NOT_FOUND)
FAR = gap("far", GapReason.FORBIDDEN, W2)
LISTING = Gap(f"{W1}/schedules", RecordKind.OTHER, W1, GapReason.UNREACHABLE, "no answer")


def test_counts_are_by_reason_and_by_scope_the_most_first():
    answer = asked(index([GONE, FORBIDDEN, FAR]))

    assert list(answer.reasons.items()) == [("FORBIDDEN", 2), ("NOT_FOUND", 1)]
    assert list(answer.scopes.items()) == [(W1, 2), (W2, 1)]
    assert answer.kinds == {"job": 3}


def test_entries_come_by_reason_then_scope_then_name():
    answer = asked(index([GONE, FAR, FORBIDDEN]))

    assert [entry.told for entry in answer.entries] == [FORBIDDEN, FAR, GONE]


def test_a_gap_is_held_since_it_was_last_seen_to_begin():
    """Not since it was first met: in between it was closed."""
    store = index([FORBIDDEN, GONE], [GONE], [FORBIDDEN, GONE], [FORBIDDEN, GONE])

    assert [(entry.told, entry.since, entry.began) for entry in asked(store).entries] == [
        (FORBIDDEN, 3, "2026-11-03T00:00:00Z"),
        (GONE, 1, "2026-11-01T00:00:00Z"),
    ]


def test_another_reason_is_another_gap():
    store = index([gap("x", GapReason.UNREACHABLE)], [gap("x", GapReason.FORBIDDEN)])

    assert [(entry.told.reason, entry.since) for entry in asked(store).entries] == [("FORBIDDEN", 2)]


def test_the_trend_counts_what_passes_the_filter_in_each_generation():
    store = index([FORBIDDEN], [FORBIDDEN, GONE, FAR], [GONE])

    assert asked(store).trend == (
        Point(1, "2026-11-01T00:00:00Z", 1),
        Point(2, "2026-11-02T00:00:00Z", 3),
        Point(3, "2026-11-03T00:00:00Z", 1),
    )
    assert [point.count for point in asked(store, reasons=(GapReason.FORBIDDEN,)).trend] == [1, 2, 0]


def test_an_earlier_generation_knows_nothing_of_later_ones():
    store = index([FORBIDDEN], [FORBIDDEN, GONE])
    answer = asked(store, 1)

    assert [entry.told for entry in answer.entries] == [FORBIDDEN]
    assert [point.generation for point in answer.trend] == [1]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"reasons": (GapReason.NOT_FOUND,)}, [GONE]),
        ({"scope": W2}, [FAR]),
        ({"kinds": (RecordKind.OTHER,)}, [LISTING]),
        ({"text": "SECR"}, [FORBIDDEN]),
        ({"scope": W2, "text": "secret"}, []),
    ],
)
def test_filters_narrow(wanted, expected):
    assert [entry.told for entry in asked(index([GONE, FORBIDDEN, FAR, LISTING]), **wanted).entries] == expected


def test_loose_ends_are_told_by_the_record_that_holds_them():
    estate = Estate()
    early, late = (estate.model(name, "1") for name in ("early", "late"))
    upload = estate.loose(early, "properties.modelUri", "m", LooseReason.LOCAL_UPLOAD)
    nobody = estate.loose(late, "properties.modelUri", "p", LooseReason.NO_WRITER)
    store = MemoryIndex(estate.view(1), estate.view(2))
    with store.view() as view:
        answer = ledger.loose_ends(store, view)
        few = ledger.loose_ends(store, view, LooseFilter((LooseReason.NO_WRITER,), estate.scope.text))
        none = ledger.loose_ends(store, view, LooseFilter(text="nowhere"))

    assert [(entry.told, entry.scope, entry.since) for entry in answer.entries] == [
        (upload, estate.scope.text, 1),
        (nobody, estate.scope.text, 1),
    ]
    assert [point.count for point in answer.trend] == [2, 2]
    assert [entry.told for entry in few.entries] == [nobody]
    assert none.entries == ()
