"""The schema as a contract: written down, described to the last argument, and paged everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    parse,
    validate,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from lineage.api.documents import documents, folder
from lineage.api.limits import measure
from lineage.api.schema import SCHEMA, sdl
from lineage.ids import Kind

CORE = SCHEMA._schema
GRAPHQL = Path(__file__).parents[2] / "graphql"


def own_types() -> Iterator[object]:
    return (type_ for name, type_ in CORE.type_map.items() if not name.startswith("__"))


def test_the_schema_in_the_repository_is_the_one_the_code_prints() -> None:
    """`make schema` writes it; whoever changes the code must look at what changes for clients."""
    assert (GRAPHQL / "schema.graphql").read_text(encoding="utf-8") == sdl()


def test_the_written_schema_builds_into_the_same_schema() -> None:
    """Other tools read the text: it must say everything, without a breaking or dangerous difference."""
    written = build_schema((GRAPHQL / "schema.graphql").read_text(encoding="utf-8"))

    assert find_breaking_changes(CORE, written) == []
    assert find_breaking_changes(written, CORE) == []
    assert find_dangerous_changes(CORE, written) == []


def test_everything_in_the_schema_is_described() -> None:
    """Types, fields, arguments, inputs and enum values each say what they mean."""
    silent = []
    for type_ in own_types():
        name = type_.name  # type: ignore[attr-defined]
        if not type_.description and name not in ("String", "Int", "Boolean", "ID", "Float"):  # type: ignore[attr-defined]
            silent.append(name)
        if isinstance(type_, GraphQLEnumType):
            silent += [f"{name}.{value}" for value, told in type_.values.items() if not told.description]
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            for field, told in type_.fields.items():
                if not told.description:
                    silent.append(f"{name}.{field}")
                for argument, of in getattr(told, "args", {}).items():
                    if not of.description:
                        silent.append(f"{name}.{field}({argument}:)")

    assert silent == []


def test_a_field_that_may_be_null_says_what_null_means() -> None:
    """A client must know whether null is "not known", "not there" or "it failed"."""
    silent = [
        f"{type_.name}.{name}"
        for type_ in own_types()
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType))
        for name, field in type_.fields.items()
        if not isinstance(field.type, GraphQLNonNull) and "ull" not in (field.description or "")
    ]

    assert silent == []


def test_every_connection_field_requires_a_page_size() -> None:
    """`first` is required wherever a connection is returned, so no answer is larger than was asked for."""
    loose = []
    connections = 0
    for type_ in own_types():
        if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, field in type_.fields.items():
                if get_named_type(field.type).name.endswith("Connection"):
                    connections += 1
                    first = field.args.get("first")
                    if first is None or str(first.type) != "Int!":
                        loose.append(f"{type_.name}.{name}")

    assert loose == []
    assert connections > 40


def test_every_connection_is_relays() -> None:
    """Edges with a cursor and a node, and page information: what Relay's compiler asks of a connection."""
    for type_ in own_types():
        if isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection"):
            edge = get_named_type(type_.fields["edges"].type)
            assert isinstance(edge, GraphQLObjectType), type_.name
            assert str(type_.fields["pageInfo"].type) == "PageInfo!", type_.name
            assert str(edge.fields["cursor"].type) == "String!", edge.name
            assert str(edge.fields["node"].type).endswith("!"), edge.name


def test_nothing_can_be_changed() -> None:
    """The service only reads."""
    assert CORE.mutation_type is None
    assert CORE.subscription_type is None


def test_every_kind_of_thing_has_an_object_type_with_lineage() -> None:
    """Whatever a node is, it is a `Node` and a `LineageNode`."""
    interface = CORE.type_map["LineageNode"]
    assert isinstance(interface, GraphQLInterfaceType)
    names = {type_.name for type_ in CORE.get_possible_types(interface)}

    # What has no kind of its own has one type, but for schedules.
    assert names == {kind.value for kind in Kind if kind is not Kind.OTHER} | {"OtherThing", "Schedule"}
    assert [one.name for one in interface.interfaces] == ["Node"]


def test_fields_of_one_name_are_of_one_type_whatever_the_thing() -> None:
    """A query may ask any of them of a list of things of several kinds, with a fragment for each, without aliases."""
    told: dict[str, set[str]] = {}
    for type_ in CORE.get_possible_types(CORE.type_map["LineageNode"]):  # type: ignore[arg-type]
        for name, field in type_.fields.items():
            told.setdefault(name, set()).add(str(field.type))

    assert {name: types for name, types in told.items() if len(types) > 1} == {}


def test_a_reference_is_given_in_exactly_one_way() -> None:
    """`NodeRef` and `AsOf` are `@oneOf` inputs, in the schema that is run and in the text."""
    text = sdl()
    assert "input NodeRef @oneOf {" in text
    assert "input AsOf @oneOf {" in text


def test_the_documents_are_found_in_the_checkout() -> None:
    """Without an installed copy the documents are those of the checkout."""
    assert (folder() / "schema.graphql").is_file()
    names = [one.name for one in documents()]
    assert names == sorted(names)
    assert {"ModelOrigin", "DataImpact", "IndexStatus", "Ledger"} < set(names)


def test_every_documented_operation_is_valid_and_affordable() -> None:
    """The documents fit the schema and the limits even with the largest page."""
    for one in documents():
        document = parse(one.text)
        assert validate(CORE, document) == [], one.name
        operation = document.definitions[0]
        measured = measure(document, operation, {"first": 1000})  # type: ignore[arg-type]
        assert measured.cost <= 250_000, one.name


def test_every_documented_operation_stands_in_a_file_of_its_name_and_asks_a_question() -> None:
    """A reader finds an operation by its name, and its first line is the question it answers."""
    names = {path.stem for path in (GRAPHQL / "operations").glob("*.graphql")}

    assert names == {one.name for one in documents()}
    for one in documents():
        assert one.question.endswith("?"), one.name
        assert one.about, one.name


def test_the_folder_of_documents_holds_no_python() -> None:
    """A Python file in `graphql/` would shadow graphql-core for whoever runs from the checkout."""
    assert sorted(path.suffix for path in GRAPHQL.rglob("*") if path.is_file() and path.suffix == ".py") == []
    assert {path.name for path in GRAPHQL.iterdir()} == {"README.md", "schema.graphql", "operations"}
