"""`gaps` and `looseEnds`: the ledger over GraphQL."""

from __future__ import annotations

from lineage.api.execution import Request, Service
from lineage.graph import LooseReason
from lineage.records import GapReason
from tests.api.story import WORKSPACE, credit
from tests.memory import MemoryIndex

EARLY, LATE = "2026-10-01T06:00:00Z", "2026-11-01T06:00:00Z"


def service() -> Service:
    """Two generations: the job `secret` is forbidden in both, `lost` is gone in the second."""
    before, after = credit(), credit()
    for estate in (before, after):
        estate.gap(estate.job("secret"), GapReason.FORBIDDEN, "HTTP 403", "grant jobs/read")
    after.gap(after.job("lost"), GapReason.NOT_FOUND, "HTTP 404")
    after.loose(after.data("bureau-extracts", "1"), "properties.dataUri", "raw", LooseReason.NO_WRITER)
    return Service(MemoryIndex(before.view(1, EARLY), after.view(2, LATE)))


def ask(query: str, **variables: object) -> dict:
    response = service().answer(Request(query, variables))
    assert "errors" not in response.body, response.body["errors"]
    return response.body["data"]


def test_gaps_tell_counts_trend_since_and_remedy() -> None:
    """Counts over all pages, the entries in order of their reasons."""
    answer = ask(
        "{ gaps(first: 5) { totalCount generation { number } reasonCounts { reason count } scopeCounts { scope count }"
        " trend { generation published count } edges { node { subject recordKind scope reason detail remedy status"
        " root since sinceTime } } pageInfo { hasNextPage } } }"
    )["gaps"]

    assert answer == {
        "totalCount": 2,
        "generation": {"number": 2},
        "reasonCounts": [{"reason": "FORBIDDEN", "count": 1}, {"reason": "NOT_FOUND", "count": 1}],
        "scopeCounts": [{"scope": WORKSPACE, "count": 2}],
        "trend": [
            {"generation": 1, "published": EARLY, "count": 1},
            {"generation": 2, "published": LATE, "count": 2},
        ],
        "edges": [
            {
                "node": {
                    "subject": f"{WORKSPACE}/jobs/secret",
                    "recordKind": "job",
                    "scope": WORKSPACE,
                    "reason": "FORBIDDEN",
                    "detail": "HTTP 403",
                    "remedy": "grant jobs/read",
                    "status": None,
                    "root": None,
                    "since": 1,
                    "sinceTime": EARLY,
                }
            },
            {
                "node": {
                    "subject": f"{WORKSPACE}/jobs/lost",
                    "recordKind": "job",
                    "scope": WORKSPACE,
                    "reason": "NOT_FOUND",
                    "detail": "HTTP 404",
                    "remedy": None,
                    "status": None,
                    "root": None,
                    "since": 2,
                    "sinceTime": LATE,
                }
            },
        ],
        "pageInfo": {"hasNextPage": False},
    }


def test_loose_ends_tell_the_thing_that_holds_them() -> None:
    answer = ask(
        "{ looseEnds(first: 5) { totalCount edges { since of { reference kind } scope node { reason field value } } } }"
    )["looseEnds"]

    assert answer["totalCount"] == 2
    assert answer["edges"][1] == {
        "since": 2,
        "of": {"reference": f"{WORKSPACE}/data/bureau-extracts/versions/1", "kind": "DATA_VERSION"},
        "scope": WORKSPACE,
        "node": {"reason": "NO_WRITER", "field": "properties.dataUri", "value": "raw"},
    }


def test_both_lists_are_paged_within_their_generation() -> None:
    for field, total in (("gaps", 2), ("looseEnds", 2)):
        query = f"query ($after: String) {{ {field}(first: 1, after: $after) {{ {{}} }} }}".replace(
            "{}", "totalCount edges { node { reason } } pageInfo { endCursor hasNextPage }"
        )
        reasons, after = [], None
        while True:
            page = ask(query, after=after)[field]
            assert page["totalCount"] == total
            reasons += [edge["node"]["reason"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert len(reasons) == len(set(reasons)) == total


def test_filters_narrow_and_an_earlier_generation_answers_as_it_was() -> None:
    query = "query ($filter: GapFilter, $asOf: AsOf) { gaps(first: 9, filter: $filter, asOf: $asOf) { totalCount } }"
    for wanted, as_of, expected in (
        ({"reasons": ["NOT_FOUND"]}, None, 1),
        ({"kinds": ["job"]}, None, 2),
        ({"kinds": ["run"]}, None, 0),
        ({"text": "SECRET"}, None, 1),
        ({"workspace": WORKSPACE}, None, 2),
        ({}, {"generation": 1}, 1),
    ):
        assert ask(query, filter=wanted, asOf=as_of)["gaps"]["totalCount"] == expected, wanted


def test_a_kind_that_is_none_is_refused_with_those_there_are() -> None:
    response = service().answer(Request('{ gaps(first: 1, filter: { kinds: ["ship"] }) { totalCount } }'))

    (error,) = response.body["errors"]
    assert error["extensions"]["code"] == "invalid_option"
    assert "model_version" in error["extensions"]["remedy"]


def test_the_ledger_counts_what_the_status_counts() -> None:
    answer = ask(
        "{ gaps(first: 1) { totalCount } looseEnds(first: 1) { totalCount }"
        " status { gapCounts { count } looseEndCounts { count } } }"
    )

    assert answer["gaps"]["totalCount"] == sum(one["count"] for one in answer["status"]["gapCounts"])
    assert answer["looseEnds"]["totalCount"] == sum(one["count"] for one in answer["status"]["looseEndCounts"])


class Counting(MemoryIndex):
    """Counts how often generations are listed: once for each ledger that is read."""

    listed = 0

    def generations(self):  # type: ignore[no-untyped-def]
        self.listed += 1
        return super().generations()


def test_the_pages_of_a_ledger_are_cut_from_one_reading() -> None:
    """Five gaps in five pages are read once; another filter is another ledger."""
    estate = credit()
    for number in range(5):
        estate.gap(estate.job(f"lost_{number}"), GapReason.NOT_FOUND, "HTTP 404")
    index = Counting(estate.view(1, EARLY))
    asked = Service(index)
    query = (
        "query ($after: String, $reasons: [GapReason!]) { gaps(first: 1, after: $after, filter: {reasons: $reasons})"
    )
    query += " { totalCount edges { node { subject } } pageInfo { endCursor hasNextPage } } }"

    seen, after = [], None
    while True:
        page = asked.answer(Request(query, {"after": after, "reasons": None})).body["data"]["gaps"]
        seen += [edge["node"]["subject"].rsplit("/", 1)[1] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert seen == [f"lost_{number}" for number in range(5)]
    assert index.listed == 1
    asked.answer(Request(query, {"reasons": ["NOT_FOUND"]}))
    assert index.listed == 2
