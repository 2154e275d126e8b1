"""`lineage audit model`: the dossier of the sample's scorecard, read by machines and in a browser."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from lineage import cli, frameworks
from lineage.cli.packs import Directory

FILES = [
    "custody.json",
    "dossier.json",
    "dossier.md",
    "dossier.schema.json",
    "downstream.svg",
    "evidence/answers.jsonl",
    "index.html",
    "manifest.json",
    "tables/fields.csv",
    "tables/findings.csv",
    "tables/links.csv",
    "tables/things.csv",
    "upstream.svg",
]


@pytest.fixture(scope="module")
def pack(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dossier") / "five"
    assert cli.run(["audit", "model", "credit-scoring:5", "--index", str(index), "-o", str(target)]) == 0
    return target


@pytest.fixture(scope="module")
def told(pack: Path) -> Any:
    return msgspec.json.decode((pack / "dossier.json").read_bytes())


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def in_a_browser(page: Path) -> str:
    """The document as the browser has built it."""
    assert BROWSER is not None
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{page}"]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def lines(told: Any, field: str) -> dict[str, str]:
    (one,) = [one for one in told["fields"] if one["id"] == field]
    return {line["label"]: line["text"] for line in one.get("lines", ())}


def test_the_files_are_these(pack: Path) -> None:
    assert sorted(Directory(pack).paths()) == FILES


def test_every_field_of_an_audit_is_there_in_order(told: Any) -> None:
    assert [(one["number"], one["id"], one["status"]) for one in told["fields"]] == [
        (field.number, field.id, field.status.value) for field in frameworks.fields()
    ]
    assert [one["id"] for one in told["fields"] if one["isEmpty"]] == ["changes", "attestation"]


def test_the_fields_tell_what_the_service_said(told: Any) -> None:
    """The pipeline is declared, the reused step wrote the bytes: both are told apart."""
    assert lines(told, "identity")["stage"] == "Production"
    assert lines(told, "registration")["by"] == "Priya Raman"
    assert lines(told, "source")["declared job"] == "calm_pepper_q1w8z5n3rt"
    assert lines(told, "producing-job")["display name"] == "train"
    assert lines(told, "producing-output")["named output"] == "fitted"
    assert lines(told, "ancestry")["what the service says"].endswith("(frosty_kite_7h2k9x0p4m), reused")
    assert "credit-train" in lines(told, "environment")["version"]


def test_every_value_that_was_read_names_its_record_and_field(pack: Path) -> None:
    rows = table(pack / "tables/fields.csv")

    read = [row for row in rows if row["certainty"] and row["read from"]]
    assert len(read) >= 25
    assert all(row["record"].startswith("azureml://") for row in read)
    (stage,) = [row for row in rows if row["label"] == "stage" and row["field"] == "identity"]
    assert (stage["value"], stage["read from"]) == ("Production", "properties.stage")


def test_the_links_are_the_graph_that_is_drawn(pack: Path, told: Any) -> None:
    rows = table(pack / "tables/links.csv")

    assert {row["relation"] for row in rows} >= {"WAS_DERIVED_FROM", "WAS_GENERATED_BY", "USED", "DEPLOYS"}
    assert all(row["effect"] and row["cause"] and row["read from"] for row in rows)
    things = [*told["upstream"]["things"], *told["downstream"]["things"]]
    assert len(rows) == sum(len(one["links"]["edges"]) for one in things)


def test_the_json_fits_its_published_schema(pack: Path, told: Any) -> None:
    schema = msgspec.json.decode((pack / "dossier.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    assert list(validator.iter_errors(told)) == []
    del told["fields"][0]["title"]
    assert [error.message for error in validator.iter_errors(told)] == ["'title' is a required property"]


@pytest.mark.skipif(BROWSER is None, reason="needs a Chromium on the path; .ci/run installs one")
def test_the_page_is_read_without_scripts_and_loads_nothing(pack: Path) -> None:
    """In a browser: one heading for each field, both drawings, nothing fetched and nothing refused by the policy."""
    page = (pack / "index.html").read_text(encoding="utf-8")

    assert "<script" not in page
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert not re.search(r"""\b(?:src|href)=["'](?!#)""", page)
    shown = in_a_browser(pack / "index.html")
    assert shown.count("<h2") == 25
    assert shown.count("<svg") == 2
    assert "Dossier of credit-scoring:5" in shown


def test_the_same_index_gives_the_same_files_and_a_changed_one_is_found(
    pack: Path, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again"
    assert cli.run(["audit", "model", "credit-scoring:5", "--index", str(index), "-o", str(again)]) == 0
    for name in FILES:
        if name != "custody.json":
            assert (pack / name).read_bytes() == (again / name).read_bytes(), name
    capsys.readouterr()

    assert cli.run(["verify", str(again)]) == 0
    assert "12 files have the sizes" not in capsys.readouterr().out
    page = (again / "index.html").read_bytes()
    (again / "index.html").write_bytes(page.replace(b"Priya Raman", b"Priya Roman", 1))
    assert cli.run(["verify", str(again)]) == 10
    assert "lineage: index.html is not what the answers make: line " in capsys.readouterr().err


def test_what_people_said_stands_in_its_field(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = tmp_path / "said.toml"
    said.write_text('[attestation]\ntext = "Scores <b>loans</b>"\nname = "Ada"\nrole = "Risk"\ndate = "2026-11-30"\n')
    arguments = ["audit", "model", "credit-scoring:5", "--index", str(index), "-o", str(tmp_path / "x")]

    assert cli.run([*arguments, "--attest", str(said)]) == 0
    page = (tmp_path / "x/index.html").read_text(encoding="utf-8")
    assert "Scores &lt;b&gt;loans&lt;/b&gt;" in page
    assert cli.run(["verify", str(tmp_path / "x")]) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[nobody]\ntext = 'x'", "there is no field 'nobody'"),
        ("[attestation]\nname = 'x'", "[attestation] needs text"),
        ("[attestation", "is not TOML"),
    ],
)
def test_what_people_said_wrongly_is_named(
    text: str, told: str, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "said.toml").write_text(text)
    arguments = ["audit", "model", "credit-scoring:5", "--index", str(index), "-o", str(tmp_path / "x")]

    assert cli.run([*arguments, "--attest", str(tmp_path / "said.toml")]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nobody:1"], 3, "nobody"),
        (["frosty_kite_7h2k9x0p4m"], 2, "is no model version but of kind Job"),
        (["credit-scoring:5", "--previous", "."], 2, "holds no earlier report"),
    ],
)
def test_what_is_no_model_version_is_said(
    arguments: list[str], code: int, told: str, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["audit", "model", *arguments, "--index", str(index), "-o", str(tmp_path / "x")]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("name", ["early-warning:1", "complaint-triage:2", "legacy-scorecard:1", "churn:1"])
def test_a_model_of_any_kind_has_a_dossier(name: str, index: Path, tmp_path: Path) -> None:
    """An upload, a copy, an archived version, one seen through MLflow: what is not known is said."""
    target = tmp_path / "x"
    assert cli.run(["audit", "model", name, "--index", str(index), "-o", str(target)]) == 0
    told = msgspec.json.decode((target / "dossier.json").read_bytes())
    for field in told["fields"]:
        assert not field["isEmpty"] or field["unknown"] or field["status"] != "derived", field["id"]
    assert cli.run(["verify", str(target)]) == 0
