"""The standard estate: the credit-risk team of Contoso Bank, September to November 2026.

Priya trains in `mlw-credit-dev`; Maya owns the registry `contoso-models`; Tom
serves in `mlw-credit-prod`. The scorecard `credit-scoring` decides on loans:
version 5 takes all traffic, version 6 sees a mirrored tenth. Around it stands
what real teams have: a folder that two jobs overwrite, a step that did not run
because its work was known, a job that somebody deleted and one that we may not
read, a model from a laptop, a complaint classifier tuned twice from a base
model, arrears predicted by AutoML on what Spark prepared, and secrets where
secrets should not be.

`CANARIES` are those secrets: none may reach an index or a recording.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulator.estate import Estate, Registry, Workspace
from tests.emulator.things import Endpoint, Git, Input, Job, Model, Output, Version

SUBSCRIPTION_DEV = "5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981"
SUBSCRIPTION_PROD = "b1e94c76-3d20-4f8b-a6c5-0d9f1e72c354"

SAS = "CANARYsas9dQmXw7Zr2kTfLb4vYc8NhPs1eUj6aGo3BiMt0KxRqA"
PAT = "canarypat7q3mzx5kd2vwn8rtb4yhc6jfl9psg1eua0oixt3nqwk"
ENVIRONMENT = "CANARY-environment-value-hunter2"
ACCOUNT_KEY = "CANARYkeyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v2W3x4Y5z6A7b8C9d0E1f2=="
DEPLOYMENT = "CANARY-deployment-value-letmein"
_SIGNED = f"sv=2024-11-04&sr=b&sig={SAS}"
CANARIES = (SAS, PAT, ENVIRONMENT, ACCOUNT_KEY.rstrip("="), DEPLOYMENT)


@dataclass
class Contoso:
    """The estate, with names for what tests and stories talk about."""

    estate: Estate
    dev: Workspace
    prod: Workspace
    registry: Registry
    endpoint: Endpoint
    jobs: dict[str, Job]
    models: dict[str, Model]
    data: dict[str, Version]


def contoso() -> Contoso:
    """The whole story, from the beginning."""
    estate = Estate()
    dev = estate.workspace(
        "mlw-credit-dev", group="rg-credit-dev", subscription=SUBSCRIPTION_DEV, account="stcreditdev8f2"
    )
    prod = estate.workspace(
        "mlw-credit-prod",
        group="rg-credit-prod",
        subscription=SUBSCRIPTION_PROD,
        account="stcreditprod3a7",
        owner="Tom Becker",
    )
    curated = estate.registry("azureml", group="azureml-registry")
    curated.environment("sklearn-1.5", "24", image="mcr.microsoft.com/azureml/curated/sklearn-1.5:24")
    registry = estate.registry(
        "contoso-models", group="rg-ml-shared", subscription=SUBSCRIPTION_PROD, owner="Maya Okafor"
    )
    for ws in (dev, prod):
        ws.datastore("lake", "stcontosolake", "risk", kind="AzureDataLakeGen2")
    story = Contoso(estate, dev, prod, registry, None, {}, {}, {})  # type: ignore[arg-type]
    _sources(story)
    _first_scorecards(story)
    _pipelines(story)
    _overwritten_folder(story)
    _complaints(story)
    _other_ways(story)
    _odd_ones(story)
    _production(story)
    return story


def _sources(it: Contoso) -> None:
    """What arrives from the bank: three kinds of data, one of them not for us; two environments."""
    dev = it.dev
    for month in ("2026-06", "2026-07", "2026-08"):
        it.data[f"applications {month}"] = dev.data(
            "applications", path=f"azureml://datastores/lake/paths/raw/applications/{month}/"
        )
    dev.data("bureau-scores", path=dev.place("raw/bureau/2026-07/", "lake"))
    dev.data("bureau-scores", path=dev.place("raw/bureau/2026-08/", "lake"))
    dev.data(
        "loan-outcomes",
        path=f"https://stcontosolake.blob.core.windows.net/risk/raw/outcomes/2026-q2.csv?{_SIGNED}",
        type="uri_file",
    )
    dev.data("customer-pii", path=dev.place("restricted/customers/", "lake"))
    dev.forbid("data/customer-pii")
    conda = (
        "name: credit\ndependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn==1.5.2\n      - mlflow==2.17.0\n"
    )
    image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260801.v1"
    dev.environment("credit-train", "1", image=image, conda=conda.replace("1.5.2", "1.4.0"))
    dev.environment("credit-train", "2", image=image, conda=conda)
    it.prod.environment("credit-serve", "1", image=image, conda=conda)


def _first_scorecards(it: Contoso) -> None:
    """September: the first scorecards, registered in every way that the guides show."""
    dev, estate = it.dev, it.estate
    train = f"{dev.arm}/environments/credit-train/versions/2"
    git = Git(
        f"https://priya:{PAT}@dev.azure.com/contoso/credit/_git/scoring", "9f3b2c71d04e5a68b7c1f2a9e8d37460b5c4a1f2"
    )
    code = dev.code_snapshot("scoring-9f3b2c7")
    estate.at("2026-09-07")
    it.jobs["september"] = september = dev.command_job(
        "lemon_net_2wttv098sl",
        "train-scorecard",
        inputs={
            "applications": f"azureml:{dev.arm}/data/applications/versions/3",
            "bureau": "azureml:bureau-scores:2",
            "outcomes": "azureml:loan-outcomes:1",
            "c": Input(literal="0.3"),
        },
        outputs={"model": "", "report": ""},
        environment=train,
        code=code.arm,
        command="python train.py --c ${{inputs.c}} --conn AccountName=stcontosolake;AccountKey=" + ACCOUNT_KEY,
        git=git,
        variables={"FEATURE_STORE_PASSWORD": ENVIRONMENT},
    )
    _keep(it, dev.model("credit-scoring", given=september.output("artifacts", "model/"), type="mlflow_model"))
    _keep(it, dev.model("credit-scoring", given=f"runs:/{september.name}/model/", type="mlflow_model"))
    _keep(it, dev.model("credit-scoring", given=september.output("model", "scorecard/model.pkl")))
    it.jobs["affordability"] = affordability = dev.command_job(
        "clever_roti_y385lbt48h",
        "train-affordability",
        inputs={
            "applications": f"{dev.arm}/data/applications/versions/2",
            "postcodes": Input(f"https://stcontosoopen.blob.core.windows.net/open/postcodes.csv?{_SIGNED}", "uri_file"),
        },
        outputs={"trained": ""},
        environment="azureml://registries/azureml/environments/sklearn-1.5/versions/24",
        git=git,
    )
    _keep(it, dev.model("affordability", given=f"azureml://jobs/{affordability.name}/outputs/default/model"))
    _keep(it, dev.model("affordability", given=f"azureml://jobs/{affordability.name}/outputs/artifacts/outputs/model/"))
    long = f"{dev.uri}/jobs/{affordability.name}/outputs/trained/paths/affordability"
    _keep(it, dev.model("affordability", given=long))
    _keep(it, dev.model("affordability", given=f"{affordability.output('trained')}/affordability.onnx"))


def _pipelines(it: Contoso) -> None:
    """October: the scorecard becomes a pipeline; its second run reuses two steps of the first."""
    dev, estate = it.dev, it.estate
    train = f"{dev.arm}/environments/credit-train/versions/2"
    code = dev.code_snapshot("scoring-4ac81d0")
    for step in ("prepare", "train"):
        dev.component(step, code=code.arm, environment=train)
    estate.at("2026-10-05")
    applications = f"azureml:{dev.arm}/data/applications/versions/3"
    first = dev.pipeline("frosty_kite_7h2k9x0p4m", "scorecard-pipeline", inputs={"applications": applications})
    prepare = first.child(
        "1c7e5d42-93ab-4f06-8e21-5b0d9a64c3f7",
        "prepare",
        inputs={"applications": applications, "bureau": "azureml:bureau-scores:2"},
        outputs={"features": ""},
        environment=train,
    )
    fit = first.child(
        "d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4",
        "train",
        inputs={"features": prepare.output("features")},
        outputs={"fitted": Output(type="mlflow_model")},
        environment=train,
    )
    first.publishes("trained_model", fit, "fitted", type="mlflow_model")
    _keep(it, dev.model("credit-scoring", given=first.output("trained_model"), type="mlflow_model"))
    estate.at("2026-10-12")
    second = dev.pipeline("calm_pepper_q1w8z5n3rt", "scorecard-pipeline", inputs={"applications": applications})
    again = second.child("80fa3e19-5c2d-4b7a-a6e8-1d94c70b2f53", "prepare", inputs=_texts(prepare), reuses=prepare)
    refit = second.child(
        "e5b1027c-6f98-4d34-9a0c-7c28d1f6e4a9",
        "train",
        inputs={"features": again.output("features")},
        reuses=fit,
    )
    second.publishes("trained_model", refit, "fitted", type="mlflow_model")
    approved = {"model-board": "approved 2026-10-30", "risk-class": "high"}
    given = second.output("trained_model")
    _keep(it, dev.model("credit-scoring", given=given, type="mlflow_model", stage="Production", tags=approved))
    _keep(it, dev.model("affordability", given=f"azureml://jobs/{refit.name}/outputs/default/model"))
    it.jobs |= {"first": first, "prepare": prepare, "fit": fit, "second": second, "again": again, "refit": refit}
    estate.at("2026-10-19")
    it.jobs["sweep"] = sweep = dev.command_job(
        "patient_lime_k4v7c2x9bd",
        "sweep-scorecard",
        kind="Sweep",
        inputs={"features": prepare.output("features")},
        outputs={"best_model": ""},
        environment=train,
        code=code.arm,
        command="python train.py --lr ${{search_space.lr}}",
        variables={"FEATURE_STORE_PASSWORD": ENVIRONMENT},
    )
    sweep.trial(0, outputs={"best_model": ""})
    sweep.trial(1, outputs={"best_model": ""}, best=True)
    _keep(it, dev.model("credit-scoring", given=sweep.output("best_model"), type="mlflow_model"))


def _overwritten_folder(it: Contoso) -> None:
    """One folder, two writers: which fraud model came from which run, nobody wrote down."""
    dev, estate = it.dev, it.estate
    folder = "azureml://datastores/lake/paths/models/fraud/latest/"
    common = {"environment": f"{dev.arm}/environments/credit-train/versions/1"}
    estate.at("2026-10-20")
    it.jobs["fraud one"] = dev.command_job(
        "brave_owl_3m8t6y1w5e",
        "train-fraud",
        inputs={"transactions": "azureml://datastores/lake/paths/raw/transactions/2026-09/"},
        outputs={"model": folder},
        **common,  # type: ignore[arg-type]
    )
    _keep(it, dev.model("fraud-screen", given=folder))
    _keep(it, dev.model("fraud-explainer", given=f"runs:/{it.jobs['fraud one'].name}/explainer"))
    estate.at("2026-10-27")
    it.jobs["fraud two"] = dev.command_job(
        "gentle_fern_9p2d7k4s0a",
        "train-fraud",
        inputs={"transactions": "azureml://datastores/lake/paths/raw/transactions/2026-10/"},
        outputs={"model": folder},
        **common,  # type: ignore[arg-type]
    )
    lower = dev.place("models/fraud/latest/fraud.joblib", "lake").replace("/resourceGroups/", "/resourcegroups/")
    _keep(it, dev.model("fraud-screen", given=lower))
    _keep(it, dev.model("fraud-explainer", given=f"runs:/{it.jobs['fraud two'].name}/explainer"))
    report = f"azureml://datastores/workspaceblobstore/paths/azureml/{it.jobs['september'].name}/report/drift.json"
    it.jobs["monitor"] = monitor = dev.command_job(
        "silver_moss_5x1r8n6q2c",
        "monitor-drift",
        inputs={
            "baseline": Input(report, "uri_file"),
            "customers": f"{dev.arm}/data/customer-pii/versions/1",
            "model": Input(f"{dev.arm}/models/credit-scoring/versions/5", "mlflow_model"),
        },
        outputs={"alerts": Output(asset=("drift-alerts", "1"))},
        **common,  # type: ignore[arg-type]
    )
    monitor.schedule = dev.schedule("drift-watch", cron="0 6 * * 1", job=monitor)
    _keep(it, dev.model("early-warning", given=f"{dev.uri}/datastores/workspaceblobstore/paths/watch/rules"))
    it.jobs["collections"] = dev.command_job(
        "witty_reef_b6g3h9j2lz",
        "train-collections",
        inputs={"alerts": monitor.workspace.assets["data"]["drift-alerts"]["1"].short},
        outputs={"priority": Output(type="custom_model", asset=("collections-priority", "1"))},
        **common,  # type: ignore[arg-type]
    )
    kept = dev.assets["models"]["collections-priority"]["1"]
    assert isinstance(kept, Model)
    _keep(it, kept)


def _complaints(it: Contoso) -> None:
    """A base model from the registry, tuned on complaints, and tuned again on what it got wrong."""
    dev, estate = it.dev, it.estate
    estate.at("2026-11-02")
    base = it.registry.model("contoso-bert", "3", description="Base language model, reviewed by the model board.")
    _keep(it, base)
    complaints = dev.data("complaints", path="azureml://datastores/lake/paths/raw/complaints/2026/")
    for number, (name, source, kind) in enumerate(
        [
            ("modest_fig_w2e5r8t1yu", base.arm, "mlflow_model"),
            ("eager_plum_z9x6c3v0bn", f"azureml:{dev.arm}/models/complaint-triage/versions/1", "mlflow_model"),
        ],
        start=1,
    ):
        job = dev.command_job(
            name,
            "fine-tune-triage",
            inputs={"base": Input(source, kind), "complaints": complaints.short},
            outputs={"tuned": ""},
            environment=f"{dev.arm}/environments/credit-train/versions/2",
        )
        it.jobs[f"tune {number}"] = job
        _keep(it, dev.model("complaint-triage", given=job.output("tuned"), type="mlflow_model"))


def _other_ways(it: Contoso) -> None:
    """Spark prepares, AutoML trains on it, a fine-tuning job makes a model from the registry's base model."""
    dev, estate = it.dev, it.estate
    estate.at("2026-11-03")
    curated = "azureml://datastores/lake/paths/curated/transactions/2026-10/"
    it.jobs["spark"] = dev.command_job(
        "rapid_delta_c4v8b2n6mz",
        "aggregate-transactions",
        kind="Spark",
        inputs={"raw": "azureml://datastores/lake/paths/raw/transactions/2026-10/"},
        outputs={"curated": curated},
        environment=f"{dev.arm}/environments/credit-train/versions/2",
        command="--month 2026-10",
    )
    it.jobs["automl"] = automl = dev.command_job(
        "jolly_ocean_t5g9b3n7mk",
        "predict-arrears",
        kind="AutoML",
        inputs={
            "trainingData": Input(curated, "mltable"),
            "validationData": Input("azureml:loan-outcomes:1", "mltable"),
        },
        outputs={"best_model": Output(type="mlflow_model")},
    )
    automl.trial(0)
    winner = automl.trial(1, best=True)
    given = winner.output("artifacts", "outputs/mlflow-model/")
    _keep(it, dev.model("arrears", given=given, type="mlflow_model"))
    it.jobs["fine-tuning"] = dev.command_job(
        "proud_cedar_y6h1j5k9lp",
        "fine-tune-advice",
        kind="FineTuning",
        inputs={
            "model": Input(f"{it.registry.arm}/models/contoso-bert/versions/3", "mlflow_model"),
            "trainingData": Input("azureml:complaints:1", "uri_file"),
        },
        outputs={"registered_model": Output(type="mlflow_model", asset=("complaint-advice", "1"))},
    )
    advice = dev.assets["models"]["complaint-advice"]["1"]
    assert isinstance(advice, Model)
    _keep(it, advice)


def _odd_ones(it: Contoso) -> None:
    """What every estate has: a laptop's model, a stranger's URL, a deleted job, a locked one, a retired version."""
    dev, estate = it.dev, it.estate
    estate.at("2026-11-04")
    _keep(it, dev.model("early-warning", given="./artifacts/early-warning"))
    _keep(it, dev.model("early-warning", given="C:\\Users\\priya\\models\\warning.pkl"))
    blob = f"https://stpartner.blob.core.windows.net/exchange/scorer/model.onnx?{_SIGNED}"
    _keep(it, dev.model("partner-scorer", given=blob))
    gone = dev.command_job("lost_cloud_h5n2m8v4cx", "train-churn", outputs={"model": ""})
    _keep(it, dev.model("churn", given=gone.output("artifacts", "model")))
    gone.delete()
    it.jobs["deleted"] = gone
    locked = dev.command_job("quiet_vault_t7r1p4k9sd", "train-limit-increase", outputs={"model": ""})
    _keep(it, dev.model("limit-increase", given=locked.output("model", "limit.pkl")))
    dev.forbid(f"jobs/{locked.name}")
    it.jobs["forbidden"] = locked
    old = dev.command_job("young_birch_f3d6s9a2gh", "train-legacy", outputs={"model": ""})
    it.jobs["legacy"] = old
    for path in ("2024", "2025"):
        _keep(it, dev.model("legacy-scorecard", given=old.output("model", path)))
    it.models["legacy-scorecard:1"].archive()


def _production(it: Contoso) -> None:
    """Maya shares what the board approved; Tom serves it."""
    dev, prod, estate = it.dev, it.prod, it.estate
    estate.at("2026-11-09")
    live = it.registry.share(it.models["credit-scoring:5"])
    candidate = it.registry.share(it.models["credit-scoring:6"])
    it.models |= {"registry credit-scoring:5": live, "registry credit-scoring:6": candidate}
    serve = f"{prod.arm}/environments/credit-serve/versions/1"
    it.endpoint = prod.endpoint("credit-decisions")
    it.endpoint.deploys("blue", live.arm, traffic=100, environment=serve, BUREAU_API_KEY=DEPLOYMENT)
    it.endpoint.deploys("green", candidate.arm, mirror=10, environment=serve)
    blob = (
        f"https://{dev.account}.blob.core.windows.net/azureml/ExperimentRun/dcid.{it.jobs['affordability'].name}/model"
    )
    it.models["prod affordability:1"] = affordability = prod.model("affordability", given=blob)
    batch = prod.endpoint("portfolio-rescoring", batch=True)
    batch.deploys("nightly", affordability.arm, environment=serve)
    # What decides on fraud is explained to customers under a name that they may read.
    reasons = it.registry.share(it.models["fraud-explainer:2"], name="decision-reasons", version="1")
    it.models["registry decision-reasons:1"] = reasons
    batch.deploys("explain", reasons.arm, environment=serve)
    prod.schedule("nightly-rescoring", cron="0 2 * * *", endpoint=batch)
    it.jobs["segments"] = segments = prod.command_job(
        "steady_harbor_p8q5w2e7ry",
        "train-segments",
        inputs={
            "scorer": Input(live.arm, "mlflow_model"),
            # By its long address: the data is kept under the other workspace's name for the lake.
            "portfolio": dev.place("raw/portfolio/2026-11/", "lake"),
        },
        outputs={"segments": ""},
        environment=serve,
    )
    it.models["prod portfolio-segments:1"] = prod.model("portfolio-segments", given=segments.output("segments"))


def _texts(job: Job) -> dict[str, str | Input]:
    return dict(job.inputs)


def _keep(it: Contoso, model: Model) -> None:
    it.models[f"{model.name}:{model.version}"] = model
