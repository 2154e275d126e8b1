"""How an object type tells a thing's fields: facts that it copies, details that it reads, things that it leads to.

A fact is copied when the object is made, because lists show it. A detail is read
from the record's body when a query asks for it, for all things of the page at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

from lineage.api.lineages import COLLECTIONS, THINGS, LineageNode, thing
from lineage.api.words import DateTime
from lineage.details import Pair
from lineage.graph import Relation
from lineage.ids import Kind
from lineage.lookup import Found

Copies = tuple[tuple[str, str, Callable[[Any], Any]], ...]
L = TypeVar("L", bound=type[LineageNode])

DESCRIPTION = "The description somebody wrote in Azure ML; null when there is none."
TAGS = "The tags somebody set in Azure ML, by key; empty when there are none or no record says."
VERSION = "The version as Azure ML writes it: text, often digits; null when no record says."


def a(kind: Kind, description: str, collection: str = "") -> Callable[[L], L]:
    """Make a class the object type of a kind, or of what is in one collection of a kind."""

    def made(cls: L) -> L:
        told: Any = strawberry.type(cls, name=cls.__name__, description=description)
        if collection:
            COLLECTIONS[collection] = told
        else:
            THINGS[kind] = told
        return cls

    return made


def detail(name: str, told: Any, description: str, convert: Callable[[Any], Any] | None = None) -> Any:
    """A field that tells the detail `name` of a thing, as a `told`. None is never converted."""

    def read(self: LineageNode) -> Any:
        value = getattr(self.page.details(self.found.node), name)
        return value if convert is None or value is None else convert(value)

    read.__annotations__ = {"return": told}
    return strawberry.field(resolver=read, description=description)


def fact(name: str, told: Any, description: str, convert: Callable[[Any], Any]) -> Any:
    """A field that tells the fact `name` of a thing, for what is asked too seldom to be copied."""

    def read(self: LineageNode) -> Any:
        return convert(self.found.node.facts.get(name))

    read.__annotations__ = {"return": told}
    return strawberry.field(resolver=read, description=description)


def end(relation: Relation, of: type[LineageNode], description: str) -> Any:
    """A field that tells the thing of type `of` at the far end of a link."""

    def read(self: LineageNode) -> Any:
        return other(self, relation, of)

    read.__annotations__ = {"return": of | None}
    return strawberry.field(resolver=read, description=description)


T = TypeVar("T", bound=LineageNode)


def other(of: LineageNode, relation: Relation, wanted: type[T], role: str = "") -> T | None:
    """The thing at the far end of the surest link of this relation and name; None for one of another type."""
    far = of.page.end(of.found.node, relation, role)
    found = thing(Found(far[0]), far[1]) if far is not None else None
    return found if isinstance(found, wanted) else None


def as_text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def as_instant(value: Any) -> DateTime | None:
    return DateTime(str(value)) if value else None


def as_names(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []


@strawberry.type(description="A tag that somebody set on a thing in Azure ML.")
class Tag:
    key: str = strawberry.field(description="The tag's name.")
    value: str | None = strawberry.field(description="The tag's value; null when it has none.")


def as_tags(value: Any) -> list[Tag]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [Tag(key=str(key), value=as_text(told)) for key, told in sorted(pairs)]


def tags_of(pairs: tuple[Pair, ...]) -> list[Tag]:
    return [Tag(key=one.name, value=one.value) for one in pairs]


@strawberry.type(description="Something that Azure ML or its clients noted on a thing, under a name of theirs.")
class Property:
    name: str = strawberry.field(description="The property's name, such as `azureml.runsource`.")
    value: str | None = strawberry.field(description="Its value, an object as JSON; null when it has none.")


def as_properties(pairs: tuple[Pair, ...]) -> list[Property]:
    return [Property(name=one.name, value=one.value) for one in pairs]


def noted() -> Any:
    return detail(
        "properties",
        list[Property],
        "What Azure ML and its clients noted on it, by name, with secrets removed; at most 200 "
        "(`properties.properties`); empty when there is nothing or no record says.",
        as_properties,
    )
