"""`lineage search`: the pure question, printed; the same hits as the service's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage.api.execution import Request, Service
from lineage.cli import run
from lineage.index import open_index


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("search") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return path


def asked(sample: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(["search", *arguments, "--index", str(sample)]) == 0
    out, error = capsys.readouterr()
    assert error == ""  # reading the words of a small index is not worth a line
    return out


def test_it_counts_and_lists_what_is_found(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(sample, capsys, "credit-scoring", "--workspace", "azureml://registries/contoso-models")

    assert out.splitlines()[:2] == ["FOUND 2 things", "  2 ModelVersion"]
    assert "credit-scoring:5" in out
    assert "credit-scoring:6" in out
    assert "models: 2 a job confirmed" in out


def test_a_hit_elsewhere_than_in_the_name_says_where(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(sample, capsys, "9f3b2c71", "--kind", "job")

    assert "lemon_net_2wttv098sl" in out
    assert "commit: main 9f3b2c71d04e5a68b7c1f2a9e8d37460b5c4a1f2" in out


def test_nothing_found_says_what_to_try(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(sample, capsys, "nowhere-at-all").splitlines()[0] == "nothing is found by 'nowhere-at-all'"


def test_pages_and_the_service_tell_the_same(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One question, whether it is asked here page by page or there."""
    rows: list[list[object]] = []
    after = ""
    while True:
        options = ["--after", after] if after else []
        told = json.loads(asked(sample, capsys, "credit", "--json", "--limit", "7", *options))
        rows += [[hit["text"], hit["tier"], hit["field"], hit["snippet"]] for hit in told["hits"]]
        after = told["after"]
        if not after:
            break
    query = """{ search(query: "credit", first: 1000) { totalCount kinds { kind count } states { state count }
        scopes { scope count } origins { provenance count }
        edges { tier field snippet node { reference } } } }"""
    body = Service(open_index(sample)).answer(Request(query)).body
    there = body["data"]["search"]

    assert rows == [
        [edge["node"]["reference"], edge["tier"], edge["field"], edge["snippet"]] for edge in there["edges"]
    ]
    assert told["total"] == there["totalCount"] == len(rows)
    assert list(told["kinds"].values()) == [one["count"] for one in there["kinds"]]
    assert told["states"] == {one["state"]: one["count"] for one in there["states"]}
    assert told["scopes"] == {one["scope"] or "": one["count"] for one in there["scopes"]}
    assert told["origins"] == {one["provenance"]: one["count"] for one in there["origins"]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["::"], "no word to search for"),
        (["x" * 500], "500 characters"),
        (["credit", "--after", "nobody"], "--after is no key"),
        (["credit", "--after", "5"], "did not find 5"),
        (["credit", "--workspace", "nowhere"], "names no workspace or registry"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(
    sample: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert run(["search", *arguments, "--index", str(sample)]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 2


def test_a_place_without_an_index_is_told_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["search", "x", "--index", str(tmp_path / "none.db")]) == 4
    assert "there is no index" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
