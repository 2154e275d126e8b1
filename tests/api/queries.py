"""Queries made up over a schema: what clients may send, and what they should not.

    asked = made(random.Random(7), SCHEMA._schema, pools)
    asked.text       query ($a: Int!) { models(first: $a) { edges { node { ...F1 } } } } fragment F1 on …

Fields with and without aliases and repeated, fragments inline and by name on every type that fits, variables with
and without defaults, `@include` and `@skip` by literal and by variable, arguments that fit, that mean nothing and
that do not fit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

Pools = Mapping[str, Sequence[Any]]
"""Values to choose from, by the name of the argument or input field, or of its type."""


class Asked(msgspec.Struct, frozen=True):
    text: str
    variables: dict[str, Any]


def made(chance: random.Random, schema: GraphQLSchema, pools: Pools) -> Asked:
    """One query."""
    return _Maker(chance, schema, pools).query()


class _Maker:
    def __init__(self, chance: random.Random, schema: GraphQLSchema, pools: Pools) -> None:
        self._chance = chance
        self._schema = schema
        self._pools = pools
        self._variables: dict[str, Any] = {}
        self._declared: list[str] = []
        self._fragments: list[str] = []
        self._aliases = 0
        self._directives = 0
        self._fields = 0

    def query(self) -> Asked:
        root = self._schema.query_type
        assert root is not None
        selected = self._selection(root, self._chance.choice((2, 4, 5, 6, 7)))
        declared = f" ({', '.join(self._declared)})" if self._declared else ""
        name = self._chance.choice(("", " Asked")) if not declared else " Asked"
        return Asked(" ".join([f"query{name}{declared} {selected}", *self._fragments]), self._variables)

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share

    def _selection(self, type_: Any, depth: int) -> str:
        parts: list[str] = []
        if isinstance(type_, GraphQLUnionType):
            for one in self._chance.sample(list(type_.types), self._chance.randint(1, 4)):
                parts.append(self._fragment(one, depth))
            if self._likely(0.6):
                parts.append(self._fragment(self._schema.type_map["LineageNode"], depth))
        else:
            parts += self._some_fields(type_, depth)
        if isinstance(type_, GraphQLInterfaceType) and self._likely(0.6):
            possible = list(self._schema.get_possible_types(type_))
            for one in self._chance.sample(possible, self._chance.randint(1, 3)):
                parts.append(self._fragment(one, depth))
        if isinstance(type_, GraphQLObjectType) and type_ is not self._schema.query_type and self._likely(0.2):
            around = self._chance.choice([type_, *type_.interfaces])
            parts.append(self._fragment(around, depth))
        if not parts or self._likely(0.25):
            parts.append("__typename")
        self._chance.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def _some_fields(self, type_: Any, depth: int) -> list[str]:
        fields = list(type_.fields.items())
        leaves = [(name, field) for name, field in fields if is_leaf_type(get_named_type(field.type))]
        nested = [(name, field) for name, field in fields if not is_leaf_type(get_named_type(field.type))]
        chosen = self._chance.sample(leaves, min(len(leaves), self._chance.randint(1, 5)))
        # What a connection is asked for is its entries.
        inner = [one for one in nested if one[0] in ("edges", "node") and self._likely(0.95)]
        if depth > 1:
            chosen += inner
            rest = [one for one in nested if one not in inner] if self._fields < 60 else []
            chosen += self._chance.sample(rest, min(len(rest), self._chance.choice((0, 0, 1, 1, 2)) + (not chosen)))
        elif not chosen:
            return []
        return [told for name, field in chosen for told in self._field(name, field, depth)]

    def _field(self, name: str, field: GraphQLField, depth: int) -> list[str]:
        inner = get_named_type(field.type)
        self._fields += 1
        alias = ""
        if self._aliases < 20 and self._likely(0.6 if field.args else 0.12):
            self._aliases += 1
            alias = f"{self._chance.choice('pqrs')}{self._aliases}: "
        told = f"{alias}{name}{self._arguments(field)}{self._directive()}"
        if is_leaf_type(inner):
            return [told, told] if self._likely(0.05) else [told]
        selections = [self._selection(inner, depth - 1)]
        if self._likely(0.08) and self._fields < 40:
            selections.append(self._selection(inner, depth - 1))
        return [f"{told} {one}" for one in selections]

    def _fragment(self, type_: Any, depth: int) -> str:
        inner = self._selection(type_, depth)
        if self._likely(0.4) and len(self._fragments) < 25:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {type_.name} {inner}")
            spread = f"...{name}{self._directive()}"
            return f"{spread} ...{name}" if self._likely(0.1) else spread
        return f"... on {type_.name}{self._directive()} {inner}"

    def _directive(self) -> str:
        if self._directives > 9 or not self._likely(0.08):
            return ""
        self._directives += 1
        told = []
        for name in self._chance.choice((("include",), ("skip",), ("skip", "include"))):
            held = self._likely(0.8) is (name == "include")
            value = json.dumps(held) if self._likely(0.5) else self._variable("Boolean!", held)
            told.append(f" @{name}(if: {value})")
        return "".join(told)

    def _arguments(self, field: GraphQLField) -> str:
        told = []
        for name, argument in field.args.items():
            needed = isinstance(argument.type, GraphQLNonNull)
            # Most cursors are of another list, and what follows an error is told by it alone.
            if not needed and not self._likely(0.1 if name == "after" else 0.25):
                continue
            value = self._value(name, argument.type)
            if self._likely(0.25):
                told.append(f"{name}: {self._variable(str(argument.type), value)}")
            else:
                told.append(f"{name}: {self._literal(argument.type, value)}")
        return f"({', '.join(told)})" if told else ""

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._declared)}"
        default = ""
        if type_.startswith("Int") and self._likely(0.3):
            default = f" = {self._chance.randint(1, 3)}"
        self._declared.append(f"${name}: {type_}{default}")
        if self._likely(0.02):
            value = self._chance.choice(([], {}, "x", 1.5, None))
        if default and self._likely(0.5):
            return f"${name}"
        if self._likely(0.99):
            self._variables[name] = value
        return f"${name}"

    def _value(self, name: str, type_: Any, needed: bool = False) -> Any:
        """A value of this type as JSON, mostly one that means something."""
        if isinstance(type_, GraphQLNonNull):
            return None if self._likely(0.003) else self._value(name, type_.of_type, needed=True)
        if not needed and self._likely(0.05):
            return None
        if isinstance(type_, GraphQLList):
            return [self._value(name, type_.of_type) for _ in range(self._chance.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return self._chance.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            fields = list(type_.fields.items())
            wanted = 1 if getattr(type_, "is_one_of", False) and self._likely(0.99) else self._chance.randint(0, 2)
            chosen = self._chance.sample(fields, min(wanted, len(fields)))
            chosen += [one for one in fields if isinstance(one[1].type, GraphQLNonNull) and one not in chosen]
            return {key: self._value(f"{type_.name}.{key}", field.type, needed=wanted == 1) for key, field in chosen}
        for key in (name, name.rpartition(".")[2], type_.name):
            if key in self._pools:
                return self._chance.choice(self._pools[key])
        raise LookupError(f"no pool for {name}: {type_}")

    def _literal(self, type_: Any, value: Any) -> str:
        if isinstance(type_, GraphQLNonNull):
            return self._literal(type_.of_type, value)
        if value is None:
            return "null"
        if isinstance(type_, GraphQLList):
            return f"[{', '.join(self._literal(type_.of_type, one) for one in value)}]"
        if isinstance(type_, GraphQLEnumType):
            return str(value)
        if isinstance(type_, GraphQLInputObjectType):
            told = (f"{key}: {self._literal(type_.fields[key].type, one)}" for key, one in value.items())
            return "{" + ", ".join(told) + "}"
        return json.dumps(value)
