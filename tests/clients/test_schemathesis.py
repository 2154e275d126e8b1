"""Schemathesis makes queries up from the written schema and sends them to a live service: none may break it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from graphql import (
    REMOVE,
    GraphQLInputObjectType,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    introspection_from_schema,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from lineage.api.documents import folder
from lineage.cli import run
from tests.server.serving import Served

TEXT = (folder() / "schema.graphql").read_text(encoding="utf-8")
SCHEMA = build_schema(TEXT)
ROOT = SCHEMA.query_type
assert ROOT is not None
CODES = set(re.findall(r"`([a-z_]+)`", (folder() / "README.md").read_text(encoding="utf-8")))
INSTANTS = ("2026-03-31T00:00:00Z", "2099-01-01T00:00:00+02:00", "2026-03-31", "yesterday", "")
KNOWN = {
    "uri": (
        "azureml:credit-scoring:5",
        "azureml:bureau-scores:2",
        "azureml://datastores/lake/paths/raw/",
        "azureml://registries/contoso-models",
        "azureml://jobs/lemon_net_2wttv098sl/outputs/fitted",
    ),
    "model": ("credit-scoring:5", "credit-scoring:4", "credit-scoring@latest", "affordability:1", "nobody:1"),
    "job": ("lemon_net_2wttv098sl", "calm_pepper_q1w8z5n3rt", "nobody"),
    "id": ("5379212966827525412", "1", "x"),
    "ids": ("5379212966827525412", "4942722138224753829", "1", "x"),
}
"""Values of the sample, by the name of the argument or field: without them nearly every query would find nothing."""

schemathesis.graphql.scalar("DateTime", st.sampled_from(INSTANTS).map(nodes.String))


class Meant(Visitor):
    """Makes of a made-up query one that means something: one key where one is taken, names that are there, pages."""

    def __init__(self, chance: random.Random, types: TypeInfo) -> None:
        super().__init__()
        self._chance = chance
        self._types = types
        self._names: list[str] = []

    def enter_object_value(self, value: ObjectValueNode, *_: Any) -> ObjectValueNode | None:
        type_ = get_named_type(self._types.get_input_type())  # type: ignore[arg-type]
        if not isinstance(type_, GraphQLInputObjectType) or not type_.is_one_of:
            return None
        fields = [field for field in value.fields if not isinstance(field.value, NullValueNode)]
        if type_.name == "NodeRef":
            key = self._chance.choice(("id", "uri", "model", "job"))
            known = StringValueNode(value=self._chance.choice(KNOWN[key]))
            fields = [ObjectFieldNode(name=NameNode(value=key), value=known)]
        elif type_.name == "AsOf":
            fields = [ObjectFieldNode(name=NameNode(value="generation"), value=IntValueNode(value="1"))]
        return ObjectValueNode(fields=tuple(fields[:1]))

    def enter_argument(self, told: Any, *_: Any) -> Any:
        if told.name.value in ("after", "workspace") and self._likely():
            return REMOVE
        self._names.append(told.name.value)
        return None

    def leave_argument(self, *_: Any) -> None:
        self._names.pop()

    def enter_object_field(self, told: Any, *_: Any) -> None:
        self._names.append(told.name.value)

    def leave_object_field(self, *_: Any) -> None:
        self._names.pop()

    def enter_string_value(self, value: StringValueNode, *_: Any) -> StringValueNode | None:
        known = KNOWN.get(self._names[-1]) if self._names else None
        return StringValueNode(value=self._chance.choice(known)) if known and self._likely() else None

    def enter_list_value(self, value: ListValueNode, *_: Any) -> ListValueNode | None:
        return ListValueNode(values=value.values[:20]) if len(value.values) > 20 else None

    def enter_int_value(self, value: IntValueNode, *_: Any) -> IntValueNode | None:
        if not self._names or not self._likely():
            return None
        return IntValueNode(
            value="1" if self._names[-1] == "generation" else self._chance.choice(("1", "2", "7", "50"))
        )

    def _likely(self) -> bool:
        return self._chance.random() < 0.9


def meant(query: str, chance: random.Random) -> str:
    """A made-up query, three times out of four as somebody would send it and otherwise as it was made."""
    if chance.random() < 0.25:
        return query
    types = TypeInfo(SCHEMA)
    return print_ast(visit(parse(query), TypeInfoVisitor(types, Meant(chance, types))))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    index = tmp_path_factory.mktemp("fuzzed") / "index.db"
    assert run(["crawl", "sample", "--index", str(index)]) == 0
    running = Served(index)
    yield running
    assert running.stop() == (0, ""), "the service logged something: a bug, or noise that an attacker could make"


def told_well(answer: Any) -> None:
    """No error of the service's own, and every error with a code that is explained and with a remedy."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() <= {"data", "errors", "extensions"}
    assert "data" in body or body["errors"]
    for error in body.get("errors", ()):
        extensions = error["extensions"]
        assert extensions["code"] != "internal_error", error
        assert extensions["code"] in CODES, error
        assert error["message"]
        assert extensions.get("remedy"), error


def fuzz(served: Served, name: str, cases: int) -> Counter[str]:
    """Send so many queries of this root field; what came of them: `data`, or the code of the first error."""
    schema = schemathesis.graphql.from_dict(_introspected())
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=schema["Query"][name].as_strategy(), chance=st.randoms(use_true_random=False))
    def sending(case: Any, chance: random.Random) -> None:
        case.body = meant(case.body, chance)
        answer = case.call(base_url=served.told["graphql"])
        told_well(answer)
        errors = answer.json().get("errors")
        outcomes[errors[0]["extensions"]["code"] if errors else "data"] += 1

    sending()
    return outcomes


def _introspected() -> dict[str, Any]:
    return dict(introspection_from_schema(SCHEMA))


@pytest.mark.parametrize("name", list(ROOT.fields))
def test_no_query_that_fits_the_schema_breaks_the_service(served: Served, name: str) -> None:
    """Every field of the root, with what it can be asked and what lies below it."""
    outcomes = fuzz(served, name, 20)

    assert outcomes.total() >= 10


def test_the_queries_that_are_made_up_reach_the_answers(served: Served) -> None:
    """Otherwise the tests above would only try how errors are told."""
    outcomes = fuzz(served, "resolve", 30) + fuzz(served, "upstream", 30)

    assert outcomes["data"] >= 6


@pytest.mark.soak
@pytest.mark.parametrize("name", list(ROOT.fields))
def test_no_query_of_many_breaks_the_service(served: Served, name: str) -> None:
    """The same, for longer."""
    outcomes = fuzz(served, name, 200)

    assert outcomes.total() > 50
