"""Every way in which a model of the standard estate was registered, and what must be known of it afterwards.

Written by hand from the service's rule, never computed by the estate: `given`
is what the user wrote, `stored` and `job` what the service keeps, `declared`
the named output that the user meant, `physical` the one whose bytes they are.
"""

from __future__ import annotations

from dataclasses import dataclass

DEV = "azureml://subscriptions/5f0c1d3e-8a47-4b62-9c15-2e7d60b4a981/resourceGroups/rg-credit-dev/workspaces/mlw-credit-dev"
PROD = (
    "azureml://subscriptions/b1e94c76-3d20-4f8b-a6c5-0d9f1e72c354/resourceGroups/rg-credit-prod/workspaces/"
    "mlw-credit-prod"
)
REGISTRY = "azureml://registries/contoso-models"
LOWER = DEV.replace("/resourceGroups/", "/resourcegroups/")

PREPARE = "1c7e5d42-93ab-4f06-8e21-5b0d9a64c3f7"
FIT = "d2946b8a-07f1-4c3e-b95d-68e1f2a0c7b4"
REFIT = "e5b1027c-6f98-4d34-9a0c-7c28d1f6e4a9"


@dataclass(frozen=True)
class Form:
    """One registration.

    declared: (job, output) by the job that the user named; ('', '') when the form names none.
    physical: (run, output) by the place where the bytes lie; ('', '') when the place names none.
    path: inside that output. loose: why no producer can be told, when none can.
    """

    model: str
    why: str
    given: str
    stored: str
    job: str | None
    declared: tuple[str, str] = ("", "")
    physical: tuple[str, str] = ("", "")
    path: str = ""
    loose: str = ""
    one_of: tuple[tuple[str, str], ...] = ()


FORMS = (
    Form(
        "credit-scoring:1",
        "a job's artifacts, with /paths/",
        "azureml://jobs/lemon_net_2wttv098sl/outputs/artifacts/paths/model/",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.lemon_net_2wttv098sl/model/",
        "lemon_net_2wttv098sl",
        ("lemon_net_2wttv098sl", "artifacts"),
        ("lemon_net_2wttv098sl", "artifacts"),
        "model",
    ),
    Form(
        "credit-scoring:2",
        "an MLflow run",
        "runs:/lemon_net_2wttv098sl/model/",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.lemon_net_2wttv098sl/model/",
        "lemon_net_2wttv098sl",
        ("lemon_net_2wttv098sl", "artifacts"),
        ("lemon_net_2wttv098sl", "artifacts"),
        "model",
    ),
    Form(
        "credit-scoring:3",
        "a file in a named output, with /paths/",
        "azureml://jobs/lemon_net_2wttv098sl/outputs/model/paths/scorecard/model.pkl",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/lemon_net_2wttv098sl/model/scorecard/model.pkl",
        "lemon_net_2wttv098sl",
        ("lemon_net_2wttv098sl", "model"),
        ("lemon_net_2wttv098sl", "model"),
        "scorecard/model.pkl",
    ),
    Form(
        "credit-scoring:4",
        "a pipeline's output, filled by a step that calls it otherwise",
        "azureml://jobs/frosty_kite_7h2k9x0p4m/outputs/trained_model",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/{FIT}/fitted/",
        "frosty_kite_7h2k9x0p4m",
        ("frosty_kite_7h2k9x0p4m", "trained_model"),
        (FIT, "fitted"),
    ),
    Form(
        "credit-scoring:5",
        "a pipeline's output, filled by a step that reused an earlier pipeline's",
        "azureml://jobs/calm_pepper_q1w8z5n3rt/outputs/trained_model",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/{FIT}/fitted/",
        "calm_pepper_q1w8z5n3rt",
        ("calm_pepper_q1w8z5n3rt", "trained_model"),
        (FIT, "fitted"),
    ),
    Form(
        "credit-scoring:6",
        "a sweep's named output, whole",
        "azureml://jobs/patient_lime_k4v7c2x9bd/outputs/best_model",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/patient_lime_k4v7c2x9bd/best_model/",
        "patient_lime_k4v7c2x9bd",
        ("patient_lime_k4v7c2x9bd", "best_model"),
        ("patient_lime_k4v7c2x9bd", "best_model"),
    ),
    Form(
        "affordability:1",
        "`default`, the older name of the artifacts, without /paths/",
        "azureml://jobs/clever_roti_y385lbt48h/outputs/default/model",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.clever_roti_y385lbt48h/model",
        "clever_roti_y385lbt48h",
        ("clever_roti_y385lbt48h", "artifacts"),
        ("clever_roti_y385lbt48h", "artifacts"),
        "model",
    ),
    Form(
        "affordability:2",
        "a job's artifacts, without /paths/",
        "azureml://jobs/clever_roti_y385lbt48h/outputs/artifacts/outputs/model/",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.clever_roti_y385lbt48h/outputs/model/",
        "clever_roti_y385lbt48h",
        ("clever_roti_y385lbt48h", "artifacts"),
        ("clever_roti_y385lbt48h", "artifacts"),
        "outputs/model",
    ),
    Form(
        "affordability:3",
        "a named output by its long address",
        f"{DEV}/jobs/clever_roti_y385lbt48h/outputs/trained/paths/affordability",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/clever_roti_y385lbt48h/trained/affordability",
        "clever_roti_y385lbt48h",
        ("clever_roti_y385lbt48h", "trained"),
        ("clever_roti_y385lbt48h", "trained"),
        "affordability",
    ),
    Form(
        "affordability:4",
        "a file in a named output, without /paths/",
        "azureml://jobs/clever_roti_y385lbt48h/outputs/trained/affordability.onnx",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/clever_roti_y385lbt48h/trained/affordability.onnx",
        "clever_roti_y385lbt48h",
        ("clever_roti_y385lbt48h", "trained"),
        ("clever_roti_y385lbt48h", "trained"),
        "affordability.onnx",
    ),
    Form(
        "affordability:5",
        "the artifacts of a reused step lie under the run that it reused",
        f"azureml://jobs/{REFIT}/outputs/default/model",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.{FIT}/model",
        REFIT,
        (REFIT, "artifacts"),
        (FIT, "artifacts"),
        "model",
    ),
    Form(
        "arrears:1",
        "the artifacts of an AutoML job's best child",
        "azureml://jobs/jolly_ocean_t5g9b3n7mk_1/outputs/artifacts/paths/outputs/mlflow-model/",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.jolly_ocean_t5g9b3n7mk_1/outputs/mlflow-model/",
        "jolly_ocean_t5g9b3n7mk_1",
        ("jolly_ocean_t5g9b3n7mk_1", "artifacts"),
        ("jolly_ocean_t5g9b3n7mk_1", "artifacts"),
        "outputs/mlflow-model",
    ),
    Form(
        "complaint-advice:1",
        "registered by a fine-tuning job",
        "azureml://jobs/proud_cedar_y6h1j5k9lp/outputs/registered_model",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/proud_cedar_y6h1j5k9lp/registered_model/",
        "proud_cedar_y6h1j5k9lp",
        ("proud_cedar_y6h1j5k9lp", "registered_model"),
        ("proud_cedar_y6h1j5k9lp", "registered_model"),
    ),
    Form(
        "complaint-triage:2",
        "a named output, whole: tuned from a model that was tuned",
        "azureml://jobs/eager_plum_z9x6c3v0bn/outputs/tuned",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/eager_plum_z9x6c3v0bn/tuned/",
        "eager_plum_z9x6c3v0bn",
        ("eager_plum_z9x6c3v0bn", "tuned"),
        ("eager_plum_z9x6c3v0bn", "tuned"),
    ),
    Form(
        "collections-priority:1",
        "registered by the job itself, as an output with an asset's name",
        "azureml://jobs/witty_reef_b6g3h9j2lz/outputs/priority",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/witty_reef_b6g3h9j2lz/priority/",
        "witty_reef_b6g3h9j2lz",
        ("witty_reef_b6g3h9j2lz", "priority"),
        ("witty_reef_b6g3h9j2lz", "priority"),
    ),
    Form(
        "churn:1",
        "a job that was deleted afterwards",
        "azureml://jobs/lost_cloud_h5n2m8v4cx/outputs/artifacts/paths/model",
        f"{DEV}/datastores/workspaceartifactstore/paths/ExperimentRun/dcid.lost_cloud_h5n2m8v4cx/model",
        "lost_cloud_h5n2m8v4cx",
        ("lost_cloud_h5n2m8v4cx", "artifacts"),
        ("lost_cloud_h5n2m8v4cx", "artifacts"),
        "model",
    ),
    Form(
        "limit-increase:1",
        "a job that we may not read",
        "azureml://jobs/quiet_vault_t7r1p4k9sd/outputs/model/paths/limit.pkl",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/quiet_vault_t7r1p4k9sd/model/limit.pkl",
        "quiet_vault_t7r1p4k9sd",
        ("quiet_vault_t7r1p4k9sd", "model"),
        ("quiet_vault_t7r1p4k9sd", "model"),
        "limit.pkl",
    ),
    Form(
        "legacy-scorecard:1",
        "an archived version",
        "azureml://jobs/young_birch_f3d6s9a2gh/outputs/model/paths/2024",
        f"{DEV}/datastores/workspaceblobstore/paths/azureml/young_birch_f3d6s9a2gh/model/2024",
        "young_birch_f3d6s9a2gh",
        ("young_birch_f3d6s9a2gh", "model"),
        ("young_birch_f3d6s9a2gh", "model"),
        "2024",
    ),
    Form(
        "fraud-screen:1",
        "a datastore path, short: the folder that two jobs overwrite, between the two",
        "azureml://datastores/lake/paths/models/fraud/latest/",
        f"{DEV}/datastores/lake/paths/models/fraud/latest/",
        None,
        one_of=(("brave_owl_3m8t6y1w5e", "model"), ("gentle_fern_9p2d7k4s0a", "model")),
    ),
    Form(
        "fraud-screen:2",
        "a datastore path, long, as the SDK spells it: a file in that folder, after both",
        f"{LOWER}/datastores/lake/paths/models/fraud/latest/fraud.joblib",
        f"{DEV}/datastores/lake/paths/models/fraud/latest/fraud.joblib",
        None,
        one_of=(("gentle_fern_9p2d7k4s0a", "model"), ("brave_owl_3m8t6y1w5e", "model")),
    ),
    Form(
        "early-warning:1",
        "a datastore path that nobody is known to have written",
        f"{DEV}/datastores/workspaceblobstore/paths/watch/rules",
        f"{DEV}/datastores/workspaceblobstore/paths/watch/rules",
        None,
        loose="NO_WRITER",
    ),
    Form(
        "early-warning:2",
        "a local folder",
        "./artifacts/early-warning",
        f"{DEV}/datastores/workspaceblobstore/paths/LocalUpload/268231c53d7580f3411a4cc9729e31c4/early-warning",
        None,
        loose="LOCAL_UPLOAD",
    ),
    Form(
        "early-warning:3",
        "a local file on Windows",
        "C:\\Users\\priya\\models\\warning.pkl",
        f"{DEV}/datastores/workspaceblobstore/paths/LocalUpload/ac43a8a8e9a34743f8e8e32470b7ece5/warning.pkl",
        None,
        loose="LOCAL_UPLOAD",
    ),
)
"""All of the development workspace; the production workspace and the registry are told in the tests that use them."""
