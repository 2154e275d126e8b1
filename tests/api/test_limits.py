"""Documents that ask too much are refused by their form, before anything is run, each with its code."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from graphql import parse

from lineage.api import limits
from lineage.api.execution import Request, Service
from tests.memory import MemoryIndex, MemoryView


def nested(levels: int, first: str = "10") -> str:
    """`upstream` in `upstream`, so many levels deep."""
    inner = "node { id }"
    for _ in range(levels):
        inner = f"node {{ ... on LineageNode {{ upstream(first: {first}) {{ edges {{ {inner} }} }} }} }}"
    return f"{{ models(first: 10) {{ edges {{ {inner} }} }} }}"


def bomb(levels: int) -> str:
    """Each fragment spreads the next one twice: 2^levels fields."""
    fragments = [f"fragment F{n} on Status {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return (
        "{ status { ...F0 } } " + " ".join(fragments) + f" fragment F{levels} on Status {{ generation {{ number }} }}"
    )


ATTACKS = {
    "breadth": (nested(4), "query_too_expensive"),
    "breadth by a variable": (
        "query ($n: Int!) { models(first: $n) { edges { node { upstream(first: $n) { edges { node { id } } } } } } }",
        "query_too_expensive",
    ),
    "breadth in a fragment": (
        """{ models(first: 1000) { edges { node { ...U } } } }
        fragment U on LineageNode { upstream(first: 1000) { edges { node { id } } } }""",
        "query_too_expensive",
    ),
    "a page too large": (
        "{ models(first: 99999999999999999999) { edges { node { upstream(first: 999) { edges { node { id } } } } } } }",
        "query_too_expensive",
    ),
    "ids": (
        "{ nodes(ids: ["
        + '"1",' * 900
        + "]) { ... on LineageNode { upstream(first: 100) { edges { node { id } } } } } }",
        "query_too_expensive",
    ),
    "aliases": (
        "{ " + " ".join(f"a{n}: status {{ generation {{ number }} }}" for n in range(60)) + " }",
        "query_too_many_aliases",
    ),
    "2,000 aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(2000)) + " }", "graphql_syntax"),
    "fragments": (bomb(20), "query_too_expensive"),
    "directives": (
        "{ status " + "@include(if: true) " * 10 + "{ generation { number } } }",
        "query_too_many_directives",
    ),
    "directives everywhere": (
        "{ " + " ".join(["__typename @skip(if: false) @include(if: true)"] * 25) + " }",
        "query_too_many_directives",
    ),
    "5,000 directives": ("{ __typename " + "@a " * 5000 + "}", "graphql_syntax"),
    "depth": (nested(12, "1"), "query_too_deep"),
    "depth beyond the parser": ("{a" * 600 + "}" * 600, "graphql_syntax"),
    "values beyond the parser": ("{ models(first: " + "[" * 900 + "]" * 900 + ") { totalCount } }", "graphql_syntax"),
    "comments": ("#\n" * 40_000 + "{ __typename }", "graphql_syntax"),
    "characters": ("{ __typename }" + " " * 200_000, "query_too_large"),
    "fields": ("{ " + "__typename " * 900 + "}", "query_too_large"),
    "one field many times": ("{ status { " + "generation { number } " * 200 + "} }", "query_too_large"),
    "one field in many inline fragments": (
        "{ status { " + "... on Status { generation { number } } " * 100 + "} }",
        "query_too_large",
    ),
    "many fragments": (
        "{ status { "
        + " ".join(f"...A{n}" for n in range(100))
        + " } } "
        + " ".join(f"fragment A{n} on Status {{ generation {{ number }} }}" for n in range(100)),
        "query_too_large",
    ),
    "a fragment in itself": ("{ status { ...A } } fragment A on Status { ...A }", "graphql_invalid"),
    "fragments in a circle": (
        "{ status { ...A } } fragment A on Status { ...B } fragment B on Status { ...A }",
        "graphql_invalid",
    ),
    "malformed": ("{ models(first: 1) {", "graphql_syntax"),
    "empty": ("", "graphql_syntax"),
    "only a fragment": ("fragment A on Status { gapCounts { count } }", "operation_unknown"),
    "two operations": ("query A { __typename } query B { __typename }", "operation_unknown"),
    "a mutation": ("mutation { drop }", "operation_refused"),
    "a subscription": ("subscription { changes }", "operation_refused"),
    "an unknown field": ("{ models(first: 1) { secret } }", "graphql_invalid"),
    "no page size": ("{ models { totalCount } }", "graphql_invalid"),
    "two keys of a reference": ('{ resolve(ref: { id: "1", uri: "a" }) { __typename } }', "graphql_invalid"),
    "no key of a reference": ("{ resolve(ref: {}) { __typename } }", "graphql_invalid"),
    "a null key": ("{ resolve(ref: { id: null }) { __typename } }", "graphql_invalid"),
}


class Untouched:
    """An index that must not be opened."""

    def view(self, as_of: int | str | None = None) -> Any:
        raise AssertionError("the index was opened")

    def generations(self) -> Any:
        raise AssertionError("the index was asked")


@pytest.mark.parametrize(("query", "code"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_refused_with_its_code_before_the_index_is_opened(query: str, code: str) -> None:
    """Each has one stable code, a sentence, a small answer, and touches nothing."""
    response = Service(Untouched()).answer(Request(query))  # type: ignore[arg-type]

    assert response.codes
    assert set(response.codes) == {code}
    assert all(error["message"] and error["extensions"]["remedy"] for error in response.body["errors"])
    assert response.stage in ("parse", "validate")
    assert "data" not in response.body
    assert len(str(response.body)) < 4096


@pytest.mark.parametrize("query", [query for query, _ in ATTACKS.values()], ids=ATTACKS.keys())
def test_an_attack_leaves_nothing_in_the_log(query: str, caplog: pytest.LogCaptureFixture) -> None:
    """A refused request cannot fill the log, and no query text stands there."""
    with caplog.at_level(logging.DEBUG):
        Service(Untouched()).answer(Request(query))  # type: ignore[arg-type]

    assert caplog.records == []


@pytest.mark.parametrize(
    ("variables", "query"),
    [
        ({}, "query ($n: Int!) { models(first: $n) { totalCount } }"),
        ({"n": "ten"}, "query ($n: Int!) { models(first: $n) { totalCount } }"),
        ({"n": 1.5}, "query ($n: Int!) { models(first: $n) { totalCount } }"),
        ({"r": {"id": "1", "uri": "x"}}, "query ($r: NodeRef!) { resolve(ref: $r) { __typename } }"),
        ({"r": {}}, "query ($r: NodeRef!) { resolve(ref: $r) { __typename } }"),
        ({"r": {"uri": None}}, "query ($r: NodeRef!) { resolve(ref: $r) { __typename } }"),
        ({"r": {"path": "x"}}, "query ($r: NodeRef!) { resolve(ref: $r) { __typename } }"),
        ({"f": {"states": ["GONE"]}}, "query ($f: ModelFilter) { models(first: 1, filter: $f) { totalCount } }"),
        ({"f": [[[[]]]]}, "query ($f: ModelFilter) { models(first: 1, filter: $f) { totalCount } }"),
    ],
)
def test_a_variable_that_does_not_fit_is_told(variables: dict[str, Any], query: str, service: Service) -> None:
    """The client's value, the client's error: never an internal one."""
    response = service.answer(Request(query, variables))

    assert set(response.codes) == {"variables_invalid"}
    assert response.stage == "validate"


def test_fragments_are_counted_once_however_often_they_are_spread() -> None:
    """A million times the cost is found by looking at twenty fragments."""
    document = parse(bomb(20))

    with pytest.raises(limits.QueryTooExpensive) as refused:
        limits.measure(document, document.definitions[0], {})  # type: ignore[arg-type]

    assert "2,097,153" in str(refused.value)


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("{ __typename }", {}, 1),
        ("{ status { generation { number digest } } }", {}, 4),
        ("{ models(first: 10) { totalCount edges { cursor node { id } } } }", {}, 1 + 1 + 10 * (1 + 1 + 1 + 1)),
        ("query ($n: Int!) { models(first: $n) { totalCount } }", {"n": 7}, 2),
        ("query ($n: Int!) { models(first: $n) { edges { cursor } } }", {"n": 7}, 1 + 7 * 2),
        ("query ($n: Int! = 5) { models(first: $n) { edges { cursor } } }", {}, 1 + 5 * 2),
        ("query ($n: Int!) { models(first: $n) { edges { cursor } } }", {}, 2001),
        ("query ($n: Int!) { models(first: $n) { edges { cursor } } }", {"n": -5}, 2001),
        ("query ($n: Int!) { models(first: $n) { edges { cursor } } }", {"n": 10**30}, 2001),
        ("{ models(first: 9) { ...E } } fragment E on ModelConnection { edges { cursor } totalCount }", {}, 2 + 9 * 2),
        ('{ nodes(ids: ["1", "2", "3"]) { id } }', {}, 4),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["1"] * 50}, 51),
        ("{ node(id: 1) { ... on LineageNode { upstream(first: 2) { edges { depth } } } } }", {}, 1 + 50 + 2 * 2),
        ('{ impact(of: [{ id: "1" }, { id: "2" }], first: 2) { edges { depth } } }', {}, 50 + 2 * 5 + 2 * 2),
        (
            "query ($s: [ImpactSource!]!) { impact(sources: $s, first: 2) { totalCount } }",
            {"s": [1] * 3},
            50 + 1500 + 1,
        ),
        ("{ node(id: 1) { ...A ...A } } fragment A on LineageNode { id name }", {}, 5),
    ],
)
def test_the_cost_is_the_formula(query: str, variables: dict[str, Any], cost: int) -> None:
    """The published formula, worked out by hand."""
    document = parse(query)

    assert limits.measure(document, document.definitions[0], variables).cost == cost  # type: ignore[arg-type]


def test_only_the_operation_that_runs_is_counted() -> None:
    """A document may hold several operations; the dear one does not make the cheap one dear."""
    document = parse("query A { __typename } query B { models(first: 1000) { edges { cursor } } }")

    assert limits.measure(document, document.definitions[0], {}).cost == 1  # type: ignore[arg-type]


INTROSPECTION = "{ __schema { queryType { name } } }"


def test_introspection_is_a_switch(view: MemoryView) -> None:
    """On loopback tools may read the schema; switched off they get a code, also through fragments."""
    index = MemoryIndex(view)

    assert Service(index).answer(Request(INTROSPECTION)).body["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    closed = Service(index, introspection=False)
    assert set(closed.answer(Request(INTROSPECTION)).codes) == {"introspection_disabled"}
    assert set(closed.answer(Request('{ ...A } fragment A on Query { __type(name: "Job") { name } }')).codes) == {
        "introspection_disabled"
    }
    assert closed.answer(Request("{ __typename }")).codes == ()


def test_the_full_introspection_query_of_tools_is_within_the_limits(service: Service) -> None:
    """Code generators and editors send this one; it must pass."""
    from graphql import get_introspection_query

    query = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
    )
    response = service.answer(Request(query))

    assert response.codes == ()


def test_suggestions_go_with_introspection(view: MemoryView) -> None:
    """Where the schema may not be read it may not be guessed from hints either."""
    query = Request("{ modelz(first: 1) { totalCount } }")

    told = Service(MemoryIndex(view)).answer(query).body["errors"][0]["message"]
    hidden = Service(MemoryIndex(view), introspection=False).answer(query).body["errors"][0]["message"]

    assert "Did you mean" in told
    assert "Did you mean" not in hidden


class Broken:
    """An index with a bug."""

    def view(self, as_of: int | str | None = None) -> Any:
        raise ZeroDivisionError("the password is hunter2")

    def generations(self) -> Any:
        raise ZeroDivisionError("the password is hunter2")


def test_a_bug_is_masked_and_logged_under_an_id_without_the_query(caplog: pytest.LogCaptureFixture) -> None:
    """The client gets an id and nothing of the inside; the log gets the traceback and nothing of the query."""
    query = 'query { resolve(ref: { uri: "azureml:very-private-name:1" }) { __typename } }'

    body = Service(Broken()).answer(Request(query)).body  # type: ignore[arg-type]

    error = body["errors"][0]
    assert error["extensions"]["code"] == "internal_error"
    assert error["extensions"]["id"] in error["message"]
    assert error["extensions"]["remedy"]
    assert error["path"] == ["resolve"]
    assert "hunter2" not in str(body)
    assert error["extensions"]["id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "very-private-name" not in caplog.text
    assert len(caplog.records) == 1
