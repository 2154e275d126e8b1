"""Compiled operations answer what graphql-core's executor answers, to the byte."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import OperationDefinitionNode, execute_sync, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.api.compiled import Compiled
from lineage.api.execution import _CORE, Request, Service
from lineage.cli import run
from lineage.graph import Node
from lineage.ids import Kind
from lineage.index import open_index
from lineage.ports import Index, NodeFilter
from lineage.server.endpoint import encode
from tests.api.queries import Pools, made
from tests.api.story import credit, many
from tests.memory import MemoryIndex

FEW, LOTS = 250, 20_000
"""Queries that are made up for each index, in a quick run and in a long one."""


class Twice:
    """Asks an index every query twice: compiled, and by the executor alone."""

    def __init__(self, index: Index) -> None:
        self.compiled = Service(index, seconds=600)
        self.reference = Service(index, seconds=600, compiled=False)
        with index.view() as view:
            nodes = view.list_nodes(NodeFilter(), "", 400)
            number = view.generation.number
        names = [node.text for node in nodes]
        self.pools: Pools = {
            "Int": (1, 2, 3, 5, 0, -1),
            "first": (*range(1, 13), *range(1, 13), 0, 1001),
            "maxDepth": (1, 2, 3, 5, 0),
            "generation": (*[number, 1] * 3, 99),
            "instant": (*["2099-01-01T00:00:00Z", "2099-01-01"] * 2, "2026-06-01", "2000-01-01T00:00:00Z", "soon"),
            "DateTime": ("2026-10-01", "2026-10-09T09:00:00Z", "soon", ""),
            "Boolean": (True, False),
            "ids": (*(str(node.key) for node in nodes), "0", "x", "99999999999999999999"),
            "id": (*(str(node.key) for node in nodes), "0", "x"),
            "uri": (*names, "azureml://jobs/", "nothing", "runs:/train_1"),
            "model": (*["credit-scoring:5", "credit-scoring:6"] * 6, "nobody:1", "x@latest"),
            "job": (*_facts(nodes, Kind.JOB, "name") * 2, "none", ""),
            "prefix": (*(node.text for node in nodes if node.kind is Kind.LOCATION), "x"),
            "storageUrl": (*(node.text for node in nodes if node.text.startswith("https:")), "https://a.b/c"),
            "environment": (*_facts(nodes, Kind.ENVIRONMENT_VERSION, "name") * 3, "none"),
            "image": (*_facts(nodes, Kind.ENVIRONMENT_VERSION, "image") * 3, "none"),
            "hash": (*(node.facts["git"]["commit"] for node in nodes if "git" in node.facts), "c0ffee1", "x"),
            "repository": (None,),
            "code": (*_facts(nodes, Kind.JOB, "snapshot") * 2, "train-code", "none"),
            "compute": (*_facts(nodes, Kind.JOB, "compute") * 3, "none"),
            "k": (*range(1, 8), 0),
            "reference": (*names, "credit-scoring:5", "azureml://jobs/", "nothing", ""),
            "tag": ("team", "risk-class", ""),
            "last": (1, 5, 20, 0, 21),
            "workspace": (*(node.text for node in nodes if "/workspaces/" in node.text), "nowhere"),
            "workspaces": (*(node.text.partition("/jobs/")[0] for node in nodes if node.kind is Kind.JOB), "nowhere"),
            "kinds": ("job", "run", "model_version", "nothing"),
            "after": ("bogus", ""),
            "tags": ("team", "team=credit", "a=b"),
            "stage": ("Production", "x"),
            "text": ("credit", "CREDIT", "zzz"),
            "query": ("credit", "model 1", "train", "zzz", "", '"*'),
            "String": ("x", "é\u2028"),
        }
        self.cursors: list[str] = []
        self.seen: Counter[str] = Counter()

    def ask(self, seed: int) -> None:
        """Makes up a query and asserts that both answer alike. `seen` counts how it went."""
        pools = {**self.pools, "after": ("bogus", "", *self.cursors[-20:])}
        asked = made(random.Random(seed), _CORE, pools)
        request = Request(asked.text, asked.variables)
        falls = self.compiled.compiled.fallbacks  # type: ignore[union-attr]
        ours, theirs = self.compiled.answer(request), self.reference.answer(request)

        assert encode(ours) == encode(theirs), (asked.text, asked.variables)
        assert ours.stage == theirs.stage
        assert encode(self.compiled.answer(request)) == encode(theirs), "asked again"
        self.seen["asked"] += 1
        self.seen[ours.stage] += 1
        self.seen["with errors"] += ours.stage == "execute" and "errors" in ours.body
        self.seen["fallbacks"] += self.compiled.compiled.fallbacks > falls  # type: ignore[union-attr]
        self.cursors += list(_cursors(ours.body.get("data")))[:2]


def _facts(nodes: list[Node], kind: Kind, fact: str) -> list[str]:
    """What the things of a kind say of this fact, each once."""
    return list(dict.fromkeys(node.facts[fact] for node in nodes if node.kind is kind and node.facts.get(fact)))


def _cursors(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("endCursor"), str):
            yield value["endCursor"]
        for inner in value.values():
            yield from _cursors(inner)
    elif isinstance(value, list):
        for inner in value[:2]:
            yield from _cursors(inner)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    path = tmp_path_factory.mktemp("compiled") / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    return Twice(open_index(path))


@pytest.fixture(scope="module")
def small() -> Twice:
    """A small estate in two generations."""
    return Twice(MemoryIndex(many(3).view(1, "2026-11-30T06:00:00Z"), credit().view(2, "2026-12-01T06:00:00Z")))  # type: ignore[arg-type]


def _alike(twice: Twice, queries: int) -> None:
    @settings(max_examples=queries, derandomize=True, deadline=None, database=None)
    @given(st.integers(0, 2**32))
    def alike(seed: int) -> None:
        twice.ask(seed)

    alike()
    print(dict(twice.seen))
    # The queries are worth something: most run, some make errors, and most of those that run are compiled.
    assert twice.seen["asked"] >= queries * 0.9
    assert twice.seen["execute"] >= twice.seen["asked"] * 0.5
    assert twice.seen["with errors"] >= twice.seen["asked"] * 0.05
    assert twice.seen["fallbacks"] <= twice.seen["execute"] * 0.5


def test_the_sample_estate_answers_alike(sample: Twice) -> None:
    """Of 250 made-up queries each answer has the bytes of the reference executor's."""
    _alike(sample, FEW)


def test_a_small_estate_answers_alike(small: Twice) -> None:
    """The same over two generations held in memory."""
    _alike(small, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("estate", ["sample", "small"])
def test_many_made_up_queries_answer_alike(estate: str, request: pytest.FixtureRequest) -> None:
    """Of 20,000 made-up queries for each estate each answer has the bytes of the reference executor's."""
    _alike(request.getfixturevalue(estate), LOTS)


class Bad(Enum):
    ONE = "one"
    TWO = "two"


strawberry.enum(Bad)


@strawberry.interface
class Named:
    id: strawberry.ID


@strawberry.type
class Thing(Named):
    text: str
    maybe: str | None
    number: int | None
    flag: bool | None
    word: Bad | None
    many: list[str]
    some: list[str | None] | None
    inner: Inner | None
    needed: Inner

    @strawberry.field
    def raised(self) -> str | None:
        raise ValueError("a resolver that raises")

    @strawberry.field
    async def later(self) -> str | None:
        return "never awaited"


@strawberry.type
class Inner(Named):
    text: str
    number: float | None


def thing(**told: Any) -> Thing:
    """A thing that fits its type, but for what is told."""
    inner = Inner(id=strawberry.ID("2"), text="b", number=1.5)
    plain = {
        "id": "1", "text": "a", "maybe": None, "number": 1, "flag": True, "word": Bad.TWO, "many": ["x"],
        "some": [None, "y"], "inner": inner, "needed": inner,
    }  # fmt: skip
    return Thing(**{**plain, **told})


@strawberry.type
class Root:
    @strawberry.field
    def one(self, info: strawberry.Info) -> Thing | None:
        return info.context  # type: ignore[no-any-return]

    @strawberry.field
    def all(self, info: strawberry.Info) -> list[Named]:
        return [info.context, info.context.inner]

    @strawberry.field
    def told(self, info: strawberry.Info) -> str:
        return str(info.path)


ODD = strawberry.Schema(Root, types=[Thing, Inner])
EVERY = "{ one { __typename id text maybe number flag word many some inner { text number } needed { id } } }"


def _both(query: str, context: Any) -> tuple[Any, Any]:
    """The data of a compiled run, and of the executor; None where there is an error or nothing was compiled."""
    document = parse(query)
    assert validate(ODD._schema, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    ours = Compiled(ODD).run(query, document, operation, {}, context)
    theirs = execute_sync(ODD._schema, document, context_value=context)
    return ours, theirs.data if not theirs.errors else None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"id": 7},
        {"text": 5},
        {"text": True},
        {"number": 2.0},
        {"number": True},
        {"flag": 1},
        {"many": ("a", "b")},
        {"some": None},
        {"inner": None},
    ],
    ids=str,
)
def test_a_value_that_graphql_accepts_is_told_as_graphql_tells_it(told: dict[str, Any]) -> None:
    """Also one that is not of the exact type: the compiled code asks graphql-core's own coercion."""
    ours, theirs = _both(EVERY, thing(**told))

    assert theirs is not None
    assert ours == theirs
    assert str(ours) == str(theirs)


@pytest.mark.parametrize(
    "told",
    [
        {"text": None},
        {"text": ValueError("as a value")},
        {"number": 2**31},
        {"number": "x"},
        {"flag": "yes"},
        {"word": "TWO"},
        {"word": "two of them"},
        {"many": None},
        {"many": [None]},
        {"many": "text"},
        {"needed": None},
        {"needed": object()},
    ],
    ids=lambda given: ", ".join(f"{name} {type(value).__name__}" for name, value in given.items()),
)
def test_what_makes_an_error_is_left_to_the_executor(told: dict[str, Any]) -> None:
    """A null where none may be, a value that its type refuses, an object of another type."""
    ours, theirs = _both(EVERY, thing(**told))

    assert theirs is None
    assert ours is None


@pytest.mark.parametrize(
    "query",
    ["{ one { raised } }", "{ one { later } }", "{ told }", "{ __schema { queryType { name } } }"],
)
def test_what_is_not_covered_is_left_to_the_executor(query: str) -> None:
    """A resolver that raises or waits, one that asks more than the context, and introspection."""
    document = parse(query)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    assert Compiled(ODD).run(query, document, operation, {}, thing()) is None


def test_objects_of_an_interface_are_told_apart_by_their_class() -> None:
    query = "{ all { __typename ... on Thing { text flag } ...F id } } fragment F on Inner { number text }"
    document = parse(query)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    ours = Compiled(ODD).run(query, document, operation, {}, thing())

    assert ours == {
        "all": [
            {"__typename": "Thing", "text": "a", "flag": True, "id": "1"},
            {"__typename": "Inner", "number": 1.5, "text": "b", "id": "2"},
        ]
    }
    assert [list(one) for one in ours["all"]] == [
        ["__typename", "text", "flag", "id"],
        ["__typename", "number", "text", "id"],
    ]


def test_an_operation_is_compiled_once_for_each_shape() -> None:
    """Variables that only fill arguments make no new shape; those of `@include` do."""
    service = Service(MemoryIndex(credit().view()))
    query = "query ($n: Int!, $more: Boolean!) { models(first: $n) { edges { node { id name @include(if: $more) } } } }"
    for first, more in ((1, True), (2, True), (3, True), (1, False), (2, False)):
        edges = service.answer(Request(query, {"n": first, "more": more})).body["data"]["models"]["edges"]
        assert [("name" in edge["node"]) for edge in edges] == [more] * first

    assert service.compiled is not None
    assert (service.compiled.compilations, service.compiled.runs, service.compiled.fallbacks) == (2, 5, 0)


def test_what_is_remembered_is_bounded() -> None:
    """The operation that was used the longest ago is forgotten, and compiled again when it is asked again."""
    compiled = Compiled(ODD, capacity=2)
    queries = ["{ one { id } }", "{ one { text } }", "{ one { flag } }"]
    for query in (*queries, queries[-1], queries[0]):
        document = parse(query)
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert compiled.run(query, document, operation, {}, thing()) is not None

    assert compiled.compilations == 4


def test_a_refusal_is_the_same_when_the_document_is_known() -> None:
    """The measure is remembered by the numbers in variables: a page too large is refused after one that was not."""
    query = (
        "query ($n: Int!) { models(first: $n) { edges { node { upstream(first: $n) { edges { node { id } } } } } } }"
    )
    service = Service(MemoryIndex(credit().view()))
    fresh = Service(MemoryIndex(credit().view()))

    assert service.answer(Request(query, {"n": 2})).stage == "execute"
    refused = service.answer(Request(query, {"n": 900}))
    assert refused.codes == ("query_too_expensive",)
    assert refused == fresh.answer(Request(query, {"n": 900}))
    assert service.answer(Request(query, {"n": 2})).body["extensions"]["cost"]["requested"] == 117


def test_an_error_costs_no_second_reading_of_the_index() -> None:
    """The executor goes on with what the compiled run read, and counts what it visits from the beginning."""
    query = '{ models(first: 1000) { edges { node { upstream(first: 10) { totalCount } } } } node(id: "1") { id } '
    fails = query + 'upstream(ref: { model: "nobody:1" }, first: 1) { totalCount } }'
    index = MemoryIndex(many(20).view())
    compiled, alone = Service(index), Service(index, compiled=False)

    body = compiled.answer(Request(fails)).body
    assert [error["extensions"]["code"] for error in body["errors"]] == ["unknown_reference"]
    assert body == alone.answer(Request(fails)).body
