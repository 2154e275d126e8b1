"""The estate as a story: what exists, declared in the words of the people who made it.

    estate = Estate()
    dev = estate.workspace("mlw-credit-dev", group="rg-credit-dev")
    train = dev.command_job("lemon_net_2wttv098sl", inputs={"features": "azureml:features:1"}, outputs={"model": ""})
    dev.model("credit-scoring", given=train.output("model"))

A model keeps the path that was *given* at registration beside what the service
stored for it (`uri`, `job_name`), so that a test can say given -> expected.
Time is the estate's own: everything is created three minutes after the last
thing, or when `estate.at(…)` says. Every identifier not given is derived from
a name, so that the same story always makes the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.emulator.things import (
    Datastore,
    Endpoint,
    Input,
    Job,
    Model,
    Output,
    Schedule,
    Version,
    guid,
    inputs_of,
    outputs_of,
)

PROVIDER = "Microsoft.MachineLearningServices"
STORE = "workspaceblobstore"
ARTIFACTS = "workspaceartifactstore"


@dataclass
class Scope:
    """What a workspace and a registry share: collections of versioned assets."""

    estate: Estate
    name: str
    subscription: str
    group: str
    location: str
    created: datetime
    owner: str = "Priya Raman"
    """Who makes what is made here, unless somebody else is named."""
    assets: dict[str, dict[str, dict[str, Version]]] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    """Paths under the scope (`jobs/J`, `data/N`) that answer 403, with everything below them."""

    def versions(self, collection: str) -> Iterator[Version]:
        for versions in self.assets.get(collection, {}).values():
            yield from versions.values()

    def keep(self, version: Version) -> None:
        self.assets.setdefault(version.collection, {}).setdefault(version.name, {})[version.version] = version

    def next_version(self, collection: str, name: str) -> str:
        taken = [int(v) for v in self.assets.get(collection, {}).get(name, {}) if v.isdigit()]
        return str(max(taken, default=0) + 1)

    def forbid(self, path: str) -> None:
        self.forbidden.add(path)

    def asset(self, collection: str, name: str, version: str = "", *, listed: bool = True, **body: object) -> Version:
        """Any versioned asset whose body needs no rule of its own (data, environments, codes, components)."""
        kept = Version(
            self,  # type: ignore[arg-type]
            collection,
            name,
            version or self.next_version(collection, name),
            self.estate.tick(),
            body,
            listed=listed,
        )
        self.keep(kept)
        return kept

    def environment(self, name: str, version: str = "", *, image: str = "", conda: str = "") -> Version:
        body = {"osType": "Linux", "environmentType": "UserCreated", "image": image or None, "condaFile": conda or None}
        return self.asset("environments", name, version, **body)


@dataclass
class Workspace(Scope):
    account: str = ""
    kind: str = "Default"
    jobs: dict[str, Job] = field(default_factory=dict)
    datastores: dict[str, Datastore] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)

    @property
    def guid(self) -> str:
        return guid("workspace", self.name)

    @property
    def arm(self) -> str:
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
        return f"{group}/providers/{PROVIDER}/workspaces/{self.name}"

    @property
    def uri(self) -> str:
        """The workspace's canonical name."""
        return f"azureml://subscriptions/{self.subscription}/resourceGroups/{self.group}/workspaces/{self.name}"

    def place(self, path: str, store: str = STORE) -> str:
        """The long form of a datastore path, as the service writes it."""
        return f"{self.uri}/datastores/{store}/paths/{path}"

    def datastore(self, name: str, account: str, container: str, *, kind: str = "AzureBlob") -> Datastore:
        self.datastores[name] = Datastore(self, name, account, container, kind, default=name == STORE)
        return self.datastores[name]

    def data(self, name: str, version: str = "", *, path: str, type: str = "uri_folder") -> Version:  # noqa: A002
        return self.asset("data", name, version, dataUri=path, dataType=type)

    def code_snapshot(self, name: str) -> Version:
        """A folder of code as the SDK uploads it: an anonymous asset named by a GUID, its bytes under their hash."""
        folder = f"LocalUpload/{guid('code', name).replace('-', '')}"
        blob = f"https://{self.account}.blob.core.windows.net/azureml-blobstore-{self.guid}/{folder}"
        return self.asset("codes", guid("code", self.name, name), "1", codeUri=blob)

    def component(self, name: str, version: str = "1", *, code: str = "", environment: str = "") -> Version:
        spec = {
            "name": name,
            "version": version,
            "display_name": name,
            "is_deterministic": "True",
            "type": "command",
            "code": f"azureml:{code}",
            "environment": f"azureml:{environment}",
            "command": "python step.py --in ${{inputs.data}} --out ${{outputs.out}}",
            "$schema": "https://azuremlschemas.azureedge.net/development/commandComponent.schema.json",
        }
        return self.asset("components", name, version, componentSpec=spec)

    def command_job(
        self,
        name: str,
        title: str = "",
        *,
        inputs: dict[str, str | Input] | None = None,
        outputs: dict[str, str | Output] | None = None,
        kind: str = "Command",
        **more: object,
    ) -> Job:
        """A job that ran. Inputs and outputs are paths, or `Input`/`Output` when more is to be said."""
        job = Job(
            self,
            name,
            self.estate.tick(),
            kind=kind,
            title=title or name,
            inputs=inputs_of(inputs),
            outputs=outputs_of(outputs),
            **more,  # type: ignore[arg-type]
        )
        self.jobs[name] = job
        self.imply_assets(job)
        for output_name, output in job.outputs.items():
            if output.asset is not None:
                self._register_output(job, output_name, output)
        return job

    def pipeline(self, name: str, title: str, **more: object) -> Job:
        """A pipeline job; its steps are added with `child`, its outputs bound with `publishes`."""
        return self.command_job(name, title, kind="Pipeline", **more)  # type: ignore[arg-type]

    def model(
        self,
        name: str,
        version: str = "",
        *,
        given: str,
        type: str = "custom_model",  # noqa: A002
        stage: str | None = None,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        flavors: dict[str, object] | None = None,
    ) -> Model:
        """Register a model from `given`, any path that a user may give; the service decides what it stores."""
        from tests.emulator.register import materialise

        uri, job_name = materialise(self, given)
        model = Model(
            self,
            "models",
            name,
            version or self.next_version("models", name),
            self.estate.tick(),
            {},
            tags=tags or {},
            description=description,
            given=given,
            uri=uri,
            job_name=job_name,
            type=type,
            stage=stage,
            flavors=flavors or {},
        )
        self.keep(model)
        return model

    def endpoint(self, name: str, *, batch: bool = False) -> Endpoint:
        self.endpoints[name] = Endpoint(self, name, self.estate.tick(), batch)
        return self.endpoints[name]

    def schedule(self, name: str, *, cron: str, job: Job | None = None, endpoint: Endpoint | None = None) -> Schedule:
        """Something that runs by the clock: a job like this one, or a batch endpoint."""
        self.schedules[name] = Schedule(self, name, self.estate.tick(), cron, job, endpoint)
        return self.schedules[name]

    def imply_assets(self, job: Job) -> None:
        """The assets that the service makes by itself for what a run reads and writes; lists do not show them."""
        if job.reused_from is not None:
            return
        for name, output in job.outputs.items():
            if output.of is None and output.asset is None:
                place = self._lower(self.output_place(job, name))
                if output.type.endswith("model"):
                    self._imply_model(job, name, place, output.type)
                else:
                    implied = f"azureml_{job.name}_output_data_{name}"
                    self.asset("data", implied, "1", listed=False, dataUri=place, dataType=output.type)
        for name, given in job.inputs.items():
            if given.literal is None and given.uri.startswith("azureml://") and "/datastores/" in f"/{given.uri[10:]}":
                implied = f"azureml_{job.name}_input_data_{name}"
                self.asset("data", implied, "1", listed=False, dataUri=given.uri, dataType=given.type)

    def _imply_model(self, job: Job, name: str, place: str, kind: str) -> None:
        implied = Model(
            self,
            "models",
            f"azureml_{job.name}_output_{name}",
            "1",
            self.estate.tick(),
            {},
            anonymous=True,
            listed=False,
            uri=place.replace("/resourcegroups/", "/resourceGroups/"),
            job_name=job.name,
            type=kind,
        )
        self.keep(implied)

    def output_place(self, job: Job, name: str) -> str:
        """Where the bytes of a job's named output lie, in the service's long form."""
        from tests.emulator.register import output_place

        return output_place(self, job, name)

    def _register_output(self, job: Job, name: str, output: Output) -> None:
        assert output.asset is not None
        asset, version = output.asset
        if output.type in ("mlflow_model", "custom_model", "triton_model"):
            self.model(asset, version, given=job.output(name), type=output.type)
        else:
            self.data(asset, version, path=self._lower(self.output_place(job, name)), type=output.type)

    def _lower(self, uri: str) -> str:
        return uri.replace("/resourceGroups/", "/resourcegroups/")


@dataclass
class Registry(Scope):
    @property
    def arm(self) -> str:
        return self.uri

    @property
    def uri(self) -> str:
        return f"azureml://registries/{self.name}"

    @property
    def blobs(self) -> str:
        account = guid("registry", self.name).replace("-", "")[:15]
        return f"https://{self.name[:5]}{account}.blob.core.windows.net/{self.name}-{guid('registry', self.name)}"

    def share(self, model: Model, *, name: str = "", version: str = "") -> Model:
        """Copy a workspace's model here, under another name if one is given.

        The bytes move, `jobName` stays, `originAssetId` says where it came from.
        """
        from tests.emulator.register import tail_of

        copy = Model(
            self,
            "models",
            name or model.name,
            version or model.version,
            self.estate.tick(),
            {},
            tags=dict(model.tags),
            description=model.description,
            given=model.located,
            uri=f"{self.blobs}/{tail_of(model.uri)}",
            job_name=model.job_name,
            type=model.type,
            flavors=model.flavors,
            origin=model.located,
        )
        self.keep(copy)
        return copy

    def model(self, name: str, version: str = "1", *, type: str = "mlflow_model", description: str = "") -> Model:  # noqa: A002
        """A model published here from somebody's own disk, such as a base model."""
        model = Model(
            self,
            "models",
            name,
            version,
            self.estate.tick(),
            {},
            description=description or None,
            given=f"./{name}",
            uri=f"{self.blobs}/{name}",
            type=type,
        )
        self.keep(model)
        return model


@dataclass
class Estate:
    """Everything one tenant has. `clock` moves on by itself as things are made.

    batches: whether run history knows `batchrundata`; of a service of another age it may not.
    """

    tenant: str = guid("tenant", "contoso")
    clock: datetime = datetime(2026, 9, 1, 8, 0, 0, 123456, tzinfo=UTC)
    batches: bool = True
    workspaces: list[Workspace] = field(default_factory=list)
    registries: list[Registry] = field(default_factory=list)
    subscriptions: set[str] = field(default_factory=set)
    """Subscriptions that are seen beside those of the workspaces."""
    closed: set[str] = field(default_factory=set)
    """Subscriptions that may not be listed; `S/workspaces` or `S/registries` closes one of the two lists."""

    def tick(self) -> datetime:
        self.clock += timedelta(minutes=3, microseconds=7013)
        return self.clock

    def at(self, day: str) -> None:
        """Turn the clock forward to that day (ISO date), 08:00 UTC."""
        moment = datetime.fromisoformat(f"{day}T08:00:00.123456+00:00")
        assert moment >= self.clock, f"the story would go backwards to {day}"
        self.clock = moment

    def workspace(
        self,
        name: str,
        *,
        group: str,
        subscription: str = "",
        location: str = "westeurope",
        account: str = "",
        owner: str = "Priya Raman",
        kind: str = "Default",
    ) -> Workspace:
        made = Workspace(
            self,
            name,
            subscription or guid("subscription", group),
            group,
            location,
            self.tick(),
            owner,
            account=account or f"st{name.replace('-', '')}"[:24],
            kind=kind,
        )
        made.datastore(STORE, made.account, f"azureml-blobstore-{made.guid}")
        made.datastore(ARTIFACTS, made.account, "azureml")
        self.workspaces.append(made)
        return made

    def registry(
        self, name: str, *, group: str, subscription: str = "", location: str = "westeurope", owner: str = "Microsoft"
    ) -> Registry:
        made = Registry(self, name, subscription or guid("subscription", group), group, location, self.tick(), owner)
        self.registries.append(made)
        return made
