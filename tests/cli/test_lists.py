"""`lineage models` and `lineage status`."""

from __future__ import annotations

import pytest

from tests.linked import W

WHEN = "2026-04-30T12:00:00.000Z"


def test_models_are_a_table(say):
    assert say("models").out.splitlines() == [
        "MODEL     CREATED     STAGE       STATE     MADE BY",
        "credit:1  2026-01-01              ARCHIVED  secret",
        "credit:2  2026-02-01                        no job known",
        "credit:3  2026-03-02  Production            train",
        f"generation 2, published {WHEN}",
    ]


def test_models_for_machines(say):
    answer = say("models", "--stage", "production", "--json").json

    assert answer["models"] == [
        {
            "key": "2708387501640170031",
            "text": f"{W}/models/credit/versions/3",
            "name": "credit",
            "version": "3",
            "state": "LIVE",
            "stage": "Production",
            "tags": {"team": "risk"},
            "createdAt": "2026-03-02T08:00:00Z",
            "createdBy": None,
            "provenance": "CONFIRMED",
            "jobs": [f"{W}/jobs/train"],
        }
    ]
    assert (answer["question"], answer["after"]) == ("models", "")


@pytest.mark.parametrize(
    ("arguments", "versions"),
    [
        (["CREDIT/"], "123"),
        (["other"], ""),
        (["--workspace", W], "123"),
        (["--workspace", "azureml://registries/r"], ""),
        (["--state", "archived"], "1"),
        (["--tag", "team"], "3"),
        (["--tag", "team=risk", "--tag", "team=ads"], ""),
        (["--produced"], "13"),
        (["--not-produced"], "2"),
        (["--from", "2026-02-01", "--to", "2026-02-01"], "2"),
    ],
)
def test_filters_narrow_the_list(say, arguments, versions):
    assert "".join(row["version"] for row in say("models", *arguments, "--json").json["models"]) == versions


def test_a_page_says_how_to_see_the_next(say):
    first = say("models", "--limit", "2", "--json").json

    assert first["after"] == f"{W}/models/credit/versions/2"
    assert f"more: --after {first['after']}" in say("models", "--limit", "2").out.splitlines()
    assert [row["version"] for row in say("models", "--after", first["after"], "--json").json["models"]] == ["3"]


def test_a_date_that_is_none_is_refused(say):
    said = say("models", "--from", "soon")

    assert (said.code, said.err.splitlines()[0]) == (2, "lineage: not a date: 'soon'")


def test_nothing_that_passes_is_said(say):
    assert say("models", "other").out.splitlines()[0] == "no model version passes"


def test_status_tells_gaps_first_then_what_is_there(say):
    lines = say("status").out.splitlines()

    assert lines[:5] == [
        "GAPS: 1 thing could not be read",
        "          1  FORBIDDEN",
        "             secret: HTTP 403 AuthorizationFailed",
        "               grant Microsoft.MachineLearningServices/workspaces/jobs/read",
        "  all of them, and since when: lineage gaps",
    ]
    assert "LOOSE ENDS: 2 references with nothing at the end" in lines
    assert f"  {W}  crawled {WHEN}, listed to its end, 1 gap" in lines
    assert lines[lines.index("PROVENANCE of 3 model versions") + 1 :][:4] == [
        "   66.7 %          2  a job confirmed",
        "    0.0 %          0  a job inferred",
        "    0.0 %          0  one of several jobs",
        "   33.3 %          1  no job known",
    ]


def test_status_for_machines(say):
    answer = say("status", "--json").json

    assert answer["coverage"] == {"modelVersions": 3, "confirmed": 2, "inferred": 0, "ambiguous": 0, "none": 1}
    assert answer["gaps"] == {"FORBIDDEN": 1}
    assert answer["gapExamples"] == [
        {
            "subject": f"{W}/jobs/secret",
            "kind": "job",
            "reason": "FORBIDDEN",
            "detail": "HTTP 403 AuthorizationFailed",
            "remedy": "grant Microsoft.MachineLearningServices/workspaces/jobs/read",
            "status": 403,
        }
    ]
    assert answer["loose"] == {"LOCAL_UPLOAD": 1, "NO_WRITER": 1}
    assert [one["number"] for one in answer["generations"]] == [1, 2]
    assert answer["counts"]["nodes.ModelVersion"] == 3
    assert [listing["text"] for listing in answer["scopes"][0]["listings"]] == [
        f"{W}/models",
        f"{W}/onlineEndpoints",
    ]


def test_status_as_of_an_earlier_generation(say):
    answer = say("status", "--as-of", "1", "--json").json

    assert answer["generation"]["number"] == 1
    assert "nodes.Deployment" not in answer["counts"]
