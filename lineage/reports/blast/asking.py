"""Everything that a report on an impact is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from lineage.ports import Questions, Reporter
from lineage.questions import pages

Json = dict[str, Any]
_TASK = "reading what it affects"


class Told(msgspec.Struct):
    """The answers.

    head: counts, sources, deployments and what the answer says of itself. affected: every thing, nearest first, as
    GraphQL answers it with `via`, the reference of the thing it was reached from. before: ids that were affected as of
    the earlier generation; None when none was asked.
    """

    head: Json
    affected: list[Json]
    before: frozenset[str] | None

    def is_new(self, one: Json) -> bool:
        return self.before is not None and one["node"]["id"] not in self.before

    def way(self, one: Json) -> list[str]:
        """References from a source to this thing, by the shortest way."""
        way = [one["node"]["reference"]]
        seen = set(way)
        while (via := self._via.get(way[-1])) and via not in seen:
            way.append(via)
            seen.add(via)
        return way[::-1]

    def levels(self) -> dict[int, Counter[str]]:
        """How many things of each kind are on each level of the work."""
        found: dict[int, Counter[str]] = {}
        for one in self.affected:
            found.setdefault(one["level"], Counter())[one["node"]["kind"]] += 1
        return dict(sorted(found.items()))

    def owners(self) -> list[tuple[str, Counter[str]]]:
        """How many things of each kind each owner has, those with the most first; '' is nobody known."""
        found: dict[str, Counter[str]] = {}
        for one in self.affected:
            found.setdefault(one["owner"] or "", Counter())[one["node"]["kind"]] += 1
        return sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))

    _via: dict[str, str] = {}


def ask(questions: Questions, parameters: Mapping[str, Any], progress: Reporter) -> Told:
    """parameters: `asked` (variables of the operation: `of`, `sources`, `workspace`, `filter`, `stopAt`, `maxDepth`);
    `since`, the number of an earlier generation to compare with, or null."""
    asked = dict(parameters["asked"])
    head: Json = {}
    affected = []
    via: dict[str, str] = {}
    for page in _read(questions, asked):
        head = head or page
        for edge in page["edges"]:
            if edge["depth"] == 0:
                continue
            first = next(iter(edge["links"]["edges"]), None)
            if first is not None:
                via[edge["node"]["reference"]] = first["node"]["reference"]
            affected.append(edge)
        progress.progress(_TASK, len(affected), page["totalCount"])
    before = None
    if parameters.get("since") is not None:
        earlier = {**asked, "asOf": {"generation": parameters["since"]}}
        before = frozenset(edge["node"]["id"] for page in _read(questions, earlier) for edge in page["edges"])
    return Told(head, affected, before, via)


def _read(questions: Questions, asked: Mapping[str, Any]) -> Iterator[Json]:
    for page in pages(questions, "ImpactOf", asked, at=("impact",), size=500):
        found: Json = page["impact"]
        yield found
