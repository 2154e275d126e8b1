"""The documented operations: text that ships with the program.

They stand in `graphql/` of a checkout and in `lineage/documents/` of an
installed wheel. Each is one named query whose comment at the top begins with
the question that it answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from graphql import OperationDefinitionNode, parse, value_from_ast_untyped

from lineage.errors import LineageError

_PACKAGE: Final = Path(__file__).resolve().parent.parent


class Document(msgspec.Struct, frozen=True):
    """A documented operation.

    name: the operation's. question: the sentence it answers. text: the document as it is sent.
    about: the rest of its comment. defaults: its variables' default values.
    """

    name: str
    question: str
    about: str
    text: str
    defaults: dict[str, Any]


def folder() -> Path:
    """Where the documents are: in the installed package, else in the checkout.

    Raises LineageError when neither is there, which is a broken installation.
    """
    for place in (_PACKAGE / "documents", _PACKAGE.parent / "graphql"):
        if (place / "schema.graphql").is_file():
            return place
    raise LineageError("the GraphQL documents are missing from this installation", "install azureml-lineage again")


def documents() -> tuple[Document, ...]:
    """The documented operations, in the order of their file names."""
    return tuple(
        _read(path.read_text(encoding="utf-8")) for path in sorted((folder() / "operations").glob("*.graphql"))
    )


def document(name: str) -> Document:
    """The documented operation of this name. Raises LineageError when there is none."""
    for one in documents():
        if one.name == name:
            return one
    raise LineageError(f"there is no documented operation {name!r}", "see graphql/README.md for their names")


def _read(text: str) -> Document:
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    question, _, about = "\n".join(comment).partition("\n")
    operation = next(one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode))
    assert operation.name is not None
    defaults = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }
    return Document(operation.name.value, question, about.strip(), text, defaults)
