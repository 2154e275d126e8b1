"""Where claims meet: the edges, their certainty and their candidates.

`settle` is pure and does not mind the order of the claims. What it returns is
in a fixed order, so that a publish can compare it with what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from lineage import ids
from lineage.graph import Certainty, Derivation, Evidence, Link, Loose, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.claiming import run_of
from lineage.linking.ends import REMEDIES
from lineage.linking.places import Name, Reader, Writer, settle_places
from lineage.linking.telling import (
    KINDS,
    Binding,
    Bound,
    Claim,
    Declared,
    Implicit,
    Label,
    PathNames,
    Reads,
    Same,
    Says,
    Step,
    Suffix,
    Version,
    WasRead,
    Writes,
)
from lineage.linking.words import Settled, best, by_time, guid_in
from lineage.records import RecordKind

B = TypeVar("B")

_NOT_READ: Final = "no run of this id was read; crawl the workspace in which it ran"


def settle(meets: str, claims: Sequence[Claim]) -> Settled:
    """What the claims that share the meeting key come to.

    Two claims that say the same are one. Claims of a kind that has no business at
    this key say nothing.
    """
    links: list[Link] = []
    loose: list[Loose] = []
    for claim in claims:
        body = claim.body
        if type(body) is Says or type(body) is WasRead:
            links += [claim.link(tie) for tie in body.ties]
            if body.ends:
                loose += [claim.loose(end) for end in body.ends]
    match meets.partition(":")[0]:
        case "run":
            _run(meets.partition(":")[2], claims, links, loose)
        case "place" if len(claims) == 1 and type(body := claims[0].body) is Writes:
            if not body.decided:  # most places: one output is written there, and nobody reads it
                links.append(claims[0].link(body.tie))
        case "place":
            settle_places(
                [Writer(claim, body) for claim, body in _of(Writes, claims)],
                [Reader(claim, body) for claim, body in _of(Reads, claims)],
                [name for claim in claims if (name := Name.of(claim)) is not None],
                links,
                loose,
            )
        case "asset":
            _labels(_of(Label, claims), _of(Version, claims), links, loose)
        case "same":
            links.extend([_same(body) for _, body in _of(Same, claims)])
    return Settled(best(links), sorted(set(loose), key=_loose_order) if loose else loose)


def _of(kind: type[B], claims: Sequence[Claim]) -> list[tuple[Claim, B]]:
    return [(claim, claim.body) for claim in claims if type(claim.body) is kind]


def _loose_order(loose: Loose) -> tuple[str, ...]:
    return (loose.record, loose.record_kind, loose.field, loose.value, loose.reason, loose.remedy)


def _same(same: Same) -> Link:
    """Two names of one thing, of which one holds a GUID; the workspace's record says whose it is."""
    guid = guid_in(same.text)
    workspace = same.home.removesuffix(same.text.partition(f"workspaces/{guid}")[2])
    evidence = Evidence(workspace, RecordKind.WORKSPACE.value, "properties.workspaceId", guid)
    kind = KINDS[same.kind]
    how = Derivation.SERVICE_FIELD
    return Link(same.text, kind, same.home, kind, Relation.SAME_AS, how, Certainty.CONFIRMED, evidence)


def lost(link: Link, reason: LooseReason, remedy: str = "") -> Loose:
    """The loose end that takes the place of a link that leads nowhere."""
    said = link.evidence
    return Loose(said.record, said.record_kind, said.field, said.value, reason, remedy or REMEDIES[reason])


# runs


class _Ran(msgspec.Struct):
    """A run of which at least one record was read. See `WasRead`."""

    home: str
    job: str
    created: str
    outputs: dict[str, str] | None


def _run(run: str, claims: Sequence[Claim], links: list[Link], loose: list[Loose]) -> None:
    """Everything that names one run, with the records of the jobs that have this id."""
    said: dict[Any, list[tuple[Claim, Any]]] = {}  # by kind of body, in one pass: there are many runs
    for claim in claims:
        said.setdefault(type(claim.body), []).append((claim, claim.body))
    read: dict[str, _Ran] = {}
    for claim, seen in said.get(WasRead, ()):
        home = seen.home or claim.record
        read[home] = _joined(read.get(home), _Ran(home, claim.record, seen.created, seen.outputs))
    here = {job: ran for job, ran in read.items() if job.rpartition("/jobs/")[2] == run}
    for claim, names in said.get(PathNames, ()):
        _path(claim, names, here, links, loose)
    steps: list[tuple[Claim, Step]] = said.get(Step, [])
    bounds: list[tuple[Claim, Bound]] = said.get(Bound, [])
    for claim, declared in said.get(Declared, ()):
        _declared(claim, declared, here, bounds, steps, links, loose)
    suffixes = [(claim.link(s.tie), claim.text(s.parent), s.told) for claim, s in said.get(Suffix, ())]
    told = {link.effect for link, _, is_told in suffixes if is_told}
    links.extend([link for link, parent, _ in suffixes if parent in here and link.effect not in told])
    for claim, implicit in said.get(Implicit, ()):
        _implicit(claim, implicit, read, links)
    for claim, bound in bounds:
        pipeline = claim.text(bound.home)
        own = [(told.record, step) for told, step in steps if told.text(step.parent) == pipeline]
        _pipeline(claim, bound, own, links)
    _outputs_have_jobs(run, links)


def _joined(one: _Ran | None, other: _Ran) -> _Ran:
    """Two records of one run, in either order: what at least one of them says."""
    if one is None:
        return other
    outputs: dict[str, str] | None = None
    if one.outputs is not None or other.outputs is not None:
        both = sorted([*(one.outputs or {}).items(), *(other.outputs or {}).items()])
        outputs = dict(both)  # of a place told and one not told, the told one comes last
    return _Ran(one.home, min(one.job, other.job), max(one.created, other.created), outputs)


def _path(claim: Claim, names: PathNames, here: dict[str, _Ran], links: list[Link], loose: list[Loose]) -> None:
    """From what was made of the place, and from the place itself, to the output of the run in its path."""
    link = claim.link(names.tie)
    found = [link]
    if names.place:
        found.append(
            msgspec.structs.replace(
                link,
                effect=claim.text(names.place),
                effect_kind=Kind.LOCATION,
                relation=Relation.WAS_GENERATED_BY,
                name="",
            )
        )
    job = claim.text(names.job)
    for one in found:
        if not job:
            _somewhere(one, f"/outputs/{names.output}", names.created, here, links, loose)
        elif job in here:
            links.append(msgspec.structs.replace(one, certainty=Certainty.CONFIRMED))
        else:
            links.append(one)


def _declared(
    claim: Claim,
    declared: Declared,
    here: dict[str, _Ran],
    bounds: list[tuple[Claim, Bound]],
    steps: list[tuple[Claim, Step]],
    links: list[Link],
    loose: list[Loose],
) -> None:
    """From the asset to the declared job's output, if it can be told which, else to the job itself."""
    link = claim.link(declared.tie)
    home = claim.text(declared.job)
    if not home:
        output = f"/outputs/{declared.output}" if declared.output else ""
        link = _to_output(link, "", declared.path) if output else link
        _somewhere(link, output, declared.created, here, links, loose)
        return
    ran = here.get(home)
    ports = [port for told, bound in bounds if told.text(bound.home) == home for port in bound.published]
    run = f"/jobs/{declared.run}"
    names = {step.step for told, step in steps if declared.run and told.record.endswith(run)}
    output, path = _which_output(declared, (ran and ran.outputs) or {}, ports, names)
    if not output:
        links.append(link)
        return
    link = _to_output(link, f"{link.cause}/outputs/{output}", path)
    links.append(link)
    at_home = f"{home}/outputs/{output}"
    # The record may know the workspace by its GUID. What its path names was told to be the same where it was read.
    if link.cause != at_home and (f"{home}/outputs/{declared.output}", declared.run) != (at_home, run_of(home)):
        ends = (link.cause, Kind.JOB_OUTPUT, at_home, Kind.JOB_OUTPUT)
        links.append(Link(*ends, Relation.SAME_AS, Derivation.REFERENCE, Certainty.CONFIRMED, link.evidence))


def _which_output(declared: Declared, told: dict[str, str], ports: list[Binding], steps: set[str]) -> tuple[str, str]:
    """The declared job's output that the asset is, and the path in it; '' when it cannot be told.

    It is the one that the job's record puts at that place; else the one under which the pipeline publishes
    the output that the path names (of the step that the path's run is); else the one of that name, unless
    the record lists others only.
    """
    at_place = sorted(name for name, place in told.items() if place and place == declared.place)
    if at_place:
        return at_place[0], ""
    published = {p.other for p in ports if p.port == declared.output and (not steps or p.step in steps)}
    if len(published) == 1:
        return _canonical(published.pop()), declared.path
    if told and declared.output not in told and declared.output != "artifacts":
        return "", ""
    return declared.output, declared.path


def _to_output(link: Link, output: str, path: str) -> Link:
    return msgspec.structs.replace(
        link, cause=output, cause_kind=Kind.JOB_OUTPUT, relation=Relation.WAS_DERIVED_FROM, path=path
    )


def _somewhere(
    link: Link, tail: str, created: str, here: dict[str, _Ran], links: list[Link], loose: list[Loose]
) -> None:
    """An edge to a run known by its id alone: to the one job of that name that was read, or one of several."""
    ranked = by_time([(ran.created, ran.job) for ran in here.values()], created)
    certainty = Certainty.INFERRED if len(ranked) == 1 else Certainty.AMBIGUOUS
    links.extend(
        [
            msgspec.structs.replace(link, cause=job + tail, certainty=certainty, rank=rank)
            for rank, (_, job) in enumerate(ranked)
        ]
    )
    if not ranked:
        loose.append(lost(link, LooseReason.NO_WRITER, _NOT_READ))


def _implicit(claim: Claim, implicit: Implicit, read: dict[str, _Ran], links: list[Link]) -> None:
    """The readings of an asset's name whose run was read; several are one of."""
    link = claim.link(implicit.tie)
    known = [
        (read[job].job, output) for run, output in implicit.readings if (job := f"{implicit.scope}/jobs/{run}") in read
    ]
    certainty = Certainty.INFERRED if len(known) == 1 else Certainty.AMBIGUOUS
    links.extend(
        [
            msgspec.structs.replace(link, cause=f"{job}/outputs/{_canonical(output)}", certainty=certainty, rank=rank)
            for rank, (job, output) in enumerate(known)
        ]
    )


def _pipeline(claim: Claim, bound: Bound, steps: list[tuple[str, Step]], links: list[Link]) -> None:
    """The pipeline's wiring, put onto the runs of its steps (found by the step's name)."""
    by_name: dict[str, dict[str, Step]] = {}
    for job, step in steps:
        by_name.setdefault(step.step, {})[job] = step

    def runs(name: str) -> list[tuple[str, Step]]:
        return sorted(by_name.get(name, {}).items(), key=lambda found: found[0])

    def without(name: str, port: str) -> list[str]:
        """The runs of the step whose own records do not tell this input."""
        return [job for job, step in runs(name) if port not in step.inputs]

    def outputs(name: str, port: str) -> list[str]:
        return [f"{job}/outputs/{_canonical(port)}" for job, _ in runs(name)]

    def template(port: Binding, relation: Relation, effect: Kind, name: str) -> Link:
        evidence = claim.evidence(port.field, port.value)
        how = Derivation.NAMING
        return Link("", effect, "", Kind.JOB_OUTPUT, relation, how, Certainty.INFERRED, evidence, name)

    for port in bound.published:
        effect = f"{claim.record}/outputs/{_canonical(port.other)}"
        link = template(port, Relation.WAS_DERIVED_FROM, Kind.JOB_OUTPUT, "")
        links.extend(_candidates(link, [effect], outputs(port.step, port.port)))
        links.extend(_own_jobs(runs(port.step), port.port, link.evidence))
    for port in bound.wired:
        link = template(port, Relation.USED, Kind.JOB, port.port)
        readers = without(port.step, port.port)
        links.extend(_candidates(link, readers, outputs(port.other_step, port.other)))
        if readers:
            links.extend(_own_jobs(runs(port.other_step), port.other, link.evidence))
    for port, tie in bound.fed:
        link = claim.link(tie)
        links.extend(_candidates(link, without(port.step, port.port), [link.cause]))


def _candidates(link: Link, effects: list[str], causes: list[str]) -> list[Link]:
    """From each effect to each cause; several causes are one of."""
    certainty = Certainty.INFERRED if len(causes) == 1 else Certainty.AMBIGUOUS
    return [
        msgspec.structs.replace(link, effect=effect, cause=cause, certainty=certainty, rank=rank)
        for effect in effects
        for rank, cause in enumerate(causes)
    ]


def _canonical(output: str) -> str:
    """The output's name as `ids.job_output` spells it."""
    return "artifacts" if output == "default" else ids.visible(output)


def _own_jobs(steps: list[tuple[str, Step]], output: str, evidence: Evidence) -> list[Link]:
    """That a step's output is the step's, where the step's own record does not list it."""
    return [
        Link(
            f"{job}/outputs/{_canonical(output)}",
            Kind.JOB_OUTPUT,
            job,
            Kind.JOB,
            Relation.WAS_GENERATED_BY,
            Derivation.NAMING,
            Certainty.INFERRED,
            evidence,
        )
        for job, step in steps
        if _canonical(output) not in step.outputs
    ]


def _outputs_have_jobs(run: str, links: list[Link]) -> None:
    """Every output of this run that an edge leads to was generated by its job: the name says both."""
    part = f"/jobs/{run}/outputs/"
    links.extend(
        [
            Link(
                link.cause,
                Kind.JOB_OUTPUT,
                link.cause.partition(part)[0] + f"/jobs/{run}",
                Kind.JOB,
                Relation.WAS_GENERATED_BY,
                link.derivation,
                link.certainty,
                link.evidence,
            )
            for link in links
            if link.cause_kind is Kind.JOB_OUTPUT and part in link.cause
        ]
    )


# labels


def _labels(
    labels: list[tuple[Claim, Label]], versions: list[tuple[Claim, Version]], links: list[Link], loose: list[Loose]
) -> None:
    """The version that a label meant: the newest that was there when the record was made."""
    dated = sorted({(v.created, claim.record) for claim, v in versions if v.created}, reverse=True)
    undated = sorted({claim.record for claim, v in versions if not v.created})
    for claim, label in labels:
        link = claim.link(label.tie)
        before = [text for created, text in dated if not label.created or created <= label.created]
        candidates = before + undated
        certain = bool(label.created) and not undated
        certainty = Certainty.INFERRED if certain else Certainty.AMBIGUOUS
        links.extend(
            [
                msgspec.structs.replace(link, cause=text, certainty=certainty, rank=rank)
                for rank, text in enumerate(candidates[:1] if certain else candidates)
            ]
        )
        if not candidates:
            loose.append(lost(link, LooseReason.NO_VERSION))
