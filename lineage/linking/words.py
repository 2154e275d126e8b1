"""The words that claiming and settling share: what is known, what is claimed, what comes of it.

A claim is what one record says, in a form that can be kept for years and
settled later together with the claims of other records. Its `meets` says where.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import msgspec

from lineage import locations
from lineage.graph import Evidence, Link, Loose
from lineage.ids import Kind

RULES: Final = 1
"""Version of the rules. Whoever changes what an estate links to raises it; `lineage relink` then rebuilds."""


def guid_in(text: str) -> str:
    """The GUID by which a canonical text names its workspace, or ''."""
    if text.startswith("azureml://locations/"):
        parts = text.split("/", 6)
        return parts[5] if len(parts) > 5 else ""
    return text.split("/", 4)[3] if text.startswith("azureml://workspaces/") else ""


class Known(msgspec.Struct, frozen=True, dict=True):
    """Crawled facts that every record is read by. When they change, every record must be claimed again.

    datastores: text of a datastore -> the container that it stands for (`https://ACCOUNT.blob.SUFFIX/CONTAINER`).
    guids: GUID of a workspace -> text of the workspace.
    """

    datastores: dict[str, str] = {}
    guids: dict[str, str] = {}

    @cached_property
    def _stores(self) -> dict[str, list[str]]:
        """Container -> its datastores."""
        stores: dict[str, list[str]] = {}
        for store, container in sorted(self.datastores.items()):
            stores.setdefault(container, []).append(store)
        return stores

    @cached_property
    def _named(self) -> frozenset[str]:
        """The workspaces whose GUID is known."""
        return frozenset(self.guids.values())

    def home(self, text: str) -> str:
        """`text` with a workspace GUID put back to the workspace's name, when it is known."""
        guid = guid_in(text)
        named = self.guids.get(guid) if guid else None
        return text if named is None else named + text.partition(f"/workspaces/{guid}")[2]

    def physical(self, text: str) -> str:
        """The spelling of a place under which it meets others (`locations.physical`)."""
        return locations.physical(self.home(text), self.datastores)

    def has_aliases(self, text: str) -> bool:
        """Whether other records might spell the physical place `text` in another way."""
        root = locations.split(text)[0]
        return root in self._stores or (
            not text.startswith("https://") and root.partition("/datastores/")[0] in self._named
        )

    def workspace_of(self, place: str) -> str:
        """The one workspace whose datastore the physical `place` lies in; '' when there is none or more than one."""
        stores = self._stores.get(locations.split(place)[0], ())
        owners = {store.partition("/datastores/")[0] for store in stores}
        return owners.pop() if len(owners) == 1 else ""


class Description(msgspec.Struct, frozen=True):
    """The node that a record is about. `facts` is what lists and questions show of it (see `describing`)."""

    text: str
    kind: Kind
    archived: bool
    facts: dict[str, Any]


class Settled(msgspec.Struct, frozen=True):
    """What came of the claims at one meeting key, in a fixed order."""

    links: list[Link]
    loose: list[Loose]


class Says(msgspec.Struct, frozen=True, array_like=True, tag="s"):
    """Edges and loose ends that the record alone decides. The same edge said by several is kept once, the best."""

    links: tuple[Link, ...] = ()
    loose: tuple[Loose, ...] = ()


class WasRead(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """A record of this run was read.

    home: the job's text in the named form of its workspace. job: its text as recorded. created: instant, or ''.
    outputs: output name -> physical place ('' if not told); None when the record does not list them.
    """

    home: str
    job: str
    created: str
    outputs: dict[str, str] | None = None


class PathNames(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """A path names a run: `link` leads to that run's output.

    job: the run's job text in its workspace's named form. When the workspace is not known, `job` and
    `link.cause` are '' and the run is looked for by its id alone; `output` is then the output's name.
    """

    link: Link
    job: str
    output: str
    created: str


class Declared(msgspec.Struct, frozen=True, array_like=True, tag="d"):
    """A registered asset names the job that it came from.

    link: from the asset to that job. place: physical text of where the asset lies, or ''.
    run, output, path: what the asset's own path names, or ''. job and created as in `PathNames`.
    """

    link: Link
    job: str
    place: str
    run: str
    output: str
    path: str
    created: str


class Suffix(msgspec.Struct, frozen=True, array_like=True, tag="x"):
    """A run id that extends another by a number. told: the record says itself who the parent is."""

    link: Link
    parent: str
    told: bool


class Implicit(msgspec.Struct, frozen=True, array_like=True, tag="i"):
    """An asset whose name the service made from a run and an output; every way to read it, best first."""

    link: Link
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

    published: its own outputs, by the step's output that each is. wired: inputs of steps, by the step's output that
    feeds each. fed: inputs of steps fed by the pipeline's own inputs, with the edge to what those name.
    """

    job: str
    home: str
    record_kind: str
    published: tuple[Binding, ...]
    wired: tuple[Binding, ...]
    fed: tuple[tuple[Binding, Link], ...]


class Step(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """A run that says which pipeline it belongs to, and as which step.

    inputs, outputs: the ports that its own record tells about.
    """

    job: str
    parent: str
    step: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Version(msgspec.Struct, frozen=True, array_like=True, tag="v"):
    """A version of an asset was read."""

    text: str
    created: str


class Label(msgspec.Struct, frozen=True, array_like=True, tag="l"):
    """A record names an asset by label. `link.cause` is the labelled text and gives way to a version."""

    link: Link
    created: str


class Writes(msgspec.Struct, frozen=True, array_like=True, tag="w"):
    """An output says where it is written.

    link: from the place, as spelled, to the output. place: physical. job: home text of the job.
    above: home texts of the jobs it is part of. decided: the place's own edge is settled elsewhere.
    """

    link: Link
    place: str
    job: str
    above: tuple[str, ...]
    created: str
    decided: bool = False


class Reads(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """Something was made from a place.

    link: from the reader to the place, as spelled; edges to outputs have its relation.
    place, job, above, created as in `Writes`; job is '' when the reader is not a job.
    told: home text of the job that the reader's record names as its origin, or ''.
    """

    link: Link
    place: str
    job: str
    above: tuple[str, ...]
    created: str
    told: str = ""


class Spelled(msgspec.Struct, frozen=True, array_like=True, tag="n"):
    """A place was named with this spelling. `evidence` says why that is this physical place."""

    place: str
    text: str
    kind: Kind
    evidence: Evidence


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
)


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """What one record says, to be settled with what others say at the same `meets`."""

    meets: str
    body: Body


def order(link: Link) -> tuple[Any, ...]:
    """The fixed order of links; among equal statements the better founded comes first."""
    return (
        link.effect,
        link.relation,
        link.cause,
        link.name,
        link.path,
        _CERTAINTIES[link.certainty],
        _DERIVATIONS[link.derivation],
        link.rank,
        link.evidence.record,
        link.evidence.record_kind,
        link.evidence.field,
        link.evidence.value,
    )


def best(links: list[Link]) -> list[Link]:
    """One link for each statement (ends, relation, name, path): the best founded."""
    kept: list[Link] = []
    last: tuple[Any, ...] = ()
    for link in sorted(links, key=order):
        said = (link.effect, link.relation, link.cause, link.name, link.path)
        if said != last:
            kept.append(link)
            last = said
    return kept


def by_time(candidates: list[tuple[str, str]], created: str) -> list[tuple[str, str]]:
    """Candidates (instant, text) for what was there at `created`.

    The last one before it comes first, then earlier ones, then those after it, soonest first, then undated
    ones; without `created` simply the latest first. Texts decide between equals.
    """
    texts = sorted(set(candidates), key=lambda c: c[1])
    before = [c for c in texts if c[0] and (not created or c[0] <= created)]
    after = [c for c in texts if c[0] and created and c[0] > created]
    undated = [c for c in texts if not c[0]]
    before.sort(key=lambda c: c[0], reverse=True)
    after.sort(key=lambda c: c[0])
    return before + after + undated


_CERTAINTIES: Final = {"CONFIRMED": 0, "INFERRED": 1, "AMBIGUOUS": 2}
_DERIVATIONS: Final = {
    "SERVICE_FIELD": 0,
    "REFERENCE": 1,
    "RUN_HISTORY": 2,
    "MATERIALISED_PATH": 3,
    "NAMING": 4,
    "CONTAINMENT": 5,
}
