"""The lineage that is exported: things with what Azure ML says of them, and the links between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lineage.ports import Questions
from lineage.questions import edges, pages
from lineage.reports.naming import short

Json = dict[str, Any]
_LINKS = 200
_SIDES = {
    "upstream": (("OriginGraph", "OriginDetails", "upstream"),),
    "downstream": (("ImpactGraph", "ImpactDetails", "downstream"),),
    "both": (("OriginGraph", "OriginDetails", "upstream"), ("ImpactGraph", "ImpactDetails", "downstream")),
}


class Link(msgspec.Struct, frozen=True):
    """A link from an effect to its cause, both canonical references. relation: as GraphQL writes it."""

    effect: str
    relation: str
    cause: str
    name: str
    path: str
    derivation: str
    certainty: str
    field: str
    record: str
    value: str


class Whole(msgspec.Struct, frozen=True):
    """A lineage.

    things: by canonical reference, the one asked about first; each with the fields of its kind as GraphQL answers
    them. links: in the order of effect, relation, cause. is_complete: nothing is known to be missing.
    """

    subject: str
    generation: Json
    things: dict[str, Json]
    links: tuple[Link, ...]
    is_complete: bool
    truncations: tuple[str, ...]

    def of_kind(self, *kinds: str) -> list[tuple[str, Json]]:
        return [(reference, one) for reference, one in self.things.items() if one["__typename"] in kinds]

    def causes(self, reference: str, *relations: str) -> list[Link]:
        """Links from this thing, of these relations or of any."""
        return [link for link in self._from.get(reference, ()) if not relations or link.relation in relations]

    def effects(self, reference: str, *relations: str) -> list[Link]:
        """Links to this thing, of these relations or of any."""
        return [link for link in self._to.get(reference, ()) if not relations or link.relation in relations]

    def label(self, reference: str) -> str:
        """What people call it."""
        one = self.things[reference]
        return str(one.get("displayName") or short(reference))

    _from: Mapping[str, Sequence[Link]] = {}
    _to: Mapping[str, Sequence[Link]] = {}


def whole(
    subject: str, generation: Json, things: dict[str, Json], links: Sequence[Link], truncations: Sequence[str]
) -> Whole:
    """A lineage of these things and links."""
    ordered = tuple(sorted(set(links), key=msgspec.structs.astuple))
    to: dict[str, list[Link]] = {}
    back: dict[str, list[Link]] = {}
    for link in ordered:
        back.setdefault(link.effect, []).append(link)
        to.setdefault(link.cause, []).append(link)
    return Whole(subject, generation, things, ordered, not truncations, tuple(truncations), back, to)


def ask(questions: Questions, reference: str, side: str = "upstream") -> Whole:
    """The lineage of the thing with this canonical reference. side: `upstream`, `downstream` or `both`."""
    ref = {"uri": reference}
    me = questions.run("ExportSubject", {"ref": ref})["resolve"]
    me = me.get("node") or me
    things: dict[str, Json] = {reference: me}
    rows: list[tuple[Json, Json, bool]] = []
    truncations: dict[str, None] = {}
    generation: Json = {}
    for graph, details, at in _SIDES[side]:
        for page in pages(questions, graph, {"ref": ref, "links": _LINKS}, at=(at,), size=50):
            generation = page[at]["generation"]
            truncations.update(dict.fromkeys(cut["detail"] for cut in page[at]["truncations"]))
            for edge in page[at]["edges"]:
                things.setdefault(edge["node"]["reference"], edge["node"])
                rows += [(edge["node"], link, at == "downstream") for link in edge["links"]["edges"]]
        for edge in edges(questions, details, {"ref": ref}, at=(at,), size=100):
            things[edge["node"]["reference"]] |= edge["node"]
    names = {one["id"]: text for text, one in things.items()}
    links = [
        Link(
            ends[0],
            link["relation"],
            ends[1],
            link["name"] or "",
            link["path"] or "",
            link["derivation"],
            link["certainty"],
            link["evidence"]["field"],
            link["evidence"]["record"],
            link["evidence"]["value"],
        )
        for far, link, turned in rows
        if (near := names.get(link["node"]["id"])) is not None
        and (ends := (far["reference"], near) if turned else (near, far["reference"]))
    ]
    told = questions.run("IndexGeneration", {})["status"]["generation"]
    return whole(reference, {**told, **generation}, things, links, list(truncations))
