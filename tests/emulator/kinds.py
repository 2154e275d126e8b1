"""An estate that holds one of everything and is read from in every form of reference: two tables, row by row.

`KINDS` names each kind of resource with an edge that only its own body tells.
`FORMS` names each way to write down one place, one dataset, one model and one
output; each has a reader of its own, and all readers lead to the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulator.estate import Estate, Registry, Workspace
from tests.emulator.things import Git, Input, Output

GIT_TOKEN = "kindspat6vq2mzx5kd8wn3rtb7yhc1jfl4psg9eua2oixt5nqwkz"


@dataclass(frozen=True)
class Row:
    """`effect` has an edge `relation` to `cause`: texts below the workspace, or whole ones."""

    what: str
    effect: str
    relation: str
    cause: str


KINDS = (
    Row("command job", "jobs/train", "used", "data/sales/versions/1"),
    Row("command job's environment", "jobs/train", "ranIn", "environments/env/versions/1"),
    Row("command job's code", "jobs/train", "ranCode", "codes/{code}/versions/1"),
    Row("named output", "jobs/train/outputs/model", "wasGeneratedBy", "jobs/train"),
    Row("registered model", "models/credit/versions/1", "wasDerivedFrom", "jobs/train/outputs/model"),
    Row("archived model", "models/credit/versions/2", "wasDerivedFrom", "jobs/train/outputs/artifacts"),
    Row(
        "implicit data asset",
        "data/azureml_train_output_data_model/versions/1",
        "wasDerivedFrom",
        "jobs/train/outputs/model",
    ),
    Row(
        "implicit, anonymous model",
        "models/azureml_fit_output_fitted/versions/1",
        "wasDerivedFrom",
        "jobs/fit/outputs/fitted",
    ),
    Row("data asset", "data/sales/versions/1", "wasDerivedFrom", "datastores/lake/paths/raw/sales"),
    Row("component", "components/fit/versions/1", "ranIn", "environments/env/versions/1"),
    Row("pipeline", "jobs/flow/outputs/trained", "wasDerivedFrom", "jobs/fit/outputs/fitted"),
    Row("pipeline's step", "jobs/fit", "partOf", "jobs/flow"),
    Row("step's component", "jobs/fit", "instanceOf", "components/fit/versions/1"),
    Row("reused step", "jobs/fit-again", "reusedFrom", "jobs/fit"),
    Row("parallel step", "jobs/flow", "ranIn", "environments/env/versions/1"),
    Row(
        "import step",
        "datastores/workspaceblobstore/paths/azureml/load/sink",
        "wasGeneratedBy",
        "jobs/load/outputs/sink",
    ),
    Row("sweep", "jobs/sweep", "ranIn", "environments/env/versions/1"),
    Row("sweep's trial", "jobs/sweep_1", "partOf", "jobs/sweep"),
    Row("sweep's best trial", "jobs/sweep/outputs/model", "wasDerivedFrom", "jobs/sweep_1/outputs/model"),
    Row("AutoML job", "jobs/automl", "used", "data/sales/versions/1"),
    Row("AutoML job's best child", "jobs/automl/outputs/best", "wasDerivedFrom", "jobs/automl_0/outputs/artifacts"),
    Row("Spark job", "datastores/lake/paths/curated", "wasGeneratedBy", "jobs/spark/outputs/out"),
    Row("fine-tuning job's model", "jobs/tune", "used", "{registry}/models/base/versions/1"),
    Row("fine-tuned model", "models/tuned/versions/1", "wasDerivedFrom", "jobs/tune/outputs/registered"),
    Row("interactive session", "jobs/session", "used", "data/sales/versions/1"),
    Row("job of an unknown type", "jobs/strange", "used", "data/sales/versions/1"),
    Row("archived job", "jobs/old", "ranIn", "environments/env/versions/1"),
    Row("schedule", "schedules/weekly", "used", "data/sales/versions/1"),
    Row("job that a schedule started", "jobs/train", "partOf", "schedules/weekly"),
    Row("online deployment", "onlineEndpoints/live/deployments/blue", "deploys", "models/credit/versions/1"),
    Row("mirrored deployment", "onlineEndpoints/live/deployments/green", "deploys", "models/tuned/versions/1"),
    Row("batch deployment", "batchEndpoints/night/deployments/main", "deploys", "{registry}/models/shared/versions/1"),
    Row("batch deployment's run", "jobs/scored", "used", "batchEndpoints/night/deployments/main"),
    Row(
        "renamed registry copy", "{registry}/models/shared/versions/1", "copiedFrom", "{guid}/models/credit/versions/1"
    ),
    Row(
        "feature set", "featuresets/customers/versions/1", "wasDerivedFrom", "featurestoreEntities/customer/versions/1"
    ),
)
"""`{code}`, `{registry}` and `{guid}` are put in by `Everything.text`."""


@dataclass(frozen=True)
class Form:
    """A job `reader` used something, written in this `form`, and leads to `cause`."""

    form: str
    text: str
    cause: str
    type: str = "uri_folder"


_PLACE = "jobs/spark/outputs/out"
_DATA = "data/sales/versions/1"
_MODEL = "models/credit/versions/1"
_OUTPUT = "jobs/train/outputs/model"

FORMS = (
    Form("datastore, short", "azureml://datastores/lake/paths/curated/", _PLACE),
    Form("datastore, long", "{uri}/datastores/lake/paths/curated", _PLACE),
    Form("datastore, long, as the SDK spells it", "{lower}/datastores/lake/paths/curated/", _PLACE),
    Form("datastore, long, with the provider", "{provider}/datastores/lake/paths/curated", _PLACE),
    Form("datastore of the workspace's GUID", "{guid}/datastores/lake/paths/curated", _PLACE),
    Form("datastore, upper case", "azureml://datastores/LAKE/paths/curated", _PLACE),
    Form("blob", "https://stlake.blob.core.windows.net/bank/curated/", _PLACE),
    Form("blob, signed", "https://stlake.blob.core.windows.net/bank/curated?sv=1&sig=abc", _PLACE),
    Form("dfs", "https://stlake.dfs.core.windows.net/bank/curated", _PLACE),
    Form("abfss", "abfss://bank@stlake.dfs.core.windows.net/curated/", _PLACE),
    Form("abfs", "abfs://bank@stlake.dfs.core.windows.net/curated", _PLACE),
    Form("wasbs", "wasbs://bank@stlake.blob.core.windows.net/curated", _PLACE),
    Form("a file inside", "wasbs://bank@stlake.blob.core.windows.net/curated/part-0.parquet", _PLACE),
    Form("asset, short", "azureml:sales:1", _DATA),
    Form("asset, by label", "azureml:sales@latest", _DATA),
    Form("asset, as a URI", "azureml://data/sales/versions/1", _DATA),
    Form("asset, long URI", "{uri}/data/sales/versions/1", _DATA),
    Form("asset, resource id", "{arm}/data/sales/versions/1", _DATA),
    Form("asset, prefixed resource id", "azureml:{arm}/data/sales/versions/1", _DATA),
    Form("asset, resource id in lower case", "{arm_lower}/data/sales/versions/1", _DATA),
    Form("asset of the workspace's GUID", "{guid}/data/sales/versions/1", "{guid}/data/sales/versions/1"),
    Form("model, short", "azureml:credit:1", _MODEL, "mlflow_model"),
    Form("model, MLflow", "models:/credit/1", _MODEL, "mlflow_model"),
    Form(
        "model in a registry", "{registry}/models/base/versions/1", "{registry}/models/base/versions/1", "mlflow_model"
    ),
    Form("output, whole", "azureml://jobs/train/outputs/model", _OUTPUT),
    Form("output, with /paths/", "azureml://jobs/train/outputs/model/paths/best", _OUTPUT),
    Form("output, without /paths/", "azureml://jobs/train/outputs/model/best", _OUTPUT),
    Form("output, long", "{uri}/jobs/train/outputs/model/paths/best", _OUTPUT),
    Form("output, by its place", "azureml://datastores/workspaceblobstore/paths/azureml/train/model/best", _OUTPUT),
    Form("artifacts", "azureml://jobs/train/outputs/artifacts/paths/model", "jobs/train/outputs/artifacts"),
    Form("artifacts, older name", "azureml://jobs/train/outputs/default/model", "jobs/train/outputs/artifacts"),
    Form("artifacts, MLflow run", "runs:/train/model", "jobs/train/outputs/artifacts"),
    Form(
        "artifacts, by their place",
        "azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.train/model",
        "jobs/train/outputs/artifacts",
    ),
    Form(
        "artifacts, by their blob",
        "https://stkinds.blob.core.windows.net/azureml/ExperimentRun/dcid.train/model",
        "jobs/train/outputs/artifacts",
    ),
)


@dataclass
class Everything:
    """The estate; `text` fills in what a row leaves open."""

    estate: Estate
    ws: Workspace
    registry: Registry
    code: str

    def text(self, template: str) -> str:
        return template.format(
            code=self.code,
            registry=self.registry.uri,
            guid=f"azureml://locations/{self.ws.location}/workspaces/{self.ws.guid}",
            uri=self.ws.uri,
            lower=self.ws.uri.replace("/resourceGroups/", "/resourcegroups/"),
            provider=f"azureml:/{self.ws.arm}",
            arm=self.ws.arm,
            arm_lower=self.ws.arm.lower(),
        )

    def canonical(self, template: str) -> str:
        text = self.text(template)
        return text if text.startswith("azureml://") else f"{self.ws.uri}/{text}"


def everything() -> Everything:
    """One of each kind, and one reader for each form."""
    estate = Estate()
    ws = estate.workspace("mlw-kinds", group="rg-kinds", account="stkinds", kind="FeatureStore")
    registry = estate.registry("shop", group="rg-shop")
    ws.datastore("lake", "stlake", "bank", kind="AzureDataLakeGen2")
    base = registry.model("base")
    ws.data("sales", path="azureml://datastores/lake/paths/raw/sales/")
    env = ws.environment("env", "1", image="mcr.microsoft.com/base:1")
    code = ws.code_snapshot("kinds")
    for step in ("fit", "score", "load"):
        ws.component(step, code=code.arm, environment=env.arm)
    sales = "azureml:sales:1"
    git = Git(f"https://me:{GIT_TOKEN}@dev.azure.com/c/p/_git/r", "0123456789abcdef")
    options = {"environment": env.arm, "code": code.arm}
    train = ws.command_job("train", inputs={"data": sales}, outputs={"model": ""}, git=git, **options)  # type: ignore[arg-type]
    train.schedule = ws.schedule("weekly", cron="0 0 * * 0", job=train)
    ws.model("credit", given=train.output("model", "best"))
    ws.model("credit", given="runs:/train/model").archive()
    flow = ws.pipeline("flow", "flow", inputs={"data": sales})
    fit = flow.child(
        "fit", "fit", inputs={"data": sales}, outputs={"fitted": Output(type="mlflow_model")}, environment=env.arm
    )
    flow.child("score", "score", inputs={"data": sales}, outputs={"out": ""}, environment=env.arm, node="parallel")
    flow.child("load", "load", outputs={"sink": ""}, node="data_transfer")
    flow.publishes("trained", fit, "fitted", type="mlflow_model")
    ws.pipeline("flow2", "flow").child("fit-again", "fit", inputs={"data": sales}, reuses=fit)
    sweep = ws.command_job("sweep", kind="Sweep", inputs={"data": sales}, outputs={"model": ""}, **options)  # type: ignore[arg-type]
    sweep.trial(0, outputs={"model": ""})
    sweep.trial(1, outputs={"model": ""}, best=True)
    mltable = Input(sales, "mltable")
    automl = ws.command_job("automl", kind="AutoML", inputs={"trainingData": mltable}, outputs={"best": ""})
    automl.trial(0, best=True)
    ws.command_job("spark", kind="Spark", outputs={"out": "azureml://datastores/lake/paths/curated/"}, **options)  # type: ignore[arg-type]
    ws.command_job(
        "tune",
        kind="FineTuning",
        inputs={"model": Input(base.arm, "mlflow_model"), "trainingData": Input(sales, "uri_file")},
        outputs={"registered": Output(type="mlflow_model", asset=("tuned", "1"))},
    )
    jupyter = {"services": {"jupyter": {"jobServiceType": "JupyterLab", "endpoint": "https://x", "status": "Running"}}}
    ws.command_job("session", inputs={"data": sales}, more=jupyter)
    ws.command_job("strange", kind="Quantum", inputs={"data": sales})
    ws.command_job("old", archived=True, **options)  # type: ignore[arg-type]
    live = ws.endpoint("live")
    live.deploys("blue", f"{ws.arm}/models/credit/versions/1", traffic=100)
    live.deploys("green", f"{ws.arm}/models/tuned/versions/1", mirror=20)
    kept = ws.assets["models"]["credit"]["1"]
    shared = registry.share(kept, name="shared", version="1")  # type: ignore[arg-type]
    night = ws.endpoint("night", batch=True)
    night.invoked("scored", night.deploys("main", shared.arm), inputs={"input": sales})
    ws.asset("featurestoreEntities", "customer", "1", indexColumns=[{"columnName": "id", "dataType": "String"}])
    entity = f"azureml:{ws.arm}/featurestoreEntities/customer/versions/1"
    ws.asset("featuresets", "customers", "1", specification={"path": ws.place("spec", "lake")}, entities=[entity])
    found = Everything(estate, ws, registry, code.name)
    for number, form in enumerate(FORMS):
        ws.command_job(f"reader-{number:02}", form.form, inputs={"it": Input(found.text(form.text), form.type)})
    return found
