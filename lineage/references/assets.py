"""Forms that name an asset: models, data, environments, components, code and their like.

    azureml://[SCOPE/]T/N[/versions/V | /labels/L]                      AssetRef
    …/workspaces/W/T/N/versions/V   (ARM)                               AssetRef
    azureml:NAME[:VERSION | @LABEL]   NAME:VERSION   NAME@LABEL         NameRef
    models:/N[/V | /STAGE | /latest | @ALIAS][/P]                       ModelsRef
    models:/m-<32 hex>[/P]   SCOPE/loggedModels/m-<32 hex>[/paths/P]    LoggedModelRef
    azureml://HOST/mlflow/API/registries/R/models/M/versions/V/storage/S/paths/P   RegistryArtifactRef
    …/workspaces/W/id/GUID/components/id/GUID                           ComponentIdRef
    aml://asset/<32 hex>                                                LegacyAssetRef

What a bare name is a name *of* (a model, an environment, a cluster) is told by
the field it stands in: `resolve` takes that as `collection`.
"""

from __future__ import annotations

from lineage import ids
from lineage.references.base import Form, Scope, absolute, prefix, tail


class AssetRef(Form, frozen=True, gc=False):
    """An asset by collection and name, with a version, a label, or neither (the container of all versions)."""

    collection: str
    name: str
    version: str = ""
    scope: Scope = ()
    label: str = ""
    path: str = ""

    def __str__(self) -> str:
        text = f"{prefix(self.scope)}{self.collection}/{self.name}"
        if self.version:
            return f"{text}/versions/{self.version}{tail(self.path)}"
        return f"{text}/labels/{self.label}{tail(self.path)}" if self.label else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        if where is None:
            return None
        return named_asset(where, self.collection, self.name, self.version, self.label, self.path)


def named_asset(
    scope: ids.Scope, collection: str, name: str, version: str = "", label: str = "", path: str = ""
) -> ids.Target:
    """The target of an asset by version, by label, or of its container."""
    if version:
        return ids.asset(scope, collection, name, version, path)
    if label:
        return ids.asset_label(scope, collection, name, label, path)
    return ids.container(scope, collection, name)


class NameRef(Form, frozen=True, gc=False):
    """A name in the reader's own workspace, with a version, a label, or neither."""

    name: str
    version: str = ""
    label: str = ""

    def __str__(self) -> str:
        if self.version:
            return f"azureml:{self.name}:{self.version}"
        return f"azureml:{self.name}@{self.label}" if self.label else f"azureml:{self.name}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        if scope is None or not collection:
            return None
        match collection:
            case "jobs" | "computes" | "datastores" | "onlineEndpoints" | "batchEndpoints" | "serverlessEndpoints":
                return None if self.version or self.label else _singular(scope, collection, self.name)
        return named_asset(scope, collection, self.name, self.version, self.label)


def _singular(scope: ids.Scope, collection: str, name: str) -> ids.Target:
    match collection:
        case "jobs":
            return ids.job(scope, name)
        case "computes":
            return ids.compute(scope, name)
        case "datastores":
            return ids.datastore(scope, name)
    return ids.endpoint(scope, collection, name)


class ModelsRef(Form, frozen=True, gc=False):
    """A registered model as MLflow spells it. `profile` is the authority of another registry."""

    name: str
    version: str = ""
    stage: str = ""
    alias: str = ""
    path: str = ""
    profile: str = ""

    def __str__(self) -> str:
        head = f"models://{self.profile}/" if self.profile else "models:/"
        text = f"{head}{self.name}@{self.alias}" if self.alias else head + self.name
        if self.version or self.stage:
            text = f"{text}/{self.version or self.stage}"
        return f"{text}/{self.path}" if self.path else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        if scope is None or self.profile:
            return None
        label = self.alias or self.stage
        if self.stage.lower() == "latest":
            label = "latest"
        return named_asset(scope, "models", self.name, self.version, label, self.path)


class LoggedModelRef(Form, frozen=True, gc=False):
    """A model logged by an MLflow 3 run, whether or not it was registered since."""

    model: str
    path: str = ""
    scope: Scope = ()

    def __str__(self) -> str:
        if self.scope:
            return f"{prefix(self.scope)}loggedModels/{self.model}{tail(self.path)}"
        return f"models:/{self.model}/{self.path}" if self.path else f"models:/{self.model}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.logged_model(where, self.model, self.path) if where else None


class RegistryArtifactRef(Form, frozen=True, gc=False):
    """A file of a registered model version, as MLflow's store for registries spells it."""

    host: str
    api: str
    name: str
    version: str
    storage: str
    path: str
    scope: Scope

    def __str__(self) -> str:
        head = f"azureml://{self.host}/mlflow/{self.api}/registries/{self.scope[0]}"
        return f"{head}/models/{self.name}/versions/{self.version}/storage/{self.storage}{tail(self.path)}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.asset(where, "models", self.name, self.version, self.path) if where else None


class ComponentIdRef(Form, frozen=True, gc=False):
    """A component by the service's internal id (run history's `componentIdentifier`)."""

    guid: str
    component: str
    scope: Scope

    def __str__(self) -> str:
        return f"{prefix(self.scope)}id/{self.guid}/components/id/{self.component}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.resource(where, f"id/{ids.fold(self.guid)}/components/id/{self.component}") if where else None


class LegacyAssetRef(Form, frozen=True, gc=False):
    """An asset of the first SDK, by its opaque id."""

    asset: str

    def __str__(self) -> str:
        return f"aml://asset/{self.asset}"
