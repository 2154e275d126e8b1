"""GraphQL over HTTP: media types, statuses, and what is refused before it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.browser import Browser

QUERY = {"query": "{ status { generation { number } } }"}
MODERN = "application/graphql-response+json"


def code(answer: Any) -> str:
    """The code of the first error of an answer."""
    told: str = answer.json()["errors"][0]["extensions"]["code"]
    assert answer.json()["errors"][0]["message"]
    assert answer.json()["errors"][0]["extensions"]["remedy"]
    return told


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (MODERN, MODERN),
        (f"{MODERN}, application/json;q=0.9", MODERN),
        (f"application/json, {MODERN};q=0.5", "application/json"),
        (f"text/html, {MODERN};q=0.8, */*;q=0.1", MODERN),
        ("application/*", "application/json"),
    ],
)
def test_the_answer_has_the_media_type_the_client_takes(client: Browser, accept: str, media: str) -> None:
    """The newer type when it is asked for, the older one otherwise."""
    answer = client.post("/graphql", json=QUERY, headers={"accept": accept})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json()["data"] == {"status": {"generation": {"number": 1}}}


@pytest.mark.parametrize(
    ("body", "modern"),
    [
        ({"query": "{ status { generation { number } } }"}, 200),
        ({"query": "{ status {"}, 400),
        ({"query": "{ nothing }"}, 422),
        ({"query": "query ($n: Int!) { models(first: $n) { totalCount } }"}, 422),
        ({"query": "{ models(first: 0) { totalCount } }"}, 200),
        ({"query": "{ a: __typename @skip(if: true) @skip(if: true) @skip(if: true) @skip(if: true) }"}, 422),
        ({"query": "mutation { drop }"}, 422),
    ],
)
def test_the_status_tells_the_outcome_to_clients_that_read_it(client: Browser, body: Any, modern: int) -> None:
    """`application/json` is always 200 once it is GraphQL; the newer type has statuses."""
    assert client.post("/graphql", json=body).status_code == 200
    assert client.post("/graphql", json=body, headers={"accept": MODERN}).status_code == modern


def test_variables_and_the_operation_name_are_read(client: Browser) -> None:
    """The three members of a request."""
    body = {
        "query": "query A($n: Int!) { models(first: $n) { totalCount } } query B { __typename }",
        "variables": {"n": 2},
        "operationName": "A",
    }

    assert client.post("/graphql", json=body).json()["data"] == {"models": {"totalCount": 3}}


@pytest.mark.parametrize(
    ("content", "content_type", "status", "expected"),
    [
        (b"{", "application/json", 400, "request_not_json"),
        (b"", "application/json", 400, "request_not_json"),
        (b"[]", "application/json", 400, "request_not_graphql"),
        (b'[{"query": "{ __typename }"}]', "application/json", 400, "request_not_graphql"),
        (b"{}", "application/json", 400, "request_not_graphql"),
        (b'{"query": 1}', "application/json", 400, "request_not_graphql"),
        (b'{"query": "{ __typename }", "variables": []}', "application/json", 400, "request_not_graphql"),
        (b'{"query": "{ __typename }", "operationName": 1}', "application/json", 400, "request_not_graphql"),
        (b'{"query": "\xff\xfe"}', "application/json", 400, "request_not_utf8"),
        (b'{"query": "\\ud800"}', "application/json", 400, "request_not_json"),
        (b"query=%7B__typename%7D", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{ __typename }", "application/graphql", 415, "unsupported_media_type"),
        (b'{"query": "{ __typename }"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"query": "{ __typename }"}', "application/json; charset=latin-1", 415, "unsupported_media_type"),
        (b'{"query": "{ __typename }"}', "", 415, "unsupported_media_type"),
        (b'{"variables": ' + b"[" * 33 + b"]" * 33 + b"}", "application/json", 400, "request_too_deep"),
        (b"[" * 200_000, "application/json", 400, "request_too_deep"),
        (b'{"a":' * 40_000, "application/json", 400, "request_too_deep"),
        (b'{"query": "' + b"x" * 300_000 + b'"}', "application/json", 413, "request_too_large"),
    ],
)
def test_a_body_that_is_no_request_is_refused(
    client: Browser, content: bytes, content_type: str, status: int, expected: str
) -> None:
    """Each with a status, a code and a sentence; never a 500."""
    answer = client.post("/graphql", content=content, headers={"content-type": content_type})

    assert (answer.status_code, code(answer)) == (status, expected)


def test_brackets_in_texts_are_not_depth(client: Browser) -> None:
    """Only structure counts, whatever quotes and escapes stand in texts."""
    body = {**QUERY, "variables": {"a": '[[[[{{{{\\"' * 50, "b": "\\"}}

    assert client.post("/graphql", content=json.dumps(body), headers={"content-type": "application/json"}).json()[
        "data"
    ] == {"status": {"generation": {"number": 1}}}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_queries_are_posted(client: Browser, method: str) -> None:
    """A query in an address would stand in histories and logs: GET is off, and the answer says what to do."""
    answer = client.request(method, "/graphql?query={__typename}")

    assert (answer.status_code, code(answer)) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert "POST" in answer.json()["errors"][0]["extensions"]["remedy"]


def test_a_client_that_takes_no_json_is_told(client: Browser) -> None:
    """Nothing else can be answered with."""
    answer = client.post("/graphql", json=QUERY, headers={"accept": "text/html"})

    assert (answer.status_code, code(answer)) == (406, "not_acceptable")


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "127.1.2.3", "[::1]:80", "LOCALHOST"])
def test_loopback_names_are_answered(client: Browser, host: str) -> None:
    """Whatever the port."""
    assert client.get("/livez", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["example.com", "evil.localhost.example.com", "localhost.", "127.0.0.1.nip.io", "10.0.0.1", "", "localhost@x"],
)
@pytest.mark.parametrize("path", ["/", "/graphql", "/livez"])
def test_any_other_name_is_refused(client: Browser, host: str, path: str) -> None:
    """A page of another site cannot reach the index by making its own name point here."""
    answer = client.post(path, json=QUERY, headers={"host": host})

    assert (answer.status_code, code(answer)) == (421, "host_refused")


@pytest.mark.parametrize("path", ["/", "/graphql", "/livez", "/readyz", "/nothing"])
def test_every_answer_has_the_security_headers(client: Browser, path: str) -> None:
    """Also those that are refused: nothing is framed, sniffed, stored or shared with another site."""
    headers = client.get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_another_site_may_not_ask(client: Browser) -> None:
    """A browser's pre-flight question gets no permission."""
    answer = client.request(
        "OPTIONS", "/graphql", headers={"origin": "https://evil.example", "access-control-request-method": "POST"}
    )

    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_unknown_address_says_where_to_look(client: Browser) -> None:
    """In the same form as every other error."""
    answer = client.get("/nothing")

    assert (answer.status_code, code(answer)) == (404, "not_found")
    assert "open /" in answer.json()["errors"][0]["extensions"]["remedy"]


@pytest.mark.parametrize("path", ["/", "/livez", "/readyz"])
def test_pages_are_only_read(client: Browser, path: str) -> None:
    """Nothing but GET there."""
    assert code(client.post(path, json={})) == "method_not_allowed"
