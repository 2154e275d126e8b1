"""Claims as they are kept: what one record says, short enough to be stored for every record.

A claim names its record once. Texts that start with the record's own workspace
or registry are cut there, and the words of the graph are numbers, because an
index keeps as many claims as it has references. `Claim.link` and `Claim.loose`
write them out again.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from lineage.graph import Certainty, Derivation, Evidence, Link, Loose, LooseReason, Relation
from lineage.ids import Kind
from lineage.linking.ends import REMEDIES

KINDS: Final = (
    Kind.WORKSPACE,
    Kind.REGISTRY,
    Kind.MODEL,
    Kind.MODEL_VERSION,
    Kind.DATA_VERSION,
    Kind.ENVIRONMENT_VERSION,
    Kind.COMPONENT_VERSION,
    Kind.CODE_VERSION,
    Kind.ASSET_VERSION,
    Kind.JOB,
    Kind.JOB_OUTPUT,
    Kind.LOCATION,
    Kind.DATASTORE,
    Kind.COMPUTE,
    Kind.ENDPOINT,
    Kind.DEPLOYMENT,
    Kind.OTHER,
)
RELATIONS: Final = (
    Relation.WAS_GENERATED_BY,
    Relation.WAS_DERIVED_FROM,
    Relation.USED,
    Relation.RAN_IN,
    Relation.RAN_CODE,
    Relation.INSTANCE_OF,
    Relation.PART_OF,
    Relation.REUSED_FROM,
    Relation.COPIED_FROM,
    Relation.DEPLOYS,
    Relation.SAME_AS,
)
DERIVATIONS: Final = (
    Derivation.SERVICE_FIELD,
    Derivation.REFERENCE,
    Derivation.MATERIALISED_PATH,
    Derivation.RUN_HISTORY,
    Derivation.NAMING,
    Derivation.CONTAINMENT,
)
CERTAINTIES: Final = (Certainty.CONFIRMED, Certainty.INFERRED, Certainty.AMBIGUOUS)
REASONS: Final = (
    LooseReason.LOCAL_UPLOAD,
    LooseReason.OPAQUE,
    LooseReason.BROKEN,
    LooseReason.TEMPLATE,
    LooseReason.TOO_BROAD,
    LooseReason.NO_VERSION,
    LooseReason.NO_WRITER,
    LooseReason.EXTERNAL,
)
"""Words by their numbers. Stored claims hold the numbers, so these tables only ever grow at their ends."""

_T = TypeVar("_T")


def _numbers(table: tuple[_T, ...]) -> dict[_T, int]:
    return {word: number for number, word in enumerate(table)}


NUMBER: Final[dict[Kind | Relation | Derivation | Certainty | LooseReason, int]] = {
    **_numbers(KINDS),
    **_numbers(RELATIONS),
    **_numbers(DERIVATIONS),
    **_numbers(CERTAINTIES),
    **_numbers(REASONS),
}

CUT: Final = "\0"
"""Stands for the record's own workspace or registry at the start of a text. Nothing that is crawled holds it."""


class Tie(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A `Link` without what its claim knows. An empty `effect` is the record itself."""

    relation: int
    derivation: int
    certainty: int
    effect_kind: int
    cause_kind: int
    effect: str
    cause: str
    field: str
    value: str
    name: str
    path: str


class End(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A `Loose` without what its claim knows. An empty `remedy` is the usual one."""

    reason: int
    field: str
    value: str
    remedy: str


class Says(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """Edges and loose ends that the record alone decides. The same edge said by several is kept once, the best."""

    ties: tuple[Tie, ...] = ()
    ends: tuple[End, ...] = ()


class WasRead(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """A record of this run was read, and what it alone decides.

    home: the job in the named form of its workspace, if that is not the record's own text. created: instant, or ''.
    outputs: output name -> physical place ('' if not told); None when the record does not list them.
    """

    home: str
    created: str
    outputs: dict[str, str] | None = None
    ties: tuple[Tie, ...] = ()
    ends: tuple[End, ...] = ()


class PathNames(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """A path names a run: `tie` leads to that run's output, and so does the place itself.

    place, place_kind: the place as spelled; '' when no edge leads from it to the run.
    job: the run's job in its workspace's named form. When the workspace is not known, `job` and the
    tie's cause are '' and the run is looked for by its id alone; `output` is then the output's name.
    """

    tie: Tie
    place: str
    job: str
    output: str
    created: str


class Declared(msgspec.Struct, frozen=True, array_like=True, tag="d"):
    """A registered asset names the job that it came from.

    tie: from the asset to that job. place: physical text of where the asset lies, or ''.
    run, output, path: what the asset's own path names, or ''. job and created as in `PathNames`.
    """

    tie: Tie
    job: str
    place: str
    run: str
    output: str
    path: str
    created: str


class Suffix(msgspec.Struct, frozen=True, array_like=True, tag="x"):
    """A run id that extends another by a number. told: the record says itself who the parent is."""

    tie: Tie
    parent: str
    told: bool


class Implicit(msgspec.Struct, frozen=True, array_like=True, tag="i"):
    """An asset whose name the service made from a run and an output; every way to read it, best first."""

    tie: Tie
    readings: tuple[tuple[str, str], ...]
    scope: str


class Binding(msgspec.Struct, frozen=True, array_like=True):
    """What a pipeline says about a port of one of its steps.

    step, port: the step's name and its input or output. field: where it stands.
    value: the binding as written. other: the pipeline's output, or the output of step `other_step`.
    """

    step: str
    port: str
    other_step: str
    other: str
    field: str
    value: str


class Bound(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """How a pipeline wires its steps.

    home: the pipeline in the named form of its workspace.
    published: its own outputs, by the step's output that each is. wired: inputs of steps, by the step's output that
    feeds each. fed: inputs of steps fed by the pipeline's own inputs, with the edge to what those name.
    """

    home: str
    published: tuple[Binding, ...]
    wired: tuple[Binding, ...]
    fed: tuple[tuple[Binding, Tie], ...]


class Step(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """A run that says which pipeline it belongs to, and as which step.

    inputs, outputs: the ports that its own record tells about.
    """

    parent: str
    step: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Version(msgspec.Struct, frozen=True, array_like=True, tag="v"):
    """This version of an asset was read."""

    created: str


class Label(msgspec.Struct, frozen=True, array_like=True, tag="l"):
    """A record names an asset by label. The tie's cause is the labelled text and gives way to a version."""

    tie: Tie
    created: str


class Writes(msgspec.Struct, frozen=True, array_like=True, tag="w"):
    """An output says where it is written.

    tie: from the place, as spelled, to the output. place: physical, '' when it is spelled so. via: see `Spelled`.
    job: home text of the job. above: home texts of the jobs it is part of.
    decided: the place's own edge is settled elsewhere.
    """

    tie: Tie
    place: str
    via: str
    job: str
    above: tuple[str, ...]
    created: str
    decided: bool = False


class Reads(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """Something was made from a place.

    tie: from the reader to the place, as spelled; edges to outputs have its relation.
    place, via, job, above, created as in `Writes`; job is '' when the reader is not a job.
    told: home text of the job that the reader's record names as its origin, or ''.
    """

    tie: Tie
    place: str
    via: str
    job: str
    above: tuple[str, ...]
    created: str
    told: str = ""


class Spelled(msgspec.Struct, frozen=True, array_like=True, tag="n"):
    """A place was named with this spelling.

    place: physical, '' when it is spelled so.
    via: the datastore or workspace whose record says that this is that physical place, or ''.
    """

    place: str
    text: str
    via: str


class Same(msgspec.Struct, frozen=True, array_like=True, tag="g"):
    """A name that holds a workspace GUID was used; `home` is the same name in the named form."""

    kind: int
    text: str
    home: str


Body = (
    Says
    | WasRead
    | PathNames
    | Declared
    | Suffix
    | Implicit
    | Bound
    | Step
    | Version
    | Label
    | Writes
    | Reads
    | Spelled
    | Same
)


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """What one record says, to be settled with what others say at the same `meets`.

    record, kind: the record that says it. cut: how much of `record` its workspace or registry is.
    """

    meets: str
    record: str
    kind: str
    cut: int
    body: Body

    def text(self, short: str) -> str:
        """A text of this claim, written out."""
        return self.record[: self.cut] + short[1:] if short.startswith(CUT) else short

    def evidence(self, field: str, value: str) -> Evidence:
        return Evidence(self.record, self.kind, field, self.text(value))

    def link(self, tie: Tie) -> Link:
        """The edge that a tie of this claim stands for."""
        record, effect, cause, value = self.record, tie.effect, tie.cause, tie.value
        own = record[: self.cut]
        # Four edges a record: `text` written out, without its calls.
        return Link(
            (own + effect[1:] if effect[0] == CUT else effect) if effect else record,
            KINDS[tie.effect_kind],
            own + cause[1:] if cause and cause[0] == CUT else cause,
            KINDS[tie.cause_kind],
            RELATIONS[tie.relation],
            DERIVATIONS[tie.derivation],
            CERTAINTIES[tie.certainty],
            Evidence(record, self.kind, tie.field, own + value[1:] if value and value[0] == CUT else value),
            tie.name,
            tie.path,
        )

    def loose(self, end: End) -> Loose:
        """The loose end of this claim."""
        reason = REASONS[end.reason]
        return Loose(self.record, self.kind, end.field, self.text(end.value), reason, end.remedy or REMEDIES[reason])
