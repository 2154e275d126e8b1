"""Absolute names: what they fold, what they keep, and the key made from them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lineage import ids

WS = ids.workspace("SUB", "Rg", "Ws")
TEXT = "azureml://subscriptions/sub/resourceGroups/rg/workspaces/ws"


def test_scopes_fold_and_print():
    assert WS.text == TEXT
    assert ids.registry("AzureML").text == "azureml://registries/azureml"
    assert ids.located("EastUS", "ABC").text == "azureml://locations/eastus/workspaces/abc"
    assert ids.located("", "ABC").text == "azureml://workspaces/abc"


def test_only_ascii_letters_fold_and_escapes_do_not():
    assert ids.fold("ÄbC") == "Äbc"
    assert ids.fold("A%2FB") == "a%2Fb"


def test_names_of_things_keep_their_case():
    assert ids.job(WS, "Job").text == f"{TEXT}/jobs/Job"
    assert ids.asset(WS, "models", "M", "V1").text == f"{TEXT}/models/M/versions/V1"
    assert ids.endpoint(WS, "onlineEndpoints", "E").text == f"{TEXT}/onlineEndpoints/E"
    assert ids.deployment(WS, "onlineEndpoints", "E", "D").text == f"{TEXT}/onlineEndpoints/E/deployments/D"
    assert ids.compute(WS, "C").text == f"{TEXT}/computes/C"
    assert ids.resource(WS, "schedules/S").text == f"{TEXT}/schedules/S"


def test_a_datastore_folds_and_its_paths_do_not():
    assert ids.datastore_path(WS, "Lake", "Raw/X").text == f"{TEXT}/datastores/lake/paths/Raw/X"
    assert ids.datastore_path(WS, "Lake", "").kind is ids.Kind.DATASTORE


def test_kinds_of_assets():
    kinds = {name: ids.asset(WS, name, "n", "1").kind for name in ("models", "data", "datasets", "codes", "indexes")}
    assert kinds == {
        "models": ids.Kind.MODEL_VERSION,
        "data": ids.Kind.DATA_VERSION,
        "datasets": ids.Kind.DATA_VERSION,
        "codes": ids.Kind.CODE_VERSION,
        "indexes": ids.Kind.ASSET_VERSION,
    }
    assert ids.container(WS, "models", "n").kind is ids.Kind.MODEL
    assert ids.container(WS, "data", "n").kind is ids.Kind.OTHER


def test_default_is_artifacts_and_a_path_is_no_part_of_the_node():
    target = ids.job_output(WS, "J", "default", "a/b")

    assert target.text == f"{TEXT}/jobs/J/outputs/artifacts"
    assert target.canonical == f"{TEXT}/jobs/J/outputs/artifacts/paths/a/b"


def test_storage_places_of_one_account_share_one_host():
    assert ids.storage_path("A", "dfs", "core.windows.net", "C", "P").text == "https://a.blob.core.windows.net/c/P"
    assert ids.storage_path("A", "file", "core.windows.net", "C").text == "https://a.file.core.windows.net/c"
    assert ids.storage_path("A", "blob", "core.windows.net").text == "https://a.blob.core.windows.net"


def test_the_scope_of_a_text_is_found_again():
    for scope in (WS, ids.registry("r"), ids.located("l", "g"), ids.located("", "g")):
        assert ids.scope_of(scope.text) == scope
        assert ids.scope_of(ids.asset(scope, "models", "m", "1").text) == scope
    assert ids.scope_of("https://a.blob.core.windows.net/c") is None
    assert ids.scope_of("") is None


def test_control_characters_and_surrogates_become_escapes():
    """A canonical text can always be stored, hashed and shown on one line."""
    target = ids.datastore_path(WS, "d", "a\n\x1b\ud800\u2028é b")

    assert target.text == f"{TEXT}/datastores/d/paths/a%0A%1B%ED%A0%80%E2%80%A8é b"
    ids.key(target.text)


def test_a_key_is_for_ever():
    """The stored index depends on these very numbers."""
    assert ids.key("") == 0xE4A6A0577479B2B4 >> 1
    assert ids.key(f"{TEXT}/jobs/J") == 5599736227395019529


@given(st.text())
def test_a_key_fits_a_signed_integer_and_its_bucket_six_bits(text):
    key = ids.key(ids.visible(text))

    assert 0 <= key < 2**63
    assert ids.bucket(key) == key >> 57
    assert 0 <= ids.bucket(key) < ids.BUCKETS
