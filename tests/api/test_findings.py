"""`findings` over GraphQL: the rules' words, page by page, counted, and as of earlier generations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lineage import findings
from lineage.api.execution import Request, Service
from lineage.index import open_index
from lineage.index.sqlite import Quiet, SqliteIndex
from lineage.sample import recording_paths
from lineage.sources.recording import RecordingSource

NOON = "2026-11-30T12:00:00Z"
CREDIT = "azureml://registries/contoso-models/models/credit-scoring/versions/5"
PAGE = """query ($first: Int!, $after: String, $filter: FindingFilter, $asOf: AsOf) {
  findings(first: $first, after: $after, filter: $filter, asOf: $asOf) {
    totalCount codeCounts { code count } severityCounts { severity count } isComplete generation { number }
    edges { node { code severity subject sentence proofs { record field value relation cause } } of { reference kind } }
    pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SqliteIndex:
    """The sample: the first generation holds one workspace, the second both."""
    made = open_index(tmp_path_factory.mktemp("findings") / "index.db", create=True)
    for path in recording_paths():
        source = RecordingSource(path)
        made.publish(source.root, source.crawl(Quiet()), Quiet(), started=NOON, clock=lambda: NOON)
    return made


@pytest.fixture(scope="module")
def service(index: SqliteIndex) -> Service:
    return Service(index)


def asked(service: Service, query: str = PAGE, **variables: Any) -> dict[str, Any]:
    body = service.answer(Request(query, variables)).body
    assert "errors" not in body, body["errors"]
    data: dict[str, Any] = body["data"]
    return data


def pages(service: Service, first: int, **variables: Any) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        page = asked(service, first=first, after=after, **variables)["findings"]
        yield page
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


def test_pages_together_are_what_the_command_line_says(service: Service, index: SqliteIndex) -> None:
    """One definition; whatever the size of a page, also where one thing has findings on two pages."""
    with index.view() as view:
        whole = [(one.code.value, one.subject, one.sentence) for one in findings.estate(view)]
    for size in (1, 2, 3, 7, 1000):
        found = [edge for page in pages(service, size) for edge in page["edges"]]
        assert [(e["node"]["code"], e["node"]["subject"], e["node"]["sentence"]) for e in found] == whole


def test_counts_are_over_all_pages_and_follow_the_filter(service: Service) -> None:
    page = asked(service, first=1)["findings"]

    assert page["totalCount"] == sum(one["count"] for one in page["codeCounts"]) == 19
    assert page["severityCounts"] == [
        {"severity": "ERROR", "count": 8},
        {"severity": "WARNING", "count": 2},
        {"severity": "NOTE", "count": 9},
    ]
    errors = asked(service, first=1, filter={"severities": ["ERROR"]})["findings"]
    assert errors["totalCount"] == 8
    assert errors["codeCounts"] == [
        {"code": "NO_PROVENANCE", "count": 5},
        {"code": "AMBIGUOUS_PRODUCER", "count": 2},
        {"code": "JOB_DELETED", "count": 1},
    ]
    prod = "azureml://subscriptions/b1e94c76-3d20-4f8b-a6c5-0d9f1e72c354/resourceGroups/rg-credit-prod/workspaces/mlw-credit-prod"
    there = asked(service, first=10, filter={"workspace": prod})["findings"]
    assert there["totalCount"] == len(there["edges"]) == 3


def test_findings_of_a_thing_and_of_the_model_version_are_the_same(service: Service) -> None:
    """By reference, on the node, and by the pure question."""
    root = asked(service, first=10, filter={"of": {"uri": CREDIT}})["findings"]
    node = asked(
        service,
        """query ($ref: NodeRef!) { resolve(ref: $ref) { ... on ModelVersion {
        findings(first: 10) { totalCount edges { node { code severity subject } } } } } }""",
        ref={"uri": CREDIT},
    )["resolve"]["findings"]

    assert root["totalCount"] == node["totalCount"] == 4
    assert [edge["node"]["code"] for edge in root["edges"]] == [edge["node"]["code"] for edge in node["edges"]]
    assert root["edges"][0]["of"] == {"reference": CREDIT, "kind": "MODEL_VERSION"}
    proof = root["edges"][0]["node"]["proofs"][0]
    assert (proof["field"], proof["value"], proof["relation"]) == (
        "properties.jobName",
        "calm_pepper_q1w8z5n3rt",
        "WAS_DERIVED_FROM",
    )


def test_an_earlier_generation_answers_as_it_did(service: Service) -> None:
    """Both with `asOf` and with a cursor of then."""
    first = asked(service, first=3, asOf={"generation": 1})["findings"]
    rest = asked(service, first=1000, after=first["pageInfo"]["endCursor"])["findings"]

    assert first["generation"]["number"] == rest["generation"]["number"] == 1
    assert first["totalCount"] == rest["totalCount"] == 3 + len(rest["edges"]) == 15


@pytest.mark.parametrize("after", ["bogus", "k2ZpbmRpbmdzAQ"])
def test_a_cursor_of_another_list_is_refused(service: Service, after: str) -> None:
    body = service.answer(Request(PAGE, {"first": 1, "after": after})).body

    assert body["errors"][0]["extensions"]["code"] == "invalid_option"
    assert body["data"] == {"findings": None}


def test_a_request_that_runs_out_of_time_says_so_and_the_next_goes_on(index: SqliteIndex) -> None:
    """The entries of the page are there; what cannot be counted in time is null, never a part."""
    slow = Service(index, seconds=-1.0)
    query = "{ findings(first: 1, filter: {codes: [JOB_DELETED]}) { totalCount edges { node { code } } } }"

    body = slow.answer(Request(query, {})).body
    assert body["errors"][0]["extensions"]["code"] == "query_too_slow"

    count = asked(Service(index), query)["findings"]["totalCount"]
    assert count == 1
