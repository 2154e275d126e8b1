"""`lineage audit estate`: the report on everything that was crawled, checked against the same questions elsewhere."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from lineage import cli
from lineage.cli.packs import Directory

FILES = [
    "custody.json",
    "estate.json",
    "estate.md",
    "estate.schema.json",
    "evidence/answers.jsonl",
    "index.html",
    "manifest.json",
    "tables/coverage.csv",
    "tables/findings.csv",
    "tables/gaps.csv",
    "tables/loose-ends.csv",
    "tables/models.csv",
]


@pytest.fixture(scope="module")
def pack(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("estate") / "report"
    assert cli.run(["audit", "estate", "--index", str(index), "-o", str(target)]) == 0
    return target


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture(scope="module")
def told(pack: Path) -> Any:
    return msgspec.json.decode((pack / "estate.json").read_bytes())


def test_the_files_are_these(pack: Path) -> None:
    assert sorted(Directory(pack).paths()) == FILES


def test_every_model_version_is_listed_once_and_the_numbers_add_up(pack: Path, told: Any) -> None:
    """36 versions; each is confirmed, inferred, one of several or none; each that is not documented has one reason."""
    rows = table(pack / "tables/models.csv")
    coverage = told["coverage"]

    assert len(rows) == len({row["id"] for row in rows}) == coverage["total"] == 36
    for word, count in (("CONFIRMED", 29), ("INFERRED", 0), ("AMBIGUOUS", 2), ("NONE", 5)):
        assert sum(row["job behind it"] == word for row in rows) == coverage[word.lower()] == count
    undocumented = sum(one["count"] for one in coverage["reasonCounts"])
    assert coverage["documented"] + undocumented == 36
    for group in told["groups"]:
        assert sum(row["tally"]["total"] for row in group["rows"]) == 36, group["title"]


def test_the_lists_are_as_long_as_the_counts_say(pack: Path, told: Any) -> None:
    findings = table(pack / "tables/findings.csv")

    assert len(findings) == sum(one["count"] for one in told["findingsByCode"])
    assert all(row["sentence"] and row["remedy"] and row["evidence"] for row in findings)
    assert len(table(pack / "tables/gaps.csv")) == sum(one["count"] for one in told["gapsByReason"]) == 3
    ends = table(pack / "tables/loose-ends.csv")
    assert len(ends) == sum(one["count"] for one in told["looseEndsByReason"]) == 22
    assert all(row["record"].startswith("azureml://") for row in ends)


def test_what_most_rests_on_comes_first(told: Any) -> None:
    totals = [one["total"] for one in told["largest"]["nodes"]]

    assert totals == sorted(totals, reverse=True)
    assert told["largest"]["nodes"][0]["node"]["name"] == "credit-train"


def test_the_json_fits_its_published_schema(pack: Path, told: Any) -> None:
    schema = msgspec.json.decode((pack / "estate.schema.json").read_bytes())

    assert list(Draft202012Validator(schema).iter_errors(told)) == []
    told["groups"][0]["rows"] = "many"
    assert next(Draft202012Validator(schema).iter_errors(told)).message == "'many' is not of type 'array'"
    told["groups"][0]["rows"] = []


def test_the_page_has_a_plot_and_a_table_of_each(pack: Path) -> None:
    page = (pack / "index.html").read_text(encoding="utf-8")

    assert page.count("<svg") == 8
    assert "Coverage by workspace" in page
    assert "<script" not in page


def test_it_is_verified_offline_and_a_changed_number_is_found(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "report"
    assert cli.run(["audit", "estate", "--index", str(index), "-o", str(target)]) == 0
    assert cli.run(["verify", str(target)]) == 0
    models = (target / "tables/models.csv").read_bytes()
    (target / "tables/models.csv").write_bytes(models.replace(b'"NONE"', b'"CONFIRMED"', 1))
    capsys.readouterr()

    assert cli.run(["verify", str(target)]) == 10
    assert "tables/models.csv is not what the answers make: line " in capsys.readouterr().err


def test_a_team_is_named_by_the_tag_that_is_given(index: Path, tmp_path: Path) -> None:
    target = tmp_path / "report"
    assert cli.run(["audit", "estate", "--index", str(index), "-o", str(target), "--team", "risk-class"]) == 0

    rows = [row for row in table(target / "tables/coverage.csv") if row["by"] == "risk-class"]
    assert {row["key"] for row in rows} == {"high", ""}


def test_the_report_before_is_chained_and_compared_with(index: Path, tmp_path: Path) -> None:
    """Each thing that changed is listed, and there are as many as the counts say."""
    first, second = str(tmp_path / "first"), tmp_path / "second"
    assert cli.run(["audit", "estate", "--index", str(index), "--as-of", "1", "-o", first]) == 0
    assert cli.run(["audit", "estate", "--index", str(index), "--previous", first, "-o", str(second)]) == 0

    told = msgspec.json.decode((second / "estate.json").read_bytes())
    manifest = msgspec.json.decode((second / "manifest.json").read_bytes())
    rows = table(second / "tables/changes.csv")
    assert manifest["previous"]["generation"] == 1
    things = [one for one in told["changed"]["counts"] if ":" not in one["what"]]
    assert len(rows) == sum(one["count"] for one in things) > 0
    assert {row["generation"] for row in rows} == {"2"}
    assert cli.run(["verify", str(second)]) == 0


def test_a_report_on_another_index_is_no_report_before(
    index: Path, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(tmp_path / "other.db")
    assert cli.run(["crawl", "sample", "--index", other]) == 0
    assert cli.run(["relink", "--index", other]) == 0
    later = tmp_path / "later"
    assert cli.run(["audit", "estate", "--index", other, "-o", str(later)]) == 0
    capsys.readouterr()

    arguments = ["audit", "estate", "--index", str(index), "--previous", str(later), "-o", str(tmp_path / "x")]
    assert cli.run(arguments) == 2
    assert "was made from another index" in capsys.readouterr().err


def test_the_index_is_asked_again_and_the_chain_is_checked(
    index: Path, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same index answers the same; a rebuilt one is another; a report that was swapped is not the one before."""
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    assert cli.run(["audit", "estate", "--index", str(index), "--as-of", "1", "-o", first]) == 0
    assert cli.run(["audit", "estate", "--index", str(index), "--previous", first, "-o", second]) == 0
    capsys.readouterr()

    assert cli.run(["verify", second, "--previous", first, "--index", str(index)]) == 0
    said = capsys.readouterr().out
    assert "ok  the report before it is that of generation 1, unchanged" in said
    assert "questions as they are answered here" in said
    assert cli.run(["verify", second, "--previous", str(pack)]) == 10
    assert "names another report before it, of generation 1" in capsys.readouterr().err
    assert cli.run(["verify", first, "--previous", str(pack)]) == 10
    assert "names no report before it" in capsys.readouterr().err

    other = str(tmp_path / "other.db")
    assert cli.run(["crawl", "sample", "--index", other]) == 0
    assert cli.run(["relink", "--index", other]) == 0
    later = str(tmp_path / "later")
    assert cli.run(["audit", "estate", "--index", other, "-o", later]) == 0
    capsys.readouterr()
    assert cli.run(["verify", later, "--index", str(index)]) == 10
    assert "holds no generation 3 with the digest" in capsys.readouterr().err
