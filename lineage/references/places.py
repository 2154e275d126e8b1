"""Forms that name a place where bytes lie.

    azureml://[SCOPE/]datastores/D[/paths/P]                            DatastoreRef
    azureml://datastores/D/ExperimentRun/…                              DatastoreRef
    https://A.{blob,dfs,file}.SUFFIX/C/P   wasbs://C@A.…/P   abfss://C@A.…/P   StorageRef
    adl://A.azuredatalakestore.net/P                                    DataLakeRef
    azureml://artifacts/P   aml://artifactId/P   ExperimentRun/dcid.R/P ArtifactRef
    LocalUpload/H/P   PromptFlowArtifacts/…   (no store named)          StoredPathRef

The artifact store of a workspace is its datastore `workspaceartifactstore`.
"""

from __future__ import annotations

from typing import Final

from lineage import ids
from lineage.references.base import Form, Scope, absolute, prefix, tail

ARTIFACT_STORE: Final = "workspaceartifactstore"


class DatastoreRef(Form, frozen=True, gc=False):
    """A place in a datastore, or the datastore itself when there is no path."""

    datastore: str
    path: str = ""
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}datastores/{self.datastore}{tail(self.path)}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.datastore_path(where, self.datastore, self.path) if where else None


class StorageRef(Form, frozen=True, gc=False):
    """A place in a storage account. `service` is `blob`, `dfs` or `file`, `suffix` the cloud's (`core.windows.net`)."""

    account: str
    service: str
    suffix: str
    container: str = ""
    path: str = ""

    def __str__(self) -> str:
        text = f"https://{self.account}.{self.service}.{self.suffix}"
        if self.container:
            text = f"{text}/{self.container}"
        return f"{text}/{self.path}" if self.path else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        return ids.storage_path(self.account, self.service, self.suffix, self.container, self.path)


class DataLakeRef(Form, frozen=True, gc=False):
    """A place in a first-generation data lake."""

    account: str
    path: str = ""

    def __str__(self) -> str:
        text = f"adl://{self.account}.azuredatalakestore.net"
        return f"{text}/{self.path}" if self.path else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        text = f"adl://{ids.fold(self.account)}.azuredatalakestore.net"
        return ids.target(ids.Kind.LOCATION, f"{text}/{self.path}" if self.path else text)


class ArtifactRef(Form, frozen=True, gc=False):
    """A place in the workspace's artifact store."""

    path: str

    def __str__(self) -> str:
        return f"azureml://artifacts/{self.path}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        return ids.datastore_path(scope, ARTIFACT_STORE, self.path) if scope else None


class StoredPathRef(Form, frozen=True, gc=False):
    """A path in some store that the text does not name."""

    path: str

    def __str__(self) -> str:
        return self.path
