"""What a document may ask, decided on its text alone before anything is run.

The cost of a document is the most values that its answer can hold:

    cost(field)      = weight + cost(selection)
    cost(connection) = weight + cost(selection without `edges`) + first x cost(`edges`)
    cost(nodes)      = weight + number of ids x cost(selection)
    cost(selection)  = sum over its fields; a fragment costs wherever it is spread
    weight           = 1, and 50 for what walks the graph or compares (`_WALKS`)
    cost(impact)     = the same, and 5 for each of `of` and 500 for each of `sources`, which may read a kind of things

`first` counts as 1,000 when it is a variable that is neither sent nor has a default; a list that is short by
nature (tags, truncations, counts) counts as 20.

Fragments are counted once and remembered, so counting takes time in proportion to
the document and never to its cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from lineage.api.cursors import MAX_PAGE, largest
from lineage.errors import QueryTooDeep, QueryTooExpensive, QueryTooLarge, QueryTooManyAliases, QueryTooManyDirectives

MAX_CHARACTERS: Final = 100_000
MAX_TOKENS: Final = 2_000
MAX_COMMENTS: Final = 500
MAX_FIELDS: Final = 500
MAX_DEPTH: Final = 18
MAX_ALIASES: Final = 30
MAX_DIRECTIVES: Final = 30
MAX_REPEATED_DIRECTIVES: Final = 3
MAX_REPEATED_FIELDS: Final = 30
MAX_FRAGMENTS: Final = 30
MAX_COST: Final = 250_000

_WALKS: Final = frozenset(
    {"upstream", "downstream", "impact", "paths", "trace", "largestImpacts"}
    | {"difference", "modelDifference", "coverage", "explain"}
)
_WALK_WEIGHT: Final = 50
_STARTS: Final[Mapping[str, int]] = {"of": 5, "sources": 500}
"""What each entry of these arguments weighs: looking a reference up, or for everything that shares something."""
_EACH: Final = {"coverages": "groupBy"}
"""Fields that are a connection for each value of one of their arguments."""
_SHORT_LISTS: Final[Mapping[str, int]] = {
    "tags": 20,
    "properties": 20,
    "parameters": 20,
    "metrics": 20,
    "inputs": 20,
    "outputs": 20,
    "searchSpace": 20,
    "datasets": 20,
    "versionAliases": 20,
    "trafficShares": 20,
    "truncations": 20,
    "counts": 20,
    "gapCounts": 20,
    "looseEndCounts": 20,
    "reasonCounts": 20,
    "scopeCounts": 20,
    "trend": 20,
    "thingCounts": 20,
    "linkCounts": 20,
    "broughtBy": 20,
    "facts": 20,
    "proofs": 20,
    "codeCounts": 20,
    "severityCounts": 3,
    "kinds": 20,
    "states": 20,
    "scopes": 20,
    "origins": 20,
    "madeBy": 20,
    "candidates": 20,
    "declaredBy": 20,
    "copiedFrom": 20,
    "dataRoots": 20,
    "places": 20,
    "codeRuns": 20,
    "environments": 20,
    "baseModels": 20,
    "looseEnds": 20,
    "flavors": 20,
    "aliases": 20,
    "spellings": 20,
    "parts": 20,
    "regions": 20,
    "referencedUris": 20,
    "nodes": 50,
}


class Measure(msgspec.Struct, frozen=True):
    """What a document was found to be, for the operation that is to run. `depth` counts nested selection sets."""

    cost: int
    depth: int
    fields: int
    aliases: int
    directives: int


class _Sum(msgspec.Struct):
    """Of a selection: what its fields cost, what those named `edges` cost, which a page multiplies, and its depth."""

    cost: int = 0
    edges: int = 0
    depth: int = 0


def measure(document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> Measure:
    """Measure a document. Raises the `QueryRefused` of the first limit that it passes.

    Fields, aliases and directives are counted over the whole document, depth and cost over the operation.
    `variables` are the values sent with it: only numbers given for `first` and the lengths of lists matter.
    """
    fields, aliases, directives = _count(document)
    counting = _Counting(document, operation, variables)
    total = counting.of(operation.selection_set)
    if total.depth > MAX_DEPTH:
        raise QueryTooDeep(
            f"the query nests {total.depth} selections; {MAX_DEPTH} are allowed",
            "ask for the lineage with one `upstream` or `downstream` field: it follows every link by itself",
        )
    cost = total.cost + total.edges
    if cost > MAX_COST:
        raise QueryTooExpensive(
            f"the query could return {cost:,} values; {MAX_COST:,} are allowed",
            "ask for smaller pages with `first`, nest fewer connections, or leave fields out",
        )
    return Measure(cost, total.depth, fields, aliases, directives)


def told(operation: OperationDefinitionNode, variables: Mapping[str, object]) -> tuple[tuple[str, int, int], ...]:
    """All that `measure` may read of variables, to remember a measure by: numbers, and the lengths of lists."""
    found = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        if name in variables:
            value = variables[name]
            if isinstance(value, (list, tuple)):
                found.append((name, 1, len(value)))
            else:
                found.append((name, 0, value if isinstance(value, int) and 0 <= value <= largest() else -1))
    return tuple(found)


def _count(document: DocumentNode) -> tuple[int, int, int]:
    fields = aliases = directives = 0
    fragments = sum(isinstance(part, FragmentDefinitionNode) for part in document.definitions)
    if fragments > MAX_FRAGMENTS:
        raise QueryTooLarge(
            f"the query defines {fragments} fragments; {MAX_FRAGMENTS} are allowed", "send it as several requests"
        )
    for node in _walk(document):
        if isinstance(node, SelectionSetNode):
            # Whether fields of one name can be merged takes time in proportion to the square of their number.
            most = max(Counter(_names(node)).values(), default=0)
            if most > MAX_REPEATED_FIELDS:
                raise QueryTooLarge(
                    f"a field stands {most} times in one place; {MAX_REPEATED_FIELDS} are allowed",
                    "name each field once in a selection",
                )
        if isinstance(node, FieldNode):
            fields += 1
            aliases += node.alias is not None
        carried = getattr(node, "directives", None) or ()
        directives += len(carried)
        if len(carried) > MAX_REPEATED_DIRECTIVES:
            raise QueryTooManyDirectives(
                f"{len(carried)} directives in one place; {MAX_REPEATED_DIRECTIVES} are allowed",
                "give each place at most one `@include` and one `@skip`",
            )
    if fields > MAX_FIELDS:
        raise QueryTooLarge(f"the query names {fields} fields; {MAX_FIELDS} are allowed", "send it as several requests")
    if aliases > MAX_ALIASES:
        raise QueryTooManyAliases(
            f"the query renames {aliases} fields; {MAX_ALIASES} aliases are allowed",
            "use `nodes(ids:)` for many things at once, or send several requests",
        )
    if directives > MAX_DIRECTIVES:
        raise QueryTooManyDirectives(
            f"the query carries {directives} directives; {MAX_DIRECTIVES} are allowed", "send several requests"
        )
    return fields, aliases, directives


def _names(selections: SelectionSetNode) -> Iterator[str]:
    """The names in the answer that the fields of one place claim, those in inline fragments included."""
    stack = [selections]
    while stack:
        for one in stack.pop().selections:
            if isinstance(one, FieldNode):
                yield (one.alias or one.name).value
            elif isinstance(one, InlineFragmentNode):
                stack.append(one.selection_set)


def _walk(node: Node) -> Iterator[Node]:
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


class _Counting:
    """Cost and depth of selections; each fragment is counted once."""

    def __init__(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, object]
    ) -> None:
        self._fragments = {
            part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)
        }
        self._known: dict[str, _Sum] = {}
        self._sizes = {one.variable.name.value: one for one in operation.variable_definitions or ()}
        self._variables = variables

    def of(self, selections: SelectionSetNode) -> _Sum:
        total = _Sum(depth=1)
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                cost, depth = self._field(selection)
                if selection.name.value == "edges":
                    part = _Sum(edges=cost, depth=depth)
                else:
                    part = _Sum(cost=cost, depth=depth)
            elif isinstance(selection, FragmentSpreadNode):
                part = self._fragment(selection.name.value)
            else:
                part = self.of(selection.selection_set)  # type: ignore[attr-defined]
            total.cost += part.cost
            total.edges += part.edges
            total.depth = max(total.depth, part.depth)
        return total

    def _fragment(self, name: str) -> _Sum:
        if name not in self._known:
            # A fragment that spreads itself counts nothing here; validation refuses it.
            self._known[name] = _Sum()
            part = self._fragments.get(name)
            if part is not None:
                self._known[name] = self.of(part.selection_set)
        return self._known[name]

    def _field(self, field: FieldNode) -> tuple[int, int]:
        """Cost and depth of a field with all that it selects."""
        name = field.name.value
        weight = _WALK_WEIGHT if name in _WALKS else 1
        if field.selection_set is None:
            return weight, 0
        inner = self.of(field.selection_set)
        for argument in field.arguments or ():
            if argument.name.value in _STARTS:
                weight += _STARTS[argument.name.value] * self._length(argument.value)
        many = 1
        for argument in field.arguments or ():
            if name in _EACH and argument.name.value == _EACH[name]:
                many = self._length(argument.value)
        for argument in field.arguments or ():
            if argument.name.value == "first":
                one = inner.cost + self._number(argument.value) * inner.edges
                return weight + many * one, inner.depth + 1
            if argument.name.value == "ids":
                return weight + self._length(argument.value) * (inner.cost + inner.edges), inner.depth + 1
        return weight + _SHORT_LISTS.get(name, 1) * (inner.cost + inner.edges), inner.depth + 1

    def _number(self, value: Node) -> int:
        if isinstance(value, VariableNode):
            given = self._given(value)
            # What is no number in range is refused when variables are read or the page is cut.
            return given if isinstance(given, int) and 0 <= given <= largest() else MAX_PAGE
        if isinstance(value, IntValueNode):
            # Never read a number of many digits: it is out of range however long it is.
            return min(int(value.value), largest()) if len(value.value) <= 5 and value.value[0] != "-" else MAX_PAGE
        return MAX_PAGE

    def _length(self, value: Node) -> int:
        if isinstance(value, ListValueNode):
            return max(1, len(value.values))
        if isinstance(value, VariableNode):
            given = self._given(value)
            return max(1, len(given)) if isinstance(given, (list, tuple)) else 1
        return 1

    def _given(self, variable: VariableNode) -> object:
        name = variable.name.value
        if name in self._variables:
            return self._variables[name]
        definition = self._sizes.get(name)
        default = definition.default_value if definition is not None else None
        if isinstance(default, IntValueNode) and len(default.value) <= 5:
            return int(default.value)
        return [None] * len(default.values) if isinstance(default, ListValueNode) else None
