"""The adjacency in memory follows what is published, and every answer is of one generation."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

from lineage import ids, lookup
from lineage.api.session import Session
from lineage.graph import Direction
from lineage.impact import impact, tally
from lineage.index import SqliteIndex, open_index
from lineage.index.keeping import Keeper
from lineage.ports import Generation
from lineage.traversal import reach
from tests.index.conftest import publish
from tests.index.toy import WS, job


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it never came to hold"
        time.sleep(0.005)


def fan(size: int) -> list:  # type: ignore[type-arg]
    """One job and `size` others that used what it made."""
    return [job("first", made=["o"]), *(job(f"j{n}", uses=["first/o"]) for n in range(size))]


HUB = f"{WS}/jobs/first"


def test_a_new_generation_is_held_without_being_asked_for(index: SqliteIndex) -> None:
    publish(index, fan(3))
    with index.warmed(every=0.01, worth=1) as keeper:
        for size in (3, 5):
            publish(index, fan(size))
            with index.view() as view:
                newest = view.generation
            until(lambda newest=newest: keeper.of(newest) is not None)  # type: ignore[misc]
            with index.view() as view:
                closure = view.closure([ids.key(HUB)], Direction.DOWNSTREAM)
                assert closure is not None
                assert len(closure) == size + 2


def test_an_older_generation_and_one_not_yet_held_are_answered_from_the_file(index: SqliteIndex) -> None:
    publish(index, fan(3))
    with index.warmed(every=60, worth=1) as keeper:
        until(lambda: keeper.of(index.generations()[0]) is not None)
        publish(index, fan(4))
        with index.view() as new, index.view(1) as old:
            assert new.closure([ids.key(HUB)], Direction.DOWNSTREAM) is None
            assert tally(new, [lookup.find(new, HUB)]).total == 5
            assert old.closure([ids.key(HUB)], Direction.DOWNSTREAM) is not None
            assert tally(old, [lookup.find(old, HUB)]).total == 4


def test_the_last_reader_frees_the_old_adjacency(index: SqliteIndex) -> None:
    """Old and new are there together while somebody reads the old one, and no longer."""
    publish(index, fan(3))
    with index.warmed(every=0.01, worth=1) as keeper:
        first = index.generations()[0]
        until(lambda: keeper.of(first) is not None)
        freed = weakref.ref(keeper.of(first))  # type: ignore[arg-type]
        with index.view(1) as reader:
            publish(index, fan(4))
            until(lambda: keeper.of(index.generations()[-1]) is not None)
            assert freed() is not None
            closure = reader.closure([ids.key(HUB)], Direction.DOWNSTREAM)
            assert closure is not None
            assert len(closure) == 5
        del reader, closure
        gc.collect()
        until(lambda: freed() is None)


def test_a_small_graph_is_not_held(index: SqliteIndex) -> None:
    publish(index, fan(3))
    with index.warmed(every=0.01) as keeper:
        keeper.look()
        with index.view() as view:
            assert view.closure([ids.key(HUB)], Direction.DOWNSTREAM) is None


def test_what_cannot_be_built_leaves_what_is_held_and_is_tried_again(index: SqliteIndex) -> None:
    publish(index, fan(3))
    generation = index.generations()[0]
    tries = []

    def build(asked: Generation):  # type: ignore[no-untyped-def]
        tries.append(asked.number)
        if len(tries) < 3:
            raise MemoryError
        return index.adjacency(asked)

    keeper = Keeper(lambda: generation, build, every=0.01, worth=1)
    keeper.start()
    until(lambda: keeper.of(generation) is not None)
    keeper.stop()
    assert tries == [1, 1, 1]
    assert keeper.of(generation) is None


def test_tallies_are_the_counts_of_the_whole_answer(index: SqliteIndex) -> None:
    publish(index, fan(6))
    with index.view() as view:
        cold = tally(view, [lookup.find(view, HUB)])
    with index.warmed(every=0.01, worth=1) as keeper:
        until(lambda: keeper.of(index.generations()[0]) is not None)
        with index.view() as view:
            found = [lookup.find(view, HUB)]
            assert tally(view, found) == cold
        with Session(index) as session:
            assert len(session.view().closure([ids.key(HUB)], Direction.DOWNSTREAM) or ()) == 8
            assert cold.counts == impact(view, found).counts


def test_publications_under_questions_give_no_error_and_no_mixture(tmp_path: Path, index: SqliteIndex) -> None:
    """Three readers while eight generations come: each answer has the size that its generation was given."""
    publish(index, fan(1))
    asked, warm = [0, 0, 0], [0, 0, 0]
    wrong: list[object] = []
    done = threading.Event()

    def read(me: int) -> None:
        try:
            while not done.is_set():
                with index.view() as view:
                    expected = view.generation.number + 2
                    closure = view.closure([ids.key(HUB)], Direction.DOWNSTREAM)
                    reached = reach(view, [ids.key(HUB)], Direction.DOWNSTREAM).depth
                    asked[me] += 1
                    warm[me] += closure is not None
                    sizes = {len(reached), len(reached if closure is None else closure)}
                    if sizes != {expected}:
                        wrong.append((view.generation.number, sizes))
        except Exception as error:
            wrong.append(error)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(3)]
    with index.warmed(every=0.005, worth=1):
        for reader in readers:
            reader.start()
        writing = open_index(index.path, rules=index._rules)
        for size in range(2, 10):
            before = sum(asked)
            publish(writing, fan(size))
            until(lambda before=before: sum(asked) > before + 3)  # type: ignore[misc]
        until(lambda: all(warm))
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert all(asked)
