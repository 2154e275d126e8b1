"""A trace in short: who wrote the bytes, who is declared, from which data, code and environment, how surely."""

from __future__ import annotations

from msgspec import structs

from lineage import catalogue, lookup
from lineage.catalogue import Provenance
from lineage.graph import Certainty, Derivation, LooseReason, Node, Relation
from lineage.summary import Summary, job_word, summary
from lineage.trace import trace
from tests.memory import Estate


def told(estate: Estate, node: Node | str) -> Summary:
    view = estate.view()
    return summary(trace(view, lookup.find(view, node if isinstance(node, str) else node.text)))


def makers(answer: Summary) -> list[tuple[str, str, str]]:
    return [(maker.job.facts["name"], maker.output, maker.path) for maker in answer.made]


def names(nodes) -> list[str]:
    return [node.text.split("/workspaces/w1/")[1] for node in nodes]


def test_a_model_of_one_job_is_told_in_full():
    """Job, output and path; data where it began with its place; git state and snapshot; environment; no story."""
    estate = Estate()
    raw = estate.data("raw", "1", source=estate.place("lake", "raw"))
    prep = estate.job("prep", used={"raw": raw})
    train = estate.job(
        "train",
        used={"data": estate.output(prep, "clean")},
        environment=estate.environment("sklearn", "12"),
        code=estate.code("src", "1"),
        git={"repo": "https://git.example/credit", "commit": "c0ffee", "dirty": "True"},
    )
    model = estate.model("credit", "3", source=estate.output(train, "model"), path="best")

    answer = told(estate, model)

    assert makers(answer) == [("train", "model", "best")]
    assert [(names([root.node]), names(root.places)) for root in answer.data] == [
        (["data/raw/versions/1"], ["datastores/lake/paths/raw"])
    ]
    assert [(one.git, names([one.version])) for one in answer.code] == [
        ({"repo": "https://git.example/credit", "commit": "c0ffee", "dirty": "True"}, ["codes/src/versions/1"])
    ]
    assert names(answer.environments) == ["environments/sklearn/versions/12"]
    assert answer.certainty is Provenance.CONFIRMED
    assert (answer.story, answer.declared, answer.candidates, answer.loose, answer.base_models) == ("", (), (), (), ())


def pipeline(estate: Estate) -> tuple[Node, Node]:
    """The pipeline that a registration names, and the output that its step publishes as the pipeline's."""
    parent = estate.job("pipe", displayName="nightly", jobType="Pipeline")
    step = estate.job("step", parent=parent, displayName="train", jobType="azureml.StepRun")
    published = estate.output(parent, "trained")
    estate.link(published, estate.output(step, "fitted"), Relation.WAS_DERIVED_FROM, certainty=Certainty.INFERRED)
    return step, published


def test_a_pipeline_declares_and_its_step_writes():
    estate = Estate()
    _, published = pipeline(estate)

    answer = told(estate, estate.model("credit", "4", source=published))

    assert makers(answer) == [("step", "fitted", "")]
    assert [(one.job.facts["name"], one.output) for one in answer.declared] == [("pipe", "trained")]
    assert answer.story == ('declared by pipeline "nightly" (pipe); the bytes were written by its step "train" (step)')


def test_a_child_is_a_trial_when_its_name_is_its_parents_with_a_number():
    """So the service names trials of sweeps and of AutoML; a step has a name of its own, or says that it is one."""
    estate = Estate()

    def word(name: str, kind: str, parent: str) -> str:
        job = estate.job(name, jobType=kind)
        return job_word(structs.replace(job, facts=job.facts | {"parent": parent}))

    words = {
        name: word(name, kind, parent)
        for name, kind, parent in (
            ("s_7", "azureml.scriptrun", "s"),
            ("s_HD_3", "azureml.scriptrun", "s"),
            ("s_7_x", "azureml.scriptrun", "s"),
            ("p_1", "azureml.StepRun", "p"),
            ("j_1", "azureml.scriptrun", ""),
        )
    }

    assert words == {"s_7": "trial", "s_HD_3": "trial", "s_7_x": "step", "p_1": "step", "j_1": "job"}


def test_a_reused_step_is_told_with_the_run_that_did_the_work():
    estate = Estate()
    step, published = pipeline(estate)
    earlier = estate.job("first", jobType="Pipeline")
    wrote = estate.job("wrote", parent=earlier, jobType="azureml.StepRun")
    estate.link(step, wrote, Relation.REUSED_FROM)

    answer = told(estate, estate.model("credit", "5", source=published))

    assert [maker[0] for maker in makers(answer)] == ["wrote"]
    assert answer.story == (
        'declared by pipeline "nightly" (pipe); the bytes were written by step wrote of pipeline first, reused'
    )


def test_the_job_that_the_path_names_wrote_it_and_the_other_is_declared():
    """Nothing is known between the two."""
    estate = Estate()
    model = estate.model("credit", "6", source=estate.output(estate.job("said"), "model"))
    wrote = estate.output(estate.job("wrote"), "model")
    estate.link(model, wrote, Relation.WAS_DERIVED_FROM, derivation=Derivation.MATERIALISED_PATH)

    answer = told(estate, model)

    assert [maker[0] for maker in makers(answer)] == ["wrote"]
    assert [one.job.facts["name"] for one in answer.declared] == ["said"]
    assert answer.story == "declared by job said; the bytes were written by job wrote"


def test_candidates_stand_in_the_order_of_the_nearest_links():
    """The likeliest for this model first, whatever is likeliest for the folder as it is today."""
    estate = Estate()
    place = estate.place("lake", "latest")
    model = estate.model("fraud", "1", source=place)
    for rank, job in ((1, "new"), (0, "old")):
        output = estate.output(estate.job(job), "model")
        said = {"certainty": Certainty.AMBIGUOUS, "derivation": Derivation.CONTAINMENT}
        estate.link(model, output, Relation.WAS_DERIVED_FROM, rank=rank, **said)
        estate.link(place, output, Relation.WAS_GENERATED_BY, rank=1 - rank, **said)

    answer = told(estate, model)

    assert [(maker.job.facts["name"], maker.rank) for maker in answer.candidates] == [("old", 0), ("new", 1)]
    assert (answer.made, answer.certainty) == ((), Provenance.AMBIGUOUS)


def test_an_upload_says_why_no_job_is_known():
    estate = Estate()
    model = estate.model("early", "1", source=estate.place("lake", "LocalUpload/0/m"))
    estate.loose(model, "properties.modelUri", "m", LooseReason.LOCAL_UPLOAD)

    answer = told(estate, model)

    assert ([end.reason for end in answer.loose], answer.made, answer.certainty) == (
        [LooseReason.LOCAL_UPLOAD],
        (),
        Provenance.NONE,
    )


def test_a_copy_names_its_origin_and_the_job_behind_it():
    estate = Estate()
    origin = estate.model("credit", "3", source=estate.output(estate.job("train"), "model"))
    copy = estate.model("scoring", "1", copied_from=origin)

    answer = told(estate, copy)

    assert (names(answer.copied_from), makers(answer)) == (["models/credit/versions/3"], [("train", "model", "")])


def test_a_base_model_is_no_data_and_its_own_place_is_none():
    estate = Estate()
    base = estate.model("bert", "1", source=estate.place("lake", "bert"))
    tune = estate.job("tune", used={"base": base, "text": estate.place("lake", "text")})
    answer = told(estate, estate.model("triage", "2", source=estate.output(tune, "tuned")))

    assert names(answer.base_models) == ["models/bert/versions/1"]
    assert names(root.node for root in answer.data) == ["datastores/lake/paths/text"]


def test_code_and_environment_may_be_those_of_the_component():
    estate = Estate()
    component = estate.component("train", "1")
    estate.link(component, estate.environment("sklearn", "1"), Relation.RAN_IN)
    estate.link(component, estate.code("src", "1"), Relation.RAN_CODE)
    job = estate.job("step", component=component)

    answer = told(estate, estate.model("credit", "1", source=estate.output(job, "model")))

    assert names(answer.environments) == ["environments/sklearn/versions/1"]
    assert names(one.version for one in answer.code) == ["codes/src/versions/1"]


def test_a_job_made_itself_and_a_deployment_was_made_by_the_job_of_its_model():
    estate = Estate()
    train = estate.job("train")
    model = estate.model("credit", "1", source=estate.output(train, "model"))
    blue = estate.deployment(estate.endpoint("live"), "blue", model=model)

    assert makers(told(estate, train)) == [("train", "", "")]
    assert makers(told(estate, blue)) == [("train", "model", "")]


def test_outputs_that_derive_from_each_other_still_have_makers():
    estate = Estate()
    one, two = (estate.output(estate.job(name), "model") for name in ("one", "two"))
    estate.link(one, two, Relation.WAS_DERIVED_FROM)
    estate.link(two, one, Relation.WAS_DERIVED_FROM)

    answer = told(estate, estate.model("credit", "1", source=one))

    assert sorted(maker[0] for maker in makers(answer)) == ["one", "two"]


def test_the_certainty_is_that_of_the_list_of_models():
    estate = Estate()
    sure = estate.model("a", "1", source=estate.output(estate.job("j1"), "m"))
    likely = estate.model("b", "1")
    estate.link(likely, estate.output(estate.job("j2"), "m"), Relation.WAS_DERIVED_FROM, certainty=Certainty.INFERRED)
    nothing = estate.model("c", "1")
    view = estate.view()
    listed = catalogue.producers(view, [node.key for node in (sure, likely, nothing)])

    for node, expected in ((sure, "CONFIRMED"), (likely, "INFERRED"), (nothing, "NONE")):
        assert (told(estate, node).certainty, listed[node.key][0]) == (expected, expected)
