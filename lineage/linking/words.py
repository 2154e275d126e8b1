"""The words that claiming and settling share: what is known, what comes of it, and in which order."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import msgspec

from lineage import locations
from lineage.graph import Link, Loose
from lineage.ids import Kind, Target

RULES: Final = 3
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

    @cached_property
    def read(self) -> dict[tuple[str, str, str], Target]:
        """Versions of assets that references were found to name: by scope, text and collection.

        Most jobs run the same environments and code and read the same data.
        """
        return {}

    def home(self, text: str) -> str:
        """`text` with a workspace GUID put back to the workspace's name, when it is known."""
        if text.startswith("azureml://subscriptions/"):  # most are named
            return text
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


def statement(link: Link) -> tuple[str, ...]:
    """What the link says, whoever is its witness."""
    return (link.effect, link.relation, link.cause, link.name, link.path)


def _founding(link: Link) -> tuple[Any, ...]:
    """How well a link is founded, best first; evidence decides between equals."""
    said = link.evidence
    return (
        _CERTAINTIES[link.certainty],
        _DERIVATIONS[link.derivation],
        link.rank,
        said.record,
        said.record_kind,
        said.field,
        said.value,
    )


def best(links: list[Link]) -> list[Link]:
    """One link for each statement, the best founded, in order of statements."""
    if len(links) < 2:
        return links
    kept: dict[tuple[str, ...], Link] = {}
    for link in links:
        said = (link.effect, link.relation, link.cause, link.name, link.path)  # `statement`, without its call
        had = kept.get(said)
        if had is None or _founding(link) < _founding(had):
            kept[said] = link
    return [kept[said] for said in sorted(kept)]


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
