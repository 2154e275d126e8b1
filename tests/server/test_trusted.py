"""Trusted documents: known by their hash, and, where it was said so, the only ones that are answered."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lineage.api.documents import document, documents
from lineage.api.trusted import Trusted, manifest, read
from lineage.cli import run
from lineage.errors import InvalidOption
from tests.api.story import credit, many
from tests.memory import MemoryIndex
from tests.server.browser import Browser
from tests.server.serving import COMMAND, Served

MODERN = {"accept": "application/graphql-response+json"}
MODELS = document("ModelList")
OTHER = "{ status { generation { number } } }"
Browse = Callable[..., Browser]


@pytest.fixture
def strict(browse: Browse) -> Browser:
    """A service that trusts the documented operations and nothing else."""
    return browse(MemoryIndex(credit().view()), trusted=Trusted(manifest(documents()), only=True))


def code(answer: Any) -> str:
    told: str = answer.json()["errors"][0]["extensions"]["code"]
    assert answer.json()["errors"][0]["extensions"]["remedy"]
    return told


@pytest.mark.parametrize(
    "asked",
    [
        {"documentId": MODELS.sha256},
        {"documentId": f"sha256:{MODELS.sha256}"},
        {"documentId": MODELS.sha256.upper()},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": MODELS.sha256}}},
        {"query": MODELS.text},
        {"query": MODELS.text, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": MODELS.sha256}}},
        {"query": None, "documentId": MODELS.sha256, "operationName": "ModelList"},
    ],
)
@pytest.mark.parametrize("only", [True, False])
def test_a_document_is_asked_for_by_its_hash_or_its_text(browse: Browse, asked: dict[str, Any], only: bool) -> None:
    """As Apollo, urql and the draft of GraphQL over HTTP spell it; variables come along as always."""
    client = browse(MemoryIndex(credit().view()), trusted=Trusted(manifest(documents()), only=only))

    answer = client.post("/graphql", json={**asked, "variables": {"first": 2}}, headers=MODERN)

    assert answer.status_code == 200
    assert len(answer.json()["data"]["models"]["edges"]) == 2


@pytest.mark.parametrize(
    "text",
    [
        OTHER,
        MODELS.text + " ",
        MODELS.text.replace("\n", "\r\n"),
        MODELS.text + OTHER,
        "{ __schema { queryType { name } } }",
        "{",
        "",
    ],
)
def test_nothing_else_is_answered_where_only_they_are_trusted(strict: Browser, text: str) -> None:
    """Not another query, not one that differs by a space, not the schema, nor what is no GraphQL: all one answer."""
    for headers, status in ((MODERN, 422), ({}, 200)):
        answer = strict.post("/graphql", json={"query": text}, headers=headers)

        assert (answer.status_code, code(answer)) == (status, "document_untrusted")
        assert "data" not in answer.json()


def test_a_trusted_document_may_have_ten_times_the_page(browse: Browse) -> None:
    """By text or hash, where nothing else is trusted and where anything is; another query has a thousand."""
    for only in (True, False):
        client = browse(MemoryIndex(many(1_200).view()), trusted=Trusted(manifest(documents()), only=only))
        for body in ({"documentId": MODELS.sha256}, {"query": MODELS.text}):
            answer = client.post("/graphql", json={**body, "variables": {"first": 10_000}}, headers=MODERN)

            assert len(answer.json()["data"]["models"]["edges"]) == 1_200
        more = client.post("/graphql", json={"documentId": MODELS.sha256, "variables": {"first": 10_001}})
        assert "a page has 1 to 10,000 entries" in more.json()["errors"][0]["message"]
    own = "query ($n: Int!) { models(first: $n) { totalCount } }"
    for query, first in ((own, 1_001), (own, 10_000), ("{ models(first: 1001) { totalCount } }", 0)):
        answer = client.post("/graphql", json={"query": query, "variables": {"n": first}})
        assert (answer.status_code, code(answer)) == (200, "invalid_option")
        assert "a page has 1 to 1,000 entries" in answer.json()["errors"][0]["message"]


def test_a_large_page_costs_what_it_may_return(strict: Browser) -> None:
    """It is refused beyond the limit that holds for everybody."""
    graph = document("OriginGraph")
    body = {"documentId": graph.sha256, "variables": {"first": 10_000, "ref": {"model": "credit-scoring:5"}}}

    assert code(strict.post("/graphql", json=body, headers=MODERN)) == "query_too_expensive"


def test_an_untrusted_text_is_not_made_trusted_by_a_hash(strict: Browser) -> None:
    """What is sent as text is what counts."""
    body = {"query": OTHER, "documentId": MODELS.sha256}

    assert code(strict.post("/graphql", json=body)) == "document_untrusted"


def test_a_hash_of_another_query_is_unknown_and_is_never_learned(client: Browser, strict: Browser) -> None:
    """No client registers a document: the text that came with a hash before does not make the hash known."""
    hashed = {
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(OTHER.encode()).hexdigest()}}
    }
    for browser in (client, strict):
        browser.post("/graphql", json={"query": OTHER, **hashed})
        answer = browser.post("/graphql", json=hashed, headers=MODERN)

        assert (answer.status_code, code(answer)) == (422, "document_unknown")


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 1},
        {"documentId": None},
        {"extensions": []},
        {"query": OTHER, "extensions": "x"},
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"sha256Hash": 5}}},
        {"query": 1, "documentId": MODELS.sha256},
    ],
)
def test_what_names_no_document_is_no_request(client: Browser, body: dict[str, Any]) -> None:
    """As any other broken request."""
    answer = client.post("/graphql", json=body)

    assert (answer.status_code, code(answer)) == (400, "request_not_graphql")


def test_the_page_is_there_where_only_documents_are_trusted(strict: Browser) -> None:
    """It asks nobody but its own program."""
    html = strict.get("/").text

    assert "Where did this model version come from?" in html
    assert 'role="alert"' not in html


def test_both_forms_of_a_manifest_are_read() -> None:
    """Relay's, whose hashes may be of any kind, and Apollo's; each text is known by its own hash besides."""
    relay = read(json.dumps({"0a1b": OTHER}).encode(), "relay.json")
    apollo = read(
        json.dumps(
            {
                "format": "apollo-persisted-query-manifest",
                "version": 1,
                "operations": [{"id": "0A1B", "name": "X", "type": "query", "body": OTHER}],
            }
        ).encode(),
        "apollo.json",
    )

    for known in (relay, apollo):
        trusted = Trusted(known, only=True)
        assert len(trusted) == 1
        assert trusted.text("0a1b") == trusted.text(hashlib.sha256(OTHER.encode()).hexdigest()) == OTHER
        assert trusted.knows(OTHER)
        assert not trusted.knows(OTHER + "\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"[]", "no object of texts"),
        (b'{"a": 1}', "no object of texts"),
        (b'{"format": "apollo-persisted-query-manifest", "operations": [{"id": "x"}]}', "no object of texts"),
        (b"{}", "holds no document"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(content: bytes, said: str) -> None:
    """With a sentence that names it."""
    with pytest.raises(InvalidOption, match=said) as raising:
        read(content, "some.json")

    assert "some.json" in str(raising.value)
    assert "manifest" in raising.value.remedy


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`lineage serve --trusted-only` over the sample, with a document of somebody else's added."""
    folder = tmp_path_factory.mktemp("trusted")
    assert run(["crawl", "sample", "--index", str(folder / "index.db")]) == 0
    (folder / "more.json").write_text(json.dumps({"mine": OTHER}), encoding="utf-8")
    running = Served(folder / "index.db", "--trusted-only", "--documents", str(folder / "more.json"))
    yield running
    assert running.stop() == (0, "")


@pytest.mark.parametrize("name", [one.name for one in documents()])
def test_every_documented_operation_works_where_nothing_else_does(served: Served, name: str) -> None:
    """All that reports and the command line ask."""
    one = document(name)
    told = [
        httpx.post(served.told["graphql"], json=body, headers=MODERN)
        for body in ({"documentId": one.sha256}, {"query": one.text})
    ]

    assert [answer.status_code for answer in told] == [200, 200]
    assert told[0].json()["data"] == told[1].json()["data"]
    assert "errors" not in told[0].json()


def test_a_document_that_was_added_is_answered_and_others_are_not(served: Served) -> None:
    """By its id in the file, its text or its hash."""
    for body in ({"documentId": "mine"}, {"query": OTHER}):
        assert httpx.post(served.told["graphql"], json=body).json()["data"]["status"]["generation"]["number"] >= 1
    assert code(httpx.post(served.told["graphql"], json={"query": OTHER + " "})) == "document_untrusted"
    assert code(httpx.post(served.told["graphql"], json={"query": "{ __typename }"})) == "document_untrusted"


def test_a_manifest_that_cannot_be_read_starts_no_service(tmp_path: Path) -> None:
    """A sentence and exit code 2, before anything is listened on."""
    index = tmp_path / "index.db"
    assert run(["crawl", "sample", "--index", str(index)]) == 0
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    for name, said in ((str(tmp_path / "bad.json"), "holds no document"), ("/nowhere.json", "cannot read")):
        command = [*COMMAND, "serve", "--index", str(index), "--port", "0", "--trusted-only", "--documents", name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
