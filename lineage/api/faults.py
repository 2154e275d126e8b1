"""What a client is told when something goes wrong.

Errors of the tree keep their code and remedy. What graphql-core finds in the
document or its variables is the client's to mend and is told as it is.
Everything else is a bug: the client gets an id, and the log gets the same id
with the traceback and never the query, which may hold names that are nobody
else's business.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLError

from lineage.errors import AmbiguousReference, InvalidReference, LineageError

CODES: Final[Mapping[str, str]] = {
    "graphql_syntax": "The document is not GraphQL, or has too many tokens to be read.",
    "graphql_invalid": "The document does not fit the schema.",
    "variables_invalid": "A variable's value does not fit its type.",
    "operation_unknown": "The document holds no operation of that name, or several and none was named.",
    "operation_refused": "Only queries are answered: no mutations and no subscriptions.",
    "introspection_disabled": "The schema may not be asked for here.",
    "document_unknown": "The service knows no document by the hash that was sent.",
    "document_untrusted": "The service answers only the documents that it was told to trust.",
    "internal_error": "A bug in this program. The log of the service holds it under the id in the message.",
}
"""Codes of `errors[].extensions.code` beside those of the error tree."""

REMEDIES: Final[Mapping[str, str]] = {
    "graphql_syntax": "look at the line and column in `locations`; graphql/operations holds queries to start from",
    "graphql_invalid": "compare the query with the schema (graphql/schema.graphql), which describes every field",
    "variables_invalid": "send a value of the type that the query declares, under the variable's name without `$`",
    "operation_unknown": "send one operation, or its name as `operationName`",
    "operation_refused": "ask with a query; what is indexed changes only by `lineage crawl`",
    "introspection_disabled": "read the schema in graphql/schema.graphql, which ships with the program",
    "document_unknown": "send the query's text, or a hash out of the service's manifest (`lineage query --manifest`)",
    "document_untrusted": "send a document of the manifest (`lineage query --manifest`) to the last character, or have "
    "another added with `lineage serve --documents`",
    "internal_error": "report it with the id and what the log of the service says under it",
}
"""What to do next about each."""

log = logging.getLogger("lineage.api")


def told(error: GraphQLError, code: str) -> dict[str, Any]:
    """An error that graphql-core found, in the form of a response."""
    return {**error.formatted, "extensions": {"code": code, "remedy": REMEDIES[code]}}


def said(message: str, code: str) -> dict[str, Any]:
    """An error about the request as a whole, in the form of a response."""
    return {"message": message, "extensions": {"code": code, "remedy": REMEDIES[code]}}


def ours(error: LineageError, base: GraphQLError | None = None) -> dict[str, Any]:
    """An error of the tree, in the form of a response; `base` tells where in the document it happened."""
    extensions: dict[str, Any] = {"code": error.code}
    if error.remedy:
        extensions["remedy"] = error.remedy
    if isinstance(error, InvalidReference):
        extensions |= {"position": error.position, "expected": error.expected}
    if isinstance(error, AmbiguousReference):
        extensions["candidates"] = list(error.candidates[:20])
    return {"message": str(error), **_where(base), "extensions": extensions}


def masked(error: BaseException, base: GraphQLError | None = None) -> dict[str, Any]:
    """A bug, in the form of a response, logged under the id that the client gets."""
    number = uuid.uuid4().hex[:12]
    log.error("internal error %s", number, exc_info=(type(error), error, error.__traceback__))
    return {
        "message": f"an internal error, logged under {number}",
        **_where(base),
        "extensions": {"code": "internal_error", "id": number, "remedy": REMEDIES["internal_error"]},
    }


def _where(error: GraphQLError | None) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.formatted) if error is not None else {}
    return {key: told[key] for key in ("locations", "path") if key in told}


def of_execution(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """What went wrong while a query ran."""
    answers = []
    for error in errors:
        cause = error.original_error
        while isinstance(cause, GraphQLError) and cause.original_error is not None:
            cause = cause.original_error
        if isinstance(cause, LineageError):
            answers.append(ours(cause, error))
        elif cause is None:
            # graphql-core's own: a value of a variable or an argument that does not fit.
            answers.append(told(error, "variables_invalid"))
        else:
            answers.append(masked(cause, error))
    return answers
