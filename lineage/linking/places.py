"""Who wrote what lies at a place.

All claims about the places of one bay (`locations.bay`) meet here, so that the
nearest writer of every reader is decided once, and never searched by a question:

    a reader of P gets edges to the outputs written at P,
    else to those written at P's nearest ancestor that anybody writes,
    and in any case to those written inside P.

Several writers of one and the same place are candidates, one of which it was:
AMBIGUOUS, ordered by time. Writers of different places inside P are all meant.
A pipeline's output and the step's output that it publishes lie at one place and
are one writer, not two. No job reads what it writes itself.
"""

from __future__ import annotations

from bisect import bisect_left

import msgspec

from lineage.graph import Certainty, Derivation, Evidence, Link, Loose, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.ends import REMEDIES
from lineage.linking.telling import Claim, Reads, Spelled, Writes
from lineage.linking.words import by_time, guid_in
from lineage.locations import ancestors, inside, split
from lineage.records import RecordKind


class Writer:
    """An output that is written at a place. See `Writes`."""

    __slots__ = ("above", "created", "decided", "job", "link", "links", "place")

    def __init__(self, claim: Claim, body: Writes) -> None:
        self.link = claim.link(body.tie)
        self.links = [self.link]  # one for each spelling of the place
        self.place = body.place or self.link.effect
        self.job = body.job
        self.above = set(body.above)
        self.created = body.created
        self.decided = body.decided

    def order(self) -> tuple[str, ...]:
        """By output; of two records of a run that say the same, the resource manager's comes first."""
        said = self.link.evidence
        return (self.link.cause, said.record_kind, self.link.effect, said.field, said.value)


class Reader:
    """Something that was made from a place. See `Reads`."""

    __slots__ = ("above", "created", "job", "link", "place", "told")

    def __init__(self, claim: Claim, body: Reads) -> None:
        self.link = claim.link(body.tie)
        self.place = body.place or self.link.cause
        self.job = body.job
        self.above = body.above
        self.created = body.created
        self.told = body.told


class Name:
    """A spelling of a place, and whose record says that it is that place."""

    __slots__ = ("kind", "place", "text", "via")

    def __init__(self, place: str, text: str, via: str) -> None:
        self.place = place or text
        self.text = text
        self.via = via

    @classmethod
    def of(cls, claim: Claim) -> Name | None:
        """The spelling that a claim uses; None when it is no claim about a place."""
        body = claim.body
        match body:
            case Writes():
                return cls(body.place, claim.text(body.tie.effect), body.via)
            case Reads():
                return cls(body.place, claim.text(body.tie.cause), body.via)
            case Spelled():
                return cls(body.place, claim.text(body.text), claim.text(body.via))
        return None

    def evidence(self) -> Evidence:
        """The datastore's record that says which storage it is, or the workspace's that says which GUID it has."""
        if "/datastores/" in self.via:
            return Evidence(self.via, RecordKind.DATASTORE.value, "properties", split(self.place)[0])
        return Evidence(self.via, RecordKind.WORKSPACE.value, "properties.workspaceId", guid_in(self.text))


class _Group:
    """Outputs that are one writing of a place: a step's, and those of the pipelines that publish it."""

    __slots__ = ("created", "jobs", "writers")

    def __init__(self, writers: list[Writer]) -> None:
        self.writers = writers  # the output that was really written first
        self.jobs = {w.job for w in writers}
        self.created = writers[0].created

    @property
    def text(self) -> str:
        return self.writers[0].link.cause


def settle_places(
    writers: list[Writer], readers: list[Reader], names: list[Name], links: list[Link], loose: list[Loose]
) -> None:
    """Adds what the claims about places come to."""
    written: dict[str, list[_Group]] = {}
    for place, here in _by_place(writers).items():
        groups = _grouped(here)
        written[place] = groups
        _place_edges(groups, links)
        _published(groups, links)
    ordered = sorted(written)
    for reader in readers:
        _reader(reader, written, ordered, links, loose)
    _spellings(names, links)


def _by_place(writers: list[Writer]) -> dict[str, list[Writer]]:
    """Writers by place, one for each output: the best told."""
    places: dict[str, dict[str, Writer]] = {}
    for writer in sorted(writers, key=Writer.order):
        had = places.setdefault(writer.place, {}).setdefault(writer.link.cause, writer)
        if had is writer:
            continue
        # Both records of a run may say it; only one of them may know the parents.
        had.links.append(writer.link)
        had.above |= writer.above
        had.created = max(had.created, writer.created)
        had.decided |= writer.decided
    return {place: list(outputs.values()) for place, outputs in places.items()}


def _grouped(here: list[Writer]) -> list[_Group]:
    """The writers of one place, those that only publish another's output joined to it."""
    if len(here) == 1:
        return [_Group(here)]
    physical = [w for w in here if not any(w.job in other.above for other in here)]
    return [_Group([w, *(above for above in here if above.job in w.above)]) for w in physical]


def _place_edges(groups: list[_Group], links: list[Link]) -> None:
    """From the place itself to its writers."""
    for rank, group in enumerate(_ranked(groups, "")):
        for writer in group.writers:
            if writer.decided:
                continue
            for link in writer.links:
                one_of = msgspec.structs.replace(link, certainty=Certainty.AMBIGUOUS, rank=rank)
                links.append(link if len(groups) == 1 else one_of)


def _published(groups: list[_Group], links: list[Link]) -> None:
    """A pipeline's output is its step's output: both say that they write here, and the step says whose it is."""
    for group in groups:
        step = group.writers[0].link.cause
        for writer in group.writers[1:]:
            ends = (writer.link.cause, Kind.JOB_OUTPUT, step, Kind.JOB_OUTPUT)
            how = (Relation.WAS_DERIVED_FROM, Derivation.CONTAINMENT, Certainty.INFERRED)
            links.append(Link(*ends, *how, writer.link.evidence))


def _ranked(groups: list[_Group], created: str) -> list[_Group]:
    """Candidates in order: the last that wrote before `created`, then earlier ones, then later ones."""
    if len(groups) < 2:
        return groups
    by_text = {group.text: group for group in groups}
    return [by_text[text] for _, text in by_time([(g.created, g.text) for g in groups], created)]


def _reader(
    reader: Reader, written: dict[str, list[_Group]], ordered: list[str], links: list[Link], loose: list[Loose]
) -> None:
    found = False
    for place in (reader.place, *ancestors(reader.place)):
        groups = _not_own(reader, written.get(place, []))
        if groups:
            _edges(reader, place, groups, links)
            found = True
            break
    low, high = inside(reader.place)
    for place in ordered[bisect_left(ordered, low) : bisect_left(ordered, high)]:
        groups = _not_own(reader, written[place])
        if groups:
            _edges(reader, place, groups, links)
            found = True
    if not found and not reader.told:
        said, reason = reader.link.evidence, LooseReason.NO_WRITER
        loose.append(Loose(said.record, said.record_kind, said.field, said.value, reason, REMEDIES[reason]))


def _not_own(reader: Reader, groups: list[_Group]) -> list[_Group]:
    """Without what the reader, or a step of it, writes."""
    if not reader.job or not groups:
        return groups
    return [g for g in groups if reader.job not in g.jobs and not any(reader.job in w.above for w in g.writers)]


def _edges(reader: Reader, place: str, groups: list[_Group], links: list[Link]) -> None:
    certainty = Certainty.INFERRED if len(groups) == 1 else Certainty.AMBIGUOUS
    path = reader.place[len(place) + 1 :] if len(reader.place) > len(place) else ""
    for rank, group in enumerate(_ranked(groups, reader.created)):
        for writer in group.writers:
            if writer.job in reader.above and len(group.writers) > 1:
                continue  # the reader's own pipeline only passes on what a sibling wrote
            if writer.job == reader.told:
                continue  # the record names that job itself
            links.append(
                msgspec.structs.replace(
                    reader.link,
                    cause=writer.link.cause,
                    cause_kind=Kind.JOB_OUTPUT,
                    derivation=Derivation.CONTAINMENT,
                    certainty=certainty,
                    path=path,
                    rank=rank,
                )
            )


def _spellings(names: list[Name], links: list[Link]) -> None:
    """The names of one physical place are tied to one of them: the physical one if it was used, else the first."""
    places: dict[str, dict[str, Name]] = {}
    for name in names:
        places.setdefault(name.place, {})[name.text] = name
    for place, spelled in places.items():
        if len(spelled) < 2:
            continue
        anchor = place if place in spelled else min(spelled)
        for text, name in spelled.items():
            if text != anchor:
                via = name if name.via else spelled[anchor]
                ends = (text, Kind.LOCATION, anchor, Kind.LOCATION)
                how = (Relation.SAME_AS, Derivation.SERVICE_FIELD, Certainty.CONFIRMED)
                links.append(Link(*ends, *how, via.evidence()))
