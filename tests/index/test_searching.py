"""The words of an index: equal to the definition, right for every generation, and made again when they are lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage import search
from lineage.errors import IndexFailure, SearchNotReady
from lineage.graph import Node, State
from lineage.ids import Kind
from lineage.index import SqliteIndex, open_index, searching, wordbook
from lineage.index.searching import beside
from lineage.ports import Asked, NodeFilter, View
from lineage.records import Listing, Record
from tests.index.conftest import publish
from tests.index.toy import WS, Description, ToyRules, job, model


class Telling(ToyRules):
    """Facts are the record's body as it is; the name is under `called`, else that of the subject."""

    def describe(self, record: Record) -> Description:
        told = super().describe(record)
        facts = {"name": record.subject.rpartition("/")[2], **record.body}
        facts["name"] = facts.pop("called", facts["name"])
        return Description(told.text, told.kind, told.archived, facts)


def nodes(view: View) -> list[Node]:
    return view.list_nodes(NodeFilter(), limit=100_000)


def found(index: SqliteIndex, text: str, as_of: int | None = None, **wanted: Any) -> list[str]:
    """Names of what a search finds, the best first."""
    with index.view(as_of) as view:
        page = search.search(view, text, Asked(**wanted))
        assert page.total == len(page.rows)
        return [hit.node.text.rpartition("/")[2] for hit in page.rows]


def alike(view: View, asked: Asked, limit: int = 10_000) -> None:
    """The index finds, counts and ranks what the definition does."""
    ours, theirs = view.search(asked, limit), search.hits(nodes(view), asked, limit)
    assert ours.counts == theirs.counts
    assert search.ranked(ours) == search.ranked(theirs)
    assert sorted(ours.found) == sorted(theirs.found)


_WORD = st.text(alphabet="abcABCäÄßéŁ日本-_. /\"'*^():{}\u0301", min_size=1, max_size=7)
_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "called": st.lists(st.sampled_from(["a", "ab", "b", "cÄ"]), min_size=1, max_size=3).map("-".join),
        "displayName": _WORD,
        "description": _WORD,
        "tags": st.dictionaries(_WORD, _WORD, max_size=2),
        "createdBy": _WORD,
        "experiment": _WORD,
        "git": st.fixed_dictionaries({"commit": _WORD}),
        "flavors": st.lists(_WORD, max_size=2),
        "status": _WORD,
    },
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(_FACTS, min_size=1, max_size=8), st.lists(_WORD, min_size=1, max_size=3), st.data())
def test_the_index_finds_what_the_definition_finds(
    tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], asked: list[str], data: st.DataObject
) -> None:
    """Whatever the facts and whatever is asked, also what means something to SQLite."""
    index = open_index(tmp_path_factory.mktemp("words") / "i.db", create=True, rules=Telling())
    publish(index, [job(f"j{number}", made=["out"], **facts) for number, facts in enumerate(told)])
    words = tuple(" ".join(piece) for one in asked if (piece := search.tokens(one)))
    if not words:
        return
    kinds = data.draw(st.sampled_from([(), (Kind.JOB,), (Kind.JOB, Kind.JOB_OUTPUT)]))
    with index.view() as view:
        alike(view, Asked(words, kinds=kinds))
        alike(view, Asked(words, states=(State.LIVE,), scope=WS))
        alike(view, Asked(words, scope="azureml://registries/none"))
    index.close()


def test_every_generation_is_searched_as_it_was(make: Callable[..., SqliteIndex]) -> None:
    """What was added later is not found earlier, what is gone is found where it was, and a change is found once."""
    index = make(rules=Telling())
    listing = Listing(f"{WS}/jobs", WS, complete=True, listed=0)

    def told(name: str, shown: str) -> Record:
        return job(name, listing=listing.text, displayName=shown)

    publish(index, [listing, told("alpha", "first"), told("beta", "first")])
    assert found(index, "first") == ["alpha", "beta"]
    publish(index, [listing, told("alpha", "second"), told("gamma", "first")])
    publish(index, [listing, told("alpha", "second")], accept_shrink=True)

    assert found(index, "first") == []
    assert found(index, "second") == ["alpha"]
    assert found(index, "first", 2) == ["gamma"]
    assert found(index, "second", 2) == ["alpha"]
    assert found(index, "first", 1) == ["alpha", "beta"]
    for number in (1, 2, 3):
        with index.view(number) as view:
            alike(view, Asked(("first",)))


def test_only_what_is_new_is_read_again(make: Callable[..., SqliteIndex]) -> None:
    """After a publication its rows alone are added, and another process need not add them."""
    index = make(rules=Telling())
    publish(index, [job(f"j{number}") for number in range(50)])
    added: list[tuple[int, int]] = []
    index.searcher.refresh(lambda done, total: added.append((done, total)))
    publish(index, [job(f"j{number}") for number in range(50)] + [job("new")])
    index.searcher.refresh(lambda done, total: added.append((done, total)))
    other = open_index(index.path)
    other.searcher.refresh(lambda done, total: added.append((done, total)))

    assert added == [(50, 50), (51, 51)]
    assert found(other, "new") == ["new"]


def test_a_view_that_is_older_than_the_words_still_answers_for_itself(make: Callable[..., SqliteIndex]) -> None:
    index = make(rules=Telling())
    publish(index, [job("one")])
    with index.view() as view:
        publish(index, [job("one", displayName="other"), job("two")])
        assert found(index, "two") == ["two"]
        assert [hit.node.text for hit in search.search(view, "one").rows] == [f"{WS}/jobs/one"]
        assert search.search(view, "two other").total == search.search(view, "other").total == 0


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_killed_refresh_is_gone_on_with(
    make: Callable[..., SqliteIndex], monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """Whole batches stay; the next one begins behind them and ends at the same words."""
    monkeypatch.setattr(wordbook, "BATCH", 10)
    index = make(rules=Telling())
    publish(index, [job(f"j{number}") for number in range(35)])
    seen: list[int] = []

    class Killed(BaseException):
        pass

    def told(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == stop_after:
            raise Killed

    with pytest.raises(Killed):
        index.searcher.refresh(told)
    assert not index.searcher._lock.locked()
    again: list[int] = []
    fresh = open_index(index.path)
    fresh.searcher.refresh(lambda done, total: again.append(done))

    assert again[0] == stop_after * 10
    with fresh.view() as view:
        alike(view, Asked(("j",)))


def test_two_processes_may_add_words_at_once(make: Callable[..., SqliteIndex], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordbook, "BATCH", 7)
    index = make(rules=Telling())
    publish(index, [job(f"j{number}") for number in range(200)])
    others = [open_index(index.path) for _ in range(4)]
    threads = [threading.Thread(target=other.searcher.refresh) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for other in others:
        with other.view() as view:
            alike(view, Asked(("j",)))
            assert view.search(Asked(("j",)), 10).counts == {(Kind.JOB, State.LIVE, WS): 200}


def test_an_index_in_the_place_of_another_gets_words_of_its_own(make: Callable[..., SqliteIndex]) -> None:
    """The file that was left behind is told by its generation and its rows, not by its name."""
    index, other = make(rules=Telling()), make("other", rules=Telling())
    publish(index, [job("mine")])
    publish(other, [job("theirs")])
    assert found(index, "mine") == ["mine"]
    other.close()
    other.path.replace(index.path)
    for ending in ("-wal", "-shm"):
        index.path.with_name(index.path.name + ending).unlink(missing_ok=True)

    assert found(index, "theirs") == ["theirs"]
    assert found(index, "mine") == []
    assert found(open_index(index.path), "theirs") == ["theirs"]


def test_a_backup_that_went_another_way_gets_its_own_words(make: Callable[..., SqliteIndex]) -> None:
    """The same rows under the same numbers, of a generation that says something else."""
    index = make(rules=Telling())
    publish(index, [job("one", displayName="first")])
    index.close()
    backup = index.path.read_bytes()
    publish(index, [job("one", displayName="second")])
    assert found(index, "second") == ["one"]
    index.close()
    index.path.write_bytes(backup)
    again = open_index(index.path, rules=Telling())
    publish(again, [job("one", displayName="third")])

    assert found(again, "third") == ["one"]
    assert found(again, "second") == []
    assert found(again, "first", 1) == ["one"]


def test_rows_that_were_numbered_anew_are_read_again(make: Callable[..., SqliteIndex]) -> None:
    """`VACUUM` may do so; a search must never show another thing than it found."""
    index = make(rules=Telling())
    publish(index, [job(f"j{number}", displayName=f"shown {number}") for number in range(40)])
    assert found(index, "shown 7") == ["j7"]
    index.close()
    with sqlite3.connect(index.path) as connection:
        connection.execute("CREATE TABLE aside AS SELECT * FROM node ORDER BY text DESC")
        connection.execute("DELETE FROM node")
        connection.execute("INSERT INTO node SELECT * FROM aside")
        connection.execute("DROP TABLE aside")
    connection.close()

    assert found(open_index(index.path), "shown 7") == ["j7"]


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\x00" + b"x" * 5000])
def test_words_that_are_damaged_are_made_again(make: Callable[..., SqliteIndex], damage: bytes) -> None:
    index = make(rules=Telling())
    publish(index, [job("one")])
    beside(index.path).write_bytes(damage)

    assert found(index, "one") == ["one"]
    assert index.searcher._aside is None


def test_a_file_of_another_program_is_left_alone(make: Callable[..., SqliteIndex]) -> None:
    index = make(rules=Telling())
    publish(index, [job("one")])
    with sqlite3.connect(beside(index.path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = beside(index.path).read_bytes()

    with pytest.raises(IndexFailure, match="another program") as refused, index.view() as view:
        search.search(view, "one")
    assert "move that file away" in refused.value.remedy
    assert beside(index.path).read_bytes() == before


def test_a_folder_that_may_not_be_written_is_searched_all_the_same(
    make: Callable[..., SqliteIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are kept in a temporary folder then, and go with the index."""
    index = make(rules=Telling())
    publish(index, [job("one")])

    def refused(book: wordbook.Wordbook) -> None:
        raise PermissionError(13, "read-only", str(book.path))

    monkeypatch.setattr(searching, "_writable", refused)
    index.close()
    assert found(index, "one") == ["one"]
    aside = index.searcher._aside
    assert aside is not None
    assert list(aside.iterdir())
    index.close()
    assert not aside.exists()


def test_a_service_does_not_keep_questions_waiting(
    make: Callable[..., SqliteIndex], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With much to read it says so, reads in a thread, and answers when that is done."""
    monkeypatch.setattr(searching, "AT_ONCE", 10)
    monkeypatch.setattr(searching, "PATIENCE", 0.0)
    index = make(rules=Telling())
    publish(index, [job(f"j{number}") for number in range(30)])
    gate = threading.Event()
    plain = wordbook._add

    def slow(*arguments: Any) -> None:
        gate.wait(10)
        plain(*arguments)

    monkeypatch.setattr(wordbook, "_add", slow)
    with index.warmed(every=60):
        with pytest.raises(SearchNotReady, match="are being read") as refused, index.view() as view:
            search.search(view, "j1")
        assert refused.value.exit_code == 75
        gate.set()
        worker = index.searcher._worker
        assert worker is not None
        worker.join(10)
        assert found(index, "j17") == ["j17"]
        publish(index, [*(job(f"j{number}") for number in range(30)), job("new")])
        assert found(index, "new") == ["new"]


def test_a_service_reads_ahead_only_where_somebody_searches(make: Callable[..., SqliteIndex]) -> None:
    """An index that is never searched costs nothing; one that is gets its new words before they are asked for."""
    index = make(rules=Telling())
    publish(index, [job("one")])
    with index.warmed(every=60):
        assert index.searcher._worker is None
    assert found(index, "one") == ["one"]
    publish(index, [job("one"), job("two")])
    other = open_index(index.path)
    with other.warmed(every=60):
        worker = other.searcher._worker
        assert worker is not None
        worker.join(10)
        assert other.searcher._ready == 2


def test_no_more_are_listed_than_were_asked_for_and_the_best_of_them(make: Callable[..., SqliteIndex]) -> None:
    """All are counted; of each tier as many as fit are listed, the best tiers first."""
    index = make(rules=Telling())
    jobs = [job(f"n{number}", description="word") for number in range(50)]
    publish(index, [*jobs, *(job(f"word-{number}") for number in range(3)), model("m", "1", displayName="word")])

    with index.view() as view:
        told = view.search(Asked(("word",)), 6)
    assert sum(told.counts.values()) == 54
    assert [tier for *_, tier in told.found] == [0, 0, 0, 2, 4, 4]
