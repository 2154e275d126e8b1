"""Names of what is on an MLflow server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import ids, references
from lineage.errors import InvalidReference
from lineage.index.nodes import is_thing
from lineage.lookup.spellings import written

SERVER = "mlflow+https://mlflow.contoso.com"
MODEL = "m-" + "7a" * 16

hosts = st.sampled_from(["h", "MLflow.Contoso.com", "127.0.0.1", "[::1]"])
ports = st.sampled_from(["", "443", "80", "5000"])
roots = st.lists(st.sampled_from(["ml", "Flow", "v2", "a b"]), max_size=3).map("/".join)


@given(st.sampled_from(["http", "https", "HTTPS"]), hosts, ports, roots)
def test_whatever_is_on_a_server_says_which_server(scheme, host, port, root):
    """The scope of a text is the server that it was made for, and the text reads back as itself."""
    server = ids.mlflow_server(scheme, host, port, root)
    targets = [
        ids.job(server, "8c1f"),
        ids.job_output(server, "8c1f", "default", "model/x"),
        ids.asset(server, "models", "jobs", "1"),
        ids.asset(server, "data", "models", "abc"),
        ids.container(server, "models", "credit risk"),
        ids.logged_model(server, MODEL),
    ]
    assert ids.scope_of(server.text) == server
    for target in targets:
        assert ids.scope_of(target.text) == server, target
        assert references.parse(target.canonical).resolve(None) == target


def test_two_spellings_of_a_server_are_one():
    """Case, the scheme's own port, slashes at the end and doubled."""
    spelled = ["mlflow+https://MLflow.Contoso.com:443/ml//flow/", "MLFLOW+HTTPS://mlflow.contoso.com/ml/flow"]
    found = {references.parse(text).resolve(None).text for text in spelled}

    assert found == {"mlflow+https://mlflow.contoso.com/ml/flow"}
    assert references.parse("mlflow+http://h:443").resolve(None).text == "mlflow+http://h:443"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mlflow+https://ana:pw@h/models/m", "a host without user and password"),
        ("mlflow+https://h:99999", "HOST or HOST:PORT"),
        ("mlflow+https://", "HOST or HOST:PORT"),
        ("mlflow+https://h/jobs", "a job name"),
        ("mlflow+https://h/models/m/versions/", "a version"),
    ],
)
def test_a_near_miss_says_what_was_expected(text, expected):
    with pytest.raises(InvalidReference) as failure:
        references.parse(text)
    assert failure.value.expected == expected


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        (SERVER, True),
        (f"{SERVER}/ml/flow/jobs/8c1f", True),
        (f"{SERVER}/models/credit/versions/1", True),
        (f"{SERVER}/models", False),
        (f"{SERVER}/models/credit/versions", False),
        (f"{SERVER}/experiments/1/runs", False),
        (f"{SERVER}/experiments/1/runs/8c1f/inputs", False),
        ("azureml://subscriptions/s/resourceGroups/g/workspaces/w/tracking/mlflow/models", False),
        ("azureml://subscriptions/s/resourceGroups/g/workspaces/w/tracking/mlflow/experiments/1/runs", False),
    ],
)
def test_a_gap_is_about_a_thing_or_about_a_listing(text, thing):
    """Only a thing is a node."""
    assert is_thing(text) is thing


def test_what_may_be_written_for_a_thing_on_a_server_is_mlflow_s_spelling():
    """Not Azure ML's: that would be read in a workspace."""

    def spellings(text):
        return written(references.parse(text).resolve(None))

    assert spellings(f"{SERVER}/models/credit/versions/3") == [f"{SERVER}/models/credit/versions/3", "models:/credit/3"]
    assert spellings(f"{SERVER}/loggedModels/{MODEL}") == [f"{SERVER}/loggedModels/{MODEL}", f"models:/{MODEL}"]
    files = f"{SERVER}/jobs/8c1f/outputs/artifacts/paths/model"
    assert spellings(files) == [files, "runs:/8c1f/model"]
