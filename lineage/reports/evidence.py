"""The answers that a report was made from: kept while it is made, and asked again when it is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec

from lineage.errors import EvidenceDiffers
from lineage.ports import Document, Questions
from lineage.records import canonical_json

PATH: Final = "evidence/answers.jsonl"
"""Where the answers stand in a pack: one a line, in the order in which they were asked."""


class Answer(msgspec.Struct, frozen=True):
    """One question with its answer. sha256: of the operation's text. data: as GraphQL answered."""

    operation: str
    sha256: str
    variables: dict[str, Any]
    data: dict[str, Any]


class Asked(msgspec.Struct, frozen=True):
    """How often an operation was asked. answers: hex SHA-256 over the lines of its answers, in their order."""

    operation: str
    sha256: str
    times: int
    answers: str


class Recorder:
    """`ports.Questions` that hands every answer to `keep` as one line before it returns it."""

    def __init__(self, questions: Questions, keep: Callable[[bytes], object]) -> None:
        self._questions = questions
        self._keep = keep
        self._seen: dict[str, tuple[str, int, Any]] = {}

    @property
    def generation(self) -> int:
        return self._questions.generation

    def document(self, operation: str) -> Document:
        return self._questions.document(operation)

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        digest = self._questions.document(operation).sha256
        data = self._questions.run(operation, variables)
        line = canonical_json(Answer(operation, digest, dict(variables or {}), data)) + b"\n"
        self._keep(line)
        known, times, lines = self._seen.get(operation, (digest, 0, sha256()))
        lines.update(line)
        self._seen[operation] = (known, times + 1, lines)
        return data

    @property
    def asked(self) -> list[Asked]:
        """What was asked so far, by operation."""
        return [
            Asked(name, digest, times, lines.hexdigest())
            for name, (digest, times, lines) in sorted(self._seen.items(), key=lambda item: item[0])
        ]


class Replay:
    """`ports.Questions` that answers from kept lines, which must be asked for in the order in which they were kept.

    Raises EvidenceDiffers when something else is asked than what was answered then.
    """

    def __init__(self, lines: Iterable[bytes], generation: int, documents: Callable[[str], Document]) -> None:
        self._answers = answers(lines, self._count)
        self._generation = generation
        self._documents = documents
        self._number = 0

    @property
    def generation(self) -> int:
        return self._generation

    def document(self, operation: str) -> Document:
        return self._documents(operation)

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = next(self._answers, None)
        if answer is None:
            raise EvidenceDiffers(f"{PATH} ends after line {self._number}, where {operation} should be answered", AGAIN)
        if answer.operation != operation or canonical_json(answer.variables) != canonical_json(dict(variables or {})):
            raise EvidenceDiffers(
                f"{PATH}, line {self._number}: it answers {answer.operation} where {operation} is asked", AGAIN
            )
        if answer.sha256 != self._documents(operation).sha256:
            raise EvidenceDiffers(
                f"{PATH}, line {self._number}: {operation} was asked in other words than this version has",
                "verify with the version that made the pack; the manifest names it",
            )
        return answer.data

    @property
    def left(self) -> int:
        """Answers that nobody asked for; takes them."""
        return sum(1 for _ in self._answers)

    def _count(self) -> None:
        self._number += 1


def answers(lines: Iterable[bytes], each: Callable[[], None] = lambda: None) -> Iterator[Answer]:
    """The answers that these lines hold; `each` is called before one is read. Raises EvidenceDiffers."""
    for number, line in enumerate(lines, 1):
        each()
        try:
            yield _decode(line)
        except msgspec.MsgspecError:
            raise EvidenceDiffers(f"{PATH}, line {number}: it is no answer", AGAIN) from None


AGAIN: Final = "make the report again from the index, and compare"
_decode: Final = msgspec.json.Decoder(Answer).decode
