"""From a request to a response: read, measure, validate, run, tell.

Parsing and validation depend on the text alone and are remembered by it.
Nothing is run before every limit of `lineage.api.limits` was passed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    parse,
    specified_rules,
    validate,
)

from lineage.api import faults, limits
from lineage.api.schema import SCHEMA
from lineage.api.session import MAX_NODES, SECONDS, Session
from lineage.errors import QueryRefused, QueryTooLarge
from lineage.ports import Index

_CACHED: Final = 256
_MAX_ERRORS: Final = 10
_CORE: Final[GraphQLSchema] = SCHEMA._schema


class Request(msgspec.Struct, frozen=True):
    """A GraphQL request as the client means it."""

    query: str
    variables: dict[str, Any] = {}
    operation: str | None = None


class Response(msgspec.Struct, frozen=True):
    """What is sent back. `stage` is where it ended: `parse`, `validate` or `execute`.

    body: the response map of the GraphQL specification. codes: those of its errors, for logs and statuses.
    """

    body: dict[str, Any]
    stage: str

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(error["extensions"]["code"] for error in self.body.get("errors", ()))


class _Refusal(Exception):
    """Ends a request before it is run; never leaves this module."""

    def __init__(self, stage: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(stage)
        self.stage = stage
        self.errors = errors


class Service:
    """Answers GraphQL requests over an index. Safe to use from several threads.

    introspection: whether clients may ask for the schema and get suggestions for misspelt names.
    max_nodes, seconds: what one request may spend, see `Session`.
    """

    def __init__(
        self,
        index: Index,
        *,
        introspection: bool = True,
        max_nodes: int = MAX_NODES,
        seconds: float = SECONDS,
    ) -> None:
        self._index = index
        self._introspection = introspection
        self._max_nodes = max_nodes
        self._seconds = seconds
        self._rules = [*specified_rules] if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
        self._documents: OrderedDict[str, DocumentNode] = OrderedDict()
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """The response to a request. Never raises: what goes wrong is in the response."""
        try:
            document = self._document(request.query)
            operation = _operation(document, request.operation)
            measured = limits.measure(document, operation, request.variables)
            self._valid(request.query, document)
            return self._run(request, document, measured)
        except _Refusal as refusal:
            return Response({"errors": refusal.errors}, refusal.stage)
        except QueryRefused as refused:
            return Response({"errors": [faults.ours(refused)]}, "validate")
        except Exception as error:  # the last line: a bug becomes an id, never a traceback
            return Response({"errors": [faults.masked(error)], "data": None}, "execute")

    def _document(self, query: str) -> DocumentNode:
        with self._lock:
            known = self._documents.get(query)
            if known is not None:
                self._documents.move_to_end(query)
                return known
        if len(query) > limits.MAX_CHARACTERS:
            raise QueryTooLarge(
                f"the query has {len(query):,} characters; {limits.MAX_CHARACTERS:,} are allowed",
                "pass values as variables and send several requests",
            )
        try:
            return parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_COMMENTS)
        except GraphQLError as error:
            raise _Refusal("parse", [faults.told(error, "graphql_syntax")]) from None

    def _valid(self, query: str, document: DocumentNode) -> None:
        with self._lock:
            if query in self._documents:
                return
        errors = validate(
            _CORE, document, self._rules, max_errors=_MAX_ERRORS, hide_suggestions=not self._introspection
        )
        if errors:
            raise _Refusal("validate", [faults.told(error, _validation_code(error)) for error in errors])
        with self._lock:
            self._documents[query] = document
            while len(self._documents) > _CACHED:
                self._documents.popitem(last=False)

    def _run(self, request: Request, document: DocumentNode, measured: limits.Measure) -> Response:
        with Session(self._index, max_nodes=self._max_nodes, seconds=self._seconds) as session:
            result = execute_sync(
                _CORE,
                document,
                context_value=session,
                variable_values=request.variables,
                operation_name=request.operation,
            )
            assert isinstance(result, ExecutionResult)
            cost = {
                "requested": measured.cost,
                "maximum": limits.MAX_COST,
                "visited": session.visited,
                "maximumVisited": self._max_nodes,
            }
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Nothing was run: a variable did not fit.
            errors = [faults.told(error, "variables_invalid") for error in result.errors]
            return Response({"errors": errors}, "validate")
        body: dict[str, Any] = {}
        if result.errors:
            body["errors"] = faults.of_execution(result.errors)
        body["data"] = result.data
        body["extensions"] = {"cost": cost}
        return Response(body, "execute")


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    chosen = [one for one in operations if name is None or (one.name is not None and one.name.value == name)]
    if len(chosen) != 1:
        if not operations:
            said = "the document holds no operation"
        elif name is None:
            said = "the document holds several operations; `operationName` must say which"
        else:
            said = "the document holds no operation of the name in `operationName`"
        raise _Refusal("validate", [faults.said(said, "operation_unknown")])
    if chosen[0].operation is not OperationType.QUERY:
        said = f"this service only reads: it answers queries, no {chosen[0].operation.value}s"
        raise _Refusal("validate", [faults.said(said, "operation_refused")])
    return chosen[0]


def _validation_code(error: GraphQLError) -> str:
    if error.message.startswith("GraphQL introspection has been disabled"):
        return "introspection_disabled"
    return "graphql_invalid"
