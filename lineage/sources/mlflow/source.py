"""An MLflow server, read through MLflow's own client, as the rest of the program sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lineage.ports import Held, Reporter
from lineage.records import Fact
from lineage.sources.mlflow.address import address
from lineage.sources.mlflow.crawl import Crawl
from lineage.sources.polite.manners import Manners


class MlflowSource:
    """A tracking server and its model registry. Importing or making one does not load MLflow; `crawl` does.

    target: see `address`. ca_bundle: certificates to trust instead of the system's. manners: how it behaves towards
    the server; sources that are given the same ones share their gates. Credentials come from the environment, by
    MLflow's own rules. Raises InvalidOption.
    """

    def __init__(self, target: str, ca_bundle: str | None = None, manners: Manners | None = None) -> None:
        self._at = address(target)
        self._ca_bundle = ca_bundle
        self._manners = manners or Manners()

    @property
    def root(self) -> str:
        return self._at.root

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        """Every fact of the server. Of what `held` has, ended runs are not got again one by one.

        Raises a SourceError when it cannot be read at all.
        """
        from lineage.sources.mlflow.client import Client

        manners = replace(self._manners, tell=report.note)
        client = Client(self._at.url, self._ca_bundle, manners)
        try:
            yield from Crawl(client, self._at, held, manners.concurrency).facts(report)
        finally:
            client.close()
