"""A recording as a source: the crawl of a workspace over what it once answered.

Made by `lineage crawl … --record FILE`; the format is in `azureml/tape.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lineage import ids
from lineage.errors import SourceInvalid
from lineage.ports import Held, Reporter
from lineage.records import Fact
from lineage.sources.azureml.crawl import Crawl
from lineage.sources.azureml.planning import Planner
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tape import REMEDY, Playback, read


class RecordingSource:
    """A recording as a source: the crawl of `sources.azureml` over what was recorded, without the SDK.

    Raises SourceInvalid when the file is no recording, is damaged, or ends too early.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._header, self._lines = read(path)
        scope = ids.scope_of(self._header.root)
        if not isinstance(scope, ids.Workspace | ids.Registry) or scope.text != self._header.root:
            raise SourceInvalid(f"{path} line 1: {self._header.root!r} is not a workspace or a registry", REMEDY)
        self._scope = scope

    @property
    def root(self) -> str:
        return self._header.root

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        """The facts of the recorded crawl."""
        addresses = Addresses(self._header.manager, self._header.discovery)
        planner = Planner(self._header.jobs)
        yield from Crawl(Playback(self._lines), self._scope, addresses, REMEDY, planner, held=held).facts(report)
