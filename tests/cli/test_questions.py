"""The questions on the command line: what is printed, what a program reads, and how each command ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lineage.linking import RULES
from tests.linked import W

ROOT = Path(__file__).parents[2]
WHEN = "2026-04-30T12:00:00.000Z"


def test_a_trace_is_a_tree_with_evidence(say):
    """The short answer, then relation, name, thing, how sure, from which field; told once; the crawl last."""
    assert say("trace", "credit:3").out.splitlines() == [
        "made by      train \\x1b[31mred\\x1b[0m (train)  job, Completed, 2026-03-01",
        "output       model at best",
        "data         datastores/lake/paths/raw",
        "certainty    CONFIRMED: the service says so",
        "",
        "credit:3  ModelVersion  Production  2026-03-02",
        '├─ wasGeneratedBy  train  Job  "train \\x1b[31mred\\x1b[0m"  Completed  2026-03-01',
        "│  │  CONFIRMED by SERVICE_FIELD: properties.jobName = train",
        "│  └─ used data  jobs/prep/outputs/clean  JobOutput",
        "│     │  CONFIRMED by REFERENCE: properties.inputs.data.uri = azureml://jobs/prep/outputs/clean",
        "│     └─ wasGeneratedBy  prep  Job  Completed",
        "│        │  CONFIRMED by SERVICE_FIELD: properties.outputs.clean = clean",
        (
            "│        │  nobody is known to have written there: properties.inputs.raw.uri"
            " = azureml://datastores/lake/paths/raw/"
        ),
        "│        └─ used raw  datastores/lake/paths/raw  Location",
        "│              CONFIRMED by SERVICE_FIELD: properties.inputs.raw.uri = azureml://datastores/lake/paths/raw/",
        "└─ wasDerivedFrom at best  jobs/train/outputs/model  JobOutput",
        "   │  CONFIRMED by REFERENCE: properties.modelUri = azureml://jobs/train/outputs/model/paths/best",
        '   └─ wasGeneratedBy  train  Job  "train \\x1b[31mred\\x1b[0m"  Completed  2026-03-01  (told above)',
        "         CONFIRMED by SERVICE_FIELD: properties.outputs.model = model",
        "",
        f"generation 2, published {WHEN}; workspace w crawled {WHEN}",
    ]


def test_what_is_missing_is_said_first(say):
    """With its reason and its remedy."""
    assert say("trace", "credit:1").out.splitlines()[:5] == [
        "INCOMPLETE",
        "  FORBIDDEN: 1 thing may not be read by the identity that crawled",
        (
            "    secret  FORBIDDEN: HTTP 403 AuthorizationFailed"
            " (grant Microsoft.MachineLearningServices/workspaces/jobs/read)"
        ),
        "",
        "made by      secret  job",
    ]


def test_an_uploaded_model_says_that_no_job_is_behind_it(say):
    assert (
        "│  no job behind it: uploaded from a local path at registration: properties.modelUri"
        in say("trace", "credit:2").out
    )


def test_an_impact_counts_first_and_tells_deployments_with_their_traffic(say):
    assert say("impact", "azureml://datastores/lake/paths/raw").out.splitlines()[:9] == [
        "datastores/lake/paths/raw  Location",
        "affects 1 deployment, 1 model version, 2 jobs, 2 job outputs, 1 location",
        "",
        "1 deployment",
        "  onlineEndpoints/score/deployments/blue  90 % of live traffic  via train ← prep",
        "",
        "1 model version",
        "  credit:3  ModelVersion  Production  2026-03-02  via train ← prep",
        "",
    ]


def test_an_impact_on_nothing_says_so(say):
    assert "affects nothing that is known" in say("impact", "credit:2").out


def test_a_long_kind_is_cut_and_says_how_to_see_it_all(say):
    said = say("impact", "azureml://datastores/lake/paths/raw", "--show", "1").out

    assert "  and 1 more: --show 2, or --json for all" in said.splitlines()


def test_paths_tell_each_step(say):
    said = say("paths", "credit:3", "prep", "--limit", "1")

    assert said.out.splitlines()[:7] == [
        "path 1: 3 steps",
        "  credit:3  ModelVersion  Production  2026-03-02",
        '  └─ wasGeneratedBy  train  Job  "train \\x1b[31mred\\x1b[0m"  Completed  2026-03-01',
        "       CONFIRMED by SERVICE_FIELD: properties.jobName = train",
        "  └─ used data  jobs/prep/outputs/clean  JobOutput",
        "       CONFIRMED by REFERENCE: properties.inputs.data.uri = azureml://jobs/prep/outputs/clean",
        "  └─ wasGeneratedBy  prep  Job  Completed",
    ]


def test_things_that_nothing_connects_are_an_answer(say):
    said = say("paths", "credit:2", "prep")

    assert (said.code, said.out.splitlines()[0]) == (
        0,
        "nothing known connects credit:2 and prep: neither was made from the other",
    )


def test_a_trace_for_machines_has_a_documented_shape(say):
    """Written out in full for a model with one cause."""
    model = f"{W}/models/credit/versions/2"
    place = f"{W}/datastores/lake/paths/LocalUpload/0123456789abcdef0123456789abcdef/m"
    value = "azureml://datastores/lake/paths/LocalUpload/0123456789abcdef0123456789abcdef/m"
    told = {"record": model, "recordKind": "model_version", "field": "properties.modelUri", "value": value}
    answer = say("trace", "credit:2", "--json").json
    digest = answer["generation"].pop("digest")
    remedy = answer["looseEnds"][0].pop("remedy")
    answer["summary"]["looseEnds"][0].pop("remedy")

    assert len(digest) == 64
    assert "uploaded from a local path" in remedy
    assert answer == {
        "question": "trace",
        "found": {"text": model, "kind": "ModelVersion", "path": "", "same": [], "inside": [], "around": []},
        "summary": {
            "madeBy": [],
            "candidates": [],
            "declaredBy": [],
            "story": "",
            "copiedFrom": [],
            "data": [],
            "code": [],
            "environments": [],
            "baseModels": [],
            "certainty": "NONE",
            "looseEnds": [{**told, "reason": "LOCAL_UPLOAD"}],
        },
        "generation": {"number": 2, "published": WHEN, "rules": RULES},
        "isComplete": True,
        "truncations": [],
        "scopes": [{"scope": W, "crawled": WHEN, "complete": True, "gaps": 1}],
        "nodes": [
            {
                "key": "2028806462138036356",
                "text": model,
                "kind": "ModelVersion",
                "state": "LIVE",
                "reason": "",
                "remedy": "",
                "facts": {
                    "name": "credit",
                    "version": "2",
                    "createdAt": "2026-02-01T08:00:00Z",
                },
                "depth": 0,
                "ancestor": False,
            },
            {
                "key": answer["nodes"][1]["key"],
                "text": place,
                "kind": "Location",
                "state": "LIVE",
                "reason": "",
                "remedy": "",
                "facts": {},
                "depth": 1,
                "ancestor": False,
            },
        ],
        "edges": [
            {
                "effect": model,
                "cause": place,
                "relation": "wasDerivedFrom",
                "name": "",
                "path": "",
                "derivation": "SERVICE_FIELD",
                "certainty": "CONFIRMED",
                "rank": 0,
                "since": 1,
                "evidence": told,
            }
        ],
        "looseEnds": [{**told, "reason": "LOCAL_UPLOAD"}],
    }


def test_the_short_answer_for_machines_names_the_job_and_its_facts(say):
    answer = say("trace", "credit:3", "--json").json["summary"]

    assert answer["madeBy"] == [
        {
            "job": f"{W}/jobs/train",
            "state": "LIVE",
            "output": "model",
            "path": "best",
            "certainty": "CONFIRMED",
            "rank": 0,
            "displayName": "train \x1b[31mred\x1b[0m",
            "jobType": None,
            "status": "Completed",
            "createdAt": "2026-03-01T08:00:00Z",
            "createdBy": None,
        }
    ]
    assert answer["data"] == [{"text": f"{W}/datastores/lake/paths/raw", "places": []}]


def test_the_short_answer_says_that_an_upload_has_no_job(say):
    assert say("trace", "credit:2").out.splitlines()[:2] == [
        "made by      no job behind it: uploaded from a local path at registration",
        "certainty    NONE: no producing job is known",
    ]


def test_a_narrow_terminal_keeps_the_end_of_what_stood_there(index):
    """No line of evidence is wider than the terminal, and the path that tells most is still there."""
    lines = on_terminal(index, {"NO_COLOR": "1", "COLUMNS": "70"}, "credit:3").splitlines()
    evidence = [line for line in lines if " by " in line and "=" in line]

    assert max(len(line) for line in evidence) <= 70
    assert "   │  CONFIRMED by REFERENCE: properties.modelUri = …/model/paths/best" in evidence


def test_truncations_for_machines_name_the_frontier(say):
    answer = say("trace", "credit:3", "--depth", "1", "--json").json

    assert answer["isComplete"] is False
    assert answer["truncations"] == [
        {
            "reason": "DEPTH",
            "detail": "stopped at depth 1; 1 thing there with more behind",
            "unexpanded": 1,
            "frontier": [f"{W}/jobs/train"],
        }
    ]


def test_a_limit_is_told(say):
    answer = say("trace", "credit:3", "--limit", "2", "--json").json

    assert [cut["reason"] for cut in answer["truncations"]] == ["NODE_LIMIT"]
    assert len(answer["nodes"]) == 2


def test_an_impact_for_machines_has_counts_and_deployments(say):
    answer = say("impact", "credit:3", "--json").json

    assert answer["counts"] == {"Deployment": 1}
    assert answer["deployments"] == [
        {
            "text": f"{W}/onlineEndpoints/score/deployments/blue",
            "name": "blue",
            "endpoint": f"{W}/onlineEndpoints/score",
            "traffic": 90,
            "mirrorTraffic": answer["deployments"][0]["mirrorTraffic"],
        }
    ]
    assert [(node["text"].rsplit("/", 1)[1], node["depth"]) for node in answer["nodes"]] == [("3", 0), ("blue", 1)]
    assert list(answer) == [
        *("question", "found", "counts", "generation", "isComplete", "truncations", "scopes", "deployments"),
        *("nodes", "edges", "sources", "endpoints", "levels", "owners"),
    ]


def test_paths_for_machines_are_lists_of_edges(say):
    answer = say("paths", "train", "credit:3", "--json").json

    assert answer["direction"] == "downstream"
    assert [[edge["relation"] for edge in way] for way in answer["paths"]] == [
        ["wasGeneratedBy"],
        ["wasDerivedFrom", "wasGeneratedBy"],
    ]


def test_an_earlier_generation_answers_as_it_was(say):
    """By number, by instant and by day."""
    for when in ("1", "2026-04-30T11:59:59Z", "2026-03-31"):
        answer = say("impact", "credit:3", "--json", "--as-of", when).json
        assert (answer["generation"]["number"], answer["counts"]) == (1, {})


def test_a_scope_makes_a_relative_reference_absolute(say):
    assert say("trace", "credit:3", "--workspace", W).code == 0
    assert say("trace", "credit:3", "--workspace", W + "x").code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("trace", "nope:1"), 3, "nothing in generation 2 of the index answers to 'nope:1'"),
        (("trace", "credit"), 3, "'credit' has 3 versions\n  say which, for example credit:3 or credit@latest"),
        (("trace", "azureml://jobs/"), 2, "expected a job name"),
        (("trace", ""), 2, "expected a reference"),
        (("trace", "\udcff\udcfe"), 3, "answers to '??'"),
        (("trace",), 2, "Missing argument 'REF'"),
        (("impact",), 2, "Missing argument 'REF...'"),
        (("trace", "credit:3", "--depth", "-1"), 2, "--depth"),
        (("trace", "credit:3", "--workspace", "w1"), 2, "--workspace names no workspace or registry: 'w1'"),
        (("trace", "credit:3", "--as-of", "yesterday"), 2, "neither a generation's number nor an instant"),
        (("trace", "credit:3", "--as-of", "9"), 3, "holds no generation 9"),
        (("trace", "credit:3", "--as-of", "2026-01-01"), 3, "nothing was published by 2026-01-01"),
        (("trace", "credit:3", "--index", "/nonexistent/index.db"), 4, "/nonexistent/index.db"),
        (("trace", "credit:3", "--index", __file__), 4, "test_questions.py"),
        (("nonsense",), 2, "No such command 'nonsense'"),
    ],
)
def test_bad_input_is_a_sentence_and_an_exit_code(say, arguments, code, says):
    """On standard error, with nothing on standard output and never a traceback."""
    said = say(*arguments)

    assert (said.code, said.out) == (code, "")
    assert says in said.err
    assert "Traceback" not in said.err


def test_an_error_for_machines_is_one_object(say):
    said = say("trace", "credit", "--json")

    assert msgspec.json.decode(said.err) == {
        "error": {
            "code": "ambiguous_reference",
            "message": "'credit' has 3 versions",
            "remedy": "say which, for example credit:3 or credit@latest",
            "candidates": [f"{W}/models/credit/versions/{version}" for version in "321"],
        }
    }


def test_an_error_never_acts_on_the_terminal(say):
    said = say("trace", "\x1b]0;owned\x07")

    assert "\x1b" not in said.err
    assert said.code == 3


def test_the_exit_codes_stand_in_the_help(say):
    said = say("--help").out

    for code in (
        "0  answered",
        "3  reference unknown or ambiguous",
        "8  of several sources",
        "75  the index is busy",
        "130  stopped by you",
    ):
        assert code in said


# As a process of its own


def lineage(index: Path, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LINEAGE_INDEX": str(index), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-c", "from lineage.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.parametrize("question", [["trace", "credit:3"], ["impact", "credit:3"], ["trace", "credit:3", "--json"]])
def test_a_question_loads_no_framework(index, question):
    """Neither the SDK, the service, the terminal library nor the rules of linking, which are for crawls.

    A cold question is as quick as its imports.
    """
    code = (
        "import sys; from lineage.cli import run; code = run(sys.argv[1:])\n"
        "heavy = {'azure', 'strawberry', 'graphql', 'networkx', 'rich', 'starlette', 'uvicorn', 'asyncio', 'numpy'}\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} | sys.modules.keys()\n"
        "print(code, sorted((heavy | {'lineage.linking'}) & loaded))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *question, "--index", str(index)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_error(index, unbuffered):
    """As `lineage models | head -0` does, met while writing or at the last flush."""
    code = "from lineage.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "status", "--json", "--index", str(index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        cwd=ROOT,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, b"")


def test_a_narrow_encoding_gets_escapes(index):
    done = lineage(index, "trace", "credit:3", env={"PYTHONIOENCODING": "ascii"})

    assert done.returncode == 0
    assert "\\u251c\\u2500 wasGeneratedBy  train" in done.stdout


def on_terminal(index: Path, env: dict[str, str], reference: str = "credit:1") -> str:
    """What the command writes when its output is a terminal."""
    own, its = pty.openpty()
    environment = {**os.environ, "LINEAGE_INDEX": str(index), "TERM": "xterm", **env}
    code = "from lineage.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "trace", reference], stdout=its, env=environment, cwd=ROOT, close_fds=True
    )
    os.close(its)
    written = b""
    while True:
        try:
            got = os.read(own, 1 << 16)
        except OSError:  # how a terminal says that its last writer has gone
            break
        if not got:
            break
        written += got
    os.close(own)
    assert process.wait(timeout=60) == 0
    return written.decode()


def test_a_terminal_gets_colours(index):
    environment = dict.fromkeys(("NO_COLOR",), "")

    assert "\x1b[31;1mINCOMPLETE\x1b[0m" in on_terminal(index, environment)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_a_terminal_whose_owner_wants_no_colours_gets_none(index, environment):
    assert "\x1b" not in on_terminal(index, environment)
