"""Leaves of an answer: the expression that completes one, for values of exactly the type it should have.

A value of the exact type passes as it is, without a call. Any other goes through
graphql-core's own coercion, and what that refuses ends the compiled run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.types.scalar import identity


class Missed(Exception):
    """A value that the compiled code does not complete: graphql-core runs the operation instead."""


def strict(type_: GraphQLLeafType, nullable: bool) -> Callable[[Any], Any]:
    """Completes a leaf as graphql-core does. The result raises Missed, or what the coercion raises, for an error."""
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        if value is None and nullable:
            return None
        if value is None or value is Undefined or isinstance(value, Exception):
            raise Missed
        told = coerce(value)
        if told is None or told is Undefined:
            raise Missed
        return told

    return complete


def names(type_: GraphQLEnumType) -> Mapping[int, str] | None:
    """The name in the answer of each member of an enum, by the member's identity; None for an enum of no class.

    Members live as long as the process, so that their identities are never another's. Their own hash is
    computed in Python, at ten times the price.
    """
    told = type_.extensions.get("strawberry-definition")
    members = getattr(told, "wrapped_cls", None)
    if members is None:
        return None
    return {id(member): type_.coerce_output_value(member) for member in members}


def expression(type_: GraphQLLeafType, nullable: bool, value: str, slot: str, bind: Callable[[str, Any], str]) -> str:
    """Python that completes `value`, an expression, as this leaf. `slot` is a free local name.

    `bind(hint, object)` gives the name under which the code finds an object.
    """
    slow = bind("leaf", strict(type_, nullable))
    told = f"({slot} := {value})"
    if value.isidentifier():
        slot = told = value
    null = f" or {slot} is None" if nullable else ""
    if isinstance(type_, GraphQLEnumType):
        members = getattr(type_.extensions.get("strawberry-definition"), "wrapped_cls", None)
        if members is not None and all(type_.coerce_output_value(one) == one.name for one in members):
            # A member knows its own name: `_name_` is what the property `name` reads, at a third of the price.
            other = f"None if {slot} is None else {slow}({slot})" if nullable else f"{slow}({slot})"
            return f"({slot}._name_ if type({told}) is {bind('enum', members)} else {other})"
        known = names(type_)
        if known is not None:
            return f"({bind('names', known)}.get(id({told})) or {slow}({slot}))"
    if type_ in (GraphQLString, GraphQLID) or _plain(type_):
        return f"({slot} if type({told}) is str{null} else {slow}({slot}))"
    if type_ is GraphQLInt:
        return f"({slot} if type({told}) is int and -2147483648 <= {slot} <= 2147483647{null} else {slow}({slot}))"
    if type_ is GraphQLBoolean:
        return f"({slot} if type({told}) is bool{null} else {slow}({slot}))"
    return f"{slow}({value})"


def _plain(type_: GraphQLLeafType) -> bool:
    """Whether a scalar hands out whatever it is given."""
    return isinstance(type_, GraphQLScalarType) and type_.coerce_output_value is identity
