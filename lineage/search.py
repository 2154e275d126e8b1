"""Full text over things: what is searched of each, which words find it, and in which order they are shown.

Text is read as words: runs of letters and digits, folded so that case and accents do not matter. A word that is
asked for finds the words that begin with it. `credit-scoring:5` is asked as it is written: `credit`, then `scoring`,
then a word that begins with `5`, side by side. All that is asked for has to be found, in whichever field.

A thing is told by its tier: 0 when its name alone holds all that was asked for and begins with the first of it, 1 when
it holds that somewhere, 2 when that takes its shown name or its reference, 3 tags, experiment, people or commit, and 4
its description or another of its facts. Within a tier what was read comes before what is only named, models come
first, then what serves, data and jobs, and within a kind names as people count: 9 before 10.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from lineage import ids
from lineage.errors import InvalidOption
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.ports import Asked, Generation, Hits, View
from lineage.redaction import redact_text

MOST: Final = 10_000
"""Hits that are put in order and can be paged through. All are counted."""

_WORDS: Final = 16
_LONGEST: Final = 400
_SHOWN: Final = 120
_TOKEN: Final = re.compile(r"[0-9a-z\x80-\U0010ffff]+")


class Field(StrEnum):
    """Where a word was found."""

    NAME = "NAME"
    DISPLAY_NAME = "DISPLAY_NAME"
    REFERENCE = "REFERENCE"
    TAGS = "TAGS"
    EXPERIMENT = "EXPERIMENT"
    PEOPLE = "PEOPLE"
    COMMIT = "COMMIT"
    DESCRIPTION = "DESCRIPTION"
    OTHER = "OTHER"


FIELDS: Final = tuple(Field)
TIERS: Final = (1, 1, 3, 7, 9)
"""How many of `FIELDS` each tier may look at; in the first of them the name has to begin with what was asked for."""

_ORDER: Final = (
    *(Kind.MODEL_VERSION, Kind.MODEL, Kind.DEPLOYMENT, Kind.ENDPOINT, Kind.DATA_VERSION, Kind.JOB),
    *(Kind.ENVIRONMENT_VERSION, Kind.COMPONENT_VERSION, Kind.CODE_VERSION, Kind.ASSET_VERSION, Kind.DATASTORE),
    *(Kind.WORKSPACE, Kind.REGISTRY, Kind.COMPUTE, Kind.OTHER, Kind.JOB_OUTPUT, Kind.LOCATION),
)
_PLACE: Final = {kind: place for place, kind in enumerate(_ORDER)}


class Hit(msgspec.Struct, frozen=True):
    """A thing that was found. field, snippet: the best place of one of the words, and what stands around it."""

    node: Node
    tier: int
    field: Field
    snippet: str


class Found(msgspec.Struct, frozen=True):
    """A page of hits, and of all hits how many there are of each kind, state and scope ('' for none).

    generation: the one that was searched. total: all hits, over all pages. listed: those that can be paged through.
    after: what to pass as `after` for the next page; 0 at the end.
    """

    generation: Generation
    rows: tuple[Hit, ...]
    total: int
    listed: int
    kinds: dict[Kind, int]
    states: dict[State, int]
    scopes: dict[str, int]
    after: int


def search(view: View, text: str, wanted: Asked | None = None, after: int = 0, limit: int = 100) -> Found:
    """Things that hold all words of `text`, the best first, those after the key `after`.

    `wanted` narrows by kind, state and scope; its words are those of `text`. Counts are of all that pass.
    Raises InvalidOption when there is no word in `text` or too much, and for an `after` that was not found.
    """
    asked = words(text)
    wanted = wanted or Asked()
    hits = view.search(msgspec.structs.replace(wanted, words=asked), MOST)
    order = ranked(hits)
    start = 0
    if after:
        start = next((place for place, key in enumerate(order, 1) if key == after), 0)
        if start == 0:
            raise InvalidOption(f"the search did not find {after}", "start again without it")
    keys = order[start : start + limit]
    nodes = view.nodes(keys)
    tiers = {key: tier for key, *_, tier in hits.found}
    rows = tuple(_hit(nodes[key], tiers[key], asked) for key in keys if key in nodes)
    kinds: dict[Kind, int] = {}
    states: dict[State, int] = {}
    scopes: dict[str, int] = {}
    for (kind, state, scope), number in hits.counts.items():
        kinds[kind] = kinds.get(kind, 0) + number
        states[state] = states.get(state, 0) + number
        scopes[scope] = scopes.get(scope, 0) + number
    more = start + limit < len(order)
    return Found(
        view.generation,
        rows,
        sum(hits.counts.values()),
        len(order),
        _most(kinds),
        _most(states),
        _most(scopes),
        keys[-1] if more and keys else 0,
    )


def ranked(hits: Hits) -> list[int]:
    """The keys of hits, the best first."""
    last = len(_ORDER)

    def place(hit: tuple[int, str, Kind, State, int]) -> tuple[Any, ...]:
        _, text, kind, state, tier = hit
        return tier, state is State.UNRESOLVED, _PLACE.get(kind, last), natural(text)

    return [key for key, *_ in sorted(hits.found, key=place)]


def natural(text: str) -> tuple[Any, ...]:
    """Orders texts as people count: `m/9` before `m/10`, and each text in a place of its own."""
    parts = _NUMBERS.split(text)
    parts[1::2] = [f"{len(digits.lstrip('0')):04}{digits.lstrip('0')}" for digits in parts[1::2]]
    return (*parts, text)


_NUMBERS: Final = re.compile(r"([0-9]+)")


def words(text: str) -> tuple[str, ...]:
    """What is asked for: each piece of `text` between blanks, folded, as its words with a blank between.

    A reference is asked for by what `reference` makes of it. Raises InvalidOption.
    """
    if len(text) > _LONGEST:
        raise InvalidOption(
            f"the text that is searched for has {len(text):,} characters", f"search for at most {_LONGEST}"
        )
    pieces = text.split()
    if len(pieces) == 1 and ids.scope_of(text.strip()) is not None:
        pieces = [reference(text.strip()) or text]
    asked = tuple(dict.fromkeys(" ".join(piece) for one in pieces if (piece := tokens(one))))
    if not asked:
        shown = f" in {redact_text(text[:50])!r}" if text.strip() else ""
        raise InvalidOption(f"there is no word to search for{shown}", "search for a letter or a digit at least")
    if len(asked) > _WORDS:
        raise InvalidOption(f"{len(asked)} words are searched for", f"search for at most {_WORDS}")
    return asked


def tokens(text: str) -> list[str]:
    """The words of a text."""
    return _TOKEN.findall(fold(text))


def fold(text: str) -> str:
    """`text` without case and accents, and with blanks for whatever is no letter or digit beyond ASCII."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(
        char if char.isascii() or char.isalnum() else "" if unicodedata.combining(char) else " " for char in plain
    )


def searched(text: str, facts: dict[str, Any]) -> tuple[str, ...]:
    """What is searched of a node with this canonical text and these facts, in the order of `FIELDS`."""
    get = facts.get
    name, version = get("name") or "", get("version") or ""
    shown = reference(text)
    if not name:
        name = shown.rpartition(" ")[2]
        if _VERSIONED in text:
            name = shown
    if version:
        name = f"{name} {version}"
    git = get("git") or _NONE
    tags = get("tags")
    return (
        name,
        _some(facts, _DISPLAYED),
        "" if shown == name else shown,
        "\n".join(f"{key} {value}" for key, value in tags.items()) if tags else "",
        get("experiment") or "",
        _people(facts),
        "\n".join([*git.values(), *(facts[one] for one in _CODE if one in facts)]),
        get("description") or "",
        _some(facts, _OTHERS),
    )


_VERSIONED: Final = "/versions/"
_NONE: Final[dict[str, str]] = {}
_DISPLAYED: Final = ("displayName", "friendlyName")
_CODE: Final = ("snapshot", "hash")
_OTHERS: Final = (
    *("type", "jobType", "status", "stage", "flavors", "image", "os", "compute", "parent", "reusedFrom", "aliases"),
    *("instanceType", "scoringUri", "provisioningState", "trigger", "endpoint", "storage", "guid", "location"),
)


def _people(facts: dict[str, Any]) -> str:
    by, last = facts.get("createdBy") or "", facts.get("lastModifiedBy") or ""
    return by if by == last or not last else f"{by}\n{last}"


def _some(facts: dict[str, Any], names: Sequence[str]) -> str:
    told = []
    for name in names:
        value = facts.get(name)
        if not value:
            continue
        if type(value) is str:
            told.append(value)
        elif type(value) is list:
            told.extend(map(str, value))
        elif type(value) is dict:
            told.extend(f"{key} {one}" for key, one in value.items())
    return "\n".join(told)


def reference(text: str) -> str:
    """The names in a canonical text: without the workspace or registry, which a filter tells, and the collections.

    `azureml://…/workspaces/w/jobs/train_1/outputs/model` -> `train_1 model`
    """
    scope = ids.scope_of(text)
    if scope is None:
        return text.partition("://")[2]
    inside = text[len(scope.text) + 1 :]
    if not inside:
        return scope.text.rpartition("/")[2]
    head, paths, path = inside.partition("/paths/")
    names = " ".join(head.split("/")[1::2])
    return f"{names} {path}" if paths else names


def scope_text(text: str) -> str:
    """The workspace or registry that a thing is in, '' for none; a workspace is in itself."""
    scope = ids.scope_of(text)
    return scope.text if scope is not None else ""


def tier(fields: Sequence[Sequence[str]], asked: Sequence[str]) -> int | None:
    """The tier of a thing with these words in its fields; None when it does not hold all that is asked for.

    This is the definition. An index may have another way to the same answer.
    """
    best = 0
    pieces = [one.split(" ") for one in asked]
    for piece in pieces:
        place = next((place for place, field in enumerate(fields) if _holds(field, piece)), None)
        if place is None:
            return None
        best = max(best, next(tier for tier, many in enumerate(TIERS) if place < many))
    return best or (0 if _at(fields[0], pieces[0], 0) else 1)


def _holds(field: Sequence[str], piece: list[str]) -> bool:
    return any(_at(field, piece, at) for at in range(len(field) - len(piece) + 1))


def _at(field: Sequence[str], piece: list[str], at: int) -> bool:
    """Whether the words of a piece stand in a field at this place, the last of them perhaps going on."""
    last = at + len(piece) - 1
    return last < len(field) and field[last].startswith(piece[-1]) and list(field[at:last]) == piece[:-1]


def passes(node: Node, wanted: Asked) -> bool:
    """Whether a node passes the filter, whatever its words."""
    return (
        (not wanted.kinds or node.kind in wanted.kinds)
        and (not wanted.states or node.state in wanted.states)
        and (not wanted.scope or scope_text(node.text) == wanted.scope)
    )


def hits(nodes: Iterable[Node], wanted: Asked, limit: int) -> Hits:
    """The hits among `nodes` by the definition, for a view that has no index of words."""
    counts: dict[tuple[Kind, State, str], int] = {}
    found = []
    for node in nodes:
        if not passes(node, wanted):
            continue
        at = tier([tokens(field) for field in searched(node.text, node.facts)], wanted.words)
        if at is not None:
            counts[node.kind, node.state, scope_text(node.text)] = (
                counts.get((node.kind, node.state, scope_text(node.text)), 0) + 1
            )
            found.append((node.key, node.text, node.kind, node.state, at))
    found.sort(key=lambda hit: hit[4])
    return Hits(counts, tuple(found[:limit]))


def _hit(node: Node, at: int, asked: Sequence[str]) -> Hit:
    fields = searched(node.text, node.facts)
    for one in asked:
        piece = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+".join(map(re.escape, one.split(" "))))
        for field, told in zip(FIELDS, fields, strict=True):
            found = _begins(piece, fold(told)) if told else None
            if found is not None:
                return Hit(node, at, field, _around(told, found if told.isascii() else 0))
    return Hit(node, at, Field.NAME, _around(fields[0], 0))


def _begins(piece: re.Pattern[str], folded: str) -> int | None:
    for found in piece.finditer(folded):
        if found.start() == 0 or not _TOKEN.match(folded[found.start() - 1]):
            return found.start()
    return None


def _around(told: str, at: int) -> str:
    """A line of what was found, with the place at `at` in it."""
    start = max(0, min(at - _SHOWN // 3, len(told) - _SHOWN))
    line = " ".join(told[start : start + _SHOWN].split())
    return f"{'…' if start else ''}{line}{'…' if start + _SHOWN < len(told) else ''}"


def _most(counted: dict[Any, int]) -> dict[Any, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], str(item[0]))))
