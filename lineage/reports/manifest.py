"""What a pack of files says of itself: where it comes from, how complete that is, and how to check it.

Auditors ask five things of information that a system produced: its source, its
scope, its completeness, its integrity, and who had it in hand. The manifest answers
the first four and is the same whenever the same generation is asked; who made the
pack and when stands in `custody.json` beside it, which names the manifest by its hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from lineage import __version__
from lineage.errors import EvidenceDiffers
from lineage.ports import Questions
from lineage.questions import pages
from lineage.records import canonical_json
from lineage.reports.evidence import AGAIN, Asked

PATH: Final = "manifest.json"
CUSTODY: Final = "custody.json"
FORMAT: Final = "azureml-lineage evidence manifest"
VERSION: Final = 1


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file of the pack. sha256: hex. rows, nulls, order: of a table (see `pack.Part`)."""

    path: str
    media_type: str = msgspec.field(name="mediaType")
    about: str
    bytes: int
    sha256: str
    rows: int | None = None
    nulls: dict[str, int] = {}
    order: str = ""


class Previous(msgspec.Struct, frozen=True):
    """The report before this one: its manifest's SHA-256, the generation it was made from and that one's digest."""

    sha256: str
    generation: int
    digest: str
    id: str


class Manifest(msgspec.Struct, frozen=True):
    """`manifest.json`.

    id: of the report: SHA-256 over what was asked and the digest of the generation. kind, parameters: what was asked.
    generation, scopes, population: of the index, as GraphQL told them; the answers are kept with the rest.
    questions: the operations that were run. files: every other file but `custody.json` and signatures.
    exclusions, limitations: sentences. reperform: commands.
    """

    format: str
    version: int
    id: str
    kind: str
    parameters: dict[str, Any]
    tool: dict[str, str]
    generation: dict[str, Any]
    scopes: list[dict[str, Any]]
    population: dict[str, Any]
    questions: list[Asked]
    files: list[File]
    exclusions: list[str]
    limitations: list[str]
    previous: Previous | None
    reperform: list[str]


class Head(msgspec.Struct, frozen=True):
    """The part of a manifest that is asked before anything else."""

    generation: dict[str, Any]
    scopes: list[dict[str, Any]]
    population: dict[str, Any]


def head(questions: Questions) -> Head:
    """Asks for the generation, its scopes and its population."""
    scopes: list[dict[str, Any]] = []
    generation: dict[str, Any] = {}
    for page in pages(questions, "EvidenceHead", at=("status", "scopes")):
        generation = page["status"]["generation"]
        scopes += [edge["node"] for edge in page["status"]["scopes"]["edges"]]
    rows: list[dict[str, Any]] = []
    total: dict[str, Any] = {}
    for page in pages(questions, "Population", at=("population",)):
        total = page["population"]["total"]
        rows += [edge["node"] for edge in page["population"]["edges"]]
    return Head(generation, scopes, {"total": total, "collections": rows})


def identity(kind: str, parameters: Mapping[str, Any], told: Head, previous: Previous | None) -> str:
    """The report's id."""
    of = [kind, parameters, told.generation["digest"], told.generation["number"], previous and previous.sha256]
    return sha256(canonical_json(of)).hexdigest()


def manifest(
    kind: str,
    parameters: Mapping[str, Any],
    told: Head,
    asked: Sequence[Asked],
    files: Sequence[File],
    previous: Previous | None,
    reperform: Sequence[str],
) -> Manifest:
    """The manifest of a pack whose other files are these."""
    return Manifest(
        FORMAT,
        VERSION,
        identity(kind, parameters, told, previous),
        kind,
        dict(parameters),
        {"name": "azureml-lineage", "version": __version__},
        told.generation,
        told.scopes,
        told.population,
        list(asked),
        sorted(files, key=lambda file: file.path),
        _exclusions(told),
        _limitations(told),
        previous,
        list(reperform),
    )


def encode(of: Manifest) -> bytes:
    return msgspec.json.format(canonical_json(of), indent=2) + b"\n"


def decode(data: bytes) -> Manifest:
    """Raises msgspec.MsgspecError for anything that is no manifest of this version."""
    found = msgspec.json.decode(data, type=Manifest)
    if found.format != FORMAT or found.version != VERSION:
        raise msgspec.ValidationError(f"format {found.format!r}, version {found.version}")
    return found


def decode_or_differ(data: bytes) -> Manifest:
    """As `decode`. Raises EvidenceDiffers."""
    try:
        return decode(data)
    except msgspec.MsgspecError as error:
        raise EvidenceDiffers(f"{PATH} is no manifest of this version: {error}", AGAIN) from None


def custody(of: bytes, made: str, operator: str) -> bytes:
    """`custody.json`: when the pack was made (UTC) and by whom, of the manifest with these bytes."""
    told = {"manifest": sha256(of).hexdigest(), "made": made, "operator": operator}
    return msgspec.json.format(canonical_json(told), indent=2) + b"\n"


def _exclusions(told: Head) -> list[str]:
    names = ", ".join(sorted(scope["scope"] for scope in told.scopes)) or "none"
    return [
        f"Only what was crawled is here: {names}. Other workspaces and registries appear where something names them.",
        "Values that look like secrets were replaced before anything was stored.",
    ]


def _limitations(told: Head) -> list[str]:
    total = told.population["total"]
    found = [
        f"{scope['scope']} was not read to its end, so things of it may be missing."
        for scope in told.scopes
        if not scope["isComplete"]
    ]
    lost = total["forbidden"] + total["deleted"] + total["failed"]
    if lost:
        found.append(
            f"{lost:,} of {total['listed'] + total['referenced']:,} things that were met could not be read: "
            f"{total['forbidden']:,} forbidden, {total['deleted']:,} deleted, {total['failed']:,} failed."
        )
    if not total["reconciles"]:
        found.append(
            f"The population does not add up: {total['unaccounted']:,} unaccounted for, {total['surplus']:,} surplus."
        )
    found.append(
        "Azure Machine Learning tells no digest of a model's bytes; what is said of models rests on names, versions "
        "and paths."
    )
    return found
