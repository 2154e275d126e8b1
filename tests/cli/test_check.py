"""`lineage findings`, `lineage check` and `lineage frameworks` on the sample, from end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import junitparser
import pytest

from lineage.cli import run
from lineage.findings import Code

CREDIT = "azureml://registries/contoso-models/models/credit-scoring/versions/5"
FRAUD = "fraud-screen:2"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("check") / "index.db")
    assert run(["crawl", "sample", "--index", path]) == 0
    return path


@pytest.fixture
def lineage(sample: str, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command on the sample: exit code, what it said, what it complained of."""

    def go(*args: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*args, "--index", sample])
        told = capsys.readouterr()
        return code, told.out, told.err

    return go


def test_findings_are_counted_first_and_then_told(lineage: Any) -> None:
    code, out, _ = lineage("findings")

    assert code == 0
    assert out.startswith("8 ERROR  2 WARNING  9 NOTE\n")
    assert "AMBIGUOUS_PRODUCER    Several jobs wrote the place that this was made from" in out
    assert "which several jobs wrote: brave_owl_3m8t6y1w5e (ended 2026-10-20T08:05:00" in out
    assert "  → let each job write to a place of its own" in out
    assert out.index("ERROR NO_PROVENANCE\n") < out.index("WARNING CROSS_WORKSPACE\n") < out.index("NOTE JOB_DIFFERS\n")


def test_findings_narrow_and_page(lineage: Any) -> None:
    _, out, _ = lineage("findings", "--code", "no-provenance", "--limit", "2")
    assert out.startswith("5 ERROR\n")
    assert "and 3 more: --limit 5, or --json" in out

    _, out, _ = lineage("findings", CREDIT, "--severity", "note")
    assert out.startswith("4 NOTE\n")


def test_findings_as_json_are_all_of_them(lineage: Any) -> None:
    _, out, _ = lineage("findings", "--json")
    told = json.loads(out)

    assert told["total"] == len(told["findings"]) == sum(told["codes"].values()) == 19
    assert told["severities"] == {"ERROR": 8, "WARNING": 2, "NOTE": 9}
    assert {"code", "severity", "subject", "sentence", "remedy", "evidence"} <= told["findings"][0].keys()
    assert told["generation"]["number"] == 2


def test_a_model_with_a_sound_origin_passes(lineage: Any) -> None:
    code, out, _ = lineage("check", CREDIT)

    assert code == 0
    assert out.startswith("PASSED")


def test_a_model_with_two_possible_makers_does_not(lineage: Any) -> None:
    """The exit code of a gate is its own: no error has it."""
    code, out, _ = lineage("check", FRAUD)

    assert code == 9
    assert out.startswith("FAILED: no policy given, so errors are not let pass\n  ERROR: 1 found, 0 let pass\n")


def test_a_policy_waives_limits_and_writes_both_files(lineage: Any, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        "stale_days = 36500\ncoverage = 0\n[limits]\nERROR = 0\n[[waivers]]\ncode = 'AMBIGUOUS_PRODUCER'\n"
        "subject = '*/models/fraud-screen/*'\nreason = 'known, being replaced'\nexpires = 2027-01-31\n"
    )
    files = ["--sarif", str(tmp_path / "log.sarif"), "--junit", str(tmp_path / "junit.xml")]
    options = [FRAUD, "--policy", str(policy), *files, "--json"]

    code, out, _ = lineage("check", *options, "--now", "2027-01-31")
    told = json.loads(out)
    assert (code, told["passed"], told["waived"], told["broken"]) == (0, True, 1, [])
    assert told["coverage"] == {"total": 1, "confirmed": 0, "percent": 0.0, "least": 0.0, "broken": False}
    assert told["findings"][0]["standing"] == "WAIVED"

    code, out, _ = lineage("check", *options, "--now", "2027-02-01")
    told = json.loads(out)
    assert (code, told["passed"]) == (9, False)
    assert told["expired"][0] == {
        "line": 5,
        "code": "AMBIGUOUS_PRODUCER",
        "subject": "*/models/fraud-screen/*",
        "expires": "2027-01-31",
        "findings": 1,
    }
    assert json.loads((tmp_path / "log.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "AMBIGUOUS_PRODUCER"
    assert sum(suite.failures for suite in junitparser.JUnitXml.fromfile(str(tmp_path / "junit.xml"))) == 2
    assert not list(tmp_path.glob(".*.part"))


def test_coverage_is_of_what_was_asked_about(lineage: Any, tmp_path: Path) -> None:
    """Of the estate without a reference, of these model versions with some."""
    policy = tmp_path / "policy.toml"
    policy.write_text("coverage = 75\n")

    assert lineage("check", CREDIT, "--policy", str(policy))[0] == 0
    code, out, _ = lineage("check", FRAUD, CREDIT, "--policy", str(policy))
    assert code == 9
    assert "the job of 1 of 2 model versions is surely known (50.0 %), 75 % are asked for" in out
    code, out, _ = lineage("check", "--policy", str(policy), "--json")
    assert code == 0
    assert json.loads(out)["coverage"]["total"] > 20


def test_an_old_crawl_breaks_a_policy_that_says_so(lineage: Any, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("stale_days = 1\n[limits]\nSTALE_SCOPE = 0\n")

    assert lineage("check", "--policy", str(policy))[0] == 0
    code, out, _ = lineage("check", "--policy", str(policy), "--now", "2099-01-01")
    assert code == 9
    assert "STALE_SCOPE: 2 found, 0 let pass" in out
    assert "→ crawl it again: lineage crawl azureml://" in out


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["check", "--explain", "DIRTYGIT"], 2, "there is no rule 'DIRTYGIT'"),
        (["findings", "--code", "x"], 2, "there is no rule 'x'"),
        (["check", "--policy", "/nonexistent/policy.toml"], 2, "cannot read /nonexistent/policy.toml"),
        (["check", "--now", "soon"], 2, "--now is no instant: 'soon'"),
        (["check", FRAUD, "--sarif", "/nonexistent/a.sarif"], 2, "cannot write /nonexistent/a.sarif"),
        (["check", "nobody:7"], 3, "nobody:7"),
    ],
)
def test_bad_input_is_one_sentence_and_a_code_of_its_own(
    lineage: Any, args: list[str], code: int, sentence: str
) -> None:
    """None of these is 9: a gate that could not look has not refused anything."""
    got, out, err = lineage(*args)

    assert (got, out) == (code, "")
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.splitlines()) >= 2


@pytest.mark.parametrize("code", list(Code))
def test_every_rule_can_be_explained(lineage: Any, code: Code) -> None:
    got, out, _ = lineage("check", "--explain", code.value)

    assert got == 0
    assert out.startswith(code.value)
    assert "\n  → " in out


def test_frameworks_are_told_with_what_they_are_worth(lineage: Any, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["frameworks"]) == 0
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()[1:6]] == [
        "eu-ai-act",
        "g7-ai-sbom",
        "iso-42001",
        "nist-ai-rmf",
        "sr-26-2",
    ]
    assert "evidence for a point" in told

    assert run(["frameworks", "eu-ai-act"]) == 0
    told = capsys.readouterr().out
    assert "made from summaries" in told
    assert "Annex IV 2(d)  partly" in told
    assert "  12 Training, validation and test data, back to their roots  derived" in told

    assert run(["frameworks", "nist-ai-rmf", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert len(body["fields"]) == 23
    assert body["frameworks"][0]["needsPrimary"] is True


def test_a_mapping_of_ones_own_is_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = tmp_path / "house.toml"
    own.write_text("name = 'house'\n")

    assert run(["frameworks", str(own)]) == 2
    assert "missing required field" in capsys.readouterr().err
    assert run(["frameworks", "eu-act"]) == 2
    assert "did you mean eu-ai-act?" in capsys.readouterr().err
    assert run(["frameworks", str(tmp_path / "none.toml")]) == 2
    assert "cannot read" in capsys.readouterr().err
