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
from lineage.linking.words import Reads, Spelled, Writes, by_time, order
from lineage.locations import ancestors, inside


class _Group:
    """Outputs that are one writing of a place: a step's, and those of the pipelines that publish it."""

    __slots__ = ("created", "jobs", "writes")

    def __init__(self, writes: list[Writes]) -> None:
        self.writes = writes  # the output that was really written first
        self.jobs = {w.job for w in writes}
        self.created = writes[0].created

    @property
    def text(self) -> str:
        return self.writes[0].link.cause


def settle_places(
    writes: list[Writes], reads: list[Reads], spelled: list[Spelled], links: list[Link], loose: list[Loose]
) -> None:
    """Adds what the claims about places come to."""
    written: dict[str, list[_Group]] = {}
    for place, here in _by_place(writes).items():
        groups = _grouped(here)
        written[place] = groups
        _place_edges(groups, links)
        _published(groups, links)
    order_of = sorted(written)
    for read in sorted(set(reads), key=lambda r: order(r.link)):
        _reader(read, written, order_of, links, loose)
    _spellings(spelled, links)


def _by_place(writes: list[Writes]) -> dict[str, list[Writes]]:
    """Writes by place, one for each output: the best told."""
    places: dict[str, dict[str, Writes]] = {}
    for write in sorted(writes, key=lambda w: order(w.link)):
        outputs = places.setdefault(write.place, {})
        had = outputs.get(write.link.cause)
        if had is None:
            outputs[write.link.cause] = write
        else:  # both records of a run may say it; only one of them may know the parents
            outputs[write.link.cause] = msgspec.structs.replace(
                had,
                above=tuple(sorted({*had.above, *write.above})),
                created=max(had.created, write.created),
                decided=had.decided or write.decided,
            )
    return {place: list(outputs.values()) for place, outputs in places.items()}


def _grouped(here: list[Writes]) -> list[_Group]:
    """The writes of one place, those that only publish another joined to it."""
    rest = sorted(here, key=lambda w: w.link.cause)
    physical = [w for w in rest if not any(w.job in other.above for other in rest)]
    groups = []
    for write in physical:
        publishers = [w for w in rest if w.job in write.above]
        groups.append(_Group([write, *publishers]))
    return groups


def _place_edges(groups: list[_Group], links: list[Link]) -> None:
    """From the place itself to its writers."""
    ranks = {group.text: rank for rank, group in enumerate(_ranked(groups, ""))}
    for group in groups:
        for write in group.writes:
            if write.decided:
                continue
            if len(groups) == 1:
                links.append(write.link)
            else:
                links.append(msgspec.structs.replace(write.link, certainty=Certainty.AMBIGUOUS, rank=ranks[group.text]))


def _published(groups: list[_Group], links: list[Link]) -> None:
    """A pipeline's output is its step's output: both say that they write here, and the step says whose it is."""
    for group in groups:
        step = group.writes[0]
        links.extend(
            Link(
                write.link.cause,
                Kind.JOB_OUTPUT,
                step.link.cause,
                Kind.JOB_OUTPUT,
                Relation.WAS_DERIVED_FROM,
                Derivation.CONTAINMENT,
                Certainty.INFERRED,
                write.link.evidence,
            )
            for write in group.writes[1:]
        )


def _ranked(groups: list[_Group], created: str) -> list[_Group]:
    """Candidates in order: the last that wrote before `created`, then earlier ones, then later ones."""
    by_text = {group.text: group for group in groups}
    return [by_text[text] for _, text in by_time([(g.created, g.text) for g in groups], created)]


def _reader(
    read: Reads, written: dict[str, list[_Group]], order_of: list[str], links: list[Link], loose: list[Loose]
) -> None:
    found = False
    for place in (read.place, *ancestors(read.place)):
        groups = _not_own(read, written.get(place, []))
        if groups:
            _read_edges(read, groups, links)
            found = True
            break
    low, high = inside(read.place)
    for place in order_of[bisect_left(order_of, low) : bisect_left(order_of, high)]:
        groups = _not_own(read, written[place])
        if groups:
            _read_edges(read, groups, links)
            found = True
    if not found and not read.told:
        said = read.link.evidence
        loose.append(
            Loose(
                said.record,
                said.record_kind,
                said.field,
                said.value,
                LooseReason.NO_WRITER,
                REMEDIES[LooseReason.NO_WRITER],
            )
        )


def _not_own(read: Reads, groups: list[_Group]) -> list[_Group]:
    """Without what the reader, or a step of it, writes."""
    if not read.job:
        return groups
    return [g for g in groups if read.job not in g.jobs and not any(read.job in w.above for w in g.writes)]


def _read_edges(read: Reads, groups: list[_Group], links: list[Link]) -> None:
    certainty = Certainty.INFERRED if len(groups) == 1 else Certainty.AMBIGUOUS
    for rank, group in enumerate(_ranked(groups, read.created)):
        for write in group.writes:
            if write.job in read.above and len(group.writes) > 1:
                continue  # the reader's own pipeline only passes on what a sibling wrote
            if write.job == read.told:
                continue  # the record names that job itself
            path = read.place.removeprefix(f"{write.place}/") if read.place.startswith(f"{write.place}/") else ""
            links.append(
                msgspec.structs.replace(
                    read.link,
                    cause=write.link.cause,
                    cause_kind=Kind.JOB_OUTPUT,
                    derivation=Derivation.CONTAINMENT,
                    certainty=certainty,
                    path=path,
                    rank=rank,
                )
            )


def _spellings(spelled: list[Spelled], links: list[Link]) -> None:
    """The names of one physical place are tied to one of them: the physical one if it was used, else the first."""
    places: dict[str, dict[str, Spelled]] = {}
    for claim in sorted(spelled, key=lambda s: (s.place, s.text, s.evidence.record)):
        places.setdefault(claim.place, {})[claim.text] = claim
    for place, names in sorted(places.items()):
        if len(names) < 2:
            continue
        anchor = place if place in names else min(names)
        for text, claim in sorted(names.items()):
            if text != anchor:
                said = claim.evidence if claim.evidence.record else names[anchor].evidence
                links.append(
                    Link(
                        text,
                        claim.kind,
                        anchor,
                        names[anchor].kind,
                        Relation.SAME_AS,
                        Derivation.SERVICE_FIELD,
                        Certainty.CONFIRMED,
                        Evidence(said.record, said.record_kind, said.field, said.value),
                    )
                )
