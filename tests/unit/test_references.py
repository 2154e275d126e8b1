"""Every spelling of a reference: the table of cases, and the laws above it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from lineage import ids
from lineage.errors import InvalidReference
from lineage.references import parse
from lineage.references.reading import read

ROOT = Path(__file__).parents[2]
TABLE = json.loads((ROOT / "tests" / "data" / "references.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = TABLE["cases"]
HERE = ids.workspace(**{k: v for k, v in TABLE["scope"].items() if k != "workspace"}, name=TABLE["scope"]["workspace"])
READ = [case for case in CASES if case["error"] is None]
REFUSED = [case for case in CASES if case["error"] is not None]
CORPUS = ROOT.parent / "shared" / "data" / "references.tsv"


def _name(case: dict[str, Any]) -> str:
    return f"{case['why']}: {case['text']!a}"


def test_the_table_is_long_enough_to_mean_something():
    """Every form stands in the table, and no text stands there twice for the same field."""
    assert len(CASES) >= 280
    assert len(REFUSED) >= 80
    seen = [(case["text"], case.get("collection")) for case in CASES]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("case", READ, ids=_name)
def test_a_reference_is_read_as_the_table_says(case):
    reference = parse(case["text"])

    assert reference.form == case["form"]
    assert reference.parts() == case["parts"]


@pytest.mark.parametrize("case", READ, ids=_name)
def test_a_reference_resolves_to_the_canonical_text_of_the_table(case):
    target = parse(case["text"]).resolve(HERE, case.get("collection", ""))

    assert (target.canonical if target else None) == case["canonical"]


@pytest.mark.parametrize("case", REFUSED, ids=_name)
def test_a_near_miss_is_refused_where_and_because_the_table_says(case):
    with pytest.raises(InvalidReference) as refused:
        parse(case["text"])

    assert {"position": refused.value.position, "expected": refused.value.expected} == case["error"]


@pytest.mark.parametrize("case", READ, ids=_name)
def test_the_printed_form_reads_back_as_itself(case):
    """text -> value -> text loses nothing."""
    reference = parse(case["text"])

    assert parse(str(reference)) == reference


@pytest.mark.parametrize("case", [case for case in READ if case["canonical"]], ids=_name)
def test_a_canonical_text_needs_no_scope_and_names_the_same_thing(case):
    """resolve is idempotent: the canonical text is absolute and final, whatever scope is given."""
    target = parse(case["text"]).resolve(HERE, case.get("collection", ""))
    assert target is not None

    for scope in (None, HERE, ids.workspace("other", "other", "other"), ids.registry("other")):
        assert parse(target.canonical).resolve(scope) == target


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_the_shortcuts_read_what_the_longer_way_reads(case):
    """`parse` remembers what stood before a name; that must never show."""
    assert outcome(parse, case["text"]) == outcome(read, case["text"])
    assert outcome(parse, case["text"]) == outcome(read, case["text"])


def outcome(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except InvalidReference as refused:
        return refused.position, refused.expected


@pytest.mark.parametrize(
    "text", ["runs:/R", "runs:/R/p", "azureml://jobs/J/outputs/O", "azureml://datastores/d/paths/p", "models:/m/1"]
)
def test_a_relative_reference_without_a_scope_names_nothing_yet(text):
    """Its parts are told all the same; and a scope that it only half tells is not made up."""
    reference = parse(text)

    assert reference.resolve(None) is None
    assert reference.resolve(HERE) is not None
    assert reference.parts()


def test_half_a_scope_is_completed_or_nothing():
    reference = parse("azureml://resourceGroups/g/workspaces/w/data/d/versions/1")

    assert reference.resolve(None) is None
    assert reference.resolve(ids.registry("r")) is None
    target = reference.resolve(ids.workspace("s", "other", "other"))
    assert target is not None
    assert target.text == "azureml://subscriptions/s/resourceGroups/g/workspaces/w/data/d/versions/1"


SPELLINGS = {
    "…/jobs/R/outputs/artifacts/paths/model": [
        "runs:/R/model/",
        "runs:/R/model",
        "azureml://jobs/R/outputs/artifacts/paths/model/",
        "azureml://jobs/R/outputs/artifacts/model",
        "azureml://jobs/R/outputs/default/paths/model",
        "azureml://jobs/R/outputs/default/model/",
        "azureml://experiments/anything/runs/R/artifacts/model",
        "azureml://subscriptions/SUB/resourcegroups/RG/workspaces/WS/jobs/R/outputs/artifacts/paths/model",
        (
            "azureml://subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
            "/jobs/R/outputs/default/model"
        ),
        (
            "azureml://eastus.api.azureml.ms/mlflow/v1.0/subscriptions/sub/resourceGroups/rg/providers"
            "/Microsoft.MachineLearningServices/workspaces/ws/experiments/e/runs/R/artifacts/model"
        ),
    ],
    "…/datastores/lake/paths/raw/2024": [
        "azureml://datastores/lake/paths/raw/2024",
        "azureml://datastores/lake/paths/raw/2024/",
        "azureml://datastores/Lake/paths/raw/2024?sv=1&sig=x",
        "azureml://datastores/lake/raw/2024",
        "azureml://datastores/lake/paths/%72aw/2024",
        "azureml:azureml://datastores/lake/paths/raw/2024",
        "azureml://azureml://datastores/lake/paths/raw/2024",
        "folder:azureml://datastores/lake/paths/raw/2024",
        "azureml://subscriptions/sub/resourcegroups/rg/workspaces/WS/datastores/lake/paths/raw/2024",
        '"azureml://datastores/lake/paths/raw/2024"',
    ],
    "…/models/credit/versions/3": [
        "azureml:credit:3",
        "credit:3",
        "azureml:azureml:credit:3",
        "azureml://models/credit/versions/3",
        "azureml:models/credit:3",
        "models:/credit/3",
        "azureml://subscriptions/sub/resourceGroups/rg/workspaces/ws/models/credit/versions/3",
        (
            "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws"
            "/models/credit/versions/3"
        ),
        (
            "azureml:/subscriptions/sub/resourcegroups/rg/providers/microsoft.machinelearningservices/workspaces/ws"
            "/models/credit/versions/3&#39;"
        ),
    ],
    "https://acct.blob.core.windows.net/c/p/x": [
        "https://acct.blob.core.windows.net/c/p/x",
        "https://ACCT.blob.core.windows.net/C/p/x/?sig=1",
        "http://acct.blob.core.windows.net/c/p/x",
        "https://acct.dfs.core.windows.net/c/p/x",
        "abfss://c@acct.dfs.core.windows.net/p/x",
        "abfs://C@acct.dfs.core.windows.net/p/x/",
        "wasbs://c@acct.blob.core.windows.net/p/x",
        "wasb://c@acct.blob.core.windows.net/%70/x",
    ],
}


@pytest.mark.parametrize("canonical", SPELLINGS)
def test_all_spellings_of_one_thing_have_one_name(canonical):
    here = ids.workspace("sub", "rg", "ws")
    targets = [parse(text).resolve(here, "models") for text in SPELLINGS[canonical]]

    assert {target.canonical if target else None for target in targets} == {canonical.replace("…", here.text)}


def test_a_long_form_keeps_its_own_scope():
    """Whatever scope is given; the SDK rewrites the other workspace into its own."""
    text = "azureml://subscriptions/s/resourceGroups/g/workspaces/w/datastores/d/paths/p"
    for scope in (None, HERE, ids.registry("r")):
        target = parse(text).resolve(scope)
        assert target is not None
        assert target.text == text


def test_a_refused_reference_shows_no_secret():
    with pytest.raises(InvalidReference) as refused:
        parse("https://acct.blob.core.windows.net//x?sv=1&sig=SECRETSIGNATURE")

    assert "SECRET" not in str(refused.value)
    assert "SECRET" not in refused.value.text


@pytest.mark.parametrize(
    "text",
    [
        "https://a.blob.core.windows.net/c/p?sig=SECRET",
        "wasbs://c@a.blob.core.windows.net/p?sig=SECRET",
        "https://user:SECRET@a.blob.core.windows.net/c/p",
        "https://user:SECRET@github.com/org/repo",
        "git+https://SECRET@github.com/org/repo",
        "s3://key:SECRET@bucket/p",
        "some/local/path?sig=SECRET",
        "nothing known?sig=SECRET",
        "azureml://datastores/{d}/paths/p?sig=SECRET",
        "LocalUpload/x/y?sig=SECRET",
        "models:/m/1?sig=SECRET",
    ],
)
def test_no_secret_is_kept(text):
    reference = parse(text)
    target = reference.resolve(HERE)

    assert "SECRET" not in str(reference)
    assert not any("SECRET" in value for value in reference.parts().values())
    assert target is None or "SECRET" not in target.canonical


LONG_TEXTS = {
    "one segment": "azureml://datastores/d/paths/" + "a" * 1_000_000,
    "slashes": "azureml://datastores/d/paths/" + "/" * 1_000_000 + "x",
    "only slashes": "/" * 1_000_000,
    "steps": "azureml://datastores/d/paths/" + "../" * 300_000,
    "prefixes": "azureml:" * 125_000 + "x",
    "entities": "azureml://jobs/J/outputs/" + "&quot;" * 160_000,
    "entities that are none": "azureml://jobs/J/outputs/" + "&quot;" * 160_000 + "x",
    "escapes": "azureml://datastores/d/paths/" + "%41" * 330_000,
    "bare percent signs": "azureml://datastores/d/paths/" + "%" * 1_000_000,
    "open braces": "azureml://datastores/d/paths/" + "{" * 1_000_000,
    "dollars": "https://a.blob.core.windows.net/c/" + "$web/" * 200_000,
    "quotes": "'" * 500_000 + "azureml:x:1" + "'" * 500_000,
    "colons": "azureml:" + ":" * 1_000_000,
    "at signs": "azureml:" + "@" * 1_000_000,
    "words": "word " * 200_000,
    "question marks": "a?" * 500_000,
    "NULs": "azureml://datastores/d/paths/" + "\0" * 1_000_000,
}


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_a_megabyte_of_anything_is_read_in_one_go(name):
    """Linear work: a quadratic reader would take minutes here, and the run would be stopped."""
    text = LONG_TEXTS[name]
    result = outcome(parse, text)

    if isinstance(result, tuple):
        assert 0 <= result[0] <= len(text)
    else:
        result.parts()
        result.resolve(HERE)


def test_a_refusal_of_a_long_text_stays_short():
    with pytest.raises(InvalidReference) as refused:
        parse("azureml://jobs//" + "x" * 1_000_000)

    assert len(str(refused.value)) < 1_000


LINEAGE_KINDS = (
    *("aml:job-output", "runs", "aml:datastore-short", "aml:datastore-long", "aml:location-asset", "aml:registry"),
    *("aml:experiment", "aml:tracking-uri", "aml:data-id", "aml:feed", "aml:sub-workspace-asset", "blob-https"),
    *("abfs", "wasb", "dcid"),
)
UNTYPED = {"OpaqueRef", "LocalRef"}


def _corpus() -> list[tuple[str, str]]:
    """Kind and text of every public reference, when the collection lies beside the project; else of the table."""
    if not CORPUS.exists():
        return [("table", case["text"]) for case in CASES]
    with CORPUS.open(encoding="utf-8", newline="") as lines:
        return [(row[0], row[1]) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def test_nothing_of_a_lineage_kind_in_the_corpus_is_left_untyped():
    """Every such reference has a form, says that it is a template, or is refused as broken; none crashes."""
    rows = _corpus()
    assert len(rows) > 400

    untyped = []
    for kind, text in rows:
        result = outcome(parse, text)
        assert result == outcome(read, text), text
        if isinstance(result, tuple):
            continue
        assert parse(str(result)) == result, text
        target = result.resolve(HERE, "models")
        if target is not None:
            assert parse(target.canonical).resolve(None) == target, text
        if result.form in UNTYPED and (kind in LINEAGE_KINDS or kind.startswith(("arm:", "aml-arm:", "models:"))):
            untyped.append((kind, text))
    assert untyped == []
