"""A pack of files: the same from the same, whole or not there, and nothing in it can be changed unseen."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from lineage.api.answering import questions
from lineage.cli import packs
from lineage.errors import EvidenceDiffers, InvalidOption
from lineage.index import open_index
from lineage.reports.pack import Part
from lineage.reports.verifying import ask_again
from tests.reports.conftest import Silent, checked, made

FILES = ["count.json", "custody.json", "evidence/answers.jsonl", "manifest.json", "names.txt"]


@pytest.fixture
def pack(index: Path, tmp_path: Path) -> Path:
    made(index, tmp_path / "pack")
    return tmp_path / "pack"


def test_the_same_generation_gives_the_same_bytes(index: Path, pack: Path, tmp_path: Path) -> None:
    """All but who made it and when."""
    made(index, tmp_path / "again")

    assert sorted(packs.Directory(pack).paths()) == FILES
    for name in FILES:
        if name != "custody.json":
            assert (pack / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_manifest_tells_source_scope_completeness_and_integrity(pack: Path) -> None:
    told = msgspec.json.decode((pack / "manifest.json").read_bytes())

    assert (told["kind"], told["parameters"], told["generation"]["number"]) == ("names", {"size": 10}, 2)
    assert [scope["scope"].rsplit("/", 1)[1] for scope in told["scopes"]] == ["mlw-credit-dev", "mlw-credit-prod"]
    total = told["population"]["total"]
    assert (total["listed"], total["stored"], total["reconciles"]) == (105, 140, True)
    assert [one["operation"] for one in told["questions"]] == ["EvidenceHead", "ModelList", "Population"]
    names = (pack / "names.txt").read_bytes()
    assert {
        "about": "every model version",
        "bytes": len(names),
        "mediaType": "text/plain",
        "order": "id",
        "path": "names.txt",
        "sha256": sha256(names).hexdigest(),
    } in told["files"]
    custody = msgspec.json.decode((pack / "custody.json").read_bytes())
    assert sorted(custody) == ["made", "manifest", "operator"]


def test_a_pack_that_nobody_touched_is_verified(pack: Path) -> None:
    assert checked(pack) == [
        "manifest.json is one: a report on names, of generation 2",
        "custody.json names it by its hash",
        "3 files have the sizes and hashes that it lists, and there are no others",
        "the population adds up as it says",
        "2 files and the manifest were made again from the answers, and are the same byte for byte",
    ]


def test_one_changed_byte_is_found_where_it_is(pack: Path) -> None:
    """The line and the byte, counted from 1."""
    names = bytearray((pack / "names.txt").read_bytes())
    third = names.index(b"\n", names.index(b"\n") + 1) + 1
    names[third] ^= 1
    (pack / "names.txt").write_bytes(names)

    with pytest.raises(EvidenceDiffers, match=f"^names.txt is not what the answers make: line 3, byte {third + 1}$"):
        checked(pack)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("evidence/answers.jsonl", b'"isComplete":', b'"IsComplete":', "evidence/answers.jsonl was changed"),
        ("names.txt", b"\n", b"\n\n", "names.txt is not what the answers make: line 2, byte"),
        ("manifest.json", b'"stored": 140', b'"stored": 141', "custody.json names another manifest"),
        ("manifest.json", b"evidence manifest", b"evidence", "manifest.json is no manifest of this version"),
        ("custody.json", b'"manifest"', b'"manifesto"', "custody.json names another manifest"),
        ("custody.json", b"{", b"", "custody.json cannot be read"),
    ],
)
def test_whatever_is_changed_is_named(pack: Path, name: str, old: bytes, new: bytes, told: str) -> None:
    content = (pack / name).read_bytes()
    assert old in content
    (pack / name).write_bytes(content.replace(old, new, 1))

    with pytest.raises(EvidenceDiffers, match=told):
        checked(pack)


def test_a_manifest_that_was_changed_with_its_custody_is_not_what_the_answers_make(pack: Path) -> None:
    """Whoever rewrites the hashes as well still has to make the numbers come out of the answers."""
    raw = (pack / "manifest.json").read_bytes().replace(b"were replaced before", b"were kept before")
    (pack / "manifest.json").write_bytes(raw)
    (pack / "custody.json").write_bytes(b'{"manifest": "%b"}' % sha256(raw).hexdigest().encode())

    with pytest.raises(EvidenceDiffers, match=r"manifest.json: `exclusions` is not what the answers make"):
        checked(pack)


def test_what_is_missing_and_what_is_added_is_named(pack: Path) -> None:
    (pack / "extra.txt").write_text("x")
    with pytest.raises(EvidenceDiffers, match=r"extra.txt is there and not listed"):
        checked(pack)
    (pack / "extra.txt").unlink()
    (pack / "count.json").unlink()
    with pytest.raises(EvidenceDiffers, match=r"count.json cannot be read|count.json is listed and not there"):
        checked(pack)


def test_a_directory_that_is_no_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceDiffers, match=r"manifest.json cannot be read: No such file or directory"):
        checked(tmp_path)


def test_what_stands_there_is_never_overwritten(index: Path, pack: Path, tmp_path: Path) -> None:
    """An earlier report is replaced when that is said; anything else never is."""
    before = (pack / "custody.json").read_bytes()
    with pytest.raises(InvalidOption, match="is there already"):
        made(index, pack)
    assert (pack / "custody.json").read_bytes() == before

    made(index, pack, replace=True)
    checked(pack)

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidOption, match="is there already"):
        made(index, tmp_path / "mine", replace=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "pack"]


def test_a_report_that_fails_leaves_nothing_behind(index: Path, tmp_path: Path) -> None:
    def broken(asked, parameters, progress):
        yield Part.text("one.txt", "text/plain", "the first", "x")
        raise InvalidOption("no", "")

    with questions(open_index(index)) as asked, pytest.raises(InvalidOption):
        packs.write(str(tmp_path / "out"), "broken", broken, {}, asked, Silent())

    assert list(tmp_path.iterdir()) == []


def test_a_report_names_the_one_before_it(index: Path, pack: Path, tmp_path: Path) -> None:
    """By the hash of its manifest: a chain from which none can be taken unseen."""
    second = made(index, tmp_path / "second", previous=packs.previous(str(pack)))

    assert second.previous is not None
    assert second.previous.sha256 == sha256((pack / "manifest.json").read_bytes()).hexdigest()
    assert second.previous.generation == 2
    assert second.id != packs.previous(str(pack)).id
    checked(tmp_path / "second")
    with pytest.raises(InvalidOption, match="holds no earlier report"):
        packs.previous(str(tmp_path))


def test_a_pack_may_be_carried_elsewhere(pack: Path, tmp_path: Path) -> None:
    shutil.copytree(pack, tmp_path / "auditor" / "inbox")

    assert len(checked(tmp_path / "auditor" / "inbox")) == 5


def test_an_answer_that_the_index_does_not_give_is_named(index: Path, pack: Path) -> None:
    """Whoever changes an answer and makes all files and hashes anew is found by the index."""
    lines = (pack / "evidence/answers.jsonl").read_bytes().split(b"\n")
    lines[0] = lines[0].replace(b'"gapCount":', b'"gapCount":1', 1)
    (pack / "evidence/answers.jsonl").write_bytes(b"\n".join(lines))

    with (
        questions(open_index(index)) as asked,
        pytest.raises(EvidenceDiffers, match=r"answers.jsonl, line 1: the index answers EvidenceHead otherwise"),
    ):
        ask_again(packs.Directory(pack), asked)
