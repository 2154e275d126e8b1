"""What the edges of the program promise each other.

A `Source` says facts, an `Index` keeps them and answers over one generation,
a `Reporter` tells the user how long work goes. None knows another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from lineage.changing import Changes
from lineage.graph import Adjacency, Certainty, Edge, Loose, LooseReason, Node, Relation, State
from lineage.ids import Kind
from lineage.records import Fact, Gap, GapReason, Listing, Record, RecordKind

Told = TypeVar("Told", Gap, Loose)


class Reporter(Protocol):
    """Told how work goes; decides whether and how to show it. `total` is None while unknown."""

    def progress(self, task: str, done: int, total: int | None = None) -> None: ...

    def note(self, message: str) -> None: ...


class Held(Protocol):
    """What an index holds of the root that is being crawled; a crawl asks it before it asks the service.

    Only the thread that takes the facts may call it.
    """

    @property
    def always(self) -> Held:
        """The same where it may be believed. A crawl that verifies everything is given one that holds nothing, and
        needs this for what can be asked no more: what stood behind a thing that is gone."""
        ...

    def record(self, subject: str, kind: RecordKind) -> Record | None:
        """The record that this root has in the newest generation, with the listing it was met in."""
        ...

    def is_lost(self, subject: str, kind: RecordKind) -> bool:
        """Whether the newest generation has a gap there, so that it is to be asked again."""
        ...

    def listing(self, text: str) -> Listing | None:
        """How the newest crawl of this root listed a collection; None when it did not."""
        ...

    def listed(self, text: str) -> list[Record]:
        """The records of the newest generation that were met in a listing."""
        ...

    def workspace(self, guid: str) -> str:
        """Canonical text of the workspace with this GUID, as far as the crawl of any root has told; else ''."""
        ...

    def is_told(self, subject: str, kinds: Sequence[RecordKind]) -> bool:
        """Whether the newest crawl of any root read one of these of the subject, or said why it could not."""
        ...

    def fresh(self, subject: str, kind: RecordKind) -> Record | Gap | None:
        """What a crawl of this root that was interrupted a short while ago read of a thing: it is not asked again."""
        ...


class Source(Protocol):
    """Reads one estate.

    `root` is the canonical text of what it reads (a workspace or a registry).
    `crawl` yields a Gap for what it could not read and goes on; it raises a
    SourceError only when nothing can be read at all. It may be called again and
    must then start over. Order of the facts means nothing. Of what `held` has,
    a source may say `Kept`; without `held` it reads everything.
    """

    @property
    def root(self) -> str: ...

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]: ...


class Generation(msgspec.Struct, frozen=True):
    """One published state of the index.

    number: 1, 2, … published: UTC, ISO 8601 with Z. rules: version of the linking rules.
    digest: hex of the logical content. root: source that it came from ('' for a relink).
    started, finished: when the crawl ran. counts: rows by what they are
    (`records`, `nodes`, `edges`, `gaps`, `loose`, and `nodes.<Kind>`).
    """

    number: int
    published: str
    rules: int
    digest: str
    root: str
    started: str
    finished: str
    counts: dict[str, int]


class ScopeCoverage(msgspec.Struct, frozen=True):
    """How completely one workspace or registry was read, as of one generation."""

    scope: str
    crawled: str
    complete: bool
    listings: tuple[Listing, ...]
    gaps: int


class FactFilter(msgspec.Struct, frozen=True):
    """Which facts a thing must have; `listing.holds` is the definition.

    one_of: by the fact's name, texts of which it has to be one, in whatever case. tags: `name` or `name=value`, all of
    them. since, until: beginnings of ISO 8601 instants in UTC, between which `createdAt` has to lie, both inclusive.
    """

    one_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tags: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


class NodeFilter(msgspec.Struct, frozen=True):
    """Which nodes a list shows. `text` is a case-insensitive substring of the canonical text.

    parts: texts of which the canonical text has to hold one, as they are written.
    """

    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = ()
    scope: str = ""
    text: str = ""
    parts: tuple[str, ...] = ()
    facts: FactFilter | None = None


class Order(msgspec.Struct, frozen=True):
    """In which order a list shows things: by canonical text, or by a fact and then by canonical text.

    Things without the fact come last, whichever way, by canonical text.
    """

    fact: str = ""
    descending: bool = False


class Asked(msgspec.Struct, frozen=True):
    """What a search looks for. words: as `search.words` makes them; all of them are to be found.

    kinds, states, scope (text of a workspace or registry, '' for any): what a thing must be beside.
    """

    words: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    states: tuple[State, ...] = ()
    scope: str = ""


class Hits(msgspec.Struct, frozen=True):
    """What a search found. counts: all hits by kind, state and scope ('' for none).

    found: key, canonical text, kind, state and tier (`search`) of as many as were asked for, lower tiers first.
    """

    counts: dict[tuple[Kind, State, str], int]
    found: tuple[tuple[int, str, Kind, State, int], ...]


class Spell(msgspec.Struct, Generic[Told], frozen=True):
    """A gap or a loose end, and the generations that held it as it is.

    root: the crawl that met it, by the canonical text of what it read; '' where it is nobody's in particular.
    since: the first of those generations; until: the first one after them, or after the one that is viewed.
    """

    told: Told
    root: str
    since: int
    until: int


class Step(NamedTuple):
    """An edge stripped of its evidence, for counting: from one key to another towards causes, or to another name.

    kind: of the thing at `there`. same: whether both are names of one thing.
    """

    here: int
    there: int
    kind: Kind
    certainty: Certainty
    rank: int
    same: bool


class Holding(NamedTuple):
    """How many things the index holds that one listing showed, or that were read because something named them.

    collection: canonical text of the listing; where `listed` is false, of what the things lie in (`…/jobs`).
    archived: how many of them are archived.
    """

    collection: str
    listed: bool
    things: int
    archived: int


class Unread(NamedTuple):
    """How many things of one collection could not be read for one reason, and are not held from earlier either."""

    collection: str
    reason: GapReason
    things: int


class View(Adjacency, Protocol):
    """One generation, unchanged from open to close whatever is published meanwhile.

    Adds look-ups to `Adjacency`. Keys that are not there are left out, never an error.
    """

    @property
    def generation(self) -> Generation: ...

    def nodes(self, keys: Sequence[int]) -> dict[int, Node]: ...

    def list_nodes(self, wanted: NodeFilter, after: str = "", limit: int = 100) -> list[Node]:
        """Nodes in order of canonical text, those after `after`, at most `limit`."""
        ...

    def page_nodes(self, kind: Kind, wanted: NodeFilter, order: Order, after: Node | None, limit: int) -> list[Node]:
        """Nodes of one kind in this order, those after `after`, at most `limit`.

        By canonical text a page costs what it holds. By a fact each page goes over all nodes of the kind, in SQLite.
        """
        ...

    def count_nodes(self, wanted: NodeFilter) -> int: ...

    def keys(self, wanted: NodeFilter) -> list[int]:
        """Keys of all nodes that pass, in no particular order."""
        ...

    def steps(self, keys: Sequence[int], relations: Collection[Relation]) -> list[Step]:
        """From each of `keys`: edges of these relations towards causes, and `sameAs` edges both ways."""
        ...

    def reason_counts(self) -> tuple[dict[GapReason, int], dict[LooseReason, int]]:
        """How many gaps and how many loose ends there are for each reason."""
        ...

    def under(self, place: str, limit: int) -> list[Node]:
        """LOCATION nodes at or inside the place with this canonical text, in path order."""
        ...

    def starting(self, place: str, limit: int) -> list[Node]:
        """LOCATION nodes whose canonical text starts with this one, which may end within a segment, in path order."""
        ...

    def holding(self, kind: Kind, said: str, limit: int) -> list[Node]:
        """Nodes of a kind whose facts, written as JSON without spaces, hold this text, in order of canonical text."""
        ...

    def records(self, subject: str) -> list[Record]: ...

    def records_of(self, keys: Sequence[int]) -> dict[int, list[Record]]:
        """As `records`, of many things at once. Bodies may be large: a caller asks for some hundred at a time."""
        ...

    def gaps(self, subject: str | None = None, limit: int = 1000, reason: GapReason | None = None) -> list[Gap]: ...

    def gaps_of(self, keys: Sequence[int]) -> dict[int, list[Gap]]:
        """The gaps of many things at once, for those that have any, in the order of `gaps`."""
        ...

    def loose(self, record: str | None = None, limit: int = 1000, reason: LooseReason | None = None) -> list[Loose]: ...

    def loose_of(self, keys: Sequence[int]) -> dict[int, list[Loose]]:
        """The loose ends of the records of many things at once, for those that have any, in the order of `loose`."""
        ...

    def gap_spells(self) -> Iterator[Spell[Gap]]:
        """Every gap of this generation and of those before, in no particular order.

        One that changed in between and came back, or only changed its wording, has several spells.
        """
        ...

    def loose_spells(self) -> Iterator[Spell[Loose]]:
        """Every loose end of this generation and of those before, in no particular order."""
        ...

    def changes_from(self, number: int, among: Sequence[int] | None = None) -> Changes:
        """What changed from the generation with this number, which is no later, to this one.

        among: only of things with these keys: the things themselves, links of which they are the effect, and what is
        told of them.
        """
        ...

    def coverage(self) -> list[ScopeCoverage]: ...

    def holdings(self) -> Iterator[Holding]:
        """Everything held, counted by where it was met; a thing with several records counts once."""
        ...

    def most_used(self, kinds: Sequence[Kind], limit: int) -> list[tuple[int, int]]:
        """The things of these kinds to which most links lead, with how many do, the most first; by key where equal."""
        ...

    def unread(self) -> Iterator[Unread]:
        """Everything that is not held because it could not be read, counted by where it lies and why."""
        ...

    def search(self, wanted: Asked, limit: int) -> Hits:
        """Things of this generation with these words in what `search.searched` tells of them.

        Raises SearchNotReady while what makes it fast is being made.
        """
        ...

    def datastores(self) -> dict[str, str]:
        """Datastore text -> the storage place (`https://…/container`) that it stands for."""
        ...

    def workspace_guids(self) -> dict[str, str]:
        """Workspace GUID -> workspace text."""
        ...


class Index(Protocol):
    """A store of generations."""

    def view(self, as_of: int | str | None = None) -> AbstractContextManager[View]:
        """The newest generation, the one with this number, or the newest published at or before this instant.

        Raises UnknownReference when there is none.
        """
        ...

    def generations(self) -> list[Generation]: ...

    def read_words(self, report: Reporter) -> None:
        """Have `View.search` ready for the newest generation, telling how far that is."""
        ...

    def warmed(self) -> AbstractContextManager[Any]:
        """Within the block whatever makes large questions fast is kept ready, for each generation as it is published.

        What is published meanwhile is answered at once, and as fast as before a little later. at_once: only the
        newest generation, and ready before the block begins, for whoever asks much of it and ends.
        """
        ...

    def publish(
        self,
        root: str,
        facts: Iterator[Fact] | Callable[[Held], Iterator[Fact]],
        report: Reporter,
        *,
        started: str,
        clock: Any,
        accept_shrink: bool = False,
        resume: bool = True,
    ) -> Generation:
        """Stage every fact, then publish one new generation atomically.

        facts: the facts, or what makes them when it is given what is held of `root`.
        If they raise, nothing is published, and what had come is there for the next call (`Held.fresh`), unless that
        has `resume` false. `clock()` gives the instant of publication. Raises ShrinkRefused, IndexBusy.
        """
        ...


class Document(msgspec.Struct, frozen=True):
    """A documented operation: one named query of `graphql/operations`.

    name: the operation's. question: the sentence it answers. about: the rest of its comment. text: what is sent.
    sha256: hex digest of the text in UTF-8, by which it may be asked for. variables: their types, by name.
    defaults: their default values, for those that have one.
    """

    name: str
    question: str
    about: str
    text: str
    sha256: str
    variables: dict[str, str]
    defaults: dict[str, Any]


class Questions(Protocol):
    """Runs documented operations, here or at a service far away: all that reports are made from.

    Answers are of one generation, whatever is published meanwhile, unless the caller says another in the operation's
    `asOf`. `lineage.questions` has what walks a list to its end.
    """

    @property
    def generation(self) -> int:
        """The number of the generation that is asked."""
        ...

    def run(self, operation: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """`data` of the answer to the operation of this name.

        Raises a LineageError, with the code and the remedy of the first error, for any error in the answer: what is
        returned is never a part. `InvalidOption` for an operation that there is not.
        """
        ...

    def document(self, operation: str) -> Document:
        """The operation of this name, as it is sent. Raises InvalidOption when there is none."""
        ...


__all__ = [
    "Document",
    "Edge",
    "Generation",
    "Held",
    "Index",
    "NodeFilter",
    "Questions",
    "Reporter",
    "ScopeCoverage",
    "Source",
    "Spell",
    "View",
]
