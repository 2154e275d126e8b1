"""Impacts too large to be read as a whole: what of them is shown is read, page by page, and nothing else.

`Wide` answers of a `spread.Spread` what `impact.Impact` answers of what it holds: things with the links that lead to
them, levels, owners, deployments, and how far the answer can be trusted. Things are told by depth and then by key.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import msgspec

from lineage import answers
from lineage.answers import LINEAGE_KINDS, Header
from lineage.graph import Certainty, Direction, Edge, Node, Relation, State
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.impact import Served, in_order, served
from lineage.lookup import Found
from lineage.owners import Owner, owner, owners
from lineage.ports import View
from lineage.spread import Spread
from lineage.traversal import Closure, Follow, Truncation, TruncationReason, related

_CHUNK: Final = 5_000
_MOST_UNREAD: Final = 20_000
"""Things without a record that one header reads; beyond it says that there are more."""


_TRUST: Final = {Certainty.CONFIRMED: 0, Certainty.INFERRED: 1, Certainty.AMBIGUOUS: 2}


class Part(msgspec.Struct, frozen=True):
    """What one owner has to put right. counts: things by kind, the most first. keys: the least key of each thing."""

    name: str
    counts: dict[Kind, int]
    keys: array[int]


class Rows(Sequence[Node]):
    """Things of a large answer as a sequence that reads only what is taken of it, a slice at a time."""

    def __init__(self, wide: Wide, keys: Callable[[int, int], Sequence[int]], size: int, place: Callable[[int], Any]):
        self._wide = wide
        self._keys = keys
        self._size = size
        self._place = place

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: Any) -> Any:
        if isinstance(wanted, slice):
            start, stop, _ = wanted.indices(self._size)
            return self._wide.nodes(self._keys(start, stop))
        return self._wide.nodes(self._keys(wanted, wanted + 1))[0]

    def place(self, key: int) -> int | None:
        """Where the thing stands that goes by this key; None when it is not one of these."""
        found: int | None = self._place(key)
        return found


class Serving(Sequence[Served]):
    """Deployments of a large answer, read as they are taken, a slice at a time. endpoints: behind how many they stand.

    keys: of the deployments, most live traffic first.
    """

    def __init__(self, view: View, keys: array[int], endpoints: int) -> None:
        self._view = view
        self._all = keys
        self.endpoints = endpoints

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, wanted: Any) -> Any:
        keys = self._all[wanted] if isinstance(wanted, slice) else self._all[wanted : wanted + 1]
        rows = served(self._view, self._view.nodes(keys.tolist()).values())
        return list(rows) if isinstance(wanted, slice) else rows[0]

    def place(self, key: int) -> int | None:
        """Where the deployment with this key stands; None when it is not one of these."""
        return self._all.index(key) if key in self._all else None


class Wide:
    """One large impact. `found` is what was asked; `cuts` what the question itself left out.

    `aside` gives a view of the same generation for passes over everything, where `view` remembers what it reads. It is
    asked now and then, and may end the pass.
    """

    def __init__(
        self,
        view: View,
        found: Sequence[Found],
        closure: Closure,
        follow: Follow | None = None,
        path: str = "",
        cuts: Sequence[Truncation] = (),
        aside: Callable[[], View] | None = None,
    ) -> None:
        self.view = view
        self._aside = aside or (lambda: view)
        self.found = tuple(found)
        self.closure = closure
        self.spread: Spread = closure.spread()
        self._follow = follow
        self._path = path
        self._cuts = (*cuts, *closure.truncations)
        self._asked = {key: one.node.key for one in found for key in one.names}

    @property
    def counts(self) -> dict[Kind, int]:
        """Affected things by kind, in the order of `impact.ORDER`."""
        return in_order(self.closure.counts())

    def levels(self) -> list[tuple[int, dict[Kind, int]]]:
        """Each step of the work with what it holds, what to fix first first."""
        return [(number, in_order(counts)) for number, counts in self.spread.steps()]

    def nodes(self, keys: Sequence[int], view: View | None = None) -> list[Node]:
        """The things with these keys, in their order, each by the name that stands for it."""
        view = view or self.view
        twins = self.spread.twins(keys)
        known, edges = answers.same_things(view, twins) if twins else ({}, [])
        stands = answers.things(known, edges)
        known = {**view.nodes(keys), **known}
        named = [stands.get(key, key) for key in keys]
        return [known[key] for key in named if key in known]

    def rows(
        self,
        kinds: Collection[Kind] = (),
        states: Collection[State] = (),
        *,
        level: int | None = None,
        seeds: bool = False,
    ) -> Rows:
        """Affected things that pass, in their order; with `seeds` also what the question spans beside the asked."""
        without = () if not seeds else tuple(self._asked)
        chosen = self.spread.choose(kinds, states, without, beyond=not seeds, level=level)
        return Rows(self, chosen.keys, len(chosen), chosen.place)

    def owned(self, part: Part) -> Rows:
        """The things of one owner, in the same order."""
        places = self.spread.choose(beyond=True)

        def place(key: int) -> int | None:
            at = places.place(key)
            if at is None:
                return None
            (least,) = places.keys(at, at + 1)
            return part.keys.index(least) if least in part.keys else None

        return Rows(self, lambda start, stop: part.keys[start:stop].tolist(), len(part.keys), place)

    def links(self, nodes: Sequence[Node]) -> dict[int, list[tuple[int, Edge]]]:
        """The links of the answer that lead to each of these things, by the key it is told by.

        Each with the thing that it leads from, by the key that stands for it, the nearest first.
        """
        names = self._names([node.key for node in nodes])
        edges = [edge for edge in self.view.causes(list(names)) if edge.relation is not Relation.SAME_AS]
        if self._follow is not None:
            edges = [edge for edge in edges if self._follow.takes(edge.relation, edge.certainty)]
        near = list(dict.fromkeys(edge.cause for edge in edges))
        depth = dict(zip(near, self.spread.depths(near), strict=True))
        reached = [key for key in near if depth[key] is not None]
        stands = dict(zip(reached, self.nodes(reached), strict=True))
        ended = self._ended(stands, depth)
        told: dict[int, list[tuple[int, Edge]]] = {node.key: [] for node in nodes}
        for edge in edges:
            if edge.cause in stands and edge.cause not in ended:
                if depth[edge.cause] == 0 and self._path and not related(edge.path, self._path):
                    continue
                here = stands[edge.cause].key
                told[names[edge.effect]].append((self._asked.get(here, here), edge))
        for steps in told.values():
            steps.sort(key=lambda step: (depth[step[1].cause] or 0, _TRUST[step[1].certainty], step[1].rank))
        return told

    def _names(self, keys: Sequence[int]) -> dict[int, int]:
        """Every key that these things go by, to the one that each is told by."""
        names = {key: key for key in keys}
        known, edges = answers.same_things(self.view, keys)
        stands = answers.things(known, edges)
        lead = {stands[key]: key for key in keys if key in stands}
        names.update((key, lead[one]) for key, one in stands.items() if one in lead)
        return names

    def _ended(self, stands: dict[int, Node], depth: dict[int, int | None]) -> set[int]:
        """Of these names those of things at which the walk stopped."""
        follow = self._follow
        if follow is None or not (follow.stop_kinds or follow.stop_keys):
            return set()
        stopped = set()
        for name, node in stands.items():
            if depth[name] and (node.kind in follow.stop_kinds or follow.stop_keys & set(self._names([name]))):
                stopped.add(name)
        return stopped

    def header(self) -> Header:
        """Generation, scopes and completeness. Of all that was reached only what was never read is read for it."""
        memory = self.spread.memory
        cuts = memory.get("cuts")
        if cuts is None:
            unread = self.spread.unread(LINEAGE_KINDS)
            nodes = self.view.nodes(unread[:_MOST_UNREAD]).values()
            cuts = answers.header(self.view, nodes, (), Direction.DOWNSTREAM).truncations
            if len(unread) > _MOST_UNREAD:
                more = f"{len(unread) - _MOST_UNREAD:,} more things were named but never read"
                cuts = (*cuts, Truncation(TruncationReason.UNRESOLVED, more))
            memory["cuts"] = cuts
        head = answers.header(self.view, (), (), Direction.DOWNSTREAM)
        told = (*self._cuts, *cuts)
        return Header(head.generation, head.scopes, not told, told)

    def deployments(self) -> Serving:
        """The deployments that are affected, or were asked about, with their traffic, most live traffic first.

        Which they are is read in one pass over all of them and remembered with the closure.
        """
        order: tuple[array[int], int] | None = self.spread.memory.get("serving")
        if order is None:
            order = self.spread.memory["serving"] = self._serving()
        return Serving(self.view, *order)

    def _serving(self) -> tuple[array[int], int]:
        chosen = self.spread.choose((Kind.DEPLOYMENT,))
        asked = set(self._asked.values())
        rows: list[tuple[int, int, str, int]] = []
        ends: set[str] = set()
        for start in range(0, len(chosen), _CHUNK):
            view = self._aside()
            keys = chosen.keys(start, start + _CHUNK)
            nodes = self.nodes(keys, view)
            depths = self.spread.depths(keys)
            known = [node for node, depth in zip(nodes, depths, strict=True) if depth or node.key in asked]
            for row in served(view, known):
                text = row.deployment.text
                ends.add(text.rpartition("/deployments/")[0])
                rows.append((-(row.traffic or 0), -(row.mirror or 0), text, row.deployment.key))
        return array("q", (key for *_, key in sorted(rows))), len(ends)

    def owners(self) -> tuple[Part, ...]:
        """How much of the damage is whose, those with the most first, what belongs to nobody last.

        Read in one pass over all of it, a few thousand at a time; remembered with the closure.
        """
        parts: tuple[Part, ...] | None = self.spread.memory.get("parts")
        if parts is None:
            parts = self.spread.memory["parts"] = self._parts()
        return parts

    def _parts(self) -> tuple[Part, ...]:
        names: dict[str, int] = {}
        jobs: dict[int, int] = {}
        keys, kinds, whose, made = array("q"), list[Kind](), array("i"), array("q")
        for least, nodes in self._read():
            keys.extend(least)
            for node in nodes:
                name = owner(node).name
                number = names.setdefault(name, len(names))
                if node.kind is Kind.JOB:
                    jobs[node.key] = number
                elif node.kind is Kind.JOB_OUTPUT and not name:
                    number = -1
                    made.append(key_of(node.text.rpartition("/outputs/")[0]))
                whose.append(number)
                kinds.append(node.kind)
        elsewhere = list(dict.fromkeys(job for job in made if job not in jobs))
        for start in range(0, len(elsewhere), _CHUNK):
            for key, node in self._aside().nodes(elsewhere[start : start + _CHUNK]).items():
                jobs[key] = names.setdefault(owner(node).name, len(names))
        nobody = names.setdefault("", len(names))
        counts = [Counter[Kind]() for _ in names]
        theirs = [array("q") for _ in names]
        outputs = iter(made)
        for key, kind, number in zip(keys, kinds, whose, strict=True):
            mine = jobs.get(next(outputs), nobody) if number < 0 else number
            counts[mine][kind] += 1
            theirs[mine].append(key)
        order = sorted(
            (name for name in names if theirs[names[name]]), key=lambda name: _rank(name, counts[names[name]])
        )
        return tuple(
            Part(
                name,
                dict(sorted(counts[names[name]].items(), key=lambda one: (-one[1], one[0].value))),
                theirs[names[name]],
            )
            for name in order
        )

    def whose(self, nodes: Sequence[Node]) -> dict[int, Owner]:
        """Whom to ask about each of these."""
        return owners(self.view, nodes)

    def _read(self) -> Iterator[tuple[list[int], list[Node]]]:
        """Everything affected, by its least keys and by the names that stand for it, a chunk at a time."""
        chosen = self.spread.choose(beyond=True)
        for start in range(0, len(chosen), _CHUNK):
            keys = chosen.keys(start, start + _CHUNK)
            yield keys, self.nodes(keys, self._aside())


def _rank(name: str, counts: Counter[Kind]) -> tuple[bool, int, str]:
    return not name, -counts.total(), name


__all__ = ["Part", "Rows", "Serving", "Wide"]
