"""Forms that name a resource: workspaces, registries, computes, endpoints and everything else with an ARM id.

azureml://SCOPE   /subscriptions/S/resourceGroups/G/…/workspaces/W  WorkspaceRef, RegistryRef
…/computes/N                                                        ComputeRef
…/{onlineEndpoints,batchEndpoints,serverlessEndpoints}/E[/deployments/D]   EndpointRef, DeploymentRef
mlflow+https://HOST[:PORT][/ROOT]                                   ServerRef
/subscriptions/S/…/workspaces/W/TYPE/…                              ResourceRef
/subscriptions/S[/…]   of any other provider                        ArmRef
[azureml:]…/virtualclusters/N                                       VirtualClusterRef
"""

from __future__ import annotations

from lineage import ids
from lineage.references.base import Form, Scope, absolute, prefix


class WorkspaceRef(Form, frozen=True, gc=False):
    """A workspace."""

    scope: Scope

    def __str__(self) -> str:
        return prefix(self.scope)[:-1]

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.target(ids.Kind.WORKSPACE, where.text) if where else None


class RegistryRef(Form, frozen=True, gc=False):
    """A registry."""

    scope: Scope

    def __str__(self) -> str:
        return prefix(self.scope)[:-1]

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.target(ids.Kind.REGISTRY, where.text) if where else None


class ServerRef(Form, frozen=True, gc=False):
    """An MLflow server that belongs to no Azure ML workspace; it stands where a workspace would."""

    scope: Scope

    def __str__(self) -> str:
        return prefix(self.scope)[:-1]

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.target(ids.Kind.WORKSPACE, where.text) if where else None


class ComputeRef(Form, frozen=True, gc=False):
    """A compute target; the name is empty for serverless compute, which names nothing."""

    compute: str
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}computes/{self.compute}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.compute(where, self.compute) if where and self.compute else None


class EndpointRef(Form, frozen=True, gc=False):
    """An endpoint; `collection` is `onlineEndpoints`, `batchEndpoints` or `serverlessEndpoints`."""

    collection: str
    endpoint: str
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}{self.collection}/{self.endpoint}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.endpoint(where, self.collection, self.endpoint) if where else None


class DeploymentRef(Form, frozen=True, gc=False):
    """A deployment behind an endpoint."""

    collection: str
    endpoint: str
    deployment: str
    scope: Scope = ()

    def __str__(self) -> str:
        return f"{prefix(self.scope)}{self.collection}/{self.endpoint}/deployments/{self.deployment}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.deployment(where, self.collection, self.endpoint, self.deployment) if where else None


class ResourceRef(Form, frozen=True, gc=False):
    """Another resource of a workspace or registry; `path` is what follows it (`schedules/nightly`)."""

    path: str
    scope: Scope

    def __str__(self) -> str:
        return prefix(self.scope) + self.path

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        where = absolute(self.scope, scope)
        return ids.resource(where, self.path) if where else None


class ArmRef(Form, frozen=True, gc=False):
    """A resource of any other kind; `path` is what follows the resource group (or the subscription)."""

    subscription: str
    resource_group: str = ""
    path: str = ""

    def __str__(self) -> str:
        text = f"/subscriptions/{self.subscription}"
        if self.resource_group:
            text = f"{text}/resourceGroups/{self.resource_group}"
        return f"{text}/{self.path}" if self.path else text

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        folded = ArmRef(ids.fold(self.subscription), ids.fold(self.resource_group), self.path)
        return ids.target(ids.Kind.OTHER, str(folded))


class VirtualClusterRef(Form, frozen=True, gc=False):
    """A shared (Singularity) cluster, which is a compute target outside any workspace."""

    cluster: str
    subscription: str = ""
    resource_group: str = ""

    def __str__(self) -> str:
        text = f"virtualclusters/{self.cluster}"
        if self.resource_group:
            text = f"resourceGroups/{self.resource_group}/{text}"
        return f"azureml://subscriptions/{self.subscription}/{text}" if self.subscription else f"azureml://{text}"

    def resolve(self, scope: ids.Scope | None, collection: str = "") -> ids.Target | None:
        folded = VirtualClusterRef(self.cluster, ids.fold(self.subscription), ids.fold(self.resource_group))
        return ids.target(ids.Kind.COMPUTE, str(folded))
