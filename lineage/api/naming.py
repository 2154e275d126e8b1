"""How a client names things: one reference, something that many things share, and where a walk is to stop."""

from __future__ import annotations

from typing import Annotated

import strawberry

from lineage import lookup
from lineage.api import cursors
from lineage.api.arguments import LineageFilter
from lineage.api.words import say
from lineage.errors import InvalidOption, InvalidReference
from lineage.ids import Kind, Scope
from lineage.ids import scope_of as scope_of_text
from lineage.ports import View
from lineage.redaction import redact_text
from lineage.suspects import By, Suspect
from lineage.traversal import Follow

say(
    By,
    "ImpactSourceKind",
    "How a source of an impact was named.",
    {
        By.REFERENCE: "By a reference to one thing.",
        By.PREFIX: "By a datastore path or storage URL that places lie under.",
        By.ENVIRONMENT: "By an environment, in one or all of its versions.",
        By.IMAGE: "By the container image of environments.",
        By.COMMIT: "By the git commit that jobs were submitted from.",
        By.CODE: "By a code snapshot or a code version.",
        By.COMPUTE: "By the compute that jobs ran on.",
    },
)


@strawberry.input(
    one_of=True,
    description="A reference to a thing. Give exactly one key.",
)
class NodeRef:
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The `id` of a node, from an earlier answer."
    )
    uri: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Any spelling that Azure ML, MLflow or storage use for it: an Azure ML URI short or long, an ARM "
        "id, `runs:/…`, `models:/…`, a storage URL, a canonical reference.",
    )
    model: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A model version as `name:version`, or `name@label`, in the workspace of the `workspace` argument "
        "or the only one that was crawled.",
    )
    job: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A job's name (MLflow: run id), in the workspace of the `workspace` argument or the only one that "
        "was crawled.",
    )

    def text(self) -> str:
        """The reference as the look-up reads it."""
        if isinstance(self.id, str):
            return _id(self.id)
        if isinstance(self.model, str):
            return self.model
        if isinstance(self.job, str):
            return f"azureml://jobs/{self.job}"
        return str(self.uri)


def _id(text: str) -> str:
    if text.isdecimal() and text.isascii() and len(text) <= 19:
        return text
    raise InvalidReference(text[:64], 0, "an id as an answer of this service gives it")


@strawberry.input(description="A git commit that jobs were submitted from.")
class CommitRef:
    hash: str = strawberry.field(description="Its hash, or the first seven hex digits of it or more.")
    repository: str | None = strawberry.field(
        default=None,
        description="Address of the remote that it must be of, however it is reached (https, ssh, `git@…`); null takes "
        "any.",
    )


@strawberry.input(
    one_of=True,
    description="Something that may be wrong, whose impact is asked: one thing, or all things that share something. "
    "Give exactly one key. What nothing answers to is an error (`unknown_reference`).",
)
class ImpactSource:
    ref: NodeRef | None = strawberry.field(default=strawberry.UNSET, description="One thing.")
    prefix: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Every known place under this datastore path (`azureml://datastores/D/paths/P`); with `*` at its "
        "end it may end within a segment (`…/paths/raw/2026-*`).",
    )
    storage_url: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The same by a storage URL: `https://ACCOUNT.blob…/CONTAINER/PATH`, `abfss://…`, `wasbs://…`.",
    )
    environment: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="An environment: `NAME` is every version of it, `NAME:VERSION`, `NAME@LABEL` or its reference is "
        "one.",
    )
    image: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The environment versions made from a container image (`properties.image`): `REPOSITORY`, "
        "`REPOSITORY:TAG`, or a digest `sha256:…`. Those built from a Dockerfile name no image.",
    )
    commit: CommitRef | None = strawberry.field(
        default=strawberry.UNSET,
        description="The jobs that were submitted from a git commit (`mlflow.source.git.commit`).",
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The jobs of a code snapshot by its id (`ContentSnapshotId`), or a code version by its name, "
        "`NAME:VERSION`, SHA-256 or reference.",
    )
    compute: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The jobs that ran on the compute of this name or ARM id; a name in several workspaces means all "
        "of them, unless `workspace` says which.",
    )

    def suspect(self) -> Suspect:
        if isinstance(self.ref, NodeRef):
            return Suspect(By.REFERENCE, self.ref.text())
        if isinstance(self.commit, CommitRef):
            return Suspect(By.COMMIT, self.commit.hash, self.commit.repository or "")
        for by in (By.PREFIX, By.ENVIRONMENT, By.IMAGE, By.CODE, By.COMPUTE):
            text = getattr(self, by.value.lower())
            if isinstance(text, str):
                return Suspect(by, text)
        return Suspect(By.PREFIX, str(self.storage_url))


@strawberry.input(
    description="Where to stop: what is named here is reached, shown and counted, and nothing is followed from it. "
    "What was asked about is always walked from."
)
class StopAt:
    kinds: list[Kind] | None = strawberry.field(
        default=None, description="At things of these kinds; null or empty stops at none."
    )
    refs: list[NodeRef] | None = strawberry.field(
        default=None, description="At these things, at most 100; null or empty stops at none."
    )


Stopping = Annotated[
    StopAt | None,
    strawberry.argument(description="Where to stop; null stops nowhere, so that everything is followed to its end."),
]

_MOST_STOPS = 100
_MOST_SOURCES = 100


def follow(view: View, wanted: LineageFilter | None, stop: StopAt | None, scope: Scope | None) -> Follow | None:
    """What a walk is to follow; None when that is everything.

    Raises InvalidOption for a workspace that is none, and what the look-up raises for a thing to stop at.
    """
    scopes = [one.text for text in (wanted.workspaces if wanted else None) or () if (one := scope_of(text))]
    refs = (stop.refs if stop else None) or ()
    if len(refs) > _MOST_STOPS:
        raise InvalidOption(f"{len(refs)} things to stop at", f"name at most {_MOST_STOPS}, or stop at a kind")
    keys = [key for ref in refs for key in lookup.find(view, ref.text(), scope).names]
    told = Follow(
        frozenset((wanted.relations if wanted else None) or ()),
        frozenset((wanted.certainties if wanted else None) or ()),
        frozenset(scopes),
        frozenset((stop.kinds if stop else None) or ()),
        frozenset(keys),
    )
    return None if told == Follow() else told


def suspected(of: list[NodeRef], sources: list[ImpactSource]) -> list[Suspect]:
    """What an impact is asked of. Raises InvalidOption when that is nothing, or too much."""
    named = [*(Suspect(By.REFERENCE, ref.text()) for ref in of), *(source.suspect() for source in sources)]
    if not named:
        raise InvalidOption("`impact` needs something to start from", "give `of` or `sources` at least one entry")
    if len(sources) > _MOST_SOURCES:
        raise InvalidOption(f"{len(sources):,} sources in one impact", f"ask for at most {_MOST_SOURCES} at a time")
    if len(named) > cursors.MAX_PAGE:
        raise InvalidOption(f"{len(named):,} things in one impact", f"ask for at most {cursors.MAX_PAGE:,} at a time")
    return named


def scope_of(workspace: str | None) -> Scope | None:
    """The scope of relative references. Raises InvalidOption when the argument names none."""
    if workspace is None:
        return None
    scope = scope_of_text(workspace)
    if scope is None:
        raise InvalidOption(
            f"`workspace` names no workspace or registry: {redact_text(workspace[:200])!r}",
            "write azureml://subscriptions/S/resourceGroups/G/workspaces/W, as `status` lists them",
        )
    return scope
