"""What clients of the release before rely on is still there."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema
from graphql.utilities import DangerousChangeType, find_breaking_changes, find_dangerous_changes

from lineage.api.schema import sdl

DATA = Path(__file__).parents[1] / "data"
RELEASED = (DATA / "released.graphql").read_text(encoding="utf-8")
README = (Path(__file__).parents[2] / "graphql" / "README.md").read_text(encoding="utf-8")

GROWTH = {
    DangerousChangeType.VALUE_ADDED_TO_ENUM,
    DangerousChangeType.TYPE_ADDED_TO_UNION,
    DangerousChangeType.IMPLEMENTED_INTERFACE_ADDED,
    DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED,
    DangerousChangeType.OPTIONAL_ARG_ADDED,
}
"""What the policy lets happen at any time: clients must expect values that they do not know."""


def changes(before: GraphQLSchema, after: GraphQLSchema) -> list[str]:
    """Changes from one schema to another that break a client, or may, and are more than growth."""
    found: list[Any] = [*find_breaking_changes(before, after)]
    found += [change for change in find_dangerous_changes(before, after) if change.type not in GROWTH]
    return [change.description for change in found]


def unexcused(found: Sequence[str], excuses: Sequence[dict[str, str]]) -> tuple[list[str], list[str]]:
    """Changes without an excuse, and excuses without a change."""
    told = {excuse["change"]: excuse.get("reason", "") for excuse in excuses}
    missing = [change for change in found if len(told.get(change, "")) < 10]
    return missing, [change for change in told if change not in found]


def test_nothing_that_clients_rely_on_has_changed_without_a_reason() -> None:
    """Against the schema of the release before; a change that breaks stands in tests/data/changes.toml with why."""
    excuses = tomllib.loads((DATA / "changes.toml").read_text(encoding="utf-8")).get("changes", [])

    missing, stale = unexcused(changes(build_schema(RELEASED), build_schema(sdl())), excuses)

    assert missing == []
    assert stale == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("type Query { a: Int b: Int }", "type Query { a: Int }", "Field Query.b was removed."),
        ("type Query { a: Int }", "type Query { a: Int! }", None),
        ("type Query { a: Int! }", "type Query { a: Int }", "Field Query.a changed type from Int! to Int."),
        ("type Query { a: Int }", "type Query { a(b: Int): Int }", None),
        ("type Query { a: Int }", "type Query { a(b: Int!): Int }", "A required argument Query.a(b:) was added."),
        (
            "type Query { a(b: Int = 1): Int }",
            "type Query { a(b: Int = 2): Int }",
            "Query.a(b:) has changed defaultValue from 1 to 2.",
        ),
        ("type Query { a: E } enum E { X Y }", "type Query { a: E } enum E { X }", "Enum value E.Y was removed."),
        ("type Query { a: E } enum E { X }", "type Query { a: E } enum E { X Y }", None),
        ("type Query { a: Int } type T { x: Int }", "type Query { a: Int }", "T was removed."),
    ],
)
def test_a_change_that_breaks_a_client_is_seen(before: str, after: str, said: str | None) -> None:
    """And growth is not."""
    assert changes(build_schema(before), build_schema(after)) == ([] if said is None else [said])


def test_an_excuse_needs_a_reason_and_a_change() -> None:
    """A list that is not looked at would let the next change through."""
    assert unexcused(["A was removed."], []) == (["A was removed."], [])
    assert unexcused(["A was removed."], [{"change": "A was removed.", "reason": "no"}]) == (["A was removed."], [])
    assert unexcused(["A was removed."], [{"change": "A was removed.", "reason": "B says the same"}]) == ([], [])
    assert unexcused([], [{"change": "A was removed.", "reason": "B says the same"}]) == ([], ["A was removed."])


def test_what_is_deprecated_says_what_replaces_it_and_until_when() -> None:
    """A client's author needs both."""
    after = build_schema(sdl())
    silent = [
        f"{type_.name}.{name}"
        for type_ in after.type_map.values()
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType))
        for name, field in type_.fields.items()
        if field.deprecation_reason is not None
        and not ("`" in field.deprecation_reason and "removed in" in field.deprecation_reason)
    ]

    assert silent == []


def test_the_policy_says_how_it_is_kept() -> None:
    """Where the release before stands, and where a change is excused."""
    for said in ("tests/data/released.graphql", "tests/data/changes.toml", "@deprecated"):
        assert said in README
