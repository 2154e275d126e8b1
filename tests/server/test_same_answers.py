"""One question has one answer: the command line's own questions, the documented operations run here, and a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage.api.answering import LocalQuestions, questions
from lineage.api.documents import documents
from lineage.cli import run
from lineage.cli.remote import remote
from lineage.index import open_index
from lineage.ports import NodeFilter
from lineage.questions import edges, pages
from tests.server.serving import Served

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("same") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


@pytest.fixture
def ask(index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """What a command answers with `--json`."""
    monkeypatch.setenv("LINEAGE_INDEX", str(index))
    capsys.readouterr()

    def asking(*arguments: str, code: int = 0) -> Any:
        assert run([*arguments, "--json"]) == code, arguments
        return msgspec.json.decode(capsys.readouterr().out)

    return asking


@pytest.fixture(scope="module")
def asked(index: Path) -> Iterator[LocalQuestions]:
    with questions(open_index(index)) as opened:
        yield opened


@pytest.fixture(scope="module")
def things(index: Path) -> list[str]:
    """References of every seventh thing of the sample, all kinds among them."""
    with open_index(index).view() as view:
        nodes = view.list_nodes(NodeFilter(), limit=1000)
    chosen = nodes[::7]
    assert len(chosen) > 30
    assert len({node.kind for node in chosen}) > 8
    return [node.text for node in chosen]


def whole(asked: LocalQuestions, operation: str, variables: dict[str, Any], at: str) -> dict[str, Any]:
    """The answer of an operation with the entries of all pages, from pages of seven."""
    told = list(pages(asked, operation, variables, at=(at,), size=7))
    entries = [edge for data in told for edge in data[at]["edges"]]
    return {**told[0][at], "edges": entries}


def same_header(command: Any, operation: Any) -> None:
    assert operation["generation"]["number"] == command["generation"]["number"]
    assert operation["generation"]["published"] == command["generation"]["published"]
    assert operation["isComplete"] is command["isComplete"]
    assert [(cut["reason"], cut["detail"]) for cut in operation["truncations"]] == [
        (cut["reason"], cut["detail"]) for cut in command["truncations"]
    ]


def same_things(command: Any, operation: Any, start: str) -> None:
    """Every thing at its depth; what the command tells besides are other names of them and of the start."""
    depths = {node["text"]: node["depth"] for node in command["nodes"] if node["depth"] is not None}
    told = {edge["node"]["reference"]: edge["depth"] for edge in operation["edges"]}
    assert told.items() <= depths.items()
    named = {start, *told}
    links = [(edge["effect"], edge["cause"]) for edge in command["edges"] if edge["relation"] == "sameAs"]
    while True:
        more = {name for link in links for name in link if set(link) & named} - named
        if not more:
            break
        named |= more
    rest = {text for text in depths if text not in named}
    # What the place or the model that was asked about spans stands at depth 0 beside it.
    assert {text for text in rest if depths[text] > 0} == set()


def test_trace_is_the_operation_model_origin(ask: Ask, asked: LocalQuestions, things: list[str]) -> None:
    """Of things of every kind: what was reached and how far away, whether it is all, and what could not be followed."""
    for text in things:
        command = ask("trace", text)
        operation = whole(asked, "ModelOrigin", {"ref": {"uri": text}}, "upstream")

        same_header(command, operation)
        same_things(command, operation, text)
        assert operation["totalCount"] == len(operation["edges"])
        assert operation["looseEnds"]["totalCount"] == len(command["looseEnds"]), text


def test_impact_is_the_operation_model_impact(ask: Ask, asked: LocalQuestions, things: list[str]) -> None:
    """Of things of every kind: counts by kind, what was reached, and the traffic of what serves it."""
    for text in things:
        command = ask("impact", text)
        operation = whole(asked, "ModelImpact", {"ref": {"uri": text}}, "downstream")

        same_header(command, operation)
        same_things(command, operation, text)
        assert {one["kind"].replace("_", ""): one["count"] for one in operation["counts"]} == {
            kind.upper(): count for kind, count in command["counts"].items()
        }
        assert {
            edge["node"]["reference"]: (edge["node"]["traffic"], edge["node"]["mirrorTraffic"])
            for edge in operation["edges"]
            if edge["node"]["__typename"] == "Deployment"
        } == {
            one["text"]: (one["traffic"], one["mirrorTraffic"])
            for one in command["deployments"]
            if one["text"] != command["found"][0]["text"]
        }, text


def test_models_is_the_operation_model_list(ask: Ask, asked: LocalQuestions) -> None:
    """Row by row and in order."""
    command = ask("models", "--limit", "1000")
    rows = list(edges(asked, "ModelList", at=("models",), size=7))

    assert len(rows) == len(command["models"]) > 30
    for row, told in zip(rows, command["models"], strict=True):
        node = row["node"]
        assert node["id"] == told["key"]
        for name in ("name", "version", "stage", "state", "createdAt", "createdBy"):
            assert node[name] == told[name], (told["text"], name)
        assert row["provenance"] == told["provenance"]
        assert (row["producer"] is None) is (told["jobs"] == [])


def test_explain_is_the_operations_node_by_reference_and_why_reference(
    ask: Ask, asked: LocalQuestions, things: list[str]
) -> None:
    """The thing that a reference means, and the records that speak for each link next to it."""
    for text in things:
        command = ask("explain", text)
        node = asked.run("NodeByReference", {"ref": {"uri": text}})["resolve"]
        why = asked.run("WhyReference", {"ref": {"uri": text}, "first": 1000})["upstream"]

        if node["__typename"] == "Unresolved":
            assert (node["unresolved"], node["why"]) == (command["node"]["text"], command["node"]["reason"])
        else:
            assert (node["id"], node["state"]) == (command["node"]["key"], command["node"]["state"])
        said = {
            (link["evidence"]["record"], link["evidence"]["field"], link["evidence"]["value"], link["certainty"])
            for edge in why["edges"]
            for link in edge["links"]["edges"]
        }
        told = {
            (one["record"], one["field"], one["value"], edge["certainty"])
            for edge in command["edges"]
            for one in [edge["evidence"]]
            if edge["relation"] not in ("sameAs", "partOf")
            and edge["effect"] in (command["node"]["text"], *command["same"])
        }
        assert told <= said, text


@pytest.mark.parametrize(
    ("reference", "expected", "code"),
    [
        ("azureml:nobody:1", "UnknownReference", 0),
        ("runs:/nobody/model", "UnknownReference", 0),
        ("azureml://jobs/", "InvalidReference", 2),
        ("azureml:credit-scoring", "Ambiguous", 0),
    ],
)
def test_what_means_nothing_means_nothing_in_both(
    ask: Ask, asked: LocalQuestions, reference: str, expected: str, code: int
) -> None:
    """In the same way."""
    outcome = asked.run("NodeByReference", {"ref": {"uri": reference}})["resolve"]
    command = ask("explain", reference, code=code)

    assert outcome["__typename"] == expected
    assert command["node"] is None
    if expected == "InvalidReference":
        assert command["error"]["position"] == outcome["position"]
        assert command["error"]["expected"] == outcome["expected"]
    if expected == "Ambiguous":
        assert command["candidates"] == [edge["node"]["reference"] for edge in outcome["candidates"]["edges"]]


def test_gaps_is_the_operation_ledger(ask: Ask, asked: LocalQuestions) -> None:
    """Counts, trend, and every entry with its remedy."""
    command = ask("gaps", "--limit", "1000")
    told = asked.run("Ledger", {"first": 1000})

    for name in ("gaps", "looseEnds"):
        ours, theirs = command[name], told[name]
        assert theirs["totalCount"] == ours["total"] == len(ours["entries"])
        assert {one["reason"]: one["count"] for one in theirs["reasonCounts"]} == ours["reasons"]
        assert [(one["generation"], one["count"]) for one in theirs["trend"]] == [
            (one["generation"], one["count"]) for one in ours["trend"]
        ]
    assert {one["scope"]: one["count"] for one in told["gaps"]["scopeCounts"]} == command["gaps"]["scopes"]
    for edge, entry in zip(told["gaps"]["edges"], command["gaps"]["entries"], strict=True):
        for name in ("subject", "reason", "detail", "remedy", "scope", "since", "sinceTime"):
            assert edge["node"][name] == entry[name], name
    for edge, entry in zip(told["looseEnds"]["edges"], command["looseEnds"]["entries"], strict=True):
        assert edge["of"]["reference"] == entry["record"]
        assert (edge["since"], edge["sinceTime"]) == (entry["since"], entry["sinceTime"])
        for name in ("reason", "field", "value"):
            assert edge["node"][name] == entry[name], name


def test_status_is_the_operation_index_status(ask: Ask, asked: LocalQuestions) -> None:
    """What is held, how much of it is known, and what is missing."""
    command, told = ask("status"), asked.run("IndexStatus")["status"]

    assert told["generation"]["digest"] == command["generation"]["digest"]
    assert told["coverage"]["total"] == command["coverage"]["modelVersions"]
    for name in ("confirmed", "inferred", "ambiguous", "none"):
        assert told["coverage"][name] == command["coverage"][name]
    assert {one["reason"]: one["count"] for one in told["gapCounts"]} == command["gaps"]
    assert {one["reason"]: one["count"] for one in told["looseEndCounts"]} == command["loose"]
    assert [
        (one["node"]["scope"], one["node"]["crawled"], one["node"]["isComplete"], one["node"]["gapCount"])
        for one in told["scopes"]["edges"]
    ] == [(one["scope"], one["crawled"], one["complete"], one["gaps"]) for one in command["scopes"]]


def test_every_operation_answers_the_same_here_and_at_a_service(index: Path, ask: Ask, asked: LocalQuestions) -> None:
    """`lineage query NAME`, with and without `--url`, and both implementations of the port."""
    with ExitStack() as stack:
        served = Served(index)
        stack.callback(served.stop)
        far = stack.enter_context(remote(served.root))
        assert far.generation == asked.generation
        for one in documents():
            here = asked.run(one.name)
            assert far.run(one.name) == here, one.name
            assert ask("query", one.name) == ask("query", one.name, "--url", served.root) == here, one.name
