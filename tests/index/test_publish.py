"""What a publication keeps, retires and refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineage import ids, indexing
from lineage.errors import IndexFailure, ShrinkRefused, SourceUnreachable
from lineage.graph import Certainty, LooseReason, State
from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index
from lineage.index.nodes import is_thing
from lineage.index.schema import OPEN
from lineage.index.sqlite import Quiet
from lineage.ports import Held, NodeFilter, Reporter
from lineage.records import Fact, Gap, GapReason, Listing, Record, RecordKind
from tests.index.conftest import NOON, publish
from tests.index.toy import WS, ToyRules, job, key, model, store

JOBS = f"{WS}/jobs"
ALL_JOBS = Listing(JOBS, WS, complete=True, listed=2)
HISTORY = ("record", "claim", "node", "edge_out", "edge_in", "gap", "loose")


def listed(name: str, **body: object) -> Record:
    return job(name, listing=JOBS, **body)


def names(index: SqliteIndex, *states: State) -> list[str]:
    with index.view() as view:
        return [node.text.removeprefix(f"{WS}/") for node in view.list_nodes(NodeFilter(states=states))]


def history(index: SqliteIndex) -> dict[str, int]:
    """Rows of every table with history, and how many of them are closed."""
    connection = sqlite3.connect(index.path)
    try:
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in HISTORY}
        for table in HISTORY:
            closed = connection.execute(f"SELECT count(*) FROM {table} WHERE valid_to < {OPEN}").fetchone()[0]
            rows[f"{table} closed"] = closed
        return rows
    finally:
        connection.close()


def test_a_reader_of_a_place_is_linked_to_its_writer(index: SqliteIndex) -> None:
    """Two records that never name each other meet at the place that both name."""
    publish(index, [listed("prep", writes=["lake/clean"]), listed("train", reads=["lake/clean"])])

    with index.view() as view:
        (edge,) = view.causes([key("train")])
        assert (edge.effect, edge.cause, edge.certainty) == (key("train"), key("prep"), Certainty.CONFIRMED)
        assert edge.evidence.record == f"{WS}/jobs/train"
        assert edge.evidence.field == "body.reads"
        assert edge.since == 1


def test_a_second_writer_makes_what_was_certain_ambiguous(index: SqliteIndex) -> None:
    """The edge of a record that did not change is settled again when another record comes to its meeting place."""
    prep, train = listed("prep", writes=["lake/clean"]), listed("train", reads=["lake/clean"])
    publish(index, [prep, train, ALL_JOBS])
    publish(index, [prep, train, listed("prep2", writes=["lake/clean"]), ALL_JOBS])

    with index.view(1) as view:
        assert [(e.cause, e.certainty) for e in view.causes([key("train")])] == [(key("prep"), Certainty.CONFIRMED)]
    with index.view(2) as view:
        found = {(e.cause, e.certainty, e.since) for e in view.causes([key("train")])}
        assert found == {(key("prep"), Certainty.AMBIGUOUS, 2), (key("prep2"), Certainty.AMBIGUOUS, 2)}


def test_an_unchanged_crawl_is_a_new_generation_and_writes_no_history(index: SqliteIndex) -> None:
    """A nightly crawl of a quiet workspace costs its listing pages and one row."""
    facts = [
        listed("prep", writes=["lake/clean"], made=["o"]),
        listed("train", reads=["lake/clean"], odd=["?"]),
        ALL_JOBS,
    ]
    facts.append(Gap(f"{WS}/jobs/lost", RecordKind.JOB, WS, GapReason.FORBIDDEN, "refused, request 1"))
    first = publish(index, facts)
    before = history(index)
    facts[-1] = Gap(f"{WS}/jobs/lost", RecordKind.JOB, WS, GapReason.FORBIDDEN, "refused, request 2")
    second = publish(index, facts)

    assert (second.number, second.digest, second.counts) == (2, first.digest, first.counts)
    assert history(index) == before


def test_volatile_fields_are_no_change(index: SqliteIndex) -> None:
    """What moves without the thing having changed is no news."""
    one = Record(f"{WS}/jobs/a", RecordKind.JOB, WS, {"made": ["o"], "systemData": {"lastModifiedAt": "1"}})
    two = Record(f"{WS}/jobs/a", RecordKind.JOB, WS, {"made": ["o"], "systemData": {"lastModifiedAt": "2"}})
    first = publish(index, [one])
    before = history(index)

    assert publish(index, [two]).digest == first.digest
    assert history(index) == before


def test_what_a_complete_listing_no_longer_shows_is_gone(index: SqliteIndex) -> None:
    """Absence counts where everything was listed; the earlier generation still knows."""
    publish(index, [listed("a", made=["o"]), listed("b"), ALL_JOBS])
    publish(index, [listed("b"), ALL_JOBS])

    assert names(index) == ["jobs/b"]
    with index.view(1) as view:
        assert [node.text for node in view.nodes([key("a")]).values()] == [f"{WS}/jobs/a"]
    with index.view() as view:
        assert view.records(f"{WS}/jobs/a") == []


def test_absence_from_an_incomplete_listing_says_nothing(index: SqliteIndex) -> None:
    """A crawl that lost pages cannot tell that something is gone."""
    publish(index, [listed("a"), listed("b"), ALL_JOBS])
    publish(index, [listed("b"), Listing(JOBS, WS, complete=False, listed=1)])

    assert names(index, State.LIVE) == ["jobs/a", "jobs/b"]


def test_a_listing_is_complete_only_when_each_reading_of_it_was(index: SqliteIndex) -> None:
    """Whichever of the two is said last."""
    publish(index, [listed("a"), listed("b"), ALL_JOBS])
    publish(index, [listed("b"), Listing(JOBS, WS, complete=False, listed=1), ALL_JOBS])
    publish(index, [listed("b"), ALL_JOBS, Listing(JOBS, WS, complete=False, listed=1)])

    assert names(index) == ["jobs/a", "jobs/b"]


def test_what_was_got_by_name_is_gone_only_after_a_whole_crawl(index: SqliteIndex) -> None:
    """Nothing lists it, so every listing has to be complete before its absence means anything."""
    data = Listing(f"{WS}/data", WS, complete=False, listed=0)
    publish(index, [job("named"), listed("b"), ALL_JOBS])
    publish(index, [listed("b"), ALL_JOBS, data])
    assert names(index) == ["jobs/b", "jobs/named"]

    publish(index, [listed("b"), ALL_JOBS, Listing(f"{WS}/data", WS, complete=True, listed=0)])
    assert names(index) == ["jobs/b"]


def test_versions_of_a_container_that_is_gone_are_gone(index: SqliteIndex) -> None:
    """The listing of its versions is made no more; a whole crawl without it says why."""
    versions = Listing(f"{WS}/models/m/versions", WS, complete=True, listed=1)
    publish(index, [model("m", "1"), listed("b"), listed("c"), ALL_JOBS, versions])
    publish(index, [listed("b"), listed("c"), ALL_JOBS])

    assert names(index) == ["jobs/b", "jobs/c"]


def test_what_is_refused_now_is_kept_and_says_so(index: SqliteIndex) -> None:
    """A 403 takes away the right to look, not what was seen."""
    refused = Gap(
        f"{WS}/jobs/a", RecordKind.JOB, WS, GapReason.FORBIDDEN, "403 AuthorizationFailed", "ask for Reader", 403
    )
    publish(index, [listed("a", made=["o"]), listed("b"), ALL_JOBS])
    publish(index, [listed("b"), refused, ALL_JOBS])

    with index.view() as view:
        node = view.nodes([key("a")])[key("a")]
        assert (node.state, node.reason, node.remedy) == (State.FORBIDDEN, "403 AuthorizationFailed", "ask for Reader")
        assert [record.body for record in view.records(f"{WS}/jobs/a")] == [{"made": ["o"]}]
        assert view.gaps(f"{WS}/jobs/a") == [refused]
        output = ids.key(f"{WS}/jobs/a/outputs/o")
        assert view.nodes([output])[output].state is State.FORBIDDEN

    publish(index, [listed("a", made=["o"]), listed("b"), ALL_JOBS])
    assert names(index, State.LIVE) == ["jobs/a", "jobs/a/outputs/o", "jobs/b"]


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (GapReason.NOT_FOUND, State.DELETED),
        (GapReason.FORBIDDEN, State.FORBIDDEN),
        (GapReason.THROTTLED, State.UNRESOLVED),
    ],
)
def test_a_thing_that_only_a_gap_tells_of_is_a_node(index: SqliteIndex, reason: GapReason, state: State) -> None:
    """What could not be read is in the graph, with its reason."""
    publish(index, [listed("b"), Gap(f"{WS}/jobs/lost", RecordKind.JOB, WS, reason, "why", "what to do")])

    with index.view() as view:
        node = view.nodes([key("lost")])[key("lost")]
        assert (node.kind, node.state, node.reason, node.remedy) == (Kind.JOB, state, "why", "what to do")


def test_what_run_history_keeps_to_itself_does_not_hide_the_job(index: SqliteIndex) -> None:
    """The job's own answer was read: it is live, and the reason why something is missing is told."""
    publish(index, [listed("a"), Gap(f"{WS}/jobs/a", RecordKind.RUN, WS, GapReason.FORBIDDEN, "403 on run history")])

    with index.view() as view:
        node = view.nodes([key("a")])[key("a")]
        assert (node.state, node.reason) == (State.LIVE, "403 on run history")


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_things_said_of_one_record_the_listed_one_counts(index: SqliteIndex, turn: int) -> None:
    """In whichever order they are said; of two of equal standing it is the same one each time."""
    publish(index, [job("a", made=["named"]), listed("a", made=["listed"]), job("a", made=["named", "again"])][::turn])

    assert names(index) == ["jobs/a", "jobs/a/outputs/listed"]
    assert rows(index, "body") == 1


def test_two_equal_sayings_end_in_one_digest_in_either_order(make: Callable[..., SqliteIndex]) -> None:
    """A page shown twice with a change in between: either may be kept, but always the same."""
    one, two = make("one"), make("two")
    publish(one, [listed("a", made=["o"]), listed("a", made=["p"])])
    publish(two, [listed("a", made=["p"]), listed("a", made=["o"])])

    assert one.digest == two.digest


def test_an_edge_that_is_gone_is_gone_from_both_ends(index: SqliteIndex) -> None:
    """From the generation on in which it went, and not before."""
    publish(index, [listed("a", writes=["lake/x"]), listed("b", reads=["lake/x"]), ALL_JOBS])
    publish(index, [listed("a", writes=["lake/x"]), listed("b"), ALL_JOBS])

    for number, count in ((1, 1), (2, 0)):
        with index.view(number) as view:
            assert len(view.causes([key("b")])) == count
            assert [e.effect for e in view.effects([key("a")]) if e.effect == key("b")] == [key("b")] * count


def test_a_gap_about_a_listing_is_no_node(index: SqliteIndex) -> None:
    """A listing is not a thing; its gap is told with the coverage."""
    lost = Gap(f"{WS}/models/m/versions", RecordKind.MODEL_VERSION, WS, GapReason.THROTTLED, "429")
    publish(index, [listed("b"), lost])

    assert names(index) == ["jobs/b"]
    with index.view() as view:
        assert view.gaps() == [lost]
        assert [(c.scope, c.complete, c.gaps) for c in view.coverage()] == [(WS, False, 1)]


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        (WS, True),
        (f"{WS}/jobs/j", True),
        (f"{WS}/models/m/versions/1", True),
        ("azureml://registries/r", True),
        ("azureml://registries/r/models/m/versions/1", True),
        (f"{WS}/jobs", False),
        (f"{WS}/models/m/versions", False),
        ("azureml://registries/r/models", False),
        ("https://elsewhere.example/page", False),
    ],
)
def test_a_thing_is_told_from_a_listing_by_its_text(text: str, thing: bool) -> None:
    assert is_thing(text) is thing


def test_what_is_named_and_never_read_is_unresolved(index: SqliteIndex) -> None:
    """And it goes when nothing names it any more."""
    index = open_index(index.path, rules=ToyRules(2))
    publish(index, [listed("a", odd=["elsewhere"]), ALL_JOBS])
    with index.view() as view:
        node = view.nodes([key("elsewhere")])[key("elsewhere")]
        assert (node.state, node.kind) == (State.UNRESOLVED, Kind.JOB)
        assert "never read" in node.reason
        assert node.remedy.startswith("crawl the workspace")

    publish(index, [listed("a"), ALL_JOBS])
    assert names(index) == ["jobs/a"]


def test_places_and_outputs_of_a_job_that_was_read_are_not_unresolved(index: SqliteIndex) -> None:
    """Neither has a record of its own; an output stands as its job does."""
    publish(index, [listed("a", made=["o"], writes=["lake/x"], archived=True)])

    assert names(index, State.ARCHIVED) == ["jobs/a", "jobs/a/outputs/o"]
    assert names(index, State.LIVE) == ["datastores/lake/paths/x"]


def test_an_output_stands_as_its_job_does_whenever_the_job_is_read(index: SqliteIndex) -> None:
    """Also when only another record names the output, before and after its job is known."""
    user = listed("user", uses=["maker/o"])
    publish(index, [user, listed("b"), ALL_JOBS])
    assert names(index, State.UNRESOLVED) == ["jobs/maker/outputs/o"]

    publish(index, [user, listed("b"), listed("maker"), ALL_JOBS])
    assert names(index, State.UNRESOLVED) == []

    publish(index, [user, listed("b"), ALL_JOBS])
    assert names(index, State.UNRESOLVED) == ["jobs/maker/outputs/o"]


def test_a_datastore_learnt_later_moves_every_claim_to_the_physical_place(index: SqliteIndex) -> None:
    """What a datastore stands for changes claims of records that did not change."""
    jobs = [listed("prep", writes=["lake/clean"]), listed("train", reads=["other/clean"]), ALL_JOBS]
    publish(index, jobs)
    with index.view() as view:
        assert view.causes([key("train")]) == []
        assert [end.reason for end in view.loose()] == [LooseReason.NO_WRITER]

    physical = "https://acct.blob.core.windows.net/c"
    publish(index, [*jobs, store("lake", physical), store("other", physical)])
    with index.view() as view:
        assert [edge.cause for edge in view.causes([key("train")])] == [key("prep")]
        assert view.loose() == []
        assert view.datastores() == {f"{WS}/datastores/lake": physical, f"{WS}/datastores/other": physical}
    with index.view(1) as view:
        assert view.datastores() == {}


def test_losing_more_than_half_needs_a_word(index: SqliteIndex) -> None:
    """A crawl with the wrong identity must not empty the index overnight."""
    first = publish(index, [listed("a"), listed("b"), listed("c"), ALL_JOBS])
    with pytest.raises(ShrinkRefused) as refused:
        publish(index, [listed("a"), ALL_JOBS])

    assert str(refused.value) == (
        f"the index holds 3 records of {WS} and this crawl found 1 of them again; nothing was published"
    )
    assert "--accept-shrink" in refused.value.remedy
    assert index.digest == first.digest
    assert publish(index, [listed("a"), ALL_JOBS], accept_shrink=True).counts["records"] == 1


def test_losing_exactly_half_needs_no_word(index: SqliteIndex) -> None:
    publish(index, [listed("a"), listed("b"), ALL_JOBS])

    assert publish(index, [listed("a"), ALL_JOBS]).counts["records"] == 1


def test_finding_nothing_where_something_was_needs_a_word(index: SqliteIndex) -> None:
    """Also when no listing was complete, so that nothing would be retired."""
    publish(index, [listed("a")])
    with pytest.raises(ShrinkRefused, match="found none of them"):
        publish(index, [Listing(JOBS, WS, complete=False, listed=0)])


def test_an_empty_workspace_listed_completely_is_a_generation(index: SqliteIndex) -> None:
    generation = publish(index, [Listing(JOBS, WS, complete=True, listed=0)])

    assert (generation.number, generation.counts["records"]) == (1, 0)


class Failing:
    """A source that says two things and then cannot go on."""

    root = WS

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def crawl(self, report: Reporter, held: Held | None = None) -> Iterator[Fact]:
        yield listed("new")
        yield listed("newer")
        raise self._error


class Stopping(Quiet):
    """A Reporter during whose n-th word the user presses Ctrl-C."""

    def __init__(self, task: str) -> None:
        self._task = task

    def progress(self, task: str, done: int, total: int | None = None) -> None:
        if task == self._task:
            raise KeyboardInterrupt


def rows(index: SqliteIndex, table: str) -> int:
    connection = sqlite3.connect(index.path)
    try:
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count
    finally:
        connection.close()


@pytest.mark.parametrize("error", [SourceUnreachable("the host does not answer"), KeyboardInterrupt()], ids=repr)
def test_a_source_that_fails_publishes_nothing(index: SqliteIndex, error: BaseException) -> None:
    """What had come waits for the next crawl, which begins without it when it is told to."""
    first = publish(index, [listed("a"), ALL_JOBS])
    with pytest.raises(type(error)):
        indexing.crawl(Failing(error), index, Quiet())

    assert [g.digest for g in index.generations()] == [first.digest]
    assert (rows(index, "body"), rows(index, "stage")) == (3, 2)
    publish(index, [listed("a"), ALL_JOBS], resume=False)
    assert (rows(index, "body"), rows(index, "stage"), rows(index, "checkpoint")) == (1, 0, 0)


@pytest.mark.parametrize("task", ["stage", "link", "settle", "nodes", "publish"])
def test_stopping_a_publication_leaves_what_was_published(index: SqliteIndex, task: str) -> None:
    """Whenever the user stops it: nothing is half done and the next publication can begin."""
    first = publish(index, [listed("a", writes=["lake/x"]), ALL_JOBS])
    changed = [listed("a", writes=["lake/x"]), listed("b", reads=["lake/x"]), ALL_JOBS]
    with pytest.raises(KeyboardInterrupt):
        publish(index, changed, report=Stopping(task))

    assert index.generations() == [first]
    assert rows(index, "checkpoint") == 1
    assert publish(index, changed).number == 2
    assert (rows(index, "body"), rows(index, "stage"), rows(index, "checkpoint")) == (2, 0, 0)
    assert index.verify().difference == ""


def test_the_log_does_not_grow_for_ever(index: SqliteIndex) -> None:
    """It is written back after each publication; a reader that stays puts that off until it has left."""
    log = index.path.with_name(index.path.name + "-wal")
    jobs = [listed(f"j{n}", made=["o"]) for n in range(500)]
    publish(index, [*jobs, ALL_JOBS])
    assert log.stat().st_size == 0

    with index.view() as view:
        for tag in range(3):
            publish(index, [*jobs[:-1], listed("j499", tag=str(tag)), ALL_JOBS])
        assert view.generation.number == 1
    publish(index, [*jobs, ALL_JOBS])
    assert log.stat().st_size == 0


def test_two_roots_that_read_one_thing_keep_it_together(index: SqliteIndex) -> None:
    """A registry's asset that one workspace no longer names is still named by the other."""
    other = WS + "2"
    shared = job("shared", scope="azureml://registries/r")
    publish(index, [listed("a"), shared, ALL_JOBS])
    both = publish(index, [job("x", scope=other), shared, Listing(f"{other}/jobs", other, True, 1)], root=other)
    after = publish(index, [listed("a"), ALL_JOBS])

    with index.view() as view:
        assert len(view.records(shared.subject)) == 1
    assert after.digest == both.digest
    publish(index, [job("x", scope=other), Listing(f"{other}/jobs", other, True, 1)], root=other)
    with index.view() as view:
        assert view.records(shared.subject) == []


def test_one_root_reads_what_another_may_not(index: SqliteIndex) -> None:
    """A refusal to one identity does not hide what another was shown."""
    shared = job("shared", scope="azureml://registries/r")
    refused = Gap(shared.subject, RecordKind.JOB, "azureml://registries/r", GapReason.FORBIDDEN, "403")
    publish(index, [listed("a"), shared])
    publish(index, [job("x", scope=WS + "2"), refused], root=WS + "2")

    with index.view() as view:
        assert view.nodes([ids.key(shared.subject)])[ids.key(shared.subject)].state is State.LIVE
        assert view.gaps() == [refused]


def test_the_root_of_a_scope_has_the_last_word_on_what_lives_there(index: SqliteIndex) -> None:
    """Another root's older or newer look at the same thing does not replace its own."""
    publish(index, [listed("a", tag="own")])
    publish(index, [job("a", tag="seen from outside")], root=WS + "2")

    with index.view() as view:
        assert [record.body for record in view.records(f"{WS}/jobs/a")] == [{"tag": "own"}]


def test_two_names_with_one_key_stop_the_publication(tmp_path: Path) -> None:
    """63 bits make it unlikely; a wrong merge would be worse than an error."""
    clash = {f"{WS}/jobs/a": 7, f"{WS}/jobs/b": 7}
    index = open_index(
        tmp_path / "i.db", create=True, rules=ToyRules(), key=lambda text: clash.get(text) or ids.key(text)
    )
    for facts in ([listed("a"), listed("b")], [listed("c", made=["x"]), listed("a"), job("d", made=["y"])]):
        if len(facts) == 3:
            clash[f"{WS}/jobs/c/outputs/x"] = 7
        with pytest.raises(IndexFailure, match="two different names have the same key") as refused:
            publish(index, facts)
        assert f"{WS}/jobs/a" in str(refused.value)
    assert index.generations() == []


def test_a_name_that_clashes_with_an_earlier_crawl_stops_the_publication(tmp_path: Path) -> None:
    clash = {f"{WS}/jobs/a": 7, f"{WS}/jobs/b": 7}
    index = open_index(
        tmp_path / "i.db", create=True, rules=ToyRules(), key=lambda text: clash.get(text) or ids.key(text)
    )
    publish(index, [listed("a")])
    with pytest.raises(IndexFailure, match=r"jobs/a.*jobs/b"):
        publish(index, [listed("b")])
    assert len(index.generations()) == 1


def test_the_newest_rules_link_what_the_older_ones_could_not(make: Callable[..., SqliteIndex]) -> None:
    """Relink publishes a generation of its own and leaves the one before as it was."""
    old = make(rules=ToyRules(1))
    first = publish(old, [listed("a", odd=["b"]), listed("b"), ALL_JOBS])
    new = open_index(old.path, rules=ToyRules(2))
    second = new.relink(clock=lambda: NOON)

    assert (second.number, second.rules, second.root) == (2, 2, "")
    with new.view() as view:
        assert [edge.cause for edge in view.causes([key("a")])] == [key("b")]
        assert view.loose() == []
    with new.view(1) as view:
        assert view.generation == first
        assert view.causes([key("a")]) == []
        assert [end.value for end in view.loose()] == ["b"]


def test_a_crawl_under_new_rules_links_everything_again(make: Callable[..., SqliteIndex]) -> None:
    """Claims of older rules are not settled by newer ones."""
    old = make(rules=ToyRules(1))
    publish(old, [listed("a", odd=["b"]), listed("b"), ALL_JOBS])
    new = open_index(old.path, rules=ToyRules(2))
    publish(new, [listed("a", odd=["b"]), listed("b"), ALL_JOBS])

    with new.view() as view:
        assert [edge.cause for edge in view.causes([key("a")])] == [key("b")]
