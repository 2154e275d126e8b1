"""`ports.Questions` over an index on this machine, and what an error in an answer is raised as.

    with questions(open_index(path)) as asked:
        asked.run("ModelOrigin", {"ref": {"model": "credit-scoring:5"}})

The operations run as the service runs them, without the service. One view of the
index is open from start to end, so all answers are of one generation whatever is
published meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from lineage import errors
from lineage.api.documents import document
from lineage.api.execution import Request, Service
from lineage.api.remembering import Remembered
from lineage.errors import AmbiguousReference, InvalidReference, LineageError, Unanswered, UnknownReference
from lineage.ports import Document, Index, View

MAX_NODES: Final = 100_000_000
"""Things that one operation may visit here: as many as there are. Nobody else waits for this machine."""

SECONDS: Final = 3_600.0
"""How long one operation may walk here before it says `TIME_LIMIT`."""

_KEPT: Final = 2
"""Walks that are kept, the latest: pages of a long answer are cut from one walk, which may hold millions of things."""


class LocalQuestions:
    """Runs documented operations on one generation of an index. Use it in one thread."""

    def __init__(self, index: Index, view: View, *, max_nodes: int = MAX_NODES, seconds: float = SECONDS) -> None:
        self._view = view
        kept: Remembered[Any, Any] = Remembered(_KEPT)
        self._service = Service(_Held(index, view), max_nodes=max_nodes, seconds=seconds, answers=kept)

    @property
    def generation(self) -> int:
        return self._view.generation.number

    def document(self, operation: str) -> Document:
        return document(operation)

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        told = document(operation)
        return data_of(self._service.answer(Request(told.text, dict(variables or {}), told.name, trusted=True)).body)


@contextmanager
def questions(
    index: Index, as_of: int | str | None = None, *, max_nodes: int = MAX_NODES, seconds: float = SECONDS
) -> Iterator[LocalQuestions]:
    """Questions to the newest generation of `index`, or to that of `as_of`; see `Index.view`.

    max_nodes, seconds: what one operation may spend. Raises UnknownReference when there is no such generation.
    """
    with index.view(as_of) as view:
        yield LocalQuestions(index, view, max_nodes=max_nodes, seconds=seconds)


def data_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """`data` of a response map. Raises what `raised` makes of its errors when it has any."""
    if told := body.get("errors"):
        raise raised(told)
    data: dict[str, Any] = body["data"]
    return data


def raised(told: Sequence[Mapping[str, Any]]) -> LineageError:
    """The error of the tree that the first of `errors` was, with its code, its remedy and what else it tells."""
    first = told[0]
    more = f" (and {len(told) - 1} more errors)" if len(told) > 1 else ""
    message = f"{first.get('message', 'an error without a message')}{more}"
    extensions: Mapping[str, Any] = first.get("extensions") or {}
    code, remedy = str(extensions.get("code", "unanswered")), str(extensions.get("remedy", ""))
    if code == InvalidReference.code:
        broken = InvalidReference("", int(extensions.get("position", 0)), str(extensions.get("expected", "")))
        broken.args, broken.remedy = (message,), remedy
        return broken
    if code == AmbiguousReference.code:
        return AmbiguousReference(message, tuple(map(str, extensions.get("candidates", ()))), remedy)
    if code == UnknownReference.code:
        return UnknownReference(message, remedy)
    known = _tree().get(code)
    return known(message, remedy) if known is not None else Unanswered(message, remedy, code, _EXITS.get(code, 1))


_EXITS: Final[Mapping[str, int]] = dict.fromkeys(
    ("graphql_syntax", "graphql_invalid", "variables_invalid", "operation_unknown", "operation_refused"), 2
)
"""Exit codes of errors that are the asker's to mend and stand beside the tree."""


def _tree() -> dict[str, Callable[[str, str], LineageError]]:
    """The classes of the tree that are made from a message and a remedy, by their code."""
    found: dict[str, Callable[[str, str], LineageError]] = {}
    stack = [LineageError]
    while stack:
        for one in stack.pop().__subclasses__():
            stack.append(one)
            if one.__module__ == errors.__name__:
                found.setdefault(one.code, one)
    return found


class _Held:
    """An index whose generation that is held open is not opened again; every other it opens as always."""

    def __init__(self, index: Index, view: View) -> None:
        self._index = index
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    @contextmanager
    def view(self, as_of: int | str | None = None) -> Iterator[View]:
        if as_of is None or as_of == self._view.generation.number:
            yield self._view
        else:
            with self._index.view(as_of) as other:
                yield other
