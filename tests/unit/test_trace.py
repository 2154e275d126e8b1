"""Where did this come from: told with its evidence, its gaps and its limits."""

from __future__ import annotations

import pytest

from lineage import answers, ids, lookup, trace
from lineage.graph import Certainty, Derivation, Direction, LooseReason, Relation, State
from lineage.ports import ScopeCoverage
from lineage.records import Listing
from lineage.traversal import Budget, TruncationReason
from tests.memory import Estate, MemoryView

WORKSPACE = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1"


def test_a_trace_holds_every_cause_and_the_edges_to_it():
    estate = Estate()
    clean = estate.output(estate.job("prep", used={"raw": estate.place("lake", "raw")}), "clean")
    train = estate.job("train", used={"data": clean}, environment=estate.environment("sklearn", "1"))
    credit = estate.model("credit", "3", source=estate.output(train, "model"))
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "credit:3"))

    assert credit.key == next(iter(answer.nodes))
    assert {node.facts.get("name"): answer.depth[key] for key, node in answer.nodes.items()} == {
        "credit": 0,
        "model": 1,
        "train": 2,
        "clean": 3,
        "sklearn": 3,
        "prep": 4,
        None: 5,
    }
    assert len(answer.edges) == 6
    assert answer.header.is_complete
    assert answer.header.generation.number == 1
    assert [coverage.scope for coverage in answer.header.scopes] == [WORKSPACE]


def test_the_declared_job_and_the_physical_run_are_both_told():
    """A reused step: the declared output and the run that wrote the files, each with its evidence."""
    estate = Estate()
    ran = estate.job("ran-first", used={"d": estate.data("d", "1")})
    reused = estate.job("reused", reused_from=ran)
    credit = estate.model("credit", "3", source=estate.output(reused, "model"))
    estate.link(
        credit,
        estate.output(ran, "model"),
        Relation.WAS_DERIVED_FROM,
        derivation=Derivation.MATERIALISED_PATH,
        field="properties.modelUri",
    )
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "credit:3"))

    first = [edge for edge in answer.edges if edge.effect == credit.key]
    assert [edge.derivation for edge in first] == [Derivation.SERVICE_FIELD, Derivation.MATERIALISED_PATH]
    assert {"reused", "ran-first", "d"} <= {node.facts.get("name") for node in answer.nodes.values()}


def test_an_uploaded_model_says_so_and_is_complete():
    """An upload is where lineage ends, not where it is lost."""
    estate = Estate()
    model = estate.model("mine", "1")
    estate.loose(model, "properties.modelUri", "…/LocalUpload/abc/model", LooseReason.LOCAL_UPLOAD)
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "mine:1"))

    assert [end.reason for end in answer.loose[model.key]] == [LooseReason.LOCAL_UPLOAD]
    assert answer.header.is_complete


@pytest.mark.parametrize("reason", [LooseReason.BROKEN, LooseReason.TOO_BROAD, LooseReason.NO_VERSION])
def test_a_reference_that_could_not_be_followed_makes_the_answer_incomplete(reason):
    estate = Estate()
    model = estate.model("mine", "1")
    estate.loose(model, "properties.modelUri", "?", reason)
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "mine:1"))

    assert not answer.header.is_complete
    assert [(TruncationReason.UNRESOLVED, (model.key,))] == [
        (cut.reason, cut.frontier) for cut in answer.header.truncations
    ]


def test_loose_ends_are_left_out_when_not_asked_for():
    estate = Estate()
    estate.loose(estate.model("mine", "1"), "f", "?", LooseReason.BROKEN)
    view = estate.view()

    assert trace.trace(view, lookup.find(view, "mine:1"), ends=False).loose == {}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.FORBIDDEN, TruncationReason.FORBIDDEN),
        (State.DELETED, TruncationReason.UNRESOLVED),
        (State.UNRESOLVED, TruncationReason.UNRESOLVED),
    ],
)
def test_a_job_that_was_not_read_makes_the_answer_incomplete(state, reason):
    estate = Estate()
    job = estate.job("gone", state=state)
    estate.model("credit", "3", source=estate.output(job, "model"))
    view = estate.view()

    header = trace.trace(view, lookup.find(view, "credit:3")).header

    assert [(reason, (job.key,))] == [(cut.reason, cut.frontier) for cut in header.truncations]
    assert not header.is_complete


def test_an_unread_environment_hides_nothing():
    estate = Estate()
    curated = estate.environment("curated", "1", state=State.UNRESOLVED)
    estate.model("credit", "3", source=estate.output(estate.job("train", environment=curated), "model"))
    view = estate.view()

    assert trace.trace(view, lookup.find(view, "credit:3")).header.is_complete


def test_an_archived_thing_hides_nothing():
    estate = Estate()
    estate.model("credit", "3", source=estate.output(estate.job("train"), "model"), state=State.ARCHIVED)
    view = estate.view()

    assert trace.trace(view, lookup.find(view, "credit:3")).header.is_complete


def scoped(complete: bool, *listings: Listing) -> MemoryView:
    estate = Estate()
    node = estate.model("credit", "3")
    coverage = ScopeCoverage(WORKSPACE, "2026-11-30T05:58:00Z", complete, listings, 0)
    return MemoryView([node], [], coverage=[coverage])


def test_a_scope_that_was_not_read_to_its_end_makes_both_directions_incomplete():
    view = scoped(False, Listing(f"{WORKSPACE}/models", WORKSPACE, False, 7))
    nodes = view.nodes(list(view._nodes)).values()

    for direction in Direction:
        header = answers.header(view, nodes, (), direction)
        assert [cut.reason for cut in header.truncations] == [TruncationReason.STALE_SCOPE]


def test_endpoints_that_were_not_listed_hide_consumers_but_no_causes():
    listings = (
        Listing(f"{WORKSPACE}/models", WORKSPACE, True, 7),
        Listing(f"{WORKSPACE}/onlineEndpoints", WORKSPACE, False, 0),
    )
    view = scoped(False, *listings)
    nodes = view.nodes(list(view._nodes)).values()

    assert answers.header(view, nodes, (), Direction.UPSTREAM).is_complete
    assert not answers.header(view, nodes, (), Direction.DOWNSTREAM).is_complete


def test_a_budget_is_told_in_the_header():
    estate = Estate()
    estate.model("credit", "3", source=estate.output(estate.job("train"), "model"))
    view = estate.view()

    header = trace.trace(view, lookup.find(view, "credit:3"), Budget(max_depth=1)).header

    assert [cut.reason for cut in header.truncations] == [TruncationReason.DEPTH]


def test_a_file_nobody_wrote_comes_from_who_wrote_the_folder():
    """The nearest written place around it counts, and only when nothing was written at or inside it."""
    estate = Estate()
    folder = estate.place("lake", "raw", written_by=estate.output(estate.job("ingest"), "out"))
    estate.place("lake", "raw/day", written_by=estate.output(estate.job("fix"), "out"))
    view = estate.view()

    around = trace.trace(view, lookup.find(view, "azureml://datastores/lake/paths/raw/other.csv"))
    exact = trace.trace(view, lookup.find(view, "azureml://datastores/lake/paths/raw/day"))

    assert {"ingest"} == {node.facts.get("name") for node in around.nodes.values() if node.kind == "Job"}
    assert folder.key in around.nodes
    assert {"fix"} == {node.facts.get("name") for node in exact.nodes.values() if node.kind == "Job"}


def test_a_folder_comes_from_everyone_who_wrote_inside_it():
    estate = Estate()
    for day in ("mon", "tue"):
        estate.place("lake", f"raw/{day}", written_by=estate.output(estate.job(day), "out"))
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "azureml://datastores/lake/paths/raw"))

    assert sorted(str(node.facts["name"]) for node in answer.nodes.values() if node.kind == "Job") == ["mon", "tue"]


def test_an_uncertain_edge_keeps_its_certainty_in_the_answer():
    estate = Estate()
    credit = estate.model("credit", "3")
    for rank, name in enumerate(("second", "first")):
        output = estate.output(estate.job(name), "out")
        estate.link(credit, output, Relation.WAS_DERIVED_FROM, certainty=Certainty.AMBIGUOUS, rank=rank)
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "credit:3"))

    assert {(0, Certainty.AMBIGUOUS), (1, Certainty.AMBIGUOUS)} == {
        (edge.rank, edge.certainty) for edge in answer.edges if edge.effect == credit.key
    }


def twins(estate: Estate, name: str, **told) -> tuple:
    """A job by its workspace's name, which was read, and by the workspace's GUID, which was not."""
    guid = ids.located("westeurope", "2c7669df")
    read = estate.job(name, **told)
    unread = estate.job(name, scope=guid, state=State.UNRESOLVED)
    estate.same(unread, read)
    return read, unread


def test_a_thing_that_was_read_by_another_name_hides_nothing():
    estate = Estate()
    read, unread = twins(estate, "train")
    estate.model("credit", "3", source=estate.output(unread, "model"))
    view = estate.view()

    answer = trace.trace(view, lookup.find(view, "credit:3"))

    assert answer.header.is_complete
    assert {read.key: read.key, unread.key: read.key} == answer.things


def test_a_thing_read_by_none_of_its_names_hides_what_lies_behind_once():
    estate = Estate()
    one = estate.job("train", state=State.UNRESOLVED)
    other = estate.job("train", scope=ids.located("westeurope", "2c7669df"), state=State.UNRESOLVED)
    estate.same(one, other)
    estate.model("credit", "3", source=estate.output(one, "model"))
    view = estate.view()

    (cut,) = trace.trace(view, lookup.find(view, "credit:3")).header.truncations

    assert (one.key,) == cut.frontier


def test_a_deleted_job_and_its_output_are_told_as_one():
    estate = Estate()
    job = estate.job("gone", state=State.DELETED)
    estate.model("credit", "3", source=estate.output(job, "model", state=State.DELETED))
    view = estate.view()

    (cut,) = trace.trace(view, lookup.find(view, "credit:3")).header.truncations

    assert (job.key,) == cut.frontier
    assert cut.detail == "1 thing deleted in the service: what lies behind is not known"


def test_the_best_name_was_read_and_is_one_that_people_say():
    estate = Estate()
    by_url, by_name = estate.storage("acct", "c", "raw"), estate.place("lake", "raw")
    read, unread = twins(estate, "train")

    assert by_name == answers.best([by_url, by_name])
    assert read == answers.best([unread, read])


def test_an_output_that_nobody_read_hides_nothing_when_its_job_was_read():
    """By whichever name: an output is told by its job."""
    estate = Estate()
    _, unread = twins(estate, "train")
    estate.model("credit", "3", source=estate.output(unread, "model", state=State.UNRESOLVED))
    view = estate.view()

    assert trace.trace(view, lookup.find(view, "credit:3")).header.is_complete
