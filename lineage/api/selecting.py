"""Which fields a selection asks of one object type: fragments flattened, fields of one name merged.

This is what graphql-core does for each object while a query runs. Here it is done once for each type of object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

Shape = Mapping[str, bool]
"""The values of the variables that `@include` and `@skip` ask."""


class Uncovered(Exception):
    """Something that is left to graphql-core."""


class Selections:
    """The selections of one document. `shape` decides what its directives leave out."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, shape: Shape) -> None:
        self._schema = schema
        self._shape = shape
        self._fragments: dict[str, FragmentDefinitionNode] = {}
        for part in document.definitions:
            if isinstance(part, FragmentDefinitionNode):
                self._fragments[part.name.value] = part

    def of(
        self, nodes: Iterable[FieldNode | OperationDefinitionNode], on: GraphQLObjectType
    ) -> dict[str, list[FieldNode]]:
        """The fields that `nodes` together select of an object of type `on`, by their name in the answer.

        Raises Uncovered for a directive other than `@include` and `@skip` and for fragments with variables.
        """
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            if node.selection_set is not None:
                self._collect(node.selection_set, on, found, seen)
        return found

    def _collect(
        self, selections: SelectionSetNode, on: GraphQLObjectType, found: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for one in selections.selections:
            if not self._included(one):
                continue
            if isinstance(one, FieldNode):
                found.setdefault((one.alias or one.name).value, []).append(one)
            elif isinstance(one, InlineFragmentNode):
                if self._matches(one.type_condition, on):
                    self._collect(one.selection_set, on, found, seen)
            elif isinstance(one, FragmentSpreadNode):
                name = one.name.value
                fragment = self._fragments.get(name)
                if fragment is None or not self._matches(fragment.type_condition, on) or name in seen:
                    continue
                if fragment.variable_definitions or fragment.directives:
                    raise Uncovered
                seen.add(name)
                self._collect(fragment.selection_set, on, found, seen)
            else:
                raise Uncovered

    def _matches(self, condition: NamedTypeNode | None, on: GraphQLObjectType) -> bool:
        if condition is None:
            return True
        type_ = self._schema.get_type(condition.name.value)
        return type_ is on or (is_abstract_type(type_) and self._schema.is_sub_type(type_, on))

    def _included(self, one: SelectionNode) -> bool:
        included = True
        for directive in one.directives or ():
            if directive.name.value not in ("include", "skip") or not directive.arguments:
                raise Uncovered
            value = directive.arguments[0].value
            if isinstance(value, BooleanValueNode):
                held = value.value
            elif isinstance(value, VariableNode):
                if value.name.value not in self._shape:
                    raise Uncovered
                held = self._shape[value.name.value]
            else:
                raise Uncovered
            included &= held is (directive.name.value == "include")
        return included


def shaping(document: DocumentNode) -> tuple[str, ...]:
    """The variables that `@include` and `@skip` ask, anywhere in a document, in order."""
    names = set()
    for node in walk(document):
        if isinstance(node, SelectionNode):
            for directive in node.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        names.add(argument.value.name.value)
    return tuple(sorted(names))


def walk(node: Node) -> Iterator[Node]:
    """A node and all that stands in it."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        for key in here.keys:
            child = getattr(here, key, None)
            if isinstance(child, Node):
                stack.append(child)
            elif isinstance(child, (list, tuple)):
                stack.extend(child)
