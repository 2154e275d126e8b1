"""Which hosts may see a token."""

from __future__ import annotations

import json

import pytest

from lineage.errors import InvalidOption
from lineage.sources.azureml.clouds import KNOWN, load

METADATA = {
    "azure_portal": "https://portal.azure.corp/",
    "resource_manager": "https://management.azure.corp",
    "active_directory": "https://login.azure.corp/",
    "aml_resource_id": "https://ml.azure.corp/",
    "storage_endpoint": "core.azure.corp",
    "registry_discovery_endpoint": "https://region1.api.ml.azure.corp/",
}


def written(tmp_path, content):
    path = tmp_path / "cloud.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("cloud", "url", "allowed"),
    [
        ("AzureCloud", "https://management.azure.com/subscriptions/s", True),
        ("AzureCloud", "https://MANAGEMENT.azure.com:443/x", True),
        ("AzureCloud", "https://westeurope.api.azureml.ms/discovery", True),
        ("AzureCloud", "https://guid.workspace.westeurope.api.azureml.ms/history", True),
        ("AzureCloud", "https://cert-eastus.experiments.azureml.net/mferp", True),
        ("AzureCloud", "https://api.azureml.ms/x", False),
        ("AzureCloud", "https://evilapi.azureml.ms.example.com/x", False),
        ("AzureCloud", "https://westeurope.api.azureml.ms.example.com/x", False),
        ("AzureCloud", "https://westeurope.api.azureml.ms:8443/x", False),
        ("AzureCloud", "http://management.azure.com/x", False),
        ("AzureCloud", "https://management.azure.com.example.com/x", False),
        ("AzureCloud", "https://management.usgovcloudapi.net/x", False),
        ("AzureUSGovernment", "https://management.usgovcloudapi.net/x", True),
        ("AzureUSGovernment", "https://usgovvirginia.api.ml.azure.us/x", True),
        ("AzureUSGovernment", "https://management.azure.com/x", False),
        ("AzureChinaCloud", "https://chinaeast2.api.ml.azure.cn/x", True),
        ("AzureChinaCloud", "https://management.chinacloudapi.cn/x", True),
    ],
)
def test_a_token_stays_in_its_cloud(cloud, url, allowed):
    """The manager, the registry discovery and the data plane of that cloud, over https on the usual port."""
    assert load(cloud).allows(url) is allowed


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_known_clouds_are_those_of_the_sdk(name):
    """Our table and the SDK's must not drift apart."""
    from azure.ai.ml._azure_environments import _environments

    theirs, ours = _environments[name], KNOWN[name]
    assert (theirs["resource_manager"], theirs["registry_discovery_endpoint"], theirs["active_directory"]) == (
        ours.manager,
        ours.discovery,
        ours.authority,
    )


def test_a_metadata_file_describes_another_cloud(tmp_path):
    """The data plane is whatever shares the discovery's domain."""
    cloud = load(written(tmp_path, METADATA))

    assert (cloud.manager, cloud.discovery) == (
        "https://management.azure.corp/",
        "https://region1.api.ml.azure.corp/",
    )
    assert cloud.allows("https://region2.api.ml.azure.corp/history")
    assert not cloud.allows("https://region2.ml.azure.corp/history")
    assert not cloud.allows("https://management.azure.com/x")
    assert cloud.metadata == METADATA


@pytest.mark.parametrize(
    "discovery", ["https://127.0.0.1:8443/", "https://[::1]:8443/", "https://region.corp.example/"]
)
def test_an_address_or_a_short_name_has_no_siblings(tmp_path, discovery):
    """`*.corp.example` might be half the company."""
    cloud = load(written(tmp_path, METADATA | {"registry_discovery_endpoint": discovery}))

    assert cloud.allows(discovery)
    assert cloud.domains == ()


def test_two_metadata_files_are_two_clouds_to_the_sdk(tmp_path):
    """The SDK keeps clouds by name for the whole process and would use the first one's addresses."""
    one = load(written(tmp_path, METADATA))
    two = load(written(tmp_path, METADATA | {"resource_manager": "https://other.azure.corp"}))

    assert one.name != two.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a JSON object of texts"),
        ("[]", "is not a JSON object of texts"),
        ({"resource_manager": 1}, "is not a JSON object of texts"),
        ({}, "lacks azure_portal, resource_manager, active_directory"),
        (METADATA | {"storage_endpoint": ""}, "lacks storage_endpoint"),
        (METADATA | {"resource_manager": "http://management.azure.corp"}, "resource_manager in .* is not an https URL"),
        (METADATA | {"registry_discovery_endpoint": "nonsense"}, "registry_discovery_endpoint in .* is not an https"),
    ],
)
def test_a_file_that_describes_no_cloud_is_refused_with_a_remedy(tmp_path, content, message):
    with pytest.raises(InvalidOption, match=message) as error:
        load(written(tmp_path, content))
    assert "registry_discovery_endpoint" in error.value.remedy


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("AzureGermany", "there is no cloud named 'AzureGermany'"),
        ("/nowhere/cloud.json", "cannot read the cloud metadata /nowhere/cloud.json: No such file or directory"),
    ],
)
def test_a_cloud_that_is_not_there_is_refused_with_a_remedy(option, message):
    with pytest.raises(InvalidOption) as error:
        load(option)
    assert str(error.value) == message
    assert error.value.remedy
