"""What a view answers, and that it stays one generation."""

from __future__ import annotations

import pytest

from lineage import ids
from lineage.errors import InvalidOption, UnknownReference
from lineage.graph import Relation, State
from lineage.ids import Kind
from lineage.index import SqliteIndex
from lineage.ports import NodeFilter, ScopeCoverage
from lineage.records import Gap, GapReason, Listing, RecordKind
from tests.index.conftest import publish
from tests.index.toy import WS, job, key, model, store

PLACE = "https://acct.blob.core.windows.net/c"


def texts(nodes: list) -> list[str]:  # type: ignore[type-arg]
    return [node.text for node in nodes]


def test_a_reader_keeps_its_generation_while_the_next_is_published(index: SqliteIndex) -> None:
    """One answer is from one generation, from open to close."""
    publish(index, [job("a", made=["o"])])
    with index.view() as view:
        assert view.generation.number == 1
        publish(index, [job("a", made=["o", "p"]), job("b")])
        assert view.count_nodes(NodeFilter()) == 2
        assert texts(view.list_nodes(NodeFilter())) == [f"{WS}/jobs/a", f"{WS}/jobs/a/outputs/o"]
        assert len(list(view.effects([key("a")]))) == 1
    with index.view() as view:
        assert view.generation.number == 2
        assert view.count_nodes(NodeFilter()) == 4


def test_places_come_in_path_order_and_only_from_inside(index: SqliteIndex) -> None:
    """`a/b` holds `a/b/c`, not `a/b-2` nor `a/bc`, and a place comes right before what is inside it."""
    publish(
        index, [store("lake", PLACE), job("a", writes=[f"lake/{p}" for p in ("a/b-2", "a/b/c", "a/b", "a/bc", "z")])]
    )

    with index.view() as view:
        assert texts(view.under(f"{PLACE}/a/b", 10)) == [f"{PLACE}/a/b", f"{PLACE}/a/b/c"]
        inside = [f"{PLACE}/{path}" for path in ("a/b", "a/b/c", "a/b-2", "a/bc", "z")]
        assert texts(view.under(PLACE, 10)) == inside
        assert texts(view.under(PLACE, 3)) == inside[:3]
        assert view.under("https://acct.blob.core.windows.net/other", 10) == []


def test_places_of_a_datastore_nobody_read_are_under_its_name(index: SqliteIndex) -> None:
    publish(index, [job("a", writes=["lake/a/b"])])

    with index.view() as view:
        assert texts(view.under(f"{WS}/datastores/lake", 10)) == [f"{WS}/datastores/lake/paths/a/b"]
        assert texts(view.under(f"{WS}/datastores/lake/paths/a", 10)) == [f"{WS}/datastores/lake/paths/a/b"]


def test_a_place_that_is_named_no_more_is_under_nothing(index: SqliteIndex) -> None:
    publish(index, [job("a", writes=["lake/a/b"]), job("b")])
    publish(index, [job("a"), job("b")])

    with index.view() as view:
        assert view.under(f"{WS}/datastores/lake", 10) == []
    with index.view(1) as view:
        assert len(view.under(f"{WS}/datastores/lake", 10)) == 1


def test_nodes_are_listed_by_text_page_after_page(index: SqliteIndex) -> None:
    """All kinds merged into one order; the pages together are the whole, each once."""
    publish(index, [model("m", "1"), model("m", "2"), job("a", made=["o"]), job("b", writes=["lake/x"])])

    with index.view() as view:
        whole = texts(view.list_nodes(NodeFilter()))
        assert whole == sorted(whole)
        assert len(whole) == 6
        pages: list[str] = []
        while page := texts(view.list_nodes(NodeFilter(), after=pages[-1] if pages else "", limit=2)):
            pages += page
        assert pages == whole


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (NodeFilter(kinds=(Kind.MODEL_VERSION,)), ["models/Müller/versions/1", "models/m/versions/1"]),
        (
            NodeFilter(kinds=(Kind.JOB, Kind.MODEL_VERSION), text="/M"),
            ["models/Müller/versions/1", "models/m/versions/1"],
        ),
        (NodeFilter(text="MÜLLER"), ["models/Müller/versions/1"]),
        (NodeFilter(states=(State.ARCHIVED,)), ["jobs/old"]),
        (NodeFilter(scope=WS, kinds=(Kind.JOB,)), ["jobs/a", "jobs/old"]),
        (NodeFilter(scope=WS[:-1]), []),
    ],
    ids=["kind", "kinds and text", "text beyond ASCII", "state", "scope", "a scope is no prefix of a name"],
)
def test_filters(index: SqliteIndex, wanted: NodeFilter, found: list[str]) -> None:
    publish(
        index, [model("m", "1"), model("Müller", "1"), job("a"), job("old", archived=True), job("x", scope=WS + "2")]
    )

    with index.view() as view:
        assert [text.removeprefix(f"{WS}/") for text in texts(view.list_nodes(wanted))] == found
        assert view.count_nodes(wanted) == len(found)


def test_keys_that_are_not_there_are_left_out(index: SqliteIndex) -> None:
    publish(index, [job("a")])

    with index.view() as view:
        assert list(view.nodes([key("a"), key("nobody"), 2**63 - 1])) == [key("a")]
        assert view.causes([key("nobody")]) == []
        assert view.nodes([]) == {}
        assert view.records(f"{WS}/jobs/nobody") == []


def test_thousands_of_keys_are_one_question(index: SqliteIndex) -> None:
    """No limit on bound values is met."""
    publish(index, [job(f"j{n}", made=["o"]) for n in range(5000)])

    with index.view() as view:
        keys = [key(f"j{n}") for n in range(5000)]
        assert len(view.nodes(keys)) == 5000
        assert len(view.effects(keys)) == 5000


def test_the_record_comes_back_as_it_was_said(index: SqliteIndex) -> None:
    record = job("a", listing=f"{WS}/jobs", tag="ü", odd=["x"])
    publish(index, [record])

    with index.view() as view:
        assert view.records(record.subject) == [record]
        assert view.nodes([key("a")])[key("a")].seen == "/seen/a"
        assert view.nodes([key("a")])[key("a")].facts == {"tag": "ü"}
        assert [end.record for end in view.loose(record.subject)] == [record.subject]


def test_records_of_many_things_come_by_key_as_one_by_one(index: SqliteIndex) -> None:
    """Each thing with all of its records, of the generation that is viewed; a thing without any is left out."""
    first = [job(f"j{n}", made=["o"], tag=str(n)) for n in range(300)]
    publish(index, first)
    publish(index, [job("j0", tag="new")])

    with index.view(1) as view:
        keys = [key(f"j{n}") for n in range(300)]
        told = view.records_of([*keys, key("nobody"), ids.key(f"{WS}/jobs/j0/outputs/o")])
        assert told == {ids.key(record.subject): [record] for record in first}
        assert all(told[ids.key(record.subject)] == view.records(record.subject) for record in first)
    with index.view() as view:
        assert [record.body["tag"] for record in view.records_of([key("j0")])[key("j0")]] == ["new"]


def test_gaps_and_loose_ends_of_many_things_come_by_key_as_one_by_one(index: SqliteIndex) -> None:
    """Each thing with all of its own, of the generation that is viewed; a thing without any is left out."""
    jobs = [job(f"j{n}", odd=[f"x{n}", "y"][: n % 3]) for n in range(300)]
    gaps = [Gap(f"{WS}/jobs/g{n}", RecordKind.JOB, WS, GapReason.FORBIDDEN, "no") for n in range(50)]
    publish(index, [*jobs, *gaps])
    publish(index, [*jobs[:2], job("j2"), *jobs[3:], *gaps[1:], job("g0")])

    with index.view(1) as view:
        keys = [key(f"{letter}{n}") for n in range(300) for letter in "jg"]
        ends, told = view.loose_of(keys), view.gaps_of(keys)
        assert ends == {key(f"j{n}"): view.loose(f"{WS}/jobs/j{n}") for n in range(300) if n % 3}
        assert sum(map(len, ends.values())) == 300
        assert told == {key(f"g{n}"): [gap] for n, gap in enumerate(gaps)}
    with index.view() as view:
        assert view.loose_of([key("j2"), key("j1")]) == {key("j1"): view.loose(f"{WS}/jobs/j1")}
        assert view.gaps_of([key("g0"), key("g1")]) == {key("g1"): [gaps[1]]}


def test_coverage_tells_each_scope(index: SqliteIndex) -> None:
    listing = Listing(f"{WS}/jobs", WS, complete=True, listed=1)
    partial = Listing("azureml://registries/r/models", "azureml://registries/r", complete=False, listed=0)
    publish(index, [job("a"), listing, partial])

    with index.view() as view:
        assert view.coverage() == [
            ScopeCoverage("azureml://registries/r", "2026-03-31T12:00:00.000Z", False, (partial,), 0),
            ScopeCoverage(WS, "2026-03-31T12:00:00.000Z", True, (listing,), 0),
        ]


@pytest.mark.parametrize(
    ("as_of", "number"),
    [
        (1, 1),
        ("2026-03-31", 2),
        ("2026-03-31T12:00:00Z", 1),
        ("2026-03-31T11:30:00-01:00", 1),
        ("2026-03-31T18:00:00Z", 2),
        ("2026-04-02", 3),
        (None, 3),
    ],
)
def test_as_of_is_a_number_or_an_instant(index: SqliteIndex, as_of: int | str | None, number: int) -> None:
    """An instant means the newest published at or before it, a bare date the end of that day."""
    for now in ("2026-03-31T12:00:00Z", "2026-03-31T18:00:00Z", "2026-04-01T06:00:00Z"):
        publish(index, [job("a")], now=now)

    with index.view(as_of) as view:
        assert view.generation.number == number


@pytest.mark.parametrize("as_of", [4, 0, "2026-03-30"])
def test_a_generation_that_never_was_is_unknown(index: SqliteIndex, as_of: int | str) -> None:
    publish(index, [job("a")])
    with pytest.raises(UnknownReference) as refused, index.view(as_of):
        pass
    assert "lineage status" in refused.value.remedy


def test_nonsense_as_an_instant_is_refused(index: SqliteIndex) -> None:
    publish(index, [job("a")])
    with pytest.raises(InvalidOption, match="neither a generation's number nor an instant"), index.view("last week"):
        pass


def test_an_index_without_a_generation_says_so(index: SqliteIndex) -> None:
    with pytest.raises(UnknownReference, match="nothing has been published"), index.view():
        pass


def test_other_names_are_asked_for_from_either_end(index: SqliteIndex) -> None:
    """`same` finds nothing where nothing is the same, whatever else ends there."""
    publish(index, [job("a", made=["o"])])

    with index.view() as view:
        assert view.same([key("a"), ids.key(f"{WS}/jobs/a/outputs/o")]) == []


def test_steps_are_edges_without_their_evidence(index: SqliteIndex) -> None:
    """Causes by the relations asked for, other names both ways, each with the kind of what it leads to."""
    publish(index, [job("a", made=["o"]), model("m", "1", source="a/outputs/o")])

    with index.view() as view:
        keys = view.keys(NodeFilter())
        nodes = view.nodes(keys)
        for relation in Relation:
            causes = [edge for edge in view.causes(keys) if edge.relation in (relation, Relation.SAME_AS)]
            told = [(step.here, step.there, step.certainty, step.rank) for step in view.steps(keys, [relation])]
            expected = [(edge.effect, edge.cause, edge.certainty, edge.rank) for edge in causes]
            expected += [
                (edge.cause, edge.effect, edge.certainty, edge.rank)
                for edge in view.effects(keys)
                if edge.relation is Relation.SAME_AS
            ]
            assert sorted(told) == sorted(expected)
        every = view.steps(keys, list(Relation))
        assert every
        assert all(step.kind is nodes[step.there].kind and not step.same for step in every)


def test_keys_are_those_of_the_nodes_that_pass(index: SqliteIndex) -> None:
    publish(index, [job("a", made=["o"]), job("b")])

    with index.view() as view:
        for wanted in (NodeFilter(), NodeFilter((Kind.JOB,)), NodeFilter((Kind.JOB,), text="B"), NodeFilter(scope=WS)):
            listed = view.list_nodes(wanted, limit=100)
            assert sorted(view.keys(wanted)) == sorted(node.key for node in listed)
            assert len(listed) == view.count_nodes(wanted)


def test_gaps_are_counted_and_listed_by_reason(index: SqliteIndex) -> None:
    gaps = [
        Gap(f"{WS}/jobs/{name}", RecordKind.JOB, WS, reason, "no")
        for name, reason in (("x", GapReason.FORBIDDEN), ("y", GapReason.FORBIDDEN), ("z", GapReason.LOOP))
    ]
    publish(index, gaps)

    with index.view() as view:
        assert view.reason_counts() == ({GapReason.FORBIDDEN: 2, GapReason.LOOP: 1}, {})
        assert view.gaps(None, 10, GapReason.LOOP) == gaps[2:]
        assert view.gaps(f"{WS}/jobs/x", 10, GapReason.LOOP) == []
        assert len(view.gaps(None, 1, GapReason.FORBIDDEN)) == 1


def test_the_most_used_are_those_to_which_most_links_lead(index: SqliteIndex) -> None:
    """As of the generation that is viewed; of the kinds that are asked for, by key where equal."""
    publish(index, [job("a", made=["o"]), job("b", uses=["a/o"]), job("c", uses=["a/o"])])
    publish(index, [job("a", made=["o"]), job("b", uses=["a/o"]), job("c")])

    output = key("a/outputs/o")
    with index.view(1) as view:
        assert view.most_used([Kind.JOB_OUTPUT], 5) == [(output, 2)]
        assert view.most_used([Kind.JOB], 5) == [(key("a"), 1)]
        assert view.most_used([Kind.MODEL], 5) == []
    with index.view() as view:
        assert view.most_used([Kind.JOB_OUTPUT], 5) == [(output, 1)]
        assert view.most_used([Kind.JOB_OUTPUT], 0) == []
