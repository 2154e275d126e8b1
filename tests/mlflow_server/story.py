"""What a small team does on an MLflow server, done with MLflow's own client.

`python -m tests.mlflow_server.story URL` prints the ids that the server gave, as one JSON object.

    prep            reads a file of the lake and a table of nobody's address; writes clean.csv
    train           its child fold logs the model; registered as `credit` 1, alias champion
    evaluate        reads the logged model
    credit 2        registered from prep's files by runs:/…
    credit 3        registered from the same files by their address
    ana's model 1   a copy of credit 1
    lost 1          registered from a logged model that was deleted since
    forgotten       a run that was deleted
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

RAW = "https://lakeaccount.blob.core.windows.net/lake/raw/2026.csv"
TOKEN = "ghp_" + "a1B2" * 9


def tell(url: str) -> dict[str, str]:
    """Do all of it; the ids by their names in the story."""
    warnings.simplefilter("ignore")
    import mlflow
    from mlflow.data.http_dataset_source import HTTPDatasetSource
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.entities import LoggedModelInput

    mlflow.set_tracking_uri(url)
    mlflow.set_registry_uri(url)
    client = mlflow.MlflowClient(url, url)
    ids: dict[str, str] = {}

    class Mean(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
        def predict(self, context: Any, model_input: list[float], params: Any = None) -> list[float]:
            return [sum(model_input) / len(model_input)]

    def log(name: str) -> Any:
        return mlflow.pyfunc.log_model(name=name, python_model=Mean(), pip_requirements=["numpy"])

    ids["experiment"] = mlflow.set_experiment("credit").experiment_id
    with mlflow.start_run(run_name="prep") as prep, tempfile.TemporaryDirectory() as folder:
        clean = Path(folder) / "clean.csv"
        clean.write_text("a,b\n1,2\n")
        raw = MetaDataset(HTTPDatasetSource(RAW + "?sig=" + "c2ln" * 11), name="raw", digest="d1g35t")
        mlflow.log_input(raw, context="training")
        mlflow.log_artifact(str(clean), "tables")
        mlflow.set_tag("mlflow.source.git.repoURL", f"https://user:{TOKEN}@github.com/contoso/credit.git")
        mlflow.set_tag("mlflow.source.git.commit", "4f1c2d3e")
        mlflow.set_tag("team", "risk")
        mlflow.log_param("api_key", TOKEN)
        mlflow.log_param("depth", 3)
        mlflow.log_metric("rows", 2.0)
        ids["prep"] = prep.info.run_id
        ids["prep_artifacts"] = prep.info.artifact_uri
    with mlflow.start_run(run_name="train") as train:
        ids["train"] = train.info.run_id
        with mlflow.start_run(run_name="fold", nested=True) as fold:
            ids["fold"] = fold.info.run_id
            ids["model"] = log("model").model_id
    with mlflow.start_run(run_name="evaluate") as evaluate:
        ids["evaluate"] = evaluate.info.run_id
        client.log_inputs(evaluate.info.run_id, models=[LoggedModelInput(ids["model"])])
    mlflow.register_model(f"models:/{ids['model']}", "credit", tags={"release": "spring"})
    client.set_registered_model_alias("credit", "champion", "1")
    files = f"{ids['prep_artifacts']}/tables"
    client.create_model_version("credit", f"runs:/{ids['prep']}/tables", ids["prep"])
    client.create_model_version("credit", files, ids["prep"])
    client.copy_model_version("models:/credit/1", "ana's model")
    with mlflow.start_run(run_name="lost") as lost:
        ids["lost"] = lost.info.run_id
        ids["lost_model"] = log("lost").model_id
    mlflow.register_model(f"models:/{ids['lost_model']}", "lost")
    client.delete_logged_model(ids["lost_model"])
    with mlflow.start_run(run_name="forgotten") as forgotten:
        ids["forgotten"] = forgotten.info.run_id
    client.delete_run(ids["forgotten"])
    return ids


if __name__ == "__main__":
    print(json.dumps(tell(sys.argv[1])))
