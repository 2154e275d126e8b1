"""Signing in where nobody is: the identity of a machine, and a service principal in the environment."""

from __future__ import annotations

import json

import pytest

from lineage.cli import run
from lineage.errors import SourceUnauthorised
from lineage.sources.azureml.credentials import credential
from tests.sources.metadata import metadata

AUTHORITY = "https://login.microsoftonline.com/"
SCOPE = "https://management.azure.com/.default"
TARGET = "azureml://subscriptions/s/resourceGroups/g/workspaces/w"
_ENVIRONMENT = (
    *("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"),
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST"),
)


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """A machine without any identity, whatever the one that the tests run on has."""
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


def test_a_machine_crawls_with_its_own_identity(emulator, story, cloud_file, tmp_path, monkeypatch, capsys):
    """The token comes from the metadata service, for the resource manager, asked once for the whole crawl."""
    with metadata(emulator.token) as service:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url)
        options = ["--cloud", cloud_file, "--ca-bundle", str(emulator.ca_bundle), "--index", str(tmp_path / "i.db")]
        assert run(["crawl", story.prod.uri, "--credential", "managed-identity", *options, "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["complete"] is True
    assert len(service.asked) == 1
    assert "client_id" not in service.asked[0]


def test_a_user_assigned_identity_is_chosen_by_its_client_id(monkeypatch):
    with metadata("t") as service:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url)
        monkeypatch.setenv("AZURE_CLIENT_ID", "9f1d3c52-0a64-4f0b-8a55-6d1b7b0f2c11")
        assert credential("managed-identity", AUTHORITY).get_token(SCOPE).token == "t"

    (asked,) = service.asked
    assert asked["client_id"] == "9f1d3c52-0a64-4f0b-8a55-6d1b7b0f2c11"
    assert asked["resource"] == "https://management.azure.com"


def crawled(capsys, choice, tmp_path):
    """(exit code, the sentence, the remedy) of a crawl that cannot sign in."""
    code = run(["crawl", TARGET, "--credential", choice, "--index", str(tmp_path / "i.db")])
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    said, remedy = err.split("lineage: ", 1)[1].splitlines()[:2]
    return code, said, remedy.strip()


def test_a_machine_without_an_identity_is_told_what_to_do(capsys, tmp_path, monkeypatch):
    """The service is there, and knows no identity for this machine."""
    with metadata("") as service:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", service.url)
        code, said, remedy = crawled(capsys, "managed-identity", tmp_path)

    assert code == 5
    assert said.endswith("(invalid_request) Identity not found")
    assert remedy.startswith("run it on an Azure machine, container or function that has an identity")
    assert "AZURE_CLIENT_ID" in remedy


def test_a_machine_outside_azure_is_told_what_to_do(capsys, tmp_path, monkeypatch):
    """Nobody listens where a machine would ask; that is not tried for half a minute."""
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")
    code, said, remedy = crawled(capsys, "managed-identity", tmp_path)

    assert code == 5
    assert said.endswith("ManagedIdentityCredential authentication unavailable, no response from the IMDS endpoint.")
    assert remedy.endswith("elsewhere choose another --credential")


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ({}, "AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH"),
        ({"AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": "s"}, "AZURE_CLIENT_ID"),
        ({"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": ""}, "AZURE_CLIENT_ID, AZURE_CLIENT_SECRET or AZURE_CLIENT_"),
    ],
)
def test_an_environment_that_names_no_principal_is_told_what_it_lacks(capsys, tmp_path, monkeypatch, there, missing):
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    code, said, remedy = crawled(capsys, "environment", tmp_path)

    assert code == 5
    assert said.startswith(f"the credential is `environment`, and the environment lacks {missing}")
    assert remedy.startswith("set AZURE_TENANT_ID, AZURE_CLIENT_ID and either AZURE_CLIENT_SECRET")


def test_a_principal_of_the_environment_is_azure_identitys(monkeypatch):
    """Making it asks nothing of anybody, and a certificate that is not there is said at once."""
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "x")
    assert credential("environment", AUTHORITY).remedy.startswith("set AZURE_TENANT_ID")

    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", "nowhere.pem")
    with pytest.raises(SourceUnauthorised, match="No such file or directory"):
        credential("environment", AUTHORITY)
