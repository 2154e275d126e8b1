"""What is no index is refused with a sentence that says what to do; what cannot be written says why."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lineage.errors import IndexBusy, IndexFailure, IndexInvalid, IndexMissing
from lineage.index import SqliteIndex, open_index, opening
from lineage.index.lock import publisher
from lineage.index.schema import VERSION
from tests.index.conftest import NOON, publish
from tests.index.toy import ToyRules, job


@pytest.fixture
def full(index: SqliteIndex) -> Path:
    """The file of an index with one generation, its log written back."""
    publish(index, [job(f"j{n}", made=["o"]) for n in range(300)])
    index.close()
    return index.path


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("subject,kind\n" * 100)


def _foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _stub(path: Path) -> None:
    os.truncate(path, 60)


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()


def _unpublished(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE published SET number = 7")
    connection.commit()
    connection.close()


def _scribbled(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3900)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("harm", "sentence", "remedy"),
    [
        (_empty, "is empty, not an index", "crawl again"),
        (_text, "is not an index: it is no database at all", "--index"),
        (_foreign, "is a database of another program", "--index"),
        (_truncated, "is truncated", "restore it from a backup"),
        (_stub, "is truncated", "crawl again"),
        (_newer, f"newer version of this program (schema {VERSION + 1}, this one reads up to {VERSION})", "update"),
        (_unpublished, "what it says is published is not there", "restore it from a backup"),
        (_scribbled, "is damaged", "restore it from a backup"),
        (_folder, "is a folder", "--index"),
    ],
    ids=lambda value: getattr(value, "__name__", "")[1:] or None,
)
def test_what_is_no_sound_index_is_refused(
    full: Path, harm: Callable[[Path], None], sentence: str, remedy: str
) -> None:
    """Never a traceback, never an empty answer; reading and publishing alike, and the file is left as it is."""
    harm(full)
    before = full.read_bytes() if full.is_file() else None
    for create in (False, True):
        with pytest.raises(IndexInvalid) as refused:
            publish(open_index(full, create=create, rules=ToyRules()), [job("a")])
        assert sentence in str(refused.value)
        assert str(full) in str(refused.value)
        assert remedy in refused.value.remedy
    assert (full.read_bytes() if full.is_file() else None) == before


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as refused:
        open_index(tmp_path / "none.db")
    assert str(refused.value) == f"there is no index at {tmp_path / 'none.db'}"
    assert "lineage crawl" in refused.value.remedy
    assert not (tmp_path / "none.db").exists()


def test_damage_deep_inside_is_told_when_it_is_met(full: Path) -> None:
    """Opening does not read everything; what is read later is refused in the same words."""
    with full.open("r+b") as file:
        for page in range(2, full.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xee" * 64)
    with pytest.raises(IndexInvalid, match="is damaged"):
        open_index(full).verify()


def test_a_name_with_marks_is_a_name(tmp_path: Path) -> None:
    """A path cannot smuggle options into the way the file is opened."""
    path = tmp_path / "team?mode=memory#1 %41.db"
    publish(open_index(path, create=True, rules=ToyRules()), [job("a")])

    assert path.exists()
    assert open_index(path).generations()[0].counts["records"] == 1


def test_folders_are_made_for_a_new_index(tmp_path: Path) -> None:
    open_index(tmp_path / "a" / "b" / "index.db", create=True)
    assert (tmp_path / "a" / "b" / "index.db").stat().st_size > 0
    assert not (tmp_path / "a" / "b" / "index.db.new").exists()


def test_an_index_that_somebody_made_meanwhile_is_not_made_again(full: Path) -> None:
    """Two crawls that both found nothing cannot wipe out each other's first generation."""
    opening.make(full)

    assert open_index(full).generations()[0].counts["records"] == 300


def test_a_second_publisher_is_told_who_publishes(index: SqliteIndex) -> None:
    """And what the first one does is not disturbed."""
    with publisher(index.path, NOON), pytest.raises(IndexBusy) as refused:
        publish(index, [job("a")])

    assert str(refused.value) == f"process {os.getpid()} since {NOON} is publishing into {index.path}"
    assert refused.value.remedy.startswith("wait until it has finished")
    assert publish(index, [job("a")]).number == 1


def test_the_lock_of_a_dead_process_is_taken_over(index: SqliteIndex) -> None:
    """A killed publisher holds nothing, though its name is still written there."""
    script = (
        "import os, signal, sys; from pathlib import Path; from lineage.index.lock import publisher\n"
        "with publisher(Path(sys.argv[1]), 'long ago'): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(index.path)], check=False)

    assert "long ago" in index.path.with_name(index.path.name + ".lock").read_text()
    assert publish(index, [job("a")]).number == 1


def test_another_program_that_writes_the_file_makes_it_busy(index: SqliteIndex) -> None:
    """Someone with a database tool and an open transaction."""
    other = sqlite3.connect(index.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(IndexBusy, match="another program is writing"):
        publish(index, [job("a")])
    other.execute("ROLLBACK")
    other.close()
    assert publish(index, [job("a")]).number == 1


READ_THEN_WRITE = """
import os, sys
from lineage.errors import LineageError
from lineage.index import lock, open_index, publish as _, staging
from tests.index.conftest import publish
from tests.index.toy import ToyRules, job
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)  # root may write everywhere
index = open_index(sys.argv[1], rules=ToyRules())
print(index.generations()[0].counts["records"])
try:
    publish(index, [job("a")])
except LineageError as error:
    print(type(error).__name__, error, sep="|")
"""


def test_an_index_that_may_only_be_read_is_read(full: Path) -> None:
    """An index handed out on a read-only share answers; publishing into it says why not."""
    with tempfile.TemporaryDirectory() as folder:
        share = Path(folder) / "index.db"
        share.write_bytes(full.read_bytes())
        share.chmod(0o444)
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", READ_THEN_WRITE, str(share)], capture_output=True, text=True, check=False
        )
        Path(folder).chmod(0o755)

    assert done.stderr == ""
    count, failure = done.stdout.splitlines()
    assert count == "300"
    assert failure.startswith(f"{IndexFailure.__name__}|{share} cannot be written")


NO_ROOM = """
import resource, signal, sys
from lineage.errors import LineageError
from lineage.index import open_index
from tests.index.conftest import publish
from tests.index.toy import ToyRules, job
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    publish(open_index(sys.argv[1], rules=ToyRules()), [job(f"k{n}", made=["o"], tag="x" * 500) for n in range(2000)])
except LineageError as error:
    print(type(error).__name__, error.remedy, sep="|")
"""


def test_a_disk_without_room_keeps_what_was_published(full: Path) -> None:
    """The failure is a sentence, and the generation before is whole."""
    before = open_index(full).generations()
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(full)], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout.startswith(f"{IndexFailure.__name__}|")
    index = open_index(full, rules=ToyRules())
    assert index.generations() == before
    assert index.verify().difference == ""
    assert publish(index, [job("a")], accept_shrink=True).number == 2


def test_the_file_can_be_replaced_while_the_program_runs(full: Path, tmp_path: Path) -> None:
    """A server goes on with the new file, as `mv new.db index.db` means it."""
    index = open_index(full)
    with index.view() as view:
        assert view.generation.counts["records"] == 300
    other = open_index(tmp_path / "other.db", create=True, rules=ToyRules())
    publish(other, [job("a")])
    other.close()
    shutil.move(other.path, full)

    with index.view() as view:
        assert view.generation.counts["records"] == 1
