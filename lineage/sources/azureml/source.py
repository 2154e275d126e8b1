"""An Azure ML workspace or registry, read through the SDK, as the rest of the program sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lineage import ids
from lineage.errors import InvalidOption
from lineage.ids import Registry, Workspace
from lineage.ports import Held, Reporter
from lineage.records import Fact
from lineage.sources.azureml import clouds, credentials
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.planning import Planner, Way
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tape import Recorder
from lineage.sources.polite.manners import Manners

_TARGET: Final = re.compile(
    r"(?:azureml:/?)?/subscriptions/([^/]+)/resourceGroups/([^/]+)"
    r"(?:/providers/Microsoft\.MachineLearningServices)?/workspaces/([^/?#]+)/?",
    re.IGNORECASE,
)


_REGISTRY: Final = re.compile(r"azureml://registries/([^/?#]+)/?", re.IGNORECASE)
_ANYWHERE: Final = ids.workspace("00000000-0000-0000-0000-000000000000", "registries", "any")
"""What an MLClient is made for that is only used to read a registry: of itself it asks nothing."""


def root_of(target: str) -> Workspace | Registry:
    """The workspace or registry that a target names, as a URI or an ARM id. Raises InvalidOption."""
    registry = _REGISTRY.fullmatch(target.strip())
    if registry is not None:
        return ids.registry(registry[1])
    found = _TARGET.fullmatch(target.strip())
    if found is None:
        raise InvalidOption(
            f"the target {target!r} does not name a workspace or a registry",
            "write azureml://subscriptions/SUBSCRIPTION/resourceGroups/GROUP/workspaces/WORKSPACE, or the workspace's "
            "resource id from the portal, or azureml://registries/REGISTRY, or the path of a recording",
        )
    return ids.workspace(*found.groups())


class AzureMLSource:
    """A workspace or registry in a cloud, read with a credential. Making one does not load the SDK; `crawl` does.

    credential: a choice of `credentials.CHOICES`, or an object with azure-core's `get_token`.
    cloud: a name or a metadata file. ca_bundle: certificates to trust instead of the system's.
    record: where to write a recording of the answers; it is written when a crawl has come to its end.
    manners: how it behaves towards the service; sources that are given the same ones share their gates.
    jobs: whether jobs are listed or got, as in `planning`. A recording is of all of them, unless they are to be got.
    """

    def __init__(
        self,
        target: str,
        credential: Any = "default",
        cloud: str = clouds.DEFAULT,
        ca_bundle: str | None = None,
        record: Path | None = None,
        manners: Manners | None = None,
        jobs: Way = "auto",
    ) -> None:
        self._root = root_of(target)
        self._cloud = clouds.load(cloud)
        self._credential = credential
        self._ca_bundle = ca_bundle
        self._record = record
        self._manners = manners or Manners()
        self._jobs: Way = "list" if record and jobs == "auto" else jobs

    @property
    def root(self) -> str:
        return self._root.text

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        """Every fact of the root and of what it names. Raises a SourceError when it cannot be read at all."""
        from lineage.sources.azureml.client import SdkTransport

        signed = credentials.signed(self._credential, self._cloud.authority)
        addresses = Addresses(self._cloud.manager, self._cloud.discovery)
        client = self._root if isinstance(self._root, Workspace) else _ANYWHERE
        manners = replace(self._manners, tell=report.note)
        transport = SdkTransport(
            *(client, self._cloud, signed, signed.remedy, self._ca_bundle, manners),
            credentials.principal(self._credential),
        )
        recorder = Recorder(transport, self.root, addresses, self._record, self._jobs) if self._record else None
        try:
            told = recorder or transport
            # A recording is of everything, or it could not be crawled by itself.
            known = held if recorder is None else None
            crawl = Crawl(
                *(told, self._root, addresses, signed.remedy, Planner(self._jobs)),
                workers=manners.concurrency,
                held=known,
            )
            yield from crawl.facts(report)
            if recorder is not None:
                recorder.write()
        finally:
            transport.close()
