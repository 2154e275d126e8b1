"""What an impact starts from, when that is more than one reference can name.

    REFERENCE    any spelling of one thing (`lookup.find`)
    PREFIX       every known place under a datastore path or a storage URL; with `*` at its end it may end within a
                 segment: `azureml://datastores/lake/paths/raw/2026-*`
    ENVIRONMENT  an environment: NAME is every version of it, NAME:VERSION and NAME@LABEL are one
    IMAGE        the environments of a container image: REPOSITORY, REPOSITORY:TAG, or its digest sha256:…
    COMMIT       the jobs that were submitted from a git commit, by its hash or the first seven digits of it or more
    CODE         the jobs of a code snapshot by its id, and a code version by name, NAME:VERSION or content hash
    COMPUTE      the jobs that ran on a compute, by its name

Each is one question to the index, answered by look-up or by a pass over the things of one kind there; nothing is
walked here. A name that several workspaces use means all of them, unless a scope is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

import msgspec

from lineage import answers, ids, locations, lookup, references
from lineage.errors import InvalidOption, InvalidReference, UnknownReference
from lineage.graph import Node, State
from lineage.ids import Kind, Target
from lineage.lookup import INSIDE_LIMIT, Found, spellings
from lineage.lookup.versions import of_label
from lineage.ports import NodeFilter, View
from lineage.records import canonical_json
from lineage.redaction import redact_text
from lineage.traversal import Truncation, TruncationReason


class By(StrEnum):
    """How a suspect is named."""

    REFERENCE = "REFERENCE"
    PREFIX = "PREFIX"
    ENVIRONMENT = "ENVIRONMENT"
    IMAGE = "IMAGE"
    COMMIT = "COMMIT"
    CODE = "CODE"
    COMPUTE = "COMPUTE"


class Suspect(msgspec.Struct, frozen=True):
    """Something that may be wrong, as it was named. repository: of a commit, when it is to be of that one only."""

    by: By
    text: str
    repository: str = ""


class Start(msgspec.Struct, frozen=True):
    """The things that a suspect means in one generation. crowded: there are more than one answer may start from."""

    suspect: Suspect
    founds: tuple[Found, ...]
    crowded: bool = False

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The things, each with what lies inside it; the beginning of a name is none."""
        found = {node.key: node for one in self.founds for node in (one.node, *one.inside)}
        return tuple(node for node in found.values() if self.suspect.by is not By.PREFIX or node.text[-1] != "*")

    @property
    def shown(self) -> str:
        """The suspect's text with secrets removed."""
        return redact_text(self.suspect.text)

    @property
    def cuts(self) -> tuple[Truncation, ...]:
        """What an answer that starts here lacks for that reason."""
        if not self.crowded:
            return ()
        detail = f"{self.shown} means more than the {INSIDE_LIMIT:,} things that one answer may start from"
        return (Truncation(TruncationReason.NODE_LIMIT, detail, tuple(found.node.key for found in self.founds[-1:])),)


def starts(view: View, suspects: Iterable[Suspect], scope: ids.Scope | None = None) -> tuple[Start, ...]:
    """What each of the suspects means, in their order; one that is named twice is told once.

    Raises InvalidReference or InvalidOption for text that cannot mean such a thing, UnknownReference when nothing in
    this generation answers to it, AmbiguousReference when a reference means several things.
    """
    return tuple(_FIND[suspect.by](view, suspect, scope) for suspect in dict.fromkeys(suspects))


def _reference(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    return Start(suspect, (lookup.find(view, suspect.text, scope),))


def _prefix(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    text = suspect.text.strip()
    open_ended = text.endswith("*")
    stem = text.removesuffix("*")
    reference = references.parse(stem)
    targets = [reference.resolve(one) for one in ([scope] if scope else _workspaces(view))]
    places = [one for one in targets if one is not None and one.kind in (Kind.LOCATION, Kind.DATASTORE)]
    if not places:
        raise InvalidOption(
            f"{redact_text(text)!r} names no place in storage",
            "write azureml://datastores/DATASTORE/paths/PATH or the storage URL",
        )
    if not open_ended or stem.endswith("/") or places[0].kind is Kind.DATASTORE:
        return Start(suspect, (lookup.find(view, stem, scope),))
    texts = list(dict.fromkeys(name for place in places for name in spellings.places(view, place)))
    inside = {node.key: node for one in texts for node in view.starting(one, INSIDE_LIMIT + 1)}
    if not inside:
        raise _unknown(view, suspect, "no known place starts with", "see how it is read with `lineage explain`")
    above = [ids.key(step) for one in texts for step in locations.ancestors(one)]
    around = tuple(view.nodes(above).values())
    reason = "the beginning of the names of places, itself none"
    name = f"{places[0].text}*"
    node = Node(ids.key(name), name, Kind.LOCATION, State.UNRESOLVED, reason=reason)
    kept = tuple(inside.values())[:INSIDE_LIMIT]
    return Start(suspect, (Found(node, inside=kept, around=around),), len(inside) > INSIDE_LIMIT)


def _environment(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    text = suspect.text.strip()
    if "/" in text:
        found = lookup.find(view, text, scope)
        if found.node.kind is not Kind.ENVIRONMENT_VERSION:
            raise InvalidOption(
                f"{redact_text(text)!r} is a {found.node.kind} and no environment",
                "ask for it by its reference instead",
            )
        return Start(suspect, (found,))
    nodes = _versions(view, Kind.ENVIRONMENT_VERSION, "environments", text.removeprefix("azureml:"), scope)
    return _several(view, suspect, nodes, "no environment is called", "`NAME`, `NAME:VERSION` or its reference is read")


def _image(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    wanted = _Image.of(suspect.text.strip())
    if not (wanted.repository or wanted.digest):
        raise InvalidOption("an image needs a name", "write REPOSITORY, REPOSITORY:TAG or the digest sha256:…")
    said = wanted.digest or wanted.repository.rpartition("/")[2]
    nodes = view.holding(Kind.ENVIRONMENT_VERSION, said, INSIDE_LIMIT + 1)
    crowded = len(nodes) > INSIDE_LIMIT
    nodes = [node for node in nodes if wanted.is_that_of(str(node.facts.get("image") or ""))]
    what = "no environment that was read is made from the image"
    return _several(view, suspect, nodes, what, "an environment built from a Dockerfile names no image", crowded)


def _commit(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    text = suspect.text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{7,64}", text):
        raise InvalidOption(
            f"{redact_text(suspect.text)!r} is no commit", "write its hash, or the first seven hex digits of it or more"
        )
    nodes = view.holding(Kind.JOB, f'"commit":"{text}', INSIDE_LIMIT + 1)
    crowded = len(nodes) > INSIDE_LIMIT
    if suspect.repository:
        repository = _repository(suspect.repository)
        nodes = [node for node in nodes if _repository(str((node.facts.get("git") or {}).get("repo"))) == repository]
    remedy = "only jobs submitted from a git checkout say their commit; `lineage explain JOB` tells what a job says"
    return _several(view, suspect, nodes, "no job that was read ran the commit", remedy, crowded)


def _code(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    text = suspect.text.strip()
    if "/" in text:
        return Start(suspect, (lookup.find(view, text, scope),))
    jobs = view.holding(Kind.JOB, _fact("snapshot", text), INSIDE_LIMIT + 1)
    nodes = [*jobs, *view.holding(Kind.CODE_VERSION, _fact("hash", text), INSIDE_LIMIT + 1)]
    nodes += _versions(view, Kind.CODE_VERSION, "codes", text.removeprefix("azureml:"), scope)
    nodes = list({node.key: node for node in nodes}.values())
    what, remedy = "no job or code version that was read has the code", "write a snapshot's id, NAME:VERSION or a hash"
    return _several(view, suspect, nodes, what, remedy)


def _compute(view: View, suspect: Suspect, scope: ids.Scope | None) -> Start:
    text = suspect.text.strip()
    name = text
    if "/" in text:
        target = references.parse(text).resolve(scope)
        if target is None or "/computes/" not in target.text:
            raise InvalidOption(f"{redact_text(text)!r} names no compute", "write its name, or its ARM id")
        scope, name = ids.scope_of(target.text), target.text.rpartition("/computes/")[2]
    nodes = view.holding(Kind.JOB, _fact("compute", name), INSIDE_LIMIT + 1)
    crowded = len(nodes) > INSIDE_LIMIT
    if scope is not None:
        nodes = [node for node in nodes if node.text.startswith(f"{scope.text}/")]
    remedy = "names of computes are matched as they are written; `lineage trace JOB` tells where a job ran"
    return _several(view, suspect, nodes, "no job that was read ran on the compute", remedy, crowded)


_FIND: Final[dict[By, Callable[[View, Suspect, ids.Scope | None], Start]]] = {
    By.REFERENCE: _reference,
    By.PREFIX: _prefix,
    By.ENVIRONMENT: _environment,
    By.IMAGE: _image,
    By.COMMIT: _commit,
    By.CODE: _code,
    By.COMPUTE: _compute,
}


def _several(view: View, suspect: Suspect, nodes: list[Node], what: str, remedy: str, crowded: bool = False) -> Start:
    if not nodes:
        raise _unknown(view, suspect, what, remedy)
    crowded = crowded or len(nodes) > INSIDE_LIMIT
    kept = {node.key: node for node in nodes[:INSIDE_LIMIT]}
    known, edges = answers.same_things(view, kept)
    stands = answers.things(known, edges)
    kept |= known
    # By the name that stands for it, so that a version named by the workspace's GUID as well is one thing.
    told = dict.fromkeys(stands.get(node.key, node.key) for node in nodes[:INSIDE_LIMIT])
    return Start(suspect, tuple(Found(kept[key]) for key in told), crowded)


def _unknown(view: View, suspect: Suspect, what: str, remedy: str) -> UnknownReference:
    where = f" of {redact_text(suspect.repository)}" if suspect.repository else ""
    number = view.generation.number
    return UnknownReference(f"{what} {redact_text(suspect.text)!r}{where} in generation {number}", remedy)


def _workspaces(view: View) -> list[ids.Scope | None]:
    """The workspaces that were read; None stands for there being none."""
    scopes = dict.fromkeys(ids.scope_of(covered.scope) for covered in view.coverage())
    return [one for one in scopes if isinstance(one, ids.Workspace)] or [None]


def _fact(name: str, value: str) -> str:
    """A fact as it stands in the JSON of a node's facts."""
    return f'"{name}":{canonical_json(value).decode()}'


def _versions(view: View, kind: Kind, collection: str, text: str, scope: ids.Scope | None) -> list[Node]:
    """Versions of an asset by NAME, NAME:VERSION or NAME@LABEL, in the scope or in all of them."""
    name, at, label = text.partition("@")
    name, colon, version = (name, "", "") if at else name.partition(":")
    if not name:
        raise InvalidReference(text, 0, "a name")
    somewhere = scope or ids.registry("r")
    container = ids.container(somewhere, collection, name).text
    inside = container.removeprefix(somewhere.text) + "/versions/"
    wanted = NodeFilter((kind,), scope=f"{container}/versions" if scope else "", text="" if scope else inside)
    nodes: list[Node] = []
    while len(nodes) <= INSIDE_LIMIT:
        page = view.list_nodes(wanted, nodes[-1].text if nodes else "", INSIDE_LIMIT + 1)
        nodes += page
        if len(page) <= INSIDE_LIMIT:
            break
    nodes = [node for node in nodes if inside in node.text]  # a search for text takes no notice of case
    if label:
        held = dict.fromkeys(node.text.rpartition("/versions/")[0] for node in nodes)
        labelled = [Target(kind, f"{one}/labels/{label}", label=label) for one in held]
        return [node for target in labelled for node in of_label(view, target)]
    if colon:
        ending = ids.asset(somewhere, collection, name, version).text.removeprefix(somewhere.text)
        return [node for node in nodes if node.text.endswith(ending)]
    return nodes


class _Image(msgspec.Struct, frozen=True):
    """The name of a container image in its parts. The default registry and its library need not be said."""

    repository: str
    tag: str
    digest: str

    @classmethod
    def of(cls, text: str) -> _Image:
        if text.lower().startswith("sha256:"):
            return cls("", "", text.lower())
        name, _, digest = text.partition("@")
        repository, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            repository, tag = name, ""
        repository = repository.lower().removeprefix("docker.io/").removeprefix("library/")
        return cls(repository, tag, digest.lower())

    def is_that_of(self, text: str) -> bool:
        other = _Image.of(text)
        if not text or (self.repository and self.repository != other.repository):
            return False
        if self.digest:
            return self.digest == other.digest
        return not self.tag or self.tag == other.tag


def _repository(text: Any) -> str:
    """The address of a git remote without how it is reached: `host/owner/name`."""
    rest = re.sub(r"^[a-z+]+://", "", str(text).strip().lower())
    rest = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
    host, colon, path = rest.partition(":")
    if colon and "/" not in host and not path.partition("/")[0].isdecimal():
        rest = f"{host}/{path}"
    return rest.rstrip("/").removesuffix(".git").rstrip("/")
