"""`lineage diff` and `lineage coverage`, for people and for machines."""

from __future__ import annotations

import pytest

from lineage.index import open_index
from lineage.index.sqlite import Quiet
from lineage.records import Gap, Record
from tests import linked
from tests.cli.conftest import facts
from tests.linked import W


@pytest.fixture
def grown(tmp_path, monkeypatch, say):
    """Three crawls: then another raw place, another stage and a job that was not met; then a version that is gone."""
    path = tmp_path / "grown.db"
    index = open_index(path, create=True)
    first = facts()
    prep = linked.job(
        "prep",
        status="Completed",
        inputs={"raw": {"jobInputType": "uri_folder", "uri": "azureml://datastores/lake/paths/raw2/"}},
        outputs={"clean": linked.output("azureml://datastores/lake/paths/clean/")},
    )
    credit = linked.model(
        "credit",
        "3",
        created="2026-03-02T08:00:00Z",
        jobName="train",
        modelUri="azureml://jobs/train/outputs/model/paths/best",
        stage="Archived",
        tags={"team": "risk"},
    )
    new = {(one.subject, one.kind): one for one in (prep, credit)}
    second = [
        new.get((one.subject, one.kind), one) if isinstance(one, Record) else one
        for one in first
        if not isinstance(one, Gap)
    ]
    third = [one for one in second if not (isinstance(one, Record) and one.subject.endswith("/credit/versions/2"))]
    for month, told in ((3, first), (4, second), (5, third)):
        now = f"2026-0{month}-01T00:00:00Z"
        index.publish(W, iter(told), Quiet(), started=now, clock=lambda now=now: now, accept_shrink=True)
    index.close()
    monkeypatch.setenv("LINEAGE_INDEX", str(path))
    return say


def test_what_changed_between_two_times_and_which_crawl_brought_it(grown):
    """Counts, crawls, then each thing with what it says otherwise."""
    said = grown("diff", "--from", "2026-03-15")
    lines = said.out.splitlines()

    assert said.code == 0
    assert lines[0] == "generation 1 (2026-03-01T00:00:00.000Z)  →  generation 3 (2026-05-01T00:00:00.000Z)"
    assert lines[2:7] == [
        "THINGS  +1  -3  ~3",
        "  Location      +1  -2",
        "  Job           ~1",
        "  JobOutput     ~1",
        "  ModelVersion  -1  ~1",
    ]
    assert "GAPS  -1" in lines
    assert "  generation 3 (2026-05-01T00:00:00.000Z)  workspace w: 2 things, 1 link, 1 loose end" in lines
    assert "      stage: Production → Archived" in lines
    assert "  + prep in workspace w  used raw  datastores/lake/paths/raw2 in workspace w  (generation 2)" in lines


def test_what_was_believed_of_a_thing_then_and_what_now(grown):
    """The values first, then the lineage; and nothing of what is beside it."""
    said = grown("diff", "--from", "1", "credit:3")
    lines = said.out.splitlines()

    assert "in the lineage of credit:3 in workspace w" in lines
    assert lines[lines.index("ORIGIN") + 1 :][:2] == [
        "  ~ raw  datastores/lake/paths/raw in workspace w",
        "       → datastores/lake/paths/raw2 in workspace w",
    ]
    assert "THINGS  +1  -1  ~1" in lines
    assert "credit:2" not in said.out
    answer = grown("diff", "--from", "1", "credit:3", "--json").json
    assert [(one["generation"], one["nodes"], one["edges"]) for one in answer["broughtBy"]] == [(2, 3, 2)]
    assert {row["name"] for row in answer["values"] if row["change"] == "CHANGED"} == {"raw", "stage"}


def test_a_thing_that_is_known_at_one_time_only_says_so(grown):
    assert "generation 3 does not know it" in grown("diff", "--from", "1", "credit:2").out.splitlines()


def test_two_versions_side_by_side(say):
    """Gaps first, then what differs by aspect, then what could not be compared and what is the same."""
    said = say("diff", "credit:2", "credit:3")
    lines = said.out.splitlines()

    assert said.code == 0
    assert "credit:2  →  credit:3" in lines
    assert "  + stage  Production" in lines
    assert "COULD NOT BE COMPARED" in lines
    assert any(line.endswith("of the first: no job is known: LOCAL_UPLOAD at properties.modelUri") for line in lines)


def test_two_versions_for_machines(say):
    answer = say("diff", "credit:2", "credit:3", "--json").json

    assert list(answer)[:4] == ["question", "from", "to", "fromGeneration"]
    row = next(row for row in answer["changes"] if row["name"] == "stage")
    assert (row["aspect"], row["change"], row["before"]) == ("MODEL", "ADDED", None)
    assert row["after"]["evidence"] == {
        "record": f"{W}/models/credit/versions/3",
        "recordKind": "model_version",
        "field": "properties.stage",
        "value": "Production",
    }


def test_the_same_time_twice_is_no_difference(say):
    said = say("diff", "--from", "1", "--to", "1")

    assert (said.code, "nothing changed" in said.out) == (0, True)
    answer = say("diff", "--from", "1", "--to", "1", "credit:3", "--json").json
    assert (answer["counts"]["nodes"], answer["nodes"]) == ([], {"total": 0, "entries": []})
    assert answer["of"] == f"{W}/models/credit/versions/3"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "two model versions are compared, or two times"),
        (("credit:3",), 2, "two model versions are compared, or two times"),
        (("credit:3", "train"), 2, "model versions are compared"),
        (("credit:3", "credit:9"), 3, "answers to 'credit:9'"),
        (("--to", "1"), 2, "--to is given without --from"),
        (("--from", "9"), 3, "the index holds no generation 9"),
        (("--from", "soon"), 2, "neither a generation's number nor an instant"),
        (("--from", "1", "credit:2", "credit:3"), 2, "of one thing or of everything"),
        (("--from", "1", "--as-of", "1"), 2, "--as-of names one time"),
        (("--from", "1", "--in", "credit:3"), 2, "names no workspace or registry"),
        (("--from", "1", "--kind", "Horse"), 2, "Horse"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_remedy(say, arguments, code, message):
    said = say("diff", *arguments)

    assert (said.code, message in said.err, said.out) == (code, True, "")
    assert "Traceback" not in said.err


def test_the_score_with_its_reasons_and_a_line_for_each_group(say):
    said = say("coverage")
    lines = said.out.splitlines()

    assert said.code == 0
    assert lines[0] == "DOCUMENTED: 33.3 % of 3 model versions can be traced to a job that was read"
    assert "   33.3 %          1  LOCAL_UPLOAD" in lines
    group = next(line for line in lines if line.startswith("workspace w "))
    assert group.split()[-8:] == ["33.3", "%", "3", "1", "2", "0", "0", "1"]


def test_the_score_for_machines(say):
    answer = say("coverage", "--by", "tag:team", "--json").json

    assert (answer["by"], answer["tag"]) == ("TAG", "team")
    assert answer["total"] == {
        "total": 3,
        "documented": 1,
        "confirmed": 2,
        "inferred": 0,
        "ambiguous": 0,
        "none": 1,
        "reasons": {"JOB_FORBIDDEN": 1, "LOCAL_UPLOAD": 1},
    }
    assert [(group["key"], group["total"]) for group in answer["groups"]] == [(None, 2), ("risk", 1)]


def test_the_score_over_the_generations(say):
    answer = say("coverage", "--trend", "1", "--json").json

    assert [(point["total"], point["documented"]) for point in answer["trend"]] == [(3, 1)]
    assert "trend" in say("coverage", "--trend", "1").out


def test_a_grouping_that_is_none_is_refused(say):
    said = say("coverage", "--by", "tag:")

    assert (said.code, "groups nothing" in said.err) == (2, True)


def test_nothing_that_passes_is_no_division_by_zero(say):
    assert "no model version passes" in say("coverage", "--text", "nothing").out
