"""The command line for machines and the service say the same of the sample: two doors, one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage import catalogue, cli, lookup
from lineage.api.execution import Request, Service
from lineage.graph import Relation
from lineage.ids import Kind
from lineage.index import open_index
from lineage.ports import NodeFilter, Step
from lineage.summary import summary
from lineage.trace import trace

Json = dict[str, Any]
Ask = Callable[..., Json]

_LINEAGE = """
  isComplete generation { number digest }
  truncations { reason detail }
  scopes(first: 100) { edges { node { scope crawled isComplete gapCount } } }
  totalCount
  edges {
    node {
      reference state otherNames(first: 5) { edges { node { reference } } }
      ... on Deployment { traffic mirrorTraffic }
    }
    links(first: 40) {
      totalCount
      edges { relation name path derivation certainty rank since evidence { record recordKind field value } }
    }
  }
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("agreement") / "index.db"
    assert cli.run(["crawl", "sample", "--index", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def served(index: Path) -> Ask:
    service = Service(open_index(index))

    def ask(query: str, **variables: object) -> Json:
        body = service.answer(Request(query, variables)).body
        assert "errors" not in body, body["errors"]
        data: Json = body["data"]
        return data

    return ask


@pytest.fixture
def typed(index: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def ask(*arguments: str) -> Json:
        assert cli.run([*arguments, "--json", "--index", str(index)]) == 0, arguments
        answer: Json = msgspec.json.decode(capsys.readouterr().out)
        return answer

    return ask


def header_of(typed: Json, served: Json) -> None:
    """Generation, completeness, reasons and scopes are one and the same."""
    assert served["generation"]["digest"] == typed["generation"]["digest"]
    assert served["isComplete"] is typed["isComplete"]
    assert [(cut["reason"], cut["detail"]) for cut in served["truncations"]] == [
        (cut["reason"], cut["detail"]) for cut in typed["truncations"]
    ]
    assert [
        (one["node"]["scope"], one["node"]["crawled"], one["node"]["isComplete"], one["node"]["gapCount"])
        for one in served["scopes"]["edges"]
    ] == sorted((one["scope"], one["crawled"], one["complete"], one["gaps"]) for one in typed["scopes"])


def names_of(served: Json) -> set[str]:
    """Every name of everything that was reached, which is no more than a page."""
    assert served["totalCount"] == len(served["edges"])
    nodes = [edge["node"] for edge in served["edges"]]
    others = [one["node"]["reference"] for node in nodes for one in node["otherNames"]["edges"]]
    return {node["reference"] for node in nodes} | set(others)


def links_of(served: Json) -> Counter[tuple[Any, ...]]:
    assert all(edge["links"]["totalCount"] == len(edge["links"]["edges"]) for edge in served["edges"])
    links = [link for edge in served["edges"] for link in edge["links"]["edges"]]
    return Counter(
        (
            link["relation"].replace("_", ""),
            link["name"] or "",
            link["path"] or "",
            link["derivation"],
            link["certainty"],
            link["rank"],
            link["since"],
            *link["evidence"].values(),
        )
        for link in links
    )


def edges_of(typed: Json) -> Counter[tuple[Any, ...]]:
    """The edges that are links of the service: `sameAs` says names there."""
    return Counter(
        (
            edge["relation"].upper(),
            *(edge[field] for field in ("name", "path", "derivation", "certainty", "rank", "since")),
            *edge["evidence"].values(),
        )
        for edge in typed["edges"]
        if edge["relation"] != "sameAs"
    )


def models(typed: Ask) -> list[Json]:
    rows: list[Json] = typed("models", "--limit", "1000")["models"]
    assert len(rows) > 20
    return rows


def test_a_trace_is_the_upstream_of_every_model(typed: Ask, served: Ask) -> None:
    query = f"query ($uri: String!) {{ upstream(ref: {{ uri: $uri }}, first: 200) {{ {_LINEAGE} }} }}"
    for row in models(typed):
        said, told = typed("trace", row["text"]), served(query, uri=row["text"])["upstream"]

        header_of(said, told)
        asked = {said["found"]["text"], *said["found"]["same"]}
        assert names_of(told) - asked == {node["text"] for node in said["nodes"]} - asked, row["text"]
        assert links_of(told) == edges_of(said), row["text"]


def test_an_impact_is_the_downstream_of_every_root_of_the_data(typed: Ask, served: Ask) -> None:
    """Asked of every model version and of all data that a summary names."""
    query = f"""query ($uri: String!) {{ downstream(ref: {{ uri: $uri }}, first: 200) {{
        counts {{ kind count }} {_LINEAGE} }} }}"""
    rows = models(typed)
    roots = {root["text"] for row in rows for root in typed("trace", row["text"])["summary"]["data"]}
    assert roots
    for text in [*(row["text"] for row in rows), *sorted(roots)]:
        said, told = typed("impact", text), served(query, uri=text)["downstream"]

        header_of(said, told)
        assert {one["kind"].replace("_", ""): one["count"] for one in told["counts"]} == {
            kind.upper(): count for kind, count in said["counts"].items()
        }, text
        assert {
            edge["node"]["reference"]: (edge["node"]["traffic"], edge["node"]["mirrorTraffic"])
            for edge in told["edges"]
            if "traffic" in edge["node"]
        } == {row["text"]: (row["traffic"], row["mirrorTraffic"]) for row in said["deployments"]}, text


def test_the_models_are_the_models(typed: Ask, served: Ask) -> None:
    """Also how many there are: things, whatever number of names they have."""
    query = """{ models(first: 1000) { totalCount edges { provenance producerCount producer { reference }
        node { reference state stage createdAt createdBy tags { key value } } } } }"""
    rows, told = models(typed), served(query)["models"]

    assert told["totalCount"] == len(rows) == len(told["edges"])
    for row, edge in zip(rows, told["edges"], strict=True):
        node = edge["node"]
        assert row["text"] == node["reference"]
        assert [row[field] for field in ("state", "stage", "createdAt", "createdBy", "provenance")] == [
            *(node[field] for field in ("state", "stage", "createdAt", "createdBy")),
            edge["provenance"],
        ]
        assert row["tags"] == {tag["key"]: tag["value"] for tag in node["tags"]}
        assert row["jobs"][:1] == ([edge["producer"]["reference"]] if edge["producer"] else [])
        assert len(row["jobs"]) == edge["producerCount"]


@pytest.mark.parametrize(
    ("option", "wanted"),
    [
        (["--produced"], {"hasProducer": True}),
        (["--not-produced"], {"hasProducer": False}),
        (["--state", "archived"], {"states": ["ARCHIVED"]}),
        (["scoring"], {"text": "scoring"}),
    ],
)
def test_a_filter_counts_what_it_lists(typed: Ask, served: Ask, option: list[str], wanted: Json) -> None:
    query = "query ($f: ModelFilter) { models(first: 1, filter: $f) { totalCount } }"

    assert served(query, f=wanted)["models"]["totalCount"] == len(typed("models", *option)["models"]) > 0


def test_the_status_is_the_status(typed: Ask, served: Ask) -> None:
    query = """{ status { generation { number digest recordCount nodeCount edgeCount gapCount looseCount }
        coverage { total confirmed inferred ambiguous none } gapCounts { reason count }
        looseEndCounts { reason count } generations(first: 100) { edges { node { number published } } }
        scopes(first: 50) { edges { node { scope crawled isComplete gapCount
        listings(first: 500) { edges { node { reference isComplete listed } } } } } } } }"""
    said, told = typed("status"), served(query)["status"]

    assert told["generation"] == {
        "number": said["generation"]["number"],
        "digest": said["generation"]["digest"],
        **{f"{name}Count": said["counts"][f"{name}s"] for name in ("record", "node", "edge", "gap")},
        "looseCount": said["counts"]["loose"],
    }
    assert list(told["coverage"].values()) == list(said["coverage"].values())
    assert {one["reason"]: one["count"] for one in told["gapCounts"]} == said["gaps"]
    assert {one["reason"]: one["count"] for one in told["looseEndCounts"]} == said["loose"]
    assert [(one["node"]["number"], one["node"]["published"]) for one in told["generations"]["edges"]] == [
        (one["number"], one["published"]) for one in reversed(said["generations"])
    ]
    assert [
        (node["scope"], node["crawled"], node["isComplete"], node["gapCount"], len(node["listings"]["edges"]))
        for node in (edge["node"] for edge in told["scopes"]["edges"])
    ] == sorted(
        (one["scope"], one["crawled"], one["complete"], one["gaps"], len(one["listings"])) for one in said["scopes"]
    )


def test_the_ledger_is_the_ledger(typed: Ask, served: Ask) -> None:
    query = """{ gaps(first: 1000) { reasonCounts { reason count } trend { generation published count }
        edges { node { subject recordKind scope reason detail remedy status root since sinceTime } } }
        looseEnds(first: 1000) { reasonCounts { reason count } edges { since sinceTime scope
        node { reason recordKind field value remedy } of { reference } } } }"""
    said, told = typed("gaps", "--limit", "1000"), served(query)

    assert {one["reason"]: one["count"] for one in told["gaps"]["reasonCounts"]} == said["gaps"]["reasons"]
    assert told["gaps"]["trend"] == said["gaps"]["trend"][-20:]
    assert [list(edge["node"].values()) for edge in told["gaps"]["edges"]] == [
        [
            *(one[field] for field in ("subject", "kind", "scope", "reason", "detail")),
            one["remedy"] or None,
            *(one[field] for field in ("status", "root", "since", "sinceTime")),
        ]
        for one in said["gaps"]["entries"]
    ]
    assert [
        (edge["of"]["reference"], edge["node"]["field"], edge["node"]["value"], edge["node"]["reason"], edge["since"])
        for edge in told["looseEnds"]["edges"]
    ] == [
        tuple(one[field] for field in ("record", "field", "value", "reason", "since"))
        for one in said["looseEnds"]["entries"]
    ]


def test_what_is_counted_without_evidence_is_what_stands_there_with_it(index: Path) -> None:
    """Steps of the whole sample are its edges: causes, and other names from both ends."""
    with open_index(index).view() as view:
        keys = view.keys(NodeFilter())
        nodes = view.nodes(keys)
        edges = list(view.causes(keys))
        told = Counter(view.steps(keys, list(Relation)))
        names = [edge for edge in edges if edge.relation is Relation.SAME_AS]

    assert names
    assert told == Counter(
        Step(here, there, nodes[there].kind, edge.certainty, edge.rank, edge.relation is Relation.SAME_AS)
        for edge, here, there in [
            *((edge, edge.effect, edge.cause) for edge in edges),
            *((edge, edge.cause, edge.effect) for edge in names),
        ]
    )


def test_everything_of_the_sample_has_a_short_answer_that_the_list_of_models_agrees_with(index: Path) -> None:
    """A job is known in one exactly when it is in the other, and as surely."""
    with open_index(index).view() as view:
        nodes = view.nodes(view.keys(NodeFilter()))
        listed = catalogue.producers(view, [key for key, node in nodes.items() if node.kind is Kind.MODEL_VERSION])
        for key, node in nodes.items():
            told = summary(trace(view, lookup.find(view, str(key))))
            makers = [maker.job.key for maker in (*told.made, *told.candidates, *told.declared)]
            assert len(makers) == len(set(makers)), node.text
            assert bool(told.story) <= bool(told.made and told.declared), node.text
            if key in listed:
                provenance, jobs = listed[key]
                assert told.certainty is provenance, node.text
                assert bool(makers) == bool(jobs), node.text
                assert not (told.loose and makers), node.text
