"""Which models there are, and how much is known of their making."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import catalogue, ids
from lineage.catalogue import Coverage, ModelFilter, Provenance
from lineage.graph import Certainty, LooseReason, Relation, State
from lineage.records import GapReason
from tests.memory import Estate, MemoryIndex


@pytest.fixture
def estate() -> Estate:
    """One model of each kind of provenance, and one copied to a registry."""
    estate = Estate()
    job = estate.job("train")
    sure = estate.model(
        "sure",
        "1",
        source=estate.output(job, "m"),
        stage="Production",
        tags={"team": "risk"},
        createdAt="2026-03-01T10Z",
    )
    place = estate.place("lake", "models/x")
    estate.link(place, estate.output(job, "p"), Relation.WAS_GENERATED_BY, certainty=Certainty.INFERRED)
    estate.model("likely", "1", source=place, tags={"team": "ads"}, createdAt="2026-03-02T10Z")
    either = estate.model("either", "1", createdAt="2026-03-03T10Z")
    for rank, name in enumerate(("late", "early")):
        output = estate.output(estate.job(name), "o")
        estate.link(either, output, Relation.WAS_DERIVED_FROM, certainty=Certainty.AMBIGUOUS, rank=rank)
    uploaded = estate.model("uploaded", "1", state=State.ARCHIVED)
    estate.loose(uploaded, "properties.modelUri", "LocalUpload/x", LooseReason.LOCAL_UPLOAD)
    registry = ids.registry("shared")
    estate.covered(registry)
    estate.model("sure", "1", copied_from=sure, scope=registry)
    return estate


def listed(estate: Estate, **wanted) -> list[str]:
    page = catalogue.models(estate.view(), ModelFilter(**wanted))
    return [row.node.text.split("/models/")[1].split("/")[0] for row in page.rows]


def test_each_model_tells_how_surely_its_job_is_known(estate):
    """A way is as sure as its weakest edge; a copy is as sure as what it was copied from."""
    rows = catalogue.models(estate.view()).rows

    assert [("/".join(row.node.text.split("/")[-6:-2]), row.provenance, len(row.jobs)) for row in rows] == [
        ("registries/shared/models/sure", Provenance.CONFIRMED, 1),
        ("workspaces/w1/models/either", Provenance.AMBIGUOUS, 2),
        ("workspaces/w1/models/likely", Provenance.INFERRED, 1),
        ("workspaces/w1/models/sure", Provenance.CONFIRMED, 1),
        ("workspaces/w1/models/uploaded", Provenance.NONE, 0),
    ]


def test_the_surest_way_counts(estate):
    model = estate.model("two-ways", "1", source=estate.output(estate.job("j"), "o"))
    weak = estate.output(estate.job("k"), "o")
    estate.link(model, weak, Relation.WAS_DERIVED_FROM, certainty=Certainty.AMBIGUOUS)

    ((provenance, jobs),) = catalogue.producers(estate.view(), [model.key]).values()

    assert (provenance, len(jobs)) == (Provenance.CONFIRMED, 2)
    assert ids.key(f"{estate.scope.text}/jobs/j") == jobs[0]


def test_a_model_through_a_place_with_two_names_is_found(estate):
    by_name, by_url = estate.place("lake", "m"), estate.storage("a", "c", "m")
    estate.same(by_name, by_url)
    estate.link(by_url, estate.output(estate.job("w"), "o"), Relation.WAS_GENERATED_BY)
    model = estate.model("named", "1", source=by_name)

    assert Provenance.CONFIRMED is catalogue.producers(estate.view(), [model.key])[model.key][0]


def test_the_job_of_its_training_data_is_not_the_job_of_a_model():
    estate = Estate()
    data = estate.data("d", "1", source=estate.output(estate.job("prep"), "o"))
    model = estate.model("m", "1", source=data)

    assert {model.key: (Provenance.NONE, ())} == catalogue.producers(estate.view(), [model.key])


def test_models_copied_from_each_other_end():
    estate = Estate()
    one, two = estate.model("m", "1"), estate.model("m", "2")
    estate.link(one, two, Relation.COPIED_FROM)
    estate.link(two, one, Relation.COPIED_FROM)

    assert Provenance.NONE is catalogue.producers(estate.view(), [one.key])[one.key][0]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"text": "LIKE"}, ["likely"]),
        ({"scope": "azureml://registries/shared"}, ["sure"]),
        ({"states": (State.ARCHIVED,)}, ["uploaded"]),
        ({"stage": "production"}, ["sure"]),
        ({"tags": ("team",)}, ["likely", "sure"]),
        ({"tags": ("team=risk",)}, ["sure"]),
        ({"tags": ("team=risk", "other")}, []),
        ({"produced": False}, ["uploaded"]),
        ({"produced": True}, ["sure", "either", "likely", "sure"]),
        ({"created_from": "2026-03-02"}, ["either", "likely"]),
        ({"created_to": "2026-03-02"}, ["likely", "sure"]),
        ({"created_from": "2026-03-02", "created_to": "2026-03-02"}, ["likely"]),
    ],
)
def test_a_list_shows_what_passes_the_filter(estate, wanted, names):
    assert names == listed(estate, **wanted)


def test_pages_follow_each_other_and_end(estate):
    """Also when the filter leaves most of a page out."""
    for number in range(250):
        estate.model(f"many{number:03}", "1", stage="Production" if number % 100 == 99 else "")
    view = estate.view()
    wanted = ModelFilter(stage="production", scope=estate.scope.text)

    first = catalogue.models(view, wanted, limit=2)
    second = catalogue.models(view, wanted, first.after, limit=2)

    assert [row.node.facts["name"] for row in first.rows] == ["many099", "many199"]
    assert [row.node.facts["name"] for row in second.rows] == ["sure"]
    assert second.after == ""


def test_a_page_that_is_exactly_full_has_no_next(estate):
    assert catalogue.models(estate.view(), limit=5).after == ""


def test_status_counts_coverage_gaps_and_loose_ends(estate):
    forbidden = estate.job("secret", state=State.FORBIDDEN)
    estate.gap(forbidden, GapReason.FORBIDDEN)
    estate.gap(estate.job("gone", state=State.DELETED), GapReason.NOT_FOUND)
    estate.gap(estate.job("hidden", state=State.FORBIDDEN), GapReason.FORBIDDEN)
    before, now = estate.view(1), estate.view(2, "2026-12-01T06:00:00Z")

    status = catalogue.status(MemoryIndex(before, now), now)

    assert Coverage(5, 2, 1, 1, 1) == status.coverage
    assert status.gaps == {GapReason.FORBIDDEN: 2, GapReason.NOT_FOUND: 1}
    assert status.loose == {LooseReason.LOCAL_UPLOAD: 1}
    assert (status.generation.number, [one.number for one in status.generations]) == (2, [1, 2])
    assert status.counts["nodes.ModelVersion"] == 5
    assert len(status.scopes) == 2


def test_an_empty_index_has_a_status():
    view = Estate().view()

    assert Coverage(0, 0, 0, 0, 0) == catalogue.status(MemoryIndex(view), view).coverage


def test_a_model_with_two_names_is_listed_once_with_its_job_once(estate):
    """By the name that was read, even where only the other one is linked; and so are its jobs."""
    guid = ids.located("westeurope", "2c7669df")
    read, unread = estate.model("named", "1"), estate.model("named", "1", scope=guid, state=State.UNRESOLVED)
    estate.same(unread, read)
    job, by_guid = estate.job("maker"), estate.job("maker", scope=guid, state=State.UNRESOLVED)
    estate.same(by_guid, job)
    estate.link(unread, by_guid, Relation.WAS_GENERATED_BY)
    estate.link(read, job, Relation.WAS_GENERATED_BY)
    view = estate.view()

    rows = catalogue.models(view, ModelFilter(text="/named/")).rows

    assert [(read, Provenance.CONFIRMED, (job.key,))] == [(row.node, row.provenance, row.jobs) for row in rows]
    assert catalogue.status(MemoryIndex(view), view).coverage.total == 6


def test_candidates_are_listed_in_the_order_of_their_ranks(estate):
    """Each model's own, whatever another model that may be of the same jobs has them ranked."""
    jobs = [estate.output(estate.job(name), "m") for name in ("one", "two")]
    for version, outputs in (("1", jobs), ("2", jobs[::-1])):
        model = estate.model("overwritten", version)
        for rank, output in enumerate(outputs):
            estate.link(model, output, Relation.WAS_DERIVED_FROM, certainty=Certainty.AMBIGUOUS, rank=rank)
    view = estate.view()

    rows = catalogue.models(view, ModelFilter(text="/overwritten/")).rows

    names = [[view.nodes([key])[key].facts["name"] for key in row.jobs] for row in rows]
    assert names == [["one", "two"], ["two", "one"]]


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_counts_are_those_of_the_list(chance):
    """Coverage and `count` go all models together; they must come to what `models` says one by one."""
    estate = Estate()
    things = [estate.job(f"j{number}") for number in range(3)]
    outputs = [estate.output(estate.job(f"o{number}"), "m") for number in range(3)]
    places = [estate.place("lake", f"p{number}") for number in range(3)]
    models = [estate.model(f"m{number}", "1", state=chance.choice(list(State))) for number in range(6)]
    for _ in range(12):
        effect = chance.choice([*models, *places, *outputs])
        cause = chance.choice([*things, *outputs, *places, *models, estate.data("d", "1")])
        relation = chance.choice([Relation.WAS_DERIVED_FROM, Relation.WAS_GENERATED_BY, Relation.COPIED_FROM])
        estate.link(effect, cause, relation, certainty=chance.choice(list(Certainty)), rank=chance.randrange(2))
    for _ in range(chance.randrange(4)):
        one, other = chance.sample(models, 2)
        estate.link(one, other, Relation.SAME_AS, certainty=chance.choice(list(Certainty)))
    view = estate.view()
    rows = catalogue.models(view).rows
    told = [row.provenance for row in rows]

    assert catalogue.coverage(view) == Coverage(len(rows), *(told.count(one) for one in Provenance))
    assert catalogue.count(view, ModelFilter()) == len(rows)
    for wanted in (ModelFilter(states=(State.LIVE,)), ModelFilter(text="m1"), ModelFilter(produced=True)):
        assert catalogue.count(view, wanted) == len(catalogue.models(view, wanted).rows)


def test_counting_ends_when_time_is_up(estate):
    assert catalogue.count(estate.view(), ModelFilter(), lambda: True) is None
