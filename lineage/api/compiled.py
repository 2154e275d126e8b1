"""Operations compiled once and run many times, with graphql-core's executor as the meaning of every answer.

An operation is compiled for its document, its name and the values of the
variables that `@include` and `@skip` ask, and remembered by them. `run` gives
the `data` of the answer exactly as graphql-core's executor would, or None:
then the executor has to run the operation. That is so whenever anything is
not plain sailing: introspection, a directive of another name, an argument or a
variable that does not fit, a resolver that raises, a value that its type refuses.
Errors, where they stand and which nulls they make are never decided here.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import strawberry
from graphql import DocumentNode, OperationDefinitionNode, get_variable_values
from graphql.execution.values import VariableValues

from lineage.api.compiling import Complete, RawInfo, Writer
from lineage.api.remembering import Remembered
from lineage.api.selecting import Selections, Uncovered, shaping

MAX_COMPILED: Final = 256
"""Operations that are remembered, each for one choice of what `@include` and `@skip` leave out."""


class _Written(NamedTuple):
    """An operation's function; `complete` is None when it was found to be for graphql-core."""

    writer: Writer
    complete: Complete | None


class Compiled:
    """Runs operations of a schema. Safe to use from several threads.

    compilations, runs, fallbacks: how often an operation was compiled, answered here, and left to graphql-core.
    """

    def __init__(self, schema: strawberry.Schema, capacity: int = MAX_COMPILED) -> None:
        self._schema = schema
        self._shapes: Remembered[str, tuple[str, ...]] = Remembered(capacity)
        self._written: Remembered[tuple[str, str | None, tuple[bool | None, ...]], _Written] = Remembered(capacity)
        self.compilations = 0
        self.runs = 0
        self.fallbacks = 0

    def run(
        self,
        text: str,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: Any,
        memory: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """The `data` of the answer, or None when graphql-core must run the operation.

        `document` is the valid document of `text`, and `operation` the one of it that is meant. `memory` is kept by
        whoever asks the same again, with the same variables: what they come to is read once.
        """
        try:
            ready = None if memory is None else memory.get("ready")
            if ready is None:
                ready = self._ready(text, document, operation, variables)
            written, values, arguments = ready
            if written.complete is None:
                raise Uncovered
            made = written.writer.made(RawInfo(context), values, arguments)
            data: dict[str, Any] = written.complete(None, made)
        except Exception:  # whatever it is, the executor meets it again and tells what it was and where
            self.fallbacks += 1
            return None
        if memory is not None and len(arguments) < len(made):
            memory["ready"] = written, values, dict(made)
        elif memory is not None:
            memory["ready"] = ready
        self.runs += 1
        return data

    def _ready(
        self, text: str, document: DocumentNode, operation: OperationDefinitionNode, variables: dict[str, Any]
    ) -> tuple[_Written, VariableValues, dict[int, dict[str, Any]]]:
        """The function of an operation, its variables as they are coerced, and the arguments that are known of it."""
        values = get_variable_values(self._schema._schema, operation.variable_definitions or (), variables)
        if isinstance(values, list):
            raise Uncovered
        names = self._shapes.made(text, lambda: shaping(document))
        shape = {name: held for name in names if isinstance(held := values.coerced.get(name), bool)}
        name = operation.name.value if operation.name is not None else None
        key = (text, name, tuple(shape.get(name) for name in names))
        return self._written.made(key, lambda: self._compile(document, operation, shape)), values, {}

    def _compile(self, document: DocumentNode, operation: OperationDefinitionNode, shape: dict[str, bool]) -> _Written:
        self.compilations += 1
        writer = Writer(self._schema, Selections(self._schema._schema, document, shape))
        try:
            return _Written(writer, writer.root(operation))
        except Exception:  # also what coercion of a literal argument raises: not to be tried again
            return _Written(writer, None)
