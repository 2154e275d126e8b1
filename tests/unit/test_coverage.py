"""The score: every model version once, with one reason when it is not documented."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import catalogue, ids
from lineage.coverage import REMEDIES, Coverage, Grouping, Reason, Tally, Wanted, coverage
from lineage.errors import InvalidOption, QueryTooSlow
from lineage.graph import Certainty, LooseReason, Relation, State
from lineage.trending import trend
from tests.memory import Estate, MemoryIndex, MemoryView


def story() -> Estate:
    """One version for each reason but those of broken text, and two that are documented."""
    estate = Estate()
    good = estate.job("good")
    estate.model(
        "documented", "1", source=estate.output(good, "model"), createdAt="2026-10-02T00:00:00Z", createdBy="A"
    )
    copy = estate.model("documented", "2", copied_from=estate.model("shared", "1", scope=ids.registry("reg")))
    estate.link(
        estate.model("shared", "1", scope=ids.registry("reg")), good, Relation.WAS_GENERATED_BY, field="properties"
    )
    assert copy
    for name, state in (("gone", State.DELETED), ("secret", State.FORBIDDEN), ("missed", State.UNRESOLVED)):
        job = estate.job(name, state=state)
        estate.model(name, "1", source=estate.output(job, "model", state=state), tags={"team": "risk"})
    far = estate.job("far", state=State.UNRESOLVED, scope=ids.workspace("s1", "g1", "elsewhere"))
    estate.model("far", "1", source=estate.output(far, "model", state=State.UNRESOLVED))
    inferred = estate.model("inferred", "1", createdAt="2026-09-01T00:00:00Z")
    estate.link(inferred, good, Relation.WAS_GENERATED_BY, certainty=Certainty.INFERRED, field="properties")
    unsure = estate.model("unsure", "1")
    for rank in range(2):
        estate.link(
            unsure, estate.job(f"one_{rank}"), Relation.WAS_GENERATED_BY, certainty=Certainty.AMBIGUOUS, rank=rank
        )
    upload = estate.model("upload", "1")
    estate.loose(upload, "properties.modelUri", "x", LooseReason.LOCAL_UPLOAD, "")
    estate.loose(upload, "properties.other", "y", LooseReason.NO_WRITER, "")
    estate.model("copied-upload", "1", copied_from=upload)
    estate.model("unsaid", "1")
    estate.model("named", "1", state=State.UNRESOLVED)
    return estate


WANTED = {
    Reason.LOCAL_UPLOAD: 2,
    Reason.AMBIGUOUS_WRITERS: 1,
    Reason.CONVENTION: 1,
    Reason.JOB_DELETED: 1,
    Reason.JOB_FORBIDDEN: 1,
    Reason.JOB_NOT_CRAWLED: 1,
    Reason.JOB_UNREAD: 1,
    Reason.UNSAID: 1,
    Reason.VERSION_UNREAD: 1,
}


def test_each_version_counts_once_and_has_one_reason() -> None:
    """A copy of an upload has the upload's reason; of several loose ends the one that says most is told."""
    answer = coverage(story().view())

    assert answer.total == Tally(13, 3, 7, 1, 1, 4, answer.total.reasons)
    assert answer.total.reasons == WANTED
    assert next(iter(answer.total.reasons)) is Reason.LOCAL_UPLOAD, "the most first"


def _adds_up(one: Tally) -> bool:
    return (
        one.total == one.confirmed + one.inferred + one.ambiguous + one.none
        and one.total == one.documented + sum(one.reasons.values())
        and one.documented <= one.confirmed
    )


@pytest.mark.parametrize("by", list(Grouping))
def test_groups_add_up_to_the_whole(by: Grouping) -> None:
    answer = coverage(story().view(), Wanted(by, "team" if by is Grouping.TAG else ""))

    assert sum(group.tally.total for group in answer.groups) == answer.total.total == 13
    assert sum(group.tally.documented for group in answer.groups) == answer.total.documented
    assert all(_adds_up(group.tally) for group in (*answer.groups, *answer.groups))


def keys(answer: Coverage) -> dict[str | None, int]:
    return {group.key: group.tally.total for group in answer.groups}


def test_groups_by_what_is_asked() -> None:
    """The largest first, months in their order, what has no key under None."""
    view = story().view()
    home, registry = "azureml://subscriptions/s1/resourceGroups/g1/workspaces/w1", "azureml://registries/reg"

    assert keys(coverage(view, Wanted(Grouping.WORKSPACE))) == {home: 12, None: 1}
    assert keys(coverage(view, Wanted(Grouping.REGISTRY))) == {None: 12, registry: 1}
    assert keys(coverage(view, Wanted(Grouping.TAG, "team"))) == {None: 10, "risk": 3}
    assert list(keys(coverage(view, Wanted(Grouping.MONTH))).items()) == [("2026-09", 1), ("2026-10", 1), (None, 11)]
    assert keys(coverage(view, Wanted(Grouping.CREATOR))) == {None: 12, "A": 1}
    assert keys(coverage(view, Wanted(Grouping.WORKSPACE, scope=registry))) == {None: 1}
    assert coverage(view, Wanted(text="UPLOAD")).total.total == 2
    assert coverage(view, Wanted(states=(State.UNRESOLVED,))).total.total == 1


def test_a_job_that_was_read_by_another_name_was_read() -> None:
    """The service names it by the workspace's GUID; the crawl read it by the workspace's name."""
    estate = Estate()
    guid = ids.located("westeurope", "1234")
    estate.guid("1234")
    read = estate.job("train")
    named = estate.job("train", scope=guid, state=State.UNRESOLVED)
    estate.link(named, read, Relation.SAME_AS, field="properties.workspaceId")
    model = estate.model("m", "1")
    estate.link(model, named, Relation.WAS_GENERATED_BY, field="properties.jobName")

    assert coverage(estate.view()).total.documented == 1


def test_a_version_with_two_names_counts_once() -> None:
    estate = Estate()
    one, other = estate.model("m", "1"), estate.model("m", "1", scope=ids.located("weu", "1"), state=State.UNRESOLVED)
    estate.link(other, one, Relation.SAME_AS, field="properties.workspaceId")

    assert coverage(estate.view()).total.total == 1


def test_what_was_not_read_to_its_end_is_said() -> None:
    estate = story()
    estate.covered(estate.scope, complete=False)

    head = coverage(estate.view()).header

    assert not head.is_complete
    assert [cut.reason.value for cut in head.truncations] == ["STALE_SCOPE"]


@pytest.mark.parametrize("wanted", [Wanted(Grouping.TAG), Wanted(Grouping.MONTH, "team"), Wanted(tag="team")])
def test_a_tag_is_named_exactly_when_it_groups(wanted: Wanted) -> None:
    with pytest.raises(InvalidOption):
        coverage(story().view(), wanted)


def test_a_part_of_a_score_is_none() -> None:
    """When time runs out there is no number that looks like the whole."""
    with pytest.raises(QueryTooSlow, match="0 of 13"):
        coverage(story().view(), expired=lambda: True)


def test_every_reason_says_what_to_do() -> None:
    assert list(REMEDIES) == list(Reason)
    assert {reason.value for reason in LooseReason} < {reason.value for reason in Reason}


class Counted(MemoryView):
    """Counts how often it is asked."""

    calls = 0

    def _count(self, told: Any) -> Any:
        self.calls += 1
        return told

    def steps(self, keys: Any, relations: Any) -> Any:
        return self._count(super().steps(keys, relations))

    def nodes(self, keys: Any) -> Any:
        return self._count(super().nodes(keys))

    def loose_of(self, keys: Any) -> Any:
        return self._count(super().loose_of(keys))


def test_the_index_is_asked_once_a_level_and_not_once_a_version() -> None:
    """A thousand versions cost as many questions as ten."""
    asked = []
    for size in (10, 1000):
        estate = Estate()
        for number in range(size):
            job = estate.job(f"j{number}")
            estate.model("m", str(number), source=estate.output(job, "model"))
            estate.loose(estate.model("u", str(number)), "properties.modelUri", "x", LooseReason.LOCAL_UPLOAD, "")
        view = estate.view()
        view.__class__ = Counted
        assert coverage(view).total.total == 2 * size
        asked.append(view.calls)  # type: ignore[attr-defined]

    assert asked[0] == asked[1] < 12


_CERTAIN = st.sampled_from(list(Certainty))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), _CERTAIN), max_size=12),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), _CERTAIN), max_size=8),
    st.lists(st.sampled_from(list(State)), min_size=4, max_size=4),
)
def test_the_numbers_add_up_and_agree_with_the_catalogue(
    copies: list[tuple[int, int, Certainty]], made: list[tuple[int, int, Certainty]], states: list[State]
) -> None:
    """Whatever the links, cycles included: the sums hold, and the strengths are those that `status` tells."""
    estate = Estate()
    models = [estate.model("m", str(number)) for number in range(6)]
    jobs = [estate.job(f"j{number}", state=state) for number, state in enumerate(states)]
    for one, other, certainty in copies:
        estate.link(models[one], models[other], Relation.COPIED_FROM, certainty=certainty)
    for one, job, certainty in made:
        estate.link(models[one], jobs[job], Relation.WAS_GENERATED_BY, certainty=certainty)
    view = estate.view()

    told, known = coverage(view).total, catalogue.coverage(view)

    assert _adds_up(told)
    assert (told.total, told.confirmed, told.inferred, told.ambiguous, told.none) == (
        known.total,
        known.confirmed,
        known.inferred,
        known.ambiguous,
        known.none,
    )


GRAPHS = st.tuples(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), _CERTAIN), max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), _CERTAIN), max_size=6),
    st.lists(st.sampled_from(list(State)), min_size=4, max_size=4),
    st.sets(st.integers(0, 5)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(GRAPHS, min_size=1, max_size=4))
def test_the_trend_is_the_score_of_each_generation(told: list[Any]) -> None:
    """Stepping back by what changed comes to the same as counting each generation whole."""
    views = []
    for number, (copies, made, states, twins) in enumerate(told, 1):
        estate = Estate()
        models = [estate.model("m", str(one)) for one in range(6) if one % 4 < number]
        jobs = [estate.job(f"j{one}", state=state) for one, state in enumerate(states)]
        for one, other, certainty in copies:
            if max(one, other) < len(models):
                estate.link(models[one], models[other], Relation.COPIED_FROM, certainty=certainty)
        for one, job, certainty in made:
            if one < len(models):
                estate.link(models[one], jobs[job], Relation.WAS_GENERATED_BY, certainty=certainty)
        for one in twins:
            if one < len(models):
                other = estate.model("m", str(one), scope=ids.located("weu", "1"), state=State.UNRESOLVED)
                estate.link(other, models[one], Relation.SAME_AS)
        views.append(estate.view(number, f"2026-0{number}-01T00:00:00Z"))
    index = MemoryIndex(*views)

    points = trend(index, views[-1])  # type: ignore[arg-type]

    assert [point.generation.number for point in points] == [view.generation.number for view in views]
    for point, view in zip(points, views, strict=True):
        total = coverage(view).total
        assert msgspec.structs.astuple(point)[1:] == msgspec.structs.astuple(total)[:6]


def test_a_trend_is_bounded_and_stops_in_time() -> None:
    views = [story().view(number, f"2026-01-{number:02}T00:00:00Z") for number in range(1, 26)]
    index = MemoryIndex(*views)
    late = iter([False, True])

    assert [point.generation.number for point in trend(index, views[9], points=3)] == [8, 9, 10]  # type: ignore[arg-type]
    assert len(trend(index, views[-1], points=1000)) == 20  # type: ignore[arg-type]
    assert len(trend(index, views[-1], expired=lambda: next(late))) == 1  # type: ignore[arg-type]


def test_a_change_far_away_is_found_by_what_comes_from_it() -> None:
    """Nothing of the two versions changes: the job that one was made by, and the other copied from, is deleted."""
    views = []
    for number, state in enumerate((State.LIVE, State.DELETED), 1):
        estate = Estate()
        made = estate.model(
            "m", "1", source=estate.place("lake", "out", written_by=estate.output(estate.job("j", state=state), "o"))
        )
        estate.model("m", "2", copied_from=made)
        views.append(estate.view(number, f"2026-0{number}-01T00:00:00Z"))

    assert [point.documented for point in trend(MemoryIndex(*views), views[-1])] == [2, 0]  # type: ignore[arg-type]


def test_a_name_that_is_learnt_changes_what_comes_from_the_other_name() -> None:
    """The job was named by the workspace's GUID; that it is the job that was read is learnt, and then forgotten."""
    views = []
    for number in (1, 2, 3):
        estate = Estate()
        read = estate.job("train")
        named = estate.job("train", scope=ids.located("weu", "1"), state=State.UNRESOLVED)
        if number == 2:
            estate.link(read, named, Relation.SAME_AS)
        made = estate.model("m", "1")
        estate.link(made, named, Relation.WAS_GENERATED_BY)
        estate.model("m", "2", copied_from=made)
        views.append(estate.view(number, f"2026-0{number}-01T00:00:00Z"))

    assert [point.documented for point in trend(MemoryIndex(*views), views[-1])] == [0, 2, 0]  # type: ignore[arg-type]
