"""Where claims meet: the edges, their certainty and their candidates.

`settle` is pure and does not mind the order of the claims. What it returns is
in a fixed order, so that a publish can compare it with what was there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from lineage.graph import Certainty, Derivation, Evidence, Link, Loose, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.ends import REMEDIES
from lineage.linking.places import settle_places
from lineage.linking.words import (
    Bound,
    Claim,
    Declared,
    Implicit,
    Label,
    PathNames,
    Reads,
    Says,
    Settled,
    Spelled,
    Step,
    Suffix,
    Version,
    WasRead,
    Writes,
    best,
    by_time,
)

T = TypeVar("T")

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
        if type(body) is Says:
            links.extend(body.links)
            loose.extend(body.loose)
    match meets.partition(":")[0]:
        case "run":
            _run(meets.partition(":")[2], claims, links, loose)
        case "place":
            settle_places(_of(Writes, claims), _of(Reads, claims), _of(Spelled, claims), links, loose)
        case "asset":
            _labels(_of(Label, claims), _of(Version, claims), links, loose)
    return Settled(best(links), sorted(set(loose), key=_loose_order))


def _of(kind: type[T], claims: Sequence[Claim]) -> list[T]:
    return [claim.body for claim in claims if type(claim.body) is kind]


def _loose_order(loose: Loose) -> tuple[str, ...]:
    return (loose.record, loose.record_kind, loose.field, loose.value, loose.reason, loose.remedy)


# runs


def _run(run: str, claims: Sequence[Claim], links: list[Link], loose: list[Loose]) -> None:
    """Everything that names one run, with the records of the jobs that have this id."""
    read: dict[str, WasRead] = {}
    for body in _of(WasRead, claims):
        read[body.home] = _joined(read.get(body.home), body)
    here = {job: body for job, body in read.items() if job.rpartition("/jobs/")[2] == run}
    for names in _of(PathNames, claims):
        _path(names, here, links, loose)
    steps = _of(Step, claims)
    bounds = _of(Bound, claims)
    for declared in _of(Declared, claims):
        _declared(declared, here, bounds, steps, links, loose)
    suffixes = _of(Suffix, claims)
    told = {suffix.link.effect for suffix in suffixes if suffix.told}
    links.extend(s.link for s in suffixes if s.parent in here and s.link.effect not in told)
    for implicit in _of(Implicit, claims):
        _implicit(implicit, read, links)
    for bound in bounds:
        _pipeline(bound, [step for step in steps if step.parent == bound.home], links)
    _outputs_have_jobs(run, links)


def _joined(one: WasRead | None, other: WasRead) -> WasRead:
    """Two records of one run, in either order: what at least one of them says."""
    if one is None:
        return other
    outputs: dict[str, str] | None = None
    if one.outputs is not None or other.outputs is not None:
        both = sorted([*(one.outputs or {}).items(), *(other.outputs or {}).items()])
        outputs = dict(both)  # of a place told and one not told, the told one comes last
    return WasRead(one.home, min(one.job, other.job), max(one.created, other.created), outputs)


def _path(names: PathNames, here: dict[str, WasRead], links: list[Link], loose: list[Loose]) -> None:
    if names.job:
        certainty = Certainty.CONFIRMED if names.job in here else Certainty.INFERRED
        links.append(msgspec.structs.replace(names.link, certainty=certainty))
        return
    _somewhere(names.link, f"/outputs/{names.output}", names.created, here, links, loose)


def _declared(
    declared: Declared,
    here: dict[str, WasRead],
    bounds: list[Bound],
    steps: list[Step],
    links: list[Link],
    loose: list[Loose],
) -> None:
    """From the asset to the declared job's output, if it can be told which, else to the job itself."""
    if not declared.job:
        output = f"/outputs/{declared.output}" if declared.output else ""
        link = _to_output(declared.link, "", declared.path) if output else declared.link
        _somewhere(link, output, declared.created, here, links, loose)
        return
    job = here.get(declared.job)
    output, path = _which_output(declared, (job and job.outputs) or {}, bounds, steps)
    if output:
        links.append(_to_output(declared.link, f"{declared.link.cause}/outputs/{output}", path))
    else:
        links.append(declared.link)


def _which_output(declared: Declared, told: dict[str, str], bounds: list[Bound], steps: list[Step]) -> tuple[str, str]:
    """The declared job's output that the asset is, and the path in it; '' when it cannot be told.

    It is the one that the job's record puts at that place; else the one under which the pipeline publishes
    the step's output that the path names; else the one of that name, unless the record lists others only.
    """
    at_place = sorted(name for name, place in told.items() if place and place == declared.place)
    if at_place:
        return at_place[0], ""
    of_run = {step.step for step in steps if declared.run and step.job.endswith(f"/jobs/{declared.run}")}
    published = {
        port.other
        for bound in bounds
        if bound.home == declared.job
        for port in bound.published
        if port.port == declared.output and (not of_run or port.step in of_run)
    }
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
    link: Link, tail: str, created: str, here: dict[str, WasRead], links: list[Link], loose: list[Loose]
) -> None:
    """An edge to a run known by its id alone: to the one job of that name that was read, or one of several."""
    ranked = by_time([(job.created, job.job) for job in here.values()], created)
    certainty = Certainty.INFERRED if len(ranked) == 1 else Certainty.AMBIGUOUS
    for rank, (_, job) in enumerate(ranked):
        links.append(msgspec.structs.replace(link, cause=job + tail, certainty=certainty, rank=rank))
    if not ranked:
        said = link.evidence
        loose.append(Loose(said.record, said.record_kind, said.field, said.value, LooseReason.NO_WRITER, _NOT_READ))


def _implicit(implicit: Implicit, read: dict[str, WasRead], links: list[Link]) -> None:
    """The readings of an asset's name whose run was read; several are one of."""
    known = [
        (read[job].job, output) for run, output in implicit.readings if (job := f"{implicit.scope}/jobs/{run}") in read
    ]
    certainty = Certainty.INFERRED if len(known) == 1 else Certainty.AMBIGUOUS
    links.extend(
        msgspec.structs.replace(
            implicit.link, cause=f"{job}/outputs/{_canonical(output)}", certainty=certainty, rank=rank
        )
        for rank, (job, output) in enumerate(known)
    )


def _pipeline(bound: Bound, steps: list[Step], links: list[Link]) -> None:
    """The pipeline's wiring, put onto the runs of its steps (found by the step's name)."""
    by_name: dict[str, dict[str, Step]] = {}
    for step in steps:
        by_name.setdefault(step.step, {})[step.job] = step

    def found(name: str) -> list[Step]:
        return [step for _, step in sorted(by_name.get(name, {}).items())]

    def add(effects: list[tuple[str, Kind]], causes: list[tuple[str, Kind]], relation: Relation, link: Link) -> None:
        certainty = Certainty.INFERRED if len(causes) == 1 else Certainty.AMBIGUOUS
        for effect, effect_kind in effects:
            links.extend(
                msgspec.structs.replace(
                    link,
                    effect=effect,
                    effect_kind=effect_kind,
                    cause=cause,
                    cause_kind=cause_kind,
                    relation=relation,
                    certainty=certainty,
                    rank=rank,
                )
                for rank, (cause, cause_kind) in enumerate(causes)
            )

    def evidence(field: str, value: str) -> Evidence:
        return Evidence(bound.job, bound.record_kind, field, value)

    def template(field: str, value: str, name: str) -> Link:
        return Link(
            "",
            Kind.JOB,
            "",
            Kind.JOB_OUTPUT,
            Relation.USED,
            Derivation.NAMING,
            Certainty.INFERRED,
            evidence(field, value),
            name,
        )

    for port in bound.published:
        causes = [(_output(step, port.port), Kind.JOB_OUTPUT) for step in found(port.step)]
        effect = (f"{bound.job}/outputs/{_canonical(port.other)}", Kind.JOB_OUTPUT)
        add([effect], causes, Relation.WAS_DERIVED_FROM, template(port.field, port.value, ""))
        _own_jobs(found(port.step), port.port, evidence(port.field, port.value), links)
    for port in bound.wired:
        effects = [(step.job, Kind.JOB) for step in found(port.step) if port.port not in step.inputs]
        causes = [(_output(step, port.other), Kind.JOB_OUTPUT) for step in found(port.other_step)]
        add(effects, causes, Relation.USED, template(port.field, port.value, port.port))
        if effects:
            _own_jobs(found(port.other_step), port.other, evidence(port.field, port.value), links)
    for port, link in bound.fed:
        effects = [(step.job, Kind.JOB) for step in found(port.step) if port.port not in step.inputs]
        add(effects, [(link.cause, link.cause_kind)], Relation.USED, link)


def _canonical(output: str) -> str:
    return "artifacts" if output == "default" else output


def _output(step: Step, name: str) -> str:
    return f"{step.job}/outputs/{_canonical(name)}"


def _own_jobs(steps: list[Step], output: str, evidence: Evidence, links: list[Link]) -> None:
    """That a step's output is the step's, where the step's own record does not list it."""
    links.extend(
        Link(
            _output(step, output),
            Kind.JOB_OUTPUT,
            step.job,
            Kind.JOB,
            Relation.WAS_GENERATED_BY,
            Derivation.NAMING,
            Certainty.INFERRED,
            evidence,
        )
        for step in steps
        if _canonical(output) not in step.outputs
    )


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


def _labels(labels: list[Label], versions: list[Version], links: list[Link], loose: list[Loose]) -> None:
    """The version that a label meant: the newest that was there when the record was made."""
    dated = sorted({(v.created, v.text) for v in versions if v.created}, reverse=True)
    undated = sorted({v.text for v in versions if not v.created})
    for label in labels:
        before = [text for created, text in dated if not label.created or created <= label.created]
        candidates = before + undated
        certain = bool(label.created) and not undated
        for rank, text in enumerate(candidates[:1] if certain else candidates):
            links.append(
                msgspec.structs.replace(
                    label.link,
                    cause=text,
                    certainty=Certainty.INFERRED if certain else Certainty.AMBIGUOUS,
                    rank=rank,
                )
            )
        if not candidates:
            said = label.link.evidence
            loose.append(
                Loose(
                    said.record,
                    said.record_kind,
                    said.field,
                    said.value,
                    LooseReason.NO_VERSION,
                    REMEDIES[LooseReason.NO_VERSION],
                )
            )
