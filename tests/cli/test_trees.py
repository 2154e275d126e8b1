"""What hangs under what on the page."""

from __future__ import annotations

from lineage import lookup
from lineage.cli.render import Page
from lineage.cli.summed import block
from lineage.cli.trees import Branches, tree
from lineage.graph import Derivation, Direction, Node, Relation
from lineage.summary import summary
from lineage.trace import trace
from tests.memory import Estate


def lines(estate: Estate, node: Node) -> list[str]:
    """The tree of a trace, without evidence."""
    view = estate.view()
    answer = trace(view, lookup.find(view, node.text))
    page = Page(estate.scope.text)
    branches = Branches(answer.edges, [node.key], Direction.UPSTREAM, answer.things, answer.nodes)
    tree(page, branches, node.key, answer.nodes, {})
    return page.lines


def things(estate: Estate, node: Node) -> list[str]:
    return [line for line in lines(estate, node) if " by " not in line]


def test_of_two_equally_near_places_a_thing_is_told_where_it_is_read_first():
    """Whatever order the index gave the edges in."""
    estate = Estate()
    shared = estate.environment("env", "1")
    two = estate.component("two", "1")
    one = estate.component("one", "1")
    for part in (two, one):
        estate.link(part, shared, Relation.RAN_IN)
    job = estate.job("train")
    for name, part in (("b", two), ("a", one)):
        estate.link(job, part, Relation.INSTANCE_OF, name=name)

    assert things(estate, job) == [
        "train  Job",
        "├─ instanceOf a  one:1  ComponentVersion",
        "│  └─ ranIn  env:1  EnvironmentVersion",
        "└─ instanceOf b  two:1  ComponentVersion",
        "   └─ ranIn  env:1  EnvironmentVersion  (told above)",
    ]


def test_a_thing_met_deeper_first_says_that_it_is_told_below():
    estate = Estate()
    raw = estate.data("raw", "1")
    prep = estate.job("prep", used={"raw": raw})
    job = estate.job("train", used={"clean": estate.output(prep, "clean"), "raw": raw})

    assert things(estate, job) == [
        "train  Job",
        "├─ used clean  jobs/prep/outputs/clean  JobOutput",
        "│  └─ wasGeneratedBy clean  prep  Job",
        "│     └─ used raw  raw:1  DataVersion  (told below)",
        "└─ used raw  raw:1  DataVersion",
    ]


def test_a_place_comes_after_what_wrote_it():
    estate = Estate()
    output = estate.output(estate.job("train"), "model")
    model = estate.model("credit", "1", source=estate.place("lake", "m", written_by=output))
    estate.link(model, output, Relation.WAS_DERIVED_FROM)

    told = things(estate, model)

    assert told[1] == "├─ wasDerivedFrom  jobs/train/outputs/model  JobOutput"
    assert told[-1] == "   └─ wasGeneratedBy  jobs/train/outputs/model  JobOutput  (told above)"


def test_one_field_is_one_witness_however_many_records_share_it():
    estate = Estate()
    job = estate.job("train")
    output = estate.output(job, "model")
    for spelling in ("azureml://datastores/d/paths/x", "https://a.blob.core.windows.net/c/x"):
        estate.link(
            output,
            job,
            Relation.WAS_GENERATED_BY,
            name="model",
            derivation=Derivation.MATERIALISED_PATH,
            field="properties.modelUri",
            value=spelling,
        )

    assert [line.split("= ")[-1] for line in lines(estate, output) if " by " in line] == [
        "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1/jobs/train",
        "azureml://datastores/d/paths/x",
    ]


def test_the_short_answer_names_the_first_few_makers_and_counts_the_rest():
    """A folder that seven jobs wrote into."""
    estate = Estate()
    folder = estate.place("lake", "shared")
    for number in range(7):
        estate.link(folder, estate.output(estate.job(f"j{number}"), "o"), Relation.WAS_GENERATED_BY)
    view = estate.view()
    page = Page(estate.scope.text)

    block(page, summary(trace(view, lookup.find(view, folder.text))), folder)

    assert page.lines == [
        "made by      j0  job",
        *(f"             j{number}  job" for number in range(1, 5)),
        "             and 2 more",
        "output       o",
        "certainty    CONFIRMED: the service says so",
        "",
    ]


def test_the_short_answer_tells_code_by_repository_and_commit_and_whether_it_was_changed():
    estate = Estate()
    git = {"repo": "https://git.example/credit", "branch": "main", "commit": "c0ffee", "dirty": "True"}
    base = estate.model("bert", "1")
    job = estate.job("tune", displayName="fine-tune", used={"base": base}, git=git, createdAt="2026-03-01T08:00:00Z")
    environment = estate.environment("sklearn", "12", image="mcr.example/sklearn:12")
    estate.link(job, environment, Relation.RAN_IN)
    model = estate.model("triage", "2", source=estate.output(job, "tuned"))
    view = estate.view()
    page = Page(estate.scope.text)

    block(page, summary(trace(view, lookup.find(view, model.text))), model)

    assert page.lines == [
        "made by      fine-tune (tune)  job, 2026-03-01",
        "output       tuned",
        "base model   bert:1",
        "code         https://git.example/credit@c0ffee (branch main, with uncommitted changes)",
        "environment  sklearn:12  mcr.example/sklearn:12",
        "certainty    CONFIRMED: the service says so",
        "",
    ]
