"""`difference`, `modelDifference` and `coverage` over GraphQL say what the pure questions say, page by page."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from lineage import comparison, coverage, difference, lookup
from lineage.api.execution import Request, Service
from lineage.api.limits import measure
from lineage.api.session import Session
from lineage.cli import run
from lineage.errors import QueryTooSlow
from lineage.ids import Kind
from lineage.index import open_index
from lineage.ports import Index, NodeFilter
from lineage.records import GapReason, RecordKind
from tests.memory import Estate, MemoryIndex
from tests.unit.test_comparison import two
from tests.unit.test_difference import estate

CHANGES = """query ($from: AsOf!, $to: AsOf, $of: NodeRef, $first: Int!, $after: String, $links: String,
  $f: ChangeFilter) {
  difference(from: $from, to: $to, of: $of) {
    before { number } after { number } of { reference } knownBefore knownAfter isComplete
    thingCounts { kind change count } linkCounts { relation change count } gapCounts { reason change count }
    looseEndCounts { reason change count } broughtBy { generation { number root } things links gaps looseEnds }
    things(first: $first, after: $after, filter: $f) { totalCount pageInfo { hasNextPage endCursor }
      edges { node { change generation before { reference state } after { reference } facts { name before after } } } }
    links(first: $first, after: $links) { totalCount pageInfo { hasNextPage endCursor }
      edges { node { change relation name generation effect { reference } cause { reference }
        before { certainty } after { certainty since evidence { field } } } } }
    gaps(first: 5) { edges { node { change subject before after generation } } }
    looseEnds(first: 5) { totalCount edges { node { change record field } } }
    scopes(first: 5) { totalCount }
  } }"""


def asked(service: Service, query: str, **variables: Any) -> dict[str, Any]:
    response = service.answer(Request(query, variables))
    assert "errors" not in response.body, response.body["errors"]
    data: dict[str, Any] = response.body["data"]
    return data


def refused(service: Service, query: str, **variables: Any) -> str:
    return str(service.answer(Request(query, variables)).body["errors"][0]["extensions"]["code"])


@pytest.fixture
def three() -> Index:
    one, two_, last = estate()[0], estate("again")[0], estate("again", stage="Production", sure=False)[0]
    last.gap(last.job("secret"), GapReason.FORBIDDEN)
    return MemoryIndex(
        *(told.view(number, f"2026-0{number}-01T00:00:00Z") for number, told in enumerate((one, two_, last), 1))
    )  # type: ignore[return-value]


def test_all_pages_together_are_what_the_pure_question_says(three: Index) -> None:
    """Each list walked to its end, one entry a page."""
    service = Service(three)
    with three.view(1) as then, three.view() as now:
        told = difference.difference(then, now)
        everything = difference.Wanted()
        nodes = difference.nodes(told.changes, everything, 0, 99)[1]
        links = difference.edges(told.changes, everything, 0, 99)[1]
    things, seen, after, more = [], [], None, None
    for _ in range(20):
        page = asked(service, CHANGES, **{"from": {"generation": 1}, "first": 1, "after": after, "links": more})[
            "difference"
        ]
        things += page["things"]["edges"]
        seen += page["links"]["edges"]
        after = page["things"]["pageInfo"]["endCursor"] or after
        more = page["links"]["pageInfo"]["endCursor"] or more

    assert [one["node"]["change"] for one in things] == [row.change.value for row in nodes]
    assert [(one["node"]["before"] or one["node"]["after"])["reference"] for one in things] == [
        (row.before or row.after).text  # type: ignore[union-attr]
        for row in nodes
    ]
    assert [one["node"]["generation"] for one in things] == [row.generation for row in nodes]
    assert [(one["node"]["effect"]["reference"], one["node"]["relation"], one["node"]["change"]) for one in seen] == [
        (row.effect, row.edge.relation.name, row.change.value) for row in links
    ]
    assert page["things"]["totalCount"] == len(nodes)


def test_a_difference_says_what_changed_and_which_crawl_brought_it(three: Index) -> None:
    page = asked(Service(three), CHANGES, **{"from": {"instant": "2026-02-15T00:00:00Z"}, "first": 5})["difference"]

    assert (page["before"]["number"], page["after"]["number"], page["of"]) == (2, 3, None)
    assert page["thingCounts"] == [
        {"kind": "JOB", "change": "ADDED", "count": 1},
        {"kind": "MODEL_VERSION", "change": "CHANGED", "count": 1},
    ]
    assert page["gapCounts"] == [{"reason": "FORBIDDEN", "change": "ADDED", "count": 1}]
    assert page["broughtBy"] == [
        {
            "generation": {"number": 3, "root": "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"},
            "things": 2,
            "links": 1,
            "gaps": 1,
            "looseEnds": 0,
        }
    ]
    assert page["things"]["edges"][1]["node"]["facts"] == [
        {"name": "stage", "before": "Staging", "after": "Production"}
    ]
    link = page["links"]["edges"][0]["node"]
    assert (link["change"], link["before"]["certainty"], link["after"]["certainty"]) == (
        "CHANGED",
        "CONFIRMED",
        "INFERRED",
    )


def test_of_one_thing_and_of_none(three: Index) -> None:
    service = Service(three)
    page = asked(service, CHANGES, **{"from": {"generation": 1}, "of": {"model": "credit:1"}, "first": 50})[
        "difference"
    ]

    assert page["of"]["reference"].endswith("/models/credit/versions/1")
    assert page["things"]["totalCount"] == 7
    assert refused(service, CHANGES, **{"from": {"generation": 1}, "of": {"model": "nobody:1"}, "first": 1}) == (
        "unknown_reference"
    )
    assert refused(service, CHANGES, **{"from": {"generation": 9}, "first": 1}) == "unknown_reference"


def test_a_cursor_belongs_to_its_question(three: Index) -> None:
    """Of another time, another filter or another list it is refused."""
    service = Service(three)
    page = asked(service, CHANGES, **{"from": {"generation": 1}, "first": 1})["difference"]
    after = page["things"]["pageInfo"]["endCursor"]

    for other in (
        {"from": {"generation": 2}, "first": 1, "after": after},
        {"from": {"generation": 1}, "first": 1, "after": after, "f": {"kinds": ["JOB"]}},
        {"from": {"generation": 1}, "first": 1, "links": after},
        {"from": {"generation": 1}, "to": {"generation": 2}, "first": 1, "after": after},
    ):
        assert refused(service, CHANGES, **other) == "invalid_option"


MODELS = """query ($from: NodeRef!, $to: NodeRef!, $first: Int!, $after: String) {
  modelDifference(from: $from, to: $to) { isComplete generation { number } beforeGeneration { number }
    before { reference } counts { aspect change count }
    changes(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
      edges { node { aspect name change reason remedy before { text certainty node { kind } evidence { field } }
        after { text node { reference } } } } } scopes(first: 5) { totalCount } } }"""


def test_model_versions_are_compared_as_the_pure_question_does() -> None:
    told, four, five = two()
    index = MemoryIndex(told.view())
    service = Service(index)  # type: ignore[arg-type]
    with index.view() as view:
        wanted = comparison.model_difference(view, lookup.Found(four), lookup.Found(five))
    rows, after = [], None
    while True:
        variables = {"from": {"uri": four.text}, "to": {"uri": five.text}, "first": 7, "after": after}
        page = asked(service, MODELS, **variables)["modelDifference"]
        rows += [edge["node"] for edge in page["changes"]["edges"]]
        after = page["changes"]["pageInfo"]["endCursor"]
        if not page["changes"]["pageInfo"]["hasNextPage"]:
            break

    assert [(row["aspect"], row["name"], row["change"]) for row in rows] == [
        (row.aspect.value, row.name or None, row.change.value) for row in wanted.rows
    ]
    assert [row["before"] and row["before"]["text"] for row in rows] == [
        row.before and row.before.text for row in wanted.rows
    ]
    assert sum(one["count"] for one in page["counts"]) == len(rows)
    data = next(row for row in rows if row["aspect"] == "DATA")
    assert data["before"]["node"] == {"kind": "DATA_VERSION"}
    assert data["after"]["node"]["reference"].endswith("/data/raw/versions/2")


def test_only_model_versions_are_compared() -> None:
    told, four, _ = two()
    service = Service(MemoryIndex(told.view()))  # type: ignore[arg-type]

    assert refused(service, MODELS, **{"from": {"uri": four.text}, "to": {"job": "train_4"}, "first": 1}) == (
        "invalid_option"
    )


SCORE = """query ($by: CoverageGrouping, $tag: String, $after: String, $f: CoverageFilter) {
  coverage(first: 1, after: $after, groupBy: $by, tag: $tag, filter: $f) { totalCount isComplete
    total { ...T } edges { node { key tally { ...T } } } pageInfo { hasNextPage endCursor }
    scopes(first: 3) { totalCount } trend(last: 5) { generation { number } total documented }
  } } fragment T on CoverageTally { total documented confirmed inferred ambiguous none documentedShare confirmedShare
  reasonCounts { reason count remedy } }"""


def test_the_score_is_that_of_the_pure_question(tmp_path: Any) -> None:
    """Every grouping, every page."""
    path = tmp_path / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    index = open_index(path)
    service = Service(index)
    for by in coverage.Grouping:
        tag = "risk-class" if by is coverage.Grouping.TAG else ""
        with index.view() as view:
            wanted = coverage.coverage(view, coverage.Wanted(by, tag))
        groups, after = [], None
        while True:
            page = asked(service, SCORE, by=by.value, tag=tag or None, after=after)["coverage"]
            groups += [(edge["node"]["key"], edge["node"]["tally"]["total"]) for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert groups == [(group.key, group.tally.total) for group in wanted.groups]
        assert page["total"]["documented"] == wanted.total.documented == 27
        assert page["total"]["documentedShare"] == 27 / 36
        assert {one["reason"]: one["count"] for one in page["total"]["reasonCounts"]} == wanted.total.reasons
    assert page["trend"] == [
        {"generation": {"number": 1}, "total": 31, "documented": 22},
        {"generation": {"number": 2}, "total": 36, "documented": 27},
    ]
    assert refused(service, SCORE, by="TAG") == "invalid_option"
    assert refused(service, "{ coverage(first: 1) { trend(last: 21) { total } } }") == "invalid_option"
    with index.view() as view:
        assert view.count_nodes(NodeFilter((Kind.MODEL_VERSION,))) > 36, "some are other names of one version"


def test_a_score_of_nothing_has_no_share() -> None:
    estate = Estate()
    estate.record(estate.job("a"), RecordKind.JOB, {})
    total = asked(Service(MemoryIndex(estate.view())), SCORE)["coverage"]["total"]  # type: ignore[arg-type]

    assert (total["total"], total["documentedShare"], total["confirmedShare"]) == (0, None, None)


def test_each_of_these_questions_costs_a_walk() -> None:
    """What goes through much of the index is not as cheap as a field."""
    from graphql import parse

    for name, arguments in (
        ("difference", "from: {generation: 1}"),
        ("modelDifference", 'from: {model: "a:1"}, to: {model: "a:2"}'),
        ("coverage", "first: 1"),
    ):
        document = parse(f"{{ {name}({arguments}) {{ isComplete }} }}")
        assert measure(document, document.definitions[0], {}).cost >= 50  # type: ignore[arg-type]


def test_a_difference_too_large_for_one_request_ends_with_its_code() -> None:
    """The clock is looked at while changes are read, not only before."""
    one, other = Estate(), Estate()
    for number in range(3000):
        other.job(f"j{number}")
    views = [told.view(number, f"2026-0{number}-01T00:00:00Z") for number, told in enumerate((one, other), 1)]
    ticks = count()
    with Session(MemoryIndex(*views), seconds=0, clock=lambda: float(next(ticks))) as session:  # type: ignore[arg-type]
        marks = session.view().changes_from(1).node_marks()
        read: list[Any] = []
        with pytest.raises(QueryTooSlow):
            read.extend(marks)

    assert 1000 < len(read) < 3000, "a look every few hundred changes"
