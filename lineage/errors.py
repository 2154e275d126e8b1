"""Every error this package raises on purpose.

    LineageError
    ├── InvalidReference     text that claims one of our schemes and breaks its grammar
    ├── UnknownReference     the index holds nothing by that name
    ├── AmbiguousReference   more than one thing answers to that name
    ├── InvalidOption        an option or a configuration that cannot mean anything
    ├── IndexFailure         the index on disk
    │   ├── IndexMissing     there is no index yet
    │   ├── IndexInvalid     not an index, truncated, corrupt, foreign or newer
    │   ├── IndexBusy        another process is publishing
    │   ├── SearchNotReady   the words of a large index are still being read
    │   └── ShrinkRefused    a crawl lost so much that it needs a word of consent
    ├── SourceError          the source as a whole
    │   ├── SourceUnreachable    no answer, or none that is this service's
    │   ├── SourceUnauthorised   no credential, or one that the service refuses
    │   ├── SourceForbidden      the identity may not read this scope at all
    │   ├── ThrottledOut         the service asks to wait longer than the user wants to
    │   └── SourceInvalid        a recording or configuration that cannot be read
    ├── ServerFailure        the service
    │   └── AddressRefused   port in use, or an address beyond loopback
    ├── QueryRefused         a GraphQL document that is not run, whatever it would answer
    │   ├── QueryTooLarge        too many tokens, fields or characters
    │   ├── QueryTooDeep         nested too deeply
    │   ├── QueryTooManyAliases
    │   ├── QueryTooManyDirectives
    │   ├── QueryTooExpensive    it could return more than one request may
    │   └── QueryTooSlow         it ran out of time where a partial answer would mislead
    ├── Unanswered           a question to a service that came back without an answer
    ├── EvidenceDiffers      a pack of files that is not what it says it is
    └── Interrupted          stopped by the user; what was published stays
        └── Terminated       stopped by another program

Each has a machine `code` (stable, lower snake case), a `remedy` (what to do
next, one sentence) and an `exit_code` for the command line. Anything else that
escapes is a bug. What a crawl could not read is not an error: it is a
`records.Gap`, and the index carries it.
"""

from __future__ import annotations

from typing import ClassVar


class LineageError(Exception):
    """Base of the tree. `str(error)` is one sentence; `remedy` says what to do next."""

    code: ClassVar[str] = "lineage_error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class InvalidReference(LineageError, ValueError):
    """Text that claims one of our schemes and breaks its grammar.

    `position` is the 0-based character at which reading stopped, `expected` what
    the grammar wanted there. `text` is the reference with its secrets redacted.
    """

    code = "invalid_reference"
    exit_code = 2

    def __init__(self, text: str, position: int, expected: str) -> None:
        super().__init__(f"not a valid reference at character {position + 1}, expected {expected}: {text!r}")
        self.text = text
        self.position = position
        self.expected = expected
        self.remedy = f"write {expected} at character {position + 1}, or quote the reference as the service returned it"


class UnknownReference(LineageError, LookupError):
    """A well-formed reference to something that this generation of the index does not hold.

    `near` holds canonical texts of things with names like it, nearest first.
    """

    code = "unknown_reference"
    exit_code = 3

    def __init__(self, message: str, remedy: str = "", near: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.near = near


class AmbiguousReference(LineageError, LookupError):
    """More than one thing answers to the reference; `candidates` holds their canonical texts."""

    code = "ambiguous_reference"
    exit_code = 3

    def __init__(self, message: str, candidates: tuple[str, ...], remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.candidates = candidates


class InvalidOption(LineageError, ValueError):
    """An option, a variable or a configuration value that cannot mean anything."""

    code = "invalid_option"
    exit_code = 2


class IndexFailure(LineageError):
    """Something about the index on disk."""

    code = "index_error"
    exit_code = 4


class IndexMissing(IndexFailure):
    """There is no index at that place yet."""

    code = "index_missing"


class IndexInvalid(IndexFailure):
    """The file is no index, is truncated, corrupt, from another program, or from a newer version."""

    code = "index_invalid"


class IndexBusy(IndexFailure):
    """Another process is publishing into this index."""

    code = "index_busy"
    exit_code = 75


class SearchNotReady(IndexFailure):
    """The words of a large index are still being read; whoever asks again a little later is answered."""

    code = "search_not_ready"
    exit_code = 75


class ShrinkRefused(IndexFailure):
    """The crawl would retire more than half of what the index holds for a scope."""

    code = "shrink_refused"
    exit_code = 6


class SourceError(LineageError):
    """The source could not be read as a whole; nothing was published."""

    code = "source_error"
    exit_code = 5


class SourceUnreachable(SourceError):
    """No answer from the host, or an answer that is not this service's."""

    code = "source_unreachable"


class SourceUnauthorised(SourceError):
    """No credential, or one that the service refuses."""

    code = "source_unauthorised"


class SourceForbidden(SourceError):
    """The identity may not read this scope at all."""

    code = "source_forbidden"


class ThrottledOut(SourceError):
    """The service asks to wait longer than the user wants to; `wait` is how long, in seconds."""

    code = "try_later"
    exit_code = 75

    def __init__(self, message: str, remedy: str = "", wait: float = 0.0) -> None:
        super().__init__(message, remedy)
        self.wait = wait


class SourceInvalid(SourceError):
    """A recording or a source configuration that cannot be read."""

    code = "source_invalid"
    exit_code = 2


class ServerFailure(LineageError):
    """Something about the service."""

    code = "server_error"
    exit_code = 7


class AddressRefused(ServerFailure):
    """The address is in use, or lies beyond loopback."""

    code = "address_refused"


class QueryRefused(LineageError):
    """A GraphQL document that is not run, because of its form and whatever it would answer."""

    code = "query_refused"
    exit_code = 2


class QueryTooLarge(QueryRefused):
    """The document has more tokens, fields or characters than a question needs."""

    code = "query_too_large"


class QueryTooDeep(QueryRefused):
    """The document nests selections or values too deeply."""

    code = "query_too_deep"


class QueryTooManyAliases(QueryRefused):
    """The document renames more fields than one request may."""

    code = "query_too_many_aliases"


class QueryTooManyDirectives(QueryRefused):
    """The document carries more directives than one request may."""

    code = "query_too_many_directives"


class QueryTooExpensive(QueryRefused):
    """By its page sizes and nesting the document could return more values than one request may."""

    code = "query_too_expensive"


class QueryTooSlow(QueryRefused):
    """The request ran out of time while something was counted or listed, where a partial answer would mislead."""

    code = "query_too_slow"


class Unanswered(LineageError):
    """A question that came back with an error, or not at all. `code` is the error's own, as the service told it."""

    code = "unanswered"

    def __init__(self, message: str, remedy: str = "", code: str = "unanswered", exit_code: int = 1) -> None:
        super().__init__(message, remedy)
        self.code = code  # type: ignore[misc]
        self.exit_code = exit_code  # type: ignore[misc]


class EvidenceDiffers(LineageError):
    """A pack of evidence that is not what its manifest, answers or signature say. Names the first difference."""

    code = "evidence_differs"
    exit_code = 10


class Interrupted(LineageError):
    """Stopped by the user. What was published before stays."""

    code = "interrupted"
    exit_code = 130


class Terminated(Interrupted):
    """Stopped by another program (SIGTERM). What was published before stays."""

    code = "terminated"
    exit_code = 143
