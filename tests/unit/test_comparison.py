"""Two model versions side by side: what is told, of whom, and what could not be compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import lookup
from lineage.cli import run
from lineage.comparison import Aspect, Change, Row, compare, model_difference
from lineage.errors import InvalidOption
from lineage.graph import Certainty, LooseReason, Node, Relation, State
from lineage.ids import Kind
from lineage.index import open_index
from lineage.lookup import Found
from lineage.ports import NodeFilter
from lineage.profile import profile
from lineage.profile.bodies import said
from lineage.profile.packages import packages
from lineage.records import Record, RecordKind
from tests.memory import Estate, MemoryView

CONDA = "channels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn=={}\n"


def trained(estate: Estate, version: str, *, lr: str, sklearn: str, data: Node, by: str) -> Node:
    """A model version trained by a job of its own, with records."""
    environment = estate.environment("train", version)
    estate.record(
        environment,
        RecordKind.ENVIRONMENT_VERSION,
        {"properties": {"image": "mcr.example/base:1", "condaFile": CONDA.format(sklearn)}},
    )
    job = estate.job(f"train_{version}", used={"table": data}, environment=environment)
    properties: dict[str, Any] = {
        "jobType": "Command",
        "inputs": {
            "table": {"uri": data.text},
            "lr": {"jobInputType": "literal", "value": lr},
            "from_parent": {"value": "${{parent.inputs.x}}"},
        },
        "properties": {"mlflow.source.git.commit": "c0ffee", "azureml.git.dirty": "False"},
        "computeId": "/subscriptions/s/computes/cpu-cluster",
    }
    estate.record(job, RecordKind.JOB, {"properties": properties, "systemData": {"createdBy": by}})
    model = estate.model("credit", version, source=estate.output(job, "model"), path="best")
    estate.record(
        model,
        RecordKind.MODEL_VERSION,
        {
            "properties": {"modelUri": f"azureml://jobs/train_{version}/outputs/model/paths/best", "tags": {"a": "1"}},
            "systemData": {"createdBy": "Ada"},
        },
    )
    return model


def difference(view: MemoryView, before: Node, after: Node) -> list[tuple[str, str, str, str | None, str | None]]:
    """The rows without their evidence and without what is the same; names instead of canonical references."""
    answer = model_difference(view, Found(before), Found(after))
    return [shown(row) for row in answer.rows if row.change is not Change.SAME]


def shown(row: Row) -> tuple[str, str, str, str | None, str | None]:
    def side(value: Any) -> str | None:
        return None if value is None else value.text.rpartition("/workspaces/w1/")[2]

    return row.aspect.value, row.name, row.change.value, side(row.before), side(row.after)


def two() -> tuple[Estate, Node, Node]:
    estate = Estate()
    place = estate.place("lake", "raw/2026-09")
    one, other = estate.data("raw", "1", source=place), estate.data("raw", "2", source=estate.place("lake", "raw/10"))
    four = trained(estate, "4", lr="0.1", sklearn="1.4.0", data=one, by="Ada")
    five = trained(estate, "5", lr="0.2", sklearn="1.5.2", data=other, by="Grace")
    return estate, four, five


def test_everything_that_differs_is_told_and_nothing_else() -> None:
    """Data by input with its place, the environment to the package, parameters by value, people."""
    estate, four, five = two()

    told = difference(estate.view(), four, five)

    assert [row for row in told if row[0] not in ("JOB", "SOURCE", "METRIC")] == [
        ("DATA", "table", "CHANGED", "data/raw/versions/1", "data/raw/versions/2"),
        ("ORIGIN", "table", "CHANGED", "data/raw/versions/1", "data/raw/versions/2"),
        ("PLACE", "table", "CHANGED", "datastores/lake/paths/raw/2026-09", "datastores/lake/paths/raw/10"),
        ("ENVIRONMENT", "conda file", "CHANGED", CONDA.format("1.4.0"), CONDA.format("1.5.2")),
        ("ENVIRONMENT", "version", "CHANGED", "environments/train/versions/4", "environments/train/versions/5"),
        ("PACKAGE", "scikit-learn", "CHANGED", "scikit-learn==1.4.0", "scikit-learn==1.5.2"),
        ("PARAMETER", "lr", "CHANGED", "0.1", "0.2"),
        ("SUBMITTER", "by", "CHANGED", "Ada", "Grace"),
    ]


def test_each_value_names_the_field_that_it_was_read_from() -> None:
    """An auditor can look it up."""
    estate, four, five = two()
    rows = model_difference(estate.view(), Found(four), Found(five)).rows

    told = {(row.aspect, row.name): row for row in rows}
    parameter, data = told[Aspect.PARAMETER, "lr"].after, told[Aspect.DATA, "table"].before
    assert parameter is not None
    assert data is not None
    assert (parameter.evidence.record_kind, parameter.evidence.field, parameter.evidence.value) == (
        "job",
        "properties.inputs.lr.value",
        "0.2",
    )
    assert parameter.evidence.record.endswith("/jobs/train_5")
    assert (data.evidence.field, data.certainty) == ("properties.inputs.table.uri", Certainty.CONFIRMED)


def test_a_job_that_cannot_be_read_makes_nothing_come_or_go() -> None:
    """What is not known of one side is UNKNOWN with why and what to do, never a difference."""
    estate, four, _ = two()
    lost = estate.job("lost", state=State.FORBIDDEN, reason="HTTP 403", remedy="grant Reader")
    six = estate.model("credit", "6", source=estate.output(lost, "model", state=State.FORBIDDEN))
    estate.record(six, RecordKind.MODEL_VERSION, {"properties": {"modelUri": "azureml://jobs/lost/outputs/model"}})

    answer = model_difference(estate.view(), Found(four), Found(six))

    told = [row for row in answer.rows if row.aspect in (Aspect.DATA, Aspect.PARAMETER, Aspect.PACKAGE)]
    assert {row.change for row in told} == {Change.UNKNOWN}
    assert {(row.reason, row.remedy) for row in told} == {
        ("of the second: job lost is FORBIDDEN: HTTP 403", "grant Reader")
    }
    assert [row.after for row in told] == [None] * len(told)
    job = next(row for row in answer.rows if (row.aspect, row.name) == (Aspect.JOB, "job"))
    assert job.change is Change.CHANGED, "which job it was is known"
    assert not answer.header.is_complete


def test_a_version_without_a_job_says_why() -> None:
    estate, four, _ = two()
    upload = estate.model("credit", "7")
    estate.record(upload, RecordKind.MODEL_VERSION, {"properties": {"modelUri": "LocalUpload/1"}})
    estate.loose(upload, "properties.modelUri", "LocalUpload/1", LooseReason.LOCAL_UPLOAD, "register from a job")

    answer = model_difference(estate.view(), Found(upload), Found(four))

    data = next(row for row in answer.rows if row.aspect is Aspect.DATA)
    assert (data.change, data.before) == (Change.UNKNOWN, None)
    assert data.reason == "of the first: no job is known: LOCAL_UPLOAD at properties.modelUri"
    assert data.remedy == "register from a job"


def test_what_candidates_agree_in_is_known_and_the_rest_is_ambiguous() -> None:
    """One of two jobs made it: both were submitted by Ada, with different parameters."""
    estate = Estate()
    place = estate.place("lake", "models")
    for rank, (name, lr) in enumerate((("one", "0.1"), ("two", "0.2"))):
        job = estate.job(name)
        body = {
            "properties": {"jobType": "Command", "inputs": {"lr": {"value": lr}}},
            "systemData": {"createdBy": "Ada"},
        }
        estate.record(job, RecordKind.JOB, body)
        output = estate.output(job, "model")
        estate.link(place, output, Relation.WAS_GENERATED_BY, certainty=Certainty.AMBIGUOUS, rank=rank)
    model = estate.model("credit", "1", source=place)
    estate.record(model, RecordKind.MODEL_VERSION, {"properties": {"modelUri": "x"}})

    told = profile(estate.view(), Found(model))

    assert [(one.text, one.certainty) for one in told.values if one.aspect is Aspect.PARAMETER] == [
        ("0.1", Certainty.AMBIGUOUS),
        ("0.2", Certainty.AMBIGUOUS),
    ]
    assert [(one.text, one.certainty) for one in told.values if one.aspect is Aspect.SUBMITTER] == [
        ("Ada", Certainty.CONFIRMED)
    ]


def test_a_long_value_is_compared_whole_and_shown_cut() -> None:
    estate, four, five = two()
    for model, end in ((four, "a"), (five, "b")):
        estate.record(model, RecordKind.MODEL, {})
        estate._records[:] = [r for r in estate._records if r.subject != model.text]
        description = "x" * 5000 + end
        estate.record(model, RecordKind.MODEL_VERSION, {"properties": {"description": description}})

    row = next(
        row
        for row in model_difference(estate.view(), Found(four), Found(five)).rows
        if (row.aspect, row.name) == (Aspect.MODEL, "description")
    )

    assert row.change is Change.CHANGED
    assert row.before is not None
    assert row.before.text == "x" * 1024


def test_what_an_mlflow_server_says_is_compared_too() -> None:
    """Parameters, metrics, the commit, the user and aliases; an empty parameter is one, and a number is its digits."""
    estate = Estate()
    models = []
    for version, lr, auc in (("1", "0.1", 0.81), ("2", "0.2", 0.83)):
        run = estate.job(f"run{version}")
        tags = {"mlflow.source.git.commit": "c0ffee", "mlflow.source.name": "train.py", "team": "risk"}
        body = {
            "info": {"user_id": "ada", "status": "FINISHED", "start_time": 1767225600000},
            "data": {"params": {"lr": lr, "note": ""}, "metrics": {"auc": auc}, "tags": tags},
            "experiment": {"name": "credit"},
        }
        estate.record(run, RecordKind.MLFLOW_RUN, body)
        model = estate.model("credit", version, source=estate.output(run, "artifacts"))
        told = {"source": f"runs:/run{version}/model", "run_id": f"run{version}", "aliases": ["best"], "user_id": "ada"}
        estate.record(model, RecordKind.MLFLOW_MODEL_VERSION, told)
        models.append(model)

    answer = model_difference(estate.view(), *map(Found, models))
    told = {(row.aspect.value, row.name): row for row in answer.rows}

    assert [shown(told[place])[2:] for place in (("PARAMETER", "lr"), ("METRIC", "auc"))] == [
        ("CHANGED", "0.1", "0.2"),
        ("CHANGED", "0.81", "0.83"),
    ]
    same = {
        (row.aspect.value, row.name): row.after.text for row in answer.rows if row.change is Change.SAME and row.after
    }
    assert same["PARAMETER", "note"] == ""
    assert same["CODE", "commit"] == "c0ffee"
    assert same["SUBMITTER", "by"] == same["REGISTRATION", "by"] == "ada"
    assert same["MODEL", "aliases"] == '["best"]'
    assert same["JOB", "created"] == "2026-01-01T00:00:00.000Z"
    assert ("METRIC", "") not in told, "metrics are held"


def test_what_a_pipelines_step_does_not_say_is_taken_from_the_pipeline() -> None:
    """Parameters and the commit stand in the pipeline's record; what type the pipeline is says nothing of its step."""
    estate = Estate()
    pipeline = estate.job("pipeline")
    step = estate.job("step", parent=pipeline)
    properties = {
        "jobType": "Pipeline",
        "experimentName": "credit",
        "inputs": {"seed": {"value": 7}},
        "jobs": {"train": {"inputs": {"lr": {"value": "0.1"}, "bound": {"value": "${{parent.inputs.seed}}"}}}},
        "properties": {"mlflow.source.git.commit": "c0ffee"},
    }
    estate.record(pipeline, RecordKind.JOB, {"properties": properties})
    estate.record(step, RecordKind.RUN, {"runMetadata": {"runType": "azureml.StepRun", "target": "gpu"}})
    model = estate.model("credit", "1", source=estate.output(step, "model"))

    told = {(one.aspect.value, one.name): one.text for one in profile(estate.view(), Found(model)).values}

    assert told["PARAMETER", "train.lr"] == "0.1"
    assert told["PARAMETER", "seed"] == "7"
    assert ("PARAMETER", "train.bound") not in told
    assert told["CODE", "commit"] == "c0ffee"
    assert told["JOB", "type"] == "azureml.StepRun"
    assert told["JOB", "experiment"] == "credit"
    assert told["COMPUTE", "target"] == "gpu"


@pytest.mark.parametrize("kind", [Kind.JOB, Kind.MODEL])
def test_only_versions_of_models_are_compared(kind: Kind) -> None:
    estate, four, _ = two()
    other = estate.job("other") if kind is Kind.JOB else Node(1, four.text.partition("/versions")[0], kind, State.LIVE)

    with pytest.raises(InvalidOption, match="compared") as refused:
        model_difference(estate.view(), Found(four), Found(other))

    assert refused.value.remedy


def test_all_pairs_of_the_sample_hold_the_laws(tmp_path: Any) -> None:
    """Beside itself nothing differs; the other way round what came went, and what is not known stays so."""
    path = tmp_path / "index.db"
    assert run(["crawl", "sample", "--index", str(path)]) == 0
    turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    seen: set[Change] = set()
    with open_index(path).view() as view:
        versions = view.list_nodes(NodeFilter((Kind.MODEL_VERSION,)))
        told = [profile(view, lookup.find(view, node.text)) for node in versions]
        for one in told:
            assert {row.change for row in compare(one, one).rows} <= {Change.SAME, Change.UNKNOWN}
            for other in told:
                there, back = compare(one, other).rows, compare(other, one).rows
                seen |= {row.change for row in there}
                assert sorted((row.aspect, row.name, turned.get(row.change, row.change)) for row in there) == sorted(
                    (row.aspect, row.name, row.change) for row in back
                )
                for row in there:
                    held = [value.identity for value in (row.before, row.after) if value is not None]
                    assert (row.change is Change.SAME) == (len(held) == 2 and held[0] == held[1])
    assert len(versions) > 40
    assert seen == set(Change)


@pytest.mark.parametrize(
    ("conda", "wanted"),
    [
        (CONDA.format("1.5"), {"python": "python=3.11", "scikit-learn": "scikit-learn==1.5"}),
        (
            '{"dependencies": ["numpy", {"pip": ["Torch_Vision>=1"]}, 7]}',
            {"numpy": "numpy", "torch-vision": "Torch_Vision>=1"},
        ),
        ("dependencies:\n- conda-forge::numpy=1 # pinned\nprefix: /x\n- not-one", {"numpy": "conda-forge::numpy=1"}),
        ("dependencies: [numpy]", {}),
        ('{"dependencies": 7}', {}),
        ("{", {}),
        ("[" * 100_000, {}),
    ],
)
def test_packages_are_read_from_either_form(conda: str, wanted: dict[str, str]) -> None:
    assert packages(conda) == wanted


_WORDS = st.one_of(
    st.sampled_from(["properties", "tags", "inputs", "value", "uri", "jobs", "flavors", "runMetadata", "info", "data"]),
    st.sampled_from(["runDefinition", "params", "metrics", "systemData", "createdBy", "condaFile", "searchSpace"]),
    st.sampled_from(["hyperparameters", "compute", "x"]),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["", "[", "{}", "${{x}}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(_WORDS, _JSON, max_size=4), st.sampled_from(list(RecordKind)))
def test_a_body_of_any_shape_is_read(body: dict[str, Any], kind: RecordKind) -> None:
    """What is not as it should be says nothing; none of it raises, and every value names its field."""
    for one in said(Record("azureml://registries/r/models/m/versions/1", kind, "azureml://registries/r", body)):
        assert one.field
        assert isinstance(one.value, str)
