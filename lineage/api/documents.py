"""The documented operations: text that ships with the program.

They stand in `graphql/` of a checkout and in `lineage/documents/` of an
installed wheel. Each is one named query whose comment at the top begins with
the question that it answers.
"""

from __future__ import annotations

import hashlib
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Final

from graphql import OperationDefinitionNode, parse, print_ast, value_from_ast_untyped

from lineage.errors import InvalidOption, LineageError
from lineage.ports import Document

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """Where the documents are: in the installed package, else in the checkout.

    Raises LineageError when neither is there, which is a broken installation.
    """
    for place in (_PACKAGE / "documents", _PACKAGE.parent / "graphql"):
        if (place / "schema.graphql").is_file():
            return place
    raise LineageError("the GraphQL documents are missing from this installation", "install azureml-lineage again")


@lru_cache(maxsize=1)
def documents() -> tuple[Document, ...]:
    """The documented operations, in the order of their file names. They are read once."""
    return tuple(
        _read(path.read_text(encoding="utf-8")) for path in sorted((folder() / "operations").glob("*.graphql"))
    )


def document(name: str) -> Document:
    """The documented operation of this name. Raises InvalidOption, with names like it, when there is none."""
    known = {one.name: one for one in documents()}
    if name in known:
        return known[name]
    lower = {one.lower(): one for one in known}
    near = [lower[one] for one in get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]
    remedy = "`lineage query --list` tells their names and questions"
    if near:
        remedy = f"did you mean {' or '.join(near)}? {remedy}"
    raise InvalidOption(f"there is no documented operation {name[:60]!r}", remedy)


def _read(text: str) -> Document:
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.removeprefix("#").strip())
    question, _, about = "\n".join(comment).partition("\n")
    operation = next(one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode))
    assert operation.name is not None
    variables = operation.variable_definitions or ()
    return Document(
        name=operation.name.value,
        question=question,
        about=about.strip(),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        variables={one.variable.name.value: print_ast(one.type) for one in variables},
        defaults={
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in variables
            if one.default_value is not None
        },
    )
