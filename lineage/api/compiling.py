"""Selections written as Python functions, one for each object type and what is selected of it.

    { models(first: 2) { edges { node { id tags { key } } } } }

becomes, for the type `ModelVersion` (a leaf of the exact type passes without a call; anything else calls `leaf`):

    def complete(o, x):
        if type(o) is not ModelVersion: raise Missed
        return {
            "id": (v if type(v := o.id) is str else leaf(v)),
            "tags": many(o.tags, x),
        }

`o` is the object, `x` holds what is made once a request: the arguments of each field and the `Info`.
Objects of an interface or union are told apart by their class; the function of a class is written when the
first of its objects is met. Nothing of the document's text gets into the code but names of GraphQL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import strawberry
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    VariableNode,
    get_argument_values,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.values import VariableValues
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from lineage.api import leaves
from lineage.api.leaves import Missed
from lineage.api.selecting import Selections, Uncovered, walk

Complete = Callable[[Any, Any], Any]
"""Completes an object, given what was made for the request."""

MAX_FUNCTIONS: Final = 500
"""Functions that one operation may come to; beyond them it is left to graphql-core."""

_DEFINITION: Final = "strawberry-definition"


class Arguments(NamedTuple):
    """Arguments of one field of a document that depend on variables."""

    field: GraphQLField
    definition: StrawberryField
    node: FieldNode


class Writer:
    """Writes the functions of one operation. Safe to use from several threads once `root` was written."""

    def __init__(self, schema: strawberry.Schema, selections: Selections) -> None:
        self._schema = schema
        self._core = schema._schema
        self._selections = selections
        self._written: dict[tuple[Any, ...], Complete] = {}
        self._classes = classes(schema)
        self._slots: list[Arguments] = []
        self._lock = threading.RLock()

    def root(self, node: Any) -> Complete:
        """The function of the operation itself. Raises Uncovered."""
        query = self._core.query_type
        assert query is not None
        return self._object(query, (node,), None)

    def _object(self, type_: GraphQLObjectType, nodes: Sequence[Any], cls: type | None) -> Complete:
        """The function for objects of the class `cls`, or of any when it is None."""
        known = (type_.name, cls, *map(id, nodes))
        if known not in self._written:
            if len(self._written) >= MAX_FUNCTIONS:
                raise Uncovered
            self._written[known] = self._write(type_, nodes, cls)
        return self._written[known]

    def _write(self, type_: GraphQLObjectType, nodes: Sequence[Any], cls: type | None) -> Complete:
        scope: dict[str, Any] = {"Missed": Missed, "missed": missed}

        def bind(hint: str, value: Any) -> str:
            name = f"{hint}{len(scope)}"
            scope[name] = value
            return name

        lines: list[str] = []
        for name, group in self._selections.of(nodes, type_).items():
            lines.append(f"        {name!r}: {self._field(type_, group, f'v{len(lines)}', bind)},\n")
        check = f"    if type(o) is not {bind('cls', cls)}: raise Missed\n" if cls is not None else ""
        code = f"def complete(o, x):\n{check}    return {{\n{''.join(lines)}    }}\n"
        exec(compile(code, f"<{type_.name}>", "exec"), scope)  # noqa: S102  # written above, of GraphQL's names alone
        written: Complete = scope["complete"]
        return written

    def _field(
        self, on: GraphQLObjectType, group: Sequence[FieldNode], slot: str, bind: Callable[[str, Any], str]
    ) -> str:
        """Python that resolves and completes a field of `o`."""
        node = group[0]
        if node.name.value == "__typename":
            return repr(on.name)
        field = on.fields.get(node.name.value)
        if field is None:
            raise Uncovered
        return self._value(field.type, self._resolved(field, node, bind), group, slot, bind)

    def _resolved(self, field: GraphQLField, node: FieldNode, bind: Callable[[str, Any], str]) -> str:
        """Python that calls the resolver of a field of `o`, or reads its attribute."""
        definition = field.extensions.get(_DEFINITION)
        if not isinstance(definition, StrawberryField) or definition.extensions or definition.is_async:
            raise Uncovered
        resolver = definition.base_resolver
        if resolver is None:
            if definition.default_resolver is not getattr or field.args:
                raise Uncovered
            return f"o.{definition.python_name}"
        if resolver.parent_parameter or resolver.root_parameter or not resolver.self_parameter:
            raise Uncovered
        passed = ["o"]
        if resolver.info_parameter:
            raw = bind("info", _info(self._schema, definition))
            passed.append(f"{resolver.info_parameter.name}={raw}(x.raw)")
        if field.args:
            passed.append(f"**{self._arguments(Arguments(field, definition, node), bind)}")
        return f"{bind('resolve', resolver.wrapped_func)}({', '.join(passed)})"

    def _arguments(self, of: Arguments, bind: Callable[[str, Any], str]) -> str:
        if not any(isinstance(part, VariableNode) for argument in of.node.arguments or () for part in walk(argument)):
            return bind("arguments", self.given(of, None))
        self._slots.append(of)
        return f"x[{len(self._slots) - 1}]"

    def made(self, raw: Any, variables: VariableValues, arguments: Mapping[int, dict[str, Any]]) -> Made:
        """What the functions need of one request; `arguments` are those that are known."""
        return Made(self, raw, variables, arguments)

    def slot(self, number: int) -> Arguments:
        return self._slots[number]

    def given(self, of: Arguments, variables: VariableValues | None) -> dict[str, Any]:
        """The arguments as the resolver takes them. Raises what coercion raises."""
        coerced = get_argument_values(of.field, of.node, variables)
        converter = self._schema.schema_converter
        return convert_arguments(coerced, of.definition.arguments, converter.scalar_registry, converter.config)

    def _value(
        self,
        type_: GraphQLOutputType,
        value: str,
        group: Sequence[FieldNode],
        slot: str,
        bind: Callable[[str, Any], str],
    ) -> str:
        """Python that completes `value` as `type_`."""
        nullable = not is_non_null_type(type_)
        inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return leaves.expression(inner, nullable, value, slot, bind)
        told = f"({slot} := {value})"
        if nullable:
            return f"(None if {told} is None else {self._completed(inner, slot, slot, slot, group, bind)})"
        return self._completed(inner, value, told, slot, group, bind)

    def _completed(
        self, type_: Any, value: str, told: str, slot: str, group: Sequence[FieldNode], bind: Callable[[str, Any], str]
    ) -> str:
        """Python that completes `value`, which is not null, as a list or an object. `told` also puts it into `slot`."""
        if is_object_type(type_):
            plain = self._plain(type_, group, value, slot, bind) if value.isidentifier() else None
            if plain is not None:
                return plain
            return f"{bind('object', self._object(type_, group, self._class(type_)))}({value}, x)"
        if is_abstract_type(type_):
            return f"{bind('classes', _Classes(self, type_, group))}[type({told})]({slot}, x)"
        if not is_list_type(type_):
            raise Uncovered
        item = f"{slot}_"
        done = self._value(type_.of_type, item, group, f"{item}w", bind)
        return f"[{done} for {item} in {bind('items', items)}({value})]"

    def _plain(
        self,
        type_: GraphQLObjectType,
        group: Sequence[FieldNode],
        value: str,
        slot: str,
        bind: Callable[[str, Any], str],
    ) -> str | None:
        """Python that completes an object of which only leaves are selected that it holds; None for any other."""
        parts: list[str] = []
        for name, nodes in self._selections.of(group, type_).items():
            field = type_.fields.get(nodes[0].name.value)
            inner: Any = (
                field.type.of_type if field and isinstance(field.type, GraphQLNonNull) else field and field.type
            )
            definition = field.extensions.get(_DEFINITION) if field else None
            if field is None or definition is None or not is_leaf_type(inner) or definition.base_resolver is not None:
                return None
            held = self._resolved(field, nodes[0], bind).removeprefix("o.")
            nullable = not is_non_null_type(field.type)
            told = leaves.expression(inner, nullable, f"{value}.{held}", f"{slot}{len(parts)}", bind)
            parts.append(f"{name!r}: {told}")
        return f"({{{', '.join(parts)}}} if type({value}) is {bind('cls', self._class(type_))} else missed())"

    def _class(self, type_: GraphQLObjectType) -> type:
        for cls, known in self._classes.items():
            if known is type_:
                return cls
        raise Uncovered

    def concrete(self, of: GraphQLAbstractType, cls: type, group: Sequence[FieldNode]) -> Complete:
        """The function for objects of a class where `of` is declared. Raises Missed or Uncovered."""
        type_ = self._classes.get(cls)
        if type_ is None or not self._core.is_sub_type(of, type_):
            raise Missed
        with self._lock:
            return self._object(type_, group, None)


class Made(dict[int, dict[str, Any]]):
    """The arguments of one request, each made when a resolver first takes them. `raw` is what resolvers are told."""

    def __init__(
        self, writer: Writer, raw: Any, variables: VariableValues, arguments: Mapping[int, dict[str, Any]]
    ) -> None:
        super().__init__(arguments)
        self.raw = raw
        self._writer = writer
        self._variables = variables

    def __missing__(self, slot: int) -> dict[str, Any]:
        self[slot] = made = self._writer.given(self._writer.slot(slot), self._variables)
        return made


class _Classes(dict[type, Complete]):
    """The function of each class of objects of an interface or union, written when the first one is met."""

    def __init__(self, writer: Writer, of: GraphQLAbstractType, group: Sequence[FieldNode]) -> None:
        super().__init__()
        self._writer = writer
        self._of = of
        self._group = group

    def __missing__(self, cls: type) -> Complete:
        self[cls] = made = self._writer.concrete(self._of, cls, self._group)
        return made


def missed() -> Any:
    raise Missed


def items(value: Any) -> Any:
    """A list, to be gone through. Raises Missed for any other value."""
    if type(value) is list or type(value) is tuple:
        return value
    raise Missed


def classes(schema: strawberry.Schema) -> Mapping[type, GraphQLObjectType]:
    """The object type of each class, as far as there is exactly one."""
    found: dict[type, GraphQLObjectType] = {}
    for type_ in schema._schema.type_map.values():
        told = type_.extensions.get(_DEFINITION)
        if isinstance(type_, GraphQLObjectType) and told is not None and told.concrete_of is None:
            found[told.origin] = type_
    return found


class RawInfo(NamedTuple):
    """What graphql-core tells a resolver, as far as ours ask. Any other attribute ends the compiled run."""

    context: Any


def _info(schema: strawberry.Schema, definition: StrawberryField) -> Callable[[Any], Any]:
    made = schema.config.info_class

    def info(raw: Any) -> Any:
        return made(_raw_info=raw, _field=definition)

    return info
