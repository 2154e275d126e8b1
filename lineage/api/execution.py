"""From a request to a response: read, measure, validate, run, tell.

Parsing and validation depend on the text alone and are remembered by it, and
so is the measure, by the numbers among the variables. Nothing is run before
every limit of `lineage.api.limits` was passed. What runs is the operation as
`lineage.api.compiled` wrote it, or graphql-core's executor: the answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable
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

from lineage.api import cursors, faults, limits
from lineage.api.compiled import Compiled
from lineage.api.remembering import Remembered
from lineage.api.schema import SCHEMA, LineageSchema
from lineage.api.session import MAX_NODES, SECONDS, Session
from lineage.errors import QueryRefused, QueryTooLarge
from lineage.ports import Index

_CACHED: Final = 256
_MEASURES: Final = 16
_TOTALS: Final = 1_024
"""Lists of which it is remembered how long they are, each by its filter and generation."""
_MAX_ERRORS: Final = 10
_CORE: Final[GraphQLSchema] = SCHEMA._schema


class Request(msgspec.Struct, frozen=True):
    """A GraphQL request as the client means it. trusted: the query is one of the trusted documents.

    memory: by service, what follows from all the above alone, for whoever asks the very same again.
    """

    query: str
    variables: dict[str, Any] = {}
    operation: str | None = None
    trusted: bool = False
    memory: dict[Any, dict[str, Any]] = {}


class Response(msgspec.Struct, frozen=True):
    """What is sent back. `stage` is where it ended: `parse`, `validate` or `execute`.

    body: the response map of the GraphQL specification. codes: those of its errors, for logs and statuses.
    """

    body: dict[str, Any]
    stage: str

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(error["extensions"]["code"] for error in self.body.get("errors", ()))


class _Known(msgspec.Struct, frozen=True):
    """A document, and its measures by operation and the numbers in its variables. `valid`: it was validated."""

    document: DocumentNode
    measures: Remembered[tuple[Any, ...], limits.Measure]
    valid: bool = False


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
    compiled: whether operations are compiled; answers are the same without, and slower.
    schema: what is answered; another than the product's serves measurements.
    answers: where walks are kept for the next request, by whoever asks all of them of one generation.
    """

    def __init__(
        self,
        index: Index,
        *,
        introspection: bool = True,
        max_nodes: int = MAX_NODES,
        seconds: float = SECONDS,
        compiled: bool = True,
        schema: LineageSchema = SCHEMA,
        answers: Remembered[Any, Any] | None = None,
    ) -> None:
        self._core = schema._schema
        self._index = index
        self._introspection = introspection
        self._max_nodes = max_nodes
        self._seconds = seconds
        self._answers = answers
        self._rules = [*specified_rules] if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
        self._totals: Remembered[Any, int] = Remembered(_TOTALS)
        self._documents: Remembered[str, _Known] = Remembered(_CACHED)
        self.compiled = Compiled(schema) if compiled else None

    def answer(
        self, request: Request, *, patience: float = float("inf"), gone: Callable[[], bool] | None = None
    ) -> Response:
        """The response to a request. Never raises: what goes wrong is in the response.

        But past `patience` seconds, or once `gone` says that nobody waits for it, it raises `session.Impatient`.
        """
        with cursors.allowing(cursors.TRUSTED_PAGE if request.trusted else cursors.MAX_PAGE):
            return self._answer(request, patience, gone)

    def _answer(self, request: Request, patience: float, gone: Callable[[], bool] | None) -> Response:
        memory = request.memory.setdefault(self, {})
        try:
            if "allowed" not in memory:
                memory["allowed"] = self._allowed(request)
            document, operation, measured = memory["allowed"]
            return self._run(request, document, operation, measured, patience, gone)
        except _Refusal as refusal:
            return Response({"errors": refusal.errors}, refusal.stage)
        except QueryRefused as refused:
            return Response({"errors": [faults.ours(refused)]}, "validate")
        except Exception as error:  # the last line: a bug becomes an id, never a traceback
            return Response({"errors": [faults.masked(error)], "data": None}, "execute")

    def _allowed(self, request: Request) -> tuple[DocumentNode, OperationDefinitionNode, limits.Measure]:
        """What is to be run, and its measure. Raises _Refusal or QueryRefused."""
        known = self._documents.get(request.query) or self._read(request.query)
        operation = _operation(known.document, request.operation)
        told = (request.operation, limits.told(operation, request.variables))
        measured = known.measures.made(told, lambda: limits.measure(known.document, operation, request.variables))
        if not known.valid:
            self._validate(request.query, known)
        return known.document, operation, measured

    def _read(self, query: str) -> _Known:
        if len(query) > limits.MAX_CHARACTERS:
            raise QueryTooLarge(
                f"the query has {len(query):,} characters; {limits.MAX_CHARACTERS:,} are allowed",
                "pass values as variables and send several requests",
            )
        try:
            document = parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_COMMENTS)
        except GraphQLError as error:
            raise _Refusal("parse", [faults.told(error, "graphql_syntax")]) from None
        return _Known(document, Remembered(_MEASURES))

    def _validate(self, query: str, known: _Known) -> None:
        errors = validate(
            self._core, known.document, self._rules, max_errors=_MAX_ERRORS, hide_suggestions=not self._introspection
        )
        if errors:
            raise _Refusal("validate", [faults.told(error, _validation_code(error)) for error in errors])
        self._documents.put(query, _Known(known.document, known.measures, valid=True))

    def _run(
        self,
        request: Request,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        measured: limits.Measure,
        patience: float,
        gone: Callable[[], bool] | None,
    ) -> Response:
        with Session(
            self._index, max_nodes=self._max_nodes, seconds=self._seconds, patience=patience, gone=gone
        ) as session:
            session.answers = self._answers
            session.totals = self._totals
            data, errors = self._execute(request, document, operation, session)
            cost = {
                "requested": measured.cost,
                "maximum": limits.MAX_COST,
                "visited": session.visited,
                "maximumVisited": self._max_nodes,
            }
        if data is None and errors and all(error.path is None for error in errors):
            # Nothing was run: a variable did not fit.
            return Response({"errors": [faults.told(error, "variables_invalid") for error in errors]}, "validate")
        body: dict[str, Any] = {}
        if errors:
            body["errors"] = faults.of_execution(errors)
        body["data"] = data
        body["extensions"] = {"cost": cost}
        return Response(body, "execute")

    def _execute(
        self, request: Request, document: DocumentNode, operation: OperationDefinitionNode, session: Session
    ) -> tuple[dict[str, Any] | None, list[GraphQLError] | None]:
        if self.compiled is not None:
            memory = request.memory[self]
            data = self.compiled.run(request.query, document, operation, request.variables, session, memory)
            if data is not None:
                return data, None
            # The same session goes on: its time, its generation and what it read already; not what it counted.
            session.visited = 0
        result = execute_sync(
            self._core,
            document,
            context_value=session,
            variable_values=request.variables,
            operation_name=request.operation,
        )
        assert isinstance(result, ExecutionResult)
        return result.data, result.errors


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
