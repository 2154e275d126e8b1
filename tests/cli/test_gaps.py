"""`lineage gaps`: counts first, then the trend, then each with its remedy and since when."""

from __future__ import annotations

import pytest

from tests.linked import W

WHENS = ("2026-03-31T12:00:00.000Z", "2026-04-30T12:00:00.000Z")
GRANT = "grant Microsoft.MachineLearningServices/workspaces/jobs/read"
BAR = "█" * 30


def test_the_ledger_tells_counts_trend_entries_and_remedies(say):
    said = say("gaps")

    assert said.code == 0
    assert said.out.splitlines()[:12] == [
        "GAPS: 1 thing could not be read",
        "          1  FORBIDDEN",
        "          1  in workspace w",
        "  generation  published                   number",
        f"           1  {WHENS[0]}         1  {BAR}",
        f"           2  {WHENS[1]}         1  {BAR}",
        "",
        "FORBIDDEN",
        "  secret  job  since generation 1 (2026-03-31)",
        "      HTTP 403 AuthorizationFailed",
        f"    → {GRANT}",
        "",
    ]
    assert said.out.splitlines()[12:15] == [
        "LOOSE ENDS: 2 references could not be followed",
        "          1  LOCAL_UPLOAD",
        "          1  NO_WRITER",
    ]
    assert "LOCAL_UPLOAD: no job behind it: uploaded from a local path at registration" in said.out.splitlines()


def test_the_ledger_for_machines(say):
    answer = say("gaps", "--json").json

    assert list(answer) == ["question", "generation", "gaps", "looseEnds"]
    assert answer["gaps"] == {
        "total": 1,
        "reasons": {"FORBIDDEN": 1},
        "scopes": {W: 1},
        "kinds": {"job": 1},
        "trend": [
            {"generation": number, "published": published, "count": 1} for number, published in enumerate(WHENS, 1)
        ],
        "entries": [
            {
                "subject": f"{W}/jobs/secret",
                "kind": "job",
                "reason": "FORBIDDEN",
                "detail": "HTTP 403 AuthorizationFailed",
                "remedy": GRANT,
                "status": 403,
                "scope": W,
                "root": W,
                "since": 1,
                "sinceTime": WHENS[0],
            }
        ],
        "more": 0,
    }
    assert [entry["record"] for entry in answer["looseEnds"]["entries"]] == [
        f"{W}/models/credit/versions/2",
        f"{W}/jobs/prep",
    ]


@pytest.mark.parametrize(
    ("arguments", "gaps", "ends"),
    [
        ([], 1, 2),
        (["--reason", "forbidden"], 1, None),
        (["--reason", "NO_WRITER"], None, 1),
        (["--reason", "NO_WRITER", "--reason", "NOT_FOUND"], 0, 1),
        (["--kind", "job"], 1, 1),
        (["--workspace", W], 1, 2),
        (["--workspace", "azureml://registries/r"], 0, 0),
        (["--text", "SECRET"], 1, 0),
    ],
)
def test_filters_narrow_the_ledger(say, arguments, gaps, ends):
    answer = say("gaps", "--json", *arguments).json

    told = [ledger and ledger["total"] for ledger in (answer["gaps"], answer["looseEnds"])]
    assert told == [gaps, ends]


def test_a_page_says_how_to_see_the_next(say):
    first = say("gaps", "--reason", "LOCAL_UPLOAD", "--reason", "NO_WRITER", "--limit", "1")

    assert "  and 1 more: --skip 1, --limit 1, or --json" in first.out.splitlines()
    assert say("gaps", "--json", "--limit", "1").json["looseEnds"]["more"] == 1
    second = say("gaps", "--json", "--limit", "1", "--skip", "1").json["looseEnds"]
    assert [entry["reason"] for entry in second["entries"]] == ["NO_WRITER"]


def test_an_earlier_generation_has_the_ledger_it_had(say):
    answer = say("gaps", "--as-of", "1", "--json").json

    assert answer["generation"]["number"] == 1
    assert [point["generation"] for point in answer["gaps"]["trend"]] == [1]


def test_nothing_missing_is_said(say):
    assert say("gaps", "--text", "nowhere").out.splitlines()[0] == "GAPS: 0 things could not be read"


def test_a_reason_that_is_none_is_wrong_usage(say):
    assert say("gaps", "--reason", "BAD_LUCK").code == 2


def test_the_ledger_counts_what_the_status_counts(say):
    ledger, status = say("gaps", "--json").json, say("status", "--json").json

    assert ledger["gaps"]["reasons"] == status["gaps"]
    assert ledger["looseEnds"]["reasons"] == status["loose"]
