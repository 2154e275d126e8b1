"""No secret passes, and nothing that carries lineage is harmed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import redaction
from lineage.redaction import REDACTED, redact, redact_text

CANARY = "Zk9pQ7xW2mB4vT8rL1cN6yH3sD5fG0jA"  # 32 random characters that no rule knows
B64 = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0x1C2v3B4n5M6q7W8e9R0t1Y2u3I4o5P6a7S8d9F0g1H2jQ"
assert len(B64) == 86
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n{CANARY}\n-----END RSA PRIVATE KEY-----"

TABLE = json.loads((Path(__file__).parents[1] / "data" / "secrets.json").read_text())
LINEAGE = TABLE["lineage"]


def _filled(text):
    """The table holds no secret, only where one stands."""
    for name, value in {"JWT": JWT, "PEM": PEM, "B64": B64, "CANARY": CANARY}.items():
        text = text.replace(f"<<{name}>>", value)
    return text


TEXTS = [(row["why"], _filled(row["text"]), row["left"]) for row in TABLE["secrets"]]
assert len(TEXTS) > 40
assert len(LINEAGE) > 20


@pytest.mark.parametrize(("text", "left"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_a_secret_is_cut_out_of_text(text, left):
    """What is cut and what stays, to the character; and a second pass finds nothing."""
    assert redact_text(text) == left
    assert redact_text(left) == left


def test_no_secret_is_remembered():
    """What was found clean is remembered to be quick, and nothing else is."""
    for text, left in (row[1:] for row in TEXTS):
        assert redact_text(text) == left
        assert text not in redaction._CLEAN
    assert redact_text("azureml:credit-risk:7") in redaction._CLEAN


@pytest.mark.parametrize("text", LINEAGE)
def test_text_that_carries_lineage_stays(text):
    """The same object comes back or an equal one: no reference is harmed."""
    assert redact_text(text) == text
    assert redact({"properties": {"modelUri": text, "jobName": text}}) == {
        "properties": {"modelUri": text, "jobName": text}
    }


@pytest.mark.parametrize("text", [row[1] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_a_secret_is_cut_wherever_it_stands_in_a_body(text):
    """Value, list, nested object, field name: no place keeps a canary."""
    body = {"a": text, "b": [text, {"c": text}], "tags": {text: "t"}, "n": 1, "none": None}

    left = json.dumps(redact(body))

    for secret in (CANARY, B64, JWT.split(".")[2], "horse 9", "dXNlcjpwYXNz", "dapi0123", "AKIAIOSF"):
        assert secret not in left


FIELDS = [
    ({"adminPassword": "hunter2"}, {"adminPassword": REDACTED}),
    ({"password": 1234}, {"password": REDACTED}),
    ({"access_token": "abc"}, {"access_token": REDACTED}),
    ({"token": None, "hasPassword": True}, {"token": None, "hasPassword": True}),
    ({"clientSecret": "x"}, {"clientSecret": REDACTED}),
    ({"accountKey": "x"}, {"accountKey": REDACTED}),
    ({"API_KEY": "x"}, {"API_KEY": REDACTED}),
    ({"connectionString": "Server=x"}, {"connectionString": REDACTED}),
    ({"sdkTelemetryAppInsightsKey": "0-0"}, {"sdkTelemetryAppInsightsKey": REDACTED}),
    ({"primaryKey": CANARY, "primary_key": "customer_id"}, {"primaryKey": REDACTED, "primary_key": "customer_id"}),
    ({"keyVault": "/subscriptions/s/vaults/kv"}, {"keyVault": "/subscriptions/s/vaults/kv"}),
    ({"workspaceSecretName": "n", "tokenizer": "bert"}, {"workspaceSecretName": "n", "tokenizer": "bert"}),
    ({"max_tokens": "512", "total_tokens": 7}, {"max_tokens": "512", "total_tokens": 7}),
    ({"datasetKey": "azureml:d:1"}, {"datasetKey": "azureml:d:1"}),
    ({"connection": "oai-connection-for-team-42"}, {"connection": "oai-connection-for-team-42"}),
    ({"conn": CANARY}, {"conn": REDACTED}),
    (
        {"datasetKey": "9819f16d-a02c-47ef-bb3b-9d9daab20d80", "code": "9819f16d-a02c-47ef-bb3b-9d9daab20d80"},
        {"datasetKey": "9819f16d-a02c-47ef-bb3b-9d9daab20d80", "code": "9819f16d-a02c-47ef-bb3b-9d9daab20d80"},
    ),
    ({"publicKey": CANARY}, {"publicKey": CANARY}),
    (
        {"environmentVariables": {"HF_HOME": "/tmp", "N": 3, "EMPTY": None}},
        {"environmentVariables": {"HF_HOME": REDACTED, "N": REDACTED, "EMPTY": None}},
    ),
    ({"environment_variables": {"A": "b"}}, {"environment_variables": {"A": REDACTED}}),
    (
        {"credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": "abc"}}},
        {"credentials": {"credentialsType": "AccountKey", "secrets": {"secretsType": "AccountKey", "key": REDACTED}}},
    ),
    (
        {"inputs": {"api_token": {"jobInputType": "literal", "value": "abc"}}},
        {"inputs": {"api_token": {"jobInputType": "literal", "value": REDACTED}}},
    ),
    (
        {"inputs": {"token": {"jobInputType": "uri_folder", "uri": "azureml://datastores/d/paths/p", "mode": "Mount"}}},
        {"inputs": {"token": {"jobInputType": "uri_folder", "uri": "azureml://datastores/d/paths/p", "mode": "Mount"}}},
    ),
    (
        {"outputs": {"secret": {"assetName": "a", "assetVersion": "2", "uri": None}}},
        {"outputs": {"secret": {"assetName": "a", "assetVersion": "2", "uri": None}}},
    ),
    (
        {"inputs": {"token": {"value": "${{parent.inputs.token}}", "job_input_type": "literal"}}},
        {"inputs": {"token": {"value": "${{parent.inputs.token}}", "job_input_type": "literal"}}},
    ),
    ([{"name": "API_KEY", "value": "x"}], [{"name": "API_KEY", "value": REDACTED}]),
    (["--hub-token", "abc", "--epochs", "3"], ["--hub-token", REDACTED, "--epochs", "3"]),
    (["--token", "${{inputs.token}}"], ["--token", "${{inputs.token}}"]),
]


@pytest.mark.parametrize(("body", "left"), FIELDS)
def test_a_field_named_for_a_secret_loses_its_value_and_nothing_else(body, left):
    """The last word of the name decides; names, references and templates stay."""
    assert redact(body) == left
    assert redact(left) == left


WORDS = st.sampled_from(
    [
        *[
            "https://",
            "a",
            "?",
            "@",
            ":",
            "sig=",
            "password",
            "=",
            '"',
            "token",
            "AccountKey",
            "REDACTED",
            "--",
            "eyJ",
            ".",
            "/",
            "ghp_",
            "'",
            ",",
            ";",
            "%3D",
            "azureml:",
            "$",
            "{{",
            "}}",
        ],
        *["fs.azure.account.key", "authorization", "-----BEGIN", "git+https://", "secret:", "Bearer", "Basic"],
        *(" ", "\n", "\\", CANARY, "-----BEGIN PRIVATE KEY-----", "Bearer ", "secret: "),
    ]
)
TEXT = st.lists(WORDS, max_size=12).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(TEXT)
def test_redacting_text_twice_changes_nothing(text):
    """A recording, the index and a message may each redact; the text stays what the first one left."""
    once = redact_text(text)
    assert redact_text(once) == once


def test_what_a_cut_leaves_is_cut_too():
    """A token with an equals sign inside left its tail, which the next redaction took for another token."""
    assert redact_text("Bearer tokensig=sig=") == "Bearer REDACTED"


@given(JSON)
def test_redacting_a_body_twice_changes_nothing(body):
    once = redact(body)
    assert redact(once) == once


def test_every_clean_reference_of_the_corpus_stays():
    """Public references without query, credentials or secret words are equal after redaction."""
    corpus = Path(__file__).parents[3] / "shared" / "data" / "references.tsv"
    if not corpus.exists():
        corpus_rows = LINEAGE
    else:
        corpus_rows = [line.split("\t")[1] for line in corpus.read_text().splitlines()[1:]]
    harmed = [text for text in corpus_rows if "?" not in text and redact_text(text) != text]

    assert [text for text in harmed if "@" not in text and "REDACTED" not in text and "=" not in text] == []
