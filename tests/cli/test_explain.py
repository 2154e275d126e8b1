"""`lineage explain`: one reference for people, a stream of them for machines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from tests.linked import W

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "data" / "references.tsv"


def stream(given: bytes, *arguments: str, index: str = "/nonexistent/index.db") -> list[dict]:
    """What `lineage explain --json -` answers to these bytes, without any index there."""
    done = subprocess.run(
        [sys.executable, "-c", "from lineage.cli import main; main()", "explain", "--json", "-", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, "LINEAGE_INDEX": index},
        cwd=ROOT,
        timeout=120,
        check=True,
    )
    assert done.stderr == b""
    return [msgspec.json.decode(line) for line in done.stdout.splitlines()]


def test_a_stream_answers_every_line_in_order():
    """Empty lines, either line end, a last line without one; each answer has the same five keys."""
    answers = stream(b"azureml://jobs/j/outputs/o/paths/p\n\r\nruns:/r/m\r\nazureml://jobs/\n\xff\xfe\ns3://b/k")

    assert answers == [
        {
            "reference": "azureml://jobs/j/outputs/o/paths/p",
            "form": "JobOutputRef",
            "canonical": None,
            "parts": {"job": "j", "output": "o", "path": "p"},
            "error": None,
        },
        {
            "reference": "",
            "form": None,
            "canonical": None,
            "parts": {},
            "error": {
                "code": "invalid_reference",
                "message": "not a valid reference at character 1, expected a reference: ''",
                "position": 0,
                "expected": "a reference",
            },
        },
        {
            "reference": "runs:/r/m",
            "form": "RunRef",
            "canonical": None,
            "parts": {"run": "r", "path": "m"},
            "error": None,
        },
        {
            "reference": "azureml://jobs/",
            "form": None,
            "canonical": None,
            "parts": {},
            "error": {
                "code": "invalid_reference",
                "message": "not a valid reference at character 16, expected a job name: 'azureml://jobs/'",
                "position": 15,
                "expected": "a job name",
            },
        },
        {
            "reference": "\ufffd\ufffd",
            "form": "OpaqueRef",
            "canonical": None,
            "parts": {"text": "\ufffd\ufffd"},
            "error": None,
        },
        {
            "reference": "s3://b/k",
            "form": "ExternalRef",
            "canonical": None,
            "parts": {"scheme": "s3", "host": "b", "path": "/k"},
            "error": None,
        },
    ]


def test_a_stream_reads_relative_text_in_the_workspace_given():
    (answer,) = stream(b"runs:/r/m\n", "--workspace", W)

    assert answer["canonical"] == f"{W}/jobs/r/outputs/artifacts/paths/m"


def test_a_stream_tells_no_secret():
    (answer,) = stream(b"https://acct.blob.core.windows.net/c/p?sv=2024&sig=c2VjcmV0c2VjcmV0\n")

    assert "c2VjcmV0" not in str(answer)
    assert answer["canonical"] == "https://acct.blob.core.windows.net/c/p"


def test_an_empty_stream_has_no_answers():
    assert stream(b"") == []


def test_control_characters_stay_inside_their_line():
    """Line separators of Unicode, form feeds and NUL are part of a reference, not the end of one."""
    answers = stream("a\u2028b\nc\x0bd\x0ce\x00f\x85g\n".encode())

    assert [answer["reference"] for answer in answers] == ["a\u2028b", "c\x0bd\x0ce\x00f\x85g"]


def test_answers_come_while_the_stream_is_open():
    """A program may ask, wait for the answer, and ask again."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from lineage.cli import main; main()", "explain", "--json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    for text in (b"runs:/a/b", b"runs:/c/d"):
        process.stdin.write(text + b"\n")
        process.stdin.flush()
        assert msgspec.json.decode(process.stdout.readline())["reference"] == text.decode()
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()
    watchdog.cancel()


def test_a_hundred_thousand_lines_take_seconds():
    """Generous: ten times what it takes on a slow machine."""
    lines = b"".join(b"azureml://jobs/job%d/outputs/model/paths/a/b\n" % number for number in range(100_000))
    start = time.monotonic()

    answers = stream(lines, "--workspace", W)

    assert len(answers) == 100_000
    assert answers[-1]["parts"]["job"] == "job99999"
    assert time.monotonic() - start < 30


def test_every_line_of_the_wild_is_answered():
    """The corpus of public references where it lies beside the project, and what is worse than any reference."""
    lines = [b"\x00", b"a" * 100_000, b"azureml:" * 1000, b"%ff%00%2f" * 500, b"azureml://jobs/" + b"/" * 5000]
    lines += CORPUS.read_bytes().split(b"\n") if CORPUS.exists() else []
    lines = [line for line in lines if line]

    answers = stream(b"\n".join(lines))

    assert len(answers) == len(lines)


def test_a_stream_is_for_machines(say):
    said = say("explain", "-")

    assert (said.code, said.out) == (2, "")
    assert "add --json" in said.err


def test_an_explanation_for_people(say):
    assert say("explain", "runs:/train/x").out.splitlines()[:6] == [
        "reference  runs:/train/x",
        "form       RunRef",
        "  run      train",
        "  path     x",
        f"canonical  {W}/jobs/train/outputs/artifacts/paths/x",
        "names      Job",
    ]


def test_an_explanation_tells_what_the_thing_rests_on(say):
    said = say("explain", "credit:3").out

    assert "  wasGeneratedBy  train  Job" in said
    assert "     CONFIRMED by SERVICE_FIELD: properties.jobName = train" in said
    assert "  azureml:credit:3" in said.splitlines()


def test_an_explanation_tells_what_could_not_be_followed_and_what_to_do(say):
    lines = say("explain", "credit:2").out.splitlines()
    start = lines.index("what it could not follow")

    assert lines[start + 1].startswith("  no job behind it: uploaded from a local path at registration: properties.mod")
    assert lines[start + 2] == "     " + say("explain", "credit:2", "--json").json["looseEnds"][0]["remedy"]


def test_nobody_is_sent_back_to_explain(say, monkeypatch, tmp_path):
    """Neither with an index nor without one."""
    for reference in ("nope:1", "no-such-name", "runs:/nope/x", "./model", "${{x}}", "azureml://jobs/nope/outputs/o"):
        assert "lineage explain" not in say("explain", reference).out
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("LINEAGE_INDEX", str(tmp_path / "none.db"))
            assert "lineage explain" not in say("explain", reference).out


def test_an_explanation_for_machines_has_the_five_keys_and_more(say):
    answer = say("explain", "credit:3", "--json").json

    assert answer["canonical"] == answer["node"]["text"] == f"{W}/models/credit/versions/3"
    assert list(answer) == [
        *("reference", "form", "canonical", "parts", "error", "question", "generation", "kind", "node", "path"),
        *("same", "spellings", "edges", "reason", "remedy", "candidates", "looseEnds", "choices", "gap"),
    ]


def test_broken_text_is_explained_and_ends_with_its_exit_code(say):
    said = say("explain", "azureml://jobs/")

    assert said.code == 2
    assert "expected a job name" in said.out


def test_an_explanation_needs_no_index(say, monkeypatch, tmp_path):
    """Unless one is named that is not there."""
    monkeypatch.setenv("LINEAGE_INDEX", str(tmp_path / "none.db"))

    assert say("explain", "runs:/r/m", "--workspace", W, "--json").json["generation"] is None
    assert say("explain", "runs:/r/m", "--index", str(tmp_path / "none.db")).code == 4


def test_an_ambiguous_name_is_explained_with_its_candidates(say):
    said = say("explain", "credit")

    assert said.code == 0
    assert f"  {W}/models/credit/versions/3" in said.out.splitlines()
