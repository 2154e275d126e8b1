"""A recording is trusted only when it is whole."""

from __future__ import annotations

import gzip
import json

import pytest

from lineage import ids
from lineage.errors import InvalidOption, SourceInvalid
from lineage.records import Gap, GapReason
from lineage.sources.azureml.service import Addresses
from lineage.sources.azureml.tape import Recorder
from lineage.sources.azureml.wire import Reply, Request
from lineage.sources.recording import RecordingSource
from tests.sources.silent import Canned, Silent

ROOT = ids.workspace("s", "g", "w").text
ADDRESSES = Addresses("https://management.azure.com/", "https://eastus.api.azureml.ms/")
WORKSPACE = {"id": "/x", "name": "w", "properties": {"workspaceId": "guid"}}


def record(path, answers, *requests):
    recorder = Recorder(Canned(answers), ROOT, ADDRESSES, path)
    for request in requests:
        recorder.send(request)
    recorder.write()
    return path


@pytest.fixture
def whole(tmp_path):
    """A recording of three answers."""
    answers = {"/a": {"n": 1}, "/b": {"n": 2}, "/c": 403}
    return record(tmp_path / "w.jsonl", answers, *(Request("GET", f"https://h/{name}") for name in "cab"))


def test_lines_stand_in_the_order_of_their_questions(whole):
    """Not in the order in which threads happened to ask."""
    header, *lines = map(json.loads, whole.read_text().splitlines())

    assert header == {
        "format": "lineage-recording",
        "version": 1,
        "root": ROOT,
        "manager": "https://management.azure.com/",
        "discovery": "https://eastus.api.azureml.ms/",
        "answers": 3,
    }
    assert [line["url"] for line in lines] == ["https://h/a", "https://h/b", "https://h/c"]
    assert lines[2] == {
        "method": "GET",
        "url": "https://h/c",
        "status": 403,
        "reply": {"error": {"code": "Code", "message": "words"}},
    }


def test_secrets_are_cut_and_links_are_not_kept(tmp_path):
    """Whatever the transport inside let through."""
    answer = Reply(200, {"uri": "https://a.blob.core.windows.net/c?sig=canary"}, next="https://h/a?$skipToken=canary")
    path = record(
        tmp_path / "w.jsonl",
        {"/a": answer},
        Request("GET", "https://h/a?api-version=1"),
        Request("GET", "https://h/a?api-version=1", page=2, link="https://h/a?$skipToken=canary"),
    )

    assert "canary" not in path.read_text()
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [(line.get("page", 1), line["next"]) for line in lines] == [(1, 2), (2, 2)]


def test_a_compressed_recording_holds_no_time_and_no_name(tmp_path, whole):
    """Two recordings of one estate are the same bytes, whatever they are called."""
    requests = [Request("GET", "https://h/a")]
    one = record(tmp_path / "one.jsonl.gz", {"/a": {"n": 1}}, *requests)
    two = record(tmp_path / "two.jsonl.gz", {"/a": {"n": 1}}, *requests)

    assert one.read_bytes() == two.read_bytes()
    assert gzip.decompress(one.read_bytes()).startswith(b'{"answers":1')


def test_what_a_recording_does_not_hold_is_a_gap(tmp_path):
    """A newer program may ask more than an older one recorded."""
    url = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
    path = record(
        tmp_path / "w.jsonl",
        {"/workspaces/w": WORKSPACE},
        Request("GET", f"{url}/workspaces/w?api-version=2024-10-01-preview"),
    )
    facts = list(RecordingSource(path).crawl(Silent()))
    gap = next(fact for fact in facts if isinstance(fact, Gap) and fact.subject == f"{ROOT}/models")

    assert gap.reason is GapReason.UNREACHABLE
    assert gap.detail.startswith("the recording has no answer to GET https://management.azure.com/")


def damage(content: bytes, kind: str) -> bytes:
    lines = content.splitlines(keepends=True)
    match kind:
        case "last line gone":
            return b"".join(lines[:-1])
        case "cut in a line":
            return content[:-20]
        case "a line twice":
            return content + lines[-1][:-1].replace(b"/c", b"/d") + b"\n"
        case "noise in line 3":
            return b"".join([*lines[:2], b"noise\n", *lines[3:]])
        case "a list in line 2":
            return b"".join([lines[0], b"[1]\n", *lines[2:]])
        case "deep in line 2":
            return b"".join([lines[0], b'{"method":"GET","url":"u","reply":' + b"[" * 9999 + b"\n", *lines[2:]])
        case "empty":
            return b""
        case "another program's":
            return content.replace(b'"lineage-recording"', b'"something"', 1)
        case "newer":
            return content.replace(b'"version":1', b'"version":2', 1)
        case "no workspace":
            return content.replace(b"/workspaces/w", b"", 1)
        case "not text":
            return bytes(range(256))
        case "database":
            return b"SQLite format 3\x00" + bytes(100)
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("last line gone", "ends at line 3, but should have 4 lines"),
        ("cut in a line", "line 4 is damaged"),
        ("a line twice", "ends at line 5, but should have 4 lines"),
        ("noise in line 3", "line 3 is damaged"),
        ("a list in line 2", "line 2 is damaged"),
        ("deep in line 2", "line 2 is damaged"),
        ("empty", "is not a recording"),
        ("another program's", "is not a recording: line 1 says 'something'"),
        ("newer", "line 1: the recording has version 2, this program reads 1"),
        ("no workspace", "line 1: .* is not a workspace"),
        ("not text", "is not a recording"),
        ("database", "is not a recording"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_not_a_whole_recording_is_refused(tmp_path, whole, kind, message, packed):
    """With the line where it fails, and what to do."""
    path = tmp_path / "damaged.jsonl"
    content = damage(whole.read_bytes(), kind)
    path.write_bytes(gzip.compress(content) if packed else content)

    with pytest.raises(SourceInvalid, match=message) as error:
        RecordingSource(path)
    assert str(path) in str(error.value)
    assert error.value.remedy


def test_compressed_bytes_that_end_early_are_refused(tmp_path, whole):
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(whole.read_bytes())[:-12])

    with pytest.raises(SourceInvalid, match="is damaged"):
        RecordingSource(path)


@pytest.mark.parametrize("name", ["absent.jsonl", "."])
def test_a_recording_that_cannot_be_opened_is_said_so(tmp_path, name):
    with pytest.raises(SourceInvalid) as error:
        RecordingSource(tmp_path / name)
    assert error.value.remedy == "check the path"


@pytest.mark.parametrize("name", ["absent/w.jsonl", "."])
def test_where_a_recording_cannot_be_written_is_told_before_the_crawl(tmp_path, name):
    with pytest.raises(InvalidOption, match="cannot write the recording"):
        Recorder(Canned({}), ROOT, ADDRESSES, tmp_path / name)
